"""Feedback: a form that every page leads to, and what was said, for the administrator."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused
from gridplan.service.admin import feedback
from gridplan_web import auth
from gridplan_web.clock import now, today, zone
from gridplan_web.language import page_lang

pages = APIBlueprint("feedback", __name__, enable_openapi=False)


@pages.get("/feedback")
def form() -> str:
    """Show the form for feedback on a page."""
    return render_template("feedback/form.html", page=request.args.get("page", ""), sent="sent" in request.args)


@pages.post("/feedback")
def give() -> Response | tuple[str, int]:
    """Keep feedback."""
    page, text = request.form.get("page", ""), request.form.get("text", "")
    try:
        feedback.give_feedback(auth.store(), auth.actor().role, _kind(page), text, today=today(), zone=zone())
    except InputRefused as error:
        return render_template("feedback/form.html", page=page, text=text, problem=error.say(page_lang())), 422
    return redirect(url_for("feedback.form", sent=1))


def _kind(page: str) -> str:
    """Return the pattern of an address as it was sent: which kind of page it is, not of which household."""
    return page if page in {rule.rule for rule in current_app.url_map.iter_rules()} else ""


@pages.get("/settings/feedback")
def given() -> str:
    """Show what was said."""
    return render_template("feedback/given.html", given=feedback.feedback_given(auth.store()))


@pages.post("/settings/feedback/<int:feedback_id>/read")
def mark_read(feedback_id: int) -> Response:
    """Note that something was read."""
    feedback.mark_read(auth.store(), feedback_id, now=now())
    return redirect(url_for("feedback.given"))
