"""The proof says what an independent program says, and improves an answer that can be improved."""

import time
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from textbook import cheapest_of, problem

from gridplan import MicroGridClustering
from gridplan.engine.model.distance import Space
from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Locations
from gridplan.engine.proof import certify as certifying
from gridplan.engine.proof import exact
from gridplan.engine.proof.bound import Counts, MedianProblem, Quotas, lower_bound
from gridplan.engine.proof.certify import certify
from gridplan.engine.proof.enumeration import ROOM
from gridplan.engine.proof.exact import prove
from gridplan.engine.proof.restricted_master import Plan, grid_list
from gridplan.engine.proof.set_partitioning import OutOfTimeError, Program
from gridplan.engine.search.search import search

pytestmark = pytest.mark.slow


def cost_of(space, label, price=0.0):
    apart = space.matrix if len(space.matrix) else cdist(space.xy, space.xy)
    grids = [np.flatnonzero(label == g) for g in np.unique(label)]
    return sum(apart[np.ix_(grid, grid)].sum(axis=1).min() + price for grid in grids)


def proven(space, load, label, bounds, **limits):
    known = cost_of(space, label, bounds.get("price", 0.0))
    median = MedianProblem.of(space, load, **bounds)
    return prove(median, lower_bound(median, known), label, **limits)


def some_plan(space, load, bounds, rng):
    """Return any plan within the bounds, found by throwing dice, or None."""
    load = np.ones(space.points) if load is None else load
    for k in range(bounds["fewest"], bounds["greatest"] + 1):
        for _ in range(300):
            label, weight = np.empty(space.points, int), np.zeros(k)
            for i in rng.permutation(space.points):
                label[i] = np.argmin(weight + rng.uniform(0, 2, k))
                weight[label[i]] += load[i]
            if weight.min() >= bounds["least"] and weight.max() <= bounds["most"] and len(set(label)) == k:
                return label
    return None


def test_from_any_plan_the_proof_reaches_what_the_textbook_program_finds():
    rng, reached = np.random.default_rng(0), []
    for seed in range(15):
        space, load, bounds = problem(seed)
        start = some_plan(space, load, bounds, rng)
        if start is None:
            continue
        best = cheapest_of(seed)
        label, lower = proven(space, load, start, bounds)
        cost = cost_of(space, label, bounds["price"])
        assert lower <= best * (1 + 1e-7), seed
        assert best * (1 - 1e-7) <= cost <= cost_of(space, start, bounds["price"]) * (1 + 1e-9), seed
        reached.append(cost - lower <= 1e-6 * cost)
    assert len(reached) > 10
    assert np.mean(reached) > 0.9


def test_where_lists_have_to_be_very_short_the_parts_still_say_nothing_that_is_not_true(monkeypatch):
    """Lists of at most 20 grids: what is proven is proven by quotas, by better prices and by splitting."""
    monkeypatch.setattr(exact, "LISTED", 20)
    rng, reached = np.random.default_rng(0), []
    for seed in range(8):
        space, load, bounds = problem(seed)
        start = some_plan(space, load, bounds, rng)
        if start is None:
            continue
        best = cheapest_of(seed)
        label, lower = proven(space, load, start, bounds, parts=12)
        assert lower <= best * (1 + 1e-7) <= cost_of(space, label, bounds["price"]) * (1 + 2e-7), seed
        reached.append(lower > lower_bound(MedianProblem.of(space, load, **bounds), best).value * (1 + 1e-6))
    assert any(reached)


def test_hamlets_far_apart_that_prices_say_little_about_are_solved_to_the_end():
    rng, sizes = np.random.default_rng(1), [9, 32, 19]
    centre = np.array([[0, 0], [600, 0], [200, 700]])
    xy = np.repeat(centre, sizes, axis=0) + rng.normal(size=(60, 2)) * 30
    space, bounds = Space.plane(xy), {"fewest": 5, "greatest": 5, "least": 10, "most": 15}
    start = MicroGridClustering(5, contiguous=False, random_state=0).fit_predict(xy)
    known = cost_of(space, start)
    assert lower_bound(MedianProblem.of(space, None, **bounds), known).value < 0.99 * known
    label, lower = proven(space, None, start, bounds)
    assert cost_of(space, label) == pytest.approx(lower, rel=1e-6)


def village(n, seed):
    """Hamlets of 8 to 40 and a few farms."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(8, 41, n)
    hamlet = np.repeat(np.arange(n), sizes)[:n]
    xy = rng.uniform(0, 60 * np.sqrt(n), (n, 2))[hamlet] + rng.normal(size=(n, 2)) * 40
    farms = rng.random(n) < 0.05
    return np.where(farms[:, None], rng.uniform(0, 60 * np.sqrt(n), (n, 2)), xy)


@pytest.mark.parametrize(("n", "seed"), [(80, 15), (100, 11), (120, 12)])
def test_a_village_is_solved_to_the_end(n, seed):
    space, k = Space.plane(village(n, seed)), round(n / 12)
    start = MicroGridClustering(k, contiguous=False, random_state=0).fit_predict(space.xy)
    bounds = {"fewest": k, "greatest": k, "least": 10, "most": 15}
    label, lower = proven(space, None, start, bounds)
    assert np.bincount(label).min() >= 10
    assert np.bincount(label).max() <= 15
    assert lower <= cost_of(space, label) * (1 + 1e-9) <= cost_of(space, start) * (1 + 2e-9)
    assert cost_of(space, label) == pytest.approx(lower, rel=1e-6)


@pytest.fixture(scope="module")
def hundred():
    """Return a village of a hundred households, its bounds, a plan that was found fast, and what is proven of it."""
    space, bounds = Space.plane(village(100, 11)), {"fewest": 8, "greatest": 8, "least": 10, "most": 15}
    start = MicroGridClustering(8, contiguous=False, effort="fast", random_state=0).fit_predict(space.xy)
    return space, bounds, start, proven(space, None, start, bounds)


def test_the_same_problem_gets_the_same_proof(hundred):
    space, bounds, start, first = hundred
    second = proven(space, None, start, bounds)
    assert (first[0] == second[0]).all()
    assert first[1] == second[1]


def test_without_time_the_answer_given_is_kept_and_the_bound_still_holds(hundred):
    space, bounds, start, (_, best) = hundred
    label, lower = proven(space, None, start, bounds, seconds=0.0, parts=0)
    assert lower <= best * (1 + 1e-9) <= cost_of(space, label) * (1 + 1e-6)


@pytest.mark.parametrize("after", range(4))
def test_a_proof_ends_at_a_stop_with_what_is_known(hundred, after):
    space, bounds, start, (best, _) = hundred
    asked = iter(range(1_000))
    label, lower = proven(space, None, start, bounds, stop=lambda: next(asked) >= after)
    assert next(asked) <= after + 3
    assert lower <= cost_of(space, best) * (1 + 1e-9) <= cost_of(space, label) * (1 + 1e-9)


def test_a_program_that_has_no_time_left_says_so_and_takes_none():
    program = Program(24, Counts(2, 2, 0.0), Quotas.none(24), 100.0)
    with pytest.raises(OutOfTimeError):
        program.relax(time.monotonic() - 1)


def test_a_proof_stopped_before_it_begins_changes_nothing(hundred):
    space, bounds, start, _ = hundred
    label, lower = proven(space, None, start, bounds, stop=lambda: True)
    assert label.tolist() == start.tolist()
    assert lower == lower_bound(MedianProblem.of(space, None, **bounds), cost_of(space, start)).value


def test_where_too_many_grids_are_equally_good_the_bound_is_returned_as_it_was():
    space, bounds = Space.plane(np.zeros((60, 2))), {"fewest": 5, "greatest": 5, "least": 10, "most": 15}
    label, lower = proven(space, None, np.arange(15) % 5, bounds)
    assert cost_of(space, label) == 0.0
    assert lower <= 0.0


def test_prices_strike_no_grid_off_a_list_that_the_best_plan_has():
    """At any prices, with any number of grids: the bound of the list, and what it says of every grid of that plan."""
    rng, settled = np.random.default_rng(0), 0
    for seed in range(6):
        space, load, bounds = problem(seed)
        start = some_plan(space, load, bounds, rng)
        if start is None:
            continue
        best = Plan(label := proven(space, load, start, bounds)[0], cost_of(space, label, bounds["price"]))
        median, quotas = MedianProblem.of(space, load, **bounds), Quotas.none(space.points)
        bound = lower_bound(median, best.cost, iterations=40)
        listed = grid_list(median, bound, quotas, best.cost, ROOM)
        for spread in (0.0, 0.02, 0.2):
            price = bound.multiplier * rng.normal(1, spread, space.points)
            priced = listed.priced(listed.duals._replace(once=price, worth=price.sum()), median)
            assert priced.relaxed <= best.cost * (1 + 1e-9), seed
            for grid in np.unique(label):
                members = np.flatnonzero(label == grid).tolist()
                at = [
                    g
                    for g, (a, b) in enumerate(pairwise(listed.grids.start))
                    if listed.grids.member[a:b].tolist() == members
                ]
                assert len(at) == 1, seed
                assert priced.relaxed + priced.excess[at[0]] <= best.cost * (1 + 1e-9), seed
            settled += 1
    assert settled > 8


def test_in_villages_too_large_for_a_proof_the_bound_knows_that_far_hamlets_have_whole_grids(monkeypatch):
    """Two hamlets of 33 households share five grids: the bound has two and a half in each."""
    rng = np.random.default_rng(0)
    xy = np.vstack([rng.normal(0, 100, (33, 2)), rng.normal(0, 100, (33, 2)) + (5_000, 0)])
    village = plane_problem(Locations.distinct(xy), None, least=10, most=15)
    label = search(village, 5, effort="standard", seed=0).label
    _, optimum = certify(village, label, thorough=True)
    monkeypatch.setattr(certifying, "PROVEN", 50)
    _, plain = certify(village, label, thorough=False)
    _, split = certify(village, label, thorough=True)
    assert 2 * plain < split <= optimum
