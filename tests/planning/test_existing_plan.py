"""The grids and leads that a town has already: numbered, drawn, looked at by every rule, and left as they are."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_lists import FRAME, square

from gridplan.engine.solve import NO_GRID, draw, solve
from gridplan.engine.village import VillageData
from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.model import Hamlet, Household, Member, PartyGroup, Village
from gridplan.planning.county import PlanSettings
from gridplan.planning.existing.existing_grids import existing_grids
from gridplan.planning.existing.existing_plan import existing_plan
from gridplan.planning.hamlet_places import place_at_hamlets
from gridplan.planning.party_groups import group_numbers
from gridplan.planning.town import plan_town
from gridplan.verify import verify
from gridplan.words import LANGS, series

FAST = PlanSettings(effort="fast")
STEP = 40.0


def street(village, count, west=0.0, south=0.0):
    """Returns households along streets of ten, in a lattice."""
    xy = [(west + 100 + STEP * (i % 10), south + 100 + STEP * (i // 10)) for i in range(count)]
    lonlat = FRAME.to_degrees(xy).tolist()
    return [Household(f"{village}{i:03d}", village, *place) for i, place in enumerate(lonlat)]


def listed(homes, *labels):
    """Returns what a list says of the grids of some households, given as (label, how many)."""
    names = [label for label, count in labels for _ in range(count)]
    return {home.household_id: name for home, name in zip(homes, names, strict=False)}


def kept(homes, grid_of, lead_of=None, members=(), villages=(), settings=FAST):
    existing = existing_grids(homes, grid_of, lead_of or {})
    town = plan_town(homes, villages, settings, workers=1, progress=lambda *_: None, existing=existing).town
    return existing_plan(town, existing, members)


def with_groups(homes, group_of, grids=9):
    """Returns a village of grids of ten households in the party groups that its list gives."""
    labels = listed(homes, *((str(number), 10) for number in range(1, grids + 1)))
    existing = existing_grids(homes, labels, {}, group_of=group_of)
    town = plan_town(homes, (), FAST, workers=1, progress=lambda *_: None, existing=existing).town
    return town.villages[0], existing.notes


def numbers(*labels, village="柳村"):
    """Returns the numbers of the grids of a village by label; a label may come with its number of households."""
    pairs = [label if isinstance(label, tuple) else (label, 2) for label in labels]
    homes = street(village, sum(count for _, count in pairs))
    existing = existing_grids(homes, listed(homes, *pairs), {})
    return {label: number for (_, number), label in existing.label_of.items()}


def codes(found):
    return [violation.message.code for violation in found]


def findings(town, tmp_path):
    write_plan(town, tmp_path / "plan.gpkg", "en")
    found = verify(tmp_path / "plan.gpkg")
    return [one.message.say("en") for one in found if not one.is_note], {one.rule for one in found if one.is_note}


# ---- numbers and labels


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("3", "1", "7"), [3, 1, 7]),
        (("第二网格", "第十一网格", "第三十网格"), [2, 11, 30]),
        (("柳村-03", "G012", "网格５"), [3, 12, 5]),
        (("东片", "西片"), [1, 2]),
        (("东片", "1", "西片", "3"), [2, 1, 4, 3]),
        (("2组-03", "网格3"), [1, 3]),
        (("0", "00"), [1, 2]),
        (("统一村第三网格",), [1]),
        (("一二网格", "十十"), [1, 2]),
        (("99999999",), [1]),
    ],
)
def test_a_grid_has_the_number_in_its_label_or_the_next_one_free(labels, expected):
    assert numbers(*labels) == dict(zip(labels, expected, strict=True))


def test_of_several_labels_with_one_number_the_largest_grid_has_it():
    assert numbers(("柳村-02", 3), ("桥村-02", 1), ("柳村-01", 2)) == {"柳村-02": 2, "桥村-02": 3, "柳村-01": 1}


def test_a_label_is_kept_as_the_town_writes_it_and_width_and_spaces_make_no_other_grid():
    homes = street("柳村", 3)
    existing = existing_grids(homes, listed(homes, (" 网格１ ", 1), ("网格1", 1), ("网格 2", 1)), {})
    assert existing.label_of == {("柳村", 1): "网格１", ("柳村", 2): "网格 2"}


@given(st.lists(st.text("0123一二十 AB-", min_size=1, max_size=5), min_size=1, max_size=12))
def test_every_label_has_one_number_of_its_own(labels):
    homes = street("柳村", len(labels))
    existing = existing_grids(homes, {home.household_id: label for home, label in zip(homes, labels, strict=True)}, {})
    alike = {"".join(label.split(" ")) for label in labels if label.strip()}
    assert len(alike) <= len(existing.label_of) <= len({label.strip() for label in labels if label.strip()})
    assert all(number > 0 for _, number in existing.label_of)
    assert len(existing.grid_of) == sum(bool(label.strip()) for label in labels)


# ---- grids across villages


def crossing(*, west, east):
    homes = [*street("柳村", 4), *street("桥村", 4, 1000)]
    labels = {home.household_id: label for home, label in zip(homes, [*west, *east], strict=True)}
    return existing_grids(homes, labels, {})


def test_a_grid_across_villages_is_split_and_listed():
    existing = crossing(west=["柳村-01"] * 2 + ["柳村-02"] * 2, east=["柳村-02", "桥村-01", "桥村-01", "桥村-02"])
    (violation,) = existing.violations
    assert violation.message.values == {"label": "柳村-02", "n": 2, "villages": series(["柳村", "桥村"])}
    assert "（柳村、桥村）" in violation.message.say("zh")
    assert existing.label_of["桥村", 2] in {"柳村-02", "桥村-02"}
    assert len(existing.label_of) == 5


def test_villages_that_each_count_from_one_share_no_grid():
    assert crossing(west=["1", "1", "2", "2"], east=["1", "2", "2", "3"]).violations == ()
    assert (
        crossing(
            west=["第一网格", "第一网格", "第二网格", "第二网格"], east=["第一网格"] * 2 + ["第二网格"] * 2
        ).violations
        == ()
    )


def test_numbers_that_run_through_the_town_may_be_crossed():
    existing = crossing(west=["1", "1", "2", "2"], east=["2", "3", "3", "3"])
    assert [violation.message.values["label"] for violation in existing.violations] == ["2"]


def test_a_village_without_its_first_grid_still_counts_its_own_where_most_do():
    homes = [*street("柳村", 4), *street("桥村", 4, 1000), *street("小村", 4, 2000)]
    rows = ["1", "1", "3", "3"] * 2 + ["3", "3", "4", "4"]
    assert existing_grids(homes, dict(zip([h.household_id for h in homes], rows, strict=True)), {}).violations == ()


# ---- nothing is changed


@pytest.fixture(scope="module")
def good():
    """Returns forty households in grids as gridplan itself might have made them, with leads."""
    homes = street("柳村", 40)
    grid_of = listed(homes, ("网格2", 10), ("网格1", 10), ("东片", 10), ("网格7", 10))
    lead_of = listed(homes, ("甲", 10), ("乙", 10), ("丙", 10), ("丁", 10))
    return homes, grid_of, lead_of


def test_no_household_is_moved_and_names_and_leads_stay(good, tmp_path):
    homes, grid_of, lead_of = good
    found = kept(homes, grid_of, lead_of)
    (village,) = found.town.villages
    label = {grid.number: grid.label for grid in village.grids}
    assert label == {1: "网格1", 2: "网格2", 3: "东片", 7: "网格7"}
    assert {home: label[number] for home, number in village.plan.grid_of.items()} == grid_of
    leads = {one.grid: one.member_id for one in found.town.assignments}
    names = {member.member_id: member.name for member in found.town.members}
    assert {number: names[lead] for number, lead in leads.items()} == {1: "乙", 2: "甲", 3: "丙", 7: "丁"}
    assert found.violations == ()
    assert village.kept


def test_outlines_and_walk_are_worked_out_and_verify_agrees_with_them(good, tmp_path):
    found = kept(*good)
    assert all(
        grid.outline.area > 0 and grid.walk_m == pytest.approx(1000, rel=1e-3) for grid in found.town.villages[0].grids
    )
    assert findings(found.town, tmp_path) == ([], set())


def test_a_kept_plan_is_read_back_as_it_was_written(good, tmp_path):
    homes, grid_of, _ = good
    del_one = {home: label for home, label in grid_of.items() if home != "柳村000"}
    town = kept(homes, del_one).town
    write_plan(town, tmp_path / "plan.gpkg", "zh")
    (one,), (other,) = read_plan(tmp_path / "plan.gpkg").villages, town.villages
    assert one.kept
    assert one.exceptions == other.exceptions
    assert [(grid.number, grid.label) for grid in one.grids] == [(grid.number, grid.label) for grid in other.grids]


@pytest.mark.slow
@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40))
def test_any_grids_at_all_are_drawn_as_they_are(tmp_path_factory, given_grids):
    homes = street("柳村", len(given_grids))
    grid_of = {home.household_id: str(n) for home, n in zip(homes, given_grids, strict=True) if n}
    if grid_of:
        town = kept(homes, grid_of).town
        assert {home: str(n) for home, n in town.villages[0].plan.grid_of.items()} == grid_of
        assert findings(town, tmp_path_factory.mktemp("kept"))[0] == []


def test_kept_grids_are_drawn_as_planned_ones_are():
    xy = np.round(np.random.default_rng(3).uniform(0, 500, (60, 2)), 4)
    village = VillageData(xy, shapely.box(-10, -10, 510, 510))
    grid = solve(village, FAST, seed=0).grid
    kept, planned = (draw(village, grid, kept=kept) for kept in (True, False))
    assert kept.walk.tolist() == planned.walk.tolist()
    assert kept.connected.tolist() == planned.connected.tolist() == [True] * 5
    assert shapely.equals_exact(kept.outline, planned.outline, 1e-6).all()


# ---- every rule that is broken is listed


def test_sizes_out_of_bounds_are_listed_as_exceptions_and_noted_by_verify(tmp_path):
    homes = street("柳村", 40)
    found = kept(homes, listed(homes, ("1", 9), ("2", 20), ("3", 11)))
    assert codes(found.violations) == ["rule.size", "rule.size"]
    exceptions = found.town.villages[0].exceptions
    assert [(one.grid, one.households) for one in exceptions] == [(1, 9), (2, 20)]
    assert all(one.options for one in exceptions)
    violations, notes = findings(found.town, tmp_path)
    assert violations == []
    assert "size_listed" in notes


def test_a_household_in_no_grid_is_left_out_with_a_reason_and_listed(tmp_path):
    homes = street("柳村", 32)
    found = kept(homes, listed(homes, ("1", 15), ("2", 15)))
    plan = found.town.villages[0].plan
    assert set(plan.left_out) == {"柳村030", "柳村031"}
    assert codes(found.violations) == ["rule.no_grid", "rule.no_grid"]
    assert [one.household_id for one in found.town.exceptions] == ["柳村030", "柳村031"]
    violations, notes = findings(found.town, tmp_path)
    assert (violations, "left_out_listed" in notes) == ([], True)


def test_a_village_without_any_grid_is_one_exception(tmp_path):
    homes = [*street("柳村", 20), *street("桥村", 20, 1000)]
    found = kept(homes, listed(homes, ("1", 10), ("2", 10)))
    assert [(one.village, one.households, one.reason.code) for one in found.town.exceptions] == [
        ("桥村", 20, "existing.no_grids")
    ]
    assert findings(found.town, tmp_path)[0] == []


def test_a_grid_that_does_not_hang_together_is_listed(tmp_path):
    homes = street("柳村", 40)
    rows = ["1"] * 5 + ["2"] * 15 + ["1"] * 5 + ["3"] * 15
    found = kept(homes, {home.household_id: row for home, row in zip(homes, rows, strict=True)})
    assert codes(found.violations) == ["rule.not_connected"]
    violations, notes = findings(found.town, tmp_path)
    assert (violations, "split_listed" in notes) == ([], True)


def test_a_grid_that_is_kept_across_a_gap_is_listed(tmp_path):
    homes = street("柳村", 40)
    homes = [replace(one, lat=one.lat + 0.12) if at >= 26 else one for at, one in enumerate(homes)]
    found = kept(homes, listed(homes, ("1", 13), ("2", 13), ("3", 14)))
    assert codes(found.violations) == []
    found = kept(homes, listed(homes, ("1", 13), ("2", 15), ("3", 12)))
    (across,) = found.violations
    assert (across.message.code, across.message.values["n"], across.message.values["of"]) == ("rule.across_gap", 2, 15)
    violations, notes = findings(found.town, tmp_path)
    assert (violations, "grid_across_listed" in notes) == ([], True)


def test_a_plan_of_our_own_cannot_excuse_a_grid(tmp_path):
    homes = street("柳村", 40)
    town = kept(homes, listed(homes, ("1", 9), ("2", 20), ("3", 11))).town
    posing = replace(town, villages=tuple(replace(village, kept=False) for village in town.villages))
    violations, _ = findings(posing, tmp_path)
    assert len(violations) == 2
    assert all("10 to 15" in sentence for sentence in violations)


def test_an_exception_for_a_grid_that_breaks_nothing_is_needless(good, tmp_path):
    town = kept(*good).town
    homes = street("柳村", 40)
    (exception, *_) = kept(homes, listed(homes, ("1", 9), ("2", 20), ("3", 11))).town.exceptions
    (village,) = town.villages
    listed_one = replace(exception, grid=1, households=10)
    violations, _ = findings(replace(town, villages=(replace(village, exceptions=(listed_one,)),)), tmp_path)
    assert len(violations) == 1


def test_grids_of_a_village_without_positions_are_kept_and_not_drawn(tmp_path):
    nan = float("nan")
    homes = [Household(f"h{i}", "柳村", nan, nan, hamlet="一组", position="hamlet") for i in range(21)]
    standing = place_at_hamlets(homes, [Hamlet("柳村", "一组", 110.9, 37.95)], [])
    found = kept(standing, listed(homes, ("1", 9), ("2", 12)))
    assert [(grid.size, grid.outline) for grid in found.town.villages[0].grids] == [(9, None), (12, None)]
    assert codes(found.violations) == ["rule.size"]
    assert findings(found.town, tmp_path) == ([], {"not_drawn", "size_listed"})


# ---- leads

MEMBERS = [Member("m1", "甲", village="柳村"), Member("m2", "乙", village="柳村"), Member("m3", "丙", village="桥村")]


def led(*leads, members=MEMBERS):
    """Returns the plan of two grids of ten whose rows name these leads: (name, how many rows), in order."""
    homes = street("柳村", 20)
    return kept(homes, listed(homes, ("1", 10), ("2", 10)), listed(homes, *leads), members)


def leads_of(found):
    return {one.grid: one.member_id for one in found.town.assignments}


def test_leads_are_found_by_id_or_by_name_in_the_village():
    found = led(("m1", 10), ("乙", 10))
    assert leads_of(found) == {1: "m1", 2: "m2"}
    assert found.violations == ()
    assert found.town.members == tuple(MEMBERS)


def test_a_lead_in_no_list_of_members_leads_all_the_same_and_is_listed():
    found = led(("甲", 10), ("戊", 10))
    assert codes(found.violations) == ["existing.lead_unknown"]
    assert found.town.members[-1] == Member("柳村-戊", "戊", village="柳村")
    assert leads_of(found) == {1: "m1", 2: "柳村-戊"}


def test_two_members_of_one_name_are_listed_never_guessed():
    found = led(("甲", 10), ("乙", 10), members=[*MEMBERS, Member("柳村-甲", "甲", village="柳村")])
    assert codes(found.violations) == ["existing.lead_ambiguous"]
    assert leads_of(found) == {1: "柳村-甲+", 2: "m2"}


def test_a_lead_of_another_village_is_the_only_one_of_that_name_and_is_listed():
    found = led(("甲", 10), ("丙", 10))
    assert leads_of(found) == {1: "m1", 2: "m3"}
    assert codes(found.violations) == ["existing.lead_elsewhere"]
    assert found.town.members == tuple(MEMBERS)


def test_a_telephone_number_beside_a_lead_is_no_part_of_the_name():
    found = led(("甲(13800000000)", 10), ("赵六 13800000001", 10))
    assert leads_of(found) == {1: "m1", 2: "柳村-赵六"}
    assert found.town.members[-1].name == "赵六"


def test_a_name_with_its_code_is_the_member_of_that_code_and_one_made_up_is_not_made_up_twice():
    twins = [*MEMBERS, Member("m4", "甲", village="柳村")]
    assert leads_of(led(("甲（m4）", 10), ("m1", 10), members=twins)) == {1: "m4", 2: "m1"}
    found = led(("柳村-戊", 10), ("戊（柳村-戊）", 10))
    assert leads_of(found) == {1: "柳村-戊", 2: "柳村-戊"}
    assert found.town.members[-1].name == "戊"


def test_a_name_in_brackets_behind_another_is_part_of_a_name():
    assert leads_of(led(("王（大）", 20), members=()))[1] == "柳村-王（大）"


def test_a_grid_without_a_lead_is_an_exception_that_verify_notes(tmp_path):
    found = led(("甲", 10))
    assert codes(found.violations) == ["rule.no_lead"]
    (exception,) = found.town.exceptions
    assert (exception.grid, exception.options[0].code) == (2, "existing.option.name_lead")
    violations, notes = findings(found.town, tmp_path)
    assert (violations, notes) == ([], {"grid_short"})


def test_of_two_leads_the_one_most_households_name_is_kept_and_both_are_listed():
    found = led(("甲", 9), ("乙", 11))
    assert leads_of(found) == {1: "m1", 2: "m2"}
    assert codes(found.doubts) == [
        "existing.several_leads",
    ]


def test_of_two_leads_named_alike_often_none_is_guessed():
    found = led(("甲、乙", 10), ("乙", 10))
    assert leads_of(found) == {2: "m2"}
    assert codes(found.violations) == ["rule.no_lead", "existing.several_leads"]


def test_a_lead_of_more_grids_than_allowed_is_listed():
    assert codes(led(("甲", 20)).violations) == ["existing.leads_several"]
    assert codes(led(("甲", 20), members=()).violations) == ["existing.leads_several"]
    assert led(("甲", 20), members=[Member("m1", "甲", village="柳村", max_grids=2)]).violations == ()


def test_a_list_without_leads_has_none_looked_at(tmp_path):
    found = led(members=MEMBERS)
    assert (found.violations, found.town.assignments) == ((), ())
    assert findings(found.town, tmp_path)[0] == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_note_has_words(lang):
    homes = [*street("柳村", 40), *street("桥村", 12, 1000)]
    grid_of = listed(homes, ("柳村-1", 9), ("柳村-2", 28), ("柳村-3", 1)) | {homes[40].household_id: "柳村-1"}
    found = kept(
        homes, grid_of, listed(homes, ("甲", 8), ("乙", 5), ("戊", 20)), MEMBERS, [Village("柳村", boundary=square(0))]
    )
    said = [violation.message.say(lang) for violation in found.violations]
    said += [sentence.say(lang) for one in found.town.exceptions for sentence in (one.reason, *one.options)]
    assert len(said) > 10
    assert not any("{" in sentence for sentence in said)


def test_households_in_no_grid_have_no_ground_but_count_as_neighbours():
    xy = np.array([(0.0, 0.0), (100.0, 0.0), (200.0, 0.0)])
    solution = draw(VillageData(xy, shapely.box(-50, -50, 250, 50)), np.array([0, NO_GRID, 0]), kept=True)
    assert solution.connected.tolist() == [False]
    assert shapely.area(solution.outline).tolist() == [pytest.approx(300 * 100)]


# ---- party groups


def test_a_grid_is_in_the_party_group_that_most_of_its_households_name():
    homes = street("柳村", 90)
    group_of = {home.household_id: "第二党小组" if i < 43 else "红旗" for i, home in enumerate(homes)}
    village, notes = with_groups(homes, group_of)
    assert group_numbers(village) == {1: 2, 2: 2, 3: 2, 4: 2, 5: 1, 6: 1, 7: 1, 8: 1, 9: 1}
    assert village.groups == (PartyGroup(1, "红旗"), PartyGroup(2, "第二党小组"))
    (note,) = notes
    assert (note.code, note.values) == (
        "existing.groups_differ", {"grid": "柳村-05", "group": "红旗", "n": 7, "others": 3}
    )  # fmt: skip


def test_grids_whose_households_name_no_party_group_join_a_neighbour_s_or_are_cut():
    homes = street("柳村", 90)
    village, _ = with_groups(homes, {home.household_id: "3" for home in homes[20:60]})
    assert {grid.group_number for grid in village.grids} == {3}
    assert village.groups == (PartyGroup(3),)
    village, _ = with_groups(homes, {})
    assert village.groups == (PartyGroup(1),)
