"""The blueprints of the lists, and what their pages share: paging, and what a page says after it saved."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from apiflask import APIBlueprint
from flask import abort, request
from sqlalchemy import RowMapping
from werkzeug.datastructures import FileStorage

from gridplan.errors import Conflict, GridplanError
from gridplan.words import Message
from gridplan_web.language import page_lang

pages = APIBlueprint("registry", __name__, enable_openapi=False, url_prefix="/lists")
api = APIBlueprint("registry_api", __name__, url_prefix="/api", tag="Lists")

PAGE: Final = 100
"""Rows of a list on one page."""


def filters(which: Sequence[str]) -> dict[str, Any]:
    """Return what a list is asked to show: the village, which of them, the text searched for, and which page."""
    asked = request.args
    wanted = asked.get("which", "all")
    return {
        "village_id": asked.get("village", type=int),
        "which": wanted if wanted in which else "all",
        "text": asked.get("q", "").strip()[:100],
        "page": max(1, min(asked.get("page", 1, type=int), 100_000)),
    }


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


def refused(problems: Mapping[str, Message]) -> dict[str, str]:
    """Return what is wrong with the fields of a form as sentences."""
    return {field: message.say(page_lang()) for field, message in problems.items()}


def status(error: GridplanError) -> int:
    """Return the status of a form that was not saved."""
    return 409 if isinstance(error, Conflict) else 422


@contextmanager
def uploaded(file: FileStorage) -> Iterator[Path]:
    """Yield an uploaded file under a name of our own; readers need only how it ends."""
    ending = Path(file.filename or "").suffix.lower()
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / f"list{ending if re.fullmatch(r'[.][a-z0-9]{1,8}', ending) else ''}"
        file.save(path)
        yield path
