"""Who is there and who calls: households that are away, covers, corrections, contact cards, a change of term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.corrections import CORRECTIONS, FIELDS
from gridplan.errors import Conflict, InputRefused
from gridplan.service.contact import corrections as reports
from gridplan.service.contact import states
from gridplan.service.contact.corrections import STATE_AFTER, TABS, AnswerTo, CorrectionPage, ReportPage, Tab
from gridplan.service.registry.form import FormFields
from gridplan.store.contact.corrections import CorrectionQuery
from gridplan.words import Message, say
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import key_of
from gridplan_web.views.town import household_answer

pages = APIBlueprint("people", __name__, enable_openapi=False, url_prefix="/desk")

Answer = str | Response | tuple[str, int]
NO_PROBLEMS: Final[Mapping[str, Message]] = MappingProxyType({})


def _of_village(of_villages: Sequence[Any]) -> dict[str, Any]:
    """Return what a page by village shows: all of them, or the one that the address names."""
    village_id = request.args.get("village", type=int)
    shown = [one for one in of_villages if village_id in (None, one.village["id"])]
    names = [(one.village["id"], one.village["name"]) for one in of_villages]
    return {"names": names, "shown": shown, "village_id": village_id}


# ---- states of households


@pages.get("/absences")
def absences() -> str:
    """List who is away or unoccupied, and about how many want no visits, by village."""
    return render_template(
        "contact/absences.html", **_of_village(states.absences_page(auth.store(), auth.actor().scope, today()))
    )


@pages.post("/households/<int:household_id>/state")
def save_state(household_id: int) -> Answer:
    """Record a state of a household; what is recorded of a refusal is not shown again."""
    try:
        form = states.parse_state(FormFields(request.form), today())
    except InputRefused as error:
        return household_answer(household_id, problem=error.say(page_lang())), 422
    states.save_state(auth.store(), auth.who(), household_id, form, now=now(), today=today())
    return redirect(url_for("town.household", household_id=household_id, recorded=1, _anchor="state"))


# ---- corrections


@pages.get("/corrections")
def corrections() -> str:
    """List what was reported, by state, village and kind as the address asks."""
    return _corrections()


def _corrections(problem: str | None = None, problems: Mapping[str, Message] = NO_PROBLEMS) -> str:
    tab: Tab = next((tab for tab in TABS if tab == request.args.get("state")), "open")
    kind = next((kind for kind in CORRECTIONS if kind == request.args.get("kind")), None)
    query = CorrectionQuery(village_id=request.args.get("village", type=int), kind=kind)
    page = reports.corrections_page(auth.store(), auth.actor().scope, tab, query)
    asked = {"state": tab if tab != "open" else None, "village": query.village_id, "kind": kind}

    def list_of(**changes: Any) -> str:
        """Return the address of the list with something else asked for."""
        return url_for("people.corrections", **(asked | changes))

    return render_template(
        "contact/corrections.html",
        page=page,
        tab=tab,
        tabs=TABS,
        kinds=CORRECTIONS,
        query=query,
        list_of=list_of,
        told=lambda row: reports.told(row, page.homes, dict(page.villages)),
        problem=problem,
        problems=problems,
        answered=request.args.get("answered", type=int),
    )


@pages.post("/corrections")
def answer_corrections() -> Answer:
    """Give all that are ticked the same answer."""
    chosen = {id_: request.form.get(f"version-{id_}", type=int) for id_ in request.form.getlist("correction")}
    given = _given()
    if given is None or not chosen:
        return _corrections(say("correction.none_ticked", page_lang())), 422
    try:
        word = FormFields(request.form).text("word")
        done = reports.answer_all(auth.store(), auth.actor(), chosen, given, word, now=now(), today=today())
    except InputRefused as error:
        return _corrections(error.say(page_lang())), 422
    if done.problems:
        return _corrections(say("correction.some_left", page_lang(), n=len(done.problems)), done.problems), 409
    asked: dict[str, Any] = {name: request.args.get(name) for name in ("state", "village", "kind")}
    return redirect(url_for("people.corrections", answered=done.n, **asked))


def _given() -> AnswerTo | None:
    return next((given for given in STATE_AFTER if given == request.form.get("answer")), None)


@pages.get("/corrections/<correction_id>")
def correction(correction_id: str) -> str:
    """Show one of them, with what is missing to accept it."""
    return _correction(reports.correction_page(auth.store(), auth.actor(), correction_id))


def _correction(
    page: CorrectionPage, form: FormFields | None = None, problem: str | None = None, key: str | None = None
) -> str:
    return render_template(
        "contact/correction.html",
        page=page,
        row=page.row,
        told=reports.told(page.row, page.homes, dict(page.villages)),
        confirm_key=key,
        **form_context(page.row["content"], form, problem),
    )


@pages.post("/corrections/<correction_id>")
def answer_correction(correction_id: str) -> Answer:
    """Answer one: what was missing may be added, and what was reported corrected."""
    page = reports.correction_page(auth.store(), auth.actor(), correction_id)
    form, version = FormFields(request.form), request.form.get("version", type=int)
    given = _given()
    try:
        if given in (None, "accept"):
            content, row = reports.parse_answer(form, page), page.row
            confirmed = form.fields.get("confirmed", "")
            reports.accept(
                auth.store(), auth.who(), row["id"], version, content, now=now(), today=today(), confirmed=confirmed
            )
        elif given is not None:
            chosen, word = {page.row["id"]: version}, form.text("word")
            reports.answer_all(auth.store(), auth.actor(), chosen, given, word, now=now(), today=today())
    except (InputRefused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _correction(page, form, None if form.problems else error.say(page_lang()), key_of(error)), status
    return redirect(url_for("people.correction", correction_id=correction_id, answered=1))


@pages.get("/households/<int:household_id>/correction")
def report_of_household(household_id: int) -> str:
    """Ask what is wrong with a household."""
    return _report(_page_of(household_id))


@pages.post("/households/<int:household_id>/correction")
def save_report_of_household(household_id: int) -> Answer:
    """Keep what is reported of a household."""
    return _save_report(_page_of(household_id))


@pages.get("/villages/<int:village_id>/new-house")
def report_of_village(village_id: int) -> str:
    """Ask for a new house."""
    return _report(reports.report_page(auth.store(), village_id, None))


@pages.post("/villages/<int:village_id>/new-house")
def save_report_of_village(village_id: int) -> Answer:
    """Keep that there is a new house."""
    return _save_report(reports.report_page(auth.store(), village_id, None))


def _page_of(household_id: int) -> ReportPage:
    return reports.report_page(auth.store(), None, household_id)


def _report(page: ReportPage, form: FormFields | None = None, problem: str | None = None) -> str:
    kinds = reports.kinds_for(page.home)
    asked = request.values.get("kind") or (kinds[0] if len(kinds) == 1 else "")
    return render_template(
        "contact/report.html",
        page=page,
        kinds=kinds,
        kind=asked if asked in kinds else None,
        report_id=request.form.get("id") or str(uuid4()),
        **form_context({}, form, problem),
    )


def _save_report(page: ReportPage) -> Answer:
    form = FormFields(request.form)
    try:
        new = reports.parse_report(form, page)
    except InputRefused as error:
        return _report(page, form, None if form.problems else error.say(page_lang())), 422
    reports.report(auth.store(), auth.who(), new, now=now())
    if new.household_id is None:
        return redirect(url_for("people.corrections", village=new.village_id, reported=1))
    return redirect(url_for("town.household", household_id=new.household_id, reported=1))


def form_context(stored: Mapping[str, Any], form: FormFields | None, problem: str | None) -> dict[str, Any]:
    """Return what the fields of a form show and what is wrong with them."""
    problems = {} if form is None else {name: of.say(page_lang()) for name, of in form.problems.items()}
    shown = stored if form is None else form.fields
    return {"fields": shown, "problems": problems, "problem": problem, "correction_fields": FIELDS}
