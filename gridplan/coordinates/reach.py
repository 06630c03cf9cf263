"""How far a village reaches: what stands so far from the rest that it is hardly one of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates.local import LocalFrame

if TYPE_CHECKING:
    from gridplan.coordinates.village_parts import VillagePart

FAR_M: Final = 20_000.0
"""Metres from the middle of a village at which nobody of it is expected."""
REACH_KM: Final = 200
"""Kilometres beyond which nothing is of a village, or of the land of its town."""
NEAR_DEGREES: Final = 0.1
"""What spans no more has nothing so far away, wherever on earth."""
CHINA: Final = (73.0, 3.0, 136.0, 54.0)
"""West, south, east, north in degrees."""
KM_A_DEGREE: Final = 111.2
EARTH: Final = Geod(ellps="WGS84")

Place = tuple[float, float]
Box = tuple[float, float, float, float]


def far_from_middle(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the positions (n, 2) of a village are more than `FAR_M` from the middle of them all."""
    if len(lonlat) == 0 or np.ptp(lonlat, axis=0).max() <= NEAR_DEGREES:
        return np.zeros(len(lonlat), np.bool_)
    return far_from(middle_of(lonlat), lonlat)


def far_from(middle: Place, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the positions (n, 2) are more than `FAR_M` from the middle of a village."""
    with np.errstate(invalid="ignore"):
        away = np.hypot(*LocalFrame(*middle).to_metres(lonlat).T)
    far: NDArray[np.bool_] = ~(away <= FAR_M)
    return far


def box_without_strays(boxes: ArrayLike, reach_m: float = FAR_M) -> Box | None:
    """Return the box around those boxes (n, 4) that reach no farther than `reach_m` from the middle of them all.

    A box is west, south, east, north. Where none stays so near, all count: the place is that large.
    """
    found = np.asarray(boxes, float).reshape(-1, 4)
    if not len(found):
        return None
    frame = LocalFrame.around((found[:, :2] + found[:, 2:]) / 2)
    with np.errstate(invalid="ignore"):
        ends = [np.hypot(*frame.to_metres(corner).T) for corner in (found[:, :2], found[:, 2:])]
    near = (ends[0] <= reach_m) & (ends[1] <= reach_m)
    kept = found[near] if near.any() else found
    (west, south), (east, north) = kept[:, :2].min(axis=0).tolist(), kept[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def parts_apart(lonlat: NDArray[np.float64]) -> list[VillagePart]:
    """Return the parts of a village, its largest left out, that lie so far apart that it is hardly one.

    Positions (n, 2) are in degrees.
    """
    if len(lonlat) == 0 or np.ptp(lonlat, axis=0).max() <= NEAR_DEGREES / 2:
        return []
    from gridplan.coordinates.village_parts import parts_in  # takes a third of a second, which pages do without

    with np.errstate(invalid="ignore"):
        return parts_in(LocalFrame.around(lonlat).to_metres(lonlat))


def are_abroad(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which positions (n, 2) are outside China while most are inside, and within `REACH_KM` of none of those.

    Nan is none. A place on the edge of the box that stands for China is one place, and none of it is abroad.
    """
    west, south, east, north = CHINA
    inside = ((lonlat >= (west, south)) & (lonlat <= (east, north))).all(axis=1)
    known = ~np.isnan(lonlat[:, 0])
    if 2 * inside.sum() <= known.sum():
        return np.zeros(len(lonlat), np.bool_)
    least, most = lonlat[inside].min(axis=0), lonlat[inside].max(axis=0)
    narrow = math.cos(math.radians(most[1]))
    reach = np.array([REACH_KM / narrow, REACH_KM]) / KM_A_DEGREE
    near = ((lonlat >= least - reach) & (lonlat <= most + reach)).all(axis=1)
    return np.asarray(known & ~inside & ~near)


def middle_of(lonlat: ArrayLike) -> Place:
    """Return the middle of positions (n, 2): one stray position cannot move it."""
    frame = LocalFrame.around(lonlat)
    return frame.lon, frame.lat


def metres_between(one: Place, other: Place) -> float:
    """Return the metres between two places, wherever on earth they are."""
    return float(EARTH.inv(*one, *other)[2])


def metres_outside(area: BaseGeometry, place: Place) -> float:
    """Return the metres from an area to a place; 0 for one in it."""
    point = shapely.Point(place)
    if area.intersects(point):
        return 0.0
    narrow = max(math.cos(math.radians(place[1])), 0.01)  # a degree of longitude, as a share of one of latitude
    squeezed = shapely.transform(area, lambda lonlat: lonlat * (narrow, 1))
    nearest = shapely.shortest_line(squeezed, shapely.Point(place[0] * narrow, place[1])).coords[0]
    return metres_between((nearest[0] / narrow, nearest[1]), place)
