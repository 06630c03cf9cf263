"""Grids of households without positions: bounds, hamlets kept whole where sizes allow, doors in their order."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.roster import cut_by_roster

BOUNDS = {"least": 10, "most": 15, "target": 12}


def hamlets_of(*sizes):
    """Returns the hamlets of the households of a list, one hamlet below the other."""
    return [f"{number}组" for number, size in enumerate(sizes, start=1) for _ in range(size)]


def cut(*sizes, **bounds):
    hamlets = hamlets_of(*sizes)
    return cut_by_roster(hamlets, [None] * len(hamlets), **(BOUNDS | bounds))


def runs(*sizes, **bounds):
    """Returns of each grid how many households it has of each hamlet."""
    grid, hamlets = cut(*sizes, **bounds), np.array(hamlets_of(*sizes))
    return [
        [int((hamlets[grid == g] == hamlet).sum()) for hamlet in dict.fromkeys(hamlets[grid == g])]
        for g in range(grid.max() + 1)
    ]


# ---- hamlets


def test_a_hamlet_that_is_a_grid_stays_one():
    assert runs(12, 11, 14, 10) == [[12], [11], [14], [10]]


def test_a_large_hamlet_is_cut_into_grids_of_its_own():
    assert runs(24, 37) == [[12], [12], [12], [12], [13]]
    assert runs(28, 10) == [[14], [14], [10]]


def test_small_hamlets_are_joined_with_the_next():
    assert runs(6, 6, 5, 7, 12) == [[6, 6], [5, 7], [12]]


def test_as_few_hamlets_are_torn_as_the_bounds_allow():
    assert runs(9, 9, 9) == [[9, 4], [5, 9]]
    assert runs(13, 4, 13, 12) == [[13], [4, 10], [3, 12]]


# ---- places


def joined(sizes, east):
    """Returns the hamlets of each grid, by number, given how many metres east each lies; nan where that is unknown."""
    hamlets = hamlets_of(*sizes)
    xy = np.column_stack([np.repeat(np.array(east, float), sizes), np.repeat(0.0 * np.array(east, float), sizes)])
    grid = cut_by_roster(hamlets, [None] * len(hamlets), xy, **BOUNDS)
    return [sorted({int(hamlets[at][:-1]) for at in np.flatnonzero(grid == g)}) for g in range(grid.max() + 1)]


def test_hamlets_share_a_grid_with_those_that_lie_nearest_whatever_the_order_of_the_list():
    assert joined((6, 6, 6, 6), (0, 5000, 100, 5100)) == [[1, 3], [2, 4]]
    assert joined((6, 6, 6, 6), (0, 0, 0, 0)) == [[1, 2], [3, 4]]


def test_a_hamlet_is_divided_before_small_ones_far_apart_are_joined():
    assert joined((14, 6, 6, 14), (0, 200, 400, 600)) == [[1], [2, 3], [4]]
    assert joined((14, 6, 6, 14), (0, 200, 7200, 7400)) == [[1], [1, 2], [3, 4], [4]]


def test_a_hamlet_without_a_place_comes_last():
    assert joined((6, 6, 6, 6), (0, np.nan, 100, 5000)) == [[1, 3], [2, 4]]


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.integers(0, 50), st.integers(1, 30), min_size=1, max_size=8))
def test_grids_by_places_hold_the_bounds_and_follow_the_places_in_a_row(size_at):
    hamlets = [str(place) for place, size in size_at.items() for _ in range(size)]
    if not feasible_grids(len(hamlets), 10, 15):
        return
    east = np.array(list(map(float, hamlets)))
    grid = cut_by_roster(hamlets, [None] * len(hamlets), np.column_stack([100 * east, 0 * east]), **BOUNDS)
    assert set(np.bincount(grid)) <= set(range(10, 16))
    spans = sorted((east[grid == g].min(), east[grid == g].max()) for g in range(grid.max() + 1))
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_households_without_a_hamlet_count_as_one():
    hamlets = ["一组"] * 12 + [None] * 12
    assert cut_by_roster(hamlets, [None] * 24, **BOUNDS).tolist() == [0] * 12 + [1] * 12


def test_a_hamlet_scattered_over_the_list_is_gathered():
    hamlets = ["一组", "二组"] * 12
    assert cut_by_roster(hamlets, [None] * 24, **BOUNDS).tolist() == [0, 1] * 12


# ---- doors


def test_grids_are_runs_of_doors_and_equal_doors_stay_in_list_order():
    doors = [str(n) for n in range(24, 0, -1)]
    assert cut_by_roster(["一组"] * 24, doors, **BOUNDS).tolist() == [1] * 12 + [0] * 12
    assert cut_by_roster(["一组"] * 24, ["5"] * 24, **BOUNDS).tolist() == [0] * 12 + [1] * 12


# ---- bounds


@pytest.mark.parametrize("n", range(1, 61))
def test_the_bounds_hold_wherever_they_can_and_are_broken_least_elsewhere(n):
    sizes = np.bincount(cut(n))
    if feasible_grids(n, 10, 15):
        assert sizes.min() >= 10
        assert sizes.max() <= 15
    else:
        assert sizes.tolist() == ([n] if n < 18 else [9, n - 9])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 12), st.integers(0, 8))
def test_every_grid_is_a_run_of_the_roster_within_any_bounds(hamlets, least, more):
    most = least + more
    grid = cut(*hamlets, least=least, most=most, target=(least + most) / 2)
    steps = np.diff(grid)
    assert grid[0] == 0
    assert set(steps.tolist()) <= {0, 1}
    if feasible_grids(len(grid), least, most):
        sizes = np.bincount(grid)
        assert least <= sizes.min() <= sizes.max() <= most


def cost(cuts, hamlets, target):
    """Returns the price of a cut as the docstring has it: how often a hamlet is torn, then the squares."""
    grids = [hamlets[start:end] for start, end in pairwise(cuts)]
    torn = sum(
        before[-1] == after[0] and (len(set(before)) > 1 or len(set(after)) > 1) for before, after in pairwise(grids)
    )
    return torn, sum((len(grid) - target) ** 2 for grid in grids)


def all_cuts(n, least, most, done=(0,)):
    if done[-1] == n:
        yield done
    for size in range(least, most + 1):
        if done[-1] + size <= n:
            yield from all_cuts(n, least, most, (*done, done[-1] + size))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=5), st.integers(2, 4), st.integers(1, 3), st.integers(2, 6))
def test_no_other_cut_is_cheaper(sizes, least, more, target):
    hamlets = hamlets_of(*sizes)
    every = list(all_cuts(len(hamlets), least, least + more))
    if every:
        grid = cut(*sizes, least=least, most=least + more, target=target)
        own = (*np.flatnonzero(np.diff(grid, prepend=-1)).tolist(), len(hamlets))
        assert cost(own, hamlets, target) == min(cost(other, hamlets, target) for other in every)
