"""Cuts GeoTIFF and MBTiles into the tiles that maps of the web are made of; runs in the process of `imagery.py`."""

from __future__ import annotations

import io
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio._err import (  # what GDAL says where rasterio has no error of its own
    CPLE_BaseError,
    CPLE_OutOfMemoryError,
)
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.transform import array_bounds, from_origin
from rasterio.warp import calculate_default_transform, reproject

from gridplan.coordinates.frames import (
    BD09,
    CGCS2000,
    GCJ02,
    WGS84,
    frame_of_wkt,
    points_to_wgs84,
    wgs84_to_degrees,
)
from gridplan.errors import InputRefused
from gridplan.exchange.imagery import HALF, Cut, TileSet, columns_and_rows, northing
from gridplan.exchange.images import LONGEST, Picture

DRIVERS: Final = {
    b"II*\0": "GTiff", b"MM\0*": "GTiff", b"II+\0": "GTiff", b"MM\0+": "GTiff", b"SQLi": "MBTiles",
}  # fmt: skip
"""What reads a file, by how it begins, whatever its name says."""
MOST_PIXELS: Final = 2_500_000_000
"""Of the file: a village of 5 by 5 km at 10 cm."""
MOST_TILES: Final = 60_000
"""Of the deepest zoom."""
SIDE: Final = 256
DEEPEST: Final = 21
MERCATOR: Final = "EPSG:3857"
SHIFTED: Final = {GCJ02, BD09}
CACHE_MB: Final = 128
GDAL: Final = {
    "GDAL_CACHEMAX": CACHE_MB,
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_MAX_RETRY": 0,
}
"""A cache of a size that is known; no file beside the one that was sent, and none from elsewhere."""
EVERY: Final = 200
"""Tiles after which the progress is told."""
QUALITY: Final = 80

Pixels = NDArray[np.uint8]


def cut(asked: Cut) -> Iterator[tuple[int, int] | TileSet | Picture]:
    """Yield how many tiles are cut of how many, and last what was cut, or the picture where the file lies nowhere.

    Raises
    ------
    InputRefused
        The file cannot be used.
    MemoryError
        It takes more memory than the process has.
    """
    Image.MAX_IMAGE_PIXELS = None
    with rasterio.Env(**GDAL):
        try:
            with asked.source.open("rb") as file:
                driver = DRIVERS[file.read(4)]
            with rasterio.open(asked.source, driver=driver) as source:
                _check_size(source, asked.name)
                frame = _frame(source, asked)
            if frame is not None:
                with rasterio.open(asked.source, "r+", driver=driver) as source:
                    source.crs = frame
            with rasterio.open(asked.source, driver=driver) as source:
                yield from _cut(source, asked)
        except KeyError as problem:
            raise InputRefused("imagery.unknown", file=asked.name) from problem
        except (RasterioError, CPLE_BaseError) as problem:
            if isinstance(problem.__cause__ or problem, CPLE_OutOfMemoryError):
                raise MemoryError from problem
            raise InputRefused("imagery.broken", file=asked.name) from problem


def _check_size(source: DatasetReader, name: str) -> None:
    pixels = source.width * source.height
    if pixels > MOST_PIXELS:
        values: dict[str, Any] = {"width": source.width, "height": source.height, "most": MOST_PIXELS // 1_000_000}
        raise InputRefused("imagery.large", file=name, megapixels=-(-pixels // 1_000_000), **values)
    if not source.count or any(kind.startswith("complex") for kind in source.dtypes):
        raise InputRefused("imagery.unknown", file=name)


def _cut(source: DatasetReader, asked: Cut) -> Iterator[tuple[int, int] | TileSet | Picture]:
    points, _ = source.gcps
    if source.transform.is_identity and not points:
        yield _whole(source)
        return
    ends: Any = (
        {"gcps": points} if points else dict(zip(("left", "bottom", "right", "top"), source.bounds, strict=True))
    )
    crs = source.gcps[1] if points else source.crs
    try:
        plane, width, height = calculate_default_transform(crs, MERCATOR, source.width, source.height, **ends)
    except (RasterioError, CPLE_BaseError) as problem:
        raise InputRefused("imagery.nowhere", file=asked.name, crs=_shown(crs)) from problem
    bounds = array_bounds(height, width, plane)
    if not all(map(math.isfinite, bounds)) or max(map(abs, bounds)) > 1.1 * HALF:
        raise InputRefused("imagery.nowhere", file=asked.name, crs=_shown(crs))
    grid = TileGrid.over(bounds, plane.a, asked.frame if asked.frame in SHIFTED else None)
    cutter = Cutter(source, grid)
    yield 0, grid.n(grid.deepest)
    for done in _write(asked.target, cutter, grid):
        yield done, grid.n(grid.deepest)
    if not cutter.written:
        raise InputRefused("imagery.empty", file=asked.name)
    yield TileSet((grid.first, grid.deepest), grid.around, cutter.written)


def _frame(source: DatasetReader, asked: Cut) -> CRS | None:
    """Return the frame to read a file in, if it is not the one that the file states.

    Raises
    ------
    InputRefused
        Neither the file nor its maker states a frame that can be used.
    """
    points, of_points = source.gcps
    crs = of_points if points else source.crs
    if source.transform.is_identity and not points:
        return None
    if asked.frame is not None and asked.frame not in SHIFTED and asked.frame != CGCS2000:
        return CRS.from_user_input(asked.frame)
    if crs is None:
        left, top = source.bounds.left, source.bounds.top
        if asked.frame is not None and abs(left) <= 180 and abs(top) <= 90:
            return CRS.from_user_input(WGS84)
        raise InputRefused("imagery.no_frame", file=asked.name, x=round(left, 1), y=round(top, 1))
    if frame_of_wkt(crs.to_wkt()) is None:
        raise InputRefused("imagery.unknown_frame", file=asked.name, crs=_shown(crs))
    return None


def _shown(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.to_wkt()[:60]


def _whole(source: DatasetReader) -> Picture:
    """Return all of a file that does not say where it lies, as small as pictures are kept."""
    scale = min(1.0, LONGEST / max(source.width, source.height))
    width, height = max(1, round(source.width * scale)), max(1, round(source.height * scale))
    bands = Bands.of(source)
    values = source.read(bands.colours, out_shape=(len(bands.colours), height, width))
    pixels = bands.coloured(values, np.ones((height, width), bool))
    content = io.BytesIO()
    Image.fromarray(pixels[..., :3]).save(content, "JPEG", quality=88)
    return Picture(content.getvalue(), "jpg", width, height, (source.width, source.height))


@dataclass(frozen=True, slots=True)
class Bands:
    """Which bands are red, green and blue, which says where there is anything, and how values become colours."""

    colours: tuple[int, ...]
    alpha: int | None
    table: Pixels | None
    """Of a band of numbers that stand for colours."""
    low: float
    high: float

    @classmethod
    def of(cls, source: DatasetReader) -> Bands:
        """Return the bands of a file."""
        kinds = list(source.colorinterp)
        alpha = kinds.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in kinds else None
        plain = [band for band in source.indexes if band != alpha]
        primary = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        named = [kinds.index(kind) + 1 for kind in primary if kind in kinds]
        colours = tuple(named if len(named) == 3 else plain[:3] if len(plain) >= 3 else plain[:1])
        if kinds[0] is ColorInterp.palette:
            table = np.zeros((256, 4), np.uint8)
            for value, colour in source.colormap(1).items():
                table[value % 256] = colour
            return cls(colours[:1], alpha, table, 0, 255)
        if all(source.dtypes[band - 1] == "uint8" for band in colours):
            return cls(colours, alpha, None, 0, 255)
        shape = (len(colours), min(500, source.height), min(500, source.width))
        sample = source.read(colours, out_shape=shape, masked=True).astype(float)
        known = np.ma.masked_invalid(sample).compressed()
        low, high = map(float, np.percentile(known, (2, 98))) if len(known) else (0.0, 1.0)
        return cls(colours, alpha, None, low, max(high, low + 1e-9))

    def coloured(self, values: NDArray[Any], is_there: NDArray[np.bool_]) -> Pixels:
        """Return values (bands, rows, columns) in red, green, blue and opacity, (rows, columns, 4)."""
        opacity = np.where(is_there, 255, 0).astype(np.uint8)
        if self.table is not None:
            found = self.table[values[0].astype(np.uint8)]
            return np.dstack([found[..., :3], np.minimum(found[..., 3], opacity)])
        if values.dtype != np.uint8:
            scaled = (np.nan_to_num(values.astype(float)) - self.low) / (self.high - self.low)
            values = (np.clip(scaled, 0, 1) * 255).astype(np.uint8)
        red, green, blue = values if len(values) == 3 else (values[0],) * 3
        return np.dstack([red, green, blue, opacity])


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The tiles that a part of the plane of Web Mercator reaches into, from the first zoom to the deepest."""

    first: int
    deepest: int
    around: tuple[float, float, float, float]
    """West, south, east and north of what is pictured, in degrees of WGS-84."""
    frame: str | None
    """GCJ-02 or BD-09, if the file is in one of them: the plane is shifted."""

    @classmethod
    def over(cls, bounds: tuple[float, float, float, float], metres: float, frame: str | None) -> TileGrid:
        """Return the tiles for bounds in metres of the plane, and the size of a pixel there."""
        west, south, east, north = bounds
        corners = np.array([(_longitude(west), _latitude(south)), (_longitude(east), _latitude(north))])
        if frame:
            corners = points_to_wgs84(corners, frame)
        around = tuple(corners.ravel().tolist())
        deepest = max(0, min(DEEPEST, round(math.log2(2 * HALF / SIDE / metres))))
        while deepest and cls(0, deepest, around, frame).n(deepest) > MOST_TILES:
            deepest -= 1
        grid = cls(0, deepest, around, frame)
        return replace(grid, first=max(zoom for zoom in range(deepest + 1) if zoom == 0 or grid.n(zoom) <= 4))

    def reach(self, zoom: int) -> tuple[int, int, int, int]:
        """Return the first and the last column, the first and the last row."""
        return columns_and_rows(self.around, zoom)

    def n(self, zoom: int) -> int:
        """Return how many tiles a zoom has."""
        left, right, top, bottom = self.reach(zoom)
        return (right - left + 1) * (bottom - top + 1)

    @property
    def pixel(self) -> float:
        """Metres of the plane that a pixel of the deepest zoom has."""
        return 2 * HALF / 2**self.deepest / SIDE

    def shift(self, zoom: int, column: int, row: int) -> tuple[float, float]:
        """Return how many metres of the plane east and south of its place the middle of a tile is in the file."""
        if not self.frame:
            return 0.0, 0.0
        n = 2**zoom
        here = np.array([[(column + 0.5) / n * 360 - 180, _latitude(HALF - (row + 0.5) / n * 2 * HALF)]])
        (lon, lat), (lon_there, lat_there) = here[0], wgs84_to_degrees(here, self.frame)[0]
        return float(lon_there - lon) / 180 * HALF, northing(lat) - northing(lat_there)


class Cutter:
    """Cuts tiles: blocks of the deepest out of the file, each other one out of the four within it."""

    def __init__(self, source: DatasetReader, grid: TileGrid) -> None:
        self._source, self._grid = source, grid
        self._bands = Bands.of(source)
        # A shift is the same all over a small block; and a number takes up to eight bytes.
        is_plain = grid.frame is None and all(kind == "uint8" for kind in source.dtypes)
        self._block_zoom = max(grid.first, grid.deepest - (3 if is_plain else 1))
        self._block: tuple[int, int, Pixels] | None = None
        self.visited = self.written = 0

    def tiles(self, zoom: int, column: int, row: int) -> Iterator[tuple[int, int, int, Pixels]]:
        """Yield what is pictured of a tile and of those within it; itself last."""
        left, right, top, bottom = self._grid.reach(zoom)
        if not (left <= column <= right and top <= row <= bottom):
            return
        if zoom == self._block_zoom:
            self._block = column, row, self._warped(column, row)
        if zoom == self._grid.deepest:
            self.visited += 1
            found = self._of_block(column, row)
        else:
            whole = np.zeros((2 * SIDE, 2 * SIDE, 4), np.uint8)
            for down, across in product((0, 1), repeat=2):
                place = zoom + 1, 2 * column + across, 2 * row + down
                for tile in self.tiles(*place):
                    yield tile
                    if tile[:3] == place:
                        whole[down * SIDE :, across * SIDE :][:SIDE, :SIDE] = tile[3]
            found = np.asarray(Image.fromarray(whole).resize((SIDE, SIDE), Image.Resampling.BOX))
        if found[..., 3].any():
            yield zoom, column, row, found

    def _of_block(self, column: int, row: int) -> Pixels:
        first_column, first_row, block = cast("tuple[int, int, Pixels]", self._block)
        within = self._grid.deepest - self._block_zoom
        x, y = (column - (first_column << within)) * SIDE, (row - (first_row << within)) * SIDE
        return block[y : y + SIDE, x : x + SIDE]

    def _warped(self, column: int, row: int) -> Pixels:
        """Return all of a block in the pixels of the deepest zoom, see-through where the file does not reach."""
        side = SIDE << (self._grid.deepest - self._block_zoom)
        pixel = self._grid.pixel
        east, south = self._grid.shift(self._block_zoom, column, row)
        corner = from_origin(column * side * pixel - HALF + east, HALF - row * side * pixel - south, pixel, pixel)
        bands = self._bands
        raw = np.zeros((len(bands.colours) + 1, side, side), self._source.dtypes[bands.colours[0] - 1])
        reproject(
            rasterio.band(self._source, list(bands.colours)),
            raw,
            dst_transform=corner,
            dst_crs=MERCATOR,
            resampling=Resampling.nearest if bands.table is not None else Resampling.bilinear,
            src_alpha=bands.alpha or 0,
            dst_alpha=len(raw),
            warp_mem_limit=64,
        )
        return bands.coloured(raw[:-1], raw[-1] > 0)


def _write(target: Path, cutter: Cutter, grid: TileGrid) -> Iterator[int]:
    """Write the tiles into a file; yield how many of the deepest zoom are done, now and then."""
    with closing(sqlite3.connect(target, isolation_level=None)) as file:
        file.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        file.execute(
            "CREATE TABLE tile (z INTEGER, x INTEGER, y INTEGER, picture BLOB NOT NULL, PRIMARY KEY (z, x, y))"
        )
        file.execute("BEGIN")
        left, right, top, bottom = grid.reach(grid.first)
        for column, row in product(range(left, right + 1), range(top, bottom + 1)):
            for zoom, x, y, pixels in cutter.tiles(grid.first, column, row):
                file.execute("INSERT INTO tile VALUES (?, ?, ?, ?)", (zoom, x, y, _packed(pixels)))
                cutter.written += 1
                if cutter.written % EVERY == 0:
                    yield cutter.visited
        file.execute("COMMIT")


def _packed(tile: Pixels) -> bytes:
    """Return a tile as a picture: JPEG, or WebP where something can be seen through it."""
    content = io.BytesIO()
    if tile[..., 3].min() == 255:
        Image.fromarray(tile[..., :3]).save(content, "JPEG", quality=QUALITY)
    else:
        Image.fromarray(tile).save(content, "WEBP", quality=QUALITY, method=2)
    return content.getvalue()


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y / HALF * math.pi)))


def _longitude(x: float) -> float:
    return x / HALF * 180
