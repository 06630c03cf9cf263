"""One outline per grid: together they tile the village's boundary, without gap or overlap, flats included."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.cells import Cells, Sites, tessellate
from gridplan.engine.proximity import Floats, Ints

SMOOTHING = 6.0
"""Metres: a corner whose triangle is smaller than the square of this is taken off a common edge."""
NARROWEST_SECTOR = 0.25
"""Radians between the directions in which two grids look from a position they share."""
PIN = 0.3
"""Metres: the size of the marks that hold an edge on its side of a household while edges are smoothed."""


def outlines(sites: Sites, cells: Cells, boundary: BaseGeometry, label: Ints, k: int) -> NDArray[np.object_]:
    """Return the outlines (k,) in metres of the grids 0 to k - 1, given the grid of each household (n,).

    Every outline is the ground nearest to its households. Where households of several grids share one position, its
    ground is cut into sectors that meet there. Edges are then smoothed together, so that neighbours stay neighbours.
    """
    grids_at = _grids_by_site(sites.of, label)
    sectors = _sectors(sites.xy, grids_at, cells)
    if sectors:
        spokes = np.concatenate([_spokes(sites.xy[site], angles, cells, site) for site, (_, angles) in sectors.items()])
        cells = tessellate(sites.xy, boundary, spokes)
    grid = _grid_of_faces(cells, sites.xy, grids_at, sectors)
    rough = np.array([shapely.coverage_union_all(cells.faces[grid == g]) for g in range(k)])
    return _smoothed(rough, sites.xy, grids_at, sectors)


Sectors = dict[int, tuple[list[int], Floats]]
"""For each site shared by several grids: the grids in turn, and the middle angle of each one's sector."""


def _grids_by_site(site: Ints, label: Ints) -> dict[int, list[int]]:
    grids: dict[int, list[int]] = {}
    for at, grid in np.unique(np.column_stack([site, label]), axis=0).tolist():
        grids.setdefault(at, []).append(grid)
    return grids


def _sectors(sites: Floats, grids_at: dict[int, list[int]], cells: Cells) -> Sectors:
    """Turn the sector of each grid at a shared site towards the ground it has beside that site."""
    shared = {site for site, grids in grids_at.items() if len(grids) > 1}
    beside: dict[int, list[int]] = {site: [] for site in shared}
    for a, b in cells.touching.tolist():
        if a in shared:
            beside[a].append(b)
        if b in shared:
            beside[b].append(a)
    return {site: _turned(sites, site, grids_at, beside[site]) for site in sorted(shared)}


def _turned(sites: Floats, site: int, grids_at: dict[int, list[int]], beside: list[int]) -> tuple[list[int], Floats]:
    """Return the grids at a site in turn, and the middle angle of each one's sector.

    A grid with ground beside the site looks towards it; the grids that live nowhere else share the widest gaps.
    """
    ways: dict[int, list[complex]] = {}
    for other in beside:
        step = complex(*(sites[other] - sites[site]))
        for grid in set(grids_at[other]) & set(grids_at[site]):
            ways.setdefault(grid, []).append(step / abs(step))
    looking = {grid: max(steps, key=lambda step: (step * sum(steps).conjugate()).real) for grid, steps in ways.items()}
    turn = sorted((float(np.angle(step)), grid) for grid, step in looking.items())
    turn = _spread(turn or [(0.0, grids_at[site][0])])
    turn = _with_others(turn, [grid for grid in grids_at[site] if grid not in {there for _, there in turn}])
    return [grid for _, grid in turn], np.array([angle for angle, _ in turn])


Turn = list[tuple[float, int]]
"""Angles, ascending over less than a full turn, each with the grid that looks that way."""


def _spread(turn: Turn) -> Turn:
    """Return the angles with at least `NARROWEST_SECTOR` between any two, begun after the widest gap."""
    gaps = [(turn[i][0] - turn[i - 1][0]) % (2 * np.pi) for i in range(len(turn))]
    first = int(np.argmax(gaps))
    spread: Turn = []
    for angle, grid in turn[first:] + [(angle + 2 * np.pi, grid) for angle, grid in turn[:first]]:
        spread.append((max(angle, spread[-1][0] + NARROWEST_SECTOR) if spread else angle, grid))
    return spread


def _with_others(turn: Turn, others: list[int]) -> Turn:
    """Return the turn with other grids in its widest gaps, those in one gap evenly apart."""
    ends = [angle for angle, _ in turn[1:]] + [turn[0][0] + 2 * np.pi]
    gaps = np.array([end - start for (start, _), end in zip(turn, ends, strict=True)])
    taken = np.zeros(len(turn), int)
    for _ in others:
        taken[np.argmax(gaps / (taken + 1))] += 1
    waiting = iter(others)
    return [
        place
        for (angle, grid), gap, count in zip(turn, gaps, taken.tolist(), strict=True)
        for place in [(angle, grid), *((angle + gap * i / (count + 1), next(waiting)) for i in range(1, count + 1))]
    ]


def _spokes(centre: Floats, angles: Floats, cells: Cells, site: int) -> NDArray[np.object_]:
    """Return the lines (one per sector) that part the sectors of a site, a little longer than its ground."""
    ground = cells.faces[cells.home[site]]
    reach = shapely.hausdorff_distance(ground, shapely.Point(centre)) + 1
    between = (angles + np.append(angles[1:], angles[0] + 2 * np.pi)) / 2
    ends = centre + reach * np.column_stack([np.cos(between), np.sin(between)])
    rays = shapely.linestrings(np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1))
    inside = [_starting_at(centre, part) for part in shapely.intersection(rays, ground)]
    length = np.array([part.length for part in inside]) + 0.01
    ends = centre + length[:, None] * np.column_stack([np.cos(between), np.sin(between)])
    return shapely.linestrings(np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1))


def _starting_at(centre: Floats, line: BaseGeometry) -> BaseGeometry:
    start = shapely.Point(centre)
    return min(shapely.get_parts(line), key=lambda part: part.distance(start))


def _grid_of_faces(cells: Cells, sites: Floats, grids_at: dict[int, list[int]], sectors: Sectors) -> Ints:
    grid = np.array([grids_at[owner][0] for owner in cells.owner.tolist()], np.int64)
    for face in np.flatnonzero(np.isin(cells.owner, list(sectors))).tolist():
        owner = int(cells.owner[face])
        grids, angles = sectors[owner]
        inside = shapely.get_coordinates(shapely.point_on_surface(cells.faces[face]))[0] - sites[owner]
        off = np.angle(np.exp(1j * (np.arctan2(inside[1], inside[0]) - angles)))
        grid[face] = grids[int(np.argmin(np.abs(off)))]
    return grid


def _smoothed(
    rough: NDArray[np.object_], sites: Floats, grids_at: dict[int, list[int]], sectors: Sectors
) -> NDArray[np.object_]:
    """Smooth the common edges, but never across a household.

    Each site is pinned first: a small triangle with its tip on the site becomes a part of the coverage of its own, and
    smoothing keeps the order of what lies in the plane. Afterwards the pins are filled in again.
    """
    pins, pinned = _pins(sites, grids_at, sectors, rough)
    pierced = shapely.difference(rough, [shapely.multipolygons(pins[pinned == g]) for g in range(len(rough))])
    smooth = shapely.coverage_simplify(np.concatenate([pierced, pins]), SMOOTHING, simplify_boundary=False)
    smooth, pins = smooth[: len(rough)], smooth[len(rough) :]
    filled = np.array([shapely.coverage_union_all([area, *pins[pinned == g]]) for g, area in enumerate(smooth)])
    return filled if shapely.coverage_is_valid(filled) and shapely.is_valid(filled).all() else rough


def _pins(
    sites: Floats, grids_at: dict[int, list[int]], sectors: Sectors, rough: NDArray[np.object_]
) -> tuple[NDArray[np.object_], Ints]:
    grid = np.array([grids_at[site][0] for site in range(len(sites))], np.int64)
    edge = shapely.distance(shapely.boundary(rough)[grid], shapely.points(sites))
    room = np.asarray(cKDTree(sites).query(sites, k=2)[0])[:, 1]
    angle, size, spread = np.zeros(len(sites)), np.minimum(PIN, np.minimum(edge, room) / 3), np.full(len(sites), 0.4)
    for site, (grids, angles) in sectors.items():
        grid[site], angle[site], spread[site] = grids[0], angles[0], NARROWEST_SECTOR / 4
        size[site] = min(PIN, room[site] / 3)
    left, right = angle - spread, angle + spread
    tips = np.stack(
        [
            sites,
            sites + size[:, None] * np.column_stack([np.cos(left), np.sin(left)]),
            sites + size[:, None] * np.column_stack([np.cos(right), np.sin(right)]),
            sites,
        ],
        axis=1,
    )
    return shapely.polygons(tips), grid
