"""A proven lower bound: how short the total walk can be at best, found without knowing the best plan.

Drop the rule that every point is in exactly one grid, and instead pay a price u_i for every time point i is taken in:

    L(u) = sum of u_i + the least sum of v_j over an allowed number of medoids j,
    v_j  = cost of the cheapest grid around j, in which point i costs distance(i, j) - u_i.

Every plan is still allowed, and costs in L(u) what it costs: whatever the prices are, L(u) is at most the best plan.
The search is for prices that make L(u) large. A point that nobody took in is worth more in the next step, one that was
taken in twice is worth less: a subgradient ascent, with steps as long as Polyak says, given the cost of a known plan.

Lagrangian relaxation of the capacitated p-median problem: Mulvey, Beck (1984), EJOR 18; Pirkul (1987), Computers & OR
14. The steps: Polyak (1969), USSR Comp. Math. 9; with part of the last direction: Camerini, Fratta, Maffioli (1975),
Math. Prog. Study 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridplan.engine.distance import Space
from gridplan.engine.pricing import DEAR, Loads, Nearby, Picks, cheapest
from gridplan.engine.proximity import Floats

KEPT = 0.7
"""Share of the last direction in the next."""
FIRST_STEP, LAST_STEP = 0.7, 2e-3
"""As shares of Polyak's step."""
SHORTER = 0.7
PATIENCE = 15
"""Steps without a better bound until they get shorter."""
ROUNDING = 1e-12
"""Of all that was added up, this share is taken off, so that rounding cannot lift the bound above the best plan."""


class Bound(NamedTuple):
    """What no plan can cost less than, and the prices that prove it."""

    value: float
    multiplier: Floats
    """(n,) the price of taking in each point."""
    median_value: Floats
    """(n,) cost of the cheapest grid around each point at these prices."""


class Counts(NamedTuple):
    """How many grids there may be, and what each costs besides its walk."""

    fewest: int
    greatest: int
    price: float


@njit(cache=True)
def _relaxed(
    space: Space, nearby: Nearby, loads: Loads, counts: Counts, price: Floats, picks: Picks, value: Floats, over: Floats
) -> float:
    """Return L(price); write every v_j into `value`, and how much too rarely each point is taken in into `over`."""
    n = len(price)
    dear_count = int(DEAR * n)
    cap = np.partition(price, n - 1 - dear_count)[n - 1 - dear_count]
    dear = np.flatnonzero(price > cap)
    for j in range(n):
        value[j] = cheapest(space, nearby, loads, price, cap, dear, j, picks)[0] + counts.price
    total = price.sum()
    over[:] = 1.0
    for rank, j in enumerate(np.argsort(value, kind="mergesort")[: counts.greatest]):
        if rank >= counts.fewest and value[j] >= 0:
            break
        total += value[j]
        _, count, share = cheapest(space, nearby, loads, price, cap, dear, j, picks)
        over[j] -= 1.0
        for at in range(count):
            over[picks.point[at]] -= share if at == count - 1 else 1.0
    return total


@njit(cache=True)
def _ascend(
    space: Space, nearby: Nearby, loads: Loads, counts: Counts, start: Floats, scale: Floats, upper: float, steps: int
) -> tuple[float, Floats, Floats]:
    """Return the best L(u) met, its u, and its v."""
    n = len(start)
    price, best_price, value, best_value = start.copy(), start.copy(), np.empty(n), np.empty(n)
    over, direction = np.empty(n), np.zeros(n)
    picks = Picks(np.empty(n + 1, np.int64), np.empty(n + 1))
    best, step, stalled = -np.inf, FIRST_STEP, 0
    for _ in range(steps):
        total = _relaxed(space, nearby, loads, counts, price, picks, value, over)
        stalled += 1
        if total > best:
            best, stalled = total, 0
            best_price[:], best_value[:] = price, value
        elif stalled == PATIENCE:
            step, stalled = step * SHORTER, 0
        direction = over + KEPT * direction
        steepness = (scale * direction * direction).sum()
        if best >= upper or step < LAST_STEP or steepness == 0.0:
            break
        price += step * (upper - total) / steepness * scale * direction
    return best, best_price, best_value


def lower_bound(
    space: Space,
    load: Floats | None,
    *,
    fewest: int,
    greatest: int,
    least: float,
    most: float,
    upper: float,
    iterations: int = 1_000,
    price: float = 0.0,
    nearby: Nearby | None = None,
) -> Bound:
    """Return a cost that no plan of `fewest` to `greatest` grids can be below.

    Parameters
    ----------
    space
        Where the n points are; a matrix is taken to be symmetric.
    load
        (n,) what each point weighs, 0 or more; None means 1 each.
    least, most
        What each grid weighs; `least` may be 0. Some plan has to keep these bounds.
    upper
        The cost of a known plan, `price` for each of its grids included. The bound is never above it.
    iterations
        How many prices are tried at most. Time and memory grow with n; 5,000 points need some 5 s and 50 MB.
    price
        What every grid costs besides its walk.
    nearby
        The nearest points, if they are known already.
    """
    n = space.points
    loads = Loads.between(np.ones(n) if load is None else np.ascontiguousarray(load, np.float64), least, most)
    nearby = nearby or Nearby.of(space)
    around = nearby.apart[:, : max(1, min(n, int(most / loads.of.mean() / 2) + 1))]
    start = around[:, -1].copy()
    scale = np.sqrt(np.maximum(start, 1e-3 * start.mean() + 1e-300))
    counts = Counts(fewest, min(greatest, n), price)
    best, prices, values = _ascend(space, nearby, loads, counts, start, scale, upper, iterations)
    safety = ROUNDING * (np.abs(prices).sum() + np.abs(values).max() * counts.greatest)
    nothing = min(price * counts.fewest, price * counts.greatest)
    return Bound(float(min(max(best - safety, nothing), upper)), prices, values)
