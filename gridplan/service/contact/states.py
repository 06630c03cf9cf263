"""States of households, set and ended: no visits wanted, on the household's word; away until a day; unoccupied.

A household that wants no visits keeps that whatever else is set, and nothing above its lead shows which ones these are:
neither a page nor the audit, and by village only about how many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import RowMapping

from gridplan.contact.calendar import after_spring_festival, months_later
from gridplan.contact.status import STATE_KINDS, StateKind
from gridplan.errors import InputRefused
from gridplan.service.contact.record import in_audit
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.contact import states
from gridplan.store.registry import households, villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Message

ABSENT: Final[frozenset[StateKind]] = frozenset({"away", "unoccupied"})
"""Of these a household has one at a time, and the desk of its village sees it."""
FEW: Final = 5
BAND: Final = 10
LONGEST_AWAY: Final = 24
"""Months that a household may be away for, until somebody says so again."""


@dataclass(frozen=True, slots=True)
class StateForm:
    """What is to be recorded of a household; without a kind, that it is at home again or wants visits again."""

    kind: StateKind
    until: date | None
    ends: bool


def offered_days(today: date) -> Mapping[str, date]:
    """Return until when a household may be away, by what it is called: the days that are offered."""
    return {
        "festival": after_spring_festival(today),
        "three_months": months_later(today, 3),
        "half_a_year": months_later(today, 6),
    }


def parse_state(form: FormFields, today: date) -> StateForm:
    """Return the state of a form.

    Raises
    ------
    InputRefused
        There is no such state, or one that is away has no day until which, or none to come.
    """
    kind = next((kind for kind in STATE_KINDS if kind == form.fields.get("kind")), None)
    if kind is None:
        raise InputRefused("contact.no_such_state")
    ends = bool(form.fields.get("ends"))
    until = form.day("until") if kind == "away" and not ends else None
    if kind == "away" and not ends and (until is None or not today < until <= months_later(today, LONGEST_AWAY)):
        form.reject("until", "contact.away_until_when", latest=months_later(today, LONGEST_AWAY))
    form.check()
    return StateForm(kind, until, ends)


def save_state(store: Store, who: Who, household_id: int, form: StateForm, *, now: datetime, today: date) -> None:
    """Set a state of a household from today on, or end it today. Who may is asked before.

    The audit names no member who does so: whose households they are would tell of which one it is.

    Raises
    ------
    NotFound
        There is no such household.
    """
    with store.change(in_audit(who), "set state", "household", now=now) as change:
        connection = change.connection
        change.village_id = households.by_id(connection, household_id)["village_id"]
        before = states.holding(connection, household_id, today).get(form.kind)
        if not form.ends and before is not None and before["until_day"] == form.until:
            return
        states.end(connection, household_id, ABSENT if form.kind in ABSENT else {form.kind}, today)
        if not form.ends:
            set_by = who.account_id
            states.begin(connection, household_id, form.kind, since=today, until=form.until, set_by=set_by)


def absence(holding: Mapping[StateKind, RowMapping]) -> RowMapping | None:
    """Return what of the states of a household is told above its lead."""
    return next((row for kind, row in holding.items() if kind in ABSENT), None)


@dataclass(frozen=True, slots=True)
class AbsentHouseholds:
    """The households of a village that are away or unoccupied, and about how many want no visits."""

    village: RowMapping
    households: tuple[RowMapping, ...]
    refusals: Message


def absences_page(store: Store, scope: Scope, today: date) -> tuple[AbsentHouseholds, ...]:
    """Return of each village of a scope who is away or unoccupied, and about how many households want no visits."""
    with store.read() as connection:
        absent, refused = states.absences(connection, scope, today), states.refusals(connection, scope, today)
        return tuple(
            AbsentHouseholds(
                village,
                tuple(row for row in absent if row["village_id"] == village["id"]),
                about(refused.get(village["id"], 0)),
            )
            for village in villages.rows(connection, scope)
        )


def about(n: int) -> Message:
    """Return a number of households as a band, which does not tell that one more was counted."""
    if n < FEW:
        return Message("contact.fewer_than", {"n": FEW})
    first = FEW if n < BAND else n // BAND * BAND
    return Message("contact.from_to", {"first": first, "last": n // BAND * BAND + BAND - 1})
