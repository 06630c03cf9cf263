"""Hamlets kept whole: as parts of a village that are cut on their own, where what that costs is worth it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gridplan.engine.cutting import Cutting, Grids
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.parts import joined, numbered, pieces
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.sides import Sides, household_links
from gridplan.engine.village import NO_HAMLET

WORTH = 5.0
"""Metres of walk, for each household of a hamlet, that keeping it whole may cost before it is split."""


class Whole(NamedTuple):
    """Households in parts that keep hamlets whole."""

    part: Ints
    """(n,)"""
    fits: Ints
    """The hamlets that can be cut into whole grids, ascending."""
    unfit: Ints
    """The others; each shares a part with its neighbours."""


class Split(NamedTuple):
    """Hamlets that share grids with each other or with others, and the metres that keeping all of them whole costs."""

    hamlets: tuple[int, ...]
    metres: float
    in_pieces: bool
    """Whether a grid would lie in pieces if they were whole."""
    more_grids: int
    """How many more grids there would be if they were whole; 0 unless their number was fixed."""


class HamletCut(NamedTuple):
    """The grid (n,) of each household; hamlets that do not fit, where they all had to; those split, and the price."""

    label: Ints
    unfit: tuple[int, ...] = ()
    split: tuple[Split, ...] = ()


def whole(part: Ints, hamlet: Ints, links: Ints, length: Floats, *, least: int, most: int) -> Whole:
    """Return parts (n,) in which a hamlet that fits is alone.

    A hamlet fits if its households in every one of the parts (n,) can be cut into grids of `least` to `most`. The
    others, and those without a hamlet, are taken by the pieces in which they hang together: each piece that cannot be
    cut joins its nearest neighbour.

    Parameters
    ----------
    hamlet
        (n,) the hamlet of each household, or NO_HAMLET.
    links, length
        Pairs (l, 2) of households that are beside each other, and how far apart they are.
    """
    here = numbered(part, hamlet)
    alone = np.array([bool(feasible_grids(size, least, most)) for size in np.bincount(here).tolist()])[here]
    alone &= hamlet != NO_HAMLET
    same = here[links[:, 0]] == here[links[:, 1]]
    own = numbered(here, np.where(alone, 0, 1 + pieces(links[same], len(hamlet))))
    inside = part[links[:, 0]] == part[links[:, 1]]
    group = joined(own, np.ones(len(hamlet), np.int64), links[inside], length[inside], least=least, most=most).group
    known = np.unique(hamlet[hamlet != NO_HAMLET])
    unfit = np.intersect1d(hamlet[~alone], known)
    return Whole(group, np.setdiff1d(known, unfit), unfit)


def mixed(label: Ints, hamlet: Ints) -> Ints:
    """Return the hamlets, ascending, that share a grid with a household of another hamlet, or of none."""
    pairs = np.unique(np.column_stack([label, hamlet]), axis=0)
    several = np.bincount(pairs[:, 0]) > 1
    found = np.unique(pairs[several[pairs[:, 0]], 1])
    return found[found != NO_HAMLET]


def keep_hamlets_whole(hamlet: Ints, ground: Sides, cutting: Cutting) -> HamletCut:
    """Return grids that keep the hamlets (n,) whole that fit; unless that is a hard rule, only where it is worth it.

    If the number of grids is fixed, it goes before hamlets unless these are a hard rule.
    """
    settings, links = cutting.settings, household_links(cutting.locations, ground.edges)
    kept = whole(ground.group, hamlet, *links, least=settings.least, most=settings.most)
    if settings.hamlets == "hard":
        return HamletCut(cutting.by_parts(kept.part), tuple(kept.unfit.tolist()))
    free = cutting.by_parts(ground.group)
    if not len(np.intersect1d(mixed(free, hamlet), kept.fits)):
        return HamletCut(free)
    whole_hamlets = cutting.measured(cutting.by_parts(kept.part))
    return _worth_it(cutting.measured(free), whole_hamlets, hamlet, kept.fits, fixed=settings.grids is not None)


def _worth_it(free: Grids, kept: Grids, hamlet: Ints, fits: Ints, *, fixed: bool) -> HamletCut:
    """Return the grids of `kept`, where hamlets are whole, wherever that is worth it, else those of `free`.

    The two are compared wherever whole grids of one hold the same households as whole grids of the other.
    """
    label, split = kept.label.copy(), []
    for there, free_grids, kept_grids in _comparable(free, kept):
        torn = np.intersect1d(mixed(free.label[there], hamlet[there]), fits)
        metres = float(kept.walk[kept_grids].sum() - free.walk[free_grids].sum())
        breaks = kept.pieces[kept_grids].sum() - len(kept_grids) > free.pieces[free_grids].sum() - len(free_grids)
        more = len(kept_grids) - len(free_grids) if fixed else 0
        if breaks or more or metres > WORTH * np.isin(hamlet[there], torn).sum():
            label[there] = len(kept.walk) + free.label[there]
            if len(torn):
                split.append(Split(tuple(torn.tolist()), metres, bool(breaks), more))
    return HamletCut(numbered(label), (), tuple(split))


def _comparable(free: Grids, kept: Grids) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield households, and the grids of both ways that hold just these.

    Wherever that makes more grids of one than of the other, it is one place: the walk depends on how many there are.
    """
    count = len(free.walk)
    cluster = pieces(np.column_stack([free.label, count + kept.label]), count + len(kept.walk))
    places = int(cluster.max()) + 1
    surplus = np.bincount(cluster[:count], minlength=places) - np.bincount(cluster[count:], minlength=places)
    cluster = np.where(surplus[cluster] != 0, -1, cluster)
    for number in np.unique(cluster):
        grids = np.flatnonzero(cluster == number)
        yield np.flatnonzero(cluster[free.label] == number), grids[grids < count], grids[grids >= count] - count
