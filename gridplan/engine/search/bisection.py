"""Where a search starts without any prices: the village is halved at wide gaps until every part is one grid.

Drawn out in another direction it is halved in another way; and a few grids of an answer may be cut anew like that.

Ruin and recreate: Schrimpf, Schneider, Stamm-Wilbrandt, Dueck (2000), J. Comp. Physics 159.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.measure import measure

if TYPE_CHECKING:
    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

EVENLY_SPREAD_GAP = 0.002
"""Share of the length that counts as a gap everywhere, so that without gaps the middle wins."""
STRETCHED = 2.5
"""By so much at most a village is drawn out before it is halved in another way."""
SPOT, RECUT = 25, 6
"""For so many grids of a village there is one more place where some are cut anew, and so many at most in each."""


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
    return _halved(problem, problem.space.xy, problem.load, k)


def stretched_bisection(problem: Problem, k: int, random: np.random.Generator) -> Ints:
    """Return k grids (n,) by bisection of the points drawn out in some direction: it is halved along others then."""
    return _halved(problem, _stretched(problem.space.xy, random), problem.load, k)


def recut(problem: Problem, label: Ints, k: int, random: np.random.Generator) -> Ints:
    """Return an answer (n,) with a few grids in a few places cut anew: ruin and recreate.

    Households far from all others go from grid to grid as a group that way, which no single move of a search does, for
    a bisection cuts at wide gaps. So dear grids, which have such households, are more often among those cut anew.
    """
    xy, cut = problem.space.xy, label.copy()
    for _ in range(1 + k // SPOT):
        cost, medoid, _ = measure(problem, cut, k)
        share = cost + max(cost.mean(), 1e-9)
        household = random.choice(np.flatnonzero(cut == random.choice(k, p=share / share.sum())))
        apart = ((xy[medoid] - xy[household]) ** 2).sum(axis=1)
        grids = np.argsort(apart, kind="stable")[: random.integers(2, RECUT + 1)]
        grids = np.union1d(grids, cut[household])
        there = np.isin(cut, grids)
        cut[there] = grids[_halved(problem, _stretched(xy[there], random), problem.load[there], len(grids))]
    return cut


def _stretched(xy: Floats, random: np.random.Generator) -> Floats:
    """Return points (n, 2) drawn out in some direction."""
    east, north = random.uniform(-1, 1, 2)
    length = np.sqrt(east * east + north * north)
    east, north, more = east / length, north / length, random.uniform(0, STRETCHED - 1)
    x, y = xy.T
    along = more * (x * east + y * north)
    return np.column_stack([x + along * east, y + along * north])


def _halved(problem: Problem, xy: Floats, load: Floats, k: int) -> Ints:
    least, most = problem.least, problem.most
    if (load == 1).all():
        least, most = max(1, math.ceil(least)), math.floor(most)
    return bisect(xy, load, k, least, most)
