"""Who a member is to the households of a plan: where they live, where no list says so, and whom they know well."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from gridplan.model import Household, Member, TownPlan
from gridplan.names import folded, hamlet_within, may_be_one_village, village_stem
from gridplan.words import Message, series

LISTED = 5
"""So many households of one name are listed by their codes, the rest are only counted."""
NAMED = 10
"""So many members of a village without any home are named in its note; the plan says it of each of them."""


@dataclass(frozen=True, slots=True)
class MemberHome:
    """A member as the plan knows them, and how the home was found.

    The village is written as in the plan, ties are ids of households in it, and a household that is the home is one.
    """

    member: Member
    how: Message
    in_plan: bool = True
    """Whether there are grids that the member might lead; where not, `how` says why."""
    village_known: bool = True
    """Whether the plan has a village of the member's."""
    hamlet_known: bool = True
    """Whether that village has the hamlet of the member, if the list gives one."""
    ambiguous_ties: tuple[str, ...] = ()
    """Names given as ties that several households of the village have, each with the ids of these."""
    unknown_ties: tuple[str, ...] = ()
    """What is given as a tie and is neither the id of a household nor the name of one in the member's village."""


class HomeLookup:
    """The households of a town's plan, as far as they tell where a member lives."""

    def __init__(self, town: TownPlan) -> None:
        self.village_of = {folded(village.plan.village): village.plan.village for village in town.villages}
        self.boundary_of = {village.plan.village: village.boundary for village in town.villages}
        self.short_for: dict[str, list[str]] = defaultdict(list)
        for name in self.boundary_of:
            self.short_for[village_stem(name)].append(name)
        self.households = {home.household_id: home for village in town.villages for home in village.plan.households}
        self.called: dict[tuple[str, str], list[Household]] = defaultdict(list)
        self.hamlets: set[tuple[str | None, str]] = set()
        self.neighbours: dict[tuple[str, str | None], list[Household]] = defaultdict(list)
        for home in self.households.values():
            hamlet = hamlet_within(home.village, home.hamlet)
            self.hamlets.add((home.village, hamlet))
            if home.name:
                self.called[home.village, folded(home.name)].append(home)
            if home.has_place:
                self.neighbours[home.village, None].append(home)
                self.neighbours[home.village, hamlet].append(home)

    def find(self, member: Member, *, across_villages: bool = False) -> MemberHome:
        """Return the member with the village, the home and the ties that can be found for them.

        With `across_villages`, members of no village of the plan have a part in it too.
        """
        village = self._village(member)
        if village is None:
            placed = MemberHome(member, _of_no_village(member, across_villages), across_villages, village_known=False)
        else:
            known = not member.hamlet or (village, hamlet_within(village, member.hamlet)) in self.hamlets
            placed = replace(self._at_home(replace(member, village=village), village), hamlet_known=known)
        return self._with_ties(placed)

    def _village(self, member: Member) -> str | None:
        """Return the village named, else the town's only one, else the one in whose boundary the home is."""
        if member.village:
            alike = self.short_for.get(village_stem(member.village), [])
            short_for = [name for name in alike if may_be_one_village(name, member.village)]
            return self.village_of.get(folded(member.village)) or (short_for[0] if len(short_for) == 1 else None)
        if len(self.boundary_of) == 1:
            return next(iter(self.boundary_of))
        if member.lon is None or member.lat is None:
            return None
        home = shapely.Point(member.lon, member.lat)
        boundaries = ((name, boundary) for name, boundary in self.boundary_of.items() if boundary is not None)
        return next((name for name, boundary in boundaries if boundary.intersects(home)), None)

    def _at_home(self, member: Member, village: str) -> MemberHome:
        """Return the member at home: as the list says, in the one household of their name, or amid their neighbours."""
        if member.lon is not None and member.lat is not None:
            return MemberHome(member, Message("members.home.own"))
        namesakes = self.called.get((village, folded(member.name)), [])
        if len(namesakes) == 1:
            return _living_in(namesakes[0], member)
        placed = self._amid_neighbours(member, village)
        if not namesakes:
            return placed
        several = {"name": member.name, "n": len(namesakes), "households": _ids(namesakes), "instead": placed.how}
        return MemberHome(placed.member, Message("members.home.ambiguous", several))

    def _amid_neighbours(self, member: Member, village: str) -> MemberHome:
        """Return the member at the median position of the hamlet, or of the village where the hamlet is not known."""
        if member.hamlet and (homes := self.neighbours.get((village, hamlet_within(village, member.hamlet)))):
            return MemberHome(_moved(member, homes), Message("members.home.hamlet", {"hamlet": homes[0].hamlet}))
        if homes := self.neighbours.get((village, None)):
            return MemberHome(_moved(member, homes), Message("members.home.village", {"village": village}))
        return MemberHome(member, Message("members.home.nowhere", {"village": village}))

    def _with_ties(self, placed: MemberHome) -> MemberHome:
        """Return the member with the households known well by their ids; a name means the only one in the village."""
        known, ambiguous, unknown = [], [], []
        for tie in placed.member.ties:
            named = self.called.get((placed.member.village or "", folded(tie)), [])
            if tie in self.households:
                known.append(tie)
            elif len(named) == 1:
                known.append(named[0].household_id)
            elif named:
                ambiguous.append(f"{tie} ({_ids(named)})")
            else:
                unknown.append(tie)
        return replace(
            placed,
            member=replace(placed.member, ties=tuple(dict.fromkeys(known))),
            ambiguous_ties=tuple(ambiguous),
            unknown_ties=tuple(unknown),
        )


def _of_no_village(member: Member, across_villages: bool) -> Message:
    if across_villages and member.lon is not None:
        return Message("members.home.own")
    if member.village:
        return Message("members.home.village_unknown", {"village": member.village})
    return Message("members.home.no_village")


def _living_in(home: Household, member: Member) -> MemberHome:
    """Return the member in a household: on its spot if it has one, of its hamlet, and it is one they know well."""
    at = {"household": home.household_id}
    known = replace(member, hamlet=member.hamlet or home.hamlet, ties=(*member.ties, home.household_id))
    if not home.has_place:
        return MemberHome(known, Message("members.home.unplaced", at))
    return MemberHome(_moved(known, [home]), Message("members.home.household", at))


def _moved(member: Member, homes: Sequence[Household]) -> Member:
    lon, lat = np.median([(home.lon, home.lat) for home in homes], axis=0).tolist()
    return replace(member, lon=lon, lat=lat)


def _ids(homes: Sequence[Household]) -> str:
    return _first([home.household_id for home in homes], LISTED)


def find_homes(town: TownPlan, members: Iterable[Member], *, across_villages: bool = False) -> tuple[MemberHome, ...]:
    """Return every member with village, home and ties as far as the plan's households tell them."""
    homes = HomeLookup(town)
    return tuple(homes.find(member, across_villages=across_villages) for member in members)


def home_notes(placed: Sequence[MemberHome]) -> Iterator[Message]:
    """Walk what a planner should look at in the members as they were given: nothing is guessed, all of it is listed."""
    ways = Counter(one.how.code for one in placed)
    by_way = {
        "household": ways["members.home.household"] + ways["members.home.unplaced"],
        "hamlet": ways["members.home.hamlet"],
        "village": ways["members.home.village"],
    }
    if n := sum(by_way.values()):
        yield Message("members.note.homes", {"n": n, **by_way})
    strangers = [one for one in placed if one.how.code == "members.home.village_unknown"]
    if len(strangers) > LISTED:
        of = series(sorted({str(one.member.village) for one in strangers}), LISTED)
        yield Message("members.note.other_villages", {"n": len(strangers), "villages": of})
    told = [one for one in placed if one not in strangers] if len(strangers) > LISTED else placed
    for one in told:
        if not one.in_plan or one.how.code == "members.home.ambiguous":
            who = {"member": one.member.member_id, "name": one.member.name}
            yield Message("members.note.look", {**who, "reason": one.how})
    taking_part = [one for one in placed if one.in_plan]
    yield from _listed("members.note.abroad", (one for one in taking_part if not one.village_known))
    yield from _listed("members.note.nowhere", (one for one in taking_part if one.how.code == "members.home.nowhere"))
    no_hamlet = (one for one in taking_part if not one.hamlet_known)
    yield from _listed("members.note.hamlet_unknown", no_hamlet, lambda one: (str(one.member.hamlet),))
    yield from _listed("members.note.ties_ambiguous", taking_part, lambda one: one.ambiguous_ties)
    yield from _listed("members.note.ties_unknown", taking_part, lambda one: one.unknown_ties)


def _listed(
    code: str, placed: Iterable[MemberHome], doubts: Callable[[MemberHome], Sequence[str]] | None = None
) -> Iterator[Message]:
    """Walk a note for each village: how many doubts there are about its members, and all of them named with theirs.

    Without `doubts` the members themselves are counted, and only so many of them named.
    """
    in_village: dict[str, list[MemberHome]] = defaultdict(list)
    for one in placed:
        if doubts is None or doubts(one):
            in_village[one.member.village or "–"].append(one)
    for village, members in sorted(in_village.items()):
        called = [f"{one.member.name} ({one.member.member_id})" for one in members]
        if doubts is None:
            yield Message(code, {"village": village, "n": len(members), "who": _first(called, NAMED, "; ")})
            continue
        found = [doubts(one) for one in members]
        who = "; ".join(f"{name}: {', '.join(each)}" for name, each in zip(called, found, strict=True))
        yield Message(code, {"village": village, "n": sum(map(len, found)), "who": who})


def _first(texts: Sequence[str], most: int, between: str = ", ") -> str:
    return between.join(texts[:most]) + (" …" if texts[most:] else "")
