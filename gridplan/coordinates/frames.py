"""What positions are counted in: the frames by their names, and the way from each of them to WGS-84 degrees.

A frame is `EPSG:n`, the well-known text of one, or one of four names: `gcj02`, `bd09`, `cgcs2000`, which is degrees or
Gauss-Krueger metres, as the numbers say, and `dms`, degrees with minutes and seconds behind the point. Xi'an 80 and
Beijing 54 are refused: how far they are from WGS-84, up to a hundred metres, is known only at control points, and PROJ
would pass them through as they are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from gridplan.coordinates.gauss_krueger import (
    MERIDIAN_OF,
    MERIDIANS,
    frame_with,
    from_gauss_krueger,
    to_gauss_krueger,
)
from gridplan.coordinates.gauss_krueger import north_first as gauss_krueger_north_first
from gridplan.coordinates.packed_degrees import degrees_to_packed, packed_to_degrees
from gridplan.coordinates.shifted import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from gridplan.errors import InputRefused

Points = NDArray[np.float64]

WGS84: Final = "EPSG:4326"
CGCS2000: Final = "cgcs2000"
GCJ02: Final = "gcj02"
BD09: Final = "bd09"
DMS: Final = "dms"
_NAMES: Final = {
    WGS84: "wgs84 wgs1984 gps",
    CGCS2000: "cgcs2000 国家2000 国家2000坐标系 国家大地2000 2000国家大地坐标系 国家2000大地坐标系 大地2000",
    GCJ02: "gcj02 gcj2 gcj 火星 火星坐标 火星坐标系 国测局 高德 高德坐标 腾讯 gaode amap",
    BD09: "bd09 bd9 bd09ll 百度 百度坐标 百度坐标系 baidu",
    DMS: "dms ddmmss ddmmssss dddmmss dddmmssss 度分秒",
    "EPSG:4610": "xian80 xian1980 西安80 西安1980 西安80坐标系",
    "EPSG:4214": "beijing54 beijing1954 北京54 北京1954 北京54坐标系",
}
FRAME_OF_NAME: Final = {name: frame for frame, names in _NAMES.items() for name in names.split()}
XIAN80: Final = "EPSG:4610"
BEIJING54: Final = "EPSG:4214"
_BESIDE: Final = r"{0}(?=坐标|地图|经|纬|l(?:ng|on|at)|[xy])|(?<=经度|纬度|坐标){0}"
"""A name that stands for a frame only beside such words: a village may be called 高德."""
MENTIONS: Final = {
    frame: re.compile(pattern)
    for frame, pattern in (
        (XIAN80, r"(?:西安|xi?an)(?:19)?80(?![\d户人名家组号])|(?:19)?80年?西安"),
        (BEIJING54, r"(?:北京|beijing)(?:19)?54(?![\d户人名家组号])|(?:19)?54年?北京"),
        (GCJ02, r"gcj0?2|国测局|" + _BESIDE.format("(?:火星|高德|腾讯|amap|gaode|tencent)")),
        (BD09, r"bd0?9|" + _BESIDE.format("(?:百度|baidu)")),
        (DMS, r"d{2,3}mms{2,4}"),
        (CGCS2000, r"cgcs2000|国家2000|大地2000|2000国家大地"),
        (WGS84, r"wgs(?:19)?84"),
    )
}
"""How lists write of a frame, without case, width and punctuation."""
EPSG_CODE: Final = re.compile(r"(?:epsg[ :]*)?(\d{1,9})", re.ASCII)
SHOWN: Final = {WGS84: "WGS-84", CGCS2000: "CGCS2000", GCJ02: "GCJ-02", BD09: "BD-09", DMS: "DD.MMSS"}
NO_DATUM_SHIFT: Final = re.compile(r"xi.?an|beijing|peking", re.IGNORECASE)
UTM_ZONES: Final = range(43, 54)
NEAR_AREA: Final = 3.0
"""Degrees that a point may lie outside the area a frame was made for."""


def frame_named(name: str) -> str | None:
    """Return the frame that `name` states, or None where it states no frame known here.

    Names are wgs84, cgcs2000, gcj02, bd09, dms, their Chinese names, EPSG:n and n; case, width and punctuation do not
    count.
    Only frames of points on the earth's surface count: a frame of heights, say, is none.

    Raises
    ------
    InputRefused
        The frame is Xi'an 80 or Beijing 54.
    """
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    frame = FRAME_OF_NAME.get(re.sub(r"[\W_]", "", plain))
    if frame is None and (code := EPSG_CODE.fullmatch(plain)):
        frame = f"EPSG:{int(code[1])}"
    if frame is None or frame in SHOWN:
        return frame
    try:
        return _usable(_crs(frame), frame)
    except ProjError:
        return None


def frame_mentioned(text: str) -> str | None:
    """Return the frame that a header or a title speaks of, Xi'an 80 and Beijing 54 too; None where it is of none."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())
    return next((frame for frame, mention in MENTIONS.items() if mention.search(plain)), None)


def frame_of_wkt(wkt: str) -> str | None:
    """Return the frame that a well-known text, such as a .prj file, states; None where it states none known here.

    Raises
    ------
    InputRefused
        The frame is Xi'an 80 or Beijing 54.
    """
    try:
        crs = CRS.from_wkt(wkt)
    except ProjError:
        return None
    written = crs.to_json_dict().get("id", {})
    code = written.get("code") if written.get("authority") == "EPSG" else crs.to_epsg()
    return _usable(crs, wkt if code is None else f"EPSG:{code}")


def frame_shown(frame: str) -> str:
    """Return a frame as a sentence names it."""
    if frame in SHOWN or frame.startswith("EPSG:"):
        return SHOWN.get(frame, frame)
    return _crs(frame).name


def frame_option(frame: str) -> str:
    """Return what to pass for a frame on the command line."""
    return "wgs84" if frame == WGS84 else frame


def counts_degrees(frame: str) -> bool:
    """Whether positions of a frame may be degrees."""
    return frame in SHOWN or _crs(frame).is_geographic


def counts_metres(frame: str) -> bool:
    """Whether positions of a frame may be metres (or feet) on a plane."""
    return frame == CGCS2000 or not counts_degrees(frame)


def points_to_wgs84(points: ArrayLike, frame: str) -> Points:
    """Return points (n, 2) of a frame in WGS-84 degrees: nan stays nan, what the frame cannot place is infinite.

    Degrees are longitude first. Metres are easting first, or northing first where they can be nothing else; the zone
    of a Gauss-Krueger easting on CGCS2000 decides over the meridian of the frame.

    Raises
    ------
    InputRefused
        They are metres of CGCS2000 and neither they nor the frame tell the central meridian.
    """
    given = np.asarray(points, float).reshape(-1, 2)
    if frame == GCJ02:
        return gcj02_to_wgs84(given)
    if frame == BD09:
        return bd09_to_wgs84(given)
    if frame == DMS:
        return packed_to_degrees(given)
    if frame == WGS84 or (frame == CGCS2000 and not are_metres(given)):
        return given.copy()
    if counts_metres(frame) and north_first(given, frame):
        given = given[:, ::-1]
    if frame == CGCS2000 or frame in MERIDIAN_OF:
        return from_gauss_krueger(given, MERIDIAN_OF.get(frame))
    return np.column_stack(_to_wgs84(frame).transform(given[:, 0], given[:, 1]))


def points_in_other_metres(lonlat: Points, plane: str, other: str) -> Points:
    """Return where WGS-84 degrees (n, 2), read of metres in one plane, would be had the metres been in another."""
    if plane in MERIDIAN_OF:
        metres = to_gauss_krueger(lonlat, MERIDIAN_OF[plane])
    else:
        metres = np.column_stack(_to_wgs84(plane).transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE"))
    return points_to_wgs84(metres, other)


def planes_like(plane: str) -> list[str]:
    """Return the other planes that metres may be in: Gauss-Krueger of every meridian, and UTM."""
    utm = (f"EPSG:{32600 + zone}" for zone in UTM_ZONES)
    return [
        other
        for other in (*map(frame_with, MERIDIANS), *utm)
        if other != plane and MERIDIAN_OF.get(other, 0) != MERIDIAN_OF.get(plane, -1)
    ]


def wgs84_to_degrees(lonlat: Points, frame: str) -> Points:
    """Return WGS-84 degrees (n, 2) in degrees of WGS-84, CGCS2000, GCJ-02 or BD-09, or packed."""
    if frame == GCJ02:
        return wgs84_to_gcj02(lonlat)
    if frame == DMS:
        return degrees_to_packed(lonlat)
    return wgs84_to_bd09(lonlat) if frame == BD09 else lonlat.copy()


def shapes_to_wgs84(shapes: NDArray[np.object_], frame: str) -> NDArray[np.object_]:
    """Return geometries of a frame in WGS-84 degrees and without heights, as `points_to_wgs84` does; None stays None.

    A vertex that the frame cannot place becomes infinite.

    Raises
    ------
    InputRefused
        As `points_to_wgs84` does.
    """
    flat: NDArray[np.object_] = shapely.force_2d(shapes)
    if frame == WGS84:
        return flat
    moved: NDArray[np.object_] = shapely.transform(flat, lambda vertices: points_to_wgs84(vertices, frame))
    return moved


def are_metres(points: Points) -> bool:
    """Whether most of points (n, 2) are too large to be degrees."""
    size = np.abs(points).max(axis=1, initial=0.0)
    return bool((np.isfinite(size) & (size > 360)).sum() > (size <= 360).sum())


def north_first(points: Points, frame: str) -> bool:
    """Whether points (n, 2) in metres of a frame have their northing first, by the numbers: any doubt is a no."""
    if frame == CGCS2000 or frame in MERIDIAN_OF:
        return gauss_krueger_north_first(points)
    finite = points[np.isfinite(points).all(axis=1)]
    area = _crs(frame).area_of_use
    if not len(finite) or area is None or area.west > area.east:
        return False
    east, north = np.median(finite, axis=0)
    lon, lat = _to_wgs84(frame).transform([east, north], [north, east])
    near = [
        area.west - NEAR_AREA <= lon[way] <= area.east + NEAR_AREA
        and area.south - NEAR_AREA <= lat[way] <= area.north + NEAR_AREA
        for way in (0, 1)
    ]
    return near == [False, True]


def _usable(crs: CRS, frame: str) -> str | None:
    ground = crs.source_crs or crs
    names = [part.name for part in (ground.datum, ground.geodetic_crs) if part is not None]
    if found := next(filter(NO_DATUM_SHIFT.search, names), None):
        raise InputRefused("frame.no_datum_shift", frame=frame if frame.startswith("EPSG:") else crs.name, datum=found)
    return frame if ground.is_geographic or ground.is_projected else None


@lru_cache(64)
def _crs(frame: str) -> CRS:
    return CRS.from_user_input(frame)


@lru_cache(64)
def _to_wgs84(frame: str) -> Transformer:
    return Transformer.from_crs(frame, WGS84, always_xy=True)
