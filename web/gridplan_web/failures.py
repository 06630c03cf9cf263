"""From error to answer: one table of what went wrong, its status and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Flask, render_template
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, MethodNotAllowed, NotFound

from gridplan.errors import GridplanError
from gridplan.words import say
from gridplan_web.language import spoken

ANSWERS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    BadRequest: (400, "page.bad_request"),  # a stranger's Host header among them
    NotFound: (404, "page.not_found"),
    MethodNotAllowed: (405, "page.read_only"),
    HTTPException: (400, "page.bad_request"),
    GridplanError: (422, ""),  # brings its own sentence
    InternalServerError: (500, "page.failed"),  # Flask has logged the traceback; the page does not show it
}


def explain(app: Flask) -> None:
    """Answer every error with a page in the user's language."""

    def answer(error: Exception) -> tuple[str, int]:
        status, code = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
        sentence = error.say(spoken()) if isinstance(error, GridplanError) else say(code, spoken())
        return render_template("failure.html", status=status, sentence=sentence), status

    for kind in ANSWERS:
        app.register_error_handler(kind, answer)
