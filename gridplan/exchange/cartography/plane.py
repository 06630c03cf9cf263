"""From metres to paper: where a map stands in its box, at which scale, turned where its shape fits better so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.exchange.paper.document import Box, Point

Shapes = TypeVar("Shapes", BaseGeometry, NDArray[np.object_])
WORTH_TURNING: Final = 1.3
"""A map is turned where its scale becomes so much larger by it: north at the top is easier to read."""
FINEST: Final = 2.0
"""Millimetres that a metre has at most: a map of one house tells nothing more when it is larger."""
SCALES: Final = tuple(step * 10**power for power in range(6) for step in (1, 2, 5))
"""Lengths of scale bars, in metres."""


@dataclass(frozen=True, slots=True)
class Plane:
    """Where metres east and north of the origin of a map are on the paper, in millimetres."""

    box: Box
    mm_per_metre: float
    turn: float
    """By how many degrees north is turned from the top of the paper, clockwise."""
    middle: Point
    """What is in the middle of the box, in metres."""

    @classmethod
    def of(cls, shape: BaseGeometry, box: Box, *, may_turn: bool = False) -> Plane:
        """Return the plane on which a shape in metres fills a box, in the middle of it."""
        turn = _best_turn(shape, box) if may_turn else 0.0
        west, south, east, north = _turned(shape, turn).bounds
        middle = _rotation(-turn) @ ((west + east) / 2, (south + north) / 2)
        return cls(box, _scale(shape, box, turn), turn, (float(middle[0]), float(middle[1])))

    def over(self, box: Box) -> Plane:
        """Return the same plane seen through another box."""
        x, y = self.metres((box.left + box.width / 2, box.top + box.height / 2))[0].tolist()
        return Plane(box, self.mm_per_metre, self.turn, (x, y))

    def xy(self, metres: ArrayLike) -> NDArray[np.float64]:
        """Return points (n, 2) in metres as places on the paper."""
        points = np.asarray(metres, float).reshape(-1, 2) - self.middle
        turned = points @ _rotation(self.turn).T * self.mm_per_metre
        return np.array([self.box.left + self.box.width / 2, self.box.top + self.box.height / 2]) + turned * (1, -1)

    def metres(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Return places on the paper (n, 2) as points in metres."""
        middle = (self.box.left + self.box.width / 2, self.box.top + self.box.height / 2)
        turned = (np.asarray(xy, float).reshape(-1, 2) - middle) * (1, -1) / self.mm_per_metre
        return turned @ _rotation(-self.turn).T + self.middle

    def points(self, metres: ArrayLike) -> list[Point]:
        """Return points in metres as places on the paper."""
        return [(x, y) for x, y in self.xy(metres).tolist()]

    def laid(self, shapes: Shapes) -> Shapes:
        """Return shapes in metres as they lie on the paper."""
        return shapely.transform(shapes, self.xy)  # type: ignore[no-any-return, unused-ignore]

    @property
    def visible(self) -> BaseGeometry:
        """What of the ground the box shows, in metres."""
        return shapely.Polygon(self.metres(shapely.get_coordinates(area_of(self.box))))

    def bar_metres(self, widest: float) -> int:
        """Return the longest round length, in metres, that is no wider than so many millimetres."""
        return max((metres for metres in SCALES if metres * self.mm_per_metre <= widest), default=1)

    @property
    def denominator(self) -> int:
        """The number n of the scale 1 : n, to two digits."""
        exact = 1000 / self.mm_per_metre
        digits = max(int(math.log10(exact)) - 1, 0)
        return int(round(exact, -digits))


def rings(shape: BaseGeometry) -> Iterator[list[Point]]:
    """Yield the rings of an area."""
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        yield [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]


def lines(shape: BaseGeometry) -> Iterator[list[Point]]:
    """Yield the lines of a shape, the rings of its areas among them."""
    for part in shapely.get_parts(shapely.get_parts(shape)):
        if part.geom_type == "Polygon":
            yield from rings(part)
        elif part.geom_type in ("LineString", "LinearRing") and not part.is_empty:
            yield [(x, y) for x, y in shapely.get_coordinates(part).tolist()]


def area_of(box: Box) -> BaseGeometry:
    """Return a box as a shape on the paper."""
    return shapely.box(box.left, box.top, box.left + box.width, box.top + box.height)


def _rotation(turn: float) -> NDArray[np.float64]:
    """Return the matrix that turns points clockwise by degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return np.array([[cos, sin], [-sin, cos]])


def _turned(shape: BaseGeometry, turn: float) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: xy @ _rotation(turn).T) if turn else shape


def _scale(shape: BaseGeometry, box: Box, turn: float) -> float:
    west, south, east, north = _turned(shape, turn).bounds
    return min(box.width / max(east - west, 1), box.height / max(north - south, 1), FINEST)


def _best_turn(shape: BaseGeometry, box: Box) -> float:
    """Return by how many degrees a map is turned: by none unless the scale gains enough."""
    hull = shapely.convex_hull(shape)
    turns = [float(turn) for turn in range(-85, 90, 5)]
    best = max(turns, key=lambda turn: (round(_scale(hull, box, turn), 9), -abs(turn)))
    return best if _scale(hull, box, best) >= WORTH_TURNING * _scale(hull, box, 0) else 0.0
