"""Where the households of a list are: the position of every row, and the village it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.errors import InputRefused
from gridplan.exchange.lists.cells import CONTROL, LONGEST_TEXT, CellRefused, check_position, parse_position, refused
from gridplan.exchange.lists.columns import HOUSEHOLD_FIELDS, Synonyms, headers_shown
from gridplan.exchange.lists.rows import Rows
from gridplan.exchange.lists.source import Table
from gridplan.exchange.lists.villages import folded_name
from gridplan.model import Village

DEGREES = ("lon", "lat")
MULTIPOINT = 4
POLYGONS = (3, 6)
NOWHERE = (np.nan, np.nan)


def fields_to_find(table: Table, wanted: Mapping[str, str]) -> Synonyms:
    """Return the fields to look for in a table: positions come from its geometries unless `wanted` names columns."""
    if table.shapes is None or shapely.is_missing(table.shapes).all() or not wanted.keys().isdisjoint(DEGREES):
        return HOUSEHOLD_FIELDS
    return {field: synonyms for field, synonyms in HOUSEHOLD_FIELDS.items() if field not in DEGREES}


def find_positions(rows: Rows) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of every row in degrees, nan where the row is refused.

    Raises
    ------
    InputRefused
        There are neither geometries nor columns to take them from.
    """
    missing = [field for field in DEGREES if field not in rows.column_of]
    if not missing:
        return _positions_of_cells(rows)
    if len(missing) == len(DEGREES) and rows.table.shapes is not None:
        return _positions_of_shapes(rows, rows.table.shapes)
    headers = headers_shown(rows.table.header)
    raise InputRefused("read.no_position", file=rows.table.source.name, field=missing[0], names=headers)


def _positions_of_cells(rows: Rows) -> NDArray[np.float64]:
    lon, lat = rows.cells("lon"), rows.cells("lat")
    lonlat = [NOWHERE] * len(lon)
    normalised = 0
    for at in rows:
        try:
            lon_degrees, lat_degrees, changed = parse_position(lon[at], lat[at])
            lonlat[at] = lon_degrees, lat_degrees
            normalised += changed
        except CellRefused as verdict:
            rows.refuse(at, verdict)
    if normalised:
        rows.note("read.note.normalised", n=normalised)
    return np.array(lonlat)


def _positions_of_shapes(rows: Rows, shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    kinds = shapely.get_type_id(shapes)
    single = (kinds == MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    areas = np.isin(kinds, POLYGONS) & shapely.is_valid(shapes)
    points = shapes.copy()
    points[single] = shapely.get_geometry(shapes[single], 0)
    points[areas] = shapely.point_on_surface(shapes[areas])
    points[shapely.is_empty(points)] = None
    lonlat = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    from_areas = 0
    for at in rows:
        try:
            if points[at] is None:
                raise refused("lon", "read.row.no_geometry", "read.remedy.locate")
            if points[at].geom_type != "Point":
                raise refused("lon", "read.row.not_a_point", "read.remedy.point")
            check_position(*lonlat[at].tolist())
            from_areas += int(areas[at])
        except CellRefused as verdict:
            rows.refuse(at, verdict, value=shapely.to_wkt(shapes[at]) or "")
    if from_areas:
        rows.note("read.note.points_in_polygons", n=from_areas)
    return lonlat


def find_villages(rows: Rows, lonlat: NDArray[np.float64], villages: Sequence[Village], snap: float) -> dict[int, str]:
    """Return the village of every row that is still good, and refuse those that have none.

    It is the one named in the row, else the first by name whose boundary holds the position, else the nearest within
    `snap` metres (0 for off); in a file that names none, beside which no villages are known, it is the file itself.
    """
    if "village" not in rows.column_of and not villages:
        village = _village_named_after(rows.table.source.path.stem)
        rows.note("read.note.one_village", village=village)
        return dict.fromkeys(rows, village)
    written = {folded_name(village.name): village.name for village in villages}
    named = rows.cells("village")
    village_of: dict[int, str] = {}
    unnamed = []
    for at in rows:
        if name := named[at].strip():
            village_of[at] = written.setdefault(folded_name(name), name)
        else:
            unnamed.append(at)
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    if unnamed and boundaries:
        village_of |= _villages_by_position(rows, np.array(unnamed), lonlat, boundaries, snap)
    for at in unnamed:
        if at in village_of:
            continue
        if boundaries:
            rows.refuse(at, refused("village", "read.row.in_no_village", "read.remedy.name_village"))
        else:
            rows.refuse(at, refused("village", "read.row.village_blank", "read.remedy.fill_village"))
    return dict(sorted(village_of.items()))


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
