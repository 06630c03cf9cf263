"""Remainders of hamlets: gathered where that costs little, within all bounds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.cutting import Cutting
from gridplan.engine.model.deadline import Deadline
from gridplan.engine.model.proximity import Locations, adjacency
from gridplan.engine.model.settings import Settings, never
from gridplan.engine.remainders import COST, _Places, _shorten, gather_remainders


def cutting(xy):
    locations = Locations.distinct(xy)
    return Cutting(locations, adjacency(locations.xy), Settings(), 1, 0, never, Deadline(None))


def hamlets_in(label, hamlet):
    return [len(set(hamlet[label == grid])) for grid in range(label.max() + 1)]


def test_a_remainder_goes_to_its_hamlet_and_what_has_no_room_comes_back():
    hamlet = np.repeat([0, 1, 2], [11, 11, 2])
    label = np.repeat([0, 1, 0, 1], [10, 2, 1, 11])
    xy = np.column_stack([np.arange(24.0), np.zeros(24)])
    assert hamlets_in(label, hamlet) == [2, 3]
    gathered = gather_remainders(label, hamlet, np.zeros(24, int), cutting(xy))
    assert hamlets_in(gathered, hamlet) == [1, 2]
    on_two_sides = np.where(label == 0, 0, 1)
    assert (gather_remainders(label, hamlet, on_two_sides, cutting(xy)) == label).all()


def test_households_beside_a_remainder_are_swapped_for_shorter_walks_but_join_no_other_hamlet():
    xy, label = np.column_stack([np.arange(24.0), np.zeros(24)]), np.repeat([0, 1], 12)
    label[[2, 20]] = 1, 0
    apart, together = label.copy(), label.copy()
    _shorten(apart, [0], _Places(label, np.zeros(24, int), cutting(xy)))
    _shorten(together, [0], _Places(np.zeros(24, int), np.zeros(24, int), cutting(xy)))
    assert apart.tolist() == label.tolist()
    assert np.count_nonzero(np.diff(together)) == 1


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31))
def test_grids_have_fewer_hamlets_and_nothing_else_is_worse(seed):
    random = np.random.default_rng(seed)
    sizes = random.integers(3, 18, 7)
    xy = np.vstack([random.normal(0, 40, (size, 2)) + random.uniform(0, 300, 2) for size in sizes])
    hamlet = np.repeat(np.arange(7), sizes)
    order = np.argsort(xy[:, 0])
    k = max(1, len(xy) // 12)
    label = np.empty(len(xy), np.int64)
    label[order] = np.arange(len(xy)) * k // len(xy)
    of = cutting(xy)
    before, after = of.measure(label), of.measure(gather_remainders(label, hamlet, np.zeros(len(xy), int), of))
    few = range(of.settings.least, of.settings.most + 1)
    outside = [sum(size not in few for size in np.bincount(one.label)) for one in (before, after)]
    assert outside[1] <= outside[0]
    assert (after.pieces <= before.pieces).all()
    assert after.walk.sum() <= before.walk.sum() * (1 + COST) + 1e-6
    assert sum(hamlets_in(after.label, hamlet)) <= sum(hamlets_in(before.label, hamlet))
