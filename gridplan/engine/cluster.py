"""MicroGridClustering, a scikit-learn estimator: size bounds always hold, or Infeasible says why."""

from __future__ import annotations

from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from gridplan.engine.bisect import bisect
from gridplan.engine.improve import improve, measure
from gridplan.engine.proximity import Graph, Ints, Locations, adjacency, candidates
from gridplan.errors import Infeasible

Effort = Literal["fast", "standard", "best"]


class Search(NamedTuple):
    """How much is tried: so many starts, and so many moves per household from each."""

    starts: int
    moves: int


SEARCHES: dict[Effort, Search] = {"fast": Search(1, 200), "standard": Search(4, 300), "best": Search(16, 2_000)}


def feasible_grids(n: int, least: int, most: int) -> range:
    """Return the numbers of grids that n households can be cut into: every k with k*least <= n <= k*most."""
    return range(max(1, -(-n // most)), n // max(1, least) + 1)


def grids_for(n: int, least: int, most: int, target: float) -> int:
    """Return the feasible number of grids whose mean size is nearest to the target.

    Raises
    ------
    Infeasible
        No number of grids keeps the bounds; the error names n and the nearest numbers of households that work.
    """
    feasible = feasible_grids(n, least, most)
    if not feasible:
        raise _too_few_or_between(n, least, most)
    return min(max(round(n / target), feasible[0]), feasible[-1])


def _too_few_or_between(n: int, least: int, most: int) -> Infeasible:
    below = next((m for m in range(n - 1, 0, -1) if feasible_grids(m, least, most)), None)
    above = next(m for m in range(n + 1, n + least + 2) if feasible_grids(m, least, most))
    if below is None:
        return Infeasible("engine.infeasible.few", n=n, least=least, most=most, above=above)
    return Infeasible("engine.infeasible.size", n=n, least=least, most=most, below=below, above=above)


def least_violation(n: int, least: int, most: int) -> tuple[int, int, int]:
    """Return (k, smallest, largest): the grids that break the bounds least where no number of grids keeps them."""
    few, many = max(1, n // max(1, least)), -(-n // most)
    k = min((few, many), key=lambda grids: max(grids * least - n, n - grids * most, 0))
    return k, n // k, -(-n // k)


def cluster(
    locations: Locations, graph: Graph, *, k: int, least: int, most: int, connected: bool, effort: Effort, seed: int
) -> Ints:
    """Return the grid (n,) of each household: k grids of `least` to `most`, the total walk short.

    `graph` says which locations are neighbours; a grid is connected when its locations are.
    """
    start = bisect(locations.xy[locations.of], k, least, most)
    if k == 1:
        return start
    near = candidates(locations, graph)
    search = SEARCHES[effort]
    answers = []
    for turn in range(search.starts):
        label = improve(
            locations,
            graph,
            near,
            start,
            least=least,
            most=most,
            connected=connected,
            moves=search.moves * len(start),
            seed=seed + turn,
        )
        walk, _, pieces = measure(locations, graph, label)
        answers.append((pieces.sum() if connected else 0, walk.sum(), turn, label))
    return min(answers)[-1]


class MicroGridClustering(ClusterMixin, BaseEstimator):
    """Clusters points in the plane into grids of bounded size with the least total walk.

    The walk of a grid is the sum of the straight distances from its points to its medoid, the member that makes this
    sum smallest. Method: gap-aware recursive bisection, then simulated annealing on neighbour lists with relocations,
    swaps and chains of three [1]_, the best of several runs; the bounds hold from the first step to the last.

    Parameters
    ----------
    n_clusters
        The number of grids; None takes round(n / target_size) within the feasible range.
    target_size
        The mean size aimed at when `n_clusters` is None.
    min_size, max_size
        The least and the most points of a grid.
    contiguous
        Whether a grid's locations have to be connected in the Delaunay graph of all distinct locations.
    effort
        A number of moves tried per point, not a time: 'fast' 200 from one start, 'standard' 300 from each of four,
        'best' 2,000 from each of sixteen.
    random_state
        An int for reproducible answers; None draws a seed.

    Attributes
    ----------
    labels_ : ndarray of shape (n,)
        The grid of each point, 0 to k - 1.
    medoid_indices_ : ndarray of shape (k,)
        The point at the centre of each grid.
    cost_ : float
        The total walk, in the unit of X.
    n_iter_ : int
        The moves tried.

    References
    ----------
    .. [1] Kirkpatrick, Gelatt, Vecchi (1983), Optimization by simulated annealing. Science 220. The problem is the
       capacitated p-median problem with lower bounds: Mulvey, Beck (1984), EJOR 18.

    Examples
    --------
    >>> import numpy as np
    >>> from gridplan import MicroGridClustering
    >>> X = np.random.default_rng(0).normal(size=(60, 2)) * 100
    >>> np.bincount(MicroGridClustering(random_state=0).fit_predict(X)).tolist()
    [12, 13, 10, 12, 13]
    """

    labels_: Ints
    medoid_indices_: Ints
    cost_: float
    n_iter_: int

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        target_size: float = 12,
        min_size: int = 10,
        max_size: int = 15,
        contiguous: bool = True,
        effort: Effort = "standard",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.target_size = target_size
        self.min_size = min_size
        self.max_size = max_size
        self.contiguous = contiguous
        self.effort = effort
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Cluster points.

        Parameters
        ----------
        X
            Points (n, 2), in any unit of length.
        y
            Ignored; here for scikit-learn.

        Raises
        ------
        Infeasible
            No number of grids, or not `n_clusters`, keeps the bounds.
        ValueError
            X is not (n, 2) finite numbers, or a parameter makes no sense.
        """
        points = validate_data(self, X, dtype=np.float64)
        if points.shape[1] != 2:
            raise ValueError(f"points have two coordinates, these have {points.shape[1]}")
        if not 1 <= self.min_size <= self.max_size:
            raise ValueError(f"min_size {self.min_size} and max_size {self.max_size} are not 1 <= min <= max")
        if self.effort not in SEARCHES:
            raise ValueError(f"effort is one of {', '.join(SEARCHES)}, not {self.effort!r}")
        k = self._grids(len(points))
        locations = Locations.distinct(points)
        graph = Graph.of_edges(adjacency(locations.xy), len(locations.xy))
        self.labels_ = cluster(
            locations,
            graph,
            k=k,
            least=self.min_size,
            most=self.max_size,
            connected=self.contiguous,
            effort=self.effort,
            seed=_seed(self.random_state),
        )
        walk, self.medoid_indices_, _ = measure(locations, graph, self.labels_)
        self.cost_ = float(walk.sum())
        search = SEARCHES[self.effort]
        self.n_iter_ = search.starts * search.moves * len(points) if k > 1 else 0
        return self

    def _grids(self, n: int) -> int:
        if self.n_clusters is None:
            return grids_for(n, self.min_size, self.max_size, self.target_size)
        feasible = feasible_grids(n, self.min_size, self.max_size)
        if self.n_clusters not in feasible:
            if not feasible:
                grids_for(n, self.min_size, self.max_size, self.target_size)
            raise Infeasible(
                "engine.infeasible.grids",
                k=self.n_clusters,
                n=n,
                least=self.min_size,
                most=self.max_size,
                fewest=feasible[0],
                greatest=feasible[-1],
            )
        return self.n_clusters


def _seed(random_state: int | np.random.RandomState | None) -> int:
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31))
