"""Mends grids that lie in pieces, as a narrow way over a river may leave them: moves that keep every grid in one piece.

What is cut off from the main piece of its grid goes to grids beside it. Then grids that became too large or too small
hand one household on along the shortest path of neighbouring grids, until all sizes hold again. Where no such path is
left, a household is moved although that breaks a grid, whose pieces are then handed over in turn; each household only
once. Loads other than 1 are not evened out here: the search that follows brings them back within the bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Ints

Move = tuple[int, int, int]
"""A point, the grid that it leaves and the grid that it enters."""


def reconnected(problem: Problem, label: Ints, k: int) -> Ints:
    """Return grids (n,) like those of `label` with fewer in pieces, if they can be had within the bounds."""
    ground = _Ground(problem, label, k)
    for grid in range(k):
        ground.hand_over_strays(grid)
    for _ in range(len(label) if (problem.load == 1).all() else 0):
        wrong = [g for g in range(k) if not problem.least <= len(ground.members[g]) <= problem.most]
        if not any(ground.even_out(g) for g in wrong) and not any(ground.force(g) for g in wrong):
            break
    mended = label.copy()
    for grid, members in enumerate(ground.members):
        mended[list(members)] = grid
    return mended


class _Ground:
    """Points, who is beside whom, and the grid each is in."""

    def __init__(self, problem: Problem, label: Ints, k: int) -> None:
        self._problem = problem
        self.grid_of = label.tolist()
        self.forced: set[int] = set()
        self.members: list[set[int]] = [set() for _ in range(k)]
        for i, grid in enumerate(self.grid_of):
            self.members[grid].add(i)

    def beside(self, i: int) -> list[int]:
        """Return the points on the location of a point and on the neighbouring ones, ascending."""
        places = self._problem.places
        here = int(places.of[i])
        there = [here, *places.ends[places.starts[here] : places.starts[here + 1]].tolist()]
        found = {j for a in there for j in places.resident[places.first[a] : places.first[a + 1]].tolist()}
        return sorted(found - {i})

    def pieces(self, points: set[int]) -> list[set[int]]:
        """Return the points by the pieces that they hang together in, the largest first."""
        left, found = set(points), []
        while left:
            piece, todo = set(), [min(left)]
            while todo:
                i = todo.pop()
                if i in left:
                    left.remove(i)
                    piece.add(i)
                    todo += [j for j in self.beside(i) if j in left]
            found.append(piece)
        return sorted(found, key=len, reverse=True)

    def move(self, i: int, here: int, there: int) -> None:
        """Move a point from one grid into another."""
        self.members[here].remove(i)
        self.members[there].add(i)
        self.grid_of[i] = there

    def hand_over_strays(self, grid: int) -> None:
        """Give what is cut off from the main piece of a grid to the grids beside it, the smallest first."""
        strays = sorted(set().union(*self.pieces(self.members[grid])[1:]))
        while strays:
            around = {i: {self.grid_of[j] for j in self.beside(i)} - {grid} for i in strays}
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
            for j in self.beside(member):
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
            for j in self.beside(member):
                there = self.grid_of[j]
                if there == here or there in steps:
                    continue
                i, giver, taker = (member, here, there) if away else (j, there, here)
                if self._may_leave(i, giver):
                    steps[there] = (i, giver, taker)
        return list(steps.values())

    def _may_leave(self, i: int, grid: int) -> bool:
        return self._pieces_without(i, grid) <= len(self.pieces(self.members[grid]))

    def _pieces_without(self, i: int, grid: int) -> int:
        return len(self.pieces(self.members[grid] - {i}))

    def _along(self, came: dict[int, Move | None], end: int, start: int) -> bool:
        """Make the moves between start and end, the last first, as long as each still leaves no pieces."""
        at = end
        while (move := came[at]) is not None:
            i, giver, taker = move
            if not self._may_leave(i, giver) or not any(self.grid_of[j] == taker for j in self.beside(i)):
                return at != end
            self.move(i, giver, taker)
            at = giver if at == taker else taker
        return at == start
