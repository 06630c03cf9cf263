"""The desk: this week's pile of tick sheets, and each of them looked up by its number and typed in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.calendar import Week
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.service.desk import pile, sheet_entry
from gridplan.service.desk.sheet_entry import SavedSheet
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today, zone
from gridplan_web.language import page_lang

pages = APIBlueprint("desk", __name__, enable_openapi=False, url_prefix="/desk")

Answer = str | Response | tuple[str, int]


@pages.get("")
def this_week() -> str:
    """Show the sheets of a week, and take the number of the next one."""
    return _pile(saved=_saved())


def _pile(problem: str | None = None, typed: str = "", saved: SavedSheet | None = None) -> str:
    village_id = request.args.get("village", type=int)
    page = pile.pile_page(auth.store(), auth.actor().scope, _week("week"), village_id, zone=zone(), today=today())
    taken_back = request.args.get("taken_back", "")
    return render_template(
        "contact/pile.html",
        page=page,
        village_id=village_id,
        problem=problem,
        typed=typed,
        saved=saved,
        taken_back=taken_back if len(taken_back) <= len("000000A") else "",
    )


def _week(name: str) -> Week | None:
    """Return the week that the address names, if it names one."""
    with suppress(InputRefused):
        return Week.parse(request.args.get(name, ""))
    return None


def _saved() -> SavedSheet | None:
    """Return what was saved last, as the address says it."""
    number, week = request.args.get("saved", ""), _week("of")
    with suppress(NotFound):
        return sheet_entry.saved_sheet(auth.store(), auth.actor().scope, number, week) if number and week else None
    return None


@pages.get("/sheet")
def sheet() -> Answer:
    """Show the sheet of a number as it was printed, and take what is ticked on it."""
    typed = request.args.get("number", "")
    if not typed.strip():
        return redirect(url_for("desk.this_week", week=request.args.get("week"), village=request.args.get("village")))
    try:
        found = sheet_entry.find_sheet(auth.store(), auth.actor().scope, typed)
    except InputRefused as error:
        return _pile(error.say(page_lang()), typed), 422
    return _sheet(found["number"], _week("week"))


def _sheet(number: str, week: Week | None, form: FormFields | None = None, problem: str | None = None) -> str:
    page = sheet_entry.sheet_page(auth.store(), auth.actor().scope, number, week, today=today())
    fields: dict[str, Any] = {**page.typed, "member": page.caller} if form is None else {**form.fields}
    problems = {} if form is None else {name: of.say(page_lang()) for name, of in form.problems.items()}
    return render_template(
        "contact/sheet.html",
        page=page,
        fields=fields,
        problems=problems,
        problem=problem,
        village_id=request.values.get("village", type=int),
    )


@pages.post("/sheet")
def save() -> Answer:
    """Save what was typed of a sheet, and go on with the next."""
    form, number = FormFields(request.form), request.form.get("number", "")
    try:
        saved = sheet_entry.save_sheet(
            auth.store(), auth.who(), auth.actor().scope, number, form, now=now(), today=today()
        )
    except InputRefused:
        return _sheet(number, _form_week(), form), 422
    except Conflict as error:
        return _sheet(number, _form_week(), problem=error.say(page_lang())), 409
    key, corrected = saved.week.key, "1" if saved.corrected else None
    return redirect(url_for("desk.this_week", week=key, saved=number, of=key, corrected=corrected, village=_back()))


def _form_week() -> Week | None:
    with suppress(InputRefused):
        return Week.parse(request.form.get("week", ""))
    return None


def _back() -> str | None:
    """Return the village whose pile was open."""
    return request.form.get("village") or None


@pages.post("/sheet/back")
def take_back() -> Response:
    """Take back what was typed of a week of a sheet."""
    week = _form_week()
    if week is None:
        raise NotFound("entrance.not_here")
    number = request.form.get("number", "")
    sheet_entry.take_back(auth.store(), auth.who(), auth.actor().scope, number, week, now=now())
    return redirect(url_for("desk.this_week", week=week.key, taken_back=number, village=_back()))
