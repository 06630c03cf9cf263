"""Grids of what is left over of many hamlets: remainders go to where others of their hamlet are, if that costs little.

A grid of three households each of four hamlets keeps all bounds, and nobody would accept it. Whole remainders change
grids, in exchange for others where sizes ask for it, as long as all grids together walk `COST` more at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from gridplan.engine.cutting import Cutting
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Ints
from gridplan.engine.village import NO_HAMLET

MANY: Final = 3
"""Hamlets from which on a grid is one of leftovers."""
COST: Final = 0.02
"""Of the walk, that all exchanges together may cost."""


class Exchange(NamedTuple):
    """What two grids could be instead: the households of each."""

    here: Ints
    there: Ints


def gather_remainders(label: Ints, hamlet: Ints, group: Ints, cutting: Cutting) -> Ints:
    """Return grids (n,) of which fewer have households of `MANY` hamlets or more than those of `label` (n,).

    A remainder, all households of a hamlet (n,) in such a grid, goes to another grid of its hamlet in the same group
    (n,) of sides. There may come others in return, all of theirs or those of a hamlet that both grids have. Of such
    exchanges after which two grids have fewer hamlets together, the one that costs least is made, until there is none.
    """
    label, places = label.copy(), _Places(cutting)
    left = COST * sum(places.walk(np.flatnonzero(label == grid)) for grid in range(int(label.max()) + 1))
    for grid in _leftovers(label, hamlet):
        while exchange := _cheapest(label, grid, hamlet, group, places, left):
            cost, other, (here, there) = exchange
            label[here], label[there] = grid, other
            left -= cost
    return label


def _leftovers(label: Ints, hamlet: Ints) -> Ints:
    pairs = np.unique(np.column_stack([label, hamlet])[hamlet != NO_HAMLET], axis=0)
    return np.flatnonzero(np.bincount(pairs[:, 0]) >= MANY) if len(pairs) else pairs[:, 0]


class _Places:
    """Where the households of a village are, and which are beside each other."""

    def __init__(self, cutting: Cutting) -> None:
        self._of, self._xy = cutting.locations.of, cutting.locations.xy
        self._edges = cutting.edges
        self.least, self.most = cutting.settings.least, cutting.settings.most

    def walk(self, of_grid: Ints) -> float:
        """Return the metres that the households of a grid walk."""
        return float(self.legs(of_grid, of_grid).sum(axis=1).min())

    def legs(self, some: Ints, others: Ints) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Return the metres (m, o) from households to others."""
        return np.asarray(cdist(self._xy[self._of[some]], self._xy[self._of[others]]))

    def in_pieces(self, of_grid: Ints) -> int:
        """Return how many pieces a grid is in; one where that does not matter."""
        if self._edges is None:
            return 1
        number = np.full(len(self._xy), -1)
        spots = np.unique(self._of[of_grid])
        number[spots] = np.arange(len(spots))
        ends = number[self._edges]
        return int(pieces(ends[(ends >= 0).all(axis=1)], len(spots)).max()) + 1


def _cheapest(
    label: Ints, grid: int, hamlet: Ints, group: Ints, places: _Places, left: float
) -> tuple[float, int, Exchange] | None:
    """Return the metres that the cheapest exchange costs, the other grid and the exchange; None if none is allowed."""
    here, best = np.flatnonzero(label == grid), None
    if len(_hamlets(here, hamlet)) < MANY:
        return None
    others = np.unique(label[np.isin(hamlet, _hamlets(here, hamlet)) & (group == group[here[0]]) & (label != grid)])
    for other in others.tolist():
        there = np.flatnonzero(label == other)
        before = places.walk(here) + places.walk(there)
        for exchange in _exchanges(here, there, hamlet, places):
            cost = places.walk(exchange.here) + places.walk(exchange.there) - before
            if cost <= left and (best is None or cost < best[0]):
                if places.in_pieces(exchange.here) > places.in_pieces(here):
                    continue
                if places.in_pieces(exchange.there) > places.in_pieces(there):
                    continue
                best = cost, other, exchange
    return best


def _exchanges(here: Ints, there: Ints, hamlet: Ints, places: _Places) -> Iterator[Exchange]:
    """Yield the exchanges of whole remainders that leave two grids with fewer hamlets, and both within the bounds."""
    count = len(_hamlets(here, hamlet)) + len(_hamlets(there, hamlet))
    for name in np.intersect1d(_hamlets(here, hamlet), _hamlets(there, hamlet)):
        given, stays = here[hamlet[here] == name], here[hamlet[here] != name]
        joined = np.concatenate([there, given])
        for returned in _returned(stays, joined, name, hamlet, places):
            exchange = Exchange(np.concatenate([stays, returned]), np.setdiff1d(joined, returned))
            sizes = len(exchange.here), len(exchange.there)
            fewer = len(_hamlets(exchange.here, hamlet)) + len(_hamlets(exchange.there, hamlet)) < count
            if fewer and places.least <= min(sizes) and max(sizes) <= places.most:
                yield exchange


def _returned(stays: Ints, joined: Ints, name: int, hamlet: Ints, places: _Places) -> Iterator[Ints]:
    """Yield what could come in return for a remainder: nothing, or of a hamlet the nearest that are needed, or all."""
    needed = max(places.least - len(stays), len(joined) - places.most, 0)
    if not needed:
        yield joined[:0]
    for other in np.setdiff1d(_hamlets(joined, hamlet), name):
        all_of = joined[hamlet[joined] == other]
        if len(all_of) > needed > 0 and other in hamlet[stays]:
            yield all_of[np.argsort(places.legs(all_of, stays).sum(axis=1), kind="stable")[:needed]]
        yield all_of


def _hamlets(of_grid: Ints, hamlet: Ints) -> Ints:
    found = np.unique(hamlet[of_grid])
    return found[found != NO_HAMLET]
