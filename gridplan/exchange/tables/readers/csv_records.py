"""The records of a CSV text: of a row that a lone quote breaks only that row is lost, never those below it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import LONGEST_CELL
from gridplan.exchange.tables.source import Source

MOST_TORN = 1_000
"""Rows whose quotes do not match; a file with more is no CSV with such quotes."""
FEWEST_CELLS = 3
"""Cells of a list of which a record of several lines is told from rows that two lone quotes have joined."""


class CsvRecords:
    """Walks the records of a text as rows of cells.

    A record whose quotes do not match is its first line, cut at every mark, and `torn` has the column of its first
    quote by the record's number, counted from 1. So is one of several lines that each have all cells of a row, `width`:
    there the quotes of two rows have joined all between them.
    """

    def __init__(self, source: Source, text: TextIO, delimiter: str, width: int, *, spaced: bool) -> None:
        self.torn: dict[int, int] = {}
        self._source, self._delimiter, self._width = source, delimiter, width
        self._lines = _Lines(text)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True, skipinitialspace=spaced)
        self._line = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        """Walk the records.

        Raises
        ------
        InputRefused
            The quotes of more than `MOST_TORN` records do not match, or a line of such a one is longer than a cell.
        """
        reader, taken, number = self._reader, self._lines.taken, 0
        while True:
            self._line += len(taken)
            taken.clear()
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield self._first_line(number)
                continue
            yield self._first_line(number) if len(taken) > 1 and self._are_rows(taken) else cells

    def _are_rows(self, lines: Sequence[str]) -> bool:
        return self._width >= FEWEST_CELLS and all(
            line.count(self._delimiter) + 1 >= self._width for line in lines if line.strip()
        )

    def _first_line(self, number: int) -> Sequence[str]:
        """Return the first of the lines taken as a torn record, and give back the others."""
        taken = self._lines.taken
        first = taken[0]
        if len(self.torn) == MOST_TORN or len(first) > LONGEST_CELL:
            raise InputRefused("read.csv", file=self._source.name, line=str(self._line + 1))
        self._lines.again += taken[:0:-1]
        del taken[1:]
        cells = first.rstrip("\r\n").split(self._delimiter)
        self.torn[number] = next((at for at, cell in enumerate(cells) if '"' in cell), 0)
        return cells


class _Lines:
    """The lines of a text for a reader that may stop, at its end too, and go on with those given back, `again`.

    `taken` are those since it was last emptied.
    """

    def __init__(self, text: TextIO) -> None:
        self.taken: list[str] = []
        self.again: list[str] = []
        self._text = text

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.pop() if self.again else next(self._text)
        self.taken.append(line)
        return line
