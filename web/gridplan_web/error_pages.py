"""From error to answer: one table of what went wrong, its status and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict, cast

from apiflask import HTTPError
from flask import Flask, Response, g, jsonify, render_template
from sqlalchemy.exc import DataError
from werkzeug import exceptions
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, RequestEntityTooLarge, Unauthorized

from gridplan.errors import (
    Busy,
    Conflict,
    DiskFull,
    GridplanError,
    LoginRefused,
    NotAllowed,
    NotFound,
    StaleEdit,
    TooManyAttempts,
    TooMuchWaits,
    Unavailable,
    Unconfirmed,
    is_disk_full,
)
from gridplan.service.admin.town_state import TownState
from gridplan.store.system.town_settings import TownSettings
from gridplan.words import on_page, say
from gridplan_web import auth
from gridplan_web.language import page_lang

RETRY_S: Final = 10
"""After how many seconds whoever found the database away may try again."""
Answer = tuple[Response | str, int, dict[str, str]]
ANSWERS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BadRequest: (400, "page.bad_request"),  # an unknown Host header among them
    Unauthorized: (401, "page.not_in"),
    Forbidden: (403, "page.foreign_form"),
    exceptions.NotFound: (404, "page.not_found"),
    exceptions.MethodNotAllowed: (405, "page.other_method"),
    RequestEntityTooLarge: (413, "page.too_large"),
    exceptions.RequestedRangeNotSatisfiable: (416, "page.no_such_part"),
    exceptions.PreconditionRequired: (428, "page.no_version"),
    HTTPException: (400, "page.bad_request"),
    HTTPError: (422, "page.bad_input"),  # what the models of a route refuse
    LoginRefused: (403, ""),  # errors of gridplan bring their own sentence
    TooManyAttempts: (429, ""),
    TooMuchWaits: (429, ""),
    Busy: (503, ""),
    Unavailable: (503, ""),
    DiskFull: (507, ""),
    NotAllowed: (403, ""),
    NotFound: (404, "page.not_found"),
    Conflict: (409, ""),
    GridplanError: (422, ""),
    DataError: (400, "page.bad_request"),  # a number, or a letter, that the database does not take
    OverflowError: (400, "page.bad_request"),  # the same of SQLite
    UnicodeEncodeError: (400, "page.bad_request"),
    exceptions.InternalServerError: (500, "page.failed"),  # Flask has logged the traceback; the page does not show it
}

TOLD: Final[Mapping[type[GridplanError], tuple[str, ...]]] = {StaleEdit: ("version", "since"), Unconfirmed: ("key",)}
"""What a script is told of errors besides their sentence."""


def status_of(error: GridplanError) -> int:
    """Return the status that an error of gridplan is answered with."""
    return next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)[0]


def headers_of(error: Exception) -> dict[str, str]:
    """Return what the headers of an answer say of an error: how many seconds to wait, what would do."""
    if isinstance(error, TooManyAttempts | TooMuchWaits | Busy):
        return {"Retry-After": str(error.message.values["seconds"])}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(RETRY_S)}
    if isinstance(error, exceptions.MethodNotAllowed | exceptions.RequestedRangeNotSatisfiable):
        return {name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range")}
    return {}


class Problem(TypedDict):
    """What a page says of an error, and how many seconds to wait if that is what it is about."""

    problem: str
    wait: int | None


def problem_of(error: GridplanError) -> Problem:
    """Return what a page says of an error."""
    waits = isinstance(error, TooManyAttempts)
    return {"problem": error.say(page_lang()), "wait": cast(int, error.message.values["seconds"]) if waits else None}


def register_error_pages(app: Flask) -> None:
    """Answer every error with a sentence in the user's language: as a page, or as JSON to a script."""

    def answer(error: Exception) -> Answer:
        try:
            return _answer(error)
        except Unavailable as problem:  # the page of any other error shows who is signed in, and asks the database
            return _answer(problem)

    def system_answer(error: OSError) -> Answer:
        if not is_disk_full(error):
            raise error
        return answer(DiskFull("store.full"))

    for kind in ANSWERS:
        app.register_error_handler(kind, answer)
    app.register_error_handler(OSError, system_answer)


def _answer(error: Exception) -> Answer:
    if isinstance(error, Unavailable | exceptions.InternalServerError):
        g.session, g.town_state = None, TownState(TownSettings(), None, None)  # so that its page needs no database
    status, code = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    if isinstance(error, GridplanError) and not code:
        sentence = on_page(error.message).say(page_lang())
    else:
        sentence = say("page.stale_form" if g.get("stale_form") else code, page_lang())
    if not auth.wants_page():
        values = next((names for kind, names in TOLD.items() if isinstance(error, kind)), ())
        told = {name: cast(GridplanError, error).message.values[name] for name in values}
        return jsonify(message=sentence, **told), status, headers_of(error)
    return render_template("error.html", status=status, sentence=sentence), status, headers_of(error)
