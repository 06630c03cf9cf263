"""Group commit: what several threads want to write at one moment is written in one transaction.

One transaction after the other can be written, and each takes the time of a disk and of a dozen statements; the more
threads wait, the more of them share the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from gridplan.errors import GridplanError, Unavailable

Call = TypeVar("Call")
Result = TypeVar("Result")


class GroupCommit(Generic[Call, Result]):
    """Calls of several threads, each of which waits for its own result; those that wait at one moment are one group."""

    def __init__(self, do: Callable[[Sequence[Call]], Sequence[Result]]) -> None:
        self._do, self._turn, self._lock = do, threading.Lock(), threading.Lock()
        self._waiting: list[tuple[Call, Future[Result]]] = []

    def __call__(self, call: Call) -> Result:
        """Return the result of a call, or raise what it alone raises."""
        result: Future[Result] = Future()
        with self._lock:
            self._waiting.append((call, result))
        with self._turn:
            if not result.done():  # nobody who had the turn before has done it
                with self._lock:
                    group, self._waiting = self._waiting, []
                self._settle(group)
        return result.result()

    def _settle(self, group: Sequence[tuple[Call, Future[Result]]]) -> None:
        try:
            results = self._do([call for call, _ in group])
        except BaseException as problem:
            if len(group) > 1 and isinstance(problem, GridplanError) and not isinstance(problem, Unavailable):
                for one in group:  # one of them is refused; nothing of the others was kept either
                    self._settle([one])
                return
            for _, result in group:
                result.set_exception(problem)
        else:
            for (_, result), of_call in zip(group, results, strict=True):
                result.set_result(of_call)
