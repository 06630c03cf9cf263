"""How far a village is with positions: its hamlets, and what to do next."""

import math

import pytest

from gridplan.model import Household
from gridplan.positions import hamlets_of, next_step, town_step
from gridplan.words import LANGS

HERE, THERE = (111.1, 38.0), (111.2, 38.0)


def homes(hamlet, n, place=None, position="hamlet"):
    lon, lat = place or (math.nan, math.nan)
    return [Household(f"{hamlet}{i}", "柳村", lon, lat, hamlet=hamlet, position=position) for i in range(n)]


def step_of(*of_hamlets):
    return next_step("柳村", hamlets_of([home for some in of_hamlets for home in some], {}))


def test_hamlets_come_before_houses():
    step = step_of(homes("二组", 3), homes("一组", 4, HERE))
    assert (step.kind, step.message.code) == ("hamlets", "positions.hamlets.none")
    assert step.message.values == {"village": "柳村", "n": 7, "unplaced": 7, "hamlets": 1, "minutes": 1}


def test_houses_come_once_every_hamlet_has_a_place_of_its_own():
    step = step_of(homes("一组", 4, HERE), homes("二组", 3, THERE), homes("三组", 2, HERE, "exact"))
    assert (step.kind, step.message.code, step.message.values["unplaced"]) == ("houses", "positions.houses.some", 7)


def test_a_place_that_hamlets_share_is_that_of_the_village():
    assert step_of(homes("一组", 4, HERE), homes("二组", 3, HERE)).message.values["hamlets"] == 2


def test_a_village_without_hamlets_has_one_place_to_set():
    assert step_of(homes(None, 4)).message.code == "positions.village.none"
    assert step_of(homes(None, 4, HERE)).kind == "houses"


def test_where_every_household_has_a_position_there_is_nothing_to_do():
    assert step_of(homes("一组", 4, HERE, "exact")) is None
    assert town_step([hamlets_of(homes("一组", 4, HERE, "exact"), {}), ()]) is None


@pytest.mark.parametrize("lang", LANGS)
def test_a_town_says_how_many_of_its_households_have_none(lang):
    nowhere, placed = hamlets_of(homes("一组", 4), {}), hamlets_of(homes("二组", 9, HERE, "exact"), {})
    assert "4" in town_step([nowhere, placed]).say(lang)
    assert town_step([nowhere]).code == "positions.town_none"


def test_hamlets_know_their_grids():
    (hamlet,) = hamlets_of(homes("一组", 3), {"一组0": 4, "一组1": 2, "一组2": None})
    assert (hamlet.households, hamlet.placed, hamlet.grids) == (3, 0, {2, 4})
