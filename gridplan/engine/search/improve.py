"""The local search: simulated annealing over three kinds of moves, and no move that breaks a bound more than before.

Every move is a short list of exchanges (grid, who leaves, who enters):

    relocate  A - i        B + i
    swap      A - i + s    B - s + i
    chain     A - i        B - s + i    C + s

A move is first judged by the centres as they are, which costs a few distances; only what may be accepted is then
computed exactly. Connectedness is checked last, for it costs most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from gridplan.engine.model.distance import distance
from gridplan.engine.model.grids import MEDIAN, NOBODY, SSE, Grids, cost_after, enter, gather, leave, settle
from gridplan.engine.model.kernels import inlined
from gridplan.engine.model.measure import pieces_after, shortcomings
from gridplan.engine.model.problem import BREACH, Problem, breach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Ints

RELOCATE, CHAIN, BEST_SWAP = 0.4, 0.6, 0.85
"""Where the kinds of moves end on a line from 0 to 1; what is left are swaps with a random partner."""
WAYS_OUT = 4
"""The nearest locations whose grid a point may be pushed into to make room."""
SLACK = 1.0
"""How much better than its first estimate a move may turn out, in mean costs of a point."""


@inlined
def _random(state: NDArray[np.uint64]) -> float:
    """Return the next number of a 64-bit xorshift in [0, 1); the same on every machine."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@inlined
def _accepts(luck: float, longer: float, temperature: float) -> bool:
    """Metropolis, with exp(-x) as 1 / (1 + x/16)^16: the same bits on every machine, unlike exp."""
    if longer <= 0:
        return True
    odds = 1.0 + longer / temperature / 16.0
    odds *= odds
    odds *= odds
    odds *= odds
    odds *= odds
    return luck * odds < 1.0


@inlined
def _spoke(problem: Problem, grids: Grids, i: int, g: int) -> float:
    """Return what point i costs in grid g, the centre being where it is."""
    if grids.objective == MEDIAN:
        return distance(problem.space, i, grids.medoid[g])
    dx = problem.space.xy[i, 0] - grids.total[g, 0] / grids.size[g]
    dy = problem.space.xy[i, 1] - grids.total[g, 1] / grids.size[g]
    squared = dx * dx + dy * dy
    return squared if grids.objective == SSE else np.sqrt(squared)


@inlined
def _keeps_bounds(problem: Problem, grids: Grids, g: int, change: float) -> bool:
    """Return whether a grid whose load changes does not break the bounds more than before."""
    return breach(problem, grids.load[g] + change) <= breach(problem, grids.load[g]) + BREACH


@inlined
def _best_partner(problem: Problem, grids: Grids, i: int, home: int, away: int) -> int:
    """Return the member of `away` that would gain most from changing places with point i of `home`."""
    best, partner = np.inf, NOBODY
    for at in range(grids.size[away]):
        j = grids.member[away, at]
        change = problem.load[j] - problem.load[i]
        if change == 0.0 or (
            _keeps_bounds(problem, grids, home, change) and _keeps_bounds(problem, grids, away, -change)
        ):
            gain = _spoke(problem, grids, j, home) - _spoke(problem, grids, j, away)
            if gain < best:
                best, partner = gain, j
    return partner


@inlined
def _best_way_out(problem: Problem, grids: Grids, i: int, away: int, home: int) -> tuple[int, int]:
    """Return the member of `away` that could best leave it for a third grid, making room for i, and that grid."""
    places = problem.places
    best, leaver, third = np.inf, NOBODY, NOBODY
    for at in range(grids.size[away]):
        j = grids.member[away, at]
        if not _keeps_bounds(problem, grids, away, problem.load[i] - problem.load[j]):
            continue
        stay = _spoke(problem, grids, j, away)
        before = away
        for to in range(min(WAYS_OUT, places.near.shape[1])):
            g = grids.label[places.resident[places.first[places.near[places.of[j], to]]]]
            if g != before and g != away and g != home and _keeps_bounds(problem, grids, g, problem.load[j]):
                gain = _spoke(problem, grids, j, g) - stay
                if gain < best:
                    best, leaver, third = gain, j, g
            before = g
    return leaver, third


@inlined
def _propose(problem: Problem, grids: Grids, state: NDArray[np.uint64], move: Ints) -> int:
    """Write a move into `move` (3, 3), rows of (grid, leaver, enterer), and return its number of rows; 0 for none."""
    places = problem.places
    i = int(_random(state) * len(grids.label))
    near = places.near[places.of[i], int(_random(state) * places.near.shape[1])]
    first, last = places.first[near], places.first[near + 1]
    j = places.resident[first + int(_random(state) * (last - first))]
    home, away = grids.label[i], grids.label[j]
    if home == away or grids.size[home] == 1:
        return 0
    kind = _random(state)
    may_leave = kind < CHAIN and _keeps_bounds(problem, grids, home, -problem.load[i])
    if may_leave and kind < RELOCATE and _keeps_bounds(problem, grids, away, problem.load[i]):
        move[0, 0], move[0, 1], move[0, 2] = home, i, NOBODY
        move[1, 0], move[1, 1], move[1, 2] = away, NOBODY, i
        return 2
    if may_leave:
        leaver, third = _best_way_out(problem, grids, i, away, home)
        if leaver != NOBODY:
            move[0, 0], move[0, 1], move[0, 2] = home, i, NOBODY
            move[1, 0], move[1, 1], move[1, 2] = away, leaver, i
            move[2, 0], move[2, 1], move[2, 2] = third, NOBODY, leaver
            return 3
    if kind < BEST_SWAP:
        partner = _best_partner(problem, grids, i, home, away)
    else:
        partner = grids.member[away, int(_random(state) * grids.size[away])]
        change = problem.load[partner] - problem.load[i]
        if change != 0.0 and not (
            _keeps_bounds(problem, grids, home, change) and _keeps_bounds(problem, grids, away, -change)
        ):
            return 0
    if partner == NOBODY:
        return 0
    move[0, 0], move[0, 1], move[0, 2] = home, i, partner
    move[1, 0], move[1, 1], move[1, 2] = away, partner, i
    return 2


@inlined
def _estimate(problem: Problem, grids: Grids, move: Ints, rows: int) -> float:
    """Return by how much the cost would grow if no centre moved; in truth it is rarely much less."""
    longer = 0.0
    for row in range(rows):
        g, leaver, enterer = move[row, 0], move[row, 1], move[row, 2]
        if leaver != NOBODY:
            longer -= _spoke(problem, grids, leaver, g)
        if enterer != NOBODY:
            longer += _spoke(problem, grids, enterer, g)
    return longer


@inlined
def _mended(problem: Problem, grids: Grids, move: Ints, rows: int) -> float:
    """Return by how much a move lessens what the bounds are broken by."""
    less = 0.0
    for row in range(rows):
        g, leaver, enterer = move[row, 0], move[row, 1], move[row, 2]
        load = grids.load[g]
        less += breach(problem, load)
        if leaver != NOBODY:
            load -= problem.load[leaver]
        if enterer != NOBODY:
            load += problem.load[enterer]
        less -= breach(problem, load)
    return less


@inlined
def _any_torn(pieces: Ints, move: Ints, rows: int) -> bool:
    torn = False
    for row in range(rows):
        torn |= pieces[move[row, 0]] > 1
    return torn


@inlined
def _more_pieces(problem: Problem, grids: Grids, pieces: Ints, move: Ints, rows: int, after: Ints) -> int:
    more = 0
    for row in range(rows):
        g = move[row, 0]
        after[row] = pieces_after(problem.places, grids, g, move[row, 1], move[row, 2])
        more += after[row] - pieces[g]
    return more


@inlined
def _carry_out(problem: Problem, grids: Grids, move: Ints, rows: int) -> None:
    for row in range(rows):
        if move[row, 1] != NOBODY:
            leave(problem.space, problem.load, grids, move[row, 0], move[row, 1])
    for row in range(rows):
        if move[row, 2] != NOBODY:
            enter(problem.space, problem.load, grids, move[row, 0], move[row, 2])
        settle(problem.space, grids, move[row, 0])


@njit(cache=True)
def anneal(
    problem: Problem, label: Ints, k: int, room: int, moves: int, hot: float, cold: float, keep: int, seed: int
) -> Ints:
    """Return labels (keep, n): the answer last, and before it those that were met on the way, most of them late.

    Parameters
    ----------
    problem
        What is to be cut.
    label
        (n,) where to start; grids that break the bounds may, they are mended on the way.
    k, room
        The number of grids, and how many members one may ever have.
    moves
        How many moves are tried.
    hot, cold
        The first and the last temperature, as multiples of the median cost of a point.
    keep
        How many answers to return.
    seed
        The same seed gives the same answer on every machine.
    """
    n = len(label)
    grids = gather(problem.space, problem.load, problem.objective, label, k, room)
    pieces, broken = shortcomings(problem, grids)
    apart = pieces.sum() - k
    met = np.empty((keep, n), np.int64)
    met[:] = label
    state = np.array([np.uint64(seed) * np.uint64(2) + np.uint64(88172645463325253)], np.uint64)
    move, after = np.empty((3, 3), np.int64), np.ones(3, np.int64)
    each = max(np.median(grids.cost / np.maximum(grids.size, 1)), 1e-9)
    temperature, slack = hot * each, SLACK * each
    cooling = (cold / hot) ** (100.0 / max(100, moves))
    kept = 0
    for turn in range(moves):
        if turn % 100 == 99:
            temperature *= cooling
        if kept < keep - 1 and 2 * turn * keep >= moves * (keep + kept):
            met[kept] = grids.label
            kept += 1
        rows = _propose(problem, grids, state, move)
        if rows == 0:
            continue
        luck = _random(state)
        mended = _mended(problem, grids, move, rows) if broken > BREACH else 0.0
        torn = apart > 0 and _any_torn(pieces, move, rows)
        must = mended > BREACH or torn
        if not must and not _accepts(luck, _estimate(problem, grids, move, rows) - slack, temperature):
            continue
        longer = 0.0
        for row in range(rows):
            g = move[row, 0]
            longer += cost_after(problem.space, grids, g, move[row, 1], move[row, 2]) - grids.cost[g]
        welcome = mended > BREACH or _accepts(luck, longer, temperature)
        if problem.connected and (welcome or torn):
            more = _more_pieces(problem, grids, pieces, move, rows, after)
            welcome = more < 0 or (more == 0 and welcome)
        if welcome:
            broken -= mended
            for row in range(rows):
                g = move[row, 0]
                apart += after[row] - pieces[g] if problem.connected else 0
                pieces[g] = after[row]
            _carry_out(problem, grids, move, rows)
    met[keep - 1] = grids.label
    return met
