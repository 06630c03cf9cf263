"""Drafts by name, what the plans in them come to, and the plans that a village has had in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    delete,
    exists,
    func,
    select,
    update,
)

from gridplan.errors import NotHere
from gridplan.store.registry.villages import Scope
from gridplan.store.tables import (
    account,
    assignment,
    draft,
    grid,
    household,
    membership,
    plan,
    plan_exception,
    village,
)


def by_id(connection: Connection, draft_id: int, *, deleted: bool = False) -> RowMapping:
    """Return a draft with the name of who made it; with `deleted`, one that was deleted lately.

    Raises
    ------
    NotHere
        There is none.
    """
    gone = draft.c.deleted_at.is_not(None) if deleted else draft.c.deleted_at.is_(None)
    found = _with_maker().where(draft.c.id == draft_id, gone)
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        raise NotHere("entrance.not_here")
    return row


def rows(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the drafts of which every plan is in a scope, the latest first."""
    found = _with_maker().where(draft.c.deleted_at.is_(None), exists().where(plan.c.draft_id == draft.c.id))
    if scope is not None:
        beyond = exists().where(plan.c.draft_id == draft.c.id, plan.c.village_id.not_in(scope))
        found = found.where(~beyond)
    return list(connection.execute(found.order_by(draft.c.id.desc())).mappings())


def _with_maker() -> Select[Any]:
    return select(draft, account.c.name.label("maker")).join(account, account.c.id == draft.c.made_by)


def figures(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return plans, by village, with their counts of grids, households and exceptions, and their walk.

    `undrawn` counts the grids whose walk is not known, `without_lead` those without a lead.
    """
    led = exists().where(
        assignment.c.plan_id == grid.c.plan_id,
        assignment.c.number == grid.c.number,
        assignment.c.role == "lead",
        assignment.c.until.is_(None),
    )
    of_grids = select(
        grid.c.plan_id,
        func.count().label("grids"),
        func.sum(grid.c.walk_m).label("walk_m"),
        func.count().filter(grid.c.walk_m.is_(None)).label("undrawn"),
        func.count().filter(~led).label("without_lead"),
    )
    grids = of_grids.group_by(grid.c.plan_id).subquery()
    homes = (
        select(membership.c.plan_id, func.count().label("households"))
        .add_columns(func.count().filter(membership.c.number.is_(None)).label("in_no_grid"))
        .group_by(membership.c.plan_id)
        .subquery()
    )
    odd = select(plan_exception.c.plan_id, func.count().label("exceptions")).group_by(plan_exception.c.plan_id)
    odd_of = odd.subquery()
    found = (
        select(plan, village.c.name.label("village"), account.c.name.label("publisher"))
        .add_columns(
            grids.c.walk_m, *(func.coalesce(grids.c[n], 0).label(n) for n in ("grids", "undrawn", "without_lead"))
        )
        .add_columns(*(func.coalesce(homes.c[n], 0).label(n) for n in ("households", "in_no_grid")))
        .add_columns(func.coalesce(odd_of.c.exceptions, 0).label("exceptions"))
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(account, account.c.id == plan.c.published_by)
        .outerjoin(grids, grids.c.plan_id == plan.c.id)
        .outerjoin(homes, homes.c.plan_id == plan.c.id)
        .outerjoin(odd_of, odd_of.c.plan_id == plan.c.id)
        .where(*conditions)
        .order_by(village.c.name, plan.c.id)
    )
    return list(connection.execute(found).mappings())


def of_drafts(draft_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan belongs to one of these drafts."""
    return plan.c.draft_id.in_(draft_ids)


def in_force(village_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan is the one published of one of these villages."""
    return and_(plan.c.village_id.in_(village_ids), plan.c.state == "published")


def plans_by_ids(plan_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan is one of these."""
    return plan.c.id.in_(plan_ids)


def ever_published(village_id: int) -> ColumnElement[bool]:
    """Return the condition that a plan is, or was, in force in a village."""
    return and_(plan.c.village_id == village_id, plan.c.state.in_(("published", "archived")))


def rename(connection: Connection, draft_id: int, name: str) -> None:
    """Give a draft another name."""
    connection.execute(update(draft).where(draft.c.id == draft_id).values(name=name))


def set_deleted(connection: Connection, draft_id: int, at: datetime | None) -> None:
    """Put a draft among the deleted ones, or with None restore it."""
    connection.execute(update(draft).where(draft.c.id == draft_id).values(deleted_at=at))


def purge_deleted(connection: Connection, before: datetime) -> None:
    """Forget the drafts that were deleted before a moment; their plans that were published stay."""
    gone = select(draft.c.id).where(draft.c.deleted_at < before)
    connection.execute(delete(plan).where(plan.c.draft_id.in_(gone), plan.c.state == "draft"))
    connection.execute(update(plan).where(plan.c.draft_id.in_(gone)).values(draft_id=None))
    connection.execute(delete(draft).where(draft.c.deleted_at < before))


def planned_positions(connection: Connection, plan_id: int) -> dict[str, tuple[float | None, float | None]]:
    """Return where the households of a plan stood when it was planned, by their codes."""
    found = select(household.c.code, membership.c.lon, membership.c.lat).join(household)
    return {code: (lon, lat) for code, lon, lat in connection.execute(found.where(membership.c.plan_id == plan_id))}


def save_accepted_reasons(connection: Connection, plan_id: int, because: Mapping[int, str]) -> None:
    """Keep why the exceptions of a plan are accepted, by their place in the order in which they are listed."""
    ids = connection.execute(
        select(plan_exception.c.id).where(plan_exception.c.plan_id == plan_id).order_by(plan_exception.c.id)
    ).scalars()
    for place, id_ in enumerate(list(ids)):
        if place in because:
            accepted = update(plan_exception).where(plan_exception.c.id == id_)
            connection.execute(accepted.values(accepted_because=because[place]))


def accepted_reasons(connection: Connection, plan_id: int) -> list[str | None]:
    """Return why the exceptions of a plan were accepted, in the order in which they are listed."""
    found = select(plan_exception.c.accepted_because).where(plan_exception.c.plan_id == plan_id)
    return list(connection.execute(found.order_by(plan_exception.c.id)).scalars())
