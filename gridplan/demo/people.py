"""Who lives in the demo town: invented names, and the members who keep contact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from gridplan.demo.definition import TownDefinition
from gridplan.model import Household

MemberKind = Literal["party_member", "village_cadre", "town_cadre", "volunteer"]

RARE_SHARE = 0.004
ONE_CHARACTER_SHARE = 0.18
CLANS = (0.3, 0.17, 0.1)  # the share of a village's households that bear each of its own surnames
TOWN_CADRES_PER_VILLAGE = 2
VILLAGE_CADRES = (2, 6)
VOLUNTEER_SHARE = 0.2
AWAY_SHARE = 0.08
HAS_TIES_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A contact person: of which village, where they live in degrees if known, and whom they are close to."""

    member_id: str
    name: str
    kind: MemberKind
    village: str
    hamlet: str | None
    lon: float | None
    lat: float | None
    max_grids: int
    available: bool
    ties: tuple[str, ...]
    """Ids of households of relatives."""


class Names:
    """Invents names for the people of one village after another."""

    def __init__(self, rng: Generator, definition: TownDefinition) -> None:
        self.rng = rng
        self.definition = definition
        common = 1 / np.arange(3, len(definition.surnames) + 3)
        self.common = common / common.sum()

    def surnames(self, count: int) -> list[str]:
        """Surnames of `count` households of one village, some of them of its own few clans."""
        known = len(self.definition.surnames)
        clans = self.rng.choice(known, len(CLANS), replace=False, p=self.common)
        share = (1 - sum(CLANS)) * self.common
        share[clans] += CLANS
        return [self.definition.surnames[index] for index in self.rng.choice(known, count, p=share)]

    def given(self, count: int) -> list[str]:
        """Return `count` given names of one or two characters."""
        first, second = (self._characters(count) for _ in range(2))
        short = self.rng.random(count) < ONE_CHARACTER_SHARE
        return [
            one if alone or one == other else one + other
            for one, other, alone in zip(first, second, short, strict=True)
        ]

    def _characters(self, count: int) -> list[str]:
        rare = self.rng.random(count) < RARE_SHARE
        common_index = self.rng.integers(len(self.definition.given), size=count)
        rare_index = self.rng.integers(len(self.definition.rare), size=count)
        return [
            self.definition.rare[odd] if is_rare else self.definition.given[usual]
            for is_rare, odd, usual in zip(rare, rare_index, common_index, strict=True)
        ]


def make_members(
    rng: Generator, names: Names, definition: TownDefinition, households: Mapping[str, Sequence[Household]]
) -> tuple[DemoMember, ...]:
    """Return the members of every village in proportion to its households; `households` are by village."""
    counts = _in_proportion(definition.members, [len(homes) for homes in households.values()])
    members: list[DemoMember] = []
    for (village, homes), count in zip(households.items(), counts, strict=True):
        kinds = _kinds(rng, count)
        homes_of = rng.choice(len(homes), count, replace=False)
        given = names.given(count)
        for kind, home, own_name in zip(kinds, homes_of, given, strict=True):
            member_id = f"M{len(members) + 1:04d}"
            members.append(_member(rng, member_id, kind, village, homes, homes[home], own_name))
    return tuple(members)


def _in_proportion(total: int, shares: list[int]) -> list[int]:
    """Cut `total` in proportion to the shares: rounded down, the rest to those that lost most."""
    exact = [total * share / sum(shares) for share in shares]
    counts = [int(part) for part in exact]
    by_loss = sorted(range(len(shares)), key=lambda index: counts[index] - exact[index])
    more = Counter(by_loss[: total - sum(counts)])
    return [count + more[index] for index, count in enumerate(counts)]


def _kinds(rng: Generator, count: int) -> list[MemberKind]:
    """List the kinds of a village's members: a few cadres, one volunteer in five, the rest party members."""
    town = min(TOWN_CADRES_PER_VILLAGE, count // 10)
    cadres = min(int(rng.integers(*VILLAGE_CADRES, endpoint=True)), count // 4)
    volunteers = int((count - town - cadres) * VOLUNTEER_SHARE)
    numbers: dict[MemberKind, int] = {"town_cadre": town, "village_cadre": cadres, "volunteer": volunteers}
    numbers["party_member"] = count - sum(numbers.values())
    return [kind for kind, number in numbers.items() for _ in range(number)]


def _member(
    rng: Generator,
    member_id: str,
    kind: MemberKind,
    village: str,
    homes: Sequence[Household],
    home: Household,
    given: str,
) -> DemoMember:
    """One member, mostly living in `home`: half the time its householder, else of the family."""
    householder, chance_away, has_ties = rng.random(3)
    family = home.name or ""
    outsider = kind == "town_cadre"
    lives_away = outsider or chance_away < AWAY_SHARE
    relatives = [other for other in homes if (other.name or "")[:1] == family[:1] and other is not home]
    ties = rng.choice(len(relatives), min(len(relatives), int(rng.integers(1, 4))), replace=False)
    return DemoMember(
        member_id=member_id,
        name=family if householder < 0.5 and not outsider else family[:1] + given,
        kind=kind,
        village=village,
        hamlet=None if outsider else home.hamlet,
        lon=None if lives_away else home.lon,
        lat=None if lives_away else home.lat,
        max_grids=2 if kind == "village_cadre" else 1,
        available=True,
        ties=tuple(relatives[index].household_id for index in sorted(ties))
        if has_ties < HAS_TIES_SHARE and not outsider
        else (),
    )
