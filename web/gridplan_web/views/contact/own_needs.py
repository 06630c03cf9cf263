"""What the households of a member need: raised with a visit or without, and what became of it."""

from __future__ import annotations

from contextlib import suppress

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.service.contact.own_visits import own_visit
from gridplan.service.needs import follow_up, raising
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.contact.own import found_household, pages
from gridplan_web.views.coverage.needs import form_context


@pages.get("/mine/needs")
def needs() -> str:
    """List the needs of the own households, and those that the member raised."""
    return _needs()


def _needs(problem: str | None = None) -> str:
    said = request.args.get("said")
    return render_template(
        "contact/own_needs.html",
        needs=follow_up.own_needs(auth.store(), auth.actor(), now=now()),
        said=said if said in ("raised", "confirmed", "reopened") else None,
        problem=problem,
    )


@pages.get("/mine/households/<int:home_id>/need")
def new_need(home_id: int) -> str:
    """Ask what a household of the own grids needs."""
    return _new(home_id)


def _new(home_id: int, form: FormFields | None = None, problem: str | None = None) -> str:
    fields = {"day": today().isoformat()} if form is None else form.fields
    return render_template(
        "contact/own_need.html",
        found=found_household(home_id),
        visit=_visit_id(home_id),
        today=today(),
        **form_context(fields, form, problem),
    )


def _visit_id(home_id: int) -> str | None:
    """Return the visit of the member at which the need was raised, where the address or the form names one."""
    named = request.values.get("visit", "")
    with suppress(NotFound):
        if named and own_visit(auth.store(), auth.actor(), named).row["household"] == home_id:
            return named
    return None


@pages.post("/mine/households/<int:home_id>/need")
def save_need(home_id: int) -> Response | tuple[str, int]:
    """Keep what a household of the own grids needs."""
    found_household(home_id)
    form, page = FormFields(request.form), raising.raise_page(auth.store(), home_id)
    try:
        raised = raising.parse_need(form, auth.actor(), page, today=today(), visit_id=_visit_id(home_id))
        raising.raise_need(auth.store(), auth.who(), raised, now=now(), today=today())
    except (InputRefused, Conflict) as error:
        return _new(home_id, form, error.say(page_lang())), 409 if isinstance(error, Conflict) else 422
    return redirect(url_for("own.needs", said="raised"))


@pages.post("/mine/needs/<int:number>")
def answer_need(number: int) -> Response | tuple[str, int]:
    """Pass on that the household confirms, or that it is not solved."""
    form = FormFields(request.form)
    try:
        follow_up.pass_on(auth.store(), auth.actor(), number, form, now=now())
    except (InputRefused, Conflict) as error:
        return _needs(error.say(page_lang())), 409 if isinstance(error, Conflict) else 422
    return redirect(url_for("own.needs", said=form.fields.get("kind")))
