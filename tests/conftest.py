"""The honest count of tests that need what this machine lacks: they end the run as NOT RUN, never as skipped."""

from __future__ import annotations

import os
import shutil
from collections import Counter

import pytest
from resources import RESOURCES
from service import fill, serve

from gridplan.store import Store

NOT_RUN = pytest.StashKey[Counter[str]]()


def pytest_configure(config):
    config.stash[NOT_RUN] = Counter()
    for marker, resource in RESOURCES.items():
        config.addinivalue_line("markers", f"{marker}: {resource.use}")


def pytest_collection_modifyitems(config, items):
    missing = {marker for marker, resource in RESOURCES.items() if resource.find() is None}
    kept, left = [], []
    for item in items:
        lacking = sorted(missing & {mark.name for mark in item.iter_markers()})
        config.stash[NOT_RUN].update(lacking[:1])
        (left if lacking else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_terminal_summary(terminalreporter, config):
    for marker, count in config.stash[NOT_RUN].items():
        tests = "test" if count == 1 else "tests"
        sentence = f"NOT RUN: {count} {tests}, because {RESOURCES[marker].missing}"
        terminalreporter.write_line(sentence, red=True, bold=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    complete = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if complete and session.config.stash[NOT_RUN]:
        allowed = os.environ.get("ALLOW_MISSING") == "1"
        session.exitstatus = pytest.ExitCode.OK if allowed else pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory):
    """Return the file of a database with the drawn town in it, to be copied."""
    folder = tmp_path_factory.mktemp("filled")
    store = Store(folder)
    store.upgrade()
    fill(store)
    store.close()
    return folder / "gridplan.db"


@pytest.fixture
def store(tmp_path):
    """Return an empty store."""
    store = Store(tmp_path)
    store.upgrade()
    yield store
    store.close()


@pytest.fixture
def service(tmp_path, filled_database):
    """Return the service over the drawn town, with an account of every role."""
    shutil.copy(filled_database, tmp_path / "gridplan.db")
    store = Store(tmp_path)
    yield serve(store)
    store.close()
