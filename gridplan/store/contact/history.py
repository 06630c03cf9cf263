"""A record of contact put into a town that has none, all at once: the rows that entering it week by week would give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.rows import Row
from gridplan.store.tables import metadata, sheet, sheet_row, sheet_week, village


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """A tick sheet with its rows, and the weeks of it that were typed."""

    number: str
    plan_id: int
    village_id: int
    grid: int
    month: date
    member_id: int | None
    printed_at: datetime
    households: tuple[int, ...]
    """In the order of its rows."""
    weeks: list[TypedWeek] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TypedWeek:
    """A week of a tick sheet that is in."""

    week: Week
    member_id: int
    """Who called."""
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit and how it came in."""

    visit: Visit
    received_at: datetime
    sheet: str | None = None
    """The number of the tick sheet that it is from."""
    meeting_id: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A record of contact: when villages began, the sheets and visits, and rows of the tables beside them."""

    villages: tuple[tuple[int, date, date | None], ...]
    """Village, day of the notice, day of the start."""
    sheets: tuple[PrintedSheet, ...]
    visits: tuple[PastVisit, ...]
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    """By table: pauses, cadences, states, covers, corrections, tallies."""


def add_history(connection: Connection, history: History) -> None:
    """Add a record of contact to a town in which nothing was entered yet."""
    for village_id, notice_day, start_day in history.villages:
        days = {"notice_day": notice_day, "start_day": start_day}
        connection.execute(update(village).where(village.c.id == village_id).values(**days))
    for name, rows in history.rows.items():
        connection.execute(insert(metadata.tables[name]), [dict(row) for row in rows])
    sheet_ids = _add_sheets(connection, history.sheets)
    entries = {
        key: Entry(None, received_at=key[0], sheet_id=sheet_ids.get(key[1] or ""), meeting_id=key[2])
        for key in {(one.received_at, one.sheet, one.meeting_id) for one in history.visits}
    }
    entered = [(one.visit, entries[one.received_at, one.sheet, one.meeting_id]) for one in history.visits]
    visits.add_first(connection, entered)


def _add_sheets(connection: Connection, sheets: Iterable[PrintedSheet]) -> dict[str, int]:
    """Add sheets and return their ids by their numbers."""
    sheets = list(sheets)
    columns = ("number", "plan_id", "village_id", "grid", "month", "member_id", "printed_at")
    if not sheets:
        return {}
    connection.execute(insert(sheet), [{name: getattr(one, name) for name in columns} for one in sheets])
    ids = {number: id_ for number, id_ in connection.execute(select(sheet.c.number, sheet.c.id))}
    rows = [
        {"sheet_id": ids[one.number], "row": row, "household_id": household_id}
        for one in sheets
        for row, household_id in enumerate(one.households, start=1)
    ]
    connection.execute(insert(sheet_row), rows)
    weeks = [
        {
            "sheet_id": ids[one.number],
            "week": typed.week.key,
            "member_id": typed.member_id,
            "entered_at": typed.entered_at,
        }
        for one in sheets
        for typed in one.weeks
    ]
    if weeks:
        connection.execute(insert(sheet_week), weeks)
    return ids
