"""Who is linked to which villages and branches as of a day, to whom a call is due, and what no link reaches.

How a link stands is told of the link alone: nobody's calls are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, RowMapping

from gridplan.linkage import STANDINGS, Standing, missing, standing
from gridplan.names import folded, village_stem
from gridplan.roles import Actor
from gridplan.store import Store
from gridplan.store.access.scope import of_town
from gridplan.store.chain import branches, linkage
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import Lang, day, say


@dataclass(frozen=True, slots=True)
class Link:
    """A link that holds on a day, and how it stands."""

    row: RowMapping
    standing: Standing


@dataclass(frozen=True, slots=True)
class PersonGap:
    """Somebody with too few links, or below 0 too many, for the rule of the kind."""

    person: RowMapping
    n: int
    missing: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """What of the linkage is not as its rules want it."""

    persons: tuple[PersonGap, ...]
    villages: tuple[RowMapping, ...]
    """To which nobody is linked, where somebody should be linked to villages."""
    branches: tuple[RowMapping, ...]
    """To which nobody is linked."""
    untold: int
    """Persons whose links lie in other villages too, so that nothing is said of their number."""

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.persons) + len(self.villages) + len(self.branches)


@dataclass(frozen=True, slots=True)
class LinkagePage:
    """The links of a scope as of a day."""

    day: date
    kinds: Mapping[int, RowMapping]
    villages: tuple[tuple[int, str], ...]
    links: tuple[Link, ...]
    counts: Mapping[Standing, int]
    gaps: Gaps

    @property
    def total(self) -> int:
        """How many links there are."""
        return len(self.links)

    def sentence(self, lang: Lang, today: date) -> str:
        """Return how the linkage stands; what is 0 is left out."""
        if not self.total:
            return say("linkage.no_links", lang)
        parts = [say("linkage.called_of", lang, n=self.counts["called"], of=self.total)]
        open_ones: tuple[Standing, ...] = ("due", "overdue")
        parts += [say(f"linkage.sentence.{of}", lang, n=self.counts[of]) for of in open_ones if self.counts[of]]
        gaps = (("persons", self.gaps.persons), ("villages", self.gaps.villages), ("branches", self.gaps.branches))
        parts += [say(f"linkage.sentence.{name}", lang, n=len(found)) for name, found in gaps if found]
        said = say("coverage.sentence", lang, parts=say("coverage.between", lang).join(parts))
        return said if self.day == today else say("linkage.as_of", lang, day=day(self.day, lang, today), said=said)


def linkage_page(store: Store, scope: Scope, on: date) -> LinkagePage:
    """Return the links of a scope as of a day, and what no link reaches."""
    with store.read() as connection:
        found = links(connection, scope, on)
        counted = Counter(link.standing for link in found)
        return LinkagePage(
            on,
            linkage.kinds(connection),
            tuple((row["id"], row["name"]) for row in villages.rows(connection, scope)),
            found,
            {of: counted[of] for of in STANDINGS},
            gaps(connection, scope, on),
        )


def links(connection: Connection, scope: Scope, on: date) -> tuple[Link, ...]:
    """Return the links of a scope that hold on a day, by person, and how each stands."""
    calls = linkage.last_calls(connection, on, scope)
    return tuple(
        Link(row, standing(row["from_day"], calls.get(row["id"]), on, row["cadence_days"]))
        for row in linkage.links_in(connection, on, on, scope)
    )


def gaps(connection: Connection, scope: Scope, on: date) -> Gaps:
    """Return what of the linkage of a scope is not as its rules want it.

    A person linked to villages beyond the scope too is left out: what is seen of them is not their number.
    """
    of_person: dict[int, list[RowMapping]] = defaultdict(list)
    for row in linkage.links_in(connection, on, on):
        of_person[row["person_id"]].append(row)
    found, untold = [], 0
    for person in linkage.persons(connection):
        mine = of_person[person["id"]]
        inside = [row for row in mine if scope is None or row["village_id"] in scope]
        if len(inside) < len(mine):
            untold += bool(inside)
        elif lacking := missing(person["rule"], person["count"], len(mine)):
            found.append(PersonGap(person, len(mine), lacking))
    linked = [row for rows in of_person.values() for row in rows]
    to_villages = {row["village_id"] for row in linked if row["branch_id"] is None}
    to_branches = {row["branch_id"] for row in linked}
    expects_villages = any(kind["subject"] == "village" for kind in linkage.kinds(connection).values())
    return Gaps(
        tuple(found),
        tuple(row for row in villages.rows(connection, scope) if expects_villages and row["id"] not in to_villages),
        tuple(row for row in branches.rows(connection, scope) if row["id"] not in to_branches),
        untold,
    )


def may_change_all(connection: Connection, actor: Actor) -> bool:
    """Return whether somebody may change what concerns the whole town: kinds, and people linked anywhere."""
    return actor.reaches(of_town(connection))


def called(village: str, branch: str | None) -> str:
    """Return what a link is to: a village, or a branch, with its village unless that is in its name."""
    if branch is None:
        return village
    return branch if folded(branch).startswith(village_stem(village)) else f"{village} {branch}"
