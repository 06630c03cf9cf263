"""The best prices there are, by column generation, for parts of the plans whose ascent stops short of them.

Where hamlets lie far apart, the prices of a whole hamlet have to change by as much as it is away from the next one,
while those of neighbours must differ by metres only. Short steps never get there. A linear program does: the cheapest
choice, by shares, of all grids met so far, with each point in one grid. Its duals are prices; at these, the cheapest
grid around every point joins the program, and so on, until no grid is missing. What is tried is halfway between the
duals and the best prices so far, since duals alone swing wildly. All prices give a true bound, whenever that ends.

Wentges (1997), Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming, Int. Trans. Oper. Res. 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space
from gridplan.engine.proof.bound import Bound, MedianProblem, Quotas, lower_bound
from gridplan.engine.proof.enumeration import Columns, reduced_costs, walk_to
from gridplan.engine.proof.pricing import Loads, Nearby, Picks, cheapest
from gridplan.engine.proof.restricted_master import Proof
from gridplan.engine.proof.set_partitioning import LEAST_SHARE, OutOfTimeError, Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

AIM = 1.002
"""Bounds of parts may be this much above the best known plan: steps that go for its cost itself never get there."""
ROUNDS = 60
NEAR_ENOUGH = 0.05
"""Share of the gap that better prices may leave at most."""
KEPT = 3_000
"""Grids that are kept for the next part, those of the least reduced cost."""


class Node(NamedTuple):
    """A part of all plans: those that keep the quotas."""

    lower: float
    """What none of them is below."""
    bound: Bound
    quotas: Quotas
    stalled: bool
    """Whether its last quota hardly lifted the bound."""


class ColumnPool(NamedTuple):
    """Grids that are good for prices, each around a point that need not be its medoid."""

    grids: Columns
    around: Ints
    """(g,)"""

    @classmethod
    def empty(cls) -> ColumnPool:
        """Return no grids."""
        return cls(Columns(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0)), np.empty(0, np.int64))

    def select(self, chosen: NDArray[np.bool_]) -> ColumnPool:
        """Return the grids (g,) chosen."""
        return ColumnPool(self.grids.select(chosen), self.around[chosen])

    def concat(self, other: ColumnPool) -> ColumnPool:
        """Return these grids and then the others."""
        return ColumnPool(self.grids.concat(other.grids), np.append(self.around, other.around))


def sharpen_bound(proof: Proof, node: Node, pool: ColumnPool, upper: float) -> tuple[Node, ColumnPool]:
    """Return the node with a bound near the best that prices can give, and the pool with the grids met."""
    problem = proof.problem
    program = Program(problem.space.points, problem.counts, node.quotas, AIM * upper)
    program.add_grids(*pool)
    best = at = node.bound
    for _ in range(ROUNDS):
        try:
            share, duals = program.relax(proof.deadline)
        except OutOfTimeError:
            return node._replace(lower=max(node.lower, best.value), bound=best), pool
        if best.value >= upper or program.cost @ share - best.value <= NEAR_ENOUGH * (upper - best.value) or proof.over:
            break
        halfway = best._replace(
            multiplier=(best.multiplier + duals.once) / 2, quota_price=(best.quota_price + duals.quota) / 2
        )
        at = lower_bound(problem, AIM * upper, quotas=node.quotas, start=halfway, iterations=1)
        found = _cheapest(problem, at.multiplier)
        found = found.select(reduced_costs(found.grids, found.around, duals) < -LEAST_SHARE)
        program.add_grids(*found)
        pool = pool.concat(found)
        best = max(best, at, key=lambda bound: bound.value)
    if share[0] < LEAST_SHARE:
        often = np.bincount(pool.around[: len(share) - 1], share[1:], problem.space.points)
        best = best._replace(often=often.astype(np.float64))
    reduced = reduced_costs(pool.grids, pool.around, duals)
    kept = np.argsort(np.argsort(reduced, kind="stable"), kind="stable") < KEPT
    return node._replace(lower=max(node.lower, best.value), bound=best), pool.select(kept)


def _cheapest(problem: MedianProblem, price: Floats) -> ColumnPool:
    """Return the cheapest grid around every point."""
    start, member, walk = _cheapest_grids(problem.space, problem.nearby, problem.loads, price)
    whole = np.isfinite(walk)
    grids = Columns(start, member, walk + problem.counts.price)
    return ColumnPool(grids, np.arange(len(walk))).select(whole)


@njit(cache=True)
def _cheapest_grids(
    space: Space, nearby: Nearby, loads: Loads, price: Floats
) -> tuple[Ints, NDArray[np.int32], Floats]:
    """Return where the members of the cheapest grid around each point begin (n + 1,), all members, and walks (n,)."""
    n = len(price)
    start, walk, end = np.zeros(n + 1, np.int64), np.empty(n), 0
    member = np.empty(n, np.int32)
    picks = Picks(np.empty(n + 1, np.int64), np.empty(n + 1))
    nobody = np.empty(0, np.int64)
    for j in range(n):
        cost, count, _ = cheapest(space, nearby, loads, price, price.max(), nobody, j, picks)
        if end + count + 1 > len(member):
            member = np.append(member, np.empty(len(member) + n, np.int32))
        member[end] = j
        member[end + 1 : end + 1 + count] = picks.point[:count]
        start[j + 1] = end + count + 1
        walk[j] = walk_to(space, member[end : start[j + 1]], j) if np.isfinite(cost) else np.inf
        end = start[j + 1]
    return start, member[:end], walk
