"""What is different once a plan comes in the place of another: whose households, which grids, how far is walked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from gridplan.model import Household, PlannedVillage, TownPlan
from gridplan.names import sort_key
from gridplan.planning.compare import LeadChange, PlanComparison, compare_plans

MUCH_MORE: Final = 1.5
SOME_M: Final = 2_000.0
"""A walk that becomes so many times what it was, and longer by so many metres, is hardly right."""


@dataclass(frozen=True, slots=True)
class CaseloadChange:
    """A member, and the households that come to their grids or leave them."""

    name: str
    code: str
    gained: tuple[Household, ...]
    lost: tuple[Household, ...]


@dataclass(frozen=True, slots=True)
class WalkChange:
    """A grid that other households are in, by its numbers before and after, and its walk; None where there is none."""

    before: int | None
    after: int | None
    was_m: float | None
    becomes_m: float | None


@dataclass(frozen=True)
class PlanChange:
    """The plan of a village and the one that it replaces, if there is one."""

    village: str
    before: TownPlan
    """Of no village where it is the first plan."""
    after: TownPlan
    name_of: Mapping[str, str] = field(repr=False)
    """How members are called, by code."""

    @property
    def old(self) -> PlannedVillage | None:
        """The plan that is replaced."""
        return next(iter(self.before.villages), None)

    @property
    def new(self) -> PlannedVillage:
        """The plan that comes in its place."""
        return self.after.villages[0]

    @cached_property
    def compared(self) -> PlanComparison | None:
        """Both side by side; None where there is only one."""
        return next(iter(compare_plans(self.before, self.after)), None)

    @property
    def new_leads(self) -> tuple[LeadChange, ...]:
        """The grids that stay and have another lead, or none any more."""
        return self.compared.leads if self.compared else ()

    @property
    def moves(self) -> int:
        """How many households change grid; none by the first plan of a village."""
        return len(self.compared.moves) if self.compared else 0

    @cached_property
    def caseloads(self) -> tuple[CaseloadChange, ...]:
        """The leads whose households are not the same, by name; none by a first plan, which gives everybody all."""
        if self.old is None:
            return ()
        had, has = _households_by_lead(self.before), _households_by_lead(self.after)
        changed = (
            CaseloadChange(
                self.name_of.get(lead, lead),
                lead,
                _missing_from(has.get(lead, {}), had.get(lead, {})),
                _missing_from(had.get(lead, {}), has.get(lead, {})),
            )
            for lead in had.keys() | has.keys()
        )
        return tuple(
            sorted((one for one in changed if one.gained or one.lost), key=lambda one: (sort_key(one.name), one.code))
        )

    @cached_property
    def with_another_lead(self) -> Mapping[int, frozenset[str]]:
        """The codes of the households that somebody else leads than before, by the number of their grid."""
        lead_of = {code: lead for lead, homes in _households_by_lead(self.before).items() for code in homes}
        found = {
            number: frozenset(
                home.household_id
                for home in inside
                if (lead := self.after.leads.get((self.village, number))) and lead_of.get(home.household_id) != lead
            )
            for number, inside in self.new.plan.grids.items()
        }
        return {number: codes for number, codes in found.items() if codes}

    @property
    def new_grids(self) -> tuple[int, ...]:
        """The grids that there were not before, by number."""
        return tuple(n for n in self.new.plan.grids if n not in self.compared.same) if self.compared else ()

    @property
    def gone_grids(self) -> tuple[int, ...]:
        """The grids that there are no more, by number."""
        if self.old is None or self.compared is None:
            return ()
        kept = set(self.compared.same.values())
        return tuple(number for number in self.old.plan.grids if number not in kept)

    @property
    def renumbered(self) -> tuple[tuple[int, int], ...]:
        """The grids that have another number than before."""
        same = self.compared.same if self.compared else {}
        return tuple(sorted((before, after) for after, before in same.items() if before != after))

    @cached_property
    def walks(self) -> tuple[WalkChange, ...]:
        """The grids that other households are in, with their walks: those that stay, new ones, those that are gone."""
        if self.old is None or self.compared is None:
            return ()
        was = {grid.number: grid.walk_m for grid in self.old.grids}
        becomes = {grid.number: grid.walk_m for grid in self.new.grids}
        changed = self.compared.changed_grids
        stay = ((before, after) for after, before in sorted(self.compared.same.items()) if before in changed)
        return (
            *(WalkChange(before, after, was.get(before), becomes.get(after)) for before, after in stay),
            *(WalkChange(None, number, None, becomes[number]) for number in self.new_grids),
            *(WalkChange(number, None, was[number], None) for number in self.gone_grids),
        )

    @property
    def walked(self) -> tuple[float | None, float | None]:
        """What walking every grid once comes to, before and after; None where it is not known."""
        return (self.old.walk_m if self.old else None), self.new.walk_m

    @property
    def walks_much_more(self) -> bool:
        """Whether walking it comes to so much more that something is hardly right."""
        was, becomes = self.walked
        return was is not None and becomes is not None and becomes > max(MUCH_MORE * was, was + SOME_M)

    @property
    def added_m(self) -> float | None:
        """By how many metres that is more, or less; None where one of both is not known."""
        was, becomes = self.walked
        return None if was is None or becomes is None else becomes - was


def _households_by_lead(town: TownPlan) -> dict[str, dict[str, Household]]:
    grids = {(one.plan.village, number): inside for one in town.villages for number, inside in one.plan.grids.items()}
    led: dict[str, dict[str, Household]] = defaultdict(dict)
    for key, lead in town.leads.items():
        led[lead] |= {home.household_id: home for home in grids.get(key, ())}
    return led


def _missing_from(those: Mapping[str, Household], others: Mapping[str, Household]) -> tuple[Household, ...]:
    return tuple(home for code, home in those.items() if code not in others)
