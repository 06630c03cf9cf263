"""Half a year of contact in the demo town up to a moment, and what comes in from there to a later one.

What happens in a week of a grid follows from the seed, the grid and the week, and comes in at a moment of its own: a
record that is carried on is the one that would have been made at once. Households of a grid are visited by turns; who
was not at home, or left out, is called at again in the next week; the sheet of a week is typed on its Sunday evening,
and now and then later or never. What a single village has of its own is in `Place`.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from random import Random
from typing import Final

from gridplan.contact.calendar import DAY, NEW_YEARS, Pause, Week, local_day, paused_days, weeks_of_month
from gridplan.contact.figures import Window
from gridplan.contact.sheet_number import new_number
from gridplan.contact.status import HouseholdState, StateKind
from gridplan.contact.visits import CHANNELS, OUTCOMES, Channel, Outcome, Visit, day_of_tick, id_on_sheet
from gridplan.demo.span import Span
from gridplan.store.contact.history import History, PastVisit, PrintedSheet, Recorded, TypedWeek
from gridplan.store.rows import Row

WEEKS: Final = 26
NOTICE: Final = timedelta(days=10)
"""How long before its start a village is given the notice."""
TYPED_FROM: Final = time(17, 0)
"""When on a Sunday a desk begins with the pile of the week."""
OF_OUTCOMES: Final = (0.86, 0.97, 0.988, 1.0)
"""Below which of these a number from 0 to 1 stands for which outcome."""
OF_CHANNELS: Final = (0.8, 0.91, 1.0)
"""The same of the ways in which somebody is met."""
SET_BEFORE: Final = timedelta(days=14)
"""How long before its first day a festival is set as a pause."""
COVER_EVERY: Final = 13
"""Weeks from one cover in a village to the next."""
LATEST: Final = timedelta(days=12)
"""How long after its Sunday a sheet may still come in."""


class Place(IntEnum):
    """The villages that have something of their own, by their place among all."""

    SHEETS_COMING_IN = 0  # a third of the sheets of last week come in during this one
    ALL_IN = 1  # where nothing is missing
    PHONES = 2  # members enter visits on their own pages too
    LATE = 4  # began on a Thursday five weeks before the others had half a year
    WELL = 6
    SHEETS_A_WEEK_LATE = 7  # no sheet of last week is ever in
    HARVEST = 9  # paused for five days
    NOTICE_ONLY = 11  # has not started
    REDRAWN = 13  # got other grids in the middle
    SHORT_CADENCE = 14
    FAILING = 17  # fewer and fewer are called at, and sheets do not come in


GOOD: Final = frozenset({Place.ALL_IN, Place.WELL})


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A household of a grid."""

    id: int
    is_own: bool = False
    """Whether the lead of the grid lives there."""
    since: date | None = None
    """The day from which it is to be visited; None: since its village started."""
    states: tuple[HouseholdState, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoGrid:
    """A grid, the days on which its plan counts, and who calls at it."""

    village_id: int
    plan_id: int
    number: int
    days: Window
    homes: tuple[DemoHome, ...]
    """In visiting order."""
    lead: int | None


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the record of the demo town begins."""

    villages: tuple[tuple[int, date, date | None], ...]
    """Village, day of the notice, day of the start: by their places."""
    rows: Mapping[str, Sequence[Row]]
    """Pauses and cadences."""


def begin(village_ids: Sequence[int], today: date, weeks: int = WEEKS) -> Beginning:
    """Return how the record of a town begins so many weeks before a day."""
    this = Week.of(today)
    first = this.shift(-weeks).monday
    of_place = dict(enumerate(village_ids))
    starts: dict[int, date | None] = {id_: first + place * 5 % 16 * DAY for place, id_ in of_place.items()}
    own = {Place.NOTICE_ONLY: None, Place.LATE: this.shift(-5).monday + 3 * DAY}
    starts |= {of_place[place]: start for place, start in own.items() if place in of_place}
    pauses = []
    if not _festivals(first, today):
        pauses.append(_pause(None, "festival", this.shift(-weeks // 2).monday))
    if Place.HARVEST in of_place:
        pauses.append(_pause(of_place[Place.HARVEST], "harvest", this.shift(-3).monday))
    cadence = {"subject": "household", "village_id": of_place.get(Place.SHORT_CADENCE), "days": 14, "grace": 7}
    cadences = [cadence | {"from_day": starts[of_place[Place.SHORT_CADENCE]]}] if cadence["village_id"] else []
    notices = ((id_, (start or today + 4 * DAY) - NOTICE, start) for id_, start in starts.items())
    return Beginning(tuple(notices), {"pause": pauses, "cadence": cadences})


def _pause(village_id: int | None, kind: str, first: date, last: date | None = None) -> Row:
    return {"village_id": village_id, "kind": kind, "first_day": first, "last_day": last or first + 4 * DAY}


def _festivals(first: date, last: date) -> list[Row]:
    """Return the Spring Festivals, from the eve to the sixth day, that are set as pauses by a day and not long over."""
    years = map(date.fromisoformat, NEW_YEARS)
    days = ((year - DAY, year + 5 * DAY) for year in years)
    return [_pause(None, "festival", *of) for of in days if of[1] >= first and of[0] - SET_BEFORE <= last]


def live(village_ids: Sequence[int], grids: Sequence[DemoGrid], recorded: Recorded, span: Span) -> History:
    """Return what comes in in a span of time, of villages by their places."""
    town = _Town(recorded, span)
    of_village: dict[int, list[DemoGrid]] = defaultdict(list)
    for grid in grids:
        of_village[grid.village_id].append(grid)
    for place, village_id in enumerate(village_ids):
        if village_id in recorded.starts and of_village[village_id]:
            town.live_in_village(place, of_village[village_id])
    return town.history


@dataclass(slots=True)
class _Drawn:
    """What was drawn for a week of a grid: whether nobody calls, whose turn it is, and what comes of a call at each."""

    is_idle: bool
    turns: frozenset[int]
    outcomes: list[float]
    typed_at: datetime | None
    """When its sheet is typed; None where it never comes in."""
    random: Random

    @property
    def left(self) -> frozenset[int]:
        """The households to be called at again in the next week, by their places."""
        met, not_home = OF_OUTCOMES[:2]
        return frozenset(at for at in self.turns if self.is_idle or met <= self.outcomes[at] < not_home)


class _Town:
    """What is entered while the weeks go by."""

    def __init__(self, recorded: Recorded, span: Span) -> None:
        self.recorded, self.span, self.today = recorded, span, span.today
        self.first = span.since(min(recorded.starts.values(), default=self.today), LATEST)
        self.numbers = set(recorded.numbers)
        self.history = History()
        self.sheets: dict[tuple[int, int, date], tuple[str, tuple[int, ...]]] = dict(recorded.sheets)
        self._set_festivals()
        self.covers = list(recorded.covers)

    def _set_festivals(self) -> None:
        """Set the festivals as pauses that are set by now, unless the town has a pause then."""
        pauses = self.recorded.pauses
        for festival in _festivals(self.first, self.today):
            is_new = self.span.holds(self.span.at(festival["first_day"] - SET_BEFORE, time(10)))
            if is_new and not any(one["village_id"] is None and _overlap(one, festival) for one in pauses):
                self.history.rows["pause"].append(festival)
        days: dict[int | None, list[Pause]] = defaultdict(list)
        for row in (*pauses, *self.history.rows["pause"]):
            days[row["village_id"]].append(Pause(row["first_day"], row["last_day"]))
        self.paused = {village_id: paused_days(of) for village_id, of in days.items()}

    # ---- weeks

    def live_in_village(self, place: int, grids: list[DemoGrid]) -> None:
        """Let a village live."""
        village_id = grids[0].village_id
        start = self.recorded.starts[village_id]
        off = frozenset(map(Week.of, self.paused.get(None, frozenset()) | self.paused.get(village_id, frozenset())))
        week, weeks = Week.of(max(start, self.first)), []
        while week.monday <= self.today:
            weeks.append(week)
            week = week.shift(1)
        for week in (*weeks, Week.of(self.today).shift(1)):
            self._cover(place, week, [grid for grid in grids if self._is_of(grid, week)])
        for grid in grids:
            calls = _Calls(self, place, start, off, grid)
            for week in weeks:
                if self._is_of(grid, week):
                    calls.live(week)

    def _is_of(self, grid: DemoGrid, week: Week) -> bool:
        """Return whether the plan of a grid counts at the end of a week."""
        return grid.days.holds(min(week.sunday, self.today))

    def _cover(self, place: int, week: Week, grids: list[DemoGrid]) -> None:
        """Let the first lead of a village be covered by its last for two weeks, now and then."""
        set_at = self.span.at(week.monday - 2 * DAY, time(10))
        if (place + week.monday.toordinal() // 7) % COVER_EVERY or not self.span.holds(set_at):
            return
        leads = [(grid, grid.lead) for grid in grids if grid.lead is not None]
        if len(leads) < 2 or leads[0][1] == leads[-1][1]:
            return
        (grid, lead), (_, stands_in) = leads[0], leads[-1]
        who = {"member_id": lead, "by_member_id": stands_in, "village_id": grid.village_id, "number": grid.number}
        row = {**who, "first_day": week.monday, "last_day": week.shift(1).sunday}
        if not any(one["member_id"] == lead and _overlap(one, row) for one in self.covers):
            self.covers.append(row)
            self.history.rows["cover"].append(row)

    def sheet_of(self, grid: DemoGrid, week: Week, start: date) -> tuple[str, tuple[int, ...]] | None:
        """Return number and rows of the sheet of a grid for the month of a week, printed if it is time; else None."""
        key = grid.plan_id, grid.number, week.month
        if key not in self.sheets:
            first = max(weeks_of_month(week.month)[0].monday, Week.of(start).monday) - 3 * DAY
            printed_at = self.span.at(max(first, grid.days.first), time(15))
            if printed_at > self.span.now:
                return None
            random = self.span.draw("sheet", *key)
            while (number := new_number(random)) in self.numbers:
                pass
            self.numbers.add(number)
            rows = tuple(home.id for home in grid.homes if not home.is_own)
            self.sheets[key] = number, rows
            of_grid = (grid.plan_id, grid.village_id, grid.number)
            self.history.sheets.append(PrintedSheet(number, *of_grid, week.month, grid.lead, printed_at, rows))
        return self.sheets[key]


def _day(week: Week, random: Random) -> date:
    return week.monday + random.randrange(7) * DAY


def _overlap(one: Row, other: Row) -> bool:
    """Return whether two rows have a day in common."""
    return bool(one["first_day"] <= other["last_day"] and other["first_day"] <= one["last_day"])


Call = tuple[DemoHome, Outcome, Channel]
"""A household that was called at."""


class _Calls:
    """The calls at the households of one grid, week by week."""

    def __init__(self, town: _Town, place: int, start: date, off: frozenset[Week], grid: DemoGrid) -> None:
        self.town, self.place, self.start, self.off, self.grid = town, place, start, off, grid
        self.homes = [home for home in grid.homes if not home.is_own]
        self.states = {home.id: home.states for home in self.homes}
        self.gap_share = 0.0 if place in GOOD else 0.05
        self.is_forgotten = (
            place not in GOOD and town.span.draw("forgotten", grid.village_id, grid.number).random() < 0.005
        )
        self.gaps: dict[int, range] = {}
        """By eights of weeks, which of them nobody calls in."""
        self.before: tuple[Week, _Drawn] | None = None

    def live(self, week: Week) -> None:
        """Let a week go by."""
        last = week.shift(-1)
        before = self.before[1] if self.before and self.before[0] == last else self._drawn(last)
        drawn = self._drawn(week)
        self.before = week, drawn
        sheet = self.town.sheet_of(self.grid, week, self.start)
        self._set_state(week, drawn.random)
        if self.grid.lead is None or not self.homes or week in self.off:
            return
        member = self._who_calls(week)
        called = [] if drawn.is_idle else self._call(week, drawn, before.left if last.sunday >= self.start else ())
        if called and drawn.random.random() < 0.02:
            called = self._meet(week, member, drawn.random, called)
        if self.place == Place.PHONES and self.grid.number % 2:
            called = self._enter_on_phone(week, member, drawn.random, called)
        if sheet:
            self._enter_sheet(*sheet, week, member, called, drawn.typed_at)

    def _drawn(self, week: Week) -> _Drawn:
        random = self.town.span.draw("week", self.grid.village_id, self.grid.number, week.key)
        n, cycle = week.monday.toordinal() // 7, 2 if self.place == Place.SHORT_CADENCE else 4
        is_idle = random.random() < self._idle_share(week) or week in self.off or self._is_in_gap(n)
        turns = frozenset(at for at in range(len(self.homes)) if not (at + n) % cycle)
        outcomes = [random.random() for _ in self.homes]
        return _Drawn(is_idle, turns, outcomes, self._typed_at(week, random), random)

    def _weeks_since_start(self, week: Week) -> int:
        return max(0, (week.monday - self.start).days // 7)

    def _idle_share(self, week: Week) -> float:
        """Return how likely it is that nobody calls in a week."""
        if self.place == Place.FAILING:
            return min(0.75, 0.03 * self._weeks_since_start(week))
        return 0.005 if self.place in GOOD else 0.03

    def _is_in_gap(self, n: int) -> bool:
        """Return whether a week, by its number, is one of several in a row in which nobody calls."""
        if self.is_forgotten:
            return True
        eighth, at = divmod(n, 8)
        if eighth not in self.gaps:
            random = self.town.span.draw("gap", self.grid.village_id, self.grid.number, eighth)
            first = random.randrange(7)
            last = first + random.randrange(2, 6)
            self.gaps[eighth] = range(first, last if random.random() < self.gap_share else first)
        return at in self.gaps[eighth]

    def _who_calls(self, week: Week) -> int:
        """Return the lead, or who covers it at the end of a week."""
        of_grid = (self.grid.village_id, self.grid.lead)
        for row in self.town.covers:
            is_of = (row["village_id"], row["member_id"]) == of_grid and row["number"] in (None, self.grid.number)
            if is_of and row["first_day"] <= week.sunday <= row["last_day"]:
                return int(row["by_member_id"])
        return int(self.grid.lead or 0)

    def _call(self, week: Week, drawn: _Drawn, left: Collection[int]) -> list[Call]:
        """Return who is called at in a week: by turns, and who was left the week before; with what came of it."""
        called: list[Call] = []
        for at in sorted({*drawn.turns, *left}):
            home = self.homes[at]
            if self._is_at_home(home, week):
                outcome = OUTCOMES[bisect(OF_OUTCOMES, drawn.outcomes[at])]
                channel: Channel = CHANNELS[bisect(OF_CHANNELS, drawn.random.random())] if outcome == "met" else "door"
                called.append((home, outcome, channel))
        return called

    def _is_at_home(self, home: DemoHome, week: Week) -> bool:
        """Return whether a household is to be called at in a week, and nobody has called there."""
        is_new = home.since is not None and home.since > week.monday
        is_away = any(
            one.since <= week.sunday and (one.until is None or one.until > week.monday) for one in self.states[home.id]
        )
        return not (is_new or is_away)

    def _set_state(self, week: Week, random: Random) -> None:
        """Let a household go away, or ask for no visits, now and then."""
        if not self.homes or random.random() >= 0.014:
            return
        home, since, drawn = random.choice(self.homes), week.monday, random.random()
        set_at, days = self.town.span.at(since, time(7)), random.choice((30, 60, 180))
        if since < self.start or self.states[home.id] or not self.town.span.holds(set_at):
            return
        kind: StateKind = "no visits wanted" if drawn < 0.1 else "away" if drawn < 0.6 else "unoccupied"
        until = since + days * DAY if kind == "away" else None
        self.states[home.id] = (HouseholdState(kind, since, until),)
        row = {"household_id": home.id, "kind": kind, "from_day": since, "until_day": until}
        self.town.history.rows["household_state"].append(row)

    # ---- entered

    def _typed_at(self, week: Week, random: Random) -> datetime | None:
        """Return when the sheet of a week is typed; None where it never comes in."""
        minutes, drawn, late = random.uniform(0, 120), random.random(), random.randrange(2, LATEST.days)
        monday = week.sunday + DAY
        if self.place == Place.SHEETS_A_WEEK_LATE:
            return self.town.span.at(monday + 7 * DAY, time(8, 30), minutes)
        if self.place in GOOD:
            return self.town.span.at(week.sunday, TYPED_FROM, minutes)
        if self.place == Place.SHEETS_COMING_IN and drawn > 0.6:
            return self.town.span.at(monday + late * DAY / 2, time(8, 30), minutes)
        if self.place == Place.FAILING and drawn < min(0.6, 0.02 * self._weeks_since_start(week)):
            return None
        if drawn < 0.01:
            return None
        return self.town.span.at(week.sunday + (late * DAY if drawn < 0.05 else 0 * DAY), TYPED_FROM, minutes)

    def _enter_sheet(
        self, number: str, rows: Sequence[int], week: Week, member: int, called: list[Call], typed_at: datetime | None
    ) -> None:
        key = self.grid.plan_id, self.grid.number, week.key
        if typed_at is None or not self.town.span.holds(typed_at) or key in self.town.recorded.typed:
            return
        self.town.history.typed.append(TypedWeek(number, week, member, typed_at))
        day = day_of_tick(week, local_day(typed_at, self.town.span.zone))
        for home, outcome, channel in called:
            if home.id in rows:
                id_ = id_on_sheet(number, week, rows.index(home.id) + 1)
                one = Visit(id_, home.id, member, day, outcome, channel, "sheet", week_only=True)
                self._add(week, PastVisit(one, typed_at, number))

    def _meet(self, week: Week, member: int, random: Random, called: list[Call]) -> list[Call]:
        """Let several households sit together on a bench; return who is still to be called at."""
        day = max(self.start, _day(week, random))
        at_home = [home for home in self.homes if self._is_at_home(home, week)]
        met = random.sample(at_home, min(len(at_home), random.randrange(5, 9)))
        met_at = self.town.span.at(day, time(20), random.uniform(0, 90))
        meeting = self.town.span.id("meeting", self.grid.village_id, self.grid.number, week.key)
        for home in met:
            one = Visit(self.town.span.id("met", home.id, day), home.id, member, day, "met", "elsewhere", "told")
            self._add(week, PastVisit(one, met_at, meeting_id=meeting))
        return [call for call in called if call[0] not in met]

    def _enter_on_phone(self, week: Week, member: int, random: Random, called: list[Call]) -> list[Call]:
        """Enter most of the calls of a week, each in the evening of its day; return the others."""
        on_sheet = []
        for home, outcome, channel in called:
            day, minutes = max(self.start, _day(week, random)), random.uniform(0, 90)
            if random.random() < 0.3:
                on_sheet.append((home, outcome, channel))
                continue
            one = Visit(self.town.span.id("phone", home.id, day), home.id, member, day, outcome, channel, "phone")
            self._add(week, PastVisit(one, self.town.span.at(day, time(19), minutes)))
        return on_sheet

    def _add(self, week: Week, one: PastVisit) -> None:
        """Add a visit that comes in now, unless somebody called at the household in that week already."""
        if self.town.span.holds(one.received_at) and (one.visit.household, week) not in self.town.recorded.called:
            self.town.history.visits.append(one)
