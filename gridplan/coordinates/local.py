"""A plane in metres that touches the earth where a village lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

DEGREES_TO_RADIANS: Final = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"


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
        if not math.isfinite(self.lon + self.lat):  # PROJ would take it for 0
            raise ValueError(f"no plane touches the earth at {self.lon}, {self.lat}")
        plane = f"+step +proj=tmerc +lat_0={self.lat:.15g} +lon_0={self.lon:.15g} +ellps=WGS84"
        return Transformer.from_pipeline(f"+proj=pipeline {DEGREES_TO_RADIANS} {plane}")

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

    def shapes_to_degrees(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return geometries (n,) in metres with their vertices in degrees; None stays None."""
        return np.asarray(shapely.transform(shapes, self.to_degrees), object)
