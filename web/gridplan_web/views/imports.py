"""The pages of an import: upload lists, see what they hold and would change, correct that, apply it or discard it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused, NotFound
from gridplan.service.imports import batches
from gridplan.service.imports.alike_villages import VillageQuestion
from gridplan.service.imports.preview import PREVIEW_MAP, refused_file
from gridplan.service.imports.staging import ImportChoices
from gridplan.words import LANGS, on_page
from gridplan_web import auth
from gridplan_web.clock import now, today
from gridplan_web.job_runner import wake
from gridplan_web.language import page_lang
from gridplan_web.map_answers import PreviewMap

pages = APIBlueprint("imports", __name__, enable_openapi=False)
api = APIBlueprint("imports_api", __name__, url_prefix="/api", tag="Imports")

REFUSED_FILES: Final = {"households": "refused.csv", "members": "refused_members.csv"}


@pages.get("/imports")
def upload(problem: str | None = None) -> str:
    """Ask for files, and show what waits to be confirmed."""
    waiting = batches.upload_page(auth.store(), auth.actor(), now=now())
    return render_template("imports/upload.html", waiting=waiting, problem=problem)


@pages.post("/imports")
def start() -> Response | tuple[str, int]:
    """Upload files, and have them previewed."""
    try:
        batch_id = batches.start_batch(auth.store(), auth.actor(), _uploads(), now=now())
    except InputRefused as error:
        return upload(on_page(error.message).say(page_lang())), 422
    return _run_job(batch_id)


def _uploads() -> list[batches.Upload]:
    return [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]


def _run_job(batch_id: int) -> Response:
    wake()
    return redirect(url_for("imports.batch", batch_id=batch_id))


@pages.get("/imports/<int:batch_id>")
def batch(batch_id: int, problem: str | None = None) -> str:
    """Show what files hold and would change; once they are applied, what was changed."""
    page = batches.batch_page(auth.store(), auth.actor(), batch_id)
    name = "result" if page.batch["state"] == "confirmed" else "preview"
    return render_template(f"imports/{name}.html", page=page, problem=problem)


@pages.post("/imports/<int:batch_id>/files")
def add_files(batch_id: int) -> Response | tuple[str, int]:
    """Upload more files, and have all of them previewed again."""
    try:
        batches.add_files(auth.store(), auth.actor(), batch_id, _uploads(), now=now())
    except InputRefused as error:
        return batch(batch_id, on_page(error.message).say(page_lang())), 422
    return _run_job(batch_id)


@pages.post("/imports/<int:batch_id>/choices")
def choose(batch_id: int) -> Response | tuple[str, int]:
    """Have files previewed again as the planner corrected them."""
    store, actor = auth.store(), auth.actor()
    try:
        choices = _choices(batches.batch_page(store, actor, batch_id), request.form)
        batches.save_choices(store, actor, batch_id, choices, now=now())
    except InputRefused as error:
        return batch(batch_id, on_page(error.message).say(page_lang())), 422
    return _run_job(batch_id)


def _choices(page: batches.BatchPage, form: MultiDict[str, str]) -> ImportChoices:
    """Return what the form says, as far as it differs from what was recognised without it."""
    before = page.choices
    if page.preview is None:
        return before
    kinds, frames, answers = dict(before.kinds), dict(before.frames), dict(before.answers)
    columns = {key: dict(of) for key, of in before.columns.items()}
    settled, _, settled_as = form.get("set", "").rpartition("|")
    for file in page.preview["files"]:
        key, shown = file["key"], file["kind"] if file["is_understood"] else ""
        kind = settled_as if key == settled else form.get(f"kind|{key}", shown)
        if kind and (key == settled or kind != shown):
            kinds[key] = kind  # type: ignore[assignment]  # save_choices refuses what is no kind
            columns.pop(key, None)
            continue
        frames[key] = form.get(f"frame|{key}", file["frame"]).strip()
        if form.get("offer") in file["better_frames"]:
            frames[key] = form["offer"]
        for field in file["fields"]:
            header = form.get(f"column|{key}|{field['field']}", field["header"])
            if header != field["header"]:
                columns.setdefault(key, {})[field["field"]] = header
    for home in page.preview["unsure"]:
        answer = form.get(f"answer|{home['code']}", "")
        if answer:
            answers[home["code"]] = None if answer == "new" else answer.removeprefix("is:")
        else:
            answers.pop(home["code"], None)
    villages = dict(_villages_meant(page.preview.get("alike", ()), form))
    frames = {key: frame for key, frame in frames.items() if frame}
    only_own = form["own"] == "1" if "own" in form else before.only_own
    return ImportChoices(
        kinds,
        frames,
        columns,
        answers,
        villages=villages,
        keep_grids=before.keep_grids,
        only_own=only_own,
        left_out=_left_out(page.preview.get("choice"), form, before.left_out),
    )


def _left_out(choice: Mapping[str, Any] | None, form: MultiDict[str, str], before: Sequence[str]) -> Sequence[str]:
    """Return the villages of the lists that are not ticked; those of before where nothing was asked."""
    if choice is None or "choosing" not in form:
        return before
    names, taken = [village["name"] for village in choice["villages"]], {*form.getlist("village")}
    if taken.isdisjoint(names):
        raise InputRefused("imports.choose_none")
    return tuple(name for name in names if name not in taken)


def _villages_meant(asked: Iterable[VillageQuestion], form: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    """Walk the villages that were asked about and answered for, each with the one that it is."""
    for village in asked:
        meant = form.get(f"village|{village['name']}", village["answer"])
        if meant is not None and meant in (village["name"], *village["candidates"]):
            yield village["name"], meant


@pages.post("/imports/<int:batch_id>/confirm")
def confirm(batch_id: int) -> Response | tuple[str, int]:
    """Apply what was previewed."""
    try:
        batches.confirm_batch(
            auth.store(),
            auth.actor(),
            batch_id,
            keep_grids=request.form.get("keep_grids") == "1",
            seals=request.form.getlist("seal"),
            lang=page_lang(),
            today=today(),
            now=now(),
        )
    except InputRefused as error:
        return batch(batch_id, on_page(error.message).say(page_lang())), 422
    return _run_job(batch_id)


@pages.post("/imports/<int:batch_id>/take-back")
def take_back(batch_id: int) -> Response:
    """Take back what an import brought of the land."""
    batches.take_back_land(auth.store(), auth.who(), auth.actor(), batch_id, today=today(), now=now())
    return redirect(url_for("imports.batch", batch_id=batch_id, said="taken_back"))


@pages.post("/imports/<int:batch_id>/discard")
def discard(batch_id: int) -> Response:
    """Discard the files."""
    batches.discard_batch(auth.store(), auth.actor(), batch_id, now=now())
    return redirect(url_for("imports.upload"))


@pages.get("/imports/<int:batch_id>/refused/<kind>")
def refused(batch_id: int, kind: str) -> Response:
    """Send the rows that were refused, to be mended and uploaded again."""
    name, _, lang = kind.partition(".")
    if name not in REFUSED_FILES or lang not in LANGS:
        raise NotFound("entrance.not_here")
    path = batches.preview_file(auth.store(), auth.actor(), batch_id, refused_file(name, lang))
    return send_file(path, mimetype="text/csv", as_attachment=True, download_name=REFUSED_FILES[name])


@api.get("/imports/<int:batch_id>/map.json")
@api.output(PreviewMap)
def positions(batch_id: int) -> Response:
    """Return the positions of lists that wait to be confirmed."""
    path = batches.preview_file(auth.store(), auth.actor(), batch_id, PREVIEW_MAP)
    return send_file(path, mimetype="application/json")
