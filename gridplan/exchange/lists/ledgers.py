"""A ledger of visits, a row each, kept before there was a record: household, day, what came of it, and who called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from gridplan.contact.visits import Channel, Outcome
from gridplan.errors import InputRefused
from gridplan.exchange.lists.refused_csv import join_refusals, with_corrected_rows
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.row_checks import refuse_texts
from gridplan.exchange.lists.rows.rows import Refusal, Rows
from gridplan.exchange.paper.marks import MET, mark_of
from gridplan.exchange.tables.cells import CellRefused, parse_day, refused
from gridplan.exchange.tables.columns import LEDGER_FIELDS, headers_shown
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

TEXTS: Final = ("id", "name", "door", "village", "member")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row as it is written: a household by its code, or by name and door within its village."""

    code: str
    name: str
    door: str
    village: str
    member: str
    day: date
    outcome: Outcome
    channel: Channel


@dataclass(frozen=True, slots=True)
class Ledger(Generic[T]):
    """What the rows of a file are, those refused, and what was noticed about it."""

    entries: tuple[T, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    notes: tuple[Message, ...]


def read_ledger(source: Source, entry_of: Callable[[LedgerRow], T]) -> Ledger[T]:
    """Return what `entry_of` makes of each row of all lists in a file; it may refuse a row by one of its fields.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """
    lists: list[Rows] = []
    entries: list[T] = []
    for table in with_corrected_rows(read_all([source])):
        rows = _rows(table)
        lists.append(rows)
        refuse_texts(rows, TEXTS)
        cells = {field: rows.cells(field) for field in LEDGER_FIELDS}
        for at in list(rows):
            try:
                entries.append(entry_of(_row({field: column[at].strip() for field, column in cells.items()})))
            except CellRefused as verdict:
                rows.refuse(at, verdict)
    header, refusals = join_refusals(lists, [None] * len(lists))
    notes = tuple(note for rows in lists for note in (*rows.table.notes, *rows.notes))
    return Ledger(tuple(entries), tuple(refusals), header, notes)


def _rows(table: Table) -> Rows:
    kept, dropped = without_private(table, LEDGER_FIELDS, {})
    rows = Rows(kept, LEDGER_FIELDS, {})
    if "day" not in rows.column_of or not rows.column_of.keys() & {"id", "name"}:
        raise InputRefused("record.no_ledger", file=rows.name, names=headers_shown(kept.header))
    rows.notes[:0] = dropped
    return rows


def _row(cell: dict[str, str]) -> LedgerRow:
    mark = mark_of(cell["outcome"]) if cell["outcome"] else MET
    if mark is None:
        raise refused("outcome", "record.ledger.outcome", "record.remedy.outcome")
    how = mark_of(cell["channel"]) if cell["channel"] else mark
    if how is None or (cell["channel"] and how.outcome != "met"):
        raise refused("channel", "record.ledger.channel", "record.remedy.channel")
    return LedgerRow(
        cell["id"],
        cell["name"],
        cell["door"],
        cell["village"],
        cell["member"],
        parse_day("day", cell["day"], "record.remedy.day"),
        mark.outcome,
        how.channel,
    )
