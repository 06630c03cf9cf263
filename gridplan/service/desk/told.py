"""What a member reported by phone or message: rows of a grid on a day, or no more than a number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.amendments import Amendment
from gridplan.contact.calendar import Week
from gridplan.contact.sheet_entries import marks_of
from gridplan.contact.visits import Visit
from gridplan.errors import Conflict, NotFound
from gridplan.names import folded
from gridplan.service.contact.record import note_visits
from gridplan.service.desk.pile import week_of_pile
from gridplan.service.desk.sheet_entry import Caller, callers_of
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.access import scope
from gridplan.store.contact import covers, records, sheets, visits
from gridplan.store.contact.visits import Entry
from gridplan.store.registry import households, members
from gridplan.store.registry.villages import Scope

ASKED: Final = re.compile(r"(?P<name>.*?)[\s·,，]*(?P<number>\d{1,4})\s*(?:号?(?:微?网格)?)?", re.ASCII)
"""A village, or nothing, and the number of a grid in it."""
MOST_FOUND: Final = 60
OLDEST: Final = 366
"""Days back that somebody may still report."""


@dataclass(frozen=True, slots=True)
class FoundGrid:
    """A grid that what was asked for may mean."""

    plan_id: int
    number: int
    label: str | None
    village: str
    lead: str | None


def find_grids(store: Store, within: Scope, asked: str, *, zone: ZoneInfo, today: date) -> list[FoundGrid]:
    """Return the grids in force that a text means: a village and a number, a number, or the name of who calls there."""
    plain = unicodedata.normalize("NFKC", asked).strip()
    if not plain:
        return []
    named = ASKED.fullmatch(plain)
    with store.read() as connection:
        rows = sheets.grids_in_force(connection, today, zone, within)
        in_charge = covers.in_charge(connection, today, {row["plan_id"] for row in rows})
        names = members.names(connection, {id_ for charged in in_charge.values() for id_ in charged.all})
    found = []
    for row in rows:
        charged = in_charge.get((row["plan_id"], row["number"]), covers.InCharge())
        called = [row["village"], row["label"] or "", *(names[id_] for id_ in charged.all)]
        fits = any(folded(plain) in folded(name) for name in called) and not plain.isdecimal()
        if named:
            fits |= int(named["number"]) == row["number"] and folded(named["name"]) in folded(row["village"])
        if fits:
            lead = names[charged.lead] if charged.lead is not None else None
            found.append(FoundGrid(row["plan_id"], row["number"], row["label"], row["village"], lead))
    return found[:MOST_FOUND]


@dataclass(frozen=True, slots=True)
class ToldPage:
    """A grid with its households by row, to type what was reported of it."""

    grid: RowMapping
    rows: tuple[RowMapping, ...]
    callers: tuple[Caller, ...]
    week: Week
    """The week that a bare number is of."""
    tally: RowMapping | None
    shown: str
    """The rows that this page shows: saving is refused where they are others by then."""
    form: str
    """The id under which it is saved, once however often it is sent."""


def told_page(store: Store, plan_id: int, number: int, week: Week | None, *, zone: ZoneInfo, today: date) -> ToldPage:
    """Return a grid in force, with rows as a sheet printed today would have them.

    Raises
    ------
    NotFound
        There is no such grid in force.
    """
    chosen = week or week_of_pile(today)
    with store.read() as connection:
        grid, rows = _grid(connection, plan_id, number, zone, today)
        callers = _callers(connection, grid, today)
        tally = sheets.tallies(connection, chosen, [grid["village_id"]]).get((grid["village_id"], number))
    return ToldPage(grid, rows, callers, chosen, tally, _shown(rows), str(uuid4()))


def _grid(
    connection: Connection, plan_id: int, number: int, zone: ZoneInfo, today: date
) -> tuple[RowMapping, tuple[RowMapping, ...]]:
    village_ids = scope.of_plan(connection, plan_id)
    in_force = sheets.grids_in_force(connection, today, zone, village_ids)
    grid = next((row for row in in_force if (row["plan_id"], row["number"]) == (plan_id, number)), None)
    if grid is None:
        raise NotFound("entrance.not_here")
    contacts = records.grid_contacts(connection, today, zone, village_ids)
    homes = next(of.households for of in contacts if of.number == number)
    ids = [home.id for home in homes if not home.record.own]
    by_id = {row["id"]: row for row in households.rows_by_id(connection, ids)}
    return grid, tuple(by_id[id_] for id_ in ids)


def _callers(connection: Connection, grid: RowMapping, day: date) -> tuple[Caller, ...]:
    of = {"plan_id": grid["plan_id"], "grid": grid["number"], "village_id": grid["village_id"], "member_id": None}
    return callers_of(connection, of, Week.of(day), day, None)


def _shown(rows: Sequence[RowMapping]) -> str:
    return " ".join(str(row["id"]) for row in rows)


@dataclass(frozen=True, slots=True)
class SavedTold:
    """What was saved of a report, as it is said afterwards: nothing of those who declined or are away."""

    village: str
    plan_id: int
    number: int
    label: str | None
    day: date
    met: int
    not_home: int


def save_told(
    store: Store, who: Who, plan_id: int, number: int, form: FormFields, *, zone: ZoneInfo, now: datetime, today: date
) -> SavedTold:
    """Save what was reported of a grid on a day; a form sent twice is one report.

    Raises
    ------
    NotFound
        There is no such grid in force.
    InputRefused
        Something typed cannot be; the form has all problems, by field.
    Conflict
        The rows of the grid are others by now, or what the form said before was taken back.
    """
    with store.change(who, "record", "visit", now=now) as change:
        connection = change.connection
        grid, rows = _grid(connection, plan_id, number, zone, today)
        day = form.required_day("day", latest=today)
        if (today - day).days > OLDEST:
            form.reject("day", "record.too_long_ago", most=OLDEST)
        member = form.chosen_id("member", [caller.id for caller in _callers(connection, grid, today)]) or 0
        marks, problems = marks_of(form.fields, len(rows))
        for field, problem in problems.items():
            form.reject(field, problem.code, **problem.values)
        if not problems and not marks:
            form.reject("met", "record.nothing_told")
        form.check()
        if form.fields.get("shown") != _shown(rows):
            raise Conflict("record.other_rows")
        told = [
            Visit(
                _id(form.fields.get("form", ""), rows[row - 1]["id"]), rows[row - 1]["id"], member, day, *mark, "told"
            )
            for row, mark in marks.items()
        ]
        if visits.is_withdrawn(connection, [one.id for one in told]):
            raise Conflict("visit.taken_back_before")
        verdicts = visits.add(connection, told, Entry(who.account_id, now))
        if "conflict" in verdicts.values():
            raise Conflict("record.told_already")
        change.village_id = grid["village_id"]
        note_visits(change, told, verdicts)
    counts = Counter(visit.outcome for visit in told)
    return SavedTold(grid["village"], plan_id, number, grid["label"], day, counts["met"], counts["not home"])


def _id(form: str, household_id: int) -> str:
    try:
        return str(uuid5(UUID(form), str(household_id)))
    except ValueError:
        raise NotFound("entrance.not_here") from None


def take_back_told(
    store: Store, who: Who, plan_id: int, number: int, form: str, *, zone: ZoneInfo, now: datetime, today: date
) -> None:
    """Withdraw what one form reported of a grid.

    Raises
    ------
    NotFound
        There is no such grid in force.
    """
    with store.change(who, "amend", "visit", now=now) as change:
        grid, rows = _grid(change.connection, plan_id, number, zone, today)
        ids = {_id(form, row["id"]) for row in rows}
        found = visits.of_households(change.connection, [row["id"] for row in rows])
        told = [visits.visit_of(row) for row in found if row["id"] in ids and row["state"] != "withdrawn"]
        withdrawn = [Amendment(str(uuid4()), visit.id, "withdraw", {}) for visit in told]
        visits.amend(change.connection, withdrawn, Entry(who.account_id, now))
        change.village_id = grid["village_id"]
        note_visits(change, told, {})


def save_tally(
    store: Store, who: Who, plan_id: int, number: int, form: FormFields, *, zone: ZoneInfo, now: datetime, today: date
) -> None:
    """Save how many of a grid's households were met in a week, where no more was said; blank: nothing was said.

    Raises
    ------
    NotFound
        There is no such grid in force.
    InputRefused
        It is no such number, or the week has not begun.
    """
    week = Week.parse(form.fields.get("week", ""))
    with store.change(who, "count", "grid", now=now) as change:
        grid, rows = _grid(change.connection, plan_id, number, zone, today)
        counts = None
        if any(form.fields.get(field, "").strip() for field in ("tally", "of")):
            of = form.whole_number("of", 1, len(rows) + grid["households"])
            counts = form.whole_number("tally", 0, of), of
        if week.monday > today:
            form.reject("tally", "record.future_week", day=week.monday)
        form.check()
        entry = Entry(who.account_id, now)
        sheets.save_tally(change.connection, (grid["village_id"], number), week, counts, entry)
        change.village_id = grid["village_id"]
