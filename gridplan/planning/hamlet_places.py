"""Where households without a position stand: on the anchor of their hamlet."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import Hamlet, Household, PlannedVillage, TownPlan, Village
from gridplan.names import folded, hamlet_key, hamlet_within
from gridplan.words import Message, series

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats

MANY: Final = 3
"""Hamlets from which on it is said of how many a grid has households."""
NAMED: Final = 5
"""Hamlets that a sentence names; the others are counted."""
Place = tuple[float, float]
"""Longitude and latitude."""
Named = tuple[str, str]
"""A hamlet by its village and its name as names are compared; the village itself has no second name."""


def place_at_hamlets(
    households: Sequence[Household], hamlets: Iterable[Hamlet], villages: Iterable[Village]
) -> tuple[Household, ...]:
    """Return the households in their order, those without a position on an anchor and with position `hamlet`.

    The anchor is the first of these that is known: the place of the hamlet in the list of hamlets; the centre of those
    of the hamlet that have a place; the place of the village in that list (a row without a hamlet, or with the
    village's own name); the centre of those of the village that have positions of their own; a point within the
    village's boundary. Where none is, the household has no place on any map: that of another hamlet is never taken.
    """
    missing = {_named(home.village, home.hamlet) for home in households if not home.has_place}
    if not missing:
        return tuple(households)
    anchors = _anchors(missing | {(village, "") for village, _ in missing}, households, hamlets, villages)
    return tuple(household if household.has_place else _standing(household, anchors) for household in households)


def unplaced_hamlets(households: Iterable[Household], hamlets: Iterable[Hamlet]) -> Iterator[Message]:
    """Yield, of every village with places of hamlets, those hamlets that have none though households need them."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for hamlet in hamlets:
        village, name = _listed(hamlet)
        places[village].setdefault(name, hamlet.name or "")
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    for home in households:
        if home.has_place:
            village, name = _named(home.village, home.hamlet)
            places[village].setdefault(name, home.hamlet or "")
        elif home.hamlet:
            lost[home.village][home.hamlet] += 1
    for name, waiting in lost.items():
        known = places[folded(name)]
        without = [one for one in sorted(waiting, key=hamlet_key) if hamlet_within(name, one) not in known]
        if without and any(known.values()):
            values = {"hamlets": series(without, NAMED), "known": series(filter(None, known.values()), NAMED)}
            yield Message("anchor.unplaced", {"village": name, "n": sum(map(waiting.__getitem__, without)), **values})


def position_notes(town: TownPlan) -> Iterator[Message]:
    """Yield how many households of each village have a position where some have none, and grids of many hamlets."""
    for village in town.villages:
        name, n, placed = village.plan.village, len(village.plan.households), village.placed
        if placed < n:
            code = "anchor.placed" if mostly_placed(village.plan.households) else "anchor.not_drawn"
            yield Message(code, {"village": name, "placed": placed, "n": n})
        if lost := sum(not home.has_place for home in village.plan.households):
            yield Message("anchor.nowhere", {"village": name, "n": lost})
        if not village.kept:
            yield from _grids_of_many_hamlets(village)


def _grids_of_many_hamlets(village: PlannedVillage) -> Iterator[Message]:
    """Yield the planned grids with households of `MANY` hamlets or more, and how far these are apart."""
    homes, places = village.plan.households, places_in_metres(village.plan.households)
    number = np.array([village.plan.grid_of.get(home.household_id, 0) for home in homes])
    for grid in village.grids:
        inside = np.flatnonzero(number == grid.number)
        names = sorted({homes[at].hamlet or "" for at in inside} - {""}, key=hamlet_key)
        if len(names) >= MANY:
            values = {"village": village.plan.village, "number": grid.number, "n": len(names), "hamlets": series(names)}
            apart = 0.0 if places is None else np.nanmax(_lengths(places[inside]), initial=0.0)
            code = "anchor.many_hamlets_apart" if apart else "anchor.many_hamlets"
            yield Message(code, values | {"metres": round(float(apart))})


def mostly_placed(households: Sequence[Household]) -> bool:
    """Return whether at least half of the households of a village have a position of their own, so that it is drawn."""
    return 2 * sum(home.position == "hamlet" or not home.has_place for home in households) <= len(households)


def places_in_metres(households: Sequence[Household]) -> Floats | None:
    """Return where households or their hamlets lie, metres (n, 2) on a plane, nan where unknown; None where all are.

    Where several hamlets stand on one anchor it is that of their village: where they lie is not known.
    """
    standing: dict[Place, set[Named]] = defaultdict(set)
    for home in households:
        if home.position == "hamlet":
            standing[home.lon, home.lat].add(_named(home.village, home.hamlet))
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


def places_walk_m(village: PlannedVillage) -> float | None:
    """Return the metres from the hamlets of all households to the one of their grid from which that is least.

    None for a village that is drawn, and for one of which no place is known; households without a place are left out.
    """
    plan = village.plan
    if village.walk_m is not None or (places := places_in_metres(plan.households)) is None:
        return None
    number, known = (
        np.array([plan.grid_of.get(home.household_id, 0) for home in plan.households]),
        ~np.isnan(places[:, 0]),
    )
    of_grids = (places[known & (number == grid.number)] for grid in village.grids)
    walks = (_lengths(of_grid).sum(axis=1) for of_grid in of_grids if len(of_grid))
    return float(sum(walk.min() for walk in walks))


def _lengths(places: Floats) -> Floats:
    """Return the metres (n, n) between places (n, 2)."""
    return np.asarray(np.linalg.norm(places[:, None] - places, axis=2), float)


def _named(village: str, hamlet: str | None) -> Named:
    return folded(village), hamlet_within(village, hamlet)


def _listed(hamlet: Hamlet) -> Named:
    """Return a row of a list of hamlets as names are compared; one with the village's own name is the village's."""
    village, name = _named(hamlet.village, hamlet.name)
    return village, "" if folded(hamlet.name) == village else name


def _standing(household: Household, anchors: Mapping[Named, Place]) -> Household:
    village, hamlet = _named(household.village, household.hamlet)
    lon, lat = anchors.get((village, hamlet)) or anchors.get((village, "")) or (math.nan, math.nan)
    return replace(household, lon=lon, lat=lat, position="hamlet")


def _anchors(
    wanted: Set[Named], households: Iterable[Household], hamlets: Iterable[Hamlet], villages: Iterable[Village]
) -> dict[Named, Place]:
    """Return the anchor of those wanted of which one is known: of what is merged below, the later wins."""
    listed: dict[Named, Place] = {}
    for hamlet in hamlets:
        listed.setdefault(_listed(hamlet), (hamlet.lon, hamlet.lat))
    lived_in: dict[Named, list[Place]] = defaultdict(list)
    for home in (home for home in households if home.has_place):
        village, name = _named(home.village, home.hamlet)
        for key in {(village, name), *([(village, "")] if home.position == "exact" else [])} & wanted:
            lived_in[key].append((home.lon, home.lat))
    bounded: dict[Named, Place] = {}
    for known in villages:
        key = _named(known.name, None)
        if key in wanted and known.boundary is not None:
            point = shapely.point_on_surface(known.boundary)
            bounded[key] = (point.x, point.y)
    return bounded | _centres(wanted, lived_in) | listed


def _centres(wanted: Set[Named], places: Mapping[Named, Sequence[Place]]) -> dict[Named, Place]:
    """Return of each list of places the one nearest to their median, so that the centre is where a household stands."""
    centres = {}
    for name in places.keys() & wanted:  # in any order: each is worked out alone
        offsets = np.linalg.norm(LocalFrame.around(places[name]).to_metres(places[name]), axis=1)
        centres[name] = places[name][int(np.argmin(offsets))]
    return centres
