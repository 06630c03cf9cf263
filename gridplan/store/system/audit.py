"""The audit: who did what to what, and when. It is written by `Store.change` and only ever read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.tables import account, audit, village


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
    return [
        Entry(
            row["id"],
            row["at"],
            row["by"],
            row["role"],
            row["verb"],
            row["object"],
            row["object_id"],
            row["of"],
            row["village"],
            row["detail"],
        )
        for row in connection.execute(found).mappings()
    ]
