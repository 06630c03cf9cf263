"""Where contact fails: what is told of a grid for a week, and which villages need help. It is no ranking.

Grids and villages stand by number and by name, those that need help before the others. Nothing puts them in the order
of a figure: with one lead a grid that would be an order of people, and a village would be praised for its paper.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from gridplan.contact.calendar import Week
from gridplan.contact.figures import Window, grid_is_reached

GridState = Literal["without contact", "sheet not in", "reached", "paused", "new", "not started"]
"""How a grid stands for a week; new: it started after it. The first two come first where help comes first."""
GRID_STATES: Final[tuple[GridState, ...]] = get_args(GridState)
LONG: Final = 4
"""Weeks in a row without a contact that are long."""
SEVERAL: Final = 2
"""Grids that have been without contact for long with which a village needs help."""
MANY: Final = 3
"""Grids without a contact in a week with which a village needs help, if they are a quarter of its grids or more."""
PART: Final = 4


def is_paused(week: Week, paused: Collection[date]) -> bool:
    """Return whether a week has a day of pause, so that nothing is expected in it."""
    return any(map(Window.of_week(week).holds, paused))


def grid_state(
    week: Week, start: date | None, paused: Collection[date], *, today: date, is_reached: bool, is_in: bool
) -> GridState:
    """Return how a grid stands for a week that has ended.

    It is reached by whatever a contact is known from; where none is, its sheet says so or is not in.
    """
    if start is None or start > today:
        return "not started"
    if start > week.sunday:
        return "new"
    if is_paused(week, paused):
        return "paused"
    if is_reached:
        return "reached"
    return "without contact" if is_in else "sheet not in"


def weeks_in_vain(
    last: date | None, start: date | None, week: Week, paused: Collection[date] = frozenset(), cadence_days: int = 7
) -> int:
    """Return how many weeks up to this one have passed in a row in which a contact was expected and there was none.

    Weeks with a day of pause are not counted, nor those that a longer cadence of the grid allows.
    """
    if start is None or (last is not None and grid_is_reached(last, week.sunday, cadence_days)):
        return 0
    since = start if last is None else max(start, last)
    first = Week.of(since).shift(0 if last is None or last < start else 1)
    weeks = (week.monday - first.monday).days // 7 + 1
    off = sum(first <= one <= week for one in set(map(Week.of, paused)))
    return max(weeks - off, 0)


def is_mostly_out(sheets_out: int, expected: int) -> bool:
    """Return whether of most grids of a village it is not known how they stand, since their sheets are not in."""
    return sheets_out >= MANY and sheets_out * 2 >= expected


@dataclass(frozen=True, slots=True)
class Help:
    """Why a village needs help: how many of its grids had no contact for long, and how many none in the last week."""

    long: int
    many: int

    def __bool__(self) -> bool:
        return bool(self.long or self.many)


def help_needed(weeks: Collection[int], without_contact: int, expected: int) -> Help:
    """Return why a village needs help, if it does.

    It does where two grids or more have been without a contact for four weeks or longer, and where in the last week
    three or more, and a quarter of those expected, had none though their sheets are in. One grid is no reason.

    Parameters
    ----------
    weeks
        Of each of its grids, how many weeks in a row it was without a contact.
    without_contact, expected
        How many grids were without contact in the last week, their sheets in, and of how many contact was expected.
    """
    is_many = without_contact >= MANY and without_contact * PART >= expected
    long = sum(one >= LONG for one in weeks)
    return Help(long if long >= SEVERAL else 0, without_contact if is_many else 0)
