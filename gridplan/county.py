"""Many villages at once: in turn, or on several processes. The answer is the same either way."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from shapely.geometry.base import BaseGeometry

from gridplan.engine.barriers import Barriers
from gridplan.engine.effort import Effort, HamletRule
from gridplan.engine.proximity import Floats, Ints
from gridplan.engine.solve import Cut, Drawn, draw, solve
from gridplan.engine.warm import warm

Progress = Callable[[str, int, int], None]
"""Called after each step of a village with its name, how much is done and how much there is to do, in households."""

WORTH_A_PROCESS = 5_000
"""Households below which starting processes takes longer than the work."""
ROLL_CALL_S = 0.02


@dataclass(frozen=True)
class Task:
    """One village: a name to seed and report by, positions (n, 2) and boundary in metres.

    With `grid` (n,) it has its grids already, and they are only drawn.
    """

    village: str
    xy: Floats
    boundary: BaseGeometry
    grid: Ints | None = None
    made: bool = False
    """Whether these grids were made here."""
    barriers: Barriers | None = None
    hamlet: Ints | None = None
    """(n,) the hamlet of each household, or NO_HAMLET; None where that makes no difference."""
    grids: int | None = None
    """How many grids it is to have; None where the settings say."""

    @property
    def settled(self) -> Ints:
        """The grids (n,) that it has."""
        if self.grid is None:
            raise ValueError(f"{self.village} has not been cut yet")
        return self.grid


@dataclass(frozen=True)
class Settings:
    """What holds for every village of a run."""

    least: int = 10
    most: int = 15
    target: float = 12
    contiguous: bool = True
    effort: Effort = "standard"
    bound: bool = True
    time_limit: float | None = None
    """Seconds for all villages together; None for none."""
    seed: int = 0
    hamlets: HamletRule = "prefer"
    grids: int | None = None
    """How many grids all villages are to have together; None for as many as the target or the price makes."""
    from_members: bool = False
    """Whether every village is to have as many grids as it has members who can lead one."""
    price: float | None = None
    """Metres of walk that a grid is to be worth; None for as many grids as the target makes."""


@dataclass(frozen=True)
class County:
    """What came of the villages, by name, and how long the cutting took."""

    cuts: Mapping[str, Cut]
    drawn: Mapping[str, Drawn]
    seconds: float


def solve_villages(tasks: Sequence[Task], settings: Settings, *, workers: int, progress: Progress) -> County:
    """Cut every village that has no grids yet, then draw all of them."""
    total = sum(len(task.xy) for task in tasks)
    with _spread(min(workers, len(tasks)) if total >= WORTH_A_PROCESS else 1) as spread:
        started = time.perf_counter()
        open_tasks = _largest_first(task for task in tasks if task.grid is None)
        cuts: dict[str, Cut] = {}
        for task, cut in zip(open_tasks, spread(partial(_cut, settings, total), open_tasks), strict=True):
            cuts[task.village] = cut
            progress(task.village, sum(len(cut.grid) for cut in cuts.values()), 2 * total)
        seconds = time.perf_counter() - started
        cut_tasks = _largest_first(
            task if task.grid is not None else replace(task, grid=cuts[task.village].grid, made=True) for task in tasks
        )
        drawn: dict[str, Drawn] = {}
        for task, drawing in zip(cut_tasks, spread(_draw, cut_tasks), strict=True):
            drawn[task.village] = drawing
            progress(task.village, total + sum(len(drawing.grid) for drawing in drawn.values()), 2 * total)
    return County(cuts, drawn, seconds)


def _largest_first(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: -len(task.xy))


def _cut(settings: Settings, households: int, task: Task) -> Cut:
    share = len(task.xy) / households
    return solve(
        task.xy,
        task.boundary,
        least=settings.least,
        most=settings.most,
        target=settings.target,
        grids=task.grids,
        price=settings.price,
        contiguous=settings.contiguous,
        effort=settings.effort,
        bound=settings.bound,
        seconds=None if settings.time_limit is None else settings.time_limit * share,
        seed=zlib.crc32(task.village.encode(), settings.seed),
        barriers=task.barriers,
        hamlet=task.hamlet,
        hamlets=settings.hamlets,
    )


def _draw(task: Task) -> Drawn:
    return draw(task.xy, task.boundary, task.settled, made=task.made, barriers=task.barriers)


Spread = Callable[[Callable[[Task], Any], Sequence[Task]], Iterator[Any]]
"""Like map: calls a function for every task, and yields what it returns in the order of the tasks."""


@contextmanager
def _spread(workers: int) -> Iterator[Spread]:
    """Yield a map over so many processes, all of them ready to work; with one worker it is the ordinary map."""
    if workers <= 1:
        yield map
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_get_ready) as pool:
        try:
            with _ctrl_c_waits():
                calls = [pool.submit(_here) for _ in range(workers)]
            while len({call.result() for call in calls}) < workers:
                calls += [pool.submit(_here) for _ in range(workers)]
            yield pool.map
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


def _get_ready() -> None:
    """Let a worker end without a word at Ctrl-C, which was held back while it started, and load what it will need."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    warm()


def _here() -> int:
    """Return which worker is ready, leaving the others a moment to say so too."""
    time.sleep(ROLL_CALL_S)
    return os.getpid()
