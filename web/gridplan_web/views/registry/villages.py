"""The form of a village, and its boundary."""

from __future__ import annotations

from collections.abc import Iterable

import shapely
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, InputRefused
from gridplan.names import LONGEST_TEXT, whole_number
from gridplan.service.registry import village_changes, village_split
from gridplan.service.registry import villages as use
from gridplan.service.registry.form import FormFields
from gridplan.service.registry.placement import placement_page
from gridplan.words import on_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.language import page_lang
from gridplan_web.views.registry.blueprint import (
    NOT_REFUSED,
    Answer,
    Refusal,
    chosen_from,
    form_context,
    pages,
    saves,
    uploaded,
    version,
)

FIELDS = ("name", "town", "code", "phone", "start_day", "notice_day")


def _page(village_id: int | None = None, refusal: Refusal = NOT_REFUSED) -> str:
    page = placement_page(auth.store(), village_id) if village_id is not None else None
    stored = {field: page.village[field] for field in FIELDS} if page else {}
    village = page.village if page else None
    return render_template(
        "registry/village.html",
        page=page,
        village=village,
        village_options=chosen_from(village_changes.others(auth.store(), auth.actor(), village_id), none=False),
        changes=village_changes.changes(auth.store(), village_id) if village_id is not None else (),
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
    return _preview_merger(village_id)


@pages.post("/villages/<int:village_id>/merge")
def merge_village(village_id: int) -> Response | str | Answer:
    """Make a village part of another, or show again what that changes and what stands against it."""
    try:
        into, seen = _other_village(FormFields(request.form)), request.form.get("seen", "")
        village_changes.merge(auth.store(), auth.who(), village_id, into, seen, now=now(), today=today())
    except (InputRefused, Conflict) as error:
        return _preview_merger(village_id, error)
    return redirect(_address(into, "village_merged"))


def _preview_merger(village_id: int, refused: InputRefused | Conflict | None = None) -> str | Answer:
    try:
        into = _other_village(FormFields(request.form))
        found = village_changes.preview_merger(auth.store(), auth.who(), village_id, into, now=now(), today=today())
    except InputRefused as error:
        return _page(village_id, Refusal({}, error.say(page_lang()), None)), 422
    return _preview(found, village_id, [("into", into)], refused)


def _preview(
    found: village_changes.VillageChange,
    village_id: int,
    asked: Iterable[tuple[str, object]],
    refused: InputRefused | Conflict | None,
) -> str | Answer:
    """Show what a change of villages comes to, with the fields that asked for it."""
    page = render_template(
        "registry/village_change.html",
        found=found,
        village_id=village_id,
        asked=asked,
        reasons=_reasons(),
        longest=LONGEST_TEXT,
        problem=refused.say(page_lang()) if refused else None,
    )
    return (page, 409 if isinstance(refused, Conflict) else 422) if refused else page


def _reasons() -> village_split.Reasons:
    named = [(whole_number(key.removeprefix("because-")), value) for key, value in request.form.items()]
    own = {place: value for place, value in named if place is not None}
    return village_split.Reasons(own, request.form.get("because-all", ""))


@pages.get("/villages/<int:village_id>/split")
def choose_part(village_id: int) -> str:
    """Show the form that says which part of a village becomes one of its own."""
    return _part_form(village_id)


def _part_form(village_id: int, refusal: Refusal = NOT_REFUSED) -> str:
    return render_template(
        "registry/split.html",
        page=village_split.split_page(auth.store(), village_id),
        chosen={name: request.form.getlist(name) for name in ("hamlet", "grid")},
        **form_context(refusal, {"members": "1"}),
    )


@pages.post("/villages/<int:village_id>/split/preview")
def preview_split(village_id: int) -> str | Answer:
    """Show what making a village of a part of another changes, or the form again with what was chosen."""
    if "again" in request.form:
        return _part_form(village_id, Refusal(typed=request.form))
    return _preview_split(village_id)


@pages.post("/villages/<int:village_id>/split")
def split_village(village_id: int) -> Response | str | Answer:
    """Make a village of a part of another, or show again what that changes and what stands against it."""
    try:
        asked, seen = _part(FormFields(request.form)), request.form.get("seen", "")
        new_id = village_split.split(
            auth.store(), auth.who(), village_id, asked, seen, _reasons(), now=now(), today=today()
        )
    except (InputRefused, Conflict) as error:
        return _preview_split(village_id, error)
    return redirect(_address(new_id, "village_split"))


def _preview_split(village_id: int, refused: InputRefused | Conflict | None = None) -> str | Answer:
    form = FormFields(request.form)
    try:
        asked = _part(form)
        found = village_split.preview_split(auth.store(), auth.who(), village_id, asked, now=now(), today=today())
    except InputRefused as error:
        problems = {name: message.say(page_lang()) for name, message in form.problems.items()}
        problem = None if problems else error.say(page_lang())
        return _part_form(village_id, Refusal(problems, problem, request.form)), 422
    fields = ("name", "code", "codes", "members", "from_one", "hamlet", "grid")
    return _preview(found, village_id, [(name, one) for name in fields for one in request.form.getlist(name)], refused)


def _part(form: FormFields) -> village_split.SplitRequest:
    return village_split.parse_split(form, request.form.getlist("hamlet"), request.form.getlist("grid"))


@pages.post("/villages/<int:village_id>/change/undo")
@saves(_page, keeps=False)
def undo_village_change(form: FormFields, village_id: int) -> str:
    """Let villages that were merged or split be what they were."""
    known = {one["id"]: one for one in village_changes.changes(auth.store(), village_id)}
    change_id = form.chosen_id("change", known.keys())
    if change_id is None or not auth.actor().reaches({known[change_id][of] for of in ("village_id", "other_id")}):
        raise InputRefused("merger.out_of_scope")
    village_changes.undo(auth.store(), auth.who(), change_id, now=now(), today=today())
    kind = known[change_id]["kind"]
    return _address(known[change_id]["village_id"], "merger_undone" if kind == "merge" else "split_undone")


def _other_village(form: FormFields) -> int:
    """Return the village chosen in a form, which has to be one that the account holds for."""
    known = {one["id"] for one in village_changes.others(auth.store(), auth.actor(), None)}
    into = form.chosen_id("into", known)
    if into is None:
        raise InputRefused("merger.out_of_scope")
    return into


def _address(village_id: int, said: str) -> str:
    return url_for("registry.village", village_id=village_id, said=said)


def _boundary(village_id: int, refusal: Refusal = NOT_REFUSED, *, of_file: bool = False) -> str:
    page = use.boundary_page(auth.store(), auth.actor(), village_id)
    given, drawn = page.village["boundary"], (refusal.typed or {}).get("shape")
    return render_template(
        "registry/boundary.html",
        page=page,
        village=page.village,
        shape=drawn if drawn is not None else shapely.to_geojson(given) if given is not None else "",
        of_file=of_file,
        confirm_key=refusal.key,
        problem=refusal.problem,
    )


@pages.get("/villages/<int:village_id>/boundary")
def boundary(village_id: int) -> str:
    """Show the boundary of a village on the map, to be drawn."""
    return _boundary(village_id)


@pages.post("/villages/<int:village_id>/boundary/file")
def preview_boundary(village_id: int) -> Answer | str:
    """Show the boundary that a file has, before it is kept."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InputRefused("imports.no_file")
        with uploaded(file) as source:
            shape = use.boundary_of_file(auth.store(), village_id, source)
    except InputRefused as error:
        return _boundary(village_id, Refusal(problem=on_page(error.message).say(page_lang()))), 422
    return _boundary(village_id, Refusal(typed={"shape": shapely.to_geojson(shape)}), of_file=True)


@pages.post("/villages/<int:village_id>/boundary")
@saves(_boundary)
def draw_boundary(form: FormFields, village_id: int) -> str:
    """Save the boundary that was drawn, or was seen of a file."""
    shape = use.parse_shape(form.fields.get("shape", ""))
    if shape is None and "remove" not in form.fields:
        raise InputRefused("registry.nothing_drawn")
    confirmed = form.fields.get("confirmed", "")
    use.set_boundary(
        auth.store(), auth.who(), auth.actor(), village_id, version(), shape, confirmed=confirmed, now=now()
    )
    return url_for("registry.boundary", village_id=village_id, said="boundary")
