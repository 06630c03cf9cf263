"""Where households stand: their own places, and the anchors of their hamlets."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import only_row
from gridplan.store.tables import hamlet, household

Place = tuple[float, float]
"""Longitude and latitude."""


def _of_village(village_id: int) -> Select[Any]:
    columns = ("id", "village_id", "code", "name", "door", "hamlet", "lon", "lat", "position", "version")
    here = (household.c.village_id == village_id) & household.c.retired_on.is_(None)
    return select(*(household.c[name] for name in columns)).where(here)


def household_rows(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the households of a village that are not retired, by code."""
    return list(connection.execute(_of_village(village_id).order_by(household.c.code)).mappings())


def household_row(connection: Connection, village_id: int, household_id: int) -> RowMapping:
    """Return a household of a village.

    Raises
    ------
    NotFound
        The village has no such household, or it is retired.
    """
    return only_row(connection, _of_village(village_id).where(household.c.id == household_id))


def progress(connection: Connection, village_id: int) -> tuple[int, int]:
    """Return how many households of a village have a place of their own, and of how many."""
    hamlets = progress_by_hamlet(connection, [village_id]).get(village_id, {}).values()
    return sum(placed for placed, _ in hamlets), sum(of for _, of in hamlets)


def progress_by_hamlet(connection: Connection, scope: Scope = None) -> dict[int, dict[str, tuple[int, int]]]:
    """Return by village and hamlet how many households have a place of their own, and of how many."""
    placed, name = func.count().filter(household.c.position == "exact"), func.coalesce(household.c.hamlet, "")
    rows = (
        select(household.c.village_id, name, placed, func.count())
        .where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
        .group_by(household.c.village_id, name)
    )
    found: dict[int, dict[str, tuple[int, int]]] = defaultdict(dict)
    for village_id, hamlet_name, *of_hamlet in connection.execute(rows):
        found[village_id][hamlet_name] = tuple(of_hamlet)
    return found


def anchors(connection: Connection, village_id: int) -> dict[str, Place]:
    """Return the anchors of a village's hamlets: where they were set, else where those without a place stand."""
    return anchors_by_village(connection, [village_id]).get(village_id, {})


def anchors_by_village(connection: Connection, scope: Scope = None) -> dict[int, dict[str, Place]]:
    """Return the anchors of hamlets, by village and hamlet."""
    standing = (
        select(household.c.village_id, household.c.hamlet, household.c.lon, household.c.lat)
        .where(
            in_scope(household.c.village_id, scope),
            household.c.position == "hamlet",
            household.c.lon.is_not(None),
            household.c.retired_on.is_(None),
        )
        .order_by(household.c.code.desc())
    )
    given = select(hamlet.c.village_id, hamlet.c.name, hamlet.c.lon, hamlet.c.lat).where(
        in_scope(hamlet.c.village_id, scope)
    )
    found: dict[int, dict[str, Place]] = defaultdict(dict)
    for village_id, name, lon, lat in chain(connection.execute(standing), connection.execute(given)):
        found[village_id][name or ""] = lon, lat
    return found


def set_anchor(connection: Connection, village_id: int, name: str, place: Place | None) -> list[RowMapping]:
    """Set or remove the anchor of a hamlet, and return the households that now stand there: those without a place."""
    save_anchor(connection, village_id, name, place)
    lon, lat = place or (None, None)
    standing = (
        (household.c.village_id == village_id)
        & (func.coalesce(household.c.hamlet, "") == name)
        & (household.c.position == "hamlet")
        & household.c.retired_on.is_(None)
    )
    moved = update(household).where(standing).values(lon=lon, lat=lat, version=household.c.version + 1)
    connection.execute(moved)
    return list(connection.execute(_of_village(village_id).where(standing).order_by(household.c.code)).mappings())


def save_anchor(connection: Connection, village_id: int, name: str, place: Place | None) -> None:
    """Set or remove the anchor of a hamlet, and move no household."""
    here = (hamlet.c.village_id == village_id) & (hamlet.c.name == name)
    connection.execute(delete(hamlet).where(here))
    if place is not None:
        connection.execute(insert(hamlet).values(village_id=village_id, name=name, lon=place[0], lat=place[1]))
