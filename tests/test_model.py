"""The nouns: a plan holds every household once, and a move makes another plan of it."""

import math
from dataclasses import FrozenInstanceError, replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_towns import odd_village, town

from gridplan.model import (
    Assignment,
    DrawnGrid,
    Household,
    Plan,
    PlannedVillage,
    SizeBounds,
    TownPlan,
    grid_id,
)
from gridplan.words import Message

WHY = Message("plan.left_out")


def homes(count):
    return tuple(Household(f"h{i}", "柳村", 110 + i / 1000, 38.0) for i in range(count))


def plan(count=6, left_out=()):
    inside = [home.household_id for home in homes(count) if home.household_id not in left_out]
    return Plan("柳村", homes(count), {home: 1 + i % 2 for i, home in enumerate(inside)}, dict.fromkeys(left_out, WHY))


plans = st.integers(1, 30).flatmap(
    lambda count: st.lists(st.integers(1, 4), min_size=count, max_size=count).map(
        lambda numbers: Plan("柳村", homes(count), {f"h{i}": number for i, number in enumerate(numbers)})
    )
)


# ---- a household


def test_a_household_has_a_place_where_its_position_is_known():
    (home,) = homes(1)
    on_hamlet = replace(home, position="hamlet")
    assert home.has_place
    assert on_hamlet.has_place
    assert not replace(on_hamlet, lon=math.nan, lat=math.nan).has_place


# ---- a plan


def test_a_household_may_be_left_out_with_its_reason():
    assert plan(left_out=("h5",)).left_out == {"h5": WHY}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"households": (*homes(6), homes(1)[0])}, "listed twice"),
        ({"grid_of": {"h0": 1}}, "exactly one grid"),
        ({"grid_of": {f"h{i}": 1 for i in range(7)}}, "exactly one grid"),
        ({"left_out": {"h0": WHY}}, "exactly one grid"),
        ({"left_out": {"stranger": WHY}}, "exactly one grid"),
        ({"households": ()}, "exactly one grid"),
    ],
    ids=["twice in the list", "missing", "stranger in a grid", "in and out", "stranger left out", "nobody"],
)
def test_a_plan_that_does_not_hold_every_household_once_is_refused(changes, why):
    with pytest.raises(ValueError, match=f"柳村: .*{why}"):
        replace(plan(), **changes)


def test_a_plan_cannot_be_changed_in_place():
    with pytest.raises(FrozenInstanceError):
        plan().revision = 2


def test_grids_are_in_order_and_hold_their_households_in_the_order_of_the_list():
    scattered = Plan("柳村", homes(4), {"h2": 10, "h3": 2, "h1": 2, "h0": 10})
    assert [(number, [home.household_id for home in inside]) for number, inside in scattered.grids.items()] == [
        (2, ["h1", "h3"]),
        (10, ["h0", "h2"]),
    ]


def test_a_household_left_out_is_in_no_grid():
    assert {home.household_id for inside in plan(left_out=("h5",)).grids.values() for home in inside} == {
        f"h{i}" for i in range(5)
    }


# ---- a move


def test_a_move_makes_another_plan_and_leaves_this_one_alone():
    before = replace(plan(), revision=4)
    after = before.move({"h0": 2, "h1": 7})
    assert (before.revision, after.revision) == (4, None)
    assert before == replace(plan(), revision=4)
    assert after.grid_of == {**before.grid_of, "h0": 2, "h1": 7}
    assert [home.household_id for home in after.grids[7]] == ["h1"]


def test_a_household_left_out_can_be_moved_in():
    after = plan(left_out=("h4", "h5")).move({"h5": 1})
    assert after.grid_of["h5"] == 1
    assert after.left_out == {"h4": WHY}


def test_an_unknown_household_cannot_be_moved():
    with pytest.raises(KeyError, match="stranger"):
        plan().move({"h0": 2, "stranger": 1})


@settings(deadline=None)
@given(plans, st.data())
def test_a_move_and_its_inverse_give_the_same_membership(before, data):
    moved = data.draw(st.dictionaries(st.sampled_from(sorted(before.grid_of)), st.integers(1, 6)))
    after = before.move(moved)
    assert {home: after.grid_of[home] for home in moved} == moved
    back = after.move({home: before.grid_of[home] for home in moved})
    assert back.grid_of == before.grid_of
    assert back.grids == before.grids


@settings(deadline=None)
@given(plans)
def test_the_grids_hold_every_household_once(before):
    held = [home for inside in before.grids.values() for home in inside]
    assert sorted(held, key=lambda home: home.household_id) == sorted(
        before.households, key=lambda home: home.household_id
    )


# ---- what is derived


@pytest.mark.parametrize(("size", "kept"), [(9, False), (10, True), (15, True), (16, False)])
def test_bounds_hold_their_own_ends(size, kept):
    assert SizeBounds().holds(size) is kept
    assert SizeBounds(least=size, most=size).holds(size)


@pytest.mark.parametrize(("number", "name"), [(1, "柳村-01"), (12, "柳村-12"), (123, "柳村-123")])
def test_a_grid_is_named_after_its_village_and_number(number, name):
    assert grid_id("柳村", number) == name


def test_the_walk_of_a_village_is_that_of_its_grids():
    square = shapely.box(0, 0, 1, 1)
    grids = tuple(DrawnGrid(number, 12, walk, True, square) for number, walk in ((1, 100.5), (2, 20.25)))
    village = PlannedVillage(plan(), SizeBounds(), square, True, grids)
    assert village.walk_m == 120.75
    assert replace(village, grids=()).walk_m == 0


def test_the_exceptions_of_a_town_are_those_of_its_villages_in_order():
    first, second = odd_village("甲村"), odd_village("乙村")
    assert TownPlan((first, *town().villages[:2], second)).exceptions == (*first.exceptions, *second.exceptions)


def test_the_leads_of_a_town_are_members_by_village_and_grid():
    assigned = (
        Assignment("柳村", 1, "M1", "lead", WHY),
        Assignment("柳村", 2, "M2", "deputy", WHY),
        Assignment("柳村", 3, "M1", "lead", WHY),
        Assignment("东村", 1, "M3", "lead", WHY),
    )
    led = TownPlan((), assignments=assigned)
    assert led.leads == {("柳村", 1): "M1", ("柳村", 3): "M1", ("东村", 1): "M3"}
    assert replace(led, assignments=assigned[3:]).leads == {("东村", 1): "M3"}
