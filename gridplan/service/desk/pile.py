"""The pile of tick sheets of a week: which grids are expected, which are in; tallies where there is no sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import Week
from gridplan.errors import NotFound
from gridplan.store import Store
from gridplan.store.contact import records, sheets
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope


@dataclass(frozen=True, slots=True)
class PileGrid:
    """A grid of which a sheet is expected in a week."""

    village_id: int
    plan_id: int
    number: int
    label: str | None
    households: int
    sheet: str | None
    """The number of the sheet that came in, else of the last one printed for the month."""
    is_in: bool
    tally: tuple[int, int] | None
    """How many of how many households were met, where somebody said no more than that."""


@dataclass(frozen=True, slots=True)
class PileVillage:
    """A village with its grids in order."""

    id: int
    name: str
    grids: tuple[PileGrid, ...]

    @property
    def come_in(self) -> int:
        """How many of its sheets are in."""
        return sum(grid.is_in for grid in self.grids)


@dataclass(frozen=True, slots=True)
class Pile:
    """The sheets that are expected for a week."""

    week: Week
    villages: tuple[PileVillage, ...]

    @property
    def expected(self) -> int:
        """How many sheets there are."""
        return sum(len(village.grids) for village in self.villages)

    @property
    def come_in(self) -> int:
        """How many of them are in."""
        return sum(village.come_in for village in self.villages)


@dataclass(frozen=True, slots=True)
class PilePage:
    """The page of a week's pile."""

    pile: Pile
    weeks: tuple[Week, ...]
    """Weeks beside it, the earliest first."""
    shown: tuple[PileVillage, ...]
    """The villages whose grids are shown."""
    not_started: int
    """How many villages of the scope have no day of the first visits, or one after the week."""
    paused: int
    """How many days of the week no visits are expected on, in the village that is shown or in the whole town."""


AROUND = range(-3, 2)
"""Weeks that are offered, from the one that has ended last."""
MOST_SHOWN = 60
"""Grids that are shown of several villages at once."""


def week_of_pile(today: date) -> Week:
    """Return the week whose sheets are typed in: the last one that has ended."""
    return Week.of(today).shift(-1)


def pile_of(connection: Connection, week: Week, zone: ZoneInfo, scope: Scope) -> Pile:
    """Return the sheets that are expected for a week, and which are in."""
    come_in = sheets.grids_in(connection, week, scope)
    printed = sheets.printed(connection, week.month, scope)
    before = sheets.printed_before(connection, week.month, scope)
    tallies = sheets.tallies(connection, week, scope)
    in_force = sheets.grids_in_force(connection, week.sunday, zone, scope)
    rows = [row for row in in_force if row["start_day"] is not None and row["start_day"] <= week.sunday]
    found = []
    for (village_id, name), inside in groupby(rows, key=lambda row: (row["village_id"], row["village"])):
        grids = []
        for row in inside:
            of = village_id, row["number"]
            last, tally = printed.get(of) or before.get(of), tallies.get(of)
            number = come_in.get(of) or (last["number"] if last is not None else None)
            counts = (tally["met"], tally["of"]) if tally is not None else None
            grids.append(
                PileGrid(
                    village_id,
                    row["plan_id"],
                    row["number"],
                    row["label"],
                    row["households"],
                    number,
                    of in come_in,
                    counts,
                )
            )
        found.append(PileVillage(village_id, name, tuple(grids)))
    return Pile(week, tuple(found))


def pile_page(
    store: Store, scope: Scope, week: Week | None, village_id: int | None, *, zone: ZoneInfo, today: date
) -> PilePage:
    """Return the page of a week's pile: of all villages of a scope, the grids of one of them or of all.

    Raises
    ------
    NotFound
        The village is not in the scope.
    """
    usual = week_of_pile(today)
    with store.read() as connection:
        here = villages.rows(connection, scope)
        pile = pile_of(connection, week or usual, zone, scope)
        pauses = records.paused(connection, scope)
    known = {row["id"] for row in here}
    if village_id is not None and village_id not in known | {village.id for village in pile.villages}:
        raise NotFound("entrance.not_here")
    if village_id is not None:
        shown = tuple(village for village in pile.villages if village.id == village_id)
    else:
        shown = pile.villages if pile.expected <= MOST_SHOWN else ()
    days = pauses.get(village_id, pauses[None])
    paused = sum(pile.week.monday <= day <= pile.week.sunday for day in days)
    weeks = {usual.shift(n) for n in AROUND} | {pile.week}
    return PilePage(pile, tuple(sorted(weeks)), shown, len(known - {village.id for village in pile.villages}), paused)


def this_week(store: Store, scope: Scope, *, zone: ZoneInfo, today: date) -> Pile:
    """Return the pile of the last week that has ended, for the first page."""
    with store.read() as connection:
        return pile_of(connection, week_of_pile(today), zone, scope)
