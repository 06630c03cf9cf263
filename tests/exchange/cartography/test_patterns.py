"""Areas are told apart without colour: each tint and each class has hatches that no other has."""

from itertools import combinations

import pytest
import shapely

from gridplan.exchange.cartography.patterns import TINTS, hatching, look_of
from gridplan.exchange.map_colours import Class
from gridplan.exchange.meeting.content import STATE_CLASSES
from gridplan.words import Message

HOLED = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20)
STATES = [look_of(Class(mark, Message("x"))) for mark in STATE_CLASSES.values()]
RAMP = [look_of(Class("ramp", Message("x"), step)) for step in range(5)]


@pytest.mark.parametrize("looks", [TINTS, STATES, RAMP], ids=["tints", "states", "ramp"])
def test_no_two_have_the_same_hatches(looks):
    for one, other in combinations(looks, 2):
        assert (one.pattern, one.spacing) != (other.pattern, other.spacing) or "plain" == one.pattern != other.pattern


@pytest.mark.parametrize("look", [*TINTS[1:], STATES[1]])
def test_hatches_stay_within_an_area_and_out_of_its_holes(look):
    drawn = shapely.MultiLineString(hatching(HOLED, look))
    assert drawn.length > 50
    assert drawn.difference(HOLED.buffer(1e-6)).is_empty


def test_hatches_go_on_from_one_area_to_the_next():
    left, right = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    parts = [shapely.MultiLineString(hatching(one, TINTS[1])) for one in (left, right)]
    whole = shapely.MultiLineString(hatching(left | right, TINTS[1]))
    assert shapely.hausdorff_distance(shapely.union_all(parts), whole) < 1e-6
