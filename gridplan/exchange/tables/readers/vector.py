"""GeoJSON and GeoPackage: features become a table with shapes. GDAL is never asked, so it can never guess."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
import shapely

from gridplan.coordinates import WGS84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.readers.geometries import in_degrees, table_of_features, wkb_of_geopackage
from gridplan.exchange.tables.source import Source, Table, number_text

GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
GEOPACKAGE_TABLES = {"gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
NOT_FINITE = re.compile("NaN|Infinity")
NOWHERE = shapely.Point(math.inf, math.inf)
"""Stands for a geometry with coordinates that are no numbers, so that its row is refused for that."""
FEATURE_LAYERS = "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"


def read_geojson(source: Source) -> tuple[Table, ...]:
    """Return the features of a GeoJSON file as a table with shapes.

    Raises
    ------
    InputRefused
        It cannot be read, is not GeoJSON, is nested too deep, or is in a frame unknown here.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    document = _json(source)
    features = _features(document)
    if features is None:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    geometries = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = shapely.from_geojson(np.array(geometries, object), on_invalid="ignore")
    shapes[[NOT_FINITE.search(geometry) is not None for geometry in geometries]] = NOWHERE
    return (table_of_features(source, list(map(_record, features)), shapes, _stated_frame(document)),)


def _json(source: Source) -> Any:
    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            name = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
            raise InputRefused("read.json_repeated", file=source.name, name=name)
        return found

    try:
        text = source.content().decode("utf-8-sig")
        document = json.loads(text, object_pairs_hook=distinct)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text and cannot be written
    except UnicodeError:
        raise InputRefused("read.encoding_json", file=source.name) from None
    except RecursionError:
        raise InputRefused("read.json_deep", file=source.name) from None
    except ValueError:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    return document


def _features(document: object) -> list[dict[str, Any]] | None:
    """Return the features of a GeoJSON document, a bare geometry being one; None if it is no GeoJSON."""
    if not isinstance(document, dict):
        return None
    if document.get("type") == "FeatureCollection" and isinstance(document.get("features"), list):
        return [feature if isinstance(feature, dict) else {} for feature in document["features"]]
    if document.get("type") == "Feature":
        return [document]
    if "coordinates" in document or "geometries" in document:
        return [{"geometry": document}]
    return None


def _stated_frame(document: Mapping[str, Any]) -> str:
    crs = document.get("crs")
    if crs is None:
        return WGS84
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name") if isinstance(properties, dict) else crs)
    epsg = re.search(r"EPSG.*?[:/](\d+)$", name)
    return f"EPSG:{epsg[1]}" if epsg else WGS84 if name.endswith("CRS84") else name


def _record(feature: Mapping[str, Any]) -> dict[str, str]:
    properties = feature.get("properties")
    cells = {"id": feature["id"]} if "id" in feature else {}
    cells |= properties if isinstance(properties, dict) else {}
    return {key: _text(value) for key, value in cells.items()}


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float):
        return number_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
    shapes = shapely.from_wkb(
        np.array([wkb_of_geopackage(record[-1]) for record in records], object), on_invalid="ignore"
    )
    rows = [tuple(map(_cell, record[:-1])) for record in records]
    table = Table(
        source, tuple(header), packed_rows(rows, len(header)), range(1, len(rows) + 1), shapes=shapes, sheet=layer
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
