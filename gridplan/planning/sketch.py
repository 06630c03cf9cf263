"""A village while its plan is edited: what no edit changes is worked out once, so that an edit is measured in no time.

Walks and connectedness are those of the exact drawing. Outlines are rough until that follows: their edges are not
smoothed, and ground that several grids share is shown as one grid's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.engine.model.proximity import Ints
from gridplan.engine.solve import NO_GRID, Terrain
from gridplan.model import DrawnGrid, Plan, PlannedVillage
from gridplan.planning.redraw import Obstacles, VillageGround, follow_grids, redraw_on

MOST_MEASURED = 300
"""Households picked up at once beyond which their outcomes tell sizes only; no grid can take so many."""


class Figures(NamedTuple):
    """What is derived of one grid besides its outline."""

    size: int
    walk_m: float | None
    """None where nothing is drawn; None, like `connected`, also where it was not measured."""
    connected: bool | None


NOBODY = Figures(0, 0.0, True)


class Outcomes(NamedTuple):
    """What the grids of a plan are, by number, and what households that are picked up would make of them."""

    now: Mapping[int, Figures]
    without: Mapping[int, Figures]
    """The grids that the households are from, without them."""
    joined: Mapping[int, Figures]
    """Every grid with all of the households in it."""
    alone: Figures
    """A new grid of nobody else."""


class RoughOutline(NamedTuple):
    """The outline of a grid in degrees until it is drawn exactly."""

    outline: BaseGeometry | None
    """None where all ground of the grid is shown as another one's."""
    shares_ground: bool
    """Whether households of the grid stand on ground shown as another one's, which has more households there."""


@dataclass(frozen=True)
class Sketch:
    """The households of a village on their ground, whichever plan they are in."""

    ids: tuple[int, ...]
    """What plans call each household of the ground."""
    ground: VillageGround
    terrain: Terrain | None
    """None where nothing is drawn: then grids have sizes only, and count as connected."""

    @classmethod
    def of(cls, ids: Iterable[int], ground: VillageGround, obstacles: Obstacles, *, kept: bool) -> Self:
        """Return the sketch of a village whose grids are planned, or `kept` as the town has them."""
        return cls(tuple(ids), ground, ground.terrain(obstacles, kept=kept))

    def redraw(self, before: PlannedVillage, plan: Plan) -> PlannedVillage:
        """Return `before` with a changed plan of the same households, drawn exactly."""
        return redraw_on(before, plan, self.ground, self.terrain)

    def measure(self, before: PlannedVillage, plan: Plan) -> tuple[PlannedVillage, dict[int, RoughOutline]]:
        """Return `before` with a changed plan of the same households, and the outlines of it that are rough.

        All but outlines is as `redraw` has it; those of grids that do not change stay as they are.
        """
        has = self._by_id(plan)
        had = self._by_id(before.plan) if before.plan.households == plan.households else {}
        changed = [id_ for id_ in self.ids if had.get(id_) != has.get(id_)]
        figures = self.figures(has, {of[id_] for of in (had, has) for id_ in changed if id_ in of})
        rough = self.rough_outlines(had, has)
        grids = {one.number: one for one in before.grids}
        for number, found in figures.items():
            grid = grids.get(number, DrawnGrid(number, 0, None, True, None))
            grids[number] = replace(grid, **found._asdict())
        for number, (outline, _) in rough.items():
            grids[number] = replace(grids[number], outline=outline)
        drawn = tuple(grids[number] for number in plan.grids)
        outside = np.flatnonzero(self.terrain.sites.outside).tolist() if self.terrain and plan.grids else []
        codes = tuple(plan.households[at].household_id for at in outside)
        return follow_grids(before, replace(before, plan=plan, grids=drawn, outside=codes)), rough

    def figures(self, grid_of: Mapping[int, int], touched: Iterable[int]) -> dict[int, Figures]:
        """Return the figures of touched grids; those without households have none."""
        number = self._numbers(grid_of)
        grids = np.setdiff1d(np.intersect1d(number, list(touched)), [NO_GRID])
        inside = np.flatnonzero(np.isin(number, grids))
        return _by_number(grids, self._measured(inside, np.searchsorted(grids, number[inside]), len(grids)))

    def outcomes(self, grid_of: Mapping[int, int], households: Collection[int]) -> Outcomes:
        """Return what becomes of the grids of a plan if households move to any one of them, to a new one or to none."""
        number, moves = self._numbers(grid_of), np.isin(self.ids, list(households))
        grids, moving = np.unique(number[number != NO_GRID]), np.flatnonzero(moves)
        k, at = len(grids), np.searchsorted(grids, number)
        inside, staying = np.flatnonzero(number != NO_GRID), np.flatnonzero((number != NO_GRID) & ~moves)
        present = self._measured(
            np.concatenate([inside, staying]), np.concatenate([at[inside], k + at[staying]]), 2 * k
        )
        joined = self._measured(
            np.concatenate([staying, np.tile(moving, k + 1)]),
            np.concatenate([at[staying], np.repeat(np.arange(k + 1), len(moving))]),
            k + 1,
            walks=len(moving) <= MOST_MEASURED,
        )
        without, left = _by_number(grids, present[k:]), {*number[moving].tolist()}
        return Outcomes(
            now=_by_number(grids, present[:k]),
            without={grid: figures for grid, figures in without.items() if grid in left},
            joined=_by_number(grids, joined[:k]),
            alone=joined[k],
        )

    def rough_outlines(self, before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, RoughOutline]:
        """Return the outlines of the grids that an edit changes, and of those beside them; together they tile.

        Ground where nobody is in a grid is shown as that of a grid beside it.
        """
        was, number = self._numbers(before), self._numbers(after)
        if self.terrain is None or (number == NO_GRID).all():
            return {}
        site, cells, had, has = self.terrain.sites.of, self.terrain.cells, *map(self.terrain.settle, (was, number))
        other, changed = was != number, had != has
        touched = np.unique(np.concatenate([was[other], number[other], had[changed], has[changed]]))
        ends = cells.touching
        beside = ends[(np.isin(has[ends], touched) | changed[ends]).any(axis=1)]
        shown = np.setdiff1d(np.intersect1d(number, np.concatenate([touched, has[beside].ravel()])), [NO_GRID])
        sharing, face = np.isin(shown, number[has[site] != number]), has[cells.owner]
        own = [self._faces[face == grid] for grid in shown]
        outlines = [shapely.coverage_union_all(faces) if len(faces) else None for faces in own]
        return dict(zip(shown.tolist(), map(RoughOutline, outlines, sharing.tolist()), strict=True))

    def _by_id(self, plan: Plan) -> dict[int, int]:
        """Return the grids of households in a plan, by what plans call them here."""
        numbers = (plan.grid_of.get(home.household_id) for home in self.ground.households)
        return {id_: number for id_, number in zip(self.ids, numbers, strict=True) if number is not None}

    def _numbers(self, grid_of: Mapping[int, int]) -> Ints:
        return np.array([grid_of.get(id_, NO_GRID) for id_ in self.ids], np.int64)

    def _measured(self, household: Ints, label: Ints, k: int, *, walks: bool = True) -> list[Figures]:
        """Return the figures of grids (k,), given households (m,) in any order with the grid (m,) of each."""
        size = np.bincount(label, minlength=k).tolist()
        if self.terrain is None or not walks:
            return [Figures(n, None, None if self.terrain else True) for n in size]
        if not len(label):
            return [NOBODY] * k
        in_order = np.argsort(household, kind="stable")
        walk, connected = self.terrain.measure(household[in_order], label[in_order], k)
        found = map(Figures, size, walk.tolist(), connected.tolist())
        return [figures if figures.size else NOBODY for figures in found]

    @cached_property
    def _faces(self) -> NDArray[np.object_]:
        """The faces of the ground in degrees."""
        if self.terrain is None or self.ground.frame is None:
            return np.empty(0, object)
        return self.ground.frame.shapes_to_degrees(self.terrain.cells.faces)


def _by_number(grids: Ints, figures: Iterable[Figures]) -> dict[int, Figures]:
    return dict(zip(grids.tolist(), figures, strict=True))
