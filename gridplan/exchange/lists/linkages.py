"""A list of who is linked to what, a row each: the person and the kind, the village, and the branch in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from gridplan.errors import InputRefused
from gridplan.exchange.lists.refused_csv import join_refusals, with_corrected_rows
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.row_checks import refuse_texts
from gridplan.exchange.lists.rows.rows import Refusal, Rows
from gridplan.exchange.tables.cells import CellRefused
from gridplan.exchange.tables.columns import LINKAGE_FIELDS, headers_shown
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source, Table
from gridplan.names import one_line, without_phone
from gridplan.words import Message

FIELDS: Final = tuple(LINKAGE_FIELDS)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkageRow:
    """A row as it is written; what it does not say is blank."""

    name: str
    kind: str
    village: str
    branch: str


@dataclass(frozen=True, slots=True)
class LinkageList(Generic[T]):
    """What the rows of a file are, those refused, and what was noticed about it."""

    entries: tuple[T, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    notes: tuple[Message, ...]


def read_linkages(source: Source, entry_of: Callable[[LinkageRow], T]) -> LinkageList[T]:
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
        refuse_texts(rows, FIELDS)
        cells = [rows.cells(field) for field in FIELDS]
        for at in list(rows):
            try:
                name, *others = (one_line(column[at]) for column in cells)
                entries.append(entry_of(LinkageRow(without_phone(name), *others)))
            except CellRefused as verdict:
                rows.refuse(at, verdict)
    header, refusals = join_refusals(lists, [None] * len(lists))
    notes = tuple(note for rows in lists for note in (*rows.table.notes, *rows.notes))
    return LinkageList(tuple(entries), tuple(refusals), header, notes)


def _rows(table: Table) -> Rows:
    kept, dropped = without_private(table, LINKAGE_FIELDS, {})
    rows = Rows(kept, LINKAGE_FIELDS, {})
    if "name" not in rows.column_of or not rows.column_of.keys() & {"village", "branch"}:
        raise InputRefused("linkage.no_list", file=rows.name, names=headers_shown(kept.header))
    rows.notes[:0] = dropped
    return rows
