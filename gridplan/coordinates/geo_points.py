"""Points as geopandas has them, to coordinates in the plane they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    import geopandas as gpd


def have_frame(points: object) -> TypeGuard[gpd.GeoSeries | gpd.GeoDataFrame]:
    """Return whether something is a GeoSeries or a GeoDataFrame, without loading geopandas."""
    return hasattr(points, "crs") and hasattr(points, "geometry")


def in_plane(points: gpd.GeoSeries | gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the coordinates (n, 2) of points in their own frame, which is none of degrees.

    Raises
    ------
    ValueError
        They are in degrees, or one of them is missing, empty or no point.
    """
    if points.crs is not None and points.crs.is_geographic:
        raise ValueError(
            f"these points are in degrees ({points.crs.name}), and distances need a plane: "
            "project them first, X = X.to_crs(X.estimate_utm_crs())"
        )
    shapes = points.geometry.to_numpy()
    usable = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    if not usable.all():
        at = int(usable.argmin())
        raise ValueError(
            f"geometry {at} (counted from 0) is no point but {shapes[at]!r}: "
            "leave it out, or take X.centroid or X.representative_point()"
        )
    return shapely.get_coordinates(shapes)
