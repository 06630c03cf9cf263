"""Drafts by name: those of a scope, those that wait to be published, those that were deleted lately."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, exists, func, select, update

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import add_row, only_row
from gridplan.store.tables import account, card_print, draft, plan


def by_id(connection: Connection, draft_id: int, *, deleted: bool = False) -> RowMapping:
    """Return a draft with the name of who made it; with `deleted`, one that was deleted lately.

    Raises
    ------
    NotFound
        There is none.
    """
    gone = draft.c.deleted_at.is_not(None) if deleted else draft.c.deleted_at.is_(None)
    return only_row(connection, _with_maker().where(draft.c.id == draft_id, gone))


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Add a draft that has no plan yet, and return its id."""
    return add_row(connection, draft, {"notes": (), **values})


def names(connection: Connection, draft_ids: Collection[int | None]) -> dict[int, str]:
    """Return the names of drafts, deleted ones too, by their ids."""
    found = select(draft.c.id, draft.c.name).where(draft.c.id.in_(draft_ids))
    return {id_: name for id_, name in connection.execute(found)}


def is_deleted(connection: Connection, draft_id: int | None) -> bool:
    """Return whether a draft was deleted."""
    gone = select(draft.c.id).where(draft.c.id == draft_id, draft.c.deleted_at.is_not(None))
    return connection.execute(gone).first() is not None


def draft_rows(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the drafts of which every plan is in a scope, the latest first."""
    found = _with_maker().where(draft.c.deleted_at.is_(None), exists().where(plan.c.draft_id == draft.c.id))
    if scope is not None:
        beyond = exists().where(plan.c.draft_id == draft.c.id, plan.c.village_id.not_in(scope))
        found = found.where(~beyond)
    return list(connection.execute(found.order_by(draft.c.id.desc())).mappings())


def open_drafts(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return the drafts that have plans not yet published, all of them in a scope, the latest first."""
    found = (
        select(draft.c.id, draft.c.name, draft.c.made_at, account.c.name.label("maker"))
        .add_columns(
            func.count().label("villages"), func.count().filter(in_scope(plan.c.village_id, scope)).label("own")
        )
        .join(plan, plan.c.draft_id == draft.c.id)
        .join(account, account.c.id == draft.c.made_by)
        .where(plan.c.state == "draft", draft.c.deleted_at.is_(None))
        .group_by(draft.c.id, draft.c.name, draft.c.made_at, account.c.name)
        .order_by(draft.c.id.desc())
    )
    return [row for row in connection.execute(found).mappings() if row["own"] == row["villages"]]


def steps_taken(connection: Connection, draft_ids: Collection[int]) -> int:
    """Return how many edits were made, undone and made again in the plans of drafts."""
    return int(connection.execute(select(func.sum(plan.c.version)).where(plan.c.draft_id.in_(draft_ids))).scalar() or 0)


def _with_maker() -> Select[Any]:
    return select(draft, account.c.name.label("maker")).join(account, account.c.id == draft.c.made_by)


def change(connection: Connection, draft_id: int, **values: object) -> None:
    """Put other values into the columns of a draft; one with `deleted_at` is among the deleted ones."""
    connection.execute(update(draft).where(draft.c.id == draft_id).values(**values))


def purge_deleted(connection: Connection, before: datetime) -> None:
    """Forget the drafts that were deleted before a moment; their plans that were published stay."""
    gone = select(draft.c.id).where(draft.c.deleted_at < before)
    unused = select(plan.c.id).where(plan.c.draft_id.in_(gone), plan.c.state == "draft")
    connection.execute(delete(card_print).where(card_print.c.plan_id.in_(unused)))
    connection.execute(delete(plan).where(plan.c.draft_id.in_(gone), plan.c.state == "draft"))
    connection.execute(update(plan).where(plan.c.draft_id.in_(gone)).values(draft_id=None))
    connection.execute(delete(draft).where(draft.c.deleted_at < before))
