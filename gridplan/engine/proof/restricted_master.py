"""What one list of grids settles: a plan that nothing beats, or a bound much nearer to it than prices alone can come.

1. List every grid that a plan no dearer than the best known one can have (enumeration.py).
2. Take listed grids by shares, each point in exactly one (set_partitioning.py); grids join the program when their
   reduced cost is below zero.
3. Add the cuts that the answer breaks and go back to 2. As the relaxation rises, grids whose reduced cost exceeds what
   is left of the gap are struck off the list for good.
4. When no cut is broken any more, branch and bound chooses among the few grids that are left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridplan.engine.model.settings import Stop
from gridplan.engine.proof.bound import Bound, MedianProblem, Quotas
from gridplan.engine.proof.enumeration import Columns, Duals, columns, medoids, reduced_costs
from gridplan.engine.proof.set_partitioning import LEAST_SHARE, OutOfTimeError, Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

JOINING = 2_000
"""Grids that join the program at a time."""
CHOICES = 1_000
"""Nodes of the branch and bound among listed grids."""
NEAREST_GRIDS = (2_000, 20_000)
"""Grids, of the least reduced cost, among which branch and bound chooses; more only if fewer do not settle it."""
TOLERANCE = 1e-9
"""Relative: costs this close are the same."""


class Proof(NamedTuple):
    """A proof under way: of which problem, and for how long."""

    problem: MedianProblem
    deadline: float
    """As `time.monotonic` tells it."""
    stop: Stop

    @property
    def over(self) -> bool:
        """Whether no further step is to begin."""
        return time.monotonic() > self.deadline or self.stop()


class Plan(NamedTuple):
    """The best plan known."""

    label: Ints
    cost: float

    def settles(self, lower: float) -> bool:
        """Return whether a plan that is not below `lower` cannot be cheaper than this, up to rounding."""
        return self.cost - lower <= TOLERANCE * self.cost


class _List(NamedTuple):
    """All grids that a plan below the target can have, and what they cost more than the relaxation says they may."""

    grids: Columns
    medoid: Ints
    """(g,)"""
    joined: NDArray[np.bool_]
    """(g,) whether each has joined the program."""
    reduced: Floats
    """(g,)"""
    relaxed: float
    """The value of the relaxation these reduced costs belong to: no plan of these grids is below."""

    def select(self, chosen: NDArray[np.bool_]) -> _List:
        """Return the list of the grids (g,) chosen."""
        return self._replace(
            grids=self.grids.select(chosen),
            medoid=self.medoid[chosen],
            joined=self.joined[chosen],
            reduced=self.reduced[chosen],
        )


def solve_master(
    proof: Proof, bound: Bound, quotas: Quotas, plan: Plan, target: float, *, room: int
) -> tuple[Plan, float] | None:
    """Return the best plan known then, and what no plan that keeps the quotas is below, which is at most the target.

    None where there are more than `room` grids to list, or no time is left.
    """
    problem = proof.problem
    grids = columns(problem, bound, target, room)
    if grids is None:
        return None
    medoid = medoids(problem.space, grids)
    duals = Duals(
        bound.multiplier,
        0.0,
        bound.quota_price,
        bound.medoid_price,
        np.empty((0, 3), np.int64),
        np.empty(0),
        bound.value,
    )
    reduced = reduced_costs(grids, medoid, duals)
    listed = _List(grids, medoid, np.zeros(len(reduced), bool), reduced, bound.value)
    program = Program(problem.space.points, problem.counts, quotas, plan.cost)
    try:
        plan, listed = _cut(proof, program, listed, plan, target)
    except OutOfTimeError:
        return None
    lower = listed.relaxed
    if lower < target and not plan.settles(lower) and not proof.over:
        plan, lower = _choose(proof, quotas, program.cuts, listed, plan, target)
    return plan, max(bound.value, min(lower, target))


def _cut(proof: Proof, program: Program, listed: _List, plan: Plan, target: float) -> tuple[Plan, _List]:
    """Cut off answers by shares until none is broken, or the relaxation is up to the target."""
    _join(program, listed, listed.reduced)
    while True:
        share, listed = _relax(proof, program, listed)
        plan = _better(plan, program, share)
        cuts = program.broken_cuts(share)
        if len(cuts) == 0 or listed.relaxed >= target or plan.settles(listed.relaxed) or proof.over:
            return plan, listed
        listed = listed.select(_needed(listed, min(target, plan.cost)))
        program.add_cuts(cuts)


def _needed(listed: _List, target: float) -> NDArray[np.bool_]:
    """Return which grids (g,) a plan that costs no more than the target can have."""
    return listed.reduced <= target - listed.relaxed + TOLERANCE * abs(target)


def _relax(proof: Proof, program: Program, listed: _List) -> tuple[Floats, _List]:
    """Return the shares in the program, and the list with reduced costs, once no grid is worth joining the program."""
    while True:
        share, duals = program.relax(proof.deadline)
        reduced = reduced_costs(listed.grids, listed.medoid, duals)
        worth_it = ~listed.joined & (reduced < -TOLERANCE * float(program.cost.max()))
        if not worth_it.any():
            relaxed = duals.value + proof.problem.counts.greatest * min(0.0, float(reduced.min(initial=0.0)))
            return share, listed._replace(reduced=reduced, relaxed=relaxed)
        _join(program, listed, np.where(worth_it, reduced, np.inf))


def _join(program: Program, listed: _List, reduced: Floats) -> None:
    """Add the listed grids of the least reduced cost to the program."""
    chosen = np.zeros(len(listed.joined), bool)
    chosen[np.argsort(reduced, kind="stable")[:JOINING]] = True
    chosen &= ~listed.joined & np.isfinite(reduced)
    listed.joined[chosen] = True
    program.add_grids(listed.grids.select(chosen), listed.medoid[chosen])


def _choose(proof: Proof, quotas: Quotas, cuts: Ints, listed: _List, plan: Plan, target: float) -> tuple[Plan, float]:
    """Let branch and bound choose among the grids listed that are nearest to being needed."""
    for count in NEAREST_GRIDS:
        if proof.over:
            break
        nearest = np.argsort(np.argsort(listed.reduced, kind="stable"), kind="stable") < count
        some = listed.select(nearest)
        final = Program(len(plan.label), proof.problem.counts, quotas, plan.cost)
        final.add_grids(some.grids, some.medoid)
        final.add_cuts(cuts)
        share, below = final.choose(CHOICES, max(0.0, proof.deadline - time.monotonic()))
        plan = _better(plan, final, share)
        if (nearest | ~_needed(listed, min(target, plan.cost))).all():
            return plan, max(listed.relaxed, below)
    return plan, listed.relaxed


def _better(plan: Plan, program: Program, share: Floats) -> Plan:
    """Return the plan that the shares of the program make, if it is one and costs less."""
    chosen = np.flatnonzero(share > 1 - LEAST_SHARE)
    cost = float(program.cost[chosen].sum())
    members = program.member[chosen]
    if cost >= plan.cost or len(members.indices) < len(plan.label):
        return plan
    label = np.empty(len(plan.label), np.int64)
    label[members.indices] = np.repeat(np.arange(len(chosen)), np.diff(members.indptr))
    return Plan(label, cost)
