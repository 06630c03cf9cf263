"""Invitations, by which one person signs in once. Secrets are hashed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, select, update

from gridplan.store.tables import account, invitation


def add(
    connection: Connection,
    new: Mapping[int, tuple[str, str, datetime]],
    *,
    made_by: int | None,
    now: datetime,
) -> None:
    """Add new invitations: hash of the link, hash of the code and end by account; those before them stay."""
    made = {"made_by": made_by, "made_at": now}
    rows = [
        {"account_id": id_, "token_hash": token, "code_hash": code, "expires_at": until} | made
        for id_, (token, code, until) in new.items()
    ]
    if rows:
        connection.execute(insert(invitation), rows)


def forget_expired(connection: Connection, account_id: int, now: datetime) -> None:
    """Forget the invitations that an account made for itself and that are too old."""
    own = (invitation.c.account_id == account_id) & (invitation.c.made_by == account_id)
    connection.execute(delete(invitation).where(own, invitation.c.expires_at <= now))


def is_unused() -> ColumnElement[bool]:
    """Return the condition that an invitation was neither used nor withdrawn; it may be too old."""
    return and_(invitation.c.used_at.is_(None), invitation.c.revoked_at.is_(None))


def withdraw(connection: Connection, account_ids: Collection[int], now: datetime) -> int:
    """Withdraw the unused invitations of accounts and return how many there were."""
    unused = and_(invitation.c.account_id.in_(account_ids), is_unused())
    return connection.execute(update(invitation).where(unused).values(revoked_at=now)).rowcount


def usable_invitation(connection: Connection, secret_hash: str, now: datetime) -> RowMapping | None:
    """Return the invitation of a link or of a code, if it can still be used, with its account."""
    fits = (invitation.c.token_hash == secret_hash) | (invitation.c.code_hash == secret_hash)
    found = (
        select(invitation, account.c.name, account.c.role, account.c.login)
        .join(account, account.c.id == invitation.c.account_id)
        .where(fits, is_unused(), invitation.c.expires_at > now, account.c.disabled_at.is_(None))
    )
    return connection.execute(found).mappings().one_or_none()


def mark_used(connection: Connection, invitation_id: int, now: datetime) -> bool:
    """Mark an invitation as used; False if it was used or withdrawn in the meantime."""
    unused = and_(invitation.c.id == invitation_id, is_unused())
    return connection.execute(update(invitation).where(unused).values(used_at=now)).rowcount == 1
