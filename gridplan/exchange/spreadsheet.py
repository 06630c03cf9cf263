"""XLSX workbooks fit to print: one table a sheet, text that stays text, the same bytes for the same tables."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, Literal
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from gridplan.errors import OutputRefused

Cell = str | float | None
Row = Sequence[Cell]
Look = Literal["text", "number", "amount", "tenths", "degrees"]

NUMBERS: Final[dict[Look, tuple[str, str]]] = {
    "text": ("@", ""),
    "number": ("0", ".0f"),
    "amount": ("#,##0", ",.0f"),
    "tenths": ("#,##0.0", ",.1f"),
    "degrees": ("0.0000000", ".7f"),
}
"""How a number is written, as a spreadsheet says it and as Python does."""
RIGHT: Final = {"align": "right", "indent": 2}
"""Room for the button of a filter over the number, and between it and a text beside it."""
ALIGNED: Final[dict[Look, dict[str, object]]] = {
    "text": {"align": "left"},
    "number": {"align": "center"},
    "amount": RIGHT,
    "tenths": RIGHT,
    "degrees": RIGHT,
}
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
"""UTF-16 units that a cell holds."""
LONGEST_IN_MARGIN = 80
A4 = 9
WIDEST = 60
"""Letters; what is longer goes on in a second line of its cell."""
MARGIN = 3
"""Letters that a column is wider than what it holds."""
LINE_HEIGHT = 17.0
TITLE_HEIGHT = 30.0
HEADER_HEIGHT = 23.0
HIGHEST = 409.0
"""Points that the highest row may have."""
CREATED = datetime(2000, 1, 1)
"""Written into every workbook, so that the same tables make the same bytes."""
PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | dict.fromkeys(
    (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"
)
"""Characters that XML cannot hold, and what stands for them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, what its cells are, and whether it is printed; those that are not come last."""

    header: str
    look: Look = "text"
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """What one sheet shows.

    A line is drawn, and the shade changes, where a row differs from the one above in one of the columns `blocks`.
    `heading` are lines above the header, `total` is a row below the rest that filters leave alone, `footnote` stands
    at the foot of every page. A table without rows says the sentence `empty`.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    empty: str
    blocks: Sequence[int] = ()
    heading: Sequence[str] = ()
    total: Row | None = None
    footnote: str = ""


def write_spreadsheet(path: Path, title: str, tables: Sequence[Table], page: str) -> None:
    """Write the tables as a workbook, A4 landscape, one page wide.

    Parameters
    ----------
    path
        The file; it is replaced.
    title
        Stands at the head of every page.
    tables
        One sheet each; a table of more rows than a sheet holds goes on on the next one.
    page
        How pages are numbered: `&P` is the page, `&N` their number.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch, path.open("wb") as file:
            book = Workbook(file, {"constant_memory": True, "tmpdir": scratch})
            book.set_properties({"title": plain(title), "created": CREATED})
            pens = _Pens(book)
            for table in tables:
                for name, rows in _parts(table):
                    sheet = _Sheet(book.add_worksheet(name), pens, table)
                    sheet.fill(rows)
                    sheet.set_up_pages(_in_margin(title), page)
            book.close()
    except (OSError, XlsxWriterException) as error:
        raise OutputRefused("plan.not_written", file=path.name) from error


def plain(text: str) -> str:
    """Return a text as a cell can hold it: what XML cannot hold is made visible, what is too long ends with …."""
    held = text.replace("\r\n", "\n").translate(PICTURES)
    if 2 * len(held) <= LONGEST_TEXT or len(held.encode("utf-16-le")) <= 2 * LONGEST_TEXT:
        return held
    return held.encode("utf-16-le")[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


@lru_cache(100_000)
def display_width(text: str) -> int:
    """Return how many letters wide a text is in its longest line; Chinese characters are two."""
    if text.isascii() and "\n" not in text:
        return len(text)
    return max(sum(2 if east_asian_width(char) in "WFA" else 1 for char in line) for line in text.split("\n"))


def _parts(table: Table) -> Iterator[tuple[str, Iterable[Row]]]:
    """Cut a table into sheets: the first has its name, those after it are numbered."""
    room = MOST_ROWS - len(table.heading) - 2  # the header, and the total
    part = 0
    for part, numbered in groupby(enumerate(table.rows, start=room), lambda row: row[0] // room):
        yield table.name if part == 1 else f"{table.name} {part}", (row for _, row in numbered)
    if not part:
        yield table.name, ()


def _shown(cell: Cell, look: Look) -> str:
    if isinstance(cell, str):
        return plain(cell)
    return "" if cell is None else format(cell, NUMBERS[look][1])


def _lines(text: str) -> int:
    """Return in how many lines a text stands in the widest column."""
    return sum(max(1, math.ceil(display_width(line) / WIDEST)) for line in text.split("\n"))


def _in_margin(text: str) -> str:
    """Return a text for the head or foot of a page, where `&` begins a command."""
    return plain(text)[:LONGEST_IN_MARGIN].replace("&", "&&").replace("\n", " ")


class _Pens:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Format] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "num_format": "@"})
        self.sentence = book.add_format({"num_format": "@"})
        header = {"bold": True, "bottom": 2, "bg_color": "#D5DEE8", "num_format": "@", "valign": "vcenter"}
        self.header = {look: book.add_format(header | aligned) for look, aligned in ALIGNED.items()}
        self.column = {look: book.add_format({"num_format": NUMBERS[look][0]} | ALIGNED[look]) for look in NUMBERS}

    def cell(self, look: Look, begins: bool, shaded: bool, wrapped: bool, total: bool) -> Format:
        """Return the format of a cell; `begins` draws the line between blocks above it."""
        key = look, begins, shaded, wrapped, total
        if key not in self._made:
            looks = {
                "num_format": NUMBERS[look][0],
                "valign": "top" if wrapped else "vcenter",
                "text_wrap": wrapped,
                "bold": total,
            }
            lines = {"bottom": 4, "bottom_color": "#A0A0A0", "top": 2 if total else int(begins)}
            ground = {"bg_color": "#EBEFF4"} if shaded else {}
            self._made[key] = self._book.add_format(looks | ALIGNED[look] | lines | ground)
        return self._made[key]


class _Sheet:
    """One sheet on its way: rows are written from top to bottom, widths are known once all of them are."""

    def __init__(self, sheet: Worksheet, pens: _Pens, table: Table) -> None:
        self.sheet = sheet
        self.pens = pens
        self.table = table
        self.header = len(table.heading)
        self.last = self.header
        self.widths = [display_width(column.header) for column in table.columns]

    def fill(self, rows: Iterable[Row]) -> None:
        """Write heading, header, rows and total."""
        self.sheet.set_default_row(LINE_HEIGHT)
        for y, line in enumerate(self.table.heading):
            self.sheet.set_row(y, LINE_HEIGHT if y else TITLE_HEIGHT)
            self.sheet.write_string(y, 0, plain(line), self.pens.sentence if y else self.pens.title)
        self.sheet.set_row(self.header, HEADER_HEIGHT)
        for x, column in enumerate(self.table.columns):
            self.sheet.write_string(self.header, x, column.header, self.pens.header[column.look])
        above: list[Cell] | None = None
        shaded = True
        for row in rows:
            block = [row[at] for at in self.table.blocks]
            begins = block != above and above is not None
            shaded ^= block != above
            self._write(row, begins=begins, shaded=shaded and bool(block))
            above = block
        if above is None:
            self.last += 1
            self.sheet.write_string(self.last, 0, self.table.empty, self.pens.sentence)
            return
        self.sheet.autofilter(self.header, 0, self.last, len(self.widths) - 1)
        if self.table.total is not None:
            self._write(self.table.total, total=True)

    def _write(self, row: Row, *, begins: bool = False, shaded: bool = False, total: bool = False) -> None:
        self.last += 1
        texts = [_shown(cell, column.look) for cell, column in zip(row, self.table.columns, strict=True)]
        widths = [display_width(text) for text in texts]
        self.widths = list(map(max, self.widths, widths))
        lines = 1 if max(widths) <= WIDEST and "\n" not in "".join(texts) else max(map(_lines, texts))
        if lines > 1:
            self.sheet.set_row(self.last, min(LINE_HEIGHT * lines, HIGHEST))
        for x, (column, cell, text) in enumerate(zip(self.table.columns, row, texts, strict=True)):
            look: Look = "text" if isinstance(cell, str) else column.look
            pen = self.pens.cell(look, begins, shaded, lines > 1, total)
            if not text:
                self.sheet.write_blank(self.last, x, None, pen)
            elif isinstance(cell, str):
                self.sheet.write_string(self.last, x, text, pen)
            else:
                self.sheet.write_number(self.last, x, cell, pen)

    def set_up_pages(self, title: str, page: str) -> None:
        """Fit the columns to what they hold and the pages to the paper."""
        table, sheet = self.table, self.sheet
        for x, (column, width) in enumerate(zip(table.columns, self.widths, strict=True)):
            sheet.set_column(x, x, math.ceil(1.08 * min(width, WIDEST)) + MARGIN, self.pens.column[column.look])
        sheet.freeze_panes(self.header + 1, 0)
        sheet.repeat_rows(self.header)
        sheet.print_area(0, 0, self.last, sum(column.printed for column in table.columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.7)
        sheet.set_header(f"&L{title}&R&A")
        sheet.set_footer((f"&L{_in_margin(table.footnote)}" if table.footnote else "") + f"&R{page}")
        sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, self.last, len(self.widths) - 1)})
