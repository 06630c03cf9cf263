"""Where somebody is signed in, and how to end that elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gridplan.errors import NotHere
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.access.accounts import Session

PROGRAMS: Final = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)
"""How browsers name themselves, those first that name others too."""
SYSTEMS: Final = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """A browser somewhere that is signed in; an empty `device` says nothing we know."""

    session_id: int
    device: str
    since: datetime
    seen_at: datetime
    is_here: bool


def device_name(said: str) -> str:
    """Return the program and the system that a browser says it is."""
    named = (next((name for mark, name in of if re.search(mark, said)), "") for of in (PROGRAMS, SYSTEMS))
    return " · ".join(filter(None, named))


def signed_in_devices(store: Store, session: Session, *, now: datetime) -> list[SignedInDevice]:
    """Return where the owner of a session is signed in, the place used last first."""
    with store.read() as connection:
        found = accounts.sessions_of(connection, session.actor.account_id, now)
    return [
        SignedInDevice(row["id"], device_name(row["device"]), row["made_at"], row["seen_at"], row["id"] == session.id)
        for row in found
    ]


def end_session(store: Store, session: Session, session_id: int, *, now: datetime) -> None:
    """End one of the own sessions.

    Raises
    ------
    NotHere
        It is not one's own, or there is none.
    """
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "end session", "account", now=now) as change:
        change.object_id = session.actor.account_id
        mine = accounts.sessions_of(change.connection, session.actor.account_id, now)
        if session_id not in {row["id"] for row in mine}:
            raise NotHere("entrance.not_here")
        accounts.end_session(change.connection, session_id)


def end_other_sessions(store: Store, session: Session, *, now: datetime) -> None:
    """End all own sessions but this one."""
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "end session", "account", now=now) as change:
        change.object_id = session.actor.account_id
        ended = accounts.end_other_sessions(change.connection, session.actor.account_id, session.id)
        change.detail = {"sessions": ended}
