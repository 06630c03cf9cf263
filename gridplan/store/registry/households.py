"""Households: rows of the database, and the model's households of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, func, insert, or_, select, update
from sqlalchemy import Row as SqlRow

from gridplan.model import Household
from gridplan.names import hamlet_key, hamlet_within
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope, in_scope, with_village
from gridplan.store.rows import Row, chunks, noun_of, only_row, row_of
from gridplan.store.tables import grid, hamlet, household, membership, plan, residence, village


def models(connection: Connection, scope: Scope = None) -> tuple[Household, ...]:
    """Return the households that are not retired, in the order of their codes."""
    found = with_village(household).where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
    return tuple(model_of(row) for row in connection.execute(found.order_by(household.c.code)).mappings())


def model_of(row: Row, **stood: Any) -> Household:
    """Return the household of a row of `with_village`, or where it stood."""
    places = {degrees: stood.get(degrees, row[degrees]) for degrees in ("lon", "lat")}
    unknown = {degrees: math.nan for degrees, at in places.items() if at is None}
    return noun_of(Household, row, **stood | unknown)


def add(
    connection: Connection, homes: Iterable[Household], village_ids: Mapping[str, int], *, today: date | None = None
) -> None:
    """Add households; the villages they name are known. Where visits have begun by `today` it is their first day."""
    first_day = dict.fromkeys(villages.visited_since(connection, today), today) if today else {}
    rows = [row_of(home, village_ids) for home in homes]
    if rows:
        connection.execute(insert(household), [row | {"first_day": first_day.get(row["village_id"])} for row in rows])


def ids_by_code(connection: Connection, scope: Scope = None) -> dict[str, int]:
    """Return the id of every household of a scope by its code, retired ones too."""
    found = select(household.c.id, household.c.code).where(in_scope(household.c.village_id, scope))
    return {code: id_ for id_, code in connection.execute(found)}


def begin_anew(connection: Connection, before: Row, today: date, *, visited_since: date | None = None) -> None:
    """Let a household live where it lives now since today: it came back, or moved from another village.

    It is visited since then too, unless a day is given. Where it lived before is kept for the figures of those days;
    one that never was away for a day never left.
    """
    since, until = before["first_day"], before["retired_on"] or today
    if before["retired_on"] is not None and until >= today:
        return
    if since is None or since < until:
        past = {"household_id": before["id"], "village_id": before["village_id"], "from_day": since, "until_day": until}
        connection.execute(insert(residence).values(**past, visited_since=before["visited_since"]))
    now = {"first_day": today, "visited_since": visited_since}
    connection.execute(update(household).where(household.c.id == before["id"]).values(now))


def carry_over(connection: Connection, homes: Iterable[Row], village_id: int, start: date | None, today: date) -> None:
    """Let households live in another village since today, because theirs is part of it now.

    They are visited since the day that they were before: `start` is that of the village in which they lived.
    """
    homes = list(homes)
    for home in homes:
        since = home["visited_since"] or (start and max(start, home["first_day"] or start))
        begin_anew(connection, home, today, visited_since=since if since and since <= today else None)
    for ids in chunks(sorted(home["id"] for home in homes)):
        there = {"village_id": village_id, "version": household.c.version + 1}
        connection.execute(update(household).where(household.c.id.in_(ids)).values(there))


def note_moves(connection: Connection, village_of: Mapping[int, int], today: date) -> None:
    """Note that those of some households that are to be in another village than they are live there since today."""
    for ids in chunks(sorted(village_of)):
        for before in connection.execute(select(household).where(household.c.id.in_(ids))).mappings().all():
            if before["village_id"] != village_of[before["id"]]:
                begin_anew(connection, before, today)


ON_MAP: Final = (household.c.retired_on.is_(None), household.c.lon.is_not(None))


def shared_places(connection: Connection, scope: Scope) -> frozenset[int]:
    """Return the villages in which several living households have one position of their own."""
    found = select(household.c.village_id).where(in_scope(household.c.village_id, scope), *ON_MAP)
    found = found.where(household.c.position == "exact")
    return frozenset(connection.execute(_by_place(found).having(func.count() > 1)).scalars())


def placed_by_village(connection: Connection, village_ids: Collection[int]) -> dict[int, list[SqlRow[Any]]]:
    """Return code, name and place of the living households of villages that have one of their own, by village."""
    columns = (household.c[name] for name in ("village_id", "code", "name", "lon", "lat"))
    found = select(*columns).where(household.c.village_id.in_(village_ids), *ON_MAP, household.c.position == "exact")
    rows: dict[int, list[SqlRow[Any]]] = {}
    for row in connection.execute(found.order_by(household.c.code)):
        rows.setdefault(row.village_id, []).append(row)
    return rows


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


def rows_by_id(connection: Connection, ids: Collection[int]) -> list[RowMapping]:
    """Return households of ids with the names of their villages, retired ones too."""
    return list(connection.execute(with_village(household).where(household.c.id.in_(ids))).mappings())


def rows_of_village(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the households that live in a village, with its name, in the order of their codes."""
    found = with_village(household).where(household.c.village_id == village_id, household.c.retired_on.is_(None))
    return list(connection.execute(found.order_by(household.c.code)).mappings())


def by_id(connection: Connection, household_id: int) -> RowMapping:
    """Return a household with the name of its village and whether it is in no grid, a retired one too.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    found = with_village(household).add_columns(in_no_grid().label("no_grid")).where(household.c.id == household_id)
    return only_row(connection, found)


def called(connection: Connection, text: str, scope: Scope) -> list[RowMapping]:
    """Return the living households of a scope that have a text for a code, else those that have it for a name."""
    found = select(household).where(in_scope(household.c.village_id, scope), household.c.retired_on.is_(None))
    rows = connection.execute(found.where(or_(household.c.code == text, household.c.name == text))).mappings().all()
    return [row for row in rows if row["code"] == text] or sorted(rows, key=lambda row: str(row["code"]))


def hamlets_of(connection: Connection, scope: Scope = None) -> list[str]:
    """Return the names of the hamlets that households are in."""
    named = select(household.c.hamlet).where(in_scope(household.c.village_id, scope), household.c.hamlet.is_not(None))
    return sorted(connection.execute(named.distinct()).scalars(), key=hamlet_key)


def hamlet_as_stored(connection: Connection, village_id: int, name: str | None) -> str | None:
    """Return a hamlet of a village as its households or its place have it; a new one as it is written."""
    if name is None:
        return None
    placed = select(hamlet.c.name).where(hamlet.c.village_id == village_id)
    known = [*hamlets_of(connection, [village_id]), *filter(None, connection.execute(placed).scalars())]
    of = connection.execute(select(village.c.name).where(village.c.id == village_id)).scalar_one()
    same = (one for one in known if hamlet_within(of, one) == hamlet_within(of, name))
    return name if name in known else next(same, name)


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
