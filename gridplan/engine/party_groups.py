"""The party groups of a village: its grids, as points, cut by the search that cut its households into grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gridplan.engine.model.feasible import feasible_grids, grids_for, least_violation
from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Floats, Graph, Ints, Locations
from gridplan.engine.roster import cut_by_roster
from gridplan.engine.search.search import search
from gridplan.engine.solve import in_walking_order

SEED: Final = 0


def group_grids(xy: Floats, beside: Ints, *, least: int, most: int, target: float) -> Ints:
    """Return the group (k,) of each grid, numbered from 0 in rows from north to south, to and fro.

    A group is connected where it can be. Where the bounds cannot hold, the groups break them least.

    Parameters
    ----------
    xy
        The centres (k, 2) of the grids, in metres.
    beside
        Pairs (e, 2) of grids that are beside each other.
    """
    if feasible_grids(len(xy), least, most):
        groups = grids_for(len(xy), least, most, target)
    else:
        groups, least, most = least_violation(len(xy), least, most)
    locations = Locations.distinct(xy)
    ends = locations.of[beside].reshape(-1, 2)
    graph = Graph.of_edges(np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0), len(locations.xy))
    problem = plane_problem(locations, graph, least=least, most=most)
    return in_walking_order(search(problem, groups, effort="fast", seed=SEED).label, xy)


def group_by_roster(hamlets: Sequence[str | None], *, least: int, most: int, target: float) -> Ints:
    """Return the group (k,) of each grid of a village that is not drawn: runs along the hamlets that grids are of."""
    return cut_by_roster(hamlets, [None] * len(hamlets), least=least, most=most, target=target)
