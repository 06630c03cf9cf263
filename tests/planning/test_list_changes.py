"""A newer list against an older one: what is new, gone, moved, renamed, unsure; nobody goes, nothing is guessed."""

import math
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from gridplan.model import Household
from gridplan.planning.update.household_matching import looks_made
from gridplan.planning.update.list_changes import compare_lists, merge_lists

DEGREE_M = 111_320.0


def home(household_id, name=None, north=0.0, *, door=None, village="柳村", hamlet=None, placed=True, **more):
    """A household so many metres north of a spot, or without a position."""
    lat = 38 + north / DEGREE_M if placed else math.nan
    lon = 110.0 if placed else math.nan
    position = "exact" if placed else "hamlet"
    return Household(household_id, village, lon, lat, name, door=door, hamlet=hamlet, position=position, **more)


def made(*households):
    return {household.household_id for household in households}


# ---- ids of the list


def test_households_with_ids_are_known_by_them():
    old = [
        home("1", "甲"),
        home("2", "乙"),
        home("3", "丙", hamlet="一组"),
        home("4", "丁"),
        home("5", "戊"),
        home("6"),
    ]
    new = [
        home("1", "甲", 30),
        home("2", "乙乙"),
        home("3", "丙", hamlet="二组", village="桥村"),
        home("5", "戊", phone="1"),
        home("6", north=0.5),
        home("7", "丁"),
    ]
    changes = compare_lists(old, new)
    assert (changes.new, changes.gone, changes.same, changes.amended) == (("7",), ("4",), ("6",), ("5",))
    assert changes.moved == {"1": pytest.approx(30, rel=0.01)}
    assert changes.renamed == {"2": ("乙", "乙乙")}
    assert (changes.other_village, changes.other_hamlet) == ({"3": ("柳村", "桥村")}, {"3": ("一组", "二组")})
    assert not changes.unsure
    assert changes


def test_an_id_written_in_another_case_is_the_same_id():
    changes = compare_lists([home("H010", "甲"), home("H011", "乙")], [home("h010", "甲"), home("Ｈ011", "乙")])
    assert (changes.same, changes.new, changes.gone) == (("H010", "H011"), (), ())
    twice = compare_lists([home("H010", "甲")], [home("h010", "甲"), home("Ｈ010", "乙")])
    assert twice.gone == ("H010",)


@pytest.mark.parametrize("with_ids", [True, False])
def test_a_village_of_another_name_is_one_change_and_no_household_moved_for_it(with_ids):
    def named(village):
        return [
            home(f"{i}" if with_ids else f"{village}-{i:04d}", f"户{i}", 20 * i, door=str(i), village=village)
            for i in range(6)
        ]

    old, new = [*named("甲村"), home("a", "甲", village="乙村")], [*named("甲家村"), home("a", "甲", village="乙村")]
    ids = set() if with_ids else made(*new[:-1])
    changes = compare_lists(old, new, made=ids)
    assert changes.villages == {"甲家村": "甲村"}
    assert not (changes.other_village or changes.new or changes.gone or changes.unsure)
    assert len(changes.same) == 7
    assert changes
    again = merge_lists(old, new, made=ids)
    assert [one.household_id for one in again.households] == [one.household_id for one in old]
    assert {one.village for one in again.households} == {"甲家村", "乙村"}


def test_a_new_village_beside_one_that_is_gone_is_not_the_same():
    old = [home(f"{i}", f"户{i}", 20 * i, village="甲村") for i in range(6)]
    new = [home(f"b{i}", f"人{i}", 20 * i, village="丙村") for i in range(6)]
    nameless = [home(f"丙村-{i:04d}", None, 20 * i, village="丙村") for i in range(6)]
    assert compare_lists(old, new).villages == {}
    assert (
        compare_lists(
            [replace(one, name=None, household_id=f"甲村-{one.household_id:>04}") for one in old],
            nameless,
            made=made(*nameless),
        ).villages
        == {}
    )


def test_no_household_goes_for_a_missing_row_and_blanks_remove_nothing():
    old = [home("1", "甲", door="3", phone="1"), home("2", "乙")]
    new = [home("1", None, placed=False), home("3", "丙")]
    assert merge_lists(old, new).households == (old[0], old[1], new[1])
    assert compare_lists(old, new).same == ("1",)


def test_a_household_that_had_no_position_is_placed():
    old, new = [home("1", "甲", placed=False)], [home("1", "甲", 10)]
    assert math.isnan(compare_lists(old, new).moved["1"])
    assert merge_lists(old, new).households == (new[0],)


# ---- made codes


def test_made_codes_are_known_by_name_door_and_place_though_their_numbers_shift():
    old = [home(f"柳村-000{n}", name, n * 100) for n, name in enumerate("甲乙丙", start=1)]
    new = [home("柳村-0001", "新", 900), *(replace(h, household_id=f"柳村-000{n}") for n, h in enumerate(old, start=2))]
    new[2] = replace(new[2], lat=new[2].lat + 20 / DEGREE_M)
    changes = compare_lists(old, new, made=made(*new))
    assert changes.old_of == {"柳村-0002": "柳村-0001", "柳村-0003": "柳村-0002", "柳村-0004": "柳村-0003"}
    assert (changes.new, changes.gone, list(changes.moved)) == (("柳村-0001",), (), ["柳村-0002"])
    result = merge_lists(old, new, made=made(*new)).households
    assert [h.household_id for h in result] == ["柳村-0001", "柳村-0002", "柳村-0003", "柳村-0005"]
    assert [h.name for h in result] == ["甲", "乙", "丙", "新"]


def test_what_could_be_several_is_asked_and_the_answer_holds():
    old = [home("柳村-0001", "甲", 0), home("柳村-0002", "甲", 40)]
    new = [home("柳村-0001", "甲", 20)]
    changes = compare_lists(old, new, made=made(*new))
    assert changes.unsure == {"柳村-0001": ("柳村-0001", "柳村-0002")}
    assert (changes.new, changes.gone, changes.old_of) == ((), (), {})
    assert merge_lists(old, new, made=made(*new)).households == tuple(old)
    answered = compare_lists(old, new, made=made(*new), answers={"柳村-0001": "柳村-0002"})
    assert (answered.old_of, answered.gone, answered.unsure) == ({"柳村-0001": "柳村-0002"}, ("柳村-0001",), {})
    as_new = compare_lists(old, new, made=made(*new), answers={"柳村-0001": None})
    assert (as_new.new, as_new.gone) == (("柳村-0001",), ("柳村-0001", "柳村-0002"))
    assert len(merge_lists(old, new, made=made(*new), answers={"柳村-0001": None}).households) == 3


@pytest.mark.parametrize(
    "newer",
    [
        home("柳村-0001", "甲", 300, door="3"),
        home("柳村-0001", "乙", 5, door="3"),
        home("柳村-0001", "甲", 5, door="4"),
        home("桥村-0001", "甲", 5, door="3", village="桥村"),
    ],
)
def test_where_one_of_name_door_and_place_differs_it_is_asked(newer):
    old = [home("柳村-0001", "甲", door="3")]
    assert compare_lists(old, [newer], made=made(newer)).unsure == {newer.household_id: ("柳村-0001",)}


def test_a_list_without_positions_is_known_by_hamlet_and_name():
    old = [
        home("柳村-一组-0001", "甲", hamlet="一组", placed=False),
        home("柳村-一组-0002", "乙", hamlet="一组", placed=False),
    ]
    new = [home("柳村-一组-0001", "乙 ", 70, hamlet="一组"), home("柳村-一组-0002", "甲", 90, hamlet="一组")]
    changes = compare_lists(old, new, made=made(*new))
    assert changes.old_of == {"柳村-一组-0001": "柳村-一组-0002", "柳村-一组-0002": "柳村-一组-0001"}


def test_a_list_that_has_got_ids_is_still_known():
    old = [home("柳村-0001", "甲"), home("柳村-0002", "乙", 100)]
    new = [home("a", "乙", 100), home("b", "甲")]
    assert compare_lists(old, new).old_of == {"a": "柳村-0002", "b": "柳村-0001"}
    assert compare_lists([home("x", "甲")], [home("y", "甲")]).old_of == {}


def test_codes_that_were_made_are_recognised():
    assert looks_made(home("柳村-0001"))
    assert looks_made(home("柳村-一组-12345"))
    assert not any(map(looks_made, [home("0001"), home("桥村-0001"), home("柳村-1")]))


# ---- whatever the lists


NAMES = st.sampled_from([None, "甲", "乙", "Ａ"])


@st.composite
def lists(draw, prefix="柳村-"):
    count = draw(st.integers(0, 8))
    return [
        home(
            f"{prefix}{n + 1:04d}",
            draw(NAMES),
            draw(st.sampled_from([0.0, 0.0, 10.0, 40.0, 45.0, 90.0, 400.0])),
            door=draw(st.sampled_from([None, "1", "2"])),
            village=draw(st.sampled_from(["柳村", "桥村"])),
            hamlet=draw(st.sampled_from([None, "一组"])),
            placed=draw(st.booleans()),
        )
        for n in range(count)
    ]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(lists(), st.booleans())
def test_the_same_list_again_changes_nothing(households, are_made):
    ids = made(*households) if are_made else set()
    assert not compare_lists(households, households, made=ids)
    assert merge_lists(households, households, made=ids).households == tuple(households)


@settings(max_examples=60, deadline=None)
@given(lists(), lists(), st.booleans())
def test_everybody_is_accounted_for_once(old, new, are_made):
    changes = compare_lists(old, new, made=made(*new) if are_made else set())
    assert sorted([*changes.new, *changes.unsure, *changes.old_of]) == sorted(made(*new))
    doubtful = {old_id for candidates in changes.unsure.values() for old_id in candidates}
    assert len(set(changes.old_of.values())) == len(changes.old_of)
    assert {*changes.gone, *changes.old_of.values(), *doubtful} == made(*old)
    assert len(changes.gone) + len(changes.old_of) + len(doubtful) == len(old)
    changed = {*changes.moved, *changes.renamed, *changes.other_village, *changes.other_hamlet, *changes.amended}
    assert changed.isdisjoint(changes.same)
    assert changed | {*changes.same} == {*changes.old_of.values()}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(lists(), lists(), st.booleans())
def test_no_household_is_lost_and_a_second_time_changes_nothing(old, new, are_made):
    ids = made(*new) if are_made else set()
    once = merge_lists(old, new, made=ids).households
    assert made(*old) <= made(*once)
    assert len(made(*once)) == len(once)
    assert merge_lists(once, new, made=ids).households == once
