"""Barriers (rivers, railways, expressways): which neighbours they part, and where the ground is cut along them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Floats, Ints

NEAR_CROSSING = 150.0
"""Metres: a way that meets a barrier this near to a crossing is not cut by it."""
ON_LINE = 0.01
"""Metres: a household this near to a barrier stands on it, and is taken to stand this far beside it."""
FAR_EDGE = 2000.0
"""Metres: only an edge longer than this may lead around the end of a barrier to its other bank."""
FAR_EDGE_RATIO = 4.0
"""And only one this many times longer than the median edge at both its ends."""

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
        return self._crossed(ends)[1]

    def parted_edges(self, edges: Ints, xy: Floats) -> NDArray[np.bool_]:
        """Return which edges (e, 2) of the Delaunay graph of points (m, 2) join what barriers part.

        They cross a barrier too far from a crossing, or lead around its end from one bank to the other.
        """
        crossed, parted = self._crossed(xy[edges])
        return parted | _around_the_end(edges, np.linalg.norm(np.diff(xy[edges], axis=1)[:, 0], axis=1), crossed)

    def _crossed(self, ends: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which straight ways meet a barrier at all, and which do so too far from a crossing."""
        ways = shapely.linestrings(self.ashore(ends.reshape(-1, 2)).reshape(-1, 2, 2))
        obstacles = np.concatenate([self.lines, self.areas])
        way, obstacle = shapely.STRtree(obstacles).query(ways, predicate="intersects")
        passage, at = shapely.get_parts(shapely.intersection(ways[way], obstacles[obstacle]), return_index=True)
        near = shapely.STRtree(self.crossings).query(passage, predicate="dwithin", distance=NEAR_CROSSING)[0]
        closed = np.ones(len(passage), np.bool_)
        closed[near] = False
        crossed, parted = np.zeros((2, len(ways)), np.bool_)
        crossed[way] = True
        parted[way[at[closed]]] = True
        return crossed, parted

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


def _around_the_end(edges: Ints, length: Floats, crossed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which edges (e, 2) of a Delaunay graph lead far around the end of a barrier, from one bank to the other.

    Such an edge is longer than `FAR_EDGE` and than `FAR_EDGE_RATIO` times the median edge at both its ends. Banks are
    what shorter edges that cross nothing hold together, and what lies between them is gone through, the shortest first:
    banks that meet over a barrier are across from each other, those that meet without one become a single bank.
    """
    around = np.zeros(len(edges), np.bool_)
    long = ~crossed & (length > FAR_EDGE)
    far = long & (length[:, None] > FAR_EDGE_RATIO * _median_edge(edges, length)[edges]).all(axis=1)
    if not far.any() or not crossed.any():
        return around
    bank = pieces(edges[~crossed & ~long], int(edges.max()) + 1)
    merged, across = list(range(int(bank.max()) + 1)), defaultdict[int, set[int]](set)
    between = np.flatnonzero(crossed | long)
    for edge in between[np.argsort(length[between], kind="stable")].tolist():
        one, other = (_root(merged, end) for end in bank[edges[edge]].tolist())
        if one == other:
            continue
        if crossed[edge]:
            across[one].add(other)
            across[other].add(one)
        elif other in across[one]:
            around[edge] = far[edge]
        else:
            merged[other] = one
            for opposite in across.pop(other, ()):
                across[opposite] = across[opposite] - {other} | {one}
                across[one].add(opposite)
    return around


def _root(merged: list[int], bank: int) -> int:
    while merged[bank] != bank:
        bank = merged[bank]
    return bank


def _median_edge(edges: Ints, length: Floats) -> Floats:
    """Return the median length of the edges (e, 2) at each node; every node has one."""
    node, metres = edges.T.ravel(), np.concatenate([length, length])
    metres = metres[np.lexsort((metres, node))]
    degree = np.bincount(node)
    first = np.cumsum(degree) - degree
    return np.asarray((metres[first + (degree - 1) // 2] + metres[first + degree // 2]) / 2, float)


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
