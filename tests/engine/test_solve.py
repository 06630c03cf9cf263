"""One village from positions to outlines: connected grids, outlines that tile the boundary and hold everybody."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.ground.boundary import town_boundaries
from gridplan.engine.model.settings import Settings
from gridplan.engine.solve import draw, solve
from gridplan.engine.village import VillageData

FAST = Settings(effort="fast", bound=False)
RANDOM = np.random.default_rng(5)


def scattered(n, seed=0):
    return np.round(np.random.default_rng(seed).normal(size=(n, 2)) * 200, 4)


def own_boundary(xy):
    return town_boundaries(xy, np.zeros(len(xy), int), {}).boundary[0]


def solved(xy, boundary):
    village = VillageData(xy, boundary)
    return draw(village, solve(village, FAST, seed=0).grid, kept=False)


def assert_tiles(solution, xy, boundary):
    outlines = solution.outline
    assert shapely.coverage_is_valid(outlines)
    assert shapely.is_valid(outlines).all()
    assert not shapely.is_empty(outlines).any()
    mismatch = shapely.union_all(outlines).symmetric_difference(boundary).area
    assert mismatch <= 0.001 * boundary.area
    inside = shapely.dwithin(outlines[solution.grid], shapely.points(xy), 0.02)
    assert (inside | solution.outside).all()


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 15, 16, 17, 18, 19, 20, 45, 200])
def test_outlines_tile_the_boundary_for_any_number_of_households(n):
    xy = scattered(n)
    boundary = own_boundary(xy)
    assert_tiles(solved(xy, boundary), xy, boundary)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.integers(20, 120), st.integers(1, 30), st.floats(0.01, 100))
def test_outlines_tile_the_boundary_with_flats_and_neighbours_at_any_distance(seed, n, places, spacing):
    random = np.random.default_rng(seed)
    xy = np.round(random.normal(size=(places, 2)) * spacing, 4)[random.integers(0, places, n)]
    boundary = own_boundary(xy)
    solution = solved(xy, boundary)
    assert_tiles(solution, xy, boundary)
    sizes = np.bincount(solution.grid)
    assert sizes.min() >= 10
    assert sizes.max() <= 15


def test_seventy_households_on_one_spot_meet_there():
    xy = np.zeros((70, 2))
    boundary = shapely.box(-100, -80, 120, 90)
    solution = solved(xy, boundary)
    assert_tiles(solution, xy, boundary)
    parts = shapely.get_parts(solution.outline)
    assert len(parts) == len(solution.outline) == 6
    assert (2 * shapely.area(parts) / shapely.length(parts)).min() >= 5


def test_households_of_one_position_are_handed_out_in_the_order_of_the_list():
    grid = solved(np.zeros((70, 2)), shapely.box(-100, -80, 120, 90)).grid
    assert (np.diff(grid) >= 0).all()


def test_grids_and_outlines_hang_together_in_a_bent_village():
    horseshoe = shapely.box(0, 0, 900, 900).difference(shapely.box(200, 200, 700, 900))
    xy = RANDOM.uniform(0, 900, (1500, 2))
    xy = np.round(xy[shapely.contains_xy(horseshoe, xy)], 4)
    solution = solved(xy, horseshoe)
    assert_tiles(solution, xy, horseshoe)
    assert solution.connected.all()
    assert (shapely.get_num_geometries(solution.outline) == 1).all()


def test_a_hole_stays_one_and_detached_pieces_go_whole_to_the_nearest_grid():
    empty = [shapely.box(3000 + 200 * i, 0, 3100 + 200 * i, 50) for i in range(4)]
    lived_in = shapely.box(-700, -700, 700, 700).difference(shapely.box(-50, -50, 50, 50))
    boundary = shapely.union_all([lived_in, *empty])
    xy = scattered(150)
    solution = solved(xy, boundary)
    assert_tiles(solution, xy, boundary)
    for piece in empty:
        owners = np.flatnonzero(shapely.area(shapely.intersection(solution.outline, piece)) > 1)
        assert owners.tolist() == [solution.grid[shapely.distance(shapely.points(xy), piece).argmin()]]


def test_a_household_outside_the_boundary_is_listed_and_the_rest_holds():
    xy = np.vstack([scattered(60), [[5000.0, 0.0], [5000.0, 0.0], [0.0, 4000.0]]])
    boundary = shapely.box(-800, -800, 800, 800)
    solution = solved(xy, boundary)
    assert solution.outside.tolist() == [False] * 60 + [True] * 3
    assert_tiles(solution, xy, boundary)


def test_a_village_whose_households_all_stand_outside_still_gets_outlines():
    xy = scattered(40) + [5000.0, 0.0]
    boundary = shapely.box(-100, -100, 100, 100)
    solution = solved(xy, boundary)
    assert solution.outside.all()
    assert_tiles(solution, xy, boundary)


@pytest.mark.parametrize(("n", "sizes"), [(7, [7]), (17, [17]), (18, [9, 9]), (19, [9, 10])])
def test_an_impossible_village_gets_the_grids_that_break_the_bounds_least(n, sizes):
    xy = scattered(n)
    assert sorted(np.bincount(solved(xy, own_boundary(xy)).grid)) == sizes


def test_grids_are_numbered_in_rows_from_the_north_to_and_fro():
    corners = [(500.0 * column, -500.0 * row) for row in range(4) for column in range(4)]
    xy = np.array([(x + 10 * (i % 4), y + 10 * (i // 4)) for x, y in corners for i in range(12)])
    first_of_each = solved(xy, own_boundary(xy)).grid[::12]
    assert first_of_each.tolist() == [0, 1, 2, 3, 7, 6, 5, 4, 8, 9, 10, 11, 15, 14, 13, 12]


def test_smoothing_takes_corners_off_but_leaves_everybody_inside():
    xy = scattered(600)
    boundary = own_boundary(xy)
    solution = solved(xy, boundary)
    assert_tiles(solution, xy, boundary)
    assert shapely.get_num_coordinates(solution.outline).mean() < 40


def test_a_block_of_flats_on_a_corner_of_the_boundary_is_not_outside():
    xy = np.vstack([np.tile([300.0, 200.0], (23, 1)), np.array([[300.003, 100.0]]), scattered(40, 3) * 0.3])
    boundary = shapely.box(-300, -200, 300, 200)
    solution = solved(xy, boundary)
    assert not solution.outside.any()
    inside = shapely.dwithin(solution.outline[solution.grid], shapely.points(xy), 0.05)
    assert inside.all()


@pytest.mark.parametrize("n", [20, 60, 104, 120, 150])
def test_a_village_on_one_spot_has_no_narrow_sector(n):
    xy = np.zeros((n, 2))
    parts = shapely.get_parts(solved(xy, own_boundary(xy)).outline)
    assert (2 * shapely.area(parts) / shapely.length(parts)).min() >= 5
