"""The boundaries of a town's villages: given ones, and made ones that follow the settlement and overlap no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.cells import FINEST, voronoi_faces
from gridplan.engine.model.proximity import Floats, Ints, adjacency

DENSITY_NEIGHBOURS = 3
"""Nearest households by which the density around a household is measured."""
SHARE_OF_SPACING = 0.75
"""How far a household's ground reaches, as a share of the distance to the last of them."""
REACH = (20.0, 300.0)
"""Metres: the least and the most that it may reach."""
LONE_REACH = 2.0
"""How many times as far as for half of the households it may reach, so that a lone house gets no more than a grid."""
REACH_OF_A_BLOCK = 0.3
"""Metres for each household on one position, so that sectors of its ground are no narrower than 5 m."""
SMALLEST_OVERLAP = 1.0
"""Square metres of two given boundaries that count as an overlap."""
SIMPLER = 2.0
"""Metres that a made boundary may be moved to have fewer corners."""
LONGEST_LINK = 1000.0
"""Metres: parts of a village further apart than this are not linked by a strip of ground."""
SMALLEST_HOLE = 20_000.0
"""Square metres: empty ground inside a village that is smaller than this belongs to it."""
SHARED_SITE_OFFSET = 0.05
"""Metres between the sites of two villages that have households on one position."""


Spread = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Like map: calls a function for every village, in this process or in others, and yields the answers in their order."""


class Spots(NamedTuple):
    """Where the households of a village stand, to the centimetre, and how many stand there."""

    sites: Floats
    crowd: Ints


@dataclass(frozen=True)
class TownBoundaries:
    """A boundary for every village, and what was changed about those that were given."""

    boundary: dict[int, BaseGeometry]
    """The boundary of each village, in metres; none overlaps another."""
    given: set[int]
    """The villages whose boundary is the one given for them."""
    overlapping: list[tuple[int, int]]
    """Pairs of given boundaries that overlapped; the ground in both was left to the first."""
    cut: dict[int, list[int]]
    """Villages with a given boundary that lost ground to others, and to which."""


def town_boundaries(
    xy: Floats, village: Ints, given: Mapping[int, BaseGeometry], spread: Spread = map
) -> TownBoundaries:
    """Return a boundary for every village of a town.

    A village that has none of its own takes no ground of a given one, unless most of its households stand inside it:
    then the ground nearest to them is cut out. A given boundary that lies wholly within another counts as none.

    Parameters
    ----------
    xy, village
        The position (n, 2) in metres and the village (n,) of every household.
    given
        The boundaries that are known, in metres, also of villages without households.
    """
    known, overlapping = _given_without_overlap(given)
    own = set(known)
    spots = {
        v: Spots(*np.unique(np.round(xy[village == v], 2), axis=0, return_counts=True))
        for v in np.unique(village).tolist()
    }
    sites = {v: spot.sites for v, spot in spots.items()}
    open_ = {v: spot for v, spot in spots.items() if v not in known}
    settled = dict(zip(open_, spread(_settlement, open_.values()), strict=True))
    cut: dict[int, list[int]] = {}
    for v, area in settled.items():
        for host in _hosts(sites[v], known):
            both = {v: sites[v], host: sites.get(host, np.empty((0, 2)))}
            part = _divide_ground(area.intersection(known[host]), both)[v]
            known[host] = shapely.difference(known[host], part, grid_size=FINEST)
            cut.setdefault(host, []).append(v)
    ground = shapely.union_all(list(known.values())) if known else shapely.Polygon()
    shapely.prepare(ground)
    free = {
        v: shapely.difference(area, ground, grid_size=FINEST) if area.intersects(ground) else area
        for v, area in settled.items()
    }
    made = {v: _inhabited(area, sites[v]) for v, area in _without_overlap(free, sites).items()}
    return TownBoundaries(known | made, own, overlapping, cut)


def _given_without_overlap(given: Mapping[int, BaseGeometry]) -> tuple[dict[int, BaseGeometry], list[tuple[int, int]]]:
    """Return the given boundaries with each overlap left to the first village it belongs to, and the pairs that had it.

    One that has nothing left is taken out.
    """
    apart, overlapping = dict(given), []
    order, shapes = list(given), np.array(list(given.values()), object)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects") if order else ((), ())
    for a, b in sorted((int(a), int(b)) for a, b in zip(first, second, strict=True) if a < b):
        one, other = apart.get(order[a]), apart.get(order[b])
        if one is None or other is None or one.intersection(other).area < SMALLEST_OVERLAP:
            continue
        rest = _polygons(shapely.difference(other, one, grid_size=FINEST))
        if rest:
            apart[order[b]] = shapely.multipolygons(rest)
            overlapping.append((order[a], order[b]))
        else:
            del apart[order[b]]
    return apart, overlapping


def _polygons(shape: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon) and not part.is_empty]


def _settlement(spots: Spots) -> BaseGeometry:
    """Return the ground around households: wide where they live far apart, closed over gaps, with strips to farms.

    A block of flats needs ground for every grid in it.
    """
    sites, crowd = spots
    last = min(len(sites), 1 + DENSITY_NEIGHBOURS)
    spacing = np.asarray(cKDTree(sites).query(sites, k=[last])[0])[:, 0]
    alone = np.clip(SHARE_OF_SPACING * spacing, *REACH)
    reach = np.maximum(np.minimum(alone, LONE_REACH * np.median(alone)), REACH_OF_A_BLOCK * crowd)
    gap = 4 * float(np.median(reach))
    discs = shapely.union_all(shapely.buffer(shapely.points(sites), reach, quad_segs=2))
    area = discs.simplify(SIMPLER).buffer(gap, quad_segs=2).buffer(-gap, quad_segs=2)
    shapely.prepare(area)
    links = _links(sites)
    outside = links[~shapely.covers(area, links)]
    whole = shapely.union_all([area, discs, *shapely.buffer(outside, REACH[0] / 2, quad_segs=2)])
    parts = [_without_small_holes(part) for part in _polygons(whole)]
    return shapely.union_all(parts).simplify(SIMPLER)


def _links(sites: Floats) -> NDArray[np.object_]:
    """Return the lines of the shortest tree that joins all sites."""
    if len(sites) < 2:
        return np.empty(0, object)
    edges = adjacency(sites)
    length = np.linalg.norm(sites[edges[:, 0]] - sites[edges[:, 1]], axis=1)
    tree = minimum_spanning_tree(
        coo_array((length, (edges[:, 0], edges[:, 1])), shape=(len(sites), len(sites)))
    ).tocoo()
    short = tree.data <= LONGEST_LINK
    return shapely.linestrings(np.stack([sites[tree.row[short]], sites[tree.col[short]]], axis=1))


def _without_small_holes(part: shapely.Polygon) -> shapely.Polygon:
    return shapely.Polygon(
        part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > SMALLEST_HOLE]
    )


def _hosts(sites: Floats, known: Mapping[int, BaseGeometry]) -> list[int]:
    """Return the given villages that households stand in, if most of the households stand in any."""
    points = shapely.points(sites)
    inside = {v: int(shapely.intersects(area, points).sum()) for v, area in known.items()}
    return [v for v, count in inside.items() if count] if sum(inside.values()) * 2 >= len(sites) else []


def _without_overlap(areas: Mapping[int, BaseGeometry], sites: Mapping[int, Floats]) -> dict[int, BaseGeometry]:
    """Return the areas with the ground that several of them claim given to the nearest household's village."""
    order, shapes = list(areas), np.array(list(areas.values()), object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects") if order else ((), ())
    claims = shapely.intersection(shapes[one], shapes[other])[np.less(one, other)] if order else np.empty(0, object)
    contested = shapely.union_all([part for claim in claims for part in _polygons(claim)], grid_size=FINEST)
    if contested.is_empty:
        return dict(areas)
    shapely.prepare(contested)
    near = {v: sites[v][shapely.dwithin(contested, shapely.points(sites[v]), REACH[1])] for v in order}
    given = _divide_ground(contested, {v: points for v, points in near.items() if len(points)})
    rest = shapely.difference(shapes, contested, grid_size=FINEST)
    return {
        v: shapely.union_all([own, *_polygons(given[v])], grid_size=FINEST) if v in given else own
        for v, own in zip(order, rest, strict=True)
    }


def _divide_ground(ground: BaseGeometry, sites: Mapping[int, Floats]) -> dict[int, BaseGeometry]:
    """Return for each village the part of `ground` that is nearer to its households than to the others'."""
    xy = np.vstack(list(sites.values()))
    owner = np.repeat(list(sites), [len(points) for points in sites.values()])
    _, at, crowd = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    shared = crowd[at.ravel()] > 1
    turn = 2 * np.pi * (np.searchsorted(sorted(sites), owner) / len(sites))
    xy = xy + np.where(shared[:, None], SHARED_SITE_OFFSET * np.column_stack([np.cos(turn), np.sin(turn)]), 0)
    faces, nearest = voronoi_faces(xy, ground)
    return {v: shapely.coverage_union_all(faces[owner[nearest] == v]) for v in sites}


def _inhabited(area: BaseGeometry, sites: Floats) -> BaseGeometry:
    """Return the inhabited parts of a made boundary."""
    parts = np.array(_polygons(area), object)
    homes = shapely.STRtree(shapely.points(sites))
    kept = parts[np.unique(homes.query(parts, predicate="dwithin", distance=2 * SHARED_SITE_OFFSET)[0])]
    return shapely.multipolygons(kept) if len(kept) > 1 else (kept[0] if len(kept) else area)
