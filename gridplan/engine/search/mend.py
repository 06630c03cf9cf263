"""Grids are mended: brought within the bounds by moving points along the cheapest paths of grids, and reconnected.

`mend_sizes`: a grid with one point too many hands one on to a neighbour, which hands one on in turn, until a grid has
room; a grid with one too few is handed one the same way. Dijkstra's search goes no further than it has to. Points of
load 1 only, connected or not.

`reconnect`: grids that lie in pieces, as a narrow way over a river may leave them, give what is cut off from their main
piece to grids beside it. Then grids that became too large or too small hand one point on along the shortest path
of neighbouring grids, by moves that leave every grid in one piece, until all sizes hold again. Where no such path is
left, a point is moved although that breaks a grid, whose pieces are then handed over in turn; each point only once.
Loads other than 1 are not evened out here: the search that follows brings them back within the bounds.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import distance
from gridplan.engine.model.grids import MEDIAN, NOBODY, enter, gather, leave, settle

if TYPE_CHECKING:
    from gridplan.engine.model.grids import Grids
    from gridplan.engine.model.problem import Places, Problem
    from gridplan.engine.model.proximity import Floats, Ints

LEAST_STEP = 1e-9
"""Of a path; a step that gains counts as this, for Dijkstra's sake."""

Move = tuple[int, int, int]
"""A point, the grid that it leaves and the grid that it enters."""


@njit(cache=True)
def mend_sizes(problem: Problem, label: Ints, k: int, room: int) -> Ints:
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


def reconnect(problem: Problem, label: Ints, k: int) -> Ints:
    """Return grids (n,) like those of `label` with fewer in pieces, if they can be had within the bounds."""
    membership = _Membership(problem, label, k)
    for grid in range(k):
        membership.hand_over_strays(grid)
    for _ in range(len(label) if (problem.load == 1).all() else 0):
        wrong = [g for g in range(k) if not problem.least <= len(membership.members[g]) <= problem.most]
        if not any(membership.even_out(g) for g in wrong) and not any(membership.force(g) for g in wrong):
            break
    return np.array(membership.grid_of, np.int64)


class _Membership:
    """Points, their neighbours, and the grid each is in."""

    def __init__(self, problem: Problem, label: Ints, k: int) -> None:
        self._problem = problem
        self.grid_of = label.tolist()
        self.forced: set[int] = set()
        self.members: list[set[int]] = [set() for _ in range(k)]
        for i, grid in enumerate(self.grid_of):
            self.members[grid].add(i)
        self.beside = _beside(problem.places)

    def pieces(self, points: set[int]) -> list[set[int]]:
        """Return the points by the pieces that they hang together in, the largest first."""
        left, found = set(points), []
        while left:
            found.append(self._piece(min(left), left))
            left -= found[-1]
        return sorted(found, key=len, reverse=True)

    def _piece(self, start: int, points: set[int]) -> set[int]:
        """Return those of the points that hang together with one of them."""
        piece, todo = {start}, [start]
        while todo:
            near = points.intersection(self.beside[todo.pop()]) - piece
            piece |= near
            todo += near
        return piece

    def move(self, i: int, here: int, there: int) -> None:
        """Move a point from one grid into another."""
        self.members[here].remove(i)
        self.members[there].add(i)
        self.grid_of[i] = there

    def hand_over_strays(self, grid: int) -> None:
        """Give what is cut off from the main piece of a grid to the grids beside it, the smallest first."""
        strays = sorted(set().union(*self.pieces(self.members[grid])[1:]))
        while strays:
            around = {i: {self.grid_of[j] for j in self.beside[i]} - {grid} for i in strays}
            reached = [i for i in strays if around[i]]
            if not reached:
                return
            i = reached[0]
            self.move(i, grid, min(around[i], key=lambda g: (len(self.members[g]), g)))
            strays.remove(i)

    def even_out(self, start: int) -> bool:
        """Bring a grid one household nearer to the bounds, over as few other grids as possible; False if no way is."""
        least, most = self._problem.least, self._problem.most
        away = len(self.members[start]) > most
        came: dict[int, Move | None] = {start: None}
        todo = [start]
        for here in todo:
            size = len(self.members[here])
            if here != start and (size < most if away else size > least):
                return self._along(came, here, start)
            for i, giver, taker in self._steps(here, away):
                there = taker if away else giver
                if there not in came:
                    came[there] = (i, giver, taker)
                    todo.append(there)
        return False

    def force(self, grid: int) -> bool:
        """Bring a grid one household nearer to the bounds although another breaks; False if all have been tried."""
        away = len(self.members[grid]) > self._problem.most
        moves = []
        for member in sorted(self.members[grid]):
            for j in self.beside[member]:
                if (there := self.grid_of[j]) != grid:
                    moves.append((member, grid, there) if away else (j, there, grid))
        open_ = [
            (self._pieces_without(i, giver), len(self.members[taker]), i, giver, taker)
            for i, giver, taker in moves
            if i not in self.forced
        ]
        if not open_:
            return False
        *_, i, giver, taker = min(open_)
        self.forced.add(i)
        self.move(i, giver, taker)
        self.hand_over_strays(giver)
        return True

    def _steps(self, here: int, away: bool) -> list[Move]:
        """Return a move from this grid into each neighbour, or from each neighbour into it, that leaves no pieces."""
        steps: dict[int, Move] = {}
        for member in sorted(self.members[here]):
            for j in self.beside[member]:
                there = self.grid_of[j]
                if there == here or there in steps:
                    continue
                i, giver, taker = (member, here, there) if away else (j, there, here)
                if self._may_leave(i, giver):
                    steps[there] = (i, giver, taker)
        return list(steps.values())

    def _may_leave(self, i: int, grid: int) -> bool:
        """Return whether the points of a grid beside one of its points hang together without it."""
        others = self.members[grid] - {i}
        near = others.intersection(self.beside[i])
        return not near or near <= self._piece(min(near), others)

    def _pieces_without(self, i: int, grid: int) -> int:
        return len(self.pieces(self.members[grid] - {i}))

    def _along(self, came: dict[int, Move | None], end: int, start: int) -> bool:
        """Make the moves between start and end, the last first, as long as each still leaves no pieces."""
        at = end
        while (move := came[at]) is not None:
            i, giver, taker = move
            if not self._may_leave(i, giver) or not any(self.grid_of[j] == taker for j in self.beside[i]):
                return at != end
            self.move(i, giver, taker)
            at = giver if at == taker else taker
        return at == start


def _beside(places: Places) -> list[list[int]]:
    """Return for each point those on its location, itself too, and on the neighbouring ones, ascending."""
    resident, ends = places.resident.tolist(), places.ends.tolist()
    on = [resident[start:end] for start, end in pairwise(places.first.tolist())]
    around = [
        sorted(chain(on[here], *(on[there] for there in ends[start:end])))
        for here, (start, end) in enumerate(pairwise(places.starts.tolist()))
    ]
    return [around[here] for here in places.of.tolist()]
