"""Coming in and leaving: one-time links and cards, passwords, sessions that end, and a slow door for guessers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, RowMapping

from gridplan.errors import NotLetIn, TooOften
from gridplan.roles import Actor
from gridplan.service.access import passwords
from gridplan.store import Store, Who
from gridplan.store.access import accounts, invitations
from gridplan.store.access.accounts import LIVES, Session
from gridplan.store.access.invitations import StoredInvitation

CARD_DAYS: Final = 30
SEEN_EVERY: Final = timedelta(minutes=1)
SLOW: Final = timedelta(minutes=15)
FAILURES: Final = 10
"""Failed attempts within that time, at one login from one address or with codes from one, before there is a wait."""
FAILURES_OF_ADDRESS: Final = 30
"""At any logins from one address: a whole office may be behind one."""
FAILURES_OF_LOGIN: Final = 50
"""At one login from any addresses: so many that a stranger does not easily keep its owner out."""
CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that looks like another."""
CODE_LENGTH: Final = 10

HASHER: Final = PasswordHasher()
NOBODY: Final = HASHER.hash("nobody's password, so that an unknown login takes as long as a known one")


@dataclass(frozen=True, slots=True)
class SignedIn:
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
class InvitedAccount:
    """Who an invitation is for, and whether a password is to be chosen."""

    name: str
    role: str
    login: str | None
    chooses_password: bool


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


# ---- invitations


def invite(store: Store, who: Who, account_id: int, *, now: datetime, days: int = CARD_DAYS) -> Invitation:
    """Return a new invitation for an account; those it had no longer work."""
    with store.change(who, "invite", "account", now=now) as change:
        change.object_id = account_id
        return invite_all(change.connection, who, [account_id], now=now, days=days)[0]


def invite_all(
    connection: Connection, who: Who, account_ids: Sequence[int], *, now: datetime, days: int = CARD_DAYS
) -> list[Invitation]:
    """Return a new invitation for each account, in their order; those they had no longer work."""
    until = now + timedelta(days=days)
    made = [Invitation(secrets.token_urlsafe(24), _code(), until) for _ in account_ids]
    kept = [
        StoredInvitation(account_id, digest(one.token), digest(plain_code(one.code)))
        for account_id, one in zip(account_ids, made, strict=True)
    ]
    invitations.add(connection, kept, made_by=who.account_id, now=now, expires_at=until)
    return made


def _code() -> str:
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def plain_code(typed: str) -> str:
    """Return a typed code as it is kept: however it is spaced, and in small or wide letters too."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed).upper() if letter in CODE_LETTERS)


def invited_account(store: Store, secret: str, *, address: str, now: datetime) -> InvitedAccount:
    """Return who a link or a code is for; looking does not spend it. Who guesses codes waits.

    Raises
    ------
    NotLetIn
        It is unknown, used, withdrawn or too old: all look the same. Or too many codes failed from this address.
    """
    found = _usable(store, secret, address, now)
    return InvitedAccount(found["name"], found["role"], found["login"], found["role"] != "member")


def _usable(store: Store, secret: str, address: str, now: datetime) -> RowMapping:
    # No wait for links: nobody guesses 32 letters, and a robot that looks at old links would keep people out.
    limits = {digest(f"code {address}"): FAILURES} if len(secret) <= CODE_LENGTH else {}
    with _counted(store, limits, now), store.read() as connection:
        found = invitations.usable_invitation(connection, digest(secret), now)
        if found is None:
            raise NotLetIn("entrance.no_invitation")
    return found


def sign_in_by_invitation(
    store: Store, secret: str, *, address: str, now: datetime, device: str, password: str | None = None
) -> SignedIn:
    """Spend an invitation and open a session; who works in an office chooses a password.

    Raises
    ------
    NotLetIn
        The invitation cannot be used.
    InputRefused
        The password is too short or too common; the invitation is not spent.
    """
    found = _usable(store, secret, address, now)
    account_id, is_member = found["account_id"], found["role"] == "member"
    hashed = None if is_member else _hashed(password or "", found["login"])
    with store.change(Who(account_id, found["role"]), "enter by invitation", "account", now=now) as change:
        connection = change.connection
        change.object_id = account_id
        actor = accounts.actor(connection, account_id)
        if actor is None or not invitations.mark_used(connection, found["id"], now):
            raise NotLetIn("entrance.no_invitation")
        if hashed is not None:
            accounts.set_password(connection, account_id, hashed)
            accounts.end_sessions(connection, [account_id])
        accounts.set_lost(connection, [account_id], None)
        return _opened(connection, actor, now, device)


# ---- passwords


def plain_login(typed: str) -> str:
    """Return a sign-in name as it is kept: however wide, spaced or large it was typed."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def sign_in_by_password(
    store: Store, login: str, password: str, *, address: str, now: datetime, device: str
) -> SignedIn:
    """Open a session for a login and its password.

    Raises
    ------
    NotLetIn
        They do not belong together, or too many attempts failed lately. An unknown login takes as long as a known one.
    """
    login = plain_login(login)
    with _counted(store, _limits(login, address), now):
        with store.read() as connection:
            found = accounts.by_login(connection, login)
        if not _fits(found["password"] if found else None, password) or found is None:
            raise NotLetIn("entrance.wrong")
        with store.change(Who(found["id"], found["role"]), "enter", "account", now=now) as change:
            actor = accounts.actor(change.connection, found["id"])
            if actor is None:
                raise NotLetIn("entrance.wrong")
            change.object_id = actor.account_id
            return _opened(change.connection, actor, now, device)


def change_password(store: Store, session: Session, old: str, new: str, *, address: str, now: datetime) -> None:
    """Give the own account another password; its other sessions end.

    Raises
    ------
    NotLetIn
        The old one is not right, or was not too often.
    InputRefused
        The new one is too short or too common.
    """
    with store.read() as connection:
        found = accounts.by_id(connection, session.actor.account_id)
    if found is None or found["login"] is None:
        raise NotLetIn("sessions.no_password")
    with _counted(store, _limits(found["login"], address), now):
        if not _fits(found["password"], old):
            raise NotLetIn("sessions.wrong_password")
    hashed = _hashed(new, found["login"])
    with store.change(Who(found["id"], found["role"]), "change password", "account", now=now) as change:
        change.object_id = found["id"]
        accounts.set_password(change.connection, found["id"], hashed)
        accounts.end_other_sessions(change.connection, found["id"], session.id)


def _hashed(password: str, login: str) -> str:
    passwords.check(password, login)
    return HASHER.hash(password)


def _fits(hashed: str | None, password: str) -> bool:
    try:
        return HASHER.verify(hashed or NOBODY, password) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


def _limits(login: str, address: str) -> Mapping[str, int]:
    return {
        digest(f"login {login} from {address}"): FAILURES,
        digest(f"address {address}"): FAILURES_OF_ADDRESS,
        digest(f"login {login}"): FAILURES_OF_LOGIN,
    }


@contextmanager
def _counted(store: Store, limits: Mapping[str, int], now: datetime) -> Iterator[None]:
    """Count an attempt before it is made, so that many at once count; success forgives the first key its failures."""
    noted: list[int] = []
    if limits:
        with store.write() as connection:
            invitations.forget_attempts(connection, now - SLOW)
            if any(invitations.attempts(connection, key, now - SLOW) >= most for key, most in limits.items()):
                raise TooOften("entrance.slow", minutes=int(SLOW.total_seconds() // 60))
            noted = invitations.note_attempt(connection, limits, now)
    yield
    if noted:
        with store.write() as connection:
            invitations.forget_failures(connection, noted, next(iter(limits)))


# ---- sessions


def _opened(connection: Connection, actor: Actor, now: datetime, device: str) -> SignedIn:
    token, kind = secrets.token_urlsafe(32), "phone" if actor.role == "member" else "office"
    accounts.forget_sessions(connection, now)
    accounts.open_session(
        connection,
        actor.account_id,
        token_hash=digest(token),
        csrf=secrets.token_urlsafe(24),
        kind=kind,
        device=device[:200],
        now=now,
    )
    return SignedIn(actor, token, kind)


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


def sign_out(store: Store, session: Session, *, now: datetime) -> None:
    """End a session: its token is worth nothing from now on."""
    who = Who(session.actor.account_id, session.actor.role)
    with store.change(who, "leave", "account", now=now) as change:
        change.object_id = session.actor.account_id
        accounts.end_session(change.connection, session.id)


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())
