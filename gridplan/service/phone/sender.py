"""A phone that sends, what is known of its member meanwhile, and what becomes of each thing that it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.clocks import Clock, Moment, Reading, moment_in_file, moment_of
from gridplan.contact.operations import Made, content_hash
from gridplan.contact.visits import Source
from gridplan.service.phone.authority import Authority
from gridplan.store.contact.visits import Entry, Sent

SyncVerdict = Literal["created", "replay", "conflict", "quarantined", "gone", "later"]
NOT_YOURS: Final = "not yours"
"""Why something is quarantined of a household that the member has not in charge, or that there is none of."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an operation."""

    id: str
    verdict: SyncVerdict
    day: date | None = None
    why: str | None = None
    clock: Clock | None = None
    household: int | None = None
    village_id: int | None = None
    """Of what it is about; None where that is not known."""
    is_dropped: bool = False
    """Whether the desk has dropped what it is about, and it with that."""

    @property
    def is_uncertain(self) -> bool:
        """Whether the member is to be asked for the day."""
        return self.clock == "uncertain" and self.verdict in ("created", "replay")


@dataclass(frozen=True, slots=True)
class Kept:
    """What was told of something when it came."""

    moment: Moment
    content_hash: str


@dataclass
class Sender:
    """A phone in the transaction of what it sends."""

    connection: Connection
    member_id: int
    account_id: int | None
    """Of the member."""
    village_id: int | None
    """Of the member."""
    device_id: int | None
    """None: it came in a file, of whichever phone of the member."""
    has_ended: bool
    """Whether all it sends is kept apart, since the member's part has ended."""
    since: datetime
    """When the member was first signed in on a phone."""
    received: Reading
    """Of a file: when it was handed in, and by the phone's clock when it was saved."""
    zone: ZoneInfo
    authority: Authority
    source: Source = "phone"
    kept: Kept | None = None
    """What is known since it came, of something that was kept apart and that the desk accepts now."""

    @property
    def entry(self) -> Entry:
        """How what it sends is entered."""
        return Entry(self.account_id, self.received.service)

    def moment(self, one: Made) -> Moment:
        """Return when something was made."""
        if self.kept is not None:
            return self.kept.moment
        if self.source == "file":
            saved, handed_in = self.received.phone, self.received.service
            return moment_in_file(one.made_at, one.heard, saved, handed_in, since=self.since)
        return moment_of(one.made_at, one.heard, self.received, since=self.since)

    def hash_of(self, one: Made) -> str:
        """Return what is compared when it comes again."""
        return self.kept.content_hash if self.kept is not None else content_hash(one.content, self.member_id)

    def judged(self, told: Result, one: Made, stored: Mapping[str, str | None]) -> Result:
        """Return what becomes of something, which may be stored under its id: the same, or something else."""
        if one.id not in stored:
            return told
        is_same = stored[one.id] == self.hash_of(one)
        return replace(told, verdict="replay" if is_same else "conflict", why=None)

    def sent(self, one: Made, clock: Clock | None = None, group: str | None = None) -> Sent:
        """Return how something came."""
        return Sent(self.device_id, one.seq, self.hash_of(one), clock, group)
