"""Another lead for a grid: who could, how far they live and what they lead already; and the change with its date."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping

from gridplan.errors import Conflict, NotFound
from gridplan.model import Household, Member, TownPlan
from gridplan.planning.staffing.member_homes import find_homes
from gridplan.planning.staffing.staffing import is_available
from gridplan.planning.staffing.staffing_cost import staffing_cost
from gridplan.store import Store, Who
from gridplan.store.plans import assignments, plans
from gridplan.store.plans.plan_figures import plan_figures, plans_by_ids
from gridplan.store.registry import members
from gridplan.words import Message


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who could lead a grid."""

    id: int
    member: Member
    leads: int
    """How many grids of this plan they lead."""
    metres: int | None
    """To a household of the grid, on average; None where it is not known."""
    facts: Message
    is_available: bool
    is_lead: bool

    @property
    def is_full(self) -> bool:
        """Whether they lead as many grids as they may."""
        return self.leads >= self.member.max_grids


@dataclass(frozen=True)
class LeadChoice:
    """A grid of a plan, and who could lead it, the nearest first."""

    plan: RowMapping
    number: int
    households: tuple[Household, ...]
    candidates: tuple[Candidate, ...]

    @property
    def lead(self) -> Candidate | None:
        """The one who leads it."""
        return next((one for one in self.candidates if one.is_lead), None)


def lead_choice(store: Store, plan_id: int, number: int, today: date) -> LeadChoice:
    """Return a grid of a draft or of a plan in force, with the members of the village, or of none, who could lead it.

    Raises
    ------
    NotFound
        There is no such plan or grid, or the plan is archived.
    """
    with store.read() as connection:
        return _lead_choice(connection, plan_id, number, today)


def _lead_choice(connection: Connection, plan_id: int, number: int, today: date) -> LeadChoice:
    row = next(iter(plan_figures(connection, plans_by_ids([plan_id]))), None)
    if row is None or row["state"] == "archived":
        raise NotFound("entrance.not_here")
    town = plans.town(connection, [plan_id])
    inside = town.villages[0].plan.grids.get(number)
    if inside is None:
        raise NotFound("entrance.not_here")
    return LeadChoice(row, number, inside, _candidates(connection, town, row, number, inside, today))


def _candidates(
    connection: Connection, town: TownPlan, row: RowMapping, number: int, inside: tuple[Household, ...], today: date
) -> tuple[Candidate, ...]:
    ids = members.ids_by_code(connection)
    lead_of = assignments.leads(connection, row["id"])
    leading = Counter(lead_of.values())
    people = [
        one
        for one in members.models(connection)
        if one.village in (None, row["village"]) or leading[ids[one.member_id]]
    ]
    placed = find_homes(town, people, across_villages=True)
    between = staffing_cost([inside], [one.member for one in placed])
    found = []
    for column, one in enumerate(placed):
        code = one.member.member_id
        found.append(
            Candidate(
                id=ids[code],
                member=one.member,
                leads=leading[ids[code]],
                metres=between.metres(0, column),
                facts=between.facts(0, column),
                is_available=is_available(one.member, today),
                is_lead=lead_of.get(number) == ids[code],
            )
        )
    return tuple(sorted(found, key=lambda one: (one.metres is None, one.metres, one.member.name, one.member.member_id)))


def change_lead(
    store: Store,
    who: Who,
    plan_id: int,
    number: int,
    member_id: int,
    *,
    instead_of: int | None,
    now: datetime,
    today: date,
) -> RowMapping:
    """Let a member lead a grid from today on, instead of the one shown as its lead; return the plan.

    Raises
    ------
    NotFound
        There is no such grid, or the member is not among those who could lead it.
    Conflict
        It has another lead by now.
    """
    with store.change(who, "give lead", "grid", now=now) as change:
        here = _lead_choice(change.connection, plan_id, number, today)
        chosen = next((one for one in here.candidates if one.id == member_id), None)
        if chosen is None:
            raise NotFound("entrance.not_here")
        if (here.lead.id if here.lead else None) != instead_of:
            raise Conflict("drafts.other_lead", name=here.lead.member.name if here.lead else "–")
        since = today if here.plan["state"] == "published" else None
        if not chosen.is_lead:
            why = Message("drafts.why.chosen", {"facts": chosen.facts})
            assignments.give_lead(change.connection, plan_id, number, member_id, why, since=since)
        change.object_id, change.village_id = plan_id, here.plan["village_id"]
        change.detail = {"number": number, "member": member_id}
    return here.plan
