"""How many grids: a number shared among villages, a price for each grid, and what other numbers would lead to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridplan.engine.grid_count import count_by_price, other_counts, spread_over_villages
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.measure import appraise
from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Locations
from gridplan.engine.search.search import search


def problem_of(n, seed=0):
    xy = np.random.default_rng(seed).normal(size=(n, 2)) * 300
    return plane_problem(Locations.distinct(xy), None, least=10, most=15)


@given(st.lists(st.integers(20, 400), min_size=1, max_size=12), st.floats(0, 1))
def test_a_number_for_the_town_is_shared_out_exactly_where_that_is_feasible(households, where):
    feasible = [feasible_grids(n, 10, 15) for n in households]
    fewest, greatest = sum(f[0] for f in feasible), sum(f[-1] for f in feasible)
    grids = round(fewest + where * (greatest - fewest))
    counts = spread_over_villages(grids, households, 10, 15)
    assert sum(counts) == grids
    assert all(count in f for count, f in zip(counts, feasible, strict=True))


@pytest.mark.parametrize(("grids", "counts"), [(1, [2, 1, 7]), (1_000, [3, 1, 10])])
def test_a_number_out_of_reach_becomes_the_nearest_that_can_be_had(grids, counts):
    assert spread_over_villages(grids, [30, 17, 100], 10, 15) == counts


def test_villages_of_the_same_size_differ_by_one_grid_at_most():
    assert sorted(spread_over_villages(52, [100] * 6, 10, 15)) == [8, 8, 9, 9, 9, 9]


def test_the_dearer_a_grid_the_fewer_there_are():
    problem = problem_of(200)
    counts = [count_by_price(problem, price, seed=0) for price in (0.0, 600.0, 1e6)]
    assert counts[0] >= 19
    assert counts[-1] == 14
    assert counts == sorted(counts, reverse=True)


def test_a_price_is_met_by_the_number_that_costs_least_of_all():
    problem = problem_of(90, seed=3)
    cost = {
        k: appraise(problem, search(problem, k, effort="standard", seed=0).label, k)[-1] + 700 * k
        for k in feasible_grids(90, 10, 15)
    }
    assert cost[count_by_price(problem, 700.0, seed=0)] <= 1.01 * min(cost.values())


def test_fewer_grids_lead_to_more_walk_and_more_grids_to_less():
    problem = problem_of(240)
    fewer, more = other_counts(problem, 20, 10_000.0, seed=0)
    assert (fewer.grids, more.grids) == (19, 21)
    assert fewer.walk > 10_000 > more.walk


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_searches_that_were_cut_short_are_not_compared(after):
    asked = iter(range(1_000))
    assert other_counts(problem_of(240), 20, 10_000.0, seed=0, stop=lambda: next(asked) >= after) == ()


def test_a_price_is_met_by_fast_searches_after_a_stop():
    assert count_by_price(problem_of(200), 1e6, seed=0, stop=lambda: True) == 14


def test_where_no_other_number_works_nothing_is_said():
    assert other_counts(problem_of(20), 2, 1_000.0, seed=0) == ()
