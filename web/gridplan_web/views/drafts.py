"""Planning: what is to be planned, the drafts that come of it, and what each of them holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, Final, cast

from apiflask import APIBlueprint
from flask import current_app, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, NotHere
from gridplan.exchange.exports import EXPORTS, exported
from gridplan.service.jobs import status
from gridplan.service.plans import drafts, leads
from gridplan.service.plans.plan_request import (
    EFFORTS,
    HOWS,
    PlannableVillage,
    PlanRequest,
    plannable_villages,
    request_problems,
    submit_request,
    suggested_request,
)
from gridplan.service.town import overview
from gridplan.store.plans import drafts as rows
from gridplan.store.plans import overview as town_rows
from gridplan.store.plans import plans
from gridplan.words import Message
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.job_runner import wake
from gridplan_web.language import page_lang

pages = APIBlueprint("drafts", __name__, enable_openapi=False)
api = APIBlueprint("drafts_api", __name__, url_prefix="/api", tag="Drafts")

SAID: Final = ("renamed", "deleted", "back", "lead", "two")
"""What a page may say after a form was sent, by the word in its address."""
VALUES: Final = {"target": "12", "grids": "", "price": "300"}
"""What the fields of the ways to find the number of grids hold at first."""


def said() -> str | None:
    """Return what the address asks a page to say, if it is one of ours."""
    word = request.args.get("said")
    return f"drafts.said.{word}" if word in SAID else None


@pages.get("/drafts")
def draft_list() -> str:
    """List the drafts, and offer to take back one that was just deleted."""
    with auth.store().read() as connection:
        found = drafts.list_drafts(connection, auth.actor().scope)
        in_force = bool(plans.published(connection, auth.actor().scope))
    jobs = status.open_jobs(auth.store(), auth.actor(), "plan")
    undo = request.args.get("undo", type=int)
    return render_template("drafts/list.html", drafts=found, in_force=in_force, jobs=jobs, undo=undo, said=said())


@pages.get("/drafts/new")
def new() -> str:
    """Ask what is to be planned: at first, the villages that have no plan, as the rules of the field have it."""
    with auth.store().read() as connection:
        known = plannable_villages(connection, auth.actor().scope, today())
        plan_request = suggested_request(connection, known, today())
    return _form(plan_request, known, {})


def _form(
    plan_request: PlanRequest,
    known: list[PlannableVillage],
    problems: Mapping[str, Message],
    typed: Mapping[str, str] = VALUES,
) -> str:
    return render_template(
        "drafts/new.html",
        plan_request=plan_request,
        known=known,
        problems=problems,
        typed=typed,
        hows=HOWS,
        efforts=EFFORTS,
    )


@pages.post("/drafts/new")
def submit() -> Response | tuple[str, int]:
    """Queue the planning, unless it is impossible."""
    with auth.store().read() as connection:
        known = plannable_villages(connection, auth.actor().scope, today())
        plain = suggested_request(connection, known, today())
    plan_request = _plan_request(request.form, plain, known)
    problems = request_problems(plan_request, known)
    if problems:
        typed = {how: request.form.get(how, "") for how in VALUES}
        return _form(plan_request, known, problems, typed), 422
    job_id = submit_request(auth.store(), plan_request, made_by=auth.actor().account_id, now=now(), today=today())
    wake()
    return redirect(url_for("drafts.plan_job", job_id=job_id))


def _plan_request(form: MultiDict[str, str], plain: PlanRequest, known: list[PlannableVillage]) -> PlanRequest:
    """Return what a form asks for; what cannot be understood is impossible, and said so."""
    own = {village.id for village in known}
    how = next((one for one in HOWS if one == form.get("how")), plain.how)
    return replace(
        plain,
        name=form.get("name", "").strip()[:80] or plain.name,
        villages=tuple(sorted(own & set(form.getlist("village", type=int)))),
        least=form.get("least", 0, type=int),
        most=form.get("most", 0, type=int),
        how=how,
        value=None if how == "members" else form.get(how, math.nan, type=float),
        effort=next((one for one in EFFORTS if one == form.get("effort")), plain.effort),
        keep_leads="keep_leads" in form,
    )


@pages.get("/drafts/jobs/<int:job_id>")
def plan_job(job_id: int) -> str | Response:
    """Show how far a planning is; the page may be left, and loaded again."""
    job = status.job_status(auth.store(), auth.actor(), job_id)
    if job.kind != "plan":
        raise NotHere("entrance.not_here")
    if job.state == "done":
        return redirect(url_for("drafts.draft", draft_id=job.result["draft"]))
    return render_template("drafts/plan_job.html", job=job)


# ---- one draft


@pages.get("/drafts/<int:draft_id>")
def draft(draft_id: int) -> str:
    """Show what a draft comes to, beside its map."""
    with auth.store().read() as connection:
        found = drafts.draft_by_id(connection, draft_id)
        plan_of = plans.of_draft(connection, draft_id)
        town = plans.town(connection, list(plan_of.values()))
        others = [one for one in drafts.list_drafts(connection, auth.actor().scope) if one.row["id"] != draft_id]
        in_force = set(plans.published(connection, plan_of.keys()).values()) - set(plan_of.values())
    numbers = {one["village"]: one["id"] for one in found.plans}
    short = [(one, leads.shortage_offers(one), numbers[one.village]) for one in town.shortages]
    return render_template(
        "drafts/draft.html", draft=found, exceptions=town.exceptions, short=short, others=others, in_force=in_force,
        said=said(), files=tuple(reversed(EXPORTS)),
    )  # fmt: skip


@pages.post("/drafts/<int:draft_id>/name")
def rename(draft_id: int) -> Response:
    """Give a draft another name."""
    drafts.rename_draft(auth.store(), auth.who(), draft_id, request.form.get("name", "").strip()[:80], now=now())
    return redirect(url_for("drafts.draft", draft_id=draft_id, said="renamed"))


@pages.post("/drafts/<int:draft_id>/delete")
def delete(draft_id: int) -> Response:
    """Delete a draft."""
    drafts.delete_draft(auth.store(), auth.who(), draft_id, now=now())
    return redirect(url_for("drafts.draft_list", said="deleted", undo=draft_id))


@pages.post("/drafts/<int:draft_id>/restore")
def restore_deleted(draft_id: int) -> Response:
    """Take back a draft that was deleted."""
    drafts.restore_deleted(auth.store(), auth.who(), draft_id, now=now())
    return redirect(url_for("drafts.draft_list", said="back"))


@pages.get("/drafts/<int:draft_id>/files/<name>")
def file(draft_id: int, name: str) -> Response:
    """Send a draft as a workbook, a map or layers."""
    if name not in EXPORTS:
        raise NotHere("entrance.not_here")
    with auth.store().read() as connection:
        title = rows.by_id(connection, draft_id)["name"]
        town = plans.town(connection, list(plans.of_draft(connection, draft_id).values()))
    return send_file(BytesIO(exported(name, town, page_lang(), title)), as_attachment=True, download_name=name)


@pages.get("/drafts/<int:draft_id>/villages/<int:village_id>")
def village(draft_id: int, village_id: int) -> str:
    """Show the grids of a village in a draft, and who leads them."""
    with auth.store().read() as connection:
        found = drafts.draft_by_id(connection, draft_id)
        plan = next((one for one in found.plans if one["village_id"] == village_id), None)
        if plan is None:
            raise NotHere("entrance.not_here")
        town = plans.town(connection, [plan["id"]])
    people = {(one.grid, one.role): one for one in town.assignments}
    names = {one.member_id: one.name for one in town.members}
    return render_template(
        "drafts/village.html", draft=found, plan=plan, planned=town.villages[0], people=people, names=names, said=said()
    )


@pages.get("/plans/<int:plan_id>/grids/<int:number>/lead")
def lead_choice(plan_id: int, number: int) -> str:
    """Ask who is to lead a grid."""
    with auth.store().read() as connection:
        choice = leads.lead_choice(connection, plan_id, number, today())
    return render_template("drafts/lead.html", choice=choice)


@pages.post("/plans/<int:plan_id>/grids/<int:number>/lead")
def change_lead(plan_id: int, number: int) -> Response | tuple[str, int]:
    """Let somebody else lead a grid."""
    form = request.form
    try:
        leads.change_lead(
            auth.store(), auth.who(), plan_id, number, form.get("member", 0, type=int),
            instead_of=form.get("instead_of", type=int), now=now(), today=today(),
        )  # fmt: skip
    except Conflict as conflict:
        with auth.store().read() as connection:
            choice = leads.lead_choice(connection, plan_id, number, today())
        return render_template("drafts/lead.html", choice=choice, problem=conflict.say(page_lang())), 409
    with auth.store().read() as connection:
        choice = leads.lead_choice(connection, plan_id, number, today())
    if choice.plan["state"] == "published":
        return redirect(url_for("town.grid", plan_id=plan_id, number=number))
    where = {"draft_id": choice.plan["draft_id"], "village_id": choice.plan["village_id"]}
    return redirect(url_for("drafts.village", **where, said="lead", _anchor=f"grid-{number}"))


@api.get("/drafts/<int:draft_id>/map.json")
@api.doc(responses={200: "GeoJSON of grids, villages and households, with the ways to colour them"})
def map_data(draft_id: int) -> Response:
    """Return the map of a draft."""
    lang = page_lang()
    with auth.store().read() as connection:
        rows.by_id(connection, draft_id)
        revision = town_rows.revision(connection)

        def make() -> dict[str, Any]:
            plan_of = plans.of_draft(connection, draft_id)
            town = plans.town(connection, list(plan_of.values()))
            return overview.town_map_data(town, lang, links=overview.links_of(connection, plan_of))

        key = f"draft-{draft_id}-{revision}-{lang}"
        return cast(Response, current_app.extensions["drawings"].answer(key, make))
