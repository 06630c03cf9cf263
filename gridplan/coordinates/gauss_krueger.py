"""Gauss-Krueger metres on CGCS2000 as Chinese surveys hand them out: the zone before the easting, or not written.

A zone is 3 degrees wide (25 to 45) or 6 (13 to 23). Either way a plane is fixed by its central meridian.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from gridplan.errors import InputRefused

Points = NDArray[np.float64]

MERIDIANS: Final = range(75, 136, 3)
NORTHINGS: Final = (1e6, 1e7)
ZONE: Final = 1e6
"""Metres of easting that one zone number stands for."""
_CODES: Final = (
    *(range(4491, 4502), range(4502, 4513)),  # 6 degrees: with the zone, without
    *(range(4513, 4534), range(4534, 4555)),  # 3 degrees: with the zone, without
)
MERIDIAN_OF: Final = {
    f"EPSG:{code}": 75 + at * (6 if len(codes) == 11 else 3) for codes in _CODES for at, code in enumerate(codes)
}
"""The central meridian in degrees of every Gauss-Krueger frame on CGCS2000."""


def frame_with(meridian: int) -> str:
    """Return the frame with this central meridian, eastings without a zone."""
    return f"EPSG:{_CODES[3][MERIDIANS.index(meridian)]}"


def frame_of_zone(zone: int) -> str | None:
    """Return the frame of eastings that have this zone before them, if there is such a zone."""
    if 13 <= zone <= 23:
        return f"EPSG:{_CODES[0][zone - 13]}"
    return f"EPSG:{_CODES[2][zone - 25]}" if 25 <= zone <= 45 else None


def zone_like(frame: str, meridian: int) -> int | None:
    """Return the zone that a meridian has among those of a frame whose eastings have one; None without zones."""
    code = int(frame.removeprefix("EPSG:"))
    if code in _CODES[2]:
        return meridian // 3
    return (meridian + 3) // 6 if code in _CODES[0] and meridian % 6 == 3 else None


def meridians_shown() -> str:
    """Return every central meridian with the frame to pass for it, for a sentence."""
    return ", ".join(f"{meridian}°E {frame_with(meridian)}" for meridian in MERIDIANS)


def zones_of(easting: Points) -> Points:
    """Return the zone written before each easting in metres; 0 where none is."""
    return np.floor(easting / ZONE)


def north_first(points: Points) -> bool:
    """Whether points (n, 2) have their northing first: in China it has seven digits, and no easting has."""
    least, most = NORTHINGS
    first, second = ((least <= axis) & (axis < most) for axis in points.T)
    return bool((first & ~second).sum() > (second & ~first).sum())


def from_gauss_krueger(points: Points, meridian: int | None) -> Points:
    """Return points (n, 2) in metres, easting first, in degrees; infinite where their zone is none.

    Parameters
    ----------
    points
        Eastings and northings. The zone before an easting decides over `meridian`.
    meridian
        The central meridian in degrees for eastings without a zone; None where it is not known.

    Raises
    ------
    InputRefused
        No easting has a zone, and the meridian is not known.
    """
    zones = zones_of(points[:, 0])
    meridians = np.select(
        [(zones >= 13) & (zones <= 23), (zones >= 25) & (zones <= 45), zones == 0],
        [6 * zones - 3, 3 * zones, np.nan if meridian is None else meridian],
        np.nan,
    )
    known = np.unique(meridians[np.isfinite(meridians)])
    if not known.size and (zones == 0).any():
        raise InputRefused("frame.which_meridian", names=meridians_shown())
    degrees = np.where(np.isnan(points), np.nan, np.inf)
    for central in known:
        here = meridians == central
        easting, northing = points[here, 0] - ZONE * zones[here], points[here, 1]
        degrees[here] = np.column_stack(_plane(int(central)).transform(easting, northing))
    return degrees


def to_gauss_krueger(lonlat: Points, meridian: int) -> Points:
    """Return degrees (n, 2) in metres about a central meridian, easting first and without a zone."""
    return np.column_stack(_plane(meridian).transform(lonlat[:, 0], lonlat[:, 1], direction="INVERSE"))


@cache
def _plane(meridian: int) -> Transformer:
    return Transformer.from_crs(frame_with(meridian), "EPSG:4326", always_xy=True)
