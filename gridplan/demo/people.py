"""Who lives in the demo town, all of it invented: names, members who keep contact, and the persons of households."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

import numpy as np
from numpy.random import Generator

from gridplan.demo.definition import TownDefinition
from gridplan.model import Household, Member

RARE_SHARE = 0.004
ONE_CHARACTER_SHARE = 0.18
CLANS = (0.3, 0.17, 0.1)  # the share of a village's households that bear each of its own surnames
TOWN_CADRES_PER_VILLAGE = 2
VILLAGE_CADRES = (2, 6)
VOLUNTEER_SHARE = 0.2
AWAY_SHARE = 0.08
HAS_TIES_SHARE = 0.3

HEAD = "户主"
REGION = "999999"
"""No place in China has this code, so that no identity number made here can be anybody's."""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SIZES = (0.16, 0.30, 0.23, 0.17, 0.09, 0.05)
"""The share of households of one person, of two, and so on."""
HEAD_BORN = (date(1946, 1, 1), date(1995, 12, 31))
GENERATION = (21, 36)
"""Years between parents and children."""
KIN = (("子", "男", 1, True), ("女", "女", 1, True), ("儿媳", "女", 1, False), ("孙子", "男", 2, True),
       ("孙女", "女", 2, True), ("母亲", "女", -1, False), ("父亲", "男", -1, True))  # fmt: skip
"""What a relative is to the head: the word, the sex, how many generations after, and whether the surname is shared."""
BORN_BEFORE = date(2025, 6, 30)


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
) -> tuple[Member, ...]:
    """Return the members of every village in proportion to its households; `households` are by village."""
    counts = _in_proportion(definition.members, [len(homes) for homes in households.values()])
    members: list[Member] = []
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


def _kinds(rng: Generator, count: int) -> list[str]:
    """List the kinds of a village's members: a few cadres, one volunteer in five, the rest party members."""
    town = min(TOWN_CADRES_PER_VILLAGE, count // 10)
    cadres = min(int(rng.integers(*VILLAGE_CADRES, endpoint=True)), count // 4)
    volunteers = int((count - town - cadres) * VOLUNTEER_SHARE)
    numbers: dict[str, int] = {"town_cadre": town, "village_cadre": cadres, "volunteer": volunteers}
    numbers["party_member"] = count - sum(numbers.values())
    return [kind for kind, number in numbers.items() for _ in range(number)]


def _member(
    rng: Generator, member_id: str, kind: str, village: str, homes: Sequence[Household], home: Household, given: str
) -> Member:
    """One member, mostly living in `home`: half the time its householder, else of the family."""
    householder, chance_away, has_ties = rng.random(3)
    family = home.name or ""
    outsider = kind == "town_cadre"
    lives_away = outsider or chance_away < AWAY_SHARE
    relatives = [other for other in homes if (other.name or "")[:1] == family[:1] and other is not home]
    ties = rng.choice(len(relatives), min(len(relatives), int(rng.integers(1, 4))), replace=False)
    return Member(
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


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a list has them; the first of a household is its head."""

    name: str
    relation: str
    sex: str
    born: date
    identity: str
    phone: str
    bank_card: str


class Relatives:
    """Invents the persons of households."""

    def __init__(self, rng: Generator, definition: TownDefinition) -> None:
        self.rng = rng
        self.names = Names(rng, definition)

    def households(self, heads: Sequence[str]) -> list[list[Person]]:
        """Return the persons of the household of each head, the head first."""
        sizes = (self.rng.choice(len(SIZES), len(heads), p=SIZES) + 1).tolist()
        names = zip(self.names.surnames(sum(sizes)), self.names.given(sum(sizes)), strict=True)
        return [self._household(head, list(islice(names, size))) for head, size in zip(heads, sizes, strict=True)]

    def _household(self, head: str, names: Sequence[tuple[str, str]]) -> list[Person]:
        """Return a household as large as there are names; the first of them is not needed."""
        rng = self.rng
        man = bool(rng.random() < 0.82)
        first, last = HEAD_BORN
        born = first + timedelta(days=int(rng.integers((last - first).days)))
        persons = [self._person(head, HEAD, "男" if man else "女", born)]
        if len(names) > 1:
            near = born + timedelta(days=int(rng.integers(-1500, 1500)))
            persons.append(self._person("".join(names[1]), "妻" if man else "夫", "女" if man else "男", near))
        kin = sorted(rng.choice(len(KIN), max(0, len(names) - 2), replace=False).tolist())
        for (relation, sex, generations, shares_name), (surname, given) in zip(
            (KIN[at] for at in kin), names[2:], strict=True
        ):
            years = generations * int(rng.integers(*GENERATION))
            day = min(born + timedelta(days=365 * years), BORN_BEFORE)
            persons.append(self._person((head[0] if shares_name else surname) + given, relation, sex, day))
        return persons

    def _person(self, name: str, relation: str, sex: str, born: date) -> Person:
        order = 2 * int(self.rng.integers(500)) + (sex == "男")
        digits = f"{REGION}{born:%Y%m%d}{order:03d}"
        return Person(
            name=name,
            relation=relation,
            sex=sex,
            born=born,
            identity=digits + checksum(digits),
            phone=f"100{self.rng.integers(10**8):08d}",  # no telephone number begins with 100
            bank_card=f"{REGION}{self.rng.integers(10**13):013d}",
        )


def checksum(digits: str) -> str:
    """Return the last character of an identity number, from its first seventeen."""
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=True)) % 11]
