"""Orthophotos and maps that say where they lie (GeoTIFF, MBTiles) become tiles, in a process of their own, limited.

A small file can unpack to any size. What is kept are pictures written anew, in a file of SQLite of our own making:
nothing of a stranger's file is ever served.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.images import Picture
from gridplan.sandbox import Child, Limits, WorkEnded

CUTTER: Final = "gridplan.exchange.tile_cutter:cut"
MEMORY: Final = 1_200_000_000
LEAST_S, LONGEST_S, BYTES_A_SECOND = 60.0, 3600.0, 100_000
"""What a file may take: the smaller it is, the less, so that nobody waits for one that only unpacks to much."""
HALF: Final = 20037508.342789244
"""Metres from the middle of the plane of Web Mercator to its edge."""
WHY_NOT: Final = {"slow": "imagery.slow", "memory": "imagery.memory", "crash": "imagery.broken"}


@dataclass(frozen=True, slots=True)
class Cut:
    """What is asked for: the file, where the tiles go, what the file is called, and the frame that its maker stated."""

    source: Path
    target: Path
    name: str
    frame: str | None


@dataclass(frozen=True, slots=True)
class TileSet:
    """What was cut: the first and the last zoom, and west, south, east and north in degrees of WGS-84."""

    zooms: tuple[int, int]
    around: tuple[float, float, float, float]
    tiles: int


@dataclass(frozen=True, slots=True)
class StoredTiles:
    """What is stored of an orthophoto or a map: what it is called, its file, and where it lies."""

    name: str
    file: Path
    zooms: tuple[int, int]
    around: tuple[float, float, float, float]


Step = tuple[int, int] | TileSet | Picture
"""How many tiles are cut of how many; last what was cut, or the picture where a file does not say where it lies."""


def limits_of(source: Path) -> Limits:
    """Return what a file may take."""
    return Limits(min(LONGEST_S, LEAST_S + source.stat().st_size / BYTES_A_SECOND), MEMORY)


def cut_tiles(asked: Cut, limits: Limits) -> Iterator[Step]:
    """Cut a file into tiles within limits, and yield how far it is; last what there is now.

    Raises
    ------
    InputRefused
        The file cannot be used, or takes more time or memory than it may.
    """
    child = Child.take()
    try:
        yield from child.each(CUTTER, asked, limits)
    except WorkEnded as end:
        raise InputRefused(WHY_NOT[end.why], file=asked.name, minutes=max(1, round(limits.seconds / 60))) from end
    finally:
        child.stop()  # it has grown


def read_tile(file: Path, zoom: int, column: int, row: int) -> bytes | None:
    """Return a tile, if anything is pictured there."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as tiles:
        found = tiles.execute("SELECT picture FROM tile WHERE z = ? AND x = ? AND y = ?", (zoom, column, row))
        row_ = found.fetchone()
    return None if row_ is None else bytes(row_[0])


def read_tiles(
    stored: StoredTiles, zoom: int, around: tuple[float, float, float, float]
) -> Iterator[tuple[str, bytes]]:
    """Yield the tiles of a zoom that reach into a part of the earth, each called zoom/column/row."""
    asked = "SELECT x, y, picture FROM tile WHERE z = ? AND x BETWEEN ? AND ? AND y BETWEEN ? AND ? ORDER BY x, y"
    with closing(sqlite3.connect(f"file:{stored.file}?mode=ro&immutable=1", uri=True)) as tiles:
        for column, row, picture in tiles.execute(asked, (zoom, *columns_and_rows(around, zoom))):
            yield f"{zoom}/{column}/{row}", bytes(picture)


def columns_and_rows(around: tuple[float, float, float, float], zoom: int) -> tuple[int, int, int, int]:
    """Return the first and the last column and row of tiles that west, south, east and north reach into."""
    west, south, east, north = around
    n = 2**zoom
    columns = [math.floor((lon + 180) / 360 * n) for lon in (west, east)]
    rows = [math.floor((1 - northing(lat) / HALF) / 2 * n) for lat in (north, south)]
    left, right, top, bottom = (min(n - 1, max(0, one)) for one in (*columns, *rows))
    return left, right, top, bottom


def northing(lat: float) -> float:
    """Return how many metres north of the equator a latitude is on the plane of Web Mercator."""
    return math.asinh(math.tan(math.radians(max(-85.0511287798, min(85.0511287798, lat))))) / math.pi * HALF


def mime_of(tile: bytes) -> str:
    """Return the kind of picture that a tile is."""
    return "image/jpeg" if tile.startswith(b"\xff\xd8") else "image/webp"
