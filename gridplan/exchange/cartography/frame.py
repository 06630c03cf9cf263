"""What stands around a map: title block, neatline, stamp, legend, scale bar, north arrow, locator, coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from gridplan.coordinates import LocalFrame
from gridplan.exchange.cartography.drawn import Focus
from gridplan.exchange.cartography.label_placement import POINT, Written
from gridplan.exchange.cartography.patterns import (
    BUILDING,
    STROKES,
    WATER,
    Look,
    Stroke,
    Symbol,
    hatching,
)
from gridplan.exchange.cartography.plane import Plane, area_of
from gridplan.exchange.meeting.content import Stamp
from gridplan.exchange.paper.document import Align, Box, Paper, Point
from gridplan.words import BETWEEN, Lang, say

MARGIN: Final = 8.0
"""Millimetres of white around the neatline."""
HEAD: Final = 14.0
"""The height of the title block of a sheet of A4."""
FOOT: Final = 9.5
INNER: Final = 3.0
"""Millimetres between the neatline and what is within."""
ROW: Final = 6.5
"""The height of a row of a legend, in millimetres."""
SWATCH: Final = 11.0
A4_WIDE: Final = 297.0
BAR: Final = 42.0
"""The widest scale bar."""
BAR_PART: Final = 0.3
"""The part of a map that it is wide at most."""
BAND: Final = (17.0, 5.0)
"""The width and height of what a frame of coordinates takes of a map, at its sides and at its top and foot."""
COORDINATE_EVERY: Final = 60.0
"""Millimetres between two coordinates, at least."""
COORDINATE_SIZE: Final = 6.5
ARC_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Seconds of arc between two coordinates."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a legend."""

    shown: Look | Symbol
    text: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What a map used, and what did not find room on it."""

    entries: tuple[Entry, ...]
    dropped: tuple[str, ...] = ()
    """Texts that have no place on the map, to be listed beside it."""
    details: tuple[Focus, ...] = ()
    """Parts of the map to be drawn by themselves, as A, B and so on."""
    apart: frozenset[int] = frozenset()
    """The grids of the scene whose numbers are to be found there."""
    numbered: frozenset[int] = frozenset()
    """Those whose numbers are on the map."""


def letters(page: Box) -> float:
    """Return by how much larger the letters of a page are than those of A4: large paper is read from farther away."""
    return float(max(page.width, page.height) / A4_WIDE) ** 0.75


def framed_box(page: Box) -> Box:
    """Return what the frame of a sheet leaves for what the sheet is about."""
    larger = letters(page)
    head, foot = HEAD * larger, FOOT * larger
    inside = page.within(MARGIN + INNER)
    return Box(inside.left, MARGIN + head + INNER, inside.width, page.height - 2 * MARGIN - head - foot - 2 * INNER)


def sheet_frame(paper: Paper, page: Box, stamp: Stamp, title: str, subtitle: str, lang: Lang) -> Box:
    """Draw neatline, title block and stamp of a sheet, and return the box that is left for what the sheet is about."""
    larger = letters(page)
    line = Box(MARGIN, MARGIN, page.width - 2 * MARGIN, page.height - 2 * MARGIN)
    inside = line.within(INNER)
    head, foot = HEAD * larger, FOOT * larger
    paper.text(Box(inside.left, line.top + 1, inside.width, 8.5 * larger), title, 19 * larger, bold=True)
    paper.text(Box(inside.left, line.top + 1 + 8.5 * larger, inside.width, 4.5 * larger), subtitle, 10 * larger)
    bottom = line.top + line.height
    paper.box(line, 0.6)
    paper.line((line.left, line.top + head), (line.left + line.width, line.top + head), 0.3)
    paper.line((line.left, bottom - foot), (line.left + line.width, bottom - foot), 0.3)
    wide = inside.width * 0.34
    paper.text(Box(inside.left, bottom - foot, wide, foot), stamp.status(lang), 10 * larger, bold=True)
    texts = [" · ".join(stamp.texts(lang))]
    if stamp.sources:
        texts.append(say("paper_map.sources", lang, sources=BETWEEN[lang].join(stamp.sources)))
    for row, text in enumerate(texts):
        tall = foot / len(texts)
        beside = Box(inside.left + wide + 3, bottom - foot + row * tall, inside.width - wide - 3, tall)
        paper.text(beside, text, 7.5 * larger, align="right", least=5)
    return framed_box(page)


def draw_legend(paper: Paper, box: Box, legend: Legend, lang: Lang, larger: float = 1.0) -> float:
    """Draw a legend from the top of a box, in as many columns as fit, and return its height."""
    row, size = ROW * larger, 9 * larger
    columns = max(1, int(box.width // (58 * larger)))
    wide = box.width / columns
    for at, entry in enumerate(legend.entries):
        left, top = box.left + at % columns * wide, box.top + at // columns * row
        swatch = Box(left, top + 0.9 * larger, SWATCH * larger, row - 1.8 * larger)
        _draw_swatch(paper, swatch, entry.shown)
        beside = left + swatch.width + 2 * larger
        paper.text(Box(beside, top, left + wide - beside - 1, row), entry.text, size)
    height = -(-len(legend.entries) // columns) * row
    if legend.dropped:
        needed = -(-paper.width(_unplaced(legend.dropped, lang), 8 * larger) // box.width) + 1
        tall = min(needed * 0.62 * row, max(box.height - height, row))
        draw_unplaced(paper, Box(box.left, box.top + height, box.width, tall), legend.dropped, lang, larger)
        height += tall
    return height


def draw_unplaced(paper: Paper, box: Box, texts: Sequence[str], lang: Lang, larger: float = 1.0) -> None:
    """Write which texts have no room on a map."""
    if texts:
        paper.paragraphs(box, [(_unplaced(texts, lang), False)], 8 * larger)


def _unplaced(texts: Sequence[str], lang: Lang) -> str:
    return say("paper_map.dropped", lang, texts=BETWEEN[lang].join(texts))


def _draw_swatch(paper: Paper, box: Box, shown: Look | Symbol) -> None:
    if isinstance(shown, Look):
        draw_area(paper, [_corners(box)], shown, box)
        paper.box(box, 0.2)
        return
    middle = box.top + box.height / 2
    across = [(box.left, middle), (box.left + box.width, middle)]
    if shown == "water":
        draw_area(paper, [_corners(box)], WATER, box)
    elif shown == "building":
        paper.shape([_corners(Box(box.left + box.width / 3, box.top, box.width / 3, box.height))], BUILDING.fill, 0)
    elif shown == "detail":
        paper.lines([[*_corners(box), _corners(box)[0]]], 0.6)
    elif shown == "dot":
        paper.dot((box.left + box.width / 2, middle), 0.6)
    elif shown in STROKES:
        draw_lines(paper, [across], STROKES[shown])
    else:
        text = {"home": "1", "flats": "3–8 (6)", "hamlet": "9"}[shown]
        size = 7.0
        extent = mark_extent(paper, text, size)
        spot = Box(box.left + (box.width - extent[0]) / 2, middle - extent[1] / 2, *extent)
        draw_mark(paper, Written(text, spot, size), is_own=shown != "hamlet")


def _corners(box: Box) -> list[Point]:
    right, bottom = box.left + box.width, box.top + box.height
    return [(box.left, box.top), (right, box.top), (right, bottom), (box.left, bottom)]


def draw_area(paper: Paper, rings: Sequence[Sequence[Point]], look: Look, box: Box) -> None:
    """Fill a box with a look."""
    paper.shape(rings, look.fill, 0)
    draw_hatching(paper, hatching(area_of(box), look), look)


def draw_hatching(paper: Paper, hatches: Sequence[Sequence[Point]], look: Look) -> None:
    """Draw the lines of a pattern."""
    is_dotted = look.pattern == "dotted"
    if hatches:
        width, dashes = (0.5, (0.01, look.spacing)) if is_dotted else (0.14, ())
        paper.lines(hatches, width, look.ink, dashes)


def draw_lines(paper: Paper, found: Sequence[Sequence[Point]], stroke: Stroke) -> None:
    """Draw lines upon their casing."""
    if found and stroke.casing:
        paper.lines(found, stroke.casing, stroke.casing_colour)
    if found:
        paper.lines(found, stroke.width, stroke.colour, stroke.dashes)


def mark_extent(paper: Paper, text: str, size: float) -> tuple[float, float]:
    """Return width and height of the mark of households, with its numbers in letters of a size."""
    tall = 1.45 * POINT * size
    return max(paper.width(text, size, bold=True) + 0.5 * POINT * size, tall), tall


def draw_mark(paper: Paper, mark: Written, *, is_own: bool) -> None:
    """Draw the mark of households: round where they stand on the spot, square where only their hamlet does."""
    paper.plate(mark.box, mark.box.height / 2 * 0.999 if is_own else 0.0, 0.25)
    paper.text(mark.box, mark.text, mark.size, bold=True, align="center", least=mark.size)


def bar_box(plane: Plane, larger: float) -> tuple[float, float]:
    """Return width and height that a scale bar takes."""
    return _bar_metres(plane, larger) * plane.mm_per_metre + 16 * larger, 10.5 * larger


def _bar_metres(plane: Plane, larger: float) -> int:
    return plane.bar_metres(min(BAR * larger, BAR_PART * plane.box.width))


def scale_bar(paper: Paper, box: Box, plane: Plane, lang: Lang, larger: float = 1.0) -> None:
    """Draw a scale bar into a box, with its length and the scale as a number."""
    metres = _bar_metres(plane, larger)
    wide = metres * plane.mm_per_metre
    left, top = box.left + 8 * larger, box.top + 5.2 * larger
    for quarter in range(4):
        part = Box(left + wide * quarter / 4, top, wide / 4, 1.6 * larger)
        paper.plate(part, 0, 0.2, "#000000" if quarter % 2 == 0 else "#ffffff")
    unit = ("unit.kilometres", metres / 1000) if metres >= 1000 else ("unit.metres", metres)
    length = say(unit[0], lang, length=f"{unit[1]:g}")
    size = 8 * larger
    paper.text(Box(left - 6 * larger, box.top + 0.8 * larger, 12 * larger, 4 * larger), "0", size, align="center")
    ends = Box(left + wide - 14 * larger, box.top + 0.8 * larger, 22 * larger, 4 * larger)
    paper.text(ends, length, size, align="right")
    scale = Box(box.left, top + 1.6 * larger, box.width, 3.6 * larger)
    paper.text(scale, f"1 : {plane.denominator:,}".replace(",", " "), 7.5 * larger, align="center", least=5)


def north_arrow(paper: Paper, box: Box, turn: float, lang: Lang) -> None:
    """Draw an arrow that points north, also where a map is turned."""
    x, y = box.left + box.width / 2, box.top + box.height / 2
    reach = min(box.width, box.height) / 2
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def at(east: float, north: float) -> Point:
        return x + reach * (east * cos + north * sin), y - reach * (north * cos - east * sin)

    paper.shape([[at(0, 0.55), at(-0.38, -0.9), at(0, -0.6)]], "#000000", 0.2)
    paper.shape([[at(0, 0.55), at(0.38, -0.9), at(0, -0.6)]], "#ffffff", 0.2)
    paper.label(at(0, 0.8), say("paper_map.north", lang), reach / POINT * 0.62)


def inside_coordinates(box: Box) -> Box:
    """Return what a frame of coordinates leaves of a box for the map."""
    wide, tall = BAND
    return Box(box.left + wide, box.top + tall, box.width - 2 * wide, box.height - 2 * tall)


def draw_coordinates(paper: Paper, inner: Box, plane: Plane, frame: LocalFrame) -> None:
    """Draw longitudes and latitudes around a map, where they meet its edge."""
    corners = [*_corners(inner), _corners(inner)[0]]
    share = np.linspace(0, 1, 201)[:, None]
    for edge, (start, end) in enumerate(pairwise(corners)):
        xy = np.array(start) * (1 - share) + np.array(end) * share
        seconds = frame.to_degrees(plane.metres(xy)) * 3600
        axis = int(np.ptp(seconds, axis=0).argmax())
        along = seconds[:, axis]
        length = float(np.ptp(xy, axis=0).max())
        wanted = np.ptp(along) / max(length / COORDINATE_EVERY, 1)
        step = next((one for one in ARC_STEPS if one >= wanted), ARC_STEPS[-1])
        order = np.argsort(along)
        for value in range(math.ceil(along.min() / step) * step, math.floor(along.max()) + 1, step):
            x, y = (float(np.interp(value, along[order], xy[order, n])) for n in (0, 1))
            _coordinate(paper, (x, y), edge, _degrees(value, axis))


def _coordinate(paper: Paper, at: Point, edge: int, text: str) -> None:
    """Draw a tick and its text outside one of the edges: top, right, bottom, left."""
    (x, y), (wide, tall) = at, BAND
    out = ((0, -1), (1, 0), (0, 1), (-1, 0))[edge]
    paper.line(at, (x + out[0] * 1.2, y + out[1] * 1.2), 0.2)
    across = Box(x - wide, y - tall if edge == 0 else y + 1.2, 2 * wide, tall - 1.2)
    beside = Box(x + 1.6 if edge == 1 else x - wide, y - tall / 2, wide - 1.6, tall)
    is_across = edge in (0, 2)
    align: Align = "center" if is_across else "left" if edge == 1 else "right"
    paper.text(across if is_across else beside, text, COORDINATE_SIZE, align=align, least=COORDINATE_SIZE)


def _degrees(seconds: int, axis: int) -> str:
    """Return degrees, minutes and seconds with the half of the earth."""
    half = ("EW", "NS")[axis][seconds < 0]
    minutes, rest = divmod(abs(seconds), 60)
    degrees, minutes = divmod(minutes, 60)
    return f"{degrees}°{minutes:02d}′{rest:02d}″{half}"
