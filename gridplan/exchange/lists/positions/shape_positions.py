"""Positions as geometries have them, before it is known what they are counted in."""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.positions.position_cells import RawPositions
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import CellRefused, refused
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, POSITION_FIELDS, folded
from gridplan.exchange.tables.shape_parts import parts
from gridplan.words import Message

HOUSE_M2: Final = 2_000.0
"""Square metres; half of the areas being smaller, they are houses and no villages."""
MEASURED: Final = 1_000
"""Shapes that are measured, spread evenly."""
MULTIPOINT: Final = 4
COLLECTION: Final = 7
POLYGONS: Final = (3, 6)
BESIDE: Final = frozenset[str]().union(*(group for field in POSITION_FIELDS for group in HOUSEHOLD_FIELDS[field]))
"""Headers of positions, which are not read where others of the list have a geometry."""


def positions_in_shapes(rows: Rows, shapes: NDArray[np.object_], optional: bool) -> RawPositions:
    """Return the positions of the table's geometries, and refuse rows where there is none unless it is `optional`.

    What is there and cannot be read is refused in any case.
    """
    points, areas = points_of(shapes)
    numbers = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    unread = rows.table.unread

    def text(at: int) -> str:
        return unread[at].value if at in unread else shapely.to_wkt(shapes[at]) or ""

    raw = RawPositions(numbers, "lon", "lat", text, text, np.ones(len(shapes), np.bool_))
    numbers[~rows.are_good()] = np.nan
    beside = [
        cells
        for header, cells in zip(rows.table.header, rows.table.rows.columns, strict=True)
        if folded(header) in BESIDE
    ]
    for at in rows:
        if at in unread:
            raw.refuse(rows, at, CellRefused("lon", unread[at].reason, Message("read.remedy.redraw")))
        elif points[at] is None and (written := next((cells[at] for cells in beside if cells[at].strip()), "")):
            rows.refuse(at, refused("lon", "read.row.beside_geometry", "read.remedy.one_way"), value=written)
        elif points[at] is None and not optional:
            raw.refuse(rows, at, refused("lon", "read.row.no_geometry", "read.remedy.locate"))
        elif points[at] is not None and points[at].geom_type != "Point":
            raw.refuse(rows, at, refused("lon", "read.row.not_a_point", "read.remedy.point"))
    placed = areas & ~np.isnan(numbers[:, 0])
    if from_areas := int(placed.sum()):
        rows.note("read.note.points_in_polygons", n=from_areas)
        size = usual_area(shapes[placed])
        if HOUSE_M2 <= size < np.inf:
            rows.note("read.note.large_areas", n=from_areas, size=f"{size:,.0f}")
    return raw


def usual_area(shapes: NDArray[np.object_]) -> float:
    """Return the median of the areas of some of the shapes, in square metres; infinity where none has one."""
    drawn = shapes[~shapely.is_missing(shapes)]
    some = drawn[:: max(1, len(drawn) // MEASURED)]
    plane = LocalFrame.around(shapely.get_coordinates(shapely.centroid(some)))
    sizes = shapely.area(shapely.transform(some, plane.to_metres))
    return float(np.median(sizes[np.isfinite(sizes)])) if np.isfinite(sizes).any() else np.inf


def points_of(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the point that each shape stands for, another shape where it stands for none, and which were areas.

    A collection stands for the one point in it, else for its areas.
    """
    points = shapes.copy()
    for at in np.flatnonzero(shapely.get_type_id(shapes) == COLLECTION).tolist():
        points[at] = _one_of(shapes[at])
    kinds = shapely.get_type_id(points)
    single = (kinds == MULTIPOINT) & (shapely.get_num_geometries(points) == 1)
    areas = np.isin(kinds, POLYGONS) & shapely.is_valid(points)
    points[single] = shapely.get_geometry(points[single], 0)
    points[areas] = shapely.point_on_surface(points[areas])
    points[shapely.is_empty(points)] = None
    return points, areas


def _one_of(collection: BaseGeometry) -> BaseGeometry:
    """Return the one point of a collection, else its areas if it has nothing else; else the collection."""
    found = list(parts(collection))
    dimensions = set(shapely.get_dimensions(found).tolist())
    points = [part for part in found if part.geom_type == "Point"]
    if len(points) == 1:
        return points[0]
    return shapely.MultiPolygon(found) if dimensions == {2} else collection
