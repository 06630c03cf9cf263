"""Grids that are too large or too small are brought within bounds by moving points along the cheapest paths of grids.

A grid with one point too many hands one on to a neighbour, which hands one on in turn, until a grid has room; a grid
with one too few is handed one the same way. Dijkstra's search goes no further than it has to. Points of load 1 only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import distance
from gridplan.engine.model.grids import MEDIAN, NOBODY, enter, gather, leave, settle

if TYPE_CHECKING:
    from gridplan.engine.model.grids import Grids
    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

LEAST_STEP = 1e-9
"""Of a path; a step that gains counts as this, for Dijkstra's sake."""


@njit(cache=True)
def mended(problem: Problem, label: Ints, k: int, room: int) -> Ints:
    """Return grids (n,) within the bounds, if k grids can be."""
    grids = gather(problem.space, problem.load, MEDIAN, label, k, room)
    length, before, carried = np.empty(k), np.empty(k, np.int64), np.empty(k, np.int64)
    for g in range(k):
        while grids.size[g] > problem.most or grids.size[g] < problem.least:
            away = grids.size[g] > problem.most
            end = _shortest(problem, grids, g, away, length, before, carried)
            if end == NOBODY:
                end = _straight(problem, grids, g, away, before, carried)
            if end == NOBODY:
                return grids.label
            while end != g:
                i, other = carried[end], before[end]
                giver, taker = (other, end) if away else (end, other)
                leave(problem.space, problem.load, grids, giver, i)
                enter(problem.space, problem.load, grids, taker, i)
                settle(problem.space, grids, giver)
                settle(problem.space, grids, taker)
                end = other
    return grids.label


@njit(cache=True)
def _straight(problem: Problem, grids: Grids, start: int, away: bool, before: Ints, carried: Ints) -> int:
    """Return the grid, however far, that can best take a point from `start`, or give it one."""
    best, end = np.inf, NOBODY
    for there in range(len(grids.size)):
        if there == start or not (grids.size[there] < problem.most if away else grids.size[there] > problem.least):
            continue
        giver, taker = (start, there) if away else (there, start)
        for seat in range(grids.size[giver]):
            i = grids.member[giver, seat]
            step = distance(problem.space, i, grids.medoid[taker]) - distance(problem.space, i, grids.medoid[giver])
            if step < best:
                best, end = step, there
                before[there], carried[there] = start, i
    return end


@njit(cache=True)
def _shortest(
    problem: Problem, grids: Grids, start: int, away: bool, length: Floats, before: Ints, carried: Ints
) -> int:
    """Return the grid that can best take a point from `start`, or give it one, having written the path to it."""
    places = problem.places
    length[:] = np.inf
    length[start] = 0.0
    done = np.zeros(len(length), np.bool_)
    reached = [start]
    while len(reached) > 0:
        at = 0
        for other in range(1, len(reached)):
            if length[reached[other]] < length[reached[at]]:
                at = other
        here = reached.pop(at)
        if done[here]:
            continue
        done[here] = True
        if here != start and (grids.size[here] < problem.most if away else grids.size[here] > problem.least):
            return here
        for seat in range(grids.size[here]):
            member = grids.member[here, seat]
            for near in places.near[places.of[member]]:
                neighbour = places.resident[places.first[near]]
                there = grids.label[neighbour]
                if done[there]:
                    continue
                i, giver, taker = (member, here, there) if away else (neighbour, there, here)
                step = distance(problem.space, i, grids.medoid[taker]) - distance(problem.space, i, grids.medoid[giver])
                if length[here] + max(step, LEAST_STEP) < length[there]:
                    length[there] = length[here] + max(step, LEAST_STEP)
                    before[there], carried[there] = here, i
                    reached.append(there)
    return NOBODY
