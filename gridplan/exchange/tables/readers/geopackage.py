"""GeoPackage: features become a table with shapes. GDAL is never asked, so it can never guess."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.header_row import MOST_ROWS
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.readers.geometries import in_degrees, shapes_in_wkb, wkb_of_geopackage
from gridplan.exchange.tables.source import Source, Table, number_text
from gridplan.words import Message, series

GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
GEOPACKAGE_TABLES = {"gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
LONGEST_VALUE = 64_000_000
"""Bytes; a geometry of a million vertices takes half of it."""
STEPS = 100_000_000
"""Steps of the database that one file may take: a million rows of a plain layer take a fifth."""
STEPS_AT_ONCE = 10_000
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION}
"""What a layer may do besides reading tables of its file; going round and round is not among it."""


class Layer(NamedTuple):
    """A layer of features: its column of geometries, its frame, and whether it is a view."""

    geometry: str
    srs: int
    is_view: bool


def read_geopackage(source: Source) -> tuple[Table, ...]:
    """Return one layer of features of a GeoPackage as a table with shapes: the one named, else the only one.

    Generated columns are read, and views that only read tables stored in the file; where tables are layers too, a view
    is read if it is named. Views can run forever, or read what is not in the file: those that do are refused, and
    virtual tables are no layers.

    Raises
    ------
    InputRefused
        It cannot be read, is no GeoPackage, is still being written to, has no such layer, has several layers and none
        was named, the layer does more than read the file, or is in a frame unknown here.
    """
    content = source.content()
    if not content.startswith(b"SQLite format 3\0") or content[68:72] not in GEOPACKAGE_IDS:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    journal = source.path.with_name(source.name + "-wal")
    if journal.exists() and journal.stat().st_size:
        raise InputRefused("read.in_use", file=source.name)
    try:
        with _opened(source.path) as database:
            return (_table(source, database),)
    except (sqlite3.Error, OverflowError, UnicodeError):
        raise InputRefused("read.geopackage", file=source.name) from None


def layers_of(path: Path) -> dict[str, Layer]:
    """Return the layers of features in a GeoPackage by name; none if it cannot be read as one."""
    try:
        with _opened(path) as database:
            return _layers(database, _stored(database))
    except (sqlite3.Error, OverflowError, UnicodeError):
        return {}


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that nothing is ever written to, and whose answers end."""
    left = STEPS // STEPS_AT_ONCE

    def is_over() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        database.set_progress_handler(is_over, STEPS_AT_ONCE)
        yield database


def _stored(database: sqlite3.Connection) -> set[str]:
    """Return the tables that are in the file itself; those that list its layers have to be among them."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    stored = {name for (name,) in found}
    if not stored >= GEOPACKAGE_TABLES:
        raise sqlite3.DatabaseError
    return stored


def _views(database: sqlite3.Connection) -> set[str]:
    return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}


def _layers(database: sqlite3.Connection, stored: Collection[str]) -> dict[str, Layer]:
    views = _views(database)
    listed = database.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")
    return {name: Layer(at, srs, name in views) for name, at, srs in listed if name in stored or name in views}


def _table(source: Source, database: sqlite3.Connection) -> Table:
    stored = _stored(database)
    layers = _layers(database, stored)
    name = _chosen_layer(source, layers)
    layer = layers[name]
    frame = _layer_frame(database, layer.srs)
    computed = layer.is_view
    try:
        columns = database.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
        computed |= any(hidden for *_, hidden in columns)
        header = [column for _, column, *_ in columns if column != layer.geometry]
        _confine(database, stored | _views(database))
        records = _records(source, database, name, [*header, layer.geometry])
    except (sqlite3.Error, OverflowError) as error:
        if not computed:
            raise
        raise InputRefused("read.computed_layer", file=source.name, layer=name, why=shown(str(error))) from None
    shapes, unread = shapes_in_wkb([record[-1] for record in records], wkb_of_geopackage)
    rows = [tuple(map(_cell, record[:-1])) for record in records]
    views = [other for other, one in layers.items() if one.is_view and source.layer is None and not layer.is_view]
    table = Table(
        source,
        tuple(header),
        packed_rows(rows, len(header)),
        range(1, len(rows) + 1),
        shapes=shapes,
        sheet=name,
        unread=unread,
        notes=(Message("read.note.views", {"names": series(map(shown, views))}),) if views else (),
    )
    return in_degrees(table, frame)


def _confine(database: sqlite3.Connection, readable: Collection[str]) -> None:
    """Let what a database is asked from now on read nothing but some tables and views of its file."""

    def verdict(action: int, name: str | None, _: str | None, schema: str | None, __: str | None) -> int:
        reads = action == sqlite3.SQLITE_READ and schema in {"main", None} and name in readable
        return sqlite3.SQLITE_OK if reads or action in ALLOWED else sqlite3.SQLITE_DENY

    database.set_authorizer(verdict)


def _records(
    source: Source, database: sqlite3.Connection, layer: str, columns: Sequence[str]
) -> list[tuple[object, ...]]:
    wanted = ", ".join(map(_quoted, columns))
    asked = database.execute(f"SELECT {wanted} FROM {_quoted(layer)}")  # noqa: S608 (quoted names)
    records: list[tuple[object, ...]] = asked.fetchmany(MOST_ROWS + 1)
    if len(records) > MOST_ROWS:
        raise InputRefused("read.too_many_rows", file=source.name, most=MOST_ROWS)
    return records


def _chosen_layer(source: Source, layers: Mapping[str, Layer]) -> str:
    """Return the layer that is named, else the only one that is a table, else the only one."""
    if not layers:
        raise InputRefused("read.no_features", file=source.name)
    names = [name for name, layer in layers.items() if not layer.is_view] or list(layers)
    if source.layer is None and len(names) > 1:
        raise InputRefused("read.which_layer", file=source.name, names=", ".join(layers), first=names[0])
    chosen = source.layer or names[0]
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
