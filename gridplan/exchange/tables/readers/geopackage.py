"""GeoPackage: features become a table with shapes. GDAL is never asked, so it can never guess."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing

from gridplan.errors import InputRefused
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.readers.geometries import in_degrees, shapes_in_wkb, wkb_of_geopackage
from gridplan.exchange.tables.source import Source, Table, number_text

GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
GEOPACKAGE_TABLES = {"gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
FEATURE_LAYERS = "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"


def read_geopackage(source: Source) -> tuple[Table, ...]:
    """Return one layer of features of a GeoPackage as a table with shapes: the one named, else the only one.

    Views and virtual tables are no layers here: they can run forever, or read what is not in the file.

    Raises
    ------
    InputRefused
        It cannot be read, is no GeoPackage, is still being written to, has no such layer, has several layers and none
        was named, or is in a frame unknown here.
    """
    content = source.content()
    if not content.startswith(b"SQLite format 3\0") or content[68:72] not in GEOPACKAGE_IDS:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    journal = source.path.with_name(source.name + "-wal")
    if journal.exists() and journal.stat().st_size:
        raise InputRefused("read.in_use", file=source.name)
    address = f"{source.path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            return (_layer(source, database),)
    except (sqlite3.Error, OverflowError, UnicodeError):
        raise InputRefused("read.geopackage", file=source.name) from None


def _layer(source: Source, database: sqlite3.Connection) -> Table:
    stored = {
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    }
    if not stored >= GEOPACKAGE_TABLES:
        raise InputRefused("read.geopackage", file=source.name)
    layers = {name: (column, srs) for name, column, srs in database.execute(FEATURE_LAYERS) if name in stored}
    layer = _chosen_layer(source, list(layers))
    geometry, srs = layers[layer]
    columns_of_layer = database.execute(f"PRAGMA table_info({_quoted(layer)})")
    header = [column for _, column, *_ in columns_of_layer if column != geometry]
    columns = ", ".join(map(_quoted, [*header, geometry]))
    records = database.execute(f"SELECT {columns} FROM {_quoted(layer)}").fetchall()  # noqa: S608 (quoted names)
    shapes, unread = shapes_in_wkb([record[-1] for record in records], wkb_of_geopackage)
    rows = [tuple(map(_cell, record[:-1])) for record in records]
    table = Table(
        source,
        tuple(header),
        packed_rows(rows, len(header)),
        range(1, len(rows) + 1),
        shapes=shapes,
        sheet=layer,
        unread=unread,
    )
    return in_degrees(table, _layer_frame(database, srs))


def _chosen_layer(source: Source, layers: Sequence[str]) -> str:
    if not layers:
        raise InputRefused("read.no_features", file=source.name)
    if source.layer is None and len(layers) > 1:
        raise InputRefused("read.which_layer", file=source.name, names=", ".join(layers), first=layers[0])
    chosen = source.layer or layers[0]
    if chosen not in layers:
        raise InputRefused("read.no_layer", file=source.name, layer=chosen, names=", ".join(layers))
    return chosen


def _layer_frame(database: sqlite3.Connection, srs: int) -> str:
    asked = "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    organization, code = database.execute(asked, (srs,)).fetchone() or ("", srs)
    return f"EPSG:{code}" if str(organization).upper() == "EPSG" else f"{organization} {code}".strip()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return number_text(value) if isinstance(value, float) else str(value)
