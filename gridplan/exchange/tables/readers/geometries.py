"""The geometries of a file of whatever origin: well-known binary checked, frames found and turned into degrees.

The frame is the one stated with the file's name, else the one the file states itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import WGS84, frame_named, frame_of_wkt, frame_shown, shapes_to_wgs84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.source import Source, Table, Unread
from gridplan.words import Message

MOST_VERTICES = 1_000_000
"""Vertices of one shape; more are no house and no village."""
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
"""Bytes of a GeoPackage geometry's envelope by its kind."""
COLLECTION: Final = 7
SIMPLE: Final = range(1, COLLECTION + 1)
"""The kinds of well-known binary that are read: points, lines, polygons, several of one of these, collections."""
NOT_READ: Final[Mapping[int, str]] = {
    8: "CircularString",
    9: "CompoundCurve",
    10: "CurvePolygon",
    11: "MultiCurve",
    12: "MultiSurface",
    13: "Curve",
    14: "Surface",
    15: "PolyhedralSurface",
    16: "TIN",
    17: "Triangle",
}
DEEPEST: Final = 8
"""Collections within collections."""


def table_of_features(
    source: Source,
    records: Sequence[Mapping[str, str]],
    shapes: NDArray[np.object_],
    stated: str | None,
    *,
    unread: Mapping[int, Unread],
    notes: tuple[Message, ...] = (),
) -> Table:
    """Return features as a table with shapes in WGS-84 degrees, as `in_degrees` does; its header is all their keys."""
    header = tuple(dict.fromkeys(key for record in records for key in record))
    rows = packed_rows((tuple(record.get(key, "") for key in header) for record in records), len(header))
    numbers = range(1, len(records) + 1)
    return in_degrees(Table(source, header, rows, numbers, shapes=shapes, unread=unread, notes=notes), stated)


def in_degrees(table: Table, stated: str | None) -> Table:
    """Return a table with its shapes in WGS-84 degrees; those with coordinates that are no numbers cannot be read.

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
    shapes, unread = _finite(shapes, table.unread)
    table = replace(table, shapes=shapes, unread=unread)
    own = _known(stated, refusing=table.source.frame is None)
    frame, notes = table.source.frame or own, table.notes
    if frame is None and stated is not None:
        raise InputRefused("read.frame_of_file", file=file, frame=shown(stated))
    if frame is None:
        frame, notes = WGS84, (*notes, _taken_for_degrees(table))
    if own is not None and own != frame:
        notes += (Message("read.note.frame_overruled", {"stated": frame_shown(own), "frame": frame_shown(frame)}),)
    return replace(table, shapes=shapes_to_wgs84(shapes, frame), frame=own, notes=notes)


def _finite(
    shapes: NDArray[np.object_], unread: Mapping[int, Unread]
) -> tuple[NDArray[np.object_], Mapping[int, Unread]]:
    """Return shapes without those of coordinates that are no numbers, which join `unread`; a point of none is none."""
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    strange = np.unique(of[~np.isfinite(coordinates).all(axis=1)]).tolist()
    shapes, unread = shapes.copy(), dict(unread)
    for at in strange:
        if not np.isnan(coordinates[of == at]).all():
            unread[at] = Unread(shapely.to_wkt(shapes[at]), Message("read.row.not_finite"))
        shapes[at] = None
    return shapes, unread


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


class ShapeUnread(Exception):
    """A geometry that cannot be read, and why."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.reason = Message(code, values)


def shapes_in_wkb(
    cells: Sequence[object], wkb_in: Callable[[bytes], bytes]
) -> tuple[NDArray[np.object_], dict[int, Unread]]:
    """Return the geometries of cells, None for none, and by index those that are there and cannot be read.

    `wkb_in` gives the well-known binary in a cell, or raises ShapeUnread.
    """
    unread: dict[int, Unread] = {}
    found: list[bytes | None] = [None] * len(cells)
    for at, cell in enumerate(cells):
        if cell is None:
            continue
        try:
            found[at] = _sound(wkb_in(cell) if isinstance(cell, bytes) else b"")
        except ShapeUnread as why:
            unread[at] = Unread(_blob_shown(cell), why.reason)
    shapes = shapely.from_wkb(np.array(found, object), on_invalid="ignore")
    for at in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if found[at] is not None:
            unread[at] = Unread(_blob_shown(cells[at]), Message("read.row.shape_broken"))
    return shapes, unread


def wkb_of_geopackage(blob: bytes) -> bytes:
    """Return the well-known binary in a geometry of a GeoPackage.

    Raises
    ------
    ShapeUnread
        It is none that GeoPackages have.
    """
    envelope = blob[3] >> 1 & 7 if len(blob) >= 8 and blob.startswith(b"GP") else len(ENVELOPE_BYTES)
    if envelope >= len(ENVELOPE_BYTES):
        raise ShapeUnread("read.row.shape_broken")
    return blob[8 + ENVELOPE_BYTES[envelope] :]


def _sound(wkb: bytes) -> bytes:
    """Return well-known binary that is a point, line, polygon, several of one of these, or a collection of them."""
    try:
        _end_of_geometry(wkb, 0, SIMPLE)
    except (struct.error, IndexError):
        raise ShapeUnread("read.row.shape_broken") from None
    return wkb


def _blob_shown(cell: object) -> str:
    return f"0x{cell[:80].hex()}" if isinstance(cell, bytes) else str(cell)


def _end_of_geometry(wkb: bytes, start: int, kinds: Collection[int], depth: int = 0) -> int:
    """Return where the geometry at `start` ends; IndexError or struct.error if it is broken or none of `kinds`."""
    order = "<" if wkb[start] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, start + 1)
    kind, vertex_bytes = _kind(code)
    if kind in NOT_READ:
        raise ShapeUnread("read.row.shape_kind", kind=NOT_READ[kind])
    if kind not in kinds or depth > DEEPEST:
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
            end = _end_of_geometry(wkb, end, SIMPLE if kind == COLLECTION else {kind - 3}, depth + 1)
    return end


def _kind(code: int) -> tuple[int, int]:
    """Return the kind of a geometry and the bytes of a vertex; heights and measures are flagged in two ways."""
    dimensions = 2 + (code >> 31) + (code >> 30 & 1)
    plain = code & 0x3FFF_FFFF
    return plain % 1000, 8 * max(dimensions, (2, 3, 3, 4)[plain // 1000])
