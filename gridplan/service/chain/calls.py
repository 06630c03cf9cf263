"""Calls of leaders and instructors, typed at the desk for a month: several at once, and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import RowMapping

from gridplan.errors import InputRefused, NotFound
from gridplan.linkage import last_day
from gridplan.service.chain.linkage import called
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.chain import linkage
from gridplan.store.chain.linkage import Entry
from gridplan.store.registry.villages import Scope
from gridplan.words import series

LONGEST_ID: Final = 64
NAMED: Final = 3
"""Links that a sentence names."""


@dataclass(frozen=True, slots=True)
class MonthOfLink:
    """A link that holds in a month, and its calls in it."""

    row: RowMapping
    calls: tuple[RowMapping, ...]


@dataclass(frozen=True, slots=True)
class CallsPage:
    """The links of a scope that hold in a month, by person."""

    month: date
    links: tuple[MonthOfLink, ...]

    @property
    def last(self) -> date:
        """The last day of the month."""
        return last_day(self.month)


def calls_page(store: Store, scope: Scope, month: date) -> CallsPage:
    """Return the links of a scope that hold in a month, with their calls in it."""
    last = last_day(month)
    with store.read() as connection:
        of_link: dict[int, list[RowMapping]] = defaultdict(list)
        for call in linkage.calls_in(connection, month, last, scope):
            of_link[call["linkage_id"]].append(call)
        rows = linkage.links_in(connection, month, last, scope)
        return CallsPage(month, tuple(MonthOfLink(row, tuple(of_link[row["id"]])) for row in rows))


def note_calls(
    store: Store, who: Who, scope: Scope, form: FormFields, link_ids: Collection[int], *, now: datetime, today: date
) -> int:
    """Keep that there was a call of each link that is ticked, on a day; all or none. Return how many are new.

    The form has an id of its own: sent twice it is kept once. A link that has a call on the day gets no other one.

    Raises
    ------
    InputRefused
        Something in the form is wrong, or a link does not hold on the day.
    """
    form_id = form.fields.get("id", "")
    if not form_id or len(form_id) > LONGEST_ID or not form_id.replace("-", "").isalnum():
        raise InputRefused("linkage.no_form_id")
    on = form.required_day("day", latest=today)
    if not link_ids:
        form.reject("link", "linkage.no_call_ticked")
    form.check()
    with store.change(who, "note calls", "linked person", now=now) as change:
        connection = change.connection
        known = {row["id"]: row for row in linkage.links_in(connection, on, on, scope)}
        if not_then := [link_id for link_id in link_ids if link_id not in known]:
            every = {row["id"]: row for row in linkage.links_in(connection, date.min, date.max, scope)}
            if not every.keys() >= set(not_then):
                raise NotFound("entrance.not_here")
            rows = (every[id_] for id_ in not_then)
            names = series((f"{row['person']} {called(row['village'], row['branch'])}" for row in rows), most=NAMED)
            form.reject("day", "linkage.not_linked_then", day=on, names=names)
            form.check()
        there = {call["linkage_id"] for call in linkage.calls_in(connection, on, on, scope)}
        ids = {link_id: f"{form_id}:{link_id}" for link_id in link_ids if link_id not in there}
        new = linkage.add_calls(connection, on, ids, Entry(who.account_id, now))
        change.by_village = _by_village(known[link_id] for link_id, id_ in ids.items() if id_ in new)
    return len(new)


def _by_village(rows: Iterable[RowMapping]) -> dict[int | None, dict[str, int]]:
    counts: dict[int | None, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row["village_id"], {"calls": 0})["calls"] += 1
    return counts


def take_back(store: Store, who: Who, scope: Scope, id_: str, *, now: datetime) -> int:
    """Take a call back, or all that a form of this id kept; return how many.

    Raises
    ------
    NotFound
        There is none, or one of them is of a village beyond the scope.
    """
    with store.change(who, "take back calls", "linked person", now=now) as change:
        found = linkage.calls(change.connection, id_)
        if not found or (scope is not None and not {row["village_id"] for row in found} <= set(scope)):
            raise NotFound("entrance.not_here")
        linkage.withdraw_calls(change.connection, [row["n"] for row in found], now)
        change.by_village = _by_village(found)
    return len(found)
