"""Signing in, by a password or by an invitation, and choosing another password."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Final

from gridplan.errors import LoginRefused
from gridplan.service.access.guess_limits import (
    counted_attempt,
    own_password_counters,
    password_counters,
    recognised,
)
from gridplan.service.access.invitations import check_phone_use, invited_account
from gridplan.service.access.passwords import hash_password, is_password
from gridplan.service.access.sessions import SignedIn, start_session
from gridplan.store import Store, Who
from gridplan.store.access import accounts, invitations, scope, sessions
from gridplan.store.access.sessions import Session

NO_ACCOUNT: Final = 0
"""So that it is not told by the time it takes whether there is an account."""


def sign_in_by_invitation(
    store: Store, secret: str, *, address: str, now: datetime, device: str, password: str | None = None
) -> SignedIn:
    """Use an invitation and start a session; an account of an office gets the password that was chosen.

    Raises
    ------
    LoginRefused
        The invitation cannot be used.
    InputRefused
        The password is too short or too common; the invitation can still be used.
    """
    found = invited_account(store, secret, address=address, now=now)
    account_id, is_member = found["account_id"], found["role"] == "member"
    hashed = None if is_member else hash_password(password or "", found["login"])
    with store.change(Who(account_id, found["role"]), "enter by invitation", "account", now=now) as change:
        connection = change.connection
        change.object_id = account_id
        actor = scope.actor(connection, account_id)
        if actor is None or not invitations.mark_used(connection, found["id"], now):
            raise LoginRefused("entrance.no_invitation")
        if hashed is not None:
            accounts.set_password(connection, account_id, hashed)
            sessions.end_sessions(connection, [account_id])
        accounts.set_lost(connection, [account_id], None)
        return start_session(connection, actor, now=now, device=device)


def plain_login(typed: str) -> str:
    """Return a sign-in name as it is stored: however wide, spaced or large it was typed."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def sign_in_by_password(
    store: Store,
    login: str,
    password: str,
    *,
    address: str,
    now: datetime,
    device: str,
    browsers: Collection[str] = (),
) -> SignedIn:
    """Start a session for a login and its password; `browsers` are the tokens by which accounts know this browser.

    Raises
    ------
    LoginRefused
        They do not belong together, or too many attempts failed lately. An unknown login takes as long as a known one.
    Busy
        Many sign in at this moment.
    """
    login = plain_login(login)
    with store.read() as connection:
        found = accounts.by_login(connection, login)
    browser = recognised(store, found["id"] if found else NO_ACCOUNT, browsers)
    with counted_attempt(store, password_counters(login, address, browser), now=now):
        if not is_password(found["password"] if found else None, password) or found is None:
            raise LoginRefused("entrance.wrong")
        check_phone_use(store, found["role"])
        with store.change(Who(found["id"], found["role"]), "enter", "account", now=now) as change:
            actor = scope.actor(change.connection, found["id"])
            if actor is None:
                raise LoginRefused("entrance.wrong")
            change.object_id = actor.account_id
            return start_session(change.connection, actor, now=now, device=device)


def change_password(store: Store, session: Session, old: str, new: str, *, now: datetime) -> None:
    """Change the password of the account that is signed in; its other sessions end.

    Raises
    ------
    LoginRefused
        The old one is not right, or was not too often.
    InputRefused
        The new one is too short or too common.
    """
    with store.read() as connection:
        found = accounts.by_id(connection, session.actor.account_id)
    if found is None or found["login"] is None:
        raise LoginRefused("sessions.no_password")
    with counted_attempt(store, own_password_counters(found["id"]), now=now):
        if not is_password(found["password"], old):
            raise LoginRefused("sessions.wrong_password")
    hashed = hash_password(new, found["login"])
    with store.change(Who(found["id"], found["role"]), "change password", "account", now=now) as change:
        change.object_id = found["id"]
        accounts.set_password(change.connection, found["id"], hashed)
        sessions.end_other_sessions(change.connection, found["id"], session.id)
