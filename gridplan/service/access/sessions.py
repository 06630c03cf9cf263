"""Sessions: how long they last, how they start and end, and on which devices an account is signed in."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from gridplan.errors import NotFound, Unavailable
from gridplan.roles import Actor
from gridplan.service.access.known_browsers import new_token
from gridplan.service.access.passwords import hash_secret
from gridplan.service.jobs.repeated import repeated
from gridplan.store import Store, Who
from gridplan.store.access import guesses, sessions
from gridplan.store.access.sessions import Lifetime, Session

LIFETIMES: Final[Mapping[str, Lifetime]] = {
    "office": Lifetime(unused=timedelta(hours=8), total=timedelta(hours=24)),
    "phone": Lifetime(unused=timedelta(days=30), total=timedelta(days=90)),
}
"""How long a session may go unused, and how long it may last, by its kind."""
NOTED_EVERY: Final = timedelta(minutes=1)
WRITTEN_EVERY_S: Final = 5.0
LONGEST_DEVICE: Final = 200

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
class SignedIn:
    """A session that just started: whose, of which kind, and the token that proves it from now on."""

    actor: Actor
    token: str
    kind: str
    browser: str | None
    """The token by which the account knows this browser from now on; phones need none, since no password is typed."""


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """A device that an account is signed in on; `device` is empty where its browser says nothing known."""

    session_id: int
    device: str
    since: datetime
    seen_at: datetime
    is_here: bool


def start_session(connection: Connection, actor: Actor, *, now: datetime, device: str) -> SignedIn:
    """Start a session of an account; `device` is what its browser says it is."""
    token, kind = secrets.token_urlsafe(32), "phone" if actor.role == "member" else "office"
    sessions.delete_expired(connection, LIFETIMES, now)
    sessions.open_session(
        connection,
        actor.account_id,
        token_hash=hash_secret(token),
        csrf=secrets.token_urlsafe(24),
        kind=kind,
        device=device[:LONGEST_DEVICE],
        now=now,
    )
    browser = new_token(guesses.secret(connection), actor.account_id) if kind == "office" else None
    return SignedIn(actor, token, kind, browser)


def find_session(store: Store, token: str, *, phones: bool, now: datetime) -> Session | None:
    """Return the session of a token, unless its account is disabled or it is not valid."""
    with store.read() as connection:
        found = sessions.session_of(connection, hash_secret(token))
    return found if found and is_valid(found, phones=phones, now=now) else None


def is_valid(session: Session, *, phones: bool, now: datetime) -> bool:
    """Return whether a session has not expired and, if it is a phone's, whether the town uses phones."""
    lifetime = LIFETIMES[session.kind]
    lasts = now - session.seen_at <= lifetime.unused and now - session.made_at <= lifetime.total
    return lasts and (phones or session.kind != "phone")


def is_to_be_noted(session: Session, now: datetime) -> bool:
    """Return whether it was not noted for a while that a session is used."""
    return now - session.seen_at > NOTED_EVERY


class SessionUse:
    """When sessions were used: written at once, or, while a service answers, some seconds later and all together.

    Then no answer waits to write it. What was not written when a service is killed is as if it had not been noted.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._lock, self._last = store, threading.Lock(), dict[int, datetime]()
        self._is_written_later = False

    def note(self, session_id: int, now: datetime) -> None:
        """Note that a session is used."""
        with self._lock:
            self._last[session_id] = now
        if not self._is_written_later:
            self._write()

    @contextmanager
    def written_later(self) -> Iterator[None]:
        """Write what is noted meanwhile every few seconds, and the last of it at the end."""
        self._is_written_later = True
        try:
            with repeated(self._write, WRITTEN_EVERY_S, "use of sessions"):
                yield
        finally:
            self._is_written_later = False
            self._write()

    def _write(self) -> None:
        """Write what was noted, if it can be: what can be read is shown on a full disk too."""
        with self._lock:
            last, self._last = self._last, {}
        if last:
            with suppress(Unavailable), self._store.write() as connection:
                sessions.touch_sessions(connection, last)


def sign_out(store: Store, session: Session, *, now: datetime) -> None:
    """End a session: its token is worth nothing from now on."""
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "leave", "account", now=now) as change:
        change.object_id = session.actor.account_id
        sessions.end_session(change.connection, session.id)


def device_name(user_agent: str) -> str:
    """Return the program and the system that a browser names in its user agent."""
    named = (next((name for mark, name in of if re.search(mark, user_agent)), "") for of in (PROGRAMS, SYSTEMS))
    return " · ".join(filter(None, named))


def signed_in_devices(store: Store, session: Session, *, now: datetime) -> list[SignedInDevice]:
    """Return the devices that the account of a session is signed in on, the one used last first."""
    with store.read() as connection:
        found = sessions.sessions_of(connection, session.actor.account_id, LIFETIMES, now)
    return [
        SignedInDevice(row["id"], device_name(row["device"]), row["made_at"], row["seen_at"], row["id"] == session.id)
        for row in found
    ]


def end_session(store: Store, session: Session, session_id: int, *, now: datetime) -> None:
    """End one of the own sessions.

    Raises
    ------
    NotFound
        It is not one's own, or there is none.
    """
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "end session", "account", now=now) as change:
        change.object_id = session.actor.account_id
        mine = sessions.sessions_of(change.connection, session.actor.account_id, LIFETIMES, now)
        if session_id not in {row["id"] for row in mine}:
            raise NotFound("entrance.not_here")
        sessions.end_session(change.connection, session_id)


def end_other_sessions(store: Store, session: Session, *, now: datetime) -> None:
    """End all own sessions but this one."""
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "end session", "account", now=now) as change:
        change.object_id = session.actor.account_id
        ended = sessions.end_other_sessions(change.connection, session.actor.account_id, session.id)
        change.detail = {"sessions": ended}
