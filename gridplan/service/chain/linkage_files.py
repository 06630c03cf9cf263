"""The links of a scope, and what no link reaches, as files: the rows, columns and order that the pages show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from gridplan.exchange.xlsx import Column, Row, Table
from gridplan.names import file_name
from gridplan.service.chain.linkage import Gaps, Link, LinkagePage
from gridplan.service.lists.files import TURNS, Form, write_table
from gridplan.words import Lang, say

LINK_COLUMNS: Final = ("village", "branch", "person", "kind", "standing")
GAP_COLUMNS: Final = ("gap", "person", "kind", "village", "branch")


def save_links(path: Path, page: LinkagePage, form: Form, lang: Lang) -> str:
    """Write the links that a page shows into a file; return what it is to be called.

    Raises
    ------
    Busy
        Others are being written.
    OutputRefused
        The disk does not take it.
    """
    return _save(path, "linkage.links", LINK_COLUMNS, (_link(link, lang) for link in page.links), page.day, form, lang)


def save_gaps(path: Path, page: LinkagePage, form: Form, lang: Lang) -> str:
    """Write what no link reaches into a file; return what it is to be called.

    Raises
    ------
    Busy
        Others are being written.
    OutputRefused
        The disk does not take it.
    """
    return _save(path, "linkage.gaps", GAP_COLUMNS, gap_rows(page.gaps, lang), page.day, form, lang)


def _save(
    path: Path, title: str, columns: Iterable[str], rows: Iterable[Row], day: date, form: Form, lang: Lang
) -> str:
    called = say(title, lang)
    table = Table(
        name=called,
        columns=[Column(say(f"linkage.column.{name}", lang)) for name in columns],
        rows=list(rows),
        empty=say("lists.none_here", lang),
        heading=(f"{called} · {day.isoformat()}",),
        footnote=say("book.internal", lang),
    )
    with TURNS.turn():
        write_table(form, path, called, table, lang)
    return f"{file_name(called, day.isoformat())}.{form}"


def _link(link: Link, lang: Lang) -> Row:
    row = link.row
    said = say(f"linkage.standing.{link.standing}", lang)
    return row["village"], row["branch"] or "", row["person"], row["kind"], said


def gap_rows(gaps: Gaps, lang: Lang) -> Iterator[Row]:
    """Yield what is missing, and of whom or where: one row each."""
    for one in gaps.persons:
        yield said_of(one.missing, one.n, lang), one.person["name"], one.person["kind"], "", ""
    for row in gaps.villages:
        yield say("linkage.nobody", lang), "", "", row["name"], ""
    for row in gaps.branches:
        yield say("linkage.nobody", lang), "", "", row["village"], row["name"]


def said_of(missing: int, n: int, lang: Lang) -> str:
    """Return how many links somebody has, and how many too few or too many that is."""
    code = "linkage.too_few" if missing > 0 else "linkage.too_many"
    return say(code, lang, n=n, missing=abs(missing))
