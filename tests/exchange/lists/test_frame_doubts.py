"""A wrong frame is noticed and nothing else is: the demo town in other frames, and in its own."""

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from gridplan.coordinates import BD09, CGCS2000, GCJ02, WGS84, points_to_wgs84, wgs84_to_degrees
from gridplan.exchange.lists.positions.frame_doubts import frame_doubts

pytestmark = pytest.mark.slow

DEGREES = [WGS84, GCJ02, BD09]


@pytest.fixture(scope="module")
def town(demo_town):
    return demo_town


@pytest.fixture(scope="module")
def homes(town):
    return np.array([(home.lon, home.lat) for home in town.households[::3]])


@pytest.fixture(scope="module")
def villages(town):
    return [home.village for home in town.households[::3]]


@pytest.fixture(scope="module")
def outlines(town):
    return {village.name: village.boundary for village in town.villages}


def seen(lonlat, villages, outlines, frame=WGS84):
    """What is said of a list, by code; every sentence exists in both languages."""
    messages = frame_doubts(lonlat, villages, outlines, frame, lambda at: str(at + 2))
    assert all(message.say("en") and message.say("zh") for message in messages)
    return {message.code.removeprefix("frame.seen."): message for message in messages}


def doubts(*arguments):
    """What is said of the frame of a list, besides that households lie outside."""
    return {code: message for code, message in seen(*arguments).items() if code != "outside"}


def misread(lonlat, written, read):
    """The positions of a list written in one frame and read in another."""
    return points_to_wgs84(wgs84_to_degrees(lonlat, written), read)


# ---- against outlines


@pytest.mark.parametrize("read", [*DEGREES, CGCS2000])
@pytest.mark.parametrize("written", DEGREES)
def test_a_town_read_in_another_frame_is_noticed_and_in_its_own_is_not(homes, villages, outlines, written, read):
    found = doubts(misread(homes, written, read), villages, outlines, read)
    if written == read or {written, read} == {WGS84, CGCS2000}:
        assert found == {}
        return
    (message,) = found.values()
    assert message.code == "frame.seen.households"
    assert message.values["n"] == message.values["of"] == len(homes)
    assert message.say("en").endswith(f"pass --crs {'wgs84' if written == WGS84 else written}.")


@pytest.mark.parametrize("outlines_in", [GCJ02, BD09])
def test_outlines_in_another_frame_are_noticed_as_such(homes, villages, outlines, outlines_in):
    drawn = {
        name: shapely.transform(outline, lambda vertices: wgs84_to_degrees(vertices, outlines_in))
        for name, outline in outlines.items()
    }
    (message,) = doubts(homes, villages, drawn).values()
    assert message.code == "frame.seen.outlines" and message.say("en").endswith(f"FILE@{outlines_in}.")


def test_without_names_any_village_counts(homes, villages, outlines):
    nameless = [None] * len(homes)
    assert doubts(homes, nameless, outlines) == {}
    assert doubts(misread(homes, GCJ02, WGS84), nameless, outlines)["households"].values["option"] == "gcj02"


def test_every_village_alone_is_silent_when_right_and_noticed_when_not(town, homes, villages, outlines):
    shifted = misread(homes, GCJ02, WGS84)
    for village in town.villages:
        own = np.array(villages) == village.name
        names = [village.name] * int(own.sum())
        assert doubts(homes[own], names, outlines) == {}
        found = doubts(shifted[own], names, outlines)
        outside = ~shapely.contains_xy(outlines[village.name], shifted[own])
        assert set(found) == ({"households"} if outside.sum() > 40 else set()) or 5 < outside.sum() <= 40


@pytest.mark.parametrize("every", [5, 2])
@pytest.mark.parametrize("few_in", DEGREES[:2])
def test_a_list_of_two_frames_is_noticed_as_mixed(homes, villages, outlines, every, few_in):
    turn = np.arange(len(homes))[:, None] % every == 0
    shifted = misread(homes, GCJ02, WGS84)
    mixed = np.where(turn, homes, shifted) if few_in == WGS84 else np.where(turn, shifted, homes)
    (message,) = doubts(mixed, villages, outlines).values()
    assert message.code == "frame.seen.mixed" and message.values["option"] == "gcj02"


@pytest.mark.parametrize("metres", [(100, 0), (0, 100), (-70, 70), (50, -100)])
def test_rough_outlines_are_no_suspicion(homes, villages, outlines, metres):
    east, north = np.array(metres) / (88_000, 111_000)
    moved = {name: shapely.transform(outline, lambda xy: xy + (east, north)) for name, outline in outlines.items()}
    assert doubts(homes, villages, moved) == {}


def test_narrow_outlines_do_not_hide_a_wrong_frame(homes, villages, outlines):
    narrow = {name: outline.buffer(-0.0015) for name, outline in outlines.items()}
    assert doubts(homes, villages, narrow) == {}
    assert doubts(misread(homes, GCJ02, WGS84), villages, narrow)["households"].values["option"] == "gcj02"


def test_positions_that_were_metres_cannot_be_shifted_degrees(homes, villages, outlines):
    assert doubts(misread(homes, GCJ02, WGS84), villages, outlines, "EPSG:4546") == {}


# ---- outside, whatever the reason


def in_villages(homes, villages, some):
    """Those homes that are in some of the villages."""
    chosen = np.isin(villages, some)
    return homes[chosen], [name for name in villages if name in some]


def test_a_village_shifted_out_of_its_outline_is_noticed_with_how_far_and_what_to_pass(homes, villages, outlines):
    own, names = in_villages(homes, villages, villages[:1])
    message = seen(own + (0, 0.1), names, outlines)["elsewhere"]
    assert (message.values["n"], message.values["of"]) == (len(own), len(own))
    assert 5_000 < float(message.values["metres"].replace(",", "")) < 11_200
    assert message.values["rows"].say() == f"2, 3, 4, 5, 6, and {len(own) - 5} more"
    assert "--crs FRAME" in message.say("en") and "--villages 文件@" in message.say("zh")


def test_a_few_households_outside_are_counted_and_named(homes, villages, outlines):
    strayed = homes.copy()
    strayed[[5, 9]] += (0, 0.02)
    own, names = in_villages(strayed, villages, villages[:1])
    message = seen(own, names, {name: outline.buffer(0.002) for name, outline in outlines.items()})["outside"]
    assert message.values["n"] == 2 and message.values["rows"].say("zh") == "7、11"


def test_the_distance_is_measured_in_metres(town):
    square = shapely.box(110.90, 37.95, 110.91, 37.96)
    north, east = np.array([110.905, 37.97]), np.array([110.92, 37.955])
    for point, metres in ((north, 1110), (east, 878)):
        message = seen(np.array([point, point]), ["柳村"] * 2, {"柳村": square})["elsewhere"]
        assert float(message.values["metres"].replace(",", "")) == pytest.approx(metres, abs=3)
    far = seen(np.array([[-70.0, -38.0]] * 2), ["柳村"] * 2, {"柳村": square})["elsewhere"]
    assert float(far.values["metres"].replace(",", "")) > 5e6


def reread(lonlat, written, read):
    """The positions of a list whose metres are in one plane and were read in another."""
    return points_to_wgs84(metres_in(lonlat, written), read)


def metres_in(lonlat, plane):
    return np.column_stack(Transformer.from_crs("EPSG:4326", plane, always_xy=True).transform(*lonlat.T))


@pytest.mark.parametrize(
    ("written", "read"),
    [("EPSG:4546", "EPSG:4547"), ("EPSG:4546", "EPSG:4545"), ("EPSG:32649", "EPSG:4546"), ("EPSG:4546", "EPSG:32649")],
)
def test_metres_read_in_another_plane_are_noticed_with_the_right_one(homes, villages, outlines, written, read):
    own, names = in_villages(homes, villages, villages[:1])
    message = doubts(reread(own, written, read), names, outlines, read)["households"]
    assert message.values["option"] == written and message.values["n"] == len(own)
    assert doubts(own, names, outlines, written) == {}


@pytest.mark.parametrize(
    ("plane", "other", "zone"), [("EPSG:4525", "EPSG:4526", "37"), ("EPSG:4497", "EPSG:4498", "19")]
)
def test_a_wrong_zone_before_the_eastings_is_noticed(homes, villages, outlines, plane, other, zone):
    own, names = in_villages(homes, villages, villages[:1])
    wrong = metres_in(own, plane) + (1e6, 0)
    message = doubts(points_to_wgs84(wrong, CGCS2000), names, outlines, other)["zone"]
    assert message.values["zone"] == zone and message.values["n"] == len(own)


@pytest.mark.parametrize("n", [30, 60, 300])
def test_a_short_list_of_two_frames_is_noticed_too(n):
    square = shapely.box(110.90, 37.95, 110.912, 37.96)
    homes = np.random.default_rng(n).uniform((110.9002, 37.9502), (110.9118, 37.9598), (n, 2))
    half = np.arange(n)[:, None] % 2 == 0
    mixed = np.where(half, homes, misread(homes, GCJ02, WGS84))
    found = doubts(mixed, ["柳村"] * n, {"柳村": square})
    assert set(found) == {"mixed"} and found["mixed"].values["option"] == "gcj02"


# ---- range, neighbours, roughness


def test_positions_abroad_are_noticed_among_others_and_in_a_frame_of_china(homes, villages):
    few = homes[:30].copy()
    few[4] = (9.5, 47.1)
    assert seen(few, [None] * 30, {})["abroad"].values["rows"].say() == "6"
    vaduz = np.linspace((9.5, 47.1), (9.6, 47.2), 30)
    assert seen(vaduz, [None] * 30, {}) == {}
    assert seen(vaduz, [None] * 30, {}, GCJ02)["abroad"].values["n"] == 30


def test_households_far_from_their_village_are_named(homes, villages):
    strayed = homes.copy()
    strayed[[5, 9]] += (0.3, 0)
    message = seen(strayed, villages, {})["far"]
    assert (message.values["n"], message.values["rows"].say()) == (2, "7, 11")


def test_a_village_in_two_parts_with_nobody_in_between_is_named():
    here = np.random.default_rng(0).uniform((109.0, 34.0), (109.02, 34.01), (24, 2))
    twins = np.concatenate([here, here[:8] + (0.1, 0.08)])
    message = seen(twins, ["新民村"] * 32, {})["parted"]
    assert (message.values["n"], message.values["others"], message.values["kilometres"]) == (8, 24, "11")
    assert seen(np.concatenate([here, here + (0.05, 0.05)]), ["新民村"] * 48, {}) == {}
    assert seen(twins, ["新民村"] * 24 + ["柳村"] * 8, {}) == {}
    assert seen(np.repeat(here[:1], 9, axis=0), ["新民村"] * 9, {}) == {}
    lone = np.concatenate([twins, [(109.06, 34.045)]])
    told = seen(lone, ["新民村"] * 33, {})["parted"]
    assert (told.values["n"], told.values["kilometres"]) == (8, "11")
    assert "only 1 household stands alone in between" in told.say()


@pytest.mark.parametrize("frame", DEGREES)
def test_rounded_positions_are_noticed_as_they_were_written(homes, villages, frame):
    assert set(seen(points_to_wgs84(homes.round(2), frame), villages, {}, frame)) == {"rounded"}
    assert seen(points_to_wgs84(homes.round(5), frame), villages, {}, frame) == {}


def test_one_position_for_all_is_noticed(homes):
    office = np.repeat(homes[:1], 40, axis=0)
    assert set(seen(office, [None] * 40, {})) == {"one_place"}
    assert seen(office[:9], [None] * 9, {}) == {}


def test_rows_without_a_position_do_not_count(homes, villages, outlines):
    some = homes.copy()
    some[::2] = np.nan
    assert seen(some, villages, outlines) == {}
    assert seen(np.full((30, 2), np.nan), [None] * 30, outlines) == {}
