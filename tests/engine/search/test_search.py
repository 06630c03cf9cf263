"""The search: bounds from every start, what is put together is never worse, the same seed gives the same answer."""

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan import MicroGridClustering
from gridplan.engine.model.measure import appraise
from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Graph, Locations, adjacency
from gridplan.engine.search.bisection import recut
from gridplan.engine.search.medoids import _systematic
from gridplan.engine.search.mend import mend_sizes
from gridplan.engine.search.recombine import UnsolvedError, grids_of, pool_of, recombine
from gridplan.engine.search.search import search


def hamlets(n, seed):
    rng = np.random.default_rng(seed)
    centre = rng.uniform(0, 3_000, (1 + n // 40, 2))
    return centre[rng.integers(0, len(centre), n)] + rng.normal(size=(n, 2)) * 60


def problem_of(xy, *, connected=False):
    locations = Locations.distinct(xy)
    graph = Graph.of_edges(adjacency(locations.xy), len(locations.xy)) if connected else None
    return plane_problem(locations, graph, least=10, most=15)


@settings(deadline=None, max_examples=60)
@given(st.integers(20, 150), st.integers(0, 10**6), st.floats(0, 1))
def test_any_grids_at_all_are_mended_until_the_bounds_hold(n, seed, where):
    fewest, greatest = -(-n // 15), n // 10
    k = round(fewest + where * (greatest - fewest))
    problem = problem_of(hamlets(n, seed))
    label = np.random.default_rng(seed).integers(0, k, n)
    sizes = np.bincount(mend_sizes(problem, label, k, n + 1), minlength=k)
    assert sizes.min() >= 10
    assert sizes.max() <= 15


@pytest.mark.parametrize("effort", ["fast", "standard", "best"])
@pytest.mark.parametrize("connected", [False, True])
def test_the_bounds_hold_and_grids_are_connected_at_every_effort(effort, connected):
    for seed in range(4):
        problem = problem_of(hamlets(130, seed), connected=connected)
        broken, apart, _ = appraise(problem, search(problem, 11, effort=effort, seed=seed).label, 11)
        assert (broken, apart) == (0, 0)


@settings(deadline=None, max_examples=6)
@given(st.integers(40, 120), st.integers(0, 10**6), st.booleans(), st.booleans())
def test_more_effort_is_never_worse(n, seed, connected, farms):
    xy = hamlets(n, seed)
    if farms:
        xy[:7] += [6_000, 0]
    problem, k = problem_of(xy, connected=connected), round(n / 12)
    fast, standard, best = (
        appraise(problem, search(problem, k, effort=effort, seed=seed).label, k)
        for effort in ("fast", "standard", "best")
    )
    assert best <= standard <= fast


def test_medoids_are_shared_out_evenly_in_the_order_of_a_bisection():
    random = np.random.default_rng(3)
    for k in (1, 7, 40):
        share = random.uniform(0, 1, 200) ** 2
        order = random.permutation(200)
        drawn = _systematic(share, order, k, random.uniform())
        assert len(np.unique(drawn)) == k
        passed = np.cumsum(share[order] * (k / share.sum()))
        found = np.cumsum(np.isin(order, drawn))
        assert np.abs(found - passed).max() < 1 + 1e-9


def test_a_few_grids_cut_anew_leave_the_others_and_the_bounds_as_they_were():
    xy = hamlets(400, 6)
    xy[:4] = [[9_000, 0], [9_010, 0], [9_000, 10], [9_010, 10]]
    problem, random = problem_of(xy), np.random.default_rng(0)
    label = search(problem, 33, effort="fast", seed=0).label
    far = set()
    for _ in range(30):
        cut = recut(problem, label, 33, random)
        size = np.bincount(cut, minlength=33)
        assert size.min() >= 10
        assert size.max() <= 15
        changed = np.unique(label[cut != label])
        assert len(changed) <= 2 * 7
        far.add(frozenset(np.flatnonzero(cut == cut[0]).tolist()))
        assert len(np.unique(cut[:4])) == 1
    assert len(far) > 5


def test_what_is_put_together_is_the_best_that_the_pool_allows():
    xy = np.random.default_rng(5).normal(size=(40, 2)) * 100
    problem = problem_of(xy)
    answers = [search(problem, 3, effort="fast", seed=seed).label for seed in range(8)]
    pool = pool_of(problem, answers, 3)
    grids = np.split(pool.columns.member, pool.columns.start[1:-1])
    whole = [
        sum(pool.columns.cost[list(chosen)])
        for chosen in combinations(range(len(grids)), 3)
        if len(np.unique(np.concatenate([grids[at] for at in chosen]))) == len(xy)
        and sum(len(grids[at]) for at in chosen) == len(xy)
    ]
    costs = [appraise(problem, answer, 3)[-1] for answer in answers]
    worst = answers[int(np.argmax(costs))]
    found = recombine(pool, grids_of(problem, worst, 3), np.zeros(40), 1_000)
    assert appraise(problem, found, 3)[-1] == pytest.approx(min(whole))


@pytest.mark.parametrize("connected", [False, True])
def test_a_pool_that_no_answer_can_be_made_of_gives_back_the_present_one(connected):
    problem = problem_of(hamlets(60, 1), connected=connected)
    present = np.arange(60) % 5
    dear = grids_of(problem, present, 5)
    shorter = pool_of(problem, [search(problem, 5, effort="fast", seed=0).label], 5)
    for few in (shorter.cheapest(np.zeros(60), 4), shorter.cheapest(np.zeros(60), 1)):
        found = recombine(few, dear, np.zeros(60), 24)
        assert {frozenset(np.flatnonzero(found == g)) for g in range(5)} == {
            frozenset(np.flatnonzero(present == g)) for g in range(5)
        }
    whole = recombine(shorter, dear, np.zeros(60), 24)
    assert appraise(problem, whole, 5) < appraise(problem, present, 5)


def test_a_program_without_an_answer_does_not_pass_for_one_without_a_better():
    problem = problem_of(hamlets(60, 1))
    pool = pool_of(problem, [search(problem, 5, effort="fast", seed=0).label], 5)
    with pytest.raises(UnsolvedError):
        recombine(pool, pool.cheapest(np.zeros(60), 4), np.zeros(60), 24)


@pytest.mark.parametrize("effort", ["fast", "standard", "best"])
def test_the_same_seed_gives_the_same_answer_and_another_another(effort):
    problem = problem_of(hamlets(300, 2), connected=True)
    first, again, other = (search(problem, 25, effort=effort, seed=seed).label.tolist() for seed in (1, 1, 2))
    assert first == again
    assert effort == "best" or first != other


@pytest.mark.slow
def test_with_a_time_limit_the_answer_is_at_least_that_of_a_standard_search():
    xy = hamlets(300, 4)
    limited = MicroGridClustering(time_limit=1.5, random_state=0, bound=False).fit(xy)
    assert limited.cost_ <= MicroGridClustering(random_state=0, bound=False).fit(xy).cost_
    assert np.bincount(limited.labels_).min() >= 10


class Stop:
    """Says to stop once it was asked so many times."""

    def __init__(self, after):
        self.left = after

    def __call__(self):
        self.left -= 1
        return self.left < 0


@pytest.mark.parametrize("effort", ["fast", "standard", "best"])
def test_a_search_that_is_stopped_before_it_begins_is_a_fast_one(effort):
    problem = problem_of(hamlets(200, 3), connected=True)
    stopped, fast = (
        search(problem, 17, effort=effort, seed=0, stop=lambda: True),
        search(problem, 17, effort="fast", seed=0),
    )
    assert stopped.label.tolist() == fast.label.tolist()
    assert stopped.moves == fast.moves


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 30), st.booleans(), st.sampled_from(["standard", "best"]))
def test_whenever_a_search_is_stopped_its_answer_is_sound_and_no_worse_than_a_fast_one(seed, after, loaded, effort):
    xy = hamlets(90, seed)
    load = np.random.default_rng(seed).integers(1, 4, 90).astype(float) if loaded else None
    most = 24 if loaded else 15
    problem = plane_problem(Locations.distinct(xy), None, least=10, most=most, load=load)
    k = round(problem.load.sum() / (0.8 * most))
    stop = Stop(after)
    stopped = search(problem, k, effort=effort, seed=seed, stop=stop)
    fast, whole = (search(problem, k, effort=which, seed=seed) for which in ("fast", effort))
    assert appraise(problem, stopped.label, k) <= appraise(problem, fast.label, k)
    assert stopped.moves <= whole.moves + fast.moves
    assert stop.left < 0 or stopped.label.tolist() == whole.label.tolist()


def test_after_a_stop_no_further_run_begins():
    problem = problem_of(hamlets(200, 5))
    moves = [search(problem, 17, effort="best", seed=0, stop=Stop(after)).moves for after in range(2, 20)]
    runs = np.diff(moves) / (60 * 200)
    assert set(runs.tolist()) == {0.0, 1.0}


def test_a_time_limit_ends_at_a_stop_too():
    problem = problem_of(hamlets(200, 5))
    began = time.monotonic()
    search(problem, 17, effort="fast", seconds=60.0, seed=0, stop=lambda: time.monotonic() > began + 0.3)
    assert time.monotonic() - began < 30


def test_a_small_village_is_proven_best_and_says_so():
    for seed in range(3):
        xy = np.random.default_rng(seed).normal(size=(70, 2)) * 200
        fitted = MicroGridClustering(effort="best", contiguous=False, random_state=0).fit(xy)
        assert fitted.cost_ <= fitted.lower_bound_ * (1 + 1e-4)
