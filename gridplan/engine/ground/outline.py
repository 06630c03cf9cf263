"""One outline per grid, with smoothed edges: together they tile the village's boundary without gap or overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.cells import Cells, Sites, tessellate
from gridplan.engine.model.proximity import Floats, Ints

SMOOTHING = 6.0
"""Metres: smoothing takes a corner off a common edge if its triangle is smaller than the square of this."""
NARROWEST_SECTOR = 0.25
"""The least share of the ground, in radians of a full turn, between the directions that two grids face."""
DIRECTIONS = 90
"""In which the ground around a shared position is measured."""
PIN = 0.3
"""Metres: the size of the marks that hold an edge on its side of a household while edges are smoothed."""


def outlines(
    sites: Sites, cells: Cells, boundary: BaseGeometry, label: Ints, k: int, barriers: Barriers | None = None
) -> NDArray[np.object_]:
    """Return the outlines (k,) in metres of the grids 0 to k - 1, given the grid of each household (n,).

    Every outline is the ground nearest to its households. Where households of several grids share one position, its
    ground is cut into sectors that meet there. Edges are then smoothed together, so that neighbours stay neighbours;
    those along a barrier stay where they are.
    """
    grids_at = _grids_by_site(sites.of, label)
    sectors = _sectors(sites.xy, grids_at, cells)
    if sectors:
        spokes = [_spokes(sites.xy[site], own, cells.faces[cells.home[site]]) for site, own in sectors.items()]
        cells = tessellate(sites.xy, boundary, np.concatenate(spokes), barriers)
    grid = _grid_of_faces(cells, sites.xy, grids_at, sectors)
    parts, part = np.unique(np.column_stack([grid, cells.bank]), axis=0, return_inverse=True)
    rough = np.array([shapely.coverage_union_all(cells.faces[part.ravel() == at]) for at in range(len(parts))])
    number = {tuple(row): at for at, row in enumerate(parts.tolist())}
    facing = [sectors[site].grids[0] if site in sectors else own[0] for site, own in sorted(grids_at.items())]
    held = np.array([number[at] for at in zip(facing, cells.bank[cells.home].tolist(), strict=True)], np.int64)
    for areas in (_smooth_edges(rough, parts[:, 1], held, sites.xy, sectors), rough):
        shapes = np.array([shapely.coverage_union_all(areas[parts[:, 0] == g]) for g in range(k)])
        if shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all():
            break
    return shapes


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


def _grids_by_site(site: Ints, label: Ints) -> dict[int, list[int]]:
    grids: dict[int, list[int]] = {}
    for at, grid in np.unique(np.column_stack([site, label]), axis=0).tolist():
        grids.setdefault(at, []).append(grid)
    return grids


def _sectors(sites: Floats, grids_at: dict[int, list[int]], cells: Cells) -> dict[int, Sectors]:
    """Return the sectors at every site that grids share, turned towards the ground each grid has beside it."""
    shared = {site for site, grids in grids_at.items() if len(grids) > 1}
    beside: dict[int, list[int]] = {site: [] for site in shared}
    for a, b in cells.touching.tolist():
        if a in shared:
            beside[a].append(b)
        if b in shared:
            beside[b].append(a)
    return {
        site: _turned(sites, site, grids_at, beside[site], cells.faces[cells.home[site]]) for site in sorted(shared)
    }


def _turned(
    sites: Floats, site: int, grids_at: dict[int, list[int]], beside: list[int], ground: BaseGeometry
) -> Sectors:
    """Return the sectors of a site: a grid with ground beside it faces that, the others share the widest gaps.

    Gaps are measured by the ground they hold and not by their angle: a site may stand in a corner of its village.
    """
    angle, swept = _sweep(sites[site], ground)
    ways: dict[int, list[complex]] = {}
    for other in beside:
        step = complex(*(sites[other] - sites[site]))
        for grid in set(grids_at[other]) & set(grids_at[site]):
            ways.setdefault(grid, []).append(step / abs(step))
    facing = {grid: max(steps, key=lambda step: (step * sum(steps).conjugate()).real) for grid, steps in ways.items()}
    turn = sorted((float(np.interp(np.angle(step) % (2 * np.pi), angle, swept)), grid) for grid, step in facing.items())
    turn = _spread(turn or [(0.0, grids_at[site][0])])
    turn = _with_others(turn, [grid for grid in grids_at[site] if grid not in {there for _, there in turn}])
    middle = np.array([place for place, _ in turn])
    edge = (middle + np.append(middle[1:], middle[0] + 2 * np.pi)) / 2
    return Sectors(
        [grid for _, grid in turn],
        np.interp(middle % (2 * np.pi), swept, angle),
        np.interp(edge % (2 * np.pi), swept, angle),
    )


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
    start = shapely.Point(centre)
    inside = [
        min(shapely.get_parts(ray), key=start.distance, default=start) for ray in shapely.intersection(rays, ground)
    ]
    return np.array([part.length if part.distance(start) < PIN else 0.0 for part in inside])


Turn = list[tuple[float, int]]
"""Places in the sweep, ascending over less than a full turn, each with the grid that faces that way."""


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


def _spokes(centre: Floats, sectors: Sectors, ground: BaseGeometry) -> NDArray[np.object_]:
    """Return the lines that part the sectors of a site, a little longer than its ground."""
    length = _reach(centre, sectors.edge, ground) + 0.01
    ends = centre + length[:, None] * np.column_stack([np.cos(sectors.edge), np.sin(sectors.edge)])
    return shapely.linestrings(np.stack([np.broadcast_to(centre, ends.shape), ends], axis=1))


def _grid_of_faces(cells: Cells, sites: Floats, grids_at: dict[int, list[int]], sectors: dict[int, Sectors]) -> Ints:
    grid = np.array([grids_at[owner][0] for owner in cells.owner.tolist()], np.int64)
    for face in np.flatnonzero(np.isin(cells.owner, list(sectors))).tolist():
        owner = int(cells.owner[face])
        east, north = shapely.get_coordinates(shapely.point_on_surface(cells.faces[face]))[0] - sites[owner]
        grid[face] = sectors[owner].grid_towards(float(np.arctan2(north, east)))
    return grid


def _smooth_edges(
    rough: NDArray[np.object_], bank: Ints, held: Ints, sites: Floats, sectors: dict[int, Sectors]
) -> NDArray[np.object_]:
    """Smooth the common edges of parts (p,) on each bank, but never across a household, nor along a barrier.

    Each site is pinned first: a small triangle with its tip on the site becomes a part of the coverage of its own, and
    smoothing keeps the order of what lies in the plane. Afterwards the pins are filled in again.

    Parameters
    ----------
    bank
        (p,) where each part is.
    held
        (s,) the part that the pin of each site is taken from.
    """
    pins, smooth = _pins(sites, held, sectors, rough), rough.copy()
    for number in np.unique(bank):
        parts = np.flatnonzero(bank == number)
        pinned = [pins[held == part] for part in parts]
        pierced = shapely.difference(rough[parts], [shapely.multipolygons(marks) for marks in pinned])
        areas = shapely.coverage_simplify(np.concatenate([pierced, *pinned]), SMOOTHING, simplify_boundary=False)
        ends = np.cumsum([len(parts), *map(len, pinned)])
        for part, area, start, end in zip(parts, areas, ends[:-1], ends[1:], strict=False):
            smooth[part] = shapely.coverage_union_all([area, *areas[start:end]])
    return smooth


def _pins(sites: Floats, held: Ints, sectors: dict[int, Sectors], rough: NDArray[np.object_]) -> NDArray[np.object_]:
    edge = shapely.distance(shapely.boundary(rough)[held], shapely.points(sites))
    room = np.asarray(cKDTree(sites).query(sites, k=2)[0])[:, 1]
    angle, size, spread = np.zeros(len(sites)), np.minimum(PIN, np.minimum(edge, room) / 3), np.full(len(sites), 0.4)
    for site, own in sectors.items():
        open_to = (own.edge[0] - own.middle[0]) % (2 * np.pi), (own.middle[0] - own.edge[-1]) % (2 * np.pi)
        angle[site], spread[site] = own.middle[0], min(0.1, *open_to) / 2
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
    return np.asarray(shapely.polygons(tips), object)
