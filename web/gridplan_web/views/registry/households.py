"""The form of a household."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import RowMapping

from gridplan.service.registry import erasure
from gridplan.service.registry import households as use
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.views.registry.blueprint import (
    NOT_REFUSED,
    Refusal,
    chosen_from,
    form_context,
    pages,
    saves,
    version,
)

FIELDS = ("code", "name", "door", "hamlet", "phone", "address", "village_id", "lon", "lat")


def _page(household_id: int | None = None, refusal: Refusal = NOT_REFUSED) -> str:
    page = use.household_edit_page(auth.store(), auth.actor(), household_id)
    stored = _fields(page.home) if page.home else {}
    return render_template(
        "registry/household.html",
        page=page,
        home=page.home,
        options=chosen_from(page.villages, none=page.home is None),
        today=today(),
        **form_context(refusal, stored or {"village_id": request.args.get("village", "")}, stored),
    )


def _fields(home: RowMapping) -> dict[str, Any]:
    is_placed = home["position"] == "exact"
    return {field: home[field] if is_placed or field not in ("lon", "lat") else None for field in FIELDS}


@pages.get("/households/new")
def new_household() -> str:
    """Show an empty form."""
    return _page()


@pages.post("/households/new")
@saves(_page, about="code")
def add_household(form: FormFields) -> str:
    """Add a household."""
    household = use.parse_household(auth.store(), auth.actor(), form)
    household_id = use.add(auth.store(), auth.who(), household, now=now())
    return _address(household_id, "added")


@pages.get("/households/<int:household_id>")
def household(household_id: int) -> str:
    """Show the form of a household."""
    return _page(household_id)


@pages.post("/households/<int:household_id>")
@saves(_page)
def change_household(form: FormFields, household_id: int) -> str:
    """Change a household; a stale form is refused and keeps what was typed."""
    household = use.parse_household(auth.store(), auth.actor(), form)
    use.update(auth.store(), auth.who(), household_id, version(), household, now=now())
    return _address(household_id, "saved")


@pages.post("/households/<int:household_id>/retire")
@saves(_page, keeps=False)
def retire_household(form: FormFields, household_id: int) -> str:
    """Retire a household as of a day."""
    day = form.required_day("day", latest=today())
    form.check()
    use.retire(auth.store(), auth.who(), household_id, version(), day, now=now())
    return _address(household_id, "retired")


@pages.post("/households/<int:household_id>/restore")
@saves(_page, keeps=False)
def restore_household(form: FormFields, household_id: int) -> str:
    """Undo that a household was retired."""
    key = form.fields.get("confirmed", "")
    use.restore(auth.store(), auth.who(), household_id, version(), now=now(), confirmed=key)
    return _address(household_id, "restored")


@pages.get("/households/<int:household_id>/erase")
def erase_page(household_id: int) -> str:
    """Show what will be lost when a household is erased."""
    return _erase_page(household_id)


def _erase_page(household_id: int, refusal: Refusal = NOT_REFUSED) -> str:
    page = erasure.erasure_page(auth.store(), household_id)
    return render_template("registry/erase.html", page=page, problem=refusal.problem)


@pages.post("/households/<int:household_id>/erase")
@saves(_erase_page, keeps=False)
def erase_household(form: FormFields, household_id: int) -> str:
    """Erase a household."""
    erasure.check_sure(form)
    erasure.erase(auth.store(), auth.who(), household_id, now=now(), today=today())
    return url_for("registry.households_list", said="erased")


def _address(household_id: int, said: str) -> str:
    return url_for("registry.household", household_id=household_id, said=said)
