"""The party groups of a village: cut by the engine, taken from those it has, and how they survive another plan.

A group lies in one village. Where grids have groups already those stay, and a grid without one joins the group that it
has the longest border with, else that of the nearest grid. Groups that get too small or too large that way are listed
(`rules.group_exceptions`), and not cut anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame
from gridplan.model import PartyGroup, PlannedVillage, TownPlan
from gridplan.rules import GROUP_BOUNDS, GROUP_TARGET

if TYPE_CHECKING:
    from gridplan.engine.model.proximity import Floats, Ints

CENTRE_DECIMALS = 1
"""Of a metre, that centres are rounded to, so that the last bit of an outline cannot change a group."""
ORIGIN_DECIMALS = 1
"""Of a degree, that the origin of the plane is rounded to, which villages near each other then share."""


def cut_groups(village: PlannedVillage) -> PlannedVillage:
    """Return a village with its grids cut into party groups, numbered from 1.

    Grids without outlines are taken along their hamlets and numbers.
    """
    from gridplan.engine.party_groups import group_by_roster, group_grids  # loads the engine, and few need it

    if not village.grids:
        return village
    least, most, ground = GROUP_BOUNDS.least, GROUP_BOUNDS.most, _ground(village)
    if ground is None:
        label = group_by_roster(_hamlets(village), least=least, most=most, target=GROUP_TARGET)
    else:
        label = group_grids(ground.centres, ground.beside, least=least, most=most, target=GROUP_TARGET)
    return _grouped(village, {grid.number: at + 1 for grid, at in zip(village.grids, label.tolist(), strict=True)}, ())


def keep_groups(village: PlannedVillage, group_of: Mapping[int, int], groups: Iterable[PartyGroup]) -> PlannedVillage:
    """Return a village with grids in the groups they have, by number; others join a neighbour's.

    Where none of them has one, they are cut.
    """
    found = {grid.number: group_of[grid.number] for grid in village.grids if grid.number in group_of}
    if not found:
        return cut_groups(village)
    if len(found) < len(village.grids):
        found |= _joined(village, found)
    return _grouped(village, found, groups)


def surviving_groups(village: PlannedVillage, before: PlannedVillage) -> PlannedVillage:
    """Return a village with the groups that the grids with the same numbers had before."""
    return keep_groups(village, group_numbers(before), before.groups)


def with_surviving_groups(town: TownPlan, in_force: TownPlan) -> TownPlan:
    """Return a plan whose grids, numbered as those in force, are in the groups of those."""
    before = {one.plan.village: one for one in in_force.villages}
    return replace(
        town,
        villages=tuple(
            surviving_groups(one, before[one.plan.village]) if one.plan.village in before else one
            for one in town.villages
        ),
    )


def complete_groups(town: TownPlan) -> TownPlan:
    """Return a plan in which every grid is in a party group: those of before there were any are cut."""
    return replace(
        town,
        villages=tuple(
            one if all(grid.group_number for grid in one.grids) else surviving_groups(one, one) for one in town.villages
        ),
    )


def group_numbers(village: PlannedVillage) -> dict[int, int]:
    """Return the group of each grid that has one, both by number."""
    return {grid.number: grid.group_number for grid in village.grids if grid.group_number is not None}


def groups_beside(village: PlannedVillage) -> dict[int, tuple[int, ...]]:
    """Return by the number of each grid the other party groups of grids it has a border with; all, if not drawn."""
    group_of = {grid.number: grid.group_number for grid in village.grids}
    ground = _ground(village) if village.grids else None
    numbers = [grid.number for grid in village.grids]
    around: dict[int, set[int]] = {number: set() for number in numbers}
    if ground is None:
        around = {number: {group.number for group in village.groups} for number in numbers}
    else:
        for one, other in ground.beside.tolist():
            around[numbers[one]].add(group_of[numbers[other]] or 0)
            around[numbers[other]].add(group_of[numbers[one]] or 0)
    return {number: tuple(sorted(groups - {0, group_of[number]})) for number, groups in around.items()}


def _grouped(village: PlannedVillage, group_of: Mapping[int, int], groups: Iterable[PartyGroup]) -> PlannedVillage:
    known = {group.number: group for group in groups}
    return replace(
        village,
        grids=tuple(replace(grid, group_number=group_of[grid.number]) for grid in village.grids),
        groups=tuple(known.get(number, PartyGroup(number)) for number in sorted(set(group_of.values()))),
    )


def _hamlets(village: PlannedVillage) -> list[str | None]:
    """Return the hamlet that most households of each grid are of."""
    inside = village.plan.grids
    counted = (Counter(home.hamlet for home in inside.get(grid.number, ())) for grid in village.grids)
    return [next((hamlet for hamlet, _ in one.most_common(1)), None) for one in counted]


# ---- the ground


@dataclass(frozen=True)
class _Ground:
    """The grids of a village on a plane in metres: centres (k, 2), pairs (e, 2) beside each other, borders (e,)."""

    centres: Floats
    beside: Ints
    border: Floats


def _ground(village: PlannedVillage) -> _Ground | None:
    """Return where the grids of a village are; None where one of them is not drawn."""
    outlines = np.array([grid.outline for grid in village.grids], object)
    if shapely.is_missing(outlines).any() or shapely.is_empty(outlines).any():
        return None
    centres = shapely.get_coordinates(shapely.centroid(outlines))
    frame = _frame(*np.round(np.median(centres, axis=0), ORIGIN_DECIMALS).tolist())
    pieces, grid_of = shapely.get_parts(outlines, return_index=True)
    rings, piece_of = shapely.get_rings(pieces, return_index=True)
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    beside, border = _borders(frame.to_metres(corners), ring_of, grid_of[piece_of])
    return _Ground(np.round(frame.to_metres(centres), CENTRE_DECIMALS), beside, border)


@lru_cache
def _frame(lon: float, lat: float) -> LocalFrame:
    """Return a plane, which takes long to make, once for all villages around an origin."""
    return LocalFrame(lon, lat)


def _borders(corners: Floats, ring_of: Ints, grid_of: Ints) -> tuple[Ints, Floats]:
    """Return the pairs (e, 2) of grids that share sides of their rings, and the metres (e,) of these."""
    within = ring_of[1:] == ring_of[:-1]
    start, end = corners[:-1][within], corners[1:][within]
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    sides = np.hstack([np.where(turned[:, None], end, start), np.where(turned[:, None], start, end)])
    order = np.lexsort(sides.T)
    sides, owner = sides[order], grid_of[ring_of[:-1][within][order]]
    shared = np.flatnonzero((sides[1:] == sides[:-1]).all(axis=1) & (owner[1:] != owner[:-1]))
    pairs, at = np.unique(
        np.sort(np.column_stack([owner[shared], owner[shared + 1]]), axis=1), axis=0, return_inverse=True
    )
    length = np.hypot(*(sides[shared, :2] - sides[shared, 2:]).T)
    return pairs, np.bincount(at.ravel(), length, minlength=len(pairs)).astype(np.float64)


def _joined(village: PlannedVillage, group_of: Mapping[int, int]) -> dict[int, int]:
    """Return the group of each grid that has none yet: of the one it has the longest border with, or the nearest."""
    numbers = [grid.number for grid in village.grids]
    ground = _ground(village)
    if ground is None:
        return {
            n: group_of[min(group_of, key=lambda known: (abs(known - n), known))] for n in numbers if n not in group_of
        }
    found = dict(group_of)
    while waiting := [at for at, number in enumerate(numbers) if number not in found]:
        at, beside = _next_to_join(ground, [number in found for number in numbers], waiting)
        found[numbers[at]] = found[numbers[beside]]
    return found


def _next_to_join(ground: _Ground, has_group: Sequence[bool], waiting: Sequence[int]) -> tuple[int, int]:
    """Return the grid that is the next to join, and the one whose group it joins."""
    known = np.array(has_group)
    ways = np.flatnonzero(known[ground.beside].sum(axis=1) == 1)
    if len(ways):
        one, other = ground.beside[ways[np.argmax(ground.border[ways])]].tolist()
        return (other, one) if has_group[one] else (one, other)
    apart = np.linalg.norm(ground.centres[waiting, None] - ground.centres[known], axis=2)
    at, beside = divmod(int(np.argmin(apart)), apart.shape[1])
    return waiting[at], int(np.flatnonzero(known)[beside])
