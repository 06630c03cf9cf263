"""The best answer that can be put together from grids met before: set partitioning, solved by HiGHS.

    minimise   sum of cost[c] * chosen[c]
    such that  every point is in exactly one chosen grid, and so many grids are chosen

Answers of short searches are good in different places; what is best in each is worth more than a longer search.
The linear relaxation comes first: a grid whose reduced cost is above the gap to the known answer cannot be in a better
one, and is left out; so are those that the relaxation likes least, should there be very many.

Balinski, Quandt (1964), On an integer program for a delivery problem. Operations Research 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array

from gridplan.engine.model.grids import NOBODY, gather
from gridplan.engine.model.measure import pieces_after
from gridplan.engine.model.problem import BREACH, Problem, breach
from gridplan.engine.proof.enumeration import Columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

CHOICES = 12
"""Grids of the pool, for each grid of an answer, among which the integer program chooses."""
NODES = 10
"""Of its search tree, after which the best answer found counts: a number of nodes is the same on every machine."""
CLOSE_ENOUGH = 1e-6
"""Of the cost, that an answer may be from the best."""


class GridPool(NamedTuple):
    """Sound grids met so far, each once."""

    columns: Columns
    name: NDArray[np.uint64]
    """(c,) one number for each set of points."""

    def union(self, other: GridPool) -> GridPool:
        """Return what is in either pool."""
        return _once(self.columns.concat(other.columns), np.append(self.name, other.name))


@njit(cache=True)
def _weigh(problem: Problem, label: Ints, k: int, room: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return of each grid its cost, and whether it keeps the bounds and is connected if it has to be."""
    grids = gather(problem.space, problem.load, problem.objective, label, k, room)
    sound = np.empty(k, np.bool_)
    for g in range(k):
        sound[g] = grids.size[g] > 0 and breach(problem, grids.load[g]) <= BREACH
        if sound[g] and problem.connected:
            sound[g] = pieces_after(problem.places, grids, g, NOBODY, NOBODY) == 1
    return grids.cost, sound


def pool_of(problem: Problem, labels: Iterable[Ints], k: int) -> GridPool:
    """Return the sound grids of answers (n,) with k grids each."""
    name_of = np.random.default_rng(0).integers(2**63, size=len(problem.load), dtype=np.uint64)
    costs, sizes, members = [], [], []
    for label in labels:
        size = np.bincount(label, minlength=k)
        cost, sound = _weigh(problem, label, k, int(size.max()) + 1)
        order = np.argsort(label, kind="stable")
        costs.append(cost[sound])
        sizes.append(size[sound])
        members.append(order[sound[label[order]]])
    size, member = np.concatenate(sizes), np.concatenate(members).astype(np.int32)
    start = np.concatenate([[0], np.cumsum(size)])
    return _once(Columns(start, member, np.concatenate(costs)), _sums(name_of[member], start))


def _sums(value: NDArray[np.uint64], start: Ints) -> NDArray[np.uint64]:
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(value)])
    return total[start[1:]] - total[start[:-1]]


def _once(columns: Columns, name: NDArray[np.uint64]) -> GridPool:
    first = np.zeros(len(name), np.bool_)
    first[np.unique(name, return_index=True)[1]] = True
    return GridPool(columns.select(first), name[first])


def recombine(pool: GridPool, label: Ints, cost: float, k: int) -> Ints:
    """Return the best answer (n,) of k grids of the pool, or `label` if none is found that costs less than `cost`."""
    n, columns, unit = len(label), pool.columns, cost / k or 1.0
    rows = _rows(columns, n)
    once = np.append(np.ones(n), k)
    relaxed = linprog(columns.cost / unit, A_eq=rows, b_eq=once, method="highs-ds")  # type: ignore[call-overload]  # sparse
    if not relaxed.success:
        return label
    reduced = columns.cost / unit - rows.T @ relaxed.eqlin.marginals
    kept = reduced <= cost / unit - relaxed.fun + CLOSE_ENOUGH * k
    kept[np.argsort(reduced, kind="stable")[CHOICES * k :]] = False
    columns = columns.select(kept)
    whole = milp(
        columns.cost / unit,
        integrality=np.ones(len(columns.cost), np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(_rows(columns, n), once, once),
        options={"node_limit": NODES, "mip_rel_gap": CLOSE_ENOUGH},
    )
    if whole.x is None or whole.fun * unit >= cost:
        return label
    best = columns.select(whole.x > 0.5)
    answer = np.empty(n, np.int64)
    answer[best.member] = np.repeat(np.arange(k), np.diff(best.start))
    return answer


def _rows(columns: Columns, n: int) -> csc_array:
    """Return (n + 1, c): a row for every point, and one that counts grids."""
    start = columns.start + np.arange(len(columns.start))
    member = np.insert(columns.member, columns.start[1:], n)
    return csc_array((np.ones(len(member)), member, start), shape=(n + 1, len(columns.cost)))
