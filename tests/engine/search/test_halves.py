"""A grid is split in two: connected halves, as near to the bounds as can be, with the least walk."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Graph, Locations, adjacency
from gridplan.engine.search.halves import halves

LEAST, MOST = 3, 5


def worth(xy, joined, leaves):
    """Returns the pieces too many, the largest and the number of breaches, and the walk."""
    sides = [np.flatnonzero(leaves), np.flatnonzero(~leaves)]
    breach = [max(LEAST - len(side), len(side) - MOST, 0) for side in sides]
    pieces = sum(connected_components(joined[np.ix_(side, side)], directed=False)[0] - 1 for side in sides)
    walk = sum(np.linalg.norm(xy[side][:, None] - xy[side], axis=2).sum(axis=0).min() for side in sides)
    return pieces, max(breach), sum(one > 0 for one in breach), walk


@given(st.integers(2, 10), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_halves_are_whole_within_bounds_and_short(n, seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 100, (n + 5, 2))
    locations = Locations.distinct(xy)
    edges = adjacency(locations.xy)
    edges = edges[rng.random(len(edges)) > 0.3]
    joined = np.zeros((n + 5, n + 5), bool)
    joined[edges[:, 0], edges[:, 1]] = True
    joined = (joined | joined.T)[locations.of[:n]][:, locations.of[:n]]
    problem = plane_problem(locations, Graph.of_edges(edges, n + 5), least=LEAST, most=MOST)
    settled = rng.random(n) < 0.2
    leaves = halves(problem, np.arange(n), settled)
    ways = [np.array(way) for way in product([False, True], repeat=n)]
    open_ = [way for way in ways if 0 < way.sum() < n and not (way & settled).any()]
    if leaves is None:
        assert not open_
        return
    found, best = worth(xy[:n], joined, leaves), min(worth(xy[:n], joined, way) for way in open_)
    assert not (leaves & settled).any() and found[0] <= best[0]
    assert found[1:3] <= best[1:3] or found[0] < best[0]
    assert found[3] <= 1.25 * best[3] + 1e-6 or found[:3] < best[:3]
