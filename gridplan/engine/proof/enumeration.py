"""Every grid that a plan can have which costs no more than a target: not many, once a good bound is known.

At the prices of a bound, a plan with a grid G around j costs at least the bound, plus what it takes to have j among the
medoids, plus what G costs more than the cheapest grid around j. Let r be the cost per load at which the cheapest was
full (or heavy enough), and d_i the cost of point i less r times its load. Then G costs more than the cheapest by

    d_i for each member with d_i > 0,  -d_i for each point left out with d_i < 0,  |r| for each load short of full,

none of them negative. So G is the set of all points with d_i < 0 with some points flipped in or out, and going through
the flips from the smallest on finds every set of them that the target leaves room for.

Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi (2002), A new method for solving capacitated location problems based on
a set partitioning approach. Computers & OR 29.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space, distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints
    from gridplan.engine.proof.bound import Bound, Counts, MedianProblem, Quotas
    from gridplan.engine.proof.pricing import Loads

ROOM = 1_000_000
"""Grids that there is room for."""
MEMBERS_EACH, TRIES_EACH = 16, 50
"""Members there is room for, and sets of flips that are tried at most, for each grid that there is room for."""
ROUNDING = 1e-9
"""Share of the target by which a grid may miss it."""


class Columns(NamedTuple):
    """Grids in one long list: the members of grid c are `member[start[c] : start[c + 1]]`, ascending."""

    start: Ints
    """(c + 1,)"""
    member: NDArray[np.int32]
    cost: Floats
    """(c,) the walk of each grid, and the price of a grid."""

    def select(self, chosen: NDArray[np.bool_]) -> Columns:
        """Return the grids (c,) chosen."""
        size = np.diff(self.start)
        start = np.concatenate([[0], np.cumsum(size[chosen])])
        return Columns(start, self.member[np.repeat(chosen, size)], self.cost[chosen])

    def concat(self, other: Columns) -> Columns:
        """Return these grids and then the others."""
        start = np.concatenate([self.start, self.start[-1] + other.start[1:]])
        return Columns(start, np.append(self.member, other.member), np.append(self.cost, other.cost))


class Duals(NamedTuple):
    """What points, grids and cuts are worth; a grid's reduced cost is its cost less what it is in is worth."""

    once: Floats
    """(n,)"""
    number: float
    quota: Floats
    """(q,) 0 or more."""
    medoid: Floats
    """(n,) what a grid around each point is worth, by quotas."""
    cuts: Ints
    """(t, 3) the points of each cut."""
    penalty: Floats
    """(t,) 0 or less."""
    worth: float
    """What points, quotas and cuts are worth together."""

    @classmethod
    def of_bound(cls, bound: Bound, quotas: Quotas) -> Self:
        """Return the prices of a bound on plans that keep these quotas; there are no cuts yet."""
        worth = float(bound.multiplier.sum() + bound.quota_price @ quotas.least)
        no_cuts = np.empty((0, 3), np.int64)
        return cls(bound.multiplier, 0.0, bound.quota_price, bound.medoid_price, no_cuts, np.empty(0), worth)

    def halfway_to(self, other: Duals) -> Duals:
        """Return the prices halfway to others, which may have further cuts; the number of grids has none."""
        penalty = np.append(self.penalty, np.zeros(len(other.penalty) - len(self.penalty)))
        return Duals(
            (self.once + other.once) / 2,
            0.0,
            (self.quota + other.quota) / 2,
            (self.medoid + other.medoid) / 2,
            other.cuts,
            (penalty + other.penalty) / 2,
            (self.worth + other.worth) / 2,
        )


class _List(NamedTuple):
    """Columns while they are being listed."""

    start: Ints
    member: NDArray[np.int32]
    cost: Floats
    tries: Ints
    """(1,) sets of flips that may still be tried."""


@njit(cache=True)
def walk_to(space: Space, members: NDArray[np.int32], j: int) -> float:
    """Return how far the members have to j together."""
    walk = 0.0
    for i in members:
        walk += distance(space, i, j)
    return walk


class _Cuts(NamedTuple):
    """The cuts that name point i are `cut[start[i] : start[i + 1]]`."""

    start: Ints
    cut: Ints
    named: Ints
    """(t,) room to count in; zero between two counts."""


@njit(cache=True)
def _by_point(duals: Duals) -> _Cuts:
    start = np.zeros(len(duals.once) + 1, np.int64)
    for triple in duals.cuts:
        for i in triple:
            start[i + 1] += 1
    start = np.cumsum(start)
    end, cuts = start[:-1].copy(), np.empty(start[-1], np.int64)
    for cut in range(len(duals.cuts)):
        for i in duals.cuts[cut]:
            cuts[end[i]] = cut
            end[i] += 1
    return _Cuts(start, cuts, np.zeros(len(duals.cuts), np.int64))


@njit(cache=True)
def _penalty(members: NDArray[np.int32], penalty: Floats, cuts: _Cuts) -> float:
    """Return the penalties of the cuts with two or more of the members."""
    total = 0.0
    for i in members:
        for cut in cuts.cut[cuts.start[i] : cuts.start[i + 1]]:
            cuts.named[cut] += 1
            if cuts.named[cut] == 2:
                total += penalty[cut]
    for i in members:
        for cut in cuts.cut[cuts.start[i] : cuts.start[i + 1]]:
            cuts.named[cut] = 0
    return total


@njit(cache=True)
def medoids(space: Space, grids: Columns) -> Ints:
    """Return the medoid of each grid (g,): of the members to whom the walk is shortest, the first."""
    medoid = np.empty(len(grids.cost), np.int64)
    for g in range(len(grids.cost)):
        members, least = grids.member[grids.start[g] : grids.start[g + 1]], np.inf
        for j in members:
            walk = walk_to(space, members, j)
            if walk < least:
                medoid[g], least = j, walk
    return medoid


@njit(cache=True)
def reduced_costs(grids: Columns, medoid: Ints, duals: Duals) -> Floats:
    """Return what each grid (g,) costs more than what it is in is worth."""
    cuts, reduced = _by_point(duals), np.empty(len(grids.cost))
    for g in range(len(grids.cost)):
        members = grids.member[grids.start[g] : grids.start[g + 1]]
        reduced[g] = grids.cost[g] - duals.number - duals.medoid[medoid[g]] - _penalty(members, duals.penalty, cuts)
        for i in members:
            reduced[g] -= duals.once[i]
    return reduced


@njit(cache=True)
def _append(space: Space, around: Ints, inside: NDArray[np.bool_], j: int, grids: _List, count: int) -> int:
    """Append the points inside as a grid, unless its medoid is another; return how many grids there are now."""
    first = grids.start[count]
    end = first
    for i in around:
        if inside[i]:
            grids.member[end] = i
            end += 1
    members = grids.member[first:end]
    walk = walk_to(space, members, j)
    for other in members:
        to_other = walk_to(space, members, other)
        if to_other < walk or (to_other == walk and other < j):
            return count
    grids.start[count + 1], grids.cost[count] = end, walk
    return count + 1


@njit(cache=True)
def _flip_all(
    space: Space, loads: Loads, around: Ints, flips: Ints, size: Floats, rate: float, inside: NDArray[np.bool_], j: int,
    slack: float, grids: _List, count: int,
) -> int:  # fmt: skip
    """Append every grid around j that costs at most `slack` more than the cheapest; return how many, -1 for no room.

    `around` are the points that may be in it, ascending, `inside` says which of them are, and `flips` may change, from
    the least `size` of the flip to the largest.
    """
    load = 0.0
    for i in around:
        if inside[i]:
            load += loads.of[i]
    short_from = loads.most if rate < 0 else loads.least
    flipped, depth, at, spent = np.empty(len(flips), np.int64), 0, 0, 0.0
    while grids.tries[0] > 0:
        grids.tries[0] -= 1
        if loads.least <= load <= loads.most and spent + rate * (load - short_from) <= slack:
            if grids.start[count] + len(around) > len(grids.member) or count + 1 == len(grids.start):
                return -1
            count = _append(space, around, inside, j, grids, count)
        while at == len(flips) or spent + size[at] > slack:
            if depth == 0:
                return count
            depth -= 1
            at = flipped[depth]
            i = flips[at]
            spent -= size[at]
            load += -loads.of[i] if inside[i] else loads.of[i]
            inside[i] = not inside[i]
            at += 1
        i = flips[at]
        load += -loads.of[i] if inside[i] else loads.of[i]
        inside[i] = not inside[i]
        spent += size[at]
        flipped[depth] = at
        depth += 1
        at += 1
    return -1


def _rate(loads: Loads, cost: Floats, j: int) -> float:
    """Return the cost per load at which the cheapest grid around j is full, or heavy enough; inf if it never is."""
    heavy = np.flatnonzero(np.isfinite(cost) & (loads.of > 0))
    rate = cost[heavy] / loads.of[heavy]
    order = np.argsort(rate, kind="stable")
    weight = loads.of[j] + np.cumsum(loads.of[heavy[order]])
    full, enough = np.searchsorted(weight, [loads.most, loads.least])
    if full < len(order) and rate[order[full]] < 0:
        return float(rate[order[full]])
    if loads.of[j] >= loads.least:
        return 0.0
    return max(0.0, float(rate[order[enough]])) if enough < len(order) else np.inf


def worth_opening(value: Floats, counts: Counts) -> float:
    """Return the value (n,) below which a point is worth being a medoid."""
    inorder = np.sort(value)
    last = inorder[counts.greatest - 1] if counts.greatest <= len(inorder) else np.inf
    return float(last if last < 0 else max(0.0, inorder[counts.fewest - 1]))


def columns(problem: MedianProblem, bound: Bound, target: float, room: int = ROOM) -> Columns | None:
    """Return every grid that a plan can have which costs `target` or less; None where there are more than `room`.

    A grid is around the one of its members to whom the walk is shortest. Of plans that do not keep the quotas of the
    bound, grids may be missing.
    """
    space, loads, counts = problem.space, problem.loads, problem.counts
    price, value = bound.multiplier, bound.median_value
    threshold, gap = worth_opening(value, counts), target - bound.value + ROUNDING * abs(target)
    n, count = space.points, 0
    member, tries = np.empty(MEMBERS_EACH * room, np.int32), np.array([TRIES_EACH * room])
    grids = _List(np.zeros(room + 1, np.int64), member, np.empty(room), tries)
    for j in range(n):
        cost = _row(space, j) - price
        cost[j] = np.inf
        rate = _rate(loads, cost, j)
        if rate == np.inf:
            continue
        change = cost - rate * loads.of
        change[j] = 0.0
        short_from = loads.most if rate < 0 else loads.least
        cheapest = np.minimum(change, 0.0).sum() + rate * (short_from - loads.of[j])
        slack = (
            gap
            - max(0.0, value[j] - threshold)
            + value[j]
            - (cheapest - price[j] + counts.price - bound.medoid_price[j])
        )
        inside = change < 0
        inside[j] = True
        flips = np.flatnonzero(np.abs(change) <= slack)
        flips = flips[flips != j]
        flips = flips[np.argsort(np.abs(change[flips]), kind="stable")]
        around = np.union1d(np.flatnonzero(inside), flips)
        if slack >= 0:
            size = np.abs(change[flips])
            count = _flip_all(space, loads, around, flips, size, rate, inside, j, slack, grids, count)
        if count < 0:
            return None
    end = grids.start[count]
    return Columns(grids.start[: count + 1].copy(), grids.member[:end].copy(), grids.cost[:count] + counts.price)


def _row(space: Space, j: int) -> Floats:
    if len(space.matrix):
        return space.matrix[:, j].copy()
    return np.hypot(*(space.xy - space.xy[j]).T)
