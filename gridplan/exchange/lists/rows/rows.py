"""The rows of a table on their way to households: those still good, those refused and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress, repeat
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.place_columns import with_place_columns
from gridplan.exchange.lists.rows.folders import FROM_FOLDERS, folder_column, place_of
from gridplan.exchange.tables.cells import CellRefused, shown
from gridplan.exchange.tables.columns import (
    FIRST_OF_SEVERAL,
    Synonyms,
    choose_columns,
    field_shown,
    folded,
    with_streets,
)
from gridplan.exchange.tables.packed import Packed, packed
from gridplan.exchange.tables.source import Table
from gridplan.names import folded as folded_name
from gridplan.words import Message, series

T = TypeVar("T")

GEOMETRY = "geometry"
NAMED = 20
"""Folders that a note names."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be used: where it is, the cell at fault, why, what to do, and the whole row to mend.

    `row` counts as a spreadsheet does, the header being row 1; in a file of features it is the feature's number.
    `value` is fit to be shown; `cells` are as the file holds them, without columns that are never stored.
    """

    row: int
    column: str
    value: str
    reason: Message
    remedy: Message
    cells: tuple[str, ...]
    file: str = ""
    sheet: str | None = None

    @property
    def table(self) -> str:
        """The file, and the sheet if it has several, as a command names them."""
        return table_shown(self.file, self.sheet)


def table_shown(file: str, sheet: str | None) -> str:
    """Return a file, and the sheet if it has several, as a command names them."""
    return f"{file}#{sheet}" if sheet else file


def merged_notes(notes: Iterable[Message]) -> list[Message]:
    """Return notes once each: those of one code that count the same thing in several tables become one."""
    counted: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, object]] = {}
    for note in notes:
        same = tuple((name, repr(value)) for name, value in note.values.items() if not _is_count(value))
        so_far = counted.setdefault((note.code, same), {})
        for name, value in note.values.items():
            before = so_far.get(name)
            so_far[name] = value + before if isinstance(value, int) and isinstance(before, int) else value
    return [Message(code, values) for (code, _), values in counted.items()]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Rows:
    """A table whose columns are known, and what has been found out about its rows so far.

    `wanted` are the fields whose columns the user named.
    `blank` are the columns without any content. `plane` is the frame of metres that positions were read in, once they
    are: with the zone, if one stands before the eastings. `absorbed` rows are part of another row: they repeat it word
    for word, or are persons of its household.

    Raises
    ------
    InputRefused
        The table has no rows, or its columns are ambiguous or not those wanted.
    """

    def __init__(self, table: Table, fields: Synonyms, wanted: Mapping[str, str]) -> None:
        if not table.rows:
            raise InputRefused("read.no_rows", file=table.source.name)
        self.table = table
        self._columns = list(table.rows.columns)
        self._width = len(self._columns)
        self._blanks = packed(repeat("", len(table.rows)))
        fields = with_streets(fields, table.header, self._columns)
        fields = with_place_columns(fields, table.header, self._columns)
        filled = [any(map(str.strip, column)) for column in self._columns]
        self.column_of = choose_columns(table.source.name, table.header, filled, fields, wanted)
        self.wanted = frozenset(field for field, header in wanted.items() if header)
        self.blank = tuple(at for at, full in enumerate(filled) if not full)
        self.plane: str | None = None
        self.refusals: dict[int, Refusal] = {}
        self.absorbed: set[int] = set()
        self._good = bytearray(b"\1") * len(table.rows)
        self.notes: list[Message] = []
        if table.blank_rows:
            self.note("read.note.blank_rows", n=table.blank_rows)
        self._folder = folder_column(table.header)
        if self._folder is not None and "hamlet" in fields:
            self._take_from_folders(self._folder, fields, wanted)
        self._note_rivals(fields)
        self._put_into_meant_villages()
        self._refuse_torn()
        for field in filter(wanted.get, wanted.keys() - self.column_of.keys()):
            self.note("read.note.wanted_blank", field=field_shown(field), header=shown(wanted[field]))

    def __iter__(self) -> Iterator[int]:
        """Walk the indices of the rows that are still good."""
        return compress(range(len(self._good)), self._good)

    def good(self, items: Iterable[T]) -> Iterator[T]:
        """Walk those of some items, one for each row, whose rows are still good."""
        return compress(items, self._good)

    def are_good(self) -> NDArray[np.bool_]:
        """Say of every row whether it is still good."""
        return np.array(self._good, np.bool_)

    def absorb(self, places: Collection[int]) -> None:
        """Take rows for part of others."""
        self.absorbed.update(places)
        for at in places:
            self._good[at] = False

    def cells(self, field: str) -> Packed[str]:
        """Return the cells of a field, blanks where the table has no column for it."""
        return self._columns[self.column_of[field]] if field in self.column_of else self._blanks

    def correct(self, field: str, cells: Iterable[str]) -> None:
        """Put other cells into the column of a field that the table has."""
        self._columns[self.column_of[field]] = packed(cells)

    def cells_under(self, headers: Collection[str]) -> Packed[str] | None:
        """Return the cells of the first column whose header, folded, is one of `headers`, if it has any content."""
        for header, cells in zip(self.table.header, self._columns, strict=True):
            if folded(header) in headers and any(map(str.strip, cells)):
                return cells
        return None

    def header_of(self, field: str) -> str:
        """Return the header over a field; positions without a column are in the geometry."""
        if field in self.column_of:
            at = self.column_of[field]
            return self.table.header[at if at < self._width else self._folder or 0]
        return GEOMETRY if field in {"lon", "lat"} else ""

    @property
    def used(self) -> set[int]:
        """The columns that a field was taken from."""
        taken = {*self.column_of.values()}
        return taken | {self._folder} if self._folder is not None and max(taken, default=0) >= self._width else taken

    @property
    def unused(self) -> tuple[int, ...]:
        """The columns with any content that are none of the fields."""
        used = self.used
        return tuple(at for at in range(self._width) if at not in used and at not in self.blank)

    @property
    def unused_headers(self) -> tuple[str, ...]:
        """What the unused columns are called."""
        return tuple(self.column(at)[0] for at in self.unused)

    def column(self, at: int) -> tuple[str, Packed[str]]:
        """Return what a column is called, by its number if it has no header, and its cells."""
        return shown(self.table.header[at].strip()) or f"#{at + 1}", self._columns[at]

    def number(self, at: int) -> str:
        """Return the row's number as people read it off the file."""
        return str(self.table.numbers[at])

    @property
    def name(self) -> str:
        """The file, and the sheet if it has several, as a command names them."""
        return table_shown(self.table.source.name, self.table.sheet)

    def refuse(self, at: int, verdict: CellRefused, value: str | None = None) -> None:
        """Refuse a row for one of its cells, or for a `value` of it that is no cell."""
        if value is None:
            value = self.cells(verdict.field)[at]
        self._refuse(at, self.header_of(verdict.field), value, verdict.reason, verdict.remedy)

    def _refuse_torn(self) -> None:
        """Refuse rows whose quotes do not match; of a column that is never stored nothing is shown."""
        torn, header = self.table.torn, self.table.header
        for at, number in enumerate(self.table.numbers) if torn else ():
            if (column := torn.get(number)) is not None:
                value = self._columns[header.index(column)][at] if column in header else ""
                self._refuse(at, column, value, Message("read.row.quotes"), Message("read.remedy.quotes"))

    def _refuse(self, at: int, column: str, value: str, reason: Message, remedy: Message) -> None:
        self._good[at] = False
        self.refusals[at] = Refusal(
            row=self.table.numbers[at],
            column=column,
            value=shown(value),
            reason=reason,
            remedy=remedy,
            cells=(*(column[at] for column in self._columns[: self._width]), *self.table.rows.longer.get(at, ())),
            file=self.table.source.name,
            sheet=self.table.sheet,
        )

    def _take_from_folders(self, at: int, fields: Synonyms, wanted: Mapping[str, str]) -> None:
        """Give rows that name no village or hamlet those that their folders on a map are called after, and say so."""
        paths = self._columns[at]
        places = [place_of(path) for path in paths]
        named = {field for field, column in self.column_of.items() if column == at}
        taken = np.zeros(len(places), np.bool_)
        unknown = packed("" if any(place[:-1]) else path for path, place in zip(paths, places, strict=True))
        for field in (field for field in FROM_FOLDERS if field in fields and (field in named or field not in wanted)):
            own = unknown if field in named else self.cells(field)
            found = [getattr(place, field) for place in places]
            fills = np.array([bool(one) and not cell.strip() for one, cell in zip(found, own, strict=True)])
            if fills.any():
                cells = packed(one if fill else cell for one, cell, fill in zip(found, own, fills, strict=True))
                self.column_of[field] = len(self._columns)
                self._columns.append(cells)
                taken |= fills
        on_map = self._are_points()
        if n := int((taken & on_map).sum()):
            names = dict.fromkeys(place.village or place.hamlet for place in compress(places, taken & on_map))
            self.note("read.note.folders", n=n, names=series(names, NAMED))
        rest = dict.fromkeys(place.rest for place in compress(places, on_map) if place.rest)
        if len(rest) > 1 and "village" not in wanted:
            self.note("read.note.folders_left", names=series(map(shown, rest), NAMED), header=self.table.header[at])

    def _are_points(self) -> NDArray[np.bool_]:
        """Say of every row whether it is no line and no area on a map."""
        if self.table.shapes is None:
            return np.ones(len(self._good), np.bool_)
        points: NDArray[np.bool_] = shapely.get_dimensions(self.table.shapes) < 1
        return points

    def _put_into_meant_villages(self) -> None:
        """Call villages what the owner of the file means by their names, if there is anything to say of that."""
        meant = self.table.source.villages
        if not meant or "village" not in self.column_of:
            return
        cells = self.cells("village")
        if n := sum(folded_name(cell) in meant for cell in cells):
            self.correct("village", [meant.get(folded_name(cell), cell) for cell in cells])
            self.note("read.note.villages_meant", n=n, villages=series(dict.fromkeys(meant.values())))

    def _note_rivals(self, fields: Synonyms) -> None:
        """Say where the first of several columns became a field that needs no choice by the user."""
        for field in filter(FIRST_OF_SEVERAL.__contains__, self.column_of):
            headers = frozenset().union(*fields[field])
            if rivals := [self.column(at)[0] for at in self.unused if folded(self.table.header[at]) in headers]:
                chosen = self.column(self.column_of[field])[0]
                self.note("read.note.first_of_several", field=field_shown(field), header=chosen, others=series(rivals))

    def note(self, code: str, **values: object) -> None:
        """Add a sentence on the table as a whole."""
        self.notes.append(Message(code, values))
