"""Consultation copies of drafts: printed, typed back by number, applied."""

from __future__ import annotations

from io import BytesIO
from random import SystemRandom

from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused
from gridplan.exchange.paper.consultation import write_consultations
from gridplan.names import file_name
from gridplan.service.redraw import consultation
from gridplan.words import on_page, say
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings
from gridplan_web.error_pages import status_of
from gridplan_web.language import page_lang
from gridplan_web.plain_requests import version_seen
from gridplan_web.views.plans.redraw import pages

Answer = str | Response | tuple[str, int]


@pages.get("/plans/<int:plan_id>/consultation")
def copies(plan_id: int) -> str:
    """List the consultation copies of a draft, and show what one that came back would change."""
    return _page(plan_id, request.args.get("number"))


def _page(plan_id: int, number: str | None, problem: str | None = None) -> str:
    page = consultation.consultation_page(auth.store(), plan_id, today(), number)
    return render_template("redraw/consultation.html", page=page, problem=problem, typed=request.form)


@pages.post("/plans/<int:plan_id>/consultation")
def send_copy(plan_id: int) -> Response:
    """Send a copy of a draft: a PDF to print."""
    lang = page_lang()
    numbers = consultation.send(auth.store(), auth.who(), [plan_id], now=now(), random=SystemRandom())
    names = town_settings().household_names
    printed = consultation.printed_copies(auth.store(), numbers, names=names, today=today())
    title = file_name(say("consultation.title", lang, village=printed[0].village), numbers[0])
    content = BytesIO(write_consultations(printed, lang))
    return send_file(content, as_attachment=True, download_name=f"{title}.pdf")


@pages.post("/plans/<int:plan_id>/consultation/find")
def find_copy(plan_id: int) -> Answer:
    """Go to the copy with the number that was typed."""
    try:
        found, number = consultation.find_copy(auth.store(), auth.actor(), request.form.get("number", ""))
    except InputRefused as error:
        return _page(plan_id, None, on_page(error.message).say(page_lang())), 422
    return redirect(url_for("redraw.copies", plan_id=found, number=number, _anchor="copy"))


@pages.post("/plans/<int:plan_id>/consultation/<number>/wishes")
def type_back(plan_id: int, number: str) -> Answer:
    """Keep what the branch wishes."""
    form = request.form
    try:
        wishes, word = form.get("wishes", ""), form.get("word", "")
        consultation.type_back(auth.store(), auth.who(), plan_id, number, wishes, word, now=now())
    except InputRefused as error:
        return _page(plan_id, number, on_page(error.message).say(page_lang())), 422
    return redirect(url_for("redraw.copies", plan_id=plan_id, number=number, _anchor="copy"))


@pages.post("/plans/<int:plan_id>/consultation/<number>/apply")
def apply_wishes(plan_id: int, number: str) -> Answer:
    """Change the draft as the branch wishes."""
    seen = version_seen()
    version = int(seen) if seen.isascii() and seen.isdecimal() else -1
    try:
        consultation.apply_wishes(auth.store(), auth.actor(), plan_id, number, version, page_lang(), now=now())
    except (InputRefused, Conflict) as error:
        return _page(plan_id, number, on_page(error.message).say(page_lang())), status_of(error)
    return redirect(url_for("redraw.copies", plan_id=plan_id, number=number, _anchor="copy"))
