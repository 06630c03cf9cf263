"""Grids of households without positions: cut by hamlet, along the way past their places, and by door number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from scipy.spatial.distance import cdist

from gridplan.engine.model.feasible import feasible_grids, least_violation
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.tour import shortest_path
from gridplan.names import door_key

TORN_M, DEVIATION_M = 500.0, 50.0
"""What a torn hamlet, and the square of a size's deviation, count for beside the metres between places."""


def cut_by_roster(
    hamlets: Sequence[str | None],
    doors: Sequence[str | None],
    places: Floats | None = None,
    *,
    least: int,
    most: int,
    target: float,
) -> Ints:
    """Return the grid (n,) of each household of a village, numbered from 0 along the roster.

    The roster has the hamlets in the order of the shortest way past their places, then those without a place in the
    order of the list; in each hamlet the doors in their order, then the households without a door in the order of the
    list. A grid is a run of it. A hamlet is torn between two grids where the border between them runs through it and
    one of them has households of another hamlet.

    Without places it is, of all ways to make grids of `least` to `most`, the one that tears least often, and of those
    the one whose sizes are nearest to the target (least sum of squares). With places it is the one for which there is
    least of three things together: the walks from place to place (from the households of each grid to the hamlet where
    that is shortest; to one without a place it is as far as between the two furthest), `TORN_M` for each hamlet torn,
    and `DEVIATION_M` for the squares. Where the bounds cannot hold, the grids break them least.

    Parameters
    ----------
    hamlets, doors
        Of each household (n,); None where unknown. Households without a hamlet count as a hamlet of their own.
    places
        Metres (n, 2) of where each household or its hamlet lies; nan where unknown.
    """
    n = len(hamlets)
    if not feasible_grids(n, least, most):
        _, least, most = least_violation(n, least, most)
    hamlet, between = _along_places(_hamlet_numbers(hamlets), places)
    order = _order(hamlet, doors)
    torn, deviation = TORN_M, DEVIATION_M
    if not between.any():  # dearer than all deviations together
        torn, deviation = 1.0 + n * max(abs(most - target), abs(least - target)) ** 2, 1.0
    starts = _best_starts(hamlet[order], between, least, most, float(target), torn, deviation)
    grid = np.empty(n, np.int64)
    grid[order] = np.searchsorted(starts, np.arange(n), side="right") - 1
    return grid


def roster_places(hamlets: Sequence[str | None], doors: Sequence[str | None], places: Floats | None = None) -> Floats:
    """Return where each household (n,) stands along the roster; from hamlet to hamlet it is as far as past all others.

    That stands for the walk where there are no positions.
    """
    n, hamlet = len(hamlets), _along_places(_hamlet_numbers(hamlets), places)[0]
    order = _order(hamlet, doors)
    place = np.empty(n)
    place[order] = np.arange(n) + n * np.append(0, (np.diff(hamlet[order]) != 0).cumsum())[:n]
    return place


def _hamlet_numbers(hamlets: Sequence[str | None]) -> Ints:
    """Return a number for the hamlet of each household (n,), in the order of the list."""
    first = {hamlet: i for i, hamlet in reversed(list(enumerate(hamlets)))}
    return np.array([first[name] for name in hamlets], np.int64)


def _along_places(hamlet: Ints, places: Floats | None) -> tuple[Ints, Floats]:
    """Return the hamlets (n,) numbered from 0 in the order of the roster, and the metres (h, h) between them."""
    numbers, of = np.unique(hamlet, return_inverse=True)
    between, rank = np.zeros((len(numbers), len(numbers))), np.arange(len(numbers))
    if places is not None:
        middle = np.array([np.median(places[of == at], axis=0) for at in range(len(numbers))])
        known, unknown = (np.flatnonzero(is_there) for is_there in (~np.isnan(middle[:, 0]), np.isnan(middle[:, 0])))
        way = np.concatenate([known[shortest_path(middle[known])], unknown])
        rank[way] = np.arange(len(way))
        apart = cdist(middle[way], middle[way])
        if len(known):
            between = np.where(np.isnan(apart), apart[: len(known), : len(known)].max(), apart)
            np.fill_diagonal(between, 0.0)
    return rank[of.ravel()], between


def _order(hamlet: Ints, doors: Sequence[str | None]) -> Ints:
    return np.array(sorted(range(len(hamlet)), key=lambda i: (hamlet[i], door_key(doors[i]))), np.int64)


@njit(cache=True)
def _best_starts(
    hamlet: Ints, between: Floats, least: int, most: int, target: float, torn: float, deviation: float
) -> Ints:
    """Return where the runs of the cheapest cut of a roster (n,) start, by dynamic programming over its prefixes."""
    n = len(hamlet)
    cost = np.full((n + 1, 2), np.inf)  # of the best cut of a prefix whose last run is of one hamlet (0) or mixed (1)
    cost[0, 0] = 0.0
    start_of = np.zeros((n + 1, 2), np.int64)
    mixed_before = np.zeros((n + 1, 2), np.int64)
    for end in range(least, n + 1):
        for start in range(max(0, end - most), end - least + 1):
            mixed = int(hamlet[start] != hamlet[end - 1])
            is_within = start > 0 and hamlet[start - 1] == hamlet[start]
            run = deviation * (end - start - target) ** 2 + (_walk(hamlet[start:end], between) if mixed else 0.0)
            for before in range(2):
                so_far = cost[start, before] + run + torn * (is_within and mixed + before > 0)
                if so_far < cost[end, mixed]:
                    cost[end, mixed], start_of[end, mixed], mixed_before[end, mixed] = so_far, start, before
    starts = []
    end, mixed = n, int(np.argmin(cost[n]))
    while end > 0:
        end, mixed = start_of[end, mixed], mixed_before[end, mixed]
        starts.append(end)
    return np.array(starts[::-1])


@njit(cache=True)
def _walk(hamlet: Ints, between: Floats) -> float:
    """Return the metres from the hamlets (m,) of all households of a grid to that where they are least."""
    walks = np.zeros(len(hamlet))
    for at in range(len(hamlet)):
        for other in hamlet:
            walks[at] += between[hamlet[at], other]
    return float(walks.min())
