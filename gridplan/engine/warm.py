"""Compiles the kernels, or loads them from the cache: run once at install, no command has to wait for it."""

from __future__ import annotations

import multiprocessing
from typing import Final, get_args

import numpy as np
import shapely

from gridplan.engine.ground.adjacency import neighbours
from gridplan.engine.model.distance import Space
from gridplan.engine.model.grids import Objective
from gridplan.engine.model.problem import Problem, plane_problem
from gridplan.engine.model.proximity import Graph, Locations
from gridplan.engine.model.settings import Settings
from gridplan.engine.proof.bound import MedianProblem, lower_bound
from gridplan.engine.proof.exact import prove
from gridplan.engine.search.medoids import MedoidStarts
from gridplan.engine.search.search import search
from gridplan.engine.solve import draw, solve
from gridplan.engine.tour import visiting_order
from gridplan.engine.village import VillageData

XY: Final = np.random.default_rng(0).uniform(1, 99, (40, 2))
APART: Final = XY[:20] + np.repeat([[0, 0], [600, 0], [200, 700]], [4, 9, 7], axis=0)
VILLAGE: Final = VillageData(XY, shapely.box(0, 0, 100, 100))


def warm_villages() -> None:
    """Put the kernels to work that cut and draw villages."""
    draw(VILLAGE, solve(VILLAGE, Settings(), seed=0).grid, kept=False)


def warm() -> None:
    """Put every kernel to work on a village of 40 households."""
    from gridplan.engine.cluster import MicroGridClustering  # loads scikit-learn, which villages do without

    warm_villages()
    for points in (XY[:3], XY):
        visiting_order(points)
    for effort in ("fast", "best"):
        MicroGridClustering(effort=effort, random_state=0).fit(XY)
    for objective in get_args(Objective):
        MicroGridClustering(objective=objective, contiguous=False, random_state=0).fit(XY)


def warm_proof() -> None:
    """Put the kernels to work that prove grids to be the best: of a few points, and of hamlets far apart."""
    for points, grids in ((XY[:12], 3), (APART, 4)):
        problem = MedianProblem.of(Space.plane(points), None, fewest=grids, greatest=grids, least=4, most=6)
        prove(problem, lower_bound(problem, 1e6), np.arange(len(points)) % grids, parts=1)


def warm_search() -> None:
    """Put the kernels to work that look for grids from a bisection."""
    search(_problem(), 3, effort="fast", seed=0)


def warm_prices_and_drawing() -> None:
    """Put the kernels to work that price points, start from them and draw, which have none of the search's in them."""
    starts = MedoidStarts(_problem(), 3)
    starts.price(None, steps=2)
    draw(VILLAGE, starts.likely(np.random.default_rng(0)), kept=True)


def _problem() -> Problem:
    locations = Locations.distinct(XY)
    return plane_problem(locations, Graph.of_edges(neighbours(locations, XY), len(XY)), least=10, most=15)


if __name__ == "__main__":
    other_core = multiprocessing.get_context("spawn").Process(target=warm_prices_and_drawing)
    other_core.start()
    warm_search()
    other_core.join()
    warm_proof()
    warm()
