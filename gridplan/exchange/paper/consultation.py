"""Consultation copies: a draft of a village on A3, as a map and a roster in which the branch writes what it wishes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike
from shapely.geometry.base import BaseGeometry

from gridplan.contact.sheet_number import spaced
from gridplan.coordinates import LocalFrame
from gridplan.exchange.map_colours import PALETTE, tints
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
ROOM_NEEDED: Final = 2.5
"""Millimetres around its number that tell a grid apart."""
CROWD: Final = 3
"""So many grids without that room are shown on a page of their own."""
MOST_PAGES: Final = 6
NEARBY_DEGREES: Final = 2e-4
"""So far apart, some 20 m, grids lie in one settlement."""
SCALES: Final = tuple(step * 10**power for power in range(5) for step in (1, 2, 5))


def write_consultations(copies: Sequence[ConsultationCopy], lang: Lang) -> bytes:
    """Return consultation copies as a PDF on A3.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """

    def draw(paper: Paper) -> None:
        for copy in copies:
            for n, extent in enumerate(_extents(copy)):
                what = say("consultation.detail", lang, n=str(n)) if n else say("consultation.map", lang)
                _head(paper, copy, what, lang)
                _map(paper, copy, extent, lang)
                _word(paper, copy, BOTTOM - 22, 22, lang)
                paper.turn()
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


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where degrees are on the paper."""

    frame: LocalFrame
    west: float
    north: float
    mm_per_metre: float
    left: float
    top: float

    @classmethod
    def of(cls, shape: BaseGeometry, box: Box) -> _Plane:
        """Return the plane on which a shape fills a box, in the middle of it."""
        west, south, east, north = shape.bounds
        frame = LocalFrame((west + east) / 2, (south + north) / 2)
        west, south, east, north = frame.shape_to_metres(shape).bounds
        scale = min(box.width / max(east - west, 1), box.height / max(north - south, 1))
        left = box.left + (box.width - scale * (east - west)) / 2
        return cls(frame, west, north, scale, left, box.top + (box.height - scale * (north - south)) / 2)

    def points(self, lonlat: ArrayLike) -> list[tuple[float, float]]:
        """Return points in degrees as places on the paper, in millimetres."""
        metres = self.frame.to_metres(lonlat)
        x = self.left + (metres[:, 0] - self.west) * self.mm_per_metre
        y = self.top + (self.north - metres[:, 1]) * self.mm_per_metre
        return list(zip(x.tolist(), y.tolist(), strict=True))

    def rings(self, shape: BaseGeometry) -> Iterator[list[tuple[float, float]]]:
        """Yield the rings of an area on the paper."""
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            yield self.points(shapely.get_coordinates(ring))


def _extents(copy: ConsultationCopy) -> list[BaseGeometry]:
    """Return what the pages of the map show: the village, then parts of it in which grids have too little room."""
    if not copy.drawn:
        return []
    plane = _Plane.of(_whole(copy), MAP.within(4))
    room = {grid.number: _circle(plane, outline).length * plane.mm_per_metre for grid, outline in copy.drawn}
    crowded = [outline for grid, outline in copy.drawn if room[grid.number] < ROOM_NEEDED]
    return [_whole(copy), *_settlements(crowded)][:MOST_PAGES]


def _settlements(crowded: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Return the parts of the ground that crowded grids lie in, the one of most grids first."""
    if not crowded:
        return []
    parts = shapely.get_parts(shapely.union_all(shapely.buffer(np.array(crowded, object), NEARBY_DEGREES)))
    counts = [sum(part.intersects(outline) for outline in crowded) for part in parts]
    of_several = [at for at in np.argsort(counts)[::-1].tolist() if counts[at] >= CROWD]
    return [parts[at] for at in of_several]


def _whole(copy: ConsultationCopy) -> BaseGeometry:
    return copy.boundary or shapely.union_all([outline for _, outline in copy.drawn])


def _map(paper: Paper, copy: ConsultationCopy, extent: BaseGeometry, lang: Lang) -> None:
    outlines = [outline for _, outline in copy.drawn]
    plane = _Plane.of(extent, MAP.within(4))
    looks = PALETTE["light"]["tints"]
    with paper.clipped(MAP):
        for outline, tint in zip(outlines, tints(outlines), strict=True):
            paper.shape(plane.rings(outline), looks[tint]["fill"], 0.25)
        paper.shape(plane.rings(_whole(copy)), None, 0.8)
        for at in plane.points(copy.places) if copy.places else ():
            paper.dot(at, 0.55)
        for grid, outline in copy.drawn:
            _label(paper, plane, grid, outline, lang)
    paper.box(MAP, 0.3)
    _scale_bar(paper, plane, lang)


def _circle(plane: _Plane, outline: BaseGeometry) -> BaseGeometry:
    """Return the line from the spot of a grid that has most room around it to the end of that room, in metres."""
    metres = plane.frame.shape_to_metres(max(shapely.get_parts(outline), key=lambda part: part.area))
    return shapely.maximum_inscribed_circle(metres, max(1.0, np.sqrt(metres.area) / 50))


def _label(paper: Paper, plane: _Plane, grid: MapGrid, outline: BaseGeometry, lang: Lang) -> None:
    """Write the number of a grid where it has most room, and its size below where there is enough."""
    circle = _circle(plane, outline)
    (x, y), *_ = plane.points(plane.frame.to_degrees(shapely.get_coordinates(circle)[:1]))
    room = circle.length * plane.mm_per_metre
    size = float(np.clip(3 + 3 * room, 6, 20))
    paper.label((x, y), str(grid.number), size)
    if room > 11:
        paper.label((x, y + size * 0.4), say("consultation.size", lang, n=grid.size), 8)


def _scale_bar(paper: Paper, plane: _Plane, lang: Lang) -> None:
    metres = max((one for one in SCALES if one * plane.mm_per_metre <= 60), default=1)
    left, top = MAP.left + 5, MAP.top + MAP.height - 5
    right = left + metres * plane.mm_per_metre
    paper.line((left, top), (right, top), 0.6)
    for x in (left, right):
        paper.line((x, top - 2), (x, top), 0.4)
    paper.label(((left + right) / 2, top - 4), say("unit.metres", lang, length=str(metres)), 9)
    north = MAP.left + MAP.width - 9
    paper.line((north, MAP.top + 17), (north, MAP.top + 7), 0.6)
    paper.line((north - 2, MAP.top + 10), (north, MAP.top + 7), 0.6)
    paper.line((north + 2, MAP.top + 10), (north, MAP.top + 7), 0.6)
    paper.label((north, MAP.top + 4), say("consultation.north", lang), 11)


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
