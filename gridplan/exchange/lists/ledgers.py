"""A ledger of visits, a row each, kept before there was a record: household, day, what came of it, and who called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from gridplan.contact.visits import Channel, Outcome
from gridplan.errors import InputRefused
from gridplan.exchange.lists.entries import EntryList, read_entries
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import ListedVillage
from gridplan.exchange.paper.marks import MET, mark_of
from gridplan.exchange.tables.cells import parse_day, refused
from gridplan.exchange.tables.columns import LEDGER_FIELDS, headers_shown
from gridplan.exchange.tables.source import Source

TEXTS: Final = ("id", "name", "door", "village", "town", "village_code", "member")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A row as it is written: a household by its code, or by name and door within its village."""

    code: str
    name: str
    door: str
    village: ListedVillage
    member: str
    day: date
    outcome: Outcome
    channel: Channel


def read_ledger(source: Source, entry_of: Callable[[LedgerRow], T]) -> EntryList[T]:
    """Return what `entry_of` makes of each row of all lists in a file; it may refuse a row by one of its fields.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """
    return read_entries(source, LEDGER_FIELDS, TEXTS, _check_columns, lambda cells: entry_of(_row(cells)))


def _check_columns(rows: Rows) -> None:
    if "day" not in rows.column_of or not rows.column_of.keys() & {"id", "name"}:
        raise InputRefused("record.no_ledger", file=rows.name, names=headers_shown(rows.table.header))


def _row(cell: Mapping[str, str]) -> LedgerRow:
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
        ListedVillage(cell["village"], cell["town"], cell["village_code"]),
        cell["member"],
        parse_day("day", cell["day"], "record.remedy.day"),
        mark.outcome,
        how.channel,
    )
