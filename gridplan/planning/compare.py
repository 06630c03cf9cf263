"""Two plans of the same villages side by side: which grid is which, which households change, whose lead is another.

Grids of two plans are the same where they share households: of all ways to pair them, the one under which the fewest
households change their grid. That is also how a new plan gets its numbers (docs/decisions/0004).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from gridplan.model import GridKey, Household, PlannedVillage, TownPlan, grid_id
from gridplan.words import Message

Numbers = Mapping[int, int]
"""From the number of a grid to a number that stands for it elsewhere."""


@dataclass(frozen=True, slots=True)
class Move:
    """A household and its grids in both plans, each by its own plan's number; None for none."""

    household: Household
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class LeadChange:
    """A grid that has another lead, by its numbers in both plans, and the ids of both members; None for no lead."""

    before: int
    after: int
    was: str | None
    becomes: str | None


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A grid that is in another party group, by its numbers in both plans, and the numbers of both groups."""

    before: int
    after: int
    was: int
    becomes: int


@dataclass(frozen=True)
class PlanComparison:
    """What is different about a village."""

    village: str
    same: Numbers
    """From the number of a grid in the later plan to its number in the earlier one, where there is one."""
    moves: tuple[Move, ...]
    leads: tuple[LeadChange, ...]
    groups: tuple[GroupChange, ...]
    new: tuple[Household, ...]
    """Households that the earlier plan does not know."""
    gone: tuple[Household, ...]

    @property
    def changed_grids(self) -> set[int]:
        """The grids of the earlier plan that households leave or join, by number."""
        numbers = (number for move in self.moves for number in (move.before, self.same.get(move.after or 0)))
        return {number for number in numbers if number is not None}


def compare_plans(before: TownPlan, after: TownPlan) -> tuple[PlanComparison, ...]:
    """Return what is different about every village that is in both plans."""
    earlier = {village.plan.village: village for village in before.villages}
    return tuple(
        _compared(earlier[village.plan.village], village, before.leads, after.leads)
        for village in after.villages
        if village.plan.village in earlier
    )


def _compared(
    before: PlannedVillage, after: PlannedVillage, lead_before: Mapping[GridKey, str], lead_after: Mapping[GridKey, str]
) -> PlanComparison:
    name, old, new = after.plan.village, before.plan, after.plan
    same = match_grids(old.grid_of, new.grid_of)
    knew, know = ({home.household_id for home in plan.households} for plan in (old, new))
    moves = []
    for home in new.households:
        was, becomes = old.grid_of.get(home.household_id), new.grid_of.get(home.household_id)
        if home.household_id in knew and was != (None if becomes is None else same.get(becomes, -becomes)):
            moves.append(Move(home, was, becomes))
    changes = []
    for after_number, before_number in sorted(same.items()):
        was_lead, new_lead = lead_before.get((name, before_number)), lead_after.get((name, after_number))
        if was_lead != new_lead:
            changes.append(LeadChange(before_number, after_number, was_lead, new_lead))
    was_group, new_group = ({one.number: one.group_number for one in village.grids} for village in (before, after))
    groups = [
        GroupChange(before_number, after_number, was_number, new_number)
        for after_number, before_number in sorted(same.items())
        for was_number, new_number in [(was_group.get(before_number), new_group.get(after_number))]
        if was_number and new_number and was_number != new_number
    ]
    return PlanComparison(
        village=name,
        same=same,
        moves=tuple(moves),
        leads=tuple(changes),
        groups=tuple(groups),
        new=tuple(home for home in new.households if home.household_id not in knew),
        gone=tuple(home for home in old.households if home.household_id not in know),
    )


def match_grids(before: Mapping[str, int], after: Mapping[str, int]) -> dict[int, int]:
    """Return the number in the earlier plan of each grid of the later one that has a counterpart there.

    Both are grids by household. As many households as possible stay in their grid; among equal ways, as many numbers
    as possible stay. Grids that share no household are not the same.
    """
    from scipy.optimize import linear_sum_assignment  # takes a third of a second, which most pages do without

    shared = Counter((after[home], before[home]) for home in after.keys() & before.keys())
    later, earlier = sorted(set(after.values())), sorted(set(before.values()))
    if not shared:
        return {}
    weight = np.zeros((len(later), len(earlier)))
    for (a, b), n in shared.items():
        weight[later.index(a), earlier.index(b)] = n * (len(later) + 1) + (a == b)
    pairs = zip(*(side.tolist() for side in linear_sum_assignment(weight, maximize=True)), strict=True)
    return {later[i]: earlier[j] for i, j in pairs if shared[later[i], earlier[j]]}


# ---- numbers that survive


def surviving_numbers(before: Mapping[str, int], after: Mapping[str, int]) -> dict[int, int]:
    """Return the number that each grid of the later plan is to have: that of its counterpart, or one never used yet."""
    same = match_grids(before, after)
    unused = count(max(before.values(), default=0) + 1)
    return {number: same[number] if number in same else next(unused) for number in sorted(set(after.values()))}


def with_surviving_numbers(town: TownPlan, in_force: TownPlan) -> TownPlan:
    """Return a plan whose grids are numbered as those in force, unless they are grids that the town had and kept."""
    before = {one.plan.village: one.plan.grid_of for one in in_force.villages}
    new = [one for one in town.villages if one.plan.village in before and not one.kept]
    return renumber(
        town, {one.plan.village: surviving_numbers(before[one.plan.village], one.plan.grid_of) for one in new}
    )


def renumber(town: TownPlan, numbers: Mapping[str, Numbers]) -> TownPlan:
    """Return a plan whose grids have other numbers, by village, also in its sentences."""
    renamed = {
        grid_id(village, old): grid_id(village, new) for village, of in numbers.items() for old, new in of.items()
    }

    def now(village: str, number: int) -> int:
        return numbers.get(village, {}).get(number, number)

    assignments = (
        replace(one, grid=now(one.village, one.grid), why=_with_names(one.why, renamed)) for one in town.assignments
    )
    return replace(
        town,
        villages=tuple(_renumbered(one, numbers.get(one.plan.village, {}), renamed) for one in town.villages),
        assignments=tuple(sorted(assignments, key=lambda one: (one.village, one.grid, one.role != "lead"))),
        shortages=tuple(
            replace(
                one, grid=now(one.village, one.grid), offers=tuple(_with_names(offer, renamed) for offer in one.offers)
            )
            for one in town.shortages
        ),
    )


def _renumbered(planned: PlannedVillage, number: Numbers, renamed: Mapping[str, str]) -> PlannedVillage:
    if all(old == new for old, new in number.items()):
        return planned
    plan = planned.plan
    grids = [replace(one, number=number[one.number]) for one in planned.grids if one.number in number]
    return replace(
        planned,
        plan=replace(plan, grid_of={home: number[old] for home, old in plan.grid_of.items()}),
        grids=tuple(sorted(grids, key=lambda one: one.number)),
        exceptions=tuple(
            replace(one, grid=None if one.grid is None else number[one.grid], reason=_with_names(one.reason, renamed))
            for one in planned.exceptions
        ),
    )


def _with_names(message: Message, renamed: Mapping[str, str]) -> Message:
    """Return a sentence in which grids have other names."""

    def value_of(value: object) -> object:
        if isinstance(value, Message):
            return _with_names(value, renamed)
        if isinstance(value, str):
            return ", ".join(renamed.get(part, part) for part in value.split(", "))
        return value

    return replace(message, values={name: value_of(value) for name, value in message.values.items()})
