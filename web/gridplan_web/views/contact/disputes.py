"""Visits that members dispute, settled at the desk: its tab beside who is there and who calls."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.service.contact import own_visits
from gridplan_web import auth
from gridplan_web.clock import now
from gridplan_web.views.contact.people import pages


@pages.app_template_global()
def open_disputes() -> int:
    """Return how many visits are disputed in the villages of who is signed in."""
    return own_visits.count_disputes(auth.store(), auth.actor())


@pages.get("/disputes")
def disputes() -> str:
    """Show the desk the visits that members say were not so."""
    visits = own_visits.disputed_visits(auth.store(), auth.actor())
    return render_template("contact/disputes.html", visits=visits, said=request.args.get("said"))


@pages.post("/disputes/<visit_id>")
def settle_dispute(visit_id: str) -> Response:
    """Uphold or withdraw a disputed visit."""
    answer = request.form.get("answer", "")
    own_visits.settle_dispute(auth.store(), auth.actor(), visit_id, answer, request.form, now=now())
    return redirect(url_for("people.disputes", said=answer))
