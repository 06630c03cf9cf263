"""Outlines as TopoJSON has them: a line that two of them share is written once, as steps between whole numbers.

The outlines of a town's grids tile its villages, so nearly every line is shared. They were made village by village, on
planes of their own: what is the same line differs in its last digits, and in where it has corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, TypedDict

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

STEP: Final = 1e-6
"""Of a degree: 0.1 m, finer than any drawing."""
SAME: Final = 1.5
"""Steps between corners that are one."""

Integers = npt.NDArray[np.int64]


class Transform(TypedDict):
    """How whole numbers become degrees."""

    scale: tuple[float, float]
    translate: tuple[float, float]


class Outline(TypedDict, total=False):
    """A geometry of TopoJSON: the arcs of its rings; ~n is the arc n backwards."""

    type: Literal["Polygon", "MultiPolygon"] | None
    arcs: list[Any]


@dataclass(frozen=True, slots=True)
class Topology:
    """The arcs of outlines, and the outlines in the order of the shapes that they are of."""

    transform: Transform
    arcs: list[list[list[int]]]
    outlines: list[Outline]


@dataclass(frozen=True, slots=True)
class _Rings:
    """The corners of closed rings, one ring after the other."""

    corners: Integers
    """A row for each: steps to the east and to the north."""
    ring: Integers
    """Of each corner its ring."""

    def beside(self, by: Literal[1, -1]) -> Integers:
        """Return of each corner the index of the one after it, or before it, in its ring."""
        first = np.searchsorted(self.ring, self.ring)
        count = np.searchsorted(self.ring, self.ring, side="right") - first
        beside: Integers = first + (np.arange(len(self.ring)) - first + by) % count
        return beside


@lru_cache(maxsize=8)
def topology(shapes: tuple[BaseGeometry | None, ...]) -> Topology:
    """Return the topology of polygons, in pieces or not; what is None has no arcs. Kept for the maps looked at last."""
    parts, shape_of = shapely.get_parts(np.array(shapes, object), return_index=True)
    lines, part_of = shapely.get_rings(parts, return_index=True)
    places, ring = shapely.get_coordinates(lines, return_index=True)
    west, south = places.min(axis=0).round(6).tolist() if len(places) else (0.0, 0.0)
    rings = _Rings(np.rint((places - (west, south)) / STEP).astype(np.int64), ring)
    arcs, arcs_of = _arcs(_joined(_snapped(rings)))
    rings_of: list[list[list[int]]] = [[] for _ in parts]
    for number, part in enumerate(part_of.tolist()):
        rings_of[part].append(arcs_of[number])
    pieces: list[list[list[list[int]]]] = [[] for _ in shapes]
    for part, shape in enumerate(shape_of.tolist()):
        pieces[shape].append(rings_of[part])
    return Topology(
        transform={"scale": (STEP, STEP), "translate": (west, south)},
        arcs=[_steps(arc) for arc in arcs],
        outlines=list(map(_outline, pieces)),
    )


def _outline(pieces: list[list[list[int]]]) -> Outline:
    if not pieces:
        return {"type": None}
    return {"type": "MultiPolygon", "arcs": pieces} if len(pieces) > 1 else {"type": "Polygon", "arcs": pieces[0]}


def _snapped(rings: _Rings) -> _Rings:
    """Let corners that are one have one place; a ring has no corner twice in a row."""
    places, which = np.unique(rings.corners, axis=0, return_inverse=True)
    points = shapely.points(places.astype(float))
    one, other = shapely.STRtree(points).query(points, predicate="dwithin", distance=SAME)
    place = np.arange(len(places))
    np.minimum.at(place, one, other)
    moved = _Rings(places[place[which.ravel()]], rings.ring)
    is_new = np.any(moved.corners != moved.corners[moved.beside(-1)], axis=1)
    is_new[np.unique(moved.ring, return_index=True)[1]] |= ~np.isin(np.unique(moved.ring), moved.ring[is_new])
    return _Rings(moved.corners[is_new], moved.ring[is_new])


def _joined(rings: _Rings) -> _Rings:
    """Give rings the corners that others have on their lines."""
    start, end = rings.corners, rings.corners[rings.beside(1)]
    lines = shapely.linestrings(np.stack([start, end], axis=1).astype(float))
    places = np.unique(start, axis=0)
    points = shapely.points(places.astype(float))
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=1)
    along = shapely.line_locate_point(lines[line], points[point])
    inside = (along > 0) & (along < shapely.length(lines[line]))
    order = np.flatnonzero(inside)[np.lexsort((along[inside], line[inside]))]
    point, line = point[order], line[order]
    return _Rings(np.insert(start, line + 1, places[point], axis=0), np.insert(rings.ring, line + 1, rings.ring[line]))


def _arcs(rings: _Rings) -> tuple[list[Integers], dict[int, list[int]]]:
    """Return the lines from one junction to the next, each once, and those that each ring is made of."""
    keys = (rings.corners[:, 0] << 32) | rings.corners[:, 1]
    is_junction = _junctions(keys, keys[rings.beside(-1)], keys[rings.beside(1)])
    arcs: list[Integers] = []
    known: dict[bytes, int] = {}

    def arc(corners: Integers) -> int:
        backwards = known.get(corners[::-1].tobytes())
        if backwards is not None:
            return ~backwards
        found = known.setdefault(corners.tobytes(), len(arcs))
        if found == len(arcs):
            arcs.append(corners)
        return found

    arcs_of: dict[int, list[int]] = {}
    numbers, first, count = np.unique(rings.ring, return_index=True, return_counts=True)
    for number, start, end in zip(numbers.tolist(), first.tolist(), (first + count).tolist(), strict=True):
        cuts = np.flatnonzero(is_junction[start:end])
        if not len(cuts):  # two who share it must begin at the same corner
            cuts = np.array([keys[start:end].argmin()])
        ring = np.roll(rings.corners[start:end], -cuts[0], axis=0)
        ring = np.concatenate([ring, ring[:1]])
        ends = [*(cuts[1:] - cuts[0]).tolist(), end - start]
        arcs_of[number] = [arc(ring[a : b + 1]) for a, b in zip([0, *ends], ends, strict=False)]
    return arcs, arcs_of


def _junctions(here: Integers, before: Integers, after: Integers) -> npt.NDArray[np.bool_]:
    """Return which corners are junctions: those that have other neighbours in one ring than in another."""
    ways = np.unique(np.column_stack([here, np.minimum(before, after), np.maximum(before, after)]), axis=0)
    corners, count = np.unique(ways[:, 0], return_counts=True)
    return np.isin(here, corners[count > 1])


def _steps(arc: Integers) -> list[list[int]]:
    """Return the first corner of an arc, and from each to the next."""
    steps: list[list[int]] = np.diff(arc, axis=0, prepend=np.zeros((1, 2), np.int64)).tolist()
    return steps
