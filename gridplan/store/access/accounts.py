"""Accounts: of offices, with a login and a password, and of members, who have cards. Passwords are hashed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, func, insert, select, update

from gridplan.roles import Role
from gridplan.store.access.invitations import is_unused, withdraw
from gridplan.store.access.scope import set_scope
from gridplan.store.access.sessions import end_sessions
from gridplan.store.rows import add_row
from gridplan.store.tables import account, invitation, session


def by_login(connection: Connection, login: str) -> RowMapping | None:
    """Return the account of a login."""
    return connection.execute(select(account).where(account.c.login == login)).mappings().one_or_none()


def by_id(connection: Connection, account_id: int) -> RowMapping | None:
    """Return an account."""
    return connection.execute(select(account).where(account.c.id == account_id)).mappings().one_or_none()


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
    values = {"name": name, "role": role, "login": login, "member_id": member_id, "made_at": now}
    account_id = add_row(connection, account, values)
    set_scope(connection, account_id, villages)
    return account_id


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
    """Enable disabled accounts; they need their password, or a new invitation."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(disabled_at=None))


def disable(connection: Connection, account_ids: Collection[int], now: datetime) -> None:
    """Disable accounts: their sessions end at once, and their unused links and cards are worth nothing."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(disabled_at=now))
    end_sessions(connection, account_ids)
    withdraw(connection, account_ids, now)


def set_lost(connection: Connection, account_ids: Collection[int], lost_at: datetime | None) -> None:
    """Note when the phones of accounts were lost, or that they no longer are."""
    connection.execute(update(account).where(account.c.id.in_(account_ids)).values(lost_at=lost_at))


def able_administrators(connection: Connection, *, held: bool = False) -> set[int]:
    """Return the administrators that can sign in by a password.

    If `held`, nobody else changes them until the transaction ends.
    """
    able = and_(account.c.role == "administrator", account.c.disabled_at.is_(None), account.c.password.is_not(None))
    found = select(account.c.id).where(able)
    return set(connection.execute(found.with_for_update() if held else found).scalars())


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


def every(connection: Connection) -> list[RowMapping]:
    """Return all accounts, by name."""
    return list(connection.execute(select(account).order_by(account.c.name, account.c.id)).mappings())


def names(connection: Connection) -> dict[int, str]:
    """Return the name of every account by its id."""
    return {id_: name for id_, name in connection.execute(select(account.c.id, account.c.name))}
