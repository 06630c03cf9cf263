"""MicroGridClustering among scikit-learn's estimators: it does what they do, and says clearly what it cannot."""

import doctest
import pickle
import re
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from gridplan import Infeasible, MicroGridClustering
from gridplan.engine import cluster

RANDOM = np.random.default_rng(0)
SPREAD = RANDOM.normal(size=(60, 2)) * 100

ONE_GRID = "sets n_clusters to 1 for 20 points, and a grid of 20 is above max_size: Infeasible is the answer"
TOO_LARGE = "asks for 3 clusters of 50 points, and grids of 16 or 17 are above max_size: Infeasible is the answer"
ONE_POINT = "one point cannot make a grid of 10: Infeasible says so, in its own words"
NO_MATRIX = "hands over points where distances are asked for"
EXPECTED = {
    "check_clustering": TOO_LARGE,
    "check_dont_overwrite_parameters": ONE_GRID,
    "check_fit2d_predict1d": ONE_GRID,
    "check_methods_subset_invariance": ONE_GRID,
    "check_fit2d_1sample": ONE_POINT,
}
WIDE = {"min_size": None, "max_size": 1_000}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, EXPECTED),
        (WIDE, {}),
        (WIDE | {"contiguous": False}, {}),
        (WIDE | {"effort": "fast"}, {}),
        (WIDE | {"metric": "precomputed"}, {"check_clustering": NO_MATRIX}),
    ],
)
@pytest.mark.filterwarnings("ignore:.*SCIPY_ARRAY_API")
def test_scikit_learn_finds_nothing_wrong_but_what_is_meant(parameters, expected):
    checks = check_estimator(MicroGridClustering(**parameters), expected_failed_checks=expected, on_fail=None)
    assert len(checks) > 40
    assert [check for check in checks if check["status"] == "failed"] == []
    assert {check["check_name"] for check in checks if check["status"] == "xfail"} == set(expected)


def cost_of(X, labels, objective):
    cost = 0.0
    for grid in range(labels.max() + 1):
        members = X[labels == grid]
        if objective == "median":
            cost += cdist(members, members).sum(axis=1).min()
        else:
            spokes = cdist(members, members.mean(axis=0, keepdims=True))
            cost += (spokes**2).sum() if objective == "sse" else spokes.sum()
    return cost


@pytest.mark.parametrize("objective", ["median", "centroid", "sse"])
@pytest.mark.parametrize("unit", [1.0, 1e-5, 1e100])
def test_the_cost_is_what_the_labels_cost_in_the_unit_they_came_in(objective, unit):
    X = SPREAD * unit
    fitted = MicroGridClustering(objective=objective, contiguous=False, random_state=0).fit(X)
    assert fitted.cost_ == pytest.approx(cost_of(X, fitted.labels_, objective), rel=1e-9)
    assert np.isnan(fitted.lower_bound_) == (objective != "median")
    assert not fitted.lower_bound_ > fitted.cost_


@pytest.mark.parametrize("effort", ["fast", "standard", "best"])
def test_a_unit_of_length_changes_nothing(effort):
    metres, degrees = (
        MicroGridClustering(effort=effort, contiguous=False, random_state=0).fit(SPREAD * unit) for unit in (1, 2**-30)
    )
    assert (metres.labels_ == degrees.labels_).all()
    assert degrees.cost_ == metres.cost_ * 2**-30
    assert degrees.lower_bound_ == metres.lower_bound_ * 2**-30


def test_the_same_distances_give_the_same_cost_as_a_matrix():
    fitted = MicroGridClustering(metric="precomputed", random_state=0).fit(cdist(SPREAD, SPREAD))
    assert fitted.cost_ == pytest.approx(cost_of(SPREAD, fitted.labels_, "median"))
    assert 0 < fitted.lower_bound_ <= fitted.cost_


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 60),
    st.sampled_from(["median", "centroid", "sse"]),
    st.sampled_from(["whole", "broken", "nothing"]),
    st.sampled_from([None, 1.0, 4.0]),
    st.integers(0, 2**31),
)
def test_loads_are_kept_within_the_bounds_and_every_grid_has_a_point(n, objective, kind, least, seed):
    random = np.random.default_rng(seed)
    X, load = (
        random.normal(size=(n, 2)),
        {
            "whole": random.integers(1, 6, n),
            "broken": random.uniform(0.1, 5, n),
            "nothing": random.integers(0, 3, n),
        }[kind],
    )
    grids = MicroGridClustering(
        min_size=least, max_size=12, target_size=8, objective=objective, effort="fast", contiguous=False, random_state=0
    )
    try:
        labels = grids.fit_predict(X, load=load)
    except Infeasible:
        assert least or load.sum() > 0.6 * 12
        return
    except ValueError:
        assert not load.any()
        return
    loads = np.bincount(labels, load)
    assert np.bincount(labels).min() >= 1
    assert loads.max() <= 12 + 1e-9
    assert loads.min() >= (least or 0) - 1e-9


@pytest.mark.parametrize("unit", [1e-300, 1e-12, 1e-9, 1e9, 1e200])
def test_loads_and_bounds_may_be_in_any_unit(unit):
    def fitted(load, one):
        bounds = {"min_size": 10 * one, "max_size": 15 * one, "target_size": 12 * one}
        return MicroGridClustering(**bounds, effort="fast", bound=False, random_state=0).fit(SPREAD, load=load * one)

    alike, mixed = np.ones(60), np.tile([1.0, 2.0, 1.5], 20)
    assert (fitted(alike, unit).labels_ == fitted(alike, 1).labels_).all()
    grids = fitted(mixed, unit)
    loads = np.bincount(grids.labels_, mixed)
    assert 10 <= loads.min() <= loads.max() <= 15
    assert grids.cost_ <= 1.1 * fitted(mixed, 1).cost_


@pytest.mark.parametrize("least", [None, 30])
def test_loads_leave_grids_within_the_bounds_and_connected(least):
    for seed in range(12):
        random = np.random.default_rng(seed)
        X, load = random.normal(size=(400, 2)) * 1_000, random.integers(1, 6, 400)
        grids = MicroGridClustering(min_size=least, max_size=42, target_size=37, bound=False, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loads = np.bincount(grids.fit_predict(X, load=load), load)
        assert (least or 0) <= loads.min() <= loads.max() <= 42


def test_medoids_belong_to_their_own_grids():
    for objective in ("median", "centroid", "sse"):
        fitted = MicroGridClustering(objective=objective, random_state=0).fit(SPREAD)
        assert (fitted.labels_[fitted.medoid_indices_] == np.arange(len(fitted.medoid_indices_))).all()


@pytest.mark.parametrize(("objective", "power"), [("median", 1), ("centroid", 1), ("sse", 2)])
def test_the_cost_is_measured_from_the_centres_and_points_are_told_the_nearest(objective, power):
    X = np.vstack([np.repeat(SPREAD[:2] * 9, 40, axis=0), SPREAD])  # some centres are on one spot
    fitted = MicroGridClustering(objective=objective, contiguous=False, effort="fast", random_state=0).fit(X)
    centres = fitted.cluster_centers_
    assert fitted.cost_ == pytest.approx((np.linalg.norm(X - centres[fitted.labels_], axis=1) ** power).sum())
    for points in (RANDOM.normal(size=(500, 2)) * 200, X, centres):
        nearest, apart = fitted.predict(points), cdist(points, centres)
        assert apart[np.arange(len(points)), nearest] == pytest.approx(apart.min(axis=1), abs=1e-9)
        assert objective != "median" or (nearest == apart.argmin(axis=1)).all()
    assert objective != "median" or (centres == X[fitted.medoid_indices_]).all()
    with pytest.raises(ValueError, match="3 features"):
        fitted.predict(np.zeros((4, 3)))


def test_of_a_matrix_distances_to_the_medoids_tell_the_nearest():
    fitted = MicroGridClustering(effort="fast", random_state=0).fit(SPREAD).set_params(metric="precomputed")
    distances = cdist(RANDOM.normal(size=(9, 2)) * 100, SPREAD)
    fitted.fit(MATRIX)
    assert (fitted.predict(distances) == distances[:, fitted.medoid_indices_].argmin(axis=1)).all()
    assert not hasattr(fitted, "cluster_centers_")
    with pytest.raises(NotFittedError):
        clone(fitted).predict(distances)


def test_points_of_geopandas_are_taken_as_they_are_and_degrees_are_not():
    here = gpd.GeoSeries.from_xy(*(SPREAD + [500_000, 3_500_000]).T, crs="EPSG:32650")
    fitted = MicroGridClustering(effort="fast", random_state=0)
    labels = fitted.fit_predict(here.get_coordinates().to_numpy())
    for points in (here, here.to_frame("where").assign(name="甲")):
        assert (fitted.fit_predict(points) == labels).all()
        assert fitted.crs_ == here.crs
    assert (fitted.predict(here[:7]) == fitted.predict(here.get_coordinates().to_numpy()[:7])).all()
    for X, words in (
        (here.to_crs(4326), "degrees .WGS 84.*to_crs"),
        (here.buffer(5), "geometry 0 .*POLYGON"),
        (here.where(here.index != 7), "geometry 7 .*None"),
    ):
        with pytest.raises(ValueError, match=words):
            fitted.fit(X)
    with pytest.raises(ValueError, match=r"EPSG:32651.*EPSG:32650"):
        MicroGridClustering(effort="fast", random_state=0).fit(here).predict(here.to_crs(32651))


def test_fitting_changes_neither_points_nor_parameters_and_again_gives_the_same():
    X, load = SPREAD.copy(), np.ones(60)
    X.flags.writeable = load.flags.writeable = False
    grids = MicroGridClustering(random_state=0)
    before, first = grids.get_params(), grids.fit(X, load=load).labels_
    assert grids.get_params() == before
    assert (grids.fit(X, load=load).labels_ == first).all()
    assert (clone(grids).fit(X).labels_ == first).all()
    assert (pickle.loads(pickle.dumps(grids)).labels_ == first).all()
    assert repr(grids) == "MicroGridClustering(random_state=0)"


def test_it_stands_in_a_pipeline_and_takes_loads_there():
    load = np.tile([1, 2], 30)
    pipeline = make_pipeline(StandardScaler(), MicroGridClustering(contiguous=False, random_state=0))
    labels = pipeline.set_params(microgridclustering__max_size=16).fit_predict(SPREAD, microgridclustering__load=load)
    assert np.bincount(labels, load).max() <= 16


def test_names_of_columns_are_kept():
    fitted = MicroGridClustering(random_state=0).fit(pd.DataFrame(SPREAD, columns=["east", "north"]))
    assert fitted.feature_names_in_.tolist() == ["east", "north"]
    assert fitted.n_features_in_ == 2


@pytest.mark.parametrize("state", [np.random.RandomState(3), None, np.int64(3)])
def test_any_random_state_will_do(state):
    assert np.bincount(MicroGridClustering(effort="fast", random_state=state).fit(SPREAD).labels_).min() >= 10


def test_one_feature_is_a_line():
    labels = MicroGridClustering(random_state=0).fit_predict(np.arange(36.0)[:, None])
    assert np.count_nonzero(np.diff(labels)) == labels.max()


def pieces(X, labels):
    squared = cdist(X, X) ** 2
    apart = np.array([(row[:, None] + squared).min(axis=0) < row for row in squared])
    parts = (np.flatnonzero(labels == grid) for grid in range(labels.max() + 1))
    return [connected_components(~apart[np.ix_(part, part)], directed=False)[0] for part in parts]


def clumps(seed):
    random = np.random.default_rng(seed)
    return np.repeat(random.normal(size=(18, 3)) * 100, 5, axis=0) + random.normal(size=(90, 3))


def test_many_features_make_grids_connected_over_what_is_near():
    X = clumps(3)
    fitted, free = (
        MicroGridClustering(contiguous=asked, effort="fast", random_state=0).fit(X) for asked in (True, False)
    )
    assert max(pieces(X, fitted.labels_)) == 1 < max(pieces(X, free.labels_))
    assert fitted.cost_ == pytest.approx(cost_of(X, fitted.labels_, "median"))


def test_grids_that_cannot_be_connected_are_named():
    turns = 2 * np.pi * np.arange(3) / 3
    arms = np.column_stack([np.cos(turns), np.sin(turns), np.zeros(3)])
    X = np.vstack([np.zeros((1, 3)), np.repeat(arms, 7, axis=0)])
    with pytest.warns(ConvergenceWarning, match=r"not connected: clusters \[[01]\]"):
        MicroGridClustering(min_size=11, max_size=11, target_size=11, random_state=0).fit(X)


def test_as_many_grids_as_points_are_one_for_each():
    grids = MicroGridClustering(60, min_size=None, effort="fast", bound=False, random_state=0)
    assert sorted(grids.fit_predict(SPREAD)) == list(range(60))


def test_it_may_take_as_long_as_it_is_told():
    fitted = MicroGridClustering(time_limit=0.5, bound=False, random_state=0).fit(SPREAD)
    assert np.bincount(fitted.labels_).min() >= 10
    assert np.isnan(fitted.lower_bound_)


MATRIX = cdist(SPREAD, SPREAD)


@pytest.mark.parametrize(
    ("parameters", "X", "load", "error", "words"),
    [
        ({}, SPREAD * np.inf, None, ValueError, "infinity|NaN"),
        ({}, SPREAD + 1j, None, ValueError, "Complex"),
        ({}, csr_matrix(SPREAD), None, TypeError, "[Ss]parse"),
        ({}, SPREAD[0], None, ValueError, "2D"),
        ({}, SPREAD[:0], None, ValueError, "0 sample"),
        ({"objective": "sse"}, np.zeros((20, 3)), None, ValueError, "3 features"),
        ({"metric": "precomputed"}, np.abs(SPREAD), None, ValueError, "square"),
        ({"metric": "precomputed"}, MATRIX + np.triu(MATRIX), None, ValueError, "symmetric"),
        ({"metric": "precomputed"}, -MATRIX, None, ValueError, "Negative values"),
        ({"metric": "precomputed", "objective": "sse"}, MATRIX, None, ValueError, "'median', not 'sse'"),
        ({"n_clusters": 0}, SPREAD, None, ValueError, "n_clusters .* not 0"),
        ({"n_clusters": 4.5}, SPREAD, None, ValueError, "n_clusters .* not 4.5"),
        ({"n_clusters": True}, SPREAD, None, ValueError, "n_clusters .* not True"),
        ({"max_size": np.inf}, SPREAD, None, ValueError, "max_size .* not inf"),
        ({"max_size": None}, SPREAD, None, ValueError, "max_size .* not None"),
        ({"min_size": -1}, SPREAD, None, ValueError, "min_size .* not -1"),
        ({"min_size": 16}, SPREAD, None, ValueError, "min_size 16"),
        ({"target_size": 0}, SPREAD, None, ValueError, "target_size .* not 0"),
        ({"time_limit": "a minute"}, SPREAD, None, ValueError, "time_limit .* not 'a minute'"),
        ({"random_state": -1}, SPREAD, None, ValueError, "-1|[Ss]eed"),
        ({}, SPREAD, np.ones(59), ValueError, "load is 60"),
        ({}, SPREAD, np.full(60, np.nan), ValueError, "load is 60"),
        ({}, SPREAD, np.zeros(60), ValueError, "not all are 0"),
        ({}, SPREAD, np.where(np.arange(60) == 7, 99, 1), Infeasible, "Point 7 .* 99.* 15"),
        ({"min_size": None, "n_clusters": 18}, SPREAD, np.full(60, 4), Infeasible, "18 clusters of 0 to 15"),
        ({}, SPREAD[:17], None, Infeasible, "17 points"),
        ({"n_clusters": 9}, SPREAD, None, Infeasible, "from 4 to 6"),
    ],
)
def test_what_cannot_be_is_refused_with_words(parameters, X, load, error, words):
    with np.errstate(invalid="ignore"), pytest.raises(error, match=words):
        MicroGridClustering(**parameters).fit(X, load=load)


def test_the_examples_of_the_page_and_of_the_class_run():
    page = (Path(__file__).parents[2] / "docs" / "clustering.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names = {}
    for example in examples:
        exec(example, names)
    assert len(examples) == 3
    assert doctest.testmod(cluster).failed == 0
    assert names["fitted"].cost_ < 1.02 * names["fitted"].lower_bound_
