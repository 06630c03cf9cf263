"""The shortest walk past all of some places: closed, as a person visits the households of a grid, or from end to end.

Up to `MOST_EXACT` places the walk is the shortest there is, by the dynamic program of Held and Karp ("A dynamic
programming approach to sequencing problems", 1962). Of more places it is one that neither two of its legs exchanged
(2-opt: Croes, "A method for solving traveling-salesman problems", 1958) nor a run of three places or fewer put
elsewhere (Or, "Traveling salesman-type combinatorial problems", 1976) would make shorter, from nearest neighbours on.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from scipy.spatial.distance import cdist

from gridplan.engine.model.proximity import Floats, Ints

MOST_EXACT: Final = 15
"""Places: as many as a grid has by default. Each more takes twice the time and memory."""
LONGEST_RUN: Final = 3
LEAST_GAIN: Final = 1e-9
"""Metres that a change has to save."""


def visiting_order(xy: Floats) -> Ints:
    """Return the order (n,) in which points (n, 2) in metres are visited on the shortest closed walk.

    It begins at the first point and turns towards the smaller index. Points on one spot are visited one after the
    other, in the order of their indices.
    """
    spot = _spots(xy)
    first = np.unique(spot, return_index=True)[1]
    legs = cdist(xy[first], xy[first])
    walk = _shortest(legs) if len(first) <= MOST_EXACT else _improved(_nearest_next(legs), legs)
    if len(walk) > 2 and walk[-1] < walk[1]:
        walk[1:] = walk[:0:-1]
    return np.argsort(np.argsort(walk)[spot], kind="stable")


def shortest_path(xy: Floats) -> Ints:
    """Return the order (n,) of points (n, 2) in metres along the shortest way past all of them, wherever it begins.

    It is the closed walk from a place that is as near to all. It begins at the end with the smaller index.
    """
    legs = np.zeros((len(xy) + 1, len(xy) + 1))
    legs[1:, 1:] = cdist(xy, xy)
    walk = _shortest(legs) if len(legs) <= MOST_EXACT else _improved(_nearest_next(legs), legs)
    path = walk[1:] - 1
    return path[::-1].copy() if len(path) > 1 and path[-1] < path[0] else path


def _spots(xy: Floats) -> Ints:
    """Return the spot (n,) that each point stands on: spots are numbered in the order of their first points."""
    _, first, spot = np.unique(xy, axis=0, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[spot.ravel()]


@njit(cache=True, error_model="numpy")
def _shortest(legs: Floats) -> Ints:
    """Return the shortest closed walk (m,) from place 0: over every set of the other places and its last one."""
    others = len(legs) - 1
    if others < 1:
        return np.zeros(others + 1, np.int64)
    between = legs[1:, 1:].copy()
    length = np.full((1 << others, others), np.inf)  # of the shortest way from 0 through all of a set to its last place
    for last in range(others):
        length[1 << last, last] = legs[0, last + 1]
    for through in range(1, 1 << others):
        for last in range(others):
            rest = through ^ 1 << last
            if rest < through and rest:
                best = np.inf
                for before in range(others):
                    best = min(best, length[rest, before] + between[last, before])
                length[through, last] = best
    walk, through = np.zeros(others + 1, np.int64), (1 << others) - 1
    way = length[through] + legs[0, 1:]
    for at in range(others, 0, -1):
        last = int(np.argmin(way))
        walk[at], through = last + 1, through ^ 1 << last
        way = length[through] + between[last]
    return walk


@njit(cache=True)
def _nearest_next(legs: Floats) -> Ints:
    """Return a walk (m,) from place 0 that always goes to the nearest place it has not been to."""
    walk, left = np.zeros(len(legs), np.int64), legs.copy()
    for at in range(1, len(legs)):
        left[:, walk[at - 1]] = np.inf
        walk[at] = np.argmin(left[walk[at - 1]])
    return walk


@njit(cache=True)
def _improved(walk: Ints, legs: Floats) -> Ints:
    """Return a closed walk (m,) from place 0 that no exchange of two legs and no move of a short run makes shorter."""
    n, tried = len(walk), 0
    while tried < n:
        shorter = _turned(walk, legs)
        if shorter is None:
            shorter = _moved(walk, legs)
        tried = tried + 1 if shorter is None else 0
        walk = np.roll(walk if shorter is None else shorter, -1)
    return np.roll(walk, -np.argmin(walk))


@njit(cache=True)
def _turned(walk: Ints, legs: Floats) -> Ints | None:
    """Return the walk with a part behind its first leg turned round, if that saves something."""
    a, b = walk[0], walk[1]
    for at in range(2, len(walk) - 1):
        c, d = walk[at], walk[at + 1]
        if legs[a, b] + legs[c, d] - legs[a, c] - legs[b, d] > LEAST_GAIN:
            shorter = walk.copy()
            shorter[1 : at + 1] = walk[at:0:-1]
            return shorter
    return None


@njit(cache=True)
def _moved(walk: Ints, legs: Floats) -> Ints | None:
    """Return the walk with the run at its beginning elsewhere, either way round, if that saves something."""
    for size in range(1, LONGEST_RUN + 1):
        run, rest = walk[:size], walk[size:]
        head, tail = run[0], run[-1]
        saved = legs[rest[-1], head] + legs[tail, rest[0]] - legs[rest[-1], rest[0]]
        for at in range(len(rest) - 1):
            here, there = rest[at], rest[at + 1]
            between = saved + legs[here, there]
            if between - legs[here, head] - legs[tail, there] > LEAST_GAIN:
                return np.concatenate((rest[: at + 1], run, rest[at + 1 :]))
            if between - legs[here, tail] - legs[head, there] > LEAST_GAIN:
                return np.concatenate((rest[: at + 1], run[::-1], rest[at + 1 :]))
    return None
