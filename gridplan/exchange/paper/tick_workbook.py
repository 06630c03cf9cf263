"""Tick sheets as a workbook that is sent by chat and comes back: a sheet a grid, without names, a list in each cell."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import parse_number
from gridplan.contact.visits import Channel, Outcome
from gridplan.errors import InputRefused
from gridplan.exchange.paper.document import short_day
from gridplan.exchange.paper.marks import MARKS, Mark, mark_of
from gridplan.exchange.paper.tick_sheets import TickSheet
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.source import Table
from gridplan.exchange.xlsx import A4, CREATED, display_width, plain
from gridplan.names import whole_number
from gridplan.words import Lang, Message, month, say

Told = tuple[Outcome, Channel]
HEADER: Final = 2
"""The row of the headings, counted from 0; the first of them is the number of the sheet."""
LONGEST_SHEET_NAME: Final = 31
NO_SHEET_NAME: Final = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
SHEET_NUMBER: Final = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?[A-Za-z](?![A-Za-z0-9])")
WEEK_KEY: Final = re.compile(r"(?<!\d)\d{4}-W\d{2}(?!\d)", re.IGNORECASE)
DOOR_LETTERS: Final = 14
"""Letters of a door on one line: it stays in sight while somebody moves across the weeks on a phone."""
MOST_ROWS: Final = 999
"""Rows that a sheet may have; what stands in the column of their numbers and is larger is none."""


@dataclass(frozen=True, slots=True)
class ReturnedSheet:
    """What came back of a tick sheet."""

    number: str
    sheet: str
    """What the sheet is called in its workbook."""
    marks: Mapping[tuple[int, str], Told]
    """By row of the tick sheet and key of the week; cells left blank are not among them."""
    refused: tuple[Message, ...] = ()
    """The cells that say nothing that is understood, each with what to do."""


def write_tick_workbook(sheets: Sequence[TickSheet], lang: Lang) -> bytes:
    """Return the tick sheets of a village as a workbook, without anybody's name."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True})
    book.set_properties({"title": say("sheet.title", lang), "created": CREATED})
    formats = _Formats(book)
    for sheet in sheets:
        label = NO_SHEET_NAME.sub(" ", plain(sheet.grid))[: LONGEST_SHEET_NAME - len(sheet.number) - 1].strip()
        _fill(book.add_worksheet(f"{label} {sheet.number}".strip()), formats, sheet, lang)
    book.close()
    return file.getvalue()


def read_tick_workbook(tables: Sequence[Table]) -> list[ReturnedSheet]:
    """Return what came back of the tick sheets of one file, in whatever order and under whatever names.

    A sheet that is there twice is one. Sheets that are no tick sheets are left alone.

    Raises
    ------
    InputRefused
        None of them is a tick sheet, or the number of one is missing or mistyped.
    """
    found: dict[str, _Returned] = {}
    for table in tables:
        weeks = {column: week for column, header in enumerate(table.header) if (week := _week(header)) is not None}
        if weeks:
            returned = found.setdefault(number := _number(table), _Returned(number, str(table.sheet or "")))
            returned.read(table, weeks)
    if not found:
        raise InputRefused("sheet.none", file=tables[0].source.name if tables else "")
    return [ReturnedSheet(one.number, one.sheet, one.marks, tuple(one.refused)) for one in found.values()]


# ---- to be filled in


class _Formats:
    """The formats of the cells."""

    def __init__(self, book: Workbook) -> None:
        cell: dict[str, object] = {"font_size": 14, "border": 1, "valign": "vcenter", "num_format": "@"}
        header = cell | {"bold": True, "bg_color": "#D5DEE8", "text_wrap": True, "align": "center", "font_size": 11}
        self.title: Format = book.add_format({"bold": True, "font_size": 16, "num_format": "@"})
        self.sentence: Format = book.add_format({"font_size": 12, "num_format": "@"})
        self.header: Format = book.add_format(header)
        self.place: Format = book.add_format(cell | {"bold": True, "align": "center", "num_format": "0"})
        self.text: Format = book.add_format(cell | {"text_wrap": True})
        self.mark: Format = book.add_format(cell | {"align": "center", "text_wrap": True})


def _fill(page: Worksheet, formats: _Formats, sheet: TickSheet, lang: Lang) -> None:
    first, last = HEADER + 1, HEADER + len(sheet.rows)
    title = (say("sheet.title", lang), month(sheet.month, lang), sheet.village, sheet.grid, sheet.number)
    page.write_string(0, 0, plain(" · ".join(title)), formats.title)
    page.write_string(1, 0, say("sheet.choose", lang), formats.sentence)
    headings = [sheet.number, say("sheet.door", lang), say("sheet.hamlet", lang)]
    headings += [_week_heading(week, lang) for week in sheet.weeks]
    for column, heading in enumerate(headings):
        page.write_string(HEADER, column, heading, formats.header)
    for at, row in enumerate(sheet.rows, start=first):
        page.set_row(at, max(30, 20 * math.ceil(display_width(row.mark) / DOOR_LETTERS)))
        page.write_number(at, 0, row.place, formats.place)
        page.write_string(at, 1, plain(row.mark), formats.text)
        page.write_string(at, 2, plain(row.hamlet or ""), formats.text)
        for column in range(3, len(headings)):
            page.write_blank(at, column, None, formats.mark)
    if sheet.rows:
        choices = [say(mark.words, lang) for mark in MARKS]
        page.data_validation(
            first, 3, last, len(headings) - 1, {"validate": "list", "source": choices, "show_error": False}
        )
    page.set_row(0, 30)
    page.set_row(HEADER, 54)
    page.set_column(0, 0, 10)
    page.set_column(1, 1, 1.4 * DOOR_LETTERS)
    page.set_column(2, 2, 12)
    page.set_column(3, len(headings) - 1, 18)
    page.freeze_panes(first, 2)
    page.set_paper(A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.ignore_errors({"number_stored_as_text": xl_range(0, 0, last, len(headings) - 1)})


def _week_heading(week: Week, lang: Lang) -> str:
    days = f"{short_day(week.monday, lang)}–{short_day(week.sunday, lang)}"
    return f"{say('sheet.week', lang, week=str(week.number))}\n{days}\n{week.key}"


# ---- as it came back


@dataclass(slots=True)
class _Returned:
    """A sheet while it is read, from as many copies of it as there are."""

    number: str
    sheet: str
    marks: dict[tuple[int, str], Told] = field(default_factory=dict)
    refused: list[Message] = field(default_factory=list)

    def read(self, table: Table, weeks: Mapping[int, str]) -> None:
        """Read the marks of a sheet, whose columns of weeks are known."""
        first, sheet = _column_of_places(table), str(table.sheet or "")
        for row, cells in zip(table.numbers, table.rows, strict=True):
            place = whole_number(unicodedata.normalize("NFKC", cells[first]).strip())
            for column, cell in enumerate(cells):
                where = {
                    "sheet": sheet,
                    "row": str(row),
                    "column": xl_col_to_name(column),
                    "value": shown(cell.strip()),
                }
                if column in weeks and cell.strip():
                    self._take(place, weeks[column], mark_of(cell), where | {"first": xl_col_to_name(first)})
                elif column > min(weeks) and mark_of(cell) is not None:
                    self.refused.append(Message("sheet.cell_without_week", where))

    def _take(self, place: int | None, week: str, mark: Mark | None, values: Mapping[str, object]) -> None:
        if mark is None:
            self.refused.append(Message("sheet.cell", values))
        elif place is None or not 1 <= place <= MOST_ROWS:
            self.refused.append(Message("sheet.cell_without_row", values))
        elif self.marks.setdefault((place, week), (mark.outcome, mark.channel)) != (mark.outcome, mark.channel):
            self.refused.append(Message("sheet.cell_twice", {**values, "place": str(place)}))


def _week(header: str) -> str | None:
    """Return the key of the week that a column is of; None for any other column."""
    key = WEEK_KEY.search(unicodedata.normalize("NFKC", header))
    return Week.parse(key[0].upper()).key if key else None


def _number(table: Table) -> str:
    """Return the number of a tick sheet: of its headings, or else of the name that its sheet has."""
    sheet, refusal = str(table.sheet or ""), None
    for text in _numbers((*table.header, sheet)):
        try:
            return parse_number(text)
        except InputRefused as refused:
            refusal = refusal or refused
    if refusal is not None:
        raise InputRefused("sheet.misnumbered", file=table.source.name, sheet=sheet, why=refusal.message)
    raise InputRefused("sheet.unnumbered", file=table.source.name, sheet=sheet)


def _numbers(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from SHEET_NUMBER.findall(unicodedata.normalize("NFKC", text))


def _column_of_places(table: Table) -> int:
    """Return the column with the numbers of households: that with the number of the sheet above it, or the first."""
    return next((column for column, header in enumerate(table.header) if any(_numbers((header,)))), 0)
