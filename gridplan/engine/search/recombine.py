"""The best answer that can be put together from grids met before: set partitioning, solved by HiGHS.

    minimise   sum of cost[c] * chosen[c]
    such that  every point is in exactly one chosen grid, and so many grids are chosen

Answers of short searches are good in different places; what is best in each is worth more than a longer search.
There are too many grids for one program: those with the least reduced cost at given prices are kept. The grids of the
present answer are kept, too, whatever they cost: a whole answer needs dear grids, and without them the program may have
no answer at all.

Balinski, Quandt (1964), On an integer program for a delivery problem. Operations Research 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from gridplan.engine.model.grids import NOBODY, gather
from gridplan.engine.model.measure import pieces_after
from gridplan.engine.model.problem import BREACH, Problem, breach
from gridplan.engine.proof.enumeration import Columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

TRIES = 3
"""Programs that are tried, each of half as many choices as the one before, until one is solved."""
MOST_CHOICES = 8_000
"""Grids at most, however many an answer has: among more the program takes long."""
NODES = 10
"""Of its search tree, after which the best answer found counts: a number of nodes is the same on every machine."""
CLOSE_ENOUGH = 1e-6
"""Of the cost, that an answer may be from the best."""


class UnsolvedError(Exception):
    """HiGHS has no answer to a program that has one."""


class GridPool(NamedTuple):
    """Grids met so far, each once."""

    columns: Columns
    name: NDArray[np.uint64]
    """(c,) one number for each set of points."""

    def union(self, other: GridPool) -> GridPool:
        """Return what is in either pool; what is in both is taken from this one."""
        return _once(self.columns.concat(other.columns), np.append(self.name, other.name))

    def cheapest(self, price: Floats, count: int) -> GridPool:
        """Return so many grids, those that cost least beside the prices (n,) of their points."""
        columns = self.columns
        reduced = columns.cost - np.add.reduceat(price[columns.member], columns.start[:-1])
        few = np.zeros(len(reduced), np.bool_)
        few[np.argsort(reduced, kind="stable")[:count]] = True
        return GridPool(columns.select(few), self.name[few])


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
    costs, sizes, members = [], [], []
    for label in labels:
        cost, sound = _weigh(problem, label, k, int(np.bincount(label).max()) + 1)
        order = np.argsort(label, kind="stable")
        costs.append(cost[sound])
        sizes.append(np.bincount(label, minlength=k)[sound])
        members.append(order[sound[label[order]]])
    return _pool(len(problem.load), np.concatenate(sizes), np.concatenate(members), np.concatenate(costs))


def grids_of(problem: Problem, label: Ints, k: int) -> GridPool:
    """Return the k grids of an answer (n,), sound or not; one that is not costs as much as all together more."""
    cost, sound = _weigh(problem, label, k, int(np.bincount(label).max()) + 1)
    size = np.bincount(label, minlength=k)
    return _pool(len(label), size, np.argsort(label, kind="stable"), np.where(sound, cost, cost + cost.sum()))


def _pool(n: int, size: Ints, member: Ints, cost: Floats) -> GridPool:
    name_of = np.random.default_rng(0).integers(2**63, size=n, dtype=np.uint64)
    start = np.concatenate([[0], np.cumsum(size)])
    return _once(Columns(start, member.astype(np.int32), cost), _sums(name_of[member], start))


def _sums(value: NDArray[np.uint64], start: Ints) -> NDArray[np.uint64]:
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(value)])
    return total[start[1:]] - total[start[:-1]]


def _once(columns: Columns, name: NDArray[np.uint64]) -> GridPool:
    first = np.zeros(len(name), np.bool_)
    first[np.unique(name, return_index=True)[1]] = True
    return GridPool(columns.select(first), name[first])


def recombine(pool: GridPool, present: GridPool, price: Floats, choices: int, *, seconds: float = np.inf) -> Ints:
    """Return the best answer found (n,) of as many grids of the pool as are `present`.

    Parameters
    ----------
    pool
        Grids to choose from.
    present
        The grids of the best answer known, which stay among the choices.
    price
        (n,) what a point is worth to a grid, by which the choices are made.
    choices
        How many grids of the pool may be chosen from, for each grid of the answer.
    seconds
        How long a program may take.

    Raises
    ------
    UnsolvedError
        No program was solved, not even the last and smallest, although there was time.
    """
    k = len(present.name)
    for turn in range(TRIES):
        few = present.union(pool.cheapest(price, min(choices * k, MOST_CHOICES) // 2**turn))
        chosen = _choose(few.columns, len(price), k, seconds / 2**turn)
        if chosen is not None:
            best, answer = few.columns.select(chosen), np.empty(len(price), np.int64)
            answer[best.member] = np.repeat(np.arange(k), np.diff(best.start))
            return answer
    raise UnsolvedError


def _choose(columns: Columns, n: int, k: int, seconds: float) -> NDArray[np.bool_] | None:
    """Return the best k columns found that hold every point once, or None if none are."""
    rows, once, unit = _rows(columns, n), np.append(np.ones(n), k), float(columns.cost.mean()) or 1.0
    solved = milp(
        columns.cost / unit,
        integrality=np.ones(len(columns.cost), np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, once, once),
        options={"node_limit": NODES, "mip_rel_gap": CLOSE_ENOUGH, "time_limit": seconds},
    )
    return None if solved.x is None else solved.x > 0.5


def _rows(columns: Columns, n: int) -> csc_array:
    """Return (n + 1, c): a row for every point, and one that counts grids."""
    start = columns.start + np.arange(len(columns.start))
    member = np.insert(columns.member, columns.start[1:], n)
    return csc_array((np.ones(len(member)), member, start), shape=(n + 1, len(columns.cost)))
