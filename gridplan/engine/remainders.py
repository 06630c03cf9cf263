"""Grids of what is left over of many hamlets: remainders go to where others of their hamlet are, if that costs little.

A grid of three households each of four hamlets keeps all bounds, and nobody would accept it. Whole remainders change
grids, in exchange for others where sizes ask for it, as long as all grids together walk `COST` more at most. Then
single households of these grids are moved and swapped for shorter walks, none into a grid without its hamlet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from gridplan.engine.cutting import Cutting
from gridplan.engine.model.grids import NOBODY
from gridplan.engine.model.proximity import Floats, Graph, Ints
from gridplan.engine.village import NO_HAMLET

MANY: Final = 3
"""Hamlets from which on a grid is one of leftovers."""
COST: Final = 0.02
"""Of the walk, that all exchanges together may cost."""
LEAST_GAIN: Final = 1e-6
"""Metres by which a move has to shorten the walk."""
Flags = NDArray[np.bool_]


def gather_remainders(label: Ints, hamlet: Ints, group: Ints, cutting: Cutting) -> Ints:
    """Return grids (n,) of which fewer have households of `MANY` hamlets or more than those of `label` (n,).

    A remainder, all households of a hamlet (n,) in such a grid, goes to a grid of its hamlet beside it, of the same
    group (n,) of sides. There may come others in return, all of theirs or of a hamlet that both grids have. Of such
    exchanges after which two grids have fewer hamlets together, the one that costs least is made, until there is none.
    """
    label, places, changed = label.copy(), _Places(hamlet, group, cutting), []
    left = COST * sum(places.walk(np.flatnonzero(label == grid)) for grid in range(int(label.max()) + 1))
    for grid in _leftovers(label, hamlet).tolist():
        while exchange := _cheapest(label, grid, places, left):
            cost, pair, is_here = exchange
            pair.settle(label, is_here)
            left -= cost
            changed += [grid, pair.other]
    _shorten(label, changed, places)
    return label


def _leftovers(label: Ints, hamlet: Ints) -> Ints:
    pairs = np.unique(np.column_stack([label, hamlet])[hamlet != NO_HAMLET], axis=0)
    return np.flatnonzero(np.bincount(pairs[:, 0]) >= MANY) if len(pairs) else pairs[:, 0]


class _Places:
    """Where the households of a village are, of which hamlets, and which are beside each other."""

    def __init__(self, hamlet: Ints, group: Ints, cutting: Cutting) -> None:
        self.hamlet, self.least, self.most = hamlet, cutting.settings.least, cutting.settings.most
        self._group, self._of, self._xy = group, cutting.locations.of, cutting.locations.xy
        self._beside: list[list[int]] | None = None
        """Of each location those beside it; None where that does not matter."""
        if cutting.edges is not None:
            graph = Graph.of_edges(cutting.edges, len(self._xy))
            self._beside = [some.tolist() for some in np.split(graph.ends, graph.starts[1:-1])]

    def pairs(self, label: Ints, grid: int) -> Iterator[_Pair]:
        """Yield a grid with each other one beside it that is of its group and has households of one of its hamlets."""
        here = np.flatnonzero(label == grid)
        is_named = np.zeros(int(self.hamlet.max()) + 2, bool)  # the last: of no hamlet
        is_named[self.hamlet[here]] = True
        is_named[NO_HAMLET] = False
        alike = is_named[self.hamlet] & (self._group == self._group[here[0]]) & (label != grid)
        for other in np.intersect1d(label[alike], label[self._is_near(here)]).tolist():
            both = np.concatenate([here, np.flatnonzero(label == other)])
            yield _Pair(grid, other, both, len(here), self.hamlet[both], self.legs(both))

    def _is_near(self, of_grid: Ints) -> Flags:
        """Return which households (n,) live where those of a grid do or beside; all where that does not matter."""
        if self._beside is None:
            return np.ones(len(self._of), bool)
        spots = np.unique(self._of[of_grid]).tolist()
        return np.isin(self._of, [*spots, *chain.from_iterable(self._beside[spot] for spot in spots)])

    def walk(self, of_grid: Ints) -> float:
        """Return the metres that the households of a grid walk."""
        return float(self.legs(of_grid).sum(axis=1).min())

    def legs(self, some: Ints) -> Floats:
        """Return the metres (m, m) between households."""
        xy = self._xy[self._of[some]]
        return np.asarray(cdist(xy, xy))

    def hold_together(self, pair: _Pair, is_here: Flags) -> bool:
        """Return whether two grids are in no more pieces after an exchange than before."""
        return all(
            self._pieces(pair.both[after]) <= self._pieces(pair.both[before])
            for after, before in ((is_here, pair.inside), (~is_here, ~pair.inside))
        )

    def _pieces(self, of_grid: Ints) -> int:
        """Return how many pieces a grid is in; one where that does not matter."""
        if self._beside is None:
            return 1
        spots, count = set(self._of[of_grid].tolist()), 0
        while spots:
            waiting, count = [spots.pop()], count + 1
            while waiting:
                found = spots.intersection(self._beside[waiting.pop()])
                spots -= found
                waiting += found
        return count


class _Pair(NamedTuple):
    """A grid and another one: their households (m,), those of the grid first, with hamlets and the metres between."""

    grid: int
    other: int
    both: Ints
    size: int
    """Of the grid."""
    hamlet: Ints
    legs: Floats

    @property
    def inside(self) -> Flags:
        """(m,) which are in the grid."""
        return np.arange(len(self.both)) < self.size

    def walks(self, is_here: Flags) -> Floats:
        """Return the metres (e,) that are walked in both after exchanges that leave these (e, m) in the grid."""
        to_here, to_there = ((some[:, :, None] * self.legs).sum(axis=1) for some in (is_here, ~is_here))
        here, there = np.where(is_here, to_here, np.inf), np.where(is_here, np.inf, to_there)
        return np.asarray(here.min(axis=1) + there.min(axis=1))

    def settle(self, label: Ints, is_here: Flags) -> None:
        """Change the grids (n,) of households to what they are after an exchange."""
        label[self.both] = np.where(is_here, self.grid, self.other)


# ---- whole remainders


def _cheapest(label: Ints, grid: int, places: _Places, left: float) -> tuple[float, _Pair, Flags] | None:
    """Return the metres that the cheapest exchange costs, of which grids, and who is here then; None without one."""
    best = None
    if len(set(places.hamlet[label == grid].tolist()) - {NO_HAMLET}) < MANY:
        return None
    for pair in places.pairs(label, grid):
        found = list(_exchanges(pair, places))
        if not found:
            continue
        exchanges = np.array(found)
        costs = pair.walks(exchanges) - pair.walks(pair.inside[None])
        for cost, is_here in zip(costs.tolist(), exchanges, strict=True):
            cheaper = cost <= left and (best is None or cost < best[0])
            if cheaper and places.hold_together(pair, is_here):
                best = cost, pair, is_here
    return best


def _exchanges(pair: _Pair, places: _Places) -> Iterator[list[bool]]:
    """Yield who is in a grid after exchanges of whole remainders: two with fewer hamlets, both within the bounds."""
    names, m = pair.hamlet.tolist(), len(pair.both)
    here, there = range(pair.size), range(pair.size, m)
    count = _names(names, here) + _names(names, there)
    for name in sorted({names[i] for i in here} & {names[i] for i in there} - {NO_HAMLET}):
        stays = [i for i in here if names[i] != name]
        joined = [i for i in range(m) if i >= pair.size or names[i] == name]
        for returned in _returned(stays, joined, name, pair, places):
            after = {*stays, *returned}
            left = [i for i in joined if i not in after]
            fewer = _names(names, after) + _names(names, left) < count
            if fewer and places.least <= min(len(after), len(left)) and max(len(after), len(left)) <= places.most:
                yield [i in after for i in range(m)]


def _names(names: list[int], some: Iterable[int]) -> int:
    """Return of how many hamlets some households are."""
    return len({names[i] for i in some} - {NO_HAMLET})


def _returned(stays: list[int], joined: list[int], name: int, pair: _Pair, places: _Places) -> Iterator[list[int]]:
    """Yield what could come in return for a remainder: nothing, or of a hamlet the nearest that are needed, or all."""
    needed = max(places.least - len(stays), len(joined) - places.most, 0)
    if not needed:
        yield []
    names = pair.hamlet.tolist()
    for other in sorted({names[i] for i in joined} - {name, NO_HAMLET}):
        all_of = [i for i in joined if names[i] == other]
        if len(all_of) > needed > 0 and any(names[i] == other for i in stays):
            metres = pair.legs[np.ix_(all_of, stays)].sum(axis=1)
            yield [all_of[i] for i in np.argsort(metres, kind="stable")[:needed].tolist()]
        yield all_of


# ---- single households


def _shorten(label: Ints, waiting: list[int], places: _Places) -> None:
    """Move single households between these grids and others for as long as that shortens the walk."""
    waiting = sorted(set(waiting), reverse=True)
    while waiting:
        grid, most, best = waiting.pop(), LEAST_GAIN, None
        for pair in places.pairs(label, grid):
            change, is_here = _best_move(pair, places)
            if -change > most and places.hold_together(pair, is_here):
                most, best = -change, (pair, is_here)
        if best:
            pair, is_here = best
            pair.settle(label, is_here)
            waiting += [one for one in (pair.other, grid) if one not in waiting]


def _best_move(pair: _Pair, places: _Places) -> tuple[float, Flags]:
    """Return the metres that the best move or swap of one household changes two grids by, and who is here then.

    Nobody goes to a grid without its hamlet.
    """
    is_here, names = pair.inside, pair.hamlet
    is_known = names[:, None] == names[None, :]
    leaves = np.append(np.flatnonzero(is_here & is_known[:, ~is_here].any(axis=1)), NOBODY)
    enters = np.append(np.flatnonzero(~is_here & is_known[:, is_here].any(axis=1)), NOBODY)
    change, leaver, enterer = _best_swap(pair.legs, pair.size, leaves, enters, places.least, places.most)
    for one, stays in ((leaver, False), (enterer, True)):
        if one != NOBODY:
            is_here[one] = stays
    return change, is_here


@njit(cache=True)
def _best_swap(legs: Floats, size: int, leaves: Ints, enters: Ints, least: int, most: int) -> tuple[float, int, int]:
    """Return the metres that the best swap of these, or NOBODY, changes the walk by, who leaves and who enters.

    The first `size` of the households are those of the grid.
    """
    m = len(legs)
    to_here, to_there = legs[:size].sum(axis=0), legs[size:].sum(axis=0)
    before = to_here[:size].min() + to_there[size:].min()
    best, best_leaver, best_enterer = np.inf, NOBODY, NOBODY
    for leaver in leaves:
        for enterer in enters:
            more = int(enterer != NOBODY) - int(leaver != NOBODY)
            if min(size + more, m - size - more) < least or max(size + more, m - size - more) > most:
                continue
            here, there = np.inf, np.inf
            for center in range(m):
                shift = 0.0
                if enterer != NOBODY:
                    shift += legs[enterer, center]
                if leaver != NOBODY:
                    shift -= legs[leaver, center]
                if (center < size or center == enterer) and center != leaver:
                    here = min(here, to_here[center] + shift)
                else:
                    there = min(there, to_there[center] - shift)
            if here + there - before < best:
                best, best_leaver, best_enterer = here + there - before, leaver, enterer
    return best, best_leaver, best_enterer
