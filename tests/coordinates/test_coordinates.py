"""Degrees to local metres and back, and every frame to WGS-84: what is lost on the way, and what is refused."""

from functools import cache

import numpy as np
import prcoords
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod, Transformer

from gridplan.coordinates import (
    BD09,
    BEIJING54,
    CGCS2000,
    CHINA,
    GCJ02,
    MERIDIANS,
    WGS84,
    XIAN80,
    LocalFrame,
    frame_mentioned,
    frame_named,
    frame_of_wkt,
    frame_with,
    planes_like,
    points_in_other_metres,
    points_to_wgs84,
    shapes_to_wgs84,
    wgs84_to_degrees,
)
from gridplan.errors import InputRefused

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


@pytest.mark.parametrize("place", [(np.nan, 37.95), (110.9, np.inf)])
def test_no_plane_is_of_nowhere(place):
    with pytest.raises(ValueError, match="no plane"):
        LocalFrame(*place).to_metres([(110.9, 37.95)])


def test_the_plane_is_the_one_that_proj_finds_for_the_frames():
    proj = "+proj=tmerc +lat_0=37.95 +lon_0=110.9 +ellps=WGS84 +units=m"
    far = np.add((110.9, 37.95), np.random.default_rng(0).uniform(-1, 1, (99, 2)))
    found = Transformer.from_crs("EPSG:4326", proj, always_xy=True).transform(*far.T)
    assert (LocalFrame(110.9, 37.95).to_metres(far) == np.column_stack(found)).all()


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


# ---- frames by name


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("wgs84", WGS84),
        ("WGS-84", WGS84),
        (" epsg:4326 ", WGS84),
        ("04326", WGS84),
        ("GCJ-02", GCJ02),
        ("火星坐标系", GCJ02),
        ("ＢＤ０９", BD09),
        ("百度", BD09),
        ("CGCS2000", CGCS2000),
        ("国家 2000", CGCS2000),
        ("4490", "EPSG:4490"),
        ("EPSG 4549", "EPSG:4549"),
    ],
)
def test_a_frame_is_known_by_any_spelling_of_its_name(name, frame):
    assert frame_named(name) == frame


@pytest.mark.parametrize("name", ["", "EPSG:", "EPSG:999999", "EPSG:5773", "-4326", "٤٣٢٦", "mars", "4326.0"])
def test_what_is_no_frame_of_the_ground_is_none(name):
    assert frame_named(name) is None


@pytest.mark.parametrize(
    "name", ["4610", "EPSG:2327", "2390", "4214", "2401", "2442", "21413", "4555", "西安80", "Beijing-54"]
)
def test_frames_that_need_control_points_are_refused_with_the_reason(name):
    with pytest.raises(InputRefused) as caught:
        frame_named(name)
    assert caught.value.message.code == "frame.no_datum_shift"
    assert "control points" in caught.value.say("en") and "控制点" in caught.value.say("zh")


@pytest.mark.parametrize("version", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_a_prj_says_the_same_as_a_code(version):
    for code in (4326, 4490, 4525, 4549, 32649):
        assert frame_of_wkt(CRS(code).to_wkt(version)) == f"EPSG:{code}"
    for code in (4610, 2343, 21418):
        with pytest.raises(InputRefused):
            frame_of_wkt(CRS(code).to_wkt(version))
    assert frame_of_wkt("no frame") is None


def test_a_prj_with_a_meridian_of_its_own_is_a_frame_too():
    wkt = CRS(4546).to_wkt("WKT1_ESRI").replace("111.0", "110.75").replace("CM_111E", "CM_110_75E")
    frame = frame_of_wkt(wkt)
    assert not frame.startswith("EPSG:")
    assert points_to_wgs84([(500_000, 4_200_000)], frame)[0, 0] == pytest.approx(110.75)


# ---- GCJ-02 and BD-09

CHINA_WEST, CHINA_SOUTH, CHINA_EAST, CHINA_NORTH = CHINA
IN_CHINA = st.lists(
    st.tuples(st.floats(CHINA_WEST, CHINA_EAST), st.floats(CHINA_SOUTH, CHINA_NORTH)), min_size=1, max_size=30
)
prcoords.PRC_EPS = 1e-9  # by itself it stops up to 2 cm short in BD-09
ORACLE = {GCJ02: (prcoords.wgs_gcj, prcoords.gcj_wgs_bored), BD09: (prcoords.wgs_bd, prcoords.bd_wgs_bored)}


def metres_apart(here, there):
    return np.array(EARTH.inv(*np.asarray(here, float).T, *np.asarray(there, float).T)[2])


@pytest.mark.parametrize("frame", [GCJ02, BD09])
@settings(deadline=None)
@given(points=IN_CHINA)
def test_shifted_degrees_and_back_lose_less_than_a_millimetre(frame, points):
    back = points_to_wgs84(wgs84_to_degrees(np.array(points), frame), frame)
    assert metres_apart(points, back).max() < 1e-3


@pytest.mark.parametrize("frame", [GCJ02, BD09])
@settings(deadline=None)
@given(points=IN_CHINA)
def test_shifted_degrees_are_those_of_everybody_else(frame, points):
    there, back = ORACLE[frame]
    shifted = np.array([there((lat, lon))[::-1] for lon, lat in points])
    assert wgs84_to_degrees(np.array(points), frame) == pytest.approx(shifted, abs=1e-9, rel=0)
    oracle = [back((lat, lon))[::-1] for lon, lat in shifted]
    assert metres_apart(points_to_wgs84(shifted, frame), oracle).max() < 0.01


@given(st.lists(st.tuples(st.floats(-180, 72), st.floats(-90, 90)), min_size=1))
def test_outside_china_gcj02_is_wgs84(points):
    assert np.array_equal(points_to_wgs84(points, GCJ02), np.array(points))


def test_a_town_is_some_500_metres_off_in_gcj02_and_more_in_bd09():
    town = np.array([(110.9, 37.95)])
    assert metres_apart(town, wgs84_to_degrees(town, GCJ02)) == pytest.approx(508, abs=5)
    assert metres_apart(town, wgs84_to_degrees(town, BD09)) == pytest.approx(1290, abs=100)


# ---- Gauss-Krueger


def in_metres(points, code):
    return np.column_stack(plane(code).transform(*np.asarray(points, float).T))


@cache
def plane(code):
    return Transformer.from_crs("EPSG:4326", code, always_xy=True)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(points=IN_CHINA, northing_first=st.booleans(), six_degrees=st.booleans())
def test_the_zone_before_the_easting_places_metres(points, northing_first, six_degrees):
    points = np.array(points)[np.array(points)[:, 1] > 18]
    if six_degrees:
        codes = 4491 + np.clip(np.floor(points[:, 0] / 6) + 1, 13, 23).astype(int) - 13
    else:
        codes = 4513 + np.clip(np.round(points[:, 0] / 3), 25, 45).astype(int) - 25
    metres = np.array(
        [in_metres([point], f"EPSG:{code}")[0] for point, code in zip(points, codes, strict=True)]
    ).reshape(-1, 2)
    written = metres[:, ::-1] if northing_first else metres
    back = points_to_wgs84(written, CGCS2000)
    assert back.shape == points.shape
    assert metres_apart(points, back).max(initial=0) < 1e-3


@settings(deadline=None, max_examples=40)
@given(points=IN_CHINA, northing_first=st.booleans())
def test_the_meridian_of_the_frame_places_metres_without_a_zone(points, northing_first):
    points = np.array(points)[np.array(points)[:, 1] > 18]
    middle = MERIDIANS[int(np.clip(round(points[0, 0] / 3) - 25, 0, 20))] if len(points) else 111
    points[:, 0] = middle + np.clip(points[:, 0] - middle, -1.5, 1.5)
    metres = in_metres(points, frame_with(middle))
    back = points_to_wgs84(metres[:, ::-1] if northing_first else metres, frame_with(middle))
    assert metres_apart(points, back).max(initial=0) < 1e-3
    assert points_to_wgs84(metres + (1e6 * middle / 3, 0), frame_with(75)) == pytest.approx(back)  # the zone decides


def test_metres_without_a_zone_and_without_a_meridian_are_refused_with_the_candidates():
    with pytest.raises(InputRefused) as caught:
        points_to_wgs84(in_metres([(110.9, 37.95)], "EPSG:4546"), CGCS2000)
    assert caught.value.message.code == "frame.which_meridian"
    assert "111°E EPSG:4546" in caught.value.say("en") and "EPSG:4546" in caught.value.say("zh")


def test_degrees_of_cgcs2000_stay_as_they_are():
    town = np.array([(110.9, 37.95), (np.nan, np.nan)])
    for frame in (CGCS2000, "EPSG:4490"):
        assert points_to_wgs84(town, frame) == pytest.approx(town, abs=1e-12, nan_ok=True)


def test_a_zone_that_is_none_places_nothing_and_no_place_stays_none():
    here = in_metres([(110.9, 37.95)], "EPSG:4525")
    points = points_to_wgs84(np.vstack([here, here + (1e7, 0), [(np.nan, np.nan)]]), CGCS2000)
    assert points[0] == pytest.approx((110.9, 37.95))
    assert np.isinf(points[1]).all() and np.isnan(points[2]).all()


def test_northings_first_are_recognised_by_the_area_of_any_other_frame():
    utm = in_metres([(110.9, 37.95), (110.91, 37.96)], "EPSG:32649")
    for metres in (utm, utm[:, ::-1]):
        assert points_to_wgs84(metres, "EPSG:32649")[0] == pytest.approx((110.9, 37.95))
    vaduz = in_metres([(9.52, 47.14)], "EPSG:2056")
    assert points_to_wgs84(vaduz, "EPSG:2056")[0] == pytest.approx((9.52, 47.14), abs=1e-4)


@pytest.mark.parametrize("frame", [WGS84, CGCS2000, GCJ02, BD09, "EPSG:4525", "EPSG:4546", "EPSG:32649"])
def test_shapes_move_vertex_by_vertex_in_every_frame(frame):
    field = shapely.Polygon(
        shapely.box(110.9, 37.9, 111, 38).exterior, [shapely.box(110.93, 37.93, 110.96, 37.96).exterior]
    )

    def away(lonlat):
        return in_metres(lonlat, frame) if frame.startswith("EPSG") else wgs84_to_degrees(lonlat, frame)

    shapes = np.array([shapely.transform(field, away), None, shapely.transform(shapely.Point(111, 38), away)], object)
    here, none, point = shapes_to_wgs84(shapes, frame)
    assert here.equals_exact(field, 1e-8) and none is None
    assert point.equals_exact(shapely.Point(111, 38), 1e-8)


# ---- frames that a text speaks of, and metres that may be of another plane


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ("经度(西安80)", XIAN80),
        ("1980西安坐标系", XIAN80),
        ("Xi'an_1980", XIAN80),
        ("北京1954坐标系", BEIJING54),
        ("Beijing 54", BEIJING54),
        ("gcj02_lng", GCJ02),
        ("GCJ-02", GCJ02),
        ("火星坐标", GCJ02),
        ("高德经度", GCJ02),
        ("百度地图坐标", BD09),
        ("bd09ll_lat", BD09),
        ("CGCS2000", CGCS2000),
        ("经度（WGS-84）", WGS84),
        ("西安80户", None),
        ("高德村", None),
        ("百度网盘", None),
        ("经度", None),
        ("北京路54号", None),
        ("", None),
    ],
)
def test_a_frame_is_heard_of_in_a_text_and_a_village_is_none(text, frame):
    assert frame_mentioned(text) == frame


@pytest.mark.parametrize("plane", ["EPSG:4546", "EPSG:4525", "EPSG:4497", "EPSG:32649"])
@pytest.mark.parametrize("other", ["EPSG:4547", "EPSG:32650"])
def test_metres_of_another_plane_are_found_again(plane, other):
    homes = np.array([(111.0, 37.9), (110.2, 21.5)])
    bare = {"EPSG:4525": "EPSG:4546", "EPSG:4497": "EPSG:4546"}.get(plane, plane)
    metres = np.column_stack(Transformer.from_crs(WGS84, bare, always_xy=True).transform(*homes.T))
    expected = np.column_stack(Transformer.from_crs(other, WGS84, always_xy=True).transform(*metres.T))
    assert points_in_other_metres(homes, plane, other) == pytest.approx(expected, abs=1e-9)


def test_the_planes_that_metres_may_be_of_are_all_but_their_own():
    assert "EPSG:4546" not in planes_like("EPSG:4546") and "EPSG:32649" in planes_like("EPSG:4546")
    assert "EPSG:4546" not in planes_like("EPSG:4525") and len(planes_like("EPSG:4525")) == len(MERIDIANS) - 1 + 11
    assert "EPSG:32649" not in planes_like("EPSG:32649")
