"""How far grids are from the best there can be; for small villages, the best there is."""

from __future__ import annotations

from gridplan.engine.model.measure import measure
from gridplan.engine.model.problem import Problem
from gridplan.engine.model.proximity import Ints
from gridplan.engine.model.settings import Stop, never
from gridplan.engine.proof.bound import MedianProblem, lower_bound
from gridplan.engine.proof.exact import prove

PROVABLE = 5_000
"""Points above which no bound is worked out: it would take long and be coarse."""
PROVEN = 150
"""Points up to which the best grids are sought until they are proven, whatever time that takes."""
PROVEN_IN_TIME = 1_500
"""Points up to which this is tried within a time limit."""


def provable(n: int, seconds: float | None) -> bool:
    """Return whether a proof is worth a try: there are few points, or more and a time limit."""
    return n <= (PROVEN if seconds is None else PROVEN_IN_TIME)


def certify(
    problem: Problem, label: Ints, *, thorough: bool, seconds: float | None = None, stop: Stop = never
) -> tuple[Ints, float | None]:
    """Return grids (n,) as good as `label` (n,) or better, and what none of as many grids can cost less than.

    The bound knows nothing of neighbours, so it holds for connected grids too; it is None above `PROVABLE` points. A
    `thorough` search for a proof may find better grids; these are taken unless they have to be connected and are not.
    Once `stop` says so, a proof ends between its steps with what is known, and what has not begun is left out.
    """
    n, k = len(label), int(label.max()) + 1
    if n > PROVABLE or stop():
        return label, None
    costs, _, pieces = measure(problem, label, k)
    median = MedianProblem.of(problem.space, problem.load, fewest=k, greatest=k, least=problem.least, most=problem.most)
    bound = lower_bound(median, float(costs.sum()))
    if not thorough or stop() or not provable(n, seconds):
        return label, bound.value
    better, lower = prove(median, bound, label, seconds=seconds, stop=stop)
    if problem.connected and measure(problem, better, k)[2].sum() > pieces.sum():
        better = label
    return better, lower
