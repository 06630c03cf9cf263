"""How far contact reached week by week: of grids, and of a village or town as the sum of its grids."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import ceil
from operator import attrgetter
from typing import Final, Literal

from gridplan.contact.calendar import Week, is_settled
from gridplan.contact.figures import FOUR_WEEKS, Window, counted_in, frequency
from gridplan.contact.help import is_paused

WEEKS: Final = 13
"""Weeks of a trend, the running one the last of them."""
MOST_WEEKS: Final = 26
WEEK_DAYS: Final = 7
FEWEST_DAYS: Final = 14
"""Days on which a household was to be visited, of four weeks, from which a frequency is told: after a start."""
WeekState = Literal["settled", "not settled", "running"]


@dataclass(frozen=True, slots=True)
class GridOnDay:
    """A grid of the plan that counts on a day."""

    starts: Mapping[date, int]
    """How many of its households are visited since which day."""
    cadence_days: int
    """In how many days somebody in it is to be reached."""


@dataclass(frozen=True, slots=True)
class GridWeek:
    """What came in of a grid in a week."""

    contacts: int
    households: int
    """That the contacts are of."""
    later: int = 0
    """Contacts more than when the week settled, or fewer."""


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """The counts of a week; of several grids their sums."""

    expected: int = 0
    """Grids from which a contact is expected: started, and the week without a day of pause."""
    reached: int = 0
    """Of these, those with a contact in the week, or in as many as their cadence takes."""
    paused: int = 0
    """Grids that have started, of which nothing is expected for a pause."""
    households: int = 0
    """In grids that have started."""
    contacts: int = 0
    contacted: int = 0
    """Households that the contacts are of."""
    later: int = 0
    """Contacts that came in after the week had settled."""
    fewer: int = 0
    """Contacts that it had when it settled and has no more."""
    contacts_lately: int = 0
    """In the four weeks that end with it."""
    household_days: int = 0
    """Of these four weeks, days on which households were to be visited, added up; 0 in the running week."""

    @property
    def frequency(self) -> float | None:
        """Contacts per household and four weeks; None in the running week, and where few of the days counted."""
        is_told = self.household_days >= FEWEST_DAYS * self.households
        return frequency(self.contacts_lately, self.household_days) if is_told else None


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """A week of a trend."""

    week: Week
    state: WeekState
    figures: WeekFigures

    @property
    def is_paused(self) -> bool:
        """Whether nothing at all is expected in it for a pause."""
        return self.figures.paused > 0 and not self.figures.expected


def last_weeks(today: date, count: int) -> tuple[Week, ...]:
    """Return so many weeks, that of today the last of them."""
    return tuple(Week.of(today).shift(n - count) for n in range(1, count + 1))


def state_of(week: Week, settle_days: int, today: date) -> WeekState:
    """Return whether the figures of a week have settled, may still grow as usual, or are those of a part of it."""
    if today <= week.sunday:
        return "running"
    return "settled" if is_settled(week, settle_days, today) else "not settled"


def week_figures(
    week: Week,
    today: date,
    grids: Mapping[int, GridOnDay],
    came_in: Mapping[Week, Mapping[int, GridWeek]],
    paused: Collection[date],
    numbers: Collection[int] | None = None,
) -> WeekFigures:
    """Return the counts of a week of a village, or of some of its grids.

    Parameters
    ----------
    grids
        By number, as they are on the Sunday of the week, or today before that.
    came_in
        By week and number of the grid; of the weeks before it too, as many as the cadence of a grid takes.
    """
    last = min(week.sunday, today)
    is_off, window = is_paused(week, paused), Window.rolling(last, FOUR_WEEKS)
    days = {start: counted_in(window, start, paused) for grid in grids.values() for start in grid.starts}
    before = max(FOUR_WEEKS, *(grid.cadence_days for grid in grids.values())) if grids else FOUR_WEEKS
    lately = [came_in.get(week.shift(-n), {}) for n in range(ceil(before / WEEK_DAYS))]
    expected = reached = off = households = household_days = 0
    for number, grid in grids.items():
        started = {start: n for start, n in grid.starts.items() if start <= last}
        if not started or (numbers is not None and number not in numbers):
            continue
        households += sum(started.values())
        household_days += sum(n * days[start] for start, n in started.items())
        off += is_off
        expected += not is_off
        weeks = lately[: ceil(grid.cadence_days / WEEK_DAYS)]
        reached += not is_off and any(number in one and one[number].contacts for one in weeks)
    inside = [
        [one for number, one in of.items() if numbers is None or number in numbers]
        for of in lately[: FOUR_WEEKS // WEEK_DAYS]
    ]
    here = inside[0]
    return WeekFigures(
        expected=expected,
        reached=reached,
        paused=off,
        households=households,
        contacts=sum(one.contacts for one in here),
        contacted=sum(one.households for one in here),
        later=sum(max(0, one.later) for one in here),
        fewer=sum(max(0, -one.later) for one in here),
        contacts_lately=sum(one.contacts for of in inside for one in of),
        household_days=0 if today < week.sunday else household_days,
    )


_COUNTS: Final = attrgetter(*(one.name for one in fields(WeekFigures)))


def total(figures: Iterable[WeekFigures]) -> WeekFigures:
    """Return the sums of figures of a week."""
    return WeekFigures(*map(sum, zip(*map(_COUNTS, figures), strict=True)))


def since_start(weeks: Sequence[TrendWeek]) -> tuple[TrendWeek, ...]:
    """Return the weeks of a trend without those before anything started; the last one at least."""
    first = next((n for n, one in enumerate(weeks) if one.figures.households or one.figures.contacts), len(weeks) - 1)
    return tuple(weeks[first:])
