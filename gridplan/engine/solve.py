"""The whole algorithm on one page: from the positions of a village's households to its grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.engine.cells import Cells, Sites, tessellate
from gridplan.engine.cluster import Effort, cluster, feasible_grids, grids_for, least_violation
from gridplan.engine.improve import measure
from gridplan.engine.outline import outlines
from gridplan.engine.proximity import Floats, Graph, Ints, Locations, adjacency, rejoined


@dataclass(frozen=True)
class Solution:
    """The grids of one village, numbered from 0 in the order one would walk past them."""

    grid: Ints
    """(n,) the grid of each household."""
    walk: Floats
    """(k,) metres."""
    connected: NDArray[np.bool_]
    """(k,)"""
    outline: NDArray[np.object_]
    """(k,) polygons in metres that tile the boundary."""
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
    locations = Locations.distinct(xy)
    neighbours = adjacency(locations.xy)
    sites = Sites.within(boundary, xy)
    cells = tessellate(sites.xy, boundary)
    beside = Graph.of_edges(_with_common_border(neighbours, locations, sites, cells), len(locations.xy))
    if feasible_grids(n, least, most):
        k = grids_for(n, least, most, target)
    else:
        k, least, most = least_violation(n, least, most)
    label = cluster(locations, beside, k=k, least=least, most=most, connected=contiguous, effort=effort, seed=seed)
    label = _in_roster_order(_in_walking_order(label, xy), locations)
    walk, _, pieces = measure(locations, Graph.of_edges(neighbours, len(locations.xy)), label)
    return Solution(label, walk, pieces == 1, outlines(sites, cells, boundary, label, k), sites.outside)


def _with_common_border(neighbours: Ints, locations: Locations, sites: Sites, cells: Cells) -> Ints:
    """Return the edges between neighbours whose ground touches inside the boundary, so that outlines are of one piece.

    Where that leaves parts of the village apart (its boundary has several pieces), the edges between them stay.
    """
    site = np.empty(len(locations.xy), np.int64)
    site[locations.of] = sites.of
    ends = np.sort(site[neighbours], axis=1)
    count = len(sites.xy)
    touching = cells.touching[:, 0] * count + cells.touching[:, 1]
    kept = (ends[:, 0] == ends[:, 1]) | np.isin(ends[:, 0] * count + ends[:, 1], touching)
    return rejoined(neighbours, kept, len(locations.xy))


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
