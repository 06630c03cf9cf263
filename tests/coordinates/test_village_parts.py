"""The parts of a village that lie so far apart that it is hardly one, as the engine and as verify find them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.coordinates import LocalFrame, parts_apart
from gridplan.coordinates.village_parts import village_parts
from gridplan.verify.parts import parts


def around(n, east=0.0, north=0.0):
    return np.random.default_rng(n).normal(0, 300, (n, 2)) + (east, north)


TWO = (around(30), around(34, 15_000))
VILLAGES = {
    "one": ((around(60),), [60]),
    "two": (TWO, [34, 30]),
    "two with a lone house in the middle": ((*TWO, [(7_400, 0)]), [34, 31]),
    "two with lone houses on the way": ((*TWO, [(x, 900) for x in (3_700, 6_900, 11_300)]), [35, 32]),
    "two joined by farms": ((*TWO, [(x, 0) for x in range(3_000, 13_000, 2_500)] * 2), [72]),
    "farms around one, and a lone house": ((*TWO, [(-2_900, y) for y in range(-9_000, 10_000, 3_000)]), [37, 34]),
    "two of the least size": ((around(5), around(5, 15_000), [(7_000, 0)]), [6, 5]),
    "strays": ((around(60), around(4, 15_000)), [64]),
    "a stray does not turn the look away": ((*TWO, [(0, 200_000)]), [34, 31]),
    "three of one name": ((*TWO, around(40, 0, 20_000)), [40, 34, 30]),
    "around a corner": ((around(30), around(34, 9_000), around(40, 9_000, 9_500)), [104]),
    "far farms": ((np.column_stack([4_000 * np.arange(30.0), np.zeros(30)]),), [30]),
    "a village and far farms": (
        (around(90), [(3_500 * x, 3_500 * y) for x in (-2, -1, 1, 2) for y in range(4)]),
        [106],
    ),
}


@pytest.mark.parametrize("name", VILLAGES)
def test_parts_are_apart_whatever_few_houses_stand_in_between(name):
    pieces, sizes = VILLAGES[name]
    xy = np.concatenate(pieces)
    found = village_parts(xy)
    assert np.bincount(found).tolist() == sizes
    lonlat = LocalFrame(109.0, 34.0).to_degrees(xy)
    apart = parts_apart(lonlat)
    assert [part.homes.sum() for part in apart] == sizes[1:]
    assert all(part.metres > 10_000 for part in apart)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(-30, 30)] * 2, st.sampled_from([1, 1, 2, 5, 9])), min_size=1, max_size=9),
    st.integers(0, 2**16),
)
def test_verify_finds_the_same_parts_in_another_way(places, seed):
    rng = np.random.default_rng(seed)
    xy = np.concatenate([(1_000.0 * x, 1_000.0 * y) + rng.normal(0, 400, (n, 2)) for x, y, n in places])
    ours, theirs = village_parts(xy), parts(xy)
    assert ours.any() == theirs.any()
    told = theirs >= 0
    pairs = set(zip(ours[told].tolist(), theirs[told].tolist(), strict=True))
    assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    shift = rng.permutation(len(xy))
    again = village_parts(xy[shift])
    assert sorted(np.bincount(again)) == sorted(np.bincount(ours))
