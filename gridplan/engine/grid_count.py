"""How many grids: by size, by number or by price; and what a few more or fewer would cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.measure import appraise
from gridplan.engine.model.problem import Problem
from gridplan.engine.model.settings import Stop, never
from gridplan.engine.search.search import search

STEP = 0.05
"""Share of the grids by which their number is changed to see what more or fewer would cost."""


class OtherCount(NamedTuple):
    """Another number of grids, and the walk that it would about lead to, in metres."""

    grids: int
    walk: float


def fewest_and_most_grids(households: Sequence[int], least: int, most: int) -> tuple[int, int]:
    """Return the fewest and the most grids that villages can have; one that fits no bounds counts as one grid."""
    feasible = _feasible(households, least, most)
    return sum(one[0] for one in feasible), sum(one[-1] for one in feasible)


def _feasible(households: Sequence[int], least: int, most: int) -> list[range]:
    return [feasible_grids(n, least, most) or range(1, 2) for n in households]


def spread_over_villages(grids: int, households: Sequence[int], least: int, most: int) -> list[int]:
    """Return how many of a town's grids each village gets: by its households, within what is feasible there.

    Villages that cannot be cut within the bounds count as one grid. Where the town's number cannot be had, the nearest
    that can is taken.
    """
    feasible = _feasible(households, least, most)
    share = [grids * n / sum(households) for n in households]
    counts = [min(max(math.floor(s), f[0]), f[-1]) for s, f in zip(share, feasible, strict=True)]
    while (missing := grids - sum(counts)) != 0:
        step = 1 if missing > 0 else -1
        able = [v for v in range(len(counts)) if counts[v] + step in feasible[v]]
        if not able:
            break
        chosen = max(able, key=lambda v: step * (share[v] - counts[v]))
        counts[chosen] += step
    return counts


def count_by_price(problem: Problem, price: float, seed: int, stop: Stop = never) -> int:
    """Return the number of grids for which the walk, and so many metres for each grid, come to least.

    The walk falls ever more slowly as grids are added, so the number is found by narrowing the range from both sides;
    walks are those of a standard search, or of fast ones once `stop` says so.
    """
    feasible = feasible_grids(float(problem.load.sum()), problem.least, problem.most, len(problem.load))
    first, last = feasible[0], feasible[-1]
    known: dict[int, float] = {}

    def cost(k: int) -> float:
        if k not in known:
            known[k] = _walk(problem, k, seed, stop) + price * k
        return known[k]

    while last - first > 3:
        third = (last - first) // 3
        left, right = first + third, last - third
        if cost(left) <= cost(right):
            last = right
        else:
            first = left
    return min(range(first, last + 1), key=cost)


def other_counts(problem: Problem, k: int, walk: float, seed: int, stop: Stop = never) -> tuple[OtherCount, ...]:
    """Return what a few grids fewer and a few more than k would lead to, given the walk of k grids.

    Searches are compared with each other, and the walk changed in the same ratio. Those that are cut short because
    `stop` says so cannot be compared; then there is nothing to return.
    """
    feasible = feasible_grids(float(problem.load.sum()), problem.least, problem.most, len(problem.load))
    step = max(1, round(STEP * k))
    others = [other for other in (k - step, k + step) if other in feasible]
    if not others or stop():
        return ()
    here = _walk(problem, k, seed, stop)
    found = tuple(
        OtherCount(other, walk * _walk(problem, other, seed, stop) / here if here else 0.0) for other in others
    )
    return () if stop() else found


def _walk(problem: Problem, k: int, seed: int, stop: Stop) -> float:
    return appraise(problem, search(problem, k, effort="standard", seed=seed, stop=stop).label, k)[-1]
