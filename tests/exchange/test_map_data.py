"""What any map draws: sentences about broken rules, labels within outlines, shapes of every kind."""

import math
from dataclasses import replace

import pytest
import shapely
from drawn_maps import drawn, shapes
from sample_towns import town

from gridplan.exchange.map_data import VillageHomes, geojson, map_data, places
from gridplan.model import DrawnGrid, Household, Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.words import LANGS


@pytest.mark.parametrize("lang", LANGS)
def test_a_broken_size_rule_is_said_in_words(lang):
    broken = [grid["broken"] for grid in drawn(map_data(town(), lang), "grids")]
    sentence = "17 户，多于 15 户" if lang == "zh" else "17 households, more than 15"
    assert [rules for rules in broken if rules] == [[{"mark": "large", "text": sentence}]]


def test_numbers_stand_inside_their_own_outlines():
    for layer in ("grids", "villages"):
        data = map_data(town(), "en")
        for one, shape in zip(drawn(data, layer), shapes(data, layer), strict=True):
            lon, lat, room = one["label"]
            assert shape.contains(shapely.Point(lon, lat))
            assert room > 0


def test_outlines_in_several_pieces_are_drawn():
    plain = town()
    first = plain.villages[0]
    pieces = shapely.union_all([first.grids[0].outline, shapely.box(119.6, 31.5, 119.601, 31.501)])
    grids = (shapely.geometry.MultiPolygon(pieces.geoms), *[grid.outline for grid in first.grids[1:]])
    shapes = [feature["type"] for feature in geojson(list(grids))]
    assert shapes[0] == "MultiPolygon"


def test_a_map_shows_the_villages_and_not_what_one_wrong_position_stretches():
    plain = town()
    before = map_data(plain, "en")
    first, *others = plain.villages
    strip = shapely.box(0, 0, 119.43, 31.41)
    grids = (replace(first.grids[0], outline=shapely.union_all([first.grids[0].outline, strip])), *first.grids[1:])
    stretched = replace(first, grids=grids, boundary=shapely.union_all([first.boundary, strip]), boundary_given=False)
    after = map_data(replace(plain, villages=(stretched, *others)), "en")
    west, south, *_ = after["objects"]["villages"]["geometries"][0]["properties"]["around"]
    assert (west, south) > (119.42, 31.40)
    assert after["around"] == pytest.approx(before["around"], abs=0.02)
    assert map_data(TownPlan(()), "en")["around"] is None


def test_hamlets_without_positions_have_a_mark_or_at_least_a_name():
    unplaced = unplaced_village()
    data = map_data(TownPlan((unplaced,)), "en")
    (village,) = drawn(data, "villages")
    assert [(mark["name"], mark["at"], mark["figures"]) for mark in data["hamlets"]] == [
        ("一组", [111.1, 38.0], "2 households · grids 1"),
        ("二组", None, "1 household · grids 2"),
    ]
    assert (village["label"], village["step"]["kind"]) == (None, "hamlets")
    assert [(place["at_hamlet"], place["lon"]) for place in places(unplaced, "en")] == [(True, 111.1), (True, None)]
    assert data["positions"].startswith("1 of 1 village ")
    hidden = map_data(TownPlan((unplaced,)), "en", {"石桥村": VillageHomes(3, 0)})
    assert (hidden["hamlets"], hidden["positions"]) == ([], None)


def test_hamlets_on_one_spot_are_one_mark():
    assert [mark["name"] for mark in map_data(TownPlan((unplaced_village(together=True),)), "zh")["hamlets"]] == [
        "石桥村：2 个组"
    ]


def unplaced_village(*, together=False):
    here = (111.1, 38.0)
    there = here if together else (math.nan, math.nan)
    homes = tuple(
        Household(code, "石桥村", *place, hamlet=hamlet, position="hamlet")
        for code, hamlet, place in (("1", "一组", here), ("2", "一组", here), ("3", "二组", there))
    )
    grids = tuple(DrawnGrid(number, 2, None, True, None) for number in (1, 2))
    plan = Plan("石桥村", homes, {"1": 1, "2": 1, "3": 2})
    return PlannedVillage(plan, SizeBounds(), None, False, grids)
