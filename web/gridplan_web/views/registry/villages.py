"""The form of a village, and its boundary."""

from __future__ import annotations

import shapely
from flask import render_template, request, url_for

from gridplan.errors import InputRefused
from gridplan.service.registry import village_changes
from gridplan.service.registry import villages as use
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.placement import placement_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import (
    NOT_REFUSED,
    Answer,
    Refusal,
    form_context,
    pages,
    saves,
    uploaded,
    version,
)

FIELDS = ("name", "code", "phone", "start_day", "notice_day")


def _page(village_id: int | None = None, refusal: Refusal = NOT_REFUSED) -> str:
    page = placement_page(auth.store(), village_id) if village_id is not None else None
    stored = {field: page.village[field] for field in FIELDS} if page else {}
    village = page.village if page else None
    return render_template(
        "registry/village.html",
        page=page,
        village=village,
        others=village_changes.others(auth.store(), auth.actor(), village_id),
        mergers=village_changes.mergers(auth.store(), village_id) if village_id is not None else (),
        **form_context(refusal, stored, stored),
    )


@pages.get("/villages/new")
def new_village() -> str:
    """Show an empty form."""
    return _page()


@pages.post("/villages/new")
@saves(_page, about="name")
def add_village(form: FormFields) -> str:
    """Add a village."""
    village_id = use.add(auth.store(), auth.who(), use.parse_village(form), now=now())
    return _address(village_id, "village_added")


@pages.get("/villages/<int:village_id>")
def village(village_id: int) -> str:
    """Show the form of a village."""
    return _page(village_id)


@pages.post("/villages/<int:village_id>")
@saves(_page)
def change_village(form: FormFields, village_id: int) -> str:
    """Change a village; a stale form is refused and keeps what was typed."""
    village = use.parse_village(form)
    use.update(auth.store(), auth.who(), village_id, version(), village, now=now())
    return _address(village_id, "saved")


@pages.post("/villages/<int:village_id>/retire")
@saves(_page, keeps=False)
def retire_village(form: FormFields, village_id: int) -> str:
    """Retire a village that has no households."""
    use.retire(auth.store(), auth.who(), village_id, version(), today(), now=now())
    return _address(village_id, "village_retired")


@pages.post("/villages/<int:village_id>/restore")
@saves(_page, keeps=False)
def restore_village(form: FormFields, village_id: int) -> str:
    """Undo that a village was retired."""
    use.restore(auth.store(), auth.who(), village_id, version(), now=now())
    return _address(village_id, "restored")


@pages.post("/villages/<int:village_id>/merger")
def preview_merger(village_id: int) -> str | Answer:
    """Show what making a village part of another changes."""
    try:
        into = _other_village(FormFields(request.form))
        found = village_changes.preview_merger(auth.store(), auth.who(), village_id, into, now=now(), today=today())
    except InputRefused as error:
        return _page(village_id, Refusal({}, error.say(page_lang()), None)), 422
    return render_template("registry/merger.html", found=found, village_id=village_id, into=into)


@pages.post("/villages/<int:village_id>/merge")
@saves(_page, keeps=False)
def merge_village(form: FormFields, village_id: int) -> str:
    """Make a village part of another."""
    into = _other_village(form)
    village_changes.merge(auth.store(), auth.who(), village_id, into, now=now(), today=today())
    return _address(into, "village_merged")


@pages.post("/villages/<int:village_id>/merger/undo")
@saves(_page, keeps=False)
def undo_merger(form: FormFields, village_id: int) -> str:
    """Let a village that became part of another be one again."""
    of = {one["id"]: {one["village_id"], one["other_id"]} for one in village_changes.mergers(auth.store(), village_id)}
    change_id = form.chosen_id("change", of.keys())
    if change_id is None or not auth.actor().reaches(of[change_id]):
        raise InputRefused("merger.out_of_scope")
    village_changes.undo(auth.store(), auth.who(), change_id, now=now(), today=today())
    return _address(village_id, "merger_undone")


def _other_village(form: FormFields) -> int:
    """Return the village chosen in a form, which has to be one that the account holds for."""
    known = {one["id"] for one in village_changes.others(auth.store(), auth.actor(), None)}
    into = form.chosen_id("into", known)
    if into is None:
        raise InputRefused("merger.out_of_scope")
    return into


def _address(village_id: int, said: str) -> str:
    return url_for("registry.village", village_id=village_id, said=said)


def _boundary(village_id: int, refusal: Refusal = NOT_REFUSED) -> str:
    village, notes = use.boundary_page(auth.store(), auth.actor(), village_id)
    given, drawn = village["boundary"], (refusal.typed or {}).get("shape")
    return render_template(
        "registry/boundary.html",
        village=village,
        shape=drawn if drawn is not None else shapely.to_geojson(given) if given is not None else "",
        notes=[note.say(page_lang()) for note in notes],
        problem=refusal.problem,
    )


@pages.get("/villages/<int:village_id>/boundary")
def boundary(village_id: int) -> str:
    """Show the boundary of a village on the map, to be drawn."""
    return _boundary(village_id)


@pages.post("/villages/<int:village_id>/boundary")
@saves(_boundary)
def draw_boundary(form: FormFields, village_id: int) -> str:
    """Save the boundary that was drawn, or that a file has."""
    file = request.files.get("file")
    if file is not None and file.filename:
        with uploaded(file) as path:
            shape = use.boundary_of_file(auth.store(), village_id, path)
    else:
        shape = use.parse_shape(form.fields.get("shape", ""))
        if shape is None and "remove" not in form.fields:
            raise InputRefused("registry.nothing_drawn")
    use.set_boundary(auth.store(), auth.who(), village_id, version(), shape, now=now())
    return url_for("registry.boundary", village_id=village_id, said="boundary")
