"""Where texts of a map stand: in what they name, else beside it with a line that leads there; never on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.paper.document import Box, Point

POINT: Final = 25.4 / 72
"""Millimetres of a point, the unit of letters."""
TALL: Final = 0.95
"""The height of a line of letters, as a multiple of their size."""
SMALLER: Final = 0.86
"""The step by which letters become smaller until they fit."""
CLEAR: Final = 0.4
"""Millimetres that texts keep from each other."""
LATTICE: Final = 7
"""Places that are tried in an area, each way."""
ROUND: Final = np.stack([(np.cos(a), np.sin(a)) for a in np.arange(16) * np.pi / 8])
AWAY: Final = (1.5, 3.5, 6.0, 9.0, 13.0, 18.0)
"""Millimetres between a text and what it names, where it stands beside it."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text in its place, and where the line that leads from it ends, if there is one."""

    text: str
    box: Box
    size: float
    leads_to: Point | None = None

    @property
    def middle(self) -> Point:
        """The middle of its box."""
        return self.box.left + self.box.width / 2, self.box.top + self.box.height / 2


class Labels:
    """Texts that have found their places within a box, and what else nothing may be written on."""

    def __init__(self, box: Box) -> None:
        self._bounds = _sides(box)
        self._taken = np.empty((0, 4))
        self._lines = np.empty((0, 2, 2))

    def keep_free(self, box: Box) -> None:
        """Let nothing be written on a box from now on."""
        self._taken = np.vstack([self._taken, _sides(box)])

    def is_free(self, box: Box) -> bool:
        """Return whether nothing is on a box."""
        return bool(self._free(_sides(box)[None])[0])

    def within(
        self,
        area: BaseGeometry,
        text: str,
        wide: float,
        sizes: tuple[float, float],
        avoid: NDArray[np.float64] | None = None,
    ) -> Written | None:
        """Place a text in an area, as large as it fits between two sizes of letters; `wide` is its width at 1 point.

        It covers few of the spots of `avoid`.
        """
        spots = _spots(area)
        shapely.prepare(area)
        least, size = sizes
        while True:
            boxes = _around(spots, wide * size, TALL * POINT * size)
            free = self._free(boxes)
            free[free] = shapely.contains(area, shapely.box(*boxes[free].T))
            if free.any():
                return self._take(text, boxes[_best(boxes, free, avoid)], size, None)
            if size <= least:
                return None
            size = max(size * SMALLER, least)

    def at(self, spot: Point, text: str, extent: tuple[float, float], size: float) -> Written | None:
        """Place a text of a width and a height right on a spot, if nothing is there."""
        boxes = _around(np.array([spot]), *extent)
        return self._take(text, boxes[0], size, None) if self._free(boxes)[0] else None

    def beside(
        self, spot: Point, text: str, extent: tuple[float, float], size: float, avoid: NDArray[np.float64] | None = None
    ) -> Written | None:
        """Place a text near a spot, with a line that leads there; it covers few of the spots of `avoid`."""
        wide, tall = extent
        reach = np.abs(ROUND) @ (wide / 2, tall / 2)
        for away in AWAY:
            middles = np.array(spot) + ROUND * (reach + away)[:, None]
            boxes = _around(middles, wide, tall)
            leaders = np.stack([middles, np.broadcast_to(spot, middles.shape)], axis=1)
            free = self._free(boxes)
            free[free] = ~self._crosses(leaders[free])
            if free.any():
                best = _best(boxes, free, avoid)
                self._lines = np.concatenate([self._lines, leaders[best : best + 1]])
                return self._take(text, boxes[best], size, spot)
        return None

    def _free(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which boxes are within the bounds and on nothing else."""
        inside = ((boxes[:, :2] >= self._bounds[:2]) & (boxes[:, 2:] <= self._bounds[2:])).all(axis=1)
        near = self._taken[_meet(boxes, self._taken[:, :2] - CLEAR, self._taken[:, 2:] + CLEAR)]
        gap = np.maximum(boxes[:, None, :2] - near[None, :, 2:], near[None, :, :2] - boxes[:, None, 2:])
        free: NDArray[np.bool_] = inside & ~(gap.max(axis=2) < CLEAR).any(axis=1)
        if len(self._lines) and free.any():
            near = self._lines[_meet(boxes[free], self._lines.min(axis=1), self._lines.max(axis=1))]
            free[free] = ~_any_meets(shapely.box(*boxes[free].T), shapely.linestrings(near))
        return free

    def _crosses(self, leaders: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which lines cross a text or another such line."""
        around = np.hstack([leaders.min(axis=1), leaders.max(axis=1)])
        texts = self._taken[_meet(around, self._taken[:, :2], self._taken[:, 2:])]
        others = self._lines[_meet(around, self._lines.min(axis=1), self._lines.max(axis=1))]
        near = np.concatenate([shapely.box(*texts.T), shapely.linestrings(others)])
        return _any_meets(shapely.linestrings(leaders), near)

    def _take(self, text: str, sides: NDArray[np.float64], size: float, leads_to: Point | None) -> Written:
        left, top, right, bottom = sides.tolist()
        box = Box(left, top, right - left, bottom - top)
        self.keep_free(box)
        return Written(text, box, size, leads_to)


def roomiest(area: BaseGeometry) -> tuple[Point, float]:
    """Return the spot of an area with most room around it, and the millimetres of that room."""
    part = max(shapely.get_parts(area), key=lambda one: one.area)
    circle = shapely.maximum_inscribed_circle(part, max(part.area, 1e-9) ** 0.5 / 40)
    x, y = shapely.get_coordinates(circle)[0].tolist()
    return (x, y), float(circle.length)


def _spots(area: BaseGeometry) -> NDArray[np.float64]:
    """Return places in an area, those with most room around them first."""
    left, top, right, bottom = area.bounds
    steps = (np.arange(LATTICE) + 0.5) / LATTICE
    x, y = np.meshgrid(left + steps * (right - left), top + steps * (bottom - top))
    middle, _ = roomiest(area)
    spots = np.vstack([[middle], np.column_stack([x.ravel(), y.ravel()])])
    points = shapely.points(spots)
    inside = shapely.contains(area, points)
    room = shapely.distance(points, shapely.boundary(area))
    order = np.argsort(-room, kind="stable")
    found: NDArray[np.float64] = spots[order][inside[order]]
    return found if len(found) else spots[:1]


def _around(middles: NDArray[np.float64], wide: float, tall: float) -> NDArray[np.float64]:
    """Return left, top, right and bottom of boxes around places."""
    half = np.array([wide, tall]) / 2
    return np.hstack([middles - half, middles + half])


def _best(boxes: NDArray[np.float64], free: NDArray[np.bool_], avoid: NDArray[np.float64] | None) -> int:
    """Return the first of the boxes that are free that covers fewest spots."""
    if avoid is None:
        return int(free.argmax())
    on = (avoid[None] >= boxes[:, None, :2]) & (avoid[None] <= boxes[:, None, 2:])
    return int(np.where(free, on.all(axis=2).sum(axis=1), np.inf).argmin())


def _meet(boxes: NDArray[np.float64], least: NDArray[np.float64], most: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the things between two corners each may meet one of the boxes."""
    left_top, right_bottom = boxes[:, :2].min(axis=0, initial=np.inf), boxes[:, 2:].max(axis=0, initial=-np.inf)
    meets: NDArray[np.bool_] = ((most >= left_top) & (least <= right_bottom)).all(axis=1)
    return meets


def _any_meets(shapes: NDArray[np.object_], others: NDArray[np.object_]) -> NDArray[np.bool_]:
    meets: NDArray[np.bool_] = shapely.intersects(shapes[:, None], others[None, :]).any(axis=1)
    return meets


def _sides(box: Box) -> NDArray[np.float64]:
    return np.array([box.left, box.top, box.left + box.width, box.top + box.height])
