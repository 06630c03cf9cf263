"""The list of grids is complete: every set of points is tried, and those that fit are exactly those listed."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from gridplan.engine.model.distance import Space
from gridplan.engine.proof.bound import MedianProblem, Quotas, lower_bound
from gridplan.engine.proof.enumeration import columns


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_every_grid_that_a_plan_below_the_target_can_have_is_listed_and_no_other(seed, asked):
    rng = np.random.default_rng(seed)
    n, k, least, most = 13, 3, 3, 6
    xy = rng.normal(size=(n, 2)) * 100
    load = np.ones(n) if seed % 2 else rng.integers(1, 3, n).astype(float)
    least, most = least * load.mean(), most * load.mean()
    space, apart = Space.plane(xy), cdist(xy, xy)
    median = MedianProblem.of(space, load, fewest=k, greatest=k, least=least, most=most)
    bound = lower_bound(median, 1_500.0, iterations=60)
    if asked:
        quotas = Quotas.none(n).at_least(xy[:, 0] > 0, 2).at_most(xy[:, 1] > 0, 1)
        bound = lower_bound(median, 1_500.0, iterations=60, quotas=quotas)
        assert bound.medoid_price.any()
    target = bound.value + 60.0
    listed = columns(median, bound, target)
    threshold = np.sort(bound.median_value)[k - 1]
    expected = set()
    for size in range(1, n + 1):
        for members in map(list, combinations(range(n), size)):
            walk = apart[np.ix_(members, members)].sum(axis=0)
            j = members[walk.argmin()]
            grid = walk.min() - bound.multiplier[members].sum() - bound.medoid_price[j]
            more = grid - min(bound.median_value[j], threshold)
            if least <= load[members].sum() <= most and bound.value + more <= target:
                expected.add(tuple(members))
    found = [tuple(grid.tolist()) for grid in np.split(listed.member, listed.start[1:-1])]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len(expected) > 10


def test_a_list_with_no_end_is_not_made():
    one_spot = MedianProblem.of(Space.plane(np.zeros((60, 2))), None, fewest=5, greatest=5, least=10, most=15)
    assert columns(one_spot, lower_bound(one_spot, 0.0), 0) is None
