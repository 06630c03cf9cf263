"""Living households with the grids that they are in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, or_, select

from gridplan.store.plans.plans import LIVES_THERE
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import household, membership, plan, village


def households_with_grid() -> Select[Any]:
    """Return the query of the living households with their villages and their grids in the plans in force.

    `plan_id` and `number` are null for a household that is in no grid of the published plan of its own village.
    """
    in_grid = (
        select(membership.c.household_id, membership.c.plan_id, membership.c.number)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(household, household.c.id == membership.c.household_id)
        .where(plan.c.state == "published", LIVES_THERE, membership.c.number.is_not(None))
        .subquery()
    )
    return (
        select(household, village.c.name.label("village"), in_grid.c.plan_id, in_grid.c.number)
        .join(village, village.c.id == household.c.village_id)
        .outerjoin(in_grid, in_grid.c.household_id == household.c.id)
        .where(household.c.retired_on.is_(None))
    )


def household_rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[RowMapping]:
    """Return living households with their grids."""
    return list(connection.execute(households_with_grid().where(*conditions).order_by(household.c.code)).mappings())


def household_counts(connection: Connection, scope: Scope) -> dict[int, RowMapping]:
    """Return by village how many living households there are, how many have a place of their own, are in no grid."""
    rows = households_with_grid().where(in_scope(household.c.village_id, scope)).subquery()
    found = select(
        rows.c.village_id,
        func.count().label("households"),
        func.count().filter(rows.c.position == "exact").label("placed"),
        func.count().filter(rows.c.number.is_(None)).label("in_no_grid"),
    ).group_by(rows.c.village_id)
    return {row["village_id"]: row for row in connection.execute(found).mappings()}


def households_in_grid(connection: Connection, plan_id: int, number: int) -> list[RowMapping]:
    """Return the households of a grid of any plan that still live in its village."""
    found = (
        select(household, village.c.name.label("village"))
        .join(membership, membership.c.household_id == household.c.id)
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(village, village.c.id == household.c.village_id)
        .where(membership.c.plan_id == plan_id, membership.c.number == number, LIVES_THERE)
        .order_by(household.c.code)
    )
    return list(connection.execute(found).mappings())


def ids_on_map(connection: Connection, plan_ids: Collection[int], scope: Scope) -> dict[str, int]:
    """Return the ids of the households of plans, and of those that live in a scope, by code."""
    planned = select(membership.c.household_id).where(membership.c.plan_id.in_(plan_ids))
    found = select(household.c.code, household.c.id)
    there = or_(in_scope(household.c.village_id, scope), household.c.id.in_(planned))
    return {code: id_ for code, id_ in connection.execute(found.where(there))}
