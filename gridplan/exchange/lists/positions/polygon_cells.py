"""Polygons written in cells: well-known text, GeoJSON, or positions one after the other as Ovital exports them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import LAT_RANGE
from gridplan.exchange.tables.cells import PLAIN_NUMBER
from gridplan.exchange.tables.readers.geojson import shapes_in_geojson
from gridplan.exchange.tables.source import Unread
from gridplan.words import Message

AXES: Final = re.compile(r"(?P<lon>经|lon|lng)|(?P<lat>纬|lat)", re.IGNORECASE)
BETWEEN: Final = re.compile(r"\s*[;；|\n]\s*|(?<=[\d.])\s+(?=[\d+-])")
WITHIN: Final = re.compile(r"\s*[,，]\s*")
LEAST: Final = 3
"""Positions of a polygon."""


def polygons_in_cells(header: str, cells: Iterable[str]) -> tuple[NDArray[np.object_], dict[int, Unread]]:
    """Return the polygon in each cell under a header, None for none, and by index what is there and cannot be read.

    A single position is no polygon, and is none.
    """
    texts = [cell.strip() for cell in cells]
    shapes = np.empty(len(texts), object)
    unread: dict[int, Unread] = {}
    for at, text in enumerate(texts):
        positions = _positions(text)
        if len(positions) >= LEAST:
            ring = np.array(positions)
            shapes[at] = shapely.Polygon(ring[:, ::-1] if _has_latitude_first(header, ring) else ring)
        elif text.startswith("{"):
            shapes[at] = _of_geojson(text)
        elif not positions:
            shapes[at] = shapely.from_wkt(text.partition("SRID")[2].partition(";")[2] or text, on_invalid="ignore")
        if text and not positions and shapes[at] is None:
            unread[at] = Unread(text, Message("read.row.shape_broken"))
    return shapely.force_2d(shapes), unread


def _of_geojson(text: str) -> shapely.Geometry | None:
    try:
        geometry = json.loads(text)
    except ValueError:
        return None
    found: NDArray[np.object_] = shapes_in_geojson([geometry])[0]
    drawn: shapely.Geometry | None = found[0]
    return drawn


def _positions(text: str) -> list[list[float]]:
    """Return the positions in a text, none if it holds anything else."""
    found = []
    for part in filter(None, BETWEEN.split(text)):
        numbers = WITHIN.split(part.strip("()[] "))
        if not 2 <= len(numbers) <= 3 or not all(map(PLAIN_NUMBER.fullmatch, numbers)):
            return []
        found.append([float(number) for number in numbers[:2]])
    return found


def _has_latitude_first(header: str, ring: NDArray[np.float64]) -> bool:
    """Return whether latitudes are the first numbers: by the header, of 经纬度[纬度+经度] by what is in brackets."""
    if first := AXES.search(header.partition("[")[2] or header):
        return first["lat"] is not None
    return bool((np.abs(ring[:, 1]) > LAT_RANGE[1]).any())
