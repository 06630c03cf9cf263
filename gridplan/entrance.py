"""Coming in and leaving: one-time links and cards, passwords, sessions that end, and a slow door for guessers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection

from gridplan.errors import InputRefused, NotLetIn
from gridplan.roles import Actor
from gridplan.store import Store, Who, accounts
from gridplan.store.accounts import Session

CARD_DAYS: Final = 30
LIVES: Final = {
    "office": (timedelta(hours=8), timedelta(hours=24)),
    "phone": (timedelta(days=30), timedelta(days=90)),
}
"""How long a session may rest, and how long it may last, by its kind."""
SEEN_EVERY: Final = timedelta(minutes=1)
FAILURES: Final = 10
"""Failed attempts of one login or from one address after which the door is slow."""
SLOW: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 8
CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that looks like another."""
CODE_LENGTH: Final = 10

HASHER: Final = PasswordHasher()
NOBODY: Final = HASHER.hash("nobody's password, so that an unknown login takes as long as a known one")


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody just came in: who, and the token that proves it from now on."""

    actor: Actor
    token: str
    kind: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets one person in once: a token for a link, and a code to type instead."""

    token: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """Who an invitation is for, and whether a password is to be chosen."""

    name: str
    role: str
    login: str | None
    chooses_password: bool


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(store: Store, who: Who, account_id: int, *, now: datetime, days: int = CARD_DAYS) -> Invitation:
    """Return a new invitation for an account; those it had no longer work."""
    made = Invitation(secrets.token_urlsafe(24), _code(), now + timedelta(days=days))
    with store.change(who, "invite", "account", now=now) as change:
        change.object_id = account_id
        accounts.invite(
            change.connection,
            account_id,
            token_hash=digest(made.token),
            code_hash=digest(plain_code(made.code)),
            made_by=who.account_id,
            now=now,
            expires_at=made.expires_at,
        )
    return made


def _code() -> str:
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def plain_code(typed: str) -> str:
    """Return a typed code as it is kept: however it is spaced, and in small letters too."""
    return "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)


def invited(store: Store, secret: str, *, now: datetime) -> Invited:
    """Return who a link or a code is for; looking does not spend it.

    Raises
    ------
    NotLetIn
        It is unknown, used, revoked or too old: all look the same.
    """
    with store.read() as connection:
        found = accounts.invitation_of(connection, digest(secret), now)
    if found is None:
        raise NotLetIn("entrance.no_invitation")
    return Invited(found["name"], found["role"], found["login"], found["role"] != "member")


def invited_by_code(store: Store, code: str, *, address: str, now: datetime) -> Invited:
    """Return who the code of a card is for; who guesses waits.

    Raises
    ------
    NotLetIn
        The code cannot be used, or too many failed lately from this address.
    """
    key = digest(f"code {address}")
    with store.read() as connection:
        if accounts.attempts(connection, key, now - SLOW) >= FAILURES:
            raise NotLetIn("entrance.slow", minutes=int(SLOW.total_seconds() // 60))
    try:
        return invited(store, code, now=now)
    except NotLetIn:
        with store.write() as connection:
            accounts.forget_attempts(connection, now - SLOW)
            accounts.note_attempt(connection, [key], now)
        raise


def enter_by_invitation(
    store: Store, secret: str, *, now: datetime, device: str, password: str | None = None
) -> Entered:
    """Spend an invitation and open a session; who works in an office chooses a password.

    Raises
    ------
    NotLetIn
        The invitation cannot be used.
    InputRefused
        The password is too short or too common; the invitation is not spent.
    """
    who_for = invited(store, secret, now=now)
    hashed = _hashed(password, who_for.login) if who_for.chooses_password else None
    with store.change(Who(None, "invited"), "enter by invitation", "account", now=now) as change:
        found = accounts.invitation_of(change.connection, digest(secret), now)
        if found is None or not accounts.spend(change.connection, found["id"], now):
            raise NotLetIn("entrance.no_invitation")
        change.object_id = found["account_id"]
        if hashed is not None:
            accounts.set_password(change.connection, found["account_id"], hashed)
            accounts.end_sessions(change.connection, [found["account_id"]])
        actor = accounts.actor(change.connection, found["account_id"])
        if actor is None:
            raise NotLetIn("entrance.no_invitation")
        return _opened(change.connection, actor, now, device)


def enter_by_password(store: Store, login: str, password: str, *, address: str, now: datetime, device: str) -> Entered:
    """Open a session for a login and its password.

    Raises
    ------
    NotLetIn
        They do not belong together, or too many attempts failed lately. An unknown login takes as long as a known one.
    """
    keys = (digest(f"login {login}"), digest(f"address {address}"))
    with store.read() as connection:
        if any(accounts.attempts(connection, key, now - SLOW) >= FAILURES for key in keys):
            raise NotLetIn("entrance.slow", minutes=int(SLOW.total_seconds() // 60))
        found = accounts.by_login(connection, login)
    if not _fits(found["password"] if found else None, password):
        with store.write() as connection:
            accounts.forget_attempts(connection, now - SLOW)
            accounts.note_attempt(connection, keys, now)
        raise NotLetIn("entrance.wrong")
    with store.change(Who(found["id"] if found else None, "entering"), "enter", "account", now=now) as change:
        actor = accounts.actor(change.connection, found["id"]) if found else None
        if actor is None:
            raise NotLetIn("entrance.wrong")
        change.object_id = actor.account_id
        return _opened(change.connection, actor, now, device)


def _opened(connection: Connection, actor: Actor, now: datetime, device: str) -> Entered:
    token, kind = secrets.token_urlsafe(32), "phone" if actor.role == "member" else "office"
    accounts.open_session(
        connection,
        actor.account_id,
        token_hash=digest(token),
        csrf=secrets.token_urlsafe(24),
        kind=kind,
        device=device[:80],
        now=now,
    )
    return Entered(actor, token, kind)


def session(store: Store, token: str, *, now: datetime) -> Session | None:
    """Return the session of a token, unless it has rested or lasted too long, or its account is disabled."""
    with store.read() as connection:
        found = accounts.session_of(connection, digest(token))
    if found is None:
        return None
    rest, life = LIVES[found.kind]
    if now - found.seen_at > rest or now - found.made_at > life:
        return None
    if now - found.seen_at > SEEN_EVERY:
        with store.write() as connection:
            accounts.seen(connection, found.id, now)
    return found


def leave(store: Store, session: Session, *, now: datetime) -> None:
    """End a session: its token is worth nothing from now on."""
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "leave", "account", now=now) as change:
        change.object_id = session.actor.account_id
        accounts.end_session(change.connection, session.id)


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return HASHER.verify(hashed or NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _hashed(password: str | None, login: str | None) -> str:
    if password is None or len(password) < SHORTEST_PASSWORD:
        raise InputRefused("entrance.password_short", least=SHORTEST_PASSWORD)
    if password.lower() in COMMON or len(set(password)) < 4 or password.lower() == (login or "").lower():
        raise InputRefused("entrance.password_common")
    return HASHER.hash(password)


COMMON: Final = frozenset(
    (
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "12341234",
        "11223344",
        "password",
        "password1",
        "passw0rd",
        "qwertyui",
        "qwertyuiop",
        "1qaz2wsx",
        "1q2w3e4r",
        "abcd1234",
        "a1234567",
        "a12345678",
        "asdfghjk",
        "asdf1234",
        "iloveyou",
        "gridplan",
        "5201314520",
        "woaini1314",
        "admin123",
        "administrator",
        "letmein1",
        "welcome1",
    )
)
