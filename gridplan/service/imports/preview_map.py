"""The positions of lists on a map, with the outlines of villages, so that a wrong frame is seen."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.exchange.lists.households.households import HouseholdList
from gridplan.service.imports.diff import StoredTown
from gridplan.service.imports.staging import StagedLists
from gridplan.store.registry.villages import Scope

POINTS: Final = 5_000
SIMPLER: Final = 0.00003
"""Degrees; some three metres."""


def preview_map(town: StoredTown, brought: StagedLists, scope: Scope) -> dict[str, Any]:
    """Return the outlines of villages, and a sample of the positions, each with whether it lies in its own village.

    Of the town's villages only those of a scope have an outline.

    `counts` are of all positions: in the own village, outside of it, and in villages without a boundary.
    """
    own = [(name, row) for name, row in town.villages.items() if scope is None or row["id"] in scope]
    outlines = {name: row["boundary"] for name, row in own if row["boundary"] is not None}
    outlines |= {village.name: village.boundary for village in brought.villages if village.boundary is not None}
    homes = brought.households
    lonlat = household_lonlat(homes)
    village_of = [home.village for home in (homes.households if homes else ())]
    of_village: dict[str, list[int]] = defaultdict(list)
    for at in np.flatnonzero(np.isfinite(lonlat[:, 0])).tolist():
        of_village[village_of[at]].append(at)
    inside: dict[int, bool | None] = {}
    for name, rows in of_village.items():
        ground = outlines.get(name)
        held = [None] * len(rows) if ground is None else shapely.intersects_xy(ground, lonlat[rows]).tolist()
        inside |= dict(zip(rows, held, strict=True))
    step = max(1, -(-len(inside) // POINTS))
    points = [[*lonlat[at].round(6).tolist(), inside[at]] for at in sorted(inside)[::step]]
    named = {*village_of, *(one.name for one in brought.villages)}
    return {
        "villages": [
            {
                "name": name,
                "shape": shapely.geometry.mapping(shapely.simplify(outline, SIMPLER)),
                "named": name in named,
            }
            for name, outline in outlines.items()
        ],
        "points": points,
        "counts": [sum(held is which for held in inside.values()) for which in (True, False, None)],
    }


def household_lonlat(listed: HouseholdList | None) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of all households of a list, nan for those without a position."""
    if listed is None:
        return np.empty((0, 2))
    return np.array([(home.lon, home.lat) for home in listed.households], np.float64).reshape(-1, 2)
