"""The command line: it teaches, says what came of it in the language asked for, and fails in one sentence."""

import csv
import json
import math
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sample_lists import FRAME, homes, square, write_households, write_town, write_villages
from typer.main import get_command
from typer.testing import CliRunner

from gridplan import __version__, cli
from gridplan.cli import app
from gridplan.exchange.geopackage import read_plan
from gridplan.words import catalogue, say

pytestmark = pytest.mark.slow

COMMANDS = (
    *("plan", "check", "demo", "verify"),
    *("init", "serve", "load", "user", "backup", "restore", "doctor", "export", "pia"),
)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch):
    """Runs gridplan in an English terminal and returns its exit code, what it said and what it complained of."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")

    def run_command(*arguments):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run_command


@pytest.fixture(scope="module")
def lists(tmp_path_factory):
    return write_town(tmp_path_factory.mktemp("lists"))


@pytest.fixture(scope="module")
def planned(lists, tmp_path_factory):
    """Returns the folder of a plan made by the command line, and what it said."""
    folder = tmp_path_factory.mktemp("plans") / "plan"
    arguments = ["plan", lists[0], "--villages", lists[1], "-o", str(folder), "--effort", "fast", "--lang", "en"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return folder, result


@pytest.fixture
def broken(planned, tmp_path):
    """Returns a plan.gpkg in which one household has been put into another grid."""
    path = shutil.copy(planned[0] / "plan.gpkg", tmp_path / "plan.gpkg")
    with closing(sqlite3.connect(path)) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{trigger}"')
        database.execute("UPDATE households SET grid_id = '桥村-01' WHERE household_id = '柳村001'")
    return path


# ---- help


@pytest.mark.parametrize("asked", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)], ids=" ".join)
def test_help_teaches_with_an_example(run, command, asked):
    code, said, _ = run(*command, asked)
    assert code == 0
    assert re.search(r"^ +Example: gridplan \w+", said, re.M)


def test_the_examples_are_of_their_own_command(run):
    for command in COMMANDS:
        assert f"Example: gridplan {command} " in run(command, "-h")[1]


def test_help_is_in_the_language_asked_for(run, monkeypatch):
    assert "相同的种子" in run("plan", "-h", "--lang", "zh")[1]
    assert "The same seed" in run("plan", "-h")[1]
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "微网格" in run("-h")[1]
    assert "相同的种子" in run("plan", "-h")[1]


def test_every_command_is_known_here():
    assert set(get_command(app).commands) == set(COMMANDS)


def test_every_option_says_what_it_does():
    group = get_command(app)
    context = group.make_context("gridplan", ["plan"], resilient_parsing=True)
    silent = [
        f"{name} {parameter.name}"
        for name in group.commands
        for parameter in group.get_command(context, name).params
        if not getattr(parameter, "help", None)
    ]
    assert silent == []


def test_nothing_asked_gives_the_help(run):
    _, said, complained = run()
    assert all(command in said + complained for command in COMMANDS)


def test_the_version_is_said(run):
    assert run("--version") == (0, f"{__version__}\n", "")


# ---- plan


def test_planning_says_what_came_of_it_and_where_to_look(planned):
    folder, result = planned
    exception, summary, certificate, fewer, more, look = result.stdout.splitlines()
    assert exception.startswith("Exception in 小村: 17 households cannot be cut")
    assert "join a neighbouring grid of 桥村" in exception
    assert summary.startswith("171 households in 3 villages: 14 grids, ")
    assert certificate.startswith("The walk is at most ")
    assert fewer.startswith("1 grid fewer: about ")
    assert more.startswith("2 more grids: about ")
    assert look == say("cli.look", "en", map=str(folder / "map.html"))


def test_sentences_of_one_kind_are_few_and_the_report_has_all(run, tmp_path):
    path = write_households(tmp_path / "h.csv", *(homes(f"小村{i}", 8, 2_000 * i) for i in range(5)))
    _, said, _ = run("plan", path, "-o", tmp_path / "plan", "--effort", "fast")
    report = tmp_path / "plan" / "report.json"
    assert said.count("Exception in") == 3
    assert say("cli.more_alike", "en", n=2, file=str(report)) in said
    assert sum(len(village["exceptions"]) for village in json.loads(report.read_text())["villages"]) == 5


def test_villages_whose_hamlets_share_grids_are_counted(run, tmp_path):
    rows = [(*home, "二组" if i % 2 else "十组") for i, home in enumerate(homes("柳村", 40, 0))]
    path = write_households(tmp_path / "h.csv", rows)
    Path(path).write_text(Path(path).read_text().replace("纬度", "纬度,组", 1))
    _, said, _ = run("plan", path, "-o", tmp_path / "plan", "--effort", "fast")
    assert "Hamlets share grids in 1 village; " in said
    (split,) = json.loads((tmp_path / "plan" / "report.json").read_text())["split_hamlets"]
    assert split["hamlets"] == ["二组", "十组"]


def test_where_there_is_no_terminal_the_demo_says_now_and_then_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setattr(cli, "SECONDS_A_LINE", 0.05)
    with cli._progress("en", quiet=False, lines=True) as progress:
        for done, line in ((0, "Reading the lists"), (5, "50 %  Planning 柳村"), (10, "100 %  Finding leads")):
            if done:
                progress("柳村", done, 10)
            said = ""
            while line not in said:
                said += capsys.readouterr().out
    with cli._progress("en", quiet=True, lines=True):
        time.sleep(0.2)
    assert capsys.readouterr().out == ""


def test_planning_in_chinese(run, lists, tmp_path):
    code, said, _ = run("plan", lists[0], "-o", tmp_path, "--effort", "fast", "--lang", "zh")
    assert code == 0
    assert "17 户" in said
    assert "网格" in said
    assert "households" not in said


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LANG": ""}, "en"),
    ],
)
def test_the_language_is_that_of_the_system(run, monkeypatch, tmp_path, environment, lang):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    code, _, complaint = run("verify", tmp_path / "plan.gpkg")
    assert (code, complaint) == (1, say("verify.no_file", lang, path=str(tmp_path / "plan.gpkg")) + "\n")


def test_quiet_says_nothing(run, lists, tmp_path):
    assert run("plan", *lists[:1], "-o", tmp_path / "plan", "--effort", "fast", "--quiet") == (0, "", "")
    assert (tmp_path / "plan" / "map.html").is_file()


def test_notes_and_refused_rows_are_said(run, tmp_path):
    rows = [row[1:] for row in homes("柳村", 30, 0)]
    path = tmp_path / "h.csv"
    lines = ["户主,村,经度,纬度", *map(",".join, rows), "坏,柳村,x,37.95"]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, said, _ = run("plan", path, "-o", tmp_path / "plan", "--effort", "fast")
    assert code == 0
    assert "There is no id column: 30 codes were made" in said
    assert f"1 row was refused; {tmp_path / 'plan' / 'refused.csv'} says why" in said


def test_settings_reach_the_plan(run, lists, tmp_path):
    options = ["--min", 5, "--max", 8, "--target", 6.5, "--seed", 3, "--no-contiguous", "--workers", 1]
    assert run("plan", lists[0], "-o", tmp_path, "--effort", "fast", *options)[0] == 0
    report = (tmp_path / "report.json").read_text(encoding="utf-8")
    for written in ('"least": 5', '"most": 8', '"target": 6.5', '"seed": 3', '"contiguous": false', '"effort": "fast"'):
        assert written in report


def test_columns_may_be_named(run, lists, tmp_path):
    path = tmp_path / "h.csv"
    path.write_text(Path(lists[0]).read_text(encoding="utf-8-sig").replace("经度", "a").replace("纬度", "b"), "utf-8")
    named = ["--column", "lon=a", "--column", "lat=b"]
    assert "0 of 171 households have a position" in run("check", path, "-o", tmp_path)[1]
    assert "171 of 171 households have a position" in run("check", path, "-o", tmp_path, *named)[1]


# ---- check


def test_checking_says_what_is_understood_and_plans_nothing(run, lists, tmp_path):
    code, said, _ = run("check", lists[0], "--villages", lists[1], "-o", tmp_path)
    assert code == 0
    assert "columns: id = 户编号, name = 户主, lon = 经度, lat = 纬度, village = 村" in said
    assert "Village 桥村: 90 households (named in column 村)" in said
    assert "171 of 171 households have a position" in said
    assert said.splitlines()[-1] == "171 households understood, rows refused: 0. Nothing was planned."
    assert list(tmp_path.iterdir()) == []


def test_villages_that_are_most_likely_none_are_said_last_by_check_and_before_the_figures_by_plan(run, tmp_path):
    rows = [(*row[:2], f"{int(at) % 3 + 1}", *row[3:]) for at, row in enumerate(homes("柳村", 24, 0))]
    path = write_households(tmp_path / "h.csv", rows)
    loud = (
        "CHECK THIS FIRST: 24 of 24 households lie in villages without a name: 3 of 3 villages have none."
        " 3 of 3 villages have fewer than 10 households; half of the villages have 8 or fewer."
        " Most likely the column 村 of h.csv does not name the village but something smaller, such as a hamlet,"
        " an address or a person. If so, say which column has the village with --column village=HEADER."
    )
    assert run("check", path, "-o", tmp_path)[1].splitlines()[-2] == loud
    said = run("plan", path, "-o", tmp_path / "plan", "--effort", "fast", "--no-bound", "--workers", "1")[
        1
    ].splitlines()
    assert said[said.index(loud) + 1].startswith("24 households in 3 villages")
    assert loud in (tmp_path / "plan" / "report.json").read_text("utf-8")


def test_checking_against_a_plan_says_who_is_new_gone_and_renamed(run, planned, tmp_path):
    rows = [(*row[:1], "改名" if row[0] == "柳村002" else row[1], *row[2:]) for row in homes("柳村", 64, 0)[1:]]
    path = write_households(tmp_path / "h.csv", rows, [("柳村900", "新户", "柳村", *rows[0][3:])])
    _, said, _ = run("check", path, "--against", planned[0] / "plan.gpkg", "-o", tmp_path)
    assert "1 is new: 柳村900" in said
    assert "108 of the plan are not in the list: " in said
    assert "1 has another name: 柳村002 (户主2 → 改名)" in said
    assert "62 households are as they were" in said


def test_checking_says_refused_rows_and_fails_only_if_strict(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 30, 0), [("坏", "坏", "柳村", "x", "38")])
    code, said, _ = run("check", path, "-o", tmp_path / "out")
    assert code == 0
    assert "Refused: h.csv, row 32, column 经度, value “x”" in said
    assert (tmp_path / "out" / "refused.csv").is_file()
    assert run("check", path, "-o", tmp_path / "out", "--strict", "--quiet") == (1, "", "")


def test_a_newer_list_is_checked_answered_and_planned_against_the_plan(run, planned, tmp_path):
    rows = [row[1:] for row in homes("柳村", 64, 0)]
    first, *others = rows
    twice = [(*first[:3], f"{float(first[3]) + off:.7f}") for off in (0.0001, -0.0001)]
    newer = tmp_path / "newer.csv"
    with newer.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("户主", "村", "经度", "纬度"), *twice, *others])
    against = ["--against", planned[0] / "plan.gpkg", "--lang", "en"]
    code, said, _ = run("check", newer, *against, "-o", tmp_path)
    assert code == 0
    assert f"2 households wait for an answer in {tmp_path / 'unsure.csv'}" in said
    asked = (tmp_path / "unsure.csv").read_text(encoding="utf-8-sig")
    answers = tmp_path / "answers.csv"
    answers.write_text(asked.replace("(户主1),,", "(户主1),柳村001,", 1).replace("(户主1),,", "(户主1),new,"), "utf-8")
    plan = ["plan", newer, *against, "--effort", "fast", "-o", tmp_path / "plan"]
    code, said, _ = run(*plan, "--answers", answers)
    assert code == 0
    assert "1 moved: 柳村001 (11 m)" in said
    assert "1 is new: 柳村-0002" in said
    assert "107 of the plan are not in the list: " in said
    assert "172 households in 3 villages" in said
    assert "2 may be households of the plan, or new: " in run(*plan)[1]
    code, _, complaint = run(*plan[:2], "--answers", answers, "-o", tmp_path / "other", "--lang", "en")
    assert (code, complaint) == (1, say("cli.only_with", "en", option="--answers", other="--against") + "\n")


def test_options_of_a_plan_are_joined_as_their_language_joins_them(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 9, 0))
    said = {lang: run("plan", path, "-o", tmp_path / lang, "--lang", lang)[1] for lang in ("zh", "en")}
    assert "；或" in said["zh"]
    assert ";" not in said["zh"]
    assert "; or " in said["en"]


# ---- options of their own


def leads(folder):
    """Returns the village of the lead of each grid, by the village of the grid."""
    town = read_plan(folder / "plan.gpkg")
    village_of = {member.member_id: member.village for member in town.members}
    return {village: village_of[lead] for (village, _), lead in town.leads.items()}


def write_members(path, *rows, titles=(), header=("编号", "姓名", "村", "请假至")):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([*titles, header, *rows])
    return path


def test_members_lead_in_other_villages_only_if_allowed(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 12, 0), homes("桥村", 12, 1500))
    members = write_members(tmp_path / "m.csv", ("M1", "甲", "柳村", ""), ("M2", "乙", "柳村", ""))
    command = ["plan", path, "--members", members, "--quiet", "-o"]
    assert run(*command, tmp_path / "own")[0] == run(*command, tmp_path / "any", "--across-villages")[0] == 0
    assert leads(tmp_path / "own") == {"柳村": "柳村"}
    assert leads(tmp_path / "any") == {"柳村": "柳村", "桥村": "柳村"}


@pytest.mark.parametrize(("today", "lead"), [("2026-06-01", {}), ("2026-06-02", {"柳村": "柳村"})])
def test_excuses_end_by_the_day_of_the_plan(run, tmp_path, today, lead):
    path = write_households(tmp_path / "h.csv", homes("柳村", 12, 0))
    members = write_members(tmp_path / "m.csv", ("M1", "甲", "柳村", "2026-06-01"))
    assert run("plan", path, "--members", members, "--today", today, "-o", tmp_path / "plan")[0] == 0
    assert leads(tmp_path / "plan") == lead


def test_positions_are_read_in_the_frame_that_is_named(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 12, 0))
    assert "positions in GCJ-02" in run("check", path, "--crs", "gcj02", "-o", tmp_path)[1]
    for name, options in (("as", []), ("shifted", ["--crs", "gcj02"])):
        assert run("plan", path, "-o", tmp_path / name, "--quiet", *options)[0] == 0
    plain, shifted = (
        [home for village in read_plan(tmp_path / name / "plan.gpkg").villages for home in village.plan.households]
        for name in ("as", "shifted")
    )
    (x0, y0), (x1, y1) = FRAME.to_metres([(home[0].lon, home[0].lat) for home in (plain, shifted)])
    assert 100 < math.hypot(x1 - x0, y1 - y0) < 700
    code, _, complaint = run("check", path, "--crs", "mars")
    assert (code, complaint) == (1, say("read.frame", "en", frame="mars") + "\n")


@pytest.mark.parametrize(
    ("title", "header"),
    [
        ("柳村党员名册", ("党员编号", "党员姓名", "村")),
        ("柳村联户成员登记表", ("成员编号", "成员姓名", "所属村")),
        ("Members of Willow", ("member_id", "name", "village")),
    ],
)
def test_members_are_found_below_a_title_and_by_the_headers_towns_use(run, tmp_path, title, header):
    path = write_households(tmp_path / "h.csv", homes("柳村", 12, 0))
    members = write_members(tmp_path / "m.csv", ("M7", "甲", "柳村"), titles=[(title,)], header=header)
    code, said, _ = run("check", path, "--members", members, "-o", tmp_path)
    assert code == 0
    assert f"m.csv: 1 member; columns: member_id = {header[0]}, name = {header[1]}, village = {header[2]}" in said
    assert "m.csv: The header is in row 2" in said


# ---- messy lists


@pytest.mark.long
def test_the_messy_demo_says_two_commands_of_which_the_first_understands_it_all(run, tmp_path):
    code, said, _ = run("demo", "--messy", tmp_path)
    assert code == 0
    first, second = said.splitlines()[1:]
    assert first == f"gridplan check {tmp_path}/*村.*"
    assert second.startswith(f"gridplan plan {tmp_path}/*村.* --members ")
    code, said, _ = run("check", *sorted(tmp_path.glob("*村.*")), "--strict", "-o", tmp_path)
    assert code == 0
    assert said.splitlines()[-1].startswith("13,540 households understood, rows refused: 0")


# ---- what goes wrong is one sentence


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("options", "code", "about"),
    [
        (["--effort", "heroic"], "cli.effort", "heroic"),
        (["--min", "16"], "cli.bounds", "16"),
        (["--column", "name"], "cli.pair", "--column name"),
        (["--column", "=x"], "cli.pair", "--column =x"),
        (["--villages", "x.geojson", "--village-column", "village="], "cli.pair", "--village-column village="),
        (["--target", "inf"], "cli.number", "--target inf"),
        (["--snap", "inf"], "cli.number", "--snap inf"),
        (["--column", "income=x"], "read.unknown_field", "income"),
        (["--column", "name=姓名"], "read.no_header", "姓名"),
        (["--villages", "nowhere.geojson"], "read.missing", "nowhere.geojson"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_an_option_that_cannot_be_used_is_one_sentence(run, lists, tmp_path, options, code, about, lang):
    exit_code, said, complaint = run("plan", lists[0], "-o", tmp_path / "plan", "--lang", lang, *options)
    assert (exit_code, said) == (1, "")
    assert complaint.count("\n") == 1
    assert about in complaint
    assert re.fullmatch(re.sub(r"\\\{\w+\\\}", ".*", re.escape(catalogue(lang).get(code).string)), complaint.strip())
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["plan", "nowhere.csv", "-o", "out"], "nowhere.csv"),
        (["verify", "nowhere.gpkg"], "nowhere.gpkg"),
        (["demo", "--no-serve", "-o", "taken"], "taken"),
    ],
    ids=["plan", "verify", "demo"],
)
def test_a_place_that_cannot_be_used_is_one_sentence(run, tmp_path, monkeypatch, arguments, about):
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("mine")
    code, said, complaint = run(*arguments)
    assert (code, said) == (1, "")
    assert complaint.count("\n") == 1
    assert about in complaint


def test_a_place_that_cannot_be_written_is_said_before_the_lists_are_read(run, tmp_path):
    (tmp_path / "plan").write_text("mine")
    code, said, complaint = run("plan", "nowhere.csv", "-o", tmp_path / "plan")
    assert (code, said) == (1, "")
    assert complaint.startswith("The plan cannot be written to ")
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_refused_rows_that_cannot_be_written_are_said(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 3, 0), [("坏", "坏", "柳村", "x", "38")])
    (tmp_path / "taken").write_text("mine")
    code, said, complaint = run("check", path, "-o", tmp_path / "taken")
    assert (code, said) == (1, "")
    assert complaint == say("check.folder", "en", folder=str(tmp_path / "taken"), why="File exists") + "\n"


def test_strict_refuses_and_writes_nothing(run, tmp_path):
    path = write_households(tmp_path / "h.csv", homes("柳村", 30, 0), [("坏", "坏", "柳村", "x", "38")])
    code, said, complaint = run("plan", path, "-o", tmp_path / "plan", "--strict")
    assert (code, said) == (1, "")
    assert "row 32, column 经度, value “x”" in complaint
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "code", "about"),
    [
        ("plan", "usage.missing", "HOUSEHOLDS"),
        ("plan h.csv", "usage.missing", "--output"),
        ("plan h.csv -o x --min ten", "cli.number", "--min ten"),
        ("plan h.csv -o x --max=0", "cli.number", "--max 0"),
        ("plan h.csv -o x --target 12 --target many", "cli.number", "--target many"),
        ("plan h.csv -o x --today 2026-02-30", "usage.day", "--today 2026-02-30"),
        ("plan h.csv -o x --targett 3", "usage.option_meant", "--target"),
        ("verify x --nonsense", "usage.option", "--nonsense"),
        ("-x", "usage.option", "-x"),
        ("plan h.csv -o", "usage.needs_value", "-o"),
        ("plan h.csv -o x --strict=yes", "usage.takes_no_value", "--strict"),
        ("verify x y", "usage.too_much", "y"),
        ("fly", "usage.command", "fly"),
    ],
)
def test_a_command_that_is_not_understood_is_one_sentence_in_the_language_asked_for(
    run, monkeypatch, arguments, code, about, lang
):
    monkeypatch.setenv("LANG", {"en": "en_US.UTF-8", "zh": "zh_CN.UTF-8"}[lang])
    exit_code, said, complaint = run(*arguments.split())
    assert (exit_code, said) == (2, "")
    assert f" {about}" in f" {complaint}"
    assert re.fullmatch(re.sub(r"\\\{\w+\\\}", ".*", re.escape(catalogue(lang).get(code).string)), complaint.strip())


@pytest.mark.parametrize("asked", [["--lang", "zh"], ["--lang=zh"]], ids=" ".join)
def test_a_usage_error_is_in_the_language_that_the_command_asks_for(run, asked):
    assert run("verify", *asked) == (2, "", "缺少 PLAN.GPKG。用法见 gridplan verify -h。\n")


def test_a_language_that_gridplan_does_not_speak_is_a_usage_error(run):
    code, said, complaint = run("verify", "x", "--lang", "fr")
    assert (code, said) == (2, "")
    assert complaint == say("usage.language", "en", option="--lang", value="fr") + "\n"


# ---- verify


def test_verify_finds_nothing_wrong_with_a_plan_and_notes_its_exception(run, planned):
    path = planned[0] / "plan.gpkg"
    code, said, _ = run("verify", path)
    assert code == 0
    note, verdict = said.splitlines()
    assert note.startswith("Note: Grid 小村-01 of village 小村 has 17 households")
    assert verdict == say("cli.verified", "en", file=str(path))
    assert run("verify", path, "--quiet") == (0, "", "")


def test_verify_says_every_violation_and_exits_with_1(run, broken):
    code, said, _ = run("verify", broken)
    assert code == 1
    assert "柳村001" in said
    assert len(said.splitlines()) > 1
    assert say("cli.verified", "en", file=str(broken)) not in said


def test_verify_says_violations_even_when_quiet_but_no_notes(run, broken):
    code, said, _ = run("verify", broken, "--quiet")
    assert code == 1
    assert "柳村001" in said
    assert "Note:" not in said


def test_verify_speaks_chinese(run, broken):
    code, said, _ = run("verify", broken, "--lang", "zh")
    assert code == 1
    assert "柳村的微网格 柳村-" in said
    assert "Grid " not in said


def test_verify_of_another_file_is_one_sentence(run, tmp_path):
    (tmp_path / "plan.gpkg").write_text("no database")
    code, said, complaint = run("verify", tmp_path / "plan.gpkg")
    assert (code, said, complaint.count("\n")) == (1, "", 1)


# ---- as a process


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "gridplan.cli", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_names_that_the_terminal_cannot_show_do_not_stop_a_plan(lists, tmp_path):
    process = start("plan", lists[0], "-o", str(tmp_path / "plan"), "--effort", "fast", PYTHONIOENCODING="ascii")
    said, complaint = process.communicate(timeout=180)
    assert (process.returncode, complaint.strip()) == (0, b"")
    assert rb"\u5c0f\u6751" in said
    assert (tmp_path / "plan" / "plan.gpkg").is_file()


HOLD_WORKERS = """
import pathlib, sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    pathlib.Path({folder!r}, "{{}}.started".format(time.monotonic_ns())).touch()
    time.sleep(300)
"""
"""What Python runs before all else in the processes of a plan: they start, and are never ready."""


def test_ctrl_c_leaves_quietly_even_while_processes_start(tmp_path):
    west = {f"{number}村": 1000.0 * number for number in range(11)}
    households = write_households(tmp_path / "h.csv", *(homes(name, 500, west[name]) for name in west))
    villages = write_villages(tmp_path / "v.geojson", {name: square(west[name]) for name in west})
    (tmp_path / "sitecustomize.py").write_text(HOLD_WORKERS.format(folder=str(tmp_path)))
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    options = ["--villages", villages, "--workers", "2", "--lang", "en"]
    process = start("plan", households, "-o", str(tmp_path / "plan"), *options, PYTHONPATH=path)
    deadline = time.monotonic() + 180
    while len(list(tmp_path.glob("*.started"))) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said, complaint = process.communicate(timeout=180)
    assert (process.returncode, said) == (130, b"")
    assert complaint.decode() == say("cli.stopped", "en") + "\n"
    assert not (tmp_path / "plan").exists()
