"""Orthophotos and maps become tiles where they lie, whatever they are counted in; what cannot be used says why."""

import io
import sqlite3
from contextlib import closing

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.control import GroundControlPoint
from rasterio.shutil import copy
from rasterio.transform import from_origin
from rasters import CORNER, GREEN, RED, geotiff, pixels

from gridplan.coordinates.frames import wgs84_to_degrees
from gridplan.errors import InputRefused
from gridplan.exchange import tile_cutter
from gridplan.exchange.imagery import HALF, MEMORY, Cut, TileSet, cut_tiles, limits_of, northing, read_tile
from gridplan.exchange.images import Picture
from gridplan.sandbox import Limits

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def cut(path, frame=None):
    target = path.with_suffix(".tiles")
    target.unlink(missing_ok=True)
    *_, found = tile_cutter.cut(Cut(path, target, path.name, frame))
    return found, target


def colour_at(target, zoom, lon, lat):
    """Return the colour of the tiles at a place; None where nothing is pictured."""
    n = 2**zoom
    x, y = (lon + 180) / 360 * n, (1 - northing(lat) / HALF) / 2 * n
    content = read_tile(target, zoom, int(x), int(y))
    if content is None:
        return None
    red, green, blue, opacity = (
        Image.open(io.BytesIO(content)).convert("RGBA").getpixel((int(x % 1 * 256), int(y % 1 * 256)))
    )
    return max({"red": red, "green": green, "blue": blue}.items(), key=lambda pair: pair[1])[0] if opacity else None


IN_RED, IN_GREEN, OUTSIDE = (111.1034, 37.9990), (111.1034, 37.9973), (111.1034, 38.0010)


@pytest.mark.parametrize(
    ("crs", "metres"), [("EPSG:4546", 2.0), ("EPSG:32649", 2.0), ("EPSG:4326", 2.3e-5), ("EPSG:3857", 2.5)]
)
def test_tiles_lie_where_the_file_does_whatever_it_is_counted_in(tmp_path, crs, metres):
    found, target = cut(geotiff(tmp_path / "a.tif", crs=crs, metres=metres))
    assert found.around[0] == pytest.approx(CORNER[0], abs=1e-4)
    for zoom in (found.zooms[1], found.zooms[0]):
        seen = [colour_at(target, zoom, *place) for place in (IN_RED, IN_GREEN, OUTSIDE)]
        assert seen == ["red", "green", None]
    with closing(sqlite3.connect(target)) as tiles:
        assert tiles.execute("SELECT count(*), min(z), max(z) FROM tile").fetchone() == (found.tiles, *found.zooms)


@pytest.mark.parametrize("frame", ["gcj02", "bd09"])
def test_a_shifted_frame_is_put_back(tmp_path, frame):
    there = wgs84_to_degrees(np.array([CORNER]), frame)[0]
    found, target = cut(geotiff(tmp_path / "a.tif", crs="EPSG:4326", metres=2.3e-5, corner=there), frame)
    assert found.around[0] == pytest.approx(CORNER[0], abs=2e-5)
    seen = [colour_at(target, found.zooms[1], *place) for place in (IN_RED, IN_GREEN, OUTSIDE)]
    assert seen == ["red", "green", None]


def test_a_frame_that_the_file_lacks_can_be_stated(tmp_path):
    bare = geotiff(tmp_path / "a.tif", crs=None, transform=from_origin(508784.0, 4207000.0, 2, 2))
    with pytest.raises(InputRefused) as refused:
        cut(bare)
    assert refused.value.message.code == "imagery.no_frame"
    assert refused.value.message.values["x"] == 508784.0
    assert isinstance(cut(bare, "EPSG:4546")[0], TileSet)


@pytest.mark.parametrize("kind", ["grey", "palette", "sixteen bits", "see-through", "two colours and nothing"])
def test_every_kind_of_picture_is_shown(tmp_path, kind):
    drawn, more = pixels(), {}
    if kind == "grey":
        drawn = drawn[:1]
    if kind == "sixteen bits":
        drawn = drawn.astype(np.uint16) * 100
    if kind == "see-through":
        drawn = np.concatenate([drawn, np.full_like(drawn[:1], 255)])
        more = {"photometric": "RGB"}
    if kind == "palette":
        drawn = (drawn[:1] > 100).astype(np.uint8)
    if kind == "two colours and nothing":
        more = {"nodata": 30}
    path = geotiff(tmp_path / "a.tif", drawn, **more)
    if kind == "palette":
        with rasterio.open(path, "r+") as file:
            file.write_colormap(1, {0: (*GREEN, 255), 1: (*RED, 255)})
    found, target = cut(path)
    assert colour_at(target, found.zooms[1], *IN_RED) == "red"
    assert colour_at(target, found.zooms[1], *OUTSIDE) is None


def test_points_on_the_ground_lay_a_picture_as_a_frame_does(tmp_path):
    west, north = CORNER
    corners = [(0, 0, west, north), (0, 300, west + 0.0068, north), (200, 0, west, north - 0.0036)]
    points = [GroundControlPoint(row, column, lon, lat) for row, column, lon, lat in corners]
    found, target = cut(with_points(tmp_path, points))
    assert colour_at(target, found.zooms[1], *IN_RED) == "red"


def with_points(folder, points):
    path = geotiff(folder / "a.tif", crs=None)
    with rasterio.open(path, "r+") as file:
        file.gcps = points, rasterio.crs.CRS.from_epsg(4326)
    return path


def test_tiles_of_others_are_cut_anew(tmp_path):
    plain = geotiff(tmp_path / "a.tif", crs="EPSG:3857", metres=2.5)
    copy(plain, tmp_path / "a.mbtiles", driver="MBTiles")
    found, target = cut(tmp_path / "a.mbtiles")
    assert colour_at(target, found.zooms[1], *IN_RED) == "red"


def test_a_file_that_does_not_say_where_it_lies_becomes_a_picture_to_be_placed(tmp_path):
    found, _ = cut(geotiff(tmp_path / "a.tif", crs=None))
    assert isinstance(found, Picture)
    assert Image.open(io.BytesIO(found.content)).size == (300, 200)


def spoiled(folder, kind):
    path = folder / "a.tif"
    if kind == "text":
        path.write_text("a,b\n1,2\n")
    elif kind == "cut off":
        geotiff(path, np.random.default_rng(0).integers(0, 255, (3, 400, 600), dtype=np.uint8))
        path.write_bytes(path.read_bytes()[:300_000])
    elif kind == "bomb":
        shape = {"width": 60_000, "height": 60_000, "count": 3, "dtype": "uint8", "tiled": True, "sparse_ok": True}
        with rasterio.open(path, "w", driver="GTiff", **shape, crs="EPSG:4546", transform=from_origin(5e5, 4e6, 1, 1)):
            pass
    elif kind == "empty":
        geotiff(path, np.zeros((3, 50, 50), np.uint8), nodata=0)
    elif kind == "xian":
        geotiff(path, crs=None, transform=from_origin(5e5, 4.2e6, 1, 1))
        with rasterio.open(path, "r+") as file:
            file.crs = rasterio.crs.CRS.from_epsg(2381)
    elif kind == "elsewhere":
        geotiff(path, crs=None, transform=from_origin(5e9, 4e9, 1, 1))
        with rasterio.open(path, "r+") as file:
            file.crs = rasterio.crs.CRS.from_epsg(4546)
    elif kind == "notes":
        with closing(sqlite3.connect(path)) as notes:
            notes.execute("CREATE TABLE note (text TEXT)")
    return path


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text", "imagery.unknown"),
        ("notes", "imagery.broken"),
        ("cut off", "imagery.broken"),
        ("bomb", "imagery.large"),
        ("empty", "imagery.empty"),
        ("xian", "frame.no_datum_shift"),
        ("elsewhere", "imagery.nowhere"),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path, kind, code):
    with pytest.raises(InputRefused) as refused:
        cut(spoiled(tmp_path, kind))
    assert refused.value.message.code == code
    assert refused.value.say("en") and refused.value.say("zh")


@pytest.mark.slow
def test_what_takes_too_much_is_given_up(tmp_path):
    path = geotiff(tmp_path / "a.tif")
    *steps, last = cut_tiles(Cut(path, tmp_path / "a.tiles", "a.tif", None), limits_of(path))
    assert isinstance(last, TileSet)
    assert all(done <= total for done, total in steps)
    for blocks, code in (({"tiled": True}, "imagery.slow"), ({"blockysize": 20_000}, "imagery.memory")):
        small = small_file_of_16_gb(tmp_path / "b.tif", blocks)
        assert limits_of(small).seconds < 70
        with pytest.raises(InputRefused) as refused:
            list(cut_tiles(Cut(small, tmp_path / "b.tiles", "b.tif", None), Limits(2, MEMORY)))
        assert refused.value.message.code == code


def small_file_of_16_gb(path, blocks):
    shape = {"width": 45_000, "height": 45_000, "count": 1, "dtype": "float64", "sparse_ok": True, **blocks}
    with rasterio.open(path, "w", driver="GTiff", **shape, crs="EPSG:4546", transform=from_origin(5e5, 4e6, 1, 1)):
        return path
