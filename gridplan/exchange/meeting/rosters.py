"""Rosters as a workbook: grids with who can be called, and where the profile shows them their households in order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from gridplan.exchange.meeting.content import Content
from gridplan.exchange.xlsx import Cell, Column, Row, Rows, Table, write_spreadsheet
from gridplan.profiles import SHOWN
from gridplan.words import say


def write_rosters(content: Content) -> bytes:
    """Return the rosters of a snapshot as a workbook: what it is, its grids, and the households that it shows.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    tables = [_cover(content), _grids(content)]
    if SHOWN[content.stamp.profile].households:
        tables.append(_households(content))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "roster.xlsx")
        write_spreadsheet(path, content.title, tables, page=say("book.page", content.lang))
        return path.read_bytes()


def _stamp(content: Content) -> Sequence[str]:
    """Return the lines at the foot of each page."""
    of, as_of, plans, profile, snapshot, asked_by = content.stamp.texts(content.lang)
    return f"{content.stamp.status(content.lang)} · {snapshot}", " · ".join((as_of, profile, asked_by, of, plans))


def _cover(content: Content) -> Table:
    lang, stamp = content.lang, content.stamp
    rows: list[tuple[str, Cell]] = [
        ("roster.status", stamp.status(lang)),
        ("roster.scope", stamp.scope),
        ("roster.day", stamp.day),
        ("roster.plans", stamp.plans),
        ("roster.profile", say(f"profile.{stamp.profile}", lang)),
        ("roster.snapshot", stamp.snapshot),
        ("roster.asked_by", stamp.asked_by),
        ("roster.villages", len(content.villages)),
        ("roster.grids", len(content.grids)),
        ("roster.households", sum(village.households for village in content.villages)),
        ("roster.in_no_grid", sum(village.in_no_grid for village in content.villages)),
        *(("roster.source", source) for source in stamp.sources),
        *(("roster.changed", change.say(lang)) for change in stamp.changed),
    ]
    return Table(
        name=say("roster.cover", lang),
        columns=(Column(say("roster.what", lang)), Column(say("roster.is", lang), "beside texts")),
        rows=[(say(code, lang), cell) for code, cell in rows],
        empty="",
        heading=(content.title,),
        stamp=_stamp(content),
        across=True,
        filtered=False,
    )


def _grids(content: Content) -> Table:
    lang = content.lang
    has_group, is_told = (any(getattr(grid, what) for _, grid in content.grids) for what in ("group", "living"))
    has_phone = any(grid.contact and grid.contact.phone for _, grid in content.grids)
    rows = [
        (
            village.name,
            grid.number,
            *((grid.group,) if has_group else ()),
            grid.size,
            *((grid.living,) if is_told else ()),
            grid.contact.name if grid.contact else None,
            *((grid.contact.phone if grid.contact else None,) if has_phone else ()),
        )
        for village, grid in content.grids
    ]
    return Table(
        name=say("roster.sheet.grids", lang),
        columns=(
            Column(say("book.village", lang)),
            Column(say("book.grid", lang), "number"),
            *((Column(say("book.group", lang), "number"),) if has_group else ()),
            Column(say("book.households", lang), "number"),
            *((Column(say("book.living", lang), "number"),) if is_told else ()),
            Column(say("roster.who", lang)),
            *((Column(say("roster.phone", lang)),) if has_phone else ()),
        ),
        rows=rows,
        empty=say("book.no_grids", lang),
        blocks=(0,),
        whole=False,
        stamp=_stamp(content),
        across=True,
    )


def _households(content: Content) -> Table:
    lang, every = content.lang, [row for _, grid in content.grids for row in grid.rows]
    shown = [what for what in ("hamlet", "name", "phone") if any(getattr(row, what) for row in every)]
    headings = {"hamlet": "book.hamlet", "name": "book.head", "phone": "roster.phone"}
    return Table(
        name=say("roster.sheet.households", lang),
        columns=(
            Column(say("book.village", lang)),
            Column(say("book.grid", lang), "number"),
            Column(say("roster.place", lang), "number"),
            Column(say("book.door", lang)),
            *(Column(say(headings[what], lang)) for what in shown),
        ),
        rows=Rows(partial(_household_rows, content, shown)),
        empty=say("book.no_households", lang),
        blocks=(0, 1),
        stamp=_stamp(content),
        across=True,
    )


def _household_rows(content: Content, shown: Sequence[str]) -> Iterator[Row]:
    for village, grid in content.grids:
        for row in grid.rows:
            yield (village.name, grid.number, row.place, row.door, *(getattr(row, what) for what in shown))
