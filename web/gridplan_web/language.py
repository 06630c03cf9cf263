"""The language of a request: asked for in the address, kept in a cookie, or the browser's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, cast

from flask import Flask, Response, g, request

from gridplan.errors import Unavailable
from gridplan.store.system.town_settings import TownSettings
from gridplan.words import (
    BETWEEN,
    LANGS,
    NO_TITLES,
    Lang,
    Message,
    day,
    message_from_json,
    metres,
    month,
    on_page,
    say,
    short_day,
    use_titles,
)
from gridplan_web import clock

COOKIE: Final = "lang"
YEAR: Final = 365 * 24 * 3600


def page_lang() -> Lang:
    """Return the language of this request; of an error that comes before it is chosen, what the browser wishes."""
    offered = TownSettings().languages
    return cast(Lang, g.lang if "lang" in g else _wished(offered, offered[0]))


def _wished(offered: Sequence[str], default: str) -> str:
    wishes = (request.args.get("lang"), request.cookies.get(COOKIE), request.accept_languages.best_match(offered))
    return next((wish for wish in (*wishes, default) if wish and wish in offered), offered[0])


def _day(value: date, lang: Lang) -> str:
    """Return the day of a moment in the town, or a day, as people say it."""
    there = value.astimezone(clock.zone()).date() if isinstance(value, datetime) else value
    return day(there, lang, clock.today())


def _settings() -> TownSettings:
    """Return the settings of the town, or those of any town: without its database, and for files that are the same."""
    if request.endpoint == "static.file":
        return TownSettings()
    try:
        return clock.town_settings()
    except Unavailable:
        return TownSettings()


def choose_language(app: Flask, default: Lang) -> None:
    """Choose the language before every request and the town's titles in it, and give templates its words."""

    def choose() -> None:
        settings = _settings()
        g.lang = _wished(settings.languages, default)
        use_titles(settings.titles)

    def keep(response: Response) -> Response:
        if request.args.get("lang") in LANGS:
            response.set_cookie(COOKIE, page_lang(), max_age=YEAR, httponly=True, samesite="Lax")
        return response

    def vocabulary() -> dict[str, Any]:
        lang = page_lang()
        return {
            "lang": lang,
            "between": BETWEEN[lang],
            "say": lambda code, **values: say(code, lang, **values),
            "said": lambda message: _said(message).say(lang),
            "percent": lambda share: f"{max(100 * share, 0):.1f}",
            "metres": lambda length: metres(length, lang),
            "day": lambda value: _day(value, lang),
            "short_day": lambda value: short_day(value, lang),
            "month": lambda value: month(value, lang),
            "moment": lambda value: f"{_day(value, lang)} {value.astimezone(clock.zone()):%H:%M}",
        }

    app.before_request(choose)
    app.after_request(keep)
    app.teardown_request(lambda _: use_titles(NO_TITLES))
    app.context_processor(vocabulary)


def _said(message: Message | Mapping[str, object]) -> Message:
    """Return a sentence, or one as JSON has it, in its wording for pages."""
    return on_page(message if isinstance(message, Message) else message_from_json(message))
