"""Workbooks of tick sheets that come back: matched by the numbers inside, previewed by grid, entered as a whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import Week, weeks_of_month
from gridplan.contact.sheet_entries import FIELDS, HIDDEN, EnteredSheet, Mark, marks_of, rows_by_field
from gridplan.contact.sheet_number import parse_number
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused, NotFound
from gridplan.exchange.paper.tick_workbook import ReturnedSheet, read_tick_workbook
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source
from gridplan.names import one_line
from gridplan.service.contact.record import note_visits
from gridplan.service.desk.sheet_entry import callers_of, enter_marks, entered_sheet, last_row, tells_hidden
from gridplan.store import Store, Who
from gridplan.store.contact import sheets
from gridplan.store.contact.visits import Entry, Verdict
from gridplan.store.registry.villages import Scope
from gridplan.words import Message

MOST_FILES: Final = 200
Upload = tuple[str, IO[bytes]]
"""The name that a file came with, and its content."""


@dataclass(frozen=True, slots=True)
class ReturnedWeek:
    """A week of a sheet as a workbook has it, beside what is stored of it and shown.

    What is stored as declined or away is shown to nobody at the desk, whatever a workbook says of that row.
    """

    sheet: RowMapping
    week: Week
    fields: Mapping[str, str]
    """Rows by field, as they would be typed."""
    new_fields: Mapping[str, str]
    """Those of them that nothing is stored of."""
    new: tuple[int, ...]
    same: tuple[int, ...]
    other: tuple[int, ...]
    """Rows that something else is stored of."""
    unseen: tuple[int, ...]
    """Rows that declined or are away, of a week that came in before: entered again without being compared."""

    @property
    def line(self) -> str:
        """The week on one line, as it goes with the form that confirms it."""
        fields = (f"{field}:{','.join(rows.split())}" for field, rows in self.fields.items() if rows)
        return " ".join((self.sheet["number"], self.week.key, *fields))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What cannot be entered of a file, and what to do about it."""

    file: str
    why: Message


@dataclass(frozen=True, slots=True)
class WorkbookPreview:
    """What workbooks hold and would change; nothing is stored of it until it is confirmed."""

    weeks: tuple[ReturnedWeek, ...]
    refused: tuple[Refusal, ...]
    files: int

    @property
    def to_enter(self) -> tuple[ReturnedWeek, ...]:
        """The weeks that hold anything that is not stored yet."""
        return tuple(week for week in self.weeks if week.new or week.other or week.unseen)

    def count(self, what: str) -> int:
        """Return how many rows are new, the same, other or unseen."""
        return sum(len(getattr(week, what)) for week in self.weeks)


def preview_workbooks(store: Store, scope: Scope, uploads: Sequence[Upload], *, today: date) -> WorkbookPreview:
    """Return what workbooks hold and would change.

    Raises
    ------
    InputRefused
        There is no file, or there are too many.
    """
    if not uploads:
        raise InputRefused("imports.no_file")
    if len(uploads) > MOST_FILES:
        raise InputRefused("imports.too_many", n=len(uploads), most=MOST_FILES)
    refused: list[Refusal] = []
    returned: dict[str, dict[tuple[int, str], Mark]] = {}
    file_of: dict[str, str] = {}
    for name, sheet in _read(uploads, refused):
        file_of.setdefault(sheet.number, name)
        marks = returned.setdefault(sheet.number, {})
        for at, mark in sheet.marks.items():
            if marks.setdefault(at, mark) != mark:
                row, week = at
                values = {"number": sheet.number, "row": row, "week": week, "other": file_of[sheet.number]}
                refused.append(Refusal(name, Message("record.in_two_files", values)))
    weeks: list[ReturnedWeek] = []
    with store.read() as connection:
        for number, of_sheet in returned.items():
            try:
                weeks += _weeks(connection, scope, number, of_sheet, file_of[number], refused, today)
            except NotFound:
                refused.append(Refusal(file_of[number], Message("record.unknown_sheet", {"number": number})))
    weeks.sort(key=lambda one: (one.sheet["village"], one.sheet["grid"], one.sheet["id"], one.week))
    return WorkbookPreview(tuple(weeks), tuple(refused), len(uploads))


def _read(uploads: Iterable[Upload], refused: list[Refusal]) -> Iterator[tuple[str, ReturnedSheet]]:
    """Yield the sheets of files, each read in the sandbox, with the name of its file."""
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        for at, (called, content) in enumerate(uploads):
            name = one_line(called.replace("\\", "/").rpartition("/")[2])[:120] or "?"
            path = Path(folder) / f"{at}.xlsx"
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
            try:
                found = read_tick_workbook(read_all([Source(path, called=name)]))
            except InputRefused as error:
                refused.append(Refusal(name, error.message))
                continue
            finally:
                path.unlink()
            for sheet in found:
                refused += [Refusal(name, why) for why in sheet.refused]
                yield name, sheet


def _weeks(
    connection: Connection,
    scope: Scope,
    number: str,
    of_sheet: Mapping[tuple[int, str], Mark],
    file: str,
    refused: list[Refusal],
    today: date,
) -> Iterator[ReturnedWeek]:
    sheet = sheets.of_number(connection, number, scope)
    rows = sheets.rows_of(connection, sheet["id"])
    entered = entered_sheet(connection, sheet, rows)
    known, come_in = weeks_of_month(sheet["month"]), sheets.weeks_of(connection, sheet["id"])
    by_week: dict[Week, dict[int, Mark]] = {}
    for (row, key), mark in of_sheet.items():
        if row not in entered.households:
            values = {"number": number, "row": row, "most": last_row(rows)}
            refused.append(Refusal(file, Message("record.row_not_printed", values)))
        else:
            by_week.setdefault(Week.parse(key), {})[row] = mark
    for week, marks in sorted(by_week.items()):
        if week not in known:
            refused.append(Refusal(file, Message("record.week_not_printed", {"number": number, "week": week.key})))
        elif week.monday > today:
            values = {"number": number, "week": week.key, "day": week.monday}
            refused.append(Refusal(file, Message("record.week_to_come", values)))
        elif not callers_of(connection, sheet, week, today, None):
            refused.append(Refusal(file, Message("record.nobody_to_call", {"number": number})))
        else:
            yield _beside_stored(sheet, week, marks, _stored(entered, week), is_in=week.key in come_in)


def _stored(entered: EnteredSheet, week: Week) -> dict[int, Mark]:
    return {row: (visit.outcome, visit.channel) for row, visit in entered.standing(week).items()}


def _shown(stored: Mapping[int, Mark]) -> dict[int, Mark]:
    return {row: mark for row, mark in stored.items() if mark[0] not in HIDDEN}


def _beside_stored(
    sheet: RowMapping, week: Week, marks: Mapping[int, Mark], standing: Mapping[int, Mark], *, is_in: bool
) -> ReturnedWeek:
    stored = _shown(standing)
    unseen = [row for row, mark in sorted(marks.items()) if is_in and row not in stored and mark[0] in HIDDEN]
    new = {row: mark for row, mark in sorted(marks.items()) if row not in stored and row not in unseen}
    return ReturnedWeek(
        sheet,
        week,
        rows_by_field(marks),
        rows_by_field(new),
        tuple(new),
        tuple(row for row in sorted(marks) if stored.get(row) == marks[row]),
        tuple(row for row in sorted(marks) if stored.get(row, marks[row]) != marks[row]),
        tuple(unseen),
    )


@dataclass(frozen=True, slots=True)
class EnteredWorkbooks:
    """How many weeks of sheets, and visits in them, workbooks added or changed: of those that are shown."""

    weeks: int
    visits: int


def enter_workbooks(
    store: Store, who: Who, scope: Scope, lines: Iterable[str], *, change_others: bool, now: datetime, today: date
) -> EnteredWorkbooks:
    """Enter what was previewed, all of it or nothing: what is stored stays, and changes only where that is wanted.

    Blank cells say nothing: no visit is withdrawn. What is stored and not shown is entered again, as on its sheet.

    Raises
    ------
    NotFound
        A sheet is not in these villages.
    InputRefused
        A line is none that a preview has, or a week has not begun.
    """
    touched: list[Visit] = []
    verdicts: dict[str, Verdict] = {}
    weeks = rows_changed = 0
    with store.change(who, "record", "visit", now=now) as change:
        for number, week, fields in map(_parsed, lines):
            sheet = sheets.of_number(change.connection, number, scope)
            rows = sheets.rows_of(change.connection, sheet["id"])
            stored = entered_sheet(change.connection, sheet, rows)
            marks, problems = marks_of(fields, last_row(rows))
            callers = callers_of(change.connection, sheet, week, today, None)
            if problems or week not in weeks_of_month(sheet["month"]) or not callers:
                raise InputRefused("record.not_previewed")
            before = sheets.weeks_of(change.connection, sheet["id"]).get(week.key)
            standing = _stored(stored, week)
            shown = _shown(standing)
            beside = _beside_stored(sheet, week, marks, standing, is_in=before is not None)
            entered = enter_marks(
                change.connection,
                sheet,
                stored,
                week,
                {**standing, **marks} if change_others else {**standing, **marks, **shown},
                member=before["member_id"] if before else callers[0].id,
                entry=Entry(who.account_id, now, sheet["id"]),
                today=today,
                retold=tells_hidden(marks, before, who),
            )
            touched += entered.touched
            verdicts |= entered.verdicts
            told = len(beside.new) + (len(beside.other) if change_others else 0)
            weeks, rows_changed = weeks + bool(told), rows_changed + told
        note_visits(change, touched, verdicts)
    return EnteredWorkbooks(weeks, rows_changed)


def _parsed(line: str) -> tuple[str, Week, dict[str, str]]:
    number, key, *parts = (*line.split(), "", "")
    fields = dict(part.partition(":")[::2] for part in parts if part)
    if not fields.keys() <= FIELDS.keys():
        raise InputRefused("record.not_previewed")
    return parse_number(number), Week.parse(key), fields
