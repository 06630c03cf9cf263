"""The people of a plan in plan.gpkg: written and read back, shown on the map, and found right by verify."""

from dataclasses import replace
from datetime import date
from functools import cache

import pyogrio
import pytest
from drawn_maps import drawn
from sample_towns import HOSTILE, town

from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.exchange.map_data import map_data
from gridplan.model import Member
from gridplan.planning.staffing.staffing import StaffingRules, staff_town
from gridplan.verify import verify
from gridplan.words import LANGS

TODAY = date(2026, 3, 1)
TOWN = town()


@cache
def staffed(members_of_every_village):
    """Return the drawn town with so many members in every village, some of them of unknown home."""
    members = [
        Member(
            f"M{index:02d}{number:03d}", f"成员{number}", "party_member", village.plan.village, f"{number % 5 + 1}组",
            *((None, None) if number % 3 == 0 else (home.lon, home.lat)), max_grids=1 + number % 2,
        )
        for index, village in enumerate(TOWN.villages)
        for number, home in enumerate(village.plan.households[:members_of_every_village])
    ]  # fmt: skip
    town, _ = staff_town(TOWN, members, StaffingRules(TODAY))
    return replace(town, homes={}, left_out={})


@pytest.mark.parametrize("members", [1, 5, 35], ids=["too few", "for some", "for all"])
def test_the_people_of_a_plan_are_read_back_as_they_were_written(tmp_path, members):
    before = staffed(members)
    write_plan(before, tmp_path / "plan.gpkg", "zh")
    after = read_plan(tmp_path / "plan.gpkg")
    assert (after.members, after.assignments, after.shortages) == (
        before.members,
        before.assignments,
        before.shortages,
    )
    assert bool(after.shortages) == (members < 35)


@pytest.mark.parametrize("lang", LANGS)
def test_how_homes_were_found_and_why_members_have_no_part_is_in_the_file_and_read_back(tmp_path, lang):
    home = TOWN.villages[0].plan.households[0]
    members = [
        Member("M1", "甲", village=home.village, hamlet=home.hamlet),
        Member("M2", "乙", village=home.village, excused_until=TODAY),
        Member("M3", "丙", village="镇机关"),
    ]
    staffed, _ = staff_town(TOWN, members, StaffingRules(TODAY))
    before = replace(staffed, assignments=(), shortages=())
    write_plan(before, tmp_path / "plan.gpkg", lang)
    after = read_plan(tmp_path / "plan.gpkg")
    assert (after.homes, after.left_out) == (before.homes, before.left_out)
    assert after.left_out.keys() == {"M2", "M3"}
    stored = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="members").set_index("member_id")
    assert stored.loc["M2", "left_out"] == before.left_out["M2"].say(lang)
    assert stored["left_out"].notna().to_dict() == {"M1": False, "M2": True, "M3": True}
    assert stored.loc["M1", "home"] == before.homes["M1"].say(lang)


def test_a_plan_without_people_has_no_layers_of_people(tmp_path):
    write_plan(TOWN, tmp_path / "plan.gpkg", "en")
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "plan.gpkg")}
    assert layers.isdisjoint({"members", "assignments", "shortages"})
    assert read_plan(tmp_path / "plan.gpkg").members == ()


def test_a_town_whose_members_have_no_homes_and_no_grids_is_written_too(tmp_path):
    nowhere = replace(TOWN, members=(Member("M1", "成员", village="邻村"),))
    write_plan(nowhere, tmp_path / "plan.gpkg", "en")
    assert read_plan(tmp_path / "plan.gpkg").members == nowhere.members


def test_names_that_try_to_break_the_file_are_kept_word_for_word(tmp_path):
    members = tuple(Member(f"{name}#{i}", name, kind=name, village=name, hamlet=name) for i, name in enumerate(HOSTILE))
    write_plan(replace(TOWN, members=members), tmp_path / "plan.gpkg", "en")
    assert read_plan(tmp_path / "plan.gpkg").members == members


@pytest.mark.parametrize("lang", LANGS)
def test_the_file_names_the_lead_of_every_grid_and_says_why(tmp_path, lang):
    before = staffed(35)
    write_plan(before, tmp_path / "plan.gpkg", lang)
    grids = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="grids").set_index("grid_id")
    stored = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="assignments")
    leads = stored[stored["role"] == "lead"].set_index("grid_id")
    assert grids["lead"].to_dict() == leads["member_id"].to_dict()
    assert list(stored["why"]) == [one.why.say(lang) for one in before.assignments]


def test_verify_finds_nothing_wrong_with_the_people(tmp_path):
    write_plan(staffed(35), tmp_path / "plan.gpkg", "en")
    rules = {finding.message.code for finding in verify(tmp_path / "plan.gpkg")}
    assert rules.isdisjoint({"verify.assignment_grid", "verify.assignment_member", "verify.grid_leads"})


def test_the_map_shows_the_name_of_the_lead_and_none_where_there_is_none():
    short = staffed(5)
    name_of = {member.member_id: member.name for member in short.members}
    lead_of = {key: name_of[lead] for key, lead in short.leads.items()}
    villages = [village.plan.village for village in short.villages]
    shown = drawn(map_data(short, "en"), "grids")
    assert {(villages[grid["village"]], grid["number"]): grid["lead"] for grid in shown if grid["lead"]} == lead_of
    assert sum(grid["lead"] is None for grid in shown) == len(short.shortages)
