"""The leads of grids: who leads each, who else could and how far they live; a change with its date, and its undoing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping

from gridplan.errors import Conflict, NotFound
from gridplan.model import Household, Member, TownPlan
from gridplan.names import folded
from gridplan.planning.staffing.member_homes import find_homes
from gridplan.planning.staffing.staffing import is_available
from gridplan.planning.staffing.staffing_cost import staffing_cost
from gridplan.store import Store, Who
from gridplan.store.plans import assignments, drafts, edits, plans
from gridplan.store.plans.plan_figures import of_drafts, plan_figures, plans_by_ids, plans_in_force
from gridplan.store.registry import members
from gridplan.store.registry.villages import Scope
from gridplan.words import Message

Which = Literal["all", "none", "away", "by_hand"]
WHICH: Final[tuple[Which, ...]] = get_args(Which)
"""Which grids are listed: all; those without a lead, those whose lead is away, those whose lead was chosen by hand."""
OFFERED: Final = 3
"""So many members who have room are offered beside a grid; all others are a click away."""
GridAt = tuple[int, int]
"""The id of a plan and the number of a grid in it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who could lead a grid."""

    id: int
    member: Member
    leads: int
    """How many grids of this plan they lead."""
    metres: int | None
    """To a household of the grid, on average; None where it is not known."""
    near: int
    """How many of its households are in their hamlet."""
    ties: int
    """How many of its households they know well, or live in."""
    facts: Message
    is_available: bool
    is_lead: bool
    is_deputy: bool

    @property
    def room(self) -> int:
        """How many more grids they may lead."""
        return max(0, self.member.max_grids - self.leads) if self.is_available else 0


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

    def check_lead(self, member_id: int | None) -> None:
        """Check that a member leads the grid, or with None that nobody does.

        Raises
        ------
        Conflict
            It has another lead by now.
        """
        if (self.lead.id if self.lead else None) != member_id:
            raise Conflict("drafts.other_lead", name=self.lead.member.name if self.lead else "–")


@dataclass(frozen=True)
class LedGrid:
    """A grid, its lead, and who else could lead it."""

    row: RowMapping
    """Of `led_grids`."""
    size: int
    lead: Candidate | None
    others: tuple[Candidate, ...]
    """The nearest of those who have room."""
    can_undo: bool


@dataclass(frozen=True, slots=True)
class LeadsQuery:
    """The village that grids are of, which of them, a text that they have, and which page of them."""

    village_id: int | None = None
    which: Which = "all"
    text: str = ""
    page: int = 1
    page_size: int = 40


@dataclass(frozen=True)
class LeadsPage:
    """Grids with their leads, of a draft or, where that is None, of the plans in force."""

    draft: RowMapping | None
    query: LeadsQuery
    villages: Mapping[int, str]
    counts: Mapping[Which, int]
    """How many grids there are of each kind in the chosen village, or in all."""
    total: int
    """How many are what was asked for."""
    grids: tuple[LedGrid, ...]
    """Those of the page."""
    changed: LedGrid | None
    """The one that was just changed."""


def leads_of_draft(
    store: Store, draft_id: int, query: LeadsQuery, today: date, *, changed: GridAt | None = None
) -> LeadsPage:
    """Return the grids of the plans of a draft with their leads; archived ones are left out.

    Raises
    ------
    NotFound
        There is no such draft.
    """
    with store.read() as connection:
        return _leads_page(connection, drafts.by_id(connection, draft_id), of_drafts([draft_id]), query, today, changed)


def leads_in_force(
    store: Store, scope: Scope, query: LeadsQuery, today: date, *, changed: GridAt | None = None
) -> LeadsPage:
    """Return the grids of the plans in force of a scope with their leads."""
    with store.read() as connection:
        return _leads_page(connection, None, plans_in_force(scope), query, today, changed)


def _leads_page(
    connection: Connection,
    draft: RowMapping | None,
    which: ColumnElement[bool],
    query: LeadsQuery,
    today: date,
    changed: GridAt | None,
) -> LeadsPage:
    every = assignments.led_grids(connection, which)
    here = [(row, _kinds(row, today)) for row in every if query.village_id in (None, row["village_id"])]
    fitting = [row for row, kinds in here if query.which in kinds and _has_text(row, query.text)]
    first = (query.page - 1) * query.page_size
    shown = fitting[first : first + query.page_size]
    said = [row for row in every if (row["plan_id"], row["number"]) == changed]
    found = _with_candidates(connection, [*shown, *said], today)
    return LeadsPage(
        draft=draft,
        query=query,
        villages={row["village_id"]: row["village"] for row in every},
        counts={which: sum(which in kinds for _, kinds in here) for which in WHICH},
        total=len(fitting),
        grids=found[: len(shown)],
        changed=next(iter(found[len(shown) :]), None),
    )


def _kinds(row: RowMapping, today: date) -> set[Which]:
    """Return under which choices a grid is listed."""
    until = row["excused_until"]
    is_away = row["lead_id"] is not None and (not row["available"] or (until is not None and until >= today))
    kinds: dict[Which, bool] = {
        "all": True,
        "none": row["lead_id"] is None,
        "away": is_away,
        "by_hand": _is_by_hand(row),
    }
    return {which for which, holds in kinds.items() if holds}


def _is_by_hand(row: RowMapping) -> bool:
    return row["why"] is not None and row["why"].code == "drafts.why.chosen"


def _can_undo(row: RowMapping, today: date) -> bool:
    """Return whether the choice of a lead in a plan in force can be undone: while the day is the same.

    It may not be a choice of the draft, which bears the day of publication and came in nobody's place.
    """
    if not _is_by_hand(row):
        return False
    return bool(row["since"] == today and (row["ended"] == today or row["began"] < today))


def _has_text(row: RowMapping, text: str) -> bool:
    said = (row["village"], row["label"], row["name"], row["code"])
    return str(row["number"]) == text or any(folded(text) in folded(one) for one in said if one)


def _with_candidates(connection: Connection, rows: Sequence[RowMapping], today: date) -> tuple[LedGrid, ...]:
    """Return grids with the members who lead them or could."""
    people = _People.read(connection, today)
    numbers: dict[int, set[int]] = {row["plan_id"]: set() for row in rows}
    for row in rows:
        numbers[row["plan_id"]].add(row["number"])
    town = plans.town(connection, list(numbers))
    planned = {one.plan.village: one for one in town.villages}
    chosen = {plan_id: edits.lead_just_chosen(connection, plan_id) for plan_id in numbers}
    homes: dict[GridAt, tuple[Household, ...]] = {}
    could: dict[GridAt, tuple[Candidate, ...]] = {}
    for plan_id, village in {row["plan_id"]: row["village"] for row in rows}.items():
        own = replace(town, villages=(planned[village],))
        inside = {number: planned[village].plan.grids.get(number, ()) for number in sorted(numbers[plan_id])}
        homes |= {(plan_id, number): those for number, those in inside.items()}
        found = people.candidates(connection, plan_id, own, inside)
        could |= {(plan_id, number): those for number, those in found.items()}
    return tuple(
        LedGrid(
            row=row,
            size=len(homes[at]),
            lead=next((one for one in could[at] if one.is_lead), None),
            others=tuple(one for one in could[at] if one.room and not one.is_lead)[:OFFERED],
            can_undo=chosen[row["plan_id"]] == row["number"] if row["state"] == "draft" else _can_undo(row, today),
        )
        for row in rows
        for at in [(row["plan_id"], row["number"])]
    )


def lead_choice(store: Store, plan_id: int, number: int, today: date) -> LeadChoice:
    """Return a grid of a draft or of a plan in force, with the members of the village, or of none, who could lead it.

    Raises
    ------
    NotFound
        There is no such plan or grid, or the plan is archived.
    """
    with store.read() as connection:
        return lead_choice_in(connection, plan_id, number, today)


def lead_choice_in(connection: Connection, plan_id: int, number: int, today: date) -> LeadChoice:
    """Return a grid as `lead_choice` does, within a transaction.

    Raises
    ------
    NotFound
        There is no such plan or grid, or the plan is archived.
    """
    row = next(iter(plan_figures(connection, plans_by_ids([plan_id]))), None)
    if row is None or row["state"] == "archived":
        raise NotFound("entrance.not_here")
    town = plans.town(connection, [plan_id])
    inside = town.villages[0].plan.grids.get(number)
    if inside is None:
        raise NotFound("entrance.not_here")
    found = _People.read(connection, today).candidates(connection, plan_id, town, {number: inside})
    return LeadChoice(row, number, inside, found[number])


@dataclass(frozen=True)
class _People:
    """The members who serve, and the ids of all by their codes, on a day."""

    serving: tuple[Member, ...]
    ids: Mapping[str, int]
    today: date

    @classmethod
    def read(cls, connection: Connection, today: date) -> _People:
        return cls(members.models(connection), members.ids_by_code(connection), today)

    def candidates(
        self, connection: Connection, plan_id: int, town: TownPlan, grids: Mapping[int, tuple[Household, ...]]
    ) -> dict[int, tuple[Candidate, ...]]:
        """Return who could lead grids of a plan, the only one of `town`, by the number of the grid, nearest first."""
        village = town.villages[0].plan.village
        lead_of, deputies = assignments.leads(connection, plan_id), assignments.deputies(connection, plan_id)
        leading = Counter(lead_of.values())
        people = [one for one in self.serving if one.village in (None, village) or leading[self.ids[one.member_id]]]
        placed = [one.member for one in find_homes(town, people, across_villages=True)]
        inhabited = {number: homes for number, homes in grids.items() if homes}
        between = staffing_cost(list(inhabited.values()), placed)
        found: dict[int, tuple[Candidate, ...]] = dict.fromkeys(grids, ())
        for at, number in enumerate(inhabited):
            could = [
                Candidate(
                    id=self.ids[one.member_id],
                    member=one,
                    leads=leading[self.ids[one.member_id]],
                    metres=between.metres(at, column),
                    near=int(between.near[at, column]),
                    ties=int(between.ties[at, column]),
                    facts=between.facts(at, column),
                    is_available=is_available(one, self.today),
                    is_lead=lead_of.get(number) == self.ids[one.member_id],
                    is_deputy=self.ids[one.member_id] in deputies.get(number, ()),
                )
                for column, one in enumerate(placed)
            ]
            found[number] = tuple(sorted(could, key=_nearest_first))
        return found


def _nearest_first(one: Candidate) -> tuple[bool, int, int, str, str]:
    return one.metres is None, one.metres or 0, -one.near, one.member.name, one.member.member_id


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
    """Let a member lead a grid of a plan in force from today on, instead of the one shown as its lead; return the plan.

    Raises
    ------
    NotFound
        There is no such grid in force, or the member is not among those who could lead it.
    Conflict
        It has another lead by now.
    """
    with store.change(who, "give lead", "grid", now=now) as change:
        plan = give_lead(change.connection, (plan_id, number), member_id, instead_of=instead_of, today=today)
        change.object_id, change.village_id = plan_id, plan["village_id"]
        change.detail = {"number": number, "member": member_id}
    return plan


def give_lead(
    connection: Connection, grid: GridAt, member_id: int, *, instead_of: int | None, today: date
) -> RowMapping:
    """Let a member lead a grid of a plan in force, in a transaction that is open already; return the plan.

    Raises
    ------
    NotFound
        There is no such grid in force, or the member is not among those who could lead it.
    Conflict
        It has another lead by now.
    """
    here = lead_choice_in(connection, *grid, today)
    chosen = next((one for one in here.candidates if one.id == member_id), None)
    if chosen is None or here.plan["state"] != "published":
        raise NotFound("entrance.not_here")
    here.check_lead(instead_of)
    if not chosen.is_lead:
        why = Message("drafts.why.chosen", {"facts": chosen.facts})
        assignments.give_lead(connection, *grid, member_id, why, today=today)
    return here.plan


def note_agreement(
    store: Store, who: Who, grid: GridAt, member_id: int, *, agreed: bool, now: datetime, today: date
) -> RowMapping:
    """Keep whether the lead of a grid agreed that name and duty phone stand on maps; return the plan.

    Raises
    ------
    NotFound
        There is no such grid.
    Conflict
        It has another lead by now.
    """
    with store.change(who, "note agreement", "member", now=now) as change:
        here = lead_choice_in(change.connection, *grid, today)
        here.check_lead(member_id)
        members.set_named_on_maps(change.connection, member_id, agreed=agreed)
        change.object_id, change.village_id = member_id, here.plan["village_id"]
        change.detail = {"agreed": agreed}
    return here.plan


def undo_lead(
    store: Store, who: Who, plan_id: int, number: int, member_id: int, *, now: datetime, today: date
) -> RowMapping:
    """Undo that a member was chosen as the lead of a grid: who led it before leads it again; return the plan.

    Raises
    ------
    NotFound
        There is no such grid.
    Conflict
        It has another lead by now, or the day is over on which the choice could be undone.
    """
    with store.change(who, "take back lead", "grid", now=now) as change:
        plan = take_back_lead(change.connection, (plan_id, number), member_id, today=today)
        change.object_id, change.village_id = plan_id, plan["village_id"]
        change.detail = {"number": number, "member": member_id}
    return plan


def take_back_lead(connection: Connection, grid: GridAt, member_id: int, *, today: date) -> RowMapping:
    """Undo that a member was chosen as the lead of a grid, in a transaction that is open already; return the plan.

    Raises
    ------
    NotFound
        There is no such grid.
    Conflict
        It has another lead by now, or the day is over on which the choice could be undone.
    """
    here = lead_choice_in(connection, *grid, today)
    here.check_lead(member_id)
    rows = assignments.led_grids(connection, plans_by_ids([grid[0]]))
    if not any(row["number"] == grid[1] and _can_undo(row, today) for row in rows):
        raise Conflict("drafts.not_undone")
    assignments.take_back_lead(connection, *grid)
    return here.plan
