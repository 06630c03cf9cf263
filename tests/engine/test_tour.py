"""The shortest closed walk: as short as any order of the places, and near that where there are too many to try all."""

from itertools import chain, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine import tour
from gridplan.engine.tour import shortest_path, visiting_order

PLACES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=7)


def length(xy, order):
    return np.linalg.norm(xy[order] - xy[np.roll(order, -1)], axis=1).sum()


def places(n, seed=0):
    return np.random.default_rng(seed).uniform(0, 300, (n, 2))


@settings(deadline=None, max_examples=60)
@given(PLACES)
def test_no_order_of_the_places_is_shorter(listed):
    xy = np.array(listed, float)
    shortest = min(length(xy, np.array((0, *others))) for others in permutations(range(1, len(xy))))
    assert length(xy, visiting_order(xy)) == pytest.approx(shortest)


def way(xy, order):
    return np.linalg.norm(np.diff(xy[list(order)], axis=0), axis=1).sum()


@settings(deadline=None, max_examples=60)
@given(PLACES)
def test_no_way_past_all_places_is_shorter_wherever_it_begins(listed):
    xy = np.array(listed, float)
    path = shortest_path(xy)
    assert sorted(path) == list(range(len(xy)))
    assert way(xy, path) == pytest.approx(min(way(xy, order) for order in permutations(range(len(xy)))))
    assert path[0] <= path[-1]


def test_a_long_way_past_many_places_in_a_row_goes_along_them():
    xy = np.column_stack([np.random.default_rng(1).permutation(40) * 100.0, np.zeros(40)])
    assert way(xy, shortest_path(xy)) == pytest.approx(3900)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40))
def test_every_household_is_visited_once_and_those_on_one_spot_together_in_their_order(listed):
    order = visiting_order(np.array(listed, float).reshape(-1, 2)).tolist()
    assert sorted(order) == list(range(len(listed)))
    visits = [[at for at in order if listed[at] == spot] for spot in dict.fromkeys(listed[at] for at in order)]
    assert list(chain(*visits)) == order
    assert all(visit == sorted(visit) for visit in visits)


@pytest.mark.parametrize("n", [3, 13, 15, 16, 40])
def test_it_begins_at_the_first_and_turns_towards_the_smaller_index(n):
    order = visiting_order(places(n))
    assert order[0] == 0
    assert order[1] < order[-1]


def test_the_walk_is_the_shortest_up_to_the_largest_grid():
    """Fifteen places on a circle in any order: it is walked round."""
    angle = np.random.default_rng(1).permutation(15) * 2 * np.pi / 15
    xy = 50 * np.column_stack([np.cos(angle), np.sin(angle)])
    assert length(xy, visiting_order(xy)) == pytest.approx(15 * 100 * np.sin(np.pi / 15))


def test_of_more_places_it_is_hardly_longer_than_the_shortest(monkeypatch):
    towns = [places(13, seed) for seed in range(30)]
    shortest = np.array([length(xy, visiting_order(xy)) for xy in towns])
    monkeypatch.setattr(tour, "MOST_EXACT", 0)
    found = np.array([length(xy, visiting_order(xy)) for xy in towns])
    assert (found > shortest - 1e-6).all()
    assert (found / shortest).mean() < 1.01


def test_no_leg_exchanged_and_no_run_moved_would_shorten_the_walk_of_many_places():
    xy = places(30, seed=7)
    order = visiting_order(xy)
    walk, now = order.tolist(), length(xy, order)
    for i in range(30):
        for j in range(i + 1, 30):
            assert length(xy, np.array(walk[:i] + walk[i : j + 1][::-1] + walk[j + 1 :])) > now - 1e-6
            rest = walk[:i] + walk[i + 1 :]
            assert length(xy, np.array([*rest[:j], walk[i], *rest[j:]])) > now - 1e-6
