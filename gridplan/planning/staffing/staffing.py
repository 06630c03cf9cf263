"""Gives every grid a person: a lead each, deputies of the members left over, and what to do where members are short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from types import MappingProxyType

import numpy as np

from gridplan.engine.assign import NOBODY, deputise, lead_grids
from gridplan.model import Assignment, GridKey, Household, Member, Shortage, TownPlan, grid_id
from gridplan.planning.staffing.member_homes import MemberHome, find_homes, home_notes
from gridplan.planning.staffing.staffing_cost import StaffingCost, staffing_cost
from gridplan.words import Message, series

Grids = Mapping[GridKey, Sequence[Household]]
GridsByLead = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """Who may lead: members not excused on the day, in villages other than their own only `across_villages`."""

    today: date
    across_villages: bool = False


def staff_town(
    town: TownPlan,
    members: Sequence[Member],
    rules: StaffingRules,
    *,
    fixed: Mapping[GridKey, str] = MappingProxyType({}),
) -> tuple[TownPlan, tuple[Message, ...]]:
    """Return a plan with people for its grids, none of those it has among them, and notes for the planner to read.

    As many grids as members allow get a lead, at the least cost, and the members left over get a grid to be deputy of.
    The cost is that of gridplan.planning.staffing.staffing_cost; of equal choices the lowest member id wins. Deputies
    are given out in rounds: no grid has two while another of its village has none.

    The members of `fixed`, by village and grid number, lead already. They are kept even where they break a rule, which
    a note then says, and the other grids are given out around them; only members who are not known are not.

    Raises
    ------
    ValueError
        Two members have the same id.
    """
    found = find_homes(town, members, across_villages=rules.across_villages)
    placed = sorted(found, key=lambda one: one.member.member_id)
    people = {one.member.member_id: one.member for one in placed}
    if len(people) < len(members):
        raise ValueError("two members have the same id")
    grids = {(v.plan.village, number): homes for v in town.villages for number, homes in v.plan.grids.items()}
    left_out = _left_out(placed, rules.today)
    kept = {key: lead for key, lead in fixed.items() if key in grids and lead in people}
    able = {member_id: member for member_id, member in people.items() if member_id not in left_out}
    assignments = [
        assignment
        for own_grids, own_members in _apart(grids, tuple(able.values()), rules.across_villages)
        for assignment in _assign(own_grids, own_members, kept)
    ]
    assignments.sort(key=lambda one: (one.village, one.grid, one.role != "lead"))
    staffed = replace(
        town,
        members=tuple(people.values()),
        assignments=tuple(assignments),
        homes={one.member.member_id: one.how for one in placed},
        left_out=left_out,
    )
    away = sum(one.in_plan and one.member.member_id in left_out for one in placed)
    notes = (
        *home_notes(placed),
        *([Message("members.note.away", {"n": away})] if away else ()),
        *_broken(fixed, grids, people, left_out, rules.across_villages),
    )
    return replace(staffed, shortages=tuple(_shortages(staffed, able))), notes


def places_to_lead(members: Iterable[Member], today: date) -> Counter[str]:
    """Return how many grids the members of each village can lead on a day."""
    places = Counter[str]()
    for member in members:
        if member.village and is_available(member, today):
            places[member.village] += member.max_grids
    return places


def is_available(member: Member, today: date) -> bool:
    """Return whether a member can lead grids on a day."""
    return member.available and not _excused(member, today)


def _excused(member: Member, today: date) -> bool:
    return member.excused_until is not None and member.excused_until >= today


def _left_out(placed: Sequence[MemberHome], today: date) -> dict[str, Message]:
    """Return why members have no part in the plan, by their ids."""
    reasons = {}
    for one in placed:
        member = one.member
        if not member.available:
            reasons[member.member_id] = Message("members.out.unavailable")
        elif _excused(member, today):
            reasons[member.member_id] = Message("members.out.excused", {"until": str(member.excused_until)})
        elif not one.in_plan:
            reasons[member.member_id] = one.how
    return reasons


def _apart(grids: Grids, members: Sequence[Member], across_villages: bool) -> Iterator[tuple[Grids, Sequence[Member]]]:
    """Yield the parts of the town that do not touch one another: its villages, or the town as one."""
    if across_villages:
        yield grids, members
        return
    for village in dict.fromkeys(name for name, _ in grids):
        own = {key: homes for key, homes in grids.items() if key[0] == village}
        yield own, [member for member in members if member.village == village]


def _assign(grids: Grids, members: Sequence[Member], kept: Mapping[GridKey, str]) -> Iterator[Assignment]:
    """Yield the leads of some grids, those kept first, and the deputies among the members left over."""
    keys = list(grids)
    between = staffing_cost([grids[key] for key in keys], members)
    for village, number in keys:
        if (village, number) in kept:
            yield Assignment(village, number, kept[village, number], "lead", Message("assign.why.kept"))
    free = np.array([grid for grid, key in enumerate(keys) if key not in kept], np.intp)
    most = np.array([member.max_grids for member in members], np.intp)
    leading = Counter(kept.values())
    already = np.array([leading[member.member_id] for member in members], np.intp)
    lead = lead_grids(between.cost[free], between.further[free], most, already)
    chosen = {grid: column for grid, column in zip(free.tolist(), lead.tolist(), strict=True) if column != NOBODY}
    led = _by_lead(kept), _by_lead({keys[grid]: members[column].member_id for grid, column in chosen.items()})
    for grid, column in chosen.items():
        village, number = keys[grid]
        why = _why(between, grid, column, members, led)
        yield Assignment(village, number, members[column].member_id, "lead", why)
    spare = np.setdiff1d(np.flatnonzero(already == 0), lead)
    for column, grid in zip(spare.tolist(), deputise(between.cost[:, spare]).tolist(), strict=True):
        if grid != NOBODY:
            village, number = keys[grid]
            why = Message("assign.why.deputy", {"facts": between.facts(grid, column)})
            yield Assignment(village, number, members[column].member_id, "deputy", why)


def _by_lead(lead_of: Mapping[GridKey, str]) -> GridsByLead:
    grids: dict[str, list[str]] = defaultdict(list)
    for key, lead in sorted(lead_of.items()):
        grids[lead].append(grid_id(*key))
    return grids


def _why(
    between: StaffingCost, grid: int, column: int, members: Sequence[Member], led: tuple[GridsByLead, GridsByLead]
) -> Message:
    """Return why a member leads a grid, beside the other member of least cost for it, who may well lead another.

    `led` are the grids of all leads: those they had, and those they were given.
    """
    facts = between.facts(grid, column)
    if len(members) == 1:
        return Message("assign.why.only", {"facts": facts})
    cost = between.cost[grid].copy()
    cost[column] = np.inf
    at = int(np.argmin(cost))
    other = members[at]
    kept, given = (grids.get(other.member_id, ()) for grids in led)
    work = Message("assign.work.none")
    if kept or given:
        code = "assign.work.needed" if given and cost[at] < between.cost[grid, column] else "assign.work.leads"
        work = Message(code, {"grids": series((*kept, *given))})
    runner_up = {"name": other.name, "member": other.member_id, "other": between.facts(grid, at), "work": work}
    return Message("assign.why.lead", {"facts": facts, **runner_up})


def _shortages(town: TownPlan, able: Mapping[str, Member]) -> Iterator[Shortage]:
    """Yield the grids without a lead, each with what a planner can do about it."""
    lead_of = town.leads
    for village in town.villages:
        name, most = village.plan.village, village.bounds.most
        short = {number: homes for number, homes in village.plan.grids.items() if (name, number) not in lead_of}
        own = {lead for (where, _), lead in lead_of.items() if where == name} & able.keys()
        leads = [able[lead] for lead in sorted(own or set(lead_of.values()) & able.keys())]
        fewer = len(village.plan.grids) - ceil(len(village.plan.grid_of) / most)
        larger = Message("assign.offer.larger", {"village": name, "most": most, "n": fewer})
        if fewer <= 0:
            larger = Message("assign.offer.not_fewer", {"village": name, "most": most})
        for number, further in zip(short, _further(list(short.values()), leads), strict=True):
            volunteer = Message("assign.offer.volunteer", {"grid": grid_id(name, number)})
            yield Shortage(name, number, (*further, volunteer, larger))


def _further(grids: Sequence[Sequence[Household]], leads: Sequence[Member]) -> Iterator[tuple[Message, ...]]:
    """Yield the offers of a further grid for the lead nearest to each of some grids; none without any lead.

    Nearest is who walks least, or, where the distance is not known, whose cost is least.
    """
    if not leads:
        yield from [()] * len(grids)
        return
    between = staffing_cost(grids, leads)
    distance = np.where(between.measured.any(axis=1, keepdims=True), between.walk, between.cost)
    for grid, lead in enumerate(distance.argmin(axis=1).tolist()):
        values = {"name": leads[lead].name, "member": leads[lead].member_id, "facts": between.facts(grid, lead)}
        yield (Message("assign.offer.further", values),)


def _broken(
    fixed: Mapping[GridKey, str],
    grids: Grids,
    people: Mapping[str, Member],
    left_out: Mapping[str, Message],
    across_villages: bool,
) -> Iterator[Message]:
    """Yield the rules that leads break who lead already."""
    for (village, number), lead in sorted(fixed.items()):
        values = {"grid": grid_id(village, number), "member": lead}
        if (village, number) not in grids:
            yield Message("members.fixed.no_grid", values)
        elif lead not in people:
            yield Message("members.fixed.unknown", values)
        elif lead in left_out:
            yield Message("members.fixed.left_out", {**values, "reason": left_out[lead]})
        elif people[lead].village != village and not across_villages:
            yield Message("members.fixed.other_village", {**values, "village": people[lead].village})
    for lead, n in sorted(Counter(fixed.values()).items()):
        if lead in people and n > people[lead].max_grids:
            yield Message("members.fixed.too_many", {"member": lead, "n": n, "most": people[lead].max_grids})
