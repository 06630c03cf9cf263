"""The households that are due or overdue today: grid, name or door, and since when. Why others are not is not told."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import counted_days
from gridplan.contact.status import shown, status
from gridplan.names import sort_key
from gridplan.service.coverage.kept_figures import by_village
from gridplan.service.lists.computed import ComputedListing
from gridplan.service.lists.filters import Choice
from gridplan.service.lists.nouns import ListColumn, Noun
from gridplan.store import Store
from gridplan.store.contact import coverage as stored
from gridplan.store.contact.records import GridContact, grid_contacts, paused, plans_on
from gridplan.store.registry import households, villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.words import Message

DueStatus = Literal["overdue", "due"]
STATUSES: Final[tuple[DueStatus, ...]] = ("overdue", "due")


@dataclass(frozen=True, slots=True)
class DueGrid:
    """The households of a grid that are due or overdue, in the order in which they are visited."""

    village_id: int
    plan_id: int
    number: int
    group: int | None
    """The number of its party group."""
    households: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class DueHouseholds:
    """The households of a scope that are due or overdue, and the villages and grids that they are looked for in."""

    villages: Mapping[int, str]
    """By name."""
    grids: Sequence[DueGrid]
    rows: Sequence[Row]
    """Those that are overdue first, by village, grid and the order in which they are visited."""


def due_households(
    store: Store, scope: Scope, today: date, zone: ZoneInfo, *, asked: Mapping[str, str]
) -> DueHouseholds:
    """Return the households of a scope that are due or overdue; where a village is asked for, of that alone."""
    with store.read() as connection:
        here = plans_on(connection, today, zone, scope)
        within = [village_id for village_id in here if str(village_id) == asked.get("village")] or scope
        what = "due", today, zone.key
        found = by_village(connection, store.kept, within, what, lambda of: _due_grids(connection, today, zone, of))
        names = villages.names(connection)
    grids = [grid for inside in found.values() for grid in inside]
    rows = [
        {
            "village_id": grid.village_id,
            "village": names[grid.village_id],
            "plan_id": grid.plan_id,
            "number": grid.number,
            "group": grid.group,
            **home,
        }
        for grid in grids
        for home in grid.households
    ]
    rows.sort(key=lambda row: (STATUSES.index(row["status"]), *_in_grid(row)))
    in_order = sorted(((village_id, names[village_id]) for village_id in here), key=lambda one: sort_key(one[1]))
    return DueHouseholds(dict(in_order), grids, rows)


def _due_grids(connection: Connection, today: date, zone: ZoneInfo, scope: Scope) -> dict[int, tuple[DueGrid, ...]]:
    """Return the grids of villages that have a plan in force, by village."""
    grids = grid_contacts(connection, today, zone, scope)
    days_off = paused(connection, scope)
    groups = stored.groups_of_grids(connection, {grid.plan_id for grid in grids})

    def due_grid(grid: GridContact) -> DueGrid:
        group = groups.get((grid.plan_id, grid.number))
        homes = tuple(_due_of(grid, today, days_off.get(grid.village_id, days_off[None])))
        return DueGrid(grid.village_id, grid.plan_id, grid.number, group, homes)

    by_village_id = groupby(grids, key=lambda grid: grid.village_id)
    return {village_id: tuple(map(due_grid, inside)) for village_id, inside in by_village_id}


def _due_of(grid: GridContact, today: date, off: Collection[date]) -> Iterator[Row]:
    for home in grid.households:
        of = shown(status(home.record, today, off))
        if of in STATUSES:
            since = home.record.overdue_on(off) if of == "overdue" else home.record.due_on(off)
            days = counted_days(since, today, off)
            yield {"id": home.id, "place": home.place, "status": of, "since": since, "days": days}


def _in_grid(row: Row) -> tuple[str, int, int]:
    return sort_key(row["village"]), row["number"], row["place"]


def due(of: DueHouseholds, asked: Mapping[str, str]) -> Noun:
    """Return the list of households that are due or overdue; it is sorted by grid, or by how long they are."""
    within = next((id_ for id_ in of.villages if len(of.villages) == 1 or str(id_) == asked.get("village")), None)
    inside = [grid for grid in of.grids if grid.village_id == within]
    groups = sorted({grid.group for grid in inside if grid.group is not None})
    numbers = {f"{grid.plan_id}-{grid.number}": Message("map.grid", {"number": grid.number}) for grid in inside}
    choices = (
        Choice("village", {str(id_): name for id_, name in of.villages.items()}),
        Choice("group", {str(n): Message("coverage.group_n", {"n": n}) for n in groups}),
        Choice("grid", numbers),
        Choice("status", {one: Message(f"coverage.{one}") for one in STATUSES}, "coverage.state.all"),
    )
    listing = ComputedListing(
        of.rows,
        {
            "grid": _in_grid,
            "status": lambda row: STATUSES.index(row["status"]),
            "since": lambda row: row["since"],
            "days": lambda row: row["days"],
        },
        {
            "village": lambda row, value: str(row["village_id"]) == value,
            "group": lambda row, value: str(row["group"]) == value,
            "grid": lambda row, value: f"{row['plan_id']}-{row['number']}" == value,
            "status": lambda row, value: row["status"] == value,
        },
        _named,
    )
    return Noun(
        "due",
        "coverage.due_list",
        (
            ListColumn("name", "map.household", lambda row, _: row["name"] or row["door"] or row["code"]),
            *([] if within is not None else [ListColumn("village", "registry.village", lambda row, _: row["village"])]),
            ListColumn("grid", "book.grid", lambda row, _: row["number"], "number"),
            ListColumn("status", "coverage.status", lambda row, to: Message(f"coverage.{row['status']}").say(to.lang),
                       mark=lambda row: row["status"]),
            ListColumn("since", "coverage.since", lambda row, _: row["since"].isoformat(), is_day=True),
            ListColumn("days", "coverage.days", lambda row, _: row["days"], "amount"),
        ),
        lambda *_: listing,
        lambda *_: choices,
        is_searched=False,
    )  # fmt: skip


def _named(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return rows with what their households are called."""
    homes = {home["id"]: home for home in households.rows_by_id(connection, [row["id"] for row in rows])}
    return [{**row, **{key: homes[row["id"]][key] for key in ("name", "door", "code")}} for row in rows]
