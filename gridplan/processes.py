"""Processes that work for this one, and end with it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import ForkContext, ForkServerContext, SpawnContext
from typing import Any, Final, TypeVar

T = TypeVar("T")

PROCESSES: Final = multiprocessing.get_context("spawn")
"""How they are started: anew, with no thread and no lock of this one."""
COPIES: Final[ForkServerContext | SpawnContext] = (
    multiprocessing.get_context("forkserver")
    if "forkserver" in multiprocessing.get_all_start_methods()
    else multiprocessing.get_context("spawn")
)
"""How those are started that go on as long as this one: where the system makes copies, of one that has loaded all."""
COPIES_OF_THIS: Final[ForkContext | None] = multiprocessing.get_context("fork") if sys.platform == "linux" else None
"""How copies of this one are made, as long as it has begun no thread and neither opened nor locked anything."""
MOST_COPIES: Final = 4
WORTH_A_PROCESS: Final = 5_000
"""Households below which starting processes takes longer than the work."""


def usual_copies() -> int:
    """Return how many processes go on beside this one: one for each core, if there is more than one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_COPIES) if cores > 1 else 0


@contextmanager
def loading() -> Iterator[None]:
    """Let nobody look for garbage in what is being loaded, which takes a sixth of the time and finds none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def leave_ctrl_c() -> None:
    """Leave Ctrl-C to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def begin(pool: ProcessPoolExecutor, work: Callable[..., T], *arguments: object) -> Future[T]:
    """Begin work in a process of a pool, with the arguments as they are now: a pool alone would copy them later."""
    return pool.submit(_work, pickle.dumps((work, arguments)))


def _work(pickled: bytes) -> Any:
    work, arguments = pickle.loads(pickled)  # noqa: S301 (of `begin`)
    return work(*arguments)


@contextmanager
def process_pool(
    count: int, initializer: Callable[..., None] = leave_ctrl_c, *initargs: object
) -> Iterator[ProcessPoolExecutor]:
    """Yield so many processes.

    The initializer has to let them ignore Ctrl-C, so that whatever ends the work here ends them as well.
    """
    others = multiprocessing.active_children()
    with ProcessPoolExecutor(count, PROCESSES, initializer=initializer, initargs=initargs) as pool:
        try:
            yield pool
        except BaseException:
            for worker in multiprocessing.active_children():
                if worker not in others:
                    worker.terminate()
            raise
