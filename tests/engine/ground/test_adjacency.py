"""Whose ground touches whose: as if every two households measured their common border by themselves."""

from itertools import combinations

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridplan.engine.ground.adjacency import touching_neighbours
from gridplan.engine.ground.cells import TOUCHING, Sites
from gridplan.engine.model.proximity import Locations, rejoin

VILLAGE = shapely.box(0, 0, 100, 100)
BOUNDARIES = [
    VILLAGE,
    VILLAGE.difference(shapely.box(40, 20, 60, 90)),
    VILLAGE.difference(shapely.box(49, -1, 51, 101)),
    shapely.Polygon([(0, 0), (100, 0), (100, 20), (20, 20), (20, 80), (100, 80), (100, 100), (0, 100)]),
    VILLAGE.difference(shapely.union_all([shapely.Point(x, 50).buffer(9) for x in (10, 30, 50, 70, 90)])),
]
FAR = 1e5

anywhere = st.tuples(st.floats(0, 100), st.floats(0, 100))
on_a_lattice = st.tuples(st.integers(0, 14), st.integers(0, 14)).map(lambda at: (at[0] * 7.0 + 1, at[1] * 7.0 + 1))


def border(sites, a, b):
    """Return the line on which nobody is nearer than both a and b; None if there is none."""
    middle, step = (sites[a] + sites[b]) / 2, sites[b] - sites[a]
    along = np.array([-step[1], step[0]]) / np.hypot(*step)
    others = np.delete(sites, [a, b], axis=0)
    room = ((others - middle) ** 2).sum(axis=1) - (step**2).sum() / 4
    pull = 2 * (others - middle) @ along
    ahead, behind = pull > 0, pull < 0
    if (room[~ahead & ~behind] < 0).any():
        return None
    end = min(room[ahead] / pull[ahead], default=FAR)
    start = max(room[behind] / pull[behind], default=-FAR)
    return shapely.LineString([middle + start * along, middle + end * along]) if start < end else None


@settings(max_examples=150, deadline=None)
@given(st.lists(anywhere | on_a_lattice, min_size=3, max_size=40), st.sampled_from(BOUNDARIES))
def test_neighbours_are_those_with_a_common_border_inside_the_boundary(points, boundary):
    xy = np.array(points)
    locations, sites = Locations.distinct(xy), Sites.within(boundary, xy)
    at = np.empty(len(locations.xy), int)
    at[locations.of] = sites.of
    edges = np.array(list(combinations(range(len(at)), 2)), np.int64).reshape(-1, 2)
    lines = [None if at[a] == at[b] else border(sites.xy, at[a], at[b]) for a, b in edges]
    metres = np.array([0.0 if line is None else line.intersection(boundary).length for line in lines])
    assume((np.abs(metres - TOUCHING) > 1e-6).all())
    touching = (metres >= TOUCHING) | (at[edges[:, 0]] == at[edges[:, 1]])
    expected = rejoin(edges, touching, len(at))
    assert touching_neighbours(locations, sites, boundary, edges, None).tolist() == expected.tolist()
