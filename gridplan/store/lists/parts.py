"""What the queries of several lists are made of: hamlets in their order, leads, and what stands in an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Subquery, case, func, select, true

from gridplan.names import folded_hamlet, sort_key, whole_number
from gridplan.store.lists.listing import Condition
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import assignment, grid, household, member, plan, village

MOST_SORTED_HAMLETS: Final = 2_000
"""So many names of hamlets a list puts in order; a database takes no query of any length."""
LONGEST_ID: Final = 16


def hamlets_of(connection: Connection, scope: Scope) -> list[str]:
    """Return the hamlets that living households are in, in their order: 二组 before 十组, others by their sound."""
    named = household.c.retired_on.is_(None) & household.c.hamlet.is_not(None)
    found = select(household.c.hamlet).where(in_scope(household.c.village_id, scope), named).distinct()
    return sorted(connection.execute(found).scalars(), key=lambda name: sort_key(folded_hamlet(name)))


def in_hamlet_order(column: ColumnElement[Any], hamlets: list[str]) -> ColumnElement[Any]:
    """Return what a query sorts by so that hamlets stand in their order, which no database knows; blank is null."""
    places = {name: place for place, name in enumerate(hamlets[:MOST_SORTED_HAMLETS])}
    return case(*((column == name, place) for name, place in places.items()), (column.is_not(None), len(places)))


def current_leads() -> Subquery:
    """Return the leads of the grids of plans in force: plan, number, and the id of the member."""
    return (
        select(assignment.c.plan_id, assignment.c.number, func.min(assignment.c.member_id).label("member_id"))
        .join(plan, plan.c.id == assignment.c.plan_id)
        .where(plan.c.state == "published", assignment.c.role == "lead", assignment.c.until.is_(None))
        .group_by(assignment.c.plan_id, assignment.c.number)
        .subquery("leads")
    )


def has_labels(connection: Connection, scope: Scope) -> bool:
    """Return whether the town has names of its own for any of its grids in force."""
    found = _grids(scope).where(grid.c.label.is_not(None)).limit(1)
    return connection.execute(found).first() is not None


# ---- what a filter offers


def grids(connection: Connection, scope: Scope, named: tuple[int, int] | None = None) -> list[RowMapping]:
    """Return the grids in force of a scope, or the one that is named if it is among them."""
    found = _grids(scope)
    if named:
        found = found.where(grid.c.plan_id == named[0], grid.c.number == named[1])
    return list(connection.execute(found).mappings())


def leads(connection: Connection, scope: Scope, member_id: int | None = None) -> dict[int, str]:
    """Return who leads grids in force of a scope, in the order of their names, or the one that is meant."""
    current = current_leads()
    found = (
        select(member.c.id, member.c.name)
        .join(current, current.c.member_id == member.c.id)
        .join(plan, plan.c.id == current.c.plan_id)
        .where(in_scope(plan.c.village_id, scope), true() if member_id is None else member.c.id == member_id)
    )
    rows = {id_: name for id_, name in connection.execute(found)}
    return dict(sorted(rows.items(), key=lambda one: sort_key(one[1])))


def _grids(scope: Scope) -> Select[Any]:
    return (
        select(grid.c.plan_id, grid.c.number, grid.c.label, village.c.name.label("village"))
        .join(plan, plan.c.id == grid.c.plan_id)
        .join(village, village.c.id == plan.c.village_id)
        .where(plan.c.state == "published", in_scope(plan.c.village_id, scope))
        .order_by(by_name(village.c.name), grid.c.number)
    )


# ---- filters


def one_of(conditions: Mapping[str, Condition]) -> Callable[[str], Condition | None]:
    """Return a filter with a condition for each of its values; any other is met by every row."""
    return conditions.get


def of_id(column: ColumnElement[Any], others: Mapping[str, Condition]) -> Callable[[str], Condition | None]:
    """Return a filter whose value is the id that a column has, or one of some others."""
    return lambda value: column == id_of(value) if value.isdecimal() else others.get(value)


def of_grid(
    plan_id: ColumnElement[Any], number: ColumnElement[Any], others: Mapping[str, Condition]
) -> Callable[[str], Condition | None]:
    """Return a filter whose value is a grid, or one of some others."""

    def condition(value: str) -> Condition | None:
        named = grid_of(value)
        return (plan_id == named[0]) & (number == named[1]) if named else others.get(value)

    return condition


def id_of(value: str) -> int:
    """Return an id that stands in an address; 0, which nothing has, for what is none."""
    return int(value) if value.isdecimal() and len(value) <= LONGEST_ID else 0


def grid_of(value: str) -> tuple[int, int] | None:
    """Return plan and number of a grid that stands in an address as PLAN-NUMBER."""
    plan_id, number = (whole_number(part) for part in (*value.split("-", 1), "")[:2])
    return (plan_id, number) if plan_id is not None and number is not None else None
