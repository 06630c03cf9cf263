"""Which village every household of a list belongs to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.rows.titles import plain_title, without_title_words
from gridplan.exchange.lists.villages import note_spellings, villages_called
from gridplan.exchange.tables.cells import VILLAGE, CellRefused, refused, shown
from gridplan.exchange.tables.source import Table
from gridplan.model import Hamlet, Village
from gridplan.names import folded, folded_hamlet

NO_VILLAGE: Final = re.compile(
    r"((work)?sheet|工作表|工作簿|表|feuil|tabelle|book|新建|layer|图层|households?|villagers|residents|people|roster|list"
    r"|data|export|table|页)?[\s_-]*\d*(\s*[(（]\d+[)）])?|第?[\d一二三四五六七八九十]+(村民)?小?组",
    re.IGNORECASE,
)
"""What programs and people call a sheet that is the only one, and hamlets: the name of no village."""


def table_titles(tables: Sequence[Table]) -> list[str]:
    """Return the village that each table is called after: its sheet, else its file.

    A name that a program gives to sheets stands for no village; title words behind a name, such as 花名册, go. The only
    sheet of a file that is called like a village has to be so too, and so has a layer of a map.
    """
    sheets = Counter(table.source.path for table in tables)
    names = []
    for table in tables:
        stem = PurePath(table.source.name).stem
        of_file = without_title_words(stem)
        of_sheet = without_title_words(table.sheet or "")
        alone = sheets[table.source.path] == 1
        in_doubt = alone and (table.shapes is not None or VILLAGE.fullmatch(of_file) is not None)
        means_one = not NO_VILLAGE.fullmatch(of_sheet) and (not in_doubt or VILLAGE.fullmatch(of_sheet) is not None)
        names.append(of_sheet if means_one else of_file or plain_title(stem) or "1")
    return names


def village_of_whole_table(rows: Rows, called: str, villages: Sequence[Village]) -> str | None:
    """Return the one village of a table that names none, None where every row has to say.

    It is the one the table is called after; with villages known beside it, only if that is one of them.
    """
    written = villages_called(villages)
    if "village" in rows.column_of or (villages and folded(called) not in written):
        return None
    return written.get(folded(called), called)


def refuse_unlocated(rows: Rows, lonlat: NDArray[np.float64], *, several: bool) -> None:
    """Refuse rows without position and hamlet in a list that is one village only because nothing else is known of it.

    Where no row at all has a position, the list is meant to be so. Of `several` tables each says where its rows are.
    """
    lost = np.isnan(lonlat[:, 0]) & rows.are_good()
    if several or lost.sum() == rows.are_good().sum():
        return
    hamlets = rows.cells("hamlet")
    for at in np.flatnonzero(lost).tolist():
        if not hamlets[at].strip():
            rows.refuse(at, _unlocated(rows))


def find_villages(
    rows: Rows,
    lonlat: NDArray[np.float64],
    villages: Sequence[Village],
    written: Mapping[str, str],
    snap: float,
    hamlets: Sequence[Hamlet] = (),
) -> list[str]:
    """Return the villages of the rows that are still good, one each, and refuse those that have none.

    It is the one named in the row; else the first by name whose boundary holds the position; else the nearest within
    `snap` metres (0 for off); else the only one that has a hamlet of the row's. Rows without position have nan.
    `written` are villages by what lists may call them, as `villages_named` returns them.
    """
    village_of = _villages_by_name(rows, written)
    unnamed = [at for at in rows if village_of[at] is None]
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    placed = [at for at in unnamed if not np.isnan(lonlat[at, 0])]
    if placed and boundaries:
        for at, village in _villages_by_position(rows, np.array(placed), lonlat, boundaries, snap):
            village_of[at] = village
    for at, village in _villages_by_hamlet(rows, [at for at in unnamed if not village_of[at]], hamlets, written):
        village_of[at] = village
    for at in unnamed:
        if village_of[at]:
            continue
        if np.isnan(lonlat[at, 0]):
            rows.refuse(at, _unlocated(rows))
        elif boundaries:
            rows.refuse(at, refused("village", "read.row.in_no_village", "read.remedy.name_village"))
        else:
            rows.refuse(at, refused("village", "read.row.village_blank", "read.remedy.fill_village"))
    return [village for village in village_of if village]


def _villages_by_name(rows: Rows, written: Mapping[str, str]) -> list[str | None]:
    """Return the village that each row names, by its name, code or a former one."""
    village_of: list[str | None] = [None] * len(rows.table.rows)
    spellings: Counter[str] = Counter()
    for at, cell in zip(rows, rows.good(rows.cells("village")), strict=True):
        if name := cell.strip():
            village_of[at] = written[folded(name)]
            spellings[name] += 1
    meant = {name: written[folded(name)] for name in spellings}
    for name, village in meant.items():
        if folded(village) != folded(name):
            rows.note("read.note.village_called", n=spellings[name], name=shown(name), village=village)
    note_spellings(rows, meant, spellings)
    return village_of


def _unlocated(rows: Rows) -> CellRefused:
    drawn = rows.table.shapes is not None and "lon" not in rows.column_of
    return refused("lon", "read.row.no_geometry" if drawn else "read.row.blank", "read.remedy.locate_or_name")


def _villages_by_hamlet(
    rows: Rows, unnamed: Sequence[int], hamlets: Sequence[Hamlet], written: Mapping[str, str]
) -> list[tuple[int, str]]:
    villages_with: dict[str, set[str]] = {}
    for hamlet in hamlets:
        if hamlet.name:
            villages_with.setdefault(folded_hamlet(hamlet.name), set()).add(hamlet.village)
    found = []
    for at in unnamed if villages_with else ():
        candidates = villages_with.get(folded_hamlet(rows.cells("hamlet")[at]), set())
        if len(candidates) == 1:
            (village,) = candidates
            found.append((at, written.get(folded(village), village)))
    if found:
        rows.note("read.note.by_hamlet", n=len(found))
    return found


def _villages_by_position(
    rows: Rows, at: NDArray[np.intp], lonlat: NDArray[np.float64], boundary_of: Mapping[str, BaseGeometry], snap: float
) -> list[tuple[int, str]]:
    names = sorted(boundary_of)
    boundaries = [boundary_of[name] for name in names]
    nowhere = len(names)
    found = np.full(len(at), nowhere)
    points = np.asarray(shapely.points(lonlat[at]), object)
    holder, held = shapely.STRtree(points).query(boundaries, "intersects")
    np.minimum.at(found, held, holder)
    outside = np.flatnonzero(found == nowhere)
    if inside := len(at) - outside.size:
        rows.note("read.note.by_position", n=inside)
    if several := int((np.bincount(held) > 1).sum()):
        rows.note("read.note.several_villages", n=several)
    if snap > 0 and outside.size:
        found[outside] = _nearest(lonlat[at[outside]], boundaries, snap)
        if snapped := int((found[outside] < nowhere).sum()):
            rows.note("read.note.snapped", n=snapped, metres=f"{snap:g}")
    return [(row, names[village]) for row, village in zip(at.tolist(), found, strict=True) if village < nowhere]


def _nearest(lonlat: NDArray[np.float64], boundaries: Sequence[BaseGeometry], snap: float) -> NDArray[np.intp]:
    """Return the index of the nearest boundary within `snap` metres of each position; their number stands for none."""
    frame = LocalFrame.around(lonlat)
    tree = shapely.STRtree([frame.shape_to_metres(boundary) for boundary in boundaries])
    point, boundary = tree.query_nearest(shapely.points(frame.to_metres(lonlat)), max_distance=snap)
    nearest = np.full(len(lonlat), len(boundaries))
    np.minimum.at(nearest, point, boundary)
    return nearest
