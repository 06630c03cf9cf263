"""A list as a file: the rows of all its pages, its columns and their order as the page shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, get_args

from gridplan.exchange.csv_file import write_csv
from gridplan.exchange.xlsx import Column, Row, Rows, Table, write_spreadsheet
from gridplan.service.lists.filters import Reader
from gridplan.service.lists.nouns import Noun
from gridplan.service.lists.page import AskedList, counted, counts, understood
from gridplan.store import Store
from gridplan.turns import Turns
from gridplan.words import Lang, Message, say

Form = Literal["xlsx", "csv"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
TURNS: Final = Turns("lists.busy", waiting=1, seconds=30.0)
"""One list is written at a time, so that those of a large county leave the service room for pages."""
UNSAFE: Final = re.compile(r"[^\w-]+")
LONGEST_PART: Final = 24
MAY_NAME_PERSONS: Final = frozenset({"lead", "grid", "person"})
"""Filters that choose a person, or what a town may have called after one: a file's name does not say whom."""


def save_list(store: Store, noun: Noun, reader: Reader, asked: Mapping[str, str], form: Form, path: Path) -> str:
    """Write a list into a file; return what the file is to be called: the list, what it is filtered by, the day.

    Raises
    ------
    Busy
        Others are being written.
    OutputRefused
        The disk does not take it.
    """
    with TURNS.turn(), store.read() as connection:
        found = understood(connection, noun, reader, asked)
        total, whole = counts(connection, found)

        def rows() -> Iterator[Row]:
            return map(found.cells, found.listing.walk(connection, found.query))

        title = title_of(found, total, whole)
        table = Table(
            name=say(noun.title, reader.lang),
            columns=[Column(say(one.heading, reader.lang), one.style, one.printed) for one in found.columns],
            rows=Rows(rows),
            empty=say("lists.none_here", reader.lang),
            heading=(title,),
            footnote=say("book.internal", reader.lang) if noun.names_people else "",
        )
        write_table(form, path, title, table, reader.lang)
    return f"{file_name(found)}.{form}"


def write_table(form: Form, path: Path, title: str, table: Table, lang: Lang) -> None:
    """Write a table as a workbook fit to print, or as CSV.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    if form == "csv":
        write_csv(path, table)
    else:
        write_spreadsheet(path, title, [table], page=say("book.page", lang))


def title_of(found: AskedList, total: int, whole: int) -> str:
    """Return what a file says of itself: which list, how many rows, what it is filtered by, and the day."""
    lang, query = found.reader.lang, found.query
    parts = [say(found.noun.title, lang), counted(found, total, whole).say(lang)]
    chosen = [(choice.label, value) for choice, value in found.chosen]
    chosen += [(Message("lists.search"), query.text)] if query.text else []
    parts += [say("lists.chosen", lang, filter=label, value=value) for label, value in chosen]
    return " · ".join([*parts, found.reader.today.isoformat()])


def file_name(found: AskedList) -> str:
    """Return a name for a file that any computer takes and that names no person."""
    lang = found.reader.lang
    parts = [say(found.noun.title, lang)]
    for choice, chosen in found.chosen:
        names_person = choice.name in MAY_NAME_PERSONS and isinstance(chosen, str)
        parts.append(choice.label.say(lang) if names_person else _said(chosen, lang))
    parts += [say("lists.search", lang)] if found.query.text else []
    safe = (UNSAFE.sub("-", part)[:LONGEST_PART].strip("-") for part in parts)
    return "_".join([*filter(None, safe), found.reader.today.isoformat()])


def _said(chosen: str | Message, lang: Lang) -> str:
    return chosen.say(lang) if isinstance(chosen, Message) else chosen
