"""Many villages at once: the same answer in turn and on processes, told village by village."""

import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import shapely
from copies import COPIES

from gridplan import processes
from gridplan.engine.village import VillageData
from gridplan.planning.county import EarlyStop, PlanSettings, Task, solve_villages, team_of

pytestmark = pytest.mark.slow

SETTINGS = PlanSettings(effort="fast", seed=7)
SIZES = {"柳村": 62, "桥村": 105, "小村": 17, "东湾村": 48}


def task(name, count):
    xy = np.random.default_rng(count).uniform(20, 780, (count, 2)).round(4)
    return Task(name, VillageData(xy, shapely.box(0, 0, 800, 800)))


TASKS = [task(name, count) for name, count in SIZES.items()]


def solved(tasks=TASKS, settings=SETTINGS, workers=1, progress=lambda *_: None):
    with team_of(workers, list(SIZES.values())) as team:
        return solve_villages(tasks, settings, team, progress=progress).drawn


@pytest.fixture(scope="module")
def in_turn():
    return solved()


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name in one:
        for part in ("grid", "walk", "connected", "outside"):
            np.testing.assert_array_equal(getattr(one[name], part), getattr(other[name], part), f"{name} {part}")
        assert shapely.to_wkb(one[name].outline).tolist() == shapely.to_wkb(other[name].outline).tolist()


def test_every_village_is_solved_within_the_bounds_that_can_hold(in_turn):
    sizes = {name: np.bincount(solution.grid).tolist() for name, solution in in_turn.items()}
    assert {name: sum(grids) for name, grids in sizes.items()} == SIZES
    assert sizes.pop("小村") == [17]
    assert all(10 <= size <= 15 for grids in sizes.values() for size in grids)


def test_processes_give_the_same_plan_and_the_same_progress(in_turn, monkeypatch):
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1)
    steps, steps_in_turn = [], []
    on_processes = solved(workers=2, progress=lambda *step: steps.append(step))
    assert_same(on_processes, in_turn)
    solved(progress=lambda *step: steps_in_turn.append(step))
    assert steps == steps_in_turn


def test_progress_counts_households_twice_as_they_are_cut_and_then_drawn():
    steps = []
    solved(progress=lambda *step: steps.append(step))
    assert [name for name, _, _ in steps] == [*dict.fromkeys(name for name, _, _ in steps)] * 2
    assert {name for name, _, _ in steps} == SIZES.keys()
    assert [done for _, done, _ in steps] == np.cumsum([SIZES[name] for name, _, _ in steps]).tolist()
    assert {total for _, _, total in steps} == {2 * sum(SIZES.values())}
    assert steps[-1][1] == steps[-1][2]


def test_the_order_of_the_villages_does_not_matter(in_turn):
    assert_same(solved(TASKS[::-1]), in_turn)


def test_a_village_is_planned_alike_under_any_name(in_turn):
    assert_same(solved([replace(TASKS[0], village="新村")]), {"新村": in_turn["柳村"]})


def test_a_village_is_planned_alike_whatever_stands_beside_it(in_turn):
    assert_same(solved(TASKS[:1]), {"柳村": in_turn["柳村"]})


def test_another_seed_makes_another_search(in_turn):
    other = solved([TASKS[1]], PlanSettings(effort="fast", seed=8))["桥村"]
    assert other.grid.tolist() != in_turn["桥村"].grid.tolist()


def stopped_after(villages, settings, **more):
    """Solve, and want to stop once so many villages are cut."""
    stops, done = [], []

    @contextmanager
    def listener(stop):
        stops.append(stop)
        if not villages:
            stop()
        yield

    def progress(village, *_):
        done.append(village)
        if len(done) == villages:
            stops[0]()

    with team_of(2, list(SIZES.values())) as team:
        return solve_villages(TASKS, settings, team, progress=progress, listener=listener, **more)


@pytest.mark.parametrize("on_processes", [False, True])
def test_a_stop_while_villages_are_cut_leaves_the_rest_to_a_fast_search(in_turn, monkeypatch, on_processes):
    monkeypatch.setattr(processes, "WORTH_A_PROCESS", 1 if on_processes else 10**6)
    monkeypatch.setattr(processes, "PROCESSES", COPIES)
    stopped = stopped_after(0, replace(SETTINGS, effort="best"))
    assert_same(stopped.drawn, in_turn)
    assert stopped.early == EarlyStop(("东湾村", "柳村", "桥村"), ("东湾村", "小村", "柳村", "桥村"))
    assert all(cut.other_counts == () for cut in stopped.cuts.values())


def test_what_was_done_before_a_stop_is_kept():
    stopped = stopped_after(1, replace(SETTINGS, effort="standard"))
    assert stopped.early == EarlyStop(("东湾村", "柳村"), ("东湾村", "小村", "柳村"))
    assert_same({"桥村": stopped.drawn["桥村"]}, solved([TASKS[1]], replace(SETTINGS, effort="standard")))


def test_a_stop_leaves_nothing_of_a_fast_search_out_but_its_bounds():
    assert stopped_after(0, SETTINGS).early.less_effort == ()
    assert stopped_after(4, SETTINGS).early == EarlyStop((), ())


def test_whatever_ends_the_work_ends_the_worker_processes(monkeypatch):
    monkeypatch.setattr(processes, "PROCESSES", COPIES)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), team_of(2, [5_000] * 3) as team:
        team.spread(time.sleep, [300.0] * 3)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 200


def test_without_a_stop_nothing_is_said_of_one():
    with team_of(1, []) as team:
        assert solve_villages(TASKS, SETTINGS, team, progress=lambda *_: None).early is None


def test_no_villages_are_no_solutions():
    assert solved([]) == {}
