"""The geometries of a file of whatever origin: well-known binary checked, frames found and turned into degrees.

The frame is the one stated with the file's name, else the one the file states itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import WGS84, frame_named, frame_of_wkt, frame_shown, shapes_to_wgs84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

MOST_VERTICES = 1_000_000
"""Vertices of one shape; more are no house and no village."""
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
"""Bytes of a GeoPackage geometry's envelope by its kind."""


def table_of_features(
    source: Source,
    records: Sequence[Mapping[str, str]],
    shapes: NDArray[np.object_],
    stated: str | None,
    notes: tuple[Message, ...] = (),
) -> Table:
    """Return features as a table with shapes in WGS-84 degrees, as `in_degrees` does; its header is all their keys."""
    header = tuple(dict.fromkeys(key for record in records for key in record))
    rows = packed_rows((tuple(record.get(key, "") for key in header) for record in records), len(header))
    return in_degrees(Table(source, header, rows, range(1, len(records) + 1), shapes=shapes, notes=notes), stated)


def in_degrees(table: Table, stated: str | None) -> Table:
    """Return a table with its shapes in WGS-84 degrees.

    `stated` is the frame that the file states, by its name, its code or its well-known text; None where it has none.

    Raises
    ------
    InputRefused
        A shape has more than `MOST_VERTICES`, or the frame is missing or unknown and none is stated with the name.
    """
    file, shapes = table.source.name, table.shapes
    if shapes is None:
        return table
    vertices = shapely.get_num_coordinates(shapes)
    if vertices.size and vertices.max() > MOST_VERTICES:
        row = str(table.numbers[int(vertices.argmax())])
        raise InputRefused("read.too_many_vertices", file=file, row=row, n=int(vertices.max()), most=MOST_VERTICES)
    own = _known(stated, refusing=table.source.frame is None)
    frame, notes = table.source.frame or own, table.notes
    if frame is None and stated is not None:
        raise InputRefused("read.frame_of_file", file=file, frame=shown(stated))
    if frame is None:
        frame, notes = WGS84, (*notes, _taken_for_degrees(table))
    if own is not None and own != frame:
        notes += (Message("read.note.frame_overruled", {"stated": frame_shown(own), "frame": frame_shown(frame)}),)
    return replace(table, shapes=shapes_to_wgs84(shapes, frame), frame=own, notes=notes)


def _known(stated: str | None, *, refusing: bool) -> str | None:
    """Return the frame that a file states, None where it is none known here."""
    if stated is None:
        return None
    try:
        return frame_named(stated) or frame_of_wkt(stated)
    except InputRefused:
        if refusing:
            raise
        return None


def _taken_for_degrees(table: Table) -> Message:
    bounds = shapely.bounds(table.shapes)
    outside = ~((bounds[:, :2] >= (-180, -90)).all(axis=1) & (bounds[:, 2:] <= (180, 90)).all(axis=1))
    outside &= np.isfinite(bounds).all(axis=1)
    if outside.any():
        x, y = bounds[outside.argmax(), :2]
        raise InputRefused("read.frame_missing", file=table.source.name, x=f"{x:.10g}", y=f"{y:.10g}")
    return Message("read.note.frame_assumed")


# ---- well-known binary, walked before GEOS follows it, which it does until the stack is gone


def sound_wkb(wkb: object) -> bytes | None:
    """Return well-known binary that is a point, line, polygon or several of one of these, else None."""
    if not isinstance(wkb, bytes):
        return None
    try:
        _end_of_geometry(wkb, 0, range(1, 7))
    except (struct.error, IndexError):
        return None
    return wkb


def wkb_of_geopackage(blob: object) -> bytes | None:
    """Return the well-known binary in a geometry of a GeoPackage, or None where `sound_wkb` does."""
    if not isinstance(blob, bytes) or len(blob) < 8 or not blob.startswith(b"GP"):
        return None
    envelope = blob[3] >> 1 & 7
    return sound_wkb(blob[8 + ENVELOPE_BYTES[envelope] :]) if envelope < len(ENVELOPE_BYTES) else None


def _end_of_geometry(wkb: bytes, start: int, kinds: Iterable[int]) -> int:
    """Return where the geometry at `start` ends; IndexError or struct.error if it is none of `kinds`."""
    order = "<" if wkb[start] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, start + 1)
    kind, vertex_bytes = _kind(code)
    if kind not in kinds:
        raise IndexError(kind)
    if kind == 1:
        return start + 5 + vertex_bytes
    (count,) = struct.unpack_from(f"{order}I", wkb, start + 5)
    end = start + 9
    if kind == 2:
        return end + int(count) * vertex_bytes
    for _ in range(count):
        if kind == 3:
            (vertices,) = struct.unpack_from(f"{order}I", wkb, end)
            end += 4 + vertices * vertex_bytes
        else:
            end = _end_of_geometry(wkb, end, {kind - 3})
    return end


def _kind(code: int) -> tuple[int, int]:
    """Return the kind of a geometry and the bytes of a vertex; heights and measures are flagged in two ways."""
    dimensions = 2 + (code >> 31) + (code >> 30 & 1)
    plain = code & 0x3FFF_FFFF
    return plain % 1000, 8 * max(dimensions, (2, 3, 3, 4)[plain // 1000])
