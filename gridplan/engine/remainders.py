"""Grids of what is left over of many hamlets: remainders go to where others of their hamlet are, if that costs little.

A grid of three households each of four hamlets keeps all bounds, and nobody would accept it. Whole remainders change
grids, in exchange for others where sizes ask for it, as long as all grids together walk `COST` more at most. Then
single households of these grids are moved and swapped for shorter walks, none into a grid without its hamlet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from gridplan.engine.cutting import Cutting
from gridplan.engine.model.grids import NOBODY
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.village import NO_HAMLET

MANY: Final = 3
"""Hamlets from which on a grid is one of leftovers."""
COST: Final = 0.02
"""Of the walk, that all exchanges together may cost."""
LEAST_GAIN: Final = 1e-6
"""Metres by which a move has to shorten the walk."""


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
    label, places, changed = label.copy(), _Places(cutting), []
    left = COST * sum(places.walk(np.flatnonzero(label == grid)) for grid in range(int(label.max()) + 1))
    for grid in _leftovers(label, hamlet).tolist():
        while exchange := _cheapest(label, grid, hamlet, group, places, left):
            cost, other, (here, there) = exchange
            label[here], label[there] = grid, other
            left -= cost
            changed += [grid, other]
    _shorten(label, changed, hamlet, group, places)
    return label


def _shorten(label: Ints, waiting: list[int], hamlet: Ints, group: Ints, places: _Places) -> None:
    """Move single households between these grids and others for as long as that shortens the walk."""
    waiting = sorted(set(waiting), reverse=True)
    while waiting:
        grid = waiting.pop()
        here, best = np.flatnonzero(label == grid), (-LEAST_GAIN, grid, Exchange(label[:0], label[:0]))
        alike = np.isin(hamlet, _hamlets(here, hamlet)) & (group == group[here[0]]) & (label != grid)
        for other in np.unique(label[alike]).tolist():
            there = np.flatnonzero(label == other)
            gain, exchange = _best_move(here, there, hamlet, places)
            if gain < best[0] and _holds_together(exchange, here, there, places):
                best = gain, other, exchange
        _, other, exchange = best
        if other != grid:
            label[exchange.here], label[exchange.there] = grid, other
            waiting += [one for one in (other, grid) if one not in waiting]


def _best_move(here: Ints, there: Ints, hamlet: Ints, places: _Places) -> tuple[float, Exchange]:
    """Return the metres that the best move or swap of one household changes two grids by, and these after it."""
    both = np.concatenate([here, there])
    legs, inside, center = places.legs(both, both), np.arange(len(both)) < len(here), np.arange(len(both))
    leaves = np.append(np.flatnonzero(inside & np.isin(hamlet[both], hamlet[there])), NOBODY)[:, None]
    enters = np.append(np.flatnonzero(~inside & np.isin(hamlet[both], hamlet[here])), NOBODY)[None, :]
    more = (enters != NOBODY).astype(np.int64) - (leaves != NOBODY)
    size_here, size_there = len(here) + more, len(there) - more
    allowed = (np.minimum(size_here, size_there) >= places.least) & (np.maximum(size_here, size_there) <= places.most)
    shift = _rows(legs, enters) - _rows(legs, leaves)
    is_here = (inside | (center == enters[..., None])) & (center != leaves[..., None])
    walk_here = np.where(is_here, legs[inside].sum(axis=0) + shift, np.inf).min(axis=-1)
    walk_there = np.where(is_here, np.inf, legs[~inside].sum(axis=0) - shift).min(axis=-1)
    change = np.where(allowed, walk_here + walk_there, np.inf) - walk_here[-1, -1] - walk_there[-1, -1]
    row, column = np.unravel_index(int(change.argmin()), change.shape)
    is_one = is_here[row, column]
    return float(change[row, column]), Exchange(both[is_one], both[~is_one])


def _rows(legs: Floats, household: Ints) -> Floats:
    """Return the legs of households, and no metres for NOBODY."""
    return np.where((household == NOBODY)[..., None], 0.0, legs[household])


def _holds_together(exchange: Exchange, here: Ints, there: Ints, places: _Places) -> bool:
    """Return whether two grids are in no more pieces after an exchange than before."""
    return places.in_pieces(exchange.here) <= places.in_pieces(here) and places.in_pieces(
        exchange.there
    ) <= places.in_pieces(there)


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

    def legs(self, some: Ints, others: Ints) -> Floats:
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
            cheaper = cost <= left and (best is None or cost < best[0])
            if cheaper and _holds_together(exchange, here, there, places):
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
