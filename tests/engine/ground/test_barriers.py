"""Barriers: who is parted by a river, who has to share a grid all the same, and where outlines end."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridplan.engine.ground.adjacency import neighbours
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.boundary import town_boundaries
from gridplan.engine.model.parts import join_parts, share_grids
from gridplan.engine.model.proximity import Locations, adjacency
from gridplan.engine.model.settings import Settings
from gridplan.engine.solve import draw, solve
from gridplan.engine.village import VillageData
from gridplan.model import Household
from gridplan.planning.county import PlanSettings
from gridplan.planning.redraw import Obstacles
from gridplan.planning.town import plan_town
from gridplan.rules import violations

RIVER = shapely.LineString([(-2000, 5), (-200, -8), (0, 9), (100, -5), (2000, 3)])
WIDE = RIVER.buffer(15)


def banks(north, south, seed=0):
    random = np.random.default_rng(seed)
    east = random.uniform(-400, 400, north + south)
    away = random.uniform(30, 160, north + south)
    return np.round(np.column_stack([east, np.where(np.arange(north + south) < north, away, -away)]), 4)


def own_ground(xy):
    return town_boundaries(xy, np.zeros(len(xy), int), {}).boundary[0]


def planned(xy, barriers, ground=None, **asked):
    village = VillageData(xy, own_ground(xy) if ground is None else ground, barriers)
    cut = solve(village, Settings(**{"effort": "fast", "bound": False} | asked), seed=0)
    return village.boundary, cut, draw(village, cut.grid, kept=False)


def on_both_sides(grid, xy):
    return [g for g in range(grid.max() + 1) if len(set(xy[grid == g, 1] > 0)) == 2]


def assert_tiles(drawn, xy, ground):
    assert shapely.coverage_is_valid(drawn.outline)
    assert shapely.is_valid(drawn.outline).all()
    assert shapely.union_all(drawn.outline).symmetric_difference(ground).area <= 1e-4 * ground.area
    inside = shapely.dwithin(drawn.outline[drawn.grid], shapely.points(xy), 0.05)
    assert (inside | drawn.outside).all()


def assert_on_own_banks(drawn, xy, ground, rivers):
    """No outline reaches a bank where other grids live and its own does not."""
    banks = ground.difference(shapely.union_all(shapely.buffer(rivers, 0.02)))
    for bank in shapely.get_parts(banks):
        homes = set(drawn.grid[shapely.dwithin(bank, shapely.points(xy), 0.05)].tolist())
        strangers = [g for g in range(len(drawn.outline)) if g not in homes] if homes else []
        assert shapely.area(shapely.intersection(drawn.outline[strangers], bank)).max(initial=0) < 1


# ---- who is parted


@pytest.mark.parametrize("river", [RIVER, WIDE], ids=["line", "area"])
@pytest.mark.parametrize(("north", "south"), [(60, 50), (30, 40), (10, 11)])
def test_no_grid_lies_on_both_sides_of_a_river_without_a_bridge(river, north, south):
    xy = banks(north, south)
    ground, cut, drawn = planned(xy, Barriers.of([river]))
    assert on_both_sides(cut.grid, xy) == []
    assert cut.across_barriers == ()
    assert drawn.connected.all()
    assert 10 <= np.bincount(cut.grid).min() <= np.bincount(cut.grid).max() <= 15
    assert_tiles(drawn, xy, ground)
    assert_on_own_banks(drawn, xy, ground, [river])


def test_over_a_bridge_a_grid_may_lie_on_both_sides():
    xy = banks(17, 18)
    _, cut, drawn = planned(xy, Barriers.of([RIVER], [shapely.LineString([(0, -40), (0, 40)])]))
    assert on_both_sides(cut.grid, xy) != []
    assert cut.across_barriers == ()
    assert drawn.connected.all()


@pytest.mark.parametrize(("metres", "parted"), [(149, False), (151, True)])
@pytest.mark.parametrize("crossing", [shapely.Point, lambda x, y: shapely.LineString([(x, y), (x, y + 30)])])
def test_a_crossing_serves_ways_within_150_metres_of_it(metres, parted, crossing):
    straight = shapely.LineString([(-1000, 0), (1000, 0)])
    barriers = Barriers.of([straight], [crossing(metres, 0)])
    assert barriers.parted(np.array([[[0.0, -40], [0, 40]], [[0, 10], [50, 40]]])).tolist() == [parted, False]


def test_two_barriers_on_the_way_need_a_crossing_each():
    rails = shapely.LineString([(-1000, 600), (1000, 600)])
    way = np.array([[[0.0, -40], [0, 700]]])
    bridge, tunnel = shapely.Point(0, 0), shapely.Point(0, 600)
    assert Barriers.of([RIVER, rails], [bridge]).parted(way)[0]
    assert Barriers.of([RIVER, rails], [tunnel]).parted(way)[0]
    assert not Barriers.of([RIVER, rails], [bridge, tunnel]).parted(way)[0]


@pytest.mark.parametrize(("north", "south"), [(17, 18), (9, 30), (9, 90), (17, 90), (16, 19)])
def test_a_side_that_cannot_be_cut_shares_a_single_grid_which_is_told(north, south):
    xy = banks(north, south)
    ground, cut, drawn = planned(xy, Barriers.of([RIVER]))
    assert len(cut.across_barriers) == 1
    assert list(cut.across_barriers) == on_both_sides(cut.grid, xy)
    assert np.flatnonzero(~drawn.connected).tolist() == list(cut.across_barriers)
    assert 10 <= np.bincount(cut.grid).min() <= np.bincount(cut.grid).max() <= 15
    assert_tiles(drawn, xy, ground)


def test_the_number_of_grids_is_that_of_the_policy_where_the_sides_allow_it():
    _, cut, _ = planned(banks(66, 54), Barriers.of([RIVER]))
    assert cut.grid.max() + 1 == 10
    assert share_grids([70, 50], 10, least=10, most=15) == [6, 4]
    assert share_grids([21, 21], 3, least=10, most=15) == [2, 2]


def test_the_bound_holds_with_a_river_as_well():
    _, cut, drawn = planned(banks(30, 40), Barriers.of([RIVER]), bound=True)
    assert 0 < cut.lower_bound <= drawn.walk.sum()


def test_of_three_banks_two_join_and_the_third_stays_alone():
    part = np.array([0, 1, 2])
    links, length = np.array([[0, 1], [1, 2], [0, 2]]), np.array([50.0, 20.0, 30.0])
    group, gates = join_parts(part, np.array([9, 17, 30]), links, length, least=10, most=15)
    assert group.tolist() == [0, 0, 1]
    assert gates == [0]


def test_without_contiguity_grids_stay_on_their_side_too():
    xy = banks(60, 50)
    _, cut, _ = planned(xy, Barriers.of([WIDE]), contiguous=False)
    assert on_both_sides(cut.grid, xy) == []


# ---- awkward places


def test_a_household_in_the_river_belongs_to_the_nearest_bank():
    xy = banks(40, 40)
    xy[:3] = [[0, 14.0], [50, 5], [-100, 2]]  # in the water, each nearer to the north bank
    ground, cut, drawn = planned(xy, Barriers.of([WIDE]))
    assert on_both_sides(cut.grid, xy) == []
    assert_tiles(drawn, xy, ground)


def test_a_household_on_the_line_is_on_one_side_of_it():
    xy = banks(40, 40)
    xy[0] = [50, 0]
    ground, cut, drawn = planned(xy, Barriers.of([shapely.LineString([(-2000, 0), (2000, 0)])]))
    assert on_both_sides(cut.grid[1:], xy[1:]) == []
    assert_tiles(drawn, xy, ground)
    company = xy[1:][cut.grid[1:] == cut.grid[0], 1]
    across = shapely.box(-2000, 0, 2000, -2000 * np.sign(company[0]))
    assert drawn.outline[cut.grid[0]].intersection(across).area < 1


def test_an_island_in_the_river_is_a_side_of_its_own():
    xy = np.vstack([banks(40, 40), np.random.default_rng(1).uniform(-20, 20, (12, 2)).round(4)])
    island = shapely.Point(0, 0).buffer(29)
    river = RIVER.buffer(60).difference(island)
    xy = xy[(np.abs(xy[:, 1]) > 75) | (np.hypot(*xy.T) < 29)]
    _, cut, _ = planned(xy, Barriers.of([river]))
    there = np.hypot(*xy.T) < 29
    assert len(set(cut.grid[there])) == 1
    assert not set(cut.grid[there]) & set(cut.grid[~there])


@pytest.mark.parametrize("off", [0.0, 0.005, 0.4, 3.0, -3.0])
def test_a_river_along_the_boundary_changes_nothing_inside(off):
    xy = np.random.default_rng(2).uniform(5, 395, (60, 2)).round(4)
    ground = shapely.box(0, 0, 400, 400)
    river = shapely.LineString([(off, -100), (off, 500)])
    _, cut, drawn = planned(xy, Barriers.of([river]), ground)
    np.testing.assert_array_equal(cut.grid, planned(xy, None, ground)[1].grid)
    assert_tiles(drawn, xy, ground)


def test_a_barrier_that_ends_in_the_village_parts_only_those_beside_it():
    xy = banks(60, 50)
    ground, cut, drawn = planned(xy, Barriers.of([shapely.LineString([(-900, 0), (0, 0)])]))
    assert cut.across_barriers == ()
    assert drawn.connected.all()
    assert_tiles(drawn, xy, ground)


def hamlet_at(random, east, north, size, spread):
    return np.column_stack([random.normal(east, spread, size), random.normal(north, spread, size)])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(6000, 9000), st.floats(4000, 6000), st.booleans())
def test_no_far_edge_leads_around_the_end_of_a_river(seed, east, north, bridge):
    """Hamlets along a river that ends at 5 km, and one on each bank far beyond its end, nearest to their own bank."""
    random = np.random.default_rng(seed)
    along = [hamlet_at(random, x, y, 6, 40) for x in (-4500, -1500, 1500, 4500) for y in (300, -300)]
    xy = np.vstack([*along, hamlet_at(random, east, north, 15, 60), hamlet_at(random, east, -north, 15, 60)])
    river = Barriers.of([shapely.LineString([(-9000, 0), (5000, 0)])], [shapely.Point(1500, 0)] if bridge else [])
    locations = Locations.distinct(xy)
    at = np.empty_like(xy)
    at[locations.of] = xy
    free = neighbours(locations, xy)
    kept = {*map(tuple, neighbours(locations, xy, river).tolist())}
    metres = {tuple(edge): float(np.linalg.norm(at[edge[0]] - at[edge[1]])) for edge in free.tolist()}
    usual = [float(np.median([m for edge, m in metres.items() if node in edge])) for node in range(len(at))]
    far = {edge for edge, m in metres.items() if m > 2000 and m > 4 * max(usual[end] for end in edge)}
    over = {edge for edge in metres if at[edge[0], 1] * at[edge[1], 1] < 0}
    meets = {edge for edge in over if river.lines[0].intersects(shapely.LineString(at[list(edge)]))}
    around = over & far - meets
    assert not kept & around
    assert metres.keys() - kept <= meets | around
    assert bool(kept & meets) == bridge


def test_without_a_barrier_beside_it_a_far_edge_stays():
    random = np.random.default_rng(0)
    xy = np.vstack([hamlet_at(random, x, 0, 8, 40) for x in (0, 6000)])
    locations = Locations.distinct(xy)
    ditch = Barriers.of([shapely.LineString([(-200, -300), (-100, -300)])])
    assert neighbours(locations, xy, ditch).tolist() == neighbours(locations, xy).tolist()


def test_flats_beside_a_river_keep_their_side():
    xy = np.repeat([[0.0, 25.0], [40.0, -20.0], [90.0, 160.0]], [37, 24, 12], axis=0)
    ground, cut, drawn = planned(xy, Barriers.of([RIVER]))
    assert on_both_sides(cut.grid, xy) == []
    assert_tiles(drawn, xy, ground)
    assert_on_own_banks(drawn, xy, ground, [RIVER])


def test_crooked_shapes_are_taken_for_what_they_are():
    bow_tie = shapely.Polygon([(-900, -5), (900, 5), (900, -5), (-900, 5)])
    mixed = shapely.GeometryCollection([bow_tie, shapely.Point(0, 0), shapely.MultiLineString([[(-9, 0), (9, 0)]])])
    barriers = Barriers.of([mixed, shapely.Polygon(), shapely.LineString()])
    assert barriers.parted(np.array([[[500.0, -40], [500, 40]]]))[0]
    assert not Barriers.of([shapely.Point(0, 0), shapely.Polygon()])


# ---- any river


def meander(random, width):
    turn, count = random.uniform(0, np.pi), int(random.integers(2, 12))
    along = np.linspace(-3 * width, 3 * width, count)
    aside = np.cumsum(random.normal(size=count)) * width / 6 + random.normal() * width / 2
    cos, sin = np.cos(turn), np.sin(turn)
    line = shapely.LineString(np.column_stack([along, aside]) @ np.array([[cos, sin], [-sin, cos]]))
    return line.buffer(random.uniform(5, 40)) if random.random() < 0.5 else line


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(20, 120), st.integers(1, 3), st.integers(0, 2))
@example(23, 90, 2, 0)
@example(37, 90, 2, 0)
@example(58, 90, 2, 0)
@example(16860, 59, 2, 1)
def test_whatever_the_rivers_outlines_tile_and_keep_to_their_banks(seed, n, count, bridges):
    random = np.random.default_rng(seed)
    width = 40 * np.sqrt(n)
    xy = random.uniform(-width, width, (n, 2)).round(4)
    rivers = [meander(random, width) for _ in range(count)]
    crossings = [shapely.Point(*random.uniform(-width, width, 2)) for _ in range(bridges)]
    barriers = Barriers.of(rivers, crossings)
    ground, cut, drawn = planned(xy, barriers)
    assert 10 <= np.bincount(cut.grid).min() <= np.bincount(cut.grid).max() <= 15
    assert_tiles(drawn, xy, ground)
    assert_on_own_banks(drawn, xy, ground, rivers)
    edges = adjacency(xy)
    if isinstance(ground, shapely.Polygon):
        bank = _sides(edges[~Barriers.of(rivers, []).parted(xy[edges])], n)
        on_one_bank = [g for g in range(len(drawn.walk)) if len(set(bank[cut.grid == g])) == 1]
        parts = [shapely.get_parts(drawn.outline[g]) for g in on_one_bank]
        assert all((shapely.area(pieces) > 1).sum() == 1 for pieces in parts)
    open_edges = edges[~barriers.parted(xy[edges])]
    side = _sides(open_edges, n)
    told = [g for g in range(len(drawn.walk)) if len(set(side[cut.grid == g])) > 1]
    assert sorted(cut.across_barriers) == told
    counts = np.bincount(side)
    assert told == [] or any(count < 20 and not 10 <= count <= 15 for count in counts)


def _sides(edges, n):
    """Union-find, so that this does not lean on what it checks."""
    top = list(range(n))

    def root(i):
        while top[i] != i:
            i = top[i]
        return i

    for a, b in edges.tolist():
        top[root(a)] = root(b)
    return np.array([root(i) for i in range(n)])


# ---- a town


def town(north, south, **shapes):
    xy = banks(north, south)
    homes = [Household(f"h{i}", "柳村", 110.0 + x / 1e5, 35.0 + y / 1.11e5, hamlet=None) for i, (x, y) in enumerate(xy)]
    fast = PlanSettings(effort="fast", bound=False)
    return plan_town(homes, (), fast, workers=1, progress=lambda *_: None, obstacles=Obstacles(**shapes)).town


DEGREES = shapely.LineString([(109.9, 35.0), (110.1, 35.0)])


def test_a_grid_on_both_sides_is_an_exception_of_the_plan():
    village = town(17, 18, barriers=[DEGREES]).villages[0]
    (exception,) = village.exceptions
    assert exception.reason.code == "barrier.both_sides"
    assert [option.code for option in exception.options] == [
        "exception.accept", "barrier.option.crossing", "barrier.option.leave_out",
    ]  # fmt: skip
    assert exception.households == len(village.plan.grids[exception.grid])
    (violation,) = violations(village)
    assert (violation.message.code, violation.grid) == ("rule.not_connected", exception.grid)


def test_with_a_bridge_or_far_away_there_is_no_exception():
    assert town(17, 18, barriers=[DEGREES], crossings=[shapely.Point(110.0, 35.0)]).villages[0].exceptions == ()
    far = shapely.LineString([(111.9, 35.0), (112.1, 35.0)])
    assert town(17, 18, barriers=[far]) == town(17, 18)


def test_a_number_of_grids_that_the_banks_cannot_make_is_said():
    xy = banks(31, 31)
    homes = [Household(f"h{i}", "柳村", 110.0 + x / 1e5, 35.0 + y / 1.11e5) for i, (x, y) in enumerate(xy)]
    five = PlanSettings(effort="fast", bound=False, grids=5)
    here, there = (
        plan_town(homes, (), five, workers=1, progress=lambda *_: None, obstacles=Obstacles(barriers))
        for barriers in ([], [DEGREES])
    )
    assert (len(here.town.villages[0].grids), here.notes) == (5, ())
    (note,) = there.notes
    assert (note.code, note.values["asked"], note.values["made"]) == ("plan.other_number", 5, 6)


@pytest.mark.parametrize(
    ("far", "gap", "parted"), [(24, 11_000, True), (7, 11_000, True), (4, 11_000, False), (24, 9_000, False)]
)
def test_no_grid_lies_across_ten_kilometres_in_which_nobody_lives(far, gap, parted):
    xy = np.array([(200.0 * (i % 6), 150.0 * (i // 6) + (gap if i >= 24 else 0)) for i in range(24 + far)])
    xy = np.vstack([xy, [(500.0, gap / 2)]])  # a lone house does not hide a gap
    village = VillageData(xy, shapely.MultiPoint(xy).convex_hull.buffer(100))
    cut = solve(village, Settings(effort="fast"), seed=1)
    assert cut.is_parted == parted
    if parted:
        assert not {*cut.grid[:24].tolist()} & {*cut.grid[24 : 24 + far].tolist()}
