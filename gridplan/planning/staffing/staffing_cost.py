"""How near and how familiar members are to grids, as one stated cost in metres.

The cost of a member leading a grid is the straight walk from their home to each of its households, in sum, less what
familiarity is worth, and more in another village. Nothing else is weighed, and nothing about the member's person.
docs/algorithm.md has the formula; `COST_METRES` has its numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gridplan.coordinates import LocalFrame
from gridplan.engine.assign import Floats, Ints, walks
from gridplan.model import Household, Member
from gridplan.names import folded_hamlet
from gridplan.words import Message

HAMLET_M: Final = 200.0
"""A household of the member's own hamlet counts as this much nearer."""
TIE_M: Final = 1000.0
"""Every household of a grid that the member knows well, or lives in as far as its name tells, brings the grid this much
nearer in sum: with twelve households it outweighs some 80 m for each."""
ACROSS_M: Final = 500.0
"""A household of another village counts as this much farther, where members may lead across villages at all."""
FURTHER_M: Final = 5000.0
"""A household of a member's second grid counts as this much farther, of a third twice that, and so on: in an ordinary
village no member leads two grids while another could lead one."""
UNKNOWN_M: Final = 5000.0
"""A household counts as this far where the member's home is not known at all. A household without any position counts
as no distance, for every member alike."""
COST_METRES: Final[Mapping[str, float]] = MappingProxyType(
    {"hamlet_m": HAMLET_M, "tie_m": TIE_M, "across_m": ACROSS_M, "further_m": FURTHER_M, "unknown_m": UNKNOWN_M}
)
"""The metres that the cost is made of, for the report of a plan."""


@dataclass(frozen=True)
class StaffingCost:
    """What is between k grids and m members."""

    size: Ints
    """(k,) households of each grid."""
    walk: Floats
    """(k, m) metres from the member's home to all households of the grid that have a position, in sum."""
    walked: Ints
    """(k, m) how many households those are; 0 where the home is not known."""
    positions: NDArray[np.bool_]
    """(k,) whether a household of the grid has a position of its own, so that metres to it mean something."""
    near: Ints
    """(k, m) households of the grid in the member's hamlet."""
    ties: Ints
    """(k, m) households of the grid that the member knows well."""
    cost: Floats
    """(k, m) metres."""

    @property
    def further(self) -> Floats:
        """(k,) metres added to the cost of a grid that is its lead's second, twice that for the third."""
        return self.size * np.float64(FURTHER_M)

    @property
    def measured(self) -> NDArray[np.bool_]:
        """(k, m) whether it is known how far it is, because home and households have positions."""
        return (self.walked > 0) & self.positions[:, np.newaxis]

    def metres(self, grid: int, member: int) -> int | None:
        """Return how far it is from the member's home to a household of the grid, on average; None if not known."""
        if not self.measured[grid, member]:
            return None
        return round(float(self.walk[grid, member]) / int(self.walked[grid, member]))

    def facts(self, grid: int, member: int) -> Message:
        """Return what the cost was made of: the way, and how many households are of the hamlet or known well."""
        metres = self.metres(grid, member)
        way = Message("assign.way.unknown") if metres is None else Message("assign.way.metres", {"metres": metres})
        near, size, ties = int(self.near[grid, member]), int(self.size[grid]), int(self.ties[grid, member])
        code = {(True, True): "assign.facts", (True, False): "assign.facts.near", (False, True): "assign.facts.ties"}
        values = {"way": way, "near": near, "size": size, "ties": ties}
        return Message(code.get((near > 0, ties > 0), "assign.facts.way"), values)


def staffing_cost(grids: Sequence[Sequence[Household]], members: Sequence[Member]) -> StaffingCost:
    """Return what is between grids, each of households of one village, and members."""
    size = np.array([len(grid) for grid in grids], np.intp)
    walk, walked = _walk(grids, members)
    near, ties = np.zeros_like(walked), np.zeros_like(walked)
    across = np.array([[grid[0].village != member.village for member in members] for grid in grids]).reshape(walk.shape)
    grid_of = {household.household_id: number for number, grid in enumerate(grids) for household in grid}
    neighbours = _neighbours(grids)
    for column, member in enumerate(members):
        if member.hamlet:
            for grid, count in neighbours[member.village, folded_hamlet(member.hamlet)].items():
                near[grid, column] = count
        for household_id in set(member.ties) & grid_of.keys():
            ties[grid_of[household_id], column] += 1
    cost = walk - HAMLET_M * near - TIE_M * ties + ACROSS_M * across * size[:, np.newaxis]
    positions = np.array([any(home.position == "exact" for home in grid) for grid in grids], bool)
    return StaffingCost(size, walk, walked, positions, near, ties, cost)


def _walk(grids: Sequence[Sequence[Household]], members: Sequence[Member]) -> tuple[Floats, Ints]:
    """Return the metres (k, m) from homes to all placed households of grids, and from how many households they are."""
    households = np.array([(home.lon, home.lat) for grid in grids for home in grid]).reshape(-1, 2)
    number = np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])
    homes = np.array([(member.lon, member.lat) for member in members], float).reshape(-1, 2)
    placed, at_home = (np.isfinite(lonlat).all(axis=1) for lonlat in (households, homes))
    count = np.bincount(number[placed], minlength=len(grids))
    walk = np.repeat(UNKNOWN_M * count[:, np.newaxis], len(members), axis=1)
    if placed.any():
        frame = LocalFrame.around(households[placed])
        xy, home_xy = frame.to_metres(households[placed]), frame.to_metres(homes[at_home])
        walk[:, at_home] = walks(home_xy, xy, number[placed], len(grids))
    return walk, np.outer(count, at_home)


def _neighbours(grids: Sequence[Sequence[Household]]) -> Mapping[tuple[str | None, str], Mapping[int, int]]:
    """Return how many households of a hamlet each grid has, by village and hamlet."""
    counts: dict[tuple[str | None, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number, grid in enumerate(grids):
        for household in grid:
            if household.hamlet:
                counts[household.village, folded_hamlet(household.hamlet)][number] += 1
    return counts
