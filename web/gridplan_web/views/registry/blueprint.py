"""The blueprints of the registry, and what its pages share: saving a form."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Final

from apiflask import APIBlueprint
from flask import abort, redirect, request
from sqlalchemy import RowMapping
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, GridplanError, Unavailable, Unconfirmed
from gridplan.exchange.tables.source import Source
from gridplan.names import one_line, whole_number
from gridplan.service.registry.form import FormFields
from gridplan_web.language import page_lang
from gridplan_web.plain_requests import version_seen

pages = APIBlueprint("registry", __name__, enable_openapi=False, url_prefix="/lists")
api = APIBlueprint("registry_api", __name__, url_prefix="/api", tag="Lists")

LONGEST_CALLED: Final = 120
Answer = Response | tuple[str, int]


def chosen_from(rows: Iterable[RowMapping], *, none: bool) -> list[tuple[int | str, str]]:
    """Return villages as the options of a choice, with a blank one first where none may be chosen."""
    options: list[tuple[int | str, str]] = [(row["id"], row["name"]) for row in rows]
    return [("", "–"), *options] if none else options


def version() -> int:
    """Return the version that the form was made of."""
    seen = whole_number(version_seen())
    if seen is None:
        abort(400)
    return seen


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was not saved: what is wrong at its fields, or with the whole; and what was typed, to be kept."""

    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str | None = None
    typed: Mapping[str, Any] | None = None
    key: str | None = None
    """What confirms the doubts, where these are all that is wrong."""


NOT_REFUSED: Final = Refusal()


def saves(
    page: Callable[..., str], *, about: str | None = None, keeps: bool = True
) -> Callable[[Callable[..., str]], Callable[..., Answer]]:
    """Make a route of a function that saves a form and returns where to go on.

    Parameters
    ----------
    page
        The page of the form, by the ids in the address; where the form is refused it is given the `Refusal`.
    about
        The field at which the problem of the whole is said, if it is about one.
    keeps
        Whether what was typed stays on the page.
    """

    def route(save: Callable[..., str]) -> Callable[..., Answer]:
        @wraps(save)
        def answer(**ids: int) -> Answer:
            form = FormFields(request.form)
            try:
                return redirect(save(form, **ids))
            except Unavailable:
                raise
            except GridplanError as error:
                is_about_one = about and not isinstance(error, Unconfirmed)
                found = form.problems or ({about: error.message} if about and is_about_one else {})
                problems = {field: message.say(page_lang()) for field, message in found.items()}
                problem = None if problems else error.say(page_lang())
                refusal = Refusal(problems, problem, request.form if keeps else None, key_of(error))
                return page(**ids, refusal=refusal), 409 if isinstance(error, Conflict) else 422

        return answer

    return route


def form_context(
    refusal: Refusal, fields: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what the template of a form needs: what its fields show, what is stored in them now, what is wrong."""
    return {
        "fields": fields if refusal.typed is None else refusal.typed,
        "stored": stored if refusal.problem else None,
        "problems": refusal.problems,
        "problem": refusal.problem,
        "confirm_key": refusal.key,
    }


def key_of(error: GridplanError) -> str | None:
    """Return what confirms what is doubtful; None of any other error."""
    return str(error.message.values["key"]) if isinstance(error, Unconfirmed) else None


@contextmanager
def uploaded(file: FileStorage) -> Iterator[Source]:
    """Yield an uploaded file under another name, called as its owner calls it; readers need only how it ends."""
    called = one_line((file.filename or "").replace("\\", "/").rpartition("/")[2])[:LONGEST_CALLED] or "?"
    ending = Path(called).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / f"list{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"
        file.save(path)
        yield Source(path, called=called)
