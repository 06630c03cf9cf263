"""Compiles the kernels, or loads them from the cache: run once at install, no command has to wait for it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import shapely

from gridplan.engine.cluster import MicroGridClustering
from gridplan.engine.model.grids import Objective
from gridplan.engine.solve import draw, solve


def warm() -> None:
    """Put every kernel to work on a village of 40 households."""
    xy = np.random.default_rng(0).uniform(1, 99, (40, 2))
    ground = shapely.box(0, 0, 100, 100)
    cut = solve(
        xy, ground, least=10, most=15, target=12, contiguous=True, effort="standard", bound=True, seconds=None, seed=0
    )
    draw(xy, ground, cut.grid, made=True)
    for effort in ("fast", "best"):
        MicroGridClustering(effort=effort, random_state=0).fit(xy)
    for objective in get_args(Objective):
        MicroGridClustering(objective=objective, contiguous=False, random_state=0).fit(xy)


if __name__ == "__main__":
    warm()
