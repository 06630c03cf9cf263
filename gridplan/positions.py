"""How far the households of a village have positions of their own, hamlet by hamlet, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from gridplan.coordinates import far_from_middle
from gridplan.model import Household
from gridplan.names import hamlet_key
from gridplan.words import Message

Place = tuple[float, float]
"""Longitude and latitude."""
SECONDS_A_HAMLET: Final = 25
"""What it takes to find a hamlet on the map and click there."""


@dataclass(frozen=True, slots=True)
class HamletPositions:
    """A hamlet: its households, how many have a position of their own, and where the others stand."""

    name: str | None
    households: int
    placed: int
    place: Place | None
    """Of those without a position."""
    grids: frozenset[int] = field(default=frozenset())
    """The numbers of its grids."""
    is_shared: bool = False
    """Whether those of other hamlets stand there too: then it is the place of the village."""

    @property
    def unplaced(self) -> int:
        """How many of its households have no position of their own."""
        return self.households - self.placed

    @property
    def has_place(self) -> bool:
        """Whether its own place is known, or is not needed any more."""
        return not self.unplaced or (self.place is not None and not self.is_shared)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What would bring a village onto the map, or better onto it: a sentence, and which of the two steps it is."""

    kind: Literal["hamlets", "houses"]
    message: Message


def strays_of(homes: Iterable[Household]) -> tuple[Household, ...]:
    """Return the households of a village that stand far from the middle of them all: their place is hardly right."""
    placed = [home for home in homes if home.has_place]
    far = far_from_middle(np.array([(home.lon, home.lat) for home in placed]).reshape(-1, 2))
    return tuple(home for home, is_far in zip(placed, far, strict=True) if is_far)


def hamlets_of(homes: Iterable[Household], grid_of: Mapping[str, int | None]) -> tuple[HamletPositions, ...]:
    """Return the hamlets of a village in their order; the grids of its households are by household id."""
    inside: dict[str | None, list[Household]] = {}
    for home in homes:
        inside.setdefault(home.hamlet or None, []).append(home)
    return in_order(_of_hamlet(name, living, grid_of) for name, living in inside.items())


def _of_hamlet(name: str | None, homes: Sequence[Household], grid_of: Mapping[str, int | None]) -> HamletPositions:
    waiting = [home for home in homes if home.position == "hamlet" or not home.has_place]
    place = next(((home.lon, home.lat) for home in waiting if home.has_place), None)
    numbers = (grid_of.get(home.household_id) for home in homes)
    grids = frozenset(number for number in numbers if number is not None)
    return HamletPositions(name, len(homes), len(homes) - len(waiting), place, grids)


def in_order(hamlets: Iterable[HamletPositions]) -> tuple[HamletPositions, ...]:
    """Return the hamlets of a village in the order of their names, those told apart that share a place."""
    found = sorted(hamlets, key=lambda hamlet: hamlet_key(hamlet.name))
    on = Counter(hamlet.place for hamlet in found)
    return tuple(replace(one, is_shared=one.place is not None and on[one.place] > 1) for one in found)


def next_step(village: str, hamlets: Sequence[HamletPositions]) -> NextStep | None:
    """Return what to do next for the positions of a village; None where every household has one."""
    n, unplaced = _sum(hamlets)
    if not unplaced:
        return None
    waiting = [hamlet for hamlet in hamlets if not hamlet.has_place]
    values = {
        "village": village,
        "n": n,
        "unplaced": unplaced,
        "hamlets": len(waiting),
        "minutes": _minutes(len(waiting)),
    }
    whole = "none" if unplaced == n else "some"
    of = "houses" if not waiting else "village" if len(hamlets) == 1 else "hamlets"
    return NextStep("hamlets" if waiting else "houses", Message(f"positions.{of}.{whole}", values))


def town_step(villages: Iterable[Sequence[HamletPositions]]) -> Message | None:
    """Return what to do next for the positions of a town, whose hamlets are given by village."""
    lived_in = [hamlets for hamlets in villages if hamlets]
    unplaced = [_sum(hamlets)[1] for hamlets in lived_in]
    n = sum(unplaced)
    if not n:
        return None
    every = [hamlet for hamlets in lived_in for hamlet in hamlets]
    if any(hamlet.placed or hamlet.place for hamlet in every):
        return Message("positions.town", {"villages": sum(map(bool, unplaced)), "all": len(lived_in), "n": n})
    return Message("positions.town_none", {"n": n, "minutes": _minutes(len(every))})


def _sum(hamlets: Iterable[HamletPositions]) -> tuple[int, int]:
    counted = [(hamlet.households, hamlet.unplaced) for hamlet in hamlets]
    return sum(households for households, _ in counted), sum(unplaced for _, unplaced in counted)


def _minutes(hamlets: int) -> int:
    return -(-hamlets * SECONDS_A_HAMLET // 60)
