"""Planning: what is to be planned, the drafts that come of it, and what each of them holds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Final

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridplan.errors import NotFound
from gridplan.exchange.exports import EXPORTS, exported
from gridplan.names import one_line
from gridplan.service.jobs import control
from gridplan.service.plans import drafts
from gridplan.service.plans.map_file import map_of_draft
from gridplan.service.plans.plan_request import (
    EFFORTS,
    FIRST_VALUES,
    GRID_COUNT_BY,
    PlannableVillage,
    PlanRequest,
    request_form,
    request_problems,
    submit_request,
)
from gridplan.words import Message
from gridplan_web import auth
from gridplan_web.clock import now, today, zone
from gridplan_web.job_runner import wake
from gridplan_web.language import page_lang
from gridplan_web.map_answers import MapPlaces, TownMap
from gridplan_web.map_cache import cached_map

pages = APIBlueprint("drafts", __name__, enable_openapi=False)
api = APIBlueprint("drafts_api", __name__, url_prefix="/api", tag="Drafts")

LONGEST_NAME: Final = 80
NOTICES: Final = ("renamed", "deleted", "restored", "two", "taken_back")
"""What a page may say after a form was sent, by the word in its address."""


def notice() -> str | None:
    """Return what the address asks a page to say, if it is one of ours."""
    word = request.args.get("said")
    return f"drafts.said.{word}" if word in NOTICES else None


@pages.get("/drafts")
def draft_list() -> str:
    """List the drafts, and offer to restore one that was just deleted."""
    page = drafts.draft_list(auth.store(), auth.actor())
    return render_template("drafts/list.html", page=page, undo=request.args.get("undo", type=int), notice=notice())


@pages.get("/drafts/new")
def new() -> str:
    """Ask what is to be planned: at first, the villages that have no plan, as the rules of the field have it."""
    known, plan_request = request_form(auth.store(), auth.actor().scope, today())
    return _form(plan_request, known, {})


def _form(
    plan_request: PlanRequest,
    known: list[PlannableVillage],
    problems: Mapping[str, Message],
    typed: Mapping[str, str] = FIRST_VALUES,
) -> str:
    return render_template(
        "drafts/new.html",
        plan_request=plan_request,
        known=known,
        problems=problems,
        typed=typed,
        hows=GRID_COUNT_BY,
        efforts=EFFORTS,
    )


@pages.post("/drafts/new")
def submit() -> Response | tuple[str, int]:
    """Queue the planning, unless it is impossible."""
    known, plain = request_form(auth.store(), auth.actor().scope, today())
    plan_request = _plan_request(request.form, plain, known)
    problems = request_problems(plan_request, known)
    if problems:
        typed = {how: request.form.get(how, "") for how in FIRST_VALUES}
        return _form(plan_request, known, problems, typed), 422
    job_id = submit_request(auth.store(), plan_request, made_by=auth.actor().account_id, now=now(), today=today())
    wake()
    return redirect(url_for("drafts.plan_job", job_id=job_id))


def _plan_request(form: MultiDict[str, str], plain: PlanRequest, known: list[PlannableVillage]) -> PlanRequest:
    """Return what a form asks for; what cannot be understood is impossible, and said so."""
    own = {village.id for village in known}
    how = next((one for one in GRID_COUNT_BY if one == form.get("how")), plain.how)
    return replace(
        plain,
        name=one_line(form.get("name", ""))[:LONGEST_NAME] or plain.name,
        villages=tuple(sorted(own & set(form.getlist("village", type=int)))),
        least=form.get("least", 0, type=int),
        most=form.get("most", 0, type=int),
        far=form.get("far", plain.far, type=float),
        how=how,
        value=None if how == "members" else form.get(how, math.nan, type=float),
        effort=next((one for one in EFFORTS if one == form.get("effort")), plain.effort),
        keep_leads="keep_leads" in form,
    )


@pages.get("/drafts/jobs/<int:job_id>")
def plan_job(job_id: int) -> str | Response:
    """Show how far a planning is; the page may be left, and loaded again."""
    job = control.job_status(auth.store(), auth.actor(), job_id)
    if job.kind != "plan":
        raise NotFound("entrance.not_here")
    if job.state == "done":
        return redirect(url_for("drafts.draft", draft_id=job.result["draft"]))
    return render_template("drafts/plan_job.html", job=job)


# ---- one draft


@pages.get("/drafts/<int:draft_id>")
def draft(draft_id: int) -> str:
    """Show what a draft comes to, beside its map."""
    page = drafts.draft_page(auth.store(), auth.actor(), draft_id)
    return render_template("drafts/draft.html", page=page, notice=notice(), files=tuple(reversed(EXPORTS)))


@pages.post("/drafts/<int:draft_id>/name")
def rename(draft_id: int) -> Response:
    """Give a draft another name."""
    name = one_line(request.form.get("name", ""))[:LONGEST_NAME]
    drafts.rename_draft(auth.store(), auth.who(), draft_id, name, now=now())
    return redirect(url_for("drafts.draft", draft_id=draft_id, said="renamed"))


@pages.post("/drafts/<int:draft_id>/delete")
def delete(draft_id: int) -> Response:
    """Delete a draft."""
    drafts.delete_draft(auth.store(), auth.who(), draft_id, now=now())
    return redirect(url_for("drafts.draft_list", said="deleted", undo=draft_id))


@pages.post("/drafts/<int:draft_id>/restore")
def restore_deleted(draft_id: int) -> Response:
    """Restore a draft that was deleted."""
    drafts.restore_deleted(auth.store(), auth.who(), draft_id, now=now())
    return redirect(url_for("drafts.draft_list", said="restored"))


@pages.get("/drafts/<int:draft_id>/files/<name>")
def file(draft_id: int, name: str) -> Response:
    """Send a draft as a workbook, a map or layers."""
    if name not in EXPORTS:
        raise NotFound("entrance.not_here")
    if name == "map.html":
        content = map_of_draft(auth.store(), draft_id, page_lang(), today=today(), zone=zone()).encode()
    else:
        title, town = drafts.draft_town(auth.store(), draft_id, today())
        content = exported(name, town, page_lang(), title)
    return send_file(BytesIO(content), as_attachment=True, download_name=name)


@api.get("/drafts/<int:draft_id>/map.json")
@api.output(TownMap)
def map_data(draft_id: int) -> Response:
    """Return the map of a draft."""
    store, lang = auth.store(), page_lang()
    drafts.require_draft(store, auth.actor(), draft_id)
    of = f"{drafts.steps_taken(store, draft_id)}-{drafts.absences_of_draft(store, draft_id, today())}"
    return cached_map(f"draft-{draft_id}-{of}-{lang}", lambda: drafts.draft_map(store, draft_id, lang, today()))


@api.get("/drafts/<int:draft_id>/map/villages/<int:village_id>/households.json")
@api.output(MapPlaces)
def places_data(draft_id: int, village_id: int) -> Response:
    """Return where the households of a village stand, with their grids of a draft."""
    store, lang = auth.store(), page_lang()
    drafts.require_draft(store, auth.actor(), draft_id)
    key = f"draft-places-{draft_id}-{drafts.steps_taken(store, draft_id)}-{village_id}-{lang}"
    return cached_map(key, lambda: drafts.draft_places(store, draft_id, village_id, lang))
