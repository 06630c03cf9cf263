"""The search for grids: starts, improvement and recombination, one after the other.

fast       bisect the village, improve
standard   price the points, start around the medoids that the prices point to, improve; the best of two such runs
               and of a fast search
best       the same many times over; every grid met is kept, and the best answer is put together from all of them
"""

from __future__ import annotations

import time
from itertools import count
from typing import NamedTuple

import numpy as np

from gridplan.engine.model.measure import appraise
from gridplan.engine.model.problem import Problem
from gridplan.engine.model.proximity import Ints
from gridplan.engine.model.settings import Effort, Stop, never
from gridplan.engine.search.improve import anneal
from gridplan.engine.search.mend import reconnect
from gridplan.engine.search.recombine import pool_of, recombine
from gridplan.engine.search.starts import MedoidStarts, bisection, member_room

WARM, TEPID, COLD = 1.0, 0.5, 0.02
"""Temperatures, as multiples of the median cost of a point: from an answer, from medoids; the last."""
SNAPSHOTS = 12
"""Answers kept of each run for the pool."""
REPAIRS = 3
"""Times that grids in pieces are mended, each time from another answer, until none is."""


class SearchBudget(NamedTuple):
    """How much is tried: steps and moves, not seconds, alike on every machine."""

    prices: int
    """Steps towards the prices of points; without any, the search starts from a bisection."""
    moves: int
    """Moves per point and run."""
    runs: int
    """Runs from medoids, in each round if there are any."""
    rounds: int
    """Times that all that was met is recombined; from the second on there are half as many runs from the best, too."""


BUDGETS: dict[Effort, SearchBudget] = {
    "fast": SearchBudget(0, 60, 1, 0),
    "standard": SearchBudget(20, 60, 2, 0),
    "best": SearchBudget(400, 60, 8, 6),
}


class Answer(NamedTuple):
    """Grids (n,), and how many moves were tried."""

    label: Ints
    moves: int


def search(
    problem: Problem, k: int, *, effort: Effort, seed: int, seconds: float | None = None, stop: Stop = never
) -> Answer:
    """Return k grids; with `seconds`, rounds of the best effort go on until they are over.

    Once `stop` says so no further run begins: the answer is the best one met, or that of a fast search if it is better
    or nothing has begun.
    """
    if k == 1:
        return Answer(np.zeros(len(problem.load), np.int64), 0)
    budget = BUDGETS["fast" if stop() else "best" if seconds is not None else effort]
    in_plane = len(problem.space.xy) > 0
    if not budget.prices and in_plane:
        answer = _from_bisection(problem, k, budget, seed)
    else:
        medoids = MedoidStarts(problem, k, budget.prices or BUDGETS["standard"].prices)
        if budget.rounds:
            answer = _in_rounds(problem, k, budget, medoids, seed, seconds, stop)
        else:
            answer = _from_medoids(problem, k, budget, medoids, seed, stop)
        if in_plane and (stop() or not budget.rounds):  # the prices may have pointed to the wrong medoids
            fast = _from_bisection(problem, k, BUDGETS["fast"], seed)
            answer = Answer(_best(problem, [answer.label, fast.label], k), answer.moves + fast.moves)
    return _connected(problem, k, budget, answer, seed)


def _from_bisection(problem: Problem, k: int, budget: SearchBudget, seed: int) -> Answer:
    label = _run(problem, bisection(problem, k), k, budget.moves, TEPID, 1, seed)[-1]
    return Answer(label, budget.moves * len(label))


def _from_medoids(
    problem: Problem, k: int, budget: SearchBudget, medoids: MedoidStarts, seed: int, stop: Stop
) -> Answer:
    """Return the best of a few runs."""
    seeds = range(seed, seed + budget.runs)
    runs = [
        _run(problem, medoids.start(one), k, budget.moves, TEPID, 1, one)[-1]
        for one in seeds
        if one == seed or not stop()
    ]
    return Answer(_best(problem, runs, k), len(runs) * budget.moves * len(problem.load))


def _in_rounds(
    problem: Problem, k: int, budget: SearchBudget, medoids: MedoidStarts, seed: int, seconds: float | None, stop: Stop
) -> Answer:
    """Return what can be put together from the grids of many runs, round after round."""
    until = None if seconds is None else time.monotonic() + seconds
    seeds, n = count(seed), len(problem.load)
    best = _run(problem, medoids.start(next(seeds)), k, budget.moves, TEPID, 1, next(seeds))[-1]
    pool, moves, turn, longest = pool_of(problem, [best], k), budget.moves * n, 0, 0.0
    while not stop() and (turn < budget.rounds if until is None else time.monotonic() + longest < until):
        began = time.monotonic()
        starts = [(medoids.start(next(seeds)), TEPID) for _ in range(budget.runs)]
        starts += [(best, WARM)] * (budget.runs // 2 if turn else 0)
        for start, hot in starts:
            if stop():
                return Answer(best, moves)
            met = _run(problem, start, k, budget.moves, hot, SNAPSHOTS, next(seeds))
            pool = pool.union(pool_of(problem, met, k))
            best, moves = _best(problem, [best, met[-1]], k), moves + budget.moves * n
        best = recombine(pool, best, appraise(problem, best, k)[-1], k)
        turn, longest = turn + 1, max(longest, time.monotonic() - began)
    return Answer(best, moves)


def _connected(problem: Problem, k: int, budget: SearchBudget, answer: Answer, seed: int) -> Answer:
    """Return an answer whose grids are connected, if they have to be and a few repairs are enough."""
    best, label, moves = answer.label, answer.label, answer.moves
    for turn in range(REPAIRS):
        if appraise(problem, best, k)[1] == 0:
            break
        joined = reconnect(problem, label, k)
        label = _run(problem, joined, k, budget.moves, WARM, 1, seed + turn)[-1]
        best, moves = _best(problem, [best, joined, label], k), moves + budget.moves * len(label)
    return Answer(best, moves)


def _run(problem: Problem, start: Ints, k: int, moves: int, hot: float, keep: int, seed: int) -> Ints:
    room = member_room(problem, start)
    return anneal(problem, start, k, room, moves * len(start), hot, COLD, keep, seed)


def _best(problem: Problem, answers: list[Ints], k: int) -> Ints:
    """Return the answer that breaks the bounds least, then the one in fewest pieces, then the one that costs least."""
    return answers[min(range(len(answers)), key=lambda at: (*appraise(problem, answers[at], k), at))]
