"""How far apart two points are: in a straight line, or as a matrix says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gridplan.engine.model.kernels import inlined

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats


class Space(NamedTuple):
    """What distances are taken from; of the two, `matrix` counts unless it is empty."""

    xy: Floats
    """(n, 2)"""
    matrix: Floats
    """(n, n) distances, or (0, 0)."""

    @classmethod
    def plane(cls, xy: Floats) -> Space:
        """Return the space of points (n, 2) in a plane."""
        return cls(np.ascontiguousarray(xy, np.float64), np.empty((0, 0)))

    @classmethod
    def given(cls, matrix: Floats) -> Space:
        """Return the space that a matrix of distances (n, n) describes."""
        return cls(np.empty((0, 2)), np.ascontiguousarray(matrix, np.float64))

    @property
    def points(self) -> int:
        """How many points there are."""
        return max(len(self.xy), len(self.matrix))


@inlined
def distance(space: Space, i: int, j: int) -> float:
    """Return how far it is from point i to point j."""
    if len(space.matrix):
        return float(space.matrix[i, j])
    dx, dy = space.xy[i, 0] - space.xy[j, 0], space.xy[i, 1] - space.xy[j, 1]
    return float(np.sqrt(dx * dx + dy * dy))
