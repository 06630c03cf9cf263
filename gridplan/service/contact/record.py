"""Visits recorded and amended: one transaction and one audit row by village for all that was entered at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.store import Change, Store, Who
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry, Verdict


def record_visits(
    store: Store, who: Who, new: Sequence[Visit], *, now: datetime, meeting_id: str | None = None
) -> Mapping[str, Verdict]:
    """Record visits, and return what became of each by id once they are stored.

    Raises
    ------
    NotFound
        There is no such household.
    """
    with store.change(in_audit(who), "record", "visit", now=now) as change:
        verdicts = visits.add(change.connection, new, Entry(who.account_id, now, meeting_id=meeting_id))
        note_visits(change, new, verdicts)
    return verdicts


def amend_visits(
    store: Store, who: Who, amendments: Sequence[Amendment], *, now: datetime, member_id: int | None = None
) -> Mapping[str, Verdict]:
    """Amend visits, and return what became of each amendment by id once it is stored.

    Raises
    ------
    NotFound
        There is no such visit.
    """
    with store.change(in_audit(who), "amend", "visit", now=now) as change:
        entry = Entry(who.account_id, now)
        verdicts = visits.amend(change.connection, amendments, entry, member_id=member_id)
        touched = [visits.by_id(change.connection, one.visit_id) for one in amendments]
        note_visits(change, touched, {})
    return verdicts


def in_audit(who: Who) -> Who:
    """Return whom the audit names: of what members record of households nobody.

    Its rows would count their visits, or tell in whose few households somebody refused.
    """
    return Who(None, who.role) if who.role == "member" else who


def note_visits(change: Change, touched: Iterable[Visit], verdicts: Mapping[str, Verdict]) -> None:
    """Let the audit say how many visits of each village a batch is about, and what became of them: counts, no ids."""
    village_of = visits.villages_of(change.connection, {one.household for one in touched})
    by_village: dict[int | None, Counter[str]] = {}
    for one in touched:
        counts = by_village.setdefault(village_of[one.household], Counter())
        counts["visits"] += 1
        if one.id in verdicts:
            counts[verdicts[one.id]] += 1
    change.by_village = {village_id: dict(counts) for village_id, counts in by_village.items()}
