"""Processes that begin as copies of one that has loaded everything, which takes seconds.

In a run of several workers that one has also put every kernel to work; for a few tests this would take longer.

Jobs begin so in tests, and the workers of a plan where a test says so. Those of a service that is started by its
command, of a plan at a terminal, and those that tests of jobs and workers start, begin as the product lets them.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess

from processes import for_the_session


@cache
def load() -> None:
    """Let the process begin that is copied: it finds no modules but by its environment."""
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    COPIES.set_forkserver_preload(["loaded" if "PYTEST_XDIST_WORKER" in os.environ else "served"])
    try:
        with for_the_session():
            forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH") if path is None else os.environ.update(PYTHONPATH=path)


class Copy(ForkServerProcess):
    """A process that has the environment of whoever starts it, as one that is started anew has."""

    def start(self) -> None:
        load()
        self._environment = dict(os.environ)
        super().start()

    def run(self) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        super().run()


class Copies(ForkServerContext):
    """How copies are started."""

    Process = Copy


COPIES = Copies()
