"""Cuts a village's ground into Voronoi cells: for every site of households, the ground nearest to it.

Cells that a line meets are noded with it, all at once, so that cells share their edges vertex for vertex: any grouping
of them is a coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Floats, Ints

NOBODY = -1
FINEST = 1e-4
"""Metres: nothing drawn is finer, so that shapes survive the way to degrees and back."""
EDGE_INSET = 0.01
"""Metres: a household on the boundary itself is taken to stand this far inside."""
OUTSIDE_INSET = 2.0
"""Metres inside the boundary at which a household from outside it is given ground."""
CLEAR_OF_LINES = 10 * FINEST
"""Metres from a line at which noding leaves a cell as it is."""
BEYOND = 100.0
"""Metres that cells reach beyond the ground."""
TOUCHING = 1.0
"""Metres of common border from which two cells count as neighbours."""


@dataclass(frozen=True)
class Cells:
    """The ground of a village in faces, each belonging to one site."""

    faces: NDArray[np.object_]
    """(f,) polygons that together are the boundary."""
    owner: Ints
    """(f,) the site each face belongs to."""
    borders: Ints
    """(b, 2) pairs of faces with a common border, smaller first."""
    metres: Floats
    """(b,) how long it is."""
    touching: Ints
    """(e, 2) pairs of sites, smaller first, whose ground has a common border."""
    home: Ints
    """(s,) the face each site stands in."""
    bank: Ints
    """(f,) the same number for faces that one can walk between without a barrier; an area is a bank of its own."""


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
    def within(cls, boundary: BaseGeometry, xy: Floats, barriers: Barriers | None = None) -> Sites:
        """Return the sites of households at (n, 2) metres; none is on the line of a barrier."""
        rounded = np.round(xy, 2)
        points = shapely.points(barriers.off_lines(rounded) if barriers else rounded)
        shapely.prepare(boundary)
        on_edge = ~shapely.intersects(boundary, points)
        outside = on_edge & ~shapely.dwithin(boundary, points, 2 * EDGE_INSET)
        for moved, depth in ((on_edge & ~outside, EDGE_INSET), (outside, OUTSIDE_INSET)):
            if moved.any():
                inner = boundary.buffer(-depth)
                ways = shapely.shortest_line(boundary if inner.is_empty else inner, points[moved])
                points[moved] = shapely.get_point(ways, 0)
        distinct, of = np.unique(shapely.get_coordinates(points), axis=0, return_inverse=True)
        return cls(distinct, of.ravel().astype(np.int64), outside)


def tessellate(
    sites: Floats,
    boundary: BaseGeometry,
    spokes: NDArray[np.object_] | None = None,
    barriers: Barriers | None = None,
) -> Cells:
    """Return the cells of distinct sites (s, 2), in metres, within a boundary; `spokes` are further lines to cut along.

    A piece of a Voronoi cell that the boundary or a barrier cuts off from its site goes to the neighbour with the
    longest common border, on the same bank if there is one; an uninhabited piece of the boundary goes whole to the site
    nearest to it.
    """
    lines = [*(() if spokes is None else spokes), *(barriers.cuts if barriers else ())]
    faces, nearest = voronoi_faces(sites, boundary, lines)
    home, owner = _home_faces(sites, faces, nearest)
    borders, length, open_ = _borders(faces, barriers)
    bank = pieces(borders[open_ > 0], len(faces)) if barriers else np.zeros(len(faces), np.int64)
    if barriers:
        _adopt_on_the_bank(owner, borders, length, bank, barriers.in_area(_inside(faces)))
    adopt(owner, borders, length)
    _give_away_empty_pieces(owner, borders, faces, sites)
    return Cells(faces, owner, borders, length, _touching(owner, borders, length), home, bank)


def voronoi_faces(
    sites: Floats, ground: BaseGeometry, further: Sequence[BaseGeometry] = ()
) -> tuple[NDArray[np.object_], Ints]:
    """Return faces (f,) that together are `ground`, and the site (f,) nearest to each: the Voronoi cells in pieces.

    They are cut along `further` lines too. Cells that no line comes near stay as they are: most of them.
    """
    cells = _voronoi_cells(sites, ground)
    narrow = shapely.minimum_clearance(cells) < FINEST
    lines = np.array([ground.boundary, *further, *shapely.boundary(cells[narrow])], object)
    met = np.zeros(len(cells), np.bool_)
    met[shapely.STRtree(cells).query(lines, predicate="dwithin", distance=CLEAR_OF_LINES)[1]] = True
    noded = shapely.union_all([*lines, *shapely.boundary(cells[met])], grid_size=FINEST)
    parts = shapely.get_parts(shapely.polygonize([noded]))
    within = _inside(parts)
    nearest = np.asarray(cKDTree(sites).query(within)[1], np.int64)
    shapely.prepare(ground)
    kept = met[nearest] & shapely.contains_xy(ground, within)
    whole = np.flatnonzero(~met & shapely.contains_xy(ground, sites))
    return np.concatenate([cells[whole], parts[kept]]), np.concatenate([whole, nearest[kept]])


def _voronoi_cells(sites: Floats, ground: BaseGeometry) -> NDArray[np.object_]:
    """Return the Voronoi cells (s,) of distinct sites, beyond the ground, with their corners on the finest grid."""
    corners = np.vstack([sites, np.reshape(ground.bounds, (2, 2))])
    frame = shapely.box(*corners.min(axis=0) - BEYOND, *corners.max(axis=0) + BEYOND)
    if len(sites) == 1:
        return np.array([frame], object)
    cells = shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=frame, ordered=True)
    rounded = shapely.set_precision(shapely.get_parts(cells), FINEST, mode="pointwise")
    return np.asarray(shapely.remove_repeated_points(rounded), object)


def _inside(faces: NDArray[np.object_]) -> Floats:
    """Return a point (f, 2) within each face."""
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(faces)), float)


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


def _borders(faces: NDArray[np.object_], barriers: Barriers | None) -> tuple[Ints, Floats, Floats]:
    """Return the pairs (b, 2) of faces with a common border, smaller first, its metres, and those along no barrier."""
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
    start, end = segment[one, :2], segment[one, 2:]
    length = np.hypot(*(end - start).T)
    total, open_ = (
        np.bincount(of.ravel(), metres, minlength=len(pairs)).astype(float)
        for metres in (length, np.where(_along(barriers, (start + end) / 2), 0, length) if barriers else length)
    )
    return pairs.astype(np.int64), total, open_


def _along(barriers: Barriers, xy: Floats) -> NDArray[np.bool_]:
    """Return which points (n, 2) on lines that were noded with the barriers are on a barrier."""
    along = np.zeros(len(xy), np.bool_)
    along[shapely.STRtree(barriers.cuts).query(shapely.points(xy), predicate="dwithin", distance=10 * FINEST)[0]] = True
    return along


def _adopt_on_the_bank(owner: Ints, borders: Ints, length: Floats, bank: Ints, in_area: NDArray[np.bool_]) -> None:
    """Give faces to neighbours on their own bank; then each area to the bank that it has the longest shore with."""
    under_water = in_area[borders].sum(axis=1)
    dry = (under_water == 0) & (bank[borders[:, 0]] == bank[borders[:, 1]])
    adopt(owner, borders[dry], length[dry])
    water, land = np.where(in_area[borders[:, :1]], borders, borders[:, ::-1]).T
    shore = (under_water == 1) & (owner[land] != NOBODY)
    sides, of = np.unique(np.column_stack([bank[water], bank[land]])[shore], axis=0, return_inverse=True)
    metres = np.bincount(of.ravel(), length[shore], minlength=len(sides))
    longest = {int(sides[at, 0]): at for at in np.argsort(metres, kind="stable")}
    allowed = under_water == 2
    allowed[shore] = np.isin(of.ravel(), list(longest.values()))
    adopt(owner, borders[allowed], length[allowed])


def adopt(owner: Ints, borders: Ints, length: Floats) -> None:
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
    """Give each uninhabited piece of the boundary, whole, to the site nearest to it."""
    empty = np.flatnonzero(owner == NOBODY)
    if not len(empty):
        return
    piece = pieces(borders, len(faces))
    ground = shapely.points(sites)
    for number in np.unique(piece[empty]):
        inside = empty[piece[empty] == number]
        owner[inside] = np.argmin(shapely.distance(ground, shapely.union_all(faces[inside])))


def _touching(owner: Ints, borders: Ints, length: Floats) -> Ints:
    pairs = np.sort(owner[borders], axis=1)
    pairs, of = np.unique(pairs, axis=0, return_inverse=True)
    total = np.bincount(of.ravel(), length, minlength=len(pairs))
    return pairs[(total >= TOUCHING) & (pairs[:, 0] != pairs[:, 1])]
