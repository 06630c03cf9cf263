"""World files (.pgw, .jgw): where a scanned map lies, beside the picture of it."""

from __future__ import annotations

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.errors import InputRefused

Corner = tuple[float, float]
"""Longitude and latitude of a corner."""


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
