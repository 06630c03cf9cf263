"""Which household of a newer list is which of an older one.

Households with an id of their list are known by it. A code that was made says nothing, so these are known by village,
name, door and place, and only where that leaves no doubt.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gridplan.coordinates import LocalFrame
from gridplan.model import Household
from gridplan.names import folded, folded_hamlet

Floats = NDArray[np.float64]

NEAR_M: Final = 50.0
"""Metres within which a household without an id of its own is looked for."""
ENOUGH: Final = 5
"""Households that have to be the same before a village counts as one of another name."""
APART_M: Final = 1e7
"""Metres between the planes on which households that cannot be the same are laid out."""


def looks_made(household: Household) -> bool:
    """Return whether an id has the form of those made where a list has none: village, hamlet if any, running number."""
    rest = household.household_id.removeprefix(f"{household.village}-")
    return rest != household.household_id and re.fullmatch(r"(.+-)?\d{4,}", rest) is not None


def villages_renamed(old: Sequence[Household], new: Sequence[Household]) -> dict[str, str]:
    """Return by its new name what a village was called before, if most of its households say so.

    The old name is in the new list no more, the new one was not in the old, and more than half of the households of the
    smaller of the two are the same by their id (unless it was made), name and door.
    """
    before, after = (_known_by(households) for households in (old, new))
    found: dict[str, str] = {}
    for name in sorted(after.keys() - before.keys()):
        for earlier in sorted(before.keys() - after.keys() - set(found.values())):
            common = (before[earlier] & after[name]).total()
            if common >= ENOUGH and 2 * common > min(before[earlier].total(), after[name].total()):
                found[name] = earlier
                break
    return found


def _known_by(households: Sequence[Household]) -> dict[str, Counter[Hashable]]:
    """Return for every village what its households are known by, of whatever village they are."""
    known: dict[str, Counter[Hashable]] = defaultdict(Counter)
    for home in households:
        key = (None if looks_made(home) else home.household_id, folded(home.name), folded(home.door))
        known[home.village].update([key] if any(key) else [])
    return known


class HouseholdMatching:
    """Which household of the new list is which of the old one, by their places in the lists, as found so far."""

    def __init__(self, old: Sequence[Household], new: Sequence[Household], made: Container[str]) -> None:
        self.old, self.new = old, new
        self.old_of: dict[int, int] = {}
        self.answered_new: set[int] = set()
        self._taken: set[int] = set()
        self._loose_old = [looks_made(household) for household in old]
        self._loose_new = [household.household_id in made for household in new]
        both = [*old, *new]
        exact = [is_exact(household) for household in both]
        lonlat = np.array([(household.lon, household.lat) for household in both]).reshape(-1, 2)
        self._exact_old, self._exact_new = exact[: len(old)], exact[len(old) :]
        metres = LocalFrame.around(lonlat[exact] if any(exact) else (0.0, 0.0)).to_metres(lonlat)
        metres = np.nan_to_num(metres, posinf=APART_M, neginf=-APART_M)
        self.metres_old, self.metres_new = metres[: len(old)], metres[len(old) :]

    def apply_answers(self, answers: Mapping[str, str | None]) -> None:
        """Pair as the planner answered."""
        old_at = {household.household_id: at for at, household in enumerate(self.old)}
        new_at = {household.household_id: at for at, household in enumerate(self.new)}
        self.answered_new = {new_at[new] for new, old in answers.items() if old is None}
        self._pair((old_at[old], new_at[new]) for new, old in answers.items() if old is not None)

    def match_by_id(self, made: Container[str]) -> None:
        """Pair households of one id, if the new list has it, or all else is equal too; then but for case."""
        at_id = {household.household_id: at for at, household in enumerate(self.old)}
        for at, household in enumerate(self.new):
            old = at_id.get(household.household_id)
            if old is not None and (
                household.household_id not in made or _content(household) == _content(self.old[old])
            ):
                self._pair([(old, at)])
        written_alike = self._by(self._open_old(), self.old, lambda home: folded(home.household_id))
        news = self._by(self._open_new(), self.new, lambda home: folded(home.household_id))
        for key in news.keys() & written_alike.keys():
            old, at = written_alike[key][0], news[key][0]
            if len(news[key]) == len(written_alike[key]) == 1 and self.new[at].household_id not in made:
                self._pair([(old, at)])

    def match_alike(self) -> None:
        """Pair households that differ in nothing but the id; where several do, it does not matter which."""
        olds = self._by(self._open_old(), self.old, _content)
        for at in self._open_new():
            left = olds.get(_content(self.new[at]), [])
            found = next((old for old in left if self._may_pair(old, at)), None)
            if found is not None:
                left.remove(found)
                self._pair([(found, at)])

    def match_near(self) -> None:
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

    def match_in_hamlet(self) -> None:
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
        called = self._by(olds, self.old, lambda home: _filled(home.village, folded_hamlet(home.hamlet), home.name))
        doors = self._by(olds, self.old, lambda home: _filled(home.village, folded_hamlet(home.hamlet), home.door))
        near = self._near(olds, news)
        found = {}
        for at in news:
            home = self.new[at]
            candidates = set(named.get(_filled(home.village, home.name, home.door), ()))
            candidates |= {old for old in near.get(at, ()) if _may_be_same(self.old[old], home)}
            for fitting in (
                called.get(_filled(home.village, folded_hamlet(home.hamlet), home.name), ()),
                doors.get(_filled(home.village, folded_hamlet(home.hamlet), home.door), ()),
            ):
                candidates |= {old for old in fitting if not (self._exact_old[old] and self._exact_new[at])}
            if possible := sorted(old for old in candidates if self._may_pair(old, at)):
                found[at] = possible
        return found

    def _near(self, olds: Sequence[int], news: Sequence[int]) -> dict[int, list[int]]:
        from scipy.spatial import cKDTree  # takes a third of a second, which pages do without

        exact_old, exact_new = [at for at in olds if self._exact_old[at]], [at for at in news if self._exact_new[at]]
        if not exact_old or not exact_new:
            return {}
        tree_old, tree_new = cKDTree(self.metres_old[exact_old]), cKDTree(self.metres_new[exact_new])
        found = tree_new.query_ball_tree(tree_old, NEAR_M)
        return {at: [exact_old[old] for old in near] for at, near in zip(exact_new, found, strict=True)}

    def _spots(
        self, index: Sequence[int], households: Sequence[Household], metres: Floats, planes: dict[Hashable, int]
    ) -> Floats:
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


def is_exact(household: Household) -> bool:
    """Return whether a household has a position of its own."""
    return household.position == "exact" and household.has_place


def _content(home: Household) -> Hashable:
    place = (home.lon, home.lat) if is_exact(home) else None
    return (home.village, folded_hamlet(home.hamlet), home.name, home.door, home.phone, home.address, place)


def _known(household: Household) -> Hashable | None:
    """Return village, hamlet, name and door; None if neither name nor door is known."""
    name, door = folded(household.name), folded(household.door)
    return (household.village, folded_hamlet(household.hamlet), name, door) if name or door else None


def _filled(village: str, *others: str | None) -> Hashable | None:
    texts = tuple(map(folded, others))
    return (village, *texts) if all(texts) else None


def _may_be_same(old: Household, new: Household) -> bool:
    """Return whether two households at one place may be the same: by name, or by door, or neither having either."""
    names, doors = (folded(old.name), folded(new.name)), (folded(old.door), folded(new.door))
    if names[0] and names[0] == names[1]:
        return True
    return old.village == new.village and doors[0] == doors[1] and (bool(doors[0]) or not any(names))


def _only_one(points: Floats, others: Floats) -> list[int | None]:
    """Return for each point the only one of the others within `NEAR_M`; None for none or several."""
    from scipy.spatial import cKDTree

    distance, nearest = map(np.asarray, cKDTree(others).query(points, k=2, distance_upper_bound=NEAR_M))
    one = np.isfinite(distance[:, 0]) & ~np.isfinite(distance[:, 1])
    return [int(at) if only else None for at, only in zip(nearest[:, 0], one, strict=True)]
