"""The list of households, and the form of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flask import redirect, render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError
from gridplan.service.registry import households as use
from gridplan.service.registry.form import FormFields
from gridplan.store.registry import households, villages
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import PAGE, chosen_from, filters, pages, refused, status, version

FIELDS = ("code", "name", "door", "hamlet", "phone", "address", "village_id", "lon", "lat")


@pages.get("/households")
def households_list() -> str:
    """List the households of the scope."""
    asked = filters(get_args(households.HouseholdFilter))
    scope = auth.actor().scope
    with auth.store().read() as connection:
        known = villages.rows(connection, scope)
        rows, total = households.page_of_rows(
            connection,
            scope,
            village_id=asked["village_id"],
            which=asked["which"],
            text=asked["text"],
            start=(asked["page"] - 1) * PAGE,
            most=PAGE,
        )
    return render_template("registry/households.html", rows=rows, total=total, villages=known, asked=asked, most=PAGE)


@pages.get("/households/new")
def new_household() -> str:
    """Show an empty form."""
    return _form(None, {"village_id": request.args.get("village", "")})


@pages.post("/households/new")
def add_household() -> Response | tuple[str, int]:
    """Add a household."""
    typed = FormFields(request.form)
    described = use.parse_household(auth.store(), auth.actor(), typed)
    if described is None:
        return _form(None, request.form, refused(typed.problems)), 422
    try:
        household_id = use.add(auth.store(), auth.who(), described, now=now())
    except GridplanError as error:
        return _form(None, request.form, {"code": error.say(page_lang())}), status(error)
    return redirect(url_for("registry.household", household_id=household_id, said="added"))


@pages.get("/households/<int:household_id>")
def household(household_id: int) -> str:
    """Show the form of a household."""
    home = _home(household_id)
    return _form(home, _fields(home))


def _home(household_id: int) -> RowMapping:
    with auth.store().read() as connection:
        return households.by_id(connection, household_id)


def _fields(home: RowMapping) -> dict[str, Any]:
    own = home["position"] == "exact"
    return {field: home[field] if own or field not in ("lon", "lat") else None for field in FIELDS}


@pages.post("/households/<int:household_id>")
def change_household(household_id: int) -> Response | tuple[str, int]:
    """Change a household; a stale form is refused and keeps what was typed."""
    typed = FormFields(request.form)
    described = use.parse_household(auth.store(), auth.actor(), typed)
    if described is None:
        return _form(_home(household_id), request.form, refused(typed.problems)), 422
    try:
        use.update(auth.store(), auth.who(), household_id, version(), described, now=now())
    except GridplanError as error:
        return _form(_home(household_id), request.form, problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.household", household_id=household_id, said="saved"))


@pages.post("/households/<int:household_id>/retire")
def retire_household(household_id: int) -> Response | tuple[str, int]:
    """Retire a household as of a day."""
    typed = FormFields(request.form)
    day = typed.day("day", latest=today(), required=True)
    if day is None or typed.problems:
        home = _home(household_id)
        return _form(home, _fields(home), refused(typed.problems)), 422
    return _retire(household_id, day, "retired")


@pages.post("/households/<int:household_id>/restore")
def restore_household(household_id: int) -> Response | tuple[str, int]:
    """Undo that a household was retired."""
    return _retire(household_id, None, "back")


def _retire(household_id: int, day: Any, said: str) -> Response | tuple[str, int]:
    try:
        use.retire(auth.store(), auth.who(), household_id, version(), day, now=now())
    except GridplanError as error:
        home = _home(household_id)
        return _form(home, _fields(home), problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.household", household_id=household_id, said=said))


def _form(
    home: RowMapping | None,
    fields: Mapping[str, Any],
    problems: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> str:
    with auth.store().read() as connection:
        known = villages.rows(connection, auth.actor().scope)
        hamlets = households.hamlets_of(connection, auth.actor().scope)
    return render_template(
        "registry/household.html",
        home=home,
        fields=fields,
        kept=_fields(home) if home and problem else None,
        problems=problems or {},
        problem=problem,
        options=chosen_from(known, none=home is None),
        hamlets=hamlets,
        nearby=use.grids_with_room(auth.store(), home) if home and home["no_grid"] else (),
        today=today(),
    )
