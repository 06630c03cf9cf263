"""Households: rows of the database, and the model's households of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select

from gridplan.model import Household
from gridplan.store.tables import household, village
from gridplan.store.villages import Scope, within


def with_village() -> Select[Any]:
    """Return the query of all households with the names of their villages."""
    return select(household, village.c.name.label("village")).join(village, village.c.id == household.c.village_id)


def models(connection: Connection, scope: Scope = None) -> tuple[Household, ...]:
    """Return the households that are not retired, in the order of their codes."""
    found = with_village().where(within(household.c.village_id, scope), household.c.retired_on.is_(None))
    return tuple(model_of(row) for row in connection.execute(found.order_by(household.c.code)).mappings())


def model_of(row: RowMapping) -> Household:
    """Return the household of a row of `with_village`."""
    return Household(
        household_id=row["code"],
        village=row["village"],
        lon=math.nan if row["lon"] is None else row["lon"],
        lat=math.nan if row["lat"] is None else row["lat"],
        name=row["name"],
        phone=row["phone"],
        address=row["address"],
        door=row["door"],
        hamlet=row["hamlet"],
        position=row["position"],
    )


def row_of(home: Household, village_id: int) -> dict[str, object]:
    """Return a household as the columns of its row."""
    return {
        "code": home.household_id,
        "village_id": village_id,
        "hamlet": home.hamlet,
        "name": home.name,
        "phone": home.phone,
        "address": home.address,
        "door": home.door,
        "lon": None if math.isnan(home.lon) else home.lon,
        "lat": None if math.isnan(home.lat) else home.lat,
        "position": home.position,
    }


def add(connection: Connection, homes: Iterable[Household], village_ids: Mapping[str, int]) -> None:
    """Add households; the villages they name are known."""
    if rows := [row_of(home, village_ids[home.village]) for home in homes]:
        connection.execute(insert(household), rows)


def ids_by_code(connection: Connection) -> dict[str, int]:
    """Return the id of every household by its code, retired ones too."""
    return {code: id_ for id_, code in connection.execute(select(household.c.id, household.c.code))}
