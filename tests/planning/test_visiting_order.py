"""The visiting order of a grid: round the houses from the first door on, then those that stand nowhere."""

import math

from gridplan.model import Household
from gridplan.planning.visiting_order import visiting_order

METRE = 1 / 111_000


def home(household_id, east=None, north=None, door=None, hamlet="1组"):
    place = (math.nan, math.nan) if east is None else (110 + east * METRE, 38 + north * METRE)
    return Household(household_id, "上柏村", *place, door=door, hamlet=hamlet)


def test_it_goes_round_from_the_first_door_towards_the_smaller_one():
    corners = {"a": (0, 0, "10号"), "b": (100, 100, "2号"), "c": (100, 0, "3号"), "d": (0, 100, "12号")}
    assert visiting_order([home(one, *place) for one, place in corners.items()]) == ["b", "c", "a", "d"]


def test_the_order_of_the_list_makes_no_difference():
    homes = [home(str(n), (37 * n) % 100, (53 * n) % 90, door=f"{n}号") for n in range(13)]
    assert visiting_order(homes) == visiting_order(homes[::-1])


def test_households_without_a_place_come_last_by_hamlet_door_and_id():
    nowhere = [
        home("x10"),
        home("x2"),
        home("y", door="2号"),
        home("z", door="10号"),
        home("w", hamlet="2组", door="1"),
    ]
    placed = [home("p", 5, 5, door="99号")]
    assert visiting_order([*nowhere, *placed]) == ["p", "y", "z", "x2", "x10", "w"]
    assert visiting_order(nowhere) == ["y", "z", "x2", "x10", "w"]


def test_flats_on_one_spot_and_a_hamlet_without_positions_are_walked_door_by_door():
    flats = [home(f"f{n}", 50, 50, door=f"{n}号") for n in (11, 9, 10)]
    assert visiting_order([home("first", 0, 0, door="1号"), *flats]) == ["first", "f9", "f10", "f11"]


def test_an_empty_grid_has_no_order():
    assert visiting_order([]) == []
