"""Sectors: the ground of a position parted among the grids that share it, so that their outlines hang together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, permutations
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.cluster.hierarchy import DisjointSet
from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.cells import Cells
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Floats, Ints

NARROWEST_SECTOR = 0.25
"""The least share of the ground, in radians of a full turn, between the directions that two grids face."""
DIRECTIONS = 90
"""In which the ground around a shared position is measured."""
PIN = 0.3
"""Metres: the size of the marks that hold an edge on its side of a household while edges are smoothed."""
ARRANGEMENTS = 24
"""Orders of grids that are tried at a position where not every grid can face all the ground it has beside."""

GridsAt = Mapping[int, list[int]]
"""The grids, ascending, that have households at each site."""


@dataclass(frozen=True)
class Sectors:
    """How the ground of a site that several grids share is parted: its grids in turn, each with the sector it faces."""

    grids: list[int]
    middle: Floats
    """(g,) radians: a direction within each sector."""
    edge: Floats
    """(g,) radians: where each sector ends and the next begins."""

    def grid_towards(self, angle: float) -> int:
        """Return the grid whose sector lies in the direction of `angle`."""
        past = (angle - self.edge) % (2 * np.pi)
        return self.grids[(int(np.argmin(past)) + 1) % len(self.grids)]


class Arc(NamedTuple):
    """The directions that a grid faces, in a sweep over a site's ground: from `start` on to `end`."""

    start: float
    end: float
    grid: int


def grids_by_site(site: Ints, label: Ints) -> dict[int, list[int]]:
    """Return the grids that have households at each site, given site and grid (n,) of every household."""
    grids: dict[int, list[int]] = {}
    for at, grid in np.unique(np.column_stack([site, label]), axis=0).tolist():
        grids.setdefault(at, []).append(grid)
    return grids


def sectors_of(sites: Floats, grids_at: GridsAt, cells: Cells) -> dict[int, Sectors]:
    """Return the sectors at every site that grids share, turned towards the ground each grid has beside it."""
    shared = sorted(site for site, grids in grids_at.items() if len(grids) > 1)
    ways = _ways(sites, grids_at, cells) if shared else {}
    return {
        site: _turned(sites[site], grids_at[site], ways.get(site, []), cells.faces[cells.home[site]]) for site in shared
    }


def spokes(centre: Floats, sectors: Sectors, ground: BaseGeometry) -> NDArray[np.object_]:
    """Return the lines that part the sectors of a site, a little longer than its ground."""
    length = _reach(centre, sectors.edge, ground) + 0.01
    ends = centre + length[:, None] * np.column_stack([np.cos(sectors.edge), np.sin(sectors.edge)])
    return shapely.linestrings(np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1))


class Way(NamedTuple):
    """A direction in radians from a site, to ground beside it of the same grid."""

    angle: float
    grid: int


def _ways(sites: Floats, grids_at: GridsAt, cells: Cells) -> Mapping[int, list[Way]]:
    """Return the ways from every shared site to its neighbours over which grids hang together, as few as can be.

    Where several grids go over one border, each has a piece of it, in the order in which the grids lie: so what is on
    both sides of it agrees.
    """
    grids, ways = [grids_at[site] for site in range(len(sites))], defaultdict[int, list[Way]](list)
    several = np.array([len(here) > 1 for here in grids])
    one, other = cells.touching.T
    beside = cells.touching[several[one] | several[other]]
    line = shapely.intersection(*(cells.faces[cells.home[beside[:, side]]] for side in (0, 1)))
    centre = _centres(sites, grids)
    for at, over in sorted(_fewest_links(grids, cells.touching, beside, shapely.length(line)).items()):
        pair = beside[at].tolist()
        for grid, place in _shares(line[at], over, centre, sites[pair]):
            for site in pair:
                east, north = place - sites[site]
                ways[site].append(Way(float(np.arctan2(north, east)), grid))
    return ways


def _fewest_links(grids: list[list[int]], touching: Ints, beside: Ints, metres: Floats) -> Mapping[int, list[int]]:
    """Return which of the pairs `beside` (b, 2), at a shared site, hold grids together, each with those grids.

    Long borders come first, and those at which one side has a single grid.
    """
    alone = np.array([here[0] if len(here) == 1 else -1 for here in grids])
    within = alone[touching]
    block = pieces(touching[(within[:, 0] == within[:, 1]) & (within[:, 0] >= 0)], len(grids)).tolist()
    ends = (np.array([len(here) for here in grids])[beside] > 1).sum(axis=1)
    joined: DisjointSet[tuple[int, int]] = DisjointSet()
    links = defaultdict[int, list[int]](list)
    for at in np.lexsort((-metres, ends)).tolist():
        sides = beside[at].tolist()
        for grid in sorted(set(grids[sides[0]]) & set(grids[sides[1]])):
            here, there = ((site if len(grids[site]) > 1 else -1 - block[site], grid) for site in sides)
            joined.add(here)
            joined.add(there)
            if joined.merge(here, there):
                links[at].append(grid)
    return links


def _centres(sites: Floats, grids: list[list[int]]) -> Mapping[int, Floats]:
    """Return the middle of the sites of every grid."""
    at, of = np.array([(site, grid) for site, here in enumerate(grids) for grid in here]).T
    numbers, of = np.unique(of, return_inverse=True)
    middle = np.stack([np.bincount(of, sites[at, axis]) / np.bincount(of) for axis in (0, 1)], axis=1)
    return dict(zip(numbers.tolist(), middle, strict=True))


def _shares(
    border: BaseGeometry, grids: list[int], centre: Mapping[int, Floats], ends: Floats
) -> Iterator[tuple[int, Floats]]:
    """Yield for each grid the middle of its piece of the border between two sites (2, 2)."""
    lines = [part for part in shapely.get_parts(border) if isinstance(part, shapely.LineString)]
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    longest = max(merged, key=lambda part: part.length, default=shapely.LineString([ends.mean(axis=0)] * 2))
    start, end = (np.array(longest.coords[at]) for at in (0, -1))
    along = sorted(grids, key=lambda grid: float((centre[grid] - start) @ (end - start)))
    for number, grid in enumerate(along):
        place = shapely.line_interpolate_point(longest, (number + 0.5) / len(along), normalized=True)
        yield grid, np.array(place.coords[0])


def _turned(centre: Floats, grids: list[int], ways: list[Way], ground: BaseGeometry) -> Sectors:
    """Return the sectors of a site: grids with ground beside it face that, the others share the widest gaps.

    Gaps are measured by the ground they hold and not by their angle: a site may stand in a corner of its village.
    """
    angle, swept = _sweep(centre, ground)
    turned = [Way(float(np.interp(way.angle % (2 * np.pi), angle, swept)), way.grid) for way in ways]
    arcs = _spread(_arcs(sorted(turned)) or [Arc(0.0, 0.0, grids[0])])
    facing = {arc.grid for arc in arcs}
    arcs = _with_others(arcs, [grid for grid in grids if grid not in facing])
    start, end, _ = np.array(arcs).T
    edge = (end + np.append(start[1:], start[0] + 2 * np.pi)) / 2
    middle, edge = (np.interp(place % (2 * np.pi), swept, angle) for place in ((start + end) / 2, edge))
    return Sectors([arc.grid for arc in arcs], middle, edge)


def _arcs(ways: list[Way]) -> list[Arc]:
    """Return in turn the arcs of grids over their ways, given in turn: all of them, or as many as can be."""
    count = Counter(way.grid for way in ways)
    tried = islice(permutations(sorted(count, key=lambda grid: (-count[grid], grid))), ARRANGEMENTS)
    best, most = list[Arc](), 0
    for order in tried:
        arcs, held = _arranged(ways, order)
        if held > most:
            best, most = arcs, held
        if most == len(ways):
            break
    return sorted(best)


def _arranged(ways: list[Way], order: Iterable[int]) -> tuple[list[Arc], int]:
    """Return the arcs, each as wide as those before leave it room for, and over how many ways they go."""
    free, arcs, held = [True] * len(ways), list[Arc](), 0
    for grid in order:
        best = None
        for first, way in enumerate(ways):
            own = 0
            for step in range(len(ways)):
                turns, at = divmod(first + step, len(ways))
                if way.grid != grid or not free[at]:
                    break
                if ways[at].grid == grid:
                    own += 1
                    arc = Arc(way.angle, ways[at].angle + turns * 2 * np.pi, grid)
                    worth = own, own - 1 - step, arc.start - arc.end
                    if best is None or worth > best[0]:
                        best = worth, arc, [(first + past) % len(ways) for past in range(step + 1)]
        if best:
            (own, _, _), arc, inside = best
            arcs.append(arc)
            held += own
            for at in inside:
                free[at] = False
    return arcs, held


def _sweep(centre: Floats, ground: BaseGeometry) -> tuple[Floats, Floats]:
    """Return angles from 0 to a full turn and the ground swept up to each, scaled to a full turn as well."""
    angle = np.linspace(0, 2 * np.pi, DIRECTIONS + 1)
    between = (angle[:-1] + angle[1:]) / 2
    area = _reach(centre, between, ground) ** 2
    swept = np.concatenate([[0.0], np.cumsum(area + area.max() * 1e-6)])
    return angle, swept * 2 * np.pi / swept[-1]


def _reach(centre: Floats, angle: Floats, ground: BaseGeometry) -> Floats:
    """Return how far one can go from `centre` in each direction without leaving the ground."""
    far = shapely.hausdorff_distance(ground, shapely.Point(centre)) + 1
    ends = centre + far * np.column_stack([np.cos(angle), np.sin(angle)])
    rays = shapely.linestrings(np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1))
    part, way = shapely.get_parts(shapely.intersection(rays, ground), return_index=True)
    away = shapely.distance(part, shapely.Point(centre))
    nearest_last = np.lexsort((-away, way))
    reach = np.zeros(len(angle))
    reach[way[nearest_last]] = np.where(away < PIN, shapely.length(part), 0)[nearest_last]
    return reach


def _spread(arcs: list[Arc]) -> list[Arc]:
    """Return the arcs with at least `NARROWEST_SECTOR` between any two, begun after the widest gap."""
    gaps = [(arcs[i].start - arcs[i - 1].end) % (2 * np.pi) for i in range(len(arcs))]
    first = int(np.argmax(gaps))
    spread: list[Arc] = []
    later = [Arc(start + 2 * np.pi, end + 2 * np.pi, grid) for start, end, grid in arcs[:first]]
    for start, end, grid in arcs[first:] + later:
        begun = max(start, spread[-1].end + NARROWEST_SECTOR) if spread else start
        spread.append(Arc(begun, max(begun, end), grid))
    return spread


def _with_others(arcs: list[Arc], others: list[int]) -> list[Arc]:
    """Return the arcs with other grids in the widest gaps after them, those in one gap evenly apart."""
    until = [arc.start for arc in arcs[1:]] + [arcs[0].start + 2 * np.pi]
    gaps = np.array([start - arc.end for arc, start in zip(arcs, until, strict=True)])
    taken = np.zeros(len(arcs), int)
    for _ in others:
        taken[np.argmax(gaps / (taken + 1))] += 1
    waiting = iter(others)
    return [
        place
        for arc, gap, count in zip(arcs, gaps.tolist(), taken.tolist(), strict=True)
        for place in [
            arc,
            *(Arc(at, at, next(waiting)) for at in (arc.end + gap * i / (count + 1) for i in range(1, count + 1))),
        ]
    ]
