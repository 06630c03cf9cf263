"""Orthophotos and maps that say where they lie (GeoTIFF, MBTiles) become tiles, in a process of their own, limited.

A small file can unpack to any size. What is kept are pictures written anew, in a file of SQLite of our own making:
nothing of a stranger's file is ever served.
"""

from __future__ import annotations

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
