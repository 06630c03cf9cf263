"""The pages of an import: upload lists, see what they hold and would change, correct that, apply it or discard it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from sqlalchemy import RowMapping
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused, NotHere
from gridplan.service.imports import uploads
from gridplan.service.imports.detect import KINDS
from gridplan.service.imports.preview_files import FRAMES
from gridplan.service.imports.preview_job import PREVIEW_MAP, refused_file
from gridplan.service.imports.staging import ImportChoices
from gridplan.service.jobs import status
from gridplan.store.system import imports
from gridplan.words import LANGS, Message, on_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.job_runner import wake
from gridplan_web.language import page_lang

pages = APIBlueprint("imports", __name__, enable_openapi=False)
api = APIBlueprint("imports_api", __name__, url_prefix="/api", tag="Imports")

REFUSED: Final = ("households", "members")
SEEN_FIRST: Final = ("new", "new_members", "new_villages", "moved", "changed_members", "other_village")
"""The kinds of change that the sentence above the button speaks of."""


@pages.get("/imports")
def upload() -> str:
    """Ask for files, and show what waits to be confirmed."""
    return _upload_page()


def _upload_page(problem: str | None = None) -> str:
    actor = auth.actor()
    uploads.discard_old_batches(auth.store(), now=now())
    with auth.store().read() as connection:
        waiting = [
            row
            for row in imports.open_batches(connection)
            if actor.role == "administrator" or row["made_by"] == actor.account_id
        ]
    return render_template("imports/upload.html", waiting=waiting, problem=problem)


@pages.post("/imports")
def start() -> Response | tuple[str, int]:
    """Take files in and look at them."""
    try:
        batch_id = uploads.start_batch(auth.store(), auth.actor(), _uploads(), now=now())
    except InputRefused as error:
        return _upload_page(on_page(error.message).say(page_lang())), 422
    wake()
    return redirect(url_for("imports.batch", batch_id=batch_id))


def _uploads() -> list[uploads.Upload]:
    return [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]


@pages.get("/imports/<int:batch_id>")
def batch(batch_id: int) -> str:
    """Show what was understood of files, and what they would change."""
    return _batch_page(batch_id)


def _batch_page(batch_id: int, problem: str | None = None) -> str:
    store, actor = auth.store(), auth.actor()
    with store.read() as connection:
        row = uploads.batch_of(connection, actor, batch_id)
        others = uploads.overlapping_batches(connection, row)
    try:
        job = status.job_status(store, actor, row["job_id"])
    except NotHere:  # whoever has lost a village since has to look again
        job = None
    found = row["result"] or (row["preview"] if job else {})
    page = {"open": "imports/preview.html", "confirmed": "imports/result.html"}.get(row["state"])
    if page is None:
        raise NotHere("entrance.not_here")
    return render_template(
        page,
        row=row,
        job=job,
        found=found,
        others=others,
        kinds=KINDS,
        frames=FRAMES,
        problem=problem,
        summary=list(_summary(found)),
        keep=_keeps(row),
        offers=list(_offers(found)),
        is_taking=job is not None and job.is_open and job.kind == "import",
    )


def _summary(found: dict[str, Any]) -> Iterator[Message]:
    changes = found.get("changes", {})
    return (Message(f"imports.change.{kind}", {"n": changes[kind]["n"]}) for kind in SEEN_FIRST if kind in changes)


def _offers(found: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the frames that some files should rather be read in, each with those files."""
    pieces = found.get("pieces", ())
    for frame in dict.fromkeys(frame for piece in pieces for frame in piece["offers"]):
        yield frame, [piece for piece in pieces if frame in piece["offers"]]


def _keeps(row: RowMapping) -> bool:
    """Return whether to start from the grids that the lists have: yes, unless the planner said no."""
    chosen = row["choices"].get("keep")
    return bool(row["preview"].get("grids")) if chosen is None else bool(chosen)


@pages.post("/imports/<int:batch_id>/files")
def add_files(batch_id: int) -> Response | tuple[str, int]:
    """Take more files in and look again."""
    try:
        uploads.add_files(auth.store(), auth.actor(), batch_id, _uploads(), now=now())
    except InputRefused as error:
        return _batch_page(batch_id, on_page(error.message).say(page_lang())), 422
    wake()
    return redirect(url_for("imports.batch", batch_id=batch_id))


@pages.post("/imports/<int:batch_id>/choices")
def choose(batch_id: int) -> Response | tuple[str, int]:
    """Look again as the planner corrected it."""
    store, actor = auth.store(), auth.actor()
    with store.read() as connection:
        row = uploads.batch_of(connection, actor, batch_id)
    try:
        uploads.save_choices(store, actor, batch_id, _choices(row, request.form), now=now())
    except InputRefused as error:
        return _batch_page(batch_id, on_page(error.message).say(page_lang())), 422
    wake()
    return redirect(url_for("imports.batch", batch_id=batch_id))


def _choices(row: RowMapping, form: MultiDict[str, str]) -> ImportChoices:
    """Return what the form says, as far as it is something else than what was understood without it."""
    before = ImportChoices(**row["choices"])
    kinds, frames, answers = dict(before.kinds), dict(before.frames), dict(before.answers)
    columns = {key: dict(of) for key, of in before.columns.items()}
    for piece in row["preview"].get("pieces", ()):
        key = piece["key"]
        kind = form.get(f"kind|{key}", piece["kind"])
        if kind != piece["kind"]:
            kinds[key] = kind
            columns.pop(key, None)
            continue
        frames[key] = form.get(f"frame|{key}", piece["frame"]).strip()
        if form.get("offer") in piece["offers"]:
            frames[key] = form["offer"]
        for field in piece["fields"]:
            header = form.get(f"column|{key}|{field['field']}", field["header"])
            if header != field["header"]:
                columns.setdefault(key, {})[field["field"]] = header
    for one in row["preview"].get("unsure", ()):
        said = form.get(f"answer|{one['code']}", "")
        if said:
            answers[one["code"]] = None if said == "new" else said.removeprefix("is:")
        else:
            answers.pop(one["code"], None)
    return ImportChoices(
        kinds, {key: frame for key, frame in frames.items() if frame}, columns, answers, keep=before.keep
    )


@pages.post("/imports/<int:batch_id>/confirm")
def confirm(batch_id: int) -> Response:
    """Take over what was previewed."""
    keep = request.form.get("keep") == "1"
    uploads.confirm_batch(auth.store(), auth.actor(), batch_id, keep=keep, lang=page_lang(), today=today(), now=now())
    wake()
    return redirect(url_for("imports.batch", batch_id=batch_id))


@pages.post("/imports/<int:batch_id>/discard")
def discard(batch_id: int) -> Response:
    """Throw the files away."""
    uploads.discard_batch(auth.store(), auth.actor(), batch_id, now=now())
    return redirect(url_for("imports.upload"))


@pages.get("/imports/<int:batch_id>/refused/<kind>")
def refused(batch_id: int, kind: str) -> Response:
    """Send the rows that were refused, to be mended and dropped again."""
    name, _, lang = kind.partition(".")
    if name not in REFUSED or lang not in LANGS:
        raise NotHere("entrance.not_here")
    path = uploads.preview_file(auth.store(), auth.actor(), batch_id, refused_file(name, lang))
    called = "refused.csv" if name == "households" else "refused_members.csv"
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=called)


@api.get("/imports/<int:batch_id>/map.json")
@api.doc(responses={200: "Outlines of villages and a sample of the positions, each with whether it is in its village"})
def positions(batch_id: int) -> Response:
    """Return the positions of lists that wait to be confirmed."""
    path = uploads.preview_file(auth.store(), auth.actor(), batch_id, PREVIEW_MAP)
    return send_file(path, mimetype="application/json")
