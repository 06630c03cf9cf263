"""Figures of contact: households reached in a window, grids with a contact in the week, coverage, frequency."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from gridplan.contact.calendar import Week, counted_days
from gridplan.contact.status import ContactRecord, Shown, shown, status

FOUR_WEEKS: Final = 28
"""Days that a contact frequency is of."""
FEWEST_OF_SHARE: Final = 30
"""Households of which a share is told in percent: of fewer, one of them is several."""


@dataclass(frozen=True, slots=True)
class Window:
    """Days of which contacts are counted, the first and the last among them."""

    first: date
    last: date

    @classmethod
    def rolling(cls, today: date, days: int) -> Window:
        """Return the so many days that end today."""
        return cls(today - timedelta(days=days - 1), today)

    @classmethod
    def of_week(cls, week: Week) -> Window:
        """Return the days of a week."""
        return cls(week.monday, week.sunday)

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    def holds(self, day: date) -> bool:
        """Return whether a day is one of them."""
        return self.first <= day <= self.last


def is_covered(record: ContactRecord, today: date, paused: Collection[date] = frozenset()) -> bool:
    """Return whether the last contact of a household is within its cadence."""
    return record.last is not None and counted_days(record.last, today, paused) < record.cadence.days


def coverage(records: Iterable[ContactRecord], today: date, paused: Collection[date] = frozenset()) -> float | None:
    """Return the share of households that were contacted within their cadence, of those that have started.

    None where none has.
    """
    started = [record for record in records if status(record, today, paused) != "not started"]
    return sum(is_covered(record, today, paused) for record in started) / len(started) if started else None


def frequency(contacts: int, household_days: int) -> float | None:
    """Return contacts per household and four weeks; None where there is nothing to divide.

    Days of several households are added up (`counted_in`), so that villages with other pauses have one figure.
    """
    return contacts * FOUR_WEEKS / household_days if household_days else None


def counted_in(window: Window, start: date | None, paused: Collection[date] = frozenset()) -> int:
    """Return the days of a window on which a household was to be visited: since its start, without days of pause."""
    if start is None or start > window.last:
        return 0
    since = Window(max(start, window.first), window.last)
    return since.days - sum(map(since.holds, paused))


def percent(n: int, whole: int) -> int | None:
    """Return a share in whole percent, 100 for all alone; None of fewer than 30, of which only numbers are told."""
    return n * 100 // whole if whole >= FEWEST_OF_SHARE else None


def shown_counts(
    records: Iterable[ContactRecord], today: date, paused: Collection[date] = frozenset()
) -> Mapping[Shown, int]:
    """Return how many households are in order, due, overdue and not started: what is told above the lead."""
    return Counter(shown(status(record, today, paused)) for record in records)


def weeks_without_contact(last: date | None, start: date | None, today: date) -> int | None:
    """Return the whole calendar weeks since the last contact in a grid, or since its village started.

    0: in this week. None where the village has not started.
    """
    if start is None or today < start:
        return None
    since = max(day for day in (last, start) if day is not None)
    return (Week.of(today).monday - Week.of(since).monday).days // 7


def grid_is_reached(last: date | None, today: date, cadence_days: int = 7) -> bool:
    """Return whether a grid had a contact in the calendar weeks of its cadence: this one, or as many as it takes."""
    weeks = math.ceil(cadence_days / 7)
    return last is not None and last >= Week.of(today).shift(1 - weeks).monday


def due_this_week(
    records: Sequence[ContactRecord], today: date, paused: Collection[date] = frozenset()
) -> tuple[int, ...]:
    """Return the places of the households to be visited in this week: due by its Sunday, the longest due first.

    None of a village before the day on which it starts, be that in this week.
    """
    sunday = Week.of(today).sunday
    due = {
        place: record.due_on(paused)
        for place, record in enumerate(records)
        if status(record, today, paused) != "not started" and status(record, sunday, paused) in ("due", "overdue")
    }
    return tuple(sorted(due, key=lambda place: (due[place], place)))
