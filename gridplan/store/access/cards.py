"""The cards of members: who has one, whose phone is signed in, and which grids a card opens."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select

from gridplan.store.access.invitations import is_unused
from gridplan.store.access.sessions import Lifetime, is_alive
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import account, assignment, grid, invitation, member, plan, session, village


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
        .order_by(village.c.name, member.c.name, member.c.code)
    )
    return list(connection.execute(found).mappings())


def grids_by_member(connection: Connection) -> dict[int, list[RowMapping]]:
    """Return the grids of the published plans by member: village, number, label and role, what one leads first."""
    here = and_(plan.c.id == assignment.c.plan_id, plan.c.state == "published")
    one_grid = and_(grid.c.plan_id == assignment.c.plan_id, grid.c.number == assignment.c.number)
    found = (
        select(assignment.c.member_id, assignment.c.number, assignment.c.role, grid.c.label)
        .add_columns(plan.c.village_id, village.c.name.label("village"))
        .join(plan, here)
        .join(grid, one_grid)
        .join(village, village.c.id == plan.c.village_id)
        .where(assignment.c.until.is_(None))
        .order_by(assignment.c.role.desc(), village.c.name, assignment.c.number)
    )
    grids: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(found).mappings():
        grids[row["member_id"]].append(row)
    return dict(grids)
