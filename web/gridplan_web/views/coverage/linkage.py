"""Leaders and instructors linked to villages and branches: to whom a call is due, calls, people, branches, rules."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import uuid4

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.calendar import months_later
from gridplan.errors import InputRefused, NotFound
from gridplan.linkage import RULES, SUBJECTS
from gridplan.service.chain import branches, calls, kinds, linkage_list, linkage_lists, persons
from gridplan.service.chain.linkage import LinkagePage, called, linkage_page
from gridplan.service.coverage.coverage import past_day
from gridplan.service.coverage.pages import AsOf
from gridplan.service.lists.nouns import Noun
from gridplan.service.lists.page import list_page
from gridplan.service.registry.form import FormFields
from gridplan.store.rows import Row
from gridplan.words import on_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.list_page import Link, ListPlace, parts_of_list, reader, send_list

pages = APIBlueprint("linkage", __name__, enable_openapi=False, url_prefix="/linkage")

Answer = str | Response | tuple[str, int]
NOTHING_TYPED: Final = FormFields({})
MONTHS: Final = 6
"""Months back for which calls are typed."""
SAID: Final = frozenset(
    {"noted", "taken_back", "person", "retired", "restored", "linked", "ended", "removed", "branch", "kind"}
)


def _said() -> str | None:
    said = request.args.get("said")
    return said if said in SAID else None


def _typed(form: FormFields) -> dict[str, Any]:
    """Return what a form shows: what was typed, and what is wrong with it."""
    return {"typed": form.fields, "problems": {name: of.say(page_lang()) for name, of in form.problems.items()}}


# ---- links and gaps


def _as_of() -> AsOf:
    """Return the day that the address asks for; today, and why, where it makes no sense or is to come."""
    try:
        return AsOf(past_day(request.args.get("as_of", "").strip(), today()), today())
    except InputRefused as error:
        return AsOf(today(), today(), error.message)


def _page(of: AsOf) -> LinkagePage:
    return linkage_page(auth.store(), auth.actor().scope, of.day)


def _asked() -> Mapping[str, str]:
    """Return what is asked of the list of links: those that a call is due to, unless it is said which."""
    return {"standing": linkage_lists.TO_CALL} | request.args.to_dict()


@pages.get("")
def links() -> str:
    """List the links of the scope that a call is due to, or others as the address asks."""
    of = _as_of()
    page = _page(of)
    return _list("links", linkage_lists.links(page), _asked(), page, of)


@pages.get("/gaps")
def gaps() -> str:
    """List who has too few or too many links, and the villages and branches that nobody is linked to."""
    of = _as_of()
    page = _page(of)
    return _list("gaps", linkage_lists.gaps(page), request.args, page, of)


def _list(what: str, noun: Noun, asked: Mapping[str, str], page: LinkagePage, of: AsOf) -> str:
    kept = {} if of.is_today else {"as_of": of.day.isoformat()}
    place = ListPlace(f"linkage.{what}", "linkage.list_file", {"what": what}, kept=kept)
    found = list_page(auth.store(), noun, reader(of.day), asked)
    return render_template(
        f"chain/{what}.html", linkage=page, of=of, today=today(), **parts_of_list(found, _links_of, place)
    )


def _links_of(row: Row) -> Mapping[str, list[Link]]:
    to: dict[str, list[Link]] = {}
    name = "what" if "what" in row else "village"
    if row["village_id"] is not None:
        to[name] = [(row[name], url_for("town.village", village_id=row["village_id"]))]
    if row["person_id"] is not None and auth.actor().may("edit lists"):
        person = url_for("linkage.person", person_id=row["person_id"])
        to["what" if row["village_id"] is None else "person"] = [(row["what" if "what" in row else "person"], person)]
    return to


@pages.get("/<what>.<form>")
def list_file(what: str, form: str) -> Response:
    """Send what a list shows as a workbook or as CSV."""
    of = _as_of()
    if what == "links":
        return send_list(linkage_lists.links(_page(of)), reader(of.day), _asked(), form)
    if what == "gaps":
        return send_list(linkage_lists.gaps(_page(of)), reader(of.day), request.args, form)
    raise NotFound("entrance.not_here")


# ---- calls


def _months() -> list[date]:
    here = today().replace(day=1)
    return [months_later(here, -n) for n in range(MONTHS)]


def _month() -> date:
    with suppress(ValueError):
        month = date.fromisoformat(f"{request.values.get('month', '')}-01")
        if month in _months():
            return month
    return _months()[0]


@pages.get("/calls")
def month_of_calls() -> str:
    """Show the links that hold in a month, to tick who called."""
    return _calls()


def _calls(form: FormFields = NOTHING_TYPED, problem: str | None = None) -> str:
    page = calls.calls_page(auth.store(), auth.actor().scope, _month())
    by_person = [list(mine) for _, mine in groupby(page.links, key=lambda one: one.row["person_id"])]
    return render_template(
        "chain/calls.html",
        called=called,
        page=page,
        by_person=by_person,
        months=_months(),
        form_id=form.fields.get("id") or str(uuid4()),
        latest=min(page.last, today()),
        ticked=request.form.getlist("link") if request.method == "POST" else [],
        n=request.args.get("n", type=int),
        kept=request.args.get("form", ""),
        said=_said(),
        problem=problem,
        **_typed(form),
    )


@pages.post("/calls")
def note_calls() -> Answer:
    """Keep that those called who are ticked."""
    form = FormFields(request.form)
    ticked = [int(one) for one in request.form.getlist("link") if one.isdecimal() and len(one) < 10]
    try:
        n = calls.note_calls(auth.store(), auth.who(), auth.actor().scope, form, ticked, now=now(), today=today())
    except InputRefused as error:
        return _calls(form, error.say(page_lang())), 422
    to: dict[str, Any] = {"month": f"{_month():%Y-%m}", "said": "noted", "n": n, "form": form.fields["id"]}
    return redirect(url_for("linkage.month_of_calls", **to))


@pages.post("/calls/<call_id>/take-back")
def take_back(call_id: str) -> Response:
    """Take back a call, or all that a form kept."""
    calls.take_back(auth.store(), auth.who(), auth.actor().scope, call_id, now=now())
    return redirect(url_for("linkage.month_of_calls", month=f"{_month():%Y-%m}", said="taken_back"))


# ---- people and their links


@pages.get("/persons")
def person_list() -> str:
    """List leaders and instructors with their links."""
    return _persons()


def _persons(form: FormFields = NOTHING_TYPED, problem: str | None = None) -> str:
    page = persons.persons_page(auth.store(), auth.actor().scope, today())
    return render_template(
        "chain/persons.html",
        called=called,
        page=page,
        said=_said(),
        problem=problem,
        imported=request.args.get("imported", type=int),
        **_typed(form),
    )


@pages.post("/persons")
def add_person() -> Answer:
    """Add a leader or instructor."""
    form = FormFields(request.form)
    try:
        person_id = persons.add_person(auth.store(), auth.who(), form, now=now())
    except InputRefused:
        return _persons(form), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="person"))


@pages.get("/persons/<int:person_id>")
def person(person_id: int) -> str:
    """Show somebody with the links within the scope."""
    return _person(person_id)


def _person(
    person_id: int, form: FormFields = NOTHING_TYPED, problem: str | None = None, link_id: int | None = None
) -> str:
    return render_template(
        "chain/person.html",
        called=called,
        page=persons.person_page(auth.store(), auth.actor(), person_id),
        said=_said(),
        problem=problem,
        wrong_link=link_id,
        ticked=request.form.getlist("target"),
        today=today(),
        **_typed(form),
    )


@pages.post("/persons/<int:person_id>")
def change_person(person_id: int) -> Answer:
    """Give somebody another name or kind."""
    form = FormFields(request.form)
    try:
        persons.change_person(auth.store(), auth.actor(), auth.who(), person_id, form, now=now())
    except InputRefused as error:
        return _person(person_id, form, None if form.problems else error.say(page_lang())), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="person"))


@pages.post("/persons/<int:person_id>/retire")
def retire_person(person_id: int) -> Answer:
    """Put somebody away: the links end today."""
    try:
        persons.retire_person(auth.store(), auth.actor(), auth.who(), person_id, now=now(), today=today())
    except InputRefused as error:
        return _person(person_id, problem=error.say(page_lang())), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="retired"))


@pages.post("/persons/<int:person_id>/restore")
def restore_person(person_id: int) -> Answer:
    """Let somebody be linked again."""
    try:
        persons.restore_person(auth.store(), auth.actor(), auth.who(), person_id, now=now())
    except InputRefused as error:
        return _person(person_id, problem=error.say(page_lang())), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="restored"))


@pages.post("/persons/<int:person_id>/links")
def add_links(person_id: int) -> Answer:
    """Link somebody to all that is ticked."""
    form, ticked = FormFields(request.form), request.form.getlist("target")
    try:
        persons.add_links(auth.store(), auth.who(), auth.actor().scope, person_id, form, ticked, now=now())
    except InputRefused as error:
        return _person(person_id, form, None if form.problems else error.say(page_lang())), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="linked"))


@pages.post("/links/<int:link_id>")
def end_link(link_id: int) -> Answer:
    """Let a link end on a day, hold for good, or remove one that was a mistake."""
    form = FormFields(request.form)
    try:
        if request.form.get("remove"):
            person_id = persons.remove_link(auth.store(), auth.who(), link_id, now=now())
            return redirect(url_for("linkage.person", person_id=person_id, said="removed"))
        person_id = persons.end_link(auth.store(), auth.who(), link_id, form, now=now())
    except InputRefused as error:
        return _person(persons.person_of(auth.store(), link_id), problem=error.say(page_lang()), link_id=link_id), 422
    return redirect(url_for("linkage.person", person_id=person_id, said="ended"))


# ---- a list of links


@pages.post("/list")
def preview_list() -> Answer:
    """Show what a list holds and would add."""
    file = request.files.get("list")
    try:
        if file is None or not file.filename:
            raise InputRefused("imports.no_file")
        preview = linkage_list.preview_linkages(
            auth.store(), auth.actor().scope, file.filename, file.stream, page_lang(), today=today()
        )
    except InputRefused as error:
        return _persons(problem=on_page(error.message).say(page_lang())), 422
    return render_template("chain/preview.html", preview=preview, most=linkage_list.MOST_SHOWN, today=today())


@pages.post("/list/enter")
def enter_list() -> Answer:
    """Enter what was previewed of a list."""
    form = FormFields(request.form)
    from_day = form.day("from_day")
    try:
        if from_day is None:
            form.reject("from_day", "registry.required")
        form.check()
        content = request.form.get("content", "")
        n = linkage_list.enter_linkages(
            auth.store(), auth.who(), auth.actor().scope, content, from_day or today(), now=now()
        )
    except InputRefused as error:
        return _persons(problem=error.say(page_lang())), 422
    return redirect(url_for("linkage.person_list", imported=n))


# ---- branches


@pages.get("/branches")
def branch_list() -> str:
    """List the branches of villages."""
    return _branches()


def _branches(form: FormFields = NOTHING_TYPED, branch_id: int | None = None) -> str:
    found, villages = branches.branches_page(auth.store(), auth.actor().scope)
    return render_template(
        "chain/branches.html",
        branches=found,
        villages=[(row["id"], row["name"]) for row in villages],
        village_id=request.args.get("village", type=int),
        wrong_branch=branch_id,
        said=_said(),
        **_typed(form),
    )


@pages.post("/branches")
def add_branch() -> Answer:
    """Add a branch."""
    form = FormFields(request.form)
    try:
        branches.add_branch(auth.store(), auth.who(), auth.actor().scope, form, now=now())
    except InputRefused:
        return _branches(form), 422
    return redirect(url_for("linkage.branch_list", said="branch"))


@pages.post("/branches/<int:branch_id>")
def change_branch(branch_id: int) -> Answer:
    """Rename a branch, or let it be no more, or be there again."""
    form = FormFields(request.form)
    state = request.form.get("state")
    try:
        if state in ("retired", "restored"):
            day = today() if state == "retired" else None
            branches.retire_branch(auth.store(), auth.who(), branch_id, day, now=now())
        else:
            branches.rename_branch(auth.store(), auth.who(), branch_id, form, now=now())
    except InputRefused:
        return _branches(form, branch_id), 422
    return redirect(url_for("linkage.branch_list", said="branch"))


# ---- kinds


@pages.get("/kinds")
def kind_list() -> str:
    """Show the kinds of persons who are linked, each with its rule."""
    return _kinds()


def _kinds(form: FormFields = NOTHING_TYPED, problem: str | None = None, kind_id: int | None = None) -> str:
    return render_template(
        "chain/kinds.html",
        page=kinds.kinds_page(auth.store(), auth.actor()),
        ready_made=kinds.READY_MADE,
        subjects=SUBJECTS,
        rules=RULES,
        wrong_kind=kind_id,
        said=_said(),
        problem=problem,
        **_typed(form),
    )


@pages.post("/kinds")
def add_kind() -> Answer:
    """Add a kind."""
    return _save_kind(None)


@pages.post("/kinds/<int:kind_id>")
def change_kind(kind_id: int) -> Answer:
    """Change a kind, or remove one that nobody is of."""
    if not request.form.get("remove"):
        return _save_kind(kind_id)
    try:
        kinds.remove_kind(auth.store(), auth.actor(), auth.who(), kind_id, now=now())
    except InputRefused as error:
        return _kinds(problem=error.say(page_lang())), 422
    return redirect(url_for("linkage.kind_list", said="kind"))


def _save_kind(kind_id: int | None) -> Answer:
    form = FormFields(request.form)
    try:
        parsed = kinds.parse_kind(auth.store(), form, kind_id)
        kinds.save_kind(auth.store(), auth.actor(), auth.who(), kind_id, parsed, now=now())
    except InputRefused as error:
        return _kinds(form, None if form.problems else error.say(page_lang()), kind_id or 0), 422
    return redirect(url_for("linkage.kind_list", said="kind"))


@pages.post("/kinds/ready-made")
def add_ready_made() -> Answer:
    """Add the kinds that an empty town is offered."""
    try:
        kinds.add_ready_made(auth.store(), auth.actor(), auth.who(), page_lang(), now=now())
    except InputRefused as error:
        return _kinds(problem=error.say(page_lang())), 422
    return redirect(url_for("linkage.kind_list", said="kind"))
