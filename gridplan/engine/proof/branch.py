"""Branching: where prices would put a broken number of medoids into a group of points, they are made to decide.

Of hamlets far apart prices get no whole number of grids: three and a half times the cheapest grid is cheaper than what
any plan does there. A plan has three grids around points of this hamlet at most, or four at least. Asking for either
(`Quotas` in bound.py) makes two problems of one, each with a higher bound, and the lower of them holds for both.

The groups are those that the points fall into when the nearest two, on average, are merged again and again. Which group
to branch on is tried out on a few in which the number of medoids is most broken (strong branching).

Applegate, Bixby, Chvátal, Cook (1995), Finding cuts in the TSP, DIMACS technical report 95-05.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist, squareform

from gridplan.engine.model.distance import Space
from gridplan.engine.proof.bound import Bound, Quotas
from gridplan.engine.proof.column_generation import AIM, Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.proximity import Floats

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
BOTH = 0.3
"""Weight of the better branch when groups are compared by their bounds; the worse counts 1."""


class Groups(NamedTuple):
    """Groups of points that medoids may be counted in."""

    inside: NDArray[np.bool_]
    """(g, n)"""
    apart: Floats
    """(g,) how much further than its own points are from each other the next group is, on average."""


def groups(space: Space) -> Groups:
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
    return Groups(inside[useful], (beyond - within)[useful])


def branches(bounded: partial[Bound], node: Node, group: Groups, upper: float) -> list[Node]:
    """Return the two parts of a node's plans by the number of medoids in a group.

    `bounded` is `lower_bound` with all that is the same everywhere. Without such a group the node returns alone.
    """
    number = group.inside @ node.bound.often
    best, score = [node], -np.inf
    for at in _to_try(group, number):
        few = int(number[at])
        asked = node.quotas.at_most(group.inside[at], few), node.quotas.at_least(group.inside[at], few + 1)
        tried = [_child(bounded, node, quotas, upper, TRIAL_STEPS, TRIAL_FIRST) for quotas in asked]
        worse, better = sorted(child.lower for child in tried)
        if worse + BOTH * better > score:
            best, score = tried, worse + BOTH * better
        if worse >= upper:
            break
    return [
        _child(bounded, child, child.quotas, upper, STEPS, FIRST) if len(best) > 1 and child.lower < upper else child
        for child in best
    ]


def _to_try(group: Groups, number: Floats) -> list[int]:
    """Return the groups with the most broken number (g,) of medoids that lie most apart, no two of them alike."""
    inside, broken = group.inside, np.abs(number - np.round(number))
    chosen: list[int] = []
    for at in np.argsort(-broken * group.apart, kind="stable"):
        alike = any((inside[at] & inside[o]).sum() >= ALIKE * (inside[at] | inside[o]).sum() for o in chosen)
        if broken[at] >= BROKEN and not alike:
            chosen.append(int(at))
    return chosen[:TRIED]


def _child(bounded: partial[Bound], parent: Node, quotas: Quotas, upper: float, steps: int, first: float) -> Node:
    """Return the node of these quotas, its ascent begun at the parent's prices."""
    bound = bounded(quotas=quotas, start=parent.bound, upper=AIM * upper, iterations=steps, first_step=first)
    return Node(max(parent.lower, bound.value), bound, quotas)
