"""Who leads which grid: rules of village, hamlet, tie and leave, homes that no list gives, and shortages."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_towns import FRAME

from gridplan.model import Household, Member, Plan, PlannedVillage, SizeBounds, TownPlan
from gridplan.planning.report import staffing_figures
from gridplan.planning.staffing.staffing import StaffingRules, places_to_lead, staff_town
from gridplan.planning.staffing.staffing_cost import ACROSS_M, HAMLET_M, TIE_M
from gridplan.words import LANGS, Message, series

TODAY = date(2026, 3, 1)
STEP = 20.0


def degrees(x, y):
    return tuple(FRAME.to_degrees([(x, y)])[0].tolist())


def planned(name, grids, west=0.0, size=12, positions=True):
    """Return a village whose grids are a kilometre apart, each a row of households; odd grids are of 一组."""
    homes = tuple(
        Household(
            f"{name}{grid}-{i}", name, *(degrees(west + 1000 * grid, STEP * i) if positions else (np.nan, np.nan)),
            name=f"户主{grid}-{i}", hamlet="一组" if grid % 2 else "二组", position="exact" if positions else "hamlet",
        )
        for grid in range(1, grids + 1)
        for i in range(size)
    )  # fmt: skip
    grid_of = {home.household_id: int(home.household_id.removeprefix(name).partition("-")[0]) for home in homes}
    return PlannedVillage(Plan(name, homes, grid_of), SizeBounds(), None, False, ())


def member(member_id, x=0.0, y=0.0, village="柳村", **rest):
    lon, lat = degrees(x, y)
    return Member(member_id, rest.pop("name", f"党员{member_id}"), None, village, lon=lon, lat=lat, **rest)


def staff(town, members, *, across_villages=False, **rest):
    return staff_town(town, members, StaffingRules(TODAY, across_villages), **rest)[0]


def staff_notes(town, members, *, across_villages=False, **rest):
    return staff_town(town, members, StaffingRules(TODAY, across_villages), **rest)[1]


def leads(staffing):
    return {(one.village, one.grid): one.member_id for one in staffing.assignments if one.role == "lead"}


def deputies(staffing):
    return {one.member_id: (one.village, one.grid) for one in staffing.assignments if one.role == "deputy"}


def metres(facts):
    return facts.values["way"].values["metres"]


def codes(messages):
    return [message.code for message in messages]


WILLOW = TownPlan((planned("柳村", 4),))
TWO = TownPlan((planned("柳村", 3), planned("桥村", 3, west=5000.0)))


# ---- who leads


def test_everybody_leads_the_grid_they_live_in():
    staffing = staff(WILLOW, [member(f"m{grid}", 1000 * grid) for grid in (3, 1, 4, 2)])
    assert leads(staffing) == {("柳村", grid): f"m{grid}" for grid in (1, 2, 3, 4)}
    assert not staffing.shortages
    assert not deputies(staffing)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
@settings(max_examples=20, deadline=None)
def test_the_choice_is_the_cheapest_of_all_there_are(seed, grids):
    rng = np.random.default_rng(seed)
    village = planned("柳村", grids)
    members = [
        member(f"m{i}", *rng.uniform(0, 6000, 2), hamlet=str(rng.choice(["一组", "二组"])),
               ties=tuple(rng.choice([home.household_id for home in village.plan.households], 2)))
        for i in range(6)
    ]  # fmt: skip
    cost = np.array([[stated_cost(one, homes) for one in members] for homes in village.plan.grids.values()])
    least = min(cost[np.arange(grids), list(chosen)].sum() for chosen in permutations(range(6), grids))
    chosen = leads(staff(TownPlan((village,)), members))
    assert sum(cost[grid - 1, int(lead[1:])] for (_, grid), lead in chosen.items()) == pytest.approx(least, abs=0.01)


def stated_cost(one, homes):
    """Return the cost as the documentation states it, in metres of a plane laid out independently of the code's."""
    x, y = FRAME.to_metres([(one.lon, one.lat)])[0]
    walk = np.hypot(*(FRAME.to_metres([(home.lon, home.lat) for home in homes]) - (x, y)).T).sum()
    near = sum(home.hamlet == one.hamlet for home in homes)
    tied = sum(home.household_id in one.ties for home in homes)
    return walk - HAMLET_M * near - TIE_M * tied


def test_a_member_of_the_hamlet_is_preferred_to_one_a_little_nearer():
    village = TownPlan((planned("柳村", 1),))
    nearer, neighbour = member("m1", 1300, hamlet="二组"), member("m2", 1400, hamlet="一 组")
    assert leads(staff(village, [nearer, neighbour])) == {("柳村", 1): "m2"}
    assert leads(staff(village, [nearer, replace(neighbour, hamlet="三组")])) == {("柳村", 1): "m1"}


def test_a_member_who_knows_a_household_well_is_preferred_to_one_a_little_nearer():
    village = TownPlan((planned("柳村", 1),))
    nearer, familiar = member("m1", 1300), member("m2", 1350, ties=("柳村1-5",))
    assert leads(staff(village, [nearer, familiar])) == {("柳村", 1): "m2"}
    assert leads(staff(village, [nearer, replace(familiar, ties=())])) == {("柳村", 1): "m1"}


def test_members_lead_in_their_own_village_unless_others_are_allowed():
    members = [member("m1", 1000), member("m2", 2000), member("m3", 3000), member("m4", 6000), member("m5", 7000)]
    own = staff(TWO, members)
    assert {village for village, _ in leads(own)} == {"柳村"}
    assert [one.village for one in own.shortages] == ["桥村"] * 3
    across = staff(TWO, members, across_villages=True)
    assert leads(across)["桥村", 1] == "m4"
    assert len(leads(across)) == 5


def test_across_villages_a_member_of_the_village_is_preferred_to_one_nearer_by_less_than_stated():
    border = TownPlan((planned("柳村", 1), planned("桥村", 1, west=2000.0)))
    x = 3000 - ACROSS_M
    stranger, own, other = member("m1", 3000), member("m2", x + 50, village="桥村"), member("m3", 1000)
    assert leads(staff(border, [stranger, own, other], across_villages=True))["桥村", 1] == "m2"
    farther = replace(own, lon=degrees(x - 150, 0)[0])
    assert leads(staff(border, [stranger, farther, other], across_villages=True))["桥村", 1] == "m1"


def test_of_two_who_are_equal_the_lower_id_leads_in_whatever_order_they_are_listed():
    twins = [member("m2", 1000), member("m1", 1000)]
    village = TownPlan((planned("柳村", 1),))
    for members in (twins, twins[::-1]):
        staffing = staff(village, members)
        assert leads(staffing) == {("柳村", 1): "m1"}
        assert deputies(staffing) == {"m2": ("柳村", 1)}


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_the_members_list_changes_nothing(random):
    members = [member(f"m{i}", 1000 * (i % 3), hamlet="一组") for i in range(7)]
    shuffled = random.sample(members, len(members))
    assert staff(WILLOW, shuffled) == staff(WILLOW, members)


# ---- who may not


def test_members_away_on_leave_or_of_no_village_are_left_out_with_the_reason():
    members = [
        member("away", 1000, available=False),
        member("leave", 2000, excused_until=TODAY),
        member("back", 3000, excused_until=date(2026, 2, 28)),
        member("strange", 4000, village="无名村"),
        replace(member("homeless"), village=None, lon=None, lat=None),
    ]
    staffing = staff(TWO, members)
    assert leads(staffing) == {("柳村", 3): "back"}
    assert {who: why.code for who, why in staffing.left_out.items()} == {
        "away": "members.out.unavailable",
        "leave": "members.out.excused",
        "strange": "members.home.village_unknown",
        "homeless": "members.home.no_village",
    }
    assert len(staffing.members) == 5
    assert next(one for one in staffing.members if one.member_id == "strange").village == "无名村"
    said = " ".join(note.say("en") for note in staff_notes(TWO, members))
    assert "strange" in said and "homeless" in said and "2 members are not available" in said


def test_many_members_of_other_villages_are_one_note():
    members = [member(f"m{i}", village=f"外村{i % 7}") for i in range(30)]
    (note,) = [note for note in staff_notes(TWO, members) if "外村" in note.say("zh")]
    assert note.say("en").startswith("30 members of other villages (外村0, 外村1, 外村2, 外村3, 外村4, and 2 more")


def test_two_members_of_one_id_are_a_mistake():
    with pytest.raises(ValueError, match="same id"):
        staff(WILLOW, [member("m1"), member("m1", 500)])


# ---- second grids


def test_no_member_leads_two_grids_while_another_leads_none():
    members = [member("m1", 1000, max_grids=2), member("m2", 5000)]
    assert Counter(leads(staff(TownPlan((planned("柳村", 2),)), members)).values()) == {"m1": 1, "m2": 1}


def test_a_second_grid_goes_to_a_member_who_may_lead_two():
    members = [member("m1", 1000), member("m2", 3000, max_grids=2)]
    assert leads(staff(TownPlan((planned("柳村", 3),)), members)) == {
        ("柳村", 1): "m1", ("柳村", 2): "m2", ("柳村", 3): "m2",
    }  # fmt: skip


# ---- deputies


def test_members_left_over_are_deputies_and_no_grid_has_two_before_all_have_one():
    members = [member(f"m{i:02d}", 1000 + i) for i in range(11)]
    staffing = staff(WILLOW, members)
    of_grid = Counter(deputies(staffing).values())
    assert len(leads(staffing)) == 4
    assert sorted(of_grid.values()) == [1, 2, 2, 2]
    assert not set(leads(staffing).values()) & set(deputies(staffing))


def test_a_deputy_is_of_the_grid_nearest_to_home():
    members = [*(member(f"m{grid}", 1000 * grid) for grid in (1, 2, 3, 4)), member("n1", 3050), member("n2", 1950)]
    assert deputies(staff(WILLOW, members)) == {"n1": ("柳村", 3), "n2": ("柳村", 2)}


# ---- homes


def test_a_member_lives_in_the_only_household_of_that_name_in_the_village():
    unknown = Member("m1", " 户主２-3 ", village="柳 村")
    staffing = staff(WILLOW, [unknown])
    assert staffing.homes["m1"].values == {"household": "柳村2-3"}
    assert (staffing.members[0].lon, staffing.members[0].lat) == pytest.approx(degrees(2000, 60))
    assert staffing.members[0].village == "柳村"
    assert leads(staffing) == {("柳村", 2): "m1"}


def test_of_several_households_of_one_name_none_is_chosen_and_all_are_listed():
    village = planned("柳村", 2)
    homes = tuple(replace(home, name="王建国" if home.household_id in {"柳村1-0", "柳村2-0"} else home.name)
                  for home in village.plan.households)  # fmt: skip
    town = TownPlan((replace(village, plan=replace(village.plan, households=homes)),))
    members = [Member("m1", "王建国", village="柳村", hamlet="二组")]
    staffing = staff(town, members)
    assert staffing.homes["m1"].code == "members.home.ambiguous"
    assert (staffing.members[0].lon, staffing.members[0].lat) == pytest.approx(degrees(2000, 110))
    for lang in LANGS:
        assert any("柳村1-0, 柳村2-0" in note.say(lang) for note in staff_notes(town, members))


def test_the_same_name_in_another_village_is_another_person():
    staffing = staff(TWO, [Member("m1", "户主2-3", village="桥村")])
    assert staffing.homes["m1"].values == {"household": "桥村2-3"}


def test_a_member_without_a_namesake_lives_amid_the_hamlet_or_the_village():
    staffing = staff(
        WILLOW, [Member("m1", "外人", village="柳村", hamlet="一组"), Member("m2", "外人", village="柳村")]
    )
    assert codes(staffing.homes.values()) == ["members.home.hamlet", "members.home.village"]
    assert [one.lon for one in staffing.members] == pytest.approx([degrees(2000, 0)[0], degrees(2500, 0)[0]], abs=1e-6)


def test_members_who_name_no_village_are_of_the_only_one_or_of_the_one_they_live_in():
    placeless = replace(member("m1", 1000), village=None)
    assert leads(staff(WILLOW, [placeless])) == {("柳村", 1): "m1"}
    willow, bridge = TWO.villages
    bounded = TownPlan((willow, replace(bridge, boundary=FRAME.shape_to_degrees(shapely.box(5500, -50, 9000, 500)))))
    assert leads(staff(bounded, [replace(member("m1", 7000), village=None)])) == {("桥村", 2): "m1"}


def test_households_without_any_position_have_leads_too():
    nowhere = TownPlan((planned("柳村", 3, positions=False),))
    members = [Member("m1", "甲", village="柳村", hamlet="二组"), Member("m2", "乙", village="柳村", ties=("柳村3-1",))]
    staffing = staff(nowhere, members)
    assert leads(staffing) == {("柳村", 2): "m1", ("柳村", 3): "m2"}
    assert set(codes(staffing.homes.values())) == {"members.home.nowhere"}
    assert {one.why.values["facts"].values["way"].code for one in staffing.assignments} == {"assign.way.unknown"}
    assert len(staffing.shortages) == 1


# ---- shortages


def test_too_few_members_give_a_list_of_grids_with_three_offers_each():
    staffing = staff(TownPlan((planned("柳村", 6),)), [member("m1", 1000), member("m5", 5000)])
    short = {one.grid: one.offers for one in staffing.shortages}
    assert sorted(short) == [2, 3, 4, 6]
    assert codes(short[6]) == ["assign.offer.further", "assign.offer.volunteer", "assign.offer.larger"]
    assert short[6][0].values["member"] == "m5"
    assert metres(short[6][0].values["facts"]) == pytest.approx(1008, abs=3)
    assert short[2][0].values["member"] == "m1"
    assert short[6][2].values == {"village": "柳村", "most": 15, "n": 6 - 5}


def test_the_most_grids_are_led_and_those_left_are_the_dearest():
    staffing = staff(WILLOW, [member("m1", 1000), member("m2", 1010), member("m3", 1020)])
    assert [one.grid for one in staffing.shortages] == [4]


def test_a_village_without_members_is_offered_the_nearest_lead_of_the_town():
    staffing = staff(TWO, [member("m1", 1000), member("m3", 3000)])
    offers = next(one.offers for one in staffing.shortages if one.village == "桥村")
    assert offers[0].values["member"] == "m3"


def test_a_town_without_members_is_short_everywhere_and_offers_no_lead():
    staffing = staff(TWO, [])
    assert len(staffing.shortages) == 6
    assert all("assign.offer.further" not in codes(one.offers) for one in staffing.shortages)


def test_larger_grids_are_not_offered_where_they_would_not_be_fewer_with_a_note():
    staffing = staff(TownPlan((planned("柳村", 2, size=15),)), [])
    assert codes(staffing.shortages[0].offers) == ["assign.offer.volunteer", "assign.offer.not_fewer"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_offer_of_larger_grids_names_the_option(lang):
    staffing = staff(TownPlan((planned("柳村", 6),)), [])
    assert "--target 15" in staffing.shortages[0].offers[-1].say(lang)


@pytest.mark.parametrize("lang", LANGS)
def test_without_positions_a_shortage_offers_the_lead_of_the_hamlet_and_no_metres(lang):
    town = TownPlan((planned("柳村", 3, positions=False),))
    members = [Member("m1", "户主2-1", village="柳村"), Member("m2", "户主1-1", village="柳村")]
    (short,) = staff(town, members).shortages
    assert (short.grid, short.offers[0].values["member"]) == (3, "m2")
    assert "–" not in short.offers[0].say(lang)


# ---- leads there are already


def test_leads_there_are_already_are_kept_and_the_others_are_given_out_around_them():
    members = [member(f"m{grid}", 1000 * grid) for grid in (1, 2, 3, 4)]
    staffing = staff(WILLOW, members, fixed={("柳村", 1): "m4"})
    assert leads(staffing) == {("柳村", 1): "m4", ("柳村", 2): "m1", ("柳村", 3): "m2", ("柳村", 4): "m3"}
    assert not staff_notes(WILLOW, members, fixed={("柳村", 1): "m4"})


def test_a_lead_who_may_lead_two_and_has_one_can_be_given_another():
    staffing = staff(TownPlan((planned("柳村", 2),)), [member("m1", 1000, max_grids=2)], fixed={("柳村", 2): "m1"})
    assert leads(staffing) == {("柳村", 1): "m1", ("柳村", 2): "m1"}


def test_every_rule_that_a_kept_lead_breaks_is_noted():
    members = [member("gone", 1000, available=False), member("far", 6000, village="桥村"), member("new", 3000)]
    fixed = {("柳村", 1): "gone", ("柳村", 2): "far", ("桥村", 2): "far", ("柳村", 3): "nobody", ("柳村", 9): "new"}
    staffing = staff(TWO, members, fixed=fixed)
    assert leads(staffing) == {("柳村", 1): "gone", ("柳村", 2): "far", ("柳村", 3): "new", ("桥村", 2): "far"}
    assert sorted(code for code in codes(staff_notes(TWO, members, fixed=fixed)) if ".fixed." in code) == [
        "members.fixed.left_out",
        "members.fixed.no_grid",
        "members.fixed.other_village",
        "members.fixed.too_many",
        "members.fixed.unknown",
    ]


# ---- the whole of it


@pytest.mark.slow
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_whatever_the_members_every_grid_is_led_once_or_listed_as_short(data):
    members = [
        member(
            f"m{i}", data.draw(st.integers(0, 9000)), village=data.draw(st.sampled_from(["柳村", "桥村", "远村"])),
            max_grids=data.draw(st.integers(1, 2)), available=data.draw(st.booleans()),
        )
        for i in range(data.draw(st.integers(0, 10)))
    ]  # fmt: skip
    keys = st.tuples(st.sampled_from(["柳村", "桥村"]), st.integers(1, 3))
    fixed = data.draw(st.dictionaries(keys, st.sampled_from([f"m{i}" for i in range(10)]), max_size=3))
    staffing = staff(TWO, members, across_villages=data.draw(st.booleans()), fixed=fixed)
    led = [(one.village, one.grid) for one in staffing.assignments if one.role == "lead"]
    short = [(one.village, one.grid) for one in staffing.shortages]
    assert sorted(led + short) == sorted((v.plan.village, grid) for v in TWO.villages for grid in v.plan.grids)
    known = {one.member_id: one for one in members}
    kept = {key: lead for key, lead in fixed.items() if lead in known}
    assert kept.items() <= leads(staffing).items()
    for lead, n in Counter(leads(staffing).values()).items():
        assert n <= max(known[lead].max_grids, Counter(kept.values())[lead])
    assert deputies(staffing).keys().isdisjoint(leads(staffing).values())
    busy = set(leads(staffing).values()) | set(deputies(staffing))
    assert busy.isdisjoint(staffing.left_out.keys() - set(kept.values()))
    assert busy | staffing.left_out.keys() >= known.keys()
    assert len(deputies(staffing)) == sum(one.role == "deputy" for one in staffing.assignments)


@pytest.mark.parametrize("lang", LANGS)
def test_every_choice_says_why_in_one_sentence(lang):
    members = [member(f"m{grid}", 1000 * grid, hamlet="一组", ties=("柳村1-3",)) for grid in (1, 2, 3, 4, 5)]
    staffing = staff(WILLOW, members)
    first = staffing.assignments[0]
    assert first.why.values["facts"].values == {"way": Message("assign.way.metres", {"metres": 110})} | {
        "near": 12, "size": 12, "ties": 1,
    }  # fmt: skip
    assert (first.why.values["name"], first.why.values["member"]) == ("党员m2", "m2")
    assert metres(first.why.values["other"]) == 1008
    assert first.why.values["work"] == Message("assign.work.leads", {"grids": series(["柳村-02"])})
    for one in staffing.assignments:
        assert one.why.say(lang).count("." if lang == "en" else "。") == 1


@pytest.mark.parametrize("lang", LANGS)
def test_why_a_farther_member_leads_a_grid_is_that_the_nearer_one_is_needed_elsewhere(lang):
    between = member("m1", 1600, name="张三", hamlet="一组", ties=("柳村2-1",))
    town = TownPlan((planned("柳村", 2),))
    staffing = staff(town, [between, member("m2", 700)])
    why = next(one.why for one in staffing.assignments if one.grid == 1)
    assert leads(staffing) == {("柳村", 1): "m2", ("柳村", 2): "m1"}
    assert why.values["work"].code == "assign.work.leads"
    farther = staff(town, [between, member("m2", -200)])
    why = next(one.why for one in farther.assignments if one.grid == 1)
    assert leads(farther)["柳村", 1] == "m2"
    assert why.values["work"] == Message("assign.work.needed", {"grids": series(["柳村-02"])})
    assert all(said in why.say(lang) for said in ("张三", "m1", "柳村-02", "12"))


def test_households_on_the_anchor_of_their_hamlet_are_at_no_known_distance():
    village = planned("柳村", 1)
    homes = tuple(replace(home, position="hamlet") for home in village.plan.households)
    town = TownPlan((replace(village, plan=replace(village.plan, households=homes)),))
    (lead,) = staff(town, [member("m1", 1000)]).assignments
    assert lead.why.values["facts"].values["way"].code == "assign.way.unknown"


def test_the_report_counts_people_and_not_their_grids():
    members = [member("m1", 1000, max_grids=3), member("m2", 2000)]
    assert staffing_figures(staff(WILLOW, members)) == {"members": 2, "leads": 2, "deputies": 0, "shortages": 0}


# ---- in a plan


def test_the_places_to_lead_of_a_village_are_the_grids_that_members_available_that_day_may_lead():
    people = [
        Member("M1", "甲", village="东村", max_grids=3),
        Member("M2", "乙", village="东村"),
        Member("M3", "丙", village="西村", available=False),
        Member("M4", "丁", village="西村", excused_until=TODAY),
        Member("M5", "戊"),
    ]
    assert places_to_lead(people, TODAY) == {"东村": 4}
    assert places_to_lead(people, TODAY + timedelta(days=1)) == {"东村": 4, "西村": 1}


def test_a_staffed_plan_has_the_grids_it_had_and_every_member():
    staffed = staff(WILLOW, [member("m1", 1000), member("m2", 2000), member("m3", available=False)])
    assert staffed.villages == WILLOW.villages
    assert [one.member_id for one in staffed.members] == ["m1", "m2", "m3"]
    assert staffed.homes.keys() == {"m1", "m2", "m3"}
    assert staffed.left_out.keys() == {"m3"}
