"""Whether the households of a grid hang together, and how far they walk."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError
from scipy.spatial.distance import cdist
from shapely.geometry.base import BaseGeometry

from gridplan.verify.findings import Finding, note, violation
from gridplan.verify.layers import Plan, Village
from gridplan.verify.outlines import Site

CIRCLE_METRES: Final = 0.01
WALK_SHARE: Final = 0.002
WALK_METRES: Final = 1.0
FAR_METRES: Final = 2000.0
FAR_TIMES: Final = 4.0

Floats = NDArray[np.float64]
Pairs = NDArray[np.intp]


def splits(sites: Sequence[Site]) -> Iterator[Finding]:
    """Check that every grid is connected; where the plan says it is not, that is a note."""
    for site in sites:
        spots, spot = np.unique(site.xy, axis=0, return_inverse=True)
        spots_of = {grid_id: set(spot.ravel()[rows].tolist()) for grid_id, rows in site.members.items()}
        groups = _groups(spots_of, _walkable(spots, neighbours(spots), site.barriers))
        for grid in site.grids:
            if (n := groups[grid.grid_id]) > 1:
                say, rule = (note, "split_listed") if grid.listed_as_split else (violation, "split")
                yield say(rule, site.name, grid.grid_id, n=n)


def neighbours(spots: Floats) -> Pairs:
    """Return the pairs (e, 2) of neighbours among distinct spots (m, 2) in metres, as the design defines them."""
    spots = spots - spots.mean(axis=0)
    _, spread, axes = np.linalg.svd(spots, full_matrices=False)
    if len(spots) > 2 and spread[1] > 1e-7 * spread[0]:
        try:
            triangles = Delaunay(spots)
        except QhullError:
            pass  # too thin to triangulate: a line for this purpose
        else:
            sides = triangles.simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
            return np.vstack([sides, _second_diagonals(triangles), triangles.coplanar[:, [0, 2]]]).astype(np.intp)
    along = np.argsort(spots @ axes[0], kind="stable")
    return np.column_stack([along[:-1], along[1:]])


def _walkable(spots: Floats, pairs: Pairs, barriers: NDArray[np.object_]) -> Pairs:
    """Return the pairs (e, 2) of neighbours less those that hold two banks of a barrier together from afar.

    A pair is far when it is over 2 km long and over four times the median of the pairs of both its ends. From the
    nearest to the farthest, a pair over a barrier sets the banks of its ends apart, and one of over 2 km beside it
    makes one bank of two that nothing has set apart.
    """
    if not len(barriers) or not len(pairs):
        return pairs
    length = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    usual = [np.median(length[(pairs == spot).any(axis=1)]) for spot in range(len(spots))]
    ways = shapely.linestrings(spots[pairs])
    over = np.logical_or.reduce([_separates(ways, barrier) for barrier in barriers])
    long = ~over & (length > FAR_METRES)
    near = pairs[~over & ~long]
    graph = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(spots), len(spots)))
    bank = connected_components(graph, directed=False)[1]
    apart: set[tuple[int, int]] = set()
    kept = np.ones(len(pairs), bool)
    for at in sorted(np.flatnonzero(over | long).tolist(), key=lambda at: float(length[at])):
        here, there = sorted(int(bank[end]) for end in pairs[at])
        if over[at]:
            apart.add((here, there))
        elif here != there and (here, there) in apart:
            kept[at] = length[at] <= FAR_TIMES * max(usual[end] for end in pairs[at])
        elif here != there:
            bank[bank == there] = here
            pairs_apart = [(here if one == there else one, here if two == there else two) for one, two in apart]
            apart = {(min(two), max(two)) for two in pairs_apart}
    return pairs[kept]


def _separates(ways: NDArray[np.object_], barrier: BaseGeometry) -> NDArray[np.bool_]:
    """Return which straight ways have both ends beside a barrier and it between them."""
    if shapely.get_dimensions(barrier) < 2:
        return np.asarray(shapely.intersects(ways, barrier), bool)
    dry = shapely.difference(ways, barrier)
    return np.asarray(shapely.get_num_geometries(dry) > 1, bool)


def _second_diagonals(triangles: Delaunay) -> Pairs:
    """Return the far corners (e, 2) of neighbouring triangles whose four corners lie on one circle."""
    corners, beyond = triangles.simplices.astype(np.intp), triangles.neighbors
    here, corner = np.nonzero(beyond > np.arange(len(beyond))[:, None])
    near = corners[here, corner]
    far = corners[beyond[here, corner]].sum(axis=1) - corners[here].sum(axis=1) + near
    origin = triangles.points[corners[here, 0]]
    b, c, other = (triangles.points[corner] - origin for corner in (corners[here, 1], corners[here, 2], far))
    bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):  # a triangle without area has no circle
        twice_area = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
        centre = np.column_stack([c[:, 1] * bb - b[:, 1] * cc, b[:, 0] * cc - c[:, 0] * bb]) / twice_area[:, None]
        off = np.abs(np.linalg.norm(other - centre, axis=1) - np.linalg.norm(centre, axis=1))
    pairs: Pairs = np.column_stack([near, far])[off <= CIRCLE_METRES]
    return pairs


def _groups(spots_of: Mapping[str, set[int]], neighbours: Pairs) -> dict[str, int]:
    """Return into how many groups the spots of each grid fall when only neighbours of one grid hold together."""
    node = {key: i for i, key in enumerate((grid, spot) for grid, spots in spots_of.items() for spot in spots)}
    at: dict[int, set[str]] = defaultdict(set)
    for grid, spot in node:
        at[spot].add(grid)
    links = [(node[grid, a], node[grid, b]) for a, b in neighbours.tolist() for grid in at[a] & at[b]]
    ends = np.array(links, np.intp).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(node), len(node)))
    group = connected_components(graph, directed=False)[1].tolist() if node else []
    found = {(grid, group[i]) for (grid, _), i in node.items()}
    return {**dict.fromkeys(spots_of, 0), **Counter(grid for grid, _ in found)}


def walks(plan: Plan, sites: Sequence[Site]) -> Iterator[Finding]:
    """Check the walks of grids and villages, and what is said of their lower bounds."""
    for site in sites:
        total = 0.0
        for grid in site.grids:
            total += (walk := _walk(site.xy[site.members[grid.grid_id]]))
            if abs(grid.walk_m - walk) > _tolerance(walk):
                yield violation("grid_walk", site.name, grid.grid_id, said=f"{grid.walk_m:.1f}", walk=f"{walk:.1f}")
        if village := plan.villages.get(site.name):
            yield from _village_walk(village, total)


def _village_walk(village: Village, walk: float) -> Iterator[Finding]:
    bound, gap, slack = village.lower_bound_m, village.gap, _tolerance(walk)
    if is_off := abs(village.walk_m - walk) > slack:
        yield violation("village_walk", village.name, said=f"{village.walk_m:.1f}", walk=f"{walk:.1f}")
    if bound > walk + slack:
        yield violation("bound_above_walk", village.name, bound=f"{bound:.1f}", walk=f"{walk:.1f}")
    elif bound > 0 and not is_off and not abs(bound * (1 + gap) - walk) <= slack:
        yield violation("gap", village.name, said=f"{gap:.2%}", gap=f"{walk / bound - 1:.2%}")


def _walk(points: Floats) -> float:
    """Return the metres from every point (n, 2) to the one of them that makes the sum smallest."""
    blocks = (points[start : start + 1000] for start in range(0, len(points), 1000))
    return min((float(cdist(block, points).sum(axis=1).min()) for block in blocks), default=0.0)


def _tolerance(walk: float) -> float:
    return WALK_SHARE * walk + WALK_METRES
