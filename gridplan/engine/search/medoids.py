"""Where a search starts once points have prices: around medoids that the lower bound points to.

A bound knows how many grids each hamlet can do with, which is what a local search finds hardest to change: no move of
it carries a grid from one hamlet to the next. There are two ways to draw medoids from it.

`likely`: the medoids of least value at the last prices, with a little noise so that one start is unlike the next. Each
takes what its cheapest grid has of points still free. Near the best prices values are nearly tied, and all such starts
may have one grid too many in the same hamlet.

`systematic`: the bound took every point as a medoid in a share of its steps. Walking through the village in the order
of a bisection, a medoid is drawn whenever these shares have grown by one: so every part of the bisection gets as many
medoids as it has shares, rounded up or down (systematic sampling: Madow, Madow 1944, Ann. Math. Stat. 15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space, distance
from gridplan.engine.proof.bound import Bound, MedianProblem, lower_bound
from gridplan.engine.proof.pricing import DEAR, Loads, Nearby, Picks, cheapest
from gridplan.engine.search.mend import mend_sizes

if TYPE_CHECKING:
    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

NOISE = 0.05
"""Standard deviation of the noise, as a share of the median value of a medoid."""
LENIENCE = 0.1
"""By this share less of its grid has to be free for a medoid, each time all have been tried."""
LISTED = 120
"""Nearest points that prices look at first."""
NO_GRID = -1


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

    def __init__(self, problem: Problem, k: int) -> None:
        """Know no prices yet: `price` finds some."""
        self._problem, self._k = problem, k
        least, most = problem.least, problem.most
        self._median = MedianProblem.of(
            problem.space, problem.load, fewest=k, greatest=k, least=least, most=most, listed=LISTED
        )
        self._known: Bound | None = None

    def price(self, walk: float | None, steps: int) -> None:
        """Go so many steps towards the best prices, given the walk of a known answer if there is one."""
        upper = 0.8 * self._median.reach.sum() if walk is None else walk
        self._known = lower_bound(self._median, upper, iterations=steps, start=self._known)

    @property
    def _bound(self) -> Bound:
        if self._known is None:
            raise ValueError("no prices yet")
        return self._known

    @property
    def prices(self) -> Floats:
        """The price (n,) of every point."""
        return self._bound.multiplier

    def likely(self, random: np.random.Generator) -> Ints:
        """Return grids (n,) to start from, one unlike the next; with loads other than 1 they may break the bounds."""
        space, loads, nearby = self._median.space, self._median.loads, self._median.nearby
        value = self._bound.median_value
        noise = random.normal(0, NOISE * np.abs(np.median(value)), len(value))
        start, load = np.full(len(value), NO_GRID), np.zeros(self._k)
        order = np.argsort(value + noise, kind="stable")
        medoid = _open(space, nearby, loads, self._bound.multiplier, order, self._k, start, load)
        return self._filled(medoid, start, load)

    def systematic(self, part: Ints, random: np.random.Generator) -> Ints:
        """Return grids (n,) to start from, the medoids shared out in the order of parts (n,)."""
        medoid = _systematic(self._bound.often, np.argsort(part, kind="stable"), self._k, random.uniform())
        start = np.full(len(part), NO_GRID)
        start[medoid] = np.arange(self._k)
        return self._filled(medoid, start, self._median.loads.of[medoid].copy())

    def _filled(self, medoid: Ints, start: Ints, load: Floats) -> Ints:
        _fill(self._median.space, self._median.loads, medoid, start, load)
        if (self._problem.load == 1).all():
            start = mend_sizes(self._problem, start, self._k, member_room(self._problem, start) + 1)
        return start


def _systematic(share: Floats, order: Ints, k: int, first: float) -> Ints:
    """Return k points: those at which the shares (n,), added up in this order, pass first, first + 1, and so on."""
    passed = np.cumsum(share[order] * (k / share.sum()))
    drawn = np.unique(np.searchsorted(passed[:-1], first + np.arange(k), side="right"))
    if len(drawn) < k:  # a share of more than one, by rounding
        drawn = np.append(drawn, np.setdiff1d(np.arange(len(order)), drawn)[: k - len(drawn)])
    return order[drawn]


def member_room(problem: Problem, start: Ints) -> int:
    """Return the most members that a grid may ever have: what is there, or as many of the lightest as may be."""
    fit = np.searchsorted(np.cumsum(np.sort(problem.load)), problem.most * (1 + 1e-9), side="right")
    return int(max(fit, np.bincount(start).max())) + 1
