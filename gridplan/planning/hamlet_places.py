"""Where households without a position stand: on the anchor of their hamlet."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from gridplan import metrics
from gridplan.coordinates import LocalFrame
from gridplan.model import Hamlet, Household, TownPlan, Village
from gridplan.names import folded, hamlet_key, hamlet_within
from gridplan.rules import mixed_grids
from gridplan.words import Message, length, series

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
        if walk := metrics.places_walk_m(TownPlan((village,))):
            yield Message("anchor.places_walk", {"village": name, "walk": length(walk)})
        if lost := sum(not home.has_place for home in village.plan.households):
            yield Message("anchor.nowhere", {"village": name, "n": lost})
        yield from (remark.note for remark in mixed_grids(village))


def mostly_placed(households: Sequence[Household]) -> bool:
    """Return whether at least half of the households of a village have a position of their own, so that it is drawn."""
    return 2 * sum(home.position == "hamlet" or not home.has_place for home in households) <= len(households)


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
