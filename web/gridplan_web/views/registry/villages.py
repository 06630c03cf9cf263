"""The list of villages, the form of one, and its boundary."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import shapely
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import GridplanError, InputRefused
from gridplan.service.registry import villages as use
from gridplan.service.registry.form import FormFields
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import NOTHING_WRONG, pages, saved, status, uploaded, version

FIELDS = ("name", "code", "start_day", "notice_day")


@pages.get("/villages")
def villages_list() -> str:
    """List the villages of the scope."""
    return render_template("registry/villages.html", rows=use.village_list(auth.store(), auth.actor()))


@pages.get("/villages/new")
def new_village() -> str:
    """Show an empty form."""
    return _page(None)


@pages.post("/villages/new")
def add_village() -> Response | tuple[str, int]:
    """Add a village."""
    form = FormFields(request.form)

    def save() -> str:
        village_id = use.add(auth.store(), auth.who(), use.parse_village(form), now=now())
        return _address(village_id, "village_added")

    return saved(form, save, partial(_page, None, request.form), about="name")


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str:
    """Show the form of a village."""
    return _page(village_id)


@pages.post("/villages/<int:village_id>")
def change_village(village_id: int) -> Response | tuple[str, int]:
    """Change a village; a stale form is refused and keeps what was typed."""
    form = FormFields(request.form)

    def save() -> str:
        village = use.parse_village(form)
        use.update(auth.store(), auth.who(), village_id, version(), village, now=now())
        return _address(village_id, "saved")

    return saved(form, save, partial(_page, village_id, request.form))


@pages.post("/villages/<int:village_id>/retire")
def retire_village(village_id: int) -> Response | tuple[str, int]:
    """Retire a village that has no households."""

    def save() -> str:
        use.retire(auth.store(), auth.who(), village_id, version(), today(), now=now())
        return _address(village_id, "village_retired")

    return saved(FormFields({}), save, partial(_page, village_id))


@pages.post("/villages/<int:village_id>/restore")
def restore_village(village_id: int) -> Response | tuple[str, int]:
    """Undo that a village was retired."""

    def save() -> str:
        use.restore(auth.store(), auth.who(), village_id, version(), now=now())
        return _address(village_id, "restored")

    return saved(FormFields({}), save, partial(_page, village_id))


def _address(village_id: int, said: str) -> str:
    return url_for("registry.village", village_id=village_id, said=said)


def _page(
    village_id: int | None,
    typed: Mapping[str, Any] | None = None,
    *,
    problems: Mapping[str, str] = NOTHING_WRONG,
    problem: str | None = None,
) -> str:
    page = use.village_edit_page(auth.store(), village_id)
    stored = {field: page.village[field] for field in FIELDS} if page.village else {}
    return render_template(
        "registry/village.html",
        page=page,
        village=page.village,
        fields=stored if typed is None else typed,
        stored=stored if problem else None,
        problems=problems,
        problem=problem,
    )


@pages.get("/villages/<int:village_id>/boundary")
def boundary(village_id: int) -> str:
    """Show the boundary of a village on the map, to be drawn."""
    return _boundary(village_id)


@pages.post("/villages/<int:village_id>/boundary")
def draw_boundary(village_id: int) -> Response | tuple[str, int]:
    """Save the boundary that was drawn, or that a file has."""
    file = request.files.get("file")
    try:
        if file is not None and file.filename:
            with uploaded(file) as path:
                shape = use.boundary_of_file(path, use.village_name(auth.store(), village_id))
        else:
            shape = use.parse_shape(request.form.get("shape", ""))
            if shape is None and "remove" not in request.form:
                raise InputRefused("registry.nothing_drawn")
        use.set_boundary(auth.store(), auth.who(), village_id, version(), shape, now=now())
    except GridplanError as error:
        return _boundary(village_id, error.say(page_lang()), request.form.get("shape")), status(error)
    return redirect(url_for("registry.boundary", village_id=village_id, said="boundary"))


def _boundary(village_id: int, problem: str | None = None, shape: str | None = None) -> str:
    page = use.boundary_page(auth.store(), auth.actor(), village_id)
    given = page.village["boundary"]
    return render_template(
        "registry/boundary.html",
        village=page.village,
        shape=shape if shape is not None else shapely.to_geojson(given) if given is not None else "",
        notes=[note.say(page_lang()) for note in page.notes],
        problem=problem,
    )
