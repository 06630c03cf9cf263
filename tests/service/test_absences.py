"""Bounds that count the households living there: in drafts, before publishing, on pages and in files; told to few."""

import pytest
from databases import ON_BOTH
from list_pages import table_of, text_of
from openpyxl import load_workbook
from redrawing import move, planner
from sample_drafts import draft_like, household_id, inside, plan_in_force, plan_of, village_id
from service import NOW, OWN

from gridplan.exchange.exports import exported
from gridplan.service.admin.settings import save_settings
from gridplan.service.contact import states
from gridplan.service.contact.states import StateForm
from gridplan.service.plans.drafts import draft_map, draft_town
from gridplan.service.plans.publish import publish_previews
from gridplan.service.redraw.outcomes import outcomes
from gridplan.service.redraw.page import redraw_data
from gridplan.service.town.pages import grid_page, village_page
from gridplan.service.town.town_map import town_map
from gridplan.store import Who
from gridplan.store.system.town_settings import TownSettings
from gridplan.verify import verify

TODAY = NOW.date()


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def away(store):
    """Three households of grid 1 are away; the town counts those who live there."""
    save_settings(store, Who(None, "administrator"), TownSettings(bounds_count="living"), now=NOW)
    chosen = [household_id(store, code) for code in inside(store, plan_in_force(store))[1][:3]]
    for home in chosen:
        states.save_state(store, Who(None, "clerk"), home, StateForm("away", None, ends=False), now=NOW, today=TODAY)
    return chosen


@pytest.fixture
def draft(store, away):
    return draft_like(store, OWN)


def test_the_rules_of_a_draft_count_those_who_live_there_and_both_numbers_are_told(store, away, draft):
    plan = plan_of(store, draft)
    told = redraw_data(store, planner(store), plan, "en", TODAY)
    (grid,) = (one for one in told["grids"] if one["number"] == 1)
    assert (told["bounds_count"], grid["living"]) == ("living", grid["size"] - 3)
    (broken,) = (one for one in told["broken"] if one["grid"] == 1)
    assert broken["text"].endswith(f"has {grid['living']} households living there, outside the bounds of 10 to 15.")
    assert broken["mark"] == "small"
    found = outcomes(store, planner(store), plan, 0, away, "en", TODAY)
    (without,) = found["without"]
    assert (without["size"], without["living"]) == (grid["living"], grid["living"])
    assert found["alone"]["living"] == 0 and found["alone"]["broken"][0] == "0 households, outside 10 to 15"
    answer = move(store, plan, 0, dict.fromkeys(away, 2))
    left, joined = (next(one for one in answer["grids"] if one["number"] == number) for number in (1, 2))
    assert (left["living"], joined["size"] - joined["living"]) == (left["size"], 3)
    assert {one["code"] for one in answer["broken"] if one["grid"] == 1} == {"rule.size_living"}


def test_publishing_asks_for_a_reason_where_too_few_live_in_a_grid(store, draft):
    plan = plan_of(store, draft)
    with store.read() as connection:
        (counted,), (registered,) = (publish_previews(connection, [plan], day) for day in (TODAY, None))
    assert [(one.grid, one.reason.code) for one in counted.exceptions] == [(1, "rule.size_living")]
    assert registered.exceptions == () and registered.is_as_planned


def test_files_of_the_planner_tell_both_and_are_verified(store, draft, tmp_path):
    name, town = draft_town(store, draft, TODAY)
    for file in ("plan.gpkg", "plan.xlsx"):
        (tmp_path / file).write_bytes(exported(file, town, "en", name))
    found = [one for one in verify(tmp_path / "plan.gpkg") if one.rule.startswith(("size", "grid_size", "exception"))]
    assert [(one.rule, one.grid_id, one.is_note) for one in found] == [("size_listed", f"{OWN}-01", True)]
    rows = load_workbook(tmp_path / "plan.xlsx")["Grids"].values
    heads = next(row for row in rows if "Living there" in row)
    size, living = (heads.index(title) for title in ("Households", "Living there"))
    assert {row[size] - row[living] for row in rows if isinstance(row[size], int)} == {0, 3}


@ON_BOTH
def test_pages_of_the_village_tell_it_to_who_sees_households_only(store, away):
    village, plan = village_id(store), plan_in_force(store)
    grids = village_page(store, village, households=True, day=TODAY).grids
    assert (grids[0].living, grids[0].broken[0].code) == (grids[0].size - 3, "map.too_small")
    for page in (
        village_page(store, village, households=False, day=TODAY).grids[0],
        grid_page(store, plan, 1, households=True, drafts=False).grid,
    ):
        assert (page.living, page.broken) == (None, ())


@ON_BOTH
def test_maps_and_the_list_of_grids_judge_sizes_by_who_lives_there_for_who_sees_households(service, store, away, draft):
    def small(drawn):
        grids = [one["properties"] for one in drawn["objects"]["grids"]["geometries"]]
        in_colour = next(view for view in drawn["views"] if view["key"] == "size")["grids"]
        marked = [one["number"] for one in grids if one["broken"]]
        return marked, [one["number"] for one, colour in zip(grids, in_colour, strict=True) if colour == 0]

    village = village_id(store)
    assert small(town_map(store, [village], "en", TODAY)) == ([1], [1])
    assert small(draft_map(store, draft, "en", TODAY)) == ([1], [1])
    assert small(town_map(store, [village], "en", TODAY, counts_only=True)) == ([], [])
    tags = [service.client("planner").get(f"/api/{of}map.json").headers["ETag"] for of in ("", f"drafts/{draft}/")]
    heads, (row,) = table_of(text_of(service.client("planner").get("/lists/grids?wrong=small")))
    size, living, wrong = (row[heads.index(title)] for title in ("Households", "Living there", "What is wrong"))
    assert (int(size) - int(living), f"{living} households" in wrong) == (3, True)

    states.save_state(store, Who(None, "clerk"), away[0], StateForm("away", None, ends=True), now=NOW, today=TODAY)
    now = [service.client("planner").get(f"/api/{of}map.json").headers["ETag"] for of in ("", f"drafts/{draft}/")]
    assert all(tag != before for tag, before in zip(now, tags, strict=True))
