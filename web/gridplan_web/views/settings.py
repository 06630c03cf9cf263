"""The settings of the town, what is expected of visits, and the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gridplan.contact.calendar import PAUSE_KINDS
from gridplan.errors import InputRefused
from gridplan.names import LONGEST_TEXT
from gridplan.roles import Power
from gridplan.service.access.accounts import administrators
from gridplan.service.access.invitations import qr_code
from gridplan.service.admin import audit_log, settings
from gridplan.service.admin import visit_settings as expected
from gridplan.service.admin.audit_log import AuditFilter, Thing
from gridplan.service.phone.addresses import LATELY, phones_lately
from gridplan.service.registry.form import FormFields
from gridplan.words import PEOPLE, Message, Series, series, words
from gridplan_web import auth, clock, invitation_links
from gridplan_web.clock import now
from gridplan_web.language import page_lang

pages = APIBlueprint("settings", __name__, enable_openapi=False)

SAID = frozenset({"saved"})
SAID_OF_VISITS = frozenset({"cadence", "pause", "days", "undone"})
NOTHING_TYPED: Final = FormFields({})
Answer = Response | tuple[str, int]
SWITCHES: Final = ("notes", "phones", "household_names")
PAGES: Final[Mapping[str, tuple[str, tuple[str, ...], Power]]] = {
    "account": ("accounts.account", ("account_id",), "administer"),
    "draft": ("drafts.draft", ("draft_id",), "plan"),
    "feature": ("registry.features", (), "see households"),
    "grid": ("town.grid", ("plan_id", "number"), "see coverage"),
    "household": ("town.household", ("household_id",), "see households"),
    "member": ("town.member", ("member_id",), "see households"),
    "scan": ("placement.georeference", ("scan_id",), "edit lists"),
    "village": ("town.village", ("village_id",), "see coverage"),
}
"""The pages of what deeds name: endpoint, arguments, and the power that it takes."""


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
        switches = {name: request.form.get(name) == "1" for name in SWITCHES}
        typed = {**request.form, **switches, "languages": languages}
        return _town(typed, {field: problem.say(page_lang()) for field, problem in problems.items()}), 422
    settings.save_settings(auth.store(), auth.who(), found, now=now())
    return redirect(url_for("settings.town_settings", said="saved"))


def _town(typed: Mapping[str, object], problems: Mapping[str, str] | None = None) -> str:
    said = request.args.get("said")
    return render_template(
        "settings/town.html",
        typed=typed,
        problems=problems or {},
        costs=settings.visit_costs(auth.store(), clock.town_settings(), clock.today()),
        zones=settings.time_zones(page_lang(), now(), clock.town_settings().time_zone),
        people=PEOPLE,
        administrators=administrators(auth.store(), now=now()),
        phones_lately=phones_lately(auth.store(), today=clock.today()),
        said=said if said in SAID else None,
    )


# ---- phones


@pages.get("/settings/phones")
def phones() -> str:
    """Show under which address phones reach the service, a code to open it, and how many used which one lately."""
    return render_template(
        "settings/phones.html",
        lately=phones_lately(auth.store(), today=clock.today()),
        days=LATELY.days,
        picture=qr_code(invitation_links.address() + url_for("phone.setup")),
    )


# ---- what is expected of visits


@pages.get("/settings/visits")
def visit_settings() -> str:
    """Show how often visits are expected, the pauses and when villages start; for a household or grid, its form."""
    household_id, plan_id, number = (request.args.get(name, type=int) for name in ("household", "plan", "number"))
    filled = expected.form_of(auth.store(), auth.actor(), household_id, plan_id, number)
    return _visits("cadence" if filled else "", FormFields(filled))


@pages.post("/settings/visits/cadences")
def save_cadence() -> Answer:
    """Set how often, from a day on."""
    form = FormFields(request.form)
    try:
        found = expected.parse_cadence(auth.store(), auth.actor(), form, clock.today())
    except InputRefused:
        return _visits("cadence", form), 422
    expected.save_cadence(auth.store(), auth.who(), found, now=now())
    return redirect(url_for("settings.visit_settings", said="cadence", _anchor="cadences"))


@pages.post("/settings/visits/cadences/<int:cadence_id>/undo")
def undo_cadence(cadence_id: int) -> Answer:
    """Take back a cadence that was a mistake."""
    expected.undo_cadence(auth.store(), auth.who(), cadence_id, now=now(), today=clock.today())
    return redirect(url_for("settings.visit_settings", said="undone", _anchor="cadences"))


@pages.post("/settings/visits/pauses")
def save_pause() -> Answer:
    """Set days on which no visit is expected."""
    form = FormFields(request.form)
    try:
        found = expected.parse_pause(auth.store(), auth.actor(), form, clock.today())
    except InputRefused:
        return _visits("pause", form), 422
    expected.save_pause(auth.store(), auth.who(), found, now=now())
    return redirect(url_for("settings.visit_settings", said="pause", _anchor="pauses"))


@pages.post("/settings/visits/pauses/<int:pause_id>/undo")
def undo_pause(pause_id: int) -> Answer:
    """Take back a pause that was a mistake."""
    expected.undo_pause(auth.store(), auth.who(), pause_id, now=now())
    return redirect(url_for("settings.visit_settings", said="undone", _anchor="pauses"))


@pages.post("/settings/visits/days")
def save_village_days() -> Answer:
    """Change the days of villages."""
    try:
        settings.save_village_days(auth.store(), auth.who(), request.form, auth.actor().scope, now=now())
    except InputRefused as error:
        return _visits("days", FormFields(request.form), error.say(page_lang())), 422
    return redirect(url_for("settings.visit_settings", said="days", _anchor="days"))


def _visits(shown: str = "", form: FormFields = NOTHING_TYPED, problem: str = "") -> str:
    """Return the page, with what is filled in and wrong in the one of its forms that is shown open."""
    said = request.args.get("said")
    page = expected.visit_settings_page(auth.store(), auth.actor(), clock.today())
    return render_template(
        "settings/visits.html",
        page=page,
        names=[(row["id"], row["name"]) for row in page.villages],
        today=clock.today(),
        shown=shown,
        typed=form.fields,
        problems={field: one.say(page_lang()) for field, one in form.problems.items()},
        problem=problem,
        may_change_town=expected.may_change(auth.actor(), None),
        pause_kinds=PAUSE_KINDS,
        said=said if said in SAID_OF_VISITS else None,
    )


# ---- the audit log


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not date.min < day < date.max - timedelta(days=1):
        raise ValueError("no clock of the town shows its beginning and its end")
    return day


PART = re.compile("\x02")
"""Stands before and after the place of a thing in a sentence; no text of a town holds it."""


def _parts(message: Message) -> list[tuple[str, str | None]]:
    """Return a sentence in parts: texts, and names with the page of what they name."""
    things: list[Thing] = []
    said = PART.split(_without_things(message, things).say(page_lang()))
    return [
        (things[int(part)].say(page_lang()), _page_of(things[int(part)])) if place % 2 else (part, None)
        for place, part in enumerate(said)
    ]


def _without_things(value: Any, things: list[Thing]) -> Any:
    """Return a sentence with the places of things for these, which are put into the list."""
    if isinstance(value, Thing):
        things.append(value)
        return f"\x02{len(things) - 1}\x02"
    if isinstance(value, Series):
        return series(_without_things(item, things) for item in value.items)
    if isinstance(value, Message):
        return Message(value.code, {name: _without_things(one, things) for name, one in value.values.items()})
    return value


def _page_of(thing: Thing) -> str | None:
    endpoint, names, power = PAGES[thing.kind]
    if not thing.ids or not auth.actor().may(power):
        return None
    arguments: dict[str, Any] = dict(zip(names, thing.ids, strict=False))
    return url_for(endpoint, **arguments)


@pages.get("/audit")
def audit_page() -> str:
    """Show what was done, the newest first."""
    asked = AuditFilter(
        who=request.args.get("who", type=int),
        what=request.args.get("what", ""),
        village_id=request.args.get("village", type=int),
        since=request.args.get("since", type=_day),
        until=request.args.get("until", type=_day),
        text=request.args.get("q", "").strip()[:LONGEST_TEXT],
    )
    before = request.args.get("before", type=int)
    return render_template(
        "settings/audit.html",
        page=audit_log.audit_page(auth.store(), auth.actor(), asked, zone=clock.zone(), before=before),
        asked=asked,
        before=before,
        kinds=audit_log.KINDS,
        parts_of=_parts,
        roles=words("role.", page_lang()),
        is_filtered=asked != AuditFilter(),
    )
