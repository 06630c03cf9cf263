"""Where members live and whom they know, for lists that give names: found where that is certain, listed where not."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.model import Member, TownPlan
from gridplan.planning.staffing.staffing_cost import ACROSS_M, COST_METRES, HAMLET_M, TIE_M
from gridplan.words import LANGS, Message
from tests.planning.test_staffing import FRAME, TWO, codes, degrees, leads, planned, staff, staff_notes

NOWHERE = TownPlan((planned("柳村", 4, positions=False), planned("桥村", 3, positions=False)))
WILLOW = TownPlan((planned("柳村", 4),))


def renamed(village, name, *household_ids):
    """Return a village in which some households have one name."""
    homes = tuple(replace(home, name=name if home.household_id in household_ids else home.name)
                  for home in village.plan.households)  # fmt: skip
    return replace(village, plan=replace(village.plan, households=homes))


def only(staffing):
    (member,) = staffing.members
    return member


# ---- the household of the name


def test_without_any_position_everybody_leads_the_grid_of_their_own_household():
    own = {
        ("柳村", 1): 4,
        ("柳村", 2): 3,
        ("柳村", 3): 2,
        ("柳村", 4): 1,
        ("桥村", 1): 3,
        ("桥村", 2): 1,
        ("桥村", 3): 2,
    }
    members = [Member(f"m{at}", f"户主{grid}-7", village=village) for (village, grid), at in own.items()]
    for order in (members[::-1], members):
        numbered = [replace(member, member_id=f"{member.village}{at}") for at, member in enumerate(order)]
        staffing = staff(NOWHERE, numbered)
        name_of = {member.member_id: member.name for member in staffing.members}
        assert {key: name_of[lead] for key, lead in leads(staffing).items()} == {key: f"户主{key[1]}-7" for key in own}
        assert set(codes(staffing.homes.values())) == {"members.home.unplaced"}


@pytest.mark.parametrize("town", [WILLOW, NOWHERE], ids=["placed", "nowhere"])
def test_a_member_is_of_the_hamlet_of_their_household_if_the_list_names_none(town):
    staffing = staff(town, [Member("m1", "户主1-7", village="柳村")])
    assert only(staffing).hamlet == "一组"
    (lead,) = (one for one in staffing.assignments if one.role == "lead")
    assert lead.why.values["facts"].values["near"] == 12
    assert only(staff(town, [Member("m1", "户主1-7", village="柳村", hamlet="二组")])).hamlet == "二组"


def test_the_own_household_counts_as_one_that_the_member_knows_well():
    assert only(staff(WILLOW, [Member("m1", "户主3-7", village="柳村", ties=("柳村1-1",))])).ties == (
        "柳村1-1",
        "柳村3-7",
    )
    lon, lat = degrees(0, 0)
    assert only(staff(WILLOW, [Member("m1", "户主3-7", village="柳村", lon=lon, lat=lat)])).ties == ()


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=20, deadline=None)
def test_with_names_for_homes_and_ties_the_choice_is_still_the_cheapest_of_all(seed, positions):
    rng = np.random.default_rng(seed)
    village = planned("柳村", 4, positions=positions)
    homes = village.plan.households
    members, truths = [], []
    for at in range(5):
        home, *known = (homes[i] for i in rng.choice(len(homes), 3, replace=False))
        hamlet = rng.choice([None, "1组", "第二村民小组", "九组"])
        ties = known[0].name, known[1].household_id
        members.append(Member(f"m{at}", home.name, village="柳", hamlet=hamlet, ties=ties))
        of_hamlet = {None: home.hamlet, "1组": "一组", "第二村民小组": "二组", "九组": None}[hamlet]
        truths.append((home, of_hamlet, {home.household_id, *(one.household_id for one in known)}))
    cost = np.array([[stated(truth, inside) for truth in truths] for inside in village.plan.grids.values()])
    least = min(cost[np.arange(4), list(chosen)].sum() for chosen in permutations(range(5), 4))
    chosen = leads(staff(TownPlan((village,)), members))
    assert sum(cost[grid - 1, int(lead[1:])] for (_, grid), lead in chosen.items()) == pytest.approx(least, abs=0.01)


def stated(truth, homes):
    """Return the cost as docs/algorithm.md states it, of a member who lives in a household."""
    home, hamlet, known = truth
    walk = 0.0
    if not math.isnan(home.lon):
        at = FRAME.to_metres([(home.lon, home.lat)])[0]
        walk = np.hypot(*(FRAME.to_metres([(one.lon, one.lat) for one in homes]) - at).T).sum()
    return (
        walk - 200 * sum(one.hamlet == hamlet for one in homes) - 1000 * sum(one.household_id in known for one in homes)
    )


def test_the_numbers_of_the_cost_can_be_written_into_a_report():
    assert dict(COST_METRES) == {"hamlet_m": 200, "tie_m": 1000, "across_m": 500, "further_m": 5000, "unknown_m": 5000}
    assert (COST_METRES["hamlet_m"], COST_METRES["tie_m"], COST_METRES["across_m"]) == (HAMLET_M, TIE_M, ACROSS_M)


# ---- homes that are not found


@pytest.mark.parametrize("lang", LANGS)
def test_members_whose_home_is_nowhere_are_counted_and_named(lang):
    members = [Member("m1", "外人", village="柳村", hamlet="一组"), Member("m2", "户主1-1", village="柳村"),
               Member("m3", "来客", village="柳村")]  # fmt: skip
    (note,) = (note for note in staff_notes(NOWHERE, members) if note.code == "members.note.nowhere")
    assert (note.values["village"], note.values["n"]) == ("柳村", 2)
    assert "外人 (m1); 来客 (m3)" in note.say(lang)


# ---- ties


def test_ties_may_be_names_of_the_members_village():
    members = [Member("m1", "外人", village="桥村", ties=("户主2-3", "桥村1-1", " 户主２-3 ", "桥村2-3"))]
    staffing = staff(TWO, members)
    assert only(staffing).ties == ("桥村2-3", "桥村1-1")
    assert leads(staffing) == {("桥村", 2): "m1"}
    assert not [note for note in staff_notes(TWO, members) if ".ties_" in note.code]


@pytest.mark.parametrize("lang", LANGS)
def test_ties_that_are_several_households_or_none_are_all_listed_by_member_and_count_for_nothing(lang):
    willow = renamed(planned("柳村", 3), "王建国", "柳村1-0", "柳村3-0")
    members = [Member("m1", "外人", village="柳村", ties=("王建国", "无名氏", "户主2-2")),
               Member("m2", "来客", village="柳村", ties=("无此户", "X9"))]  # fmt: skip
    town = TownPlan((willow,))
    assert [member.ties for member in staff(town, members).members] == [("柳村2-2",), ()]
    ambiguous, unknown = (note for note in staff_notes(town, members) if ".ties_" in note.code)
    assert "外人 (m1): 王建国 (柳村1-0, 柳村3-0)" in ambiguous.say(lang)
    assert "外人 (m1): 无名氏; 来客 (m2): 无此户, X9" in unknown.say(lang)
    assert (ambiguous.values["n"], unknown.values["n"]) == (1, 3)


def test_a_name_in_another_village_is_no_tie():
    town = TownPlan((renamed(planned("柳村", 1), "甲某", "柳村1-1"), planned("桥村", 1, west=3000)))
    members = [Member("m1", "外人", village="桥村", ties=("甲某",))]
    assert only(staff(town, members)).ties == ()
    assert "members.note.ties_unknown" in codes(staff_notes(town, members))


# ---- hamlets and villages written otherwise


@pytest.mark.parametrize("hamlet", ["1组", "第一村民小组", "1", "１ 组", "一"])
def test_a_hamlet_written_otherwise_is_the_same_hamlet(hamlet):
    town, members = TownPlan((planned("柳村", 1),)), [Member("m1", "外人", village="柳村", hamlet=hamlet)]
    staffing = staff(town, members)
    assert staffing.homes["m1"] == Message("members.home.hamlet", {"hamlet": "一组"})
    assert staffing.assignments[0].why.values["facts"].values["near"] == 12
    assert "members.note.hamlet_unknown" not in codes(staff_notes(town, members))


@pytest.mark.parametrize("lang", LANGS)
def test_members_of_a_hamlet_that_the_plan_does_not_have_are_listed(lang):
    members = [Member("m1", "外人", village="柳村", hamlet="九组"), Member("m2", "来客", village="柳村", hamlet="1组")]
    (note,) = (note for note in staff_notes(WILLOW, members) if note.code == "members.note.hamlet_unknown")
    assert "外人 (m1): 九组" in note.say(lang)
    assert "来客" not in note.say(lang)


@pytest.mark.parametrize("village", ["柳", "柳村委会", "示范镇柳村", "柳村村民委员会"])
def test_a_village_written_otherwise_is_the_same_village(village):
    assert only(staff(TWO, [Member("m1", "外人", village=village)])).village == "柳村"


def test_a_village_that_might_be_one_of_two_is_not_chosen():
    town = TownPlan((planned("柳村", 1), planned("柳社区", 1, west=3000)))
    staffing = staff(town, [Member("m1", "外人", village="柳"), Member("m2", "来客", village="柳社区")])
    assert staffing.left_out.keys() == {"m1"}
    assert leads(staffing) == {("柳社区", 1): "m2"}


# ---- across villages


@pytest.mark.parametrize("lang", LANGS)
def test_across_villages_those_of_no_village_of_the_plan_lead_too_and_are_named(lang):
    lon, lat = degrees(2000, 100)
    cadres = [
        Member("t1", "镇长", village="镇机关", lon=lon, lat=lat, max_grids=3),
        Member("t2", "副镇长", max_grids=2),
    ]
    staffing = staff(TWO, cadres, across_villages=True)
    assert not staffing.left_out
    assert sorted(leads(staffing).values()) == ["t1"] * 3 + ["t2"] * 2
    assert leads(staffing)["柳村", 2] == "t1"
    assert only_in(staff_notes(TWO, cadres, across_villages=True), "镇机关", lang).count("镇长 (t1)") == 1
    at_home = staff(TWO, cadres)
    assert at_home.left_out.keys() == {"t1", "t2"}
    assert len(at_home.shortages) == 6


def only_in(notes, words, lang):
    (text,) = (note.say(lang) for note in notes if words in note.say(lang))
    return text


def test_across_villages_a_member_of_a_village_is_preferred_to_one_of_none():
    lon, lat = degrees(1000, 110)
    town = TownPlan((planned("柳村", 1),))
    members = [
        Member("t1", "镇长", village="镇机关", lon=lon, lat=lat),
        Member("v1", "村长", village="柳村", lon=lon, lat=lat),
    ]
    assert leads(staff(town, members, across_villages=True)) == {("柳村", 1): "v1"}
