"""Grids of households without positions: cut by hamlet and door number, or the order of the list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

from gridplan.engine.model.feasible import feasible_grids, least_violation
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.names import door_key


def cut_by_roster(
    hamlets: Sequence[str | None], doors: Sequence[str | None], *, least: int, most: int, target: float
) -> Ints:
    """Return the grid (n,) of each household of a village, numbered from 0 along the roster.

    The roster has the hamlets in the order of the list, in each hamlet the doors in their order, then the households
    without a door in the order of the list. A grid is a run of it. A hamlet is torn between two grids where the border
    between them runs through it and one of them has households of another hamlet: of all ways to make grids of `least`
    to `most` it is the one that tears least often, and of those the one whose sizes are nearest to the target (least
    sum of squares). Where the bounds cannot hold, the grids break them least.

    Parameters
    ----------
    hamlets, doors
        Of each household (n,); None where unknown. Households without a hamlet count as a hamlet of their own.
    """
    n = len(hamlets)
    if not feasible_grids(n, least, most):
        _, least, most = least_violation(n, least, most)
    hamlet = _hamlet_numbers(hamlets)
    order = _order(hamlet, doors)
    starts = _best_starts(hamlet[order], least, most, float(target))
    grid = np.empty(n, np.int64)
    grid[order] = np.searchsorted(starts, np.arange(n), side="right") - 1
    return grid


def roster_places(hamlets: Sequence[str | None], doors: Sequence[str | None]) -> Floats:
    """Return where each household (n,) stands along the roster; from hamlet to hamlet it is as far as past all others.

    That stands for the walk where there are no positions.
    """
    n, hamlet = len(hamlets), _hamlet_numbers(hamlets)
    order = _order(hamlet, doors)
    place = np.empty(n)
    place[order] = np.arange(n) + n * np.append(0, (np.diff(hamlet[order]) != 0).cumsum())[:n]
    return place


def _hamlet_numbers(hamlets: Sequence[str | None]) -> Ints:
    """Return a number for the hamlet of each household (n,), in the order of the list."""
    first = {hamlet: i for i, hamlet in reversed(list(enumerate(hamlets)))}
    return np.array([first[name] for name in hamlets], np.int64)


def _order(hamlet: Ints, doors: Sequence[str | None]) -> Ints:
    return np.array(sorted(range(len(hamlet)), key=lambda i: (hamlet[i], door_key(doors[i]))), np.int64)


@njit(cache=True)
def _best_starts(hamlet: Ints, least: int, most: int, target: float) -> Ints:
    """Return where the runs of the cheapest cut of a roster (n,) start, by dynamic programming over its prefixes."""
    n = len(hamlet)
    torn = 1.0 + n * max(abs(most - target), abs(least - target)) ** 2  # dearer than all deviations together
    cost = np.full((n + 1, 2), np.inf)  # of the best cut of a prefix whose last run is of one hamlet (0) or mixed (1)
    cost[0, 0] = 0.0
    start_of = np.zeros((n + 1, 2), np.int64)
    mixed_before = np.zeros((n + 1, 2), np.int64)
    for end in range(least, n + 1):
        for start in range(max(0, end - most), end - least + 1):
            mixed = int(hamlet[start] != hamlet[end - 1])
            is_within = start > 0 and hamlet[start - 1] == hamlet[start]
            for before in range(2):
                so_far = cost[start, before] + (end - start - target) ** 2 + torn * (is_within and mixed + before > 0)
                if so_far < cost[end, mixed]:
                    cost[end, mixed], start_of[end, mixed], mixed_before[end, mixed] = so_far, start, before
    starts = []
    end, mixed = n, int(np.argmin(cost[n]))
    while end > 0:
        end, mixed = start_of[end, mixed], mixed_before[end, mixed]
        starts.append(end)
    return np.array(starts[::-1])
