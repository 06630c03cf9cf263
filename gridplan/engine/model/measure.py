"""What grids come to: their costs and centres, their pieces, and by how much they break the bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.grids import MEDIAN, NOBODY, Grids, gather
from gridplan.engine.model.pieces import pieces_after
from gridplan.engine.model.problem import BREACH, Problem, breach

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints


@njit(cache=True)
def shortcomings(problem: Problem, grids: Grids) -> tuple[Ints, float]:
    """Return in how many pieces each grid lies, if that counts, and by how much all of them break the bounds."""
    pieces, broken = np.ones(len(grids.size), np.int64), 0.0
    for g in range(len(grids.size)):
        broken += breach(problem, grids.load[g])
        if problem.connected:
            pieces[g] = pieces_after(problem.places, grids, g, NOBODY, NOBODY)
    return pieces, broken


@njit(cache=True)
def appraise(problem: Problem, label: Ints, k: int) -> tuple[float, int, float]:
    """Return by how much grids (n,) break the bounds, how many pieces too many they lie in, and what they cost."""
    grids = gather(problem.space, problem.load, problem.objective, label, k, np.bincount(label).max())
    pieces, broken = shortcomings(problem, grids)
    return max(broken - BREACH, 0.0), pieces.sum() - k, grids.cost.sum()


@njit(cache=True)
def measured(problem: Problem, label: Ints, k: int) -> tuple[Floats, Ints, Ints]:
    """Return of each grid what it costs (k,), its medoid (k,) and the number of its pieces (k,).

    Pieces are counted where the problem knows neighbours; else each grid is one.
    """
    room = np.bincount(label).max()
    grids = gather(problem.space, problem.load, problem.objective, label, k, room)
    medoid = gather(problem.space, problem.load, MEDIAN, label, k, room).medoid
    return grids.cost, medoid, shortcomings(problem, grids)[0]
