"""Households: rows of the database, and the model's households of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, func, insert, select

from gridplan.model import Household
from gridplan.names import hamlet_key
from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import Row, noun_of, only_row, row_of
from gridplan.store.tables import grid, household, membership, plan


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


def ids_by_code(connection: Connection, scope: Scope = None) -> dict[str, int]:
    """Return the id of every household of a scope by its code, retired ones too."""
    found = select(household.c.id, household.c.code).where(in_scope(household.c.village_id, scope))
    return {code: id_ for id_, code in connection.execute(found)}


ON_MAP: Final = (household.c.retired_on.is_(None), household.c.lon.is_not(None))


def shared_places(connection: Connection, scope: Scope) -> frozenset[int]:
    """Return the villages in which several living households have one position of their own."""
    found = select(household.c.village_id).where(in_scope(household.c.village_id, scope), *ON_MAP)
    found = found.where(household.c.position == "exact")
    return frozenset(connection.execute(_by_place(found).having(func.count() > 1)).scalars())


def usual_places(connection: Connection, village_ids: Collection[int]) -> dict[int, tuple[float, float]]:
    """Return where most of the living households of villages stand, longitude and latitude."""
    found = select(household.c.village_id, household.c.lon, household.c.lat)
    found = _by_place(found.where(household.c.village_id.in_(village_ids), *ON_MAP))
    rows = connection.execute(found.order_by(func.count(), func.min(household.c.code).desc())).all()
    return {row.village_id: (row.lon, row.lat) for row in rows}


def _by_place(found: Select[Any]) -> Select[Any]:
    return found.group_by(household.c.village_id, household.c.lon, household.c.lat)


# ---- one of them


def in_no_grid() -> ColumnElement[bool]:
    """Return the condition that a household is in no grid of the plan in force of its village."""
    in_force = (plan.c.village_id == household.c.village_id) & (plan.c.state == "published")
    mine = (membership.c.household_id == household.c.id) & membership.c.number.is_not(None)
    return ~exists().where(membership.c.plan_id == plan.c.id, in_force, mine)


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
