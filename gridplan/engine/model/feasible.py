"""How many grids there can be."""

from __future__ import annotations

import math

from gridplan.errors import Infeasible

ROUNDING = 1e-9
"""Sums of loads that are not whole numbers may be off by this share."""


def feasible_grids(total: float, least: float, most: float, points: int | None = None) -> range:
    """Return every k with k*least <= total <= k*most: the numbers of grids that so much load may be cut into.

    `points` are how many carry it, where that is not the load itself.
    """
    fewest = max(1, math.ceil(total / most - ROUNDING))
    greatest = math.floor(total / least + ROUNDING) if least > 0 else math.inf
    return range(fewest, int(min(greatest, total if points is None else points)) + 1)


def grids_for(total: float, least: float, most: float, target: float, points: int | None = None) -> int:
    """Return the feasible number of grids whose mean load is nearest to the target.

    Raises
    ------
    Infeasible
        No number of grids keeps the bounds; the error names the load and the nearest whole ones that work.
    """
    feasible = feasible_grids(total, least, most, points)
    if not feasible:
        raise _too_few_or_between(total, least, most)
    return min(max(round(total / target), feasible[0]), feasible[-1])


def _too_few_or_between(total: float, least: float, most: float) -> Infeasible:
    few = math.floor(total / most + ROUNDING)
    above = as_number((few + 1) * least)
    if few == 0:
        return Infeasible("engine.infeasible.few", n=as_number(total), least=least, most=most, above=above)
    below = as_number(few * most)
    return Infeasible("engine.infeasible.size", n=as_number(total), least=least, most=most, below=below, above=above)


def as_number(load: float) -> int | float:
    """Return a sum of loads as it is written: whole where it is whole."""
    return int(load) if float(load).is_integer() else float(load)


def least_violation(n: int, least: int, most: int) -> tuple[int, int, int]:
    """Return (k, smallest, largest): the grids that break the bounds least where no number of grids keeps them."""
    few, many = max(1, n // max(1, least)), -(-n // most)
    k = min((few, many), key=lambda grids: max(grids * least - n, n - grids * most, 0))
    return k, n // k, -(-n // k)
