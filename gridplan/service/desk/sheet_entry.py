"""A tick sheet typed in: looked up by its number, shown before anything is saved, saved, corrected, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import Week, weeks_of_month
from gridplan.contact.sheet_entries import HIDDEN, EnteredSheet, Mark, marks_of, typed_as
from gridplan.contact.sheet_number import parse_number
from gridplan.contact.visits import Visit, day_of_tick
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.service.contact.record import note_visits
from gridplan.service.desk.pile import week_of_pile
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.contact import covers, sheets, visits
from gridplan.store.contact.visits import Entry, Verdict
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import members_with_grids
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """Who may have called on the households of a sheet, and as what."""

    id: int
    name: str
    role: str
    """lead, cover, deputy, or member where nobody is in charge of the grid."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A tick sheet in a week, as it is shown before anything is typed."""

    sheet: RowMapping
    week: Week
    weeks: tuple[Week, ...]
    come_in: Mapping[str, RowMapping]
    """The weeks that are in, by their keys."""
    callers: tuple[Caller, ...]
    caller: int | None
    rows: tuple[RowMapping, ...]
    typed: Mapping[str, str]
    """What is stored of the week, as it would be typed."""
    seen: str
    """What this page is made of: saving is refused where it is another by then."""

    @property
    def most(self) -> int:
        """Its last row."""
        return last_row(self.rows)


@dataclass(frozen=True, slots=True)
class SavedSheet:
    """What was saved, as it is said afterwards: nothing of those who declined or are away."""

    sheet: RowMapping
    week: Week
    met: int
    not_home: int
    corrected: bool = False
    """Whether something was stored before: to undo it all would take more back than was typed now."""


def find_sheet(store: Store, scope: Scope, typed: str) -> RowMapping:
    """Return the sheet of a number as somebody typed it.

    Raises
    ------
    InputRefused
        It is no number of a sheet, or there is none with it in these villages.
    """
    number = parse_number(typed)
    with store.read() as connection:
        try:
            return sheets.of_number(connection, number, scope)
        except NotFound:
            raise InputRefused("record.unknown_sheet", number=number) from None


def sheet_page(store: Store, scope: Scope, number: str, week: Week | None, *, today: date) -> SheetPage:
    """Return a sheet in a week: the one asked for if the sheet has it, else the last that has ended.

    Raises
    ------
    NotFound
        There is none in these villages.
    """
    with store.read() as connection:
        sheet = sheets.of_number(connection, number, scope)
        weeks = weeks_of_month(sheet["month"])
        chosen = week if week in weeks else _usual_week(weeks, today)
        rows = tuple(sheets.rows_of(connection, sheet["id"]))
        come_in = sheets.weeks_of(connection, sheet["id"])
        entered = entered_sheet(connection, sheet, rows)
        before = come_in.get(chosen.key)
        callers = callers_of(connection, sheet, chosen, today, before["member_id"] if before else None)
    usual = callers[0].id if callers else None
    return SheetPage(
        sheet,
        chosen,
        weeks,
        come_in,
        callers,
        before["member_id"] if before else usual,
        rows,
        typed_as(entered.standing(chosen)),
        _seen(before),
    )


def _usual_week(weeks: Sequence[Week], today: date) -> Week:
    ended = [week for week in weeks if week <= week_of_pile(today)]
    return ended[-1] if ended else weeks[0]


def entered_sheet(connection: Connection, sheet: RowMapping, rows: Sequence[RowMapping]) -> EnteredSheet:
    """Return a sheet with these rows and all that was entered from it."""
    households = {row["row"]: row["id"] for row in rows}
    return EnteredSheet(sheet["number"], households, sheets.visits_of(connection, sheet["id"]))


def _seen(before: RowMapping | None) -> str:
    return before["entered_at"].isoformat() if before else ""


def last_row(rows: Sequence[RowMapping]) -> int:
    """Return the largest number of a row."""
    return max((row["row"] for row in rows), default=0)


def callers_of(
    connection: Connection, sheet: Mapping[Any, Any], week: Week, today: date, entered: int | None
) -> tuple[Caller, ...]:
    """Return who may have called in a week: the lead first, then who covers, the deputies, who was entered before."""
    plan_ids = [sheet["plan_id"], *plans.published(connection, [sheet["village_id"]]).values()]
    grids = [(plan_id, sheet["grid"]) for plan_id in plan_ids]
    grids += sheets.grids_elsewhere(connection, sheet["id"]) if "id" in sheet else []
    roles: dict[int, str] = {}
    for day in (min(week.sunday, max(today, week.monday)), week.monday):
        in_charge = covers.in_charge(connection, day, {plan_id for plan_id, _ in grids})
        for grid in grids:
            charged = in_charge.get(grid, covers.InCharge())
            people = {"lead": (charged.lead,), "cover": charged.covers, "deputy": charged.deputies}
            for role, ids in people.items():
                for id_ in ids:
                    if id_ is not None:
                        roles.setdefault(id_, role)
    if sheet["member_id"] is not None:
        roles.setdefault(sheet["member_id"], "lead")
    if entered is not None:
        roles.setdefault(entered, "member")
    order = {"lead": 0, "cover": 1, "deputy": 2, "member": 3}
    if not roles:
        others = members_with_grids(connection, sheet["village_id"])
        return tuple(Caller(row["id"], row["name"], "member") for row in others)
    names = members.names(connection, roles)
    ranked = sorted(roles.items(), key=lambda one: order[one[1]])
    return tuple(Caller(id_, names[id_], role) for id_, role in ranked)


def save_sheet(
    store: Store, who: Who, scope: Scope, number: str, form: FormFields, *, now: datetime, today: date
) -> SavedSheet:
    """Save what a form says of a week of a sheet, in one transaction; what was stored of it before is amended.

    Raises
    ------
    NotFound
        There is no such sheet in these villages.
    InputRefused
        Something typed cannot be; the form has all problems, by field.
    Conflict
        Somebody typed it meanwhile.
    """
    week = Week.parse(form.fields.get("week", ""))
    with store.change(who, "record", "visit", now=now) as change:
        connection = change.connection
        sheet = sheets.of_number(connection, number, scope)
        rows = sheets.rows_of(connection, sheet["id"])
        before = sheets.weeks_of(connection, sheet["id"]).get(week.key)
        callers = callers_of(connection, sheet, week, today, before["member_id"] if before else None)
        member = form.chosen_id("member", [caller.id for caller in callers]) or 0
        marks = _marks(form, week, sheet, last_row(rows), today)
        stored = entered_sheet(connection, sheet, rows)
        entry = Entry(who.account_id, now, sheet["id"])
        retold = tells_hidden(marks, before, who)
        entered = enter_marks(
            connection, sheet, stored, week, marks, member=member, entry=entry, today=today, retold=retold
        )
        if entered.changed and _seen(before) != form.fields.get("seen", ""):
            raise Conflict("record.typed_meanwhile", name=(before["account"] or "") if before else "")
        change.village_id = sheet["village_id"]
        note_visits(change, entered.touched, entered.verdicts)
    return replace(saved_sheet(store, scope, number, week), corrected=entered.changed and before is not None)


@dataclass(frozen=True, slots=True)
class EnteredWeek:
    """What entering a week of a sheet did: the visits that are new or became others, and whether anything changed."""

    touched: tuple[Visit, ...]
    verdicts: Mapping[str, Verdict]
    changed: bool


def enter_marks(
    connection: Connection,
    sheet: RowMapping,
    stored: EnteredSheet,
    week: Week,
    marks: Mapping[int, Mark],
    *,
    member: int,
    entry: Entry,
    today: date,
    retold: bool,
) -> EnteredWeek:
    """Let a week of a sheet have these marks, and be in; `retold` if it is to look changed whatever was stored.

    Raises
    ------
    InputRefused
        The week has not begun.
    """
    amendments, new = stored.entered(week, marks, member, day_of_tick(week, today))
    before = sheets.weeks_of(connection, sheet["id"]).get(week.key)
    changed = retold or bool(amendments or new) or before is None or before["member_id"] != member
    visits.amend(connection, amendments, entry)
    verdicts = visits.add(connection, new, entry)
    if changed:
        sheets.enter_week(connection, sheet["id"], week, member, entry)
    touched = (*new, *(stored.stored[one.visit_id] for one in amendments))
    return EnteredWeek(touched, verdicts, changed)


def tells_hidden(marks: Mapping[int, Mark], before: RowMapping | None, who: Who) -> bool:
    """Return whether somebody says of rows, in a week that others entered, what nobody is shown of them.

    Whether that is stored already must not be seen from what saving it does.
    """
    is_hidden = any(outcome in HIDDEN for outcome, _ in marks.values())
    return is_hidden and before is not None and before["entered_by"] != who.account_id


def _marks(form: FormFields, week: Week, sheet: RowMapping, most: int, today: date) -> dict[int, Mark]:
    """Return what is typed by row, once nothing in the form is wrong."""
    marks, problems = marks_of(form.fields, most)
    nobody = form.fields.get("nobody") == "1"
    for field, problem in problems.items():
        form.reject(field, problem.code, **problem.values)
    if week not in weeks_of_month(sheet["month"]):
        form.reject("week", "record.other_week", week=week.key)
    elif week.monday > today:
        form.reject("week", "record.future_week", day=week.monday)
    if marks and nobody:
        form.reject("nobody", "record.nobody_and_rows")
    if not problems and not marks and not nobody:
        form.reject("met", "record.nothing_typed")
    form.check()
    return marks


def saved_sheet(store: Store, scope: Scope, number: str, week: Week) -> SavedSheet:
    """Return what is stored of a week of a sheet, in counts.

    Raises
    ------
    NotFound
        There is no such sheet in these villages.
    """
    with store.read() as connection:
        sheet = sheets.of_number(connection, number, scope)
        standing = entered_sheet(connection, sheet, sheets.rows_of(connection, sheet["id"])).standing(week)
    counts = Counter(visit.outcome for visit in standing.values())
    return SavedSheet(sheet, week, counts["met"], counts["not home"])


def take_back(store: Store, who: Who, scope: Scope, number: str, week: Week, *, now: datetime) -> RowMapping:
    """Withdraw everything of a week of a sheet, which is not in then, and return the sheet.

    Raises
    ------
    NotFound
        There is no such sheet in these villages.
    """
    with store.change(who, "amend", "visit", now=now) as change:
        sheet = sheets.of_number(change.connection, number, scope)
        stored = entered_sheet(change.connection, sheet, sheets.rows_of(change.connection, sheet["id"]))
        amendments = stored.withdrawn(week)
        visits.amend(change.connection, amendments, Entry(who.account_id, now, sheet["id"]))
        sheets.take_back_week(change.connection, sheet["id"], week)
        change.village_id = sheet["village_id"]
        note_visits(change, [stored.stored[one.visit_id] for one in amendments], {})
    return sheet
