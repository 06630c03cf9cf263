"""Barriers (rivers, railways, expressways): which neighbours they part, and where the ground is cut along them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.engine.model.proximity import Floats

NEAR_CROSSING = 150.0
"""Metres: a way that meets a barrier this near to a crossing is not cut by it."""
ON_LINE = 0.01
"""Metres: a household this near to a barrier stands on it, and is taken to stand this far beside it."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Barriers:
    """Lines and areas that cannot be walked over, and the crossings where they can, in metres."""

    lines: Shapes
    areas: Shapes
    """Valid polygons, none of which overlap."""
    crossings: Shapes

    @classmethod
    def of(cls, barriers: Iterable[BaseGeometry], crossings: Iterable[BaseGeometry] = ()) -> Barriers:
        """Return lines and areas as barriers, points and lines as crossings; empty shapes and points are left out."""
        simple = _parts(barriers)
        dimension = shapely.get_dimensions(simple)
        water = shapely.union_all(shapely.make_valid(simple[dimension == 2]))
        areas = _parts([water])
        return cls(simple[dimension == 1], areas[shapely.get_dimensions(areas) == 2], _parts(crossings))

    def within(self, ground: BaseGeometry) -> Barriers:
        """Return the barriers clipped to a ground; empty where none meets it."""
        shapely.prepare(ground)
        there = [part[shapely.intersects(ground, part)] for part in (self.lines, self.areas)]
        clipped = [_parts(shapely.intersection(part, ground)) for part in there]
        lines, areas = (
            part[shapely.get_dimensions(part) == dimension] for part, dimension in zip(clipped, (1, 2), strict=True)
        )
        return Barriers(lines, areas, self.crossings)

    def __bool__(self) -> bool:
        return bool(len(self.lines) or len(self.areas))

    @property
    def cuts(self) -> Shapes:
        """The lines along which the ground is cut: lines as they are, areas by their shores."""
        return np.concatenate([self.lines, shapely.boundary(self.areas)])

    def parted(self, ends: Floats) -> NDArray[np.bool_]:
        """Return which straight ways with `ends` (e, 2, 2) cross a barrier anywhere too far from a crossing.

        An end in an area is moved to the shore that is nearest.
        """
        ways = shapely.linestrings(self.ashore(ends.reshape(-1, 2)).reshape(-1, 2, 2))
        obstacles = np.concatenate([self.lines, self.areas])
        way, obstacle = shapely.STRtree(obstacles).query(ways, predicate="intersects")
        passage, at = shapely.get_parts(shapely.intersection(ways[way], obstacles[obstacle]), return_index=True)
        near = shapely.STRtree(self.crossings).query(passage, predicate="dwithin", distance=NEAR_CROSSING)[0]
        closed = np.ones(len(passage), np.bool_)
        closed[near] = False
        parted = np.zeros(len(ways), np.bool_)
        parted[way[at[closed]]] = True
        return parted

    def ashore(self, xy: Floats) -> Floats:
        """Return points (n, 2) with those in an area or on a line moved to the nearest place beside it."""
        return _beside(xy, np.concatenate([self.lines, self.areas]))

    def off_lines(self, xy: Floats) -> Floats:
        """Return points (n, 2) with those on a line, or on a shore, moved a little to one side."""
        return _beside(xy, self.cuts)

    def in_area(self, xy: Floats) -> NDArray[np.bool_]:
        """Return which points (n, 2) are in an area."""
        inside = np.zeros(len(xy), np.bool_)
        inside[shapely.STRtree(self.areas).query(shapely.points(xy), predicate="intersects")[0]] = True
        return inside


def _parts(shapes: Iterable[BaseGeometry]) -> Shapes:
    """Return the simple shapes in shapes, those of collections in collections too."""
    parts = np.array([shape for shape in shapes if shape is not None and not shape.is_empty], object)
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    return np.asarray(parts, object)


def _beside(xy: Floats, obstacles: Shapes) -> Floats:
    points = shapely.points(xy)
    on = np.unique(shapely.STRtree(obstacles).query(points, predicate="dwithin", distance=ON_LINE)[0])
    if not len(on):
        return xy
    met = shapely.STRtree(points[on]).query(obstacles, predicate="dwithin", distance=ON_LINE)[0]
    around = shapely.union_all(shapely.buffer(obstacles[np.unique(met)], 2 * ON_LINE, quad_segs=2))
    moved = xy.copy()
    moved[on] = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(around.boundary, points[on]), 0))
    return moved
