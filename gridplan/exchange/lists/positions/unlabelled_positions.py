"""Columns that look like positions under headers that do not say so: they are pointed out, never guessed.

Where nothing looks so, all ways to give a position are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from gridplan.coordinates import CHINA
from gridplan.exchange.lists.positions.place_columns import PLACES, is_exact_pair, is_place
from gridplan.exchange.lists.positions.position_cells import SAMPLE
from gridplan.exchange.lists.positions.position_texts import BOTH, pair_numbers
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import CellRefused, parse_number
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, POSITION_FIELDS, folded
from gridplan.exchange.tables.packed import Packed
from gridplan.words import series

SHARE: Final = 0.8
"""A column of which more cells than this look so looks so."""
EXACT: Final = re.compile(r"\s*\d{1,3}\.\d{3,}\s*|.*[°度].*")
"""Degrees as positions are written, and areas or ages are not."""
EASTINGS: Final = re.compile(r"\s*(?:1[3-9]|2[0-35-9]|3\d|4[0-5])?[1-9]\d{5}(?:\.\d*)?\s*")
NORTHINGS: Final = re.compile(r"\s*[1-6]\d{6}(?:\.\d*)?\s*")
LINK_TO_MAP: Final = re.compile(r"//[\w.-]*(?:map|tianditu)[\w.-]*/|//[\w.-]+/maps\b", re.IGNORECASE)
SAID: Final = ("frame.note.lookalikes", "read.note.no_positions_in", "read.note.wanted_blank")
"""What is said of columns that may be those of positions."""
WEST, SOUTH, EAST, NORTH = CHINA


def note_unlabelled_positions(rows: Rows) -> None:
    """Say which columns of a list that has no positions look like some, and what to pass if they are."""
    columns = {at: rows.column(at)[1] for at in rows.unused if rows.table.header[at].strip()}
    for fields, kinds in PATTERNS.items():
        found: list[int] = []
        for looks in kinds:
            found += [at for at, cells in columns.items() if at not in found and looks(cells)][:1]
        if len(found) == len(kinds):
            headers = [rows.column(at)[0] for at in found]
            example = ", ".join(next(filter(str.strip, columns[at])).strip() for at in found)
            options = " ".join(f"--column {field}={header}" for field, header in zip(fields, headers, strict=True))
            rows.note("frame.note.lookalikes", columns=series(headers), example=example, options=options)
            return
    for at, cells in columns.items():
        if folded(rows.table.header[at]) in PLACES and (pair := next(filter(is_place, cells), None)):
            header = rows.column(at)[0]
            option = f"--column {BOTH}={header}"
            rows.note("frame.note.lookalikes", columns=series([header]), example=pair.strip(), options=option)


def note_missing_positions(rows: Rows) -> None:
    """Name the ways to give a position, if a list has no column of positions, nor one that looks like it."""
    known = frozenset().union(*(group for field in POSITION_FIELDS for group in HOUSEHOLD_FIELDS[field]))
    blank = (folded(rows.table.header[at]) for at in rows.blank)
    has_column = not rows.column_of.keys().isdisjoint(POSITION_FIELDS) or not known.isdisjoint(blank)
    said = any(note.code in SAID for note in rows.notes)
    if rows.table.shapes is None and not has_column and not said:
        rows.note("frame.note.no_positions")


def _mostly(looks: Callable[[str], bool]) -> Callable[[Packed[str]], bool]:
    def judge(cells: Packed[str]) -> bool:
        filled: Sequence[str] = list(islice(filter(str.strip, cells), SAMPLE))
        return sum(map(looks, filled)) > SHARE * len(filled)

    return judge


def _degrees(axis: str, least: float, most: float) -> Callable[[str], bool]:
    def looks(cell: str) -> bool:
        try:
            return EXACT.fullmatch(cell) is not None and least <= parse_number(axis, cell)[0] <= most
        except CellRefused:
            return False

    return looks


def _is_pair(cell: str) -> bool:
    """Return whether a cell is a position exactly enough, or a link to a map."""
    return is_exact_pair(cell) or (LINK_TO_MAP.search(cell) is not None and pair_numbers(cell) is None)


PATTERNS: Final = {
    ("lon", "lat"): (_mostly(_degrees("lon", WEST, EAST)), _mostly(_degrees("lat", SOUTH, NORTH))),
    ("x", "y"): (
        _mostly(lambda cell: EASTINGS.fullmatch(cell) is not None),
        _mostly(lambda cell: NORTHINGS.fullmatch(cell) is not None),
    ),
    ("lonlat",): (_mostly(_is_pair),),
}
"""How the columns of some fields look, a kind for each."""
