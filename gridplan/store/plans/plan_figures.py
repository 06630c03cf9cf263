"""Plans with what they come to: grids, leads, households, exceptions and walk. The one place that counts them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, func, select

from gridplan.store.plans.households_and_members import in_office
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import account, assignment, draft, grid, membership, plan, plan_exception, village


def plan_figures(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return plans, by village, with their counts of grids, households and exceptions, and their walk.

    `draft` is the name of the draft it is in; `not_drawn` counts the grids whose walk is not known, `without_lead`
    those without a lead.
    """
    chosen = select(plan.c.id).where(*conditions)
    led = exists().where(
        assignment.c.plan_id == grid.c.plan_id,
        assignment.c.number == grid.c.number,
        assignment.c.role == "lead",
        plan.c.id == assignment.c.plan_id,
        in_office(),
    )
    grids = (
        select(grid.c.plan_id, func.count().label("grids"), func.sum(grid.c.walk_m).label("walk_m"))
        .add_columns(func.count().filter(grid.c.walk_m.is_(None)).label("not_drawn"))
        .add_columns(func.count().filter(~led).label("without_lead"))
        .where(grid.c.plan_id.in_(chosen))
        .group_by(grid.c.plan_id)
        .subquery()
    )
    homes = (
        select(membership.c.plan_id, func.count().label("households"))
        .add_columns(func.count().filter(membership.c.number.is_(None)).label("in_no_grid"))
        .where(membership.c.plan_id.in_(chosen))
        .group_by(membership.c.plan_id)
        .subquery()
    )
    exceptions = (
        select(plan_exception.c.plan_id, func.count().label("exceptions"))
        .where(plan_exception.c.plan_id.in_(chosen))
        .group_by(plan_exception.c.plan_id)
        .subquery()
    )
    counts = [
        *(grids.c[name] for name in ("grids", "not_drawn", "without_lead")),
        *(homes.c[name] for name in ("households", "in_no_grid")),
        exceptions.c.exceptions,
    ]
    found = (
        select(plan, village.c.name.label("village"), draft.c.name.label("draft"))
        .add_columns(account.c.name.label("publisher"), grids.c.walk_m)
        .add_columns(*(func.coalesce(count, 0).label(count.name) for count in counts))
        .join(village, village.c.id == plan.c.village_id)
        .outerjoin(draft, draft.c.id == plan.c.draft_id)
        .outerjoin(account, account.c.id == plan.c.published_by)
        .outerjoin(grids, grids.c.plan_id == plan.c.id)
        .outerjoin(homes, homes.c.plan_id == plan.c.id)
        .outerjoin(exceptions, exceptions.c.plan_id == plan.c.id)
        .where(*conditions)
        .order_by(village.c.name, plan.c.id)
    )
    return list(connection.execute(found).mappings())


def figures_in_force(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return the published plan of each village of a scope that has one, by village."""
    found = plan_figures(connection, in_scope(plan.c.village_id, scope), plan.c.state == "published")
    return {row["village_id"]: row for row in found}


def archived_count(connection: Connection, village_id: int) -> int:
    """Return how many plans of a village were in force before."""
    found = select(func.count()).where(plan.c.village_id == village_id, plan.c.state == "archived")
    return connection.execute(found).scalar_one()


def of_drafts(draft_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan belongs to one of these drafts."""
    return plan.c.draft_id.in_(draft_ids)


def plans_by_ids(plan_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan has one of these ids."""
    return plan.c.id.in_(plan_ids)


def ever_published(village_id: int) -> ColumnElement[bool]:
    """Return the condition that a plan is, or was, in force in a village."""
    return and_(plan.c.village_id == village_id, plan.c.state.in_(("published", "archived")))
