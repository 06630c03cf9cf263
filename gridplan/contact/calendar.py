"""Days and weeks as a town counts them: ISO weeks from Monday, days of pause that do not count."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from gridplan.errors import InputRefused

DAY: Final = timedelta(days=1)
WEEK_KEY: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week of ISO 8601: it begins on Monday and belongs to the year that its Thursday lies in."""

    year: int
    number: int

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, day: date) -> Week:
        """Return the week that a day lies in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, key: str) -> Week:
        """Return the week of a key such as 2026-W53.

        Raises
        ------
        InputRefused
            It is none, or the year has no such week.
        """
        if parts := WEEK_KEY.fullmatch(key):
            week = cls(int(parts[1]), int(parts[2]))
            with suppress(ValueError):
                if Week.of(week.monday) == week and week.sunday:
                    return week
        raise InputRefused("contact.bad_week", week=key)

    @property
    def key(self) -> str:
        """The week as it is written: 2026-W53."""
        return f"{self.year:04}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return date.fromisocalendar(self.year, self.number, 7)

    @property
    def month(self) -> date:
        """The first day of the month that it belongs to: that of its Thursday."""
        return date.fromisocalendar(self.year, self.number, 4).replace(day=1)

    def shift(self, weeks: int) -> Week:
        """Return the week that comes so many weeks later, or with a number below 0 earlier."""
        return Week.of(self.monday + timedelta(weeks=weeks))


def is_settled(week: Week, settle_days: int, today: date) -> bool:
    """Return whether the figures of a week have settled: so many days after its Sunday are over."""
    return today > week.sunday + timedelta(days=settle_days)


def weeks_of_month(month: date) -> tuple[Week, ...]:
    """Return the four or five weeks that belong to the month of a day."""
    first = Week.of(month.replace(day=1))
    return tuple(week for week in map(first.shift, range(6)) if week.month == month.replace(day=1))


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day that it is in a town at a moment."""
    return moment.astimezone(zone).date()


NEW_YEARS: Final = (
    *("2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23", "2032-02-11", "2033-01-31"),
    *("2034-02-19", "2035-02-08", "2036-01-28", "2037-02-15", "2038-02-04", "2039-01-24", "2040-02-12", "2041-02-01"),
    *("2042-01-22", "2043-02-10", "2044-01-30", "2045-02-17", "2046-02-06", "2047-01-26", "2048-02-14", "2049-02-02"),
)
"""First days of the years of the lunar calendar."""
FESTIVAL: Final = timedelta(days=15)
"""How long the Spring Festival lasts: until the Lantern Festival."""


def after_spring_festival(today: date) -> date:
    """Return the day after the next Spring Festival; beyond the years that are known the latest that there can be."""
    ends = (date.fromisoformat(first) + FESTIVAL for first in NEW_YEARS)
    return next((day for day in ends if day > today), date(today.year + 1, 3, 7))


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


PauseKind = Literal["festival", "harvest", "flood", "other"]
PAUSE_KINDS: Final[tuple[PauseKind, ...]] = get_args(PauseKind)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which no visit is expected, the first and the last among them."""

    first: date
    last: date


def paused_days(pauses: Iterable[Pause]) -> frozenset[date]:
    """Return all days of some pauses; days of two of them are one."""
    return frozenset(pause.first + DAY * n for pause in pauses for n in range((pause.last - pause.first).days + 1))


def counted_days(since: date, until: date, paused: Collection[date] = frozenset()) -> int:
    """Return how many days after `since` it is on `until`, days of pause not counted."""
    return (until - since).days - sum(since < day <= until for day in paused)


def counted_later(since: date, days: int, paused: Collection[date] = frozenset()) -> date:
    """Return the first day that is so many days after `since` or more and none of pause; those do not count."""
    return _counted_later(since, days, frozenset(paused)) if paused else since + DAY * days


@lru_cache(maxsize=8192)  # households of a town ask the same over and over
def _counted_later(since: date, days: int, paused: frozenset[date]) -> date:
    day = since
    while days > 0 or day in paused:
        day += DAY
        days -= day not in paused
    return day
