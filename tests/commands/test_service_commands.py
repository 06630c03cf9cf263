"""The commands that run a service, on either database: each says what came of it, or in one sentence why not."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import ON_SQLITE
from sample_towns import town
from service import OWN, peopled_town
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.commands.service import has_demo, remove_demo_before_release
from gridplan.errors import LoginRefused
from gridplan.exchange.geopackage import write_plan
from gridplan.exchange.lists.village_doubts import village_doubts
from gridplan.service.access import accounts, invitations
from gridplan.store import Store
from gridplan.store.database import BEFORE_RELEASE
from gridplan.store.phone import devices
from gridplan.store.plans import plans
from gridplan.store.registry import households
from gridplan.store.tables import member

pytestmark = pytest.mark.slow


class Desk:
    """A service at the command line: its folder, its database, and how to call it."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.where = ["--data", str(folder), *(["--db", url] if url else [])]

    def run(self, *arguments, ok=True):
        where = [str(self.folder), *self.where[2:]] if arguments == ("init",) else self.where
        result = CliRunner().invoke(app, [*map(str, arguments), *where, "--lang", "en"])
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        assert (result.exit_code == 0) == ok, result.output
        return result.stdout if ok else result.stdout + result.stderr

    def store(self):
        return closing(Store(self.folder, self.url))


@pytest.fixture
def desk(tmp_path, databases):
    """Return a service that is not begun."""
    with databases.bare() as url:
        yield Desk(tmp_path / "data", url)


@pytest.fixture
def begun(tmp_path, databases):
    """Return a service with tables and nothing in them, as `init` makes it."""
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    with databases.copy("empty", folder) as store:
        for file in folder.iterdir():
            file.chmod(0o600)
        yield Desk(folder, store.named_url)


def test_the_folder_of_a_new_town_is_named_in_either_way_but_not_in_both(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDPLAN_DATA", str(tmp_path / "usual"))
    ways = {"plain": ["plain"], "option": ["--data", "option"], "same": ["same", "--data", "same"], "usual": []}
    monkeypatch.chdir(tmp_path)
    for name, way in ways.items():
        assert CliRunner().invoke(app, ["init", *way]).exit_code == 0
        assert (tmp_path / name / "gridplan.db").exists()
    said = CliRunner().invoke(app, ["init", "one", "--data", "two", "--lang", "en"])
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert "DIR (one) and --data" in said.stderr
    assert not (tmp_path / "one").exists()


def test_a_new_town_is_empty_and_how_it_is_served_is_said(desk):
    assert f"gridplan serve --data {desk.folder}" in desk.run("init")
    with desk.store() as store, store.read() as connection:
        store.check_tables()
        assert not households.models(connection)
    assert {mode for mode in modes(desk.folder).values()} <= {"0o600", "0o700"}


def test_folders_and_files_may_be_named_from_where_one_stands(begun, plan, monkeypatch):
    """Whatever a page sends from the folder, Flask looks for beside its own code if the folder is not absolute."""
    home = begun.folder.parent
    monkeypatch.chdir(home)
    shutil.copy(plan, home / "mine.gpkg")
    begun.where[1] = begun.folder.name
    begun.run("load", "mine.gpkg")
    begun.run("backup", "-o", "disk/town.backup")
    assert "PROBLEM" not in begun.run("doctor")
    begun.run("restore", "disk/town.backup")
    with closing(Store(Path(begun.folder.name), begun.url)) as store:
        monkeypatch.chdir("/")
        assert store.folder.is_absolute()
        assert store.folder.is_relative_to(begun.folder)
        with store.read() as connection:
            assert households.models(connection)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """Return the file of a plan with people."""
    folder = tmp_path_factory.mktemp("plan")
    write_plan(peopled_town(), folder / "plan.gpkg", "en")
    return folder / "plan.gpkg"


def link_in(said):
    return re.search(r"http://\S+/i/(\S+)", said)[1]


# ---- for whom its files are


def modes(folder):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_who_runs_a_service_reads_its_files(begun, plan, tmp_path):
    before = os.umask(0o022)
    try:
        begun.run("load", plan, "--publish")
        backup = tmp_path / "kept" / "town.backup"
        begun.run("backup", "-o", backup)
        shutil.rmtree(begun.folder)
        begun.run("restore", backup)
        begun.run("doctor")
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    found = modes(begun.folder)
    assert {mode for mode in found.values()} <= {"0o600", "0o700"}, found
    assert oct(backup.stat().st_mode & 0o777) == "0o600"


# ---- a plan for it


@ON_SQLITE
def test_a_finished_plan_comes_in_as_a_draft_or_in_force(begun, plan):
    said = begun.run("load", plan)
    n = sum(len(village.plan.households) for village in town().villages)
    assert f"as a draft: {n:,} new households" in said
    doubts = village_doubts({village.plan.village: len(village.plan.households) for village in town().villages})
    assert ("CHECK THIS FIRST" in said) == bool(doubts)
    with begun.store() as store, store.read() as connection:
        assert len(households.models(connection)) == n
        assert not plans.published(connection)
    assert "0 new households, 0 new members" in begun.run("load", plan, "--publish")
    with begun.store() as store, store.read() as connection:
        assert len(plans.published(connection)) == len(town().villages)


@ON_SQLITE
def test_a_file_that_is_no_plan_is_one_sentence(begun, tmp_path):
    (tmp_path / "no.gpkg").write_text("nothing")
    assert "no.gpkg" in begun.run("load", tmp_path / "no.gpkg", ok=False)


# ---- who may come in


@ON_SQLITE
def test_an_account_is_added_comes_in_once_is_listed_and_is_disabled(begun, plan):
    begun.run("load", plan)
    said = begun.run("user", "add", "lihong", "--name", "李红", "--role", "planner", "--village", OWN)
    now = datetime.now(UTC)
    with begun.store() as store:
        assert invitations.invited_account(store, link_in(said), address="", now=now).name == "李红"
    assert "lihong: 李红, Planner, waits for its link to be opened" in begun.run("user", "list")
    again = begun.run("user", "link", "lihong", "--address", "https://desk.example/")
    assert "https://desk.example/i/" in again
    begun.run("user", "disable", "lihong")
    assert "lihong: 李红, Planner, disabled" in begun.run("user", "list")
    with begun.store() as store, pytest.raises(LoginRefused):
        invitations.invited_account(store, again.split("/i/")[1].strip(), address="", now=now)


@ON_SQLITE
def test_what_is_not_there_is_one_sentence(begun):
    for arguments, about in (
        (["user", "add", "x1", "--role", "planner", "--village", "nowhere"], "nowhere"),
        (["user", "add", "x1", "--role", "king"], "administrator, planner, clerk, supervisor, viewer"),
        (["user", "add", "x1", "--role", "administrator", "--village", OWN], "planner, supervisor, viewer"),
        (["user", "link", "nobody"], "nobody"),
        (["user", "disable", "nobody"], "nobody"),
        (["load", "nowhere.gpkg"], "nowhere.gpkg"),
        (["restore", "nowhere.backup"], "nowhere.backup"),
    ):
        said = begun.run(*arguments, ok=False)
        assert about in said
        assert said.count("\n") == 1


# ---- backup, restore, doctor


def test_what_was_backed_up_comes_back_and_the_doctor_knows(begun, plan, tmp_path):
    begun.run("load", plan)
    assert "PROBLEM  There is no backup yet" in begun.run("doctor", ok=False)
    file = tmp_path / "disk" / "town.backup"
    assert f"{file} is good" in begun.run("backup", "-o", file)
    said = begun.run("doctor")
    assert "The last backup is 0 days old" in said
    assert "PROBLEM" not in said
    assert "good" not in begun.run("doctor", "--quiet")
    said = begun.run("restore", file)
    assert "Restored what was kept on" in said
    assert "gridplan user link admin" in said
    assert "is kept in" in said or "are kept in the schema before-" in said


def test_where_a_database_was_taken_away_no_town_is_begun_and_it_is_said_how_to_go_on(tmp_path, plan):
    desk = Desk(tmp_path / "data", None)
    desk.run("init")
    desk.run("user", "add", "lihong", "--name", "李红", "--role", "administrator")
    file = tmp_path / "town.backup"
    desk.run("backup", "-o", file)
    database = desk.folder / "gridplan.db"
    database.rename(tmp_path / "gridplan.db")
    for command in (["init"], ["serve"], ["load", plan], ["backup", "-o", "x"], ["user", "list"], ["doctor"]):
        said = desk.run(*command, ok=False)
        assert "traces of a town (gridplan.db-writing, gridplan.lock)" in said
        assert "gridplan restore" in said
        assert said.count("\n") == 1 or command == ["doctor"]
        assert not database.exists()
    (tmp_path / "gridplan.db").rename(database)
    assert "lihong" in desk.run("user", "list")
    database.unlink()
    said = desk.run("restore", file)
    assert f"The town now lies in {desk.folder}/town-" in said
    assert "lihong" in desk.run("user", "list")


def set_revision(begun, revision):
    with begun.store() as store, store.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def test_the_doctor_says_what_to_do_about_tables_of_another_version(begun):
    set_revision(begun, "0000")
    assert "run gridplan init" in begun.run("doctor", ok=False)
    assert "another version" in begun.run("user", "list", ok=False)


@ON_SQLITE
def test_tables_of_a_newer_version_are_left_alone(begun):
    set_revision(begun, "later")
    assert "Update gridplan" in begun.run("serve", ok=False)


@ON_SQLITE
def test_tables_of_before_the_first_release_are_refused(begun):
    set_revision(begun, BEFORE_RELEASE)
    for command in (["serve"], ["load", "x.gpkg"], ["user", "list"], ["backup", "-o", "x"], ["doctor"]):
        said = begun.run(*command, ok=False)
        assert "before the first release" in said
        assert "--data" in said


@ON_SQLITE
def test_the_doctor_says_what_to_do_about_a_folder_that_others_can_read(begun):
    begun.folder.chmod(0o755)
    assert f"Other users of this computer can read {begun.folder}" in begun.run("doctor", ok=False)


@ON_SQLITE
def test_the_assessment_is_printed_or_written_and_in_no_other_form(begun, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = begun.run("pia")
    assert printed.startswith("Personal information protection impact assessment\n")
    assert "approval.txt is written" in begun.run("pia", "-o", "approval.txt")
    assert Path("approval.txt").read_text(encoding="utf-8") == printed
    begun.run("pia", "-o", "approval.pdf")
    assert Path("approval.pdf").read_bytes().startswith(b"%PDF-")
    assert "approval.docx is neither a .pdf nor a .txt" in begun.run("pia", "-o", "approval.docx", ok=False)
    assert "nowhere" in begun.run("pia", "-o", "nowhere/approval.pdf", ok=False)
    assert {file.name for file in tmp_path.glob("*approval*")} == {"approval.txt", "approval.pdf"}


def test_where_there_is_no_town_that_is_said(tmp_path):
    for command in (["load", "x.gpkg"], ["user", "list"], ["backup", "-o", "x"], ["doctor"]):
        assert "There is no town in" in Desk(tmp_path / "data", None).run(*command, ok=False)


def test_a_database_that_cannot_be_reached_or_is_none_is_one_sentence(tmp_path):
    folder = tmp_path / "data"
    for url, about in (
        ("postgresql://127.0.0.1:1/none", "cannot be reached"),
        ("nonsense", "--db"),
        ("mysql://x", "--db"),
    ):
        result = CliRunner().invoke(app, ["init", str(folder), "--db", url, "--lang", "en"])
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert about in result.stderr


# ---- serving


def serving(desk, *options, processes=0):
    return running(["serve", *desk.where, "--lang", "en", "--processes", str(processes), *options])


def running(arguments):
    command = [sys.executable, "-u", "-m", "gridplan.cli", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_demo_town_of_before_the_first_release_is_made_anew(tmp_path, plan, unused_port):
    shutil.copytree(plan.parent, tmp_path / "plan")
    (tmp_path / "lists").mkdir()
    line = {"type": "LineString", "coordinates": [[113, 28], [113, 28.01]]}
    land = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}
    for name in ("roads", "barriers", "crossings"):
        (tmp_path / "lists" / f"{name}.geojson").write_text(json.dumps(land))
    (tmp_path / "service").mkdir()
    with closing(Store(tmp_path / "service")) as store:
        store.upgrade()
    assert has_demo(tmp_path)
    set_revision(Desk(tmp_path / "service", None), BEFORE_RELEASE)
    remove_demo_before_release(tmp_path)
    assert not has_demo(tmp_path)  # so the town is planned anew, which takes long and is seen in test_stories
    with closing(Store(tmp_path / "service")) as store:
        store.upgrade()
    command = ["demo", "-o", str(tmp_path), "--port", str(unused_port), "--lang", "en"]
    with running(command) as process:
        try:
            assert read_until(process, "gridplan is at").count("/i/") == 6
        finally:
            process.kill()
        assert not process.stderr.read()  # (which waits for the end of all that answer its pages)


def read_until(process, start):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith(start):
            return "".join(lines)
    raise AssertionError(process.stderr.read())


def test_the_first_start_prints_a_link_that_looking_does_not_spend_and_a_second_start_is_refused(desk, unused_port):
    with serving(desk, "--port", str(unused_port)) as process:
        said = read_until(process, "gridplan is at")
        link = re.search(r"http://\S+/i/\S+", said)[0]
        for _ in range(2):
            with urllib.request.urlopen(link) as page:
                assert "admin" in page.read().decode()
        assert "already runs" in desk.run("serve", ok=False)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert desk.folder.stat().st_mode & 0o077 == 0


@ON_SQLITE
def test_a_service_that_is_killed_leaves_nobody_who_answers_its_pages(desk, unused_port):
    with serving(desk, "--port", str(unused_port), processes=2) as process:
        read_until(process, "gridplan is at")
        process.kill()
        assert not process.stderr.read()  # (which waits for the end of all that answer its pages)


@ON_SQLITE
def test_a_later_start_prints_another_link_a_plan_is_loaded_meanwhile_and_ctrl_c_ends_it(begun, plan, unused_port):
    now = datetime.now(UTC)
    with begun.store() as store:
        before = accounts.invite_first_administrator(store, now=now)
        with store.write() as connection:
            connection.execute(member.insert().values(id=7, code="M7", name="示例", ties=[]))
            devices.add(connection, 7, "a hash", address="http://10.0.0.5:8000", day=now.date(), now=now)
    with serving(begun, "--port", str(unused_port), processes=1) as process:
        link = re.search(r"http://\S+/i/\S+", read_until(process, "gridplan is at"))[0]
        assert not link.endswith(before.token)
        begun.run("load", plan)
        with urllib.request.urlopen(link) as page:
            assert "admin" in page.read().decode()
        assert f"http://127.0.0.1:{unused_port}/i/" in begun.run("user", "link", "admin")
        assert "https://desk/i/" in begun.run("user", "link", "admin", "--address", "https://desk")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        (said,) = process.stderr.read().splitlines()
    assert said.startswith("1 phone used http://10.0.0.5:8000 lately (with entries not sent: 0)")


@pytest.fixture
def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
