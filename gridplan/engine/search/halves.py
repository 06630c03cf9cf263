"""A grid split in two: both halves connected, as near to the bounds as can be, with the least walk.

For every pair of centres the points are taken in the order of how much nearer they are to the second than to the first,
as the crow flies and along the neighbours within the grid; halves cut in that second order always hang together. Of all
cuts that lie in as few pieces as the grid allows it is the one nearest to the bounds, and of those the one with the
least walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial.distance import cdist

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.model.problem import Problem
    from gridplan.engine.model.proximity import Floats, Ints

    Flags = NDArray[np.bool_]

APART: Final = 1e7
"""Metres between points that no neighbours join."""
MOST_CENTRES: Final = 40
"""Points that are tried as centres; of more, evenly many are left out."""
MOST_CHECKED: Final = 4000
"""Cuts that are looked at for whether they hang together."""


class _Cuts(NamedTuple):
    """Ways to cut a grid: (c,) the star-shaped walk, the largest breach, and the rules of size that are broken."""

    walk: Floats
    breach: Ints
    broken: Ints
    pair: Ints
    """(c,) the pair of centres."""
    leaving: Ints
    """(c,) how many points are in the second half."""
    order: Ints
    """(pairs, n) the points of the grid, those of the second half first."""

    def rank(self, at: int) -> tuple[int, int, float]:
        """Return by what a cut is the better the less it is."""
        return int(self.breach[at]), int(self.broken[at]), float(self.walk[at])

    def second_half(self, at: int) -> Flags:
        """Return which points (n,) a cut puts into the second half."""
        inside = np.zeros(self.order.shape[1], np.bool_)
        inside[self.order[self.pair[at], : self.leaving[at]]] = True
        return inside


def halves(problem: Problem, inside: Ints, settled: Flags) -> Flags | None:
    """Return which of the points (n,) inside a grid leave it for a new one; None where it cannot be split.

    Parameters
    ----------
    settled
        (n,) those that stay in any case.
    """
    n = len(inside)
    if n < 2 or settled.all():
        return None
    metres = cdist(problem.space.xy[inside], problem.space.xy[inside])
    joined = _joined(problem, inside)
    ways = [metres]
    if problem.connected:
        length = np.where(joined, np.maximum(metres, 1e-9), 0)
        ways.append(np.minimum(shortest_path(coo_array(length).tocsr(), directed=False), APART + metres))
    cuts = [_cuts(problem, inside, metres, way, settled) for way in ways]
    ranked = sorted((one.rank(at), which, at) for which, one in enumerate(cuts) for at in _promising(one))
    least_torn = max(_pieces(joined, np.ones(n, np.bool_)) - 2, 0) if problem.connected else 0
    best: tuple[int, Flags] | None = None
    for _, which, at in ranked[:MOST_CHECKED]:
        leaves = cuts[which].second_half(at)
        torn = sum(_pieces(joined, half) - 1 for half in (leaves, ~leaves)) if problem.connected else 0
        if best is None or torn < best[0]:
            best = torn, leaves
        if torn == least_torn:
            break
    return best[1] if best else None


def _promising(cuts: _Cuts) -> Ints:
    """Return the cuts that are best if their halves hang together."""
    return np.lexsort((cuts.walk, cuts.broken, cuts.breach))[:MOST_CHECKED]


def _cuts(problem: Problem, inside: Ints, metres: Floats, way: Floats, settled: Flags) -> _Cuts:
    n, least, most = len(metres), problem.least, problem.most
    free = np.flatnonzero(~settled)
    centres = np.arange(0, n, -(-n // MOST_CENTRES))
    stay, leave = (one.ravel() for one in np.meshgrid(centres, np.union1d(centres[~settled[centres]], free[:1])))
    stay, leave = stay[stay != leave], leave[stay != leave]
    nearer = way[stay] - way[leave]
    nearer[:, settled] = -np.inf
    nearer[np.arange(len(stay)), stay] = -np.inf
    nearer[np.arange(len(stay)), leave] = np.inf
    order = np.argsort(-nearer, axis=1, kind="stable")
    saved = np.take_along_axis(metres[leave] - metres[stay], order, axis=1).cumsum(axis=1)
    count = np.arange(1, n)
    leaving = problem.load[inside][order].cumsum(axis=1)
    load = np.stack([leaving[:, :-1], leaving[:, -1:] - leaving[:, :-1]])
    breach = np.maximum(np.maximum(least - load, load - most), 0)
    is_open = np.array([j <= len(free) for j in count])
    allowed = np.isfinite(np.take_along_axis(nearer, order, axis=1))[:, : n - 1] | (count == 1)
    allowed &= is_open
    walk = metres[stay].sum(axis=1)[:, None] + saved[:, : n - 1]
    pair, at = np.nonzero(allowed)
    broken = (breach > 0).sum(axis=0)
    return _Cuts(
        walk[pair, at], breach.max(axis=0)[pair, at].astype(np.int64), broken[pair, at], pair, count[at], order
    )


def _joined(problem: Problem, inside: Ints) -> Flags:
    """Return which points (n, n) are on one location or on neighbouring ones."""
    places = problem.places
    where = places.of[inside]
    beside = [set(places.ends[places.starts[a] : places.starts[a + 1]].tolist()) | {a} for a in where.tolist()]
    return np.array([[b in near for b in where.tolist()] for near in beside])


def _pieces(joined: Flags, half: Flags) -> int:
    return int(connected_components(joined[np.ix_(half, half)], directed=False)[0])
