"""Drafts of one village to be redrawn: of the plan in force, and of what somebody saw who was not the fastest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from gridplan.edits import take_over
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.planning.current import IN_NO_GRID
from gridplan.roles import Actor
from gridplan.service.redraw.edits import EditRequest
from gridplan.service.redraw.history import rows_at
from gridplan.service.redraw.open_plan import OpenPlan, closed, read_plan, redrawn
from gridplan.service.redraw.steps import Step, edit_in
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.plans import drafts, edits, plans
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import town_day
from gridplan.words import Lang, say

REDRAWS: Final = "redraws"
"""Among the settings of a draft: the id of the plan in force that it was made of to be redrawn."""
COPIES: Final = "copies"
"""Likewise the id of the plan whose state it keeps."""
NEVER_DRAWN: Final = -1
"""The version of a plan that its outlines are of, where they are rough from the beginning."""
LONGEST_NAME: Final = 40
"""Letters of the name of a draft that a copy of it is called by."""


def plan_to_redraw(store: Store, plan_id: int) -> tuple[int, str, int | None]:
    """Return which plan is redrawn where one is asked for, its village, and the draft of it that there is already.

    Of a draft that is it itself; of any other plan, a deleted draft too, the one that is in force in its village.

    Raises
    ------
    NotFound
        There is no such plan, or none in force in its village.
    Conflict
        It was deleted, and none is in force in its village.
    """
    with store.read() as connection:
        row = edits.plan_row(connection, plan_id)
        if (why := closed(connection, row)) is None:
            return plan_id, "", plan_id
        if row["state"] == "draft" and not plans.published(connection, [row["village_id"]]):
            raise Conflict(why.code)
        in_force = _in_force(connection, row["village_id"])
        return (
            in_force,
            villages.names(connection)[row["village_id"]],
            draft_of(connection, row["village_id"], in_force),
        )


def redraw_plan(store: Store, actor: Actor, plan_id: int, lang: Lang, *, now: datetime) -> int:
    """Make a draft of the plan in force of a village as the lists are now, unless there is one; return its plan's id.

    Raises
    ------
    NotFound
        As for `plan_to_redraw`.
    """
    in_force, _, there = plan_to_redraw(store, plan_id)
    if there is not None:
        return there
    with store.change(Who(actor.account_id, actor.role), "redraw", "plan", now=now) as change:
        connection = change.connection
        plans.lock_villages(connection, [in_force])
        opened = read_plan(connection, edits.plan_row(connection, in_force))
        village_id = opened.row["village_id"]
        change.object_id, change.village_id = in_force, village_id
        if (there := draft_of(connection, village_id, in_force)) is not None:  # made in the same moment
            return there
        rows = take_over(opened.rows, opened.as_listed(connection, opened.states), IN_NO_GRID)
        today = town_day(connection, now).isoformat()
        name = say("redraw.draft_name", lang, village=opened.village, day=today)
        values = {"name": name, "made_by": actor.account_id, "made_at": now, "settings": {REDRAWS: in_force}}
        return _add(connection, redrawn(connection, opened, rows), values)


def _in_force(connection: Connection, village_id: int) -> int:
    found = plans.published(connection, [village_id]).get(village_id)
    if found is None:
        raise NotFound("entrance.not_here")
    return found


def draft_of(connection: Connection, village_id: int, in_force: int) -> int | None:
    """Return the draft that was made of a plan in force to be redrawn."""
    found = edits.open_drafts_of(connection, village_id)
    return next((row["id"] for row in found if row["settings"].get(REDRAWS) == in_force), None)


def _add(connection: Connection, opened: OpenPlan, values: Mapping[str, Any], request_id: str | None = None) -> int:
    """Add a draft of one village with a plan as it stands; return the id of the plan."""
    draft_id = drafts.add(connection, values)
    of_plan = {"draft_id": draft_id, "request_id": request_id, "outside": list(opened.planned.outside)}
    of_plan |= {"drawn_version": 0 if opened.is_exact else NEVER_DRAWN}
    names = ("size", "walk_m", "connected", "outline")
    figures = {number: {name: getattr(grid, name) for name in names} for number, grid in opened.drawn.items()}
    return edits.add_plan(connection, opened.row, opened.rows, figures, of_plan)


def keep_mine(store: Store, actor: Actor, step: Step, request: EditRequest | None, *, now: datetime) -> dict[str, Any]:
    """Make a draft of a village's draft as it was at the version seen, with an edit made to it; return its plan's id.

    The same request makes one draft only.

    Raises
    ------
    NotFound
        There is no such plan, or it has never had this version.
    InputRefused
        The edit cannot be made, or the request was for something else.
    """
    with store.change(Who(actor.account_id, actor.role), "copy", "plan", now=now) as change:
        connection = change.connection
        plans.lock_villages(connection, [step.plan_id])  # so that the same request in the same moment waits
        row = edits.plan_row(connection, step.plan_id)
        change.object_id, change.village_id = step.plan_id, row["village_id"]
        if (before := edits.plan_asked_for(connection, step.request_id)) is not None:
            if before["village_id"] != row["village_id"]:
                raise InputRefused("redraw.same_id")
            return {"plan": before["id"], "left_out": []}
        opened = read_plan(connection, row)
        rows, left_out = rows_at(connection, opened, edits.edit_at(connection, step.plan_id, step.version or 0))
        seen = redrawn(connection, opened, rows, was_so=not left_out)
        called = drafts.names(connection, [row["draft_id"]]).get(row["draft_id"], opened.village)
        who = accounts.names(connection)[actor.account_id]
        name = say("redraw.copy_name", step.lang, name=called[:LONGEST_NAME], who=who)
        values = {"name": name, "made_by": actor.account_id, "made_at": now, "settings": {COPIES: step.plan_id}}
        plan_id = _add(connection, seen, values, step.request_id)
        change.detail = {"version": step.version, "plan": plan_id}
        if request is not None:
            edit_in(connection, actor, replace(step, plan_id=plan_id, version=0), request, now=now)
    return {"plan": plan_id, "left_out": [one.say(step.lang) for one in left_out]}
