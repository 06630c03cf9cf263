"""What hangs together below a town, and what does not: grids with their people, households and members in none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, RowMapping, and_, exists, select

from gridplan.store.plans.households_and_members import IN_OFFICE, is_away
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import assignment, grid, household, member, membership, plan, village


def grids_in_force(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the grids of the plans in force of a scope, by number, with their party groups."""
    found = (
        select(plan.c.village_id, grid.c.plan_id, grid.c.number, grid.c.label, grid.c.group_number)
        .join(plan, plan.c.id == grid.c.plan_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
        .order_by(grid.c.plan_id, grid.c.number)
    )
    return list(connection.execute(found).mappings())


def people(connection: Connection, plan_ids: Collection[int], today: date) -> dict[tuple[int, int], list[RowMapping]]:
    """Return who leads the grids of plans or stands in for the lead, and whether each is away: leads first."""
    found = (
        select(assignment.c.plan_id, assignment.c.number, assignment.c.role, member.c.id, member.c.name)
        .add_columns(member.c.excused_until, is_away(today).label("is_away"))
        .join(member, member.c.id == assignment.c.member_id)
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(assignment.c.plan_id.in_(plan_ids), IN_OFFICE)
        .order_by(assignment.c.role.desc(), assignment.c.id)
    )
    of_grid: dict[tuple[int, int], list[RowMapping]] = defaultdict(list)
    for row in connection.execute(found).mappings():
        of_grid[row["plan_id"], row["number"]].append(row)
    return of_grid


def households_in_no_grid(connection: Connection, scope: Scope = None) -> list[RowMapping]:
    """Return the living households of villages with a plan in force that are in no grid of it, and why.

    The reason is null for a household that the plan does not know, since it came later.
    """
    in_force = and_(plan.c.village_id == household.c.village_id, plan.c.state == "published")
    in_plan = and_(membership.c.plan_id == plan.c.id, membership.c.household_id == household.c.id)
    found = (
        select(household.c.id, household.c.name, household.c.code, household.c.hamlet, household.c.door)
        .add_columns(household.c.village_id, village.c.name.label("village"), membership.c.why)
        .join(village, village.c.id == household.c.village_id)
        .join(plan, in_force)
        .outerjoin(membership, in_plan)
        .where(household.c.retired_on.is_(None), membership.c.number.is_(None))
        .where(in_scope(household.c.village_id, scope))
        .order_by(by_name(village.c.name), household.c.code)
    )
    return list(connection.execute(found).mappings())


def members_in_no_village(connection: Connection) -> list[RowMapping]:
    """Return the members of no village who have no grid in force either, by name."""
    has_grid = (
        exists()
        .where(assignment.c.member_id == member.c.id, assignment.c.until.is_(None))
        .where(plan.c.id == assignment.c.plan_id, plan.c.state == "published")
    )
    found = (
        select(member.c.id, member.c.name, member.c.code)
        .where(member.c.village_id.is_(None), member.c.retired_on.is_(None), ~has_grid)
        .order_by(by_name(member.c.name), member.c.code)
    )
    return list(connection.execute(found).mappings())
