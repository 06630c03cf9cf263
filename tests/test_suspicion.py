"""A wrong frame is noticed and nothing else is: the demo town in other frames, and in its own."""

import numpy as np
import pytest
import shapely

from gridplan.coordinates import BD09, CGCS2000, GCJ02, WGS84, points_to_wgs84, wgs84_to_degrees
from gridplan.demo import make_town
from gridplan.exchange.lists.suspicion import suspicions

DEGREES = [WGS84, GCJ02, BD09]


@pytest.fixture(scope="module")
def town():
    return make_town(0)


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
    messages = suspicions(lonlat, villages, outlines, frame, [str(row) for row in range(2, len(lonlat) + 2)])
    assert all(message.say("en") and message.say("zh") for message in messages)
    return {message.code.removeprefix("frame.seen."): message for message in messages}


def misread(lonlat, written, read):
    """The positions of a list written in one frame and read in another."""
    return points_to_wgs84(wgs84_to_degrees(lonlat, written), read)


# ---- against outlines


@pytest.mark.parametrize("read", [*DEGREES, CGCS2000])
@pytest.mark.parametrize("written", DEGREES)
def test_a_town_read_in_another_frame_is_noticed_and_in_its_own_is_not(homes, villages, outlines, written, read):
    found = seen(misread(homes, written, read), villages, outlines, read)
    if written == read or {written, read} == {WGS84, CGCS2000}:
        assert found == {}
        return
    (message,) = found.values()
    assert message.code == "frame.seen.households"
    assert message.values["n"] == message.values["of"] == len(homes)
    assert message.say("en").endswith(f"pass --crs {'wgs84' if written == WGS84 else written}")


@pytest.mark.parametrize("outlines_in", [GCJ02, BD09])
def test_outlines_in_another_frame_are_noticed_as_such(homes, villages, outlines, outlines_in):
    drawn = {
        name: shapely.transform(outline, lambda vertices: wgs84_to_degrees(vertices, outlines_in))
        for name, outline in outlines.items()
    }
    (message,) = seen(homes, villages, drawn).values()
    assert message.code == "frame.seen.outlines" and message.say("en").endswith(f"FILE@{outlines_in}")


def test_without_names_any_village_counts(homes, villages, outlines):
    nameless = [None] * len(homes)
    assert seen(homes, nameless, outlines) == {}
    assert seen(misread(homes, GCJ02, WGS84), nameless, outlines)["households"].values["option"] == "gcj02"


def test_every_village_alone_is_silent_when_right_and_noticed_when_not(town, homes, villages, outlines):
    shifted = misread(homes, GCJ02, WGS84)
    for village in town.villages:
        own = np.array(villages) == village.name
        names = [village.name] * int(own.sum())
        assert seen(homes[own], names, outlines) == {}
        found = seen(shifted[own], names, outlines)
        outside = ~shapely.contains_xy(outlines[village.name], shifted[own])
        assert set(found) == ({"households"} if outside.sum() > 40 else set()) or 5 < outside.sum() <= 40


@pytest.mark.parametrize("every", [5, 2])
@pytest.mark.parametrize("few_in", DEGREES[:2])
def test_a_list_of_two_frames_is_noticed_as_mixed(homes, villages, outlines, every, few_in):
    turn = np.arange(len(homes))[:, None] % every == 0
    shifted = misread(homes, GCJ02, WGS84)
    mixed = np.where(turn, homes, shifted) if few_in == WGS84 else np.where(turn, shifted, homes)
    (message,) = seen(mixed, villages, outlines).values()
    assert message.code == "frame.seen.mixed" and message.values["option"] == "gcj02"


@pytest.mark.parametrize("metres", [(100, 0), (0, 100), (-70, 70), (50, -100)])
def test_rough_outlines_are_no_suspicion(homes, villages, outlines, metres):
    east, north = np.array(metres) / (88_000, 111_000)
    moved = {name: shapely.transform(outline, lambda xy: xy + (east, north)) for name, outline in outlines.items()}
    assert seen(homes, villages, moved) == {}


def test_narrow_outlines_do_not_hide_a_wrong_frame(homes, villages, outlines):
    narrow = {name: outline.buffer(-0.0015) for name, outline in outlines.items()}
    assert seen(homes, villages, narrow) == {}
    assert seen(misread(homes, GCJ02, WGS84), villages, narrow)["households"].values["option"] == "gcj02"


def test_positions_that_were_metres_cannot_be_shifted_degrees(homes, villages, outlines):
    assert seen(misread(homes, GCJ02, WGS84), villages, outlines, "EPSG:4546") == {}


# ---- range, neighbours, roughness


def test_positions_abroad_are_noticed_among_others_and_in_a_frame_of_china(homes, villages):
    few = homes[:30].copy()
    few[4] = (9.5, 47.1)
    assert seen(few, [None] * 30, {})["abroad"].values["rows"] == "6"
    vaduz = np.linspace((9.5, 47.1), (9.6, 47.2), 30)
    assert seen(vaduz, [None] * 30, {}) == {}
    assert seen(vaduz, [None] * 30, {}, GCJ02)["abroad"].values["n"] == 30


def test_households_far_from_their_village_are_named(homes, villages):
    strayed = homes.copy()
    strayed[[5, 9]] += (0.3, 0)
    message = seen(strayed, villages, {})["far"]
    assert (message.values["n"], message.values["rows"]) == (2, "7, 11")


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
