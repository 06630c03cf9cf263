"""A file of households into households, and every row that cannot be one into a refusal with its reason."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.errors import InputRefused
from gridplan.exchange.lists.cells import CONTROL, LONGEST_TEXT, CellRefused, check_text, refused
from gridplan.exchange.lists.columns import headers_shown
from gridplan.exchange.lists.rows import Refusal, Rows
from gridplan.exchange.lists.tables import read_table
from gridplan.exchange.lists.villages import VillageList, read_villages
from gridplan.exchange.lists.whereabouts import fields_to_find, find_positions, find_villages
from gridplan.model import Household, Village
from gridplan.words import Lang, Message

__all__ = ["HouseholdList", "Refusal", "VillageList", "read_households", "read_villages", "write_refused"]

TEXTS: Final = ("id", "name", "village", "hamlet", "phone", "address", "door")
PROSE: Final = {"phone", "address", "door"}
TRIMMED: Final = {"village", "hamlet"}
REFUSED_COLUMNS = ("row", "column", "value", "reason", "remedy")
RISKY_START = re.compile(r"[=+\-@\t\r\n]")
SIGNED_NUMBER = re.compile(r"[+-]\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class HouseholdList:
    """The households of a file in its order, the rows refused, and how the file was understood.

    `columns` are the headers by field; positions taken from geometries have none. Every row of the file is a household,
    is refused, or is counted in a note (blank rows, rows that repeat another word for word).
    """

    households: tuple[Household, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Message, ...]


def read_households(
    source: str,
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    villages: Sequence[Village] = (),
    snap: float = 0.0,
) -> HouseholdList:
    """Return the households of FILE, FILE#layer or FILE#layer@FRAME.

    A household's village is that of its column, else the one whose boundary holds it, else the nearest one within
    `snap` metres; in a file that knows no villages it is the file's name.

    Parameters
    ----------
    source
        The file.
    columns
        Headers by field (id, name, phone, address, door, lon, lat, village, hamlet) that win over what the headers
        suggest.
    villages
        The villages known; their way of writing a name wins.
    snap
        Metres; 0 for off.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used, or none of its rows can.
    """
    table = read_table(source)
    rows = Rows(table, fields_to_find(table, columns), columns)
    _refuse_overlong(rows)
    _drop_repeated(rows)
    _refuse_texts(rows)
    _refuse_repeated_ids(rows)
    lonlat = find_positions(rows)
    village_of = find_villages(rows, lonlat, villages, snap)
    if not village_of:
        first = min(rows.refusals)
        raise InputRefused(
            "read.all_refused",
            file=rows.table.source.name,
            n=len(rows.refusals),
            row=rows.number(first),
            reason=rows.refusals[first].reason,
            names=headers_shown(rows.table.header),
        )
    return HouseholdList(
        households=_households(rows, lonlat, village_of),
        refused=tuple(rows.refusals[at] for at in sorted(rows.refusals)),
        header=rows.table.header,
        columns={field: rows.header_of(field) for field in rows.column_of},
        notes=tuple(rows.notes),
    )


def _refuse_overlong(rows: Rows) -> None:
    width = len(rows.table.header)
    for at in rows:
        if len(cells := rows.table.rows[at]) > width:
            verdict = refused("", "read.row.too_many_cells", "read.remedy.quote_cells", cells=len(cells), headers=width)
            rows.refuse(at, verdict, value=" ".join(cells[width:]))


def _drop_repeated(rows: Rows) -> None:
    """Keep one of several rows that are equal in everything.

    Rows without id and name say nothing that tells households apart: flats of one house may well be equal, and stay.
    """
    ids, names = rows.cells("id"), rows.cells("name")
    shapes = rows.table.shapes
    places = [None] * len(rows.table.rows) if shapes is None else shapely.to_wkb(shapes)
    seen = set()
    alike = 0
    for at in rows:
        content = (rows.table.rows[at], places[at])
        if content not in seen:
            seen.add(content)
        elif ids[at].strip() or names[at].strip():
            rows.repeated.add(at)
        else:
            alike += 1
    if rows.repeated:
        rows.note("read.note.repeated", n=len(rows.repeated))
    if alike:
        rows.note("read.note.alike", n=alike)


def _refuse_texts(rows: Rows) -> None:
    for field in TEXTS:
        cells = rows.cells(field)
        if not CONTROL.search("".join(cells)) and max(map(len, cells)) <= LONGEST_TEXT:
            continue
        for at in rows:
            try:
                check_text(field, cells[at].strip() if field in TRIMMED else cells[at], prose=field in PROSE)
            except CellRefused as verdict:
                rows.refuse(at, verdict)


def _refuse_repeated_ids(rows: Rows) -> None:
    """Refuse rows without an id where others have one, and all rows that share an id."""
    if "id" not in rows.column_of:
        return
    ids = rows.cells("id")
    present = [at for at in range(len(ids)) if at not in rows.repeated]
    times = Counter(ids[at] for at in present)
    sharing: dict[str, list[int]] = {}
    for at in present:
        if times[ids[at]] > 1:
            sharing.setdefault(ids[at], []).append(at)
    for at in rows:
        if not ids[at].strip():
            rows.refuse(at, refused("id", "read.row.no_id", "read.remedy.give_id"))
        elif times[ids[at]] > 1:
            other = next(row for row in sharing[ids[at]] if row != at)
            rows.refuse(at, refused("id", "read.row.repeated_id", "read.remedy.unique_id", other=rows.number(other)))


def _households(rows: Rows, lonlat: NDArray[np.float64], village_of: Mapping[int, str]) -> tuple[Household, ...]:
    ids = _ids(rows, village_of)
    name, phone, address, door, hamlet = (rows.cells(field) for field in ("name", "phone", "address", "door", "hamlet"))
    degrees = lonlat.tolist()
    return tuple(
        Household(
            household_id=ids[at],
            village=village,
            lon=degrees[at][0],
            lat=degrees[at][1],
            name=_filled(name[at]),
            phone=_filled(phone[at]),
            address=_filled(address[at]),
            door=_filled(door[at]),
            hamlet=_filled(hamlet[at].strip()),
        )
        for at, village in village_of.items()
    )


def _ids(rows: Rows, village_of: Mapping[int, str]) -> Mapping[int, str]:
    """Return the id of every household; where the file has none, its village and a running number."""
    if "id" in rows.column_of:
        ids = rows.cells("id")
        return {at: ids[at] for at in village_of}
    rows.note("read.note.made_ids", n=len(village_of))
    counted: Counter[str] = Counter()
    made = {}
    for at, village in village_of.items():
        counted[village] += 1
        made[at] = f"{village}-{counted[village]:04d}"
    return made


def _filled(cell: str) -> str | None:
    return cell if cell and not cell.isspace() else None


def write_refused(path: Path, households: HouseholdList, lang: Lang) -> None:
    """Write the refused rows as CSV, in UTF-8 with the mark that makes a spreadsheet read it as such.

    The file's own columns come first, to be mended and imported again; then row, column, value, reason and remedy.
    Where the file has a column of such a name, `_refused` is added to ours. A cell that a spreadsheet would run as a
    formula starts with an apostrophe.
    """
    width = max((len(refusal.cells) for refusal in households.refused), default=0)
    header = [*households.header, *[""] * (width - len(households.header))]
    ours = [f"{name}_refused" if name in header else name for name in REFUSED_COLUMNS]
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        table = csv.writer(file)
        table.writerow(map(_inert, [*header, *ours]))
        for refusal in households.refused:
            own = [*refusal.cells, *[""] * (len(header) - len(refusal.cells))]
            why = [refusal.reason.say(lang), refusal.remedy.say(lang)]
            table.writerow(map(_inert, [*own, str(refusal.row), refusal.column, refusal.value, *why]))


def _inert(cell: str) -> str:
    return f"'{cell}" if RISKY_START.match(cell) and not SIGNED_NUMBER.fullmatch(cell) else cell
