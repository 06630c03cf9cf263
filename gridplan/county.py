"""Many villages at once: in turn, or on several processes. The answer is the same either way."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from gridplan.engine.cluster import Effort
from gridplan.engine.proximity import Floats, Ints
from gridplan.engine.solve import Solution, draw, solve

Progress = Callable[[str, int, int], None]
"""Called after each village with its name, the households done and the households in all."""

WORTH_A_PROCESS = 5_000
"""Households below which starting processes takes longer than the work."""


@dataclass(frozen=True)
class Task:
    """One village to solve: a name to seed and report by, positions (n, 2) and boundary in metres.

    With `grid` (n,) it has its grids already, and they are only drawn.
    """

    village: str
    xy: Floats
    boundary: BaseGeometry
    grid: Ints | None = None


@dataclass(frozen=True)
class Settings:
    """What holds for every village of a run."""

    least: int = 10
    most: int = 15
    target: float = 12
    contiguous: bool = True
    effort: Effort = "standard"
    seed: int = 0


def solve_villages(
    tasks: Sequence[Task], settings: Settings, *, workers: int, progress: Progress
) -> dict[str, Solution]:
    """Return the solution of every village by its name."""
    total, done = sum(len(task.xy) for task in tasks), 0
    solutions = {}
    for task, solution in _solved(tasks, settings, workers if total >= WORTH_A_PROCESS else 1):
        solutions[task.village] = solution
        done += len(task.xy)
        progress(task.village, done, total)
    return solutions


def _solved(tasks: Sequence[Task], settings: Settings, workers: int) -> Iterator[tuple[Task, Solution]]:
    largest_first = sorted(tasks, key=lambda task: -len(task.xy))
    if workers <= 1 or len(tasks) <= 1:
        for task in largest_first:
            yield task, _solve(task, settings)
        return
    with ProcessPoolExecutor(
        min(workers, len(tasks)),
        multiprocessing.get_context("spawn"),
        initializer=_end_on_ctrl_c,
    ) as pool:
        try:
            with _ctrl_c_waits():
                futures = [pool.submit(_solve, task, settings) for task in largest_first]
            for task, future in zip(largest_first, futures, strict=True):
                yield task, future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Hold a Ctrl-C back while processes start and let it through afterwards: none is lost, no traceback printed.

    Blocked signals stay blocked in the new processes, until they can end without a word. Here that is not enough, since
    threads of numerical libraries may take the signal, so its handler waits as well.
    """
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
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


def _end_on_ctrl_c() -> None:
    """Let a worker end without a word; it was started while Ctrl-C was held back."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _solve(task: Task, settings: Settings) -> Solution:
    if task.grid is not None:
        return draw(task.xy, task.boundary, task.grid)
    return solve(
        task.xy,
        task.boundary,
        least=settings.least,
        most=settings.most,
        target=settings.target,
        contiguous=settings.contiguous,
        effort=settings.effort,
        seed=zlib.crc32(task.village.encode(), settings.seed),
    )
