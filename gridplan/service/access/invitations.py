"""Invitations: a link, or a code on a card, by which one person signs in once. Only hashes of them are stored."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import segno
from sqlalchemy import Connection, RowMapping

from gridplan.errors import LoginRefused
from gridplan.roles import Actor
from gridplan.service.access.guess_limits import code_counters, counted_attempt
from gridplan.service.access.passwords import hash_secret
from gridplan.store import Store, Who
from gridplan.store.access import invitations
from gridplan.store.system.town_settings import read_settings

DAYS: Final = 30
"""How long an invitation can be used."""
ELSEWHERE: Final = timedelta(minutes=10)
"""How long a code can be used that takes a login to another browser."""
CODE_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""No letter that looks like another."""
CODE_LENGTH: Final = 10


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one person signs in by once: a token for a link, and a code to type instead."""

    token: str = field(repr=False)
    code: str = field(repr=False)
    expires_at: datetime


def invite(store: Store, who: Who, account_id: int, *, now: datetime, days: int = DAYS) -> Invitation:
    """Return a new invitation for an account; those it had no longer work."""
    with store.change(who, "invite", "account", now=now) as change:
        change.object_id = account_id
        return invite_all(change.connection, who, [account_id], now=now, days=days)[0]


def invite_all(
    connection: Connection, who: Who, account_ids: Sequence[int], *, now: datetime, days: int = DAYS
) -> list[Invitation]:
    """Return a new invitation for each account, in their order; those they had no longer work."""
    made = [new_invitation(now=now, days=days) for _ in account_ids]
    save_invitations(connection, who, dict(zip(account_ids, made, strict=True)), now=now)
    return made


def new_invitation(*, now: datetime, days: int = DAYS) -> Invitation:
    """Return an invitation that is nobody's yet."""
    return Invitation(secrets.token_urlsafe(24), _code(), now + timedelta(days=days))


def save_invitations(connection: Connection, who: Who, new: Mapping[int, Invitation], *, now: datetime) -> None:
    """Save the hashes of new invitations by account; those that the accounts had no longer work."""
    invitations.withdraw(connection, new.keys(), now)
    _add(connection, who, new, now)


def code_for_elsewhere(store: Store, actor: Actor, *, now: datetime) -> Invitation:
    """Return a code by which who is signed in signs in once more, in another browser; a card that is open stays so."""
    made = Invitation(secrets.token_urlsafe(24), _code(), now + ELSEWHERE)
    who = Who(actor.account_id, actor.role)
    with store.change(who, "invite", "account", now=now) as change:
        change.object_id = actor.account_id
        invitations.forget_expired(change.connection, actor.account_id, now)
        _add(change.connection, who, {actor.account_id: made}, now)
    return made


def _add(connection: Connection, who: Who, new: Mapping[int, Invitation], now: datetime) -> None:
    rows = {
        account_id: (hash_secret(one.token), hash_secret(plain_code(one.code)), one.expires_at)
        for account_id, one in new.items()
    }
    invitations.add(connection, rows, made_by=who.account_id, now=now)


def qr_code(text: str) -> str:
    """Return a QR code as an element of SVG, which browsers draw by the thousand; as pictures they take a minute."""
    # To try all eight masks takes six times as long, and scanners read them all.
    code = segno.make(text, micro=False, error="m", mask=3)
    return code.svg_inline(border=2, svgclass=None, lineclass=None, omitsize=True)


def _code() -> str:
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def plain_code(typed: str) -> str:
    """Return a typed code as it is stored: however it is spaced, and in small or wide letters too."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", typed).upper() if letter in CODE_LETTERS)


def invited_account(store: Store, secret: str, *, address: str, now: datetime) -> RowMapping:
    """Return the invitation of a link or a code, with who it is for; this does not use it up. Who guesses codes waits.

    Raises
    ------
    LoginRefused
        It is unknown, used, withdrawn or too old: all look the same. Or too many codes failed from this address;
        one that is right forgives none of them, for it may be the guesser's own.
    """
    # No wait for links: nobody guesses 32 letters, and a robot that looks at old links would keep people out.
    is_code = len(secret) <= CODE_LENGTH
    with (
        counted_attempt(store, code_counters(address), now=now, forgives=False) if is_code else nullcontext(),
        store.read() as connection,
    ):
        found = invitations.usable_invitation(connection, hash_secret(secret), now)
        if found is None:
            raise LoginRefused("entrance.no_invitation")
    check_phone_use(store, found["role"])
    return found


def check_phone_use(store: Store, role: str) -> None:
    """Refuse a member where the town does not use phones.

    Raises
    ------
    LoginRefused
        It does not.
    """
    if role == "member" and not uses_phones(store):
        raise LoginRefused("entrance.phones_off")


def uses_phones(store: Store) -> bool:
    """Return whether members may sign in on their phones."""
    with store.read() as connection:
        return read_settings(connection).phones
