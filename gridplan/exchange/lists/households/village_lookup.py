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
from gridplan.exchange.lists.rows.told_villages import VillageCells, listed_village, refused_alike, village_cells
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames, one_holding
from gridplan.exchange.lists.villages import note_spellings
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
        name = of_sheet if means_one else of_file or plain_title(stem) or "1"
        names.append(table.source.villages.get(folded(name), name))
    return names


def village_of_whole_table(rows: Rows, called: str, known: VillageNames) -> str | None:
    """Return what the one village of a table is called that names none, None where every row has to say.

    It is what the table is called; with villages known beside it, only if one of them is called so.
    """
    if "village" in rows.column_of or (known.villages and not known.find(ListedVillage(called))):
        return None
    return called


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
    called: str | None,
    lonlat: NDArray[np.float64],
    names: VillageNames,
    snap: float,
    hamlets: Sequence[Hamlet] = (),
) -> list[str]:
    """Return the villages of the rows that are still good, one each, and refuse those that have none.

    It is the one named in the row, or that the list is `called` after: of several of that name the one that town or
    code tells, else whose boundary holds the position. Else it is the first by name whose boundary holds it; else the
    nearest within `snap` metres (0 for off); else the only one that has a hamlet of the row's. Rows without position
    have nan.
    """
    village_of, alike = _villages_by_name(rows, called, names)
    _tell_alike_by_position(rows, called, lonlat, alike, village_of)
    unnamed = [at for at in rows if village_of[at] is None]
    boundaries = {village.name: village.boundary for village in names.villages if village.boundary is not None}
    placed = [at for at in unnamed if not np.isnan(lonlat[at, 0])]
    if placed and boundaries:
        for at, village in _villages_by_position(rows, np.array(placed), lonlat, boundaries, snap):
            village_of[at] = village
    for at, village in _villages_by_hamlet(rows, [at for at in unnamed if not village_of[at]], hamlets, names):
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


def _villages_by_name(
    rows: Rows, called: str | None, names: VillageNames
) -> tuple[list[str | None], dict[tuple[Village, ...], list[int]]]:
    """Return the village that each row names, and the rows that may mean several, by those."""
    village_of: list[str | None] = [None] * len(rows.table.rows)
    alike: dict[VillageCells, list[int]] = {}
    meant: dict[VillageCells, tuple[Village, ...]] = {}
    times: Counter[VillageCells] = Counter()
    for at, cells in zip(rows, rows.good(village_cells(rows, called)), strict=True):
        if (found := meant.get(cells)) is None:
            found = meant[cells] = names.find(listed_village(cells))
        times[cells] += 1
        if len(found) == 1:
            village_of[at] = found[0].name
        elif found:
            alike.setdefault(cells, []).append(at)
    spellings: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for cells, found in meant.items():
        if called is not None or len(found) != 1 or not (name := cells[0].strip()):
            continue
        (village,) = found
        if folded(name) not in {folded(village.name), folded(village.listed_name)}:
            rows.note("read.note.village_called", n=times[cells], name=shown(name), village=village.name)
        elif folded(name) == folded(village.name):
            spellings[name] += times[cells]
            spelt[name] = village.name
    note_spellings(rows, spelt, spellings)
    joined: dict[tuple[Village, ...], list[int]] = {}
    for cells, places in alike.items():
        joined.setdefault(meant[cells], []).extend(places)
    return village_of, joined


def _tell_alike_by_position(
    rows: Rows,
    called: str | None,
    lonlat: NDArray[np.float64],
    alike: Mapping[tuple[Village, ...], Sequence[int]],
    village_of: list[str | None],
) -> None:
    """Find the villages of rows that may mean several by whose boundary holds them; refuse the other rows."""
    for villages, places in alike.items():
        found = 0
        for at in places:
            held = one_holding(villages, lonlat[at])
            if held is not None:
                village_of[at] = held.name
                found += 1
            else:
                rows.refuse(at, refused_alike(villages), value=called)
        if found:
            rows.note("read.note.alike_by_position", n=found, name=shown(villages[0].listed_name or villages[0].name))


def _unlocated(rows: Rows) -> CellRefused:
    drawn = rows.table.shapes is not None and "lon" not in rows.column_of
    return refused("lon", "read.row.no_geometry" if drawn else "read.row.blank", "read.remedy.locate_or_name")


def _villages_by_hamlet(
    rows: Rows, unnamed: Sequence[int], hamlets: Sequence[Hamlet], names: VillageNames
) -> list[tuple[int, str]]:
    called = {village.name for village in names.villages}
    villages_with: dict[str, set[str]] = {}
    for hamlet in hamlets:
        if hamlet.name:
            villages_with.setdefault(folded_hamlet(hamlet.name), set()).add(hamlet.village)
    found = []
    for at in unnamed if villages_with else ():
        candidates = villages_with.get(folded_hamlet(rows.cells("hamlet")[at]), set())
        if len(candidates) == 1:
            (village,) = candidates
            known = [village] if village in called else [one.name for one in names.find(ListedVillage(village))]
            if len(known) == 1:
                found.append((at, known[0]))
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
