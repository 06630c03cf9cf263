"""The proof: a plan that nothing beats, or a bound much nearer to the best plan than prices alone can come.

1. List every grid that a plan no dearer than the best known one can have (columns.py).
2. Take listed grids by shares, each point in exactly one (partition.py); grids join the program when their reduced cost
   is below zero.
3. Add the cuts that the answer breaks and go back to 2. As the relaxation rises, grids whose reduced cost exceeds what
   is left of the gap are struck off the list for good.
4. When no cut is broken any more, branch and bound chooses among the few grids that are left.

Where the list would be too long, it is made for a target below the best known plan: then either no plan is below the
target, which is a bound, or the best plan is among those listed. A better plan found on the way allows another round.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridplan.engine.bound import Bound, Counts
from gridplan.engine.columns import Columns, Duals, columns, reduced_costs, walk_to
from gridplan.engine.distance import Space
from gridplan.engine.partition import SEEN, Program
from gridplan.engine.pricing import Loads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.proximity import Floats, Ints

JOINING = 2_000
"""Grids that join the program at a time."""
HALVED = 8
"""How often the gap up to the target is halved at most until the list of grids is short enough."""
WORTH_IT = 0.9
"""What is left of the gap at most for another round."""
WHOLE = (2_000, 20_000)
"""Grids, of the least reduced cost, among which branch and bound chooses; more only if fewer do not settle it."""
TOLERANCE = 1e-9
"""Relative: costs this close are the same."""


class Plan(NamedTuple):
    """The best plan known, and what no plan is below."""

    label: Ints
    cost: float
    lower: float

    @property
    def proven(self) -> bool:
        """Whether nothing can be cheaper, up to rounding."""
        return self.cost - self.lower <= TOLERANCE * self.cost

    def not_below(self, lower: float) -> Plan:
        """Return this plan with one more thing known that no plan is below."""
        return self._replace(lower=max(self.lower, lower))


class Listing(NamedTuple):
    """All grids that a plan below the target can have."""

    grids: Columns
    target: float
    joined: NDArray[np.bool_]
    """(g,) whether each has joined the program."""
    reduced: Floats
    """(g,)"""
    relaxed: float
    """The value of the relaxation these reduced costs belong to."""

    def needed(self, below: float) -> NDArray[np.bool_]:
        """Return which grids (g,) a plan that costs no more than this can have."""
        return self.reduced <= min(self.target, below) - self.relaxed + TOLERANCE * self.target


def prove(
    space: Space,
    load: Floats | None,
    bound: Bound,
    label: Ints,
    *,
    fewest: int,
    greatest: int,
    least: float,
    most: float,
    price: float = 0.0,
    nodes: int = 1_000,
    seconds: float | None = None,
) -> tuple[Ints, float]:
    """Return the best grids (n,) found, no dearer than `label` (n,), and a cost that no plan can be below.

    `bound` is what `lower_bound` returned for the same problem. `nodes` limits the branch and bound. Without `seconds`
    the answer is always the same. Where the proof is complete, the bound is what the grids cost, up to rounding.
    """
    deadline = np.inf if seconds is None else time.monotonic() + seconds
    weight = np.ones(space.points) if load is None else np.ascontiguousarray(load, np.float64)
    counts = Counts(fewest, min(greatest, space.points), price)
    loads = Loads.between(weight, least, most)
    plan, gap = Plan(label, float(_grids_of(space, label, price).cost.sum()), bound.value), np.inf
    while not plan.proven and plan.cost - plan.lower <= WORTH_IT * gap and time.monotonic() <= deadline:
        gap = plan.cost - plan.lower
        for halved in range(HALVED):
            target = bound.value + (plan.cost - bound.value) / 2**halved
            listed = columns(space, loads, counts, bound, target)
            if listed is not None:
                program = Program(space.points, counts)
                known = _grids_of(space, plan.label, price)
                program.add_grids(known)
                reduced = reduced_costs(listed, Duals(bound.multiplier, 0.0, program.cuts, np.empty(0)))
                listing = Listing(listed, target, np.zeros(len(reduced), bool), reduced, bound.value)
                plan, listing = _cut(program, counts, listing, plan, deadline)
                plan = _choose(known, program.cuts, counts, listing, plan, nodes, deadline)
                break
    return plan.label, min(plan.lower, plan.cost)


def _cut(program: Program, counts: Counts, listing: Listing, plan: Plan, deadline: float) -> tuple[Plan, Listing]:
    """Cut off answers by shares until none is broken, or the relaxation is up to the target."""
    grids, target, joined, reduced, _ = listing
    _join(program, grids, joined, reduced)
    while True:
        share, duals, reduced = _relax(program, grids, joined)
        relaxed = duals.value(counts) + counts.greatest * min(0.0, float(reduced.min(initial=0.0)))
        plan = _better(plan.not_below(min(target, relaxed)), program, share)
        listing = Listing(grids, target, joined, reduced, relaxed)
        cuts = program.broken_cuts(share)
        if len(cuts) == 0 or relaxed >= target or plan.proven or time.monotonic() > deadline:
            return plan, listing
        kept = listing.needed(plan.cost)
        grids, joined = grids.only(kept), joined[kept]
        program.add_cuts(cuts)


def _relax(program: Program, grids: Columns, joined: NDArray[np.bool_]) -> tuple[Floats, Duals, Floats]:
    """Return the shares in the program, its duals and reduced costs, once no listed grid is worth joining it."""
    while True:
        share, duals = program.relax()
        reduced = reduced_costs(grids, duals)
        worth_it = ~joined & (reduced < -TOLERANCE * float(program.cost.max()))
        if not worth_it.any():
            return share, duals, reduced
        _join(program, grids, joined, np.where(worth_it, reduced, np.inf))


def _join(program: Program, grids: Columns, joined: NDArray[np.bool_], reduced: Floats) -> None:
    """Add the listed grids of the least reduced cost to the program."""
    chosen = np.zeros(len(joined), bool)
    chosen[np.argsort(reduced, kind="stable")[:JOINING]] = True
    chosen &= ~joined & np.isfinite(reduced)
    joined |= chosen
    program.add_grids(grids.only(chosen))


def _choose(
    known: Columns, cuts: Ints, counts: Counts, listing: Listing, plan: Plan, nodes: int, deadline: float
) -> Plan:
    """Let branch and bound choose among the grids listed that are nearest to being needed."""
    for count in WHOLE:
        if plan.proven:
            break
        nearest = np.argsort(np.argsort(listing.reduced, kind="stable"), kind="stable") < count
        final = Program(len(plan.label), counts)
        final.add_grids(listing.grids.only(nearest))
        final.add_grids(known)
        final.add_cuts(cuts)
        share, below = final.choose(nodes, max(0.0, deadline - time.monotonic()))
        plan = _better(plan, final, share)
        if (nearest | ~listing.needed(plan.cost)).all():
            return plan.not_below(min(listing.target, below))
    return plan


def _better(plan: Plan, program: Program, share: Floats) -> Plan:
    """Return the plan that the shares of the program make, if it is one and costs less."""
    chosen = np.flatnonzero(share > 1 - SEEN)
    cost = float(program.cost[chosen].sum())
    members = program.member[chosen]
    if cost >= plan.cost or len(members.indices) < len(plan.label):
        return plan
    label = np.empty(len(plan.label), np.int64)
    label[members.indices] = np.repeat(np.arange(len(chosen)), np.diff(members.indptr))
    return plan._replace(label=label, cost=cost)


def _grids_of(space: Space, label: Ints, price: float) -> Columns:
    """Return the grids of a plan."""
    member = np.argsort(label, kind="stable").astype(np.int32)
    start = np.concatenate([[0], np.cumsum(np.bincount(label))])
    walk = [min(walk_to(space, grid, j) for j in grid) for grid in np.split(member, start[1:-1])]
    return Columns(start, member, np.array(walk) + price)
