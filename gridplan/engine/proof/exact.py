"""The proof: a plan that nothing beats, or a bound much nearer to the best plan than prices alone can come.

What a plan better than the best known one can consist of is listed, and the list settles it (listing.py). Where the
list would be too long, all plans are split into two parts (branch.py), each with a list of its own that is shorter,
because the bound on a part is higher. The part with the lowest bound is always next. No plan is below the lowest bound
of all parts, whenever that ends.

In large villages lists are made for a target below the best known plan: then either no plan is below the target, which
is a bound, or the best plan is among those listed. A better plan found on the way allows another round.
"""

from __future__ import annotations

import time
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from gridplan.engine.model.distance import Space
from gridplan.engine.model.effort import Stop, never
from gridplan.engine.proof.bound import Bound, Counts, Quotas, lower_bound
from gridplan.engine.proof.branch import branches, groups
from gridplan.engine.proof.column_generation import Node, Pool, sharpened
from gridplan.engine.proof.enumeration import ROOM, walk_to
from gridplan.engine.proof.pricing import Loads, Nearby
from gridplan.engine.proof.restricted_master import Plan, Question, settled

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints

LISTED = 100_000
"""Grids on the list of a part at most."""
PARTS = 80
"""Parts that are looked at: with 150 points each takes about a second at most, but for branch and bound."""
BRANCHED = 300
"""Points above which branching gets nowhere; instead lists are made for targets below the best known plan."""
HALVED = 8
"""How often the gap up to the target is halved at most until the list of grids is short enough."""
WORTH_IT = 0.9
"""What is left of the gap at most for another round."""


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
    parts: int = PARTS,
    seconds: float | None = None,
    stop: Stop = never,
) -> tuple[Ints, float]:
    """Return the best grids (n,) found, no dearer than `label` (n,), and a cost that no plan can be below.

    `bound` is what `lower_bound` returned for the same problem. `parts` limits how many parts of all plans are looked
    at. Without `seconds` the answer is always the same. Where the proof is complete, the bound is what the grids cost,
    up to rounding. Once `stop` says so no further step of it begins, and what is known counts.
    """
    weight = np.ones(space.points) if load is None else np.ascontiguousarray(load, np.float64)
    counts = Counts(fewest, min(greatest, space.points), price)
    deadline = np.inf if seconds is None else time.monotonic() + seconds
    question = Question(space, Loads.between(weight, least, most), counts, Nearby.of(space), deadline, stop)
    plan = Plan(label, _cost(space, label, price))
    if space.points > BRANCHED:
        plan, lower = _listed(question, Node(bound.value, bound, Quotas.none(space.points)), plan, ROOM)
    else:
        bounded = partial(
            lower_bound, space, load, fewest=fewest, greatest=greatest, least=least, most=most, price=price,
            nearby=question.nearby,
        )  # fmt: skip
        plan, lower = _branched(question, bounded, bound, plan, parts)
    return plan.label, min(plan.cost, lower)


def _branched(question: Question, bounded: partial[Bound], bound: Bound, plan: Plan, parts: int) -> tuple[Plan, float]:
    """Return the best plan known, and what no plan is below, once all parts are settled or so many were looked at."""
    n, pool = question.space.points, Pool.empty()
    group = groups(question.space)
    waiting, looked_at, unsplit = [(bound.value, 0, Node(bound.value, bound, Quotas.none(n)))], 0, np.inf
    while waiting and looked_at < parts and not question.over:
        if waiting[0][0] >= unsplit or plan.settles(waiting[0][0]):
            break
        node, looked_at = heappop(waiting)[2], looked_at + 1
        plan, lower = settled(question, node.bound, node.quotas, plan, plan.cost, room=LISTED) or (plan, None)
        if lower is None:
            node, pool = sharpened(question, bounded, node, pool, plan.cost)
            plan, lower = settled(question, node.bound, node.quotas, plan, plan.cost, room=LISTED) or (plan, None)
        node = node._replace(lower=max(node.lower, -np.inf if lower is None else lower))
        if plan.settles(node.lower):
            continue
        children = branches(bounded, node, group, plan.cost)
        if len(children) == 1:
            plan, lower = _listed(question, node, plan, LISTED)
            unsplit = min(unsplit, lower)
            continue
        for which, child in enumerate(children):
            heappush(waiting, (child.lower, 2 * looked_at + which, child))
    return plan, min(unsplit, waiting[0][0] if waiting else np.inf)


def _listed(question: Question, node: Node, plan: Plan, room: int) -> tuple[Plan, float]:
    """Return the best plan known, and what no plan of the node is below, from lists for lower and lower targets."""
    _, bound, quotas = node
    lower, gap = node.lower, np.inf
    while not plan.settles(lower) and plan.cost - lower <= WORTH_IT * gap and not question.over:
        gap = plan.cost - lower
        for halved in range(HALVED):
            target = bound.value + (plan.cost - bound.value) / 2**halved
            answer = settled(question, bound, quotas, plan, target, room=room)
            if answer is not None:
                plan, lower = answer[0], max(lower, answer[1])
            if answer is not None or question.over:
                break
    return plan, lower


def _cost(space: Space, label: Ints, price: float) -> float:
    """Return what the grids of a plan cost."""
    members = [np.flatnonzero(label == grid).astype(np.int32) for grid in np.unique(label)]
    return float(np.sum([min(walk_to(space, grid, int(j)) for j in grid) + price for grid in members]))
