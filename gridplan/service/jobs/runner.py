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

from gridplan.errors import GridplanError, Unavailable, is_disk_full
from gridplan.service.jobs.control import Progress
from gridplan.store import Store
from gridplan.store.system import jobs
from gridplan.store.system.town_settings import read_settings
from gridplan.words import Message, use_titles

Run = Callable[[Store, Mapping[str, Any], Progress], Any]
POLL_S: Final = 0.2
"""How often a running job is polled, and at most how long cancelling it takes."""
RETRY_S: Final = 5
"""How long jobs wait where the database cannot be reached or has no room."""
PROCESSES: Final = multiprocessing.get_context("spawn")
"""How the process of a job is started: anew, with no thread and no lock of this one."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobKind:
    """A kind of job, as two functions.

    `run` gets the store, opened to read from in the process of the job, the request, and a function that reports
    progress; `save` gets the store of the service, the job and what `run` returned, and writes it in one transaction
    that finishes the job too (`finish_job`). `clear` is called once a job has ended, however it did.
    """

    run: Run
    save: Callable[[Store, RowMapping, Any, datetime], None]
    clear: Callable[[Store], None] | None = None


class Runner:
    """A thread that runs the jobs in the queue of a store."""

    def __init__(self, store: Store, kinds: Mapping[str, JobKind], clock: Callable[[], datetime]) -> None:
        self._store, self._kinds, self._clock = store, kinds, clock
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Run the jobs that wait."""
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
            try:
                with self._store.write() as connection:  # what ran when the service, or this, came to a sudden end
                    jobs.interrupt(connection, self._clock())
                self._run_all()
            except Unavailable as problem:
                log.warning("jobs wait: %s", problem)
                self._wait(RETRY_S)

    def _wait(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _run_all(self) -> None:
        """Run the jobs in the queue, and those that come, until the runner is closed."""
        while not self._closing:
            with self._store.write() as connection:
                job = jobs.claim_next(connection, self._clock())
            if job is None:
                self._wait(5)
            else:
                self._run(job)

    def _run(self, job: RowMapping) -> None:
        kind = self._kinds[job["kind"]]
        ours, theirs = PROCESSES.Pipe(duplex=False)
        arguments = (theirs, kind.run, self._store.data, self._store.named_url, dict(job["request"]))
        process = PROCESSES.Process(target=_in_its_process, args=arguments, name=f"job {job['id']}")
        process.start()
        theirs.close()
        try:
            outcome, value = self._listen(job["id"], ours)
        finally:
            _stop(process)
        error = Message("job.broke")
        if outcome == "done":
            try:
                kind.save(self._store, job, value, self._clock())
            except Exception as problem:
                error = _refusal(problem) or error
                if error.code == "job.broke":
                    log.exception("job %s could not be saved", job["id"])
        elif outcome == "refused":
            error = value
        elif outcome == "broke":
            log.error("job %s broke:\n%s", job["id"], value)
        with self._store.write() as connection:  # a job that has ended stays as it is
            jobs.end(connection, job["id"], "failed", now=self._clock(), error=error)
        if kind.clear:
            kind.clear(self._store)

    def _listen(self, job_id: int, ours: Connection) -> tuple[str, Any]:
        """Record the progress of a job until it ends or is cancelled; return how it ended, and its result or error."""
        while True:
            with self._store.read() as connection:
                cancelled = jobs.by_id(connection, job_id)["state"] != "running"
            if cancelled or self._closing:
                return "stopped", None
            if not ours.poll(POLL_S):
                continue
            try:
                outcome, value = ours.recv()
            except EOFError:
                return "broke", "it ended without a result"
            if outcome != "progress":
                return outcome, value
            with self._store.write() as connection:
                jobs.advance(connection, job_id, value)


def _in_its_process(pipe: Connection, run: Run, data: Path, url: str | URL | None, request: Mapping[str, Any]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # so that whatever it starts can be stopped with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        store = Store(data, url)
        with store.read() as connection:
            use_titles(read_settings(connection).titles)
        pipe.send(("done", run(store, request, lambda progress: pipe.send(("progress", dict(progress))))))
    except Exception as error:
        import traceback

        refusal = _refusal(error)
        pipe.send(("refused", refusal) if refusal else ("broke", traceback.format_exc()))


def _refusal(error: Exception) -> Message | None:
    """Return why a job could not be done, if that is for its maker to know and not a fault of ours."""
    if isinstance(error, OSError) and is_disk_full(error):
        return Message("store.full")
    return error.message if isinstance(error, GridplanError) else None


def _stop(process: Any) -> None:
    """End a process and whatever it started, if it has not ended."""
    process.join(2 * POLL_S)
    if hasattr(os, "killpg") and process.pid:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
