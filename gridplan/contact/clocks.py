"""When something was entered on a phone whose clock may be wrong, told by what it last heard of the service's clock.

A phone says when it made an operation by its own clock, and the last moment it heard from the service by both clocks.
With the moment at which the operation comes in, by both clocks too, that gives the offset of the phone's clock before
the operation was made and after. Where both agree, the clock was not set in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Clock = Literal["good", "corrected", "changed", "uncertain"]
"""Right; wrong by the same offset before and after; set in between, and told which; set in between, and a guess."""
CLOCKS: Final[tuple[Clock, ...]] = get_args(Clock)
SAME: Final = timedelta(minutes=10)
"""Within which two offsets are the same one, and a clock is right."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A moment by the clock of the service and by that of the phone."""

    service: datetime
    phone: datetime

    @property
    def offset(self) -> timedelta:
        """What has to be added to the phone's clock."""
        return self.service - self.phone


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was made, and how sure that is."""

    at: datetime
    clock: Clock

    def day(self, zone: ZoneInfo, days_ago: int = 0) -> date:
        """Return the day so many days before, in the town's time zone."""
        return self.at.astimezone(zone).date() - timedelta(days=days_ago)


def moment_of(made_at: datetime, heard: Reading, received: Reading, *, since: datetime) -> Moment:
    """Return when something was made, never before the phone last heard from the service and never in the future.

    Parameters
    ----------
    made_at
        When it was made, by the phone's clock.
    heard
        When the phone had last heard from the service then.
    received
        When it came in.
    since
        When the phone was signed in: what it made was made later.
    """
    last = received.service
    first = min(max(heard.service, since), last)
    if abs(heard.offset - received.offset) <= SAME:
        at = _between(first, made_at + received.offset, last)
        return Moment(at, "good" if abs(received.offset) <= SAME else "corrected")
    either = (made_at + heard.offset, made_at + received.offset)
    possible = [at for at in either if first <= at <= last]
    if len(possible) == 1:
        return Moment(possible[0], "changed")
    return Moment(_between(first, made_at + received.offset, last), "uncertain")


def _between(first: datetime, at: datetime, last: datetime) -> datetime:
    return max(first, min(at, last))
