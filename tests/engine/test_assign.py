"""Members to grids: the solver's answer against every answer there is."""

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gridplan.engine.assign import NOBODY, deputise, lead_grids, walks

METRES = st.integers(-50, 200).map(float)


@st.composite
def cases(draw, most_members=6):
    """Costs with many ties, of up to six grids and members, and how many grids each member may lead and does."""
    grids, members = draw(st.integers(0, 6)), draw(st.integers(0, most_members))
    cost = draw(arrays(float, (grids, members), elements=METRES | st.sampled_from([0.0, 0.001, 100.0])))
    further = draw(arrays(float, grids, elements=st.integers(0, 300).map(float)))
    most = draw(arrays(np.intp, members, elements=st.integers(1, 2)))
    already = draw(arrays(np.intp, members, elements=st.integers(0, 2)))
    return cost, further, most, already


def all_leads(grids, most, already):
    """Walk every way to give the grids to members who have room for them."""
    room = np.maximum(most - already, 0)
    for lead in product(range(NOBODY, len(most)), repeat=grids):
        taken = np.bincount(np.array([member for member in lead if member != NOBODY], int), minlength=len(most))
        if (taken <= room).all():
            yield np.array(lead, int)


def total(lead, cost, further, already):
    """Return how many grids have nobody, and the sum of costs, a member's grids counted in the best order."""
    led = np.flatnonzero(lead != NOBODY)
    metres = cost[led, lead[led]].sum()
    for member in set(lead[led].tolist()):
        own = np.flatnonzero(lead == member)
        nth = np.arange(len(own)) + already[member]
        metres += min(sum(further[grid] * n for grid, n in zip(order, nth, strict=True)) for order in permutations(own))
    return (lead == NOBODY).sum(), metres


@given(cases(most_members=4))
@settings(deadline=None)
def test_no_other_way_leads_more_grids_or_costs_less(case):
    cost, further, most, already = case
    lead = lead_grids(cost, further, most, already)
    unled, metres = total(lead, cost, further, already)
    best = min(total(other, cost, further, already) for other in all_leads(len(cost), most, already))
    assert unled == best[0]
    assert metres == pytest.approx(best[1], abs=0.001)


@given(st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_six_members_for_up_to_six_grids_are_given_out_at_least_cost(grids, seed):
    cost = np.random.default_rng(seed).uniform(-500, 5000, (grids, 6))
    lead = lead_grids(cost, np.zeros(grids), np.ones(6, int), np.zeros(6, int))
    least = min(
        sum(cost[grid, member] for grid, member in enumerate(chosen)) for chosen in permutations(range(6), grids)
    )
    assert cost[np.arange(grids), lead].sum() == pytest.approx(least, abs=0.01)


@given(cases())
def test_nobody_leads_more_grids_than_they_may(case):
    cost, further, most, already = case
    lead = lead_grids(cost, further, most, already)
    led = np.bincount(lead[lead != NOBODY], minlength=len(most))
    assert (led <= np.maximum(most - already, 0)).all()


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_of_equally_good_ways_the_one_with_the_members_in_front_is_taken(grids, members, seed):
    cost = np.random.default_rng(seed).integers(0, 3, (grids, members)).astype(float)
    lead = lead_grids(cost, np.zeros(grids), np.ones(members, int), np.zeros(members, int))
    ways = [
        (*total(other, cost, np.zeros(grids), np.zeros(members, int)), sorted(other[other != NOBODY].tolist()))
        for other in all_leads(grids, np.ones(members, int), np.zeros(members, int))
    ]
    assert sorted(lead[lead != NOBODY].tolist()) == min(ways)[2]


def test_a_difference_of_a_millimetre_outweighs_every_tie():
    cost = np.full((200, 400), 60_000.0)
    cost[:, 200:] -= 0.001
    lead = lead_grids(cost, np.zeros(200), np.ones(400, int), np.zeros(400, int))
    assert (lead >= 200).all()


def test_a_second_grid_costs_more_than_somebody_farther_away():
    cost = np.array([[10.0, 900.0], [10.0, 900.0]])
    assert sorted(lead_grids(cost, np.full(2, 1000.0), np.array([2, 1]), np.zeros(2, int))) == [0, 1]
    assert sorted(lead_grids(cost, np.full(2, 800.0), np.array([2, 1]), np.zeros(2, int))) == [0, 0]


def test_a_grid_led_already_counts_as_the_first():
    cost = np.array([[10.0, 900.0]])
    assert lead_grids(cost, np.array([1000.0]), np.array([2, 1]), np.array([1, 0])).tolist() == [1]


@given(cases())
def test_deputies_are_spread_evenly_and_nobody_is_forgotten(case):
    cost, *_ = case
    grid = deputise(cost)
    if not len(cost):
        assert (grid == NOBODY).all()
        return
    deputies = np.bincount(grid, minlength=len(cost))
    assert deputies.sum() == cost.shape[1]
    assert deputies.max() - deputies.min() <= 1


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_the_first_deputies_of_all_grids_are_given_out_at_least_cost(grids, members, seed):
    cost = np.random.default_rng(seed).uniform(0, 1000, (grids, members))
    if members > grids:
        cost = cost[:, :grids]
    chosen = deputise(cost)
    least = min(
        sum(cost[grid, member] for member, grid in enumerate(order))
        for order in permutations(range(grids), cost.shape[1])
    )
    assert cost[chosen, np.arange(cost.shape[1])].sum() == pytest.approx(least, abs=0.01)


def test_walks_are_the_sums_of_straight_metres_and_an_empty_grid_is_no_walk():
    homes = np.array([[0.0, 0.0], [30.0, 40.0]])
    households = np.array([[0.0, 0.0], [3.0, 4.0], [30.0, 40.0]])
    walked = walks(homes, households, np.array([2, 0, 2]), 3)
    assert walked == pytest.approx(np.array([[5.0, 45.0], [0.0, 0.0], [50.0, 50.0]]))
