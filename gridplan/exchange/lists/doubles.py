"""Households of a list that may be one and the same, entered twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from gridplan.coordinates import LocalFrame
from gridplan.model import Household
from gridplan.names import folded

NEAR_M = 15.0
APART_M = 1e7
"""Metres between the planes on which the namesakes of different villages are laid out."""


def near_duplicates(households: Sequence[Household]) -> tuple[tuple[str, str], ...]:
    """Return the ids of households of one village and one name that have one door, or stand within `NEAR_M` metres.

    Each household is paired with the first such one by door and with the nearest by position, so that there are never
    more than twice as many pairs as households.
    """
    namesakes: dict[tuple[str, str], list[int]] = {}
    for at, household in enumerate(households):
        if household.name:
            namesakes.setdefault((household.village, folded(household.name)), []).append(at)
    groups = [group for group in namesakes.values() if len(group) > 1]
    pairs = {*_at_one_door(households, groups), *_near(households, groups)}
    return tuple((households[one].household_id, households[other].household_id) for one, other in sorted(pairs))


def _at_one_door(households: Sequence[Household], groups: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    pairs = set()
    for group in groups:
        first_at: dict[str, int] = {}
        for at in group:
            if (door := folded(households[at].door)) and (first := first_at.setdefault(door, at)) != at:
                pairs.add((first, at))
    return pairs


def _near(households: Sequence[Household], groups: Sequence[Sequence[int]]) -> set[tuple[int, int]]:
    placed = [(plane, at) for plane, group in enumerate(groups) for at in group if households[at].position == "exact"]
    if not placed:
        return set()
    index = np.array([at for _, at in placed])
    lonlat = np.array([(households[at].lon, households[at].lat) for at in index])
    metres = np.nan_to_num(LocalFrame.around(lonlat).to_metres(lonlat), posinf=APART_M, neginf=-APART_M)
    spots = np.column_stack([metres, [plane * APART_M for plane, _ in placed]])
    distinct, first, spot_of = np.unique(spots, axis=0, return_index=True, return_inverse=True)
    on_one_spot = {(int(index[first[spot]]), int(at)) for spot, at in zip(spot_of.ravel(), index, strict=True)}
    distance, nearest = map(np.asarray, cKDTree(distinct).query(distinct, k=2, distance_upper_bound=NEAR_M))
    close = np.flatnonzero(np.isfinite(distance[:, 1]))
    beside = {_ordered(int(index[first[spot]]), int(index[first[nearest[spot, 1]]])) for spot in close}
    return {(one, other) for one, other in on_one_spot if one != other} | beside


def _ordered(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)
