"""Households: rows of the database, and the model's households of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, case, exists, insert, select

from gridplan.model import Household
from gridplan.names import hamlet_key
from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import ListQuery, Row, noun_of, only_row, row_of
from gridplan.store.tables import grid, household, membership, plan, village


def models(connection: Connection, scope: Scope = None) -> tuple[Household, ...]:
    """Return the households that are not retired, in the order of their codes."""
    found = with_village(household).where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
    return tuple(model_of(row) for row in connection.execute(found.order_by(household.c.code)).mappings())


def model_of(row: Row, **stood: Any) -> Household:
    """Return the household of a row of `with_village`, or where it stood."""
    places = {degrees: stood.get(degrees, row[degrees]) for degrees in ("lon", "lat")}
    unknown = {degrees: math.nan for degrees, at in places.items() if at is None}
    return noun_of(Household, row, **stood | unknown)


def add(connection: Connection, homes: Iterable[Household], village_ids: Mapping[str, int]) -> None:
    """Add households; the villages they name are known."""
    if rows := [row_of(home, village_ids) for home in homes]:
        connection.execute(insert(household), rows)


def ids_by_code(connection: Connection) -> dict[str, int]:
    """Return the id of every household by its code, retired ones too."""
    return {code: id_ for id_, code in connection.execute(select(household.c.id, household.c.code))}


# ---- the list, and one of it


def in_no_grid() -> ColumnElement[bool]:
    """Return the condition that a household is in no grid of the plan in force of its village."""
    in_force = (plan.c.village_id == household.c.village_id) & (plan.c.state == "published")
    mine = (membership.c.household_id == household.c.id) & membership.c.number.is_not(None)
    return ~exists().where(membership.c.plan_id == plan.c.id, in_force, mine)


LIVING: Final = household.c.retired_on.is_(None)
FILTERS: Final[Mapping[str, ColumnElement[bool]]] = {
    "all": LIVING,
    "unplaced": LIVING & (household.c.position == "hamlet"),
    "no_grid": LIVING & in_no_grid(),
    "retired": ~LIVING,
}
"""Which households a list may have."""
MOST_SORTED_HAMLETS: Final = 2_000
"""So many names of hamlets a town's list puts in order; a database takes no query of any length."""


def page_of_rows(connection: Connection, scope: Scope, query: ListQuery) -> tuple[list[RowMapping], int]:
    """Return a page of households by village, hamlet and code, and how many there are on all pages."""
    found = (
        with_village(household)
        .add_columns(in_no_grid().label("no_grid"))
        .where(in_scope(household.c.village_id, scope), FILTERS[query.which])
        .order_by(village.c.name, _in_hamlet_order(connection, scope), household.c.hamlet, household.c.code)
    )
    return query.page_of(connection, found, household, ("code", "name", "door", "hamlet"))


def by_id(connection: Connection, household_id: int) -> RowMapping:
    """Return a household with the name of its village and whether it is in no grid, a retired one too.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    found = with_village(household).add_columns(in_no_grid().label("no_grid")).where(household.c.id == household_id)
    return only_row(connection, found)


def hamlets_of(connection: Connection, scope: Scope = None) -> list[str]:
    """Return the names of the hamlets that households are in."""
    named = select(household.c.hamlet).where(in_scope(household.c.village_id, scope), household.c.hamlet.is_not(None))
    return sorted(connection.execute(named.distinct()).scalars(), key=hamlet_key)


def _in_hamlet_order(connection: Connection, scope: Scope) -> ColumnElement[Any]:
    """Return what a query sorts households by so that their hamlets stand in their order, which no database knows."""
    places = {name: place for place, name in enumerate(hamlets_of(connection, scope)[:MOST_SORTED_HAMLETS])}
    return case(places, value=household.c.hamlet, else_=len(places)) if places else household.c.hamlet


def placed_in_grids(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the placed households of a village that are in a grid in force, with that grid and its bounds."""
    found = (
        select(plan.c.id.label("plan_id"), plan.c.most, grid.c.number, grid.c.label, household.c.lon, household.c.lat)
        .join(grid, grid.c.plan_id == plan.c.id)
        .join(membership, (membership.c.plan_id == grid.c.plan_id) & (membership.c.number == grid.c.number))
        .join(household, household.c.id == membership.c.household_id)
        .where(
            plan.c.village_id == village_id,
            plan.c.state == "published",
            household.c.village_id == village_id,
            household.c.retired_on.is_(None),
        )
    )
    return list(connection.execute(found).mappings())
