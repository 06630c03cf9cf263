"""How far grids are from the best there can be; for small villages, the best there is."""

from __future__ import annotations

import time

from gridplan.engine.model.deadline import Deadline
from gridplan.engine.model.measure import measure
from gridplan.engine.model.problem import Problem
from gridplan.engine.model.proximity import Ints
from gridplan.engine.model.settings import Stop, never
from gridplan.engine.proof.bound import Bound, MedianProblem, lower_bound
from gridplan.engine.proof.exact import prove, split_far

PROVABLE = 5_000
"""Points above which no bound is worked out: it would take long and be coarse."""
PROVEN = 300
"""Points up to which the best grids are sought until they are proven, whatever time that takes."""
PROVEN_IN_TIME = 1_500
"""Points up to which this is tried within a time limit."""
STEPS, TIMED = 1_000, 20
"""Steps towards the best bound, and those of them by which is found out how long one takes."""
BOUND = 0.5
"""Share of the time left that the bound may take if a proof is to follow."""


def provable(n: int, seconds: float | None) -> bool:
    """Return whether a proof is worth a try: there are few points, or more and a time limit."""
    return n <= (PROVEN if seconds is None else PROVEN_IN_TIME)


def certify(
    problem: Problem, label: Ints, *, thorough: bool, seconds: float | None = None, stop: Stop = never
) -> tuple[Ints, float | None]:
    """Return grids (n,) as good as `label` (n,) or better, and what none of as many grids can cost less than.

    The bound knows nothing of neighbours, so it holds for connected grids too; it is None above `PROVABLE` points. A
    `thorough` search for a proof may find better grids; these are taken unless they have to be connected and are not.
    Where there are too many points for one, the bound is made higher if some of them are far from all others.
    Once `stop` says so, or the `seconds` of both together are over, a proof ends between its steps with what is known,
    and what has not begun is left out.
    """
    deadline = Deadline(seconds)
    n, k = len(label), int(label.max()) + 1
    if n > PROVABLE or stop():
        return label, None
    costs, _, pieces = measure(problem, label, k)
    median = MedianProblem.of(problem.space, problem.load, fewest=k, greatest=k, least=problem.least, most=problem.most)
    proving = thorough and provable(n, seconds)
    bound = _bound(median, float(costs.sum()), deadline.share(BOUND if proving else 1.0))
    if stop():
        return label, bound.value
    if not proving:
        is_split = thorough and seconds is None
        return label, split_far(median, bound, float(costs.sum()), stop) if is_split else bound.value
    better, lower = prove(median, bound, label, seconds=deadline.left, stop=stop)
    if problem.connected and measure(problem, better, k)[2].sum() > pieces.sum():
        better = label
    return better, lower


def _bound(median: MedianProblem, walk: float, deadline: Deadline) -> Bound:
    """Return the bound, after fewer steps if there is no time for all of them."""
    if deadline.left is None:
        return lower_bound(median, walk, iterations=STEPS)
    began = time.monotonic()
    bound = lower_bound(median, walk, iterations=TIMED)
    steps = min(STEPS, TIMED * deadline.left / (time.monotonic() - began)) - TIMED
    return bound if steps < 1 else lower_bound(median, walk, iterations=int(steps), start=bound)
