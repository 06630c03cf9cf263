"""The honest count of tests that need what this machine lacks: they end the run as NOT RUN, never as skipped."""

from __future__ import annotations

import gc
import os
import pickle
from collections import Counter
from contextlib import ExitStack

import pytest
from databases import POSTGRESQL, PostgresDatabases, SqliteFiles, address, memory, postgresql_server
from processes import end_those_left, mark_run
from resources import RESOURCES
from service import serve
from statements import Asked, asked_of_files_alone

from gridplan.demo import make_town
from gridplan.sandbox import Child, stop_spare
from gridplan.store.data_folder import hold_file

NOT_RUN = pytest.StashKey[Counter[str]]()
WRONG = pytest.StashKey[list[str]]()
ASKED = pytest.StashKey[dict[str, dict[str, str]]]()
SERVER = pytest.StashKey[str]()
SECONDS = {"usual": 0.1, "postgresql": 0.4, "slow": 1.0, "browser": 2.0, "libreoffice": 3.0, "long": 40.0}
"""About how long a test takes, by its mark."""


def pytest_addoption(parser):
    parser.addoption(
        "--write-golden",
        action="store_true",
        help="rewrite golden.json and pictures of pages",
    )


def pytest_configure(config):
    gc.set_threshold(50_000, 20, 20)  # each search for garbage looks through all libraries until they are left out
    mark_run()
    if place := memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))
    if server := getattr(config, "workerinput", {}).get("postgresql"):
        os.environ["GRIDPLAN_POSTGRES"] = server
        config.stash[ASKED] = Asked().of
    config.stash[NOT_RUN] = Counter()
    for marker, resource in RESOURCES.items():
        config.addinivalue_line("markers", f"{marker}: {resource.use}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Give the workers one server of PostgreSQL, where all tests are run."""
    config, whole = node.config, node.config.args_source is not pytest.Config.ArgsSource.ARGS
    if not whole or config.option.markexpr or RESOURCES["postgresql"].find() is None:
        return
    if SERVER not in config.stash:
        server = ExitStack()
        config.stash[SERVER] = address(server.enter_context(postgresql_server()))
        config.stash[ASKED] = {"sqlite": {}, "postgresql": {}}
        config.add_cleanup(server.close)
    node.workerinput["postgresql"] = config.stash[SERVER]


def pytest_collection_modifyitems(config, items):
    _longest_files_first(items)
    missing = {marker for marker, resource in RESOURCES.items() if resource.find() is None}
    kept, left = [], []
    for item in items:
        lacking = sorted(missing & {mark.name for mark in item.iter_markers()})
        config.stash[NOT_RUN].update(lacking[:1])
        (left if lacking else kept).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def pytest_collection_finish():
    """Leave what is there for good, libraries and tests, out of each search for garbage."""
    gc.collect()
    gc.freeze()


def _longest_files_first(items):
    """Sort tests so that at the end no worker waits long for another: files by what their tests are marked with."""
    seconds = Counter()
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        seconds[item.path] += max(SECONDS[mark] for mark in (*(marks & SECONDS.keys()), "usual"))
    items.sort(key=lambda item: -seconds[item.path])


def pytest_terminal_summary(terminalreporter, config):
    for marker, count in config.stash[NOT_RUN].items():
        tests = "test" if count == 1 else "tests"
        sentence = f"NOT RUN: {count} {tests}, because {RESOURCES[marker].missing}"
        terminalreporter.write_line(sentence, red=True, bold=True)
    for wrong in config.stash.get(WRONG, []):
        terminalreporter.write_line(wrong, red=True, bold=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Take over what a worker could not run, which every worker counts the same, and what its tests asked."""
    output = getattr(node, "workeroutput", {})
    node.config.stash[NOT_RUN] |= Counter(output.get("not_run", {}))
    for kind, asked in output.get("asked", {}).items():
        node.config.stash[ASKED][kind].update(asked)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["asked"] = session.config.stash.get(ASKED, {})
        session.config.workeroutput["not_run"] = dict(session.config.stash[NOT_RUN])
        return
    stop_spare()
    complete = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    session.config.stash[WRONG] = end_those_left()  # by a worker that was killed
    if complete and (asked := session.config.stash.get(ASKED, None)):
        session.config.stash[WRONG] += [f"ON SQLITE ALONE: {one}" for one in asked_of_files_alone(asked)]
    if session.config.stash[WRONG]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if complete and session.config.stash[NOT_RUN]:
        allowed = os.environ.get("ALLOW_MISSING") == "1"
        session.exitstatus = pytest.ExitCode.OK if allowed else pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module", autouse=True)
def nobody_left(request):
    """Fail where a test of the file has left a process."""
    yield
    if left := end_those_left(f"{request.node.nodeid}::", spare={child._process.pid for child in Child.spare}):
        pytest.fail("\n".join(left), pytrace=False)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """Return a folder that all workers of a run have."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def demo_town(shared_folder):
    """Return the demo town, which takes seconds: made by the first worker that needs it."""
    made = shared_folder / "demo-town.pickle"
    with hold_file(made.with_suffix(".lock"), wait=True):
        if not made.exists():
            made.write_bytes(pickle.dumps(make_town(0)))
    return pickle.loads(made.read_bytes())


@pytest.fixture(scope="session")
def sqlite(shared_folder):
    """Return the databases in files."""
    return SqliteFiles(shared_folder)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """Return the databases of a server."""
    with postgresql_server() as url:
        databases = PostgresDatabases(url, tmp_path_factory.mktemp("postgresql"))
        yield databases
        databases.close()


@pytest.fixture(params=["sqlite", POSTGRESQL])
def databases(request):
    """Return the databases of either kind: a test that asks for them runs on both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def store(tmp_path, databases):
    """Return an empty store."""
    with databases.copy("empty", tmp_path) as store:
        yield store


@pytest.fixture
def service(tmp_path, databases):
    """Return the service over the drawn town, with an account of every role."""
    with databases.copy("filled", tmp_path) as store:
        service = serve(store)
        yield service
        service.app.extensions["jobs"].close()
