"""A list on a page: where its filters and headings lead, where its cells do, and the same list as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flask import send_file, url_for
from werkzeug.wrappers import Response

from gridplan.errors import NotFound
from gridplan.exchange.xlsx import shown
from gridplan.service.lists.files import FORMS, save_list
from gridplan.service.lists.filters import Choice, Reader
from gridplan.service.lists.nouns import Noun
from gridplan.service.lists.page import ListPage
from gridplan.store.lists.listing import PAGE_SIZE
from gridplan.store.rows import Row
from gridplan.words import Message
from gridplan_web import auth
from gridplan_web.clock import today, zone
from gridplan_web.language import page_lang

Link = tuple[str, str]
"""What a link says, and where it leads."""
Links = Callable[[Row], Mapping[str, Sequence[Link]]]
"""Where the cells of a row lead to, by the keys of columns; the first link of a row is that of the whole row."""
ON_MAP: Final = "on map"
"""The key of the link that shows a row on the map."""


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where a list is: its page and its file, and what both are asked beside what is chosen in the list."""

    endpoint: str
    file: str
    file_values: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)
    """What names the page itself in its address."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What is asked of the page beside its list."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Filters that the page sets by its own address."""


def reader(day: date | None = None) -> Reader:
    """Return who reads a list, today or as of a day."""
    return Reader(auth.actor().scope, page_lang(), day or today(), zone())


def parts_of_list(page: ListPage, links_of: Links, place: ListPlace) -> dict[str, Any]:
    """Return what the macros of lists need to show one."""
    query, columns = page.asked.query, page.asked.columns
    chosen = {name: value for name, value in query.filters.items() if name not in place.fixed}
    arguments: dict[str, Any] = {
        **place.kept,
        **chosen,
        "q": query.text or None,
        "sort": f"{'-' * query.falls}{query.sort}" or None,
        "page": query.page if query.page > 1 else None,
    }

    def to(**changes: Any) -> str:
        return url_for(place.endpoint, **place.values, **arguments | changes)

    def file(form: str) -> str:
        asked = {**place.fixed, **arguments, "page": None}
        return url_for(place.file, **place.file_values, form=form, **asked)

    rows = [
        (
            [
                (column, shown(cell, column.style), links.get(column.key), column.mark(row) if column.mark else "")
                for column, cell in zip(columns, cells, strict=True)
            ],
            links.get(ON_MAP),
        )
        for row, cells in page.rows
        for links in [links_of(row)]
    ]
    return {
        "page": page,
        "asked": page.asked,
        "query": query,
        "rows": rows,
        "to": to,
        "file": file,
        "choices": [choice for choice in page.asked.choices if choice.name not in place.fixed],
        "chosen": chosen,
        "action": url_for(place.endpoint, **place.values),
        "kept": place.kept,
        "options": _options,
        "cleared": dict.fromkeys((*chosen, "q", "page")),
        "page_size": PAGE_SIZE,
        "forms": FORMS,
    }


def _options(choice: Choice) -> list[tuple[str, str]]:
    """Return what a filter offers as a form has it."""
    lang = page_lang()
    said = [(value, one.say(lang) if isinstance(one, Message) else one) for value, one in choice.options.items()]
    return [("", choice.unset.say(lang)), *said]


def send_list(noun: Noun, of: Reader, asked: Mapping[str, str], form: str) -> Response:
    """Send all rows that a list is asked to show, as a workbook or as CSV.

    Raises
    ------
    NotFound
        There is no such form of a file.
    """
    if form not in FORMS:
        raise NotFound("entrance.not_here")
    return send_written(lambda path: save_list(auth.store(), noun, of, asked, form, path))


def send_written(write: Callable[[Path], str]) -> Response:
    """Send a file that is written now, under the name that its writer returns."""
    with TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "list"
        name = write(path)
        return send_file(BytesIO(path.read_bytes()), as_attachment=True, download_name=name)
