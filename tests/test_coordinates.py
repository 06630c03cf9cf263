"""Degrees to local metres and back: what is lost on the way, and that one stray point cannot move the frame."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gridplan.coordinates import LocalFrame

EARTH = Geod(ellps="WGS84")
PLACES = st.tuples(st.floats(-179, 179), st.floats(-80, 80))
OFFSETS = st.lists(st.tuples(st.floats(-50_000, 50_000), st.floats(-50_000, 50_000)), min_size=1, max_size=20)


@settings(deadline=None)
@given(PLACES, OFFSETS)
def test_metres_to_degrees_and_back_lose_less_than_a_millimetre(place, offsets):
    frame = LocalFrame(*place)
    there = frame.to_metres(frame.to_degrees(offsets))
    assert np.abs(there - offsets).max() < 1e-3


@settings(deadline=None)
@given(PLACES, st.floats(0, 50_000), st.floats(0, 360))
def test_degrees_to_metres_and_back_lose_less_than_a_millimetre(place, away, bearing):
    lon, lat, _ = EARTH.fwd(*place, bearing, away)
    frame = LocalFrame(*place)
    ((back_lon, back_lat),) = frame.to_degrees(frame.to_metres([(lon, lat)]))
    assert EARTH.inv(lon, lat, back_lon, back_lat)[2] < 1e-3


@settings(deadline=None)
@given(PLACES, st.floats(1, 50_000), st.floats(0, 360), st.floats(0, 360))
def test_distances_are_true_to_one_in_ten_thousand(place, away, bearing, other_bearing):
    here, there = (EARTH.fwd(*place, azimuth, away)[:2] for azimuth in (bearing, other_bearing))
    frame = LocalFrame(*place)
    flat = np.hypot(*np.subtract(*frame.to_metres([here, there])))
    true = EARTH.inv(*here, *there)[2]
    assert flat == pytest.approx(true, rel=1e-4, abs=1e-3)


def test_east_is_x_and_north_is_y():
    frame = LocalFrame(110.9, 37.95)
    (origin, east, north) = frame.to_metres([(110.9, 37.95), (110.91, 37.95), (110.9, 37.96)])
    assert origin == pytest.approx((0, 0), abs=1e-6)
    assert east == pytest.approx((879, 0), abs=1)
    assert north == pytest.approx((0, 1110), abs=1)


@settings(deadline=None)
@given(st.floats(-179, 179), st.floats(-80, 80))
def test_one_stray_point_does_not_move_the_frame(lon, lat):
    village = [(110.9 + step / 1000, 37.95) for step in range(-3, 4)]
    frame = LocalFrame.around([*village, (lon, lat)])
    assert abs(frame.lon - 110.9) <= 0.001
    assert frame.lat == 37.95


def test_the_frame_is_at_the_median():
    assert LocalFrame.around([(1, 10), (2, 30), (9, 20)]) == LocalFrame(2.0, 20.0)


def test_no_points_are_no_points():
    frame = LocalFrame(110.9, 37.95)
    assert frame.to_metres(np.empty((0, 2))).shape == (0, 2)
    assert frame.to_degrees([]).shape == (0, 2)


def test_shapes_go_vertex_by_vertex_with_their_holes():
    frame = LocalFrame(110.9, 37.95)
    field = shapely.Polygon(shapely.box(0, 0, 900, 600).exterior, [shapely.box(100, 100, 200, 200).exterior])
    back = frame.shape_to_metres(frame.shape_to_degrees(field))
    assert back.equals_exact(field, 1e-3)
    assert frame.shape_to_degrees(field).area < 1
