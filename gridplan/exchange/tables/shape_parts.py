"""What shapes are made of, however deep collections hold it."""

from __future__ import annotations

from collections.abc import Iterator

import shapely
from shapely.geometry.base import BaseGeometry


def parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """Walk the points, lines and polygons that a shape is made of."""
    for part in shapely.get_parts(shape):
        if hasattr(part, "geoms"):
            yield from parts(part)
        else:
            yield part


def of_dimension(shape: BaseGeometry, least: int) -> BaseGeometry:
    """Return what a collection has of at least so many dimensions: points 0, lines 1, areas 2.

    A collection that has nothing of the kind, or nothing sound, stays what it is, and so does any other shape.
    """
    if shape.geom_type != "GeometryCollection":
        return shape
    kept = [part for part in parts(shape) if shapely.get_dimensions(part) >= least]
    return shapely.union_all(kept) if kept and shapely.is_valid(kept).all() else shape
