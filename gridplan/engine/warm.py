"""Compiles the kernels, or loads them from the cache: run once at install, no command has to wait for it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import shapely

from gridplan.engine.cluster import MicroGridClustering
from gridplan.engine.model.grids import Objective
from gridplan.engine.model.settings import Settings
from gridplan.engine.solve import draw, solve
from gridplan.engine.village import VillageData


def warm() -> None:
    """Put every kernel to work on a village of 40 households."""
    xy = np.random.default_rng(0).uniform(1, 99, (40, 2))
    village = VillageData(xy, shapely.box(0, 0, 100, 100))
    draw(village, solve(village, Settings(), seed=0).grid, kept=False)
    for effort in ("fast", "best"):
        MicroGridClustering(effort=effort, random_state=0).fit(xy)
    for objective in get_args(Objective):
        MicroGridClustering(objective=objective, contiguous=False, random_state=0).fit(xy)


if __name__ == "__main__":
    warm()
