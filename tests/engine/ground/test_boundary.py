"""Boundaries for villages that have none: around the settlement, over nobody else's ground."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.ground.boundary import town_boundaries


def assert_apart(shapes):
    shapes = list(shapes.values())
    for i, one in enumerate(shapes):
        for other in shapes[:i]:
            assert one.intersection(other).area < 0.1


def town(seed, counts, spread=300, apart=400):
    random = np.random.default_rng(seed)
    centres = random.uniform(0, apart, (len(counts), 2))
    xy = np.vstack([centre + random.normal(size=(n, 2)) * spread for centre, n in zip(centres, counts, strict=True)])
    return np.round(xy, 2), np.repeat(np.arange(len(counts)), counts)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 60), min_size=1, max_size=5), st.floats(1, 2000))
def test_made_boundaries_hold_their_households_and_overlap_nobody(seed, counts, apart):
    xy, village = town(seed, counts, apart=apart)
    grounds = town_boundaries(xy, village, {})
    made, cut = grounds.boundary, grounds.cut
    assert_apart(made)
    assert not cut
    for v, ground in made.items():
        assert ground.is_valid
        assert shapely.dwithin(ground, shapely.points(xy[village == v]), 0.2).all()


def test_a_lake_in_the_middle_is_left_out():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    xy = np.column_stack([np.cos(angle), np.sin(angle)]) * 800
    made = town_boundaries(xy, np.zeros(200, int), {}).boundary
    assert not made[0].contains(shapely.Point(0, 0))
    assert made[0].area < 0.5 * shapely.MultiPoint(xy).convex_hull.area


def test_an_outlying_farm_is_linked_by_a_strip_and_one_far_off_is_not():
    xy = np.vstack([np.random.default_rng(0).normal(size=(80, 2)) * 60, [[900.0, 0.0]], [[20_000.0, 0.0]]])
    made = town_boundaries(xy, np.zeros(len(xy), int), {}).boundary
    assert shapely.get_num_geometries(made[0]) == 2


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.floats(5, 60), st.floats(400, 900))
def test_a_lone_house_gets_no_more_ground_than_a_grid(seed, spread, away):
    xy = np.vstack([np.random.default_rng(seed).normal(size=(90, 2)) * 3 * spread, [[9 * spread + away, 0.0]]])
    made = town_boundaries(xy, np.zeros(len(xy), int), {}).boundary[0]
    around = made.intersection(shapely.Point(xy[-1]).buffer(away / 3)).area
    assert around < 12 * (made.area - around) / 90 + 40 * away / 3


def test_given_ground_is_not_taken():
    xy, village = town(1, [60, 60], spread=150, apart=1)
    xy[village == 1] += [420, 0]
    given_ground = shapely.box(-1000, -1000, 200, 1000)
    grounds = town_boundaries(xy, village, {0: given_ground})
    both, cut = grounds.boundary, grounds.cut
    assert both[0].equals(given_ground)
    assert_apart(both)
    assert not cut


def test_a_village_inside_a_given_one_is_cut_out_of_it():
    xy, village = town(2, [80, 40], spread=300, apart=1)
    xy[village == 1] = xy[village == 1] * 0.2 + [700, 700]
    host = shapely.box(-2000, -2000, 2000, 2000)
    grounds = town_boundaries(xy, village, {0: host})
    both, cut = grounds.boundary, grounds.cut
    assert cut == {0: [1]}
    assert_apart(both)
    assert both[0].union(both[1]).symmetric_difference(host).area < 1
    assert shapely.intersects(both[1], shapely.points(xy[village == 1])).all()
    assert shapely.intersects(both[0], shapely.points(xy[village == 0])).all()


def test_overlap_between_given_boundaries_stays_with_the_first():
    xy = np.array([[-50.0, 0.0], [150.0, 0.0]])
    first, second = shapely.box(-100, -100, 60, 100), shapely.box(40, -100, 200, 100)
    both = town_boundaries(xy, np.array([0, 1]), {0: first, 1: second}).boundary
    assert both[0].equals(first)
    assert both[1].equals(shapely.box(60, -100, 200, 100))


def test_two_villages_on_one_spot_share_it():
    xy = np.zeros((40, 2))
    made = town_boundaries(xy, np.repeat([0, 1], 20), {}).boundary
    assert_apart(made)
    assert min(ground.area for ground in made.values()) > 100


def test_two_villages_given_the_same_boundary_share_it_by_their_households():
    xy, village = town(3, [50, 50], spread=80, apart=1)
    xy[village == 1] += [500, 0]
    twice = shapely.box(-1000, -1000, 1500, 1000)
    grounds = town_boundaries(xy, village, {0: twice, 1: twice})
    both, cut = grounds.boundary, grounds.cut
    assert_apart(both)
    assert cut == {0: [1]}
    assert shapely.intersects(both[1], shapely.points(xy[village == 1])).all()
