"""The numbers of a town, added up by hand."""

from dataclasses import replace

from sample_towns import odd_village, town

from gridplan import metrics
from gridplan.model import SizeBounds, TownPlan


def test_households_count_whether_in_a_grid_or_left_out():
    assert metrics.households(town()) == 12 * (32 + 16 + 16 + 8) + 18
    assert metrics.households(TownPlan((odd_village(),))) == 18


def test_grids_count_over_all_villages():
    assert metrics.grids(town()) == 32 + 16 + 16 + 8 + 1


def test_the_walk_is_the_sum_of_all_grids():
    of_village = [sum(300 + 17 * number for number in range(1, grids + 1)) for grids in (32, 16, 16, 8)]
    assert metrics.walk_m(town()) == sum(of_village) + 1234.5


def test_a_town_without_villages_has_nothing():
    empty = TownPlan(())
    assert (metrics.households(empty), metrics.grids(empty), metrics.walk_m(empty)) == (0, 0, 0)


def test_grids_out_of_bounds_are_counted_below_and_above():
    village = odd_village()
    (grid,) = village.grids
    sizes = (9, 10, 12, 15, 16, 17)
    village = replace(village, grids=tuple(replace(grid, number=i, size=size) for i, size in enumerate(sizes, 1)))
    assert metrics.sizes_out_of_bounds(village) == 3
    assert metrics.sizes_out_of_bounds(replace(village, bounds=SizeBounds(12, 15))) == 4
    assert metrics.sizes_out_of_bounds(replace(village, bounds=SizeBounds(1, 99))) == 0
