"""The blueprints of the registry, and what its pages share: what a list is asked for, and saving a form."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from apiflask import APIBlueprint
from flask import abort, redirect, request
from sqlalchemy import RowMapping
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from gridplan.errors import Conflict, GridplanError
from gridplan.service.registry.form import FormFields
from gridplan.store.rows import ListQuery
from gridplan_web.language import page_lang

pages = APIBlueprint("registry", __name__, enable_openapi=False, url_prefix="/lists")
api = APIBlueprint("registry_api", __name__, url_prefix="/api", tag="Lists")

NOTHING_WRONG: Final[Mapping[str, str]] = {}
"""What a page of a form says at its fields until it was refused."""


def list_query(which: Collection[str]) -> ListQuery:
    """Return what a list is asked to show: the village, which of its filters, the text searched for, and the page."""
    asked = request.args
    wanted = asked.get("which", "all")
    return ListQuery(
        village_id=asked.get("village", type=int),
        which=wanted if wanted in which else "all",
        text=asked.get("q", "").strip()[:100],
        page=max(1, min(asked.get("page", 1, type=int), 100_000)),
    )


def chosen_from(rows: Iterable[RowMapping], *, none: bool) -> list[tuple[int | str, str]]:
    """Return villages as the options of a choice, with a blank one first where none may be chosen."""
    options: list[tuple[int | str, str]] = [(row["id"], row["name"]) for row in rows]
    return [("", "–"), *options] if none else options


def version() -> int:
    """Return the version that the form was made of."""
    seen = request.form.get("version", "")
    if not (seen.isdecimal() and len(seen) < 10):
        abort(400)
    return int(seen)


def saved(
    form: FormFields, save: Callable[[], str], page: Callable[..., str], *, about: str | None = None
) -> Response | tuple[str, int]:
    """Save a form and go on at the address that `save` returns; where it is refused, show its page and say why.

    Parameters
    ----------
    form
        What is wrong with its fields is said there.
    save
        Saves and returns where to go on.
    page
        The page of the form, given `problems` by field and the `problem` of the whole.
    about
        The field at which the problem of the whole is said, if it is about one.
    """
    try:
        return redirect(save())
    except GridplanError as error:
        found = form.problems or ({about: error.message} if about else {})
        problems = {field: message.say(page_lang()) for field, message in found.items()}
        return page(problems=problems, problem=None if problems else error.say(page_lang())), status(error)


def status(error: GridplanError) -> int:
    """Return the status of a form that was not saved."""
    return 409 if isinstance(error, Conflict) else 422


@contextmanager
def uploaded(file: FileStorage) -> Iterator[Path]:
    """Yield an uploaded file under another name; readers need only how it ends."""
    ending = Path(file.filename or "").suffix.lower()
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / f"list{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"
        file.save(path)
        yield path
