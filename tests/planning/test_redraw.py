"""Grids changed by hand are drawn as those that were planned: the same outlines, walks, sizes and exceptions."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_villages import RIVER, homes, planned

from gridplan.model import PlanException, SizeBounds
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.existing.existing_plan import existing_plan
from gridplan.planning.redraw import NO_OBSTACLES, Obstacles, redraw, redraw_as_of_now
from gridplan.words import Message

WHY = Message("existing.no_grid")


@pytest.fixture(scope="module")
def village():
    return planned(homes(60)).villages[0]


def outlines(village):
    return np.array([grid.outline for grid in village.grids], object)


def grid_of(village, number):
    return next(grid for grid in village.grids if grid.number == number)


def neighbour_of(village, number):
    """Returns a household of a grid and the number of the grid that its outline touches."""
    own = grid_of(village, number).outline
    other = next(grid for grid in village.grids if grid.number != number and grid.outline.intersects(own))
    homes = village.plan.grids[number]
    distance = shapely.distance(other.outline, shapely.points([(home.lon, home.lat) for home in homes]))
    return homes[int(np.argmin(distance))].household_id, other.number


def test_a_household_that_nobody_can_place_stands_in_the_middle_of_the_others(village):
    home, *others = village.plan.households
    lost = (replace(home, lon=np.nan, lat=np.nan, position="hamlet"), *others)
    drawn = redraw(village, replace(village.plan, households=lost), NO_OBSTACLES)
    assert [one.number for one in drawn.grids if one.outline is not None] == [one.number for one in village.grids]
    assert all(np.isfinite(one.walk_m) for one in drawn.grids)


# ---- nothing has changed


def test_an_unchanged_plan_is_drawn_the_same(village):
    assert redraw(village, village.plan, NO_OBSTACLES) == village


def test_an_unchanged_plan_is_drawn_the_same_by_a_river(village):
    by_river = planned(homes(60), barriers=[RIVER]).villages[0]
    assert by_river.plan.grid_of != village.plan.grid_of
    assert redraw(by_river, by_river.plan, Obstacles([RIVER])) == by_river


def test_an_unchanged_plan_is_drawn_the_same_where_bounds_cannot_hold_or_positions_are_missing():
    too_few = planned(homes(17)).villages[0]
    assert [one.reason.code for one in too_few.exceptions] == ["exception.size"]
    assert redraw(too_few, too_few.plan, NO_OBSTACLES) == too_few
    nowhere = [replace(home, lon=np.nan, lat=np.nan, position="hamlet") for home in homes(30)]
    not_drawn = planned(nowhere).villages[0]
    again = redraw(not_drawn, not_drawn.plan, NO_OBSTACLES)
    assert again.grids == not_drawn.grids
    assert {grid.walk_m for grid in again.grids} == {None}


def test_grids_that_a_town_has_keep_their_labels_numbers_and_exceptions():
    households = homes(40)
    labels = {home.household_id: f"{3 + i // 13}组网格" for i, home in enumerate(households[:38])}
    existing = existing_grids(households, labels, {})
    kept = existing_plan(planned(households, existing=existing), existing).town.villages[0]
    assert [grid.label for grid in kept.grids] == ["3组网格", "4组网格", "5组网格"]
    assert kept.exceptions
    assert redraw(kept, kept.plan, NO_OBSTACLES) == kept


# ---- a household moves


def test_a_household_moved_and_moved_back_leaves_everything_as_it_was(village):
    household, other = neighbour_of(village, 2)
    there = redraw(village, village.plan.move({household: other}), NO_OBSTACLES)
    back = redraw(there, there.plan.move({household: 2}), NO_OBSTACLES)
    assert there.plan.grid_of != village.plan.grid_of
    assert back == village


def test_a_move_changes_two_grids_and_the_walk(village):
    household, other = neighbour_of(village, 2)
    there = redraw(village, village.plan.move({household: other}), NO_OBSTACLES)
    assert (grid_of(there, 2).size, grid_of(there, other).size) == (
        grid_of(village, 2).size - 1,
        grid_of(village, other).size + 1,
    )
    home = next(home for home in village.plan.households if home.household_id == household)
    assert shapely.distance(grid_of(there, other).outline, shapely.Point(home.lon, home.lat)) < 1e-7
    same = [grid.number for grid in village.grids if grid.number not in (2, other)]
    assert [grid_of(there, number) for number in same] == [grid_of(village, number) for number in same]
    assert there.walk_m != village.walk_m
    assert (there.boundary, there.bounds, there.lower_bound_m) == (
        village.boundary,
        village.bounds,
        village.lower_bound_m,
    )


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_outlines_tile_the_boundary_after_any_moves(village, data):
    ids = [home.household_id for home in village.plan.households]
    moves = data.draw(st.dictionaries(st.sampled_from(ids), st.integers(1, 7), min_size=1, max_size=8))
    now = redraw(village, village.plan.move(moves), NO_OBSTACLES)
    shapes = outlines(now)
    assert [grid.number for grid in now.grids] == sorted({*now.plan.grid_of.values()})
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).symmetric_difference(village.boundary).area <= 1e-4 * village.boundary.area
    for number, inside in now.plan.grids.items():
        points = shapely.points([(home.lon, home.lat) for home in inside])
        assert grid_of(now, number).size == len(inside)
        assert (shapely.distance(grid_of(now, number).outline, points) < 1e-7).all()


# ---- what breaks a rule


def test_a_grid_that_a_move_makes_too_small_is_an_exception_until_it_is_filled_again(village):
    number, inside = next(iter(village.plan.grids.items()))
    _, other = neighbour_of(village, number)
    leaving = [home.household_id for home in inside[: len(inside) - 9]]
    small = redraw(village, village.plan.move(dict.fromkeys(leaving, other)), NO_OBSTACLES)
    broken = {(one.grid, one.reason.code, one.households) for one in small.exceptions}
    assert (number, "rule.size", 9) in broken
    assert small.lower_bound_m is None
    again = redraw(small, small.plan.move(dict.fromkeys(leaving, number)), NO_OBSTACLES)
    assert again.exceptions == ()


def test_a_household_moved_over_the_river_makes_its_grid_unconnected():
    before = planned(homes(60), barriers=[RIVER]).villages[0]
    north = {
        home.household_id: shapely.Point(home.lon, home.lat).y > RIVER.centroid.y for home in before.plan.households
    }
    one = before.plan.grids[1][0].household_id
    other = next(number for home, number in before.plan.grid_of.items() if north[home] != north[one])
    now = redraw(before, before.plan.move({one: other}), Obstacles([RIVER]))
    assert not grid_of(now, other).connected
    assert (before.lower_bound_m is not None, now.lower_bound_m) == (True, None)
    assert (other, "rule.not_connected") in {(exception.grid, exception.reason.code) for exception in now.exceptions}


def test_exceptions_of_the_village_and_of_who_is_still_in_no_grid_stay(village):
    first, second = (village.plan.grids[1][at].household_id for at in (0, 1))
    grids = {home: number for home, number in village.plan.grid_of.items() if home not in (first, second)}
    out = replace(village.plan, grid_of=grids, left_out={first: WHY, second: WHY})
    excused = (
        PlanException("柳村", 1, WHY, (), household_id=first),
        PlanException("柳村", 1, WHY, (), household_id=second),
        PlanException("柳村", 8, WHY, (), hamlet="一组"),
        PlanException("柳村", 12, Message("rule.no_lead", {"grid": "柳村-01"}), (), grid=1),
        PlanException("柳村", 12, Message("rule.no_lead", {"grid": "柳村-02"}), (), grid=2),
    )
    before = replace(redraw(village, out, NO_OBSTACLES), exceptions=excused, bounds=SizeBounds(1, 60))
    now = redraw(before, before.plan.move({first: 1}), NO_OBSTACLES)
    size = len(now.plan.grids[1])
    assert now.exceptions == (excused[1], replace(excused[3], households=size), excused[4])


def test_of_a_village_that_everybody_left_nothing_is_drawn(village):
    gone = redraw_as_of_now(village, (), NO_OBSTACLES)
    assert (gone.grids, gone.plan.households, gone.boundary) == ((), (), village.boundary)
