"""Plans with what they come to: grids, leads, households, exceptions and walk. The one place that counts them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, exists, func, select

from gridplan.store.plans.households_and_members import IN_OFFICE, IN_PLAN, is_away
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import (
    account,
    assignment,
    draft,
    grid,
    household,
    member,
    membership,
    plan,
    plan_exception,
    village,
)

_LED: Final = (
    exists()
    .where(
        assignment.c.plan_id == grid.c.plan_id,
        assignment.c.number == grid.c.number,
        assignment.c.role == "lead",
        member.c.id == assignment.c.member_id,
        IN_OFFICE,
    )
    .correlate(grid, plan)
)


def _of_plan(figure: ColumnElement[Any], part: Table, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """Return a figure of the rows of a table that belong to the plan."""
    return select(figure).where(part.c.plan_id == plan.c.id, *conditions).correlate(plan).scalar_subquery()


_HOME: Final = (household.c.id == membership.c.household_id, IN_PLAN)
FIGURES: Final = {
    "walk_m": _of_plan(func.sum(grid.c.walk_m), grid),
    "grids": _of_plan(func.count(), grid),
    "not_drawn": _of_plan(func.count(), grid, grid.c.walk_m.is_(None)),
    "without_lead": _of_plan(func.count(), grid, ~_LED),
    "households": _of_plan(func.count(), membership, *_HOME),
    "in_no_grid": _of_plan(func.count(), membership, membership.c.number.is_(None), *_HOME),
    "exceptions": _of_plan(func.count(), plan_exception),
}
"""What a plan comes to, each counted by a query of its own: only those that are asked for are."""
_PLANS: Final = (
    select(plan, village.c.name.label("village"), draft.c.name.label("draft"))
    .add_columns(account.c.name.label("publisher"), *(figure.label(name) for name, figure in FIGURES.items()))
    .join(village, village.c.id == plan.c.village_id)
    .outerjoin(draft, draft.c.id == plan.c.draft_id)
    .outerjoin(account, account.c.id == plan.c.published_by)
    .order_by(by_name(village.c.name), plan.c.id)
)


def plan_figures(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return plans, by village, with their counts of grids, households and exceptions, and their walk.

    `draft` is the name of the draft it is in; `not_drawn` counts the grids whose walk is not known, `without_lead`
    those without a lead.
    """
    return list(connection.execute(_PLANS.where(*conditions)).mappings())


def grids_without_lead(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return the grids of the plans in force that have no lead, by village and number."""
    return list(connection.execute(_grids_in_force(scope).where(~_LED)).mappings())


def grids_with_lead_away(connection: Connection, scope: Scope, today: date) -> list[RowMapping]:
    """Return the grids of the plans in force whose lead is away, with the name and until when, if that is known."""
    leading = and_(
        assignment.c.plan_id == grid.c.plan_id,
        assignment.c.number == grid.c.number,
        assignment.c.role == "lead",
        assignment.c.until.is_(None),
    )
    found = (
        _grids_in_force(scope)
        .add_columns(member.c.name.label("lead"), member.c.excused_until)
        .join(assignment, leading)
        .join(member, member.c.id == assignment.c.member_id)
        .where(is_away(today))
    )
    return list(connection.execute(found).mappings())


def _grids_in_force(scope: Scope) -> Select[Any]:
    return (
        select(grid.c.plan_id, grid.c.number, plan.c.village_id, village.c.name.label("village"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
        .order_by(by_name(village.c.name), grid.c.number)
    )


def figures_in_force(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return the published plan of each village of a scope that has one, by village."""
    found = plan_figures(connection, plans_in_force(scope))
    return {row["village_id"]: row for row in found}


def archived_count(connection: Connection, village_id: int) -> int:
    """Return how many plans of a village were in force before."""
    found = select(func.count()).where(plan.c.village_id == village_id, plan.c.state == "archived")
    return connection.execute(found).scalar_one()


def of_drafts(draft_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan belongs to one of these drafts."""
    return plan.c.draft_id.in_(draft_ids)


def plans_in_force(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that a plan is in force in a village of a scope."""
    return and_(in_scope(plan.c.village_id, scope), plan.c.state == "published")


def plans_by_ids(plan_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a plan has one of these ids."""
    return plan.c.id.in_(plan_ids)


def ever_published(village_id: int) -> ColumnElement[bool]:
    """Return the condition that a plan is, or was, in force in a village."""
    return and_(plan.c.village_id == village_id, plan.c.state.in_(("published", "archived")))
