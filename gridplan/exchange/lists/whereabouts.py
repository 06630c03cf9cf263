"""The village that every row of a list belongs to: the one it names, or the one that its position is in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.cells import CONTROL, LONGEST_TEXT, refused
from gridplan.exchange.lists.rows import Rows
from gridplan.exchange.lists.villages import folded_name
from gridplan.model import Village


def find_villages(rows: Rows, lonlat: NDArray[np.float64], villages: Sequence[Village], snap: float) -> dict[int, str]:
    """Return the village of every row that is still good, and refuse those that have none.

    It is the one named in the row, else the first by name whose boundary holds the position, else the nearest within
    `snap` metres (0 for off); in a file that names none, beside which no villages are known, it is the file itself.
    """
    if "village" not in rows.column_of and not villages:
        village = _village_named_after(rows.table.source.path.stem)
        rows.note("read.note.one_village", village=village)
        return dict.fromkeys(rows, village)
    named = villages_named(rows, villages)
    village_of = {at: name for at in rows if (name := named[at]) is not None}
    unnamed = [at for at in rows if at not in village_of]
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    placed = [at for at in unnamed if np.isfinite(lonlat[at]).all()]
    if placed and boundaries:
        village_of |= _villages_by_position(rows, np.array(placed), lonlat, boundaries, snap)
    for at in unnamed:
        if at in village_of:
            continue
        if boundaries:
            rows.refuse(at, refused("village", "read.row.in_no_village", "read.remedy.name_village"))
        else:
            rows.refuse(at, refused("village", "read.row.village_blank", "read.remedy.fill_village"))
    return dict(sorted(village_of.items()))


def villages_named(rows: Rows, villages: Sequence[Village]) -> list[str | None]:
    """Return the village that each good row names, written as the villages known or the first row write it."""
    written = {folded_name(village.name): village.name for village in villages}
    cells = rows.cells("village")
    named: list[str | None] = [None] * len(cells)
    for at in rows:
        if name := cells[at].strip():
            named[at] = written.setdefault(folded_name(name), name)
    return named


def _villages_by_position(
    rows: Rows, at: NDArray[np.intp], lonlat: NDArray[np.float64], boundary_of: Mapping[str, BaseGeometry], snap: float
) -> dict[int, str]:
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
    return {row: names[village] for row, village in zip(at.tolist(), found, strict=True) if village < nowhere}


def _nearest(lonlat: NDArray[np.float64], boundaries: Sequence[BaseGeometry], snap: float) -> NDArray[np.intp]:
    """Return the index of the nearest boundary within `snap` metres of each position; their number stands for none."""
    frame = LocalFrame.around(lonlat)
    tree = shapely.STRtree([frame.shape_to_metres(boundary) for boundary in boundaries])
    point, boundary = tree.query_nearest(shapely.points(frame.to_metres(lonlat)), max_distance=snap)
    nearest = np.full(len(lonlat), len(boundaries))
    np.minimum.at(nearest, point, boundary)
    return nearest


def _village_named_after(stem: str) -> str:
    return CONTROL.sub("", stem).strip()[:LONGEST_TEXT] or "1"
