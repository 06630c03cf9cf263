"""What a newer list of households changes: who is new, gone, moved or renamed. No household goes for a missing row.

Households with an id of their list are known by it. A code that was made says nothing, so these are known by village,
name, door and place, and only where that leaves no doubt; where it does, the planner is asked.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from types import MappingProxyType
from typing import Final

import numpy as np

from gridplan.model import Household
from gridplan.names import hamlet_within
from gridplan.planning.update.household_matching import HouseholdMatching, is_exact, villages_renamed

STILL_M: Final = 1.0
"""Metres that a household may be off without having moved."""


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What changed between two lists, by the ids of the old one; only `new`, `unsure` and `old_of` go by new ids.

    A household may be in several of moved, renamed, other_village, other_hamlet and amended (phone, address or door).
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]
    moved: Mapping[str, float]
    """Metres; nan for a household that had no position, and now has one."""
    renamed: Mapping[str, tuple[str | None, str | None]]
    other_village: Mapping[str, tuple[str, str]]
    other_hamlet: Mapping[str, tuple[str | None, str | None]]
    amended: tuple[str, ...]
    same: tuple[str, ...]
    unsure: Mapping[str, tuple[str, ...]]
    """Households of the new list that may be one of these of the old list, or new."""
    old_of: Mapping[str, str]
    """The old id of every household of the new list that was found in the old one."""
    villages: Mapping[str, str] = field(default_factory=dict)
    """What villages of another name were called before, by their new names; no household moved for that."""

    def __bool__(self) -> bool:
        """Return whether anything changed, or is in doubt."""
        return len(self.same) < len(self.old_of) or bool(self.new or self.gone or self.unsure or self.villages)


def compare_lists(
    old: Sequence[Household],
    new: Sequence[Household],
    *,
    made: Container[str] = frozenset(),
    answers: Mapping[str, str | None] = MappingProxyType({}),
) -> ListChanges:
    """Return what the households of `new` change about those of `old`.

    What `new` leaves blank changes nothing, and a household that stands on its hamlet's anchor has not moved.

    `made` are the ids of `new` that were made because the list has none; of `old`, those count that have the form:
    village, perhaps hamlet, and a running number. `answers` on unsure households say for an id of `new` the one of
    `old` that it is, None for a new one.

    Raises
    ------
    KeyError
        An answer names a household that is in neither list.
    """
    villages = villages_renamed(old, new)
    as_before = [replace(home, village=villages.get(home.village, home.village)) for home in new]
    matching = HouseholdMatching(old, as_before, made)
    matching.apply_answers(answers)
    matching.match_by_id(made)
    matching.match_alike()
    matching.match_near()
    matching.match_in_hamlet()
    old_of, doubts = matching.old_of, matching.doubts()
    found = set(old_of.values()).union(*doubts.values())
    return replace(
        _differences(matching),
        new=tuple(home.household_id for at, home in enumerate(new) if at not in old_of and at not in doubts),
        gone=tuple(home.household_id for at, home in enumerate(old) if at not in found),
        unsure={new[at].household_id: tuple(old[was].household_id for was in might) for at, might in doubts.items()},
        old_of={new[at].household_id: old[was].household_id for at, was in sorted(old_of.items())},
        villages=villages,
    )


@dataclass(frozen=True, slots=True)
class MergedLists:
    """The households of an older list as a newer one has them, and after them the new ones.

    `id_of` is the id that each household of the newer list has among them; those in doubt have none.
    """

    households: tuple[Household, ...]
    id_of: Mapping[str, str]
    changes: ListChanges


def merge_lists(
    old: Sequence[Household],
    new: Sequence[Household],
    *,
    made: Container[str] = frozenset(),
    answers: Mapping[str, str | None] = MappingProxyType({}),
) -> MergedLists:
    """Return the households of `old` as `new` has them, in their order and with their ids, and after them the new ones.

    Those that `new` lacks stay; those that are in doubt wait for an answer. What `new` leaves blank stays as it was.
    """
    changes = compare_lists(old, new, made=made, answers=answers)
    id_of = {**changes.old_of, **_ids_of_new(old, new, changes)}
    newer = {id_of[home.household_id]: home for home in new if home.household_id in id_of}
    known = {home.household_id for home in old}
    households = [_updated(home, newer[home.household_id]) if home.household_id in newer else home for home in old]
    households += [replace(home, household_id=id_) for id_, home in newer.items() if id_ not in known]
    return MergedLists(tuple(households), id_of, changes)


def _ids_of_new(old: Sequence[Household], new: Sequence[Household], changes: ListChanges) -> dict[str, str]:
    """Return the ids of the households that are new: their own unless the old list has it, then a free one."""
    used = {household.household_id for household in old}
    not_free = used | {household.household_id for household in new}
    added = set(changes.new)
    ids = {}
    for household in new:
        own = household.household_id
        if own in added and own in used:
            start = "-".join(part for part in (household.village, household.hamlet) if part)
            ids[own] = next(made for number in count(1) if (made := f"{start}-{number:04d}") not in not_free)
            not_free.add(ids[own])
        elif own in added:
            ids[own] = own
    return ids


def _differences(matching: HouseholdMatching) -> ListChanges:
    """Return what changed about the households that are in both lists."""
    moved: dict[str, float] = {}
    renamed: dict[str, tuple[str | None, str | None]] = {}
    other_village: dict[str, tuple[str, str]] = {}
    other_hamlet: dict[str, tuple[str | None, str | None]] = {}
    amended, same = [], []
    for at, was_at in sorted(matching.old_of.items(), key=lambda pair: pair[1]):
        was, now = matching.old[was_at], _updated(matching.old[was_at], matching.new[at])
        id_ = was.household_id
        way = matching.metres_new[at] - matching.metres_old[was_at]
        metres = float(np.hypot(*way)) if is_exact(was) else math.nan
        if is_exact(matching.new[at]) and not metres <= STILL_M:
            moved[id_] = metres
        if was.name != now.name:
            renamed[id_] = (was.name, now.name)
        if was.village != now.village:
            other_village[id_] = (was.village, now.village)
        if was.hamlet != now.hamlet:
            other_hamlet[id_] = (was.hamlet, now.hamlet)
        if (was.phone, was.address, was.door) != (now.phone, now.address, now.door):
            amended.append(id_)
        elif not any(id_ in changed for changed in (moved, renamed, other_village, other_hamlet)):
            same.append(id_)
    return ListChanges((), (), moved, renamed, other_village, other_hamlet, tuple(amended), tuple(same), {}, {})


def _updated(old: Household, new: Household) -> Household:
    """Return a household as the new list has it, with its old id, and all that the new list leaves blank."""
    is_same = not new.hamlet or hamlet_within(new.village, new.hamlet) == hamlet_within(old.village, old.hamlet)
    hamlet = old.hamlet if is_same else new.hamlet
    elsewhere = (new.village, hamlet) != (old.village, old.hamlet)
    place = new if is_exact(new) or (elsewhere and not is_exact(old)) else old
    return replace(
        old,
        village=new.village,
        hamlet=hamlet,
        name=new.name or old.name,
        phone=new.phone or old.phone,
        address=new.address or old.address,
        door=new.door or old.door,
        lon=place.lon,
        lat=place.lat,
        position=place.position,
    )
