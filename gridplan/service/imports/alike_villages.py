"""Villages of an import that may be others under another name: what the planner is asked, and has answered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypedDict

from gridplan.names import folded, may_be_one_village, villages_alike


class VillageQuestion(TypedDict):
    """A village of the lists that may be another: what the page asks of it."""

    name: str
    households: int
    candidates: list[str]
    """What it may be, and is if the answer says so."""
    answer: str | None
    """The village that it is, itself for a village of its own; None while the planner has not said."""


def village_questions(
    listed: Mapping[str, int], known: Collection[str], answers: Mapping[str, str]
) -> Iterator[VillageQuestion]:
    """Yield what to ask of the villages of lists that are none of the town's, and what was answered.

    Parameters
    ----------
    listed
        What the lists call villages once they are read with the answers, and how many households they have there.
    known
        The villages of the town.
    answers
        By what lists call a village which one it is, itself for a village of its own.
    """
    joined = {name: meant for name, meant in answers.items() if name != meant}
    for name, meant in joined.items():
        yield {"name": name, "households": 0, "candidates": [meant], "answer": meant}
    stored = {folded(name) for name in known}
    for together in villages_alike((*known, *listed)):
        order = sorted(together, key=lambda name: (folded(name) not in stored, -listed.get(name, 0), -len(name)))
        for at, name in enumerate(order):
            candidates = [other for other in order[:at] if may_be_one_village(name, other)]
            if candidates and folded(name) not in stored and name not in joined:
                yield {
                    "name": name,
                    "households": listed[name],
                    "candidates": candidates,
                    "answer": answers.get(name),
                }


def meant_villages(answers: Mapping[str, str]) -> dict[str, str]:
    """Return by the folded names of lists which villages are meant: if 甲 is 乙 and 乙 is 丙, 甲 is 丙 too."""
    found = {}
    for name, said in answers.items():
        meant, passed = said, {name}
        while meant not in passed and answers.get(meant, meant) != meant:
            passed.add(meant)
            meant = answers[meant]
        if meant not in passed:
            found[folded(name)] = meant
    return found
