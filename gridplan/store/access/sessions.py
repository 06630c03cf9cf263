"""Sessions: who is signed in, by the hash of the token that proves it. How long they last is said by the service."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    not_,
    or_,
    select,
    update,
)

from gridplan.roles import Actor
from gridplan.store.access.scope import actor_of_row
from gridplan.store.tables import account, session


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session may go unused, and how long it may last in all."""

    unused: timedelta
    total: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the one it belongs to."""

    id: int
    actor: Actor
    kind: str
    csrf: str
    made_at: datetime
    seen_at: datetime


_COLUMNS: Final = (
    *(session.c.id.label("session_id"), session.c.kind, session.c.csrf, session.c.made_at, session.c.seen_at),
    *(account.c.id, account.c.name, account.c.role, account.c.member_id),
)
_IS_OF_TOKEN: Final = and_(session.c.token_hash == bindparam("hash"), account.c.disabled_at.is_(None))
_OF_TOKEN: Final = select(*_COLUMNS).join(account).where(_IS_OF_TOKEN)
_TOUCH: Final = update(session).where(session.c.id == bindparam("of_id")).values(seen_at=bindparam("last"))


def open_session(
    connection: Connection, account_id: int, *, token_hash: str, csrf: str, kind: str, device: str, now: datetime
) -> None:
    """Keep a new session."""
    values = {"token_hash": token_hash, "csrf": csrf, "kind": kind, "device": device, "made_at": now, "seen_at": now}
    connection.execute(insert(session).values(account_id=account_id, **values))


def session_of(connection: Connection, token_hash: str) -> Session | None:
    """Return the session of a token, if its account is not disabled."""
    row = connection.execute(_OF_TOKEN, {"hash": token_hash}).mappings().one_or_none()
    return None if row is None else session_of_row(connection, row)


def beside_session(found: Select[Any]) -> Select[Any]:
    """Return a query of one row with the session of a token, by its `hash`, in the same row, where there is one."""
    row = found.subquery()
    return select(row, *_COLUMNS).select_from(row.outerjoin(session.join(account), _IS_OF_TOKEN))


def session_of_row(connection: Connection, row: RowMapping) -> Session | None:
    """Return the session that stands in a row."""
    if row["session_id"] is None:
        return None
    who = actor_of_row(connection, row)
    return Session(row["session_id"], who, row["kind"], row["csrf"], row["made_at"], row["seen_at"])


def touch_sessions(connection: Connection, last: Mapping[int, datetime]) -> None:
    """Note when sessions were used last, by id."""
    connection.execute(_TOUCH, [{"of_id": id_, "last": at} for id_, at in sorted(last.items())])


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


def sessions_of(
    connection: Connection, account_id: int, lifetimes: Mapping[str, Lifetime], now: datetime
) -> list[RowMapping]:
    """Return the sessions of an account that are alive, the one used last first."""
    mine = select(session).where(session.c.account_id == account_id, _are_alive(lifetimes, now))
    found = mine.order_by(session.c.seen_at.desc(), session.c.id.desc())
    return list(connection.execute(found).mappings())


def is_alive(kind: str, lifetime: Lifetime, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a session of a kind has been used lately enough and has not lasted too long."""
    recent = and_(session.c.seen_at >= now - lifetime.unused, session.c.made_at >= now - lifetime.total)
    return and_(session.c.kind == kind, recent)


def _are_alive(lifetimes: Mapping[str, Lifetime], now: datetime) -> ColumnElement[bool]:
    return or_(*(is_alive(kind, lifetime, now) for kind, lifetime in lifetimes.items()))


def delete_expired(connection: Connection, lifetimes: Mapping[str, Lifetime], now: datetime) -> None:
    """Delete the sessions that have not been used lately enough or have lasted too long."""
    connection.execute(delete(session).where(not_(_are_alive(lifetimes, now))))
