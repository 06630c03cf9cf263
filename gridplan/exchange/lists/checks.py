"""What any list is checked for, whatever it lists: cells too many, rows twice, texts that spoil files, ids twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import shapely

from gridplan.exchange.lists.cells import CONTROL, LONGEST_TEXT, CellRefused, check_text, refused
from gridplan.exchange.lists.rows import Rows
from gridplan.exchange.lists.source import Table


def refuse_overlong(rows: Rows) -> None:
    """Refuse rows with more cells than there are headers."""
    width = len(rows.table.header)
    for at in rows:
        if len(cells := rows.table.rows[at]) > width:
            verdict = refused("", "read.row.too_many_cells", "read.remedy.quote_cells", cells=len(cells), headers=width)
            rows.refuse(at, verdict, value=" ".join(cells[width:]))


def repeated_rows(table: Table) -> set[int]:
    """Return the rows that are equal in everything to an earlier one; to be asked before any column is dropped."""
    places = [None] * len(table.rows) if table.shapes is None else shapely.to_wkb(table.shapes)
    contents = list(zip(table.rows, places, strict=True))
    first: dict[object, int] = {}
    return {at for at, content in enumerate(contents) if first.setdefault(content, at) != at}


def refuse_texts(rows: Rows, fields: Collection[str]) -> None:
    """Refuse rows with a text that is too long, or holds characters that would spoil a page, a map or a file."""
    for field in fields:
        cells = rows.cells(field)
        if not CONTROL.search("".join(cells)) and max(map(len, cells)) <= LONGEST_TEXT:
            continue
        for at in rows:
            try:
                check_text(field, cells[at].strip())
            except CellRefused as verdict:
                rows.refuse(at, verdict)


def refuse_repeated_ids(lists: Sequence[Rows], field: str, give: str, tell_apart: str) -> None:
    """Refuse rows without an id where others of their table have one, and all that share one, in any of the tables.

    The remedies are given as codes.
    """
    sharing: dict[str, list[tuple[Rows, int]]] = {}
    for rows in (rows for rows in lists if field in rows.column_of):
        for at in rows:
            if id_ := rows.cells(field)[at].strip():
                sharing.setdefault(id_, []).append((rows, at))
            else:
                rows.refuse(at, refused(field, "read.row.no_id", give))
    for places in sharing.values():
        for rows, at in places if len(places) > 1 else ():
            other, row = places[1] if places[0] == (rows, at) else places[0]
            where = {"other": other.number(row), "table": other.name}
            rows.refuse(at, refused(field, "read.row.repeated_id_elsewhere", tell_apart, **where))
