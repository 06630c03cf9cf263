"""The list of villages, the form of one, and its boundary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from flask import redirect, render_template, request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError, InputRefused
from gridplan.service.registry import placement
from gridplan.service.registry import villages as use
from gridplan.service.registry.form import FormFields
from gridplan.store.registry import villages
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import pages, refused, status, uploaded, version

FIELDS = ("name", "code", "start_day", "notice_day")


@pages.get("/villages")
def villages_list() -> str:
    """List the villages of the scope."""
    with auth.store().read() as connection:
        rows = villages.rows_with_counts(connection, auth.actor().scope)
    return render_template("registry/villages.html", rows=rows)


@pages.get("/villages/new")
def new_village() -> str:
    """Show an empty form."""
    return _form(None, {})


@pages.post("/villages/new")
def add_village() -> Response | tuple[str, int]:
    """Add a village."""
    typed = FormFields(request.form)
    described = use.parse_village(typed)
    if described is None:
        return _form(None, request.form, refused(typed.problems)), 422
    try:
        village_id = use.add(auth.store(), auth.who(), described, now=now())
    except GridplanError as error:
        return _form(None, request.form, {"name": error.say(page_lang())}), status(error)
    return redirect(url_for("registry.village", village_id=village_id, said="village_added"))


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str:
    """Show the form of a village."""
    one = _village(village_id)
    return _form(one, one)


def _village(village_id: int) -> RowMapping:
    with auth.store().read() as connection:
        return villages.by_id(connection, village_id)


@pages.post("/villages/<int:village_id>")
def change_village(village_id: int) -> Response | tuple[str, int]:
    """Change a village; a stale form is refused and keeps what was typed."""
    typed = FormFields(request.form)
    described = use.parse_village(typed)
    if described is None:
        return _form(_village(village_id), request.form, refused(typed.problems)), 422
    try:
        use.update(auth.store(), auth.who(), village_id, version(), described, now=now())
    except GridplanError as error:
        return _form(_village(village_id), request.form, problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.village", village_id=village_id, said="saved"))


@pages.post("/villages/<int:village_id>/retire")
def retire_village(village_id: int) -> Response | tuple[str, int]:
    """Retire a village that has no households."""
    return _save(village_id, "village_retired", lambda seen: _retire(village_id, seen, today()))


@pages.post("/villages/<int:village_id>/restore")
def restore_village(village_id: int) -> Response | tuple[str, int]:
    """Undo that a village was retired."""
    return _save(village_id, "back", lambda seen: _retire(village_id, seen, None))


def _retire(village_id: int, seen: int, day: Any) -> None:
    use.retire(auth.store(), auth.who(), village_id, seen, day, now=now())


@pages.get("/villages/<int:village_id>/boundary")
def boundary(village_id: int) -> str:
    """Show the boundary of a village on the map, to be drawn."""
    return _boundary(village_id)


@pages.post("/villages/<int:village_id>/boundary")
def draw_boundary(village_id: int) -> Response | tuple[str, int]:
    """Keep the boundary that was drawn, or that a file has."""
    file = request.files.get("file")
    try:
        if file is not None and file.filename:
            with uploaded(file) as path:
                shape = use.boundary_of_file(path, _village(village_id)["name"])
        else:
            shape = use.parse_shape(request.form.get("shape", ""))
            if shape is None and "remove" not in request.form:
                raise InputRefused("registry.nothing_drawn")
        use.set_boundary(auth.store(), auth.who(), village_id, version(), shape, now=now())
    except GridplanError as error:
        return _boundary(village_id, error.say(page_lang()), request.form.get("shape")), status(error)
    return redirect(url_for("registry.boundary", village_id=village_id, said="boundary"))


def _boundary(village_id: int, problem: str | None = None, shape: str | None = None) -> str:
    one = _village(village_id)
    given = one["boundary"]
    remarks = use.boundary_notes(auth.store(), auth.actor(), village_id)
    return render_template(
        "registry/boundary.html",
        one=one,
        shape=shape if shape is not None else shapely.to_geojson(given) if given is not None else "",
        remarks=[remark.say(page_lang()) for remark in remarks],
        problem=problem,
    )


def _save(village_id: int, said: str, save: Any) -> Response | tuple[str, int]:
    try:
        save(version())
    except GridplanError as error:
        one = _village(village_id)
        return _form(one, one, problem=error.say(page_lang())), status(error)
    return redirect(url_for("registry.village", village_id=village_id, said=said))


def _form(
    one: RowMapping | None,
    fields: Mapping[Any, Any],
    problems: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> str:
    ground = placement.placement_page(auth.store(), one["id"]) if one else None
    return render_template(
        "registry/village.html",
        one=one,
        fields=fields,
        kept={field: one[field] for field in FIELDS} if one and problem else None,
        problems=problems or {},
        problem=problem,
        hamlets=ground.hamlets if ground else (),
        households=len(ground.homes) if ground else 0,
    )
