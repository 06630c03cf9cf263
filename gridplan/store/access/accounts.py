"""Accounts, the villages they hold for, and their sessions. Secrets are hashed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, not_, or_, select, update

from gridplan.roles import OF_VILLAGES, Actor, Role
from gridplan.store.access.invitations import is_unused, withdraw
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import account, invitation, member, scope, session

LIVES: Final = {
    "office": (timedelta(hours=8), timedelta(hours=24)),
    "phone": (timedelta(days=30), timedelta(days=90)),
}
"""How long a session may rest, and how long it may last, by its kind."""


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
    mine = in_scope(member.c.village_id, scope)
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


def add_for_members(connection: Connection, new: Mapping[int, str], now: datetime) -> None:
    """Add an account for each of these members, who have none: their names by their ids."""
    rows = [{"name": name, "role": "member", "member_id": id_, "made_at": now} for id_, name in new.items()]
    if rows:
        connection.execute(insert(account), rows)


def ids_by_member(connection: Connection, member_ids: Collection[int]) -> dict[int, int]:
    """Return the ids of the accounts of members, by member."""
    found = select(account.c.member_id, account.c.id).where(account.c.member_id.in_(member_ids))
    return {member_id: id_ for member_id, id_ in connection.execute(found)}


def set_name_and_role(connection: Connection, account_id: int, name: str, role: Role) -> None:
    """Change what an account is called and what it may do."""
    connection.execute(update(account).where(account.c.id == account_id).values(name=name, role=role))


def enable(connection: Connection, account_ids: Collection[int]) -> None:
    """Let disabled accounts in again; they need their password, or a new invitation."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(disabled_at=None))


def shut(connection: Connection, account_ids: Collection[int], now: datetime) -> None:
    """Disable accounts: their sessions end at once, and their unused links and cards are worth nothing."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(disabled_at=now))
    end_sessions(connection, account_ids)
    withdraw(connection, account_ids, now)


def set_lost(connection: Connection, account_ids: Collection[int], lost_at: datetime | None) -> None:
    """Note when the phones of accounts were lost, or that they no longer are."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(lost_at=lost_at))


def able_administrators(connection: Connection) -> set[int]:
    """Return the administrators that can come in by a password; nobody else changes them until the transaction ends."""
    able = and_(account.c.role == "administrator", account.c.disabled_at.is_(None), account.c.password.is_not(None))
    return set(connection.execute(select(account.c.id).where(able).with_for_update()).scalars())


def office_accounts(connection: Connection, now: datetime) -> list[RowMapping]:
    """Return the accounts of all who are not members: when each was last here, and until when a link is open."""
    seen = select(func.max(session.c.seen_at)).where(session.c.account_id == account.c.id)
    open_ = and_(invitation.c.account_id == account.c.id, is_unused(), invitation.c.expires_at > now)
    until = select(func.max(invitation.c.expires_at)).where(open_)
    found = (
        select(account)
        .add_columns(seen.scalar_subquery().label("seen_at"), until.scalar_subquery().label("link_until"))
        .where(account.c.role != "member")
        .order_by(account.c.disabled_at.is_not(None), account.c.name, account.c.id)
    )
    return list(connection.execute(found).mappings())


def scopes(connection: Connection) -> dict[int, set[int]]:
    """Return the villages of every account that has some."""
    found: dict[int, set[int]] = defaultdict(set)
    for account_id, village_id in connection.execute(select(scope.c.account_id, scope.c.village_id)):
        found[account_id].add(village_id)
    return dict(found)


def names(connection: Connection) -> dict[int, str]:
    """Return the name of every account by its id."""
    return {id_: name for id_, name in connection.execute(select(account.c.id, account.c.name))}


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


def end_other_sessions(connection: Connection, account_id: int, session_id: int) -> int:
    """End every session of an account but one and return how many there were."""
    others = and_(session.c.account_id == account_id, session.c.id != session_id)
    return connection.execute(delete(session).where(others)).rowcount


def sessions_of(connection: Connection, account_id: int, now: datetime) -> list[RowMapping]:
    """Return the sessions of an account that are alive, the one used last first."""
    alive = or_(*(is_alive(kind, now) for kind in LIVES))
    mine = select(session).where(session.c.account_id == account_id, alive)
    found = mine.order_by(session.c.seen_at.desc(), session.c.id.desc())
    return list(connection.execute(found).mappings())


def is_alive(kind: str, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a session of a kind has neither rested nor lasted too long."""
    rest, life = LIVES[kind]
    return and_(session.c.kind == kind, session.c.seen_at >= now - rest, session.c.made_at >= now - life)


def forget_sessions(connection: Connection, now: datetime) -> None:
    """Forget the sessions that have rested or lasted too long."""
    connection.execute(delete(session).where(not_(or_(*(is_alive(kind, now) for kind in LIVES)))))
