"""The audit: who did what to what, and when. It is written by `Store.change` and only ever read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, or_, select

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import noun_of
from gridplan.store.tables import account, audit, village

OF_MANY: Final = ("hamlet", "lists")
"""Objects of changes that give many households or members a new version at once."""
NEW_VERSION: Final = ("change", "change days", "place", "put back", "draw", "retire", "unretire")
"""What gives one row a new version; cards and grids, which the audit names by their member, do not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the audit, with the names of now; None where there is none."""

    id: int
    at: datetime
    by: str | None
    role: str
    verb: str
    object: str
    object_id: int | None
    of: str | None
    """Whose account it is about, where it is about one."""
    village: str | None
    detail: dict[str, Any]


def entries(
    connection: Connection,
    scope: Scope,
    *,
    most: int,
    before: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Entry]:
    """Return rows within a scope, the newest first; None of a scope means those of no village too."""
    of = account.alias("of")
    found = (
        select(audit, account.c.name.label("by"), village.c.name.label("village"), of.c.name.label("of"))
        .outerjoin(account, account.c.id == audit.c.account_id)
        .outerjoin(of, (audit.c.object == "account") & (of.c.id == audit.c.object_id))
        .outerjoin(village, village.c.id == audit.c.village_id)
        .where(in_scope(audit.c.village_id, scope))
        .order_by(audit.c.id.desc())
        .limit(most)
    )
    if before is not None:
        found = found.where(audit.c.id < before)
    if since is not None:
        found = found.where(audit.c.at >= since)
    if until is not None:
        found = found.where(audit.c.at < until)
    return [noun_of(Entry, row) for row in connection.execute(found).mappings()]


def last_change(connection: Connection, object_: str, object_id: int, village_id: int | None) -> RowMapping | None:
    """Return the latest change of a thing, or of many things of its village; by None is the command line."""
    itself = or_(audit.c.object_id == object_id, audit.c.object_id.is_(None) & (audit.c.village_id == village_id))
    one = (audit.c.object == object_) & itself & audit.c.verb.in_(NEW_VERSION)
    many = audit.c.object.in_(OF_MANY) & or_(audit.c.village_id.is_(None), audit.c.village_id == village_id)
    found = (
        select(audit.c.at, audit.c.detail, account.c.name.label("by"))
        .outerjoin(account, account.c.id == audit.c.account_id)
        .where(or_(one, many))
        .order_by(audit.c.id.desc())
        .limit(1)
    )
    return connection.execute(found).mappings().one_or_none()
