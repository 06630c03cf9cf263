"""The wall map: all villages on one sheet of any size, on sheets of a printer to be joined, or as a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Final, Literal

from gridplan.exchange.cartography.drawn import Focus
from gridplan.exchange.cartography.figure import Scene, Theme, draw_map, letter_of
from gridplan.exchange.cartography.frame import Legend, draw_legend, letters, sheet_frame
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
DETAILS_EACH_WAY: Final = 5
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
    return _printed(content, wanted, has_details=wanted.numbers == "grids" and wanted.joined_of is None)


def write_picture(content: Content, wanted: WallMap, kind: Literal["png", "jpg"]) -> bytes:
    """Return the map of a content as a picture of one sheet.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    dpi = FINE_DPI if wanted.size in ("A3", "A4") else COARSE_DPI
    picture = next(page_pictures(_printed(content, replace(wanted, joined_of=None), has_details=False), dpi))
    return png(picture, dpi) if kind == "png" else jpg(picture, dpi, MOST_BYTES)


def _printed(content: Content, wanted: WallMap, *, has_details: bool) -> bytes:
    scene = Scene(content.villages, content.ground)
    page = fitting_page(scene.extent(Focus()), SIZES[wanted.size], _parts)

    def draw(paper: Paper) -> None:
        if wanted.joined_of is not None:
            with paper.kept(SHEET, page):
                _sheet(paper, page, content, scene, wanted, details=0)
            _joined(paper, page, SIZES[wanted.joined_of], content)
            return
        legend = _sheet(paper, page, content, scene, wanted, details=DETAILS if has_details else 0)
        paper.turn()
        if legend.details:
            _details(paper, page, content, scene, wanted, legend)

    return printed(content.title, content.lang, draw, page)


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


def _theme(content: Content, wanted: WallMap, page: Box) -> Theme:
    place, _ = _parts(page)
    has_room = place.width * place.height >= ROOM * len(content.grids)
    return Theme(
        content.classes,
        wanted.numbers if has_room else "villages",
        coordinates=content.stamp.profile == "planner",
        larger=letters(page),
        letters=(4.5, 12.0) if letters(page) > letters(SIZES["A2"]) else (5.5, 14.0),
    )


def _sheet(paper: Paper, page: Box, content: Content, scene: Scene, wanted: WallMap, *, details: int) -> Legend:
    """Draw the map with its legend and the list of villages."""
    lang, larger = content.lang, letters(page)
    about = about_map(content, counted(lang, villages=len(content.villages), grids=len(content.grids)))
    place, panel = _parts(sheet_frame(paper, page, content.stamp, content.title, about, lang))
    villages = _village_table(content)
    if not scene.has_map:
        villages.draw(paper, place, larger)
        return Legend(())
    legend = draw_map(paper, place, scene, lang, theme=replace(_theme(content, wanted, page), details=details))
    if panel.width < panel.height:
        tall = draw_legend(paper, panel, legend, lang, larger) + GAP
        villages.draw(paper, Box(panel.left, panel.top + tall, panel.width, panel.height - tall), larger)
    else:
        side = panel.width / 3
        draw_legend(paper, Box(panel.left, panel.top, side, panel.height), legend, lang, larger)
        rest = panel.width - side - GAP
        villages.draw(paper, Box(panel.left + side + GAP, panel.top, rest, panel.height), larger)
    return legend


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


def _details(paper: Paper, page: Box, content: Content, scene: Scene, wanted: WallMap, legend: Legend) -> None:
    """Draw the parts of the map that are framed on it, in rows, on sheets of their own."""
    lang, larger = content.lang, letters(page)
    each_way = min(ceil(len(legend.details) ** 0.5), DETAILS_EACH_WAY)
    across, down = each_way, min(ceil(len(legend.details) / each_way), each_way)
    theme = replace(_theme(content, wanted, page), coordinates=False, is_detail=True, letters=(4.0, 9.0))
    for first in range(0, len(legend.details), across * down):
        inside = sheet_frame(paper, page, content.stamp, content.title, say("wall_map.details", lang), lang)
        wide, tall = (inside.width + GAP) / across, (inside.height + GAP) / down
        for at, focus in enumerate(legend.details[first : first + across * down]):
            left, top = inside.left + at % across * wide, inside.top + at // across * tall
            box = Box(left, top, wide - GAP, tall - GAP)
            draw_map(paper, box, scene, lang, focus=focus, theme=theme)
            draw_letter(paper, box, letter_of(first + at), larger)
        paper.turn()


def _joined(paper: Paper, page: Box, upright: Box, content: Content) -> None:
    """Draw a sheet on many: a plan of how they are joined, then each with its overlap and marks to cut it."""
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
