"""The search for grids, in three efforts. Each begins with the answer of the one below, so that none is ever worse.

fast       bisect the village, improve
standard   price the points; improve a few starts of every kind; put together the best answer from all grids met
best       better prices, and then the same round after round, some of the runs from the best answer
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gridplan.engine.model.grids import MEDIAN
from gridplan.engine.model.measure import appraise, measure
from gridplan.engine.model.problem import Problem
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.model.settings import Effort, Stop, never
from gridplan.engine.search.bisection import bisection, recut, stretched_bisection
from gridplan.engine.search.improve import anneal
from gridplan.engine.search.medoids import MedoidStarts, member_room
from gridplan.engine.search.mend import reconnect
from gridplan.engine.search.recombine import GridPool, UnsolvedError, grids_of, pool_of, recombine

MOVES = 60
"""Moves per point and run."""
WARM, TEPID, COLD = 1.0, 0.5, 0.02
"""Temperatures, as multiples of the median cost of a point: from the best answer, from a start; the last."""
SNAPSHOTS = 12
"""Answers kept of each run for the pool."""
FIRST_PRICES = 20
"""Steps towards prices where there is no plane to be halved."""
TRIED_PRICES, PRICING = 5, 0.25
"""Steps by which is found out how long one takes, and the share of a time limit that they may take together."""
POOLED = 400
"""Grids kept in the pool, for each grid of an answer."""
REPAIRS = 3
"""Times that grids in pieces are mended, each time from another answer, until none is."""


class Mix(NamedTuple):
    """How many runs of a round begin where."""

    systematic: int
    likely: int
    stretched: int
    recut: int
    best: int


class SearchBudget(NamedTuple):
    """What an effort adds to the one below: steps and moves, not seconds, alike on every machine."""

    prices: int
    """Steps towards the prices of points."""
    rounds: int
    """Times that all that was met is recombined."""
    mix: Mix
    choices: int
    """Grids met, for each grid of an answer, that are recombined."""


STANDARD = SearchBudget(60, 1, Mix(4, 1, 1, 2, 0), 12)
BEST = SearchBudget(400, 6, Mix(7, 2, 3, 4, 1), 26)


class Answer(NamedTuple):
    """Grids (n,), and how many moves were tried."""

    label: Ints
    moves: int


def search(
    problem: Problem, k: int, *, effort: Effort, seed: int, seconds: float | None = None, stop: Stop = never
) -> Answer:
    """Return k grids; with `seconds`, rounds of the best effort go on until they are over.

    Once `stop` says so no further run begins: the answer is the best one met, and at least that of a fast search.
    """
    if k == 1:
        return Answer(np.zeros(len(problem.load), np.int64), 0)
    climb = _Climb(problem, k, seed, _Clock(seconds), stop)
    if effort != "fast" or seconds is not None:
        climb.go_on(STANDARD)
    if seconds is not None:
        climb.go_on(BEST._replace(rounds=sys.maxsize))
    elif effort == "best":
        climb.go_on(BEST)
    return Answer(climb.best, climb.moves)


class _Clock:
    """How much time is left, and whether it is enough for a step that takes as long as the longest of its kind."""

    def __init__(self, seconds: float | None) -> None:
        self.limited = seconds is not None
        self._until = np.inf if seconds is None else time.monotonic() + seconds
        self._longest: dict[str, float] = {}

    @property
    def left(self) -> float:
        return max(self._until - time.monotonic(), 0.0)

    def allows(self, step: str) -> bool:
        return self._longest.get(step, 0.0) < self.left

    def within(self, share: float, step: str) -> int:
        """Return how many such steps a share of the time left is enough for."""
        return int(share * self.left / max(self._longest[step], 1e-6))

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._longest[step] = max(self._longest.get(step, 0.0), time.monotonic() - began)


class _Climb:
    """A search under way: the best answer so far, and all sound grids met."""

    def __init__(self, problem: Problem, k: int, seed: int, clock: _Clock, stop: Stop) -> None:
        """Begin with the answer of a fast search."""
        self._problem, self._k, self._clock, self._stop = problem, k, clock, stop
        self._in_plane = len(problem.space.xy) > 0
        self._random = np.random.default_rng(seed)
        self._pool: GridPool | None = None
        self.moves = 0
        self.best = self._run(self._first(), TEPID, 1, seed)[-1]
        self._mend(seed)

    @cached_property
    def _starts(self) -> MedoidStarts:
        return MedoidStarts(self._problem, self._k)

    def _first(self) -> Ints:
        """Return where a fast search begins: with a bisection, or likely medoids where there is no plane to halve."""
        if self._in_plane:
            return bisection(self._problem, self._k)
        self._starts.price(None, FIRST_PRICES)
        return self._starts.likely(self._random)

    def go_on(self, budget: SearchBudget) -> None:
        """Look for better answers, round after round, as long as there is time."""
        if self._over():
            return
        self._price(budget.prices)
        for _ in range(budget.rounds):
            answers = self._round(budget.mix)
            if not answers:
                break
            met = pool_of(self._problem, answers, self._k)
            pool = self._pool.union(met) if self._pool else met
            self._pool = pool.cheapest(self._worth(), POOLED * self._k)
            self._recombine(self._pool, budget.choices)
        self._mend(self._new_seed())

    def _round(self, mix: Mix) -> list[Ints]:
        """Return all answers (n,) met on runs of every kind, until there is no more time."""
        met: list[Ints] = []
        for start, hot in self._begin(mix):
            if self._over():
                break
            met += list(self._run(start, hot, SNAPSHOTS, self._new_seed()))
            self._take(met[-1])
        return met

    def _begin(self, mix: Mix) -> Iterator[tuple[Ints, float]]:
        """Yield where the runs of a round begin, and how hot."""
        problem, k, random = self._problem, self._k, self._random
        for _ in range(mix.systematic if self._in_plane else 0):
            yield self._starts.systematic(stretched_bisection(problem, k, random), random), TEPID
        for _ in range(mix.likely if self._in_plane else mix.systematic + mix.likely + mix.stretched):
            yield self._starts.likely(random), TEPID
        for _ in range(mix.stretched if self._in_plane else 0):
            yield stretched_bisection(problem, k, random), TEPID
        for _ in range(mix.recut if self._in_plane else 0):
            yield recut(problem, self.best, k, random), TEPID
        for _ in range(mix.best):
            yield self.best, WARM

    def _price(self, steps: int) -> None:
        """Go so many steps towards the prices of points, fewer if they would take too much of the time left."""
        walk = appraise(self._problem._replace(objective=MEDIAN), self.best, self._k)[-1]
        if self._clock.limited:
            with self._clock.timing("prices"):
                self._starts.price(walk, TRIED_PRICES)
            steps = min(steps, self._clock.within(PRICING, "prices") * TRIED_PRICES)
        if steps:
            self._starts.price(walk, steps)

    def _recombine(self, pool: GridPool, choices: int) -> None:
        """Take what can be put together from all grids met, if there is time to find it."""
        present, left = grids_of(self._problem, self.best, self._k), self._clock.left
        try:
            self._take(recombine(pool, present, self._worth(), choices, seconds=left))
        except UnsolvedError:
            if not self._clock.limited:
                raise

    def _worth(self) -> Floats:
        """Return what each point (n,) is worth to a grid: its price, or its share of what its grid costs now."""
        if self._problem.objective == MEDIAN:
            return self._starts.prices
        cost, size = measure(self._problem, self.best, self._k)[0], np.bincount(self.best)
        return np.asarray((cost / size)[self.best], float)

    def _run(self, start: Ints, hot: float, keep: int, seed: int) -> Ints:
        """Return the answers (keep, n) of a run, the last one last."""
        moves = MOVES * len(start)
        self.moves += moves
        with self._clock.timing("run"):
            room = member_room(self._problem, start)
            return anneal(self._problem, start, self._k, room, moves, hot, COLD, keep, seed)

    def _mend(self, seed: int) -> None:
        """Connect the grids of the best answer, if they have to be and a few repairs are enough."""
        label = self.best
        for turn in range(REPAIRS):
            if appraise(self._problem, self.best, self._k)[1] == 0:
                break
            joined = reconnect(self._problem, label, self._k)
            label = self._run(joined, WARM, 1, seed + turn)[-1]
            self._take(joined, label)

    def _take(self, *answers: Ints) -> None:
        """Take the best of the answers: that breaks the bounds least, then is in fewest pieces, then costs least."""
        self.best = min(self.best, *answers, key=lambda label: appraise(self._problem, label, self._k))

    def _over(self) -> bool:
        return self._stop() or not self._clock.allows("run")

    def _new_seed(self) -> int:
        return int(self._random.integers(2**31))
