"""The rows of a table on their way to households: those still good, those refused and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gridplan.errors import InputRefused
from gridplan.exchange.lists.cells import CellRefused, shown
from gridplan.exchange.lists.columns import Synonyms, choose_columns, folded
from gridplan.exchange.lists.source import Table
from gridplan.words import Message

GEOMETRY = "geometry"


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


class Rows:
    """A table whose columns are known, and what has been found out about its rows so far.

    `absorbed` rows are part of another row: they repeat it word for word, or are persons of its household.

    Raises
    ------
    InputRefused
        The table has no rows, or its columns are ambiguous or not those wanted.
    """

    def __init__(self, table: Table, fields: Synonyms, wanted: Mapping[str, str]) -> None:
        if not table.rows:
            raise InputRefused("read.no_rows", file=table.source.name)
        self.table = table
        self._columns: list[Sequence[str]] = list(zip(*table.rows, strict=False))
        self._blanks = ("",) * len(table.rows)
        filled = [any(map(str.strip, column)) for column in self._columns]
        self.column_of = choose_columns(table.source.name, table.header, filled, fields, wanted)
        self.refusals: dict[int, Refusal] = {}
        self.absorbed: set[int] = set()
        self.notes: list[Message] = []
        if table.blank_rows:
            self.note("read.note.blank_rows", n=table.blank_rows)

    def __iter__(self) -> Iterator[int]:
        """Walk the indices of the rows that are still good."""
        gone = self.refusals.keys() | self.absorbed
        return (at for at in range(len(self.table.rows)) if at not in gone)

    def cells(self, field: str) -> Sequence[str]:
        """Return the cells of a field, blanks where the table has no column for it."""
        return self._columns[self.column_of[field]] if field in self.column_of else self._blanks

    def correct(self, field: str, cells: Sequence[str]) -> None:
        """Put other cells into the column of a field that the table has."""
        self._columns[self.column_of[field]] = cells

    def cells_under(self, headers: Collection[str]) -> Sequence[str] | None:
        """Return the cells of the first column whose header, folded, is one of `headers`, if it has any content."""
        for header, cells in zip(self.table.header, self._columns, strict=True):
            if folded(header) in headers and any(map(str.strip, cells)):
                return cells
        return None

    def header_of(self, field: str) -> str:
        """Return the header over a field; positions without a column are in the geometry."""
        if field in self.column_of:
            return self.table.header[self.column_of[field]]
        return GEOMETRY if field in {"lon", "lat"} else ""

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
        self.refusals[at] = Refusal(
            row=self.table.numbers[at],
            column=self.header_of(verdict.field),
            value=shown(value),
            reason=verdict.reason,
            remedy=verdict.remedy,
            cells=(*(column[at] for column in self._columns), *self.table.rows[at][len(self._columns) :]),
            file=self.table.source.name,
            sheet=self.table.sheet,
        )

    def note(self, code: str, **values: object) -> None:
        """Add a sentence on the table as a whole."""
        self.notes.append(Message(code, values))
