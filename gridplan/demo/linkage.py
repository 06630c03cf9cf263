"""Who is linked to the villages and branches of the demo town, and when each of them calls: each month, or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from gridplan.contact.calendar import DAY, months_later
from gridplan.demo.span import Span

VILLAGES_EACH: Final = 6
KINDS: Final[tuple[dict[str, Any], ...]] = (
    {"title": "包村领导", "subject": "village", "rule": "exactly", "count": VILLAGES_EACH, "cadence_days": None},
    {"title": "班子成员", "subject": "branch", "rule": "at least", "count": 3, "cadence_days": None},
    {"title": "党建指导员", "subject": "branch", "rule": "at least", "count": 2, "cadence_days": 28},
)
MONTH: Final = timedelta(days=31)
BRANCHES: Final = ("第一党支部", "第二党支部", "第三党支部")


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """Somebody of a kind, and the places of the villages or branches that person is linked to."""

    name: str
    kind: int
    to: tuple[int, ...]


def branch_names(village: str, place: int) -> tuple[str, ...]:
    """Return the branches of a village, by its place among all: one to three."""
    return tuple(f"{village}{name}" for name in BRANCHES[: 1 + place % 3])


def linked_persons(villages: int, branches: int, names: Sequence[str]) -> tuple[LinkedPerson, ...]:
    """Return who is linked: all as the rules want it but for a village, a branch and what somebody lacks therefore."""
    found: list[LinkedPerson] = []
    for kind, (of, most) in enumerate(((villages, VILLAGES_EACH), (branches, 3), (branches, 2))):
        places = range(of - 1)
        found += [
            LinkedPerson(names[len(found) + n], kind, tuple(places[first : first + most]))
            for n, first in enumerate(range(0, len(places), most))
        ]
    return tuple(found)


def calls(link_ids: Sequence[int], first: date, span: Span) -> Iterator[tuple[int, str, date, datetime]]:
    """Yield the calls of links, which began on a day, in a span of time: link, id, day, and when it is entered."""
    for link_id in link_ids:
        often = span.draw("link", link_id).choice((0.97, 0.97, 0.97, 0.9, 0.6))
        month = span.since(first, MONTH).replace(day=1)
        while month <= span.today:
            random = span.draw("call", link_id, month)
            day = month + random.randrange(24) * DAY
            entered_at = span.at(day, time(17, 30))
            if random.random() < often and day >= first and span.holds(entered_at):
                yield link_id, span.id("call", link_id, month), day, entered_at
            month = months_later(month, 1)
