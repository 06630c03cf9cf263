"""Where a search starts: a gap-aware bisection, or grids around the medoids that the prices of a bound point to.

The bisection halves the village along its longest side, at a wide gap, until every part is one grid.

A bound knows how many grids each hamlet can do with, which is what a local search finds hardest to change. A little
noise on the values of the medoids makes one start unlike the next.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space, distance
from gridplan.engine.proof.bound import MedianProblem, lower_bound
from gridplan.engine.proof.pricing import DEAR, Loads, Nearby, Picks, cheapest
from gridplan.engine.search.mend import mend_sizes

if TYPE_CHECKING:
    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

EVENLY_SPREAD_GAP = 0.002
"""Share of the length that counts as a gap everywhere, so that without gaps the middle wins."""
NOISE = 0.05
"""Standard deviation of the noise, as a share of the median value of a medoid."""
LENIENCE = 0.1
"""By this share less of its grid has to be free for a medoid, each time all have been tried."""
LISTED = 120
"""Nearest points that prices look at first."""
NO_GRID = -1


@njit(cache=True)
def bisect(xy: Floats, load: Floats, k: int, least: float, most: float) -> Ints:
    """Return the part (n,) of each point (n, 2) of loads (n,): k parts, each with a load of `least` to `most`.

    A cut hands k' grids to one side only if that side's load can be made of k' grids and the rest of k - k', so with
    loads of 1 no part ends outside the bounds. With others one may, where no cut comes close enough.
    """
    part = np.zeros(len(xy), np.int64)
    order = np.arange(len(xy))
    todo = [(0, len(xy), 0, k)]
    while len(todo) > 0:
        start, stop, first, grids = todo.pop()
        if grids == 1:
            part[order[start:stop]] = first
            continue
        along = _longest_side(xy[order[start:stop]])
        turn = np.argsort(along, kind="mergesort")
        order[start:stop] = order[start:stop][turn]
        grids_left, left = _widest_fair_gap(along[turn], np.cumsum(load[order[start:stop]]), grids, least, most)
        todo.append((start, start + left, first, grids_left))
        todo.append((start + left, stop, first + grids_left, grids - grids_left))
    return part


@njit(cache=True)
def _longest_side(points: Floats) -> Floats:
    """Return each point's place along the axis of greatest variance."""
    x, y = points[:, 0] - points[:, 0].mean(), points[:, 1] - points[:, 1].mean()
    xx, yy, xy = (x * x).sum(), (y * y).sum(), (x * y).sum()
    half = (xx - yy) / 2
    radius = np.sqrt(half * half + xy * xy)
    east, north = (half + radius, xy) if half >= 0 else (xy, radius - half)
    return x * east + y * north


@njit(cache=True)
def _widest_fair_gap(along: Floats, summed: Floats, grids: int, least: float, most: float) -> tuple[int, int]:
    """Return how many grids and how many points go to the left; `summed` has the load up to each point."""
    n, total = len(along), summed[-1]
    spread = EVENLY_SPREAD_GAP * (along[-1] - along[0]) + 1e-9
    best, best_grids, best_left = -np.inf, 1, 1
    reach = max(1, grids // 4)
    for grids_left in range(max(1, grids // 2 - reach), min(grids - 1, grids // 2 + reach) + 1):
        grids_right = grids - grids_left
        fewest, greatest = (
            max(grids_left * least, total - grids_right * most),
            min(grids_left * most, total - grids_right * least),
        )
        first = np.searchsorted(summed, fewest * (1 - 1e-12)) + 1
        first = max(grids_left, min(first, n - grids_right))
        for left in range(first, n - grids_right + 1):
            here = summed[left - 1]
            outside = max(fewest - here, here - greatest) / total
            if outside > 1e-12 and left > first:
                break
            unfair = 8 * abs(here / total - grids_left / grids) + abs(2 * grids_left / grids - 1)
            worth = (along[left] - along[left - 1] + spread) / (1 + unfair) if outside <= 1e-12 else -outside
            if worth > best:
                best, best_grids, best_left = worth, grids_left, left
    return best_grids, best_left


def bisection(problem: Problem, k: int) -> Ints:
    """Return k grids (n,) of points in a plane by bisection."""
    least, most = problem.least, problem.most
    if (problem.load == 1).all():
        least, most = max(1, math.ceil(least)), math.floor(most)
    return bisect(problem.space.xy, problem.load, k, least, most)


@njit(cache=True)
def _open(
    space: Space, nearby: Nearby, loads: Loads, price: Floats, order: Ints, k: int, label: Ints, load: Floats
) -> Ints:
    """Open k grids around medoids taken in order, each with those it picks that are still free; return the medoids.

    Where all points are in a grid before there are k, those furthest from their medoids get grids of their own.
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
            if opened == k or label[j] != NO_GRID:
                continue
            count = cheapest(space, nearby, loads, price, cap, dear, j, picks)[1]
            free = 0
            for at in range(count):
                free += label[picks.point[at]] == NO_GRID
            if free < free_share * count:
                continue
            label[j], medoid[opened] = opened, j
            load[opened] += loads.of[j]
            for at in range(count):
                i = picks.point[at]
                if label[i] == NO_GRID and load[opened] + loads.of[i] <= loads.most:
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
    furthest, found = -1.0, NO_GRID
    for i in range(len(label)):
        apart = distance(space, i, medoid[label[i]])
        if apart > furthest and medoid[label[i]] != i:
            furthest, found = apart, i
    return found


@njit(cache=True)
def _fill(space: Space, loads: Loads, medoid: Ints, label: Ints, load: Floats) -> None:
    """Put points in no grid into the nearest grid with room, else into the nearest; points near a medoid go first."""
    free = np.flatnonzero(label == NO_GRID)
    nearest = np.full(len(free), np.inf)
    for at in range(len(free)):
        for j in medoid:
            nearest[at] = min(nearest[at], distance(space, free[at], j))
    for i in free[np.argsort(nearest, kind="mergesort")]:
        best, best_full, chosen, chosen_full = np.inf, np.inf, NO_GRID, NO_GRID
        for g in range(len(medoid)):
            apart = distance(space, i, medoid[g])
            if apart < best_full:
                best_full, chosen_full = apart, g
            if apart < best and load[g] + loads.of[i] <= loads.most:
                best, chosen = apart, g
        g = chosen if chosen != NO_GRID else chosen_full
        label[i] = g
        load[g] += loads.of[i]


class MedoidStarts:
    """Starts around the medoids that prices point to."""

    def __init__(self, problem: Problem, k: int, steps: int) -> None:
        self._problem, self._k = problem, k
        least, most = problem.least, problem.most
        self._median = MedianProblem.of(
            problem.space, problem.load, fewest=k, greatest=k, least=least, most=most, listed=LISTED
        )
        self._bound = lower_bound(self._median, 0.8 * self._median.reach.sum(), iterations=steps)

    def start(self, seed: int) -> Ints:
        """Return grids (n,) to start from, one unlike the next; with loads other than 1 they may break the bounds."""
        space, loads, nearby = self._median.space, self._median.loads, self._median.nearby
        value = self._bound.median_value
        noise = np.random.default_rng(seed).normal(0, NOISE * np.abs(np.median(value)), len(value))
        start, load = np.full(len(value), NO_GRID), np.zeros(self._k)
        order = np.argsort(value + noise, kind="stable")
        medoid = _open(space, nearby, loads, self._bound.multiplier, order, self._k, start, load)
        _fill(space, loads, medoid, start, load)
        if (self._problem.load == 1).all():
            start = mend_sizes(self._problem, start, self._k, member_room(self._problem, start) + 1)
        return start


def member_room(problem: Problem, start: Ints) -> int:
    """Return the most members that a grid may ever have: what is there, or as many of the lightest as may be."""
    fit = np.searchsorted(np.cumsum(np.sort(problem.load)), problem.most * (1 + 1e-9), side="right")
    return int(max(fit, np.bincount(start).max())) + 1
