"""What one list of grids settles: a plan that nothing beats, or a bound much nearer to it than prices alone can come.

1. List every grid that a plan no dearer than the best known one can have (enumeration.py).
2. Take listed grids by shares, each point in exactly one (set_partitioning.py); grids join the program when their
   reduced cost is below zero. The prices halfway from the best known to those of the program say most about the list
   (Wentges 1997): which grids join first, and which cost more than what is left of the gap and are struck off it.
3. Add the cuts that the answer breaks and go back to 2.
4. When no cut is broken any more, branch and bound chooses among the few grids that are left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridplan.engine.model.settings import Stop
from gridplan.engine.proof.bound import Bound, MedianProblem, Quotas
from gridplan.engine.proof.enumeration import Columns, Duals, columns, medoids, reduced_costs, worth_opening
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


class GridList(NamedTuple):
    """All grids that a plan below the target can have, in the order of their medoids, and the best prices known."""

    grids: Columns
    medoid: Ints
    """(g,)"""
    joined: NDArray[np.bool_]
    """(g,) whether each has joined the program."""
    duals: Duals
    """These prices; the number of grids has none."""
    relaxed: float
    """What no plan of these grids is below, at these prices."""
    excess: Floats
    """(g,) how much more than that a plan with each grid costs at least."""

    def select(self, chosen: NDArray[np.bool_]) -> GridList:
        """Return the list of the grids (g,) chosen."""
        return self._replace(
            grids=self.grids.select(chosen),
            medoid=self.medoid[chosen],
            joined=self.joined[chosen],
            excess=self.excess[chosen],
        )

    def priced(self, duals: Duals, problem: MedianProblem) -> GridList:
        """Return the list at these prices: the Lagrangian bound of bound.py, with grids from the list only."""
        duals = duals._replace(number=0.0)
        reduced = reduced_costs(self.grids, self.medoid, duals)
        medoid, first, of = np.unique(self.medoid, return_index=True, return_inverse=True)
        if len(medoid) < problem.counts.fewest:
            return self._replace(duals=duals, relaxed=np.inf, excess=np.full(len(reduced), np.inf))
        value = np.minimum.reduceat(reduced, first)
        threshold = worth_opening(value, problem.counts)
        opened = np.sort(value)[: problem.counts.greatest]
        opened[problem.counts.fewest :] = np.minimum(opened[problem.counts.fewest :], 0.0)
        return self._replace(
            duals=duals,
            relaxed=duals.worth + float(opened.sum()),
            excess=reduced - np.minimum(value, threshold)[of],
        )


def grid_list(problem: MedianProblem, bound: Bound, quotas: Quotas, target: float, room: int) -> GridList | None:
    """Return all grids that a plan of `target` or less can have, at the prices of a bound; None if more than `room`."""
    grids = columns(problem, bound, target, room)
    if grids is None:
        return None
    medoid, nothing = medoids(problem.space, grids), np.zeros(len(grids.cost))
    listed = GridList(grids, medoid, nothing > 0, Duals.of_bound(bound, quotas), -np.inf, nothing)
    return listed.priced(listed.duals, problem)


def solve_master(
    proof: Proof, bound: Bound, quotas: Quotas, plan: Plan, target: float, *, room: int
) -> tuple[Plan, float] | None:
    """Return the best plan known then, and what no plan that keeps the quotas is below, which is at most the target.

    None where there are more than `room` grids to list, or no time is left.
    """
    problem = proof.problem
    listed = grid_list(problem, bound, quotas, target, room)
    if listed is None:
        return None
    program = Program(problem.space.points, problem.counts, quotas, plan.cost)
    try:
        plan, listed = _cut(proof, program, listed, plan, target)
    except OutOfTimeError:
        return None
    lower = listed.relaxed
    if lower < target and not plan.settles(lower) and not proof.over:
        plan, lower = _choose(proof, quotas, program.cuts, listed, plan, target)
    return plan, max(bound.value, min(lower, target))


def _cut(proof: Proof, program: Program, listed: GridList, plan: Plan, target: float) -> tuple[Plan, GridList]:
    """Cut off answers by shares until none is broken, or the relaxation is up to the target."""
    _join(program, listed, listed.excess)
    while True:
        share, listed = _relax(proof, program, listed, min(target, plan.cost))
        plan = _better(plan, program, share)
        if listed.relaxed >= target or plan.settles(listed.relaxed) or proof.over:
            return plan, listed
        cuts = program.broken_cuts(share)
        if len(cuts) == 0:
            return plan, listed
        program.add_cuts(cuts)


def _needed(listed: GridList, target: float) -> NDArray[np.bool_]:
    """Return which grids (g,) a plan that costs no more than the target can have."""
    return listed.excess <= target - listed.relaxed + TOLERANCE * abs(target)


def _relax(proof: Proof, program: Program, listed: GridList, target: float) -> tuple[Floats, GridList]:
    """Return the shares in the program, and the list at better prices, once no grid is worth joining the program.

    It ends before if prices show that no plan of the list is below the target.
    """
    while True:
        share, duals = program.relax(proof.deadline)
        halfway = listed.priced(listed.duals.halfway_to(duals), proof.problem)
        there = listed.priced(duals, proof.problem)
        listed = max(listed, halfway, there, key=lambda at: at.relaxed)
        reduced = reduced_costs(listed.grids, listed.medoid, duals)
        worth_it = ~listed.joined & (reduced < -TOLERANCE * float(program.cost.max()))
        if listed.relaxed >= target or not worth_it.any():
            return share, listed.select(_needed(listed, target))
        _join(program, listed, np.where(worth_it, halfway.excess, np.inf))
        listed = listed.select(_needed(listed, target))


def _join(program: Program, listed: GridList, dearness: Floats) -> None:
    """Add those listed grids to the program that are least dear (g,)."""
    chosen = np.zeros(len(listed.joined), bool)
    chosen[np.argsort(dearness, kind="stable")[:JOINING]] = True
    chosen &= ~listed.joined & np.isfinite(dearness)
    listed.joined[chosen] = True
    program.add_grids(listed.grids.select(chosen), listed.medoid[chosen])


def _choose(
    proof: Proof, quotas: Quotas, cuts: Ints, listed: GridList, plan: Plan, target: float
) -> tuple[Plan, float]:
    """Let branch and bound choose among the grids listed that are nearest to being needed."""
    for count in NEAREST_GRIDS:
        if proof.over:
            break
        nearest = np.argsort(np.argsort(listed.excess, kind="stable"), kind="stable") < count
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
