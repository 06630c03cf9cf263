"""Positions that grids share: outlines hang together wherever the order around a position allows it."""

from collections import Counter
from itertools import pairwise

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.ground.cells import Sites, tessellate
from gridplan.engine.ground.outline import outlines
from gridplan.engine.ground.sectors import Way, _arcs

VILLAGE = shapely.box(-150, -150, 150, 150)
A, B, C, D = range(4)


def pieces(households, boundary=VILLAGE):
    """Return in how many pieces the outline of each grid is, given grids by position, which tile the boundary."""
    xy = np.array([at for at, grids in households.items() for _ in grids], float)
    label = np.array([grid for grids in households.values() for grid in grids])
    sites = Sites.within(boundary, xy)
    shapes = outlines(sites, tessellate(sites.xy, boundary), boundary, label, int(label.max()) + 1)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).symmetric_difference(boundary).area < 1
    assert shapely.dwithin(shapes[label], shapely.points(xy), 0.02).all()
    return shapely.get_num_geometries(shapes).tolist()


def test_a_grid_on_two_sides_of_a_position_that_it_shares_is_of_one_piece():
    around = {
        (-100, 0): [A],
        (100, 0): [A],
        (0, 100): [B],
        (90, 90): [B],
        (-90, 90): [B],
        (-90, -90): [C],
        (90, -90): [C],
    }
    assert pieces(around | {(0, 0): [A, B], (0, -100): [C]}) == [1, 1, 1]


def test_grids_that_share_two_positions_side_by_side_have_each_a_piece_of_the_border_between():
    around = {(-120, 100): [D], (120, 100): [D], (0, 140): [D]}
    assert pieces(around | {(-40, 0): [A, B, C], (40, 10): [A, B, C]}) == [1, 1, 1, 1]
    assert pieces(around | {(-80, 0): [A, B], (0, 10): [A, B], (80, 0): [A, B, C]}) == [1, 1, 1, 1]


def test_ground_cut_off_from_every_household_of_its_grid_goes_to_the_neighbour():
    wall, bay = shapely.box(140, -300, 141, 300), shapely.box(95, -300, 105, 75)
    ground = shapely.box(-200, -300, 300, 300).difference(shapely.union_all([wall, bay]))
    households = {(50, 50): [A, B], (50, 150): [A], (50, -50): [B], (150, 20): [C]}
    assert pieces(households, ground) == [1, 1, 1]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 3), max_size=9))
def test_every_grid_faces_one_arc_and_all_its_ways_where_their_order_allows_it(grids):
    ways = [Way(0.6 * at, grid) for at, grid in enumerate(grids)]
    arcs = _arcs(ways)
    assert len({arc.grid for arc in arcs}) == len(arcs)
    assert all(arc.end < following.start for arc, following in pairwise(arcs))
    assert not arcs or arcs[-1].end < arcs[0].start + 2 * np.pi
    held = Counter(
        way.grid
        for way in ways
        for arc in arcs
        if arc.grid == way.grid and (way.angle - arc.start + 1e-9) % (2 * np.pi) <= arc.end - arc.start + 2e-9
    )
    runs = sum(one != other for one, other in zip(grids, grids[1:] + grids[:1], strict=True))
    if runs <= len(set(grids)) or len(set(grids)) == 1:
        assert held == Counter(grids)
    assert set(held) == {arc.grid for arc in arcs}
