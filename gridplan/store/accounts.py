"""Accounts, the villages they hold for, their sessions, and the invitations that let them in. Secrets are hashed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, select, update

from gridplan.roles import OF_VILLAGES, Actor, Role
from gridplan.store.tables import account, attempt, invitation, member, scope, session
from gridplan.store.villages import Scope, within


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the one it belongs to."""

    id: int
    actor: Actor
    kind: str
    csrf: str
    made_at: datetime
    seen_at: datetime


def actor(connection: Connection, account_id: int) -> Actor | None:
    """Return who an account is, unless it is disabled or gone."""
    row = connection.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()
    if row is None or row["disabled_at"] is not None:
        return None
    return _actor(connection, row)


def _actor(connection: Connection, row: RowMapping) -> Actor:
    role = cast(Role, row["role"])
    villages: frozenset[int] | None = None
    if role != "administrator":
        mine = select(scope.c.village_id).where(scope.c.account_id == row["id"])
        villages = frozenset(connection.execute(mine).scalars()) if role in OF_VILLAGES else frozenset()
    return Actor(row["id"], row["name"], role, villages, row["member_id"])


def by_login(connection: Connection, login: str) -> RowMapping | None:
    """Return the account of a login."""
    return connection.execute(select(account).where(account.c.login == login)).mappings().one_or_none()


def by_id(connection: Connection, account_id: int) -> RowMapping | None:
    """Return an account."""
    return connection.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()


def members_without_account(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return the members of villages who have no account yet, by name."""
    mine = within(member.c.village_id, scope)
    found = (
        select(member)
        .outerjoin(account, account.c.member_id == member.c.id)
        .where(mine, account.c.id.is_(None), member.c.retired_on.is_(None))
        .order_by(member.c.name, member.c.code)
    )
    return list(connection.execute(found).mappings())


def add(
    connection: Connection,
    *,
    name: str,
    role: Role,
    now: datetime,
    login: str | None = None,
    member_id: int | None = None,
    villages: Iterable[int] = (),
) -> int:
    """Add an account without a password and return its id."""
    made = insert(account).values(name=name, role=role, login=login, member_id=member_id, made_at=now)
    account_id = int(connection.execute(made.returning(account.c.id)).scalar_one())
    set_scope(connection, account_id, villages)
    return account_id


def set_scope(connection: Connection, account_id: int, villages: Iterable[int]) -> None:
    """Make these the villages an account holds for."""
    connection.execute(delete(scope).where(scope.c.account_id == account_id))
    if rows := [{"account_id": account_id, "village_id": village_id} for village_id in sorted(set(villages))]:
        connection.execute(insert(scope), rows)


def set_password(connection: Connection, account_id: int, password: str) -> None:
    """Keep the hash of a password."""
    connection.execute(update(account).where(account.c.id == account_id).values(password=password))


def administrators(connection: Connection) -> int:
    """Return how many administrators can come in."""
    able = and_(account.c.role == "administrator", account.c.disabled_at.is_(None))
    return connection.execute(select(func.count()).select_from(account).where(able)).scalar_one()


# ---- sessions


def open_session(
    connection: Connection, account_id: int, *, token_hash: str, csrf: str, kind: str, device: str, now: datetime
) -> None:
    """Keep a new session."""
    values = {"token_hash": token_hash, "csrf": csrf, "kind": kind, "device": device, "made_at": now, "seen_at": now}
    connection.execute(insert(session).values(account_id=account_id, **values))


def session_of(connection: Connection, token_hash: str) -> Session | None:
    """Return the session of a token, if its account may still come in."""
    found = (
        select(session.c.id.label("session_id"), session.c.kind, session.c.csrf, session.c.seen_at, account)
        .add_columns(session.c.made_at.label("opened_at"))
        .join(account)
        .where(session.c.token_hash == token_hash, account.c.disabled_at.is_(None))
    )
    row = connection.execute(found).mappings().one_or_none()
    if row is None:
        return None
    who = _actor(connection, row)
    return Session(row["session_id"], who, row["kind"], row["csrf"], row["opened_at"], row["seen_at"])


def seen(connection: Connection, session_id: int, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(session).where(session.c.id == session_id).values(seen_at=now))


def end_session(connection: Connection, session_id: int) -> None:
    """End a session."""
    connection.execute(delete(session).where(session.c.id == session_id))


def end_sessions(connection: Connection, account_ids: Collection[int]) -> int:
    """End every session of accounts and return how many there were."""
    return connection.execute(delete(session).where(session.c.account_id.in_(account_ids))).rowcount


# ---- invitations


def invite(
    connection: Connection,
    account_id: int,
    *,
    token_hash: str,
    code_hash: str,
    made_by: int | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Keep a new invitation; the open ones the account had are revoked."""
    revoke_invitations(connection, [account_id], now)
    values = {"token_hash": token_hash, "code_hash": code_hash, "made_by": made_by, "made_at": now}
    connection.execute(insert(invitation).values(account_id=account_id, expires_at=expires_at, **values))


def revoke_invitations(connection: Connection, account_ids: Collection[int], now: datetime) -> int:
    """Revoke the open invitations of accounts and return how many there were."""
    open_ = and_(
        invitation.c.account_id.in_(account_ids), invitation.c.used_at.is_(None), invitation.c.revoked_at.is_(None)
    )
    return connection.execute(update(invitation).where(open_).values(revoked_at=now)).rowcount


def invitation_of(connection: Connection, secret_hash: str, now: datetime) -> RowMapping | None:
    """Return the invitation of a link or of a code, if it can still be used, with its account."""
    fits = (invitation.c.token_hash == secret_hash) | (invitation.c.code_hash == secret_hash)
    found = (
        select(invitation, account.c.name, account.c.role, account.c.login, account.c.password)
        .join(account)
        .where(
            fits,
            invitation.c.used_at.is_(None),
            invitation.c.revoked_at.is_(None),
            invitation.c.expires_at > now,
            account.c.disabled_at.is_(None),
        )
    )
    return connection.execute(found).mappings().one_or_none()


def spend(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """Mark an invitation as used; False if somebody was quicker."""
    unused = and_(invitation.c.id == invitation_id, invitation.c.used_at.is_(None))
    return connection.execute(update(invitation).where(unused).values(used_at=now)).rowcount == 1


# ---- failed attempts


def note_attempt(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """Note a failed attempt under each key."""
    connection.execute(insert(attempt), [{"key": key, "at": now} for key in keys])


def attempts(connection: Connection, key: str, since: datetime) -> int:
    """Return how many attempts failed under a key since then."""
    recent = and_(attempt.c.key == key, attempt.c.at >= since)
    return connection.execute(select(func.count()).select_from(attempt).where(recent)).scalar_one()


def forget_attempts(connection: Connection, before: datetime) -> None:
    """Forget attempts that no longer count."""
    connection.execute(delete(attempt).where(attempt.c.at < before))
