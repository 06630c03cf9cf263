"""Who lives in a household of the demo town, as a list of persons has it: all of it invented, identity numbers too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from numpy.random import Generator

from gridplan.demo.definition import TownDefinition
from gridplan.demo.people import Names

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
