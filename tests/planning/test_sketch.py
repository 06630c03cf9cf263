"""A village measured and drawn again and again is the one drawn anew, and its rough outlines tile until then."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_lists import FRAME

from gridplan.model import Household, Plan, PlannedVillage, SizeBounds
from gridplan.planning.redraw import NO_OBSTACLES, Obstacles, VillageGround, redraw
from gridplan.planning.sketch import MOST_MEASURED, Figures, Sketch
from gridplan.words import Message

BOUNDARY = FRAME.shape_to_degrees(shapely.box(0, 0, 1000, 800).difference(shapely.box(300, 500, 420, 800)))
RIVER = FRAME.shape_to_degrees(shapely.LineString([(-100, 410), (500, 395), (1100, 420)]))
POND = FRAME.shape_to_degrees(shapely.box(700, 100, 760, 180))
WHY = Message("existing.no_grid")
NOWHERE = 0
"""Stands for no grid where moves are drawn at random."""


def homes(count=70, flats=12, seed=1):
    """Returns households of which some live in flats: on one of three spots."""
    random = np.random.default_rng(seed)
    xy = np.round(random.uniform(0, (1000, 800), (count, 2)))
    xy[count - flats :] = xy[random.integers(0, 3, flats)]
    places = FRAME.to_degrees(xy).tolist()
    return [Household(f"柳村{i:03d}", "柳村", *place) for i, place in enumerate(places)]


def village(households, number, *, kept=False, boundary=BOUNDARY):
    """Returns a village with each household in the grid of its number."""
    nobody = Plan("柳村", (), {})
    listed = replace(nobody, households=tuple(households), left_out={one.household_id: WHY for one in households})
    empty = PlannedVillage(nobody, SizeBounds(), boundary, True, (), kept=kept)
    return redraw(empty, moved(listed, dict(enumerate(number))), NO_OBSTACLES)


def strips(households):
    """Returns for each household the number of a grid, from west to east."""
    return np.argsort(np.argsort([one.lon for one in households], kind="stable")) // 12 + 1


def sketch_of(of, obstacles=NO_OBSTACLES):
    ground = VillageGround(of.plan.households, of.boundary)
    return Sketch.of(range(len(of.plan.households)), ground, obstacles, kept=of.kept)


def numbered(plan):
    numbers = ((at, plan.grid_of.get(one.household_id)) for at, one in enumerate(plan.households))
    return {at: number for at, number in numbers if number is not None}


def moved(plan, moves):
    """Returns a plan with households, by their place in the list, in other grids or in none."""
    number = {at: int(n) for at, n in (numbered(plan) | moves).items() if n != NOWHERE}
    return replace(
        plan,
        grid_of={one.household_id: number[at] for at, one in enumerate(plan.households) if at in number},
        left_out={one.household_id: WHY for at, one in enumerate(plan.households) if at not in number},
    )


def without_outlines(drawn):
    return replace(drawn, grids=tuple(replace(one, outline=None) for one in drawn.grids))


def figures(drawn):
    return {one.number: Figures(one.size, one.walk_m, one.connected) for one in drawn.grids}


@cache
def known(name):
    """Returns a village, its obstacles and the one sketch that all edits of it are measured on."""
    if name == "planned":
        before, obstacles = village(homes(), strips(homes())), NO_OBSTACLES
    else:
        before, obstacles = village(homes(seed=2), strips(homes()), kept=True), Obstacles([RIVER, POND])
    return before, obstacles, sketch_of(before, obstacles)


NAMES = st.sampled_from(["planned", "kept, by water"])
MOVES = st.dictionaries(st.integers(0, 69), st.integers(NOWHERE, 7), min_size=1, max_size=9)


@settings(deadline=None, max_examples=12)
@given(NAMES, MOVES)
def test_any_edit_is_measured_and_drawn_as_if_it_were_drawn_anew(name, moves):
    before, obstacles, sketch = known(name)
    plan = moved(before.plan, moves)
    anew = redraw(before, plan, obstacles)
    assert sketch.figures(numbered(plan), range(9)) == figures(anew)
    assert sketch.redraw(before, plan) == anew
    measured, rough = sketch.measure(before, plan)
    assert without_outlines(measured) == without_outlines(anew)
    as_before = {one.number: one.outline for one in before.grids}
    assert all(one.outline == as_before[one.number] for one in measured.grids if one.number not in rough)


@settings(deadline=None, max_examples=12)
@given(NAMES, MOVES)
def test_rough_outlines_of_any_edit_tile_and_hold_their_households(name, moves):
    before, _, sketch = known(name)
    plan = moved(before.plan, moves)
    had, has = numbered(before.plan), numbered(plan)
    rough = sketch.rough_outlines(had, has)
    shapes = np.array([one.outline for one in rough.values() if one.outline], object)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    changed = {at for at in moves if had.get(at) != has.get(at)}
    assert {number for at in changed for number in (had.get(at), has.get(at))} & plan.grids.keys() <= rough.keys()
    for number, (outline, shares_ground) in rough.items():
        homes = [one for one in plan.grids[number] if one.household_id not in before.outside]
        points = shapely.points(np.array([(one.lon, one.lat) for one in homes], float).reshape(-1, 2))
        inside = shapely.dwithin(outline, points, 1e-6) if outline else np.zeros(len(points), bool)
        assert inside.all() or shares_ground


def test_rough_outlines_are_those_of_touched_grids_and_their_neighbours_only():
    before, _, sketch = known("planned")
    had = numbered(before.plan)
    assert sketch.rough_outlines(had, had) == {}
    first = next(at for at, number in had.items() if number == 1)
    assert {1, 2, 3} <= set(sketch.rough_outlines(had, had | {first: 2})) <= {1, 2, 3, 4}
    everywhere = sketch.rough_outlines({}, had)
    shapes = [one.outline for one in everywhere.values()]
    assert set(everywhere) == set(before.plan.grids)
    assert shapely.union_all(shapes).symmetric_difference(BOUNDARY).area < 1e-4 * BOUNDARY.area


def test_ground_that_flats_share_is_shown_as_that_of_most_of_them():
    spot = FRAME.to_degrees([(500, 400)] * 30).tolist()
    flats = [Household(f"柳村{i:03d}", "柳村", *place) for i, place in enumerate(spot)]
    of = village(flats, [1] * 12 + [2] * 11 + [3] * 7)
    rough = sketch_of(of).rough_outlines({}, numbered(of.plan))
    assert [(number, one.outline is None, one.shares_ground) for number, one in rough.items()] == [
        (1, False, False),
        (2, True, True),
        (3, True, True),
    ]


@settings(deadline=None, max_examples=8)
@given(NAMES, st.sets(st.integers(0, 69), min_size=1, max_size=9))
def test_outcomes_are_the_figures_of_the_plans_that_would_follow(name, households):
    before, obstacles, sketch = known(name)
    had = numbered(before.plan)
    outcomes = sketch.outcomes(had, households)
    assert outcomes.now == sketch.figures(had, before.plan.grids)
    for target in (1, 4, 9):
        plan = moved(before.plan, dict.fromkeys(households, target))
        anew = figures(redraw(before, plan, obstacles))
        assert outcomes.joined.get(target, outcomes.alone) == anew[target]
        for source in {had[at] for at in households} - {target}:
            assert outcomes.without[source] == anew.get(source, Figures(0, 0.0, True))
    assert set(outcomes.without) == {had[at] for at in households}


def test_without_positions_there_are_sizes_only():
    nowhere = [replace(one, lon=np.nan, lat=np.nan, position="hamlet") for one in homes()]
    of = village(nowhere, strips(homes()), boundary=None)
    sketch, had = sketch_of(of), numbered(of.plan)
    plan = moved(of.plan, {0: 2, 1: NOWHERE})
    assert sketch.figures(numbered(plan), [2]) == {2: Figures(len(plan.grids[2]), None, True)}
    assert sketch.redraw(of, plan) == redraw(of, plan, NO_OBSTACLES)
    assert sketch.rough_outlines(had, numbered(plan)) == {}
    assert sketch.outcomes(had, [0]).joined[had[69]].connected


@pytest.mark.parametrize("beyond", [0, 1])
def test_of_very_many_households_outcomes_tell_sizes_only(beyond):
    count = MOST_MEASURED + beyond
    of = village(homes(count), np.arange(count) % 3 + 1)
    joined = sketch_of(of).outcomes(numbered(of.plan), range(count)).joined
    assert joined[1].size == count
    assert (joined[1].walk_m is None, joined[1].connected is None) == (bool(beyond), bool(beyond))
