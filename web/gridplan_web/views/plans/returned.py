"""A plan.xlsx that comes back, edited: what it changes is shown, then applied to drafts."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused
from gridplan.service.redraw import returned
from gridplan.words import on_page
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.error_pages import status_of
from gridplan_web.language import page_lang
from gridplan_web.views.plans.drafts import pages

Answer = str | Response | tuple[str, int]


@pages.get("/drafts/workbook")
def workbook(problem: str | None = None) -> str:
    """Ask for a plan.xlsx that comes back."""
    return render_template("redraw/workbook.html", preview=None, problem=problem)


@pages.post("/drafts/workbook")
def preview_workbook() -> Answer:
    """Show what a workbook would change."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InputRefused("imports.no_file")
        preview = returned.preview_workbook(auth.store(), auth.actor(), file.filename, file.stream, now=now())
    except InputRefused as error:
        return workbook(on_page(error.message).say(page_lang())), 422
    return render_template("redraw/workbook.html", preview=preview, problem=None, most=returned.MOST_SHOWN)


@pages.post("/drafts/workbook/apply")
def apply_workbook() -> Answer:
    """Apply what was shown."""
    form = request.form
    try:
        changed = returned.apply_workbook(
            auth.store(), auth.actor(), form.get("changes", ""), form.getlist("take"), page_lang(), now=now()
        )
    except (InputRefused, Conflict) as error:
        return workbook(on_page(error.message).say(page_lang())), status_of(error)
    if len(changed) == 1:
        return redirect(url_for("redraw.redraw", plan_id=changed[0]))
    return redirect(url_for("drafts.draft_list"))
