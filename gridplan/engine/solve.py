"""The whole algorithm on one page: from the positions of a village's households to its grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.engine.cells import Sites, tessellate
from gridplan.engine.cluster import Effort, cluster, feasible_grids, grids_for, least_violation
from gridplan.engine.ground import ground_of
from gridplan.engine.improve import measure
from gridplan.engine.outline import outlines
from gridplan.engine.proximity import Floats, Ints, Locations

NO_GRID = -1


@dataclass(frozen=True)
class Solution:
    """The grids of one village, numbered from 0; those that were made, in the order one would walk past them."""

    grid: Ints
    """(n,) the grid of each household; NO_GRID for one in none."""
    walk: Floats
    """(k,) metres; nan where nothing is drawn."""
    connected: NDArray[np.bool_]
    """(k,)"""
    outline: NDArray[np.object_]
    """(k,) polygons in metres that tile the boundary; None where nothing is drawn."""
    outside: NDArray[np.bool_]
    """(n,) households that stand outside the boundary."""


def solve(
    xy: Floats,
    boundary: BaseGeometry,
    *,
    least: int,
    most: int,
    target: float,
    contiguous: bool,
    effort: Effort,
    seed: int,
) -> Solution:
    """Return the grids of households at (n, 2) metres within a village's boundary.

    Where the bounds cannot hold, the grids break them least.
    """
    n = len(xy)
    locations, neighbours, beside, sites, cells = ground_of(xy, boundary)
    if feasible_grids(n, least, most):
        k = grids_for(n, least, most, target)
    else:
        k, least, most = least_violation(n, least, most)
    label = cluster(locations, beside, k=k, least=least, most=most, connected=contiguous, effort=effort, seed=seed)
    label = _in_roster_order(_in_walking_order(label, xy), locations)
    walk, _, pieces = measure(locations, neighbours, label)
    return Solution(label, walk, pieces == 1, outlines(sites, cells, boundary, label, k), sites.outside)


def draw(xy: Floats, boundary: BaseGeometry, grid: Ints) -> Solution:
    """Return what follows from grids (n,) that are there already: nobody is moved, those in NO_GRID get no ground.

    Only neighbours whose ground touches hold a grid together, whatever a sliver at the edge of the village may join.
    """
    inside = grid != NO_GRID
    ground = ground_of(xy, boundary)
    settled = Sites.within(boundary, xy[inside])
    cells = tessellate(settled.xy, boundary)
    locations = Locations(ground.locations.xy, ground.locations.of[inside])
    walk, _, pieces = measure(locations, ground.beside, grid[inside])
    shapes = outlines(settled, cells, boundary, grid[inside], len(walk))
    return Solution(grid, walk, pieces == 1, shapes, ground.sites.outside)


def undrawn(grid: Ints) -> Solution:
    """Return grids (n,) that are there already, of households whose positions are not known: nothing is measured."""
    k = int(grid.max()) + 1
    nothing = np.full(k, None, object)
    return Solution(grid, np.full(k, np.nan), np.ones(k, np.bool_), nothing, np.zeros(len(grid), np.bool_))


def _in_walking_order(label: Ints, xy: Floats) -> Ints:
    """Return the grids renumbered in rows from north to south, to and fro."""
    k = int(label.max()) + 1
    size = np.bincount(label, minlength=k)
    east, north = (np.bincount(label, xy[:, axis], minlength=k) / size for axis in (0, 1))
    rows = max(1, round(np.sqrt(k)))
    height = (north.max() - north.min()) / rows or 1.0
    row = np.minimum((north.max() - north) // height, rows - 1)
    order = np.lexsort((np.where(row % 2 == 0, east, -east), row))
    number = np.empty(k, np.int64)
    number[order] = np.arange(k)
    return number[label]


def _in_roster_order(label: Ints, locations: Locations) -> Ints:
    """Return the grids with the households of one position handed out in the order of the list; no walk changes."""
    ordered = label.copy()
    by_place = np.lexsort((np.arange(len(label)), locations.of))
    ordered[by_place] = label[np.lexsort((label, locations.of))]
    return ordered
