"""Whether a grid lies across a gap so wide that what is on either side may be two villages of one name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from gridplan.verify.findings import Finding, note, violation
from gridplan.verify.layers import Plan
from gridplan.verify.outlines import Site
from gridplan.verify.walking import Floats, Pairs, neighbours

GAP_METRES: Final = 10_000.0
GROUP_METRES: Final = 2_000.0
PART_HOUSEHOLDS: Final = 5

Labels = NDArray[np.int32]


def parts(xy: Floats) -> Labels:
    """Return the part of a village that each household (n, 2) is of, -1 for those that stand alone between parts.

    It is 0 for all where the village is one: where no gap of over ten kilometres lies between two parts of five
    households or more, whatever stands in it that is less than five together.
    """
    spots, spot = np.unique(xy, axis=0, return_inverse=True)
    people = np.bincount(spot := spot.ravel())
    whole = np.zeros(len(xy), np.int32)
    if len(xy) < 2 * PART_HOUSEHOLDS or np.hypot(*np.ptp(spots, axis=0)) <= GAP_METRES:
        return whole
    is_group = _inhabited(_linked(spots, GROUP_METRES), people)
    region = _linked(spots, GAP_METRES)
    is_region = _inhabited(region, people)
    sparse = is_region & ~np.isin(region, region[is_group])
    settled = np.flatnonzero((is_group & is_region) | sparse)
    lone = np.flatnonzero(~(is_group | sparse))
    if not len(settled):
        return whole
    part = _linked(spots[settled], GAP_METRES)
    bridged = partial(_are_bridged, lone=spots[lone], people=people[lone], region=region[lone])
    sides = [(spots[settled][part == number], region[settled][part == number][0]) for number in range(part.max() + 1)]
    joined = [(one, two) for one, two in combinations(range(len(sides)), 2) if bridged(sides[one], sides[two])]
    part = _components(len(sides), np.array(joined, np.intp).reshape(-1, 2))[part]
    if not part.any():
        return whole
    found = np.full(len(spots), -1, np.int32)
    found[settled] = part
    return found[spot]


def _linked(spots: Floats, reach: float) -> Labels:
    """Return labels of spots (m, 2) that hang together by steps of `reach` metres, as neighbours alone say."""
    pairs = neighbours(spots)
    length = np.hypot(*(spots[pairs[:, 0]] - spots[pairs[:, 1]]).T)
    return _components(len(spots), pairs[length <= reach])


def _components(n: int, pairs: Pairs) -> Labels:
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def _inhabited(label: Labels, people: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.asarray((np.bincount(label, people) >= PART_HOUSEHOLDS)[label])


def _are_bridged(
    one: tuple[Floats, int], two: tuple[Floats, int], *, lone: Floats, people: NDArray[np.intp], region: Labels
) -> bool:
    """Return whether five households that stand alone, or more, are nearer to both of two groups than these are."""
    (here, of_one), (there, of_two) = one, two
    if of_one != of_two or not len(lone):
        return False
    between, own = cdist(here, there).min(), region == of_one
    near = [cdist(lone, side).min(axis=1) < between for side in (here, there)]
    return bool(people[own & near[0] & near[1]].sum() >= PART_HOUSEHOLDS)


def crossings(plan: Plan, sites: Sequence[Site], parted: dict[str, Labels]) -> Iterator[Finding]:
    """Check that no grid is of two parts; in a plan that was kept as it was it may be listed."""
    for site in sites:
        if site.name not in parted:
            continue
        for grid in site.grids:
            rows = parted[site.name][site.members[grid.grid_id]]
            sizes = np.bincount(rows[rows >= 0], minlength=1)
            if n := int(sizes.sum() - sizes.max()):
                say, rule = (note, "grid_across_listed") if plan.excuses(grid) else (violation, "grid_across")
                yield say(rule, site.name, grid.grid_id, n=n, of=len(rows))
