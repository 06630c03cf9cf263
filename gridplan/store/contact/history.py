"""A record of contact put into a town at once, and carried on: the rows that entering it week by week would give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit
from gridplan.store.contact import visits
from gridplan.store.contact.visits import Entry
from gridplan.store.rows import Row, chunks
from gridplan.store.tables import cover, metadata, need, pause, setting, sheet, sheet_row, sheet_week, village, visit


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """A tick sheet with its rows."""

    number: str
    plan_id: int
    village_id: int
    grid: int
    month: date
    member_id: int | None
    printed_at: datetime
    households: tuple[int, ...]
    """In the order of its rows."""


@dataclass(frozen=True, slots=True)
class TypedWeek:
    """A week of a tick sheet that is in."""

    sheet: str
    """Its number."""
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
    """What is recorded of contact in some time: sheets, their weeks, visits, and rows of the tables beside them."""

    sheets: list[PrintedSheet] = field(default_factory=list)
    typed: list[TypedWeek] = field(default_factory=list)
    visits: list[PastVisit] = field(default_factory=list)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """New ones by table: pauses, states, covers, corrections, needs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the town has already: by any account; it stays as it is."""

    starts: Mapping[int, date]
    """The day on which each village started; those that have not are left out."""
    pauses: Sequence[Row] = ()
    covers: Sequence[Row] = ()
    numbers: Set[str] = frozenset()
    """Of all sheets."""
    sheets: Mapping[tuple[int, int, date], tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    """Number and households of the last sheet of a grid of a plan for a month."""
    typed: Set[tuple[int, int, str]] = frozenset()
    """The weeks of grids of plans that are in."""
    called: Set[tuple[int, Week]] = frozenset()
    """The weeks of households in which somebody called."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far the record of a town is made up: of which villages, with which seed, until when."""

    villages: tuple[int, ...]
    """Ids, by their places."""
    until: datetime
    seed: int = 0


TOLD: Final = "made_up"
"""The setting that says so; of a town whose record nobody made up there is none."""


def add_history(connection: Connection, history: History) -> None:
    """Add what is recorded of weeks of households of which nothing is entered yet."""
    for name, rows in history.rows.items():
        add_rows(connection, name, rows)
    _add_sheets(connection, history.sheets)
    ids = sheet_ids(connection, sorted({one.sheet for one in history.typed}))
    weeks = [
        {"sheet_id": ids[one.sheet], "week": one.week.key, "member_id": one.member_id, "entered_at": one.entered_at}
        for one in history.typed
    ]
    add_rows(connection, sheet_week.name, weeks)
    entries = {
        key: Entry(None, received_at=key[0], sheet_id=ids.get(key[1] or ""), meeting_id=key[2])
        for key in {(one.received_at, one.sheet, one.meeting_id) for one in history.visits}
    }
    entered = [(one.visit, entries[one.received_at, one.sheet, one.meeting_id]) for one in history.visits]
    visits.add_first(connection, entered)


def add_rows(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    """Add rows to a table, if there are any."""
    if rows:
        connection.execute(insert(metadata.tables[table]), [dict(row) for row in rows])


def start_villages(connection: Connection, days: Iterable[tuple[int, date, date | None]]) -> None:
    """Let villages have a day of their notice, and a day on which they start."""
    for village_id, notice_day, start_day in days:
        values = {"notice_day": notice_day, "start_day": start_day}
        connection.execute(update(village).where(village.c.id == village_id).values(**values))


def sheet_ids(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """Return the ids of sheets by their numbers."""
    ids: dict[str, int] = {}
    for some in chunks(numbers):
        found = select(sheet.c.number, sheet.c.id).where(sheet.c.number.in_(some))
        ids |= {number: id_ for number, id_ in connection.execute(found)}
    return ids


def _add_sheets(connection: Connection, sheets: Sequence[PrintedSheet]) -> None:
    columns = ("number", "plan_id", "village_id", "grid", "month", "member_id", "printed_at")
    add_rows(connection, sheet.name, [{name: getattr(one, name) for name in columns} for one in sheets])
    ids = sheet_ids(connection, [one.number for one in sheets])
    rows = [
        {"sheet_id": ids[one.number], "row": row, "household_id": household_id}
        for one in sheets
        for row, household_id in enumerate(one.households, start=1)
    ]
    add_rows(connection, sheet_row.name, rows)


# ---- carried on


def told(connection: Connection) -> Told | None:
    """Return how far the record of a town is made up; None where it is not."""
    value = connection.execute(select(setting.c.value).where(setting.c.key == TOLD)).scalar_one_or_none()
    if value is None:
        return None
    return Told(tuple(value["villages"]), datetime.fromisoformat(value["until"]), value["seed"])


def note_told(connection: Connection, of: Told) -> None:
    """Note how far the record of a town is made up."""
    value = {"villages": list(of.villages), "until": of.until.isoformat(), "seed": of.seed}
    connection.execute(delete(setting).where(setting.c.key == TOLD))
    connection.execute(insert(setting).values(key=TOLD, value=value))


def recorded(connection: Connection, since: date) -> Recorded:
    """Return what a town has already from the week of a day on."""
    first = Week.of(since)
    of_month = select(sheet.c.id, sheet.c.plan_id, sheet.c.grid, sheet.c.month, sheet.c.number)
    sheets = connection.execute(of_month.where(sheet.c.month >= first.month).order_by(sheet.c.id)).all()
    rows: dict[int, list[int]] = defaultdict(list)
    of_sheet = select(sheet_row.c.sheet_id, sheet_row.c.household_id).join(sheet)
    for sheet_id, household_id in connection.execute(
        of_sheet.where(sheet.c.month >= first.month).order_by(sheet_row.c.sheet_id, sheet_row.c.row)
    ):
        rows[sheet_id].append(household_id)
    typed = select(sheet.c.plan_id, sheet.c.grid, sheet_week.c.week).join(sheet)
    calls = select(visit.c.household_id, visit.c.day).where(visit.c.day >= first.monday).distinct()
    starts = select(village.c.id, village.c.start_day).where(village.c.start_day.is_not(None))
    return Recorded(
        starts={village_id: day for village_id, day in connection.execute(starts)},
        pauses=connection.execute(select(pause)).mappings().all(),
        covers=connection.execute(select(cover)).mappings().all(),
        numbers=frozenset(connection.execute(select(sheet.c.number)).scalars()),
        sheets={(plan, grid, month): (number, tuple(rows[id_])) for id_, plan, grid, month, number in sheets},
        typed=frozenset(map(tuple, connection.execute(typed.where(sheet_week.c.week >= first.key)))),
        called=frozenset((household_id, Week.of(day)) for household_id, day in connection.execute(calls)),
    )


def open_needs_of_nobody(connection: Connection) -> list[RowMapping]:
    """Return the needs that are not closed and that no account entered."""
    found = select(need).where(need.c.closed_day.is_(None), need.c.entered_by.is_(None)).order_by(need.c.n)
    return list(connection.execute(found).mappings())
