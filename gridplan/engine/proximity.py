"""Who is near whom: distinct locations and their Delaunay graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
    corners = triangulation.simplices.astype(np.int64)
    edges = [corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]], _second_diagonals(points, triangulation)]
    if len(triangulation.coplanar):
        edges.append(triangulation.coplanar[:, [0, 2]].astype(np.int64))
    ends = np.sort(np.vstack(edges), axis=1)
    pairs = np.unique(ends[:, 0] * len(points) + ends[:, 1])
    return np.column_stack(np.divmod(pairs, len(points)))


def _on_one_line(points: Floats) -> bool:
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return bool(spread[1] <= 1e-7 * spread[0])


def _chain(points: Floats) -> Ints:
    centred = points - points.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    order = np.argsort(along, kind="stable")
    return np.sort(np.column_stack([order[:-1], order[1:]]), axis=1)


def _second_diagonals(points: Floats, triangulation: Delaunay) -> Ints:
    """Return the diagonals (e, 2) that the triangulation could as well have chosen."""
    corners, neighbours = triangulation.simplices, triangulation.neighbors
    triangle, corner = np.nonzero(neighbours > np.arange(len(corners))[:, None])
    other = neighbours[triangle, corner]
    near = corners[triangle, corner]
    is_far = ~(corners[other][:, :, None] == corners[triangle][:, None, :]).any(axis=2)
    far = corners[other][np.arange(len(other)), is_far.argmax(axis=1)]
    a, b, c = (points[corners[triangle, i]] for i in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = _circumcentre(a, b, c)
        miss = np.abs(np.linalg.norm(points[far] - centre, axis=1) - np.linalg.norm(a - centre, axis=1))
    on_circle = miss <= COCIRCULAR_TOLERANCE
    return np.column_stack([near[on_circle], far[on_circle]]).astype(np.int64)


def _circumcentre(a: Floats, b: Floats, c: Floats) -> Floats:
    b, c = b - a, c - a
    twice_area = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (c[:, 1] * bb - b[:, 1] * cc) / twice_area
    y = (b[:, 0] * cc - c[:, 0] * bb) / twice_area
    return a + np.column_stack([x, y])


def rejoined(edges: Ints, kept: NDArray[np.bool_], count: int) -> Ints:
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
        both = np.vstack([edges, edges[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        return cls(np.searchsorted(both[:, 0], np.arange(count + 1)), both[:, 1].copy())
