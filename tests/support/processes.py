"""Processes that tests start: each ends with its test; whoever outlives it is found by its environment, and ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Final

RUN: Final = "GRIDPLAN_TEST_RUN"
"""The variable that all processes of a run of tests have: the id of the one that began it."""
TEST: Final = "PYTEST_CURRENT_TEST"
"""Set by pytest to the test that is at work; what that test starts has it for good."""
GRACE_S: Final = 60.0
"""A child that is still loading its modules, on a busy machine, sees that its parent is gone only when it has them."""


def mark_run() -> None:
    """Let every process that this one starts be known, and Ctrl-C be pressed by tests in a run that ignores it.

    A run in the background of a script, or under nohup, ignores Ctrl-C, and so would all that its tests start.
    """
    os.environ.setdefault(RUN, str(os.getpid()))
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    with for_the_session():
        resource_tracker.ensure_running()  # multiprocessing has one until the end


@contextmanager
def for_the_session() -> Iterator[None]:
    """Start processes that outlive the test that happens to be the first to need them."""
    test = os.environ.pop(TEST, None)
    try:
        yield
    finally:
        if test is not None:
            os.environ[TEST] = test


def end_those_left(file: str = "", *, spare: Collection[int] = (), grace_s: float = GRACE_S) -> list[str]:
    """Kill the processes that tests, of one file or of all, have left; return which test left which command."""
    deadline = time.monotonic() + grace_s
    while left := {pid: what for pid, what in _started_by(file).items() if pid not in spare}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return list(left.values())


def _started_by(file: str) -> dict[int, str]:
    """Return the test and the command of every living process that was started by tests, where the system tells."""
    run, test, found = f"{RUN}={os.environ[RUN]}", f"{TEST}={file}", {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().decode(errors="replace").split("\0")
            command = (process / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:  # of somebody else, or gone
            continue
        if command and run in environment:
            for variable in environment:
                if variable.startswith(test):
                    found[int(process.name)] = f"{variable.removeprefix(TEST)[1:]} left {command.strip()[:200]}"
    return found
