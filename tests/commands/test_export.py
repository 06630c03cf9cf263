"""`gridplan export`: one form of a finished plan or of the service, and in one sentence what cannot be had."""

import json
import os
import re

import pytest
from sample_towns import town
from service import OWN
from sqlalchemy import select
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.store.tables import audit, card_print, sheet, snapshot


@pytest.fixture(scope="module")
def place(sqlite, tmp_path_factory):
    """Return a folder with a finished plan, and the data of a service."""
    folder = tmp_path_factory.mktemp("export")
    write_plan(town(), folder / "plan.gpkg", "en")
    (folder / "data").mkdir()
    with sqlite.copy("filled", folder / "data") as store:
        store.upgrade()
        yield folder, store


def run(*arguments):
    result = CliRunner().invoke(app, ["export", *map(str, arguments), "--lang", "en"])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    return result.exit_code, result.output


def carried(path):
    page = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="gridplan-data">(.*?)</script>', page, re.S)[1])


def test_a_finished_plan_is_had_in_the_format_of_the_file_s_ending_and_in_part(place, tmp_path):
    plan = place[0] / "plan.gpkg"
    assert run(plan, "--form", "map", "--scope", f"village： {OWN[0]} {OWN[1:]}", "-o", tmp_path / "map.html")[0] == 0
    drawn = carried(tmp_path / "map.html")
    assert [one["properties"]["name"] for one in drawn["objects"]["villages"]["geometries"]] == [OWN]
    assert drawn["counts_only"]
    wide = ("--form", "data", "--profile", "planner", "--scope", f"grid:{OWN}-03")
    assert run(plan, *wide, "-o", tmp_path / "part.gpkg")[0] == 0
    (part,) = read_plan(tmp_path / "part.gpkg").villages
    assert ({grid.number for grid in part.grids}, len(part.plan.households)) == ({3}, 12)
    assert run(plan, "--form", "roster", "-o", tmp_path / "roster")[0] == 0
    assert (tmp_path / "roster").read_bytes().startswith(b"PK")


def test_what_is_had_of_the_service_is_a_snapshot_that_the_audit_tells(place, tmp_path):
    folder, store = place
    path = tmp_path / "map.html"
    asked = ("--form", "map", "--profile", "meeting", "--data", folder / "data", "-o", path)
    assert "Say what the profile" in run(*asked)[1]
    code, said = run(*asked, "--reason", "for the test", "--as-of", "2026-11-16")
    assert code == 0
    with store.read() as connection:
        (row,) = connection.execute(select(snapshot)).mappings()
        told = connection.execute(select(audit.c.role).where(audit.c.object == "snapshot")).scalars().all()
    assert row["code"] in said
    assert (row["reason"], row["made_by"], {*told}) == ("for the test", None, {"command line"})
    assert [view["key"] for view in carried(path)["views"]] == ["size", "coverage", "frequency", "weeks"]


def test_sheets_and_cards_of_the_service_are_noted_as_printed(place, tmp_path):
    folder, store = place
    asked = ("--profile", "member", "--reason", "for the test", "--scope", f"grid:{OWN}-02", "--data", folder / "data")
    for form, table in (("tick-sheets", sheet), ("contact-cards", card_print)):
        assert run("--form", form, *asked, "-o", tmp_path / f"{form}.pdf")[0] == 0
        assert (tmp_path / f"{form}.pdf").read_bytes().startswith(b"%PDF")
        with store.read() as connection:
            assert len(connection.execute(select(table)).all()) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--form", "poster"), "Ask for one of: wall-map, village-sheets, atlas"),
        (("--form", "map", "--format", "pdf"), "Ask for one of: html."),
        (("--form", "map", "--profile", "member"), "Ask for one of: wall, meeting, planner."),
        (("--form", "tick-sheets", "--profile", "member"), "a plan.gpkg has neither"),
        (("--form", "map", "--size", "A3"), "It can be had in: –."),
        (("--form", "map", "--scope", "石桥村"), "Write town, village:NAME or grid:ID"),
        (("--form", "map", "--scope", f"grid:{OWN}-{'9' * 5_000}"), "Write town, village:NAME or grid:ID"),
        (("--form", "map", "--scope", "village:新村"), "There is no village 新村"),
        (("--form", "map", "--scope", f"village:{OWN.removesuffix('村')}"), f"write its name: {OWN}."),
        (("--form", "map", "--scope", f"grid:{OWN}-99"), "no grid 99"),
        (("--form", "slides", "--profile", "meeting"), "a plan.gpkg has neither"),
        (("--form", "map", "--as-of", "2026-11-16"), "PLAN.GPKG and --as-of exclude each other"),
    ],
)
def test_what_cannot_be_had_is_said_with_what_can(place, tmp_path, asked, said):
    code, told = run(place[0] / "plan.gpkg", *asked, "-o", tmp_path / "file")
    assert (code, said in told) == (1, True), told
    assert [*tmp_path.iterdir()] == []


def test_the_service_in_the_place_of_a_plan_is_told_how_to_name_it(place, tmp_path):
    data, out = place[0] / "data", tmp_path / "map.html"
    for plan in (data, data / "gridplan.db"):
        code, said = run(plan, "--form", "map", "-o", out)
        assert code == 1 and f"--data {data}" in said.replace("\n", " ")
    assert (
        "which is not there"
        in run("--form", "map", "--db", "postgresql+psycopg://x/y", "--data", tmp_path / "n", "-o", out)[1]
    )
    assert "name its folder with --data" in run("--form", "map", "--db", "gridplan.db", "--data", data, "-o", out)[1]


def test_a_day_that_is_none_is_said_to_be_none(place, tmp_path):
    code, said = run("--form", "map", "--as-of", "2026-13-01", "-o", tmp_path / "map.html")
    assert (code, "2026-13-01" in said, "number" in said) == (2, True, False)


def test_a_folder_is_not_overwritten(place, tmp_path):
    assert "is a folder" in run(place[0] / "plan.gpkg", "--form", "map", "-o", tmp_path)[1]
    assert "cannot be written" in run(place[0] / "plan.gpkg", "--form", "map", "-o", os.devnull)[1]


def test_where_nothing_can_be_written_nothing_is_noted_as_printed(place, tmp_path):
    folder, store = place
    wide = ("--profile", "member", "--reason", "for the test", "--data", folder / "data")
    with store.read() as connection:
        before = [connection.execute(select(table.c.id)).all() for table in (sheet, snapshot)]
    for path in (tmp_path / "none" / "sheets.pdf", tmp_path / ("n" * 300)):
        code, said = run("--form", "tick-sheets", *wide, "-o", path)
        assert (code, "cannot be written" in said) == (1, True)
    with store.read() as connection:
        assert [connection.execute(select(table.c.id)).all() for table in (sheet, snapshot)] == before
