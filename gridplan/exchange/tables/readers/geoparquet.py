"""GeoParquet: the columns of a file become a table, with shapes where it says which column holds them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from gridplan.coordinates import WGS84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.columns import folded
from gridplan.exchange.tables.header_row import MOST_COLUMNS, MOST_ROWS
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.readers.geometries import in_degrees, shapes_in_wkb
from gridplan.exchange.tables.source import Source, Table, Unread, number_text

MAGIC = b"PAR1"
PLAIN = frozenset({"geometry", "geom", "wkb", "wkbgeometry", "thegeom", "shape"})
"""What columns of well-known binary are called in files that do not say that they are GeoParquet."""
UNPACKED_LIMIT = 500_000_000


def read_parquet(source: Source) -> tuple[Table, ...]:
    """Return a Parquet file as a table, with shapes if it is GeoParquet.

    Raises
    ------
    InputRefused
        It cannot be read, is no Parquet file, is too large, or keeps its geometries in another form than WKB.
    """
    import pyarrow  # (a third of a second that no other format needs)
    from pyarrow.parquet import ParquetFile

    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    content = source.content()
    if not (content.startswith(MAGIC) and content.endswith(MAGIC)):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    try:
        file = ParquetFile(io.BytesIO(content))
        _check_size(source, file.metadata)
        columns = file.read(use_threads=False)
        geo = json.loads((columns.schema.metadata or {}).get(b"geo", b"{}"))
        cells = {name: columns[name].to_pylist() for name in columns.column_names}
    except (pyarrow.ArrowException, OSError, ValueError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    shapes, unread, stated = None, dict[int, Unread](), None
    primary = geo.get("primary_column") if isinstance(geo, dict) else None
    plain = next((name for name in cells if folded(name) in PLAIN), None) if primary is None else None
    if plain is not None and any(isinstance(cell, bytes) for cell in cells[plain]):
        shapes, unread = shapes_in_wkb(cells.pop(plain), bytes)
    elif primary in cells:
        described = geo.get("columns", {}).get(primary, {})
        if described.get("encoding") != "WKB":
            raise InputRefused("read.parquet_encoding", file=source.name, encoding=described.get("encoding"))
        shapes, unread = shapes_in_wkb(cells.pop(primary), bytes)
        stated = _stated_frame(described)
    rows = list(zip(*(map(_text, column) for column in cells.values()), strict=True))
    rows = rows or [() for _ in range(columns.num_rows)]
    numbers = range(1, len(rows) + 1)
    table = Table(source, tuple(cells), packed_rows(rows, len(cells)), numbers, shapes=shapes, unread=unread)
    return (in_degrees(table, stated),)


def _check_size(source: Source, metadata: Any) -> None:
    unpacked = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if unpacked > UNPACKED_LIMIT:
        raise InputRefused("read.too_large", file=source.name, megabytes=unpacked // 1_000_000)
    if metadata.num_rows > MOST_ROWS:
        raise InputRefused("read.too_many_rows", file=source.name, most=MOST_ROWS)
    if metadata.num_columns > MOST_COLUMNS:
        raise InputRefused("read.too_wide", file=source.name, n=metadata.num_columns, most=MOST_COLUMNS)


def _stated_frame(described: Mapping[str, Any]) -> str | None:
    """Return the frame as GeoParquet states it: left out it is WGS-84, null it is unknown."""
    crs = described.get("crs", WGS84)
    if not isinstance(crs, dict):
        return crs
    known = crs.get("id") or {}
    if known.get("code") == "CRS84":
        return WGS84
    return f"{known['authority']}:{known['code']}" if known.keys() >= {"authority", "code"} else str(crs.get("name"))


def _text(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, bool):
        return str(value).upper()
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
