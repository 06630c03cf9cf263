"""Villages on a Dask cluster: the same plan at any number of workers, and an end where one dies."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import cloudpickle
import numpy as np
import pytest
import shapely

from gridplan.engine.village import VillageData
from gridplan.errors import InputRefused, Unavailable
from gridplan.planning.county import PlanSettings, Task, solve_villages, team_of
from gridplan.planning.execution import dask_team as cluster
from gridplan.planning.execution.dask_team import LOCAL, dask_team

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # of Dask's own sockets
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
cloudpickle.register_pickle_by_value(sys.modules[__name__])
DASK = {
    **os.environ,
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
}

SETTINGS = PlanSettings(effort="fast", seed=7)


def task(name, count):
    xy = np.random.default_rng(count).uniform(20, 780, (count, 2)).round(4)
    return Task(name, VillageData(xy, shapely.box(0, 0, 800, 800)))


TASKS = [task(name, count) for name, count in {"柳村": 62, "桥村": 105, "小村": 17, "东湾村": 48}.items()]


def as_bytes(drawn):
    """Return drawings as bytes, by village."""
    return {
        name: [*(getattr(one, part).tobytes() for part in ("grid", "walk", "connected", "outside"))]
        + shapely.to_wkb(one.outline).tolist()
        for name, one in drawn.items()
    }


@pytest.fixture(scope="module")
def in_turn():
    with team_of(1, []) as team:
        return as_bytes(solve_villages(TASKS, SETTINGS, team, progress=lambda *_: None).drawn)


class Cluster:
    """A scheduler on this computer, and its workers, started by hand as on others."""

    def __init__(self, folder, until_done):
        self.folder, self._until_done, self.workers = folder, until_done, []
        file = folder / "scheduler.json"
        command = ["dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
        self.scheduler = self._start(*command, "--no-dashboard")
        until = time.monotonic() + 60
        while not (file.exists() and file.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        self.address = file.read_text().partition('"address": "')[2].partition('"')[0]

    def add_worker(self):
        options = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder), "--host", "127.0.0.1")
        self.workers.append(self._start("dask_worker", self.address, *options))

    def _start(self, module, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, env=DASK, start_new_session=True, **quiet)
        self._until_done.callback(end, process)
        return process

    def wait_for(self, count):
        with cluster._connected(self.address) as client:
            client.wait_for_workers(count, timeout=60)


def end(process):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    with ExitStack() as until_done:
        started = Cluster(tmp_path_factory.mktemp("dask"), until_done)
        started.add_worker()
        yield started


def solved(address, tasks=TASKS, progress=lambda *_: None):
    with dask_team(address) as team:
        return solve_villages(tasks, SETTINGS, team, progress=progress).drawn


def test_one_two_and_four_workers_give_the_plan_that_is_made_in_turn(dask, in_turn):
    for more in (0, 1, 2):
        for _ in range(more):
            dask.add_worker()
        dask.wait_for(len(dask.workers))
        assert as_bytes(solved(dask.address)) == in_turn
    assert len(dask.workers) == 4


def test_a_worker_that_is_killed_changes_nothing(dask, in_turn):
    began = []

    def kill(*_):
        if not began:
            began.append(True)
            end(dask.workers[0])

    assert as_bytes(solved(dask.address, progress=kill)) == in_turn
    assert began


def kills(village):
    """End the worker that works on one of some villages."""
    if village.village == "柳村":
        os.kill(os.getpid(), signal.SIGKILL)
    return village.village


def test_a_village_that_ends_every_worker_is_named(dask):
    with pytest.raises(Unavailable, match="柳村"), dask_team(dask.address) as team:
        list(team.spread(kills, TASKS))


def waits(stop):
    """Wait until the run has to stop, and return whether it had to."""
    until = time.monotonic() + 30
    while not stop() and time.monotonic() < until:
        time.sleep(0.02)
    return stop()


def test_workers_hear_that_they_are_to_stop(dask):
    with dask_team(dask.address) as team:
        answers = team.spread(waits, [team.should_stop] * 2)
        with ThreadPoolExecutor(1) as later:
            later.submit(lambda: (time.sleep(0.3), team.stop.set()))
            assert list(answers) == [True, True]
    assert team.stop.is_set()


def test_workers_with_other_versions_are_refused(dask, monkeypatch):
    ours = cluster.versions()
    try:
        monkeypatch.setitem(ours, "numpy", "0.1")
        with pytest.raises(InputRefused, match=r"numpy \d.*, and here it is 0\.1"), dask_team(dask.address):
            pass
    finally:
        cluster.versions.cache_clear()


def test_a_scheduler_that_goes_is_an_end(dask):
    with pytest.raises(Unavailable, match="does not answer any more"), dask_team(dask.address) as team:
        for _ in team.spread(str, range(1)):
            end(dask.scheduler)
        list(team.spread(waits, [team.should_stop]))


def ignores_ctrl_c(_):
    return signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_local_cluster_is_there_for_a_run_and_hears_no_ctrl_c(in_turn):
    some = {one.village: in_turn[one.village] for one in TASKS[2:]}
    with dask_team(LOCAL) as team:
        assert list(team.spread(ignores_ctrl_c, [0])) == [True]
        drawn = solve_villages(TASKS[2:], SETTINGS, team, progress=lambda *_: None).drawn
    assert as_bytes(drawn) == some


def test_what_is_no_cluster_is_one_sentence(monkeypatch):
    with pytest.raises(InputRefused, match="nonsense is no address"), dask_team("nonsense"):
        pass
    with pytest.raises(InputRefused, match="has no certificates"), dask_team("tls://127.0.0.1:1"):
        pass
    monkeypatch.setattr(cluster, "CONNECT_S", 0.5)
    with (
        pytest.raises(Unavailable, match="No Dask scheduler answers"),
        dask_team("tcp://127.0.0.1:1"),
    ):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputRefused, match=r"gridplan\[cluster\]"), dask_team(LOCAL):
        pass
