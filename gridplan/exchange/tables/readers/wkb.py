"""Well-known binary from strangers: walked before GEOS follows it, which it does until the stack is gone."""

from __future__ import annotations

import struct
from collections.abc import Iterable

ENVELOPE_BYTES = (0, 32, 48, 48, 64)
"""Bytes of a GeoPackage geometry's envelope by its kind."""


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
    """Return the kind of a geometry and the bytes of a vertex; heights and measures may be said in two ways."""
    dimensions = 2 + (code >> 31) + (code >> 30 & 1)
    plain = code & 0x3FFF_FFFF
    return plain % 1000, 8 * max(dimensions, (2, 3, 3, 4)[plain // 1000])
