"""The atlas: a cover, an overview with an index, the villages with their grids, and a page for every grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gridplan.exchange.cartography.drawn import SheetGrid
from gridplan.exchange.cartography.figure import draw_map
from gridplan.exchange.cartography.frame import draw_legend, framed_box
from gridplan.exchange.meeting.content import Content
from gridplan.exchange.meeting.map_pages import MapPages, counted
from gridplan.exchange.paper.document import PAGE, Box, Paper, printed
from gridplan.names import sort_key
from gridplan.words import say

ACROSS: Final = Box(0, 0, PAGE.height, PAGE.width)
COLUMNS: Final = 5
"""Of an index."""
ROW: Final = 5.2
GUTTER: Final = 5.0
LEGEND: Final = 52.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of an index, and the bookmark of the page that it leads to."""

    text: str
    key: str
    is_head: bool = False


def write_atlas(content: Content) -> bytes:
    """Return the atlas of a content as a PDF with bookmarks; the lines of its indexes are links.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    return printed(content.title, content.lang, _Atlas(content).draw, ACROSS)


def write_grid_page(content: Content, village: str, number: int) -> bytes:
    """Return the page of one grid, as the atlas has it.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    pages = MapPages(content, PAGE)
    of = next(one for one in content.villages if one.name == village)
    grid = next(one for one in of.grids if one.number == number)
    return printed(pages.grid_title(of, grid), content.lang, lambda paper: pages.grid(paper, of, grid), PAGE)


class _Atlas:
    """An atlas on its way to paper."""

    def __init__(self, content: Content) -> None:
        self.content, self.lang = content, content.lang
        self.pages = MapPages(content, PAGE)
        self.page_of: dict[str, int] = {}

    def draw(self, paper: Paper) -> None:
        """Draw everything; the numbers in the indexes are written last, when they are known."""
        self._cover(paper)
        if self.pages.scene.has_map:
            self._overview(paper)
        indexes = {"grids": self._by_village(), "people": self._by_person()}
        for code, lines in indexes.items():
            self._index_pages(paper, code, lines)
        for at, village in enumerate(self.content.villages):
            self._mark(paper, _key(at), village.name, 0)
            self.pages.village(paper, village)
            for grid in filter(_has_page, village.grids):
                self._mark(paper, _key(at, grid), self.pages.grid_title(village, grid), 1)
                self.pages.grid(paper, village, grid)
        for code, lines in indexes.items():
            self._write_index(paper, code, lines)

    def _mark(self, paper: Paper, key: str, title: str, level: int) -> None:
        self.page_of[key] = paper.number
        paper.bookmark(key, title, level)

    def _framed(self, paper: Paper, title: str, about: str = "") -> Box:
        paper.page(ACROSS)
        return self.pages.framed(paper, ACROSS, title, about)

    def _cover(self, paper: Paper) -> None:
        content, lang = self.content, self.lang
        self._mark(paper, "cover", content.title, 0)
        inside = self._framed(paper, content.title)
        households = sum(village.households for village in content.villages)
        about = counted(lang, villages=len(content.villages), grids=len(content.grids), households=households)
        top = inside.top + 14
        paper.text(Box(inside.left, top, inside.width, 24), content.title, 44, bold=True, align="center")
        paper.text(Box(inside.left, top + 26, inside.width, 10), about, 16, align="center")
        paper.text(
            Box(inside.left, top + 38, inside.width, 8), content.stamp.status(lang), 14, bold=True, align="center"
        )
        stamp = [(text, False) for text in (*content.stamp.texts(lang), say("atlas.what", lang))]
        changed = [(one.say(lang), False) for one in content.stamp.changed]
        if changed:
            stamp += [(say("atlas.changed", lang), True), *changed]
        paper.paragraphs(Box(inside.left + 60, top + 54, inside.width - 120, inside.height - 72), stamp, 12)
        paper.turn()

    def _overview(self, paper: Paper) -> None:
        lang, title = self.lang, say("atlas.overview", self.lang)
        self._mark(paper, "overview", title, 0)
        inside = self._framed(paper, title, self.content.title)
        place = Box(inside.left, inside.top, inside.width - LEGEND - GUTTER, inside.height)
        theme = replace(self.pages.theme(), numbers="villages", letters=(6.0, 13.0))
        legend = draw_map(paper, place, self.pages.scene, lang, theme=theme)
        draw_legend(paper, Box(place.left + place.width + GUTTER, inside.top, LEGEND, inside.height), legend, lang)
        paper.turn()

    def _by_village(self) -> list[_Line]:
        """Return villages with their grids, in the order of the pages."""
        lines = []
        for at, village in enumerate(self.content.villages):
            lines.append(_Line(village.name, _key(at), is_head=True))
            for grid in village.grids:
                lines.append(_Line(say("atlas.grid", self.lang, number=grid.number, n=grid.size), _key(at, grid)))
        return lines

    def _by_person(self) -> list[_Line]:
        """Return who can be called in the order of their names, with the grids; offices of villages are none."""
        found: dict[str, list[tuple[int, SheetGrid]]] = {}
        for at, village in enumerate(self.content.villages):
            for grid in village.grids:
                if grid.contact and grid.contact != village.office:
                    found.setdefault(grid.contact.name, []).append((at, grid))
        lines = []
        for name in sorted(found, key=sort_key):
            for at, grid in found[name]:
                where = self.pages.grid_title(self.content.villages[at], grid)
                lines.append(_Line(f"{name}  {where}", _key(at, grid)))
        return lines

    def _index_pages(self, paper: Paper, code: str, lines: Sequence[_Line]) -> None:
        """Draw the pages of an index without its texts, which are kept apart until their numbers are known."""
        for n, part in enumerate(self._parts(lines)):
            title = say(f"atlas.index.{code}", self.lang)
            if n == 0:
                self._mark(paper, f"index-{code}", title, 0)
            self._framed(paper, title, self.content.title)
            for line, box in part:
                paper.link(box, line.key)
            paper.place(f"{code}-{n}", ACROSS)
            paper.turn()

    def _write_index(self, paper: Paper, code: str, lines: Sequence[_Line]) -> None:
        for n, part in enumerate(self._parts(lines)):
            with paper.kept(f"{code}-{n}", ACROSS):
                for line, box in part:
                    left = Box(box.left + (0 if line.is_head else 2), box.top, box.width - 13, box.height)
                    paper.text(left, line.text, 8.5, bold=line.is_head, least=5)
                    number = Box(box.left + box.width - 10, box.top, 10, box.height)
                    paper.text(number, str(self.page_of[line.key]), 8.5, align="right")

    def _parts(self, lines: Sequence[_Line]) -> Iterator[list[tuple[_Line, Box]]]:
        """Yield the lines of each page of an index, with their places in its columns."""
        inside = framed_box(ACROSS)
        each, wide = int(inside.height / ROW), (inside.width + GUTTER) / COLUMNS
        for first in range(0, len(lines), each * COLUMNS):
            yield [
                (line, Box(inside.left + at // each * wide, inside.top + at % each * ROW, wide - GUTTER, ROW))
                for at, line in enumerate(lines[first : first + each * COLUMNS])
            ]


def _has_page(grid: SheetGrid) -> bool:
    """Return whether there is anything to show of a grid but what the page of its village says."""
    return grid.outline is not None or bool(grid.rows)


def _key(village: int, grid: SheetGrid | None = None) -> str:
    """Return the bookmark of the page of a village, or of a grid that has one."""
    return f"village-{village}" if grid is None or not _has_page(grid) else f"village-{village}-grid-{grid.number}"
