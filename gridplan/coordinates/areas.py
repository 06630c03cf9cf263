"""Areas of the earth in square metres, and where two of them cover the same ground."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates.local import LocalFrame

Name = TypeVar("Name")
OVERLAP_M2: Final = 1000.0
"""Square metres that two boundaries may share before it is said: drawn lines never meet to the metre."""

LEAST_DEGREES: Final = 1e-8
"""Square degrees: at most some 120 square metres, which need no closer look."""


def area_m2(shape: BaseGeometry) -> float:
    """Return the area of a shape in degrees, in square metres."""
    centre = shape.centroid
    return float(LocalFrame(centre.x, centre.y).shape_to_metres(shape).area) if not shape.is_empty else 0.0


def overlapping(areas: Mapping[Name, BaseGeometry]) -> list[tuple[Name, Name]]:
    """Return which areas share more than a strip along their edges, in pairs."""
    names, shapes = list(areas), np.array(list(areas.values()), object)
    if len(names) < 2:
        return []
    one, other = shapely.STRtree(shapes).query(shapes, "intersects")
    ahead = one < other
    one, other = one[ahead], other[ahead]
    shared = shapely.intersection(shapes[one], shapes[other])
    wide = shapely.area(shared) > LEAST_DEGREES
    pairs = zip(one[wide].tolist(), other[wide].tolist(), shared[wide], strict=True)
    found = sorted((a, b) for a, b, both in pairs if area_m2(both) > OVERLAP_M2)
    return [(names[a], names[b]) for a, b in found]


def overlapped(area: BaseGeometry, others: Mapping[Name, BaseGeometry]) -> list[Name]:
    """Return those of other areas that share more than a strip along the edge with one."""
    names = list(others)
    near = shapely.STRtree([others[name] for name in names]).query(area, "intersects") if names else ()
    return [names[at] for at in sorted(near) if area_m2(area.intersection(others[names[at]])) > OVERLAP_M2]
