"""The local search that shortens the walk: simulated annealing over three kinds of moves, bounds never broken.

Every move is a short list of exchanges (grid, who leaves, who enters):

    relocate  A - i        B + i
    swap      A - i + s    B - s + i
    chain     A - i        B - s + i    C + s

so three things to do with one exchange are all the search needs: what would the grid's walk be, in how many pieces
would it lie, and carry it out. The walk of a grid is the least row sum of its distance matrix (the row of its medoid);
row sums are kept up to date, which makes a question about m households cost O(m).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gridplan.engine.proximity import Floats, Graph, Ints, Locations

NOBODY = -1
FIRST_TEMPERATURE = 4.0
"""As a multiple of the median walk of a household: hot enough to change how many grids a hamlet has."""
LAST_TEMPERATURE = 1e-3
"""As a share of the first."""


class Grids(NamedTuple):
    """The grids of a village while they are worked on; every array is changed in place."""

    label: Ints
    """(n,) the grid of each household."""
    size: Ints
    """(k,) households in each grid."""
    member: Ints
    """(k, largest size) the households of each grid, in no order."""
    row_sum: Floats
    """(n,) metres from each household to all of its grid."""
    walk: Floats
    """(k,) metres of each grid: its least row sum."""
    medoid: Ints
    """(k,) the household whose row sum that is."""


@njit(cache=True)
def _distance(xy: Floats, i: int, j: int) -> float:
    dx, dy = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
    return np.sqrt(dx * dx + dy * dy)


@njit(cache=True)
def _walk_after(xy: Floats, grids: Grids, g: int, leaver: int, enterer: int) -> float:
    best, enterer_sum = np.inf, 0.0
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        if j == leaver:
            continue
        row_sum = grids.row_sum[j]
        if leaver != NOBODY:
            row_sum -= _distance(xy, j, leaver)
        if enterer != NOBODY:
            apart = _distance(xy, j, enterer)
            row_sum += apart
            enterer_sum += apart
        best = min(best, row_sum)
    return min(best, enterer_sum) if enterer != NOBODY else best


@njit(cache=True)
def _adjacent(starts: Ints, ends: Ints, a: int, b: int) -> bool:
    if a == b:
        return True
    return b in ends[starts[a] : starts[a + 1]]


@njit(cache=True)
def _pieces_after(location: Ints, starts: Ints, ends: Ints, grids: Grids, g: int, leaver: int, enterer: int) -> int:
    inside = np.empty(grids.size[g] + 1, np.int64)
    count = 0
    for at in range(grids.size[g]):
        if grids.member[g, at] != leaver:
            inside[count] = location[grids.member[g, at]]
            count += 1
    if enterer != NOBODY:
        inside[count] = location[enterer]
        count += 1
    pieces, reached, looked_at = 0, 0, 0
    while reached < count:
        pieces += 1
        reached += 1
        while looked_at < reached:
            for at in range(reached, count):
                if _adjacent(starts, ends, inside[looked_at], inside[at]):
                    inside[at], inside[reached] = inside[reached], inside[at]
                    reached += 1
            looked_at += 1
    return pieces


@njit(cache=True)
def _exchange(xy: Floats, grids: Grids, g: int, leaver: int, enterer: int) -> None:
    if leaver != NOBODY:
        last = grids.size[g] - 1
        for at in range(grids.size[g]):
            if grids.member[g, at] == leaver:
                grids.member[g, at] = grids.member[g, last]
                break
        grids.size[g] = last
        for at in range(last):
            j = grids.member[g, at]
            grids.row_sum[j] -= _distance(xy, j, leaver)
    if enterer != NOBODY:
        total = 0.0
        for at in range(grids.size[g]):
            j = grids.member[g, at]
            apart = _distance(xy, j, enterer)
            grids.row_sum[j] += apart
            total += apart
        grids.member[g, grids.size[g]] = enterer
        grids.size[g] += 1
        grids.row_sum[enterer] = total
        grids.label[enterer] = g
    _find_medoid(grids, g)


@njit(cache=True)
def _find_medoid(grids: Grids, g: int) -> None:
    grids.walk[g] = np.inf
    for at in range(grids.size[g]):
        j = grids.member[g, at]
        if grids.row_sum[j] < grids.walk[g]:
            grids.walk[g], grids.medoid[g] = grids.row_sum[j], j


@njit(cache=True)
def _gather(xy: Floats, label: Ints, k: int, most: int) -> Grids:
    grids = Grids(
        label,
        np.zeros(k, np.int64),
        np.empty((k, most + 1), np.int64),
        np.zeros(len(label)),
        np.zeros(k),
        np.zeros(k, np.int64),
    )
    for i in range(len(label)):
        g = label[i]
        grids.member[g, grids.size[g]] = i
        grids.size[g] += 1
    for g in range(k):
        for a in range(grids.size[g]):
            i = grids.member[g, a]
            for b in range(grids.size[g]):
                grids.row_sum[i] += _distance(xy, i, grids.member[g, b])
        _find_medoid(grids, g)
    return grids


@njit(cache=True)
def _random(state: NDArray[np.uint64]) -> float:
    """Return the next number of a 64-bit xorshift in [0, 1); the same on every machine."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def _best_partner(xy: Floats, grids: Grids, home: int, away: int) -> int:
    """Return the household of `away` that would gain most from being in `home`."""
    best, partner = np.inf, NOBODY
    for at in range(grids.size[away]):
        j = grids.member[away, at]
        gain = _distance(xy, j, grids.medoid[home]) - _distance(xy, j, grids.medoid[away])
        if gain < best:
            best, partner = gain, j
    return partner


@njit(cache=True)
def _best_way_out(
    xy: Floats, near_starts: Ints, near_ends: Ints, grids: Grids, away: int, home: int, most: int
) -> tuple[int, int]:
    """Return the household of `away` that could best leave it for a third grid with room, and that grid."""
    best, leaver, third = np.inf, NOBODY, NOBODY
    for at in range(grids.size[away]):
        j = grids.member[away, at]
        stay = _distance(xy, j, grids.medoid[away])
        for to in range(near_starts[j], near_starts[j + 1]):
            g = grids.label[near_ends[to]]
            if g != away and g != home and grids.size[g] < most:
                gain = _distance(xy, j, grids.medoid[g]) - stay
                if gain < best:
                    best, leaver, third = gain, j, g
    return leaver, third


@njit(cache=True)
def _propose(
    xy: Floats,
    near_starts: Ints,
    near_ends: Ints,
    grids: Grids,
    least: int,
    most: int,
    state: NDArray[np.uint64],
    move: Ints,
) -> int:
    """Write a move into `move` (3, 3), rows of (grid, leaver, enterer), and return its number of rows; 0 for none."""
    i = int(_random(state) * len(grids.label))
    neighbours = near_ends[near_starts[i] : near_starts[i + 1]]
    if len(neighbours) == 0:
        return 0
    home, away = grids.label[i], grids.label[neighbours[int(_random(state) * len(neighbours))]]
    if home == away:
        return 0
    kind = _random(state)
    may_leave = grids.size[home] > least
    if may_leave and grids.size[away] < most and kind < 0.4:
        move[0], move[1] = (home, i, NOBODY), (away, NOBODY, i)
        return 2
    if may_leave and kind < 0.6:
        leaver, third = _best_way_out(xy, near_starts, near_ends, grids, away, home, most)
        if leaver != NOBODY:
            move[0], move[1], move[2] = (home, i, NOBODY), (away, leaver, i), (third, NOBODY, leaver)
            return 3
    partner = _best_partner(xy, grids, home, away)
    if kind > 0.8:
        partner = grids.member[away, int(_random(state) * grids.size[away])]
    move[0], move[1] = (home, i, partner), (away, partner, i)
    return 2


@njit(cache=True)
def _accepts(delta: float, temperature: float, state: NDArray[np.uint64]) -> bool:
    """Metropolis, with exp(-x) as 1 / (1 + x/16)^16: the same bits on every machine, unlike exp."""
    if delta <= 0:
        return True
    odds = 1.0 + delta / temperature / 16.0
    odds *= odds
    odds *= odds
    odds *= odds
    odds *= odds
    return _random(state) * odds < 1.0


@njit(cache=True)
def _anneal(
    xy: Floats,
    location: Ints,
    starts: Ints,
    ends: Ints,
    near_starts: Ints,
    near_ends: Ints,
    label: Ints,
    k: int,
    least: int,
    most: int,
    connected: bool,
    moves: int,
    seed: int,
) -> Ints:
    grids = _gather(xy, label.copy(), k, most)
    pieces = np.ones(k, np.int64)
    if connected:
        for g in range(k):
            pieces[g] = _pieces_after(location, starts, ends, grids, g, NOBODY, NOBODY)
    state = np.array([np.uint64(seed) * np.uint64(2) + np.uint64(88172645463325253)], np.uint64)
    move = np.empty((3, 3), np.int64)
    after = np.ones(3, np.int64)
    temperature = FIRST_TEMPERATURE * max(np.median(grids.walk / grids.size), 1e-9)
    cooling = LAST_TEMPERATURE ** (1000.0 / max(1000, moves))
    for turn in range(moves):
        if turn % 1000 == 999:
            temperature *= cooling
        rows = _propose(xy, near_starts, near_ends, grids, least, most, state, move)
        if rows == 0:
            continue
        welcome = _accepts(_longer_by(xy, grids, move, rows), temperature, state)
        if connected and (welcome or _any_apart(pieces, move, rows)):
            more = _more_pieces(location, starts, ends, grids, pieces, move, rows, after)
            welcome = more < 0 or (more == 0 and welcome)
        if welcome:
            for row in range(rows):
                g, leaver, enterer = move[row]
                pieces[g] = after[row]
                _exchange(xy, grids, g, leaver, enterer)
    return grids.label


@njit(cache=True)
def _longer_by(xy: Floats, grids: Grids, move: Ints, rows: int) -> float:
    metres = 0.0
    for row in range(rows):
        g, leaver, enterer = move[row]
        metres += _walk_after(xy, grids, g, leaver, enterer) - grids.walk[g]
    return metres


@njit(cache=True)
def _any_apart(pieces: Ints, move: Ints, rows: int) -> bool:
    apart = False
    for row in range(rows):
        apart |= pieces[move[row, 0]] > 1
    return apart


@njit(cache=True)
def _more_pieces(
    location: Ints, starts: Ints, ends: Ints, grids: Grids, pieces: Ints, move: Ints, rows: int, after: Ints
) -> int:
    more = 0
    for row in range(rows):
        g, leaver, enterer = move[row]
        after[row] = _pieces_after(location, starts, ends, grids, g, leaver, enterer)
        more += after[row] - pieces[g]
    return more


def improve(
    locations: Locations,
    graph: Graph,
    near: Graph,
    label: Ints,
    *,
    least: int,
    most: int,
    connected: bool,
    moves: int,
    seed: int,
) -> Ints:
    """Return grids (n,) with a shorter total walk than `label` (n,), every size still within `least` and `most`.

    With `connected`, a move that would put a grid in more pieces is never made, and one that joins pieces always is.
    `moves` counts the moves tried; the same seed gives the same answer on every machine.
    """
    xy = locations.xy[locations.of]
    return _anneal(
        xy, locations.of, graph.starts, graph.ends, near.starts, near.ends, label, int(label.max()) + 1, least, most,
        connected, moves, seed,
    )  # fmt: skip


@njit(cache=True)
def _measure(xy: Floats, location: Ints, starts: Ints, ends: Ints, label: Ints, k: int) -> tuple[Grids, Ints]:
    grids = _gather(xy, label, k, np.bincount(label).max())
    pieces = np.empty(k, np.int64)
    for g in range(k):
        pieces[g] = _pieces_after(location, starts, ends, grids, g, NOBODY, NOBODY)
    return grids, pieces


def measure(locations: Locations, graph: Graph, label: Ints) -> tuple[Floats, Ints, Ints]:
    """Return of each grid its walk in metres (k,), its medoid (k,) and the number of its pieces (k,)."""
    xy = locations.xy[locations.of]
    grids, pieces = _measure(xy, locations.of, graph.starts, graph.ends, label, int(label.max()) + 1)
    return grids.walk, grids.medoid, pieces
