"""When something was entered on a phone whose clock may be wrong, told by what it last heard of the service's clock.

A phone says when it made an operation by its own clock, and the last moment it heard from the service by both clocks.
With the moment at which the operation comes in, by both clocks too, that gives the offset of the phone's clock before
the operation was made and after. Where both agree, the clock was not set in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        When the member was first signed in on a phone: a new card later does not make what is kept any younger.
    """
    longest = max(timedelta(), received.service - max(heard.service, since))
    ago = received.phone - made_at
    if abs(heard.offset - received.offset) <= SAME:
        clock: Clock = "good" if abs(received.offset) <= SAME else "corrected"
        if not -SAME <= ago <= longest + SAME:  # set there and back
            clock = "uncertain"
    else:
        ago_when_heard = received.service - heard.service - (made_at - heard.phone)
        possible = [each for each in (ago_when_heard, ago) if timedelta() <= each <= longest]
        clock = "changed" if len(possible) == 1 else "uncertain"
        ago = possible[0] if clock == "changed" else ago
    return Moment(received.service - max(timedelta(), min(ago, longest)), clock)


def moment_in_file(
    made_at: datetime, heard: Reading, saved_at: datetime, handed_in: datetime, *, since: datetime
) -> Moment:
    """Return when something was made that came in a file: the phone's clock is known from before it was made alone.

    Parameters
    ----------
    made_at
        When it was made, by the phone's clock.
    heard
        When the phone had last heard from the service then.
    saved_at
        When the file was saved, by the phone's clock.
    handed_in
        When the file came in, by the clock of the service.
    since
        When the member was first signed in on a phone.
    """
    moment = moment_of(made_at, heard, Reading(handed_in, handed_in - heard.offset), since=since)
    return replace(moment, clock="uncertain") if made_at > saved_at + SAME else moment
