"""The leads of grids in a draft or in force: who they are, and choosing another, which can be undone."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import Conflict
from gridplan.names import whole_number
from gridplan.service.plans import leads
from gridplan.service.plans.schedule import scheduled_plans
from gridplan.service.redraw import leads as redraw_leads
from gridplan.words import words
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.plain_requests import version_seen
from gridplan_web.views.plans.drafts import pages

LONGEST_TEXT: Final = 100


@pages.get("/drafts/<int:draft_id>/leads")
def leads_of_draft(draft_id: int) -> str:
    """List the grids of a draft with their leads."""
    page = leads.leads_of_draft(auth.store(), draft_id, _query(), today(), changed=_changed())
    return _rendered(page, draft_id=draft_id)


@pages.get("/leads")
def leads_in_force() -> str:
    """List the grids of the plans in force with their leads."""
    page = leads.leads_in_force(auth.store(), auth.actor().scope, _query(), today(), changed=_changed())
    return _rendered(page)


def _rendered(page: leads.LeadsPage, **of: Any) -> str:
    endpoint, asked = "drafts.leads_of_draft" if of else "drafts.leads_in_force", _asked(page.query)

    def list_of(**changes: Any) -> str:
        """Return the address of the list with something else asked for."""
        return url_for(endpoint, **of, **(asked | changes))

    return render_template("drafts/leads.html", page=page, which=leads.WHICH, asked=asked, list_of=list_of)


def _query() -> leads.LeadsQuery:
    asked = request.args
    return leads.LeadsQuery(
        village_id=asked.get("village", type=int),
        which=next((which for which in leads.WHICH if which == asked.get("which")), "all"),
        text=asked.get("q", "").strip()[:LONGEST_TEXT],
        page=max(1, min(asked.get("page", 1, type=int), 100_000)),
    )


def _asked(query: leads.LeadsQuery) -> dict[str, Any]:
    """Return what the list was asked for, as it stands in addresses; the number of the page aside."""
    return {
        "village": query.village_id,
        "which": query.which if query.which != "all" else None,
        "q": query.text or None,
    }


def _changed() -> tuple[int, int] | None:
    """Return which grid the page is to say that it was changed."""
    plan_id, number = (whole_number(part) for part in (request.args.get("changed", "").split("-") + ["", ""])[:2])
    return None if plan_id is None or number is None else (plan_id, number)


@pages.get("/plans/<int:plan_id>/grids/<int:number>/lead")
def lead_choice(plan_id: int, number: int) -> str:
    """Ask who is to lead a grid."""
    return _lead_choice(plan_id, number)


@pages.post("/plans/<int:plan_id>/grids/<int:number>/lead")
def change_lead(plan_id: int, number: int) -> Response | tuple[str, int]:
    """Give a grid another lead, and go back to the list that was asked for, or to that of the village."""
    version_seen("instead_of")
    try:
        plan = redraw_leads.change_lead(
            auth.store(), auth.actor(), (plan_id, number), request.form.get("member", 0, type=int),
            instead_of=request.form.get("instead_of", type=int), now=now(), today=today(),
        )  # fmt: skip
    except Conflict as conflict:
        return _lead_choice(plan_id, number, conflict.say(page_lang())), 409
    return _to_list(plan, changed=f"{plan_id}-{number}")


@pages.post("/plans/<int:plan_id>/grids/<int:number>/lead/agreement")
def note_agreement(plan_id: int, number: int) -> Response | tuple[str, int]:
    """Keep whether the lead of a grid agreed to be named on maps, and go back to the list."""
    try:
        plan = leads.note_agreement(
            auth.store(), auth.who(), (plan_id, number), request.form.get("member", 0, type=int),
            agreed=request.form.get("agreed") == "1", now=now(), today=today(),
        )  # fmt: skip
    except Conflict as conflict:
        return _lead_choice(plan_id, number, conflict.say(page_lang())), 409
    return _to_list(plan, _anchor=f"grid-{plan_id}-{number}")


@pages.post("/plans/<int:plan_id>/grids/<int:number>/lead/undo")
def undo_lead(plan_id: int, number: int) -> Response | tuple[str, int]:
    """Let the one lead a grid again who did before."""
    version_seen("instead_of")
    member_id = request.form.get("instead_of", 0, type=int)
    try:
        grid = plan_id, number
        plan = redraw_leads.undo_lead(auth.store(), auth.actor(), grid, member_id, now=now(), today=today())
    except Conflict as conflict:
        return _lead_choice(plan_id, number, conflict.say(page_lang())), 409
    return _to_list(plan, changed=f"{plan_id}-{number}")


def _to_list(plan: RowMapping, **to: Any) -> Response:
    """Go to the list that a form came from."""
    query = _query()
    asked = _asked(query) if "list" in request.args else {"village": plan["village_id"]}
    to |= asked | {"page": query.page if query.page > 1 else None}
    if plan["state"] == "published":
        return redirect(url_for("drafts.leads_in_force", **to))
    return redirect(url_for("drafts.leads_of_draft", draft_id=plan["draft_id"], **to))


def _lead_choice(plan_id: int, number: int, problem: str | None = None) -> str:
    choice = leads.lead_choice(auth.store(), plan_id, number, today())
    kinds = words("book.kind.", page_lang())
    scheduled = scheduled_plans(auth.store(), [choice.plan["village_id"]])
    return render_template("drafts/lead_choice.html", choice=choice, kinds=kinds, problem=problem, scheduled=scheduled)
