"""Runs jobs one after the other, each in a process of its own that can be stopped at any time.

The process reads and calculates; it never writes to the database. What it sends back is written here, by the service,
in one transaction: a job that is stopped or breaks leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, RowMapping

from gridplan.errors import GridplanError
from gridplan.store import Store
from gridplan.store.system import jobs
from gridplan.words import Message

Progress = Callable[[Mapping[str, Any]], None]
LOOK_S: Final = 0.2
"""How often a running job is looked at, and at most how long a stop takes."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """What a kind of job does.

    `run` gets the store, opened to read from in the process of the job, the request, and a function that says how far
    it is; `keep` gets the store of the service, the job and what `run` returned, writes it, and returns what the page
    needs to know of it.
    """

    run: Callable[[Store, Mapping[str, Any], Progress], Any]
    keep: Callable[[Store, RowMapping, Any, datetime], Mapping[str, Any]]


class Runner:
    """A thread that takes jobs from the queue of a store."""

    def __init__(self, store: Store, kinds: Mapping[str, Work], clock: Callable[[], datetime]) -> None:
        self._store, self._kinds, self._clock = store, kinds, clock
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        with store.write() as connection:
            jobs.interrupt(connection, clock())

    def start(self) -> None:
        """Begin with the jobs that wait."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is a new job."""
        self._wake.set()

    def close(self) -> None:
        """Stop the job that is running and take no other."""
        self._closing = True
        self._wake.set()
        self._thread.join(10)

    def _work(self) -> None:
        while not self._closing:
            with self._store.write() as connection:
                job = jobs.take(connection, self._clock())
            if job is None:
                self._wake.wait(5)
                self._wake.clear()
            else:
                self._run(job)

    def _run(self, job: RowMapping) -> None:
        work = self._kinds[job["kind"]]
        result: Mapping[str, Any] | None
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        arguments = (theirs, work.run, self._store.folder, self._store.url, dict(job["request"]))
        process = context.Process(target=_in_its_process, args=arguments, name=f"job {job['id']}")
        process.start()
        theirs.close()
        kind, said = self._listen(job["id"], ours)
        _stop(process)
        state, result = "failed", None
        error: Message | None = Message("job.broke")
        if kind == "done":
            try:
                result = work.keep(self._store, job, said, self._clock())
                state, error = "done", None
            except GridplanError as problem:
                error = problem.message
            except Exception:
                log.exception("job %s could not be kept", job["id"])
        elif kind == "refused":
            error = said
        elif kind == "broke":
            log.error("job %s broke:\n%s", job["id"], said)
        with self._store.write() as connection:
            jobs.end(connection, job["id"], state, now=self._clock(), result=result, error=error)

    def _listen(self, job_id: int, ours: Connection) -> tuple[str, Any]:
        """Write down how far a job is until it ends, or is cancelled; return how it ended and what it said last."""
        while True:
            with self._store.read() as connection:
                cancelled = jobs.by_id(connection, job_id)["state"] != "running"
            if cancelled or self._closing:
                return "stopped", None
            if not ours.poll(LOOK_S):
                continue
            try:
                kind, said = ours.recv()
            except EOFError:
                return "broke", "it ended without a word"
            if kind != "progress":
                return kind, said
            with self._store.write() as connection:
                jobs.advance(connection, job_id, said)


def _in_its_process(
    pipe: Connection,
    run: Callable[[Store, Mapping[str, Any], Progress], Any],
    folder: Path,
    url: URL,
    request: Mapping[str, Any],
) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # so that whatever it starts can be stopped with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        store = Store(folder, url)
        pipe.send(("done", run(store, request, lambda progress: pipe.send(("progress", dict(progress))))))
    except GridplanError as error:
        pipe.send(("refused", error.message))
    except Exception:
        import traceback

        pipe.send(("broke", traceback.format_exc()))


def _stop(process: Any) -> None:
    """End a process and whatever it started, if it has not ended."""
    process.join(2 * LOOK_S)
    if hasattr(os, "killpg") and process.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
