"""The member's own pages, made for a phone: the list, several households at once, the map, and visits entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.corrections import FIELDS
from gridplan.contact.visits import CHANNELS, OUTCOMES
from gridplan.errors import InputRefused, NotFound
from gridplan.service.contact import corrections as reports
from gridplan.service.contact import own_visits, states
from gridplan.service.contact.own_list import OwnHouseholdPage, OwnList, own_household, own_list
from gridplan.service.contact.own_visits import Saved
from gridplan.service.coverage import own_groups
from gridplan.service.registry.form import FormFields
from gridplan.service.town import small_map
from gridplan.words import words
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings, town_state, zone
from gridplan_web.language import page_lang

pages = APIBlueprint("own", __name__, enable_openapi=False)
SAID: Final = frozenset({"withdrawn", "corrected", "disputed", "upheld", "conflict"})


@pages.app_context_processor
def _forms() -> dict[str, Any]:
    return {"new_id": lambda: str(uuid4()), "named": _named, "outcomes": OUTCOMES, "channels": CHANNELS}


def _named(of: str, choices: Sequence[str]) -> list[tuple[str, str]]:
    """Return choices of a form with what they are called."""
    called = words(f"visit.{of}.", page_lang())
    return [(one, called[one.replace(" ", "_")]) for one in choices]


def _own_list() -> OwnList:
    """Return the grids of who asks."""
    return own_list(auth.store(), auth.actor(), today=today(), town=town_state(), names=town_settings().household_names)


def found_household(home_id: int) -> OwnHouseholdPage:
    """Return a household in the grids of who asks."""
    names = town_settings().household_names
    return own_household(auth.store(), auth.actor(), home_id, today=today(), town=town_state(), names=names)


@pages.get("/mine")
def households() -> str:
    """Show members whom to visit this week, and the others of their grids."""
    return _list()


def _list(problem: str | None = None) -> str:
    said, saved, meeting = (request.args.get(name) for name in ("said", "saved", "meeting"))
    return render_template(
        "contact/own_list.html",
        page=_own_list(),
        saved=_just_saved(saved) if saved else None,
        meeting=meeting,
        met=own_visits.meeting_visits(auth.store(), auth.actor(), meeting) if meeting else (),
        said=said if said in SAID else None,
        problem=problem,
    )


def _just_saved(visit_id: str) -> own_visits.OwnVisit | None:
    try:
        return own_visits.own_visit(auth.store(), auth.actor(), visit_id)
    except NotFound:
        return None


@pages.post("/mine/visits")
def record_visit() -> Response | tuple[str, int]:
    """Record a visit."""
    try:
        saved = own_visits.record_own_visit(auth.store(), auth.actor(), request.form, now=now(), town=town_state())
    except InputRefused as error:
        return _list(error.say(page_lang())), 422
    return _to_list(saved)


def _to_list(saved: Saved) -> Response:
    said = "conflict" if saved.is_conflict else None
    if saved.meeting_id:
        return redirect(url_for("own.households", meeting=saved.meeting_id, said=said))
    return redirect(url_for("own.households", saved=saved.visit_ids[0], said=said))


@pages.get("/mine/several")
def several() -> str:
    """Show the households to tick who were met at once."""
    return _several()


def _several(problem: str | None = None) -> str:
    page = _own_list()
    return render_template(
        "contact/own_several.html", page=page, ticked=request.form.getlist("household"), problem=problem
    )


@pages.post("/mine/several")
def record_several() -> Response | tuple[str, int]:
    """Record that several households were met at once."""
    ticked = request.form.getlist("household")
    try:
        saved = own_visits.record_own_visits(
            auth.store(), auth.actor(), ticked, request.form, now=now(), town=town_state()
        )
    except InputRefused as error:
        return _several(error.say(page_lang())), 422
    return _to_list(saved)


@pages.post("/mine/several/<meeting_id>/withdraw")
def withdraw_several(meeting_id: str) -> Response:
    """Take several visits back that were entered at once."""
    own_visits.withdraw_meeting(auth.store(), auth.actor(), meeting_id, request.form, now=now())
    return redirect(url_for("own.households", said="withdrawn"))


@pages.get("/mine/households/<int:home_id>")
def household(home_id: int) -> str:
    """Show a household of the own grids: its visits, and what can be said of it."""
    return _household(home_id)


def _household(home_id: int, problem: str | None = None) -> str:
    return render_template(
        "contact/own_household.html",
        page=found_household(home_id),
        away_until=states.offered_days(today()),
        problem=problem,
    )


@pages.post("/mine/households/<int:home_id>")
def save_state(home_id: int) -> Response | tuple[str, int]:
    """Record that a household is away, unoccupied or wants no visits, or that this has ended."""
    try:
        form = states.parse_state(FormFields(request.form), today())
    except InputRefused as error:
        return _household(home_id, error.say(page_lang())), 422
    found_household(home_id)
    states.save_state(auth.store(), auth.who(), home_id, form, now=now(), today=today())
    return redirect(url_for("own.household", home_id=home_id, said="noted"))


@pages.get("/mine/households/<int:home_id>/report")
def report_of_household(home_id: int) -> str:
    """Ask what is wrong with a household of the own grids."""
    return _report(_of_household(home_id))


@pages.post("/mine/households/<int:home_id>/report")
def save_report_of_household(home_id: int) -> Response | tuple[str, int]:
    """Keep what a member reports of a household."""
    return _save_report(_of_household(home_id))


@pages.get("/mine/grids/<int:plan>/<int:number>/new-house")
def report_of_grid(plan: int, number: int) -> str:
    """Ask for a new house in a grid of the member."""
    return _report(_of_grid(plan, number))


@pages.post("/mine/grids/<int:plan>/<int:number>/new-house")
def save_report_of_grid(plan: int, number: int) -> Response | tuple[str, int]:
    """Keep that there is a new house."""
    return _save_report(_of_grid(plan, number))


def _of_household(home_id: int) -> reports.ReportPage:
    found = found_household(home_id)
    page = reports.report_page(auth.store(), None, home_id)
    return replace(page, others=tuple(one.home for one in found.grid.households if one.id != home_id))


def _of_grid(plan: int, number: int) -> reports.ReportPage:
    grids = _own_list().grids
    grid = next((one for one in grids if (one.plan_id, one.number) == (plan, number)), None)
    if grid is None:
        raise NotFound("entrance.not_here")
    return replace(reports.report_page(auth.store(), grid.village_id, None), others=())


def _report(page: reports.ReportPage, form: FormFields | None = None, problem: str | None = None) -> str:
    kinds = reports.kinds_for(page.home)
    asked = request.values.get("kind") or (kinds[0] if len(kinds) == 1 else "")
    return render_template(
        "contact/own_report.html",
        page=page,
        kinds=kinds,
        kind=asked if asked in kinds else None,
        fields={} if form is None else form.fields,
        problems={} if form is None else {name: of.say(page_lang()) for name, of in form.problems.items()},
        problem=problem,
        correction_fields=FIELDS,
    )


def _save_report(page: reports.ReportPage) -> Response | tuple[str, int]:
    form = FormFields(request.form)
    try:
        new = reports.parse_report(form, page, member_id=auth.actor().member_id)
    except InputRefused as error:
        return _report(page, form, None if form.problems else error.say(page_lang())), 422
    reports.report(auth.store(), auth.who(), new, now=now())
    return redirect(url_for("own.visits", said="reported"))


@pages.get("/mine/map")
def map() -> str:
    """Show the own grids with their walking order."""
    page = _own_list()
    drawn = (
        small_map.of_own_grids(auth.store(), page.grids, page_lang(), names=town_settings().household_names)
        if page.grids
        else None
    )
    return render_template("contact/own_map.html", page=page, small_map=drawn)


@pages.get("/mine/group")
def group() -> str:
    """Show the head of a party group how far contact reaches in its grids."""
    groups = own_groups.own_groups(auth.store(), auth.actor(), today=today(), zone=zone())
    return render_template("contact/own_group.html", groups=groups)


@pages.get("/mine/visits")
def visits() -> str:
    """Show members the visits in their name, whoever entered them."""
    actor = auth.actor()
    return render_template(
        "contact/own_visits.html",
        visits=own_visits.own_visits(auth.store(), actor, today=today(), names=town_settings().household_names),
        reported=reports.reported_by(auth.store(), actor.member_id or 0),
        said=request.args.get("said"),
    )


@pages.get("/mine/visits/<visit_id>")
def visit(visit_id: str) -> str:
    """Show a visit, to be corrected, taken back or disputed."""
    return _visit(visit_id)


def _visit(visit_id: str, problem: str | None = None) -> str:
    return render_template(
        "contact/own_visit.html",
        visit=own_visits.own_visit(auth.store(), auth.actor(), visit_id, names=town_settings().household_names),
        first=today() - own_visits.CORRECTED,
        today=today(),
        problem=problem,
    )


@pages.post("/mine/visits/<visit_id>")
def correct_visit(visit_id: str) -> Response | tuple[str, int]:
    """Correct a visit."""
    try:
        own_visits.correct_own_visit(auth.store(), auth.actor(), visit_id, request.form, now=now(), town=town_state())
    except InputRefused as error:
        return _visit(visit_id, error.say(page_lang())), 422
    return redirect(url_for("own.households", said="corrected"))


@pages.post("/mine/visits/<visit_id>/<answer>")
def answer_visit(visit_id: str, answer: str) -> Response:
    """Take a visit back, dispute it, or let it stand after all."""
    own_visits.answer_own_visit(auth.store(), auth.actor(), visit_id, answer, request.form, now=now())
    said = {"withdraw": "withdrawn", "dispute": "disputed", "uphold": "upheld"}[answer]
    return redirect(url_for("own.households" if answer == "withdraw" else "own.visits", said=said))
