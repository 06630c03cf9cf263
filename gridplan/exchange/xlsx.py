"""XLSX workbooks fit to print: one table a sheet, text that stays text, the same bytes for the same tables."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import Final, Literal, NamedTuple
from unicodedata import east_asian_width

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from gridplan.errors import OutputRefused
from gridplan.names import TURNING

Cell = str | float | date | None
Row = Sequence[Cell]
CellStyle = Literal["text", "number", "amount", "tenths", "degrees", "beside texts", "day"]

NUMBER_FORMATS: Final[dict[CellStyle, tuple[str, str]]] = {
    "text": ("@", ""),
    "number": ("0", ".0f"),
    "amount": ("#,##0_0_0", ",.0f"),
    "tenths": ("#,##0.0_0_0", ",.1f"),
    "degrees": ("0.0000000_0_0", ".7f"),
    "beside texts": ("#,##0", ",.0f"),
    "day": ("yyyy-mm-dd", ""),
}
"""How a number is written, as a spreadsheet says it and as Python does; `_0` is room as wide as a 0.

It is for the button of a filter over the number. An indent would be room too, but LibreOffice forgets it in many cells.
"""
HEADER_FORMATS: Final[dict[CellStyle, dict[str, object]]] = {
    "text": {"align": "left", "num_format": "@"},
    "number": {"align": "center", "num_format": "@"},
    "amount": {"align": "right", "num_format": "@_0_0"},
    "tenths": {"align": "right", "num_format": "@_0_0"},
    "degrees": {"align": "right", "num_format": "@_0_0"},
    "beside texts": {"align": "left", "num_format": "@"},
    "day": {"align": "left", "num_format": "@"},
}
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
"""UTF-16 units that a cell holds."""
IMAGE_COMMAND = re.compile(r"&(?=G|\[Picture\])")
"""What would be taken for the place of a picture in a margin."""
LONGEST_IN_MARGIN = 80
LONGEST_FOOT = 254
"""Letters of all that stands at the foot of a page; spreadsheets take no more."""
STAMP_SIZE = 8
"""Points of the letters of a stamp, the longest text there."""
A4 = 9
WIDEST = 60
"""Letters; what is longer goes on in a second line of its cell."""
WIDEST_ON_SCREEN = 150
"""Letters of a column that is not printed, whose cells have one line."""
NARROWEST = 8
WIDEST_PAGE = 132
"""Letters of all printed columns: of a sheet that needs more, the widest columns go on in further lines."""
POINTS_A_LETTER, POINTS_BETWEEN = 5.25, 3.75
"""How wide a letter is, and what a column has besides."""
MOST_WIDENED: Final = 2.0
"""How much wider than what they hold columns are made at most on a page across."""
WIDENED_TO: Final = 0.8
"""How much of such a page they fill then; where a computer lacks the font, its letters are a quarter wider."""
MARGIN = 3
"""Letters that a column is wider than what it holds."""
LINE_HEIGHT = 15.0
TITLE_HEIGHT = 30.0
ABOVE_HEADER = 6.0
HIGHEST = 409.0
"""Points that the highest row may have."""
FILLED: Final = 0.25
"""A last page of which less is filled shares its rows with the page before."""
EMPTY: Final = 0.4
"""So much of a page is left empty at most to keep the rows of a block together."""
SMALLEST: Final = 0.78
"""As far a sheet is scaled down at most so that it fits on upright paper, which has room for more rows."""
CREATED = datetime(2000, 1, 1)
"""Written into every workbook, so that the same tables make the same bytes."""
PICTURES: Final[Mapping[int, str | None]] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
    **dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"),
    **TURNING,
}
"""Characters that XML cannot hold, and what stands for them; and those that are dropped."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, what its cells are, and whether it is printed; those that are not come last."""

    header: str
    style: CellStyle = "text"
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Paper:
    """A4 in one of its ways: points of what is printed on a page, a little less than there is room for."""

    upright: bool
    width: float
    height: float

    def room(self, width: float) -> float:
        """Return how many points high rows on a page may be, which are so wide and scaled down as far as they need."""
        return self.height * max(1.0, width / self.width)


UPRIGHT: Final = Paper(True, 523.0, 715.0)
ACROSS: Final = Paper(False, 770.0, 475.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that are made anew whenever they are walked, so that nobody has to hold them all."""

    walk: Callable[[], Iterable[Row]]

    def __iter__(self) -> Iterator[Row]:
        """Walk the rows."""
        return iter(self.walk())


@dataclass(frozen=True, slots=True)
class Table:
    """What one sheet shows; its rows are walked twice.

    A line is drawn, and the shade changes, where a row differs from the one above in one of the columns `blocks`. A
    page begins where one of the columns `pages` differs.
    `heading` are lines above the header, `total` is a row below the rest that filters leave alone, `footnote` stands
    at the foot of every page, or there, instead of the day of printing, the lines of a `stamp`. A table without rows
    says the sentence `empty`.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Row]
    empty: str
    blocks: Sequence[int] = ()
    whole: bool = True
    """Whether rows of one block are printed on one page if there is room."""
    pages: Sequence[int] = ()
    heading: Sequence[str] = ()
    total: Row | None = None
    footnote: str = ""
    stamp: Sequence[str] = ()
    across: bool = False
    """Whether it is printed across, as wide as the page, even where it would fit upright."""
    filtered: bool = True
    """Whether its header has the buttons of filters."""
    hidden: bool = False
    """Whether it is for programs alone."""


def write_spreadsheet(path: Path, title: str, tables: Sequence[Table], page: str) -> None:
    """Write the tables as a workbook for A4, one page wide and never so small that it cannot be read.

    Sheets that fit are printed upright, others across; the day of printing stands at the foot.

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
            formats = _Formats(book)
            for table in tables:
                widths = _widths(table)
                for name, rows in _parts(table):
                    sheet = _Sheet(book.add_worksheet(name), formats, table, widths)
                    sheet.fill(rows)
                    sheet.set_up_pages(_in_margin(title), page)
                    if table.hidden:
                        sheet.sheet.hide()
            book.close()
    except (OSError, XlsxWriterException) as error:
        raise OutputRefused("plan.not_written", file=path.name) from error


def plain(text: str) -> str:
    """Return a text as a cell can hold it: what XML cannot hold is made visible, what is too long ends with …."""
    if 2 * len(text) <= LONGEST_TEXT and text.isprintable():
        return text
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


def shown(cell: Cell, style: CellStyle) -> str:
    """Return a cell as it is read: a number as its style writes it."""
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else format(cell, NUMBER_FORMATS[style][1])


def _widths(table: Table) -> list[int]:
    """Return how many letters each column has room for: all it holds, unless the page would be too wide."""
    needed = [_header_width(column.header) for column in table.columns]
    for row in chain(table.rows, [table.total] if table.total else ()):
        needed = list(map(_wide_enough, needed, row, table.columns))
    printed = [width for width, column in zip(needed, table.columns, strict=True) if column.printed]
    most = next(
        (cap for cap in range(WIDEST, NARROWEST, -1) if sum(_letters(min(w, cap)) for w in printed) <= WIDEST_PAGE),
        NARROWEST,
    )
    widths = [
        min(width, most if column.printed else WIDEST_ON_SCREEN)
        for width, column in zip(needed, table.columns, strict=True)
    ]
    return _as_wide_as_page(widths) if table.across else widths


def _as_wide_as_page(widths: Sequence[int]) -> list[int]:
    """Return columns that fill paper that lies across, none of them much wider than it was."""
    room = WIDENED_TO * ACROSS.width - len(widths) * (POINTS_BETWEEN + POINTS_A_LETTER * (MARGIN + 1))
    more = min(MOST_WIDENED, room / (1.08 * POINTS_A_LETTER * sum(widths)))
    return [int(width * max(1.0, more)) for width in widths]


def _header_width(header: str) -> int:
    """Return how many letters a header needs, which may stand in two lines if it has several words."""
    return max(math.ceil(display_width(header) / 2), *map(display_width, header.split(" ")))


def _wide_enough(width: int, cell: Cell, column: Column) -> int:
    """Return how many letters a column needs that needs so many already, and is to hold a cell."""
    if cell is None or (isinstance(cell, str) and 2 * len(cell) <= width):
        return width
    return max(width, display_width(shown(cell, column.style)))


def _letters(width: int) -> int:
    """Return how wide a column has to be for texts of some letters."""
    return math.ceil(1.08 * width) + MARGIN


def _paper(table: Table, widths: Sequence[int]) -> tuple[Paper, float]:
    """Return the paper that a table is printed on, and how many points of rows a page has room for."""
    printed = [width for width, column in zip(widths, table.columns, strict=True) if column.printed]
    width = sum(POINTS_BETWEEN + POINTS_A_LETTER * _letters(one) for one in printed)
    paper = UPRIGHT if width * SMALLEST <= UPRIGHT.width and not table.across else ACROSS
    return paper, paper.room(width)


def _lines(text: str, width: int) -> int:
    """Return in how many lines a text stands in a column with room for `width` letters."""
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    return sum(max(1, math.ceil(display_width(line) / width)) for line in text.split("\n"))


def _in_margin(text: str) -> str:
    """Return a text for the head or foot of a page, where `&` begins a command; that for a picture has no escape."""
    text = plain(text)[:LONGEST_IN_MARGIN].replace("\n", " ")
    return IMAGE_COMMAND.sub("＆", text).replace("&", "&&")


def _footer(table: Table, page: str) -> str:
    if not table.stamp:
        return (f"&L{_in_margin(table.footnote)}" if table.footnote else "") + f"&C&D&R{page}"
    left, right = f"&L&{STAMP_SIZE} ", f"&R&{STAMP_SIZE} {page}"
    lines = "\n".join(plain(line).replace("\n", " ").replace("&", "＆") for line in table.stamp)
    return left + lines[: LONGEST_FOOT - len(left) - len(right)] + right


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[bool, ...], Mapping[CellStyle, Format]] = {}
        self.title = book.add_format({"bold": True, "font_size": 16, "num_format": "@"})
        self.sentence = book.add_format({"num_format": "@"})
        header = {"bold": True, "bottom": 2, "bg_color": "#D5DEE8", "valign": "vcenter", "text_wrap": True}
        self.header = {style: book.add_format(header | looks) for style, looks in HEADER_FORMATS.items()}
        self.column = {
            style: book.add_format(HEADER_FORMATS[style] | {"num_format": NUMBER_FORMATS[style][0]})
            for style in NUMBER_FORMATS
        }

    def row(self, begins: bool, shaded: bool, wrapped: bool, total: bool) -> Mapping[CellStyle, Format]:
        """Return the formats of the cells of a row; `begins` draws the line between blocks above it."""
        key = begins, shaded, wrapped, total
        if key not in self._made:
            lines = {"bottom": 4, "bottom_color": "#A0A0A0", "top": 2 if total else int(begins)}
            ground = {"bg_color": "#EBEFF4"} if shaded else {}
            looks = {"valign": "top" if wrapped else "vcenter", "text_wrap": wrapped, "bold": total}
            self._made[key] = {
                style: self._book.add_format(
                    {"align": HEADER_FORMATS[style]["align"], "num_format": NUMBER_FORMATS[style][0]}
                    | looks
                    | lines
                    | ground
                )
                for style in NUMBER_FORMATS
            }
        return self._made[key]


class _Line(NamedTuple):
    """A row on a page."""

    y: int
    height: float
    begins_block: bool


@dataclass(slots=True)
class _Pages:
    """Where the pages of a sheet begin, found out row by row: blocks may stay whole where a page holds them."""

    room: float
    """Points of rows on a page."""
    whole: bool = True
    """Whether rows of one block stay together."""
    above: float = 0.0
    """Points of what stands above the rows of this page."""
    breaks: list[int] = field(default_factory=list)
    page: list[_Line] = field(default_factory=list)
    before: list[_Line] = field(default_factory=list)
    """The rows of the page before, where this one begins for want of room."""
    above_before: float = 0.0
    filled: float = 0.0
    """Points of the rows of this page."""

    def add(self, line: _Line, *, begins_page: bool) -> None:
        """Put a row on the page, or on the next one with all that has to stay with it."""
        if begins_page:
            self.end()
            self.breaks.append(line.y)
            self.page, self.above, self.filled = [], 0.0, 0.0
        if self.page and self.above + self.filled + line.height > self.room:
            self._turn(line)
        self.page.append(line)
        self.filled += line.height

    def _turn(self, line: _Line) -> None:
        at = len(self.page)
        block = max((n for n, one in enumerate(self.page) if one.begins_block), default=0)
        own = _height(self.page[block:])
        is_left = self.above + self.filled - own >= (1 - EMPTY) * self.room
        if self.whole and not line.begins_block and is_left and own + line.height <= self.room:
            at = block
        self.before, self.page = self.page[:at], self.page[at:]
        self.above_before, self.above, self.filled = self.above, 0.0, _height(self.page)
        self.breaks.append((self.page or [line])[0].y)

    def end(self) -> None:
        """End a run of pages: where there is little on the last, some of the page before goes there."""
        if self.before and self.filled < FILLED * self.room:
            lines, at = self.before + self.page, len(self.before)
            starts = [at, *(n for n, one in enumerate(lines) if n and one.begins_block)]
            best = min(starts, key=lambda n: max(self.above_before + _height(lines[:n]), _height(lines[n:])))
            self.breaks[-1] = lines[best].y
        self.before = []


def _height(lines: Sequence[_Line]) -> float:
    return sum(line.height for line in lines)


class _Sheet:
    """One sheet on its way: rows are written from top to bottom."""

    def __init__(self, sheet: Worksheet, formats: _Formats, table: Table, widths: Sequence[int]) -> None:
        self.sheet = sheet
        self.formats = formats
        self.table = table
        self.header = len(table.heading)
        self.last = self.header
        self.widths = widths
        self.printed = [at for at, column in enumerate(table.columns) if column.printed]
        lines = max(_lines(column.header, width) for column, width in zip(table.columns, widths, strict=True))
        self.header_height = LINE_HEIGHT * lines + ABOVE_HEADER
        self.paper, room = _paper(table, widths)
        self.pages = _Pages(room - self.header_height, table.whole)

    def fill(self, rows: Iterable[Row]) -> None:
        """Write heading, header, rows and total."""
        self.sheet.set_default_row(LINE_HEIGHT)
        for y, line in enumerate(self.table.heading):
            self.sheet.set_row(y, LINE_HEIGHT if y else TITLE_HEIGHT)
            self.sheet.write_string(y, 0, plain(line), self.formats.sentence if y else self.formats.title)
            self.pages.above += LINE_HEIGHT if y else TITLE_HEIGHT
        self.sheet.set_row(self.header, self.header_height)
        for x, column in enumerate(self.table.columns):
            self.sheet.write_string(self.header, x, column.header, self.formats.header[column.style])
        above: list[Cell] | None = None
        page: list[Cell] = []
        shaded = True
        for row in rows:
            block = [row[at] for at in self.table.blocks]
            begins = block != above and above is not None
            shaded ^= block != above
            starts = above is not None and [row[at] for at in self.table.pages] != page
            page = [row[at] for at in self.table.pages]
            self._write(row, begins=begins, shaded=shaded and bool(block), starts=starts)
            above = block
        if above is None:
            self.last += 1
            self.sheet.write_string(self.last, 0, self.table.empty, self.formats.sentence)
            return
        if self.table.filtered:
            self.sheet.autofilter(self.header, 0, self.last, len(self.widths) - 1)
        if self.table.total is not None:
            self._write(self.table.total, total=True)

    def _write(
        self, row: Row, *, begins: bool = False, shaded: bool = False, starts: bool = False, total: bool = False
    ) -> None:
        self.last += 1
        texts = [plain(cell) if isinstance(cell, str) else "" for cell in row]
        lines = max(_lines(texts[at], self.widths[at]) for at in self.printed)
        height = min(LINE_HEIGHT * lines, HIGHEST)
        if lines > 1:
            self.sheet.set_row(self.last, height)
        self.pages.add(_Line(self.last, height, starts or begins or not self.table.blocks), begins_page=starts)
        pens = self.formats.row(begins, shaded, lines > 1, total)
        for x, (column, cell, text) in enumerate(zip(self.table.columns, row, texts, strict=True)):
            if isinstance(cell, str):
                if text:
                    self.sheet.write_string(self.last, x, text, pens["text"])
                else:
                    self.sheet.write_blank(self.last, x, None, pens["text"])
            elif cell is None:
                self.sheet.write_blank(self.last, x, None, pens[column.style])
            elif isinstance(cell, date):
                self.sheet.write_datetime(self.last, x, cell, pens["day"])
            else:
                self.sheet.write_number(self.last, x, cell, pens[column.style])

    def set_up_pages(self, title: str, page: str) -> None:
        """Fit the columns to what they hold and the pages to the paper."""
        table, sheet = self.table, self.sheet
        for x, (column, width) in enumerate(zip(table.columns, self.widths, strict=True)):
            sheet.set_column(x, x, _letters(width), self.formats.column[column.style])
        sheet.freeze_panes(self.header + 1, 0)
        sheet.repeat_rows(self.header)
        sheet.print_area(0, 0, self.last, sum(column.printed for column in table.columns) - 1)
        if not self.paper.upright:
            sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        self.pages.end()
        sheet.set_h_pagebreaks(self.pages.breaks)
        sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.7)
        sheet.set_header(f"&L{title}&R&A")
        sheet.set_footer(_footer(table, page))
        sheet.ignore_errors({"number_stored_as_text": xl_range(0, 0, self.last, len(self.widths) - 1)})
