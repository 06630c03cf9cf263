"""Lines, and areas around the households of a list: roads and boundaries that were drawn beside them on one map."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.positions.shape_positions import points_of
from gridplan.exchange.lists.rows.row_checks import rows_named
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import refused
from gridplan.exchange.tables.columns import POSITION_FIELDS

LARGEST_DWELLING: Final = 10_000.0
"""Square metres; what is larger is no dwelling in a list that mostly has points."""
AROUND: Final = 2
"""Other positions that an area is around."""


def leave_out_outlines(rows: Rows) -> None:
    """Leave lines, and areas around other rows, out of a list of households that are drawn otherwise, with a note.

    One that has an id of its own is refused: it is meant to be a household.
    """
    if rows.table.shapes is None or not rows.column_of.keys().isdisjoint(POSITION_FIELDS):
        return
    points, of_areas = points_of(rows.table.shapes)
    placed = (shapely.get_type_id(points) == 0) & rows.are_good()
    lines = (shapely.get_dimensions(points) == 1) & rows.are_good()
    if not placed.any():
        return
    outlines = _are_outlines(rows.table.shapes, points, placed, of_areas) & rows.are_good()
    ids = rows.cells("id")
    left: list[int] = []
    for at in np.flatnonzero(lines | outlines).tolist():
        if ids[at].strip():
            why = "read.row.line" if lines[at] else "read.row.outline"
            rows.refuse(at, refused("lon", why, "read.remedy.point"), value=shapely.to_wkt(rows.table.shapes[at]))
        else:
            left.append(at)
    rows.absorb(left)
    if left:
        rows.note("read.note.outlines", n=len(left), rows=rows_named(rows, left))


def _are_outlines(
    shapes: NDArray[np.object_], points: NDArray[np.object_], placed: NDArray[np.bool_], of_areas: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which areas are around others, or too large for a dwelling where most rows are points."""
    areas = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & (of_areas | ~placed))
    found = np.zeros(len(shapes), np.bool_)
    if not areas.size:
        return found
    ground = shapes[areas]
    ground[~shapely.is_valid(ground)] = shapely.make_valid(ground[~shapely.is_valid(ground)])
    holder, held = shapely.STRtree(points[placed]).query(ground, "intersects")
    smaller = shapely.area(shapes[placed])[held] < shapely.area(ground)[holder]
    found[areas] = np.bincount(holder[smaller], minlength=len(areas)) >= AROUND
    if 2 * of_areas[placed].sum() < placed.sum():
        frame = LocalFrame.around(shapely.get_coordinates(points[placed]))
        sizes = [shapely.area(frame.shape_to_metres(one)) for one in ground]
        found[areas] |= np.array(sizes) > LARGEST_DWELLING
    return found
