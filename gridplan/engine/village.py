"""The facts of one village, as arrays: where its households are, its boundary, its barriers and its hamlets."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry

from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.model.proximity import Floats, Ints

NO_HAMLET = -1


@dataclass(frozen=True)
class VillageData:
    """What the engine knows of a village with n households."""

    xy: Floats
    """(n, 2) metres."""
    boundary: BaseGeometry
    """In metres."""
    barriers: Barriers | None = None
    hamlet: Ints | None = None
    """(n,) the hamlet of each household, or NO_HAMLET; None where that makes no difference."""

    @property
    def barriers_within(self) -> Barriers | None:
        """The barriers clipped to the boundary."""
        return self.barriers.within(self.boundary) if self.barriers else None
