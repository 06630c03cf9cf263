"""Where a member lives, for members whose list does not say: at a household of their name, or amid their neighbours."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from gridplan.model import Household, Member, TownPlan
from gridplan.names import folded
from gridplan.words import Message

LISTED = 5
"""So many households of one name are listed by their codes, the rest are only counted."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A member whose village is written as the plan writes it, and how the home was found.

    Where the plan has no such village, `in_plan` is false, `how` says why, and the member is as they were given.
    """

    member: Member
    how: Message
    in_plan: bool = True


class Homes:
    """The households of a town's plan, as far as they tell where somebody lives."""

    def __init__(self, town: TownPlan) -> None:
        self.village_of = {folded(village.plan.village): village.plan.village for village in town.villages}
        self.boundary_of = {village.plan.village: village.boundary for village in town.villages}
        self.called: dict[tuple[str, str], list[Household]] = defaultdict(list)
        self.neighbours: dict[tuple[str, str | None], list[Household]] = defaultdict(list)
        for home in (home for village in town.villages for home in village.plan.households):
            if home.name:
                self.called[home.village, folded(home.name)].append(home)
            if math.isnan(home.lon):
                continue
            self.neighbours[home.village, None].append(home)
            if home.hamlet:
                self.neighbours[home.village, folded(home.hamlet)].append(home)

    def place(self, member: Member) -> Placed:
        """Return the member with the village and the home that can be found for them."""
        village = self._village(member)
        if village is None and member.village:
            return Placed(member, Message("members.home.village_unknown", {"village": member.village}), in_plan=False)
        if village is None:
            return Placed(member, Message("members.home.no_village"), in_plan=False)
        known = replace(member, village=village)
        if member.lon is not None and member.lat is not None:
            return Placed(known, Message("members.home.own"))
        namesakes = self.called.get((village, folded(member.name)), [])
        if len(namesakes) == 1 and not math.isnan(namesakes[0].lon):
            at = {"household": namesakes[0].household_id}
            return Placed(_moved(known, namesakes), Message("members.home.household", at))
        placed = self._amid_neighbours(known, village)
        if len(namesakes) < 2:
            return placed
        listed = ", ".join(home.household_id for home in namesakes[:LISTED]) + (" …" if namesakes[LISTED:] else "")
        several = {"name": member.name, "n": len(namesakes), "households": listed, "instead": placed.how}
        return Placed(placed.member, Message("members.home.ambiguous", several))

    def _village(self, member: Member) -> str | None:
        """Return the village named, else the town's only one, else the one in whose boundary the home is."""
        if member.village:
            return self.village_of.get(folded(member.village))
        if len(self.boundary_of) == 1:
            return next(iter(self.boundary_of))
        if member.lon is None or member.lat is None:
            return None
        home = shapely.Point(member.lon, member.lat)
        boundaries = ((name, boundary) for name, boundary in self.boundary_of.items() if boundary is not None)
        return next((name for name, boundary in boundaries if boundary.intersects(home)), None)

    def _amid_neighbours(self, member: Member, village: str) -> Placed:
        """Return the member at the median position of the hamlet, or of the village where the hamlet is not known."""
        if member.hamlet and (homes := self.neighbours.get((village, folded(member.hamlet)))):
            return Placed(_moved(member, homes), Message("members.home.hamlet", {"hamlet": member.hamlet}))
        if homes := self.neighbours.get((village, None)):
            return Placed(_moved(member, homes), Message("members.home.village", {"village": village}))
        return Placed(member, Message("members.home.nowhere", {"village": village}))


def _moved(member: Member, homes: Sequence[Household]) -> Member:
    lon, lat = np.median([(home.lon, home.lat) for home in homes], axis=0).tolist()
    return replace(member, lon=lon, lat=lat)


def place_members(town: TownPlan, members: Iterable[Member]) -> tuple[Placed, ...]:
    """Return every member with village and home as far as the plan's households tell them."""
    homes = Homes(town)
    return tuple(homes.place(member) for member in members)
