"""What a newer list of households changes: who is new, gone, moved or renamed. Nobody goes because a row is missing.

Households with an id of their list are known by it. A code that was made says nothing, so these are known by village,
name, door and place, and only where that leaves no doubt; where it does, the planner is asked.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridplan.coordinates import LocalFrame
from gridplan.model import Household
from gridplan.names import folded

NEAR_M: Final = 50.0
"""Metres within which a household without an id of its own is looked for."""
STILL_M: Final = 1.0
"""Metres that a household may be off without having moved."""
APART_M: Final = 1e7
"""Metres between the planes on which households that cannot be the same are laid out."""


@dataclass(frozen=True, slots=True)
class Changes:
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
    """Households of the new list that may be one of these of the old list, or new: neither is said of them."""
    old_of: Mapping[str, str]
    """The old id of every household of the new list that was found in the old one."""

    def __bool__(self) -> bool:
        """Return whether anything changed, or is in doubt."""
        return len(self.same) < len(self.old_of) or bool(self.new or self.gone or self.unsure)


def compare(
    old: Sequence[Household],
    new: Sequence[Household],
    *,
    made: Container[str] = frozenset(),
    answers: Mapping[str, str | None] = MappingProxyType({}),
) -> Changes:
    """Return what the households of `new` change about those of `old`.

    What `new` leaves blank changes nothing, and a household that stands on its hamlet's anchor has not moved.

    Parameters
    ----------
    old, new
        The households; ids are unique in each.
    made
        Ids of `new` that were made because the list has none. Of `old`, those count that look it: village, perhaps
        hamlet, and a running number.
    answers
        What the planner said of unsure households: for an id of `new` the one of `old` that it is, None for a new one.

    Raises
    ------
    KeyError
        An answer names a household that is in neither list.
    """
    pairing = _Pairing(old, new, made)
    pairing.answer(answers)
    pairing.by_id(made)
    pairing.alike()
    pairing.near()
    pairing.in_one_hamlet()
    return _changes(pairing, pairing.doubts())


def merged(
    old: Sequence[Household],
    new: Sequence[Household],
    *,
    made: Container[str] = frozenset(),
    answers: Mapping[str, str | None] = MappingProxyType({}),
) -> tuple[Household, ...]:
    """Return the households of `old` as `new` has them, in their order and with their ids, and after them the new ones.

    Those that `new` lacks stay; those that are in doubt wait for an answer. What `new` leaves blank stays as it was.
    """
    changes = compare(old, new, made=made, answers=answers)
    newer_of = {
        changes.old_of[household.household_id]: household
        for household in new
        if household.household_id in changes.old_of
    }
    households = [
        _updated(household, newer_of[household.household_id]) if household.household_id in newer_of else household
        for household in old
    ]
    taken = {household.household_id for household in (*old, *new)}
    used = {household.household_id for household in old}
    added = set(changes.new)
    for household in new:
        if household.household_id in added:
            id_ = household.household_id if household.household_id not in used else _next_free(household, taken)
            taken.add(id_)
            used.add(id_)
            households.append(replace(household, household_id=id_))
    return tuple(households)


def looks_made(household: Household) -> bool:
    """Return whether an id has the form of those made where a list has none: village, hamlet if any, running number."""
    rest = household.household_id.removeprefix(f"{household.village}-")
    return rest != household.household_id and re.fullmatch(r"(.+-)?\d{4,}", rest) is not None


class _Pairing:
    """Which household of the new list is which of the old one, by their places in the lists, as found so far."""

    def __init__(self, old: Sequence[Household], new: Sequence[Household], made: Container[str]) -> None:
        self.old, self.new = old, new
        self.old_of: dict[int, int] = {}
        self.answered_new: set[int] = set()
        self._taken: set[int] = set()
        self._loose_old = [looks_made(household) for household in old]
        self._loose_new = [household.household_id in made for household in new]
        both = [*old, *new]
        exact = [_is_exact(household) for household in both]
        lonlat = np.array([(household.lon, household.lat) for household in both]).reshape(-1, 2)
        self._exact_old, self._exact_new = exact[: len(old)], exact[len(old) :]
        metres = LocalFrame.around(lonlat[exact] if any(exact) else (0.0, 0.0)).to_metres(lonlat)
        metres = np.nan_to_num(metres, posinf=APART_M, neginf=-APART_M)
        self.metres_old, self.metres_new = metres[: len(old)], metres[len(old) :]

    def answer(self, answers: Mapping[str, str | None]) -> None:
        """Pair as the planner said."""
        old_at = {household.household_id: at for at, household in enumerate(self.old)}
        new_at = {household.household_id: at for at, household in enumerate(self.new)}
        self.answered_new = {new_at[new] for new, old in answers.items() if old is None}
        self._pair((old_at[old], new_at[new]) for new, old in answers.items() if old is not None)

    def by_id(self, made: Container[str]) -> None:
        """Pair households of one id, if the new list has it, or all else is equal too."""
        at_id = {household.household_id: at for at, household in enumerate(self.old)}
        for at, household in enumerate(self.new):
            old = at_id.get(household.household_id)
            if old is not None and (
                household.household_id not in made or _content(household) == _content(self.old[old])
            ):
                self._pair([(old, at)])

    def alike(self) -> None:
        """Pair households that differ in nothing but the id; where several do, it does not matter which."""
        olds: dict[Hashable, list[int]] = defaultdict(list)
        for at in self._open_old():
            olds[_content(self.old[at])].append(at)
        for at in self._open_new():
            left = olds.get(_content(self.new[at]), [])
            found = next((old for old in left if self._may_pair(old, at)), None)
            if found is not None:
                left.remove(found)
                self._pair([(found, at)])

    def near(self) -> None:
        """Pair households of one village, name and door that are the only such near each other."""
        olds = [at for at in self._open_old() if self._exact_old[at]]
        news = [at for at in self._open_new() if self._exact_new[at]]
        if not olds or not news:
            return
        planes: dict[Hashable, int] = {}
        spots_old = self._spots(olds, self.old, self.metres_old, planes)
        spots_new = self._spots(news, self.new, self.metres_new, planes)
        only_old, only_new = _only_one(spots_new, spots_old), _only_one(spots_old, spots_new)
        self._pair(
            (olds[old], at)
            for at, old in zip(news, only_old, strict=True)
            if old is not None and only_new[old] is not None and self._may_pair(olds[old], at)
        )

    def in_one_hamlet(self) -> None:
        """Pair households of one village, hamlet, name and door, of which one or both have no position of their own."""
        olds = self._by(self._open_old(), self.old, _known)
        news = self._by(self._open_new(), self.new, _known)
        for key in news.keys() & olds.keys():
            if len(news[key]) == len(olds[key]) == 1:
                old, new = olds[key][0], news[key][0]
                if not (self._exact_old[old] and self._exact_new[new]) and self._may_pair(old, new):
                    self._pair([(old, new)])

    def doubts(self) -> dict[int, list[int]]:
        """Return for every open household of the new list those of the old list that it may be.

        Two of village and name, village and door, and place agree; without a position, the hamlet is the place.
        """
        olds, news = list(self._open_old()), list(self._open_new())
        if not olds or not news:
            return {}
        named = self._by(olds, self.old, lambda home: _filled(home.village, home.name, home.door))
        called = self._by(olds, self.old, lambda home: _filled(home.village, home.hamlet, home.name))
        doors = self._by(olds, self.old, lambda home: _filled(home.village, home.hamlet, home.door))
        near = self._near(olds, news)
        found = {}
        for at in news:
            home = self.new[at]
            candidates = set(named.get(_filled(home.village, home.name, home.door), ()))
            candidates |= {old for old in near.get(at, ()) if _fits(self.old[old], home)}
            for fitting in (
                called.get(_filled(home.village, home.hamlet, home.name), ()),
                doors.get(_filled(home.village, home.hamlet, home.door), ()),
            ):
                candidates |= {old for old in fitting if not (self._exact_old[old] and self._exact_new[at])}
            if possible := sorted(old for old in candidates if self._may_pair(old, at)):
                found[at] = possible
        return found

    def _near(self, olds: Sequence[int], news: Sequence[int]) -> dict[int, list[int]]:
        exact_old, exact_new = [at for at in olds if self._exact_old[at]], [at for at in news if self._exact_new[at]]
        if not exact_old or not exact_new:
            return {}
        tree_old, tree_new = cKDTree(self.metres_old[exact_old]), cKDTree(self.metres_new[exact_new])
        found = tree_new.query_ball_tree(tree_old, NEAR_M)
        return {at: [exact_old[old] for old in near] for at, near in zip(exact_new, found, strict=True)}

    def _spots(
        self,
        index: Sequence[int],
        households: Sequence[Household],
        metres: NDArray[np.float64],
        planes: dict[Hashable, int],
    ) -> NDArray[np.float64]:
        """Return x, y and a plane in metres: households of one village, name and door are on one plane."""
        keys = [(home.village, folded(home.name), folded(home.door)) for home in map(households.__getitem__, index)]
        heights = [planes.setdefault(key, len(planes)) * APART_M for key in keys]
        return np.column_stack([metres[index], heights])

    def _by(
        self, index: Iterable[int], households: Sequence[Household], key_of: Callable[[Household], Hashable]
    ) -> dict[Hashable, list[int]]:
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for at in index:
            if (key := key_of(households[at])) is not None:
                groups[key].append(at)
        return groups

    def _open_old(self) -> Iterator[int]:
        return (at for at in range(len(self.old)) if at not in self._taken)

    def _open_new(self) -> Iterator[int]:
        return (at for at in range(len(self.new)) if at not in self.old_of and at not in self.answered_new)

    def _may_pair(self, old: int, new: int) -> bool:
        return old not in self._taken and (self._loose_old[old] or self._loose_new[new])

    def _pair(self, pairs: Iterable[tuple[int, int]]) -> None:
        for old, new in pairs:
            if old not in self._taken and new not in self.old_of:
                self.old_of[new] = old
                self._taken.add(old)


def _changes(pairing: _Pairing, doubts: Mapping[int, Sequence[int]]) -> Changes:
    old, new, old_of = pairing.old, pairing.new, pairing.old_of
    doubtful = {at for candidates in doubts.values() for at in candidates}
    paired = set(old_of.values())
    moved: dict[str, float] = {}
    renamed: dict[str, tuple[str | None, str | None]] = {}
    other_village: dict[str, tuple[str, str]] = {}
    other_hamlet: dict[str, tuple[str | None, str | None]] = {}
    amended, same = [], []
    for at, was_at in sorted(old_of.items(), key=lambda pair: pair[1]):
        was, now = old[was_at], _updated(old[was_at], new[at])
        if was == now:
            same.append(was.household_id)
            continue
        metres = float(np.hypot(*(pairing.metres_new[at] - pairing.metres_old[was_at])))
        metres = metres if _is_exact(was) else math.nan
        if _is_exact(new[at]) and not metres <= STILL_M:
            moved[was.household_id] = metres
        if was.name != now.name:
            renamed[was.household_id] = (was.name, now.name)
        if was.village != now.village:
            other_village[was.household_id] = (was.village, now.village)
        if was.hamlet != now.hamlet:
            other_hamlet[was.household_id] = (was.hamlet, now.hamlet)
        if (was.phone, was.address, was.door) != (now.phone, now.address, now.door):
            amended.append(was.household_id)
    changed = {*moved, *renamed, *other_village, *other_hamlet, *amended, *same}
    same += [old[at].household_id for at in sorted(paired) if old[at].household_id not in changed]
    return Changes(
        new=tuple(home.household_id for at, home in enumerate(new) if at not in old_of and at not in doubts),
        gone=tuple(home.household_id for at, home in enumerate(old) if at not in paired and at not in doubtful),
        moved=moved,
        renamed=renamed,
        other_village=other_village,
        other_hamlet=other_hamlet,
        amended=tuple(amended),
        same=tuple(same),
        unsure={
            new[at].household_id: tuple(old[was].household_id for was in candidates)
            for at, candidates in doubts.items()
        },
        old_of={new[at].household_id: old[was].household_id for at, was in sorted(old_of.items())},
    )


def _updated(old: Household, new: Household) -> Household:
    """Return a household as the new list has it, with its old id, and all that the new list leaves blank."""
    elsewhere = (new.village, new.hamlet or old.hamlet) != (old.village, old.hamlet)
    place = new if _is_exact(new) or (elsewhere and not _is_exact(old)) else old
    return replace(
        old,
        village=new.village,
        hamlet=new.hamlet or old.hamlet,
        name=new.name or old.name,
        phone=new.phone or old.phone,
        address=new.address or old.address,
        door=new.door or old.door,
        lon=place.lon,
        lat=place.lat,
        position=place.position,
    )


def _next_free(household: Household, taken: Container[str]) -> str:
    start = "-".join(part for part in (household.village, household.hamlet) if part)
    return next(made for number in count(1) if (made := f"{start}-{number:04d}") not in taken)


def _is_exact(household: Household) -> bool:
    return household.position == "exact" and not math.isnan(household.lon)


def _content(household: Household) -> Hashable:
    place = (household.lon, household.lat) if _is_exact(household) else None
    return (
        household.village,
        household.hamlet,
        household.name,
        household.door,
        household.phone,
        household.address,
        place,
    )


def _known(household: Household) -> Hashable | None:
    """Return village, hamlet, name and door; None if neither name nor door is known."""
    name, door = folded(household.name), folded(household.door)
    return (household.village, folded(household.hamlet), name, door) if name or door else None


def _filled(village: str, *others: str | None) -> Hashable | None:
    texts = tuple(map(folded, others))
    return (village, *texts) if all(texts) else None


def _fits(old: Household, new: Household) -> bool:
    """Return whether two households at one place may be the same: by name, or by door, or neither having either."""
    names, doors = (folded(old.name), folded(new.name)), (folded(old.door), folded(new.door))
    if names[0] and names[0] == names[1]:
        return True
    return old.village == new.village and doors[0] == doors[1] and (bool(doors[0]) or not any(names))


def _only_one(points: NDArray[np.float64], others: NDArray[np.float64]) -> list[int | None]:
    """Return for each point the only one of the others within `NEAR_M`; None for none or several."""
    distance, nearest = map(np.asarray, cKDTree(others).query(points, k=2, distance_upper_bound=NEAR_M))
    one = np.isfinite(distance[:, 0]) & ~np.isfinite(distance[:, 1])
    return [int(at) if only else None for at, only in zip(nearest[:, 0], one, strict=True)]
