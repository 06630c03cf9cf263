"""Consultation copies: a draft of a village on A3, as a map and a roster in which the branch writes what it wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Final

from shapely.geometry.base import BaseGeometry

from gridplan.contact.sheet_number import spaced
from gridplan.exchange.cartography.drawn import Focus, HomeMark, SheetGrid, SheetVillage
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map, letter_of
from gridplan.exchange.paper.document import WIDE_PAGE, Box, Paper, printed, written_day
from gridplan.words import Lang, say


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A household: the row that it is typed back by, and the grid that the draft has for it; None for none."""

    row: int
    grid: int | None
    mark: str
    hamlet: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class MapGrid:
    """A grid as the map shows it; outlines are in degrees."""

    number: int
    size: int
    lead: str | None
    outline: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class ConsultationCopy:
    """A draft of a village as it is asked about."""

    number: str
    village: str
    draft: str
    day: date
    grids: tuple[MapGrid, ...]
    rows: tuple[RosterRow, ...]
    """Grid by grid, those in none last."""
    places: tuple[tuple[float, float], ...]
    """Longitude and latitude of the households that are on the map."""
    boundary: BaseGeometry | None

    @property
    def drawn(self) -> list[tuple[MapGrid, BaseGeometry]]:
        """The grids that are on the map, with their outlines."""
        return [(grid, grid.outline) for grid in self.grids if grid.outline is not None]


MARGIN: Final = 12.0
WIDTH: Final = WIDE_PAGE.width - 2 * MARGIN
TOP: Final = 34.0
BOTTOM: Final = WIDE_PAGE.height - 14
MAP: Final = Box(MARGIN, TOP, WIDTH, BOTTOM - TOP - 26)
COLUMNS: Final = 3
GUTTER: Final = 6.0
BLOCK: Final = (WIDTH - (COLUMNS - 1) * GUTTER) / COLUMNS
ROW: Final = 7.2
"""The height of a row, in which a number is written by hand."""
CELLS: Final = {"row": 11.0, "mark": 34.0, "hamlet": 21.0, "name": 24.0, "grid": 12.0, "to": 25.3}
WORD: Final = 42.0
"""The height of what the branch writes."""
WHOLE: Final = Theme(marks="dots", details=5, larger=1.2)
DETAIL: Final = replace(WHOLE, details=0)


def write_consultations(copies: Sequence[ConsultationCopy], lang: Lang) -> bytes:
    """Return consultation copies as a PDF on A3.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """

    def draw(paper: Paper) -> None:
        for copy in copies:
            _maps(paper, copy, lang)
            _roster(paper, copy, lang)

    title = say("consultation.title", lang, village=copies[0].village)
    return printed(title, lang, draw, WIDE_PAGE)


def _head(paper: Paper, copy: ConsultationCopy, what: str, lang: Lang) -> None:
    paper.text(Box(MARGIN, 8, WIDTH - 90, 12), say("consultation.title", lang, village=copy.village), 24, bold=True)
    about = say("consultation.about", lang, draft=copy.draft, day=written_day(copy.day, lang), n=len(copy.rows))
    paper.text(Box(MARGIN, 20, WIDTH - 90, 7), f"{what} · {about}", 12)
    paper.text(Box(MARGIN, 27, WIDTH - 90, 6), say("consultation.internal", lang), 10)
    number = Box(MARGIN + WIDTH - 84, 9, 84, 16)
    paper.box(number, 0.5)
    paper.text(number, spaced(copy.number), 26, bold=True, align="center")


def _word(paper: Paper, copy: ConsultationCopy, top: float, height: float, lang: Lang) -> None:
    """Draw the line on which the branch says what it thinks."""
    paper.text(Box(MARGIN, top, 70, 7), say("consultation.word", lang), 13, bold=True)
    paper.line((MARGIN + 62, top + 7), (MARGIN + WIDTH, top + 7))
    if height > 30:
        paper.line((MARGIN, top + 18), (MARGIN + WIDTH, top + 18))
    paper.text(Box(MARGIN, top + height - 9, WIDTH, 7), say("consultation.signed", lang), 12)


# ---- the map


def _maps(paper: Paper, copy: ConsultationCopy, lang: Lang) -> None:
    """Draw the village, then the parts of it in which numbers have no room, each on a page of its own."""
    if not copy.drawn:
        return
    scene = _scene(copy)
    parts = [Focus(copy.village)]
    for n, focus in enumerate(parts):
        letter = letter_of(n - 1) if n else ""
        _head(paper, copy, say("consultation.detail", lang, n=letter) if n else say("consultation.map", lang), lang)
        legend = draw_map(paper, MAP, scene, lang, focus=focus, theme=DETAIL if n else WHOLE)
        parts += legend.details
        _word(paper, copy, BOTTOM - 22, 22, lang)
        paper.turn()


def _scene(copy: ConsultationCopy) -> Scene:
    """Return a village with its grids as maps draw them."""
    grids = tuple(SheetGrid(grid.number, grid.size, grid.outline) for grid in copy.grids)
    marks = tuple(HomeMark(place, 0) for place in copy.places)
    return Scene([SheetVillage(copy.village, None, copy.boundary, grids, len(copy.rows), marks=marks)])


# ---- the roster


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the roster: a household, or the grid that those below it are in."""

    row: RosterRow | None
    title: str = ""


def _lines(copy: ConsultationCopy, lang: Lang) -> list[_Line]:
    grid_of = {grid.number: grid for grid in copy.grids}
    lines = []
    for number, rows in groupby(copy.rows, key=lambda row: row.grid):
        title = say("consultation.in_none", lang)
        if number is not None:
            grid = grid_of[number]
            code = "consultation.grid_of" if grid.lead else "consultation.grid"
            title = say(code, lang, number=number, n=grid.size, lead=grid.lead or "")
        lines += [_Line(None, title), *map(_Line, rows)]
    return lines


def _roster(paper: Paper, copy: ConsultationCopy, lang: Lang) -> None:
    """Draw the rows in columns, page by page; the last page has room for the word of the branch."""
    lines, top = _lines(copy, lang), TOP + 16
    most = int((BOTTOM - top - ROW) // ROW)
    least = int((BOTTOM - top - ROW - WORD) // ROW)
    while True:
        is_last = len(lines) <= COLUMNS * least
        room = min(most, -(-len(lines) // COLUMNS)) if not is_last else least
        _head(paper, copy, say("consultation.roster", lang), lang)
        paper.text(Box(MARGIN, TOP, WIDTH, 12), say("consultation.how", lang), 12)
        for column in range(COLUMNS):
            part = _without_lonely_title(lines[:room])
            lines = lines[len(part) :]
            if part:
                _column(paper, MARGIN + column * (BLOCK + GUTTER), top, part, lang)
        if is_last and not lines:
            _word(paper, copy, BOTTOM - WORD + 4, WORD - 4, lang)
            paper.turn()
            return
        paper.turn()


def _without_lonely_title(part: list[_Line]) -> list[_Line]:
    """Return the lines of a column without a title at its foot that nothing follows."""
    return part[:-1] if len(part) > 1 and part[-1].row is None else part


def _column(paper: Paper, left: float, top: float, lines: Sequence[_Line], lang: Lang) -> None:
    _cells(paper, left, top, {code: say(f"consultation.column.{code}", lang) for code in CELLS}, bold=True)
    for line in lines:
        top += ROW
        if line.row is None:
            paper.box(Box(left, top, BLOCK, ROW), 0.5)
            paper.text(Box(left, top, BLOCK, ROW).within(1.5), line.title, 11, bold=True)
            continue
        row = line.row
        texts = {"row": str(row.row), "mark": row.mark, "hamlet": row.hamlet or "", "name": row.name or ""}
        _cells(paper, left, top, texts | {"grid": str(row.grid or "–"), "to": ""})


def _cells(paper: Paper, left: float, top: float, texts: dict[str, str], *, bold: bool = False) -> None:
    for code, width in CELLS.items():
        box = Box(left, top, width * BLOCK / sum(CELLS.values()), ROW)
        paper.box(box, 0.5 if code == "to" else 0.15)
        is_number = code in ("row", "grid")
        paper.text(box.within(1), texts[code], 10, bold=bold or code == "row", align="center" if is_number else "left")
        left += box.width
