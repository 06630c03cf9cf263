"""Cuts a village's ground into cells: for every place where people live, the ground nearest to it within the boundary.

All lines are noded once, so that the cells share their edges vertex for vertex: any grouping of them is a coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.proximity import Floats, Ints

NOBODY = -1
FINEST = 1e-4
"""Metres: nothing drawn is finer, so that shapes survive the way to degrees and back."""
HAIR = 0.01
"""Metres: a household on the boundary itself is taken to stand this far inside."""
EDGE = 2.0
"""Metres inside the boundary at which a household from outside it is given ground."""
TOUCHING = 1.0
"""Metres of common border from which two cells count as neighbours."""


@dataclass(frozen=True)
class Cells:
    """The ground of a village in faces, each belonging to one site."""

    faces: NDArray[np.object_]
    """(f,) polygons that together are the boundary."""
    owner: Ints
    """(f,) the site each face belongs to."""
    touching: Ints
    """(e, 2) pairs of sites, smaller first, whose ground has a common border."""
    home: Ints
    """(s,) the face each site stands in."""


@dataclass(frozen=True)
class Sites:
    """Where the ground of a village is handed out from: its households' positions, to the centimetre."""

    xy: Floats
    """(s, 2) distinct points in metres, all within the boundary."""
    of: Ints
    """(n,) the site of each household."""
    outside: NDArray[np.bool_]
    """(n,) households outside the boundary; their site is the nearest point within."""

    @classmethod
    def within(cls, boundary: BaseGeometry, xy: Floats) -> Sites:
        """Return the sites of households at (n, 2) metres."""
        points = shapely.points(np.round(xy, 2))
        shapely.prepare(boundary)
        on_edge = ~shapely.intersects(boundary, points)
        outside = on_edge & ~shapely.dwithin(boundary, points, 2 * HAIR)
        for moved, depth in ((on_edge & ~outside, HAIR), (outside, EDGE)):
            if moved.any():
                inner = boundary.buffer(-depth)
                ways = shapely.shortest_line(boundary if inner.is_empty else inner, points[moved])
                points[moved] = shapely.get_point(ways, 0)
        distinct, of = np.unique(shapely.get_coordinates(points), axis=0, return_inverse=True)
        return cls(distinct, of.ravel().astype(np.int64), outside)


def tessellate(sites: Floats, boundary: BaseGeometry, spokes: NDArray[np.object_] | None = None) -> Cells:
    """Return the cells of distinct sites (s, 2), in metres, within a boundary; `spokes` are further lines to cut along.

    A piece of a Voronoi cell that the boundary cuts off from its site goes to the neighbour with the longest common
    border; a piece of the boundary where nobody lives goes whole to the site nearest to it.
    """
    faces, nearest = divide(sites, boundary, spokes)
    home, owner = _home_faces(sites, faces, nearest)
    borders, length = _borders(faces)
    _adopt(owner, borders, length)
    _give_away_empty_pieces(owner, borders, faces, sites)
    return Cells(faces, owner, _touching(owner, borders, length), home)


def divide(
    sites: Floats, ground: BaseGeometry, spokes: NDArray[np.object_] | None = None
) -> tuple[NDArray[np.object_], Ints]:
    """Return faces (f,) that together are `ground`, and the site (f,) nearest to each: the Voronoi cells in pieces."""
    lines = [ground.boundary] if spokes is None else [ground.boundary, *spokes]
    if len(sites) > 1:
        frame = shapely.box(*ground.union(shapely.multipoints(sites)).buffer(100).bounds)
        lines.append(shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=frame, only_edges=True))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines, grid_size=FINEST)]))
    shapely.prepare(ground)
    within = shapely.point_on_surface(faces)
    kept = shapely.contains(ground, within)
    return faces[kept], np.asarray(cKDTree(sites).query(shapely.get_coordinates(within[kept]))[1], np.int64)


def _home_faces(sites: Floats, faces: NDArray[np.object_], nearest: Ints) -> tuple[Ints, Ints]:
    """Return a face (s,) that each site stands in, and the site (f,) that stands in each face or on its edge."""
    site, face = shapely.STRtree(faces).query(shapely.points(sites), predicate="intersects")
    own = nearest[face] == site
    home, owner = np.full(len(sites), NOBODY, np.int64), np.full(len(faces), NOBODY, np.int64)
    home[site] = face
    home[site[own]] = face[own]
    owner[home] = np.arange(len(sites))
    owner[face[own]] = site[own]
    return home, owner


def _borders(faces: NDArray[np.object_]) -> tuple[Ints, Floats]:
    """Return the pairs (b, 2) of faces with a common border, smaller first, and its length in metres."""
    rings, ring_of = shapely.get_rings(faces, return_index=True)
    points, at = shapely.get_coordinates(rings, return_index=True)
    same_ring = at[:-1] == at[1:]
    start, end = points[:-1][same_ring], points[1:][same_ring]
    face = ring_of[at[:-1][same_ring]]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    segment = np.column_stack([np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)])
    order = np.lexsort(segment.T)
    shared = (segment[order[:-1]] == segment[order[1:]]).all(axis=1)
    one, other = order[:-1][shared], order[1:][shared]
    pairs = np.sort(np.column_stack([face[one], face[other]]), axis=1)
    pairs, of = np.unique(pairs, axis=0, return_inverse=True)
    length = np.hypot(*(segment[one, :2] - segment[one, 2:]).T)
    return pairs.astype(np.int64), np.bincount(of.ravel(), length, minlength=len(pairs)).astype(float)


def _adopt(owner: Ints, borders: Ints, length: Floats) -> None:
    """Give every face without an owner to the neighbour with the longest border, nearest first, until none is left."""
    both = np.vstack([borders, borders[:, ::-1]])
    longest_first = np.argsort(-np.concatenate([length, length]), kind="stable")
    both = both[longest_first]
    while True:
        waiting = (owner[both[:, 0]] == NOBODY) & (owner[both[:, 1]] != NOBODY)
        if not waiting.any():
            return
        orphan, first = np.unique(both[waiting, 0], return_index=True)
        owner[orphan] = owner[both[waiting, 1][first]]


def _give_away_empty_pieces(owner: Ints, borders: Ints, faces: NDArray[np.object_], sites: Floats) -> None:
    """Give each piece of the boundary where nobody lives, whole, to the site nearest to it."""
    empty = np.flatnonzero(owner == NOBODY)
    if not len(empty):
        return
    count = len(faces)
    graph = coo_array((np.ones(len(borders), np.int8), (borders[:, 0], borders[:, 1])), shape=(count, count))
    piece = connected_components(graph, directed=False)[1]
    ground = shapely.points(sites)
    for number in np.unique(piece[empty]):
        inside = empty[piece[empty] == number]
        owner[inside] = np.argmin(shapely.distance(ground, shapely.union_all(faces[inside])))


def _touching(owner: Ints, borders: Ints, length: Floats) -> Ints:
    pairs = np.sort(owner[borders], axis=1)
    pairs, of = np.unique(pairs, axis=0, return_inverse=True)
    total = np.bincount(of.ravel(), length, minlength=len(pairs))
    return pairs[(total >= TOUCHING) & (pairs[:, 0] != pairs[:, 1])]
