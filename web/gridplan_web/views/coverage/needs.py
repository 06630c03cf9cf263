"""Needs: their list, each with its history, slips for departments, and counts by village."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.exchange.paper.referral_slips import write_referral_slips, write_slip_workbook
from gridplan.names import file_name
from gridplan.needs import CATEGORIES, DEADLINE, LONGEST, Category
from gridplan.service.lists.files import FORMS, write_table
from gridplan.service.lists.nouns import NEEDS
from gridplan.service.lists.page import list_page
from gridplan.service.needs import figures as figures_of_needs
from gridplan.service.needs import follow_up, raising, slips
from gridplan.service.registry.form import FormFields
from gridplan.service.town.search import search_pages
from gridplan.store.rows import Row
from gridplan.words import say
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.list_page import Link, ListPlace, parts_of_list, reader, send_list, send_written

pages = APIBlueprint("needs", __name__, enable_openapi=False, url_prefix="/needs")

Answer = str | Response | tuple[str, int]


@pages.app_context_processor
def _on_other_pages() -> dict[str, Callable[..., Any]]:
    return {
        "needs_of": lambda household_id: raising.needs_of(auth.store(), household_id),
        "overdue_needs": lambda: figures_of_needs.overdue_needs(auth.store(), reader()),
    }


# ---- the list


@pages.get("")
def listed() -> str:
    """List the needs of the villages of the desk."""
    return _listed()


def _listed(problem: str | None = None) -> str:
    page = list_page(auth.store(), NEEDS, reader(), request.args)
    stage = page.asked.query.filters.get("stage", "")
    asked: dict[str, Any] = {**page.asked.query.filters, "q": page.asked.query.text or None}
    stages = {"stage": stage} if stage else {}
    parts = parts_of_list(
        page, _links, ListPlace("needs.listed", "needs.list_file", {}, kept=stages, fixed={"stage": stage})
    )
    return render_template(
        "needs/list.html",
        stage=stage,
        counts=figures_of_needs.stage_counts(auth.store(), reader(), request.args),
        slips_of=url_for("needs.slips_of_list", **asked),
        problem=problem,
        taken=request.args.get("taken", type=int),
        **parts,
    )


def _links(row: Row) -> Mapping[str, list[Link]]:
    found: dict[str, list[Link]] = {"n": [(str(row["n"]), url_for("needs.need", need_n=row["n"]))]}
    if row["home"] is not None:
        home = row["home"]
        called = home["name"] or home["door"] or home["code"]
        found["home"] = [(called, url_for("town.household", household_id=home["id"]))]
    return found


@pages.get("/list.<form>")
def list_file(form: str) -> Response:
    """Send all rows that the list is asked to show, as a workbook or as CSV."""
    return send_list(NEEDS, reader(), request.args, form)


@pages.post("/take-over")
def take_over() -> Response:
    """Become the owner of the needs that nobody owns any more."""
    n = follow_up.take_over(auth.store(), auth.actor(), now=now(), today=today())
    return redirect(url_for("needs.listed", owner=auth.actor().account_id, taken=n))


# ---- slips


@pages.post("/slips")
def slips_of_list() -> Answer:
    """Send the slips of the needs in the list that departments have."""
    return _slips(slips.referred_in_list(auth.store(), reader(), request.args))


@pages.post("/<int:need_n>/slip")
def slip(need_n: int) -> Answer:
    """Send the slip of a need."""
    return _slips([need_n])


def _slips(numbers: Iterable[int]) -> Answer:
    lang, form = page_lang(), "xlsx" if request.form.get("form") == "xlsx" else "pdf"
    try:
        found = slips.print_slips(auth.store(), auth.who(), numbers, lang, now=now(), today=today())
    except InputRefused as error:
        return _listed(error.say(lang)), 422
    departments = {one.department for one in found}
    name = file_name(say("slip.title", lang), *(departments if len(departments) == 1 else ()), today().isoformat())
    if form == "pdf":
        return send_file(BytesIO(write_referral_slips(found, lang)), as_attachment=True, download_name=f"{name}.pdf")

    def write(path: Path) -> str:
        write_slip_workbook(path, found, lang)
        return f"{name}.xlsx"

    return send_written(write)


# ---- raised


@pages.get("/new")
def find() -> str:
    """Ask for the household that has a need."""
    asked = request.args.get("q", "")
    found = search_pages(auth.store(), asked, auth.actor(), "household", 1)
    return render_template("needs/find.html", asked=asked, found=found[0] if found else None)


@pages.get("/households/<int:household_id>/new")
def new(household_id: int) -> str:
    """Ask what a household needs."""
    return _new(raising.raise_page(auth.store(), household_id))


def _new(page: raising.RaisePage, form: FormFields | None = None, problem: str | None = None) -> str:
    source = next((one for one in raising.FROM if one == request.values.get("source")), "told")
    usual = {
        "id": str(uuid4()),
        "day": today().isoformat(),
        "deadline": (today() + DEADLINE).isoformat(),
        "owner": auth.actor().account_id,
        "source": source,
    }
    return render_template(
        "needs/new.html", page=page, **form_context(usual if form is None else usual | dict(form.fields), form, problem)
    )


def form_context(fields: Mapping[str, Any], form: FormFields | None, problem: str | None) -> dict[str, Any]:
    """Return what the fields of a form show and what is wrong with them."""
    lang = page_lang()
    problems = {} if form is None else {name: of.say(lang) for name, of in form.problems.items()}
    return {
        "fields": fields,
        "problems": problems,
        "problem": None if problems else problem,
        "categories": _categories(),
        "longest": LONGEST,
    }


def _categories() -> list[tuple[Category, str]]:
    return [(one, say(f"need.category.{one}", page_lang())) for one in CATEGORIES]


@pages.post("/households/<int:household_id>/new")
def save(household_id: int) -> Answer:
    """Keep what a household needs."""
    page, form = raising.raise_page(auth.store(), household_id), FormFields(request.form)
    try:
        raised = raising.parse_need(form, auth.actor(), page, today=today())
        n = raising.raise_need(auth.store(), auth.who(), raised, now=now(), today=today())
    except (InputRefused, Conflict) as error:
        return _new(page, form, error.say(page_lang())), 409 if isinstance(error, Conflict) else 422
    return redirect(url_for("needs.need", need_n=n, said="raised"))


# ---- one of them


@pages.get("/<int:need_n>")
def need(need_n: int) -> str:
    """Show a need with its history, and the steps that may follow."""
    return _need(need_n)


def _page_of(n: int) -> follow_up.NeedPage:
    return follow_up.need_page(auth.store(), n, auth.actor().scope)


def _need(n: int, form: FormFields | None = None, problem: str | None = None) -> str:
    page = _page_of(n)
    usual = {
        "day": today().isoformat(),
        "deadline": (today() + DEADLINE).isoformat(),
        "contact_person": page.contact,
        "department": page.row["department"] or "",
    }
    opened = form.fields.get("kind") if form else request.args.get("step")
    context = form_context(usual if form is None else usual | dict(form.fields), form, problem)
    if opened not in page.next:
        context["problem"] = problem  # there is no form in which its fields would be marked
    return render_template(
        "needs/need.html",
        page=page,
        row=page.row,
        new_id=lambda: str(uuid4()),
        today=today(),
        as_day=date.fromisoformat,
        opened=opened,
        **context,
    )


@pages.post("/<int:need_n>")
def answer(need_n: int) -> Answer:
    """Take the next step."""
    form = FormFields(request.form)
    try:
        given = follow_up.parse_answer(form, _page_of(need_n), today=today())
        follow_up.follow_up(auth.store(), auth.who(), need_n, given, now=now())
    except (InputRefused, Conflict) as error:
        return _need(need_n, form, error.say(page_lang())), 409 if isinstance(error, Conflict) else 422
    return redirect(url_for("needs.need", need_n=need_n, said="saved"))


# ---- counts


@pages.get("/figures")
def figures() -> str:
    """Show how many needs were raised and what became of them, by village."""
    chosen = request.args.get("village", type=int)
    scope = auth.actor().scope
    return render_template(
        "needs/figures.html",
        figures=figures_of_needs.need_figures(auth.store(), scope, today(), chosen),
        shown=figures_of_needs.SHOWN,
        rate=figures_of_needs.rate,
        chosen=chosen,
    )


@pages.get("/figures.<form>")
def figures_file(form: str) -> Response:
    """Send the counts by village, as a workbook or as CSV."""
    if form not in FORMS:
        raise NotFound("entrance.not_here")
    lang, village_id = page_lang(), request.args.get("village", type=int)
    found = figures_of_needs.need_figures(auth.store(), auth.actor().scope, today(), village_id)
    table = figures_of_needs.figures_table(found, today(), lang)

    def write(path: Path) -> str:
        write_table(form, path, table.heading[0], table, lang)
        return f"{file_name(table.name, today().isoformat())}.{form}"

    return send_written(write)
