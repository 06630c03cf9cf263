"""The cards of members: who has one, whose phone is signed in, and which grids a card opens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, select

from gridplan.store.access.invitations import is_unused
from gridplan.store.access.sessions import Lifetime, is_alive
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import by_name
from gridplan.store.tables import account, invitation, member, session, village


def card_rows(connection: Connection, scope: Scope, phone: Lifetime, now: datetime) -> list[RowMapping]:
    """Return the members of villages, those retired left out, by name: account, open card, and since when signed in.

    A scope of None means all villages and those members who are of none; `phone` is how long a phone stays signed in.
    """
    return _card_rows(connection, in_scope(member.c.village_id, scope), phone, now)


def card_rows_of_no_village(connection: Connection, phone: Lifetime, now: datetime) -> list[RowMapping]:
    """Return the members who are of no village, as `card_rows` does."""
    return _card_rows(connection, member.c.village_id.is_(None), phone, now)


def card_rows_of_member(connection: Connection, member_id: int, phone: Lifetime, now: datetime) -> list[RowMapping]:
    """Return one member, as `card_rows` does; nobody, if retired."""
    return _card_rows(connection, member.c.id == member_id, phone, now)


def _card_rows(connection: Connection, which: ColumnElement[bool], phone: Lifetime, now: datetime) -> list[RowMapping]:
    cards = (
        select(
            invitation.c.account_id,
            func.max(invitation.c.made_at).label("given_at"),
            func.max(invitation.c.used_at).label("used_at"),
        )
        .group_by(invitation.c.account_id)
        .subquery()
    )
    open_ = (
        select(invitation.c.account_id, func.max(invitation.c.expires_at).label("until"))
        .where(is_unused(), invitation.c.expires_at > now)
        .group_by(invitation.c.account_id)
        .subquery()
    )
    inside = (
        select(session.c.account_id, func.min(session.c.made_at).label("since"))
        .where(is_alive("phone", phone, now))
        .group_by(session.c.account_id)
        .subquery()
    )
    found = (
        select(member.c.id, member.c.code, member.c.name, member.c.kind, member.c.village_id, member.c.hamlet)
        .add_columns(village.c.name.label("village"))
        .add_columns(account.c.id.label("account_id"), account.c.disabled_at, account.c.lost_at)
        .add_columns(cards.c.given_at, cards.c.used_at, open_.c.until, inside.c.since)
        .outerjoin(village, village.c.id == member.c.village_id)
        .outerjoin(account, account.c.member_id == member.c.id)
        .outerjoin(cards, cards.c.account_id == account.c.id)
        .outerjoin(open_, open_.c.account_id == account.c.id)
        .outerjoin(inside, inside.c.account_id == account.c.id)
        .where(which, member.c.retired_on.is_(None))
        .order_by(by_name(village.c.name), by_name(member.c.name), member.c.code)
    )
    return list(connection.execute(found).mappings())
