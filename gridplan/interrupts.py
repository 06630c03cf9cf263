"""What Ctrl-C does: as a rule it ends the program, but it can be asked to wait, or to mean that enough was tried."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def first_ctrl_c(heard: Callable[[], object]) -> Iterator[None]:
    """Call `heard` at the first Ctrl-C, in place of KeyboardInterrupt; at the second all is as ever.

    Nothing changes where Ctrl-C does not raise KeyboardInterrupt: in other threads, or where it is ignored or caught.
    """
    usual = signal.default_int_handler
    if not _in_main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return

    def once(*_: object) -> None:
        signal.signal(signal.SIGINT, usual)
        heard()

    signal.signal(signal.SIGINT, once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Hold a Ctrl-C back while processes start and let it through afterwards: none is lost, no traceback printed.

    Blocked signals stay blocked in the new processes, until they can ignore them. Here that is not enough, since
    threads of numerical libraries may take the signal, so its handler waits as well. Where Ctrl-C is ignored, as under
    nohup, it stays ignored.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored or not hasattr(signal, "pthread_sigmask") or not _in_main_thread():
        yield
        return
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, handler)
    if heard:
        raise KeyboardInterrupt


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
