"""Households of a list that may be one and the same, entered twice."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from gridplan.coordinates import LocalFrame
from gridplan.exchange.lists.households.packed_households import Households
from gridplan.exchange.tables.packed import hashed, repeated_numbers
from gridplan.names import each_folded

NEAR_M = 15.0
APART_M = 1e7
"""Metres between the planes on which the namesakes of different villages are laid out."""

FACTOR = 1_000_003
"""Makes one number of a plane and a square on it; two squares may have the same now and then."""

Places = NDArray[np.intp]


def near_duplicates(households: Households) -> tuple[tuple[str, str], ...]:
    """Return the ids of households of one village and one name that have one door, or stand within `NEAR_M` metres.

    Each household is paired with the first such one by door and with the nearest by position, so that there are never
    more than twice as many pairs as households.
    """
    names = households.column("name")
    same = hashed(zip(households.column("village"), each_folded(names.blocks()), strict=True))
    _, first, name_of, times = np.unique(same, return_index=True, return_inverse=True, return_counts=True)
    planes = np.argsort(np.argsort(first))[name_of]
    index = np.flatnonzero(np.fromiter(map(bool, names), bool) & (times[name_of] > 1))
    pairs = {*_at_one_door(households, index, planes), *_near(households.lonlat()[index], index, planes[index])}
    ids = households.column("household_id")
    id_of = {at: ids[at] for at in sorted({at for pair in pairs for at in pair})}
    return tuple((id_of[one], id_of[other]) for one, other in sorted(pairs))


def _at_one_door(households: Households, index: Places, planes: Places) -> set[tuple[int, int]]:
    """Return those with the first of their namesakes that has the same door; `planes` has one number for each name."""
    doors = households.column("door")
    index = index[np.fromiter(map(bool, doors), bool)[index]]
    if not index.size:
        return set()
    homes = hashed(zip(planes.tolist(), each_folded(doors.blocks()), strict=True))[index]
    _, first, home_of = np.unique(homes, return_index=True, return_inverse=True)
    return _pairs(index[first][home_of], index)


def _near(lonlat: NDArray[np.float64], index: Places, planes: Places) -> set[tuple[int, int]]:
    """Return those that are near each other, of namesakes at positions (n, 2) and each on the plane of its name."""
    from scipy.spatial import cKDTree  # takes a third of a second, which pages do without

    placed = ~np.isnan(lonlat[:, 0])
    if not placed.any():
        return set()
    lonlat, index, planes = lonlat[placed], index[placed], planes[placed]
    metres = np.nan_to_num(LocalFrame.around(lonlat).to_metres(lonlat), posinf=APART_M, neginf=-APART_M)
    together = _sharing_squares(metres, planes)
    if not together.size:
        return set()
    index, spots = index[together], np.column_stack([metres, planes * APART_M])[together]
    distinct, first, spot_of = np.unique(spots, axis=0, return_index=True, return_inverse=True)
    firsts = index[first]
    distance, nearest = map(np.asarray, cKDTree(distinct).query(distinct, k=2, distance_upper_bound=NEAR_M))
    close = np.flatnonzero(np.isfinite(distance[:, 1]))
    return _pairs(firsts[spot_of.ravel()], index) | _pairs(firsts[close], firsts[nearest[close, 1]])


def _pairs(ones: Places, others: Places) -> set[tuple[int, int]]:
    """Return two lists of households as pairs, the first of the list in front, without those of one and the same."""
    return {(min(pair), max(pair)) for pair in zip(ones.tolist(), others.tolist(), strict=True) if pair[0] != pair[1]}


def _sharing_squares(metres: NDArray[np.float64], planes: Places) -> Places:
    """Return the places of all that are within `NEAR_M` of another on their plane, and of some others.

    Two so near share a square twice as wide, if it is not cut by its own edges then by those half a square further on.
    """
    sharing = []
    for shift in product((0.0, NEAR_M), repeat=2):
        east, north = np.floor((metres + shift) / (2 * NEAR_M)).astype(np.int64).T
        sharing.append(repeated_numbers((planes * FACTOR + east) * FACTOR + north))
    return np.unique(np.concatenate(sharing))
