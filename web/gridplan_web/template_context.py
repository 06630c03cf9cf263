"""What every template may use besides the words: who is in, what they may do, and the token of a form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, request, url_for

from gridplan.roles import Power
from gridplan.words import sentences
from gridplan_web import auth, town_settings
from gridplan_web.language import page_lang

SECTIONS: Final[tuple[tuple[str, Power, str], ...]] = (
    ("home.first", "be here", "desk.home"),
    ("imports.upload", "edit lists", "imports.room"),
    ("drafting.all_drafts", "plan", "drafts.room"),
    ("town.town_map", "see coverage", "desk.map"),
    ("upkeep.households_list", "see households", "upkeep.room"),
    ("place.choose", "edit lists", "place.room"),
    ("people.villages", "issue cards", "people.room"),
    ("settings.town", "oversee", "settings.room"),
)
"""The rooms of the service as the bar names them: where, for whom, what it is called."""


def _here(**changes: str) -> str:
    """Return the address of this page with other arguments in its query."""
    if request.endpoint is None or request.method != "GET":
        return f"/?lang={changes['lang']}"  # under a stranger's name no address can be made
    # What was asked for goes beside the address and not through `url_for`, which obeys `_external`, `_scheme` and such.
    query = urlencode({**request.args.to_dict(), **changes})
    return f"{url_for(request.endpoint, **(request.view_args or {}))}?{query}"


def add_template_context(app: Flask) -> None:
    """Let every template know who looks at it."""

    def known() -> dict[str, Any]:
        session = auth.session_or_none()

        def may(power: Power) -> bool:
            return session is not None and session.actor.may(power)

        return {
            "actor": session.actor if session else None,
            "may": may,
            "csrf": auth.csrf,
            "settings": town_settings.of_town(),
            "rooms": SECTIONS,
            "here": _here,
            "sentences": _sentences,
        }

    app.context_processor(known)


def _sentences(prefixes: Iterable[str]) -> dict[str, str]:
    return sentences(prefixes, page_lang())
