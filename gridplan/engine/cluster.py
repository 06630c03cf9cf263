"""MicroGridClustering, a scikit-learn estimator: size bounds always hold, or Infeasible says why."""

from __future__ import annotations

import threading
import warnings
from contextlib import nullcontext
from numbers import Integral, Real
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, TypedDict, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from gridplan.coordinates.geo_points import have_frame, in_plane
from gridplan.engine.model.deadline import SEARCHING, Deadline
from gridplan.engine.model.distance import Space
from gridplan.engine.model.feasible import as_number, feasible_grids, grids_for
from gridplan.engine.model.grids import Objective
from gridplan.engine.model.measure import appraise, measure
from gridplan.engine.model.problem import Places, Problem, near_by_matrix, plane_problem
from gridplan.engine.model.proximity import Floats, Graph, Ints, Locations, adjacency
from gridplan.engine.model.settings import AskedEffort, Stop, effort_of
from gridplan.engine.proof.certify import certify
from gridplan.engine.search.search import search
from gridplan.errors import Infeasible
from gridplan.interrupts import first_ctrl_c

if TYPE_CHECKING:
    import geopandas as gpd

Metric = Literal["euclidean", "precomputed"]
Points: TypeAlias = "ArrayLike | gpd.GeoSeries | gpd.GeoDataFrame"
"""What is fitted."""

SYMMETRY = 1e-9
"""Share by which the way there and the way back may differ in a matrix of distances."""


class Bounds(TypedDict):
    """What the load of a grid is held to."""

    least: float
    most: float
    load: Floats


def matrix_problem(
    matrix: Floats, graph: Graph | None = None, *, least: float, most: float, load: Floats | None = None
) -> Problem:
    """Return the problem of cutting points whose distances (n, n) are given, for the objective median."""
    n = len(matrix)
    everyone = Locations(np.zeros((n, 2)), np.arange(n))
    weight = np.ones(n) if load is None else np.asarray(load, np.float64)
    places = Places.of_locations(everyone, near_by_matrix(matrix), graph)
    return Problem(Space.given(matrix), weight, float(least), float(most), 0, places, graph is not None)


def gabriel(squared: Floats) -> Ints:
    """Return the edges (e, 2) between points with no third in the ball that has both at its ends.

    They are edges of the Delaunay graph in any number of dimensions, and join all points. Takes squared distances
    (n, n) and n**3 steps.
    """
    joined = np.array([(row <= (row[:, None] + squared).min(axis=0)) for row in squared])
    return np.argwhere(np.triu(joined, 1)).astype(np.int64)


class MicroGridClustering(ClusterMixin, BaseEstimator):
    """Puts points into clusters of bounded size, with the least sum of distances to their medoids.

    The medoid of a cluster is the one of its points from which the others are nearest in sum. Method: gap-aware
    recursive bisection, then simulated annealing on neighbour lists with relocations, swaps and chains of three [1]_,
    the best of several runs; the bounds hold from the first step to the last.

    Parameters
    ----------
    n_clusters
        The number of clusters; None takes round(n / target_size) within the feasible range.
    target_size
        The mean load of a cluster aimed at when `n_clusters` is None.
    min_size, max_size
        The least and the most load of a cluster, which is the number of its points unless `fit` is given loads. A
        `min_size` of None means none.
    objective
        'median': the sum of the distances to the medoid. 'centroid': the sum of those to the mean. 'sse': the sum of
        their squares.
    metric
        'euclidean', or 'precomputed': X is a matrix of distances (n, n); for the objective 'median' only.
    contiguous
        Whether the points of a cluster have to be connected in the Delaunay graph of all distinct points; with three or
        more features, in the Gabriel graph, which is part of it and takes n**3 steps. A ConvergenceWarning names those
        that could not be. A matrix has no neighbours: with 'precomputed' this says nothing.
    effort
        A number of moves, not a time. 'fast': a bisection, improved. 'standard': from there on a few more starts, some
        from medoids that a bound points to, and the best that can be put together from all grids met. 'best':
        from there on round after round of these. With one seed more effort is never worse. While 'best' is under way
        Ctrl-C ends the search with the best answer so far, and a ConvergenceWarning says so.
    bound
        Whether to say how low the cost can be, for the objective 'median'.
    time_limit
        Seconds that search, bound and proof together may take, instead of an effort; the answer then depends on the
        machine.
    random_state
        An int for reproducible answers; None draws a seed.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        The cluster of each point, 0 to k - 1.
    cluster_centers_ : ndarray of shape (k, n_features_in_)
        What distances are measured to: the medoids; for 'centroid' and 'sse' the means. Not with 'precomputed'.
    medoid_indices_ : ndarray of shape (k,)
        The point of each cluster with the least sum of distances to the others.
    cost_ : float
        The value of the objective, in the unit of X or its square.
    lower_bound_ : float
        What no answer with as many clusters can cost less than; nan for other objectives than 'median', without
        `bound`, above 5,000 points, and where Ctrl-C came first.
    n_iter_ : int
        The moves tried.
    crs_
        The coordinate reference system of a GeoSeries or GeoDataFrame; None for others.

    References
    ----------
    .. [1] Kirkpatrick, Gelatt, Vecchi (1983), Optimization by simulated annealing. Science 220. The problem is the
       capacitated p-median problem with lower bounds: Mulvey, Beck (1984), EJOR 18.

    Examples
    --------
    >>> import numpy as np
    >>> from gridplan import MicroGridClustering
    >>> X = np.random.default_rng(0).normal(size=(60, 2)) * 100
    >>> model = MicroGridClustering(random_state=0).fit(X)
    >>> sizes = np.bincount(model.labels_)
    >>> bool(10 <= sizes.min() <= sizes.max() <= 15)
    True
    >>> model.cluster_centers_.shape
    (5, 2)
    >>> model.predict(model.cluster_centers_).tolist()
    [0, 1, 2, 3, 4]
    """

    labels_: Ints
    cluster_centers_: Floats
    medoid_indices_: Ints
    cost_: float
    lower_bound_: float
    n_iter_: int
    crs_: object

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        target_size: float = 12,
        min_size: float | None = 10,
        max_size: float = 15,
        objective: Objective = "median",
        metric: Metric = "euclidean",
        contiguous: bool = True,
        effort: AskedEffort = "standard",
        bound: bool = True,
        time_limit: float | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.target_size = target_size
        self.min_size = min_size
        self.max_size = max_size
        self.objective = objective
        self.metric = metric
        self.contiguous = contiguous
        self.effort = effort
        self.bound = bound
        self.time_limit = time_limit
        self.random_state = random_state

    def fit(self, X: Points, y: object = None, load: ArrayLike | None = None) -> Self:
        """Put points into clusters.

        Parameters
        ----------
        X
            Points (n, d), in metres; in any unit of length if not `contiguous`. A GeoSeries or GeoDataFrame of points
            is taken in its own frame, which may not be one of degrees. Or distances (n, n) with the metric
            'precomputed': symmetric, 0 or more, 0 from each point to itself. Points with three or more features are
            for the objective 'median' only, and need n**2 memory.
        y
            Ignored; here for scikit-learn.
        load
            (n,) what each point weighs towards the bounds; 1 each if None.

        Raises
        ------
        Infeasible
            No number of grids, or not `n_clusters`, keeps the bounds; or, with loads, none were found that do. It is a
            ValueError.
        ValueError
            X is not finite numbers of the right shape or has a frame of degrees, or a parameter makes no sense.
        TypeError
            X is sparse.
        """
        self._check_parameters()
        points = self._points(X, reset=True)
        weight = self._loads(load, len(points))
        k = self._clusters(weight)
        unit = _unit(points)
        problem = self._problem(points, unit, weight)
        thorough, enough = self.effort == "best" or self.time_limit is not None, threading.Event()
        with first_ctrl_c(enough.set) if thorough else nullcontext():
            low = self._search(problem, k, thorough, enough.is_set)
        if enough.is_set():
            warnings.warn("stopped by Ctrl-C: this is the best answer so far", ConvergenceWarning, stacklevel=2)
        costs, self.medoid_indices_, pieces = measure(problem, self.labels_, k)
        if (pieces > 1).any():
            torn = np.flatnonzero(pieces > 1).tolist()
            warnings.warn(
                f"not connected: clusters {torn}; try more effort or wider bounds", ConvergenceWarning, stacklevel=2
            )
        self.cost_ = float(costs.sum()) * (unit**2 if self.objective == "sse" else unit)
        self.lower_bound_ = np.nan if low is None else min(unit * low, self.cost_)
        self._set_centres(points)
        return self

    def fit_predict(self, X: Points, y: object = None, load: ArrayLike | None = None) -> Ints:
        """Put points into clusters, as `fit` does, and return `labels_`."""
        return self.fit(X, y, load=load).labels_

    def predict(self, X: Points) -> Ints:
        """Return for each point the cluster whose centre is nearest, the first of several as near.

        No bounds are kept: of the points that were fitted `labels_` says where each one is.

        Parameters
        ----------
        X
            Points (n, d) as they were fitted; with 'precomputed' their distances to each point that was.

        Raises
        ------
        NotFittedError
            `fit` was not called. It is a ValueError.
        ValueError
            X is not finite numbers of the right shape, or in another frame than what was fitted.
        """
        check_is_fitted(self, "medoid_indices_")
        points = self._points(X, reset=False)
        if self.metric == "precomputed":
            return np.argmin(points[:, self.medoid_indices_], axis=1)
        centres, first = np.unique(self.cluster_centers_, axis=0, return_index=True)
        return first[KDTree(centres).query(points)[1]].astype(np.int64)

    def _points(self, X: Points, *, reset: bool) -> Floats:
        """Return what is fitted, or asked about, as an array."""
        crs = X.crs if have_frame(X) else None
        if reset:
            self.crs_ = crs
        elif None not in (crs, self.crs_) and crs != self.crs_:
            raise ValueError(f"X is in {crs}, and what was fitted in {self.crs_}: use X.to_crs(model.crs_)")
        return validate_data(
            self,
            in_plane(X) if have_frame(X) else X,
            reset=reset,
            dtype=np.float64,
            ensure_non_negative=self.metric == "precomputed",
        )

    def _set_centres(self, points: Floats) -> None:
        """Set what distances are measured to; a matrix of them does not tell."""
        self.__dict__.pop("cluster_centers_", None)
        if self.metric == "precomputed":
            return
        if self.objective == "median":
            self.cluster_centers_ = points[self.medoid_indices_]
        else:
            sums = np.column_stack([np.bincount(self.labels_, along) for along in points.T])
            self.cluster_centers_ = sums / np.bincount(self.labels_)[:, None]

    def _search(self, problem: Problem, k: int, thorough: bool, stop: Stop) -> float | None:
        """Find labels, and return the bound if there is to be one."""
        deadline, bounded = Deadline(self.time_limit), self.bound and self.objective == "median"
        answer = search(
            problem,
            k,
            effort=effort_of(self.effort, len(problem.load)),
            seed=_seed(self.random_state),
            seconds=deadline.share(SEARCHING if bounded else 1.0).left,
            stop=stop,
        )
        if appraise(problem, answer.label, k)[0] > 0:
            raise Infeasible("engine.infeasible.loads", k=k, least=self.min_size or 0, most=self.max_size)
        self.labels_, self.n_iter_ = answer.label, answer.moves
        if not bounded:
            return None
        self.labels_, low = certify(problem, answer.label, thorough=thorough, seconds=deadline.left, stop=stop)
        return low

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = tags.input_tags.positive_only = self.metric == "precomputed"
        tags.non_deterministic = self.time_limit is not None
        return tags

    def _check_parameters(self) -> None:
        if self.n_clusters is not None and not (_number(self.n_clusters, Integral) and self.n_clusters >= 1):
            raise ValueError(f"n_clusters is a whole number of 1 or more, or None, not {self.n_clusters!r}")
        for name, value in {"target_size": self.target_size, "max_size": self.max_size}.items():
            if not (_number(value) and value > 0):
                raise ValueError(f"{name} is a number above 0, not {value!r}")
        for name, limit in {"min_size": self.min_size, "time_limit": self.time_limit}.items():
            if limit is not None and not (_number(limit) and limit >= 0):
                raise ValueError(f"{name} is a number of 0 or more, or None, not {limit!r}")
        if (self.min_size or 0) > self.max_size:
            raise ValueError(f"min_size {self.min_size} is above max_size {self.max_size}")
        for name, known in (("objective", Objective), ("metric", Metric), ("effort", AskedEffort)):
            if getattr(self, name) not in get_args(known):
                raise ValueError(f"{name} is one of {', '.join(get_args(known))}, not {getattr(self, name)!r}")
        if self.metric == "precomputed" and self.objective != "median":
            raise ValueError(f"with a matrix of distances the objective is 'median', not {self.objective!r}")

    def _loads(self, load: ArrayLike | None, n: int) -> Floats:
        if load is None:
            return np.ones(n)
        weight = np.array(load, np.float64)  # kernels are compiled for arrays that may be written to
        if weight.shape != (n,) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
            raise ValueError(f"load is {n} finite numbers of 0 or more, one for each point, and not all are 0")
        return weight

    def _problem(self, points: Floats, unit: float, load: Floats) -> Problem:
        n, dimensions = points.shape
        bounds = _in_their_unit(max(self.min_size or 0, float(load.min())), self.max_size, load)  # no grid is empty
        if self.metric == "precomputed":
            return matrix_problem(_distances(points) / unit, **bounds)
        if dimensions > 2:
            if self.objective != "median":
                raise ValueError(f"with {dimensions} features the objective is 'median', not {self.objective!r}")
            squared = cdist(points / unit, points / unit, "sqeuclidean")
            graph = Graph.of_edges(gabriel(squared), n) if self.contiguous else None
            return matrix_problem(np.sqrt(squared), graph, **bounds)
        locations = Locations.distinct(points if dimensions == 2 else np.column_stack([points, np.zeros(n)]))
        graph = Graph.of_edges(adjacency(locations.xy), len(locations.xy)) if self.contiguous else None
        return plane_problem(Locations(locations.xy / unit, locations.of), graph, objective=self.objective, **bounds)

    def _clusters(self, load: Floats) -> int:
        total, least = load.sum(), self.min_size or 0
        if load.max() > self.max_size:
            heaviest = int(load.argmax())
            raise Infeasible("engine.infeasible.point", at=heaviest, load=as_number(load[heaviest]), most=self.max_size)
        recommended = grids_for(total, least, self.max_size, self.target_size, points=len(load))
        if self.n_clusters is None:
            return recommended
        feasible = feasible_grids(total, least, self.max_size, points=len(load))
        if self.n_clusters not in feasible:
            raise Infeasible(
                "engine.infeasible.grids",
                k=self.n_clusters,
                n=as_number(total),
                least=least,
                most=self.max_size,
                fewest=feasible[0],
                greatest=feasible[-1],
            )
        return int(self.n_clusters)


def _number(value: object, kind: type = Real) -> bool:
    if not isinstance(value, kind) or isinstance(value, bool | np.bool_):
        return False
    return bool(np.isfinite(value))  # type: ignore[call-overload]  # its types know no abstract numbers


def _unit(points: Floats) -> float:
    """Return a power of two: divided by it, points lie one or two thousand apart, whatever unit they came in."""
    return float(2.0 ** (np.frexp(np.ptp(points, axis=0).max())[1] - 11.0))


def _in_their_unit(least: float, most: float, load: Floats) -> Bounds:
    """Return bounds and loads in the unit of an ordinary load, of which the tolerances of the search are shares.

    Equal loads are 1 each; others are divided by a power of two, so that whole ones still add up to what they should.
    """
    if (load == load[0]).all():
        return {"least": round(least / load[0], 9), "most": round(most / load[0], 9), "load": np.ones(len(load))}
    unit = float(2.0 ** (np.frexp(load.mean())[1] - 1.0))
    return {"least": least / unit, "most": most / unit, "load": load / unit}


def _distances(matrix: Floats) -> Floats:
    """Return a matrix, if it is one of distances."""
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"a matrix of distances is square, this is {matrix.shape}")
    if matrix.diagonal().any() or not np.allclose(matrix, matrix.T, rtol=SYMMETRY, atol=0):
        raise ValueError("a matrix of distances is symmetric, and 0 from each point to itself")
    return matrix


def _seed(random_state: int | np.random.RandomState | None) -> int:
    drawn_from = check_random_state(random_state)
    return int(random_state) if isinstance(random_state, Integral) else int(drawn_from.randint(2**31))
