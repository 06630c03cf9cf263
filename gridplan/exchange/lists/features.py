"""GeoJSON and GeoPackage: features become a table with shapes. GDAL is never asked, so it can never guess."""

from __future__ import annotations

import json
import re
import sqlite3
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, NoReturn

import numpy as np
import shapely

from gridplan.coordinates import WGS84, frame_named, shapes_to_wgs84
from gridplan.errors import InputRefused
from gridplan.exchange.lists.source import Source, Table, number_text

GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
GEOPACKAGE_TABLES = {"gpkg_geometry_columns", "gpkg_spatial_ref_sys"}
FEATURE_LAYERS = "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
ENVELOPE_BYTES = (0, 32, 48, 48, 64)


def read_geojson(source: Source) -> Table:
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
    frame = source.frame or _stated_frame(source, document)
    geometries = [json.dumps(feature.get("geometry")) for feature in features]
    shapes = shapely.from_geojson(np.array(geometries, object), on_invalid="ignore")
    records = [_record(feature) for feature in features]
    header = tuple(dict.fromkeys(key for record in records for key in record))
    rows = [tuple(record.get(key, "") for key in header) for record in records]
    return Table(source, header, rows, range(1, len(rows) + 1), shapes=shapes_to_wgs84(shapes, frame))


def _json(source: Source) -> Any:  # noqa: ANN401 (JSON may be anything)
    def refuse(constant: str) -> NoReturn:
        raise InputRefused("read.json_constant", file=source.name, value=constant)

    try:
        text = source.content().decode("utf-8-sig")
        document = json.loads(text, parse_constant=refuse)
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


def _stated_frame(source: Source, document: Mapping[str, Any]) -> str:
    crs = document.get("crs")
    if crs is None:
        return WGS84
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name") if isinstance(properties, dict) else crs)
    epsg = re.search(r"EPSG.*?[:/](\d+)$", name)
    frame = frame_named(epsg[1]) if epsg else WGS84 if name.endswith("CRS84") else None
    if frame is None:
        raise InputRefused("read.frame_of_file", file=source.name, frame=name)
    return frame


def _record(feature: Mapping[str, Any]) -> dict[str, str]:
    properties = feature.get("properties")
    cells = {"id": feature["id"]} if "id" in feature else {}
    cells |= properties if isinstance(properties, dict) else {}
    return {key: _text(value) for key, value in cells.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read_geopackage(source: Source) -> Table:
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
            return _layer(source, database)
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
    shapes = shapely.from_wkb(np.array([_wkb(record[-1]) for record in records], object), on_invalid="ignore")
    frame = source.frame or _layer_frame(source, database, srs)
    rows = [tuple(map(_cell, record[:-1])) for record in records]
    return Table(source, tuple(header), rows, range(1, len(rows) + 1), shapes=shapes_to_wgs84(shapes, frame))


def _chosen_layer(source: Source, layers: Sequence[str]) -> str:
    if not layers:
        raise InputRefused("read.no_features", file=source.name)
    if source.layer is None and len(layers) > 1:
        raise InputRefused("read.which_layer", file=source.name, names=", ".join(layers), first=layers[0])
    chosen = source.layer or layers[0]
    if chosen not in layers:
        raise InputRefused("read.no_layer", file=source.name, layer=chosen, names=", ".join(layers))
    return chosen


def _layer_frame(source: Source, database: sqlite3.Connection, srs: int) -> str:
    asked = "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    organization, code = database.execute(asked, (srs,)).fetchone() or ("", srs)
    frame = frame_named(str(code)) if str(organization).upper() == "EPSG" else None
    if frame is None:
        raise InputRefused("read.frame_of_file", file=source.name, frame=f"{organization} {code}".strip())
    return frame


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _cell(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return number_text(value) if isinstance(value, float) else str(value)


def _wkb(blob: object) -> bytes | None:
    """Return the WKB in a GeoPackage geometry, or None if it is no point, line, polygon or several of one of these."""
    if not isinstance(blob, bytes) or len(blob) < 8 or not blob.startswith(b"GP"):
        return None
    envelope = blob[3] >> 1 & 7
    try:
        wkb = blob[8 + ENVELOPE_BYTES[envelope] :]
        _end_of_geometry(wkb, 0, range(1, 7))
    except (struct.error, IndexError):
        return None
    return wkb


def _end_of_geometry(wkb: bytes, start: int, kinds: Iterable[int]) -> int:
    """Return where the geometry at `start` ends; IndexError or struct.error if it is none of `kinds`.

    GEOS follows nested collections until the stack is gone, so what it is handed is walked first.
    """
    order = "<" if wkb[start] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, start + 1)
    kind, vertex_bytes = code % 1000, 8 * (2, 3, 3, 4)[code // 1000]
    if kind not in kinds:
        raise IndexError(kind)
    if kind == 1:
        return start + 5 + vertex_bytes
    (count,) = struct.unpack_from(f"{order}I", wkb, start + 5)
    end = start + 9
    if kind == 2:
        end += int(count) * vertex_bytes
        return end
    for _ in range(count):
        if kind == 3:
            (vertices,) = struct.unpack_from(f"{order}I", wkb, end)
            end += 4 + vertices * vertex_bytes
        else:
            end = _end_of_geometry(wkb, end, {kind - 3})
    return end
