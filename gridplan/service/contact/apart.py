"""Visits kept apart, which the desk settles without seeing what came of them: accepted as other visits, or dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridplan.service.contact.record import note_visits
from gridplan.store import Store, Who
from gridplan.store.contact import apart, visits
from gridplan.store.contact.apart import Settled
from gridplan.store.contact.visits import Entry
from gridplan.store.registry import households
from gridplan.store.registry.villages import Scope


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


def settle(store: Store, who: Who, scope: Scope, n: int, settled_as: Settled, *, now: datetime) -> None:
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
