"""Where a search starts: a gap-aware bisection, or grids around the medoids that the prices of a bound point to.

A bound knows how many grids each hamlet can do with, which is what a local search finds hardest to change. A little
noise on the values of the medoids makes one start unlike the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space, distance
from gridplan.engine.proof.pricing import DEAR, Loads, Nearby, Picks, cheapest

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints
    from gridplan.engine.proof.bound import Bound

NOISE = 0.05
"""Standard deviation of the noise, as a share of the median value of a medoid."""
LENIENCE = 0.1
"""By this share less of its grid has to be free for a medoid, each time all have been looked at."""
NOWHERE = -1


@njit(cache=True)
def _open(
    space: Space, nearby: Nearby, loads: Loads, price: Floats, order: Ints, k: int, label: Ints, load: Floats
) -> Ints:
    """Open k grids around medoids taken in order, each with those it picks that are still free; return the medoids.

    Should everybody be in a grid before there are k, those furthest from their medoids get grids of their own.
    """
    n = len(price)
    dear_count = int(DEAR * n)
    cap = np.partition(price, n - 1 - dear_count)[n - 1 - dear_count]
    dear = np.flatnonzero(price > cap)
    picks = Picks(np.empty(n + 1, np.int64), np.empty(n + 1))
    medoid = np.empty(k, np.int64)
    opened, free_share = 0, 1.0
    while opened < k and free_share > -LENIENCE:
        for j in order:
            if opened == k or label[j] != NOWHERE:
                continue
            count = cheapest(space, nearby, loads, price, cap, dear, j, picks)[1]
            free = 0
            for at in range(count):
                free += label[picks.point[at]] == NOWHERE
            if free < free_share * count:
                continue
            label[j], medoid[opened] = opened, j
            load[opened] += loads.of[j]
            for at in range(count):
                i = picks.point[at]
                if label[i] == NOWHERE and load[opened] + loads.of[i] <= loads.most:
                    label[i] = opened
                    load[opened] += loads.of[i]
            opened += 1
        free_share -= LENIENCE
    for last in range(opened, k):
        j = _furthest(space, medoid[:last], label)
        load[label[j]] -= loads.of[j]
        label[j], medoid[last] = last, j
        load[last] = loads.of[j]
    return medoid


@njit(cache=True)
def _furthest(space: Space, medoid: Ints, label: Ints) -> int:
    """Return the point furthest from the medoid of its grid."""
    furthest, found = -1.0, NOWHERE
    for i in range(len(label)):
        apart = distance(space, i, medoid[label[i]])
        if apart > furthest and medoid[label[i]] != i:
            furthest, found = apart, i
    return found


@njit(cache=True)
def _fill(space: Space, loads: Loads, medoid: Ints, label: Ints, load: Floats) -> None:
    """Put those who are nowhere into the nearest grid with room, else into the nearest, and who has it near first."""
    free = np.flatnonzero(label == NOWHERE)
    nearest = np.full(len(free), np.inf)
    for at in range(len(free)):
        for j in medoid:
            nearest[at] = min(nearest[at], distance(space, free[at], j))
    for i in free[np.argsort(nearest, kind="mergesort")]:
        best, best_full, chosen, chosen_full = np.inf, np.inf, NOWHERE, NOWHERE
        for g in range(len(medoid)):
            apart = distance(space, i, medoid[g])
            if apart < best_full:
                best_full, chosen_full = apart, g
            if apart < best and load[g] + loads.of[i] <= loads.most:
                best, chosen = apart, g
        g = chosen if chosen != NOWHERE else chosen_full
        label[i] = g
        load[g] += loads.of[i]


def around_medoids(space: Space, loads: Loads, nearby: Nearby, bound: Bound, k: int, seed: int) -> Ints:
    """Return k grids (n,) around medoids of low value in a bound; they may break the bounds of load."""
    value = bound.median_value
    noise = np.random.default_rng(seed).normal(0, NOISE * np.abs(np.median(value)), len(value))
    label, load = np.full(len(value), NOWHERE), np.zeros(k)
    order = np.argsort(value + noise, kind="stable")
    medoid = _open(space, nearby, loads, bound.multiplier, order, k, label, load)
    _fill(space, loads, medoid, label, load)
    return label
