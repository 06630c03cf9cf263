"""What a town has already: its present grids and leads as the first revision, and every rule that they break.

Nobody is moved and nothing is renamed. A rule that a kept grid breaks, and a household that is in no grid, become
exceptions of the plan, each with its reason and its options; `gridplan verify` then notes them instead of calling them
violations, because the plan hides nothing. It does so only in villages marked as kept: a plan that gridplan made
cannot excuse itself in this way. What is no fault of one grid of the plan (a label that was in several villages, two
leads named for one grid, a lead who is in no list of members) is said with the plan.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from gridplan.model import Assignment, Household, Member, PlanException, PlannedVillage, TownPlan, grid_id
from gridplan.rules import Violation, violations
from gridplan.words import Message

DIGITS: Final = re.compile(r"[0-9]{1,6}")
NUMERALS: Final = re.compile("[一二三四五六七八九十]+")
SEVERAL: Final = re.compile("[、,，;；/]")
ONES: Final = "〇一二三四五六七八九"

GridKey = tuple[str, int]
"""A village and the number of a grid in it."""


@dataclass(frozen=True, slots=True)
class Present:
    """The grids a town has, split by village and numbered: which households, what they are called, who is named."""

    grid_of: Mapping[str, int]
    label_of: Mapping[GridKey, str]
    leads_of: Mapping[GridKey, Counter[str]]
    """Everybody named as the lead of a grid, and by how many of its households."""
    violations: tuple[Violation, ...]
    """Grids that were in several villages."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A town's plan with the leads it has and its exceptions listed, and every rule that grids and leads break."""

    town: TownPlan
    broken: tuple[Violation, ...]
    """What the plan breaks, each listed as an exception of it."""
    doubts: tuple[Violation, ...]
    """What the list breaks and the plan cannot show."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All of them."""
        return self.broken + self.doubts


def present_grids(households: Iterable[Household], grid_of: Mapping[str, str], lead_of: Mapping[str, str]) -> Present:
    """Return the grids that a list tells of, `grid_of` and `lead_of` being what it says by household.

    A grid has the number in its label if there is just one, in digits or else in Chinese; where several of a village
    claim a number the one with most households has it. The others get the numbers that are free, in list order.
    """
    sizes: dict[str, Counter[str]] = defaultdict(Counter)
    label_of: dict[str, str] = {}
    written: dict[str, str] = {}
    homes = [home for home in households if grid_of.get(home.household_id, "").strip()]
    for home in homes:
        label = label_of[home.household_id] = _folded(grid_of[home.household_id])
        sizes[home.village][label] += 1
        written.setdefault(label, grid_of[home.household_id].strip())
    number = {village: _numbers(labels) for village, labels in sizes.items()}
    leads: dict[GridKey, Counter[str]] = defaultdict(Counter)
    for home in homes:
        named = filter(None, map(str.strip, SEVERAL.split(lead_of.get(home.household_id, ""))))
        leads[home.village, number[home.village][label_of[home.household_id]]].update(named)
    return Present(
        grid_of={home.household_id: number[home.village][label_of[home.household_id]] for home in homes},
        label_of={(village, n): written[label] for village, of in number.items() for label, n in of.items()},
        leads_of=leads,
        violations=tuple(_crossings(sizes, written)),
    )


def _folded(label: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", label).split())


def _numbers(labels: Counter[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for label, _ in labels.most_common():
        claimed = _numbered(label)[1]
        if claimed and claimed not in numbers.values():
            numbers[label] = claimed
    free = (n for n in range(1, 2 * len(labels) + 1) if n not in set(numbers.values()))
    return {label: numbers[label] if label in numbers else next(free) for label in labels}


def _numbered(label: str) -> tuple[str, int | None]:
    """Return what a label says besides its number, and the number if it has just one."""
    for numeral, value in ((DIGITS, int), (NUMERALS, _chinese)):
        if found := numeral.findall(label):
            return numeral.sub("#", label), value(found[0]) if len(found) == 1 else None
    return label, None


def _chinese(numeral: str) -> int | None:
    """Return the value of a number up to 99, or None for a row of figures that is none."""
    tens, ten, ones = numeral.rpartition("十")
    if len(tens) > 1 or len(ones) > 1 or tens == "十":
        return None
    return (10 * (ONES.index(tens) if tens else 1) if ten else 0) + (ONES.index(ones) if ones else 0)


def _crossings(sizes: Mapping[str, Counter[str]], written: Mapping[str, str]) -> Iterator[Violation]:
    """Yield the labels that stand in several villages, unless each of these counts its own from 1."""
    stems = {village: [_numbered(label) for label in labels] for village, labels in sizes.items()}
    for label, text in written.items():
        inside = sorted((village for village in sizes if label in sizes[village]), key=lambda v: -sizes[v][label])
        stem, number = _numbered(label)
        if len(inside) > 1 and not (number and all((stem, 1) in stems[village] for village in inside)):
            values = {"label": text, "n": len(inside), "villages": ", ".join(inside)}
            yield Violation(Message("existing.crosses_villages", values), inside[0])


def keep(town: TownPlan, present: Present, members: Sequence[Member] = ()) -> Kept:
    """Return the plan of a town's present grids with the leads they have, and every rule that is broken.

    A lead is the member of the list with that id, else the one with that name in the village or in no village; one who
    is not to be found there, or not for certain, leads all the same and becomes a member of the plan by name. A grid
    for which several are named is led by the one most of its households name, by nobody where that is not clear. In a
    list that names no lead at all, leads are not looked at.
    """
    found = tuple(_leads(town, present, members)) if any(present.leads_of.values()) else ()
    assignments = tuple(lead.assignment for lead in found)
    people = {member.member_id: member for member in (*members, *(lead.member for lead in found))}
    broken = {village.plan.village: violations(village, assignments if found else None) for village in town.villages}
    villages = tuple(
        replace(village, exceptions=tuple(_exceptions(village, broken[village.plan.village])))
        for village in town.villages
    )
    return Kept(
        town=replace(town, villages=villages, members=tuple(people.values()), assignments=assignments),
        broken=tuple(chain.from_iterable(broken.values())),
        doubts=(
            *present.violations,
            *_disputes(town, present),
            *(lead.doubt for lead in found if lead.doubt),
            *_overburdened(assignments, people),
        ),
    )


def staffed(kept: Kept, town: TownPlan) -> Kept:
    """Return a kept plan as `town`, which has people for more of its grids: who was found is missing no more."""
    led = {(one.village, one.grid) for one in town.assignments if one.role == "lead"}

    def is_mended(message: Message, village: str, grid: int | None) -> bool:
        return message.code == "rule.no_lead" and (village, grid) in led

    villages = tuple(
        replace(
            village,
            exceptions=tuple(one for one in village.exceptions if not is_mended(one.reason, one.village, one.grid)),
        )
        for village in town.villages
    )
    broken = tuple(one for one in kept.broken if not is_mended(one.message, one.village, one.grid))
    return Kept(replace(town, villages=villages), broken, kept.doubts)


@dataclass(frozen=True, slots=True)
class _Lead:
    member: Member
    assignment: Assignment
    doubt: Violation | None


def _leads(town: TownPlan, present: Present, members: Sequence[Member]) -> Iterator[_Lead]:
    by_id = {member.member_id: member for member in members}
    for key in _grids(town):
        village, number = key
        name = _agreed(present.leads_of.get(key, Counter()))
        if name is None:
            continue
        same = (
            [by_id[name]] if name in by_id else [m for m in members if m.name == name and m.village in (village, None)]
        )
        doubt = None
        if members and len(same) != 1:
            code = "existing.lead_ambiguous" if same else "existing.lead_unknown"
            doubt = Violation(Message(code, {"grid": grid_id(*key), "lead": name, "n": len(same)}), *key)
        member = same[0] if len(same) == 1 else Member(_made_id(f"{village}-{name}", by_id), name, village=village)
        yield _Lead(member, Assignment(village, number, member.member_id, "lead", Message("existing.lead_kept")), doubt)


def _grids(town: TownPlan) -> list[GridKey]:
    return [(village.plan.village, grid.number) for village in town.villages for grid in village.grids]


def _agreed(named: Counter[str]) -> str | None:
    """Return the one named by most households, or None where that is nobody or more than one."""
    first, second, *_ = *named.most_common(2), ("", 0), ("", 0)
    return first[0] if first[1] > second[1] else None


def _made_id(wished: str, taken: Mapping[str, Member]) -> str:
    while wished in taken:
        wished += "+"
    return wished


def _disputes(town: TownPlan, present: Present) -> Iterator[Violation]:
    for key in _grids(town):
        named = present.leads_of.get(key, Counter())
        if len(named) > 1:
            values = {"grid": grid_id(*key), "n": len(named), "names": ", ".join(named)}
            yield Violation(Message("existing.several_leads", values), *key)


def _overburdened(assignments: Iterable[Assignment], members: Mapping[str, Member]) -> Iterator[Violation]:
    led: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        led[assignment.member_id].append(assignment)
    for member_id, given in led.items():
        member = members[member_id]
        if len(given) > member.max_grids:
            grids = ", ".join(grid_id(one.village, one.grid) for one in given)
            values = {"lead": member.name, "n": len(given), "grids": grids, "most": member.max_grids}
            yield Violation(Message("existing.leads_several", values), given[0].village)


def _exceptions(village: PlannedVillage, broken: Sequence[Violation]) -> Iterator[PlanException]:
    """Yield an exception for each grid and rule, and for each household in no grid: or one, if the village has none."""
    plan = village.plan
    if not plan.grids:
        reason = Message("existing.no_grids", {"village": plan.village, "n": len(plan.households)})
        yield PlanException(plan.village, len(plan.households), reason, (Message("existing.option.redraw"),))
        return
    for violation in broken:
        if violation.grid is not None:
            has_lead_to_find = violation.message.code == "rule.no_lead"
            options = (
                Message("existing.option.name_lead" if has_lead_to_find else "existing.option.accept"),
                Message("existing.option.redraw"),
            )
            size = len(plan.grids[violation.grid])
            yield PlanException(plan.village, size, violation.message, options, grid=violation.grid)
        elif violation.household_id in plan.left_out:
            options = (Message("existing.option.write_grid"), Message("existing.option.leave_out"))
            yield PlanException(plan.village, 1, violation.message, options, household_id=violation.household_id)
