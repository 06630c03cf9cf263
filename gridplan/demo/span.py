"""A span of time in the demo town: what is entered in it is new, and what is drawn is the same wherever it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID, uuid5
from zlib import crc32
from zoneinfo import ZoneInfo

from gridplan.contact.calendar import local_day

IDS: Final = UUID("2c1f6f5e-98a4-4d0b-8d7a-5a0f3a1c9e42")
"""The namespace of the ids of what is entered in the demo town."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time after one moment and up to another."""

    after: datetime | None
    """None: from the first day on."""
    now: datetime
    zone: ZoneInfo
    seed: int = 0

    @property
    def today(self) -> date:
        """The day on which it ends."""
        return local_day(self.now, self.zone)

    def holds(self, moment: datetime) -> bool:
        """Return whether a moment lies in it."""
        return moment <= self.now and (self.after is None or moment > self.after)

    def since(self, first: date, before: timedelta = timedelta(0)) -> date:
        """Return the day on which it begins, or so much before; `first` where that is later, or it has no beginning."""
        return first if self.after is None else max(first, local_day(self.after, self.zone) - before)

    def at(self, day: date, of_day: time, minutes: float = 0) -> datetime:
        """Return a moment of a day."""
        return datetime.combine(day, of_day, self.zone) + timedelta(minutes=minutes)

    def draw(self, *of: object) -> Random:
        """Return the numbers that are drawn for something."""
        return Random(crc32(self._named(*of).encode()))  # noqa: S311 - not for secrets

    def id(self, *of: object) -> str:
        """Return the id of something that is entered."""
        return str(uuid5(IDS, self._named(*of)))

    def _named(self, *of: object) -> str:
        return " ".join(map(str, (self.seed, *of)))
