"""Villages of one name: what tells them apart, what each is called, and what is left unclear."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.exchange.lists.village_names import ListedVillage, VillageNames, as_listed, listed_name
from gridplan.model import Village

WEST, EAST = shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)
EASTERN, WESTERN = ListedVillage("新民村", "东乡"), ListedVillage("新民村", "西乡")
NONE = np.empty((0, 2))
LIVING = {EASTERN: np.full((9, 2), 0.5), WESTERN: np.full((9, 2), (5.5, 0.5))}


def listed(*told):
    return [ListedVillage("新民村", *one) for one in told]


def names_of(names):
    return [village.name for village in names.villages]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([("东乡",), ("西乡",)], ["新民村（东乡）", "新民村（西乡）"]),
        ([("", "1"), ("", "2")], ["新民村（1）", "新民村（2）"]),
        ([("东乡", "1"), ("西乡", "2"), ("",)], ["新民村（东乡）", "新民村（西乡）"]),
        ([("东乡", "1"), ("东乡", "2")], ["新民村（1）", "新民村（2）"]),
        ([("东乡", "1"), ("东乡", "2"), ("西乡", "3")], ["新民村（1）", "新民村（2）", "新民村（西乡）"]),
        ([("东乡", "410101"), ("西乡", "410101")], ["新民村（东乡）", "新民村（西乡）"]),
        ([("东乡",), ("东乡", "1"), ("",), ("", "1")], ["新民村"]),
        ([("城关",), ("城关镇",), ("某县城关镇",)], ["新民村"]),
        ([("东街道",), ("东街道办事处",)], ["新民村"]),
        ([("城关镇",), ("城关乡",)], ["新民村（城关镇）", "新民村（城关乡）"]),
        ([("", "410101201"), ("", "410101201.0"), ("", "0410101201")], ["新民村"]),
        ([("", "410101"), ("", "410101001201")], ["新民村"]),
    ],
)
def test_a_name_is_one_village_unless_codes_or_towns_differ(told, expected):
    names = VillageNames(listed=listed(*told))
    assert names_of(names) == expected
    apart = [one for one in listed(*told) if one.town or one.code]
    assert all(len(names.find(one)) == 1 for one in apart)
    assert len(names.find(ListedVillage("新民村"))) == len(expected)


def test_latin_names_have_ordinary_brackets_and_no_name_is_given_twice():
    names = VillageNames(listed=[ListedVillage("Newtown", "East"), ListedVillage("Newtown", "West")])
    assert names_of(names) == ["Newtown (East)", "Newtown (West)"]
    taken = VillageNames(
        [Village("新民村（西乡）"), Village("新民村", town="东乡")], listed=[ListedVillage("新民村", "西乡", "7")]
    )
    assert names_of(taken) == ["新民村（西乡）", "新民村", "新民村（7）"]


def test_villages_are_found_by_what_people_may_call_them():
    names = VillageNames(listed=listed(("东乡", "1"), ("西乡", "2")))
    east = names.find(EASTERN)
    for called in ("新民村（东乡）", "新民村(东乡)", "东乡新民村", "新民村（1）", "1"):
        assert names.find(ListedVillage(called)) == east
    assert names.find(ListedVillage("", "", "1")) == east
    assert names.find(ListedVillage("", "东乡")) == names.find(ListedVillage("别村")) == ()


def test_a_stored_village_keeps_its_name_and_gets_its_boundary():
    stored = [Village("新民村", None, WEST, town="东乡")]
    names = VillageNames(stored, [Village("新民村", "7", EAST)], [ListedVillage("新民村", "东乡", "7"), WESTERN])
    assert names_of(names) == ["新民村", "新民村（西乡）"]
    assert names.find(EASTERN) == (Village("新民村", "7", EAST, town="东乡"),)
    again = VillageNames(names.villages, listed=[WESTERN])
    assert set(again.villages) == set(names.villages)
    renamed = VillageNames([Village("东新村", former_names=("新民村",), town="东乡")], listed=[EASTERN, WESTERN])
    assert renamed.find(EASTERN)[0].name == "东新村"
    assert renamed.find(WESTERN)[0].name == "新民村"


def test_where_households_are_tells_whose_boundary_it_is():
    places_of = lambda told: LIVING.get(told, NONE)  # noqa: E731 - a function of one line
    coded = [Village("新民村", "1", WEST), Village("新民村", "2", EAST)]
    for drawn in (coded, [Village("新民村", None, shapely.union(WEST, EAST))]):
        names = VillageNames(drawn=drawn, listed=LIVING, places_of=places_of)
        assert [
            (one.name, one.boundary.equals(shape)) for one, shape in zip(names.villages, (WEST, EAST), strict=True)
        ] == [
            ("新民村（东乡）", True),
            ("新民村（西乡）", True),
        ]
    only_west = VillageNames(drawn=[Village("新民村", None, WEST)], listed=LIVING, places_of=places_of)
    assert [(one.name, one.boundary) for one in only_west.villages] == [
        ("新民村（东乡）", WEST),
        ("新民村（西乡）", None),
    ]
    moved = VillageNames([Village("新民村", None, WEST)], listed=[WESTERN], places_of=places_of)
    assert names_of(moved) == ["新民村", "新民村（西乡）"]


def test_what_nothing_tells_is_left_unclear():
    drawn = [Village("新民村", "1", WEST), Village("新民村", "2", EAST)]
    names = VillageNames(drawn=drawn, listed=[EASTERN, WESTERN])
    assert [one.name for one in names.find(EASTERN)] == ["新民村（1）", "新民村（2）"]
    assert names.find(EASTERN, (5.5, 0.5)) == names.find(ListedVillage("新民村", "", "2"))
    left = VillageNames(drawn=[Village("新民村", None, WEST)], listed=[EASTERN, WESTERN])
    assert left.left_out == ["新民村"]
    assert [one.boundary for one in left.villages] == [None, None]
    stored = VillageNames([Village("新民村")], listed=[EASTERN, WESTERN])
    assert [one.name for one in stored.find(EASTERN)] == ["新民村", "新民村（东乡）", "新民村（西乡）"]


def test_what_lists_call_a_village_is_read_off_its_name():
    assert listed_name("新民村（东乡）", "东乡", None) == listed_name("新民村（7）", None, "7") == "新民村"
    assert listed_name("Newtown (East)", "East") == "Newtown"
    assert listed_name("新民村（东乡）", "西乡") is listed_name("（东乡）", "东乡") is None


TOLD = st.lists(
    st.builds(
        ListedVillage,
        st.sampled_from(("甲", "乙")),
        st.sampled_from(("", "东乡", "西乡")),
        st.sampled_from(("", "1", "2", "3")),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(first=TOLD, second=TOLD)
def test_names_are_distinct_never_join_what_differs_and_stay_when_lists_come_again(first, second):
    names = VillageNames(listed=first)
    assert len(set(names_of(names))) == len(names.villages)
    for one in first:
        for village in names.find(one):
            assert not (one.code and village.code) or one.code == village.code
    later = VillageNames(names.villages, listed=[*second, *first])
    assert names_of(later)[: len(names.villages)] or not names.villages
    for village in names.villages:
        assert village.name in names_of(later)
        assert VillageNames(names.villages).find(as_listed(village))[0].name == village.name
