"""The audit as people read it: who did what to what, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gridplan.store import Store
from gridplan.store.registry.villages import Scope
from gridplan.store.system import audit
from gridplan.store.system.audit import Entry

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of the audit, the newest first, and the id to go on before; None where nothing is older."""

    entries: tuple[Entry, ...]
    before: int | None


def audit_page(
    store: Store, scope: Scope, *, zone: ZoneInfo, village_id: int | None, day: date | None, before: int | None
) -> AuditPage:
    """Return what happened within a scope, of one village or on one day of the town if asked for."""
    villages = scope if village_id is None else [village_id] if scope is None or village_id in scope else []
    start = datetime.combine(day, time(), zone) if day else None
    end = datetime.combine(day + timedelta(days=1), time(), zone) if day else None
    with store.read() as connection:
        found = audit.entries(connection, villages, most=PAGE_SIZE + 1, before=before, since=start, until=end)
    shown = tuple(found[:PAGE_SIZE])
    return AuditPage(shown, shown[-1].id if len(found) > PAGE_SIZE else None)
