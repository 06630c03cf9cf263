"""The chain from the town to the household: villages, party groups, grids, and at each level what hangs on nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from sqlalchemy import Connection, RowMapping

from gridplan.roles import Power
from gridplan.service.chain import linkage
from gridplan.store import Store
from gridplan.store.chain import chain as rows
from gridplan.store.chain import groups
from gridplan.store.contact import covers
from gridplan.store.plans import plans
from gridplan.store.plans.households_and_members import household_counts, sizes
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.words import BETWEEN, Lang, Message, say

GapKind = Literal[
    "village without plan",
    "village without linkage",
    "branch without linkage",
    "group without head",
    "grid without group",
    "grid without lead",
    "lead away",
    "household in no grid",
    "member of no village",
]
"""What breaks the chain, from the town downwards."""
GAP_KINDS: Final[tuple[GapKind, ...]] = get_args(GapKind)
TO_NAME: Final[Mapping[GapKind, Power]] = {
    "lead away": "see households",
    "household in no grid": "see households",
    "member of no village": "see households",
}
"""What it takes to be shown which they are: households, members, and the grids whose leads are known to be away."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that hangs on nothing: a village, group, grid, household, member or branch, by what names it."""

    village_id: int | None
    village: str
    plan_id: int | None = None
    number: int | None = None
    """Of the grid or the party group."""
    id: int | None = None
    """Of the household, the member who is away or belongs nowhere, or the branch."""
    name: str = ""
    """Of the household, member or branch."""
    why: Message | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """All that breaks the chain in one way."""

    kind: GapKind
    missing: tuple[Missing, ...]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.missing)

    @property
    def reasons(self) -> Sequence[tuple[Message, int]]:
        """How many there are for each reason, where there is one."""
        counted = Counter(one.why.code for one in self.missing if one.why)
        first = {one.why.code: one.why for one in reversed(self.missing) if one.why}
        return [(first[code], n) for code, n in counted.most_common()]


@dataclass(frozen=True, slots=True)
class GridLink:
    """A grid in the chain."""

    plan_id: int
    number: int
    label: str | None
    households: int
    lead: RowMapping | None
    is_covered: bool
    """Whether somebody stands in for the lead today."""
    deputies: int

    @property
    def is_unled(self) -> bool:
        """Whether nobody leads it at present: there is no lead, or the lead is away and nobody covers."""
        return self.lead is None or (self.lead["is_away"] and not self.is_covered)


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A party group in the chain; without a number the grids that are in none."""

    plan_id: int
    number: int | None
    name: str | None
    head_id: int | None
    head: str | None
    grids: tuple[GridLink, ...]

    @property
    def households(self) -> int:
        """How many there are in its grids."""
        return sum(grid.households for grid in self.grids)


@dataclass(frozen=True, slots=True)
class VillageLink:
    """A village in the chain, and how many gaps there are in it."""

    id: int
    name: str
    plan_id: int | None
    households: int
    in_no_grid: int
    groups: tuple[GroupLink, ...]
    gaps: int

    @property
    def n_groups(self) -> int:
        """How many party groups it has."""
        return sum(group.number is not None for group in self.groups)

    @property
    def n_grids(self) -> int:
        """How many grids it has."""
        return sum(len(group.grids) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of the villages of a scope, with what breaks it."""

    villages: tuple[VillageLink, ...]
    gaps: tuple[Gap, ...]
    """Those there are any of."""

    @property
    def n_gaps(self) -> int:
        """How many gaps there are."""
        return sum(gap.n for gap in self.gaps)

    def sentence(self, lang: Lang) -> str:
        """Return how many links the chain has at each level, and whether it is whole."""
        counts = {
            **({"villages": len(self.villages)} if len(self.villages) > 1 else {}),
            "groups": sum(one.n_groups for one in self.villages),
            "grids": sum(one.n_grids for one in self.villages),
            "households": sum(one.households for one in self.villages),
        }
        levels = BETWEEN[lang].join(say(f"chain.n.{name}", lang, n=n) for name, n in counts.items())
        if self.gaps:
            return say("chain.sentence", lang, n=self.n_gaps, levels=levels)
        return say("chain.whole", lang, levels=levels)


def chain_page(store: Store, scope: Scope, today: date) -> Chain:
    """Return the chain of the villages of a scope."""
    with store.read() as connection:
        return chain(connection, scope, today)


def chain(connection: Connection, scope: Scope, today: date) -> Chain:
    """Return the chain of the villages of a scope, as it is on a day."""
    here = villages.rows(connection, scope)
    names = {row["id"]: row["name"] for row in here}
    plan_of = {of: plan_id for of, plan_id in plans.published(connection, scope).items() if of in names}
    homes = household_counts(connection, scope)
    of_plan = _groups(connection, scope, plan_of.values(), today)
    found: dict[GapKind, list[Missing]] = defaultdict(list)
    for village_id, name in names.items():
        plan_id = plan_of.get(village_id)
        if plan_id is None:
            found["village without plan"].append(Missing(village_id, name))
        else:
            broken = _in_groups(Missing(village_id, name, plan_id), of_plan.get(plan_id, ()))
            for kind, missing in sorted(broken, key=lambda one: one[1].number or 0):
                found[kind].append(missing)
    for row in rows.households_in_no_grid(connection, scope):
        if row["village_id"] in names:
            found["household in no grid"].append(_household(row))
    lacking = linkage.gaps(connection, scope, today)
    found["village without linkage"] += (Missing(row["id"], row["name"]) for row in lacking.villages)
    found["branch without linkage"] += (
        Missing(row["village_id"], row["village"], id=row["id"], name=row["name"]) for row in lacking.branches
    )
    in_village = Counter(one.village_id for missing in found.values() for one in missing)
    found["member of no village"] += (
        Missing(None, "", id=row["id"], name=row["name"]) for row in rows.members_in_no_village(connection)
    )
    return Chain(
        tuple(
            VillageLink(
                id_,
                name,
                plan_of.get(id_),
                homes[id_]["households"] if id_ in homes else 0,
                homes[id_]["in_no_grid"] if id_ in homes and id_ in plan_of else 0,
                tuple(of_plan.get(plan_of.get(id_, 0), ())),
                in_village[id_],
            )
            for id_, name in names.items()
        ),
        tuple(Gap(kind, tuple(found[kind])) for kind in GAP_KINDS if found[kind]),
    )


def _groups(connection: Connection, scope: Scope, plan_ids: Iterable[int], today: date) -> dict[int, list[GroupLink]]:
    """Return the party groups of plans with their grids; last, if there are any, the grids that are in none."""
    ids = list(plan_ids)
    households, people = sizes(connection, ids), rows.people(connection, ids, today)
    stand_ins = covers.covers_on(connection, today)
    grids: dict[tuple[int, int | None], list[GridLink]] = defaultdict(list)
    for row in rows.grids_in_force(connection, scope):
        at = row["plan_id"], row["number"]
        mine = people.get(at, [])
        lead = next((one for one in mine if one["role"] == "lead"), None)
        is_covered = lead is not None and any(
            stand_ins.get((lead["id"], row["village_id"], number)) for number in (None, row["number"])
        )
        deputies = sum(one["role"] == "deputy" for one in mine)
        link = GridLink(*at, row["label"], households.get(at, 0), lead, is_covered, deputies)
        grids[row["plan_id"], row["group_number"]].append(link)
    of_plan: dict[int, list[GroupLink]] = defaultdict(list)
    for group in groups.groups_in_force(connection, scope):
        plan_id, number = group["plan_id"], group["number"]
        inside = tuple(grids.pop((plan_id, number), ()))
        of_plan[plan_id].append(GroupLink(plan_id, number, group["name"], group["head_id"], group["head"], inside))
    for (plan_id, _), loose in grids.items():
        of_plan[plan_id].append(GroupLink(plan_id, None, None, None, None, tuple(loose)))
    return of_plan


def _in_groups(village: Missing, of_village: Iterable[GroupLink]) -> Iterator[tuple[GapKind, Missing]]:
    """Yield what is missing in the groups and grids of a village."""
    at = village.village_id, village.village, village.plan_id
    for group in of_village:
        if group.number is not None and group.head_id is None:
            yield "group without head", Missing(*at, group.number)
        for grid in group.grids:
            if group.number is None:
                yield "grid without group", Missing(*at, grid.number)
            if grid.lead is None:
                yield "grid without lead", Missing(*at, grid.number)
            elif grid.is_unled:
                yield "lead away", Missing(*at, grid.number, grid.lead["id"], grid.lead["name"])


def _household(row: RowMapping) -> Missing:
    name = row["name"] or row["door"] or row["code"]
    why = row["why"] or Message("chain.came_later")
    return Missing(row["village_id"], row["village"], id=row["id"], name=name, why=why)
