"""Tick sheets: for each grid and month a sheet of A4 with its households in visiting order and a column a week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import spaced
from gridplan.exchange.paper.document import PAGE, Align, Box, Paper, printed, short_day
from gridplan.exchange.paper.marks import MARKS
from gridplan.words import Lang, Message, month, say, series


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A household on a tick sheet, as far as it is shown there."""

    place: int
    """Its place in the visiting order, from 1: what is typed."""
    mark: str
    """Its door number, what marks the house, or its address."""
    hamlet: str | None = None
    name: str | None = None
    """None wherever the town shows no names."""


@dataclass(frozen=True, slots=True)
class TickSheet:
    """A grid in a month."""

    number: str
    village: str
    grid: str
    """As pages call it: 3 号微网格, or the label that the town gave it."""
    lead: str | None
    deputies: tuple[str, ...]
    month: date
    """A day of it."""
    weeks: tuple[Week, ...]
    """Those that belong to the month: four or five."""
    rows: tuple[SheetRow, ...]


COLUMNS: Final = 5
"""Weeks of the longest month."""
MOST_ROWS: Final = 20
"""Rows that one page has room for."""
MARGIN: Final = 12.0
WIDTH: Final = PAGE.width - 2 * MARGIN
NUMBER: Final = Box(PAGE.width - MARGIN - 66, 12, 66, 19)
STAMP: Final = Box(MARGIN, 5, WIDTH, 5)
TABLE: Final = Box(MARGIN, 60, WIDTH, 224)
HEADER: Final = 16.0
TALLEST_ROW: Final = 13.8
WEEK: Final = 17.0
PLACE: Final = 12.0
HAMLET: Final = 22.0
NAME: Final = 28.0
PADDING: Final = 1.2


def write_tick_sheets(sheets: Sequence[TickSheet], lang: Lang, stamp: str = "") -> bytes:
    """Return sheets as a PDF, each on a page of A4, or on several where a grid is too large for one.

    The stamp, if there is one, says on every page what they were made with.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    villages = series(dict.fromkeys(sheet.village for sheet in sheets)).say(lang)

    def draw(paper: Paper) -> None:
        for sheet in sheets:
            parts = _parts(sheet.rows)
            for number, rows in enumerate(parts, start=1):
                _head(paper, sheet, lang)
                _table(paper, sheet, rows, lang)
                _foot(paper, sheet, lang, f"{number}/{len(parts)}")
                paper.text(STAMP, stamp, 8)
                paper.turn()

    return printed(f"{say('sheet.title', lang)} {villages}", lang, draw)


def _parts(rows: Sequence[SheetRow]) -> list[Sequence[SheetRow]]:
    """Return the rows of each page, about as many on each."""
    pages = max(1, -(-len(rows) // MOST_ROWS))
    room = -(-len(rows) // pages)
    return [rows[page * room : (page + 1) * room] for page in range(pages)]


def _head(paper: Paper, sheet: TickSheet, lang: Lang) -> None:
    beside = NUMBER.left - MARGIN - 4
    title = f"{say('sheet.title', lang)} · {month(sheet.month, lang)}"
    paper.text(Box(MARGIN, 12, beside, 9), title, 19, bold=True)
    paper.text(Box(MARGIN, 22, beside, 9), f"{sheet.village} · {sheet.grid}", 17, bold=True, least=9)
    paper.box(NUMBER, width=0.6)
    paper.text(Box(NUMBER.left, NUMBER.top + 1, NUMBER.width, 5), say("sheet.number", lang), 9, align="center")
    at = Box(NUMBER.left, NUMBER.top + 5.5, NUMBER.width, NUMBER.height - 6)
    paper.text(at, spaced(sheet.number), 30, bold=True, align="center")
    people = [Message("sheet.lead", {"name": sheet.lead or say("sheet.no_lead", lang)})]
    if sheet.deputies:
        people.append(Message("sheet.deputies", {"names": series(sheet.deputies)}))
    paper.text(Box(MARGIN, 33, WIDTH, 8), " · ".join(person.say(lang) for person in people), 12, least=8)
    paper.text(Box(MARGIN, 42, WIDTH, 8), say("sheet.how", lang), 13, bold=True)
    _legend(paper, Box(MARGIN, 50, WIDTH, 7), lang)


def _legend(paper: Paper, box: Box, lang: Lang) -> None:
    """Write the marks and what they mean, each mark in a little cell, evenly spaced."""
    entries = [(say(mark.sign, lang), say(mark.words, lang)) for mark in MARKS]
    cell, gap = 6.0, 1.2
    size = 11.0
    while (room := box.width - sum(cell + gap + paper.width(words, size) for _, words in entries)) < 12:
        size -= 0.5
    left = box.left
    for sign, words in entries:
        width = paper.width(words, size)
        paper.box(Box(left, box.top + 0.5, cell, cell), width=0.3)
        paper.text(Box(left, box.top + 0.5, cell, cell), sign, 11, bold=True, align="center")
        paper.text(Box(left + cell + gap, box.top, width + 1, box.height), words, size)
        left += cell + gap + width + room / (len(entries) - 1)


def _table(paper: Paper, sheet: TickSheet, rows: Sequence[SheetRow], lang: Lang) -> None:
    height = min(TALLEST_ROW, (TABLE.height - HEADER) / max(1, len(rows)))
    bottom = TABLE.top + HEADER + height * len(rows)
    columns = dict(_columns(sheet))
    weeks = [Box(TABLE.left + TABLE.width - WEEK * (COLUMNS - n), TABLE.top, WEEK, HEADER) for n in range(COLUMNS)]
    for code, (left, width) in columns.items():
        align: Align = "center" if code == "sheet.place" else "left"
        paper.text(Box(left, TABLE.top, width, HEADER).within(PADDING), say(code, lang), 11, bold=True, align=align)
    for week, box in zip(sheet.weeks, weeks, strict=False):
        _week(paper, week, box, lang)
    for at, row in enumerate(rows):
        top = TABLE.top + HEADER + height * at
        cells = {
            "sheet.place": str(row.place),
            "sheet.door": row.mark,
            "sheet.name": row.name,
            "sheet.hamlet": row.hamlet,
        }
        for code, (left, width) in columns.items():
            cell = Box(left, top, width, height).within(PADDING)
            if code == "sheet.place":
                paper.text(cell, cells[code] or "", 18, bold=True, align="center")
            else:
                paper.text(cell, cells[code] or "", 12 if code == "sheet.hamlet" else 16)
        for box in weeks[len(sheet.weeks) :]:
            paper.line((box.left, top + height), (box.left + box.width, top))
    paper.box(Box(TABLE.left, TABLE.top, TABLE.width, bottom - TABLE.top), width=0.5)
    for at in range(len(rows)):
        y = TABLE.top + HEADER + height * at
        paper.line((TABLE.left, y), (TABLE.left + TABLE.width, y), width=0.5 if at == 0 else 0.2)
    for left in [*(left for left, _ in columns.values()), *(box.left for box in weeks)][1:]:
        paper.line((left, TABLE.top), (left, bottom), width=0.5 if left == weeks[0].left else 0.2)
    for box in weeks[len(sheet.weeks) :]:
        paper.line((box.left, box.top + box.height), (box.left + box.width, box.top))


def _columns(sheet: TickSheet) -> Iterator[tuple[str, tuple[float, float]]]:
    """Yield the columns before the weeks, each with its left side and its width; those without content are left out."""
    hamlet = HAMLET if any(row.hamlet for row in sheet.rows) else 0
    name = NAME if any(row.name for row in sheet.rows) else 0
    door = TABLE.width - WEEK * COLUMNS - PLACE - name - hamlet
    left = TABLE.left
    for code, width in {"sheet.place": PLACE, "sheet.door": door, "sheet.name": name, "sheet.hamlet": hamlet}.items():
        if width:
            yield code, (left, width)
            left += width


def _week(paper: Paper, week: Week, box: Box, lang: Lang) -> None:
    days = (short_day(week.monday, lang), f"–{short_day(week.sunday, lang)}")
    number = say("sheet.week", lang, week=str(week.number))
    lines = zip((*days, number), (9.0, 9.0, 8.5), (True, True, False), strict=True)
    for at, (line, size, bold) in enumerate(lines):
        part = Box(box.left, box.top + 0.8 + at * 4.8, box.width, 4.8).within(0.6)
        paper.text(part, line, size, bold=bold, align="center")


def _foot(paper: Paper, sheet: TickSheet, lang: Lang, page: str) -> None:
    foot = Box(MARGIN, 286, WIDTH, 6)
    paper.text(Box(foot.left, foot.top, foot.width - 70, foot.height), say("sheet.only_marks", lang), 9.5)
    paper.text(foot, f"{spaced(sheet.number)} · {page}", 11, bold=True, align="right")
