"""One function per number, its formula in the docstring."""

from __future__ import annotations

import shapely

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
