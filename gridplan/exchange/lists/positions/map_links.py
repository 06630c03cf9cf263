"""Links to maps that hold a position: read where the frame of the map is known, refused by name elsewhere.

Nothing is fetched: a short link, which only its server could resolve, holds no position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from gridplan.coordinates import BD09, GCJ02, WGS84
from gridplan.exchange.tables.cells import refused, shown

LINK: Final = re.compile(r"(?<![a-z\d+.-])[a-z][a-z\d+.-]*://[^\s\"'<>，；、。）】]+", re.IGNORECASE)
BARE_LINK: Final = re.compile(
    r"(?<![\w./@-])(?:[\w-]+\.)*(?:amap\.com|gaode\.com|map\.qq\.com|map\.baidu\.com)/[^\s\"'<>，；、。）】]*",
    re.IGNORECASE,
)
"""A link to a map whose frame is known, without https:// before it."""
NUMBER: Final = r"([+-]?\d{1,3}\.\d+)"
PAIR: Final = re.compile(rf"(?:^|(?<=[:,])){NUMBER},{NUMBER}(?![.\d])")
"""Two numbers in a value, perhaps behind a name or the id of a place."""


@dataclass(frozen=True, slots=True)
class MapLink:
    """The longitude and latitude in a link, as they are written there, their frame, and the host of the link."""

    lon: str
    lat: str
    frame: str
    host: str


@dataclass(frozen=True, slots=True)
class _Map:
    """How links to one map are written.

    `hosts` and what ends like them, and the `schemes` of its apps; what its positions are counted in, and the
    parameters that state another frame; where a position stands, with its longitude or its latitude first.
    """

    hosts: str
    schemes: tuple[str, ...]
    frame: str
    stating: Mapping[str, Mapping[str, str]]
    lon_first: tuple[str, ...] = ()
    lat_first: tuple[str, ...] = ()
    apart: tuple[tuple[str, str], ...] = field(default=(("lon", "lat"), ("lng", "lat"), ("longitude", "latitude")))

    def serves(self, scheme: str, host: str) -> bool:
        return scheme in self.schemes or any(host == own or host.endswith(f".{own}") for own in self.hosts.split())


MAPS: Final = (
    _Map(
        hosts="amap.com gaode.com",
        schemes=("androidamap", "iosamap", "amapuri"),
        frame=GCJ02,
        stating={"coordinate": {"gaode": GCJ02, "wgs84": WGS84}, "dev": {"0": GCJ02, "1": WGS84}},
        lon_first=("position", "lnglat", "location", "dest", "to"),
        lat_first=("q", "p"),
    ),
    _Map(
        hosts="map.qq.com mapapi.qq.com 3gimg.qq.com",
        schemes=("qqmap",),
        frame=GCJ02,
        stating={"coord_type": {"1": WGS84, "3": BD09, "5": GCJ02}},
        lat_first=("marker", "coord", "location", "latlng", "tocoord"),
        apart=(("pointx", "pointy"), ("lng", "lat")),
    ),
    _Map(
        hosts="map.baidu.com api.map.baidu.com",
        schemes=("baidumap", "bdapp"),
        frame=BD09,
        stating={"coord_type": {"bd09ll": BD09, "gcj02": GCJ02, "wgs84": WGS84}},
        lat_first=("location", "latlng", "destination"),
        apart=(("lng", "lat"),),
    ),
)
"""Amap and Tencent draw in GCJ-02, Baidu in BD-09."""


def link_in(text: str) -> MapLink | None:
    """Return the position in the link that a text holds; None if it holds no link.

    Raises
    ------
    CellRefused
        There are several links, the frame of the map is not known here, or the link holds no position.
    """
    found = LINK.findall(text) or [f"https://{link}" for link in BARE_LINK.findall(text)]
    if not found:
        return None
    if len(found) > 1:
        raise refused("lonlat", "frame.row.several_links", "frame.remedy.pair")
    try:
        link = urlsplit(found[0])
        host = (link.hostname or "").lower()
    except ValueError:
        raise refused("lonlat", "frame.row.no_pair", "frame.remedy.pair") from None
    of = next((one for one in MAPS if one.serves(link.scheme.lower(), host)), None)
    name = shown(host if link.scheme.lower() in {"http", "https"} else link.scheme)
    if of is None:
        raise refused("lonlat", "frame.row.link", "frame.remedy.link", host=name)
    values = _values(link)
    pair = _pair(of, values)
    frame = _frame(of, values)
    if pair is None or frame is None:
        reason = "frame.row.link_empty" if pair is None else "frame.row.link"
        raise refused("lonlat", reason, "frame.remedy.link", host=name)
    return MapLink(*pair, frame, name)


def _values(link: SplitResult) -> dict[str, str]:
    """Return the parameters of a link, those behind its # too."""
    query = "&".join(part.partition("?")[2] or part for part in (link.query, link.fragment) if part)
    return {name.lower(): value.strip() for name, value in parse_qsl(query.replace("+", "%2B"))}


def _pair(of: _Map, values: Mapping[str, str]) -> tuple[str, str] | None:
    for lon, lat in of.apart:
        if re.fullmatch(NUMBER, values.get(lon, "")) and re.fullmatch(NUMBER, values.get(lat, "")):
            return values[lon], values[lat]
    for names, turned in ((of.lon_first, False), (of.lat_first, True)):
        if pair := _first_pair(values, names):
            return (pair[1], pair[0]) if turned else pair
    return None


def _first_pair(values: Mapping[str, str], names: Sequence[str]) -> tuple[str, str] | None:
    for name in names:
        if found := PAIR.search(unquote(values.get(name, "")).replace("，", ",").replace(" ", "")):
            return found[1], found[2]
    return None


def _frame(of: _Map, values: Mapping[str, str]) -> str | None:
    """Return what the position is counted in; None where the link states something that is not known here."""
    for name, frames in of.stating.items():
        if name in values:
            return frames.get(values[name].lower())
    return of.frame
