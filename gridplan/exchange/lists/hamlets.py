"""A file of hamlets into places: where households without a position stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.village_lookup import find_villages
from gridplan.exchange.lists.positions.positions import fields_to_find, find_positions
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import VillageNames
from gridplan.exchange.tables.cells import CellRefused, check_text, refused
from gridplan.exchange.tables.columns import HAMLET_FIELDS, headers_shown
from gridplan.exchange.tables.read import read_table
from gridplan.exchange.tables.source import Source, Table
from gridplan.model import Hamlet
from gridplan.names import folded, hamlet_within
from gridplan.words import Message, series

NAMED: Final = 20
"""Villages that a refusal names."""
BY_LETTER: Final = re.compile("(?:group|hamlet)([a-z])|([a-z])(?:group|hamlet)")
ROMAN: Final = frozenset("ivx")
"""Letters that are numbers too."""


@dataclass(frozen=True, slots=True)
class HamletList:
    """The hamlets of a file in its order, what there is to say about it, and its unused columns."""

    hamlets: tuple[Hamlet, ...]
    notes: tuple[Message, ...]
    unused: tuple[str, ...] = ()


def read_hamlets(
    source: str | Source,
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    frame: str | None = None,
) -> HamletList:
    """Return the hamlets of FILE, FILE#layer or FILE#layer@FRAME. As `hamlets_in`."""
    return hamlets_in(read_table(source), columns=columns, frame=frame)


def hamlets_in(
    table: Table,
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    frame: str | None = None,
    names: VillageNames | None = None,
    listed: Collection[str] = (),
) -> HamletList:
    """Return the hamlets of a list as it was read. A row without a hamlet is the place of its village.

    Rows without village or position are left out with a note each. Where no column has the village, it is the one of
    `names` whose boundary holds the place; without boundaries, or where the only one `listed` beside has none, it stays
    blank until `in_one_village` is told it.

    `columns` are headers by field (village, town, village_code, hamlet, lon, lat, x, y) that win over what the headers
    suggest; `frame` is what positions are counted in, as `frame_named` returns it, by default what the file states.
    Villages are those of `names`, if there are any; by default they are called what the list calls them.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used, or there is no hamlet in it.
    """
    columns = {**columns, **table.source.columns}
    rows = Rows(table, fields_to_find(table, columns, HAMLET_FIELDS), columns)
    villages = names.villages if names else ()
    meant = [village for village in villages if village.name in listed] if len(listed) == 1 else villages
    drawn = any(village.boundary is not None for village in meant)
    if not drawn and rows.column_of.keys().isdisjoint({"village", "hamlet"}):
        raise InputRefused("read.no_hamlets", file=table.source.name, names=headers_shown(table.header))
    _refuse_nameless(rows, drawn)
    lonlat = find_positions(rows, frame)
    called = rows.cells("hamlet")
    if names is None:
        inside = [cell.strip() for cell in rows.good(rows.cells("village"))]
    elif drawn or "village" in rows.column_of:
        inside = find_villages(rows, None, lonlat, names, 0.0)
    else:
        inside = [""] * int(rows.are_good().sum())
    placed = zip(inside, rows, lonlat[rows.are_good()].tolist(), strict=True)
    hamlets = tuple(Hamlet(village, called[at].strip() or None, *place) for village, at, place in placed)
    for _, refusal in sorted(rows.refusals.items()):
        rows.note("read.note.hamlet_left_out", row=str(refusal.row), why=refusal.reason)
    if not hamlets:
        _, refusal = min(rows.refusals.items())
        raise InputRefused(
            "read.hamlets_all_refused",
            file=table.source.name,
            n=len(rows.refusals),
            row=str(refusal.row),
            reason=refusal.reason,
            names=headers_shown(table.header),
        )
    return HamletList(hamlets, (*table.notes, *rows.notes), rows.unused_headers)


def in_one_village(listed: HamletList, file: str, villages: Iterable[str]) -> HamletList:
    """Return hamlets of a file that names no village for them as those of the only one there is.

    Raises
    ------
    InputRefused
        There is none, or there are several.
    """
    if all(hamlet.village for hamlet in listed.hamlets):
        return listed
    names = sorted({*villages})
    if len(names) != 1:
        raise InputRefused("read.hamlets_of_which", file=file, names=series(names or ["–"], NAMED))
    hamlets = tuple(replace(hamlet, village=hamlet.village or names[0]) for hamlet in listed.hamlets)
    note = Message("read.note.hamlets_of_one", {"village": names[0]})
    return replace(listed, hamlets=hamlets, notes=(*listed.notes, note))


def hamlet_spellings(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return how hamlets are written, by village and name as `hamlet_key_of` returns them: as the first of each is."""
    found: dict[tuple[str, str], str] = {}
    for village, hamlet in named:
        if hamlet:
            found.setdefault(hamlet_key_of(village, hamlet), hamlet)
    return found


def called_by_letters(named: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the hamlets, each with its village, whose I, V or X is a letter: others there are called A or B."""
    letters: dict[tuple[str, str], tuple[str, str]] = {}
    for village, hamlet in named:
        if found := BY_LETTER.fullmatch(folded(hamlet)):
            letters[village, hamlet] = folded(village), found[1] or found[2]
    lettered = {village for village, letter in letters.values() if letter not in ROMAN}
    return {pair for pair, (village, letter) in letters.items() if village in lettered and letter in ROMAN}


def hamlet_key_of(village: str, hamlet: str) -> tuple[str, str]:
    """Return what a hamlet is compared by: its village, and its number or name there."""
    return folded(village), hamlet_within(village, hamlet)


def _refuse_nameless(rows: Rows, drawn: bool) -> None:
    for at in list(rows):
        try:
            for field in ("village", "town", "village_code", "hamlet"):
                check_text(field, rows.cells(field)[at].strip())
            if not drawn and "village" not in rows.column_of and not rows.cells("hamlet")[at].strip():
                raise refused("hamlet", "read.row.blank", "read.remedy.fill_village")
            if "village" in rows.column_of and not rows.cells("village")[at].strip():
                raise refused("village", "read.row.village_blank", "read.remedy.fill_village")
        except CellRefused as verdict:
            rows.refuse(at, verdict)
