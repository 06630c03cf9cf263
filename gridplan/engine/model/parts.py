"""Parts of a village that are cut on their own: which can be, which have to be joined, and how many grids each gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.proximity import Floats, Ints


class JoinedParts(NamedTuple):
    """The group (m,) of each node, numbered from 0, and the nodes over which parts were joined, one for each time."""

    group: Ints
    gates: list[int]

    def opened(self, links: Ints, part: Ints) -> Ints:
        """Return the links (l, 2) between parts of one group that start at a gate: a single grid can use them."""
        between = (part[links[:, 0]] != part[links[:, 1]]) & (self.group[links[:, 0]] == self.group[links[:, 1]])
        return links[between & np.isin(links, self.gates).any(axis=1)]


def pieces(edges: Ints, count: int) -> Ints:
    """Return the connected part (count,) that each node of a graph with edges (e, 2) is in."""
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def renumber(*columns: Ints) -> Ints:
    """Return numbers (n,) from 0, in the order in which they are met, that are the same where all columns (n,) are."""
    _, first, number = np.unique(np.column_stack(columns), axis=0, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number.ravel()]


def join_parts(part: Ints, weight: Ints, links: Ints, length: Floats, *, least: int, most: int) -> JoinedParts:
    """Return parts as groups that can each be cut into grids of `least` to `most`, as few parts joined as possible.

    The smallest part that cannot be cut goes first. It joins a neighbour with which it can be cut, rather one that
    cannot be cut either, and of those the nearest; this is repeated until every group can be cut or has no neighbour.

    Parameters
    ----------
    part, weight
        The part (m,) of every node, and how many households are there.
    links, length
        Pairs (l, 2) of nodes that are beside each other, in one part or in two, and how far apart they are.
    """
    gates: list[int] = []
    group = part.copy()
    stuck: set[int] = set()
    while True:
        size = np.bincount(group, weight).astype(np.int64).tolist()
        fits = [bool(feasible_grids(count, least, most)) for count in size]
        unfit = [at for at, count in enumerate(size) if count and not fits[at] and at not in stuck]
        if not unfit:
            return JoinedParts(renumber(group), gates)
        here = min(unfit, key=lambda at: (size[at], at))
        ends = group[links]
        across = np.flatnonzero((ends[:, 0] != ends[:, 1]) & (ends == here).any(axis=1))
        if not len(across):
            stuck.add(here)
            continue
        others = np.where(ends[across, 0] == here, ends[across, 1], ends[across, 0]).tolist()
        choice = [
            (not feasible_grids(size[here] + size[other], least, most), fits[other], length[way], way, other)
            for way, other in zip(across.tolist(), others, strict=True)
        ]
        *_, way, other = min(choice)
        gates.append(int(links[way, int(ends[way, 1] == here)]))
        group[group == here] = other


def share_grids(sizes: Sequence[int], k: int, *, least: int, most: int) -> list[int]:
    """Return how many grids each part of some size gets: together k, or as near to k as the bounds allow.

    Each grid goes to the part whose grids are largest at the time.
    """
    feasible = [feasible_grids(size, least, most) or range(1, 2) for size in sizes]
    counts = [numbers[0] for numbers in feasible]
    for _ in range(k - sum(counts)):
        open_ = [at for at, numbers in enumerate(feasible) if counts[at] < numbers[-1]]
        if not open_:
            break
        counts[max(open_, key=lambda at: (sizes[at] / counts[at], -at))] += 1
    return counts
