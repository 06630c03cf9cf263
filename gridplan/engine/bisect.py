"""A balanced start: halve the village along its longest side, at a wide gap, until every part is one grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from gridplan.engine.proximity import Floats, Ints

EVENLY_SPREAD_GAP = 0.002
"""Share of the length that counts as a gap everywhere, so that without gaps the middle wins."""


@njit(cache=True)
def bisect(xy: Floats, k: int, least: int, most: int) -> Ints:
    """Return the part (n,) of each point (n, 2): k parts of `least` to `most` points. Needs k*least <= n <= k*most.

    A cut hands k' grids to one side only if that side's size can be made of k' grids and the rest of k - k', so no
    part can end outside the bounds.
    """
    part = np.zeros(len(xy), np.int64)
    order = np.arange(len(xy))
    todo = [(0, len(xy), 0, k)]
    while len(todo) > 0:
        start, stop, first, grids = todo.pop()
        if grids == 1:
            part[order[start:stop]] = first
            continue
        along = _longest_side(xy[order[start:stop]])
        turn = np.argsort(along, kind="mergesort")
        order[start:stop] = order[start:stop][turn]
        grids_left, left = _widest_fair_gap(along[turn], grids, least, most)
        todo.append((start, start + left, first, grids_left))
        todo.append((start + left, stop, first + grids_left, grids - grids_left))
    return part


@njit(cache=True)
def _longest_side(points: Floats) -> Floats:
    """Return each point's place along the axis of greatest variance."""
    x, y = points[:, 0] - points[:, 0].mean(), points[:, 1] - points[:, 1].mean()
    xx, yy, xy = (x * x).sum(), (y * y).sum(), (x * y).sum()
    half = (xx - yy) / 2
    radius = np.sqrt(half * half + xy * xy)
    east, north = (half + radius, xy) if half >= 0 else (xy, radius - half)
    return x * east + y * north


@njit(cache=True)
def _widest_fair_gap(along: Floats, grids: int, least: int, most: int) -> tuple[int, int]:
    """Return how many grids and how many points go to the left."""
    n = len(along)
    spread = EVENLY_SPREAD_GAP * (along[-1] - along[0]) + 1e-9
    best, best_grids, best_left = -1.0, 0, 0
    reach = max(1, grids // 4)
    for grids_left in range(max(1, grids // 2 - reach), min(grids - 1, grids // 2 + reach) + 1):
        grids_right = grids - grids_left
        fewest, greatest = (
            max(grids_left * least, n - grids_right * most),
            min(grids_left * most, n - grids_right * least),
        )
        for left in range(fewest, greatest + 1):
            unfair = 8 * abs(left / n - grids_left / grids) + abs(2 * grids_left / grids - 1)
            worth = (along[left] - along[left - 1] + spread) / (1 + unfair)
            if worth > best:
                best, best_grids, best_left = worth, grids_left, left
    return best_grids, best_left
