"""Meeting packs: made with one press, fetched by links that hold for one download."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final, cast

from apiflask import APIBlueprint
from flask import redirect, render_template, request, send_file, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused, NotFound
from gridplan.names import one_line
from gridplan.profiles import PROFILES, Profile
from gridplan.service.jobs import control
from gridplan.service.meeting import downloads, pack_job, packs
from gridplan.service.meeting import preview as previews
from gridplan.service.meeting.forms import FORMS, SIZES, Format
from gridplan.service.meeting.packs import LONGEST_NAME, LONGEST_REASON, PackForm, PackRequest
from gridplan.words import LANGS, Message, series
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings
from gridplan_web.job_runner import wake
from gridplan_web.language import page_lang

pages = APIBlueprint("meeting", __name__, enable_openapi=False)

SAID: Final = frozenset({"changed", "retired", "again"})
FIRST_FORMS: Final = frozenset({("wall-map", "pdf"), ("roster", "xlsx")})
"""What is ticked at first."""
SCOPES: Final = ("town", "villages", "grids")
Answer = Response | tuple[str, int]


def _said() -> str | None:
    said = request.args.get("said")
    return said if said in SAID else None


@pages.get("/packs")
def listed() -> str:
    """Show the packs that are made with one press, and what was made."""
    store, actor = auth.store(), auth.actor()
    page = packs.pack_page(store, actor, before=request.args.get("before", type=int), now=now())
    jobs = control.open_jobs(store, actor, pack_job.KIND)
    return render_template("meeting/packs.html", page=page, jobs=jobs, said=_said())


# ---- a new one


@pages.get("/packs/new")
def new() -> str:
    """Ask what a pack is to be of, and which forms it is to have."""
    like = request.args.get("like", type=int)
    if like is not None:
        found = packs.saved_pack(auth.store(), auth.actor(), like, now=now())
        return _form(_typed(found.asked) | {"name": found.row["name"]}, found.asked.draft_id)
    village, draft_id = request.args.get("village", type=int), request.args.get("draft", type=int) or None
    typed: dict[str, Any] = {"scope": "town" if village is None else "villages", "villages": [village]}
    typed |= {"profile": PROFILES[0], "lang": page_lang(), "forms": FIRST_FORMS, "sizes": {}}
    return _form(typed, draft_id)


def _typed(asked: PackRequest) -> dict[str, Any]:
    """Return what the form holds of a pack."""
    inside = asked.villages
    return {
        "scope": "town" if inside is None else "grids" if asked.grids else "villages",
        "villages": [*(inside or ())],
        "of": inside[0] if inside and asked.grids else None,
        "numbers": ", ".join(map(str, asked.grids)),
        "profile": asked.profile,
        "lang": asked.lang,
        "forms": {(one.form, one.format) for one in asked.forms},
        "sizes": {one.form: one.size for one in asked.forms},
        "ground": any(one.with_ground for one in asked.forms),
        "imagery": any(one.with_imagery for one in asked.forms),
    }


def _form(
    typed: dict[str, Any], draft_id: int | None, problem: Message | None = None, *, changes: RowMapping | None = None
) -> str:
    """Show the form of a new pack, or of a saved one that it changes."""
    choices = packs.pack_choices(auth.store(), auth.actor(), draft_id=draft_id, today=today())
    if typed["scope"] == "town" and not choices.has_town:
        typed |= {"scope": "villages", "villages": [id_ for id_, _, _ in choices.villages]}
    return render_template(
        "meeting/new.html",
        choices=choices,
        typed=typed,
        draft_id=draft_id,
        changes=changes,
        problem=problem,
        previewed=previews.PREVIEWED,
        village_options=[(id_, name) for id_, name, _ in choices.villages],
        profiles_said=lambda profiles: series(Message(f"profile.{one}") for one in profiles),
        languages=town_settings().languages,
    )


@pages.get("/packs/preview/<form>.png")
def preview(form: str) -> Response:
    """Show a page of a form at a profile."""
    key = next((key for key in FORMS if key == form), None)
    if key is None:
        raise NotFound("entrance.not_here")
    args = request.args
    wanted = previews.Previewed(key, _profile(args.get("profile", "")), page_lang(), args.get("village", type=int))
    shown = previews.preview(auth.store(), auth.actor(), wanted, now=now(), today=today())
    return send_file(BytesIO(shown), "image/png")


@pages.post("/packs")
def make() -> Answer:
    """Make a pack, and keep it if it is to be made again."""
    store, actor, form = auth.store(), auth.actor(), request.form
    draft_id = form.get("draft", type=int)
    reason, name = _line("reason", LONGEST_REASON), _line("name", LONGEST_NAME)
    try:
        asked = _asked(draft_id)
        packs.check_request(store, actor, asked, reason, today=today())
        if form.get("keep") == "1" and not name:
            raise InputRefused("pack.no_name")
    except InputRefused as refused:
        return _form(_typed_again(), draft_id, refused.message), 422
    kept = packs.save_pack(store, actor, name, asked, reason, now=now()) if form.get("keep") == "1" else None
    return _queued(asked, reason, kept)


def _line(field: str, longest: int) -> str:
    return one_line(request.form.get(field, ""))[:longest]


def _asked(draft_id: int | None) -> PackRequest:
    """Return what a form asks for."""
    form = request.form
    chosen = form.get("scope")
    inside: tuple[int, ...] | None = tuple(sorted({*form.getlist("village", type=int)}))
    grids: tuple[int, ...] = ()
    if chosen == "town":
        inside = None
    elif chosen == "grids":
        inside, grids = (form.get("of", 0, type=int),), packs.grid_numbers(form.get("numbers", ""))
    forms = tuple(
        PackForm(
            key,
            format_,
            size=form.get(f"size-{key}", "") if key in SIZES else "",
            with_ground=key == "map" and form.get("ground") == "1",
            with_imagery=key == "map" and form.get("imagery") == "1",
        )
        for key in FORMS
        for format_ in cast(list[Format], dict.fromkeys(form.getlist(f"form-{key}")))
    )
    return PackRequest(
        forms=forms,
        lang=next((lang for lang in LANGS if lang == form.get("lang")), page_lang()),
        profile=_profile(form.get("profile", "")),
        villages=inside,
        grids=grids,
        draft_id=draft_id,
    )


def _profile(text: str) -> Profile:
    return next((profile for profile in PROFILES if profile == text), PROFILES[0])


def _typed_again() -> dict[str, Any]:
    """Return what was typed, as it stood there."""
    form = request.form
    return {
        "scope": next((scope for scope in SCOPES if scope == form.get("scope")), SCOPES[0]),
        "villages": form.getlist("village", type=int),
        "of": form.get("of", type=int),
        "numbers": form.get("numbers", ""),
        "profile": _profile(form.get("profile", "")),
        "lang": form.get("lang"),
        "forms": {(key, format_) for key in FORMS for format_ in form.getlist(f"form-{key}")},
        "sizes": {key: form.get(f"size-{key}") for key in FORMS},
        "ground": form.get("ground") == "1",
        "imagery": form.get("imagery") == "1",
        "reason": form.get("reason", ""),
        "name": form.get("name", ""),
        "once": form.get("keep") != "1",
    }


def _queued(asked: PackRequest, reason: str, pack_id: int | None) -> Response:
    job_id = pack_job.request_pack(auth.store(), auth.actor(), asked, reason, pack_id=pack_id, now=now())
    wake()
    return redirect(url_for("meeting.progress", job_id=job_id))


# ---- one that is saved


@pages.post("/packs/<int:pack_id>/make")
def make_saved(pack_id: int) -> Answer:
    """Make a saved pack, of today; where its reason is too old, ask for it first, and where it cannot be made, say why.

    The form that changes it then holds what it was.
    """
    store, actor = auth.store(), auth.actor()
    found = packs.saved_pack(store, actor, pack_id, now=now())
    if found.needs_reason:
        return redirect(url_for("meeting.reason", pack_id=pack_id))
    reason = found.row["reason"] or ""
    try:
        packs.check_request(store, actor, found.asked, reason, today=today())
    except (InputRefused, NotFound) as refused:
        problem = refused.message if isinstance(refused, InputRefused) else Message("pack.draft_gone")
        return _form(_typed(found.asked) | {"name": found.row["name"]}, None, problem, changes=found.row), 422
    return _queued(found.asked, reason, pack_id)


@pages.get("/packs/<int:pack_id>/change")
def change_form(pack_id: int) -> Answer | str:
    """Show a saved pack in the form that changes it; one whose draft is gone becomes one of the current plans."""
    found = packs.saved_pack(auth.store(), auth.actor(), pack_id, now=now())
    draft_id = request.args.get("draft", found.asked.draft_id, type=int) or None
    typed = _typed(found.asked) | {"name": found.row["name"]}
    try:
        return _form(typed, draft_id, changes=found.row)
    except NotFound:
        return _form(typed, None, Message("pack.draft_gone"), changes=found.row)


@pages.post("/packs/<int:pack_id>/change")
def change(pack_id: int) -> Answer:
    """Change a saved pack; its reason is asked for again where it shows more than before, or of more."""
    store, actor = auth.store(), auth.actor()
    found = packs.saved_pack(store, actor, pack_id, now=now())
    draft_id = request.form.get("draft", type=int)
    reason, name = _line("reason", LONGEST_REASON), _line("name", LONGEST_NAME)
    try:
        asked = _asked(draft_id)
        packs.check_request(store, actor, asked, reason or packs.reason_kept(found, asked), today=today())
        if not name:
            raise InputRefused("pack.no_name")
    except InputRefused as refused:
        return _form(_typed_again(), draft_id, refused.message, changes=found.row), 422
    packs.change_pack(store, actor, pack_id, name, asked, reason, now=now())
    return redirect(url_for("meeting.listed", said="changed"))


@pages.get("/packs/<int:pack_id>/reason")
def reason(pack_id: int) -> str | Response:
    """Ask again why the profile of a pack is needed, once a year has passed."""
    found = packs.saved_pack(auth.store(), auth.actor(), pack_id, now=now())
    if not found.needs_reason:
        return redirect(url_for("meeting.listed"))
    return render_template("meeting/reason.html", pack=found, problem=None)


@pages.post("/packs/<int:pack_id>/reason")
def renew_reason(pack_id: int) -> Answer:
    """Keep why the profile of a pack is needed, for another year, and make the pack."""
    given = _line("reason", LONGEST_REASON)
    try:
        packs.renew_reason(auth.store(), auth.actor(), pack_id, given, now=now())
    except InputRefused as refused:
        found = packs.saved_pack(auth.store(), auth.actor(), pack_id, now=now())
        return render_template("meeting/reason.html", pack=found, problem=refused.message), 422
    return make_saved(pack_id)


@pages.post("/packs/<int:pack_id>/retire")
def retire(pack_id: int) -> Response:
    """Offer a pack no more."""
    packs.retire_pack(auth.store(), auth.actor(), pack_id, now=now())
    return redirect(url_for("meeting.listed", said="retired"))


# ---- what is made


@pages.get("/packs/jobs/<int:job_id>")
def progress(job_id: int) -> str | Response:
    """Show how far a pack is; the page may be left, and loaded again."""
    job = control.job_status(auth.store(), auth.actor(), job_id)
    if job.kind != pack_job.KIND:
        raise NotFound("entrance.not_here")
    if job.state == "done":
        return redirect(
            url_for("meeting.snapshot_files", snapshot_id=job.result["snapshot"], said=job.result.get("said"))
        )
    return render_template("meeting/progress.html", job=job)


@pages.get("/packs/made/<int:snapshot_id>")
def snapshot_files(snapshot_id: int) -> str:
    """Show the files of a snapshot, each with a button that fetches it."""
    return render_template(
        "meeting/made.html", made=packs.made_pack(auth.store(), auth.actor(), snapshot_id), said=_said()
    )


@pages.post("/packs/files/<int:file_id>/download")
def download(file_id: int) -> Response:
    """Make a link to a file and follow it; a file that is not kept any more is made again first."""
    token = downloads.new_link(auth.store(), auth.actor(), file_id, now=now())
    if token is not None:
        return redirect(url_for("meeting.fetch", token=token), 303)
    job_id = pack_job.request_again(auth.store(), auth.actor(), file_id, now=now())
    wake()
    return redirect(url_for("meeting.progress", job_id=job_id))


@pages.get("/packs/downloads/<token>")
def fetch(token: str) -> Answer:
    """Send the file of a link, once; afterwards offer another link to the same account."""
    if request.method == "HEAD":  # what only asks for headers uses nothing up
        return Response(status=204)
    found = downloads.fetch(auth.store(), auth.actor(), token, now=now())
    if found.path is None:
        return render_template("meeting/link_over.html", found=found), 410
    whole = BytesIO(found.path.read_bytes())  # a part of it would use the link up as well
    return send_file(whole, as_attachment=True, download_name=found.name, conditional=False)
