"""Grids while they are worked on: what each costs, what it would cost after an exchange, and how to carry one out.

An exchange is (grid, who leaves, who enters), NOBODY standing for no one. Three objectives share the page:

    median     sum of distances to the medoid, the member that makes it smallest: row sums are kept up to date, and
               a question costs one pass over the members
    centroid   sum of distances to the mean: moments are kept, and a question costs one pass over the members
    sse        sum of squared distances to the mean: moments are kept, and a question costs nothing
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

import numpy as np
from numba import njit

from gridplan.engine.model.distance import Space, distance
from gridplan.engine.model.kernels import inlined

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints

Objective = Literal["median", "centroid", "sse"]
MEDIAN, CENTROID, SSE = range(len(get_args(Objective)))
NOBODY: Final = -1


class Grids(NamedTuple):
    """The grids of a village while they are worked on; every array is changed in place."""

    objective: int
    label: Ints
    """(n,) the grid of each point."""
    slot: Ints
    """(n,) its place among the members."""
    size: Ints
    """(k,) members of each grid."""
    member: Ints
    """(k, room) the members of each grid, in no order."""
    load: Floats
    """(k,) the sum of their loads."""
    cost: Floats
    """(k,)"""
    medoid: Ints
    """(k,) the member nearest to all; kept for the objective median only."""
    row_sum: Floats
    """(n,) distance from each point to all of its grid; kept for the objective median only."""
    total: Floats
    """(k, 3) sums of x, y and x*x + y*y; kept for the objectives centroid and sse only."""


@inlined
def cost_after(space: Space, grids: Grids, g: int, leaver: int, enterer: int) -> float:
    """Return what grid g would cost after an exchange."""
    if grids.objective == MEDIAN:
        return _walk_after(space, grids, g, leaver, enterer)
    x, y, squares, size = grids.total[g, 0], grids.total[g, 1], grids.total[g, 2], grids.size[g]
    if leaver != NOBODY:
        leave_x, leave_y = space.xy[leaver]
        x, y, squares, size = x - leave_x, y - leave_y, squares - (leave_x * leave_x + leave_y * leave_y), size - 1
    if enterer != NOBODY:
        enter_x, enter_y = space.xy[enterer]
        x, y, squares, size = x + enter_x, y + enter_y, squares + (enter_x * enter_x + enter_y * enter_y), size + 1
    if size == 0:
        return 0.0
    if grids.objective == SSE:
        return max(squares - (x * x + y * y) / size, 0.0)
    return _spokes(space, grids, g, leaver, enterer, x / size, y / size)


@inlined
def _walk_after(space: Space, grids: Grids, g: int, leaver: int, enterer: int) -> float:
    best, enterer_sum = np.inf, 0.0
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        if j == leaver:
            continue
        row_sum = grids.row_sum[j]
        if leaver != NOBODY:
            row_sum -= distance(space, j, leaver)
        if enterer != NOBODY:
            apart = distance(space, j, enterer)
            row_sum += apart
            enterer_sum += apart
        best = min(best, row_sum)
    if enterer != NOBODY:
        return min(best, enterer_sum)
    return best if best < np.inf else 0.0


@inlined
def _spokes(space: Space, grids: Grids, g: int, leaver: int, enterer: int, x: float, y: float) -> float:
    """Return the sum of distances from (x, y) to the members as they will be."""
    length = 0.0
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        if j != leaver:
            length += np.sqrt((space.xy[j, 0] - x) ** 2 + (space.xy[j, 1] - y) ** 2)
    if enterer != NOBODY:
        length += np.sqrt((space.xy[enterer, 0] - x) ** 2 + (space.xy[enterer, 1] - y) ** 2)
    return length


@inlined
def leave(space: Space, load: Floats, grids: Grids, g: int, i: int) -> None:
    """Let member i leave grid g; its cost is to be settled afterwards."""
    grids.size[g] -= 1
    last = grids.member[g, grids.size[g]]
    grids.member[g, grids.slot[i]] = last
    grids.slot[last] = grids.slot[i]
    _tally(space, load, grids, g, i, -1.0)


@inlined
def enter(space: Space, load: Floats, grids: Grids, g: int, i: int) -> None:
    """Let point i, which is in no grid, enter grid g; its cost is to be settled afterwards."""
    _tally(space, load, grids, g, i, 1.0)
    grids.member[g, grids.size[g]] = i
    grids.slot[i] = grids.size[g]
    grids.size[g] += 1
    grids.label[i] = g


@inlined
def _tally(space: Space, load: Floats, grids: Grids, g: int, i: int, sign: float) -> None:
    """Bring the running sums of grid g up to date for a point that is about to enter it, or has just left."""
    grids.load[g] += sign * load[i]
    if grids.objective != MEDIAN:
        x, y = space.xy[i]
        grids.total[g, 0] += sign * x
        grids.total[g, 1] += sign * y
        grids.total[g, 2] += sign * (x * x + y * y)
        return
    own = 0.0
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        apart = distance(space, i, j)
        grids.row_sum[j] += sign * apart
        own += apart
    grids.row_sum[i] = own


@inlined
def settle(space: Space, grids: Grids, g: int) -> None:
    """Bring the cost of grid g up to date, and its medoid."""
    if grids.objective != MEDIAN:
        grids.cost[g] = cost_after(space, grids, g, NOBODY, NOBODY)
        return
    grids.cost[g] = np.inf if grids.size[g] else 0.0
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        if grids.row_sum[j] < grids.cost[g]:
            grids.cost[g], grids.medoid[g] = grids.row_sum[j], j


@njit(cache=True)
def gather(space: Space, load: Floats, objective: int, label: Ints, k: int, room: int) -> Grids:
    """Return the grids that labels (n,) describe, with room for so many members in each."""
    n = len(label)
    grids = Grids(
        objective,
        label.copy(),
        np.zeros(n, np.int64),
        np.zeros(k, np.int64),
        np.empty((k, room), np.int64),
        np.zeros(k),
        np.zeros(k),
        np.zeros(k, np.int64),
        np.zeros(n),
        np.zeros((k, 3)),
    )
    for i in range(n):
        enter(space, load, grids, label[i], i)
    for g in range(k):
        settle(space, grids, g)
    return grids
