"""Processes that answer pages which are read often, each one page at a time; whatever changes something is not theirs.

Python runs one thread of a process at a time, so more cores need more processes. Each has the same application over the
same database, opened to read from only. That a session is used the process of the service notes. Where one of the
others would have to write something else, has died or does not answer, it answers the page itself.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from io import BytesIO
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any, Final

from flask import Flask
from werkzeug.test import run_wsgi_app

from gridplan.errors import GridplanError, Unavailable
from gridplan.processes import COPIES, COPIES_OF_THIS
from gridplan.store import Store
from gridplan.store.database import OnlyReads
from gridplan_web import auth, policy

log = logging.getLogger(__name__)
AGAIN_S, LONGEST_S = 0.5, 60.0
"""After which time there is another one where one died; where one after the other does not come to answer, later."""
ANSWER_S: Final = 60.0
"""Within which one answers, or is ended."""
NICE: Final = 5
"""By how much they stand back where cores are short: what is saved goes first, and a service that starts again."""
LOADED_AHEAD: Final = "gridplan_web.serving.loaded_ahead"
Answer = tuple[str, list[tuple[str, str]], bytes, list[tuple[int, datetime]]]
"""The status, the headers and the body of an answer, and the sessions of which use is to be noted, and when it was."""
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class PageProcess:
    """A process that answers pages, once it is told of what.

    A copy of this process has the ends of pipes that this one has, which it closes: its own, and those of `others`.
    """

    def __init__(self, copies: BaseContext, others: Sequence[PageProcess] = ()) -> None:
        if copies is COPIES:
            COPIES.set_forkserver_preload([LOADED_AHEAD])
        self.pipe, theirs = copies.Pipe()
        not_theirs = () if copies is COPIES else (self.pipe, *(one.pipe for one in others))
        self._process = copies.Process(target=_answer_pages, args=(theirs, not_theirs), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        theirs.close()
        self.pid = self._process.pid

    def begin(self, make_app: Callable[[Store], Flask], open_store: Callable[[], Store], answer_s: float) -> None:
        """Let it answer pages of an application over a store, each within some seconds."""
        self._answer_s = answer_s
        with suppress(OSError):  # it has died already
            self.pipe.send((make_app, open_store))

    def is_ready(self) -> bool:
        """Return, once it can be known, whether it has come so far that it answers."""
        with suppress(EOFError, OSError):
            return bool(self.pipe.recv())
        return False

    def ask(self, environ: dict[str, Any]) -> Answer | None:
        """Return what it answers to a request; None where it cannot.

        Raises
        ------
        EOFError, OSError
            It has died, or was ended since it did not answer.
        """
        self.pipe.send(environ)
        if not self.pipe.poll(self._answer_s):
            self._process.kill()
        answer: Answer | None = self.pipe.recv()
        return answer

    def end(self) -> None:
        """End it, whatever it is doing; it only reads."""
        self._process.kill()

    def wait(self) -> int | None:
        """Wait until it has ended, and return its exit code."""
        self._process.join()
        return self._process.exitcode


@contextmanager
def early_page_processes(count: int) -> Iterator[list[PageProcess]]:
    """Yield so many processes that have loaded what this one has, to be taken; none where the system makes no copies.

    They are made before this one has begun a thread and opened or locked anything. What is not taken ends.
    """
    early: list[PageProcess] = []
    if COPIES_OF_THIS is not None:
        for _ in range(count):
            early.append(PageProcess(COPIES_OF_THIS, early))
    try:
        yield early
    finally:
        for process in early:
            process.end()
            process.wait()


class PageProcesses:
    """An application whose pages that are read often are answered by so many processes, as soon as they are ready.

    Those that are there early go first.
    """

    def __init__(
        self,
        app: Flask,
        count: int,
        make_app: Callable[[Store], Flask],
        open_store: Callable[[], Store],
        *,
        answer_s: float = ANSWER_S,
        early: list[PageProcess] | None = None,
    ) -> None:
        self._app = app
        self._answers_itself: WsgiApp = app.wsgi_app
        self._of, self._early = (make_app, open_store, answer_s), early or []
        self._changed, self._closing = threading.Condition(), threading.Event()
        self._living: set[PageProcess] = set()
        self.ready: set[PageProcess] = set()
        self._idle: list[PageProcess] = []
        """Of those that are idle the same one goes first for the same browser: it knows what was asked for before."""
        self._keepers = [threading.Thread(target=self._keep, name="page process", daemon=True) for _ in range(count)]

    def __enter__(self) -> PageProcesses:
        """Start the processes, which takes them some seconds, and let them answer."""
        self._app.wsgi_app = self  # type: ignore[method-assign]  # as Flask has it
        for keeper in self._keepers:
            keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; what they had not answered the application answers."""
        with self._changed:
            self._closing.set()
            for process in self._living:
                process.end()
        for keeper in self._keepers:
            keeper.join()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        answer = None
        store: Store = self._app.extensions["store"]
        if not store.is_superseded and policy.is_read_often(self._app, environ["REQUEST_METHOD"], environ["PATH_INFO"]):
            answer = self._ask(environ)
        if answer is None:
            own: Iterable[bytes] = self._answers_itself(environ, start_response)
            return own
        status, headers, body, used = answer
        start_response(status, headers)
        for one in used:
            self._app.extensions["session_use"].note(*one)
        return [body]

    def _ask(self, environ: dict[str, Any]) -> Answer | None:
        with self._changed:
            self._changed.wait_for(lambda: self._idle or not self.ready)
            if not self._idle:
                return None
            process = max(self._idle, key=lambda one: hash((one.pid, environ.get("HTTP_COOKIE"))))
            self._idle.remove(process)
        try:
            answer = process.ask({name: value for name, value in environ.items() if isinstance(value, str)})
        except (EOFError, OSError):
            self._forget(process)  # its keeper starts another one
            return None
        with self._changed:
            if process in self.ready:
                self._idle.append(process)
                self._changed.notify()
        return answer

    def _forget(self, process: PageProcess) -> None:
        """Let nobody ask a process any more, nor wait for it."""
        with self._changed:
            self.ready.discard(process)
            if process in self._idle:
                self._idle.remove(process)
            self._changed.notify_all()

    def _keep(self) -> None:
        """Have a process until the service ends: when it dies, the next one."""
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is not for the processes, from the start
        wait_s = 0.0
        while not self._closing.wait(wait_s):
            try:
                was_ready = self._have_one()
            except OSError as problem:  # the system has none to give
                log.warning("no process that answers pages: %s", problem)
                was_ready = False
            wait_s = AGAIN_S if was_ready else min(max(AGAIN_S, 2 * wait_s), LONGEST_S)

    def _have_one(self) -> bool:
        """Have a process until it ends, and return whether it came so far that it answered."""
        with self._changed:
            if self._closing.is_set():
                return False
            process = self._early.pop() if self._early else PageProcess(COPIES)
            self._living.add(process)
        process.begin(*self._of)
        is_ready = process.is_ready()
        if is_ready:
            with self._changed:
                self.ready.add(process)
                self._idle.append(process)
                self._changed.notify()
        code = process.wait()
        self._forget(process)
        with self._changed:
            self._living.discard(process)
        if not self._closing.is_set():
            log.warning("a process that answers pages has ended with %s; another one is started", code)
        return is_ready


# ---- in the process


def _answer_pages(pipe: Connection, not_its: Iterable[Connection]) -> None:
    """Answer one request after the other, until the service has ended and with it the other end of the pipe."""
    for other in not_its:
        other.close()
    for told in (signal.SIGINT, signal.SIGTERM):  # the service ends it, also where the system tells all of them to end
        signal.signal(told, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(EOFError, OSError):
        make_app, open_store = pipe.recv()
        try:
            app = make_app(open_store())
        except GridplanError as problem:  # the database is away
            log.warning("no process that answers pages: %s", problem)
            return
        gc.freeze()  # what is loaded stays: no collection looks through it again
        pipe.send(True)
        while True:
            pipe.send(_answer(app, pipe.recv()))


def _answer(app: Flask, environ: dict[str, Any]) -> Answer | None:
    """Return the answer to a request without a body; None where it would change something or the database is away."""
    environ |= {
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    used: list[tuple[int, datetime]] = []
    environ[auth.USED] = lambda *one: used.append(one)
    store: Store = app.extensions["store"]
    try:
        with store.one_state():
            parts, status, headers = run_wsgi_app(app, environ, buffered=True)
    except (OnlyReads, Unavailable):
        return None
    return status, headers.to_wsgi_list(), b"".join(parts), used
