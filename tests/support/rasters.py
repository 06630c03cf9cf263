"""Pictures of the ground to test with, written as GeoTIFF."""

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import transform

CORNER = (111.1, 38.0)
RED, GREEN = (220, 30, 30), (30, 180, 30)


def pixels(width=300, height=200):
    """Return a picture: red above, green below."""
    drawn = np.empty((3, height, width), np.uint8)
    drawn[:, : height // 2], drawn[:, height // 2 :] = np.array(RED)[:, None, None], np.array(GREEN)[:, None, None]
    return drawn


def geotiff(path, drawn=None, crs="EPSG:4546", metres=2.0, corner=CORNER, **more):
    """Write a picture whose upper left corner lies at degrees of WGS-84."""
    drawn = pixels() if drawn is None else drawn
    if crs:
        (x,), (y,) = transform("EPSG:4326", crs, *([degrees] for degrees in corner))
        more |= {"crs": crs, "transform": from_origin(x, y, metres, metres)}
    shape = {"count": drawn.shape[0], "height": drawn.shape[1], "width": drawn.shape[2], "dtype": drawn.dtype}
    with rasterio.open(path, "w", driver="GTiff", **shape, **more) as file:
        file.write(drawn)
    return path
