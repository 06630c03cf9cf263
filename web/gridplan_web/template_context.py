"""What every template may use besides the words: who is signed in, what they may do, and the token of a form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from flask import Flask, request, url_for

from gridplan.roles import Power
from gridplan.words import file_size, runs, sentences
from gridplan_web import auth, documents
from gridplan_web.clock import town_settings
from gridplan_web.language import page_lang


class Section(NamedTuple):
    """A section of the service in the bar of every page: its first page, for whom it is, and what it is called."""

    endpoint: str
    power: Power
    title: str
    others: tuple[str, ...] = ()
    """Other blueprints whose pages are in the section."""

    @property
    def is_current(self) -> bool:
        """Whether the page that is asked for is in the section."""
        return request.blueprint in (self.endpoint.split(".")[0], *self.others)


SECTIONS: Final = (
    Section("home.page", "be here", "desk.home"),
    Section("imports.upload", "edit lists", "imports.section"),
    Section("drafts.draft_list", "plan", "drafts.section", others=("redraw",)),
    Section("town.town_map", "see coverage", "desk.map"),
    Section("coverage.town", "see figures", "coverage.section", others=("needs", "chain", "linkage")),
    Section("meeting.listed", "see packs", "pack.in_bar"),
    Section("registry.households_list", "see households", "registry.section"),
    Section("placement.village_list", "edit lists", "placement.section"),
    Section("desk.this_week", "keep record", "record.section", others=("people",)),
    Section("cards.villages", "issue cards", "people.section", others=("accounts", "term")),
    Section("settings.town_settings", "oversee", "settings.section"),
)


def _here(**changes: str) -> str:
    """Return the address of this page with other arguments in its query."""
    if request.endpoint is None or request.method != "GET":
        return f"/?lang={changes['lang']}"  # under an unknown host name no address can be made
    # What was asked for goes beside the address and not through `url_for`, which obeys `_external`, `_scheme` and such.
    query = urlencode({**request.args.to_dict(), **changes})
    return f"{url_for(request.endpoint, **(request.view_args or {}))}?{query}"


def add_template_context(app: Flask) -> None:
    """Give every template the session, the settings and the sections."""

    def context() -> dict[str, Any]:
        session = auth.session_or_none()

        def may(power: Power) -> bool:
            return session is not None and session.actor.may(power)

        return {
            "actor": session.actor if session else None,
            "may": may,
            "csrf": auth.csrf,
            "settings": town_settings(),
            "sections": SECTIONS,
            "here": _here,
            "help": documents.help_of(request.endpoint),
            "sentences": _sentences,
            "runs": runs,
            "file_size": file_size,
        }

    app.context_processor(context)


def _sentences(prefixes: Iterable[str]) -> dict[str, str]:
    return sentences(prefixes, page_lang())
