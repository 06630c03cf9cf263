"""One at a time: what takes much memory waits for the one before it, or is told to come again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gridplan.errors import Busy


class Turns:
    """One turn at a time; a few wait for theirs a while, so that not every thread of a service stands in the line."""

    def __init__(self, code: str, *, waiting: int, seconds: float) -> None:
        """Let so many wait for so many seconds; `code` is the sentence for the others."""
        self._code, self._seconds = code, seconds
        self._places = threading.BoundedSemaphore(1 + waiting)
        self._turn = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it.

        Raises
        ------
        Busy
            Too many wait already, or the one before took too long.
        """
        if not self._places.acquire(blocking=False):
            raise self._busy()
        try:
            if not self._turn.acquire(timeout=self._seconds):
                raise self._busy()
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def _busy(self) -> Busy:
        return Busy(self._code, seconds=max(1, int(self._seconds)))
