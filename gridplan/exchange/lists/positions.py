"""Where the rows of a list stand: from columns of degrees or metres in any frame, or from geometries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import (
    CGCS2000,
    CHINA,
    LAT_RANGE,
    LON_RANGE,
    MERIDIANS,
    WGS84,
    are_metres,
    counts_degrees,
    counts_metres,
    frame_shown,
    frame_with,
    north_first,
    points_to_wgs84,
    wgs84_to_degrees,
    zones_of,
)
from gridplan.errors import InputRefused
from gridplan.exchange.lists.cells import CellRefused, check_position, parse_number, refused
from gridplan.exchange.lists.columns import HOUSEHOLD_FIELDS, Synonyms, headers_shown
from gridplan.exchange.lists.rows import Rows
from gridplan.exchange.lists.source import Table
from gridplan.model import Village

Box = tuple[float, float, float, float]

DEGREES: Final = ("lon", "lat")
METRES: Final = ("x", "y")
LON_PARTS: Final = {"lon_d": "°", "lon": "°", "lon_m": "'", "lon_s": '"', "ew": ""}
LAT_PARTS: Final = {"lat_d": "°", "lat": "°", "lat_m": "'", "lat_s": '"', "ns": ""}
POSITION_FIELDS: Final = {*LON_PARTS, *LAT_PARTS, *METRES}
HEMISPHERES: Final = {"东": "E", "东经": "E", "西": "W", "西经": "W", "北": "N", "北纬": "N", "南": "S", "南纬": "S"}
AROUND_VILLAGES: Final = 0.2
"""Degrees around the given villages in which their households are looked for."""
MULTIPOINT: Final = 4
POLYGONS: Final = (3, 6)


def fields_to_find(table: Table, wanted: Mapping[str, str]) -> Synonyms:
    """Return the fields to look for in a table: positions come from its geometries unless `wanted` names columns."""
    if table.shapes is None or shapely.is_missing(table.shapes).all() or not POSITION_FIELDS.isdisjoint(wanted):
        return HOUSEHOLD_FIELDS
    return {field: synonyms for field, synonyms in HOUSEHOLD_FIELDS.items() if field not in POSITION_FIELDS}


def find_positions(
    rows: Rows, frame: str | None = None, optional: bool = False, villages: Sequence[Village] = ()
) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of every row in WGS-84 degrees, nan where the row is refused.

    A list that has latitude and longitude the wrong way round throughout is turned, with a note; a row that alone has
    them so is refused, and so is one outside China among others inside it. What is taken of metres is in a note.

    Parameters
    ----------
    rows
        The rows: columns lon and lat, or x and y, or degrees, minutes and seconds in columns of their own; else the
        geometries of the table.
    frame
        What the positions are counted in; by default what is stated for the file, else WGS-84.
    optional
        Whether a row may be without a position: nan, and not refused, where all its cells for it are blank.
    villages
        The villages known; their boundaries tell what the numbers leave open.

    Raises
    ------
    InputRefused
        There are no positions in the table and they are not optional, or they are not what the frame counts in, or
        their frame does not place them.
    """
    home = _home(villages)
    if columns := _columns(rows):
        written = _written_in_cells(rows, columns, optional)
        stated = frame or rows.table.source.frame or WGS84
    elif rows.table.shapes is not None:
        written = _written_in_shapes(rows, rows.table.shapes, optional)
        written, stated = _as_stated(rows, written, frame)
    elif optional:
        return np.full((len(rows.table.rows), 2), np.nan)
    else:
        _refuse_without(rows, "lon")
    if are_metres(written.numbers):
        return _from_metres(rows, written, stated, home)
    return _from_degrees(rows, written, stated, home or CHINA)


@dataclass(frozen=True, slots=True)
class _Written:
    """Positions as they are written: numbers (n, 2), nan for none, and the field and the text that each came from."""

    numbers: NDArray[np.float64]
    lon_field: str
    lat_field: str
    lon_text: Callable[[int], str]
    lat_text: Callable[[int], str]

    def turned(self) -> _Written:
        """Return them with the second number first."""
        return _Written(self.numbers[:, ::-1].copy(), self.lat_field, self.lon_field, self.lat_text, self.lon_text)

    def refuse(self, rows: Rows, at: int, verdict: CellRefused) -> None:
        """Refuse a row for its longitude or latitude, naming the column where that is written."""
        lon = verdict.field == "lon"
        here = CellRefused(self.lon_field if lon else self.lat_field, verdict.reason, verdict.remedy)
        rows.refuse(at, here, value=(self.lon_text if lon else self.lat_text)(at))
        self.numbers[at] = np.nan


def _home(villages: Sequence[Village]) -> Box | None:
    """Return the box around the boundaries known: west, south, east, north in degrees."""
    boundaries = [village.boundary for village in villages if village.boundary is not None]
    if not boundaries:
        return None
    west, south, east, north = shapely.total_bounds(boundaries).tolist()
    return west - AROUND_VILLAGES, south - AROUND_VILLAGES, east + AROUND_VILLAGES, north + AROUND_VILLAGES


def _within(box: Box, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = box
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    inside: NDArray[np.bool_] = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside


# ---- what is written


def _columns(rows: Rows) -> tuple[list[str], list[str]] | None:
    """Return the fields that make up a longitude (or easting) and a latitude (or northing); None if there are none."""
    present = rows.column_of.keys()
    if not present.isdisjoint({"lon_d", "lon_m", "lat_d", "lat_m"}):
        lon, lat = ([field for field in parts if field in present] for parts in (LON_PARTS, LAT_PARTS))
        for field, parts in (("lon", lon), ("lat", lat)):
            if present.isdisjoint({field, f"{field}_d"}):
                _refuse_without(rows, parts[0] if parts[:1] == [f"{field}_d"] else field)
        return lon, lat
    for pair in (DEGREES, METRES):
        if present >= set(pair):
            return [pair[0]], [pair[1]]
    if half := [field for field in DEGREES if field in present]:
        _refuse_without(rows, "lat" if half == ["lon"] else "lon")
    return None


def _refuse_without(rows: Rows, field: str) -> NoReturn:
    names = headers_shown(rows.table.header)
    raise InputRefused("read.no_position", file=rows.table.source.name, field=field, names=names)


def _written_in_cells(rows: Rows, columns: tuple[list[str], list[str]], optional: bool) -> _Written:
    lon_fields, lat_fields = columns
    lon, lat = _texts(rows, lon_fields), _texts(rows, lat_fields)
    numbers = np.full((len(lon), 2), np.nan)
    written = _Written(numbers, lon_fields[0], lat_fields[0], lon.__getitem__, lat.__getitem__)
    normalised = 0
    for at in rows:
        try:
            if optional and not lon[at].strip() and not lat[at].strip():
                continue
            lon_number, lon_normalised = parse_number("lon", lon[at])
            lat_number, lat_normalised = parse_number("lat", lat[at])
            numbers[at] = lon_number, lat_number
            normalised += lon_normalised or lat_normalised
        except CellRefused as verdict:
            written.refuse(rows, at, verdict)
    if normalised:
        rows.note("read.note.normalised", n=normalised)
    return written


def _texts(rows: Rows, fields: Sequence[str]) -> Sequence[str]:
    """Return the text of every row: its cell, or the cells of several columns as degrees, minutes and seconds."""
    if len(fields) == 1:
        return rows.cells(fields[0])
    marks = [(LON_PARTS | LAT_PARTS)[field] for field in fields]
    return [_joined(cells, marks) for cells in zip(*map(rows.cells, fields), strict=True)]


def _joined(cells: Sequence[str], marks: Sequence[str]) -> str:
    bare = [cell.strip(" \t\"'°′″度分秒") for cell in cells]
    if not any(part for part, mark in zip(bare, marks, strict=True) if mark):
        return ""
    return "".join(HEMISPHERES.get(part, part) + mark for part, mark in zip(bare, marks, strict=True))


def _written_in_shapes(rows: Rows, shapes: NDArray[np.object_], optional: bool) -> _Written:
    kinds = shapely.get_type_id(shapes)
    single = (kinds == MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    areas = np.isin(kinds, POLYGONS) & shapely.is_valid(shapes)
    points = shapes.copy()
    points[single] = shapely.get_geometry(shapes[single], 0)
    points[areas] = shapely.point_on_surface(shapes[areas])
    points[shapely.is_empty(points)] = None
    numbers = np.column_stack([shapely.get_x(points), shapely.get_y(points)])

    def text(at: int) -> str:
        return shapely.to_wkt(shapes[at]) or ""

    written = _Written(numbers, "lon", "lat", text, text)
    good = list(rows)
    numbers[np.setdiff1d(np.arange(len(numbers)), good)] = np.nan
    for at in good:
        if points[at] is None and not optional:
            written.refuse(rows, at, refused("lon", "read.row.no_geometry", "read.remedy.locate"))
        elif points[at] is not None and points[at].geom_type != "Point":
            written.refuse(rows, at, refused("lon", "read.row.not_a_point", "read.remedy.point"))
    if from_areas := int((areas & ~np.isnan(numbers[:, 0])).sum()):
        rows.note("read.note.points_in_polygons", n=from_areas)
    return written


def _as_stated(rows: Rows, written: _Written, frame: str | None) -> tuple[_Written, str]:
    """Return the positions of geometries, which come in WGS-84, as they are written, and what to read them as."""
    read_as = rows.table.source.frame or rows.table.frame or WGS84
    if counts_degrees(read_as):
        return replace(written, numbers=wgs84_to_degrees(written.numbers, read_as)), frame or read_as
    if frame not in {None, read_as}:
        raise InputRefused("frame.of_file", file=rows.table.source.name, frame=frame_shown(read_as))
    return written, WGS84


# ---- what it means


def _from_degrees(rows: Rows, written: _Written, frame: str, home: Box) -> NDArray[np.float64]:
    known = int((~np.isnan(written.numbers[:, 0])).sum())
    if known and not counts_degrees(frame):
        raise InputRefused("frame.degrees", file=rows.table.source.name, frame=frame_shown(frame))
    if 2 * _turned(written.numbers, home).sum() > known:
        rows.note(
            "frame.note.turned", lon=rows.header_of(written.lat_field), lat=rows.header_of(written.lon_field), n=known
        )
        written = written.turned()
    lon, lat = written.numbers.T
    on_earth = (np.abs(lon) <= LON_RANGE[1]) & (np.abs(lat) <= LAT_RANGE[1]) & ((lon != 0) | (lat != 0))
    turned = _turned(written.numbers, home) & (2 * _within(home, written.numbers).sum() > known)
    in_china = _within(CHINA, written.numbers)
    abroad = ~in_china & (2 * in_china.sum() > known)
    for at in np.flatnonzero(~np.isnan(lon) & (~on_earth | turned | abroad)).tolist():
        try:
            check_position(*written.numbers[at].tolist())
            if turned[at]:
                raise refused("lat", "read.row.swapped", "read.remedy.swap")
            raise refused("lon", "frame.row.abroad", "frame.remedy.abroad")
        except CellRefused as verdict:
            written.refuse(rows, at, verdict)
    if frame != WGS84:
        rows.note("frame.note.read_as", frame=frame_shown(frame))
    return points_to_wgs84(written.numbers, frame)


def _turned(numbers: NDArray[np.float64], home: Box) -> NDArray[np.bool_]:
    """Say which positions are at home only with latitude and longitude the other way round."""
    return _within(home, numbers[:, ::-1]) & ~_within(home, numbers)


def _from_metres(rows: Rows, written: _Written, frame: str, home: Box | None) -> NDArray[np.float64]:
    if not counts_metres(frame):
        raise _metres_refused(rows, written)
    if north_first(written.numbers, frame):
        written = written.turned()
    zones = np.unique(zones_of(written.numbers[:, 0]))
    if frame == CGCS2000 and home is not None and not (zones > 0).any():
        frame = _frame_within(written.numbers, home) or frame
    lonlat = points_to_wgs84(written.numbers, frame)
    lon, lat = lonlat.T
    astray = (np.abs(lon) > LON_RANGE[1]) | (np.abs(lat) > LAT_RANGE[1])
    degrees = np.abs(written.numbers).max(axis=1) <= LON_RANGE[1]
    for at in np.flatnonzero(astray | degrees).tolist():
        if degrees[at]:
            verdict = refused("lon", "frame.row.degrees", "frame.remedy.metres")
        else:
            verdict = refused("lon", "frame.row.unplaced", "frame.remedy.metres", frame=frame_shown(frame))
        written.refuse(rows, at, verdict)
        lonlat[at] = np.nan
    east, north = rows.header_of(written.lon_field), rows.header_of(written.lat_field)
    rows.note("frame.note.metres", frame=frame_shown(frame), east=east, north=north)
    return lonlat


def _frame_within(numbers: NDArray[np.float64], home: Box) -> str | None:
    """Return the only Gauss-Krueger frame without a zone that puts most positions into a box, if there is one."""
    known = int((~np.isnan(numbers[:, 0])).sum())
    frames = map(frame_with, MERIDIANS)
    fit = [frame for frame in frames if 2 * _within(home, points_to_wgs84(numbers, frame)).sum() > known]
    return fit[0] if len(fit) == 1 else None


def _metres_refused(rows: Rows, written: _Written) -> InputRefused:
    """Return the refusal of metres without a frame; it names the frames they may be in."""
    written = written.turned() if north_first(written.numbers, CGCS2000) else written
    east, north = np.median(written.numbers[np.isfinite(written.numbers).all(axis=1)], axis=0)
    file = rows.table.source.name
    zone = int(zones_of(east))
    if 13 <= zone <= 45:
        return InputRefused("frame.metres_zone", file=file, east=f"{east:.0f}", north=f"{north:.0f}", zone=str(zone))
    return InputRefused("frame.metres", file=file, east=f"{east:.0f}", north=f"{north:.0f}")
