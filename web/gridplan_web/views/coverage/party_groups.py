"""The party groups of a plan: what they are called, who is their head, and grids moved from one to another."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused
from gridplan.names import whole_number
from gridplan.service.plans import party_groups
from gridplan.service.plans.party_groups import GroupChange
from gridplan.service.plans.schedule import scheduled_plans
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.language import page_lang
from gridplan_web.plain_requests import version_seen

pages = Blueprint("groups", __name__)
Answer = Response | tuple[str, int]


@pages.get("/plans/<int:plan_id>/groups")
def listed(plan_id: int) -> str:
    """Show the party groups of a plan."""
    return _page(plan_id)


def _page(plan_id: int, problem: str | None = None) -> str:
    asked = request.args
    undo = {name: asked[name] for name in ("group", "name", "head", "grid", "back_to") if name in asked}
    page = party_groups.groups_page(auth.store(), plan_id)
    scheduled = scheduled_plans(auth.store(), [page.plan["village_id"]])
    return render_template("chain/groups.html", page=page, undo=undo, problem=problem, scheduled=scheduled)


@pages.post("/plans/<int:plan_id>/groups/<int:group>")
def change(plan_id: int, group: int) -> Answer:
    """Give a party group another name or head."""
    version_seen("seen_head")
    form = request.form
    wanted = GroupChange(
        name=form.get("name", ""),
        head_id=form.get("head", type=int),
        seen_name=form.get("seen_name", ""),
        seen_head_id=form.get("seen_head", type=int),
    )
    try:
        party_groups.change_group(auth.store(), auth.actor(), plan_id, group, wanted, now=now())
    except (Conflict, InputRefused) as problem:
        return _page(plan_id, problem.say(page_lang())), 409 if isinstance(problem, Conflict) else 422
    return _back(plan_id, group=group, name=wanted.seen_name, head=wanted.seen_head_id or "")


@pages.post("/plans/<int:plan_id>/groups/<int:group>/grids")
def move(plan_id: int, group: int) -> Answer:
    """Put a grid of a party group into another one, as `to` says: 12-3 is grid 12, party group 3."""
    grid, to = (whole_number(part) or 0 for part in (request.form.get("to", "").split("-") + ["", ""])[:2])
    try:
        party_groups.move_grid(auth.store(), auth.actor(), plan_id, grid, to, instead_of=group, now=now())
    except (Conflict, InputRefused) as problem:
        return _page(plan_id, problem.say(page_lang())), 409 if isinstance(problem, Conflict) else 422
    return _back(plan_id, grid=grid, group=to, back_to=group)


def _back(plan_id: int, **undo: Any) -> Response:
    """Go back to the page, which offers to undo what was done."""
    return redirect(url_for("groups.listed", plan_id=plan_id, **undo))
