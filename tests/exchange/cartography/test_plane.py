"""The plane of a map: what fills its box, and is turned where that is worth it."""

import math

import numpy as np
import pytest
import shapely

from gridplan.exchange.cartography.plane import Plane
from gridplan.exchange.paper.document import Box

BOX = Box(10, 20, 200, 100)
LONG = shapely.affinity.rotate(shapely.box(-1000, -50, 1000, 50), 60, origin=(0, 0))


@pytest.mark.parametrize("may_turn", [False, True])
def test_what_it_shows_fills_the_box_and_nothing_is_outside(may_turn):
    west, north, east, south = Plane.of(LONG, BOX, may_turn=may_turn).laid(LONG).bounds
    assert west >= 10 - 1e-6 and east <= 210 + 1e-6 and north >= 20 - 1e-6 and south <= 120 + 1e-6
    assert math.isclose(east - west, 200) or math.isclose(south - north, 100)


def test_a_map_is_turned_only_where_it_becomes_much_larger():
    assert Plane.of(shapely.box(0, 0, 1000, 900), BOX, may_turn=True).turn == 0
    turned = Plane.of(LONG, BOX, may_turn=True)
    assert turned.mm_per_metre > 1.8 * Plane.of(LONG, BOX).mm_per_metre


def test_the_turn_is_that_of_north():
    plane = Plane.of(LONG, BOX, may_turn=True)
    (x, y), (to_x, to_y) = plane.points([(0, 0), (0, 100)])
    assert math.isclose(math.degrees(math.atan2(to_x - x, y - to_y)), plane.turn, abs_tol=1e-6)


def test_places_on_paper_lead_back_to_the_ground_through_any_box():
    plane = Plane.of(LONG, BOX, may_turn=True)
    ground = np.array([(0.0, 0.0), (120.0, -40.0)])
    assert np.allclose(plane.metres(plane.xy(ground)), ground)
    assert np.allclose(plane.over(Box(0, 0, 50, 60)).xy(ground), plane.xy(ground))
