"""What a planner does, from beginning to end: the demo town, as anyone makes it who tries gridplan."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from copies import COPIES
from databases import ON_SQLITE
from typer.testing import CliRunner

from gridplan import processes
from gridplan.cli import app
from gridplan.demo.definition import read_definition
from gridplan.exchange.geopackage import read_plan
from gridplan.roles import ROLES
from gridplan.service.access.accounts import invite_each_role
from gridplan.service.access.invitations import invited_account
from gridplan.service.imports.load_plan import load_demo
from gridplan.store.plans import plans
from gridplan.store.registry import features, households
from gridplan.store.system.town_settings import read_settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """Returns the folder of the demo town and what was said while it was made. It takes a while: once for all tests."""
    folder = tmp_path_factory.mktemp("demo") / "town"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "PROCESSES", COPIES)
        result = CliRunner().invoke(app, ["demo", "--no-serve", "-o", str(folder), "--lang", "zh"])
    assert result.exit_code == 0, result.output
    return folder, result.stdout


@pytest.fixture(scope="session")
def town(demo):
    return read_plan(demo[0] / "plan" / "plan.gpkg")


@pytest.fixture(scope="session")
def report(demo):
    return json.loads((demo[0] / "plan" / "report.json").read_text(encoding="utf-8"))


@pytest.mark.long
def test_the_demo_is_lists_and_a_plan(demo):
    written = {path.name for path in (demo[0] / "plan").iterdir()}
    assert written == {"plan.gpkg", "map.html", "plan.xlsx", "report.json", "run.json"}
    assert (demo[0] / "lists" / "households.csv").is_file()


def test_the_demo_town_has_the_size_of_a_real_one(town, report):
    assert len(town.villages) == len(report["villages"]) == 30
    assert sum(len(village.plan.households) for village in town.villages) == report["households"] == 13_540
    assert sum(len(village.grids) for village in town.villages) == report["grids"] == 1_128


def test_every_household_of_the_list_is_in_one_grid_of_its_own_village(demo, town):
    with (demo[0] / "lists" / "households.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {row["户编号"]: row["村"] for row in csv.DictReader(file)}
    planned = {home: village.plan.village for village in town.villages for home in village.plan.grid_of}
    assert planned == listed


def test_every_grid_has_10_to_15_households_but_that_of_the_village_too_small_to_cut(town, report):
    odd = [grid.size for village in town.villages for grid in village.grids if not village.bounds.holds(grid.size)]
    assert odd == [17]
    assert {(village.bounds.least, village.bounds.most) for village in town.villages} == {(10, 15)}
    (exception,) = town.exceptions
    assert exception.households == 17
    assert [option.code for option in exception.options] == [
        "exception.accept",
        "exception.join",
        "exception.leave_out",
    ]
    assert report["exceptions"] == 1


def test_sizes_written_are_sizes_counted(town):
    for village in town.villages:
        assert Counter(village.plan.grid_of.values()) == {grid.number: grid.size for grid in village.grids}


def test_every_grid_is_connected(town, report):
    assert all(grid.connected for village in town.villages for grid in village.grids)
    assert report["disconnected_grids"] == []


def test_every_grid_has_one_lead_and_members_left_over_are_deputies(town, report):
    grids = {(village.plan.village, grid.number) for village in town.villages for grid in village.grids}
    assert town.leads.keys() == grids
    assert sum(one.role == "lead" for one in town.assignments) == len(grids)
    assert report["leads"] == 1_128
    assert report["deputies"] == sum(one.role == "deputy" for one in town.assignments) == 323
    assert (report["shortages"], town.shortages) == (0, ())


def test_nothing_was_refused_or_left_out(town, report):
    assert report["refused"] == 0
    assert not any(village.plan.left_out for village in town.villages)
    assert report["outside_boundary"] == []


def test_verify_finds_no_violation(demo):
    result = CliRunner().invoke(app, ["verify", str(demo[0] / "plan" / "plan.gpkg"), "--lang", "en"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].endswith("no violations.")


def test_the_planner_is_told_in_chinese_and_shown_where_to_look(demo):
    folder, said = demo
    assert "13,540" in said
    assert "1,128" in said
    assert "微网格长 1,128 名" in said
    assert str(folder / "plan" / "map.html") in said


@ON_SQLITE
def test_it_is_served_published_with_its_land_and_a_link_for_each_role(demo, store):
    now = datetime(2026, 11, 16, 2, tzinfo=UTC)
    for _ in range(2):
        load_demo(store, demo[0], name="示范镇", now=now, weeks=4)
    with store.read() as connection:
        assert len(households.models(connection)) == 13_540
        assert len(plans.published(connection)) == 30
        assert set(features.counts(connection)) == {"road", "barrier", "water", "crossing", "building"}
        assert read_settings(connection).name == "示范镇"
    assert (store.folder / "basemap.pmtiles").exists()
    links = invite_each_role(store, names=read_definition().offices, now=now)
    assert set(links) == set(ROLES)
    assert {invited_account(store, link.token, address="", now=now).role for link in links.values()} == set(ROLES)
