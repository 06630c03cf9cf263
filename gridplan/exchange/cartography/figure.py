"""The map itself, layer by layer: tints and patterns, ground, casing and lines of boundaries, marks, texts.

What maps show lies on one plane in metres from the start, so that a page of an atlas asks only for what is on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.cartography.drawn import Focus, Ground, HomeMark, SheetVillage
from gridplan.exchange.cartography.frame import (
    Entry,
    Legend,
    bar_box,
    draw_coordinates,
    draw_hatching,
    draw_lines,
    draw_mark,
    inside_coordinates,
    mark_extent,
    north_arrow,
    scale_bar,
)
from gridplan.exchange.cartography.label_placement import POINT, Labels, Written, roomiest
from gridplan.exchange.cartography.patterns import (
    AROUND,
    BUILDING,
    STROKES,
    TINTS,
    WATER,
    Look,
    Symbol,
    hatching,
    look_of,
)
from gridplan.exchange.cartography.plane import Plane, area_of, lines, rings
from gridplan.exchange.map_colours import View, tints
from gridplan.exchange.paper.document import BLACK, Box, Paper, Point
from gridplan.names import sort_key
from gridplan.words import Lang, runs, say

Shapes = NDArray[np.object_]
EDGE: Final = 5.0
"""Millimetres around what fills a map in which its surroundings show."""
EDGE_OF_DETAIL: Final = 2.0
FINE: Final = 0.03
"""Millimetres by which an outline may be drawn plainer than it is."""
CROWD: Final = 3
"""So many numbers without room beside each other have a detail of their own."""
LARGEST_DETAIL: Final = 30
"""Of more than so many there are several, as far as there may be."""
NEARBY: Final = 10.0
"""Millimetres between them, at most."""
AROUND_CROWD: Final = 2.0
LARGEST_CROWD: Final = 0.4
"""The part of a map each way up to which a detail shows marks without room larger."""
ARROW: Final = 13.0
"""The sides of the box of the north arrow, in millimetres."""
DETAILED: Final = 0.2
"""Millimetres for a metre from which on the ground is drawn with lines of full width: 1 to 5,000."""
MARK_SIZE: Final = 8.0
LETTER: Final = 7.5
"""The sides of the box of the letter of a detail."""
SMALLEST_NAME: Final = 6.0
SURROUNDING: Final = 10.0
"""The largest letters of villages around the one that a map is about."""
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Of details: without those that look like numbers."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What a map tells: tints by which neighbours differ or classes, whose numbers, which marks."""

    classes: View | None = None
    """Its grids are those of the scene, in order."""
    numbers: Literal["grids", "villages"] = "grids"
    marks: Literal["none", "dots", "numbers"] = "none"
    coordinates: bool = False
    """Whether longitudes and latitudes stand around it."""
    details: int = 0
    """How many parts of it, at most, may be drawn by themselves where numbers have no room; of marks one."""
    larger: float = 1.0
    """By how much larger its letters and marks are than on A4."""
    letters: tuple[float, float] = (7.0, 18.0)
    """The smallest and the largest letters of numbers on A4, in points."""
    is_detail: bool = False
    """Whether it stands beside the map that it is a part of, and needs no arrow of its own."""


class Scene:
    """Villages with their grids and the ground, laid out once on a plane in metres for any number of maps."""

    def __init__(self, villages: Sequence[SheetVillage], ground: Ground | None = None) -> None:
        self.villages = tuple(villages)
        self.grids = [(at, grid) for at, village in enumerate(villages) for grid in village.grids]
        outlines = [grid.outline for _, grid in self.grids]
        boundaries = [one.boundary or (shapely.union_all(one.outlines) if one.outlines else None) for one in villages]
        self.tints = tints(outlines) if outlines else []
        self.village_tints = tints(boundaries) if boundaries else []
        drawn = [shape for shape in (*outlines, *boundaries) if shape is not None]
        self.has_map = bool(drawn)
        places = [shapely.get_coordinates(drawn)] if drawn else [np.array([(0.0, 0.0)])]
        self.frame = LocalFrame.around(np.vstack(places))
        self.outlines = self._laid(outlines)
        self.boundaries = self._laid(boundaries)
        self._tree = shapely.STRtree(self.outlines)
        ground = ground or Ground()
        self.ground: dict[Symbol, Shapes] = {
            "water": self._laid(ground.water),
            "building": self._laid(ground.buildings),
            "road": self._laid(ground.roads),
            "barrier": self._laid(ground.barriers),
            "bridge": self._laid(ground.bridges),
        }
        self._trees = {kind: shapely.STRtree(shapes) for kind, shapes in self.ground.items()}

    def _laid(self, shapes: Iterable[BaseGeometry | None]) -> Shapes:
        return np.asarray(shapely.transform(np.array(list(shapes), object), self.frame.to_metres), object)

    def extent(self, focus: Focus) -> BaseGeometry:
        """Return what fills a map, in metres; empty where it has no place."""
        if focus.ground is not None:
            return focus.ground
        if focus.village is None:
            return shapely.union_all([shapely.envelope(one) for one in self.boundaries if one is not None])
        at = self.village_at(focus.village)
        if focus.grid is None:
            return self.boundaries[at] or shapely.Polygon()
        number = next(n for n, (of, grid) in enumerate(self.grids) if of == at and grid.number == focus.grid)
        spots = [mark.lonlat for mark in self.grids[number][1].marks]
        homes = shapely.multipoints(self.frame.to_metres(spots)) if spots else None
        return shapely.union_all([one for one in (self.outlines[number], homes) if one is not None])

    def numbers(self, grids: Iterable[int], *, by_village: bool) -> list[str]:
        """Return the numbers of grids as texts, those of a village together."""
        found: dict[int, list[int]] = {}
        for at, grid in (self.grids[n] for n in grids):
            found.setdefault(at, []).append(grid.number)
        whose = {at: f"{self.villages[at].name} " if by_village else "" for at in found}
        return [whose[at] + runs(found[at]) for at in sorted(found)]

    def village_at(self, name: str) -> int:
        """Return which of the villages a name is that of."""
        return next(at for at, village in enumerate(self.villages) if village.name == name)

    def grids_on(self, ground: BaseGeometry) -> list[int]:
        """Return the grids that lie on some ground."""
        return sorted(self._tree.query(ground, predicate="intersects").tolist())

    def ground_on(self, kind: Symbol, ground: BaseGeometry) -> Shapes:
        """Return the ground of a kind within some ground."""
        return self.ground[kind][np.sort(self._trees[kind].query(ground, predicate="intersects"))]


def draw_map(
    paper: Paper, box: Box, scene: Scene, lang: Lang, *, focus: Focus | None = None, theme: Theme | None = None
) -> Legend:
    """Draw a map that fills a box, and return what it used, to be drawn beside it.

    What it is about must have a place: villages without positions are for tables.
    """
    return _Drawing(paper, box, scene, lang, focus or Focus(), theme or Theme()).drawn()


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark that has no room where its household stands."""

    spot: Point
    text: str
    extent: tuple[float, float]
    is_own: bool

    @property
    def asks(self) -> tuple[Point, str, tuple[float, float]]:
        """What asks for a place beside its spot."""
        return self.spot, self.text, self.extent


class _Drawing:
    """A map on its way to paper."""

    def __init__(self, paper: Paper, box: Box, scene: Scene, lang: Lang, focus: Focus, theme: Theme) -> None:
        self.paper, self.scene, self.lang, self.focus, self.theme = paper, scene, lang, focus, theme
        self.box = inside_coordinates(box) if theme.coordinates else box
        edge = EDGE_OF_DETAIL if theme.is_detail else EDGE
        inner = Box(self.box.left, self.box.top + edge, self.box.width, self.box.height - 2 * edge).within(edge)
        self.extent = scene.extent(focus)
        self.plane = Plane.of(self.extent, inner, may_turn=focus.ground is None)
        if not theme.is_detail and not self._has_free_corners():
            shorter = Box(inner.left, inner.top, inner.width, inner.height - ARROW * theme.larger)
            self.plane = Plane.of(self.extent, shorter, may_turn=focus.ground is None)
        self.shown = self.plane.over(self.box)
        self.at = None if focus.village is None else scene.village_at(focus.village)
        self.on = scene.grids_on(self.shown.visible)
        self.labels = Labels(self.box)
        if theme.is_detail:
            self.labels.keep_free(Box(box.left, box.top, LETTER * theme.larger, LETTER * theme.larger))
        self.used: dict[Symbol, None] = {}
        self.dropped: list[str] = []
        self.details: list[BaseGeometry] = []
        self.numbered: set[int] = set()
        self.apart: set[int] = set()

    def drawn(self) -> Legend:
        """Draw everything, from the ground up."""
        with self.paper.clipped(self.box):
            self._areas()
            self._ground()
            self._boundaries()
            self._dots()
        self._furniture()
        with self.paper.clipped(self.box):
            self._texts()
        self.paper.box(self.box, 0.4)
        if self.theme.coordinates:
            draw_coordinates(self.paper, self.box, self.plane, self.scene.frame)
        details = tuple(Focus(self.focus.village, self.focus.grid, self._ground_of(one)) for one in self.details)
        return Legend(
            tuple(self._entries()),
            tuple(sorted(self.dropped, key=sort_key)),
            details,
            frozenset(self.apart),
            frozenset(self.numbered),
        )

    # ---- areas and lines

    @cached_property
    def laid(self) -> dict[int, BaseGeometry]:
        """The outlines on the paper, by the grid."""
        if not self.on:
            return {}
        return dict(zip(self.on, self._clipped(self.scene.outlines[self.on]), strict=True))

    def _clipped(self, shapes: Shapes) -> Shapes:
        """Return what of shapes in metres is in the box, on the paper, as fine as it can be seen."""
        box, far = self.box, 3.0
        laid = shapely.simplify(self.shown.laid(shapes), FINE)
        sides = (box.left - far, box.top - far, box.left + box.width + far, box.top + box.height + far)
        clipped = np.asarray(shapely.clip_by_rect(laid, *sides), object)
        crossed = ~shapely.is_valid(clipped)
        clipped[crossed] = shapely.buffer(clipped[crossed], 0)
        return clipped

    def _look(self, grid: int) -> Look:
        village, one = self.scene.grids[grid]
        if self.at is not None and village != self.at:
            return AROUND
        if self.theme.classes is not None:
            return look_of(self.theme.classes.classes[self.theme.classes.of_grid[grid]])
        if self.theme.numbers == "villages":
            return TINTS[self.scene.village_tints[village]]
        return AROUND if one.number == self.focus.grid and village == self.at else TINTS[self.scene.tints[grid]]

    def _areas(self) -> None:
        for grid, area in self.laid.items():
            look = self._look(grid)
            if look is not AROUND:
                self.paper.shape(rings(area), look.fill, 0)
        for grid, area in self.laid.items():
            draw_hatching(self.paper, hatching(area, self._scaled(look := self._look(grid))), look)

    def _scaled(self, look: Look) -> Look:
        return Look(look.fill, look.pattern, look.spacing * self.theme.larger**0.5, look.ink)

    def _ground(self) -> None:
        for kind in self.scene.ground:
            found = self.scene.ground_on(kind, self.shown.visible)
            if not len(found):
                continue
            self.used[kind] = None
            laid = self._clipped(found)
            areas = [one for one in shapely.get_parts(laid) if one.geom_type == "Polygon"]
            strokes = [line for one in shapely.get_parts(laid) if one.geom_type != "Polygon" for line in lines(one)]
            if kind in ("water", "building"):
                look = WATER if kind == "water" else BUILDING
                for area in areas:
                    self.paper.shape(rings(area), look.fill, 0)
                    draw_hatching(self.paper, hatching(area, look), look)
            else:
                strokes += [line for area in areas for line in rings(area)]
            if kind == "bridge":
                strokes += [
                    [(x - 1.2, y), (x + 1.2, y)]
                    for x, y in shapely.get_coordinates(laid[shapely.get_dimensions(laid) == 0]).tolist()
                ]
            if kind in STROKES:
                self._stroke(strokes, kind)

    def _boundaries(self) -> None:
        self._stroke([line for area in self.laid.values() for line in rings(area)], "grid")
        villages = [one for one in self.scene.boundaries if one is not None]
        shapes = np.array([one for one in villages if one.intersects(self.shown.visible)], object)
        self._stroke([line for one in self._clipped(shapes) for line in rings(one)], "village")
        if self.focus.grid is not None and self.at is not None:
            own = [area for grid, area in self.laid.items() if self._is_own(grid)]
            self._stroke([line for area in own for line in rings(area)], "own")

    def _stroke(self, found: Sequence[Sequence[Point]], symbol: Symbol) -> None:
        """Draw lines, those of the ground finer where the scale is small: a road must not hide a settlement."""
        finer = 1.0 if symbol not in self.scene.ground else min((self.plane.mm_per_metre / DETAILED) ** 0.5, 1.0)
        draw_lines(self.paper, found, STROKES[symbol].times(finer * self.theme.larger**0.7))

    def _is_own(self, grid: int) -> bool:
        village, one = self.scene.grids[grid]
        return village == self.at and one.number == self.focus.grid

    # ---- scale bar and arrow

    def _has_free_corners(self) -> bool:
        """Return whether scale bar and north arrow have corners in which they cover nothing that the map is about."""
        extent, larger = self.plane.laid(shapely.simplify(self.extent, FINE)), self.theme.larger
        corners = self._corners(max(bar_box(self.plane, larger)[0], ARROW * larger), ARROW * larger)
        return sum(not extent.intersects(area_of(one)) for one in corners) >= 2

    def _furniture(self) -> None:
        """Put scale bar and north arrow into the corners of the box where there is least of what it is about."""
        larger = self.theme.larger * (0.8 if self.theme.is_detail else 1)
        extent = self.plane.laid(self.extent)

        def emptiest(wide: float, tall: float, order: int) -> Box:
            free = [one for one in self._corners(wide, tall)[::order] if self.labels.is_free(one)]
            place = min(free, key=lambda one: shapely.area(extent & area_of(one)))
            self.labels.keep_free(place)
            self.paper.plate(place, 0, 0)
            return place

        scale_bar(self.paper, emptiest(*bar_box(self.plane, larger), 1), self.plane, self.lang, larger)
        if not self.theme.is_detail:
            arrow = emptiest(ARROW * larger, ARROW * larger, -1)
            north_arrow(self.paper, arrow, self.plane.turn, self.lang)

    def _corners(self, wide: float, tall: float) -> list[Box]:
        """Return the corners of the box, from that in which people look for a scale bar to that for an arrow."""
        left, top = self.box.left + 1.5, self.box.top + 1.5
        right, bottom = left + self.box.width - 3 - wide, top + self.box.height - 3 - tall
        return [Box(x, y, wide, tall) for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))]

    # ---- marks and texts

    def _texts(self) -> None:
        if self.theme.marks == "numbers":
            self._numbered_marks(self._own_marks())
        names_first = self.at is None and not self.theme.is_detail
        if names_first:
            self._village_names()
        if self.theme.numbers == "grids":
            self._numbers()
        if not names_first:
            self._village_names()

    def _village_names(self) -> None:
        """Write the names of villages, but of the one that a map is about: that is in its title."""
        most = self.theme.letters[1] if self.at is None else SURROUNDING
        sizes = (SMALLEST_NAME * self.theme.larger, most * self.theme.larger)
        middles = np.array([roomiest(area)[0] for area in self.laid.values() if not area.is_empty]).reshape(-1, 2)
        for at, boundary in enumerate(self.scene.boundaries):
            if at == self.at or boundary is None or not boundary.intersects(self.shown.visible):
                continue
            area = self._clipped(np.array([boundary], object))[0] & area_of(self.box)
            name = self.scene.villages[at].name
            wide = self.paper.width(name, 1, bold=True)
            found = self.labels.within(area, name, wide, sizes, middles) if area.area > 1 else None
            if found:
                self.paper.label(found.middle, found.text, found.size)
            elif self.at is None and not self.theme.is_detail:
                spot = roomiest(area)[0]
                if not self._beside(spot, name, sizes[0], middles):
                    self.dropped.append(name)

    def _numbers(self) -> None:
        """Write the numbers of grids: within them, else beside them, else on a detail."""
        homeless: list[int] = []
        written: list[Written] = []
        for grid in sorted(self.laid, key=lambda grid: -self.laid[grid].area):
            village, one = self.scene.grids[grid]
            if not self._is_about(village):
                continue
            pieces = sorted(shapely.get_parts(self.laid[grid] & area_of(self.box)), key=lambda piece: -piece.area)
            found = [self._within(piece, str(one.number)) for piece in pieces]
            written += [one for one in found if one]
            if any(found):
                self.numbered.add(grid)
            elif self._must_have_number(grid):
                homeless.append(grid)
        if self.theme.details:
            self.apart = self._crowds(homeless)
        for label in written:
            self.paper.label(label.middle, label.text, label.size)
        homeless = [grid for grid in homeless if grid not in self.apart]
        spots = [roomiest(self.laid[grid])[0] for grid in homeless]
        for grid, spot in zip(homeless, spots, strict=True):
            number = str(self.scene.grids[grid][1].number)
            if self._beside(spot, number, self.least, np.array(spots)):
                self.numbered.add(grid)
        self.dropped += self.scene.numbers(set(homeless) - self.numbered, by_village=self.at is None)

    def _must_have_number(self, grid: int) -> bool:
        """Return whether a grid is what a map is about, and not only what lies around that."""
        if self.focus.grid is not None:
            return self._is_own(grid) and not self.theme.is_detail
        return bool(self.focus.ground is None or self.shown.visible.contains(self.scene.outlines[grid]))

    @property
    def least(self) -> float:
        """The smallest letters of a number."""
        return self.theme.letters[0] * self.theme.larger

    def _within(self, piece: BaseGeometry, text: str) -> Written | None:
        wide = self.paper.width(text, 1, bold=True)
        if piece.is_empty or piece.area < wide * self.least * POINT * self.least:
            return None
        return self.labels.within(piece, text, wide, (self.least, self.theme.letters[1] * self.theme.larger))

    def _beside(self, spot: Point, text: str, size: float, avoid: NDArray[np.float64]) -> bool:
        extent = (self.paper.width(text, size, bold=True) + 1.2, 1.3 * POINT * size)
        found = self.labels.beside(spot, text, extent, size, avoid)
        if found is None:
            return False
        self.paper.lines([[found.middle, spot]], 0.5, "#ffffff")
        self.paper.lines([[found.middle, spot]], 0.2)
        self.paper.dot(spot, 0.5)
        self.paper.plate(found.box, 0.6, 0.15)
        self.paper.text(found.box, text, size, bold=True, align="center", least=size)
        return True

    def _crowds(self, homeless: Sequence[int]) -> set[int]:
        """Find the parts of the map in which several numbers have no room, frame them, and return the grids in them."""
        if len(homeless) < CROWD:
            return set()
        outlines = np.array([self.laid[grid] for grid in homeless], object)
        parts = shapely.get_parts(shapely.union_all(shapely.buffer(outlines, NEARBY / 2)))
        inside: set[int] = set()
        crowds = [
            [grid for grid in together if part.intersects(self.laid[grid])]
            for part in parts
            for _, together in groupby(sorted(homeless), lambda grid: self.scene.grids[grid][0])
        ]
        largest = max(LARGEST_DETAIL, -(-len(homeless) // self.theme.details))
        crowds = [part for crowd in crowds for part in self._parted(crowd, largest)]
        for crowd in sorted(crowds, key=len, reverse=True)[: self.theme.details]:
            if len(crowd) >= CROWD:
                inside |= set(crowd)
                self._frame_detail(shapely.union_all([self.laid[grid] for grid in crowd]))
        return inside

    def _parted(self, crowd: list[int], largest: int) -> list[list[int]]:
        """Return grids in parts of so many at most, cut across where they lie farthest apart."""
        if len(crowd) <= largest:
            return [crowd]
        middles = shapely.get_coordinates(shapely.centroid([self.laid[grid] for grid in crowd]))
        order = np.argsort(middles[:, int(np.ptp(middles, axis=0).argmax())], kind="stable")
        parts = np.array_split(np.array(crowd)[order], 2)
        return [one for part in parts for one in self._parted(part.tolist(), largest)]

    def _frame_detail(self, ground: BaseGeometry) -> None:
        left, top, right, bottom = ground.bounds
        self.details.append(shapely.box(left - 1, top - 1, right + 1, bottom + 1))
        self.used["detail"] = None
        ring = list(rings(self.details[-1]))
        self.paper.lines(ring, 1.6, "#ffffff")
        self.paper.lines(ring, 0.6)
        size = 10.0 * self.theme.larger
        letter = letter_of(len(self.details) - 1)
        side = POINT * size * 1.4
        self.labels.keep_free(Box(left - 1, top - 1, right - left + 2, bottom - top + 2))
        corners = [(x, y) for x in (left - 1.1, right + 1.1) for y in (top - 1.1, bottom + 1.1)]
        tried = (self.labels.beside(corner, letter, (side, side), size) for corner in corners)
        found = next(filter(None, tried), None)
        place = found.box if found else Box(left, top, side, side)
        self.paper.plate(place, 0.5, 0.3)
        self.paper.text(place, letter, size, bold=True, align="center")

    def _ground_of(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape on the paper as ground, in metres."""
        return shapely.transform(shape, self.plane.metres)

    def _dots(self) -> None:
        """Draw every household of what the map is about as a dot."""
        if self.theme.marks != "dots":
            return
        grids = [self.scene.grids[grid] for grid in self.on]
        marks = [mark for at, grid in grids if self._is_about(at) for mark in grid.marks]
        marks += [
            mark for at, village in enumerate(self.scene.villages) if self._is_about(at) for mark in village.marks
        ]
        spots = [spot for spot, _ in self._spots(marks)]
        for radius, colour in ((0.75, "#ffffff"), (0.5, BLACK)):
            for spot in spots:
                self.paper.dot(spot, radius * self.theme.larger**0.5, colour)
        if spots:
            self.used["dot"] = None

    def _is_about(self, village: int) -> bool:
        return self.at is None or village == self.at

    def _own_marks(self) -> list[HomeMark]:
        return [mark for grid in self.on if self._is_own(grid) for mark in self.scene.grids[grid][1].marks]

    def _numbered_marks(self, marks: Sequence[HomeMark]) -> None:
        """Draw households with their numbers: where they stand, else beside that, else on a detail."""
        size = MARK_SIZE * self.theme.larger
        inside = area_of(self.box)
        spots = [(spot, together) for spot, together in self._spots(marks) if shapely.intersects_xy(inside, *spot)]
        others = np.array([spot for spot, _ in spots]).reshape(-1, 2)
        late: list[_Mark] = []
        for spot, together in spots:
            text, is_own = mark_text(together), together[0].own
            self.used["hamlet" if not is_own else "flats" if sum(one.count for one in together) > 1 else "home"] = None
            extent = mark_extent(self.paper, text, size)
            is_alone = (np.abs(others - np.array(spot)) < extent).all(axis=1).sum() == 1
            if is_alone and (found := self.labels.at(spot, text, extent, size)):
                draw_mark(self.paper, found, is_own=is_own)
            else:
                late.append(_Mark(spot, text, extent, is_own))
                self.paper.dot(spot, 0.6)
        tried = copy(self.labels)
        if self.theme.details and not all(tried.beside(*one.asks, size, others) for one in late):
            late = self._outside_crowd(late)
        for one in late:
            found = self.labels.beside(*one.asks, size, others)
            if found is None:
                self.dropped.append(one.text)
                continue
            self.paper.lines([[found.middle, one.spot]], 0.2)
            draw_mark(self.paper, found, is_own=one.is_own)

    def _outside_crowd(self, marks: Sequence[_Mark]) -> list[_Mark]:
        """Frame the part of the map with most marks if a detail shows it larger, and return the marks outside it."""
        spots = shapely.points([one.spot for one in marks])
        parts = shapely.get_parts(shapely.union_all(shapely.buffer(spots, NEARBY / 2)))
        crowd = max(parts, key=lambda part: int(shapely.intersects(part, spots).sum()))
        inside = shapely.intersects(crowd, spots)
        ground = shapely.buffer(shapely.multipoints(spots[inside]), AROUND_CROWD)
        left, top, right, bottom = ground.bounds
        if max((right - left) / self.box.width, (bottom - top) / self.box.height) > LARGEST_CROWD:
            return list(marks)
        self._frame_detail(ground)
        return [one for one, is_inside in zip(marks, inside, strict=True) if not is_inside]

    def _spots(self, marks: Sequence[HomeMark]) -> Iterator[tuple[Point, list[HomeMark]]]:
        """Yield spots on the paper with what stands there, in visiting order."""
        for lonlat, together in groupby(
            sorted(marks, key=lambda mark: (mark.lonlat, mark.place)), lambda one: one.lonlat
        ):
            yield self.plane.points(self.scene.frame.to_metres(lonlat))[0], list(together)

    # ---- the legend

    def _entries(self) -> Iterator[Entry]:
        if self.theme.classes is not None:
            shown = {self.theme.classes.of_grid[grid] for grid in self.on if self._look(grid) is not AROUND}
            for at, one in enumerate(self.theme.classes.classes):
                if at in shown:
                    yield Entry(look_of(one), one.text.say(self.lang))
        elif any(self._look(grid) is not AROUND for grid in self.on):
            yield Entry(TINTS[1], say("paper_map.tints", self.lang))
        symbols: list[Symbol] = ["village", "grid", *self.used]
        for symbol in symbols:
            yield Entry(symbol, say(f"paper_map.legend.{symbol}", self.lang))


def mark_text(marks: Sequence[HomeMark]) -> str:
    """Return the numbers of the households on a spot, and how many they are where they are several."""
    parts = [str(one.place) if one.count == 1 else f"{one.place}–{one.place + one.count - 1}" for one in marks]
    n = sum(one.count for one in marks)
    return parts[0] if n == 1 else f"{', '.join(parts)} ({n})"


def letter_of(detail: int) -> str:
    """Return the letter of a detail of a map, by its number from 0."""
    return (LETTERS[detail // len(LETTERS) - 1] if detail >= len(LETTERS) else "") + LETTERS[detail % len(LETTERS)]


def draw_locator(paper: Paper, box: Box, scene: Scene, focus: Focus) -> None:
    """Draw where what a map shows lies among all villages."""
    plane = Plane.of(scene.extent(Focus()), Box(box.left, box.top + 1, box.width, box.height - 2).within(1))
    paper.plate(box, 0, 0.3)
    villages = np.array([one for one in scene.boundaries if one is not None], object)
    laid = shapely.simplify(plane.laid(villages), 4 * FINE)
    for one in laid:
        paper.shape(rings(one), "#f1f1f1", 0.15)
    own = plane.laid(scene.extent(Focus(focus.village)))
    if focus.village is not None:
        paper.shape(rings(shapely.simplify(own, 2 * FINE)), "#9a9a9a", 0.3)
    if focus.grid is not None or focus.ground is not None:
        (x, y), _ = roomiest(shapely.buffer(plane.laid(scene.extent(focus)), 0.3))
        paper.lines([[(x - 3, y), (x + 3, y)], [(x, y - 3), (x, y + 3)]], 0.3)
        paper.dot((x, y), 0.9)
