"""The part of lists that is about some villages, a planner's own or those that are chosen: the others stay out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry

from gridplan.model import Member
from gridplan.service.imports.staging import StagedLists


@dataclass(frozen=True)
class OwnPart:
    """What is left of lists without other villages, and how much stays out."""

    lists: StagedLists
    households: int
    left_out: int
    """Households of other villages."""
    members: int
    """Members of other villages, or of none."""
    shapes: int
    """Shapes that reach into other villages."""
    others: int
    """Other villages that anything is listed for."""

    @property
    def is_whole(self) -> bool:
        """Whether the lists are about the own villages alone."""
        return not (self.left_out or self.members or self.shapes or self.others)

    def without(self, homes: Collection[str]) -> OwnPart:
        """Return it without households, by the ids of the lists, that are some of another village by now."""
        listed = self.lists.households
        if listed is None or not homes:
            return self
        kept = tuple(home for home in listed.households if home.household_id not in homes)
        return replace(
            self,
            lists=replace(self.lists, households=replace(listed, households=kept)),
            households=len(kept),
            left_out=self.left_out + len(listed.households) - len(kept),
        )


@dataclass(frozen=True)
class VillageChoice:
    """The villages of lists, of which some may be left out."""

    counted: Mapping[str, int]
    """Their households, by name."""
    part: OwnPart
    """What is left of the lists without those that are left out."""


def village_choice(lists: StagedLists, left_out: Collection[str], grounds: Mapping[str, BaseGeometry]) -> VillageChoice:
    """Return the villages of lists, and their part without some; of the town what names no village stays.

    Shapes stay out that touch the `grounds` of villages that are left out, and of no other.
    """
    homes = lists.households
    counted = Counter({village.name: 0 for village in lists.villages})
    counted.update(home.village for home in (homes.households if homes else ()))
    counted.update(dict.fromkeys((place.village for place in lists.hamlets), 0))
    drawn = {village.name: village.boundary for village in lists.villages if village.boundary is not None}
    ground_of = {**grounds, **drawn}

    def stays(shape: BaseGeometry) -> bool:
        touched = {name for name, ground in ground_of.items() if ground.intersects(shape)}
        return not touched or not touched <= {*left_out}

    return VillageChoice(counted, own_part(lists, lambda name: name not in left_out, stays, ()))


def own_part(
    lists: StagedLists,
    is_own: Callable[[str], bool],
    lies_in: Callable[[BaseGeometry], bool],
    strangers: Collection[str],
) -> OwnPart:
    """Return the part of lists that is about some villages: households, members, places, boundaries, shapes.

    Members whose codes are among `strangers` stay out: the service knows them in another village.
    """
    homes, people = lists.households, lists.members
    listed = homes.households if homes else ()
    kept = tuple(home for home in listed if is_own(home.village))
    named = {home.village for home in listed} | {village.name for village in lists.villages}
    listed_people = people.members if people else ()
    named |= {place.village for place in lists.hamlets} | {one.village for one in listed_people if one.village}
    shapes = {kind: tuple(filter(lies_in, found)) for kind, found in lists.shapes.items()}
    own_people = _own_members(listed_people, is_own, strangers)
    part = replace(
        lists,
        households=replace(homes, households=kept) if homes else None,
        members=replace(people, members=own_people) if people else None,
        villages=tuple(village for village in lists.villages if is_own(village.name)),
        hamlets=tuple(place for place in lists.hamlets if is_own(place.village)),
        shapes={kind: found for kind, found in shapes.items() if found},
        book=replace(
            lists.book,
            grids=tuple(row for row in lists.book.grids if is_own(row.village)),
            members=_own_members(lists.book.members, is_own, strangers),
        ),
    )
    return OwnPart(
        part,
        households=len(kept),
        left_out=len(listed) - len(kept),
        members=len(listed_people) - len(own_people),
        shapes=sum(len(found) - len(shapes[kind]) for kind, found in lists.shapes.items()),
        others=sum(not is_own(name) for name in named),
    )


def _own_members(
    people: Iterable[Member], is_own: Callable[[str], bool], strangers: Collection[str]
) -> tuple[Member, ...]:
    return tuple(one for one in people if is_own(one.village or "") and one.member_id not in strangers)
