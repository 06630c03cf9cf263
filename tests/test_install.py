"""What make does first: install.py says each step and how far it is, and make run serves where it is told."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DAWDLE = "import time; print('Collecting numpy>=2 (from x)', flush=True); time.sleep(0.4)"


@pytest.fixture
def install(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    import install

    monkeypatch.setattr(install, "SECONDS_A_LINE", 0.1)
    return install


@pytest.mark.parametrize(("locale", "first"), [("en_GB.UTF-8", "Working"), ("zh_CN.UTF-8", "正在做")])
def test_a_step_says_what_it_does_and_what_it_is_at(install, monkeypatch, capsys, locale, first):
    monkeypatch.setattr(install, "LOCALE", locale)
    install.run("Working", "正在做", [sys.executable, "-c", DAWDLE])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == first
    assert "  0 s  Collecting numpy" in said[1:]


def test_a_step_that_fails_ends_with_the_sentence_of_ours_or_with_what_the_program_said(install):
    for text, said in (("x\\ngridplan: npm cannot.\\ny", "npm cannot."), ("no such package", "no such package")):
        with pytest.raises(SystemExit) as left:
            install.run("Working", "正在做", [sys.executable, "-c", f"print('{text}'); raise SystemExit(1)"])
        assert left.value.code == said


def test_a_step_has_a_second_way(install):
    install.run("Working", "正在做", [sys.executable, "-c", "raise SystemExit(1)"], [sys.executable, "-c", ""])


@pytest.mark.parametrize(("given", "port"), [(["PORT=9123"], "--port 9123"), ([], "gridplan demo \n")])
def test_make_run_serves_where_it_is_told(given, port):
    made = subprocess.run(["make", "-n", "run", *given], cwd=ROOT, capture_output=True, text=True, check=True)
    assert port in f"{made.stdout}\n"


def test_programs_that_import_the_package_see_its_types():
    marker = "gridplan/py.typed"
    assert (ROOT / marker).is_file()
    assert subprocess.run(["git", "check-ignore", "-q", marker], cwd=ROOT).returncode == 1, "wheels leave it out"
