"""The wall map: all villages on one sheet of any size, on sheets of a printer to be joined, or as a picture."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final, Literal

from gridplan.exchange.cartography.drawn import Focus
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map, letter_of
from gridplan.exchange.cartography.frame import Legend, draw_legend, draw_unplaced, letters, sheet_frame
from gridplan.exchange.cartography.picture import jpg, page_pictures, png
from gridplan.exchange.meeting.content import Content
from gridplan.exchange.meeting.map_pages import Column, Table, about_map, counted, draw_letter, fitting_page
from gridplan.exchange.paper.document import SIZES, Box, Paper, Point, printed
from gridplan.words import say

Size = Literal["A0", "A1", "A2", "A3", "A4"]
PANEL: Final = 0.2
"""The part of a sheet that legend and villages take, beside the map or below it."""
GAP: Final = 4.0
ROOM: Final = 300.0
"""Square millimetres of a map for each grid, from which on its number can be read from arm's length."""
DETAILS: Final = 50
DETAILS_EACH_WAY: Final[dict[str, int]] = {"A0": 5, "A1": 5, "A2": 4, "A3": 3, "A4": 2}
"""How many stand beside each other on a sheet of their own, at most."""
INSETS: Final = 0.3
"""The part of a map that its details take where all of it is one picture."""
INSET: Final = (45.0, 40.0)
"""The width and height of such a detail on A4, in millimetres, at least."""
HIGHEST_INSET: Final = 1.2
"""How high it may be, as a multiple of its width."""
UNPLACED: Final = 8.0
"""The height on A4 of what says which numbers have no room on details either."""
FINE_DPI: Final = 300
"""Of pictures up to A3."""
COARSE_DPI: Final = 150
MOST_BYTES: Final = 10_000_000
"""Of a JPEG, as print shops take it."""
OVERLAP: Final = 10.0
"""Millimetres by which sheets that are joined lie on each other."""
UNPRINTED: Final = 10.0
"""Millimetres at the edge of a sheet that printers leave white."""
SHEET: Final = "sheet"


@dataclass(frozen=True, slots=True)
class WallMap:
    """How a wall map is wanted."""

    size: Size = "A0"
    joined_of: Literal["A3", "A4"] | None = None
    """The size of the sheets that it is put together of; None for one sheet."""
    numbers: Literal["grids", "villages"] = "grids"
    """Whose; those of grids only where these are large enough on the sheet."""


def write_wall_map(content: Content, wanted: WallMap) -> bytes:
    """Return the map of a content as a PDF: the map, and sheets of details where numbers have no room on it.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    sheet = _Sheet(content, wanted)

    def draw(paper: Paper) -> None:
        if wanted.joined_of is None:
            legend = sheet.draw(paper)
            paper.turn()
            sheet.details(paper, legend, sheet.page, DETAILS_EACH_WAY[wanted.size])
        else:
            with paper.kept(SHEET, sheet.page):
                legend = sheet.draw(paper)
            page = _joined(paper, sheet.page, SIZES[wanted.joined_of], content)
            sheet.details(paper, legend, page, DETAILS_EACH_WAY[wanted.joined_of])

    return printed(content.title, content.lang, draw, sheet.page)


def write_picture(content: Content, wanted: WallMap, kind: Literal["png", "jpg"]) -> bytes:
    """Return the map of a content as a picture of one sheet, with the details that have room beside the map.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    sheet = _Sheet(content, replace(wanted, joined_of=None))

    def draw(paper: Paper) -> None:
        tried = sheet.draw(Paper(content.title, content.lang, sheet.page))
        sheet.draw(paper, has_insets=bool(tried.details))

    dpi = FINE_DPI if wanted.size in ("A3", "A4") else COARSE_DPI
    picture = next(page_pictures(printed(content.title, content.lang, draw, sheet.page), dpi))
    return png(picture, dpi) if kind == "png" else jpg(picture, dpi, MOST_BYTES)


def _parts(inside: Box) -> tuple[Box, Box]:
    """Return the place of the map and that of what stands beside or below it."""
    if inside.width > inside.height:
        wide = inside.width * PANEL
        left = inside.left + inside.width - wide
        place = Box(inside.left, inside.top, inside.width - wide - GAP, inside.height)
        return place, Box(left, inside.top, wide, inside.height)
    tall = inside.height * PANEL
    top = inside.top + inside.height - tall
    place = Box(inside.left, inside.top, inside.width, inside.height - tall - GAP)
    return place, Box(inside.left, top, inside.width, tall)


class _Sheet:
    """The sheet of a wall map, and those of its details."""

    def __init__(self, content: Content, wanted: WallMap) -> None:
        self.content, self.wanted, self.lang = content, wanted, content.lang
        self.scene = Scene(content.villages, content.ground)
        self.page = fitting_page(self.scene.extent(Focus()), SIZES[wanted.size], _parts)

    def _theme(self, page: Box) -> Theme:
        place, _ = _parts(page)
        has_room = place.width * place.height >= ROOM * len(self.content.grids)
        return Theme(
            self.content.classes,
            self.wanted.numbers if has_room else "villages",
            coordinates=self.content.stamp.profile == "planner",
            details=DETAILS,
            larger=letters(page),
            letters=(4.5, 12.0) if letters(page) > letters(SIZES["A2"]) else (5.5, 14.0),
        )

    def draw(self, paper: Paper, *, has_insets: bool = False) -> Legend:
        """Draw the map with its legend and the list of villages, and return what it used."""
        content, lang, larger = self.content, self.lang, letters(self.page)
        about = about_map(content, counted(lang, villages=len(content.villages), grids=len(content.grids)))
        place, panel = _parts(sheet_frame(paper, self.page, content.stamp, content.title, about, lang))
        villages = _village_table(content)
        if not self.scene.has_map:
            villages.draw(paper, place, larger)
            return Legend(())
        theme = self._theme(self.page)
        if has_insets:
            place, band = _beside_insets(place)
            across, down = _most_insets(band, larger)
            legend = draw_map(paper, place, self.scene, lang, theme=replace(theme, details=across * down))
            least = int(band.height * across / band.width / HIGHEST_INSET)
            cells = _cells(band, across, min(max(ceil(len(legend.details) / across), least), down))
            numbered = self._draw_details(paper, cells, legend.details, larger)
            legend = replace(legend, dropped=(*legend.dropped, *self._unplaced(legend, numbered)))
        else:
            legend = draw_map(paper, place, self.scene, lang, theme=theme)
        if panel.width < panel.height:
            tall = draw_legend(paper, panel, legend, lang, larger) + GAP
            villages.draw(paper, Box(panel.left, panel.top + tall, panel.width, panel.height - tall), larger)
        else:
            side = panel.width / 3
            draw_legend(paper, Box(panel.left, panel.top, side, panel.height), legend, lang, larger)
            rest = panel.width - side - GAP
            villages.draw(paper, Box(panel.left + side + GAP, panel.top, rest, panel.height), larger)
        return legend

    def details(self, paper: Paper, legend: Legend, page: Box, each_way: int) -> None:
        """Draw the parts of the map that are framed on it on sheets of their own, so many each way at most.

        The last of them says which numbers have no room there either.
        """
        title, larger, about = self.content.title, letters(page), say("wall_map.details", self.lang)
        each_way = max(1, min(ceil(len(legend.details) ** 0.5), each_way))
        numbered: set[int] = set()
        for first in range(0, len(legend.details), each_way**2):
            some = legend.details[first : first + each_way**2]
            paper.page(page)
            inside = sheet_frame(paper, page, self.content.stamp, title, about, self.lang)
            room = Box(inside.left, inside.top, inside.width, inside.height - UNPLACED * larger)
            cells = _cells(room, min(each_way, len(some)), ceil(len(some) / each_way))
            numbered |= self._draw_details(paper, cells, some, larger, first)
            if first + len(some) == len(legend.details):
                foot = Box(room.left, room.top + room.height + 1, room.width, UNPLACED * larger - 1)
                draw_unplaced(paper, foot, self._unplaced(legend, numbered), self.lang, larger)
            paper.turn()

    def _draw_details(
        self, paper: Paper, cells: Sequence[Box], details: Sequence[Focus], larger: float, first: int = 0
    ) -> set[int]:
        """Draw parts of the map into boxes, and return the grids whose numbers are on them."""
        theme = Theme(self.content.classes, larger=larger, is_detail=True, letters=(4.0, 9.0))
        numbered: set[int] = set()
        for at, (box, focus) in enumerate(zip(cells, details, strict=False), start=first):
            numbered |= draw_map(paper, box, self.scene, self.lang, focus=focus, theme=theme).numbered
            draw_letter(paper, box, letter_of(at), larger)
        return numbered

    def _unplaced(self, legend: Legend, numbered: Collection[int]) -> list[str]:
        """Return the numbers that have no room on the details of a map, by village."""
        return self.scene.numbers(legend.apart.difference(numbered), by_village=True)


def _beside_insets(place: Box) -> tuple[Box, Box]:
    """Return what is left of the place of a map where its details stand beside or below it, and their place."""
    if place.width > place.height:
        part = place.width * INSETS
        rest = Box(place.left, place.top, place.width - part - GAP, place.height)
        return rest, Box(place.left + place.width - part, place.top, part, place.height)
    part = place.height * INSETS
    rest = Box(place.left, place.top, place.width, place.height - part - GAP)
    return rest, Box(place.left, place.top + place.height - part, place.width, part)


def _most_insets(band: Box, larger: float) -> tuple[int, int]:
    """Return how many details have room in their place, across and down."""
    wide, tall = (side * larger for side in INSET)
    return max(1, int(band.width / wide)), max(1, int(band.height / tall))


def _cells(box: Box, across: int, down: int) -> list[Box]:
    """Return the boxes of rows and columns within a box."""
    wide, tall = (box.width + GAP) / across, (box.height + GAP) / down
    return [
        Box(box.left + column * wide, box.top + row * tall, wide - GAP, tall - GAP)
        for row in range(down)
        for column in range(across)
    ]


def _village_table(content: Content) -> Table:
    lang = content.lang
    columns = (
        Column(say("map_page.column.village", lang), 34),
        Column(say("map_page.column.grids", lang), 16, "right"),
        Column(say("map_page.column.households", lang), 16, "right"),
    )
    return Table(
        columns,
        [
            (
                village.name if village.has_place else say("wall_map.no_place", lang, village=village.name),
                str(len(village.grids)),
                str(village.households),
            )
            for village in content.villages
        ],
    )


def _joined(paper: Paper, page: Box, upright: Box, content: Content) -> Box:
    """Draw a sheet on many: a plan of how they are joined, then each with its overlap and marks to cut it.

    Returns
    -------
    Box
        One of them, upright or across.
    """
    lang = content.lang
    sheet, across, down = min(
        (_tiling(page, one) for one in (upright, Box(0, 0, upright.height, upright.width))),
        key=lambda found: found[1] * found[2],
    )
    paper.page(sheet)
    title = Box(UNPRINTED, UNPRINTED, sheet.width - 2 * UNPRINTED, 10)
    paper.text(title, say("wall_map.joining", lang, n=across * down), 14, bold=True)
    how = Box(title.left, title.top + 10, title.width, 8)
    paper.text(how, say("wall_map.how_to_join", lang, mm=round(OVERLAP)), 9)
    scale = min(title.width / page.width, (sheet.height - 2 * UNPRINTED - 22) / page.height)
    left, top = title.left, title.top + 22
    paper.place(SHEET, page, left, top, scale)
    step_x, step_y = sheet.width - 2 * UNPRINTED - OVERLAP, sheet.height - 2 * UNPRINTED - OVERLAP
    for row in range(down):
        for column in range(across):
            x, y = left + column * step_x * scale, top + row * step_y * scale
            wide, tall = min(step_x, page.width - column * step_x), min(step_y, page.height - row * step_y)
            paper.box(Box(x, y, wide * scale, tall * scale), 0.4)
            paper.label((x + wide * scale / 2, y + tall * scale / 2), _tile(row, column), 18)
    paper.turn()
    for row in range(down):
        for column in range(across):
            _tile_page(paper, page, sheet, (column * step_x, row * step_y), _tile(row, column), content)
    return sheet


def _tiling(page: Box, sheet: Box) -> tuple[Box, int, int]:
    """Return a sheet, and how many of it a page takes across and down."""
    wide, tall = sheet.width - 2 * UNPRINTED - OVERLAP, sheet.height - 2 * UNPRINTED - OVERLAP
    return sheet, ceil((page.width - OVERLAP) / wide), ceil((page.height - OVERLAP) / tall)


def _tile(row: int, column: int) -> str:
    return f"{letter_of(row)}{column + 1}"


def _tile_page(paper: Paper, page: Box, sheet: Box, corner: Point, name: str, content: Content) -> None:
    """Draw the part of the kept sheet that begins at a corner, and marks along which its overlap is cut."""
    area = Box(UNPRINTED, UNPRINTED, sheet.width - 2 * UNPRINTED, sheet.height - 2 * UNPRINTED)
    with paper.clipped(area):
        paper.place(SHEET, page, area.left - corner[0], area.top - corner[1])
    right, bottom = area.left + area.width - OVERLAP, area.top + area.height - OVERLAP
    for x in (area.left, right):
        for y in (area.top - 6, area.top + area.height + 2):
            paper.line((x, y), (x, y + 4), 0.2)
    for y in (area.top, bottom):
        for x in (area.left - 6, area.left + area.width + 2):
            paper.line((x, y), (x + 4, y), 0.2)
    about = f"{name} · {content.title} · {content.stamp.status(content.lang)} · {content.stamp.snapshot}"
    paper.text(Box(area.left + 12, sheet.height - 8, area.width - 24, 5), about, 7, align="center")
    paper.turn()
