"""The capacitated p-median problem as textbooks write it, solved by HiGHS; no code of the engine is used."""

from functools import cache

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, eye_array, kron, vstack
from scipy.spatial.distance import cdist

from gridplan.engine.model.distance import Space


def cheapest_plan(space, load, *, fewest, greatest, least, most, price=0.0, quotas=None):
    """Return the cost of the best plan, or None: x[i, j] is 1 where i is in the grid of medoid j.

    `quotas` may ask for medoids in groups: rows (counted (n,), least).
    """
    apart = space.matrix if len(space.matrix) else cdist(space.xy, space.xy)
    n = len(apart)
    load = np.ones(n) if load is None else load
    point, medoid = np.divmod(np.arange(n * n), n)
    is_medoid = coo_array((np.ones(n), (np.arange(n), np.arange(n) * (n + 1))), shape=(n, n * n))
    weighs = coo_array((load[point], (medoid, np.arange(n * n))), shape=(n, n * n))
    answer = milp(
        apart.ravel() + price * (point == medoid),
        integrality=np.ones(n * n),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(kron(eye_array(n), np.ones((1, n))), 1, 1),
            LinearConstraint(eye_array(n * n) - vstack([is_medoid] * n), -np.inf, 0),
            LinearConstraint(weighs - least * is_medoid, 0, np.inf),
            LinearConstraint(weighs - most * is_medoid, -np.inf, 0),
            LinearConstraint((point == medoid).astype(float), fewest, greatest),
            *(
                LinearConstraint(np.where(point == medoid, row[medoid], 0.0), asked, np.inf)
                for row, asked in quotas or []
            ),
        ],
        options={"mip_rel_gap": 1e-9},
    )
    if answer.status == 2:
        return None
    assert answer.status == 0, answer.message
    return answer.fun


def problem(seed):
    """Return a random (space, load, bounds): loads of several kinds or none, distances in a plane or floored."""
    rng = np.random.default_rng(seed)
    n, kind = int(rng.integers(8, 21)), seed % 5
    xy = rng.normal(size=(n, 2)) * 100 + 300 * rng.integers(0, 3, (n, 1))
    load, least, most = None, 3, 6
    if kind == 1:
        load, least, most = rng.integers(1, 8, n).astype(float), 10, 24
    elif kind == 2:
        load, least, most = rng.uniform(0.5, 3, n), 0, 9
    elif kind == 3:
        xy = np.round(xy / 60) * 60  # several on one spot
    elif kind == 4:
        load, least, most = rng.integers(0, 4, n).astype(float), 0, 9
    weight = n if load is None else load.sum()
    fewest = int(np.ceil(weight / most * 1.15))
    bounds = {"fewest": fewest, "greatest": fewest + 2 * (seed % 2), "least": least, "most": most}
    bounds["price"] = 40.0 * (seed % 4 == 0)
    space = Space.plane(xy) if seed % 3 else Space.given(np.floor(cdist(xy, xy)))
    return space, load, bounds


@cache
def cheapest_of(seed):
    """Return the cost of the best plan of a random problem, or None."""
    space, load, bounds = problem(seed)
    return cheapest_plan(space, load, **bounds)
