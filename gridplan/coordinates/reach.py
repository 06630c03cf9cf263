"""How far a village reaches: what stands so far from the rest that it is hardly one of it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates.local import LocalFrame

FAR_M: Final = 20_000.0
"""Metres from the middle of a village at which nobody of it is expected."""
REACH_KM: Final = 200
"""Kilometres beyond which nothing is of a village, or of the land of its town."""
GAP_M: Final = 10_000.0
"""Metres between two parts of a village, with nobody in between, that make it hardly one."""
LEAST_PART: Final = 5
"""Households of either part that make two parts of a village; fewer are rather strays."""
NEAR_DEGREES: Final = 0.1
"""What spans no more has nothing so far away, wherever on earth."""
EARTH: Final = Geod(ellps="WGS84")

Place = tuple[float, float]
Box = tuple[float, float, float, float]


def far_from_middle(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the positions (n, 2) of a village are more than `FAR_M` from the middle of them all."""
    if len(lonlat) == 0 or np.ptp(lonlat, axis=0).max() <= NEAR_DEGREES:
        return np.zeros(len(lonlat), np.bool_)
    with np.errstate(invalid="ignore"):
        away = np.hypot(*LocalFrame.around(lonlat).to_metres(lonlat).T)
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


def apart_from_most(lonlat: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Return which of the positions (n, 2) of a village lie beyond its widest gap from most others, and its metres.

    The gap is looked for along the village; none has its positions where it is `GAP_M` or less.
    """
    if len(lonlat) < 2 or np.ptp(lonlat, axis=0).max() <= NEAR_DEGREES / 2:
        return np.zeros(len(lonlat), np.bool_), 0.0
    return beyond_widest_gap(LocalFrame.around(lonlat).to_metres(lonlat))


def in_two_parts(metres: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the positions (n, 2) of a village are of its smaller part; none where it is one village.

    It is none where nobody lives in a gap of more than `GAP_M` between two parts of `LEAST_PART` households at least.
    """
    beyond, _ = beyond_widest_gap(metres)
    return beyond & (min(beyond.sum(), (~beyond).sum()) >= LEAST_PART)


def beyond_widest_gap(metres: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Return the same of positions (n, 2) in metres."""
    nowhere = np.zeros(len(metres), np.bool_)
    if len(metres) < 2 or not np.ptp(metres, axis=0).max() > GAP_M / 2:
        return nowhere, 0.0
    metres = metres - metres.mean(axis=0)
    along = metres @ np.linalg.svd(metres, full_matrices=False)[2][0]
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])
    widest = int(gaps.argmax())
    if not gaps[widest] > GAP_M:
        return nowhere, 0.0
    beyond = along > along[order[widest]]
    return beyond if 2 * beyond.sum() <= len(beyond) else ~beyond, float(gaps[widest])


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
