"""The phone of a member: the shell that opens without signal, the list it keeps, and what it sends.

The shell's routes ask nobody who they are, hold nothing of the town and lead nowhere else, so that a browser can keep
them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from apiflask import APIBlueprint
from flask import abort, current_app, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.operations import read_request
from gridplan.errors import InputRefused
from gridplan.service.access.invitations import code_for_elsewhere
from gridplan.service.phone.batch import SyncAnswer, take_batch
from gridplan.service.phone.devices import device_of_token, new_device
from gridplan.service.phone.own_data import milliseconds, own_data
from gridplan.service.phone.sender import Result
from gridplan.words import LANGS, NO_TITLES, Lang, say, sentences, use_titles
from gridplan_web import auth
from gridplan_web.clock import now, today, town_settings, town_state, zone
from gridplan_web.former_ports import moved_to
from gridplan_web.language import page_lang
from gridplan_web.views.static_files import BUILT, FOLDER, asset

pages = APIBlueprint("phone", __name__, enable_openapi=False, url_prefix="/m")

WORDS: Final = (
    *("phone.", "own.", "visit.outcome.", "visit.channel.", "visit.state.", "need.category.", "correction.kind."),
    *("need.one", "need.raise", "need.new_of", "need.text", "need.category", "need.solved_at_once", "need.save"),
    *("correction.field.", "registry.hamlet", "map.grid", "map.zoom_in", "map.zoom_out", "town.mine_none"),
    *("entrance.code_hint", "desk.skip", "page.language"),
)
"""The words of the shell's screens: by the beginnings of their codes."""
ICONS: Final = {size: f"phone/icon-{size}.png" for size in (192, 512)}
PARTS: Final = ("phone/phone.css", "phone/shell.js", *ICONS.values())
"""What the shell loads."""
WORKER: Final = FOLDER / BUILT / "phone" / "worker.js"


@pages.get("/")
@pages.get("/setup", endpoint="setup")
def shell() -> str:
    """Show the page in which everything is that a phone needs without signal, in both languages."""
    return _shell(page_lang())


def _shell(shown: Lang) -> str:
    use_titles(NO_TITLES)  # those of the town come with the list
    return render_template("phone/shell.html", words={lang: sentences(WORDS, lang) for lang in LANGS}, shown=shown)


@pages.get("/sw.js")
def worker() -> Response:
    """Send the worker that keeps the shell, after what there is to keep: it changes whenever any of that does."""
    script = WORKER.read_text(encoding="utf-8")
    files = [url_for("phone.shell"), url_for("phone.setup"), url_for("phone.manifest"), *map(asset, PARTS)]
    version = sha256((_shell("zh") + script).encode()).hexdigest()[:12]
    told = json.dumps({"version": version, "files": files})
    return current_app.response_class(f"self.SHELL = {told};\n{script}", mimetype="text/javascript")


@pages.get("/manifest.webmanifest")
def manifest() -> Response:
    """Tell a phone what the shell is called on its home screen."""
    told = {
        "id": url_for("phone.shell"),
        "name": say("phone.app_name", page_lang()),
        "short_name": say("phone.app_name", page_lang()),
        "lang": page_lang(),
        "start_url": url_for("phone.shell"),
        "scope": url_for("phone.shell"),
        "display": "standalone",
        "icons": [{"src": asset(name), "sizes": f"{size}x{size}", "type": "image/png"} for size, name in ICONS.items()],
    }
    return current_app.response_class(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")


@pages.get("/api/list")
def own_list() -> Response:
    """Tell the phone of the member who is signed in what it keeps: the own grids, whom to visit, the own visits."""
    session, lang = auth.session(), page_lang()
    names = town_settings().household_names
    kept = own_data(auth.store(), session.actor, now=now(), today=today(), town=town_state(), names=names)
    titles = {"lead": say("map.lead", lang), "deputy": say("town.deputy", lang)}
    return jsonify(kept | {"csrf": session.csrf, "titles": titles})


@pages.post("/api/device")
def add_device() -> Response:
    """Give the phone of the member who is signed in a token to send by."""
    made = new_device(auth.store(), auth.actor(), address=request.host_url.rstrip("/"), now=now(), today=today())
    return jsonify(token=made.token, member=made.member_id, epoch=made.epoch)


@pages.post("/api/code")
def add_code() -> Response:
    """Give who is signed in a code for another browser of the same phone, which was never signed in by the card."""
    made = code_for_elsewhere(auth.store(), auth.actor(), now=now())
    return jsonify(code=made.code, until=milliseconds(made.expires_at))


REFUSED: Final[Mapping[str, int]] = {"sync.not_understood": 400, "sync.too_many": 413, "sync.other_version": 426}
"""The status for a request of which nothing is taken, so that the phone keeps all of it, by what is wrong with it."""


@pages.post("/api/sync")
def sync() -> Response | tuple[Response, int]:
    """Take what a phone kept until there was signal: it proves itself by its token, and no cookie is read."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    device = device_of_token(auth.store(), token.strip(), now()) if scheme.lower() == "bearer" else None
    if device is None:
        abort(401)
    try:
        asked = read_request(request.get_json())
    except InputRefused as error:
        return jsonify(message=error.say(page_lang())), REFUSED[error.message.code]
    return jsonify(_answered(take_batch(auth.store(), device, asked, now=now(), zone=zone())))


def _answered(answer: SyncAnswer) -> dict[str, Any]:
    told = {
        "now": milliseconds(now()),
        "epoch": answer.epoch,
        "high": answer.high,
        "kept_until": answer.kept_until and milliseconds(answer.kept_until),
        "results": [_result(one) for one in answer.results],
        "notices": list(answer.notices),
    }
    to = moved_to()
    return told if to is None else told | {"moved_to": to}


def _result(one: Result) -> dict[str, Any]:
    told = {"day": one.day and one.day.isoformat(), "why": one.why, "is_uncertain": one.is_uncertain or None}
    return {"id": one.id, "verdict": one.verdict} | {name: value for name, value in told.items() if value is not None}
