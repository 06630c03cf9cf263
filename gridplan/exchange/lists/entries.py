"""A list of what is entered in the service, ledgers and links: each row becomes an entry or is refused by a field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from gridplan.exchange.lists.refused_csv import join_refusals, with_corrected_rows
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.row_checks import refuse_texts
from gridplan.exchange.lists.rows.rows import Refusal, Rows, merged_notes
from gridplan.exchange.tables.cells import CellRefused
from gridplan.exchange.tables.columns import Synonyms
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source
from gridplan.words import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryList(Generic[T]):
    """What the rows of a file are, those refused, and what was noticed about it."""

    entries: tuple[T, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    notes: tuple[Message, ...]


def read_entries(
    source: Source,
    fields: Synonyms,
    texts: Collection[str],
    check_columns: Callable[[Rows], None],
    entry_of: Callable[[Mapping[str, str]], T],
) -> EntryList[T]:
    """Return what `entry_of` makes of the cells of each row, by field, of all lists in a file; it may refuse a row.

    Raises
    ------
    InputRefused
        The file cannot be used, or `check_columns` refuses its columns.
    """
    lists: list[Rows] = []
    entries: list[T] = []
    for table in with_corrected_rows(read_all([source])):
        kept, dropped = without_private(table, fields, {})
        rows = Rows(kept, fields, {})
        check_columns(rows)
        rows.notes[:0] = dropped
        lists.append(rows)
        refuse_texts(rows, texts)
        cells = {field: rows.cells(field) for field in fields}
        for at in list(rows):
            try:
                entries.append(entry_of({field: column[at].strip() for field, column in cells.items()}))
            except CellRefused as verdict:
                rows.refuse(at, verdict)
    header, refusals = join_refusals(lists, [None] * len(lists))
    notes = merged_notes(note for rows in lists for note in (*rows.table.notes, *rows.notes))
    return EntryList(tuple(entries), tuple(refusals), header, tuple(notes))
