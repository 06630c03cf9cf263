"""Visits recorded and amended: one transaction and one audit row by village for all that was entered at once.

What came under the id of another visit is kept apart. The desk settles it without seeing what came of the visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gridplan.contact.amendments import Amendment
from gridplan.contact.calendar import local_day
from gridplan.contact.visits import Visit
from gridplan.store import Change, Store, Who
from gridplan.store.contact import apart, visits
from gridplan.store.contact.apart import Settled
from gridplan.store.contact.visits import Entry, Verdict
from gridplan.store.registry import households
from gridplan.store.registry.villages import Scope


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


# ---- kept apart


@dataclass(frozen=True, slots=True)
class KeptApart:
    """A visit kept apart, as far as the desk sees it."""

    n: int
    village: str
    household_id: int
    code: str
    day: date
    entered_by: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingApart:
    """How many are kept apart until somebody decides, and for how long the first of them has been."""

    n: int
    days: int


def waiting_apart(store: Store, scope: Scope, *, today: date, zone: ZoneInfo) -> WaitingApart | None:
    """Return how many wait to be settled in the villages of a scope; None where none does."""
    with store.read() as connection:
        n, first = apart.waiting(connection, scope)
    return WaitingApart(n, (today - local_day(first, zone)).days) if first else None


def apart_page(store: Store, scope: Scope) -> list[KeptApart]:
    """Return what waits to be settled in the villages of a scope."""
    with store.read() as connection:
        rows = apart.open_rows(connection, scope)
        homes = {
            row["id"]: row["code"]
            for row in households.rows_by_id(connection, {row["content"]["household"] for row in rows})
        }
    return [
        KeptApart(
            row["n"],
            row["village"],
            row["content"]["household"],
            homes.get(row["content"]["household"], ""),
            date.fromisoformat(row["content"]["day"]),
            row["account"],
            row["received_at"],
        )
        for row in rows
    ]


def settle_apart(store: Store, who: Who, scope: Scope, n: int, settled_as: Settled, *, now: datetime) -> None:
    """Settle one: accepted, it becomes a visit of its own beside the one that is stored.

    Raises
    ------
    NotFound
        There is none in these villages that waits.
    """
    with store.change(who, "settle", "visit", now=now) as change:
        row = apart.open_row(change.connection, n, scope)
        if settled_as == "accepted":
            one = apart.visit_apart(row)
            note_visits(change, [one], visits.add(change.connection, [one], Entry(who.account_id, now)))
        apart.settle(change.connection, n, settled_as, who.account_id, now)
        change.village_id = row["village_id"]
