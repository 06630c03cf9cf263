"""Pricing: the cheapest grid around every point, where each member costs its distance less its price.

A grid around j has j in it and others of its choice: point i costs its distance to j less its price. Without loads the
cheapest is found by picking: the smallest costs until the grid is large enough, then whatever pays, until it is full.
With loads this is a knapsack with a least and a most; its continuous relaxation is picked in the same way by cost per
load, and only the last pick is a fraction. That never costs more than the best whole picks, so a bound stays a bound.

Points are tried in the order of their distance. Once the distance less the highest price cannot beat the last pick, no
point further away can. A few points have prices far above the rest (lonely farms); they are tried on their own, so
that the highest price among the others stops the search early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from gridplan.engine.model.distance import Space, distance
from gridplan.engine.model.kernels import inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

LISTED = 400
"""How many of the nearest points are listed; where they are not enough, all points are tried."""
ROWS = 256
ROUNDING = 1e-9
"""Sums of loads that are not whole numbers are as good as equal within this share."""
DEAR = 0.05
"""Share of the points that are tried on their own, because their price is high."""


class Nearby(NamedTuple):
    """The nearest points of every point, itself among them, by distance."""

    point: NDArray[np.int32]
    """(n, m)"""
    apart: Floats
    """(n, m)"""

    @classmethod
    def of(cls, space: Space, listed: int = LISTED) -> Nearby:
        """List so many of the nearest points."""
        m = min(space.points, listed)
        point, apart = np.empty((space.points, m), np.int32), np.empty((space.points, m))
        tree = None if len(space.matrix) else cKDTree(space.xy)
        for start in range(0, space.points, ROWS):
            here = slice(start, start + ROWS)
            if tree is not None:
                apart[here], point[here] = tree.query(space.xy[here], k=np.arange(1, m + 1))
                continue
            rows = space.matrix[here]
            near = np.argpartition(rows, m - 1, axis=1)[:, :m]
            order = np.argsort(np.take_along_axis(rows, near, axis=1), axis=1, kind="stable")
            point[here] = np.take_along_axis(near, order, axis=1)
            apart[here] = np.take_along_axis(rows, point[here], axis=1)
        return cls(point, apart)


class Loads(NamedTuple):
    """What points weigh, and what a grid has to weigh."""

    of: Floats
    """(n,) 0 or more."""
    lightest: float
    """The least load above 0."""
    heaviest: float
    weightless: bool
    """Whether any point has load 0."""
    least: float
    most: float

    @classmethod
    def between(cls, load: Floats, least: float, most: float) -> Loads:
        """Return the loads (n,) of points whose grids weigh `least` to `most`."""
        heavy = load[load > 0]
        if (load % 1).any():
            least, most = least - ROUNDING * most, most + ROUNDING * most
        lightest, heaviest = (heavy.min(), heavy.max()) if len(heavy) else (1.0, 1.0)
        has_weightless = len(heavy) < len(load)
        return cls(load, float(lightest), float(heaviest), has_weightless, float(least), float(most))


class Picks(NamedTuple):
    """Room for the picks of one grid, by cost per load; what weighs nothing comes first."""

    point: Ints
    """(n + 1,)"""
    rate: Floats
    """(n + 1,)"""


@inlined
def _limit(loads: Loads, picks: Picks, count: int, load: float) -> float:
    """Return the cost per load from which on no further point is picked."""
    if load < loads.least:
        return np.inf
    last = picks.rate[count - 1] if count > 0 else -np.inf
    return last if load >= loads.most else max(0.0, last)


@inlined
def _out_of_reach(loads: Loads, limit: float, cost: float) -> bool:
    """Return whether no point that costs `cost` or more is picked."""
    if cost < 0:
        return not loads.weightless and cost >= limit * loads.lightest
    return cost >= limit * loads.heaviest


@inlined
def _consider(loads: Loads, picks: Picks, count: int, load: float, i: int, cost: float) -> tuple[int, float]:
    """Pick point i, and drop picks that it makes needless; return how many are picked then and what the grid weighs."""
    weight = loads.of[i]
    if weight == 0 and cost >= 0:
        return count, load
    rate, at = cost / weight if weight > 0 else -np.inf, count
    while at > 0 and picks.rate[at - 1] > rate:
        picks.rate[at], picks.point[at] = picks.rate[at - 1], picks.point[at - 1]
        at -= 1
    picks.rate[at], picks.point[at] = rate, i
    count, load = count + 1, load + weight
    while count > 0 and picks.rate[count - 1] > -np.inf:
        lighter = load - loads.of[picks.point[count - 1]]
        if lighter < (loads.most if picks.rate[count - 1] < 0 else loads.least):
            break
        count, load = count - 1, lighter
    return count, load


@inlined
def cheapest(
    space: Space, nearby: Nearby, loads: Loads, price: Floats, cap: float, dear: Ints, j: int, picks: Picks
) -> tuple[float, int, float]:
    """Write the cheapest grid around j into `picks`; return its cost, how many it picks and the share of the last.

    `dear` are the points with a price above `cap`. The cost is infinite where no grid around j can weigh enough.
    """
    listed, count, load = nearby.point.shape[1], 0, loads.of[j]
    limit, settled = _limit(loads, picks, count, load), listed == len(price)
    for at in range(listed):
        if _out_of_reach(loads, limit, nearby.apart[j, at] - cap):
            settled = True
            break
        i = nearby.point[j, at]
        cost = nearby.apart[j, at] - price[i]
        if i != j and price[i] <= cap and not _out_of_reach(loads, limit, cost):
            count, load = _consider(loads, picks, count, load, i, cost)
            limit = _limit(loads, picks, count, load)
    if not settled:
        count, load = 0, loads.of[j]
        limit = _limit(loads, picks, count, load)
    for at in range(len(dear) if settled else len(price)):
        i = dear[at] if settled else at
        cost = distance(space, i, j) - price[i]
        if i != j and not _out_of_reach(loads, limit, cost):
            count, load = _consider(loads, picks, count, load, i, cost)
            limit = _limit(loads, picks, count, load)
    return _cost(space, loads, price, picks, count, load, j)


@inlined
def _cost(
    space: Space, loads: Loads, price: Floats, picks: Picks, count: int, load: float, j: int
) -> tuple[float, int, float]:
    if load < loads.least or loads.of[j] > loads.most:
        return np.inf, 0, 1.0
    share = 1.0
    if count > 0 and picks.rate[count - 1] > -np.inf:
        last = picks.rate[count - 1]
        share -= max(0.0, load - (loads.most if last < 0 else loads.least)) / loads.of[picks.point[count - 1]]
    cost = -price[j]
    for at in range(count):
        i = picks.point[at]
        cost += (distance(space, i, j) - price[i]) * (share if at == count - 1 else 1.0)
    return cost, count, share
