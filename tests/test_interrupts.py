"""Ctrl-C while villages are cut gives the best plan so far, and a second one ends at once, whatever is at work."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from sample_lists import homes, square, write_households, write_villages
from sklearn.exceptions import ConvergenceWarning

from gridplan import MicroGridClustering
from gridplan.exchange.geopackage import read_plan
from gridplan.interrupts import ctrl_c_waits, first_ctrl_c
from gridplan.verify import verify
from gridplan.words import say

pytestmark = pytest.mark.slow

TOGETHER = {f"{number}村": 1000.0 * number for number in range(12)}
EACH = 430
"""Households in each of these villages: together enough for several processes."""


@pytest.fixture
def ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_ctrl_c_is_heard_and_the_second_ends_as_ever():
    heard = []
    with pytest.raises(KeyboardInterrupt), first_ctrl_c(lambda: heard.append("first")):
        signal.raise_signal(signal.SIGINT)
        heard.append("went on")
        signal.raise_signal(signal.SIGINT)
        heard.append("never")
    assert heard == ["first", "went on"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_after_the_listening_ctrl_c_ends_as_ever():
    with first_ctrl_c(lambda: None):
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_who_ignores_ctrl_c_goes_on_ignoring_it(ignored):
    heard = []
    with first_ctrl_c(lambda: heard.append("first")):
        signal.raise_signal(signal.SIGINT)
    assert heard == []
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_who_ignores_ctrl_c_ignores_it_while_processes_start(ignored):
    with ctrl_c_waits():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_in_another_thread_nothing_is_listened_for():
    ran = []

    def listen():
        with first_ctrl_c(lambda: None):
            ran.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert ran == [signal.default_int_handler]


# ---- the estimator


def test_a_fit_that_takes_its_time_ends_at_ctrl_c_with_the_best_answer_so_far():
    X = np.random.default_rng(0).normal(size=(300, 2)) * 500
    estimator = MicroGridClustering(time_limit=120, random_state=0)
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.warns(ConvergenceWarning, match="best answer so far"):
        estimator.fit(X)
    assert time.monotonic() - began < 60
    sizes = np.bincount(estimator.labels_)
    assert 10 <= sizes.min() <= sizes.max() <= 15
    assert np.isnan(estimator.lower_bound_)
    assert estimator.cost_ <= MicroGridClustering(effort="fast", random_state=0, bound=False).fit(X).cost_


# ---- the command, as a process at a terminal


class Planning:
    """`gridplan plan` at a terminal of its own."""

    def __init__(self, *arguments):
        self.terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gridplan.cli", "plan", *arguments],
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def read_until(self, text, seconds=180):
        """Read what the terminal shows until there is this text."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline and self.read(), self.seen[-500:]

    def read(self):
        """Read what there is at the terminal; return whether it is still open."""
        try:
            while select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace")
        except OSError:  # nobody holds the other end any more
            return False
        return True

    def ctrl_c(self):
        """Send what a terminal sends: a signal to all processes of the group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self):
        """Return the exit code, and what was said to whoever reads the output."""
        deadline = time.monotonic() + 180
        while self.read():
            assert time.monotonic() < deadline, self.seen[-500:]
        said, _ = self.process.communicate(timeout=180)
        return self.process.returncode, said.decode()


@pytest.fixture
def planning(tmp_path):
    """A plan of all villages with the most effort, of which at least one is cut and many are not."""
    households = write_households(tmp_path / "h.csv", *(homes(name, EACH, west) for name, west in TOGETHER.items()))
    villages = write_villages(tmp_path / "v.geojson", {name: square(west) for name, west in TOGETHER.items()})
    folder, options = str(tmp_path / "plan"), ("--effort", "best", "--workers", "2", "--lang", "en")
    planning = Planning(households, "--villages", villages, "-o", folder, *options)
    try:
        planning.read_until(say("cli.planning", "en", village=""))
        yield planning
    finally:
        planning.process.kill()
        planning.ended()
        os.close(planning.terminal)


@pytest.mark.long
def test_ctrl_c_while_villages_are_cut_writes_the_best_plan_so_far(planning, tmp_path):
    planning.ctrl_c()
    code, said = planning.ended()
    assert code == 0
    assert planning.seen.count(say("cli.finishing", "en")) == 1
    assert "Traceback" not in planning.seen
    plan = tmp_path / "plan" / "plan.gpkg"
    assert verify(plan) == ()
    assert sum(len(village.plan.households) for village in read_plan(plan).villages) == EACH * len(TOGETHER)
    report = json.loads((tmp_path / "plan" / "report.json").read_text(encoding="utf-8"))
    early = report["stopped_early"]
    assert 0 < len(early["less_effort"]) < len(TOGETHER)
    assert set(early["no_bound"]) == {one["village"] for one in report["villages"] if one["lower_bound_m"] is None}
    assert f"Cut with less effort: {len(early['less_effort'])} villages" in said
    assert report["gap"] is None
    assert report["other_counts"] == []


def test_a_second_ctrl_c_ends_at_once_and_writes_nothing(planning, tmp_path):
    planning.ctrl_c()
    planning.read_until(say("cli.finishing", "en"))
    planning.ctrl_c()
    began = time.monotonic()
    code, said = planning.ended()
    assert (code, said) == (130, "")
    assert say("cli.stopped", "en") in planning.seen
    assert "Traceback" not in planning.seen
    assert not (tmp_path / "plan").exists()
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < began + 30:  # whoever is still ending
            os.killpg(planning.process.pid, 0)
            time.sleep(0.05)
