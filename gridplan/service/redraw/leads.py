"""The leads of drafts: who could lead a grid, with what speaks for each; another lead chosen, and that undone.

A page that chooses leads does so here: in a draft it is an edit, in a plan in force it keeps its date.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from gridplan.errors import Conflict, NotFound
from gridplan.roles import Actor
from gridplan.service.plans import leads
from gridplan.service.plans.leads import Candidate, GridAt, lead_choice_in
from gridplan.service.redraw.edits import Lead
from gridplan.service.redraw.open_plan import draft_row
from gridplan.service.redraw.steps import Step, edit_in, undo_in
from gridplan.store import Store, Who
from gridplan.store.plans import edits
from gridplan.words import Lang, Message, day


def candidates(store: Store, plan_id: int, number: int, today: date, lang: Lang) -> list[dict[str, Any]]:
    """Return who could lead a grid of a draft.

    Raises
    ------
    NotFound
        There is no such plan or grid.
    Conflict
        It was published, or its draft deleted.
    """
    with store.read() as connection:
        draft_row(connection, plan_id)
        choice = lead_choice_in(connection, plan_id, number, today)
    return [
        {
            "id": one.id,
            "name": one.member.name,
            "facts": list(_facts(one, lang, today)),
            "is_lead": one.is_lead,
            "is_deputy": one.is_deputy,
            "named_on_maps": one.member.named_on_maps,
            "has_room": one.room > 0,
            "can_help": not one.leads and not one.is_deputy,
        }
        for one in choice.candidates
    ]


def _facts(one: Candidate, lang: Lang, today: date) -> Iterator[str]:
    """Yield how far the member lives and whom they know, how many grids they have, and when they are away."""
    yield one.facts.say(lang)
    most = one.member.max_grids
    load = Message("drafts.leads_of", {"leads": one.leads, "most": most}) if one.leads else Message("drafts.leads_none")
    yield load.say(lang)
    if not one.is_available:
        until = one.member.excused_until
        away = Message("drafts.away_until", {"until": day(until, lang, today)}) if until else Message("drafts.away")
        yield away.say(lang)


def change_lead(
    store: Store, actor: Actor, grid: GridAt, member_id: int, *, instead_of: int | None, now: datetime, today: date
) -> RowMapping:
    """Let a member lead a grid from today on, instead of the one shown as its lead; return the plan.

    Raises
    ------
    NotFound
        There is no such grid, or the member is not among those who could lead it.
    Conflict
        It has another lead by now, or the plan is no draft any more.
    """
    who = Who(actor.account_id, actor.role)
    if not _is_draft(store, grid):
        return leads.change_lead(store, who, *grid, member_id, instead_of=instead_of, now=now, today=today)
    with store.change(who, "give lead", "grid", now=now) as change:
        here = lead_choice_in(change.connection, *grid, today)
        if all(one.id != member_id for one in here.candidates):
            raise NotFound("entrance.not_here")
        here.check_lead(instead_of)
        if member_id != instead_of:
            edit_in(change.connection, actor, Step.of_form(grid[0]), Lead(grid[1], member_id), now=now)
        change.object_id, change.village_id = grid[0], here.plan["village_id"]
        change.detail = {"number": grid[1], "member": member_id}
    return here.plan


def undo_lead(store: Store, actor: Actor, grid: GridAt, member_id: int, *, now: datetime, today: date) -> RowMapping:
    """Undo that a member was chosen as the lead of a grid: who led it before leads it again; return the plan.

    Raises
    ------
    NotFound
        There is no such grid.
    Conflict
        It has another lead by now, or the choice can be undone no more.
    """
    who = Who(actor.account_id, actor.role)
    if not _is_draft(store, grid):
        return leads.undo_lead(store, who, *grid, member_id, now=now, today=today)
    with store.change(who, "take back lead", "grid", now=now) as change:
        here = lead_choice_in(change.connection, *grid, today)
        here.check_lead(member_id)
        if edits.lead_just_chosen(change.connection, grid[0]) != grid[1]:
            raise Conflict("drafts.not_undone")
        undo_in(change.connection, actor, Step.of_form(grid[0]), now=now)
        change.object_id, change.village_id = grid[0], here.plan["village_id"]
        change.detail = {"number": grid[1], "member": member_id}
    return here.plan


def _is_draft(store: Store, grid: GridAt) -> bool:
    with store.read() as connection:
        return bool(edits.plan_row(connection, grid[0])["state"] == "draft")
