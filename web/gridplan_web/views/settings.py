"""The settings of the town, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, timedelta
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from apiflask import APIBlueprint
from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.errors import InputRefused
from gridplan.service.admin import audit_log, settings
from gridplan.store.database import COMMAND_LINE
from gridplan.store.system.audit import Entry
from gridplan.store.system.town_settings import TownSettings
from gridplan.words import BETWEEN, PEOPLE, Message, say, words
from gridplan_web import auth, clock
from gridplan_web.clock import now
from gridplan_web.language import page_lang

pages = APIBlueprint("settings", __name__, enable_openapi=False)

SAID = frozenset({"saved", "days"})
SETTINGS_CALLED = {
    **{name: f"settings.{name}" for name in ("name", "address", "time_zone", "languages", "notes")},
    **{name: f"settings.{name}" for name in ("tiles_url", "tiles_frame")},
    **{field.name: "settings.titles" for field in fields(TownSettings) if field.name.startswith("title_")},
    "cadence_days": "settings.cadence",
    "visit_minutes": "settings.minutes",
}
"""The codes of what the fields of the settings are called."""


@pages.get("/settings")
def town_settings() -> str:
    """Show the settings of the town."""
    return _town(asdict(clock.town_settings()))


@pages.post("/settings")
def save_settings() -> Response | tuple[str, int]:
    """Change the settings of the town."""
    languages = request.form.getlist("languages")
    found, problems = settings.parse_settings(request.form, languages)
    host = urlsplit(found.address).hostname
    if host and host not in current_app.config["TRUSTED_HOSTS"]:
        problems["address"] = Message("settings.bad.host", {"host": host})
    if problems:
        typed = {**request.form, "languages": languages, "notes": request.form.get("notes") == "1"}
        return _town(typed, {field: problem.say(page_lang()) for field, problem in problems.items()}), 422
    settings.save_settings(auth.store(), auth.who(), found, now=now())
    return redirect(url_for("settings.town_settings", said="saved"))


@pages.post("/settings/days")
def save_village_days() -> Response | tuple[str, int]:
    """Change the days of villages."""
    try:
        settings.save_village_days(auth.store(), auth.who(), request.form, now=now())
    except InputRefused as error:
        return _town(asdict(clock.town_settings()), {"days": error.say(page_lang())}), 422
    return redirect(url_for("settings.town_settings", said="days"))


def _town(typed: Mapping[str, object], problems: Mapping[str, str] | None = None) -> str:
    said = request.args.get("said")
    return render_template(
        "settings/town.html",
        typed=typed,
        problems=problems or {},
        costs=settings.visit_costs(auth.store(), clock.town_settings()),
        days=settings.village_days(auth.store(), auth.actor().scope),
        zones=sorted(available_timezones()),
        people=PEOPLE,
        said=said if said in SAID else None,
    )


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not date.min < day < date.max - timedelta(days=1):
        raise ValueError("no clock of the town shows its beginning and its end")
    return day


def _details(entry: Entry) -> list[str]:
    """Say what the audit log tells of a change besides who, when and what."""
    lang = page_lang()
    called, field_names, roles = (words(prefix, lang) for prefix in ("audit.detail.", "registry.field.", "role."))
    if entry.object == "settings":
        field_names = {name: say(code, lang) for name, code in SETTINGS_CALLED.items()}
    said = []
    for key, value in entry.detail.items():
        if entry.object == "lists":
            said.append(say(f"imports.did.{key}", lang, n=value))
        elif key == "fields":
            said.append(BETWEEN[lang].join(field_names.get(name, name) for name in value))
        else:
            said.append(f"{called.get(key, key)} {roles.get(value, value) if key == 'role' else value}")
    return said


@pages.get("/audit")
def audit_page() -> str:
    """Show what was done, the newest first."""
    village_id, before = request.args.get("village", type=int), request.args.get("before", type=int)
    day = request.args.get("day", type=_day)
    scope = auth.actor().scope
    return render_template(
        "settings/audit.html",
        page=audit_log.audit_page(
            auth.store(), scope, zone=clock.zone(), village_id=village_id, day=day, before=before
        ),
        village_id=village_id,
        chosen_day=day,
        verbs=words("audit.verb.", page_lang()),
        objects=words("audit.object.", page_lang()),
        details=_details,
        roles={**words("role.", page_lang()), COMMAND_LINE.role: say("audit.command_line", page_lang())},
        is_filtered=bool(village_id or day or before),
    )
