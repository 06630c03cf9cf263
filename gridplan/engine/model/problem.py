"""What is to be cut, and what counts, as kernels see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self, get_args

import numpy as np
from scipy.spatial import cKDTree

from gridplan.engine.model.distance import Space
from gridplan.engine.model.grids import Objective
from gridplan.engine.model.kernels import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Graph, Ints, Locations

BREACH = 1e-9
"""What loads may be off by, in their own unit, from sums in another order."""
NEAREST = 10
"""Locations near each that a point may share a grid with."""


class Places(NamedTuple):
    """The locations of points: several may share one."""

    of: Ints
    """(n,) the location of each point."""
    first: Ints
    """(m + 1,) the points on location a are `resident[first[a] : first[a + 1]]`."""
    resident: Ints
    """(n,)"""
    near: Ints
    """(m, q) the locations whose points those of a location may share a grid with, the nearest first."""
    starts: Ints
    """(m + 1,) the neighbours of location a are `ends[starts[a] : starts[a + 1]]`; none unless it matters."""
    ends: Ints
    seen: Ints
    """(m + 1,) scratch: when each location was last in a grid whose pieces were counted; last, the time now."""
    queue: Ints
    """(m,) scratch: the locations reached so far while the pieces of a grid are counted."""

    @classmethod
    def of_locations(cls, locations: Locations, near: Ints, graph: Graph | None) -> Self:
        """Return the places of points with their neighbours, and those of a graph if grids have to be connected."""
        m = len(near)
        resident = np.argsort(locations.of, kind="stable")
        first = np.searchsorted(locations.of[resident], np.arange(m + 1))
        starts, ends = (graph.starts, graph.ends) if graph else (np.zeros(m + 1, np.int64), np.empty(0, np.int64))
        scratch = np.zeros(m + 1, np.int64), np.empty(m, np.int64)
        return cls(locations.of, first, resident, near, starts, ends, *scratch)


class Problem(NamedTuple):
    """What is to be cut, and what counts; for kernels."""

    space: Space
    load: Floats
    """(n,) what each point weighs towards the bounds."""
    least: float
    most: float
    objective: int
    places: Places
    connected: bool


@inlined
def breach(problem: Problem, load: float) -> float:
    """Return by how much a load breaks the bounds."""
    return max(load - problem.most, problem.least - load, 0.0)


def plane_problem(
    locations: Locations,
    graph: Graph | None,
    *,
    least: float,
    most: float,
    load: Floats | None = None,
    objective: Objective = "median",
) -> Problem:
    """Return the problem of cutting points on locations in a plane; into connected grids, if there is a graph."""
    n, m = len(locations.of), len(locations.xy)
    shared = np.bincount(locations.of, minlength=m) > 1
    places = Places.of_locations(locations, near_in_plane(locations.xy, shared), graph)
    weight = np.ones(n) if load is None else np.asarray(load, np.float64)
    space, code = Space.plane(locations.xy[locations.of]), get_args(Objective).index(objective)
    return Problem(space, weight, float(least), float(most), code, places, graph is not None)


def near_in_plane(xy: Floats, shared: NDArray[np.bool_]) -> Ints:
    """Return the nearest (m, q) of distinct locations (m, 2), the nearest first.

    A location that several points share is near to itself: they may be in different grids.
    """
    near = np.asarray(cKDTree(xy).query(xy, k=range(1, min(NEAREST + 1, len(xy)) + 1))[1], np.int64)
    return _without_oneself(near, shared)


def near_by_matrix(matrix: Floats) -> Ints:
    """Return the nearest (n, q) of points whose distances (n, n) are given, the nearest first."""
    count = min(NEAREST + 1, len(matrix))
    near = np.argsort(matrix, axis=1, kind="stable")[:, :count]
    return _without_oneself(near, np.zeros(len(matrix), np.bool_))


def _without_oneself(near: Ints, shared: NDArray[np.bool_]) -> Ints:
    """Return the others (m, q - 1) of each row of near (m, q), which may start with oneself, or not."""
    m, count = near.shape
    if count == 1:
        return near
    own = np.arange(m)[:, None]
    last_is_own = np.argsort(near == own, axis=1, kind="stable")
    others = np.take_along_axis(near, last_is_own, axis=1)[:, :-1]
    return np.where(shared[:, None], np.column_stack([own, others[:, :-1]]) if count > 1 else own, others)
