"""refused.csv: the rows that could not be used, with what to do about each, to be mended and imported again."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from gridplan.exchange.lists.columns import folded
from gridplan.exchange.lists.rows import Refusal, Rows
from gridplan.exchange.lists.source import Table
from gridplan.words import Lang

VERDICT: Final = ("row", "column", "value", "reason", "remedy")
PLACE: Final = ("file", "sheet")
OURS: Final = "_refused"
RISKY_START: Final = re.compile(r"'*[=+\-@\t\r\n]")
SIGNED_NUMBER: Final = re.compile(r"[+-]\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


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
        table.writerow(map(_inert, [*_ours(front, own), *own, *_ours(VERDICT, own)]))
        for refusal in refusals:
            place = [refusal.file, refusal.sheet or ""] if front else []
            cells = [*refusal.cells, *[""] * (width - len(refusal.cells))]
            why = [refusal.reason.say(lang), refusal.remedy.say(lang)]
            table.writerow(map(_inert, [*place, *cells, str(refusal.row), refusal.column, refusal.value, *why]))


def without_verdicts(table: Table) -> Table:
    """Return a table of refused rows as the list they were in; any other table as it is."""
    header = table.header
    if not _are_ours(header[-len(VERDICT) :], VERDICT):
        return table
    start = len(PLACE) if _are_ours(header[: len(PLACE)], PLACE) else 0
    end = len(header) - len(VERDICT)
    rows = [(*map(_live, row[start:end]), *row[len(header) :]) for row in table.rows]
    return replace(table, header=tuple(map(_live, header[start:end])), rows=rows)


def one_list(lists: Sequence[Rows], village_of: Sequence[str | None]) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """Return the refused rows of several tables as rows of one, and its header.

    Columns of one field, or of one header, become one; a table that stands for a village says so in each of its rows.
    """
    refusals = [(at, refusal) for at, rows in enumerate(lists) for _, refusal in sorted(rows.refusals.items())]
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
                header.append(_unlike(text, header))
        columns.append([column_of[key] for key in keys])
    village = column_of.get(("field", "village"))
    if village is None and any(village_of):
        village = len(header)
        header.append(_unlike("village", header))
    moved = []
    for at, refusal in refusals:
        cells = [""] * len(header)
        if village is not None:
            cells[village] = village_of[at] or ""
        for column, cell in zip(columns[at], refusal.cells, strict=False):
            cells[column] = cell
        moved.append(replace(refusal, cells=(*cells, *refusal.cells[len(columns[at]) :])))
    return tuple(header), tuple(moved)


def _key(header: Sequence[str], at: int, field: str | None) -> tuple[str, object]:
    return ("field", field) if field else (header[at], header[:at].count(header[at]))


def _unlike(text: str, others: Sequence[str]) -> str:
    """Return a header, with a number behind it if another is the same."""
    return f"{text}_{sum(folded(other) == folded(text) for other in others) + 1}" if text in others and text else text


def _ours(names: Sequence[str], own: Sequence[str]) -> list[str]:
    return [f"{name}{OURS}" if name in own else name for name in names]


def _are_ours(headers: Sequence[str], names: Sequence[str]) -> bool:
    return len(headers) == len(names) and all(
        header in {name, f"{name}{OURS}"} for header, name in zip(headers, names, strict=True)
    )


def _inert(cell: str) -> str:
    return f"'{cell}" if RISKY_START.match(cell) and not SIGNED_NUMBER.fullmatch(cell) else cell


def _live(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and RISKY_START.match(cell, 1) else cell
