"""Households without a position: where they stand, how their villages are cut, and what is said and drawn of them."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from sample_lists import FRAME, square

from gridplan import metrics
from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.exchange.map_data import map_data, places
from gridplan.exchange.webmap import write_map
from gridplan.model import Hamlet, Household, TownPlan, Village
from gridplan.planning.county import PlanSettings
from gridplan.planning.hamlet_places import (
    mostly_placed,
    place_at_hamlets,
    position_notes,
    unplaced_hamlets,
)
from gridplan.planning.town import plan_town
from gridplan.verify import verify
from gridplan.words import LANGS

FAST = PlanSettings(effort="fast")


def at(x, y):
    ((lon, lat),) = FRAME.to_degrees([(x, y)]).tolist()
    return lon, lat


def exact(name, village, hamlet, x, y):
    return Household(name, village, *at(x, y), hamlet=hamlet)


def lost(name, village, hamlet=None, door=None):
    return Household(name, village, math.nan, math.nan, hamlet=hamlet, door=door, position="hamlet")


def scattered(village, count, west=0.0, hamlet="一组"):
    xy = np.random.default_rng(count).uniform(50, 950, (count, 2)) + (west, 0)
    return [exact(f"{village}x{i:03d}", village, hamlet, *place) for i, place in enumerate(xy.tolist())]


def roster(village, *sizes):
    """Returns the households of a village without positions, so many in each hamlet."""
    return [
        lost(f"{village}-{hamlet}-{i:02d}", village, f"{hamlet}组", f"{i}号")
        for hamlet, size in enumerate(sizes, start=1)
        for i in range(1, size + 1)
    ]


def plan(households, villages=(), hamlets=()):
    standing = place_at_hamlets(households, hamlets, villages)
    return plan_town(standing, villages, FAST, workers=1, progress=lambda *_: None).town


def grid_of(village, household):
    return village.plan.grid_of[household]


def checked(town, tmp_path):
    """Returns the rules verify names, after writing the plan and finding no violation in it."""
    write_plan(town, tmp_path / "plan.gpkg", "en")
    findings = verify(tmp_path / "plan.gpkg")
    assert [finding.message.say("en") for finding in findings if not finding.is_note] == []
    return {finding.rule for finding in findings}


# ---- the anchor: what is known, nearest first


def standing(household, others=(), hamlets=(), villages=()):
    found = place_at_hamlets([household, *others], hamlets, villages)[0]
    assert found.position == "hamlet"
    return found.lon, found.lat


NEIGHBOURS = [exact(f"n{i}", "柳村", "一组", 100 + i, 100) for i in range(3)]
OTHERS = [exact(f"o{i}", "柳村", "二组", 900 + i, 900) for i in range(9)]
LISTED = [Hamlet("柳村", "一组", *at(1, 1)), Hamlet("柳村", None, *at(2, 2)), Hamlet("柳村", "九组", *at(3, 3))]
BOUNDED = [Village("柳村", boundary=square(0))]


def test_a_household_stands_on_the_best_anchor_that_is_known():
    household = lost("a", "柳村", "一组")
    everything = {"others": NEIGHBOURS + OTHERS, "hamlets": LISTED, "villages": BOUNDED}
    assert standing(household, **everything) == at(1, 1)
    assert standing(household, **(everything | {"hamlets": LISTED[1:]})) == at(101, 100)
    assert standing(household, OTHERS, LISTED[1:], BOUNDED) == at(2, 2)
    assert standing(household, OTHERS, LISTED[2:], BOUNDED) == (OTHERS[4].lon, OTHERS[4].lat)
    assert shapely.contains_xy(BOUNDED[0].boundary, *standing(household, (), LISTED[2:], BOUNDED))
    assert np.isnan(standing(household)).all()


def test_a_hamlet_without_a_place_never_stands_on_that_of_another_and_is_said():
    beside = [replace(home, position="hamlet") for home in OTHERS]
    assert np.isnan(standing(lost("a", "柳村", "一组"), beside, LISTED[2:])).all()
    homes = [
        lost("a", "柳村", "1组"),
        lost("b", "柳村", "第二组"),
        lost("c", "柳村", "9组"),
        lost("d", "桥村", "1组"),
        *beside,
    ]
    (note,) = unplaced_hamlets(homes, LISTED[2:])
    assert note.say("en").startswith("柳村: no place is known for 1组 (households: 1); they are not put on")
    assert [*unplaced_hamlets(homes[3:], [*LISTED, Hamlet("桥村", None, *at(2, 2))])] == []


def test_the_villages_own_name_in_the_list_of_hamlets_is_the_village():
    assert standing(lost("a", "柳村"), hamlets=[Hamlet("柳村", "柳村", *at(5, 5))]) == at(5, 5)


def test_names_are_compared_without_width_and_spaces_and_hamlets_by_number():
    for name in ("１ 组", "一组", "第1村民小组", "柳村一组"):
        assert standing(lost("a", "柳村", "1组"), hamlets=[Hamlet("柳 村", name, *at(5, 5))]) == at(5, 5)


def test_a_hamlet_of_the_same_name_in_another_village_is_another():
    assert np.isnan(standing(lost("a", "桥村", "一组"), NEIGHBOURS, LISTED, BOUNDED)).all()


def test_who_has_a_position_stays_there_and_the_order_of_the_list_stays():
    homes = [NEIGHBOURS[0], lost("a", "柳村", "一组"), NEIGHBOURS[1]]
    moved = place_at_hamlets(homes, LISTED, BOUNDED)
    assert [home.household_id for home in moved] == ["n0", "a", "n1"]
    assert (moved[0], moved[2]) == (homes[0], homes[2])
    assert place_at_hamlets(NEIGHBOURS, (), ()) == tuple(NEIGHBOURS)


def test_a_centre_is_where_a_household_stands_and_one_stray_does_not_move_it():
    stray = exact("far", "柳村", "一组", 90_000, 90_000)
    assert standing(lost("a", "柳村", "一组"), [*NEIGHBOURS, stray]) in {at(101, 100), at(102, 100)}


def test_half_of_the_households_are_enough_to_draw_a_village():
    assert mostly_placed([*NEIGHBOURS, *roster("柳村", 3)])
    assert not mostly_placed([*NEIGHBOURS, *roster("柳村", 4)])


# ---- a village where most have no position


@pytest.fixture(scope="module")
def mixed():
    """Returns a town of one drawn village, one known by its boundary, one by its hamlets and one by nothing."""
    villages = [Village("柳村", boundary=square(0)), Village("界村", boundary=square(1000))]
    hamlets = [Hamlet("组村", f"{i}组", *at(2500 + 90 * i, 300)) for i in (1, 2)]
    homes = [*scattered("柳村", 40), *roster("界村", 12, 7, 6), *roster("组村", 24, 13), *roster("无村", 11, 17, 4)]
    return plan(homes, villages, hamlets)


def test_it_is_cut_by_hamlet_and_door_and_nothing_of_it_is_drawn(mixed):
    for village in mixed.villages:
        if village.plan.village != "柳村":
            assert all(grid.outline is None and grid.walk_m is None for grid in village.grids)
            assert village.walk_m is None
            assert village.placed == 0
    by_name = {village.plan.village: village for village in mixed.villages}
    assert [grid.size for grid in by_name["界村"].grids] == [12, 13]
    assert [grid.size for grid in by_name["组村"].grids] == [12, 12, 13]
    assert all(10 <= grid.size <= 15 for grid in by_name["无村"].grids)
    assert by_name["柳村"].walk_m > 0


def test_its_boundary_is_the_given_one_or_none(mixed):
    assert {v.plan.village: (v.boundary is not None, v.boundary_given) for v in mixed.villages} == {
        "柳村": (True, True), "界村": (True, True), "组村": (False, False), "无村": (False, False),
    }  # fmt: skip


def test_hamlets_on_the_anchor_of_their_village_are_cut_as_listed_after_those_with_a_place():
    here = (Village("柳村", boundary=square(0, 0, 9000)),)
    village = plan(roster("柳村", 6, 6, 6, 6), here).villages[0]
    assert [grid_of(village, f"柳村-{at}-01") for at in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert metrics.places_walk_m(TownPlan((village,))) is None
    listed = [Hamlet("柳村", "2组", *at(0, 0)), Hamlet("柳村", "4组", *at(600, 0))]
    village = plan(roster("柳村", 6, 6, 6, 6), here, listed).villages[0]
    assert [grid_of(village, f"柳村-{at}-01") for at in (2, 4, 1, 3)] == [1, 1, 2, 2]
    assert metrics.places_walk_m(TownPlan((village,))) == pytest.approx(6 * 600, rel=0.01)
    (said,) = (one for one in position_notes(TownPlan((village,))) if one.code == "anchor.places_walk")
    assert said.say("en").startswith("柳村: between hamlets 3.6 km are walked")


def test_every_household_is_in_a_grid_of_its_village(mixed):
    assert metrics.households(mixed) == 40 + 25 + 37 + 32
    assert not any(village.plan.left_out for village in mixed.villages)
    assert metrics.placed(mixed) == metrics.walkers(mixed) == 40


def test_a_village_that_cannot_be_cut_is_an_exception_like_any_other():
    (village,) = plan(roster("小村", 17)).villages
    assert [grid.size for grid in village.grids] == [17]
    assert [exception.reason.code for exception in village.exceptions] == ["exception.size"]


def test_verify_notes_what_is_not_drawn_and_finds_nothing_wrong(mixed, tmp_path):
    assert checked(mixed, tmp_path) == {"not_drawn"}


def test_a_plan_is_read_back_as_it_was_written(mixed, tmp_path):
    write_plan(mixed, tmp_path / "plan.gpkg", "zh")
    again = read_plan(tmp_path / "plan.gpkg")
    for one, other in zip(again.villages, mixed.villages, strict=True):
        assert one.plan.grid_of == other.plan.grid_of
        assert [(grid.walk_m is None, grid.outline is None) for grid in one.grids] == [
            (grid.walk_m is None, grid.outline is None) for grid in other.grids
        ]
        assert [home.position for home in one.plan.households] == [home.position for home in other.plan.households]
        assert [math.isnan(home.lon) for home in one.plan.households] == [
            math.isnan(home.lon) for home in other.plan.households
        ]
    write_plan(again, tmp_path / "again.gpkg", "zh")
    assert read_plan(tmp_path / "again.gpkg") == again


def test_outlines_missing_for_any_other_reason_are_violations(mixed, tmp_path):
    drawn = next(village for village in mixed.villages if village.plan.village == "柳村")
    stripped = replace(drawn, grids=tuple(replace(grid, outline=None) for grid in drawn.grids))
    write_plan(replace(mixed, villages=(stripped,)), tmp_path / "plan.gpkg", "en")
    assert "outline_missing" in {finding.rule for finding in verify(tmp_path / "plan.gpkg") if not finding.is_note}


def test_a_town_without_any_position_is_planned_all_the_same(tmp_path):
    town = plan(roster("无村", 30))
    assert [grid.size for grid in town.villages[0].grids] == [10, 10, 10]
    assert checked(town, tmp_path) == {"not_drawn"}
    write_map(read_plan(tmp_path / "plan.gpkg"), tmp_path / "map.html", "zh", "无村")
    assert "NaN" not in json.dumps(map_data(town, "zh"))


def test_the_map_has_every_grid_but_draws_only_those_with_an_outline(mixed):
    drawing = map_data(mixed, "en")
    grids = drawing["objects"]["grids"]["geometries"]
    assert len(grids) == metrics.grids(mixed)
    missing = {(not g["type"], not g["properties"]["label"], not g["properties"]["walk"]) for g in grids}
    assert missing == {(True, True, True), (False, False, False)}
    villages = {one["properties"]["name"]: one for one in drawing["objects"]["villages"]["geometries"]}
    assert {name: one["type"] is not None for name, one in villages.items()} == {
        "柳村": True, "界村": True, "组村": False, "无村": False,
    }  # fmt: skip
    assert [villages[name]["properties"]["label"] for name in ("组村", "无村")] == [None, None]
    found = [place for village in mixed.villages for place in places(village, "en")]
    on_map = sum(len(place["households"]) for place in found if place["lon"])
    assert on_map == metrics.households(mixed) - 32
    assert "NaN" not in json.dumps([drawing, found])


@pytest.mark.parametrize("lang", LANGS)
def test_the_note_says_how_many_are_placed(mixed, lang):
    said = {(note.code, note.values["village"]): note for note in position_notes(mixed)}
    assert set(said) == {
        *(("anchor.not_drawn", village) for village in ("界村", "组村", "无村")),
        ("anchor.nowhere", "无村"),
    }
    assert said["anchor.not_drawn", "组村"].values == {"village": "组村", "placed": 0, "n": 37}
    assert "37" in said["anchor.not_drawn", "组村"].say(lang)
    assert "0 of 37 households have a position" in said["anchor.not_drawn", "组村"].say("en")


# ---- a village where a few have no position


def test_a_few_without_a_position_are_planned_with_the_others_and_counted(tmp_path):
    homes = [*scattered("柳村", 30), *roster("柳村", 14)]
    town = plan(homes, [Village("柳村", boundary=square(0))], [Hamlet("柳村", "1组", *at(400, 400))])
    (village,) = town.villages
    assert all(grid.outline is not None and grid.walk_m is not None for grid in village.grids)
    assert all(10 <= grid.size <= 15 for grid in village.grids)
    assert (village.placed, len(village.plan.households)) == (30, 44)
    assert [note.code for note in position_notes(town)] == ["anchor.placed"]
    assert "not_drawn" not in checked(town, tmp_path)


def test_the_same_input_gives_the_same_plan():
    homes = [*scattered("柳村", 30), *roster("柳村", 14), *roster("无村", 9, 33, 4)]
    assert repr(plan(homes)) == repr(plan(homes))
