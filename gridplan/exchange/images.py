"""Scanned maps and pictures from above: read to the last pixel, written anew without what a camera noted in them."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.errors import InputRefused

LONGEST: Final = 6000
"""Pixels of the longer side that is kept; what is larger is made smaller."""
MOST_PIXELS: Final = 150_000_000
ENDINGS: Final = {"PNG": "png", "JPEG": "jpg"}
Corner = tuple[float, float]
"""Longitude and latitude of a corner."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept, the right way up."""

    content: bytes
    ending: str
    width: int
    height: int
    came_as: tuple[int, int]
    """Width and height in pixels before it was made smaller: what a world file counts in."""


def read_picture(content: bytes, name: str) -> Picture:
    """Return a PNG or JPEG as it is kept, whatever its name says it is.

    Raises
    ------
    InputRefused
        It is neither, it is broken, or it is too large to be opened.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
            with Image.open(io.BytesIO(content), formats=list(ENDINGS)) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise InputRefused("placement.picture_large", file=name, width=opened.width, height=opened.height)
                kind, came_as = str(opened.format), opened.size
                upright = ImageOps.exif_transpose(opened)
                upright.thumbnail((LONGEST, LONGEST))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise InputRefused("placement.picture_broken", file=name) from problem
    kept = upright.convert("RGB") if kind == "JPEG" else upright
    written = io.BytesIO()
    Image.Image.save(_without_metadata(kept), written, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return Picture(written.getvalue(), ENDINGS[kind], *kept.size, came_as)


def _without_metadata(picture: Image.Image) -> Image.Image:
    picture.info = {key: value for key, value in picture.info.items() if key == "transparency"}
    return picture


def read_world_file(content: bytes, size: tuple[int, int], name: str) -> tuple[Corner, Corner, Corner]:
    """Return where three corners of a picture lie: the first of the top row, its last, and the first of the bottom row.

    Parameters
    ----------
    content
        The file (.pgw, .jgw): numbers in degrees of WGS-84.
    size
        Width and height in pixels of the picture as it came.
    name
        What the file is called.

    Raises
    ------
    InputRefused
        They are not six numbers, or they are no degrees.
    """
    try:
        across, across_lat, down_lon, down, lon, lat = (float(text) for text in content.decode("ascii").split())
    except ValueError as problem:
        raise InputRefused("placement.world_file", file=name) from problem
    # The last two numbers are the middle of the first pixel.
    lon, lat = lon - (across + down_lon) / 2, lat - (across_lat + down) / 2
    width, height = size
    first, last = (lon, lat), (lon + across * width, lat + across_lat * width)
    bottom = (lon + down_lon * height, lat + down * height)
    for corner in (first, last, bottom):
        if not (LON_RANGE[0] <= corner[0] <= LON_RANGE[1] and LAT_RANGE[0] <= corner[1] <= LAT_RANGE[1]):
            raise InputRefused("placement.world_file_degrees", file=name)
    return first, last, bottom
