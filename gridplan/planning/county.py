"""Many villages at once: in turn, or on several processes. The answer is the same either way."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, Protocol

from gridplan import processes
from gridplan.engine.ground.boundary import Spread
from gridplan.engine.model.proximity import Ints
from gridplan.engine.model.settings import Settings, Stop
from gridplan.engine.solve import Cut, Drawing, draw, solve
from gridplan.engine.village import VillageData
from gridplan.engine.warm import warm_villages
from gridplan.interrupts import ctrl_c_waits
from gridplan.model import FAR

Progress = Callable[[str, int, int], None]
"""Called after each step of a village with its name, how much is done and how much there is to do, in households."""

Listener = Callable[[Callable[[], None]], AbstractContextManager[object]]
"""A context entered while villages are cut, with the function that stops the search with the best plan so far."""

ROLL_CALL_S = 0.02


@dataclass(frozen=True)
class Task:
    """One village: a name to report by, and its data.

    With `grid` (n,) it has its grids already, and they are only drawn.
    """

    village: str
    data: VillageData
    grid: Ints | None = None
    kept: bool = True
    """Whether these are grids that the town had."""
    grids: int | None = None
    """How many grids it is to have; None where the price or the target says."""


@dataclass(frozen=True)
class PlanSettings(Settings):
    """Settings for all villages of a town: a number of grids, or seconds, are for all of them together."""

    seed: int = 0
    far: float = FAR
    """Metres from the centre of its grid beyond which a household is named."""
    from_members: bool = False
    """Whether every village is to have as many grids as it has members who can lead one."""


@dataclass(frozen=True)
class EarlyStop:
    """What was left out because of a stop: names of villages, sorted."""

    less_effort: tuple[str, ...]
    """Where less was tried than the effort says."""
    no_bound: tuple[str, ...]
    """Where nothing proves how far from the best possible the grids are at most."""


@dataclass(frozen=True)
class SolvedVillages:
    """The cuts and drawings of villages, by name, and how long the cutting took."""

    cuts: Mapping[str, Cut]
    drawn: Mapping[str, Drawing]
    seconds: float
    early: EarlyStop | None
    """What was left out; None where the listener did not want to stop."""


class Finished(Protocol):
    """Where villages that are finished are kept, so that another run need not do them again."""

    def cut(self, village: str) -> Cut | None:
        """Return the cut of a village that is kept."""

    def keep_cut(self, village: str, cut: Cut) -> None:
        """Keep the cut of a village."""

    def drawing(self, village: str) -> Drawing | None:
        """Return the drawing of a village that is kept."""

    def keep_drawing(self, village: str, drawing: Drawing) -> None:
        """Keep the drawing of a village."""


def solve_villages(
    tasks: Sequence[Task],
    settings: PlanSettings,
    team: Team,
    *,
    progress: Progress,
    listener: Listener = nullcontext,
    finished: Finished | None = None,
) -> SolvedVillages:
    """Cut every village that has no grids yet, then draw all of them, but those that are `finished`.

    Once the `listener` has called what it was given, what has not begun is left out or done by a fast search.
    """
    total = sum(len(task.data.xy) for task in tasks)
    started = time.perf_counter()
    to_cut = [task for task in tasks if task.grid is None]
    cuts = {task.village: cut for task in to_cut if finished and (cut := finished.cut(task.village))}
    open_tasks = _largest_first(task for task in to_cut if task.village not in cuts)
    with listener(team.stop.set):
        cutting = team.spread(partial(_cut, settings, total, team.should_stop), open_tasks)
        for task, cut in zip(open_tasks, cutting, strict=True):
            cuts[task.village] = cut
            if finished and not team.stop.is_set():
                finished.keep_cut(task.village, cut)
            progress(task.village, sum(len(cut.grid) for cut in cuts.values()), 2 * total)
    seconds = time.perf_counter() - started
    cut_tasks = _largest_first(
        task if task.grid is not None else replace(task, grid=cuts[task.village].grid, kept=False) for task in tasks
    )
    drawn = {}
    if finished and not team.stop.is_set():
        drawn = {task.village: of for task in cut_tasks if (of := finished.drawing(task.village))}
    open_tasks = [task for task in cut_tasks if task.village not in drawn]
    for task, drawing in zip(open_tasks, team.spread(_draw, open_tasks), strict=True):
        drawn[task.village] = drawing
        if finished and not team.stop.is_set():
            finished.keep_drawing(task.village, drawing)
        progress(task.village, total + sum(len(drawing.grid) for drawing in drawn.values()), 2 * total)
    early = EarlyStop(
        tuple(name for name in sorted(cuts) if cuts[name].stopped_early),
        tuple(name for name in sorted(cuts) if cuts[name].lower_bound is None),
    )
    return SolvedVillages(cuts, drawn, seconds, early if team.stop.is_set() else None)


def _largest_first(tasks: Iterable[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: -len(task.data.xy))


def _cut(settings: PlanSettings, households: int, stop: Stop, task: Task) -> Cut:
    share = len(task.data.xy) / households
    seconds = None if settings.time_limit is None else settings.time_limit * share
    return solve(task.data, replace(settings, grids=task.grids, time_limit=seconds), seed=settings.seed, stop=stop)


def _draw(task: Task) -> Drawing:
    if task.grid is None:
        raise ValueError(f"{task.village} has not been cut yet")
    return draw(task.data, task.grid, kept=task.kept)


class StopEvent(Protocol):
    """Set once the search has to stop, on processes, threads or a cluster."""

    def set(self) -> None:
        """Stop the search."""

    def is_set(self) -> bool:
        """Return whether it has to stop."""


class Team(NamedTuple):
    """Processes that work on villages, and how they are stopped."""

    spread: Spread
    stop: StopEvent
    should_stop: Stop
    """Says whether the event is set, in the process that calls it."""


@contextmanager
def team_of(workers: int, households: Sequence[int]) -> Iterator[Team]:
    """Yield so many processes, all of them ready to work; this one where villages of so many households need no more.

    They ignore Ctrl-C, so whatever ends the work here ends them as well.
    """
    workers = min(workers, len(households)) if sum(households) >= processes.WORTH_A_PROCESS else 1
    if workers <= 1:
        stop = threading.Event()
        yield Team(map, stop, stop.is_set)
        return
    stopping = processes.PROCESSES.Event()
    with processes.process_pool(workers, _start_worker, stopping) as pool:
        with ctrl_c_waits():
            calls = [pool.submit(_worker_id) for _ in range(workers)]
        while len({call.result() for call in calls}) < workers:
            calls += [pool.submit(_worker_id) for _ in range(workers)]
        yield Team(partial(_in_order, pool), stopping, _should_stop)


def _in_order(pool: ProcessPoolExecutor, function: Callable[[Any], Any], work: Iterable[Any]) -> Iterator[Any]:
    """Map like the pool's own, which cancels calls when it ends early; a broken pool fails on cancelled calls."""
    calls = [pool.submit(function, one) for one in work]
    return (call.result() for call in calls)


_stop_event: StopEvent = threading.Event()
"""In a worker process: set once the search has to stop."""


def _start_worker(stop: StopEvent) -> None:
    """Give a worker its stop event, leave Ctrl-C to the process that started it, and load the kernels."""
    global _stop_event
    _stop_event = stop
    processes.leave_ctrl_c()
    warm_villages()
    gc.freeze()  # what is loaded stays: no collection looks through it again


def _should_stop() -> bool:
    return _stop_event.is_set()


def _worker_id() -> int:
    """Return the worker that is ready, after a moment in which others can take a call too."""
    time.sleep(ROLL_CALL_S)
    return os.getpid()
