"""Hamlets kept whole: as parts of a village that are cut on their own, where what that costs is worth it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gridplan.engine.cutting import Cutting, MeasuredGrids
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.parts import join_parts, pieces, renumber
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.remainders import gather_remainders
from gridplan.engine.sides import Sides, household_links
from gridplan.engine.village import NO_HAMLET

WORTH_PER_HOUSEHOLD = 5.0
"""Metres of walk, for each household of a hamlet, that keeping it whole may cost before it is split."""


class WholeHamlets(NamedTuple):
    """Parts of a village in which hamlets are whole."""

    part: Ints
    """(n,) the part of each household."""
    cuttable: Ints
    """The hamlets that can be cut into grids of their own, ascending."""
    uncuttable: Ints
    """The others; each shares a part with its neighbours."""


class HamletSplit(NamedTuple):
    """Hamlets that share grids with each other or with others, and the metres that keeping all of them whole costs."""

    hamlets: tuple[int, ...]
    metres: float
    in_pieces: bool
    """Whether a grid would lie in pieces if they were whole."""
    more_grids: int
    """How many more grids there would be if they were whole; 0 unless their number was fixed."""


class HamletCut(NamedTuple):
    """The grids of a village with hamlets."""

    label: Ints
    """(n,) the grid of each household."""
    uncuttable: tuple[int, ...] = ()
    """The hamlets that cannot be cut into grids of their own, where that is a hard rule."""
    split: tuple[HamletSplit, ...] = ()
    """The hamlets that could be whole and are not, and what that would cost."""
    worth: float = 0.0
    """The metres that keeping them whole would be worth."""


def whole_hamlets(part: Ints, hamlet: Ints, links: Ints, length: Floats, *, least: int, most: int) -> WholeHamlets:
    """Return parts (n,) in which every cuttable hamlet is alone.

    A hamlet is cuttable if its households in every one of the parts (n,) can be cut into grids of `least` to `most`.
    The households of others, and those without a hamlet, fall into connected pieces; each piece that cannot be cut
    joins its nearest neighbour.

    Parameters
    ----------
    hamlet
        (n,) the hamlet of each household, or NO_HAMLET.
    links, length
        Pairs (l, 2) of households that are beside each other, and how far apart they are.
    """
    here = renumber(part, hamlet)
    alone = np.array([bool(feasible_grids(size, least, most)) for size in np.bincount(here).tolist()])[here]
    alone &= hamlet != NO_HAMLET
    same = here[links[:, 0]] == here[links[:, 1]]
    own = renumber(here, np.where(alone, 0, 1 + pieces(links[same], len(hamlet))))
    inside = part[links[:, 0]] == part[links[:, 1]]
    group = join_parts(own, np.ones(len(hamlet), np.int64), links[inside], length[inside], least=least, most=most).group
    known = np.unique(hamlet[hamlet != NO_HAMLET])
    uncuttable = np.intersect1d(hamlet[~alone], known)
    return WholeHamlets(group, np.setdiff1d(known, uncuttable), uncuttable)


def mixed_hamlets(label: Ints, hamlet: Ints) -> Ints:
    """Return the hamlets, ascending, that share a grid with a household of another hamlet, or of none."""
    pairs = np.unique(np.column_stack([label, hamlet]), axis=0)
    several = np.bincount(pairs[:, 0]) > 1
    found = np.unique(pairs[several[pairs[:, 0]], 1])
    return found[found != NO_HAMLET]


def whole_parts(label: Ints, hamlet: Ints) -> Ints:
    """Return parts (n,) that no grid is of two of: each hamlet that is whole, and all other households together."""
    return np.where(np.isin(hamlet, mixed_hamlets(label, hamlet)), NO_HAMLET, hamlet)


def keep_hamlets_whole(hamlet: Ints, ground: Sides, cutting: Cutting) -> HamletCut:
    """Return grids that keep cuttable hamlets (n,) whole; unless that is a hard rule, only where it is worth it.

    If the number of grids is fixed, it goes before whole hamlets unless those are a hard rule. Where it is not, what is
    chosen among the grids of one effort may be worse than among those of a lower one, though each search is better: the
    best of all efforts up to this one is taken.
    """
    settings, links = cutting.settings, household_links(cutting.locations, ground.edges)
    part, cuttable, uncuttable = whole_hamlets(ground.group, hamlet, *links, least=settings.least, most=settings.most)
    if settings.hamlets == "hard":
        return HamletCut(cutting.by_parts(part), tuple(uncuttable.tolist()))
    efforts = cutting.up_to_its_effort() if settings.time_limit is None else [cutting]
    found = [_kept_where_worth_it(part, cuttable, hamlet, ground, one) for one in efforts]
    return min(reversed(found), key=lambda cut: _price(cut, cutting))


def _kept_where_worth_it(part: Ints, cuttable: Ints, hamlet: Ints, ground: Sides, cutting: Cutting) -> HamletCut:
    """Return grids that keep cuttable hamlets whole, as these parts (n,) do, wherever that is worth it."""
    free = gather_remainders(cutting.by_parts(ground.group, share=0.5), hamlet, ground.group, cutting)
    if not len(np.intersect1d(mixed_hamlets(free, hamlet), cuttable)):
        return HamletCut(free)
    kept = cutting.measure(gather_remainders(cutting.by_parts(part), hamlet, part, cutting))
    return _worth_it(cutting.measure(free), kept, hamlet, cuttable, fixed=cutting.settings.grids is not None)


def _price(cut: HamletCut, cutting: Cutting) -> tuple[int, float]:
    """Return in how many pieces grids are, and their walk with what whole hamlets would be worth where they are split.

    This is what keeping hamlets whole where it is worth it makes least.
    """
    grids = cutting.measure(cut.label)
    return int(grids.pieces.sum()), float(grids.walk.sum()) + cut.worth


def _worth_it(free: MeasuredGrids, kept: MeasuredGrids, hamlet: Ints, cuttable: Ints, *, fixed: bool) -> HamletCut:
    """Return the grids of `kept`, where hamlets are whole, wherever that is worth it, else those of `free`.

    The two are compared wherever whole grids of one hold the same households as whole grids of the other.
    """
    label, split, in_all = kept.label.copy(), [], 0.0
    for there, free_grids, kept_grids in _comparable(free, kept):
        torn = np.intersect1d(mixed_hamlets(free.label[there], hamlet[there]), cuttable)
        metres = float(kept.walk[kept_grids].sum() - free.walk[free_grids].sum())
        breaks = kept.pieces[kept_grids].sum() - len(kept_grids) > free.pieces[free_grids].sum() - len(free_grids)
        more = len(kept_grids) - len(free_grids) if fixed else 0
        worth = WORTH_PER_HOUSEHOLD * float(np.isin(hamlet[there], torn).sum())
        if breaks or more or metres > worth:
            label[there] = len(kept.walk) + free.label[there]
            in_all += worth
            if len(torn):
                split.append(HamletSplit(tuple(torn.tolist()), metres, bool(breaks), more))
    return HamletCut(renumber(label), (), tuple(split), in_all)


def _comparable(free: MeasuredGrids, kept: MeasuredGrids) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield sets of households, each with the grids of both ways that hold exactly that set.

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
