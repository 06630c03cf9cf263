"""GeoJSON: features become a table with shapes. GDAL is never asked, so it can never guess."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import WGS84
from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import PLAIN_NUMBER
from gridplan.exchange.tables.readers.geometries import DEEPEST, ShapeUnread, table_of_features
from gridplan.exchange.tables.source import Source, Table, Unread, number_text
from gridplan.words import Message

DEPTHS: Final = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How deep the positions of a geometry lie in lists."""
OF_RINGS: Final = {"Polygon", "MultiPolygon"}


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
    features = list(_features(document))
    if not features and not _is_collection(document):
        raise InputRefused(_kind(document), file=source.name, ending=source.ending)
    shapes, unread = shapes_in_geojson([feature.get("geometry") for feature in features])
    records = list(map(_record, features))
    return (table_of_features(source, records, shapes, _stated_frame(document), unread=unread),)


def shapes_in_geojson(geometries: Sequence[object]) -> tuple[NDArray[np.object_], dict[int, Unread]]:
    """Return geometries, None for none, and by index those that are there and cannot be read."""
    unread: dict[int, Unread] = {}
    texts: list[str | None] = [None] * len(geometries)
    for at, geometry in enumerate(geometries):
        try:
            if geometry is not None and (plain := _plain(geometry)):
                texts[at] = json.dumps(plain)
        except ShapeUnread as why:
            unread[at] = Unread(json.dumps(geometry, ensure_ascii=False), why.reason)
    shapes = shapely.from_geojson(np.array(texts, object), on_invalid="ignore")
    for at in np.flatnonzero(shapely.is_missing(shapes)).tolist():
        if texts[at] is not None:
            unread[at] = Unread(json.dumps(geometries[at], ensure_ascii=False), Message("read.row.shape_broken"))
    return shapes, unread


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
    except json.JSONDecodeError as error:
        lines = error.msg == "Extra data" and text.lstrip()[:1] == "{"
        code = "read.json_lines" if lines else "read.not_its_ending"
        raise InputRefused(code, file=source.name, ending=source.ending) from None
    except ValueError:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    return document


def _is_collection(document: object) -> bool:
    return (
        isinstance(document, dict)
        and document.get("type") == "FeatureCollection"
        and isinstance(document.get("features"), list)
    )


def _features(document: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Walk the features of a GeoJSON document, collections within collections too; a bare geometry is one."""
    if _is_collection(document) and depth <= DEEPEST:
        for feature in document["features"]:
            found = list(_features(feature, depth + 1))
            yield from found or ([] if _is_collection(feature) else [{"geometry": feature}])
    elif not isinstance(document, dict):
        return
    elif document.get("type") == "Feature" or (depth and {"geometry", "properties"} & document.keys()):
        yield document
    elif "coordinates" in document or "geometries" in document:
        yield {"geometry": document}


def _kind(document: Any) -> str:
    """Return why a document is refused that is no GeoJSON, by what it is instead."""
    if isinstance(document, dict):
        if document.get("type") == "Topology":
            return "read.topojson"
        if "ObjItems" in document:
            return "read.ovital_json"
        lists = [value for value in document.values() if isinstance(value, list)]
        document = document.get("features", next(iter(lists), None))
    if isinstance(document, list) and document and all(isinstance(record, dict) for record in document):
        return "read.esri_json" if all("attributes" in record for record in document) else "read.json_records"
    return "read.not_its_ending"


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


# ---- geometries as GEOS takes them


def _plain(geometry: Any, depth: int = 0) -> dict[str, Any] | None:
    """Return a geometry with two numbers a position and its rings closed; None for one without positions."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection" and isinstance(geometry.get("geometries"), list) and depth <= DEEPEST:
        plain = (_plain(part, depth + 1) for part in geometry["geometries"] if part is not None)
        return {"type": kind, "geometries": [part for part in plain if part is not None]}
    if not isinstance(kind, str) or kind not in DEPTHS:
        raise ShapeUnread("read.row.shape_kind", kind=str(kind)) if kind else ShapeUnread("read.row.shape_broken")
    coordinates = geometry.get("coordinates")
    while kind == "Point" and isinstance(coordinates, list) and len(coordinates) == 1:
        (coordinates,) = coordinates
    if "coordinates" in geometry and (coordinates is None or (kind == "Point" and _is_blank(coordinates))):
        return None
    return {"type": kind, "coordinates": _positions(coordinates, DEPTHS[kind], rings=kind in OF_RINGS)}


def _is_blank(position: Any) -> bool:
    """Return whether nothing stands where the numbers of a position would."""
    return isinstance(position, list) and all(part is None or part == "" for part in position)


def _positions(coordinates: Any, depth: int, *, rings: bool) -> list[Any]:
    """Return positions, each two numbers, in lists `depth` deep."""
    if not isinstance(coordinates, list):
        raise ShapeUnread("read.row.shape_numbers")
    if depth == 0:
        if len(coordinates) < 2:
            raise ShapeUnread("read.row.shape_numbers")
        return [_number(coordinates[0]), _number(coordinates[1])]
    found = [_positions(part, depth - 1, rings=rings) for part in coordinates]
    if rings and depth == 1 and found and found[0] != found[-1]:
        found.append(found[0])
    return found


def _number(value: object) -> float:
    if isinstance(value, str) and PLAIN_NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ShapeUnread("read.row.shape_numbers")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ShapeUnread("read.row.not_finite")
    return number
