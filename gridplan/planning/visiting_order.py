"""The order in which the households of a grid are visited: on lists, sheets of paper and the member's page alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gridplan.coordinates import LocalFrame
from gridplan.model import Household, PlannedVillage
from gridplan.names import NameKey, door_key, hamlet_key, sort_key


def visiting_places(villages: Iterable[PlannedVillage]) -> dict[str, int]:
    """Return the place of each household of the plans of villages in the visiting order of its grid, from 1."""
    places: dict[str, int] = {}
    for village in villages:
        placed = [(home.lon, home.lat) for home in village.plan.households if home.has_place]
        frame = LocalFrame.around(placed) if placed else None
        for inside in village.plan.grids.values():
            places |= {id_: place for place, id_ in enumerate(visiting_order(inside, frame), start=1)}
    return places


def visiting_order(households: Sequence[Household], frame: LocalFrame | None = None) -> list[str]:
    """Return the ids of the households of a grid on the shortest closed walk past them.

    It begins at the first by hamlet and door. Those without a place come last, by hamlet and door. The plane that they
    are measured on may be one for all grids of a village: to make one takes longer than the walk.
    """
    from gridplan.engine.tour import visiting_order as shortest_walk  # loads numba, which pages do without

    by_door = sorted(households, key=_natural)
    placed = [household for household in by_door if household.has_place]
    nowhere = [household.household_id for household in by_door if not household.has_place]
    if not placed:
        return nowhere
    lonlat = [(household.lon, household.lat) for household in placed]
    walk = shortest_walk((frame or LocalFrame.around(lonlat)).to_metres(lonlat))
    return [*(placed[at].household_id for at in walk), *nowhere]


def _natural(household: Household) -> tuple[NameKey, NameKey, str]:
    return hamlet_key(household.hamlet), door_key(household.door), sort_key(household.household_id)
