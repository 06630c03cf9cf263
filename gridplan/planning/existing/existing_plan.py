"""What a town has already: its grids and leads as a plan, and every rule that they break.

No household is moved and nothing is renamed. A rule that a kept grid breaks, and a household that is in no grid, become
exceptions of the plan, each with its reason and its options; `gridplan verify` then notes them instead of calling them
violations, because the plan hides nothing. It does so only in villages marked as kept: a plan that gridplan made
cannot excuse itself in this way. What is no fault of one grid of the plan (a label that was in several villages, two
leads named for one grid, a lead who is in no list of members) is a note of the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from gridplan.model import Assignment, GridKey, Member, PlanException, PlannedVillage, Shortage, TownPlan, grid_id
from gridplan.planning.existing.existing_grids import ExistingGrids
from gridplan.planning.existing.existing_leads import existing_leads
from gridplan.planning.staffing.staffing import StaffingRules, staff_town
from gridplan.rules import Violation, grid_exception, violations
from gridplan.words import Message, series

AMONG_BROKEN_RULES: Final = ("members.fixed.too_many", "members.fixed.other_village")
"""Notes on leads that say what the rules broken by a kept plan say already."""


@dataclass(frozen=True, slots=True)
class ExistingPlan:
    """A town's plan with the people it has and its exceptions listed, and every rule that grids and leads break."""

    town: TownPlan
    broken: tuple[Violation, ...]
    """What the plan breaks, each listed as an exception of it."""
    doubts: tuple[Violation, ...]
    """What the list breaks and the plan cannot show."""
    notes: tuple[Message, ...] = ()
    """What a workbook of gridplan was read to say."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All of them."""
        return self.broken + self.doubts


def existing_plan(
    town: TownPlan, existing: ExistingGrids, members: Sequence[Member] = (), *, across_villages: bool = False
) -> ExistingPlan:
    """Return the plan of the grids a town has with the people they have, and every rule that is broken.

    A lead is the member of the list with that id, else the one with that name in the village or in no village, else
    the only one in the town; one who is not to be found there, or not for certain, leads all the same and becomes a
    member of the plan by name. A grid for which several are named is led by the one most of its households name, by
    none where that is not clear. In a list that names no lead at all, leads are not checked. A workbook that
    gridplan wrote has deputies too, and its members are the list where there are no other `members`.

    Leads of other villages break a rule unless `across_villages`.
    """
    people = existing_leads(town, existing, members)
    broken = {
        village.plan.village: violations(village, people.assignments if people.are_named else None)
        for village in town.villages
    }
    villages = tuple(
        replace(village, exceptions=tuple(_exceptions(village, broken[village.plan.village])))
        for village in town.villages
    )
    everything_broken = tuple(chain.from_iterable(broken.values()))
    doubts = (
        doubt for doubt in people.doubts if not across_villages or doubt.message.code != "existing.lead_elsewhere"
    )
    return ExistingPlan(
        town=replace(
            town,
            villages=villages,
            members=people.members,
            assignments=people.assignments,
            shortages=tuple(_shortages(everything_broken)),
        ),
        broken=everything_broken,
        doubts=(*existing.violations, *doubts, *_overburdened(people.assignments, people.members)),
        notes=(*existing.notes, *people.notes),
    )


def staff_existing_plan(kept: ExistingPlan, rules: StaffingRules) -> tuple[ExistingPlan, tuple[Message, ...]]:
    """Return a kept plan with people for more of its grids, and notes on them: only leads that the list names lead.

    A lead found for a grid without one is an offer for it, and it stays short. Members who have no grid are deputies.
    Where the list names no lead at all, those found lead.
    """
    before, members = kept.town.assignments, kept.town.members
    town, notes = staff_town(kept.town, members, rules, fixed=kept.town.leads)
    notes = tuple(note for note in notes if note.code not in AMONG_BROKEN_RULES)
    if not kept.town.shortages and not kept.town.leads:
        return replace(kept, town=town), notes
    busy = {one.member_id for one in before}
    deputies = (one for one in town.assignments if one.role == "deputy" and one.member_id not in busy)
    offers = {(short.village, short.grid): short.offers for short in town.shortages}
    offers |= dict(_candidates(kept.town.shortages, town))
    shortages = (replace(short, offers=offers[short.village, short.grid]) for short in kept.town.shortages)
    assignments = sorted((*before, *deputies), key=lambda one: (one.village, one.grid, one.role != "lead"))
    return replace(kept, town=replace(town, assignments=tuple(assignments), shortages=tuple(shortages))), notes


def _candidates(shortages: Iterable[Shortage], town: TownPlan) -> Iterator[tuple[GridKey, tuple[Message, ...]]]:
    """Yield the offers for grids without a lead that one was found for."""
    offers_of = {(short.village, short.grid): short.offers for short in shortages}
    name_of = {member.member_id: member.name for member in town.members}
    for one in town.assignments:
        key = (one.village, one.grid)
        if one.role == "lead" and key in offers_of:
            who = {"name": name_of[one.member_id], "member": one.member_id, "facts": one.why.values["facts"]}
            yield key, (Message("existing.offer.candidate", who), *offers_of[key])


def _shortages(broken: Iterable[Violation]) -> Iterator[Shortage]:
    """Yield the grids that have no lead, each with what can be done without knowing who else there is."""
    for violation in broken:
        if violation.message.code == "rule.no_lead" and violation.grid is not None:
            volunteer = Message("assign.offer.volunteer", {"grid": grid_id(violation.village, violation.grid)})
            offers = (Message("existing.option.name_lead"), volunteer)
            yield Shortage(violation.village, violation.grid, offers)


def _overburdened(assignments: Iterable[Assignment], people: Iterable[Member]) -> Iterator[Violation]:
    members = {member.member_id: member for member in people}
    led: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in assignments:
        if assignment.role == "lead":
            led[assignment.member_id].append(assignment)
    for member_id, given in led.items():
        member = members[member_id]
        if len(given) > member.max_grids:
            grids = series(grid_id(one.village, one.grid) for one in given)
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
            first = "existing.option.name_lead" if has_lead_to_find else "existing.option.accept"
            yield grid_exception(violation, len(plan.grids[violation.grid]), first, "existing.option.redraw")
        elif violation.household_id in plan.left_out:
            options = (Message("existing.option.write_grid"), Message("existing.option.leave_out"))
            yield PlanException(plan.village, 1, violation.message, options, household_id=violation.household_id)
