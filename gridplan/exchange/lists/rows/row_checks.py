"""What any list is checked for, whatever it lists: cells too many, rows twice, texts that spoil files, ids twice."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Hashable, Iterator, Sequence
from itertools import accumulate, repeat

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import (
    DATE_MARKS,
    LINE_BREAK,
    LONGEST_TEXT,
    NOT_PLAIN,
    CellRefused,
    check_text,
    on_one_line,
    refused,
    shown,
)
from gridplan.exchange.tables.packed import Packed, repeated_keys
from gridplan.exchange.tables.source import Table
from gridplan.exchange.tables.surrounding_rows import NAMED_ROWS
from gridplan.words import Series, series


def refuse_overlong(rows: Rows) -> None:
    """Refuse rows with more cells than there are headers."""
    width = len(rows.table.header)
    for at, longer in rows.table.rows.longer.items():
        if at not in rows.absorbed and at not in rows.refusals:
            values = {"cells": width + len(longer), "headers": width}
            verdict = refused("", "read.row.too_many_cells", "read.remedy.quote_cells", **values)
            rows.refuse(at, verdict, value=" ".join(longer))


def repeated_rows(tables: Sequence[Table], called: Sequence[Hashable]) -> list[list[int]]:
    """Return of every table the rows equal in everything to an earlier row; to be asked before any column is dropped.

    Rows of several tables are equal only if their headers are, and what the tables are `called`.
    """
    kinds = [(name, table.header) for name, table in zip(called, tables, strict=True)]
    numbers = {kind: number for number, kind in enumerate(kinds)}
    kind_of = [numbers[kind] for kind in kinds]
    places = list(map(_places, tables))

    def contents() -> Iterator[Hashable]:
        for kind, table, wkb in zip(kind_of, tables, places, strict=True):
            yield from zip(repeat(kind), table.rows, repeat(None) if wkb is None else wkb, strict=False)

    starts = [0, *accumulate(len(table.rows) for table in tables)]
    repeated: list[list[int]] = [[] for _ in tables]
    seen: set[Hashable] = set()
    for place in repeated_keys(contents()):
        which = bisect(starts, place) - 1
        at, wkb = place - starts[which], places[which]
        content = kind_of[which], tables[which].rows[at], None if wkb is None else wkb[at]
        if content in seen:
            repeated[which].append(at)
        seen.add(content)
    return repeated


def _places(table: Table) -> NDArray[np.object_] | None:
    """Return the geometry of every row as it is compared; None for a table without geometries."""
    if table.shapes is None:
        return None
    written = np.asarray(shapely.to_wkb(table.shapes), object)
    for at, unread in table.unread.items():
        written[at] = unread.value
    return written


def join_lines(rows: Rows, fields: Collection[str]) -> None:
    """Put the texts of some fields on one line each, and say how many were on several, or held tabs."""
    joined = 0
    for field in filter(rows.column_of.__contains__, fields):
        cells = rows.cells(field)
        if any(LINE_BREAK.search("".join(block)) for block in cells.blocks()):
            joined += sum(LINE_BREAK.search(cell) is not None for cell in cells)
            rows.correct(field, map(on_one_line, cells))
    if joined:
        rows.note("read.note.broken_lines", n=joined)


def rows_named(rows: Rows, places: Sequence[int]) -> Series:
    """Return rows as a note names them: each by its number and the name in it."""
    names = rows.cells("name")
    return series((f"{rows.number(at)} {shown(names[at])}".strip() for at in places), NAMED_ROWS)


def refuse_texts(
    rows: Rows, fields: Collection[str], *, as_written: Collection[str] = (), prose: Collection[str] = ()
) -> None:
    """Refuse rows with a text that is too long, or holds characters that would spoil a page, a map or a file.

    Texts count without the blanks around them, save those taken `as_written`; `prose` may hold line breaks.
    """
    for field in filter(rows.column_of.__contains__, fields):
        cells = rows.cells(field)
        if _are_plain(cells):
            continue
        for at in rows:
            try:
                text = cells[at] if field in as_written else cells[at].strip()
                check_text(field, text, prose=field in prose)
            except CellRefused as verdict:
                rows.refuse(at, verdict)


def _are_plain(cells: Packed[str]) -> bool:
    return not any(_may_spoil("".join(block)) or max(map(len, block)) > LONGEST_TEXT for block in cells.blocks())


def _may_spoil(text: str) -> bool:
    """Return what NOT_PLAIN finds, asked only where there is something that it may find."""
    may = not text.isprintable() or any(mark in text for mark in DATE_MARKS)
    return may and NOT_PLAIN.search(text) is not None
