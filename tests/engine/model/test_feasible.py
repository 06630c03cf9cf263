"""Which numbers of grids are feasible; the estimator keeps the bounds on sizes, or Infeasible says why."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from gridplan import Infeasible, MicroGridClustering
from gridplan.engine.model.feasible import feasible_grids, grids_for, least_violation

RANDOM = np.random.default_rng(0)
SPREAD = RANDOM.normal(size=(60, 2)) * 100
AWKWARD = {
    "twenty on one spot": np.zeros((20, 2)),
    "two spots": np.repeat([[0.0, 0.0], [30.0, 0.0]], [25, 20], axis=0),
    "one line": np.column_stack([np.arange(60) * 10.0, np.zeros(60)]),
    "nearly one line": np.column_stack([np.arange(60) * 10.0, RANDOM.normal(size=60) * 1e-9]),
    "an outlier 50 km off": np.vstack([SPREAD[:59], [[50_000, 0]]]),
    "Gauss-Krueger eastings with zone": SPREAD + [39_500_000, 4_000_000],
    "a lattice": np.array([[i * 10.0, j * 10.0] for i in range(12) for j in range(10)]),
    "nearly equal pairs": np.vstack([SPREAD, SPREAD + 1e-9]),
    "blocks of flats": np.repeat(RANDOM.normal(size=(12, 2)) * 50, RANDOM.integers(20, 60, 12), axis=0),
}

points = st.integers(1, 60).flatmap(
    lambda n: arrays(float, (n, 2), elements=st.floats(-1e4, 1e4, width=32) | st.sampled_from([0.0, 1.0]))
)


def sizes_of(labels):
    return np.bincount(labels)


def walk_of(X, labels):
    return sum(cdist(X[labels == g], X[labels == g]).sum(axis=1).min() for g in range(labels.max() + 1))


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_positions_are_cut_within_the_bounds(name):
    X = AWKWARD[name]
    fitted = MicroGridClustering(effort="fast", random_state=0).fit(X)
    assert sizes_of(fitted.labels_).min() >= 10
    assert sizes_of(fitted.labels_).max() <= 15
    assert fitted.cost_ == pytest.approx(walk_of(X - X[0], fitted.labels_), rel=1e-6, abs=1e-6)


@settings(deadline=None, max_examples=150)
@given(points)
def test_any_points_get_valid_labels_or_infeasible_says_so(X):
    n = len(X)
    try:
        labels = MicroGridClustering(effort="fast", random_state=1).fit_predict(X)
    except Infeasible as error:
        assert n < 10 or 16 <= n <= 19
        assert f"{n} point" in str(error)
    else:
        assert n >= 10 and not 16 <= n <= 19
        assert len(labels) == n
        assert sizes_of(labels).min() >= 10
        assert sizes_of(labels).max() <= 15


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 80), st.integers(1, 12), st.integers(0, 10), st.integers(0, 2**31))
def test_other_bounds_hold_too(n, least, extra, seed):
    X = np.random.default_rng(seed).integers(0, 20, (n, 2)).astype(float)
    most = least + extra
    grids = MicroGridClustering(
        min_size=least, max_size=most, target_size=(least + most) / 2, effort="fast", random_state=0
    )
    if not any(k * least <= n <= k * most for k in range(1, n + 1)):
        with pytest.raises(Infeasible):
            grids.fit(X)
        return
    sizes = sizes_of(grids.fit_predict(X))
    assert sizes.min() >= least
    assert sizes.max() <= most


def test_exactly_one_to_nine_and_sixteen_to_nineteen_are_infeasible():
    impossible = [n for n in range(1, 400) if not feasible_grids(n, 10, 15)]
    assert impossible == [*range(1, 10), *range(16, 20)]


def test_infeasible_names_the_nearest_sizes_and_the_numbers_of_grids():
    with pytest.raises(Infeasible, match=r"17 points, .* 10 to 15.* 15, 20"):
        grids_for(17, 10, 15, 12)
    with pytest.raises(Infeasible, match=r"7 points, .*: 10\."):
        MicroGridClustering().fit(SPREAD[:7])
    with pytest.raises(Infeasible, match=r"60 points, .* into 9 clusters.* from 4 to 6"):
        MicroGridClustering(9).fit(SPREAD)
    with pytest.raises(ValueError, match="60 points"):
        MicroGridClustering(9).fit(SPREAD)


@pytest.mark.parametrize(("n", "sizes"), [(7, [7]), (16, [16]), (17, [17]), (18, [9, 9]), (19, [9, 10])])
def test_where_no_number_of_grids_works_the_bounds_are_broken_least(n, sizes):
    k, smallest, largest = least_violation(n, 10, 15)
    assert k == len(sizes)
    assert (smallest, largest) == (min(sizes), max(sizes))


def test_the_number_of_grids_follows_the_target_within_what_is_feasible():
    assert grids_for(13_540, 10, 15, 12) == 1128
    assert grids_for(29, 10, 15, 12) == 2
    assert grids_for(20, 10, 15, 15) == 2


def test_the_same_seed_gives_the_same_answer_and_another_may_not():
    X = RANDOM.normal(size=(300, 2)) * 300
    first, again, other = (MicroGridClustering(effort="fast", random_state=seed).fit_predict(X) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_more_effort_shortens_the_walk():
    X = np.random.default_rng(2).normal(size=(120, 2)) * 300
    fast, standard, best = (
        MicroGridClustering(effort=effort, bound=False, random_state=0).fit(X).cost_
        for effort in ("fast", "standard", "best")
    )
    assert best < standard < fast


def test_the_medoid_of_a_grid_is_its_member_with_the_shortest_sum():
    fitted = MicroGridClustering(effort="fast", random_state=0).fit(SPREAD)
    for grid, medoid in enumerate(fitted.medoid_indices_):
        members = np.flatnonzero(fitted.labels_ == grid)
        apart = cdist(SPREAD[members], SPREAD[members]).sum(axis=1)
        assert members[apart.argmin()] == medoid


@pytest.mark.parametrize(
    ("parameters", "X", "word"),
    [
        ({}, np.array([[0.0, np.nan]] * 20), "NaN"),
        ({"min_size": 5, "max_size": 4}, SPREAD, "min_size 5"),
        ({"effort": "heroic"}, SPREAD, "heroic"),
    ],
)
def test_parameters_that_make_no_sense_are_named(parameters, X, word):
    with pytest.raises(ValueError, match=word):
        MicroGridClustering(**parameters).fit(X)
