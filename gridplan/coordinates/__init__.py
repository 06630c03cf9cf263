"""Longitude and latitude to local metres and back, and every frame to WGS-84. All that knows about the earth is here.

Positions are WGS-84 degrees everywhere outside a computation; inside one they are metres east and north of a
local origin, on a transverse Mercator plane that touches the earth there (error below 1e-5 within 25 km).
"""

from typing import Final

from gridplan.coordinates.areas import area_m2, overlapped, overlapping
from gridplan.coordinates.frames import (
    BD09,
    BEIJING54,
    CGCS2000,
    DMS,
    GCJ02,
    WGS84,
    XIAN80,
    are_metres,
    counts_degrees,
    counts_metres,
    frame_mentioned,
    frame_named,
    frame_of_wkt,
    frame_option,
    frame_shown,
    north_first,
    planes_like,
    points_in_other_metres,
    points_to_wgs84,
    shapes_to_wgs84,
    wgs84_to_degrees,
)
from gridplan.coordinates.gauss_krueger import (
    MERIDIAN_OF,
    MERIDIANS,
    frame_of_zone,
    frame_with,
    zone_like,
    zones_of,
)
from gridplan.coordinates.local import LocalFrame
from gridplan.coordinates.packed_degrees import look_packed
from gridplan.coordinates.reach import (
    CHINA,
    FAR_M,
    REACH_KM,
    are_abroad,
    box_without_strays,
    far_from,
    far_from_middle,
    metres_between,
    metres_outside,
    middle_of,
    parts_apart,
)

__all__ = [
    "BD09",
    "BEIJING54",
    "CGCS2000",
    "CHINA",
    "DMS",
    "FAR_M",
    "GCJ02",
    "LAT_RANGE",
    "LON_RANGE",
    "MERIDIANS",
    "MERIDIAN_OF",
    "REACH_KM",
    "WGS84",
    "XIAN80",
    "LocalFrame",
    "are_abroad",
    "are_metres",
    "area_m2",
    "box_without_strays",
    "counts_degrees",
    "counts_metres",
    "far_from",
    "far_from_middle",
    "frame_mentioned",
    "frame_named",
    "frame_of_wkt",
    "frame_of_zone",
    "frame_option",
    "frame_shown",
    "frame_with",
    "look_packed",
    "metres_between",
    "metres_outside",
    "middle_of",
    "north_first",
    "overlapped",
    "overlapping",
    "parts_apart",
    "planes_like",
    "points_in_other_metres",
    "points_to_wgs84",
    "shapes_to_wgs84",
    "wgs84_to_degrees",
    "zone_like",
    "zones_of",
]

LON_RANGE: Final = (-180.0, 180.0)
LAT_RANGE: Final = (-90.0, 90.0)
