"""The language of a request: asked for in the address, kept in a cookie, or the browser's own."""

from __future__ import annotations

from typing import Any, Final, cast

from flask import Flask, Response, g, request

from gridplan.words import LANGS, Lang, metres, say

COOKIE: Final = "lang"
YEAR: Final = 365 * 24 * 3600


def spoken() -> Lang:
    """Return the language of this request."""
    return cast(Lang, g.lang)


def speak(app: Flask, default: Lang) -> None:
    """Choose the language before every request, and give the templates its words."""

    def choose() -> None:
        wishes = (request.args.get("lang"), request.cookies.get(COOKIE), request.accept_languages.best_match(LANGS))
        g.lang = next((wish for wish in wishes if wish in LANGS), default)

    def keep(response: Response) -> Response:
        if request.args.get("lang") in LANGS:
            response.set_cookie(COOKIE, spoken(), max_age=YEAR, httponly=True, samesite="Lax")
        return response

    def vocabulary() -> dict[str, Any]:
        lang = spoken()
        return {
            "lang": lang,
            "say": lambda code, **values: say(code, lang, **values),
            "metres": lambda length: metres(length, lang),
        }

    app.before_request(choose)
    app.after_request(keep)
    app.context_processor(vocabulary)
