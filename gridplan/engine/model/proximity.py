"""Proximity: distinct locations and their Delaunay graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Corners = NDArray[np.int32]
"""(t, 3) the points at the corners of triangles, or the triangles beyond the sides opposite to them, -1 for none."""

COCIRCULAR_TOLERANCE = 0.01
"""Metres: four locations this close to one circle have both diagonals as edges."""


@dataclass(frozen=True)
class Locations:
    """The distinct positions of a village's households. Flats share one."""

    xy: Floats
    """(m, 2) metres, centred so that large offsets lose no digits."""
    of: Ints
    """(n,) the location of each household."""

    @classmethod
    def distinct(cls, xy: ArrayLike) -> Locations:
        """Return the distinct rows of points (n, 2) in metres."""
        points = np.asarray(xy, float)
        points = points - np.median(points, axis=0)
        distinct, of = np.unique(points, axis=0, return_inverse=True)
        return cls(distinct, of.ravel())


def adjacency(points: Floats) -> Ints:
    """Return the edges (e, 2), first end smaller, of the Delaunay graph of distinct points (m, 2).

    Where four points lie on one circle both diagonals count, since either triangulation would be right. Points on one
    line are joined in their order along it; a point that the triangulation drops is joined to its nearest vertex.
    """
    if len(points) < 3 or _on_one_line(points):
        return _chain(points)
    try:
        triangulation = Delaunay(points)
    except QhullError:
        return _chain(points)
    edges = _sides_and_diagonals(triangulation.points, triangulation.simplices, triangulation.neighbors)
    one, other = np.vstack([edges, triangulation.coplanar[:, [0, 2]]]).T
    pairs = np.unique(np.minimum(one, other) * len(points) + np.maximum(one, other))
    return np.column_stack(np.divmod(pairs, len(points)))


def _on_one_line(points: Floats) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] <= 1e-7 * spread[0])


def _chain(points: Floats) -> Ints:
    centred = points - points.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    order = np.argsort(along, kind="stable")
    return np.sort(np.column_stack([order[:-1], order[1:]]), axis=1)


@njit(cache=True, error_model="numpy")
def _sides_and_diagonals(points: Floats, corners: Corners, beyond: Corners) -> Ints:
    """Return the sides (e, 2) of all triangles (t, 3), and the diagonals that might as well have been sides."""
    centre = circumcentres(points, corners)
    edges, count = np.empty((6 * len(corners), 2), np.int64), 0
    for this in range(len(corners)):
        for corner in range(3):
            other = beyond[this, corner]
            if 0 <= other < this:
                continue
            start = corners[this, (corner + 1) % 3]
            edges[count, 0], edges[count, 1] = start, corners[this, (corner + 2) % 3]
            count += 1
            if other < 0:
                continue
            far = corners[other, 0 if beyond[other, 0] == this else 1 if beyond[other, 1] == this else 2]
            miss = straight_distance(points[far], centre[this]) - straight_distance(points[start], centre[this])
            if abs(miss) <= COCIRCULAR_TOLERANCE:
                edges[count, 0], edges[count, 1] = corners[this, corner], far
                count += 1
    return edges[:count]


@njit(cache=True, error_model="numpy")
def circumcentres(points: Floats, corners: Corners) -> Floats:
    """Return the centre (t, 2) of the circle around each triangle of points (m, 2); nan or infinite for a flat one."""
    centre = np.empty((len(corners), 2))
    for at in range(len(corners)):
        x, y = points[corners[at, 0]]
        bx, by = points[corners[at, 1], 0] - x, points[corners[at, 1], 1] - y
        cx, cy = points[corners[at, 2], 0] - x, points[corners[at, 2], 1] - y
        twice_area = 2 * (bx * cy - by * cx)
        bb, cc = bx * bx + by * by, cx * cx + cy * cy
        centre[at, 0] = x + (cy * bb - by * cc) / twice_area
        centre[at, 1] = y + (bx * cc - cx * bb) / twice_area
    return centre


@njit(cache=True, error_model="numpy")
def straight_distance(start: Floats, end: Floats) -> float:
    """Return how far it is from one point to another."""
    x, y = start[0] - end[0], start[1] - end[1]
    return float(np.sqrt(x * x + y * y))


def rejoin(edges: Ints, kept: NDArray[np.bool_], count: int) -> Ints:
    """Return the kept edges of a graph on `count` nodes, with those of the others that join what fell apart."""
    ends = edges[kept]
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(count, count))
    piece = connected_components(graph, directed=False)[1]
    return edges[kept | (piece[edges[:, 0]] != piece[edges[:, 1]])]


@dataclass(frozen=True)
class Graph:
    """Edges as rows: the neighbours of node i are `ends[starts[i] : starts[i + 1]]`, ascending."""

    starts: Ints
    ends: Ints

    @classmethod
    def of_edges(cls, edges: Ints, count: int) -> Graph:
        """Return the graph of undirected edges (e, 2) on `count` nodes."""
        one, other = edges.T
        both = np.sort(np.concatenate([one * count + other, other * count + one]))
        return cls(np.searchsorted(both, np.arange(count + 1) * count), both % max(count, 1))
