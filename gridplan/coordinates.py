"""Longitude and latitude to local metres and back. The only file that knows about the earth.

Positions are WGS-84 degrees everywhere outside a computation; inside one they are metres east and north of a
local origin, on a transverse Mercator plane that touches the earth there (error below 1e-5 within 25 km).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.geometry.base import BaseGeometry

WGS84 = "EPSG:4326"
LON_RANGE = (-180.0, 180.0)
LAT_RANGE = (-90.0, 90.0)


def frame_named(name: str) -> str | None:
    """Return the frame that `name` states (wgs84, EPSG:n or n) as EPSG:n, or None where it states no frame known here.

    Only frames of points on the earth's surface count: a frame of heights, say, is none.
    """
    code = name.strip().upper().removeprefix("EPSG:")
    if code in {"WGS84", "4326"}:
        return WGS84
    if not (code.isascii() and code.isdigit() and len(code) < 10):
        return None
    try:
        crs = CRS.from_epsg(int(code))
    except ProjError:
        return None
    return f"EPSG:{int(code)}" if crs.is_geographic or crs.is_projected else None


def shapes_to_wgs84(shapes: NDArray[np.object_], frame: str) -> NDArray[np.object_]:
    """Return geometries of `frame` (EPSG:n; x east, y north) in WGS-84 degrees and without heights; None stays None.

    A vertex that the frame cannot place becomes infinite.
    """
    flat: NDArray[np.object_] = shapely.force_2d(shapes)
    if frame == WGS84:
        return flat
    transformer = Transformer.from_crs(frame, WGS84, always_xy=True)

    def to_degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    moved: NDArray[np.object_] = shapely.transform(flat, to_degrees)
    return moved


@dataclass(frozen=True)
class LocalFrame:
    """A plane in metres that touches the earth at an origin given in degrees."""

    lon: float
    lat: float

    @classmethod
    def around(cls, lonlat: ArrayLike) -> LocalFrame:
        """Return the frame at the median of points (n, 2) in degrees, so that one stray point cannot move it."""
        lon, lat = np.median(np.asarray(lonlat, float).reshape(-1, 2), axis=0)
        return cls(float(lon), float(lat))

    @cached_property
    def _plane(self) -> Transformer:
        plane = f"+proj=tmerc +lat_0={self.lat!r} +lon_0={self.lon!r} +ellps=WGS84 +units=m"
        return Transformer.from_crs("EPSG:4326", plane, always_xy=True)

    def to_metres(self, lonlat: ArrayLike) -> NDArray[np.float64]:
        """Return points (n, 2) in degrees as metres east and north of the origin."""
        points = np.asarray(lonlat, float).reshape(-1, 2)
        return np.column_stack(self._plane.transform(points[:, 0], points[:, 1]))

    def to_degrees(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Return points (n, 2) in metres as longitude and latitude."""
        points = np.asarray(xy, float).reshape(-1, 2)
        return np.column_stack(self._plane.transform(points[:, 0], points[:, 1], direction="INVERSE"))

    def shape_to_metres(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a geometry in degrees with its vertices in metres."""
        return shapely.transform(shape, self.to_metres)

    def shape_to_degrees(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a geometry in metres with its vertices in degrees."""
        return shapely.transform(shape, self.to_degrees)
