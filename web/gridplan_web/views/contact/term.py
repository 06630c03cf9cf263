"""A change of term: its lists are uploaded or pasted, looked at, and confirmed for a day."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.lists.terms import read_term_leads, read_term_staff
from gridplan.exchange.tables.source import Source
from gridplan.service.contact import handover
from gridplan.service.contact import term as use
from gridplan.service.contact.term import TermLists, TermProblem
from gridplan.service.registry.form import FormFields
from gridplan.words import on_page, say
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.contact.people import Answer, form_context
from gridplan_web.views.contact.stand_ins import handover_file, wording
from gridplan_web.views.registry.blueprint import uploaded

pages = APIBlueprint("term", __name__, enable_openapi=False, url_prefix="/desk/term")
T = TypeVar("T")
MOST_LETTERS: Final = 500_000
"""Letters that may be pasted: some thousand rows."""


@pages.get("")
def term_form() -> str:
    """Ask for the lists of a new term, and show those that were confirmed."""
    return _term_form()


def _term_form(
    form: FormFields | None = None, problem: str | None = None, problems: tuple[TermProblem, ...] = ()
) -> str:
    context: dict[str, Any] = form_context({"day": today().isoformat()}, form, problem)
    made = use.terms_made(auth.store(), auth.actor())
    return render_template("contact/term_form.html", made=made, rows=problems, **context)


@pages.post("")
def draft_term() -> Answer:
    """Read the lists, and show what they would do."""
    form = FormFields(request.form)
    day = form.required_day("day", latest=today().replace(year=today().year + 9))
    try:
        form.check()
        staff = _read("staff", read_term_staff) if auth.actor().may("administer") else None
        lists = TermLists(_read("leads", read_term_leads), staff)
        drafted = use.draft_term(auth.store(), auth.actor(), lists, day, now=now(), today=today())
    except InputRefused as error:
        return _term_form(form, None if form.problems else on_page(error.message).say(page_lang())), 422
    if isinstance(drafted, tuple):
        return _term_form(form, say("term.mend", page_lang(), n=len(drafted)), drafted), 422
    return redirect(url_for("term.term", term_id=drafted))


def _read(field: str, read: Callable[[Source], T]) -> T | None:
    """Return the list that was uploaded, or pasted, in a field; None if neither was."""
    file = request.files.get(f"{field}_file")
    if file is not None and file.filename:
        with uploaded(file) as source:
            return read(source)
    text = request.form.get(field, "").strip()[:MOST_LETTERS]
    if not text:
        return None
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "list.csv"
        path.write_text(text, encoding="utf-8")
        return read(Source(path, called=say(f"term.pasted.{field}", page_lang())))


@pages.get("/<int:term_id>")
def term(term_id: int) -> str:
    """Show what a change of term does, or did."""
    return _term(term_id)


def _term(term_id: int, problem: str | None = None) -> str:
    page = use.term_page(auth.store(), auth.actor(), term_id)
    return render_template("contact/term.html", page=page, problem=problem)


@pages.post("/<int:term_id>")
def confirm_term(term_id: int) -> Answer:
    """Confirm a change of term, or withdraw one that waits."""
    try:
        if "withdraw" in request.form:
            use.withdraw(auth.store(), auth.actor(), term_id, now=now())
        else:
            use.confirm(auth.store(), auth.actor(), term_id, now=now(), today=today())
    except Conflict as error:
        return _term(term_id, error.say(page_lang())), 409
    return redirect(url_for("term.term", term_id=term_id))


@pages.get("/<int:term_id>/handover")
def handover_of_term(term_id: int) -> Answer:
    """Send the handover lists of a change of term that was applied."""
    try:
        return handover_file(handover.of_term(auth.store(), term_id, wording()))
    except InputRefused as error:
        raise NotFound("entrance.not_here") from error
