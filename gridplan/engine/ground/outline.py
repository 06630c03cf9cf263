"""One outline per grid, with smoothed edges: together they tile the village's boundary without gap or overlap."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.cells import NOBODY, Cells, Sites, adopt, tessellate
from gridplan.engine.ground.sectors import PIN, Sectors, grids_by_site, sectors_of, spokes
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Floats, Ints

SMOOTHING = 6.0
"""Metres: smoothing takes a corner off a common edge if its triangle is smaller than the square of this."""


def outlines(
    sites: Sites, cells: Cells, boundary: BaseGeometry, label: Ints, k: int, barriers: Barriers | None = None
) -> NDArray[np.object_]:
    """Return the outlines (k,) in metres of the grids 0 to k - 1, given the grid of each household (n,).

    Every outline is the ground nearest to its households. Where households of several grids share one position, its
    ground is cut into sectors that meet there. Edges are then smoothed together, so that neighbours stay neighbours;
    those along a barrier stay where they are.
    """
    grids_at = grids_by_site(sites.of, label)
    sectors = sectors_of(sites.xy, grids_at, cells)
    if sectors:
        lines = [spokes(sites.xy[site], own, cells.faces[cells.home[site]]) for site, own in sectors.items()]
        cells = tessellate(sites.xy, boundary, np.concatenate(lines), barriers)
    grid = _grid_of_faces(cells, sites.xy, grids_at, sectors)
    if sectors:
        _give_away_splinters(grid, cells, sites.xy)
    parts, part = np.unique(np.column_stack([grid, cells.bank]), axis=0, return_inverse=True)
    rough = np.array([shapely.coverage_union_all(cells.faces[part.ravel() == at]) for at in range(len(parts))])
    number = {tuple(row): at for at, row in enumerate(parts.tolist())}
    facing = [sectors[site].grids[0] if site in sectors else own[0] for site, own in sorted(grids_at.items())]
    held = np.array([number[at] for at in zip(facing, cells.bank[cells.home].tolist(), strict=True)], np.int64)
    for areas in (_smooth_edges(rough, parts[:, 1], held, sites.xy, sectors), rough):
        shapes = np.array([shapely.coverage_union_all(areas[parts[:, 0] == g]) for g in range(k)])
        if shapely.coverage_is_valid(shapes) and shapely.is_valid(shapes).all():
            break
    return np.asarray(shapely.normalize(shapes), object)


def _grid_of_faces(cells: Cells, sites: Floats, grids_at: dict[int, list[int]], sectors: dict[int, Sectors]) -> Ints:
    grid = np.array([grids_at[owner][0] for owner in cells.owner.tolist()], np.int64)
    for face in np.flatnonzero(np.isin(cells.owner, list(sectors))).tolist():
        owner = int(cells.owner[face])
        east, north = shapely.get_coordinates(shapely.point_on_surface(cells.faces[face]))[0] - sites[owner]
        grid[face] = sectors[owner].grid_towards(float(np.arctan2(north, east)))
    return grid


def _give_away_splinters(grid: Ints, cells: Cells, sites: Floats) -> None:
    """Give ground (f,) that hangs together with no household of its grid to the neighbour with the longest border.

    One on its own bank goes first; what borders on nothing stays.
    """
    lived_in = shapely.dwithin(cells.faces, shapely.points(sites)[cells.owner], PIN)
    lived_in[cells.home] = True
    same = grid[cells.borders[:, 0]] == grid[cells.borders[:, 1]]
    piece = pieces(cells.borders[same], len(grid))
    splinter = ~np.isin(piece, piece[lived_in])
    if not splinter.any():
        return
    before = grid.copy()
    grid[splinter] = NOBODY
    near = cells.bank[cells.borders[:, 0]] == cells.bank[cells.borders[:, 1]]
    for some in (near, ~near):
        adopt(grid, cells.borders[some], cells.metres[some])
    grid[grid == NOBODY] = before[grid == NOBODY]


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
