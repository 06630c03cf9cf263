"""The list of households, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.service.registry import households as use
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.views.registry.blueprint import NOTHING_WRONG, chosen_from, list_query, pages, saved, version

FIELDS = ("code", "name", "door", "hamlet", "phone", "address", "village_id", "lon", "lat")


@pages.get("/households")
def households_list() -> str:
    """List the households of the scope."""
    query = list_query(use.FILTERS)
    page = use.household_list(auth.store(), auth.actor(), query)
    return render_template("registry/households.html", page=page, query=query, filters=use.FILTERS)


@pages.get("/households/new")
def new_household() -> str:
    """Show an empty form."""
    return _page(None, {"village_id": request.args.get("village", "")})


@pages.post("/households/new")
def add_household() -> Response | tuple[str, int]:
    """Add a household."""
    form = FormFields(request.form)

    def save() -> str:
        household = use.parse_household(auth.store(), auth.actor(), form)
        household_id = use.add(auth.store(), auth.who(), household, now=now())
        return _address(household_id, "added")

    return saved(form, save, partial(_page, None, request.form), about="code")


@pages.get("/households/<int:household_id>")
def household(household_id: int) -> str:
    """Show the form of a household."""
    return _page(household_id)


@pages.post("/households/<int:household_id>")
def change_household(household_id: int) -> Response | tuple[str, int]:
    """Change a household; a stale form is refused and keeps what was typed."""
    form = FormFields(request.form)

    def save() -> str:
        household = use.parse_household(auth.store(), auth.actor(), form)
        use.update(auth.store(), auth.who(), household_id, version(), household, now=now())
        return _address(household_id, "saved")

    return saved(form, save, partial(_page, household_id, request.form))


@pages.post("/households/<int:household_id>/retire")
def retire_household(household_id: int) -> Response | tuple[str, int]:
    """Retire a household as of a day."""
    form = FormFields(request.form)

    def save() -> str:
        day = form.required_day("day", latest=today())
        form.check()
        use.retire(auth.store(), auth.who(), household_id, version(), day, now=now())
        return _address(household_id, "retired")

    return saved(form, save, partial(_page, household_id))


@pages.post("/households/<int:household_id>/restore")
def restore_household(household_id: int) -> Response | tuple[str, int]:
    """Undo that a household was retired."""

    def save() -> str:
        use.restore(auth.store(), auth.who(), household_id, version(), now=now())
        return _address(household_id, "restored")

    return saved(FormFields({}), save, partial(_page, household_id))


def _address(household_id: int, said: str) -> str:
    return url_for("registry.household", household_id=household_id, said=said)


def _page(
    household_id: int | None,
    typed: Mapping[str, Any] | None = None,
    *,
    problems: Mapping[str, str] = NOTHING_WRONG,
    problem: str | None = None,
) -> str:
    page = use.household_edit_page(auth.store(), auth.actor(), household_id)
    stored = _fields(page.home) if page.home else {}
    return render_template(
        "registry/household.html",
        page=page,
        home=page.home,
        fields=stored if typed is None else typed,
        stored=stored if problem else None,
        problems=problems,
        problem=problem,
        options=chosen_from(page.villages, none=page.home is None),
        today=today(),
    )


def _fields(home: RowMapping) -> dict[str, Any]:
    is_placed = home["position"] == "exact"
    return {field: home[field] if is_placed or field not in ("lon", "lat") else None for field in FIELDS}
