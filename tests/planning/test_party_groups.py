"""Party groups: every grid in one, 8 to 12 grids each or listed, in one piece; and how they survive another plan."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import DrawnGrid, Household, PartyGroup, Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.planning.party_groups import (
    complete_groups,
    cut_groups,
    group_numbers,
    groups_beside,
    keep_groups,
    surviving_groups,
    with_surviving_groups,
)
from gridplan.rules import GROUP_BOUNDS, group_exceptions

FRAME = LocalFrame(112.5, 32.1)


def squares(n, wide=None, name="东湾村"):
    """Return a village of n grids on squares of 100 m, in rows from north to south."""
    wide = wide or int(np.ceil(np.sqrt(n)))
    corners = ((100 * (at % wide), -100 * (at // wide)) for at in range(n))
    boxes = [shapely.box(west, south, west + 100, south + 100) for west, south in corners]
    grids = tuple(
        DrawnGrid(number, 12, 500.0, True, FRAME.shape_to_degrees(box)) for number, box in enumerate(boxes, start=1)
    )
    return PlannedVillage(Plan(name, (), {}), SizeBounds(), None, False, grids)


def sizes(village):
    return [len(grids) for grids in village.grids_of_groups.values()]


@pytest.mark.parametrize("n", [8, 9, 12, 16, 23, 24, 25, 37, 60, 124])
def test_every_grid_is_in_a_group_of_8_to_12_that_is_one_piece(n):
    village = cut_groups(squares(n))
    assert sum(sizes(village)) == n
    assert all(map(GROUP_BOUNDS.holds, sizes(village)))
    assert not group_exceptions(village)
    for grids in village.grids_of_groups.values():
        ground = shapely.union_all([grid.outline.buffer(1e-9, join_style="mitre") for grid in grids])
        assert ground.geom_type == "Polygon"


def test_a_grid_may_go_to_the_groups_it_has_a_border_with_also_where_it_is_in_pieces():
    village = keep_groups(squares(24, wide=6), {number: (number + 5) // 6 for number in range(1, 25)}, ())
    pieces = tuple(replace(grid, outline=shapely.MultiPolygon([grid.outline])) for grid in village.grids)
    for one in (village, replace(village, grids=pieces)):
        assert [groups_beside(one)[number] for number in (1, 7, 24)] == [(2,), (1, 3), (3,)]


def test_groups_are_numbered_from_1_as_people_read_a_map():
    village = cut_groups(squares(36, wide=3))
    assert [group.number for group in village.groups] == [1, 2, 3]
    north = [np.mean([grid.outline.centroid.y for grid in grids]) for grids in village.grids_of_groups.values()]
    assert north[0] == max(north)


@pytest.mark.parametrize(("n", "groups"), [(1, [1]), (5, [5]), (7, [7]), (13, [13]), (14, [14]), (15, [7, 8])])
def test_numbers_of_grids_that_make_no_groups_break_the_bounds_least_and_are_listed(n, groups):
    village = cut_groups(squares(n))
    assert sorted(sizes(village)) == groups
    found = group_exceptions(village)
    assert [one.grids for one in found] == [size for size in sizes(village) if not GROUP_BOUNDS.holds(size)] != []
    assert {one.reason.code for one in found} == {"group.village"}
    assert all(one.options for one in found)


def test_the_same_village_gets_the_same_groups_whatever_it_is_called():
    assert group_numbers(cut_groups(squares(91))) == group_numbers(cut_groups(squares(91, name="西山村")))


def test_a_village_that_is_not_drawn_has_groups_along_its_hamlets():
    homes = tuple(Household(f"H{at}", "柳村", np.nan, np.nan, hamlet="一组" if at < 9 else "二组") for at in range(20))
    grids = tuple(DrawnGrid(at + 1, 1, None, True, None) for at in range(20))
    plan = Plan("柳村", homes, {home.household_id: at + 1 for at, home in enumerate(homes)})
    village = cut_groups(PlannedVillage(plan, SizeBounds(), None, False, grids))
    assert sizes(village) == [9, 11]


def test_a_new_grid_joins_the_group_it_has_the_longest_border_with():
    before = squares(24, wide=6)
    before = keep_groups(before, {number: 1 + (number > 12) for number in range(1, 25)}, (PartyGroup(2, "河东", "M1"),))
    new = DrawnGrid(25, 12, 1.0, True, FRAME.shape_to_degrees(shapely.box(0, -400, 250, -300)))
    far = DrawnGrid(26, 12, 1.0, True, FRAME.shape_to_degrees(shapely.box(0, 900, 90, 990)))
    redrawn = (*(replace(one, group_number=None) for one in before.grids), new, far)
    after = surviving_groups(replace(before, grids=redrawn), before)
    assert group_numbers(after) == group_numbers(before) | {25: 2, 26: 1}
    assert after.groups == (PartyGroup(1), PartyGroup(2, "河东", "M1"))
    (listed,) = group_exceptions(surviving_groups(replace(after, grids=after.grids[:5]), after))
    assert (listed.grids, listed.reason.code) == (5, "group.village")


def test_a_group_that_got_too_large_is_listed_and_not_cut_anew():
    before = keep_groups(squares(24, wide=6), {number: 1 + (number > 14) for number in range(1, 25)}, ())
    (listed,) = group_exceptions(before)
    assert (listed.group, listed.grids, listed.reason.code) == (1, 14, "group.size")


def test_a_grid_without_an_outline_joins_the_group_of_the_nearest_number():
    grids = tuple(DrawnGrid(number, 1, None, True, None) for number in (1, 2, 8, 9))
    village = PlannedVillage(Plan("柳村", (), {}), SizeBounds(), None, False, grids)
    assert group_numbers(keep_groups(village, {1: 4, 9: 6}, ())) == {1: 4, 2: 4, 8: 6, 9: 6}


def test_only_plans_of_before_there_were_groups_are_completed():
    grouped = keep_groups(squares(9), dict.fromkeys(range(1, 10), 5), ())
    town = complete_groups(TownPlan((grouped, squares(12, name="西山村"))))
    assert town.villages[0] == grouped
    assert sizes(town.villages[1]) == [12]
    anew = TownPlan((cut_groups(squares(9)), cut_groups(squares(8, name="新村"))))
    assert [one.groups[0].number for one in with_surviving_groups(anew, town).villages] == [5, 1]


@pytest.mark.slow
def test_a_county_of_167_villages_has_about_1804_groups():
    rng = np.random.default_rng(4)
    households = np.clip(rng.lognormal(7.2, 0.5, 167), 60, 6000)
    households *= 249_000 / households.sum()
    villages = [cut_groups(squares(round(n / 12), name=f"村{at}")) for at, n in enumerate(households)]
    assert sum(map(len, map(sizes, villages))) == pytest.approx(1804, rel=0.02)
    for village in villages:
        assert sum(sizes(village)) == len(village.grids)
        listed = {one.group for one in group_exceptions(village)}
        assert listed == {at for at, size in enumerate(sizes(village), start=1) if not GROUP_BOUNDS.holds(size)}
        assert not listed or len(village.grids) < 8 or 12 < len(village.grids) < 16
