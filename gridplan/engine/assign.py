"""Members to grids: one lead each at the least cost, then deputies. The solver is exact; ties go to the first.

Costs are in metres and are compared in whole millimetres.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

NOBODY = -1
MILLIMETRES = 1000


def walks(homes: Floats, households: Floats, grid: Ints, grids: int) -> Floats:
    """Return the metres (grids, m) from every home to all households of every grid, in sum; 0 to an empty grid.

    Parameters
    ----------
    homes
        (m, 2) metres.
    households, grid
        (n, 2) metres, and (n,) the grid of each, counted from 0.
    grids
        How many grids there are.
    """
    from scipy.spatial.distance import cdist  # not above: most pages know the rules of staffing and solve nothing

    order = np.argsort(grid, kind="stable")
    ends = np.searchsorted(grid[order], np.arange(1, grids))
    return np.array([cdist(homes, inside).sum(axis=1) for inside in np.split(households[order], ends)])


def lead_grids(cost: Floats, further: Floats, most: Ints, already: Ints) -> Ints:
    """Return the member (k,) who leads each grid, `NOBODY` where there are too few: most grids first, then least cost.

    Parameters
    ----------
    cost
        (k, m) of every member leading every grid.
    further
        (k,) what is added to the cost of a grid that is its lead's second, twice that for the third, and so on.
    most, already
        (m,) how many grids each member may lead in all, and how many they lead besides these.
    """
    places = np.clip(most - already, 0, len(cost))
    member = np.repeat(np.arange(len(most)), places)
    nth = np.arange(len(member)) - np.repeat(np.cumsum(places) - places, places) + already[member]
    place = _cheapest(cost[:, member] + np.outer(further, nth))
    led = place != NOBODY
    lead = np.full(len(cost), NOBODY)
    lead[led] = member[place[led]]
    return lead


def deputise(cost: Floats) -> Ints:
    """Return the grid (m,) each member is deputy of: in rounds, none gets another before all have one, at least cost.

    `cost` is (k, m), of every member in every grid; without grids everybody is left with `NOBODY`.
    """
    grids, members = cost.shape
    deputy_of = np.full(members, NOBODY)
    while grids and (left := np.flatnonzero(deputy_of == NOBODY)).size:
        chosen = _cheapest(cost[:, left])
        grid = np.flatnonzero(chosen != NOBODY)
        deputy_of[left[chosen[grid]]] = grid
    return deputy_of


def _cheapest(cost: Floats) -> Ints:
    """Return the column matched to each row, `NOBODY` for none: as many as possible, then the least sum of costs.

    Of equally good matchings it is one with the least sum of row and column numbers, so that those in front are taken;
    that sum is made to weigh less than half a millimetre and cannot outweigh a cost.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = cost.shape
    matched = np.full(rows, NOBODY)
    if not cost.size:
        return matched
    in_front = np.add.outer(np.arange(rows), np.arange(columns))
    weight = 0.5 ** (2 * min(rows, columns) * (rows + columns)).bit_length()
    row, column = linear_sum_assignment(np.rint(cost * MILLIMETRES) + weight * in_front)
    matched[row] = column
    return matched
