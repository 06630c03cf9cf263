"""What material for meetings shows of people: four profiles, each wider than the one before, for all its forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from gridplan.words import Message

Profile = Literal["wall", "meeting", "member", "planner"]
PROFILES: Final[tuple[Profile, ...]] = get_args(Profile)
FEWEST: Final = 5
"""Counts of contact below this are not told on what leaves the service; sizes of grids and villages are public."""
FEW: Final = FEWEST // 2
"""What stands for each count that is not told: in sums too, so that none is found by subtraction."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a profile shows, besides outlines, numbers, sizes, and who can be called about a grid."""

    contact: bool
    """Figures of contact: of villages, and of grids by number. Nobody's name stands beside one."""
    households: bool
    """Where households stand on paper, their doors; names where the town allows them."""
    everything: bool
    """Names, phones, and coordinates finer than 100 m."""


SHOWN: Final[Mapping[Profile, Shown]] = {
    "wall": Shown(contact=False, households=False, everything=False),
    "meeting": Shown(contact=True, households=False, everything=False),
    "member": Shown(contact=True, households=True, everything=False),
    "planner": Shown(contact=True, households=True, everything=True),
}
NEEDS_REASON: Final = frozenset(PROFILES[1:])
"""Profiles that are not made without saying what for."""


def few(n: int) -> Message:
    """Return a count of contact as it is told on what leaves the service."""
    return Message("count.few", {"n": FEWEST}) if 0 < n < FEWEST else Message("count.plain", {"n": n})


def told(n: int, whole: int | None = None) -> int:
    """Return a count of contact as material for meetings holds it: `FEW` for one that is not told.

    Of a `whole` the rest is not told either where it is few.
    """
    if 0 < n < FEWEST:
        return FEW
    if whole is not None and 0 < whole - n < FEWEST:
        return whole - FEW
    return n


def few_of(n: int, whole: int) -> Message:
    """Return a count of contact of a whole that stands beside it: what is left of the whole may not be told either."""
    if 0 < whole - n < FEWEST <= n:
        return Message("count.at_least", {"n": max(whole - FEWEST + 1, FEWEST)})
    return few(n)


def sum_of(counts: Iterable[Message]) -> Message:
    """Return the sum of counts as they are told, so that no subtraction finds one that is not."""
    some = [one for one in counts if one.values["n"]] or [few(0)]
    if len(some) == 1:
        return some[0]
    n = sum(1 if one.code == "count.few" else int(str(one.values["n"])) for one in some)
    return Message("count.plain" if all(one.code == "count.plain" for one in some) else "count.at_least", {"n": n})
