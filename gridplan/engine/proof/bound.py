"""A proven lower bound: how short the total walk can be at best, found without knowing the best plan.

Drop the rule that every point is in exactly one grid, and instead pay a price u_i for every time point i is taken in:

    L(u) = sum of u_i + the least sum of v_j over an allowed number of medoids j,
    v_j  = cost of the cheapest grid around j, in which point i costs distance(i, j) - u_i.

Every plan is still allowed, and costs in L(u) what it costs: whatever the prices are, L(u) is at most the best plan.
The search is for prices that make L(u) large. A point that is in no grid is worth more in the next step, one that is in
two is worth less: a subgradient ascent, with steps as long as Polyak says, given the cost of a known plan.

A quota says how many medoids a group of points has at least, or at most. It has a price of its own, 0 or more, which is
paid for each medoid that counts towards it, and taken for as many as it asks for: L(u) is then at most the best plan
that keeps the quotas.

Lagrangian relaxation of the capacitated p-median problem: Mulvey, Beck (1984), EJOR 18; Pirkul (1987), Computers & OR
14. The steps: Polyak (1969), USSR Comp. Math. 9; with part of the last direction: Camerini, Fratta, Maffioli (1975),
Math. Prog. Study 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space
from gridplan.engine.model.proximity import Floats
from gridplan.engine.proof.pricing import DEAR, LISTED, Loads, Nearby, Picks, cheapest

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEPT = 0.7
"""Share of the last direction in the next."""
LATELY = 0.05
"""Weight of the last step in how often a point was a medoid."""
FIRST_STEP, LAST_STEP = 0.7, 2e-3
"""As shares of Polyak's step."""
QUOTA_SCALE = 5.0
"""How fast the price of a quota moves, beside that of a point."""
SHORTER = 0.7
PATIENCE = 15
"""Steps without a better bound until they get shorter."""
ROUNDING = 1e-12
"""Of all that was added up, this share is taken off, so that rounding cannot lift the bound above the best plan."""


class Quotas(NamedTuple):
    """Limits on the medoids in groups of points: for every row, `counted @ is_medoid >= least`."""

    counted: Floats
    """(q, n) 1 for the points of a group that has at least `least` medoids, -1 if at most `-least`; 0 for others."""
    least: Floats
    """(q,)"""

    @classmethod
    def none(cls, n: int) -> Quotas:
        """Ask nothing of n points."""
        return cls(np.empty((0, n)), np.empty(0))

    def at_least(self, group: NDArray[np.bool_], number: int) -> Quotas:
        """Ask for so many medoids in a group (n,), too."""
        return Quotas(np.vstack([self.counted, group]), np.append(self.least, number))

    def at_most(self, group: NDArray[np.bool_], number: int) -> Quotas:
        """Allow no more medoids in a group (n,), too."""
        return Quotas(np.vstack([self.counted, -1.0 * group]), np.append(self.least, -number))


class Bound(NamedTuple):
    """What no plan can cost less than, and the prices that prove it."""

    value: float
    multiplier: Floats
    """(n,) the price of taking in each point."""
    median_value: Floats
    """(n,) cost of the cheapest grid around each point at these prices, less what it is paid for its quotas."""
    quota_price: Floats
    """(q,) the price of each quota."""
    medoid_price: Floats
    """(n,) what each point is paid for its quotas as a medoid."""
    often: Floats
    """(n,) how often each point was a medoid in the last steps: 0 to 1."""


class Counts(NamedTuple):
    """How many grids there may be, and what each costs besides its walk."""

    fewest: int
    greatest: int
    price: float


class MedianProblem(NamedTuple):
    """The capacitated p-median problem: points, what they weigh, how many grids there may be; the nearest points."""

    space: Space
    loads: Loads
    counts: Counts
    nearby: Nearby
    reach: Floats
    """(n,) how far it is from each point to the last of the nearest that fill half a grid."""

    @classmethod
    def of(
        cls,
        space: Space,
        load: Floats | None,
        *,
        fewest: int,
        greatest: int,
        least: float,
        most: float,
        price: float = 0.0,
        listed: int = LISTED,
    ) -> MedianProblem:
        """Return the problem of cutting n points into `fewest` to `greatest` grids.

        Parameters
        ----------
        space
            Where the points are; a matrix is taken to be symmetric.
        load
            (n,) what each point weighs, 0 or more; None means 1 each.
        least, most
            What each grid weighs; `least` may be 0. Some plan has to keep these bounds.
        price
            What every grid costs besides its walk.
        listed
            How many of the nearest points are listed for each.
        """
        weight = np.ones(space.points) if load is None else np.ascontiguousarray(load, np.float64)
        nearby = Nearby.of(space, listed)
        half_full = min(nearby.apart.shape[1] - 1, int(most / weight.mean() / 2))
        counts = Counts(fewest, min(greatest, space.points), price)
        return cls(space, Loads.between(weight, least, most), counts, nearby, nearby.apart[:, half_full].copy())


class _Step(NamedTuple):
    """The result of one step of the ascent."""

    value: Floats
    """(n,) every v_j"""
    over: Floats
    """(n,) how much too rarely each point is taken in."""
    medoid: Floats
    """(n,) 1 for the medoids."""


@njit(cache=True)
def _relaxed(problem: MedianProblem, price: Floats, paid: Floats, picks: Picks, step: _Step) -> float:
    """Return L(price), but for what quotas ask for, when medoids (n,) are paid so much; write the rest into `step`."""
    space, nearby, loads, counts = problem.space, problem.nearby, problem.loads, problem.counts
    n = len(price)
    dear_count = int(DEAR * n)
    cap = np.partition(price, n - 1 - dear_count)[n - 1 - dear_count]
    dear = np.flatnonzero(price > cap)
    value, over = step.value, step.over
    for j in range(n):
        value[j] = cheapest(space, nearby, loads, price, cap, dear, j, picks)[0] + counts.price - paid[j]
    total = price.sum()
    over[:] = 1.0
    step.medoid[:] = 0.0
    for rank, j in enumerate(np.argsort(value, kind="mergesort")[: counts.greatest]):
        if rank >= counts.fewest and value[j] >= 0:
            break
        total += value[j]
        step.medoid[j] = 1.0
        _, count, share = cheapest(space, nearby, loads, price, cap, dear, j, picks)
        over[j] -= 1.0
        for at in range(count):
            over[picks.point[at]] -= share if at == count - 1 else 1.0
    return total


@njit(cache=True)
def _ascend(
    problem: MedianProblem, quotas: Quotas, start: Floats, quota_start: Floats, scale: Floats, upper: float,
    first: float, steps: int,
) -> tuple[float, Floats, Floats, Floats, Floats]:  # fmt: skip
    """Return the best L(u) met, its u, its v, its prices of quotas, and how often each point was a medoid lately."""
    n, quota_scale, weighed = len(start), QUOTA_SCALE * scale.mean(), 0.0
    price, quota_price = start.copy(), quota_start.copy()
    best_price, best_quota_price, best_value = start.copy(), quota_start.copy(), np.empty(n)
    now, often = _Step(np.empty(n), np.empty(n), np.empty(n)), np.zeros(n)
    direction, quota_direction = np.zeros(n), np.zeros(len(quota_start))
    picks = Picks(np.empty(n + 1, np.int64), np.empty(n + 1))
    best, step, stalled = -np.inf, first, 0
    for _ in range(steps):
        total = (quota_price * quotas.least).sum()
        total += _relaxed(problem, price, _paid(quotas, quota_price), picks, now)
        often, weighed = (1 - LATELY) * often + LATELY * now.medoid, (1 - LATELY) * weighed + LATELY
        stalled += 1
        if total > best:
            best, stalled = total, 0
            best_price[:], best_quota_price[:], best_value[:] = price, quota_price, now.value
        elif stalled == PATIENCE:
            step, stalled = step * SHORTER, 0
        direction = now.over + KEPT * direction
        quota_direction = quotas.least - _counted(quotas, now.medoid) + KEPT * quota_direction
        steepness = (scale * direction * direction).sum() + quota_scale * (quota_direction * quota_direction).sum()
        if best >= upper or step < LAST_STEP or steepness == 0.0:
            break
        length = step * (upper - total) / steepness
        price += length * scale * direction
        quota_price = np.maximum(0.0, quota_price + length * quota_scale * quota_direction)
    return best, best_price, best_value, best_quota_price, often / weighed


@njit(cache=True)
def _paid(quotas: Quotas, quota_price: Floats) -> Floats:
    """Return what each point (n,) is paid as a medoid."""
    paid = np.zeros(quotas.counted.shape[1])
    for q in range(len(quota_price)):
        paid += quota_price[q] * quotas.counted[q]
    return paid


@njit(cache=True)
def _counted(quotas: Quotas, medoid: Floats) -> Floats:
    """Return how many medoids count towards each quota (q,)."""
    counted = np.empty(len(quotas.least))
    for q in range(len(counted)):
        counted[q] = (quotas.counted[q] * medoid).sum()
    return counted


def lower_bound(
    problem: MedianProblem,
    upper: float,
    *,
    iterations: int = 1_000,
    quotas: Quotas | None = None,
    start: Bound | None = None,
    first_step: float = FIRST_STEP,
) -> Bound:
    """Return a cost that no plan can be below.

    Parameters
    ----------
    problem
        What is to be cut.
    upper
        The cost of a known plan, with the price of each of its grids. The bound is never above it.
    iterations
        How many prices are tried at most. Time and memory grow with n; 5,000 points need some 5 s and 50 MB.
    quotas
        The bound is on plans only whose medoids keep these; `upper` may be the cost of one that does not, and where no
        plan keeps them the bound may be anything up to `upper`. Of equally good medoids a grid's is the first.
    start
        A bound whose prices are the first to be tried; it may be of the same quotas without the last ones.
    first_step
        How far the first step goes, as a share of Polyak's.
    """
    near, counts = problem.reach, problem.counts
    quotas = quotas or Quotas.none(problem.space.points)
    scale = np.sqrt(np.maximum(near, 1e-3 * near.mean() + 1e-300))
    prices, quota_prices = (start.multiplier, start.quota_price) if start else (near, np.empty(0))
    quota_prices = np.append(quota_prices, np.zeros(len(quotas.least) - len(quota_prices)))
    best, prices, values, quota_prices, often = _ascend(
        problem, quotas, prices, quota_prices, scale, upper, first_step, iterations
    )
    added_up = np.abs(prices).sum() + np.abs(values).max() * counts.greatest + quota_prices @ np.abs(quotas.least)
    nothing = min(counts.price * counts.fewest, counts.price * counts.greatest)
    value = float(min(max(best - ROUNDING * added_up, nothing), upper))
    return Bound(value, prices, values, quota_prices, _paid(quotas, quota_prices), often)
