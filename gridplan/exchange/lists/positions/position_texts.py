"""One text that says where something is: two numbers however written, JSON, well-known text, a geo: URI, a link."""

from __future__ import annotations

import json
import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import CGCS2000, WGS84, frame_mentioned, frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.map_links import link_in
from gridplan.exchange.lists.positions.place_codes import SURE, place_code
from gridplan.exchange.tables.cells import MARKS, CellRefused, parse_number, refused
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, folded
from gridplan.words import Message

BOTH: Final = "lonlat"
_NUMBER: Final = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
PLAIN_PAIR: Final = re.compile(rf"\s*({_NUMBER})\s*[,，;；]\s*({_NUMBER})\s*", re.ASCII)
WITH_HEIGHT: Final = re.compile(
    r"\s*([+-]?\d+\.\d+)(?:\s*,\s*([+-]?\d+\.\d+)\s*,|\s+([+-]?\d+\.\d+)\s)\s*[+-]?\d+(?:\.\d+)?(\s+\d+(?:\.\d+)?)?\s*",
    re.ASCII,
)
"""What most devices write: two decimal numbers and a height, with an accuracy behind it after blanks only."""
MORE_MARKS: Final = str.maketrans({"˝": '"', "ˊ": "'"})
"""Accents that are typed for seconds and minutes."""
AROUND: Final = " \t\r\n()[]{}（）【】,，;；|"
PLANE_AXES: Final = re.compile(r"(?:[东北][坐向]标|[xy])\s*[:：=]", re.IGNORECASE)
"""What names an axis of a plane before its number; which of them is which, the numbers tell."""
LABEL: Final = re.compile(
    r"[\"'“”]?((?<![A-Za-z_])[A-Za-z_]+|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]+)[\"'“”]?\s*[:：=]\s*"
    r"|(?<![A-Za-z])(lon(?:gitude)?|lng|lat(?:itude)?|经度|纬度)\s*(?=[\d+.-])",
    re.IGNORECASE,
)
LEADER: Final = re.compile(r"^[^\d:：=]*[:：=]\s*(?=[\d(\[（+-])")
"""What a pair is called before it: 坐标：110.35, 38.12."""
LATITUDE_FIRST: Final = re.compile(r"(?:lat|纬).*(?:lon|lng|经)", re.IGNORECASE)
ODK: Final = re.compile(r"\s+")
BETWEEN: Final = (
    re.compile("[;；|]"),
    re.compile(r"[,，]\s+"),
    re.compile("[,，、/]"),
    ODK,
    re.compile('(?<=[EWNS])(?=\\d)|(?<=")(?=\\d)'),
    re.compile(r"(?<=\d)(?=[EWNS]\d)"),
    re.compile(r"(?<=[EWNS])\s+(?=\d)", re.IGNORECASE),
    re.compile(r"(?<=\d)\s+(?=[EWNS]\s?\d)", re.IGNORECASE),
)
"""What may stand between two coordinates, the surest first."""
HEIGHT: Final = re.compile(rf"(?:{_NUMBER}\s*(?:m|米)?)?", re.IGNORECASE | re.ASCII)
EXACT: Final = re.compile(r"\d\.\d|\d{5}|°")
"""What a coordinate before a height has; 38 30 15 has not."""
LATITUDE: Final = re.compile("北纬|南纬|^[NS]|[NS]$", re.IGNORECASE)
LONGITUDE: Final = re.compile("东经|西经|^[EW]|[EW]$", re.IGNORECASE)
GEO_URI: Final = re.compile(rf"geo:({_NUMBER}),({_NUMBER})(?:,{_NUMBER})?((?:;[^?]*)?)(?:\?(.*))?", re.IGNORECASE)
GEO_QUERY: Final = re.compile(rf"(?:^|&)q=({_NUMBER}),\s?({_NUMBER})(?=$|[(&\s])", re.IGNORECASE)
WKT: Final = re.compile(
    r"(?:SRID\s*=\s*(\d{1,9})\s*;)?\s*((?:MULTI)?(?:POINT|LINESTRING|POLYGON|CURVE|SURFACE)|GEOMETRYCOLLECTION"
    r"|CIRCULARSTRING|COMPOUNDCURVE|CURVEPOLYGON|TRIANGLE|TIN)\s*(?:Z|M|ZM)?\s*(?:\(.*\)|EMPTY)",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
MOST_BRACKETS: Final = 6
"""Brackets in each other in the text of a shape; GEOS would follow more until its stack is gone."""
WKB: Final = re.compile(r"(?:0x)?(0[01](?:[\da-f]{2}){20,})", re.IGNORECASE)
WKB_POINT: Final = 1
WITH_SRID: Final = 0x2000_0000
SHAPES: Final = frozenset(
    ("MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
    + ("GeometryCollection", "FeatureCollection")
)
"""What GeoJSON calls shapes that are no points."""
DEPTH: Final = 4
"""Objects in each other that a position may be in."""


@dataclass(frozen=True, slots=True)
class PositionText:
    """The two coordinates in a text as they are written there, the longitude or easting first as far as it tells.

    `ordered` says whether the text tells itself which is which; `frame` is what it states, None where it states none;
    `host` is that of the link it is, and `in_area` says that it is the outline of an area, in which the point lies.
    """

    lon: str
    lat: str
    ordered: bool = False
    frame: str | None = None
    host: str | None = None
    in_area: bool = False


def position_in_text(text: str) -> PositionText:
    """Return the position in one text.

    Raises
    ------
    CellRefused
        There is none that is understood, or its frame is not known here.
    """
    if plain := PLAIN_PAIR.fullmatch(text):
        return PositionText(plain[1], plain[2])
    if (plain := WITH_HEIGHT.fullmatch(text)) and not (plain[2] and plain[4]):
        first, second = plain[1], plain[2] or plain[3]
        return PositionText(second, first, ordered=True) if plain[4] else PositionText(first, second)
    if link := link_in(text):
        return PositionText(link.lon, link.lat, ordered=True, frame=link.frame, host=link.host)
    stripped = text.strip()
    code = place_code(stripped)
    if code in SURE:
        raise refused(BOTH, "frame.row.place_code", "frame.remedy.place_code", code=code)
    for read in (_of_geo_uri, _of_wkt, _of_wkb, _of_json, _of_labels, _of_numbers):
        if found := read(stripped):
            return found
    if code:
        raise refused(BOTH, "frame.row.place_code", "frame.remedy.place_code", code=code)
    raise refused(BOTH, "frame.row.no_pair", "frame.remedy.pair")


def pair_numbers(text: str) -> tuple[float, float] | None:
    """Return the two numbers in one text, the longitude first as far as it tells; None unless there are two."""
    try:
        pair = position_in_text(text)
    except CellRefused:
        return None
    for axes in (("lon", "lat"), ("lat", "lon")):
        try:
            first, second = (parse_number(axis, cell)[0] for axis, cell in zip(axes, (pair.lon, pair.lat), strict=True))
        except CellRefused:
            continue
        return first, second
    return None


# ---- numbers


def _of_numbers(text: str) -> PositionText | None:
    """Return two numbers, and what may follow them: a height, and an accuracy as ODK and KoBo write it."""
    plain = PLANE_AXES.sub(" ", text)
    leader = LEADER.match(plain)
    bare = (plain[leader.end() :] if leader else plain).translate(MORE_MARKS).translate(MARKS)
    plain = unicodedata.normalize("NFKC", bare).strip(AROUND)
    latitude_first = leader is not None and LATITUDE_FIRST.search(leader[0]) is not None
    mentioned = frame_mentioned(leader[0]) if leader else None
    frame = _frame(mentioned) if mentioned else None
    for mark in BETWEEN:
        parts = [part.strip() for part in mark.split(plain)]
        if len(parts) == 2 or (2 < len(parts) < 5 and _are_heights(parts[2:]) and all(map(EXACT.search, parts[:2]))):
            first, second = parts[:2]
            from_odk = mark is ODK and len(parts) == 4
            if from_odk or latitude_first or LATITUDE.search(first) or LONGITUDE.search(second):
                return PositionText(second, first, ordered=True, frame=frame)
            ordered = LONGITUDE.search(first) or LATITUDE.search(second)
            return PositionText(first, second, ordered=bool(ordered), frame=frame)
    return None


def _are_heights(parts: Sequence[str]) -> bool:
    return all(map(HEIGHT.fullmatch, parts))


def _of_labels(text: str) -> PositionText | None:
    """Return a longitude and a latitude that each have their name before them."""
    labels = list(LABEL.finditer(text))
    ends = (*(label.start() for label in labels[1:]), len(text))
    values = (text[label.end() : end].strip(AROUND + "\"'“”") for label, end in zip(labels, ends, strict=False))
    named = ((label[1] or label[2], value) for label, value in zip(labels, values, strict=True))
    return _of_names([(name, value) for name, value in named if value])


def _of_names(named: Sequence[tuple[str, str]]) -> PositionText | None:
    """Return the position in values by name, if one is called a longitude and one a latitude, or x and y."""
    found = {field: [text for name, text in named if _is_called(name, field)] for field in ("lon", "lat")}
    if all(len(texts) == 1 for texts in found.values()):
        return PositionText(found["lon"][0], found["lat"][0], ordered=True)
    return None


def _is_called(name: str, field: str) -> bool:
    return any(folded(name) in group for group in HOUSEHOLD_FIELDS[field])


# ---- JSON


def _of_json(text: str) -> PositionText | None:
    if text[:1] not in {"{", "["}:
        return None
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return _of_value(text, value, DEPTH)


def _of_value(text: str, value: Any, depth: int) -> PositionText | None:
    """Return the position in a value of JSON whose numbers are texts; `text` is the whole."""
    if isinstance(value, list):
        if len(value) in range(2, 5) and all(isinstance(number, str) for number in value[:2]):
            return PositionText(*value[:2])
        return _of_value(text, value[0], depth - 1) if len(value) == 1 and depth else None
    if not isinstance(value, dict):
        return None
    if value.get("type") == "Feature":
        value = value["geometry"] if isinstance(value.get("geometry"), dict) else {}
    if value.get("type") in SHAPES:
        return _of_shape(shapely.from_geojson(text, on_invalid="ignore"))
    if isinstance(value.get("coordinates"), list):
        inner = _of_value(text, value["coordinates"], 0)
        return inner and PositionText(inner.lon, inner.lat, ordered=True)
    called = [(str(name), number) for name, number in value.items() if isinstance(number, str)]
    if found := _of_names(called):
        return found
    axes = {name.lower(): number for name, number in called}
    if axes.keys() >= {"x", "y"}:
        return PositionText(axes["x"], axes["y"])
    inside = [_of_value(text, part, depth - 1) for part in _parts(value) if depth]
    found_inside = [position for position in inside if position]
    return found_inside[0] if len(found_inside) == 1 else None


def _parts(value: Mapping[str, Any]) -> Iterator[Any]:
    return (part for part in value.values() if isinstance(part, dict | list))


# ---- shapes


def _of_wkt(text: str) -> PositionText | None:
    found = WKT.fullmatch(text)
    if not found:
        return None
    depth = most = 0
    for bracket in re.findall(r"[()]", text):
        depth += 1 if bracket == "(" else -1
        most = max(most, depth)
    shape = text.partition(";")[2] if found[1] else text
    position = _of_shape(shapely.from_wkt(shape, on_invalid="ignore") if most <= MOST_BRACKETS else None)
    return PositionText(position.lon, position.lat, ordered=True, frame=_srid(found[1]), in_area=position.in_area)


def _of_wkb(text: str) -> PositionText | None:
    """Return the point in well-known binary written as hexadecimal digits, as databases export it."""
    found = WKB.fullmatch(text)
    if not found:
        return None
    wkb = bytes.fromhex(found[1])
    order = "<" if wkb[0] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, 1)
    start = 9 if code & WITH_SRID else 5
    if (code & 0xFFFF) % 1000 != WKB_POINT or len(wkb) < start + 16:
        raise refused(BOTH, "read.row.not_a_point", "read.remedy.point")
    (srid,) = struct.unpack_from(f"{order}I", wkb, 5) if code & WITH_SRID else ("",)
    x, y = struct.unpack_from(f"{order}2d", wkb, start)
    return PositionText(repr(x), repr(y), ordered=True, frame=_srid(str(srid)))


def _of_shape(shape: BaseGeometry | None) -> PositionText:
    """Return the place of a point, or one in a polygon."""
    while shape is not None and shapely.get_num_geometries(shape) == 1 and shape.geom_type.startswith(("Multi", "Geo")):
        shape = shapely.get_geometry(shape, 0)
    if shape is None or shape.is_empty:
        raise refused(BOTH, "frame.row.no_pair", "frame.remedy.pair")
    area = shape.geom_type in {"Polygon", "MultiPolygon"} and shape.is_valid
    point = shapely.point_on_surface(shape) if area else shape
    if point.geom_type != "Point":
        raise refused(BOTH, "read.row.not_a_point", "read.remedy.point")
    return PositionText(repr(point.x), repr(point.y), ordered=True, in_area=area)


def _of_geo_uri(text: str) -> PositionText | None:
    """Return the position of a geo: URI (RFC 5870), or of the place asked for where an app puts it behind 0,0."""
    found = GEO_URI.fullmatch(text)
    if not found:
        return None
    lat, lon, parameters, query = found.groups()
    stated = re.search(r";crs=([^;]*)", parameters, re.IGNORECASE)
    if asked := GEO_QUERY.search(query or ""):
        lat, lon = asked.groups()
    frame = _frame(stated[1]) if stated else None
    return PositionText(lon, lat, ordered=True, frame=frame)


def _srid(code: str | None) -> str | None:
    return _frame(f"EPSG:{code}") if code and int(code) else None


def _frame(name: str) -> str | None:
    """Return the frame that a text states of itself, None for degrees of WGS-84, which need no stating."""
    try:
        frame = frame_named(name)
    except InputRefused as why:
        raise CellRefused(BOTH, why.message, Message("frame.remedy.pair")) from None
    if frame is None:
        raise refused(BOTH, "frame.row.unknown", "frame.remedy.pair", frame=name)
    return None if frame in {WGS84, CGCS2000, "EPSG:4490"} else frame
