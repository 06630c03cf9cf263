"""The bound is never above the best plan, which an independent program finds, and near it; above nothing at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from textbook import cheapest_of, cheapest_plan, problem
from thorough import THOROUGH

from gridplan.engine.model.distance import Space
from gridplan.engine.proof.bound import MedianProblem, Quotas, lower_bound

pytestmark = pytest.mark.slow

PROBLEMS = 50 if THOROUGH else 25
"""Random problems, five kinds in turn."""
FIVE_GRIDS = {"fewest": 5, "greatest": 5, "least": 10, "most": 15}


def test_on_random_problems_the_bound_is_never_above_the_best_plan_and_near_it():
    gaps = []
    for seed in range(PROBLEMS):
        space, load, bounds = problem(seed)
        best = cheapest_of(seed)
        if best is None:
            continue
        bound = lower_bound(MedianProblem.of(space, load, **bounds), best * 1.02)
        assert bound.value <= best * (1 + 1e-9), seed
        gaps.append(1 - bound.value / best)
    assert len(gaps) >= 0.9 * PROBLEMS
    assert np.mean(gaps) < 0.05


@pytest.mark.parametrize("n", [44, 60])
def test_the_bound_holds_for_villages_of_grids_of_ten_to_fifteen(n):
    xy = np.random.default_rng(n).normal(size=(n, 2)) * 100
    bounds = {"fewest": round(n / 12), "greatest": round(n / 12), "least": 10, "most": 15}
    best = cheapest_plan(Space.plane(xy), None, **bounds)
    bound = lower_bound(MedianProblem.of(Space.plane(xy), None, **bounds), best * 1.05)
    assert 0.97 * best < bound.value <= best * (1 + 1e-9)


points = st.integers(4, 14).flatmap(
    lambda n: arrays(float, (n, 2), elements=st.floats(-1e4, 1e4, width=32) | st.sampled_from([0.0, 1.0]))
)


@settings(deadline=None, max_examples=30)
@given(points, st.integers(0, 3), st.integers(3, 6), st.integers(0, 2))
def test_whatever_the_points_the_bound_is_between_nothing_and_the_best_plan(xy, least, most, spare):
    fewest = -(-len(xy) // most)
    bounds = {"fewest": fewest, "greatest": fewest + spare, "least": least, "most": most}
    best = cheapest_plan(Space.plane(xy), None, **bounds)
    if best is not None:
        bound = lower_bound(MedianProblem.of(Space.plane(xy), None, **bounds), best)
        assert -1e-9 <= bound.value <= best + 1e-9 * abs(best)


def quotas_of(n, rng):
    """Ask something of the medoids in two random groups."""
    quotas = Quotas.none(n)
    for ask in (Quotas.at_least, Quotas.at_most):
        quotas = ask(quotas, rng.random(n) < 0.5, int(rng.integers(0, 3)))
    return quotas


def test_a_bound_with_quotas_is_never_above_the_best_plan_that_keeps_them():
    """Whichever of equally good medoids is counted: the program chooses the one that keeps the quotas."""
    rng, higher = np.random.default_rng(0), 0
    for seed in range(PROBLEMS):
        space, load, bounds = problem(seed)
        quotas = quotas_of(space.points, rng)
        best = cheapest_plan(space, load, **bounds, quotas=list(zip(quotas.counted, quotas.least, strict=True)))
        if best is None:
            continue
        bound = lower_bound(MedianProblem.of(space, load, **bounds), best * 1.1, quotas=quotas)
        assert bound.value <= best * (1 + 1e-9), seed
        higher += bound.value > cheapest_of(seed) * (1 + 1e-6)
    assert higher > PROBLEMS / 10


def test_a_bound_that_starts_from_another_is_not_below_it():
    xy = np.random.default_rng(6).normal(size=(60, 2))
    five = MedianProblem.of(Space.plane(xy), None, **FIVE_GRIDS)
    first = lower_bound(five, 100.0, iterations=30)
    quotas = Quotas.none(60).at_least(xy[:, 0] > 0, 4)
    then = lower_bound(five, 100.0, iterations=30, quotas=quotas, start=first)
    assert then.value >= first.value * (1 - 1e-9)


def test_prices_alone_tell_the_bound():
    """The formula, computed by hand from the multipliers."""
    xy = np.random.default_rng(3).normal(size=(60, 2))
    bound = lower_bound(MedianProblem.of(Space.plane(xy), None, **FIVE_GRIDS), 100.0)
    cost = cdist(xy, xy) - bound.multiplier
    value = -bound.multiplier.copy()
    for j in range(60):
        others = np.sort(np.delete(cost[j], j))[:14]
        value[j] += others[:9].sum() + np.minimum(others[9:], 0).sum()
    assert value == pytest.approx(bound.median_value)
    assert bound.multiplier.sum() + np.sort(value)[:5].sum() == pytest.approx(bound.value)


def test_a_matrix_gives_the_same_bound_as_the_plane_it_is_of():
    xy = np.random.default_rng(4).normal(size=(500, 2)) * 100  # more than are listed as near
    plane, matrix = (
        lower_bound(MedianProblem.of(space, None, fewest=40, greatest=40, least=10, most=15), 20_000.0, iterations=50)
        for space in (Space.plane(xy), Space.given(cdist(xy, xy)))
    )
    assert matrix.value == pytest.approx(plane.value, rel=1e-6)


def test_points_on_one_spot_have_a_bound_of_zero():
    one_spot = MedianProblem.of(Space.plane(np.zeros((45, 2))), None, fewest=3, greatest=4, least=10, most=15)
    bound = lower_bound(one_spot, 0.0)
    assert -1e-9 <= bound.value <= 0.0


def test_every_grid_costs_its_price_besides_the_walk():
    one_spot = Space.plane(np.zeros((40, 2)))
    priced = MedianProblem.of(one_spot, None, fewest=3, greatest=4, least=10, most=15, price=100.0)
    bound = lower_bound(priced, 300.0)
    assert bound.value == pytest.approx(300.0)


def test_the_bound_is_never_above_the_cost_of_the_known_plan():
    xy = np.random.default_rng(5).normal(size=(60, 2))
    bound = lower_bound(MedianProblem.of(Space.plane(xy), None, **FIVE_GRIDS), 3.0)
    assert bound.value <= 3.0
