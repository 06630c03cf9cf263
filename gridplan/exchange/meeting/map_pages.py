"""The pages of sheets and atlases: a village with its grids, a grid with its households, each beside its map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from shapely.geometry.base import BaseGeometry

from gridplan.exchange.cartography.drawn import Focus, SheetGrid, SheetVillage
from gridplan.exchange.cartography.figure import Scene, Theme, draw_locator, draw_map, letter_of
from gridplan.exchange.cartography.frame import MARGIN, Legend, draw_legend, letters, sheet_frame
from gridplan.exchange.meeting.content import Content
from gridplan.exchange.paper.document import Align, Box, Paper, short_day
from gridplan.names import sort_key
from gridplan.words import Lang, say

ROW: Final = 5.4
"""The height of a row of a table on A4, in millimetres."""
LOWEST: Final = 0.75
"""How low a row may be, as a part of that, where all of a table has room then."""
SLACK: Final = 0.01
LETTERS: Final = 8.5
GUTTER: Final = 4.0
PANEL: Final = 88.0
"""The width of what stands beside a map on A4 across; on upright paper it is the height below the map."""
LOCATOR: Final = 34.0
DETAILS: Final = 0.5
"""The part of a panel that details may take."""
DETAIL: Final = 0.3
"""The part of its width that one takes where they stand beside each other."""
FEWEST_ROWS: Final = 4
"""Rows of a table for which a page must have room."""
BLOCK: Final = 82.0
"""The width of a block of a table that goes on beside itself."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, its part of the width."""

    heading: str
    part: float
    align: Align = "left"


@dataclass(frozen=True)
class Table:
    """Rows of texts, drawn in as many blocks beside each other as there is room for."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]

    def fits(self, box: Box, larger: float) -> bool:
        """Return whether a box holds all rows, at least when they are lower than they might be."""
        return LOWEST * self.height(box, larger, len(self.rows)) <= box.height

    def draw(self, paper: Paper, box: Box, larger: float, first: int = 0) -> int:
        """Draw the rows from one on, as many as a box holds, and return which is next."""
        blocks = self._blocks(box, larger)
        wide = (box.width - (blocks - 1) * GUTTER) / blocks
        row = ROW * larger
        if first == 0 and self.fits(box, larger):
            row = min(row, box.height / (-(-len(self.rows) // blocks) + 1) - SLACK)
        each = max(int(box.height / row) - 1, 0)
        for block in range(blocks):
            rows = self.rows[first : first + each]
            if rows:
                left = box.left + block * (wide + GUTTER)
                self._block(paper, Box(left, box.top, wide, row), rows, larger)
            first += len(rows)
        return first

    def height(self, box: Box, larger: float, rows: int) -> float:
        """Return how high so many rows are in the blocks of a box."""
        return (-(-rows // self._blocks(box, larger)) + 1) * (ROW * larger + SLACK)

    def _blocks(self, box: Box, larger: float) -> int:
        return max(int((box.width + GUTTER) / (BLOCK * larger + GUTTER)), 1)

    def _block(self, paper: Paper, line: Box, rows: Sequence[Sequence[str]], larger: float) -> None:
        whole = sum(column.part for column in self.columns)
        for n, row in enumerate([[column.heading for column in self.columns], *rows]):
            left, top = line.left, line.top + n * line.height
            for column, text in zip(self.columns, row, strict=True):
                cell = Box(left, top, line.width * column.part / whole, line.height)
                paper.text(cell.within(0.8), text, LETTERS * larger, bold=n == 0, align=column.align, least=5)
                left += cell.width
            bottom = top + line.height
            paper.line((line.left, bottom), (line.left + line.width, bottom), 0.35 if n == 0 else 0.1)


def grid_table(village: SheetVillage, lang: Lang) -> Table:
    """Return the grids of a village: number, size, who can be called."""
    has_living = any(grid.living is not None for grid in village.grids)
    has_contact = any(grid.contact for grid in village.grids)
    columns = [
        Column(say("map_page.column.grid", lang), 14, "center"),
        Column(say("map_page.column.size", lang), 14, "center"),
    ]
    columns += [Column(say("map_page.column.living", lang), 14, "center")] if has_living else []
    if has_contact:
        columns += [Column(say("map_page.column.contact", lang), 26), Column(say("map_page.column.phone", lang), 30)]
    rows = []
    for grid in village.grids:
        row = [str(grid.number), str(grid.size)]
        row += ["" if grid.living is None else str(grid.living)] if has_living else []
        if has_contact:
            row += [grid.contact.name, grid.contact.phone or ""] if grid.contact else ["", ""]
        rows.append(row)
    return Table(tuple(columns), rows)


def home_table(grid: SheetGrid, lang: Lang) -> Table:
    """Return the households of a grid in visiting order, with the columns that are there."""
    found = {
        "place": ([str(row.place) for row in grid.rows], 9.0),
        "door": ([row.door for row in grid.rows], 22.0),
        "hamlet": ([row.hamlet or "" for row in grid.rows], 20.0),
        "name": ([row.name or "" for row in grid.rows], 22.0),
        "phone": ([row.phone or "" for row in grid.rows], 27.0),
    }
    kept = {code: column for code, column in found.items() if any(column[0])}
    columns = tuple(
        Column(say(f"map_page.column.{code}", lang), part, "center" if code == "place" else "left")
        for code, (_, part) in kept.items()
    )
    return Table(columns, list(zip(*(texts for texts, _ in kept.values()), strict=True)))


def fitting_page(extent: BaseGeometry, upright: Box, parts: Callable[[Box], tuple[Box, Box]]) -> Box:
    """Return a sheet upright or across, as the map of something is larger on it; parts says where a map stands."""
    across = Box(0, 0, upright.height, upright.width)
    if extent.is_empty:
        return across
    west, south, east, north = extent.bounds
    scales = [
        min(one.width / max(east - west, 1), one.height / max(north - south, 1))
        for one, _ in (parts(across), parts(upright))
    ]
    return upright if scales[1] > scales[0] else across


def counted(lang: Lang, **counts: int) -> str:
    """Return counts of villages, grids and households beside each other."""
    return " · ".join(say(f"count.{what}", lang, n=n) for what, n in counts.items())


def about_map(content: Content, about: str) -> str:
    """Return what stands below a title, with the week that the colours of its map are of."""
    if content.contact is None or content.classes is None:
        return about
    first, last = (short_day(day, content.lang) for day in content.contact.week)
    return f"{about} · {say('map_page.week', content.lang, first=first, last=last)}"


def draw_letter(paper: Paper, box: Box, letter: str, larger: float) -> None:
    """Write the letter of a detail into its corner."""
    place = Box(box.left + 1, box.top + 1, 6 * larger, 6 * larger)
    paper.plate(place, 0.5, 0.3)
    paper.text(place, letter, 11 * larger, bold=True, align="center")


@dataclass(frozen=True)
class MapPages:
    """What draws the pages of a content on one size of paper."""

    content: Content
    size: Box
    """Upright."""

    @cached_property
    def scene(self) -> Scene:
        """The villages on one plane, laid out once."""
        return Scene(self.content.villages, self.content.ground)

    @cached_property
    def larger(self) -> float:
        """By how much larger letters are than on A4."""
        return letters(self.size)

    @property
    def _lang(self) -> Lang:
        return self.content.lang

    def framed(self, paper: Paper, page: Box, title: str, about: str) -> Box:
        """Draw the frame of a page with its number, and return what it leaves."""
        paper.page(page)
        foot = Box(0, page.height - MARGIN, page.width, MARGIN * 0.75)
        paper.text(foot, str(paper.number), 9, align="center")
        return sheet_frame(paper, page, self.content.stamp, title, about, self._lang)

    def theme(self) -> Theme:
        """Return what its maps tell."""
        shows_places = self.content.stamp.profile == "planner"
        return Theme(self.content.classes, coordinates=shows_places, larger=self.larger)

    def _parts(self, inside: Box) -> tuple[Box, Box]:
        """Return the place of a map on a page, and that of what stands beside or below it."""
        panel = PANEL * self.larger
        if inside.width > inside.height:
            left = inside.left + inside.width - panel
            map_box = Box(inside.left, inside.top, inside.width - panel - GUTTER, inside.height)
            return map_box, Box(left, inside.top, panel, inside.height)
        top = inside.top + inside.height - panel
        map_box = Box(inside.left, inside.top, inside.width, inside.height - panel - GUTTER)
        return map_box, Box(inside.left, top, inside.width, panel)

    def village(self, paper: Paper, village: SheetVillage, *, rows: bool = False) -> None:
        """Draw the pages of a village, with the households of its grids or without."""
        lang = self._lang
        title = say("map_page.village", lang, village=village.name)
        about = counted(lang, grids=len(village.grids), households=village.households)
        about = about_map(self.content, about)
        tables = [_Headed(None, grid_table(village, lang))]
        if not village.grids and not village.has_place:
            self._empty_page(paper, title, about)
        if village.has_place:
            theme = replace(self.theme(), details=2)
            if any(grid.marks for grid in village.grids):
                theme = replace(theme, marks="dots")
            if self._map_page(paper, Focus(village.name), theme, title, about, tables[0].table):
                tables = []
        if rows:
            with_rows = [grid for grid in village.grids if grid.rows]
            tables += [_Headed(self.grid_title(village, grid), home_table(grid, lang)) for grid in with_rows]
        self._table_pages(paper, tables, title, about)

    def grid(self, paper: Paper, village: SheetVillage, grid: SheetGrid) -> None:
        """Draw the pages of a grid."""
        lang = self._lang
        title = self.grid_title(village, grid)
        about = say("map_page.grid_about", lang, n=grid.size)
        if grid.contact:
            called = " ".join(filter(None, (grid.contact.name, grid.contact.phone)))
            about += f" · {say('map_page.called', lang, who=called)}"
        table = home_table(grid, lang)
        if grid.outline is not None:
            theme = replace(self.theme(), marks="numbers", details=1)
            if self._map_page(paper, Focus(village.name, grid.number), theme, title, about, table):
                return
        self._table_pages(paper, [_Headed(None, table)], title, about)

    def grid_title(self, village: SheetVillage, grid: SheetGrid) -> str:
        """Return what a grid is called on a page of its own."""
        return say("map_page.grid", self._lang, village=village.name, number=grid.number)

    def _map_page(self, paper: Paper, focus: Focus, theme: Theme, title: str, about: str, table: Table) -> bool:
        """Draw a map with what stands beside it, the table too if all of it has room, and return whether it had."""
        page = fitting_page(self.scene.extent(focus), self.size, self._parts)
        place, panel = self._parts(self.framed(paper, page, title, about))
        if theme.marks == "numbers" and _is_beside(panel):  # a detail leaves no room for the households
            theme = replace(theme, details=0)
        legend = draw_map(paper, place, self.scene, self._lang, focus=focus, theme=theme)
        panel, details = self._details(paper, panel, legend.details, theme)
        apart = legend.apart.difference(*(one.numbered for one in details))
        dropped = {*legend.dropped, *self.scene.numbers(apart, by_village=False)}
        if theme.marks == "numbers":
            dropped.update(*(one.dropped for one in details))
        rest = self._key(paper, panel, replace(legend, dropped=tuple(sorted(dropped, key=sort_key))), focus)
        fits = table.fits(rest, self.larger)
        if fits:
            table.draw(paper, rest, self.larger)
        paper.turn()
        return fits

    def _details(self, paper: Paper, panel: Box, details: Sequence[Focus], theme: Theme) -> tuple[Box, list[Legend]]:
        """Draw the details of a map, and return what they leave of a panel and what they used."""
        legends, wide = [], panel.width * DETAIL
        of_details = replace(theme, details=0, coordinates=False, is_detail=True, letters=(5.5, 11))
        for at, focus in enumerate(details):
            if _is_beside(panel):
                tall = min(panel.width * 0.75, panel.height * DETAILS / len(details) - GUTTER)
                box, panel = Box(panel.left, panel.top, panel.width, tall), _below(panel, tall + GUTTER)
            else:
                box, rest = Box(panel.left, panel.top, wide, panel.height), panel.width - wide - GUTTER
                panel = Box(panel.left + wide + GUTTER, panel.top, rest, panel.height)
            legends.append(draw_map(paper, box, self.scene, self._lang, focus=focus, theme=of_details))
            draw_letter(paper, box, letter_of(at), self.larger)
        return panel, legends

    def _key(self, paper: Paper, panel: Box, legend: Legend, focus: Focus) -> Box:
        """Draw legend and locator, and return what they leave of a panel."""
        is_beside = _is_beside(panel)
        wide = panel.width if is_beside else min(panel.width * 0.36, 64 * self.larger)
        column = Box(panel.left, panel.top, wide, panel.height)
        column = _below(column, draw_legend(paper, column, legend, self._lang, self.larger) + GUTTER)
        tall = min(LOCATOR * self.larger, column.height)
        if (len(self.scene.villages) > 1 or focus.grid is not None) and tall > LOCATOR / 2:
            draw_locator(paper, Box(column.left, column.top, wide, tall), self.scene, focus)
            column = _below(column, tall + GUTTER)
        if is_beside:
            return column
        return Box(panel.left + wide + GUTTER, panel.top, panel.width - wide - GUTTER, panel.height)

    def _empty_page(self, paper: Paper, title: str, about: str) -> None:
        """Draw the page of a village of which there is no grid and no map."""
        inside = self.framed(paper, Box(0, 0, self.size.height, self.size.width), title, about)
        line = Box(inside.left, inside.top, inside.width, ROW * self.larger)
        paper.text(line, say("book.no_grids", self._lang), LETTERS * self.larger)
        paper.turn()

    def _table_pages(self, paper: Paper, tables: Sequence[_Headed], title: str, about: str) -> None:
        """Draw tables below each other on pages of their own."""
        page, row = Box(0, 0, self.size.height, self.size.width), ROW * self.larger
        rest: Box | None = None
        for one in tables:
            first = 0
            while first < len(one.table.rows):
                if rest is None or rest.height < FEWEST_ROWS * row:
                    if rest is not None:
                        paper.turn()
                    rest = self.framed(paper, page, title, about)
                if one.heading:
                    paper.text(Box(rest.left, rest.top, rest.width, row), one.heading, 10 * self.larger, bold=True)
                    rest = _below(rest, row)
                tall = min(rest.height, one.table.height(rest, self.larger, len(one.table.rows) - first))
                first = one.table.draw(paper, Box(rest.left, rest.top, rest.width, tall), self.larger, first)
                rest = _below(rest, tall + row)
        if rest is not None:
            paper.turn()


@dataclass(frozen=True, slots=True)
class _Headed:
    """A table and what stands above it."""

    heading: str | None
    table: Table


def _is_beside(panel: Box) -> bool:
    return panel.height > panel.width


def _below(box: Box, height: float) -> Box:
    """Return what is left of a box below a height."""
    return Box(box.left, box.top + height, box.width, max(box.height - height, 0))
