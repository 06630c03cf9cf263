"""refused.csv: the rows that could not be used, with what to do about each, to be mended and imported again."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from gridplan.exchange.csv_file import escape_formula, unescape
from gridplan.exchange.lists.rows.private_columns import REMOVED
from gridplan.exchange.lists.rows.rows import Refusal, Rows
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, MEMBER_FIELDS, folded
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.source import Table
from gridplan.words import Lang, Message

VERDICT: Final = ("row", "column", "value", "reason", "remedy")
PLACE: Final = ("file", "sheet")
FIELD_OF: Final = {
    header: field
    for fields in (MEMBER_FIELDS, HOUSEHOLD_FIELDS)
    for field, groups in fields.items()
    for group in groups
    for header in group
}
VILLAGE_OF_TABLE: Final = re.compile(r"village(_\d+)?")
"""The column that `one_list` adds where tables stand for villages."""
FEW_CELLS = 3
"""Cells; a row with fewer may be mended all over."""
REFUSED_SUFFIX: Final = "_refused"


def write_refusals(
    path: Path, header: Sequence[str], refusals: Sequence[Refusal], lang: Lang, *, several: bool
) -> None:
    """Write refused rows as CSV, in UTF-8 with the mark that makes a spreadsheet read it as such.

    The list's own columns come first, to be mended and imported again; then row, column, value, reason and remedy. With
    `several` tables file and sheet are in front. Where the list has a column of such a name, `_refused` is
    added to ours. A cell that a spreadsheet would run as a formula starts with an apostrophe.
    """
    width = max([len(header), *(len(refusal.cells) for refusal in refusals)])
    own = [*header, *[""] * (width - len(header))]
    front = PLACE if several else ()
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        table = csv.writer(file)
        table.writerow(map(escape_formula, [*_suffixed(front, own), *own, *_suffixed(VERDICT, own)]))
        for refusal in refusals:
            place = [refusal.file, refusal.sheet or ""] if front else []
            cells = [*refusal.cells, *[""] * (width - len(refusal.cells))]
            why = [refusal.reason.say(lang), refusal.remedy.say(lang)]
            table.writerow(map(escape_formula, [*place, *cells, str(refusal.row), refusal.column, refusal.value, *why]))


def with_corrected_rows(tables: Sequence[Table]) -> list[Table]:
    """Return tables with the rows of each refused.csv in the place of those that they were mended from, which is noted.

    A mended row belongs to the table it names, or to the only one with its columns, and to the row of its number unless
    hardly anything in there is the same. Rows that belong nowhere are a list of their own.
    """
    lists = [table for table in tables if not _is_refused_csv(table)]
    alone = []
    for table in tables:
        if _is_refused_csv(table):
            rest = _put_back(table, lists)
            alone += [without_verdict_columns(rest)] if rest.rows or not lists else []
    return [*lists, *alone]


def without_verdict_columns(table: Table) -> Table:
    """Return a table of refused rows as the list they were in; any other table as it is."""
    if not _is_refused_csv(table):
        return table
    header, own = table.header, _list_columns(table.header)
    rows = (_list_cells(table.header, row) for row in table.rows)
    return replace(table, header=tuple(map(unescape, header[own])), rows=packed_rows(rows, len(header[own])))


def _is_refused_csv(table: Table) -> bool:
    return _are_columns(table.header[-len(VERDICT) :], VERDICT)


def _list_columns(header: Sequence[str]) -> slice:
    return slice(
        len(PLACE) if _are_columns(header[: len(PLACE)], PLACE) else 0,
        len(header) - len(VERDICT),
    )


def _list_cells(header: Sequence[str], row: Sequence[str]) -> tuple[str, ...]:
    return (*map(unescape, row[_list_columns(header)]), *row[len(header) :])


def _put_back(table: Table, lists: list[Table]) -> Table:
    """Put mended rows into the lists they are of; return those that are of none."""
    wanted: list[dict[int, int]] = [{} for _ in lists]
    for at, row in enumerate(table.rows):
        which, number = _list_of(table.header, row, lists), row[len(table.header) - len(VERDICT)].strip()
        if which is not None and number.isdecimal() and table.numbers[at] not in table.torn:
            wanted[which][int(number)] = at
    back: set[int] = set()
    for which, place_of in enumerate(wanted):
        if place_of:
            lists[which], put = _with_corrected(lists[which], table, place_of)
            back.update(put)
    left = [at for at in range(len(table.rows)) if at not in back]
    rows = packed_rows(map(table.rows.__getitem__, left), len(table.header))
    return replace(table, rows=rows, numbers=[table.numbers[at] for at in left])


def _list_of(header: Sequence[str], row: Sequence[str], lists: Sequence[Table]) -> int | None:
    """Return which of the lists a refused row is of: that of its file and sheet, else the only one with its columns."""
    own = _list_columns(header)
    if own.start:
        found = [
            at for at, table in enumerate(lists) if (table.source.name, table.sheet or "") == tuple(row[: own.start])
        ]
    else:
        texts = {unescape(text) for text in header[own] if text}
        found = [at for at, table in enumerate(lists) if len(lists) == 1 or texts <= set(table.header)]
    return found[0] if len(found) == 1 else None


def _with_corrected(table: Table, refused: Table, place_of: Mapping[int, int]) -> tuple[Table, list[int]]:
    """Return a list with mended rows in place of its own, and which of the mended rows were put there.

    What a mended row does not show of the row, such as columns that are never written, stays as it was. A column that
    only the mended rows have is added, save that of the village which a table as a whole was called after.
    """
    headers = [unescape(text) for text in refused.header[_list_columns(refused.header)]]
    columns = _columns_in(headers, table.header)
    added = [
        at for at, text in enumerate(headers) if text and columns[at] is None and not VILLAGE_OF_TABLE.fullmatch(text)
    ]
    for at, column in zip(added, range(len(table.header), len(table.header) + len(added)), strict=True):
        columns[at] = column
    beyond = [at for at, text in enumerate(headers) if not text and columns[at] is None]
    shown = [column for column in columns if column is not None]
    put, mended, changed, width = [], set(), 0, len(table.header) + len(added)

    def rows() -> Iterator[tuple[str, ...]]:
        nonlocal changed
        for number, old in zip(table.numbers, table.rows, strict=True):
            row = (*old[: len(table.header)], *[""] * len(added), *old[len(table.header) :])
            if number in place_of:
                cells = _list_cells(refused.header, refused.rows[place_of[number]])
                new = _corrected_row(row, cells, columns, beyond, width)
                if _is_same_row([row[at] for at in shown], [new[at] for at in shown]):
                    put.append(place_of[number])
                    mended.add(number)
                    changed += new != row
                    row = new
            yield row

    packed = packed_rows(rows(), width)
    note = Message("read.note.mended", {"n": changed, "file": refused.source.name})
    header = (*table.header, *(headers[at] for at in added))
    torn = {number: column for number, column in table.torn.items() if number not in mended}
    return replace(table, header=header, rows=packed, notes=(*table.notes, note), torn=torn), put


def _corrected_row(
    row: Sequence[str], cells: Sequence[str], columns: Sequence[int | None], beyond: Sequence[int], width: int
) -> tuple[str, ...]:
    """Return a row with the cells that were mended; those that refused.csv does not show stay.

    It is as wide as its list, or wider where there still are cells `beyond` the last header.
    """
    new = list(row[:width])
    for cell, column in zip(cells, columns, strict=False):
        if column is not None and cell != REMOVED:
            new[column] = cell
    extra = [cells[at] for at in beyond]
    while extra and not extra[-1].strip():
        extra.pop()
    return (*new, *extra, *cells[len(columns) :])


def _is_same_row(row: Sequence[str], new: Sequence[str]) -> bool:
    """Return whether a row is that which another was mended from: half of its cells are as they were, or it has few."""
    pairs = [(old.strip(), now.strip()) for old, now in zip(row, new, strict=False) if old.strip()]
    return len(pairs) < FEW_CELLS or 2 * sum(old == now for old, now in pairs) >= len(pairs)


def _columns_in(headers: Sequence[str], others: Sequence[str]) -> list[int | None]:
    """Return for each header the column with the same one, else with one of the same field; None where none has."""
    free = dict(enumerate(others))
    columns: list[int | None] = []
    for text in headers:
        same = (at for at, other in free.items() if other == text != "")
        field = None if text in others else _field_of(text)
        alike = (at for at, other in free.items() if field and _field_of(other) == field)
        column = next(chain(same, alike), None)
        columns.append(column)
        if column is not None:
            del free[column]
    return columns


def join_refusals(
    lists: Sequence[Rows], village_of: Sequence[str | None]
) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """Return the refused rows of several tables as rows of one, and its header.

    Columns of one field, or of one header, become one; a table that stands for a village says so in each of its rows.
    What stands in columns that mean nothing here is not shown, whatever it is.
    """
    refusals = [
        (at, _masked(rows, refusal)) for at, rows in enumerate(lists) for _, refusal in sorted(rows.refusals.items())
    ]
    if len(lists) == 1:
        return lists[0].table.header, tuple(refusal for _, refusal in refusals)
    column_of: dict[tuple[str, object], int] = {}
    header: list[str] = []
    columns = []
    for rows in lists:
        field_of = {column: field for field, column in rows.column_of.items()}
        keys = [_key(rows.table.header, at, field_of.get(at)) for at in range(len(rows.table.header))]
        for key, text in zip(keys, rows.table.header, strict=True):
            if key not in column_of:
                column_of[key] = len(header)
                header.append(_unique_header(text, header))
        columns.append([column_of[key] for key in keys])
    village = column_of.get(("field", "village"))
    if village is None and any(village_of):
        village = len(header)
        header.append(_unique_header("village", header))
    moved = []
    for at, refusal in refusals:
        cells = [""] * len(header)
        if village is not None:
            cells[village] = village_of[at] or ""
        for column, cell in zip(columns[at], refusal.cells, strict=False):
            cells[column] = cell
        moved.append(replace(refusal, cells=(*cells, *refusal.cells[len(columns[at]) :])))
    return tuple(header), tuple(moved)


def _masked(rows: Rows, refusal: Refusal) -> Refusal:
    """Return a refusal without what stands in columns that no field is known by: it may be of any kind."""
    header, used = rows.table.header, rows.used
    hidden = {at for at, text in enumerate(header) if at not in used and _field_of(text) is None}
    cells = (REMOVED if at in hidden and cell.strip() else cell for at, cell in enumerate(refusal.cells))
    return replace(refusal, cells=tuple(cells))


def _key(header: Sequence[str], at: int, field: str | None) -> tuple[str, object]:
    return ("field", field) if field else (header[at], header[:at].count(header[at]))


def _field_of(header: str) -> str | None:
    """Return the field that a header stands for, of households or of members, if any."""
    return FIELD_OF.get(folded(header))


def _unique_header(text: str, others: Sequence[str]) -> str:
    """Return a header, with a number behind it if another is the same."""
    return f"{text}_{sum(folded(other) == folded(text) for other in others) + 1}" if text in others and text else text


def _suffixed(names: Sequence[str], own: Sequence[str]) -> list[str]:
    return [f"{name}{REFUSED_SUFFIX}" if name in own else name for name in names]


def _are_columns(headers: Sequence[str], names: Sequence[str]) -> bool:
    return len(headers) == len(names) and all(
        header in {name, f"{name}{REFUSED_SUFFIX}"} for header, name in zip(headers, names, strict=True)
    )
