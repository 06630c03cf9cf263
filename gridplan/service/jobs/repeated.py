"""What a service does again and again beside answering: in a thread of its own, as long as it answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gridplan.errors import GridplanError

log = logging.getLogger(__name__)


@contextmanager
def repeated(do: Callable[[], object], every_s: float, name: str) -> Iterator[None]:
    """Do something now and after every so many seconds; where it fails the log says so, and the next time comes."""
    closing = threading.Event()

    def work() -> None:
        while True:
            try:
                do()
            except GridplanError as problem:
                log.warning("%s waits: %s", name, problem)
            except Exception:
                log.exception("%s failed", name)
            if closing.wait(every_s):
                return

    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join(10)
