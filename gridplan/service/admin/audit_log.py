"""The audit log as people read it: who did what to what, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gridplan.store import Store
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.store.system import audit
from gridplan.store.system.audit import Entry

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the audit log, the newest first, and the villages that it can be asked for."""

    entries: tuple[Entry, ...]
    before: int | None
    """The id to go on before; None where nothing is older."""
    villages: tuple[tuple[int, str], ...]
    """Ids and names of the villages within the scope."""


def audit_page(
    store: Store, scope: Scope, *, zone: ZoneInfo, village_id: int | None, day: date | None, before: int | None
) -> AuditPage:
    """Return what happened within a scope, of one village or on one day of the town if asked for."""
    asked = scope if village_id is None else [village_id] if scope is None or village_id in scope else []
    start = datetime.combine(day, time(), zone) if day else None
    end = datetime.combine(day + timedelta(days=1), time(), zone) if day else None
    with store.read() as connection:
        named = tuple((row["id"], row["name"]) for row in villages.rows(connection, scope))
        found = audit.entries(connection, asked, most=PAGE_SIZE + 1, before=before, since=start, until=end)
    shown = tuple(found[:PAGE_SIZE])
    return AuditPage(shown, shown[-1].id if len(found) > PAGE_SIZE else None, named)
