"""Where the rows of a list stand: from columns of degrees or metres in any frame, or from geometries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import (
    BEIJING54,
    CGCS2000,
    CHINA,
    DMS,
    LAT_RANGE,
    LON_RANGE,
    MERIDIANS,
    WGS84,
    XIAN80,
    are_abroad,
    are_metres,
    counts_degrees,
    counts_metres,
    frame_mentioned,
    frame_of_zone,
    frame_option,
    frame_shown,
    frame_with,
    look_packed,
    north_first,
    points_to_wgs84,
    wgs84_to_degrees,
    zones_of,
)
from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.position_cells import (
    DEGREES,
    RawPositions,
    position_columns,
    positions_in_cells,
    refuse_missing_field,
)
from gridplan.exchange.lists.positions.position_texts import BOTH
from gridplan.exchange.lists.positions.shape_positions import positions_in_shapes
from gridplan.exchange.lists.positions.unlabelled_positions import note_unlabelled_positions
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import MARKS, CellRefused, check_position, refused, shown
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, POSITION_FIELDS, Synonyms
from gridplan.exchange.tables.source import Table
from gridplan.model import Village

Box = tuple[float, float, float, float]

MARKED: Final = re.compile(r"[°'\"]|\d[\s:-]\d")
"""What is in degrees whose minutes do not stand behind the point."""
SOUTH_OF_TIBET: Final = 27.0
"""Degrees of latitude; where a longitude may be a latitude, west of 90 degrees, China is north of it."""
LARGEST_M: Final = 1e12
"""Metres that are shown as they are; the middle of larger ones may be no number."""
AROUND_VILLAGES: Final = 0.2
"""Degrees around the given villages in which their households are expected."""


def fields_to_find(table: Table, wanted: Mapping[str, str], fields: Synonyms = HOUSEHOLD_FIELDS) -> Synonyms:
    """Return those of `fields` to look for: positions come from a table's geometries unless `wanted` names columns."""
    named = any(wanted.get(field) for field in POSITION_FIELDS)
    if not table.drawn or named:
        return fields
    return {field: synonyms for field, synonyms in fields.items() if field not in POSITION_FIELDS}


def find_positions(
    rows: Rows, frame: str | None = None, optional: bool = False, villages: Sequence[Village] = ()
) -> NDArray[np.float64]:
    """Return longitude and latitude (n, 2) of every row in WGS-84 degrees, nan where the row is refused.

    A list that has latitude and longitude the wrong way round throughout is turned, with a note; a row that alone has
    them so is refused, and so is one outside China among others inside it. How metres are read is in a note.

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
    _note_null_geometries(rows)
    if columns := position_columns(rows):
        stated = frame or rows.table.source.frame
        _check_mentioned_frame(rows, [rows.header_of(field) for fields in columns for field in fields], stated)
        raw = positions_in_cells(rows, columns, optional)
        stated = stated or WGS84
        if stated == DMS:
            _refuse_unpacked(rows, raw)
        _bring_into(stated, raw)
    elif rows.table.shapes is not None:
        raw = positions_in_shapes(rows, rows.table.shapes, optional)
        raw, stated = _as_stated(rows, raw, frame)
    elif optional:
        note_unlabelled_positions(rows)
        return np.full((len(rows.table.rows), 2), np.nan)
    else:
        refuse_missing_field(rows, "lon")
    if are_metres(raw.numbers):
        return _from_metres(rows, raw, stated, home)
    return _from_degrees(rows, raw, stated, home)


def _bring_into(frame: str, raw: RawPositions) -> None:
    """Turn positions whose texts state a frame of their own into degrees of the frame that the others are read in."""
    for own in {*raw.frames.values()} - {frame}:
        at = [place for place, stated in raw.frames.items() if stated == own]
        raw.numbers[at] = wgs84_to_degrees(points_to_wgs84(raw.numbers[at], own), frame)


def _note_null_geometries(rows: Rows) -> None:
    """Say how many features have no geometry at all."""
    if rows.table.shapes is not None:
        missing = shapely.is_missing(rows.table.shapes)
        if n := sum(bool(missing[at]) and at not in rows.table.unread for at in rows):
            rows.note("read.note.null_geometry", n=n)


def _refuse_unpacked(rows: Rows, raw: RawPositions) -> None:
    """Refuse rows whose minutes or seconds are 60 or more, or marked, where they should stand behind the point."""
    impossible = np.isinf(points_to_wgs84(raw.numbers, DMS))
    own = [at for at in np.flatnonzero(~np.isnan(raw.numbers[:, 0])).tolist() if at not in raw.frames]
    for at in own:
        for field, text, is_impossible in zip(DEGREES, (raw.lon_text, raw.lat_text), impossible[at], strict=True):
            if is_impossible or MARKED.search(text(at).translate(MARKS)):
                reason = "read.row.sixty" if is_impossible else "frame.row.not_packed"
                raw.refuse(rows, at, refused(field, reason, "frame.remedy.packed"))
                break


def _home(villages: Sequence[Village]) -> Box | None:
    """Return the box around the boundaries known: west, south, east, north in degrees."""
    boundaries = [village.boundary for village in villages if village.boundary is not None]
    if not boundaries:
        return None
    west, south, east, north = shapely.total_bounds(boundaries).tolist()
    return west - AROUND_VILLAGES, south - AROUND_VILLAGES, east + AROUND_VILLAGES, north + AROUND_VILLAGES


def _check_mentioned_frame(rows: Rows, headers: Sequence[str], stated: str | None) -> None:
    """Compare the frame that headers, titles or the sheet's name speak of with that the positions are read in.

    Raises
    ------
    InputRefused
        It is Xi'an 80 or Beijing 54, and nobody stated another.
    """
    titles = (str(note.values["text"]) for note in rows.table.notes if note.code == "read.note.titles")
    mentions = {text: frame_mentioned(text) for text in (*headers, *titles, rows.table.sheet or "")}
    text, mentioned = next(((text, frame) for text, frame in mentions.items() if frame), ("", None))
    if mentioned in {XIAN80, BEIJING54} and stated is None:
        raise InputRefused("frame.mentioned_no_datum_shift", file=rows.name, text=shown(text))
    read_as = WGS84 if stated is None else stated
    unshifted = mentioned in {WGS84, CGCS2000}
    if mentioned in {None, read_as} or (
        unshifted and (read_as in {WGS84, CGCS2000, DMS} or not counts_degrees(read_as))
    ):
        return
    values = {"text": shown(text), "frame": frame_shown(read_as)}
    if mentioned in {XIAN80, BEIJING54} or stated is not None:
        rows.note("frame.note.mentioned", **values)
    else:
        rows.note("frame.note.mentioned_option", **values, option=frame_option(str(mentioned)))


def _within(box: Box, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    west, south, east, north = box
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    inside: NDArray[np.bool_] = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    return inside


def _as_stated(rows: Rows, raw: RawPositions, frame: str | None) -> tuple[RawPositions, str]:
    """Return the positions of geometries, which come in WGS-84, as they are written, and what to read them as."""
    read_as = rows.table.source.frame or rows.table.frame or WGS84
    if counts_degrees(read_as):
        return replace(raw, numbers=wgs84_to_degrees(raw.numbers, read_as)), frame or read_as
    if frame not in {None, read_as}:
        raise InputRefused("frame.of_file", file=rows.table.source.name, frame=frame_shown(read_as))
    return raw, WGS84


def _from_degrees(rows: Rows, raw: RawPositions, frame: str, village: Box | None) -> NDArray[np.float64]:
    known = int((~np.isnan(raw.numbers[:, 0])).sum())
    if known and not counts_degrees(frame):
        raise InputRefused("frame.degrees", file=rows.table.source.name, frame=frame_shown(frame))
    raw = _turn(rows, raw, village)
    home = village or CHINA
    size = np.abs(raw.numbers)
    on_earth = (size <= (LON_RANGE[1], LAT_RANGE[1])).all(axis=1) & (size > 0).any(axis=1)
    swapped = _turned(raw.numbers, home) & (2 * _within(home, raw.numbers).sum() > known)
    for at in np.flatnonzero(~np.isnan(size[:, 0]) & (~on_earth | swapped | are_abroad(raw.numbers))).tolist():
        try:
            check_position(*raw.numbers[at].tolist())
            if swapped[at]:
                raise refused("lat", "read.row.swapped", "read.remedy.swap")
            raise refused("lon", "frame.row.abroad", "frame.remedy.abroad")
        except CellRefused as verdict:
            raw.refuse(rows, at, verdict)
    if frame != WGS84:
        rows.note("frame.note.read_as", frame=frame_shown(frame))
    if frame != DMS and look_packed(raw.numbers):
        rows.note("frame.note.packed", frame=frame_shown(DMS), option=frame_option(DMS))
    return points_to_wgs84(raw.numbers, frame)


def _turn(rows: Rows, raw: RawPositions, village: Box | None) -> RawPositions:
    """Return positions with the longitude first, where most of them have it second.

    The villages tell, else China; but what headers, formats or texts say themselves holds wherever it is possible.
    """
    lon, lat = rows.header_of(raw.lon_field), rows.header_of(raw.lat_field)
    turned = _turned(raw.numbers, village or CHINA)
    if village is None:
        doubted = raw.ordered & turned & (raw.numbers[:, 0] >= SOUTH_OF_TIBET)
        turned &= ~raw.ordered | _is_impossible(raw.numbers)
        turned |= raw.ordered & _is_impossible(raw.numbers)
        if 2 * (n := int((doubted & ~turned).sum())) > raw.ordered.sum():
            rows.note("frame.note.perhaps_turned", lon=lon, lat=lat, n=n)
    known = ~np.isnan(raw.numbers[:, 0])
    groups = (known & raw.ordered, known & ~raw.ordered)
    back = [group for group in groups if 2 * (turned & group).sum() > group.sum()]
    if village is None and raw.lon_field == BOTH:
        _note_assumed_order(rows, raw, known & ~raw.ordered & ~turned)
    if not back:
        return raw
    n = int(sum(group.sum() for group in back))
    if raw.lon_field != BOTH:
        rows.note("frame.note.turned", lon=lat, lat=lon, n=n)
        return raw.swapped()
    rows.note("frame.note.latitude_first", header=lon, n=n)
    every = np.logical_or.reduce(back)
    raw.numbers[every] = raw.numbers[every][:, ::-1]
    return raw


def _note_assumed_order(rows: Rows, raw: RawPositions, unordered: NDArray[np.bool_]) -> None:
    """Say that the first number was taken for the longitude where nothing tells, neither a header nor China."""
    either = unordered & (np.abs(raw.numbers) <= LAT_RANGE[1]).all(axis=1) & ~_within(CHINA, raw.numbers)
    n = int(either.sum())
    if n and 2 * n > unordered.sum():
        lon, lat = (f"{number:g}" for number in raw.numbers[either][0].tolist())
        rows.note("frame.note.longitude_assumed", header=shown(rows.header_of(BOTH)), n=n, lon=lon, lat=lat)


def _is_impossible(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which positions can be on earth only with latitude and longitude the other way round."""
    lon, lat = np.abs(numbers).T
    impossible: NDArray[np.bool_] = (LAT_RANGE[1] < lat) & (lat <= LON_RANGE[1]) & (lon <= LAT_RANGE[1])
    return impossible


def _turned(numbers: NDArray[np.float64], home: Box) -> NDArray[np.bool_]:
    """Say which positions are at home only with latitude and longitude the other way round."""
    return _within(home, numbers[:, ::-1]) & ~_within(home, numbers)


def _from_metres(rows: Rows, raw: RawPositions, frame: str, home: Box | None) -> NDArray[np.float64]:
    if not counts_metres(frame):
        raise _metres_refused(rows, raw)
    if north_first(raw.numbers, frame):
        raw = raw.swapped()
    zones = np.unique(zones_of(raw.numbers[:, 0]))
    if frame == CGCS2000 and home is not None and not (zones > 0).any():
        frame = _frame_within(raw.numbers, home) or frame
    zone = int(np.median(zones_of(raw.numbers[~np.isnan(raw.numbers).any(axis=1), 0])))
    rows.plane = frame_of_zone(zone) or (None if frame == CGCS2000 else frame)
    lonlat = points_to_wgs84(raw.numbers, frame)
    lon, lat = lonlat.T
    astray = (np.abs(lon) > LON_RANGE[1]) | (np.abs(lat) > LAT_RANGE[1])
    degrees = np.abs(raw.numbers).max(axis=1) <= LON_RANGE[1]
    for at in np.flatnonzero(astray | degrees).tolist():
        if degrees[at]:
            verdict = refused("lon", "frame.row.degrees", "frame.remedy.metres")
        else:
            verdict = refused("lon", "frame.row.unplaced", "frame.remedy.metres", frame=frame_shown(frame))
        raw.refuse(rows, at, verdict)
        lonlat[at] = np.nan
    east, north = rows.header_of(raw.lon_field), rows.header_of(raw.lat_field)
    rows.note("frame.note.metres", frame=frame_shown(frame), east=east, north=north)
    return lonlat


def _frame_within(numbers: NDArray[np.float64], home: Box) -> str | None:
    """Return the only Gauss-Krueger frame without a zone that puts most positions into a box, if there is one."""
    known = int((~np.isnan(numbers[:, 0])).sum())
    frames = map(frame_with, MERIDIANS)
    fit = [frame for frame in frames if 2 * _within(home, points_to_wgs84(numbers, frame)).sum() > known]
    return fit[0] if len(fit) == 1 else None


def _metres_refused(rows: Rows, raw: RawPositions) -> InputRefused:
    """Return the refusal of metres without a frame; it names the frames they may be in."""
    raw = raw.swapped() if north_first(raw.numbers, CGCS2000) else raw
    known = raw.numbers[np.isfinite(raw.numbers).all(axis=1)]
    east, north = np.median(known.clip(-LARGEST_M, LARGEST_M), axis=0)
    file = rows.table.source.name
    zone = int(zones_of(east))
    if 13 <= zone <= 45:
        return InputRefused("frame.metres_zone", file=file, east=f"{east:.0f}", north=f"{north:.0f}", zone=str(zone))
    return InputRefused("frame.metres", file=file, east=f"{east:.0f}", north=f"{north:.0f}")
