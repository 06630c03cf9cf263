"""The one name that every village goes by, where lists call several alike and tell them apart by town or code."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.model import Village
from gridplan.names import folded, is_same_code, is_same_town

MOST: Final = 0.9
"""The share of households that tells whose boundary holds them."""
ENOUGH: Final = 5
"""Households that have to be outside a boundary before they are of another village."""
LATIN: Final = 0x2E80
"""Names of letters below this have ordinary brackets behind them, with a space before."""


@dataclass(frozen=True, slots=True)
class ListedVillage:
    """A village as rows of a list tell of it; blank is what they do not say."""

    name: str
    town: str = ""
    code: str = ""


PlacesOf = Callable[[ListedVillage], NDArray[np.float64]]
"""The positions (n, 2) of the households that lists have in a village."""


def as_listed(village: Village) -> ListedVillage:
    """Return a village as lists have it that give town and code beside the name."""
    return ListedVillage(village.listed_name or village.name, village.town or "", village.code or "")


@dataclass(slots=True, eq=False)
class _Village:
    """A village while lists are compared: what they call it, its town and code, and its name once it has one."""

    called: str
    town: str = ""
    code: str = ""
    name: str = ""
    boundary: BaseGeometry | None = None
    phone: str | None = None
    former: tuple[str, ...] = ()

    def is_meant(self, listed: ListedVillage) -> bool | None:
        """Return whether a list that has its name means it; None where neither town nor code tells."""
        codes = is_same_code(self.code, listed.code) if self.code and listed.code else None
        towns = is_same_town(self.town, listed.town) if self.town and listed.town else None
        return False if codes is False or towns is False else codes or towns

    @property
    def other_names(self) -> Iterator[str]:
        """What else it may be called: by its code, or with what tells it from others of its name."""
        if self.town:
            yield from (marked(self.called, self.town), f"{self.town}{self.called}")
        if self.code:
            yield from (marked(self.called, self.code), self.code)

    def holds(self, places: NDArray[np.float64]) -> int:
        """Return how many positions are in its boundary."""
        return _held(self.boundary, places)

    def noun(self) -> Village:
        listed_name = None if self.name == self.called else self.called
        town, code = self.town or None, self.code or None
        return Village(self.name, code, self.boundary, self.phone, self.former, town, listed_name)


class VillageNames:
    """All villages that lists and the store know, each under a name that no other has.

    Those of one name are one village, unless their codes or towns differ. A stored one keeps its name; of the others
    that share theirs each has its town behind it, 新民村（东乡）, or its code where two have one town or none is known.

    Parameters
    ----------
    stored
        Villages whose names stay.
    drawn
        Villages of files, with their boundaries.
    listed
        What lists call villages.
    places_of
        Where the households of those are: it tells whose boundary it is where lists do not.
    """

    def __init__(
        self,
        stored: Iterable[Village] = (),
        drawn: Iterable[Village] = (),
        listed: Iterable[ListedVillage] = (),
        places_of: PlacesOf = lambda _: np.empty((0, 2)),
    ) -> None:
        self._alike: dict[str, list[_Village]] = {}
        self._others: dict[str, list[_Village]] = {}
        self._unclear: dict[ListedVillage, tuple[_Village, ...]] = {}
        self._found: dict[ListedVillage, tuple[Village, ...]] = {}
        self.left_out: list[str] = []
        """What villages of files are called of which nothing tells which of several of that name they are."""
        drawn_as = {as_listed(village): village for village in drawn}
        told = [one for one in dict.fromkeys(chain(drawn_as, listed)) if one.name]
        for village in stored:
            self._add(as_listed(village), village).name = village.name
        self._tell_apart(told, drawn_as, places_of)
        for one in told:
            if not self._candidates(one):
                self._add(one, drawn_as.get(one))
        for one, village in drawn_as.items():
            self._draw(one, village, told, places_of)
        self._give_names()
        self._noun_of = {one: one.noun() for alike in self._alike.values() for one in alike}

    @property
    def villages(self) -> tuple[Village, ...]:
        """All villages."""
        return tuple(self._noun_of.values())

    @property
    def of_one_name(self) -> Mapping[str, tuple[str, ...]]:
        """The names of villages by what lists call several of them."""
        several = (alike for alike in self._alike.values() if len(alike) > 1)
        return {alike[0].called: tuple(one.name for one in alike) for alike in several}

    def find(self, listed: ListedVillage, place: Sequence[float] = ()) -> tuple[Village, ...]:
        """Return the village that a row of a list means; several where it does not tell which, none if none is known.

        Of several it is the one whose boundary holds the `place` of the row, if it has one and just one does.
        """
        if listed not in self._found:
            meant = self._candidates(listed)
            self._found[listed] = tuple(self._noun_of.get(one) or one.noun() for one in meant)
        found = self._found[listed]
        if len(found) < 2 or not place:
            return found
        holding = one_holding(found, place)
        return found if holding is None else (holding,)

    # ---- from what is told to villages

    def _candidates(self, listed: ListedVillage) -> tuple[_Village, ...]:
        """Return the villages that may be meant: those that town or code say, else those they do not exclude."""
        if listed in self._unclear:
            return self._unclear[listed]
        called = folded(listed.name or listed.code)
        alike, others = self._alike.get(called, []), self._others.get(called, [])
        meant = tuple(one for one in dict.fromkeys((*alike, *others)) if one.is_meant(listed))
        return meant or tuple(one for one in alike or others if one.is_meant(listed) is None)

    def _add(self, listed: ListedVillage, known: Village | None = None) -> _Village:
        new = _Village(listed.name)
        self._alike.setdefault(folded(listed.name), []).append(new)
        self._learn(new, listed, known)
        return new

    def _learn(self, village: _Village, listed: ListedVillage, known: Village | None = None) -> None:
        """Note of a village what a list tells of it, and what the store or a file knows."""
        village.town, village.code = village.town or listed.town, village.code or listed.code
        names = {*village.other_names}
        if known is not None:
            village.boundary = village.boundary if known.boundary is None else known.boundary
            village.phone, village.former = known.phone or village.phone, known.former_names or village.former
            names |= {known.name, *known.former_names}
        for key in sorted(map(folded, names)):
            if village not in (others := self._others.setdefault(key, [])):
                others.append(village)

    def _tell_apart(
        self, told: Iterable[ListedVillage], drawn_as: Mapping[ListedVillage, Village], places_of: PlacesOf
    ) -> None:
        """Find the villages that towns and codes tell of: those that are known, and those that are new."""
        in_doubt: dict[str, list[ListedVillage]] = {}
        for one in sorted(told, key=lambda one: (one not in drawn_as, not (one.town and one.code), not one.code)):
            if not (one.town or one.code):
                continue
            candidates = self._candidates(one)
            if not candidates:
                self._add(one, drawn_as.get(one))
            elif not candidates[0].is_meant(one):
                in_doubt.setdefault(folded(one.name), []).append(one)
            elif len(candidates) == 1:
                self._learn(candidates[0], one, drawn_as.get(one))
        for alike in in_doubt.values():
            claims = _joined(alike)
            places = {
                claim: np.concatenate([*map(places_of, parts), *(_inside(drawn_as.get(one)) for one in parts)])
                for claim, parts in claims.items()
            }
            self._tell_by_place(claims, places)

    def _tell_by_place(
        self,
        claims: Mapping[ListedVillage, Sequence[ListedVillage]],
        places_of: Mapping[ListedVillage, NDArray[np.float64]],
    ) -> None:
        """Find which villages `claims` mean that town and code do not tell, by where households are or as only one."""
        for claim, places in places_of.items():
            held = {one: one.holds(places) for one in self._candidates(claim) if one.is_meant(claim) is None}
            if by_place := [one for one, n in held.items() if n >= MOST * len(places) > 0]:
                self._learn(by_place[0], claim)
        left: dict[ListedVillage, list[_Village]] = {}
        for claim, places in places_of.items():
            candidates = self._candidates(claim)
            if candidates and not candidates[0].is_meant(claim):
                out = len(places) >= ENOUGH
                left[claim] = [one for one in candidates if not (out and one.boundary and not one.holds(places))]
        claimants = Counter(chain.from_iterable(left.values()))
        for claim, fitting in left.items():
            if not fitting:
                self._add(claim)
            elif len(fitting) == 1 and claimants[fitting[0]] == 1:
                self._learn(fitting[0], claim)
            else:
                rivals = (
                    _Village(one.name, one.town, one.code, marked(one.name, one.town or one.code)) for one in left
                )
                self._unclear |= dict.fromkeys(claims[claim], (*fitting, *(rivals if len(fitting) == 1 else ())))

    def _draw(self, listed: ListedVillage, drawn: Village, told: Sequence[ListedVillage], places_of: PlacesOf) -> None:
        """Give a village its boundary; where lists do not tell which, each piece goes to whose households it holds."""
        candidates = self._candidates(listed)
        if len(candidates) == 1:
            self._learn(candidates[0], listed, drawn)
            return
        pieces = shapely.get_parts(drawn.boundary) if drawn.boundary is not None else []
        pieces_of: dict[_Village, list[BaseGeometry]] = defaultdict(list)
        for piece in pieces:
            held: Counter[_Village] = Counter()
            for one in told:
                if len(meant := self._candidates(one)) == 1 and meant[0] in candidates:
                    held[meant[0]] += _held(piece, places_of(one))
            for village, n in held.most_common(1):
                if n and n >= MOST * held.total():
                    pieces_of[village].append(piece)
        for village, own in pieces_of.items():
            village.boundary = shapely.union_all(own)
        if sum(map(len, pieces_of.values())) < max(1, len(pieces)):
            self.left_out.append(listed.name)

    # ---- from villages to names

    def _give_names(self) -> None:
        taken = {one.name for alike in self._alike.values() for one in alike}
        for alike in self._alike.values():
            towns, codes = Counter(one.town for one in alike), Counter(one.code for one in alike)
            for one in alike:
                if one.name:
                    continue
                marks = [mark for mark, times in ((one.town, towns), (one.code, codes)) if mark and times[mark] == 1]
                plain = [one.called] if len(alike) == 1 else []
                offers = chain(plain, (marked(one.called, mark) for mark in chain(marks, map(str, count(2)))))
                one.name = next(name for name in offers if name not in taken)
                taken.add(one.name)


def marked(name: str, mark: str) -> str:
    """Return a name with what tells it from others in brackets, as people write it."""
    return f"{name} ({mark})" if max(map(ord, name)) < LATIN else f"{name}（{mark}）"


def one_holding(villages: Iterable[Village], place: Sequence[float]) -> Village | None:
    """Return of some villages the only one whose boundary holds a place, by longitude and latitude."""
    bounded = (one for one in villages if one.boundary is not None)
    holding = [one for one in bounded if shapely.intersects_xy(one.boundary, *place)]
    return holding[0] if len(holding) == 1 else None


def listed_name(name: str, *marks: str | None) -> str | None:
    """Return what lists call a village that has one of some marks behind its name; None where it has none."""
    endings = (ending for mark in marks if mark for ending in (f"（{mark}）", f" ({mark})") if name.endswith(ending))
    return next((name.removesuffix(ending) for ending in endings if name != ending), None)


def _joined(told: Iterable[ListedVillage]) -> dict[ListedVillage, list[ListedVillage]]:
    """Return what lists tell of one name as what may be one village, with all that is told of it."""
    claims: list[tuple[_Village, list[ListedVillage]]] = []
    for one in told:
        fitting = ((village, parts) for village, parts in claims if village.is_meant(one) is not False)
        village, parts = next(fitting, (_Village(one.name), []))
        if not parts:
            claims.append((village, parts))
        village.town, village.code = village.town or one.town, village.code or one.code
        parts.append(one)
    return {ListedVillage(village.called, village.town, village.code): parts for village, parts in claims}


def _held(boundary: BaseGeometry | None, places: NDArray[np.float64]) -> int:
    return 0 if boundary is None or not len(places) else int(shapely.intersects_xy(boundary, places).sum())


def _inside(drawn: Village | None) -> NDArray[np.float64]:
    """Return a position (n, 2) inside every piece of a boundary, none if there is none."""
    if drawn is None or drawn.boundary is None:
        return np.empty((0, 2))
    return shapely.get_coordinates(shapely.point_on_surface(shapely.get_parts(drawn.boundary)))
