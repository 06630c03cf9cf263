"""Three months of contact in the demo town, up to the moment it is made: most grids are called at each week.

Villages begin on different days; each week some households of a grid are visited by turns, and the sheet of the week is
typed on the Monday after it. Some grids miss weeks; some households are not at home, decline, or are away; some are met
by phone or on a bench. What a single village has of its own is in `Place`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import groupby
from math import ceil
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from gridplan.contact.calendar import DAY, Week, local_day
from gridplan.contact.sheet_number import new_number
from gridplan.contact.visits import CHANNELS, OUTCOMES, Channel, Outcome, Visit, day_of_tick, id_on_sheet
from gridplan.store.contact.history import History, PastVisit, PrintedSheet, TypedWeek
from gridplan.store.rows import Row

WEEKS: Final = 13
NOTICE: Final = timedelta(days=10)
"""How long before its start a village is given the notice."""
TYPED_FROM: Final = time(8, 30)
"""When on a Monday a desk begins with the pile of the week before."""
OF_OUTCOMES: Final = (0.86, 0.11, 0.018, 0.012)
OF_CHANNELS: Final = (0.8, 0.11, 0.09)


CORRECTIONS: Final[tuple[Mapping[str, Any], ...]] = (
    {"kind": "wrong number", "content": {"door": "17号"}},
    {"kind": "gone away", "content": {}},
    {"kind": "new house", "content": {"name": "顾新禾", "door": "32号"}},
    {"kind": "another head", "content": {"name": "沈望舒"}},
    {"kind": "wrong spot", "content": {}},
)


Call = tuple[int, Outcome, Channel]
"""A household that was called at."""


class Place(IntEnum):
    """The villages that have something of their own, by their place among all."""

    SHEETS_COMING_IN = 0  # some sheets of last week are still to be typed
    PHONES = 2  # members enter visits on their own pages too
    LATE = 4  # began on a Thursday of last month
    SHEETS_OUT = 7  # no sheet of last week is in
    HARVEST = 9  # paused for five days
    NOTICE_ONLY = 11  # has not started
    SHORT_CADENCE = 14
    SLACK = 17  # misses many weeks


MISSING_LAST_WEEK: Final[Mapping[int, float]] = {Place.SHEETS_COMING_IN: 0.4, Place.SHEETS_OUT: 1.0}
"""The share of last week's sheets that are not in."""


@dataclass(frozen=True, slots=True)
class DemoGrid:
    """A grid of the plan in force, and who calls at it."""

    village_id: int
    plan_id: int
    number: int
    households: tuple[int, ...]
    """In visiting order."""
    own: frozenset[int]
    """Where its lead lives."""
    lead: int | None


def make_history(grids: Sequence[DemoGrid], *, now: datetime, zone: ZoneInfo, seed: int = 0) -> History:
    """Return the record of contact of a town: the same for the same grids, moment and seed."""
    town = _Town(Random(seed), now, zone)  # noqa: S311 - not for secrets
    villages = []
    for place, (village_id, inside) in enumerate(groupby(grids, key=lambda grid: grid.village_id)):
        start = town.start_of(place)
        villages.append((village_id, start - NOTICE, None if place == Place.NOTICE_ONLY else start))
        if place != Place.NOTICE_ONLY:
            town.live(place, start, list(inside))
    return History(tuple(villages), tuple(town.sheets), tuple(town.visits), dict(town.rows))


class _Town:
    """What is entered while the weeks go by."""

    def __init__(self, random: Random, now: datetime, zone: ZoneInfo) -> None:
        self.random, self.now, self.zone = random, now, zone
        self.today = local_day(now, zone)
        self.week = Week.of(self.today)
        self.weeks = [self.week.shift(n - WEEKS) for n in range(WEEKS)]
        self.paused = self.weeks[-3]
        """The week in which one village is at its harvest."""
        self.numbers: set[str] = set()
        self.sheets: list[PrintedSheet] = []
        self.visits: list[PastVisit] = []
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.away: dict[int, tuple[date, date | None]] = {}
        """From and until when a household is not to be visited."""

    def start_of(self, place: int) -> date:
        """Return when a village began, or is to begin."""
        if place == Place.NOTICE_ONLY:
            return self.today + 4 * DAY
        if place == Place.LATE:
            return self.weeks[-5].monday + 3 * DAY
        return self.weeks[0].monday + place * 5 % 16 * DAY

    def live(self, place: int, start: date, grids: list[DemoGrid]) -> None:
        """Let a village live from its start until now."""
        village_id = grids[0].village_id
        if place == Place.SHORT_CADENCE:
            cadence = {"subject": "household", "village_id": village_id, "days": 14, "grace": 7}
            self.rows["cadence"].append(cadence | {"from_day": start})
        if place == Place.HARVEST:
            first = self.paused.monday
            pause = {"kind": "harvest", "first_day": first, "last_day": first + 4 * DAY}
            self.rows["pause"].append({"village_id": village_id} | pause)
        covered = self._cover(grids) if place == 0 else None
        for grid in grids:
            self._live_in_grid(place, start, grid, covered[1] if covered and covered[0] == grid else None)
        if place < len(CORRECTIONS):
            self._correct(grids[1 % len(grids)], CORRECTIONS[place])

    def _live_in_grid(self, place: int, start: date, grid: DemoGrid, stands_in: int | None) -> None:
        """Let a grid be called at, in the last two weeks by who stands in for its lead."""
        self._set_states(grid, start)
        sheets = self._print_sheets(grid, start)
        if grid.lead is None:
            return
        queue = deque(one for one in grid.households if one not in grid.own)
        share = ceil(len(queue) / (2 if place == Place.SHORT_CADENCE else 4))
        idle = self._idle_weeks(place)
        for number, week in enumerate(self.weeks):
            if week.sunday < start or (place == Place.HARVEST and week == self.paused):
                continue
            member = stands_in if stands_in and week >= self.weeks[-2] else grid.lead
            called = [] if number in idle else self._call(queue, share + self.random.randrange(2), week)
            if called and self.random.random() < 0.012:
                self._enter_meeting(grid, week, member, start)
            elif self._comes_in(place, week):
                self._enter_sheet(sheets[week.month], week, member, called)
        if place == Place.PHONES and grid.number % 2:
            days = (self.today - max(start, self.week.monday)).days + 1
            self._enter_on_phone(grid, queue, ceil(share * days / 7))

    def _cover(self, grids: list[DemoGrid]) -> tuple[DemoGrid, int] | None:
        """Let the first lead of a village be covered by its last: since two weeks ago, for another two."""
        leads = [(grid, grid.lead) for grid in grids if grid.lead is not None]
        if len(leads) < 2 or leads[0][1] == leads[-1][1]:
            return None
        (grid, lead), (_, stands_in) = leads[0], leads[-1]
        days = {"first_day": self.weeks[-2].monday, "last_day": self.week.shift(1).sunday}
        cover = {"member_id": lead, "by_member_id": stands_in, "village_id": grid.village_id, "number": grid.number}
        self.rows["cover"].append(cover | days)
        return grid, stands_in

    def _idle_weeks(self, place: int) -> set[int]:
        """Return the weeks in which nobody calls at a grid: one now and then, some in a row, rarely all but one."""
        random = self.random
        idle = {n for n in range(WEEKS) if random.random() < (0.35 if place == Place.SLACK else 0.03)}
        if random.random() < 0.08:
            first = random.randrange(3, WEEKS)
            idle |= set(range(first, first + random.randrange(2, 7)))
        elif random.random() < 0.01:
            idle |= set(range(1, WEEKS))
        return idle

    def _set_states(self, grid: DemoGrid, start: date) -> None:
        for household in grid.households:
            if household in grid.own:
                continue
            drawn, since = self.random.random(), start + self.random.randrange(40) * DAY
            if since > self.today or drawn > 0.035:
                continue
            kind, until = "unoccupied", None
            if drawn < 0.004:
                kind = "no visits wanted"
            elif drawn < 0.02:
                kind, until = "away", since + self.random.choice((30, 90, 180)) * DAY
            self.away[household] = since, until
            state = {"household_id": household, "kind": kind, "from_day": since, "until_day": until}
            self.rows["household_state"].append(state)

    def _is_away(self, household: int, week: Week) -> bool:
        since, until = self.away.get(household, (date.max, None))
        return since <= week.sunday and (until is None or week.monday < until)

    # ---- sheets

    def _print_sheets(self, grid: DemoGrid, start: date) -> dict[date, PrintedSheet]:
        """Print the sheets of a grid, each some days before its first week, and return them by month."""
        of_month: dict[date, PrintedSheet] = {}
        for week in (*self.weeks, self.week):
            if week.sunday < start or week.month in of_month:
                continue
            number = new_number(self.random)
            while number in self.numbers:
                number = new_number(self.random)
            self.numbers.add(number)
            of_month[week.month] = PrintedSheet(
                number=number,
                plan_id=grid.plan_id,
                village_id=grid.village_id,
                grid=grid.number,
                month=week.month,
                member_id=grid.lead,
                printed_at=min(self.now, self._at(week.monday - 3 * DAY, time(15, 0))),
                households=tuple(one for one in grid.households if one not in grid.own),
            )
        self.sheets += of_month.values()
        return of_month

    def _at(self, day: date, of_day: time, minutes: float = 0) -> datetime:
        return datetime.combine(day, of_day, self.zone) + timedelta(minutes=minutes)

    # ---- visits

    def _call(self, queue: deque[int], share: int, week: Week) -> list[Call]:
        """Let the households whose turn it is be called at; return outcome and channel of each."""
        called: list[Call] = []
        again: list[int] = []
        for _ in range(min(share, len(queue))):
            household = queue.popleft()
            if self._is_away(household, week):
                queue.append(household)
                continue
            (outcome,) = self.random.choices(OUTCOMES, OF_OUTCOMES)
            channel: Channel = self.random.choices(CHANNELS, OF_CHANNELS)[0] if outcome == "met" else "door"
            called.append((household, outcome, channel))
            (again if outcome == "not home" else queue).append(household)
        queue.extendleft(reversed(again))
        return called

    def _comes_in(self, place: int, week: Week) -> bool:
        """Return whether the sheet of a grid comes in: some of last week are on their way, few of others were lost."""
        missing = MISSING_LAST_WEEK.get(place, 0.07) if week == self.weeks[-1] else 0.015
        return self.random.random() >= missing

    def _enter_sheet(self, sheet: PrintedSheet, week: Week, member: int, called: list[Call]) -> None:
        """Enter a week of a sheet, on the Monday after it."""
        entered_at = min(self.now, self._at(week.sunday + DAY, TYPED_FROM, self.random.uniform(0, 120)))
        sheet.weeks.append(TypedWeek(week, member, entered_at))
        day = day_of_tick(week, local_day(entered_at, self.zone))
        for household, outcome, channel in called:
            id_ = id_on_sheet(sheet.number, week, sheet.households.index(household) + 1)
            one = Visit(id_, household, member, day, outcome, channel, "sheet", week_only=True)
            self.visits.append(PastVisit(one, entered_at, sheet.number))

    def _enter_meeting(self, grid: DemoGrid, week: Week, member: int, start: date) -> None:
        """Enter that several households sat together on a bench."""
        day = max(start, week.monday + self.random.randrange(1, 6) * DAY)
        homes = [one for one in grid.households if one not in grid.own and not self._is_away(one, week)]
        met = self.random.sample(homes, min(len(homes), self.random.randrange(5, 9)))
        meeting = self._id()
        received_at = self._at(day, time(20, 0), self.random.uniform(0, 90))
        for household in met:
            one = Visit(self._id(), household, member, day, "met", "elsewhere", "told")
            self.visits.append(PastVisit(one, received_at, meeting_id=meeting))

    def _enter_on_phone(self, grid: DemoGrid, queue: deque[int], count: int) -> None:
        """Enter visits of this week, each in the evening of its day."""
        if grid.lead is None:
            return
        for household, outcome, channel in self._call(queue, count, self.week):
            day = self.week.monday + self.random.randrange((self.today - self.week.monday).days + 1) * DAY
            received_at = min(self.now, self._at(day, time(19, 0), self.random.uniform(0, 90)))
            one = Visit(self._id(), household, grid.lead, day, outcome, channel, "phone")
            self.visits.append(PastVisit(one, received_at))

    def _id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    # ---- corrections

    def _correct(self, grid: DemoGrid, correction: Mapping[str, Any]) -> None:
        """Let the lead of a grid report that a household is not as the lists have it; nobody has answered yet."""
        household = self.random.choice(grid.households)
        row = {
            "id": self._id(),
            "village_id": grid.village_id,
            "household_id": None if correction["kind"] == "new house" else household,
            "member_id": grid.lead,
            "made_at": self.now - timedelta(hours=self.random.randrange(8, 120)),
        }
        self.rows["correction"].append({**row, **correction})
