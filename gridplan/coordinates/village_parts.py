"""The parts of a village that lie so far apart that it is hardly one: two of one name, or positions that are wrong.

Two parts are apart where more than `GAP_M` lie between them, whatever few houses stand there alone: of groups of
households within `NEAR_M` of each other, one of fewer than `LEAST_PART` joins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

GAP_M: Final = 10_000.0
"""Metres between two parts of a village, with hardly anybody in between, that make it hardly one."""
NEAR_M: Final = 2_000.0
"""Metres from household to household within which they are one group."""
LEAST_PART: Final = 5
"""Households that make a part of a village, or a bridge between two; fewer are lone houses or strays."""

Metres = NDArray[np.float64]
Labels = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class VillagePart:
    """A part of a village apart from the largest: which households it has, and what lies between it and the nearest."""

    homes: Mask
    metres: float
    between: int
    """Households that stand alone in between."""


def village_parts(metres: Metres) -> Labels:
    """Return the part that each household (n, 2) of a village is of, from 0, the largest; all 0 where it is one.

    Households that stand alone are of the part they are nearest to. What has no finite position is of the largest.
    """
    label, _ = _parts_and_cores(metres)
    return label


def parts_in(metres: Metres) -> list[VillagePart]:
    """Return the parts of a village apart from its largest, given its households (n, 2)."""
    label, is_core = _parts_and_cores(metres)
    lone = metres[_finite(metres) & ~is_core]
    found = []
    for part in range(1, label.max(initial=0) + 1):
        own, others = metres[is_core & (label == part)], metres[is_core & (label != part)]
        gap = _metres_apart(own, others)
        found.append(VillagePart(label == part, gap, _between(lone, own, others, gap)))
    return found


def _finite(metres: Metres) -> Mask:
    return np.asarray(np.isfinite(metres).all(axis=1))


def _parts_and_cores(metres: Metres) -> tuple[Labels, Mask]:
    """Return the part of each household, and which of them do not stand alone."""
    label, is_core, known = np.zeros(len(metres), np.intp), np.zeros(len(metres), np.bool_), _finite(metres)
    xy = metres[known]
    if len(xy) < 2 * LEAST_PART or np.hypot(*np.ptp(xy, axis=0)) <= GAP_M:
        return label, is_core
    found = _cores(xy)
    if found.max() > 0:
        is_core[known] = found >= 0
        label[known] = _by_size(_with_lone_houses(xy, found))
    return label, is_core


def _cores(xy: Metres) -> Labels:
    """Return the part of each household that does not stand alone, -1 for those that do."""
    core = np.full(len(xy), -1, np.intp)
    is_group = _in_groups(_linked(xy, NEAR_M))
    region = _linked(xy, GAP_M)
    for number in np.flatnonzero(np.bincount(region) >= LEAST_PART):
        homes = np.flatnonzero(region == number)
        grouped, lone = homes[is_group[homes]], homes[~is_group[homes]]
        if not len(grouped) or not (parts := _linked(xy[grouped], GAP_M)).any():
            core[homes] = core.max() + 1  # all one, or so sparse that no house stands more alone than others
        else:
            core[grouped] = core.max() + 1 + _bridged(xy[grouped], parts, xy[lone])
    return core


def _in_groups(group: Labels) -> Mask:
    return np.asarray((np.bincount(group) >= LEAST_PART)[group])


def _bridged(xy: Metres, part: Labels, lone: Metres) -> Labels:
    """Return the parts of households after those are joined between which enough lone houses stand."""
    joined = [
        (one, other)
        for one, other in combinations(range(part.max() + 1), 2)
        if _between(lone, here := xy[part == one], there := xy[part == other], _metres_apart(here, there)) >= LEAST_PART
    ]
    return _components(part.max() + 1, np.array(joined, np.intp).reshape(-1, 2))[part]


def _metres_apart(some: Metres, others: Metres) -> float:
    return float(_away(some, others).min())


def _away(some: Metres, others: Metres) -> Metres:
    """Return how far each of the others is from the nearest of some."""
    return np.asarray(cKDTree(some).query(others)[0], float)


def _between(lone: Metres, some: Metres, others: Metres, apart: float) -> int:
    """Return how many lone houses are nearer to both of two groups than these are to each other."""
    if not len(lone):
        return 0
    return int(((_away(some, lone) < apart) & (_away(others, lone) < apart)).sum())


def _with_lone_houses(xy: Metres, part: Labels) -> Labels:
    """Return the parts with every lone house in that of its nearest neighbour, the nearest to any part first."""
    label, lone = part.copy(), np.flatnonzero(part < 0)
    if not len(lone):
        return label
    cores = np.flatnonzero(part >= 0)
    away, nearest = map(np.asarray, cKDTree(xy[cores]).query(xy[lone]))
    near = cores[nearest]
    for _ in range(len(lone)):
        at = int(away.argmin())
        label[lone[at]] = label[near[at]]
        away[at] = np.inf
        way = np.hypot(*(xy[lone] - xy[lone[at]]).T)
        nearer = np.isfinite(away) & (way < away)
        away[nearer], near[nearer] = way[nearer], lone[at]
    return label


def _by_size(label: Labels) -> Labels:
    """Return labels in the order of how many have them, those of many first."""
    place = np.empty(label.max() + 1, np.intp)
    place[np.argsort(-np.bincount(label), kind="stable")] = np.arange(len(place))
    return np.asarray(place[label])


def _linked(xy: Metres, reach: float) -> Labels:
    """Return labels of households that are linked, from one to the next, by steps of `reach` metres at most.

    Two in one square of that diagonal are linked; between squares the nearest two are looked at.
    """
    squares, of = np.unique(np.floor(xy * (np.sqrt(2) / reach)), axis=0, return_inverse=True)
    of = of.reshape(-1)
    order = np.argsort(of, kind="stable")
    inside = np.split(xy[order], np.flatnonzero(np.diff(of[order])) + 1)
    trees = [cKDTree(homes) for homes in inside]
    pairs = cKDTree(squares).query_pairs(2.9, output_type="ndarray")
    near = [trees[one].query(inside[other])[0].min() <= reach for one, other in pairs]
    return np.asarray(_components(len(squares), pairs[np.array(near, bool)])[of])


def _components(n: int, pairs: Labels) -> Labels:
    graph = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.intp)
