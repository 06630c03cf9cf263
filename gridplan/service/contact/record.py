"""Visits recorded and amended: one transaction and one audit row by village for all that was entered at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gridplan.contact.amendments import Amendment
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused
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
    InputRefused
        One of them was taken back: what said it does not bring it back.
    """
    return store.commit_together(
        _record, _Recording(who, tuple(new), Entry(who.account_id, now, meeting_id=meeting_id))
    )


@dataclass(frozen=True, slots=True)
class _Recording:
    """What somebody records at once."""

    who: Who
    visits: tuple[Visit, ...]
    entry: Entry


def _record(store: Store, recordings: Sequence[_Recording]) -> list[Mapping[str, Verdict]]:
    """Record what several recorded, and return the verdicts of each; the same sent twice is not one recording."""
    ids = [one.id for recording in recordings for one in recording.visits]
    if len(recordings) > 1 and len(set(ids)) < len(ids):
        return [verdicts for one in recordings for verdicts in _record(store, [one])]
    entered = [(one, recording.entry) for recording in recordings for one in recording.visits]
    of = [(in_audit(recording.who), recording.entry.received_at) for recording in recordings]
    with store.changes(of, "record", "visit") as changes:
        connection = changes[0].connection
        verdicts, village_of, counted = visits.add_entered(connection, entered)
        again = [id_ for id_, verdict in verdicts.items() if verdict != "created"]
        if again and visits.is_withdrawn(connection, again):
            raise InputRefused("visit.taken_back_before")
        for change, recording in zip(changes, recordings, strict=True):
            change.by_village = _counts(recording.visits, verdicts, village_of)
            change.renewed = counted
    return [{one.id: verdicts[one.id] for one in recording.visits} for recording in recordings]


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
    about = tuple(touched)
    village_of = visits.villages_of(change.connection, {one.household for one in about})
    change.by_village = _counts(about, verdicts, village_of)


def _counts(
    touched: Iterable[Visit], verdicts: Mapping[str, Verdict], village_of: Mapping[int, int]
) -> dict[int | None, dict[str, Any]]:
    by_village: dict[int | None, Counter[str]] = {}
    for one in touched:
        counts = by_village.setdefault(village_of[one.household], Counter())
        counts["visits"] += 1
        if one.id in verdicts:
            counts[verdicts[one.id]] += 1
    return {village_id: dict(counts) for village_id, counts in by_village.items()}
