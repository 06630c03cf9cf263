"""The token of a phone, by which it adds what was entered on it and reads nothing: made, looked up, ended.

A token lasts longer than a session, and through a restore, so that what a phone kept comes in without anybody's help.
Where the member's part has ended, what still comes is kept apart for a while; from a phone that was lost nothing is
taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gridplan.contact.calendar import DAY
from gridplan.roles import Actor
from gridplan.service.access.passwords import hash_secret
from gridplan.service.contact.own_list import member_of
from gridplan.store import Store
from gridplan.store.contact import apart
from gridplan.store.phone import devices, journal
from gridplan.store.phone.devices import Device, WhyEnded
from gridplan.store.phone.epoch import epoch
from gridplan.store.system.town_settings import read_settings

UNUSED: Final = timedelta(days=180)
"""How long a token lasts after the phone last sent something."""
ENDED: Final = timedelta(days=30)
"""How long a phone may still send after its member's part has ended; all of it is kept apart."""
MOST_QUARANTINED: Final = 500
"""Operations of phones of one member that are kept apart until the desk settles some."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A phone with its token, which is stored nowhere else."""

    token: str = field(repr=False)
    member_id: int
    epoch: str


def new_device(store: Store, actor: Actor, *, address: str, now: datetime, today: date) -> NewDevice:
    """Return a token for the phone of a member; the others that the member has stay as they are.

    Raises
    ------
    NotFound
        The account is no member's.
    """
    member_id, token = member_of(actor), secrets.token_urlsafe(32)
    with store.write() as connection:
        row = devices.add(connection, member_id, hash_secret(token), address=address, day=today, now=now)
        journal.note_device(store.data, row)
        return NewDevice(token, member_id, epoch(connection))


def device_of_token(store: Store, token: str, now: datetime) -> Device | None:
    """Return the phone that has a token; None where nothing is taken from it, so that it keeps what it has.

    Of one whose `ended_at` is set everything is kept apart, unless the member has a part again.
    """
    with store.read() as connection:
        found = devices.by_token(connection, hash_secret(token))
        if found is None or found.ended_why == "lost" or not read_settings(connection).phones:
            return None
        if now.date() - found.used_day > UNUSED:
            return None
        if found.ended_at is None:
            return found
        is_over = now - found.ended_at > ENDED
        return None if is_over or apart.not_settled(connection, found.member_id) >= MOST_QUARANTINED else found


def end_phones(store: Store, connection: Connection, member_ids: Collection[int], why: WhyEnded, now: datetime) -> None:
    """End the phones of members, in the database and in the journal beside it."""
    journal.note_ended(store.data, devices.end(connection, member_ids, why, now), why, now)


def resume_phones(store: Store, connection: Connection, member_id: int, now: datetime) -> None:
    """Undo that the phones of a member were ended by a handover within a day."""
    journal.note_resumed(store.data, devices.resume(connection, member_id, now - DAY), now)
