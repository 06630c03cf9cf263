"""What grids come to: their costs and centres, their pieces, and by how much they break the bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.grids import MEDIAN, NOBODY, Grids, gather
from gridplan.engine.model.kernels import inlined
from gridplan.engine.model.problem import BREACH, Places, Problem, breach

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints


@inlined
def pieces_after(places: Places, grids: Grids, g: int, leaver: int, enterer: int) -> int:
    """Return in how many pieces grid g would lie after an exchange."""
    seen, now, size = places.seen, places.seen[-1] + 2, grids.size[g]
    seen[-1] = now
    waiting = 0
    for at in range(size + 1):
        i = grids.member[g, at] if at < size else enterer
        if i != leaver and i != NOBODY and seen[places.of[i]] != now:
            seen[places.of[i]] = now
            waiting += 1
    pieces, ahead = 0, 0
    for at in range(size + 1):
        i = grids.member[g, at] if at < size else enterer
        if i == NOBODY or seen[places.of[i]] != now:
            continue
        pieces += 1
        seen[places.of[i]] = now + 1
        places.queue[ahead] = places.of[i]
        behind, ahead = ahead, ahead + 1
        while behind < ahead < waiting:
            here = places.queue[behind]
            behind += 1
            for to in range(places.starts[here], places.starts[here + 1]):
                if seen[places.ends[to]] == now:
                    seen[places.ends[to]] = now + 1
                    places.queue[ahead] = places.ends[to]
                    ahead += 1
    return pieces


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
def measure(problem: Problem, label: Ints, k: int) -> tuple[Floats, Ints, Ints]:
    """Return of each grid what it costs (k,), its medoid (k,) and the number of its pieces (k,).

    Pieces are counted where the problem knows neighbours; else each grid is one.
    """
    room = np.bincount(label).max()
    grids = gather(problem.space, problem.load, problem.objective, label, k, room)
    medoid = gather(problem.space, problem.load, MEDIAN, label, k, room).medoid
    return grids.cost, medoid, shortcomings(problem, grids)[0]
