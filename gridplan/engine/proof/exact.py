"""The proof: a plan that nothing beats, or a bound much nearer to the best plan than prices alone can come.

What a plan better than the best known one can consist of is listed (enumeration.py), and the list settles it
(restricted_master.py). Where the list would be too long, all plans are split into two parts, each with a list of its
own that is shorter, because the bound on a part is higher. The part with the lowest bound is always next. No plan is
below the lowest bound of all parts, whenever that ends.

Plans are split by how many medoids lie in a group of points. Of hamlets far apart prices get no whole number of grids:
three and a half times the cheapest grid is cheaper than what any plan does there. A plan has three grids around points
of this hamlet at most, or four at least. Asking for either (`Quotas` in bound.py) makes two parts, each with a higher
bound. The groups are those that the points fall into when the nearest two, on average, are merged again and again.
Which group to branch on is tried out on a few in which the number of medoids is most broken (strong branching).

In large villages lists are made for a target below the best known plan: then either no plan is below the target, which
is a bound, or the best plan is among those listed. A better plan found on the way allows another round.

Applegate, Bixby, Chvátal, Cook (1995), Finding cuts in the TSP, DIMACS technical report 95-05.
"""

from __future__ import annotations

import time
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform

from gridplan.engine.model.distance import Space
from gridplan.engine.model.settings import Stop, never
from gridplan.engine.proof.bound import Bound, MedianProblem, Quotas, lower_bound
from gridplan.engine.proof.column_generation import AIM, ColumnPool, Node, sharpen_bound
from gridplan.engine.proof.enumeration import ROOM, walk_to
from gridplan.engine.proof.restricted_master import Plan, Proof, solve_master

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats, Ints

LISTED = 150_000
"""Grids on the list of a part at most."""
PARTS = 80
"""Parts that are tried."""
BRANCHED = 300
"""Points above which branching gets nowhere but by far groups; lists are made for targets below the best known plan."""
HALVED = 8
"""How often the gap up to the target is halved at most until the list of grids is short enough."""
WORTH_IT = 0.9
"""What is left of the gap at most for another round."""
FAR, FAR_PARTS = 1_000.0, 4
"""Metres that a group has to be apart in a village too large for a proof, and the parts that are split there."""
TRIED = 6
"""Groups that are tried out."""
ALIKE = 0.7
"""Groups that have this share of their points in common are not both tried out."""
BROKEN = 0.02
"""How far from a whole number of medoids a group is at least."""
TRIAL_STEPS, STEPS = 80, 300
"""Of the ascent, to try a branch out and then to go on with it."""
TRIAL_FIRST, FIRST = 0.3, 0.1
"""How far their first steps go, as a share of Polyak's."""
ASCENTS, GAINED = 4, 0.03
"""Further ascents for a branch at most, as long as each gains such a share of what is left of the gap."""
STALLED = 0.05
"""Share of the gap that a branch has to be above its parent, or column generation looks for better prices."""
BOTH = 0.3
"""Weight of the better branch when groups are compared by their bounds; the worse counts 1."""


def prove(
    problem: MedianProblem,
    bound: Bound,
    label: Ints,
    *,
    parts: int = PARTS,
    seconds: float | None = None,
    stop: Stop = never,
) -> tuple[Ints, float]:
    """Return the best grids (n,) found, no dearer than `label` (n,), and a cost that no plan can be below.

    `bound` is what `lower_bound` returned for the same problem. `parts` limits how many parts of all plans are tried.
    Without `seconds` the answer is always the same. Where the proof is complete, the bound is what the grids cost,
    up to rounding. Once `stop` says so no further step of it begins, and what is known counts.
    """
    proof = Proof(problem, np.inf if seconds is None else time.monotonic() + seconds, stop)
    plan = Plan(label, _cost(problem, label))
    if problem.space.points > BRANCHED:
        plan, lower = _listed(
            proof, Node(bound.value, bound, Quotas.none(problem.space.points), stalled=False), plan, ROOM
        )
    else:
        plan, lower = _branched(proof, bound, plan, parts)
    return plan.label, min(plan.cost, lower)


def _branched(proof: Proof, bound: Bound, plan: Plan, parts: int) -> tuple[Plan, float]:
    """Return the best plan known, and what no plan is below, once all parts are settled or so many were tried."""
    n, pool = proof.problem.space.points, ColumnPool.empty()
    groups = _groups(proof.problem.space)
    waiting, done, unsplit = [(bound.value, 0, Node(bound.value, bound, Quotas.none(n), stalled=False))], 0, np.inf
    while waiting and done < parts and not proof.over:
        if waiting[0][0] >= unsplit or plan.settles(waiting[0][0]):
            break
        node, done = heappop(waiting)[2], done + 1
        plan, lower = solve_master(proof, node.bound, node.quotas, plan, plan.cost, room=LISTED) or (plan, None)
        if lower is None and node.stalled:
            node, pool = sharpen_bound(proof, node, pool, plan.cost)
            plan, lower = solve_master(proof, node.bound, node.quotas, plan, plan.cost, room=LISTED) or (plan, None)
        node = node._replace(lower=max(node.lower, -np.inf if lower is None else lower))
        if plan.settles(node.lower):
            continue
        children = _branches(proof.problem, node, groups, plan.cost)
        if len(children) == 1:
            plan, lower = _listed(proof, node, plan, LISTED)
            unsplit = min(unsplit, lower)
            continue
        for which, child in enumerate(children):
            heappush(waiting, (child.lower, 2 * done + which, child))
    return plan, min(unsplit, waiting[0][0] if waiting else np.inf)


def split_far(problem: MedianProblem, bound: Bound, upper: float, stop: Stop = never) -> float:
    """Return a cost at least the bound's that no plan can be below, in a village of any size.

    Plans are split by the medoids in groups far from all others only: three farms that need a third of a grid each are
    cheaper for prices than for any plan. `upper` is the cost of a known plan.
    """
    groups = _groups(problem.space).at_least_apart(FAR)
    waiting = [(bound.value, 0, Node(bound.value, bound, Quotas.none(problem.space.points), stalled=False))]
    for done in range(1, FAR_PARTS + 1):
        if stop() or len(children := _branches(problem, waiting[0][2], groups, upper)) == 1:
            break
        heappop(waiting)
        for which, child in enumerate(children):
            if child.lower < upper:
                heappush(waiting, (child.lower, 2 * done + which, child))
        if not waiting:
            return upper
    return waiting[0][0]


def _listed(proof: Proof, node: Node, plan: Plan, room: int) -> tuple[Plan, float]:
    """Return the best plan known, and what no plan of the node is below, from lists for lower and lower targets."""
    bound, quotas, lower, gap = node.bound, node.quotas, node.lower, np.inf
    while not plan.settles(lower) and plan.cost - lower <= WORTH_IT * gap and not proof.over:
        gap = plan.cost - lower
        for halved in range(HALVED):
            target = bound.value + (plan.cost - bound.value) / 2**halved
            answer = solve_master(proof, bound, quotas, plan, target, room=room)
            if answer is not None:
                plan, lower = answer[0], max(lower, answer[1])
            if answer is not None or proof.over:
                break
    return plan, lower


def _cost(problem: MedianProblem, label: Ints) -> float:
    """Return what the grids of a plan cost."""
    space, price = problem.space, problem.counts.price
    members = [np.flatnonzero(label == grid).astype(np.int32) for grid in np.unique(label)]
    return float(np.sum([min(walk_to(space, grid, int(j)) for j in grid) + price for grid in members]))


class _Groups(NamedTuple):
    """Groups of points that medoids may be counted in."""

    inside: NDArray[np.bool_]
    """(g, n)"""
    apart: Floats
    """(g,) how much further than its own points are from each other the next group is, on average."""

    def at_least_apart(self, metres: float) -> _Groups:
        """Return the groups that are so far apart."""
        far = self.apart >= metres
        return _Groups(self.inside[far], self.apart[far])


def _groups(space: Space) -> _Groups:
    """Return all groups of points with two or more inside and outside."""
    apart = squareform(space.matrix, checks=False) if len(space.matrix) else pdist(space.xy)
    n = space.points
    inside = np.zeros((2 * n - 1, n), bool)
    inside[:n] = np.eye(n, dtype=bool)
    within, beyond = np.zeros(2 * n - 1), np.zeros(2 * n - 1)
    for merged, (one, other, far, _) in enumerate(linkage(apart, "average"), start=n):
        pair = [int(one), int(other)]
        inside[merged] = inside[pair].any(axis=0)
        within[merged] = beyond[pair] = far
    size = inside.sum(axis=1)
    useful = (size >= 2) & (size <= n - 2)
    return _Groups(inside[useful], (beyond - within)[useful])


def _branches(problem: MedianProblem, node: Node, groups: _Groups, upper: float) -> list[Node]:
    """Return the two parts of a node's plans by the number of medoids in a group; without one, the node alone."""
    number = groups.inside @ node.bound.often
    best, score = [node], -np.inf
    for at in _to_try(groups, number):
        few = int(number[at])
        asked = node.quotas.at_most(groups.inside[at], few), node.quotas.at_least(groups.inside[at], few + 1)
        tried = [_child(problem, node, quotas, upper, TRIAL_STEPS, TRIAL_FIRST) for quotas in asked]
        worse, better = sorted(child.lower for child in tried)
        if worse + BOTH * better > score:
            best, score = tried, worse + BOTH * better
        if worse >= upper:
            break
    if len(best) == 1:
        return best
    branches = [_ascended(problem, child, upper) if child.lower < upper else child for child in best]
    enough = node.lower + STALLED * (upper - node.lower)
    return [branch._replace(stalled=branch.lower < enough) for branch in branches]


def _to_try(groups: _Groups, number: Floats) -> list[int]:
    """Return the groups with the most broken number (g,) of medoids that lie most apart, no two of them alike."""
    inside, broken = groups.inside, np.abs(number - np.round(number))
    chosen: list[int] = []
    for at in np.argsort(-broken * groups.apart, kind="stable"):
        if broken[at] < BROKEN:
            continue
        if not any((inside[at] & inside[o]).sum() >= ALIKE * (inside[at] | inside[o]).sum() for o in chosen):
            chosen.append(int(at))
        if len(chosen) == TRIED:
            break
    return chosen


def _child(problem: MedianProblem, parent: Node, quotas: Quotas, upper: float, steps: int, first: float) -> Node:
    """Return the node of these quotas, its ascent begun at the parent's prices."""
    bound = lower_bound(problem, AIM * upper, iterations=steps, quotas=quotas, start=parent.bound, first_step=first)
    return Node(max(parent.lower, bound.value), bound, quotas, stalled=False)


def _ascended(problem: MedianProblem, node: Node, upper: float) -> Node:
    """Return the node at better prices: an ascent, and from where it ends further ones that begin with long steps.

    How often a point is a medoid is told by the first, whose steps are neither too long nor too short.
    """
    node = _child(problem, node, node.quotas, upper, STEPS, FIRST)
    bound = node.bound
    for _ in range(ASCENTS):
        again = lower_bound(problem, AIM * upper, quotas=node.quotas, start=bound)
        gained = again.value - bound.value
        bound = again if gained > 0 else bound
        if gained < GAINED * (upper - bound.value):
            break
    return node._replace(lower=max(node.lower, bound.value), bound=bound._replace(often=node.bound.often))
