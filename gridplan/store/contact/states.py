"""States of households: no visits wanted, away, unoccupied; each from its first day until the day on which it ended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, delete, func, insert, or_, select, update

from gridplan.contact.status import StateKind
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import household, household_state, membership, plan, village


def holding(connection: Connection, household_id: int, day: date) -> dict[StateKind, RowMapping]:
    """Return the states of a household that hold on a day, by kind."""
    found = select(household_state).where(household_state.c.household_id == household_id, _holds(day))
    return {row["kind"]: row for row in connection.execute(found.order_by(household_state.c.id)).mappings()}


def begin(
    connection: Connection, household_id: int, kind: StateKind, *, since: date, until: date | None, set_by: int | None
) -> None:
    """Let a household be in a state from a day on."""
    row = {"household_id": household_id, "kind": kind, "from_day": since, "until_day": until, "set_by": set_by}
    connection.execute(insert(household_state).values(**row))


def end(connection: Connection, household_id: int, kinds: Collection[StateKind], day: date) -> None:
    """End states of a household that hold on a day; one that began on it never was."""
    mine = and_(household_state.c.household_id == household_id, household_state.c.kind.in_(kinds), _holds(day))
    connection.execute(delete(household_state).where(mine, household_state.c.from_day == day))
    connection.execute(update(household_state).where(mine).values(until_day=day))


def absences(connection: Connection, scope: Scope, day: date) -> list[RowMapping]:
    """Return the households of a scope that are away or unoccupied on a day, by village, those back first first."""
    found = (
        select(household.c.id, household.c.name, household.c.code, household.c.door, household.c.hamlet)
        .add_columns(household.c.village_id, village.c.name.label("village"))
        .add_columns(household_state.c.kind, household_state.c.from_day, household_state.c.until_day)
        .join(household, household.c.id == household_state.c.household_id)
        .join(village, village.c.id == household.c.village_id)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
        .where(household_state.c.kind.in_(("away", "unoccupied")), _holds(day))
        .order_by(by_name(village.c.name), household_state.c.until_day.is_(None), household_state.c.until_day)
        .order_by(household.c.code)
    )
    return list(connection.execute(found).mappings())


def absent_codes(connection: Connection, scope: Scope, day: date) -> frozenset[str]:
    """Return the codes of the households of a scope that are away or unoccupied on a day."""
    return frozenset(connection.execute(absent(household.c.code, scope, day)).scalars())


def absent_in_grids(connection: Connection, plan_ids: Collection[int], day: date) -> dict[tuple[int, int], int]:
    """Return how many households of grids are away or unoccupied on a day, of grids with some, by plan and number."""
    found = (
        select(membership.c.plan_id, membership.c.number, func.count())
        .join(plan, plan.c.id == membership.c.plan_id)
        .join(household, (household.c.id == membership.c.household_id) & (household.c.village_id == plan.c.village_id))
        .where(membership.c.plan_id.in_(plan_ids), membership.c.number.is_not(None))
        .where(household.c.id.in_(absent(household.c.id, None, day)))
        .group_by(membership.c.plan_id, membership.c.number)
    )
    return {(plan_id, number): n for plan_id, number, n in connection.execute(found)}


def absent(column: ColumnElement[Any], scope: Scope, day: date) -> Select[Any]:
    """Select a column of the households of a scope that are away or unoccupied on a day."""
    return (
        select(column)
        .join(household_state, household_state.c.household_id == household.c.id)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
        .where(household_state.c.kind.in_(("away", "unoccupied")), _holds(day))
        .distinct()
    )


def refusals(connection: Connection, scope: Scope, day: date) -> dict[int, int]:
    """Return how many households of each village of a scope want no visits on a day."""
    found = (
        select(household.c.village_id, func.count())
        .join(household_state, household_state.c.household_id == household.c.id)
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
        .where(household_state.c.kind == "no visits wanted", _holds(day))
        .group_by(household.c.village_id)
    )
    return {village_id: n for village_id, n in connection.execute(found)}


def _holds(day: date) -> ColumnElement[bool]:
    open_ = or_(household_state.c.until_day.is_(None), household_state.c.until_day > day)
    return and_(household_state.c.from_day <= day, open_)
