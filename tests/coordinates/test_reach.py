"""How far a village reaches: one stray position moves nothing, and is found."""

import numpy as np
import pytest
import shapely

from gridplan.coordinates import (
    area_m2,
    box_without_strays,
    far_from_middle,
    metres_between,
    metres_outside,
    middle_of,
    overlapped,
    overlapping,
)

HERE = np.array([(119.43 + i / 1000, 31.41 + i / 2000) for i in range(12)])
STRAYS = [(0.0, 0.0), (119.43, 31.71), (102.7, 25.0), (-60.0, -31.0)]


@pytest.mark.parametrize("stray", STRAYS)
def test_a_stray_is_found_and_stretches_no_box(stray):
    places = np.vstack([HERE, [stray]])
    assert far_from_middle(places).tolist() == [False] * 12 + [True]
    assert middle_of(places) == pytest.approx(middle_of(HERE), abs=0.01)
    assert box_without_strays(np.hstack([places, places])) == (*HERE.min(axis=0), *HERE.max(axis=0))


def test_a_box_is_that_of_all_where_all_lie_far_apart_and_none_where_there_is_nothing():
    far = [(100.0, 30.0, 101.0, 31.0), (110.0, 30.0, 111.0, 31.0)]
    assert box_without_strays(far) == (100.0, 30.0, 111.0, 31.0)
    assert box_without_strays(far[:1] * 2 + [(-60.0, -31.0, -60.0, -31.0)], 200_000) == far[0]
    assert box_without_strays([]) is None
    assert not far_from_middle(np.empty((0, 2))).size


def test_metres_to_an_area_are_those_on_the_ground():
    square = shapely.box(119.40, 31.40, 119.42, 31.42)
    assert metres_outside(square, (119.41, 31.41)) == 0
    for place in ((119.43, 31.41), (119.41, 31.43), (119.43, 31.43), (0.0, 0.0)):
        nearest = tuple(np.clip(place, (119.40, 31.40), (119.42, 31.42)).tolist())
        assert metres_outside(square, place) == pytest.approx(metres_between(nearest, place), rel=0.01)
    assert area_m2(square) == pytest.approx(1902 * 2217, rel=0.01)


def test_a_strip_along_the_edge_is_no_overlap():
    square = shapely.box(119.40, 31.40, 119.42, 31.42)
    beside, over = shapely.box(119.4199999, 31.40, 119.44, 31.42), shapely.box(119.415, 31.40, 119.44, 31.42)
    assert overlapped(square, {"beside": beside, "over": over, "away": shapely.box(1, 1, 2, 2)}) == ["over"]
    assert overlapped(square, {}) == []
    assert overlapping({"here": square, "beside": beside, "over": over}) == [("here", "over"), ("beside", "over")]
