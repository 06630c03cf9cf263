"""One function per number, its formula in the docstring."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import DrawnGrid, Household, PlannedVillage, TownPlan
from gridplan.names import hamlet_within

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats


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


def places_walk_m(town: TownPlan) -> float | None:
    """Return the sum over villages that are not drawn of what is walked between the places of hamlets; None if none is.

    In a grid that is the metres from the hamlets of all its households to the one of them from which that is least;
    households without a place are left out.
    """
    walks = [walk for walk in map(_places_walk, town.villages) if walk is not None]
    return sum(walks) if walks else None


def places_in_metres(households: Sequence[Household]) -> Floats | None:
    """Return where households of a village or their hamlets lie, in metres (n, 2) on a plane; nan where it is unknown.

    None where it is unknown of all. Where several hamlets stand on one anchor it is that of their village: where they
    lie is not known.
    """
    standing = defaultdict[tuple[float, float], set[str]](set)
    for home in households:
        if home.position == "hamlet":
            standing[home.lon, home.lat].add(hamlet_within(home.village, home.hamlet))
    nowhere = (math.nan, math.nan)
    lonlat = np.array(
        [
            nowhere if home.position == "hamlet" and len(standing[home.lon, home.lat]) > 1 else (home.lon, home.lat)
            for home in households
        ],
        float,
    ).reshape(-1, 2)
    known = ~np.isnan(lonlat).any(axis=1)
    if not known.any():
        return None
    places = np.full_like(lonlat, np.nan)
    places[known] = LocalFrame.around(lonlat[known]).to_metres(lonlat[known])
    return places


def _places_walk(village: PlannedVillage) -> float | None:
    plan = village.plan
    if village.walk_m is not None or (places := places_in_metres(plan.households)) is None:
        return None
    number = np.array([plan.grid_of.get(home.household_id, 0) for home in plan.households])
    known = ~np.isnan(places[:, 0])
    of_grids = (places[known & (number == grid.number)] for grid in village.grids)
    walks = (_lengths(of_grid).sum(axis=1) for of_grid in of_grids if len(of_grid))
    return float(sum(walk.min() for walk in walks))


def _lengths(places: Floats) -> Floats:
    """Return the metres (n, n) between places (n, 2)."""
    return np.asarray(np.linalg.norm(places[:, None] - places, axis=2), float)
