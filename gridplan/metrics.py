"""One function per number, its formula in the docstring."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import DrawnGrid, PlannedVillage, TownPlan


def households(town: TownPlan) -> int:
    """Return the households that are in a grid or left out of all with a reason."""
    return sum(len(village.plan.households) for village in town.villages)


def grids(town: TownPlan) -> int:
    """Return the number of grids."""
    return sum(len(village.grids) for village in town.villages)


def groups(town: TownPlan) -> int:
    """Return the number of party groups."""
    return sum(len(village.groups) for village in town.villages)


def placed(town: TownPlan) -> int:
    """Return the households that have a position of their own, not that of their hamlet."""
    return sum(village.placed for village in town.villages)


def walk_m(town: TownPlan) -> float:
    """Return the sum over all households of drawn villages of the straight metres to the centre of their grid."""
    return sum(village.walk_m for village in town.villages if village.walk_m is not None)


def walkers(town: TownPlan) -> int:
    """Return the households whose walk is in that sum."""
    return sum(grid.size for village in town.villages if village.walk_m is not None for grid in village.grids)


def lower_bound_m(town: TownPlan) -> float | None:
    """Return the sum of the villages' bounds: no plan with as many grids in each walks less. None if one is unknown."""
    bounds = [village.lower_bound_m for village in town.villages if village.walk_m is not None]
    return sum(bound for bound in bounds if bound is not None) if bounds and None not in bounds else None


def gap(walk: float, lower_bound: float | None) -> float | None:
    """Return (walk - bound) / bound: how far at most the walk is above the best possible; None without a bound."""
    if lower_bound is None or lower_bound <= 0:
        return None
    return (walk - lower_bound) / lower_bound


def sizes_out_of_bounds(village: PlannedVillage) -> int:
    """Return the number of grids with fewer households than the least or more than the most."""
    return sum(not village.bounds.holds(village.counted_in(grid)) for grid in village.grids)


def pieces(grid: DrawnGrid) -> int:
    """Return the number of polygons that the outline of a grid is made of; 0 where it has none."""
    return int(shapely.get_num_geometries(grid.outline))


def far_households(village: PlannedVillage, far: float) -> Mapping[int, tuple[int, float]]:
    """Return the grids, by number, with households over `far` straight metres from their centre.

    Of each it is how many, and the metres of the farthest. The centre is the household that is nearest to all
    in sum; a village that is not drawn has none.
    """
    homes = [home for home in village.plan.households if home.household_id in village.plan.grid_of]
    if village.walk_m is None or not homes:
        return {}
    lonlat = np.array([(home.lon, home.lat) for home in homes])
    xy = LocalFrame.around(lonlat).to_metres(lonlat)
    grid = np.array([village.plan.grid_of[home.household_id] for home in homes])
    order = np.argsort(grid, kind="stable")
    numbers, first = np.unique(grid[order], return_index=True)
    extent = np.maximum.reduceat(xy[order], first) - np.minimum.reduceat(xy[order], first)
    found = {}
    for number in numbers[np.hypot(*extent.T) > far].tolist():
        between = np.hypot(*(xy[grid == number][:, None] - xy[grid == number]).transpose(2, 0, 1))
        away = between[np.argmin(between.sum(axis=1))]
        if away.max() > far:
            found[number] = int((away > far).sum()), float(away.max())
    return found
