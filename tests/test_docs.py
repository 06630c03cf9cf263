"""What is written for people: both languages say the same, labels are those of the screen, and every command works."""

import csv
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from copies import COPIES
from markdown_it import MarkdownIt
from PIL import Image
from sample_lists import write_town
from service import peopled_town
from typer.testing import CliRunner

from gridplan.cli import app
from gridplan.exchange.geopackage import write_plan
from gridplan.exchange.tables.columns import HAMLET_FIELDS, HOUSEHOLD_FIELDS, MEMBER_FIELDS, VILLAGE_FIELDS, folded
from gridplan.words import LANGS, catalogue

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.name for path in (ROOT / "docs" / "en").glob("*.md"))
PAIRS = [("README.md", "README.zh.md"), *((f"docs/en/{name}", f"docs/zh/{name}") for name in NAMES)]
PAGES = [page for pair in PAIRS for page in pair]
TERMS = {"micro-grids", "微网格", "bold", "粗体字"}
"""What is bold and no label: what the README explains, and the word for it."""
WITH_COMMANDS = [
    *(english for english, _ in PAIRS),  # the Chinese ones have the same
    *(
        "data/README.md",
        "CONTRIBUTING.md",
        "docs/clustering.md",
    ),
]


def tokens(page):
    return MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8"))


def parts(page):
    """Return the text tokens of a page: what stands within lines."""
    return [part for token in tokens(page) for part in token.children or ()]


def blocks(page):
    """Return the blocks of code of a page, each with its language, without what is said beside the commands."""
    found = [(token.info, token.content) for token in tokens(page) if token.type == "fence"]
    return [(info, re.sub(r"\s+#.*", "", content)) for info, content in found]


# ---- two languages


def test_every_document_is_there_in_both_languages():
    assert sorted(path.name for path in (ROOT / "docs" / "zh").glob("*.md")) == NAMES


@pytest.mark.parametrize("pair", PAIRS)
def test_both_languages_have_the_same_headings_tables_lists_commands_and_pictures(pair):
    def shape(page):
        kinds = ("heading_open", "bullet_list_open", "list_item_open", "table_open", "tr_open", "fence")
        return [(token.type, token.tag) for token in tokens(page) if token.type in kinds]

    def pictures(page):
        return [Path(part.attrs["src"]).name for part in parts(page) if part.type == "image"]

    english, chinese = pair
    assert shape(english) == shape(chinese)
    assert blocks(english) == blocks(chinese)
    assert pictures(english) == pictures(chinese)


def test_no_two_headings_of_a_document_have_one_anchor():
    for page in PAGES:
        found = [text.content for opening, text in pairwise(tokens(page)) if opening.type == "heading_open"]
        assert len({text.lower() for text in found}) == len(found), page


@pytest.mark.parametrize("page", PAGES)
def test_what_pages_link_to_is_there(page):
    for part in parts(page):
        target = part.attrs.get("href", part.attrs.get("src", "")).partition("#")[0]
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_pictures_are_small_and_every_one_is_shown():
    shown = {
        (ROOT / page).parent.joinpath(part.attrs["src"]).resolve()
        for page in PAGES
        for part in parts(page)
        if part.type == "image"
    }
    there = set((ROOT / "docs" / "pictures").rglob("*.*"))
    assert shown == there
    assert sum(path.stat().st_size for path in there) < 3_000_000
    for path in there:
        with Image.open(path) as picture:
            assert picture.size == (1366, 768), path


@pytest.mark.parametrize("page", PAGES)
def test_what_is_bold_stands_on_the_screen(page):
    lang = "zh" if "zh" in page else "en"
    words = {message.string.rstrip("。.") for message in catalogue(lang) if isinstance(message.string, str)}
    bold = [text.content for strong, text in pairwise(parts(page)) if strong.type == "strong_open"]
    assert sorted(set(bold) - words - TERMS) == []
    assert [part.content for part in parts(page) if part.type == "text" and "**" in part.content] == []


# ---- lists


@pytest.mark.parametrize("lang", LANGS)
def test_headers_in_the_description_of_lists_are_known_as_it_says(lang):
    kinds = iter([HOUSEHOLD_FIELDS, MEMBER_FIELDS, VILLAGE_FIELDS])
    text = (ROOT / "docs" / lang / "lists.md").read_text(encoding="utf-8")
    described = 0
    for table in re.findall(r"(?:^\| `.*\n)+", text, re.MULTILINE):
        if "`.csv`" in table:
            continue
        fields = next(kinds)
        for row in table.splitlines():
            names, headers = (re.findall("`([^`]+)`", cell) for cell in row.split("|")[1:3])
            known = {header for name in names for group in fields[name] for header in group}
            assert {folded(header) for header in headers} <= known, row
            described += len(names)
    assert described > 25
    assert HAMLET_FIELDS.keys() >= {"village", "hamlet", "lon", "lat"}


# ---- commands

NOT_RUN = {
    "make": "make run and make test are run by whoever tries the project; make install is their first step",
    "createdb": "needs the right to make databases; test_service_commands runs all commands on PostgreSQL",
    "pip": "fetches packages",
    "python3": "makes an environment and installs wheels that a command before it fetches",
    "gridplan/bin/python": "installs wheels that a command before it fetches",
    ".venv/bin/python -m pip": "fetches packages",
    "gridplan demo": "takes a while; tests/demo and test_service_commands run it",
    "python -m gridplan.engine.warm": "compiles the kernels, as make does before the tests",
}
"""What commands begin with that are not run here, and why."""
PLACEHOLDER = "USER:PASSWORD@HOST"


def command_in_its_process(arguments, said):
    """Be the process of a command that says to a file what it has to say."""
    with said.open("w") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
            stream.reconfigure(line_buffering=True, encoding="utf-8")
    app(arguments)


class Scratch:
    """A computer to run commands on: a home, the lists they name, and the servers that were started."""

    def __init__(self, folder):
        self.folder, self.servers = folder, []

    def run(self, line):
        words = [str(self.folder) + word if word.startswith("/") else word for word in shlex.split(line, comments=True)]
        words = [str(ROOT / "data" / "templates") if word == "data/templates" else word for word in words]
        program, *arguments = words
        if program in ("gridplan", ".venv/bin/gridplan"):
            self.serve(arguments) if arguments[0] == "serve" else self.call(arguments)
        else:
            assert program == ".venv/bin/python", line
            subprocess.run([sys.executable, *arguments], check=True)

    def call(self, arguments):
        result = CliRunner().invoke(app, [*arguments, "--lang", "en"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        allowed = {0, 1} if arguments[0] == "doctor" else {0}  # what it finds is not the fault of the document
        assert result.exit_code in allowed, (arguments, result.output)

    def serve(self, arguments):
        """Start a server on a port that is free, and ask it for a page."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        options = ["--port", str(port), "--processes", "0", "--lang", "en"]
        said = self.folder / f"said-{port}"
        said.touch()
        server = COPIES.Process(target=command_in_its_process, args=([*arguments, *options], said))
        server.start()
        self.servers.append(server)
        while "Ctrl-C" not in said.read_text():
            assert server.is_alive(), said.read_text()
            time.sleep(0.05)
        name = arguments[arguments.index("--host") + 1] if "--host" in arguments else f"127.0.0.1:{port}"
        ask = urllib.request.Request(f"http://127.0.0.1:{port}/login", headers={"Host": name})
        with urllib.request.urlopen(ask, timeout=10) as answer:
            assert answer.status == 200

    def stop(self):
        for server in self.servers:
            server.terminate()
            server.join(20)
            assert server.exitcode == 0
        self.servers = []


def write_workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Return a scratch computer with the lists that the documents name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GRIDPLAN_DATA", "GRIDPLAN_DB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "web")]))
    write_town(tmp_path)
    rows = csv.reader((tmp_path / "households.csv").read_text(encoding="utf-8-sig").splitlines())
    write_workbook(tmp_path / "households.xlsx", rows)
    write_workbook(tmp_path / "members.xlsx", [("姓名", "村"), ("王强", "柳村"), ("李梅", "桥村")])
    (tmp_path / "plan").mkdir()
    write_plan(peopled_town(), tmp_path / "plan" / "plan.gpkg", "en")
    scratch = Scratch(tmp_path)
    scratch.call(["init", str(tmp_path / "srv" / "town")])
    yield scratch
    scratch.stop()


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in WITH_COMMANDS if {"sh", "python"} & dict(blocks(page)).keys()])
def test_every_command_works_in_the_order_in_which_it_stands(page, scratch):
    names = {"xy": np.random.default_rng(0).uniform(0, 1000, (60, 2))}
    for info, content in blocks(page):
        if info == "sh":
            for line in content.splitlines():
                if PLACEHOLDER not in line and not line.startswith(tuple(NOT_RUN)):
                    scratch.run(line)
            scratch.stop()
        elif info == "python":
            exec(content, names)


def test_what_is_not_run_is_still_there():
    code = [content for page in WITH_COMMANDS for info, content in blocks(page) if info == "sh"]
    lines = [line for content in code for line in content.splitlines()]
    assert [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)] == []
