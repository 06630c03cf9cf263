"""The whole algorithm on one page: from the positions of a village's households to its grids, and to their outlines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridplan.coordinates.village_parts import village_parts
from gridplan.engine.cutting import Cutting
from gridplan.engine.grid_count import OtherCount, count_by_price, other_counts
from gridplan.engine.ground.adjacency import neighbours, touching_neighbours
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.cells import Cells, Sites, adopt, tessellate
from gridplan.engine.ground.outline import outlines
from gridplan.engine.hamlets import HamletCut, HamletSplit, keep_hamlets_whole, whole_parts
from gridplan.engine.model.deadline import SEARCHING, Deadline
from gridplan.engine.model.distance import Space
from gridplan.engine.model.feasible import feasible_grids, grids_for, least_violation
from gridplan.engine.model.measure import measure
from gridplan.engine.model.parts import renumber
from gridplan.engine.model.problem import Problem, plane_problem
from gridplan.engine.model.proximity import Floats, Graph, Ints, Locations
from gridplan.engine.model.settings import Effort, Settings, Stop, never
from gridplan.engine.proof.certify import certify, provable
from gridplan.engine.sides import sides
from gridplan.engine.village import VillageData

NO_GRID = -1
COUNTING = 0.4
"""Share of the time for a search that finding the number of grids by a price may take."""


@dataclass(frozen=True)
class Cut:
    """The grids of one village, numbered from 0 in rows from north to south, to and fro."""

    grid: Ints
    """(n,) the grid of each household; NO_GRID for one in none."""
    lower_bound: float | None = None
    """Metres that no grids as many as these can be below; None if not asked for, or if the village is too large."""
    whole_hamlets_bound: float | None = None
    """Metres that no grids can be below in which the same hamlets are whole and have as many grids each; or None."""
    across_barriers: tuple[int, ...] = ()
    """The grids that lie on both sides of a barrier, because a side has too few households, or 16 to 19."""
    uncuttable: tuple[int, ...] = ()
    """The hamlets that were to be kept whole whatever it costs, and cannot be cut into grids of their own."""
    split_hamlets: tuple[HamletSplit, ...] = ()
    """The hamlets that could be whole and are not, and what that would cost."""
    other_counts: tuple[OtherCount, ...] = ()
    """What a few grids more or fewer would lead to; nothing without a bound, or within a time limit."""
    effort: Effort | None = None
    """How much was to be tried; None within a time limit."""
    stopped_early: bool = False
    """Whether less was tried than the effort says, because of a stop."""
    is_parted: bool = False
    """Whether the village lies in parts so far apart that no grid is of two."""


@dataclass(frozen=True)
class Drawing:
    """What follows from the grids of one village."""

    grid: Ints
    """(n,)"""
    walk: Floats
    """(k,) metres; nan where nothing is drawn."""
    connected: NDArray[np.bool_]
    """(k,)"""
    outline: NDArray[np.object_]
    """(k,) polygons in metres that tile the boundary; None where nothing is drawn."""
    outside: NDArray[np.bool_]
    """(n,) households that stand outside the boundary."""


def solve(village: VillageData, settings: Settings, *, seed: int, stop: Stop = never) -> Cut:
    """Return the grids of a village.

    There are as many grids as the settings say, else as many as are worth their price, else such that they have about
    the target of households. Where the bounds cannot hold, the grids break them least.

    A grid lies on one side of every barrier, and is of one hamlet as far as the settings say, wherever the number of
    households allows it.

    Once `stop` says so, what has not begun is left out or, where grids are needed, done by a fast search.
    """
    deadline = Deadline(settings.time_limit)
    settings, k = _feasible(len(village.xy), settings)
    hamlet = None if settings.hamlets == "ignore" else village.hamlet
    locations = Locations.distinct(village.xy)
    ground = sides(village, locations, settings)
    edges = ground.edges if settings.contiguous or ground.group.any() else None
    cutting = Cutting(locations, edges, settings, k, seed, stop, deadline.share(SEARCHING if settings.bound else 1.0))
    if settings.price is not None:
        counting = cutting.deadline.share(COUNTING)
        k = count_by_price(cutting.problem, settings.price, seed, lambda: stop() or counting.is_over)
        cutting = replace(cutting, k=k)
    found = HamletCut(cutting.by_parts(ground.group)) if hamlet is None else keep_hamlets_whole(hamlet, ground, cutting)
    label, lower_bound, whole_bound = found.label, None, None
    others: tuple[OtherCount, ...] = ()
    stopped_early = stop() and cutting.k > 1 and (cutting.effort != "fast" or settings.time_limit is not None)
    if settings.bound and not stop():
        thorough = settings.thorough and hamlet is None and not ground.side.any()
        seconds = deadline.left if hamlet is None else deadline.share(0.5).left
        label, lower_bound = certify(cutting.problem, label, thorough=thorough, seconds=seconds, stop=stop)
        stopped_early = thorough and provable(len(label), seconds) and stop()
        whole_bound = lower_bound
        if hamlet is not None and lower_bound is not None and len(np.unique(part := whole_parts(label, hamlet))) > 1:
            by_parts = cutting.bound_by_parts(label, part, deadline)
            whole_bound = None if by_parts is None else max(lower_bound, by_parts)
        if settings.time_limit is None:
            others = other_counts(cutting.problem, cutting.k, float(cutting.measure(label).walk.sum()), seed, stop)
    spot = locations.of if village.hamlet is None else renumber(locations.of, village.hamlet)
    grid = _in_roster_order(in_walking_order(label, village.xy), spot)
    across = _across_barriers(grid, ground.side)
    effort = cutting.effort if settings.time_limit is None else None
    return Cut(
        grid,
        lower_bound,
        whole_bound,
        across,
        found.uncuttable,
        found.split,
        others,
        effort,
        stopped_early,
        bool(village_parts(village.xy).any()),
    )


def _feasible(households: int, settings: Settings) -> tuple[Settings, int]:
    """Return settings that can be met, and a number of grids; a price is left where it will say a better one."""
    feasible = feasible_grids(households, settings.least, settings.most)
    if not feasible:
        k, least, most = least_violation(households, settings.least, settings.most)
        return replace(settings, least=least, most=most, hamlets="ignore", price=None), k
    if settings.grids:
        return replace(settings, price=None), min(max(settings.grids, feasible[0]), feasible[-1])
    return settings, grids_for(households, settings.least, settings.most, settings.target)


def _across_barriers(grid: Ints, side: Ints) -> tuple[int, ...]:
    """Return the grids that lie on several sides."""
    pairs = np.unique(np.column_stack([grid, side]), axis=0)
    return tuple(np.flatnonzero(np.bincount(pairs[:, 0]) > 1).tolist())


def draw(village: VillageData, grid: Ints, *, kept: bool) -> Drawing:
    """Return what follows from grids (n,) of the households of a village; those in NO_GRID get no ground."""
    return Terrain.of(village, kept=kept).draw(grid)


@dataclass(frozen=True)
class Terrain:
    """What a drawing of a village is made of and no grid changes: who is beside whom, and the ground nearest to each.

    So grids that are changed again and again are measured and drawn in a fraction of the time.
    """

    village: VillageData
    barriers: Barriers | None
    """Those within the boundary."""
    sites: Sites
    problem: Problem
    """All households, and which locations are neighbours."""

    @classmethod
    def of(cls, village: VillageData, *, kept: bool) -> Self:
        """Return the terrain of a village.

        Grids that were planned are connected over the Delaunay graph, less what barriers cut. Grids of the town that
        are `kept` are connected only over neighbours whose ground has a common border.
        """
        barriers = village.barriers_within
        locations, sites = Locations.distinct(village.xy), Sites.within(village.boundary, village.xy, barriers)
        edges = neighbours(locations, village.xy, village.barriers)
        if kept:
            edges = touching_neighbours(locations, sites, village.boundary, edges, barriers)
        graph = Graph.of_edges(edges, len(locations.xy))
        return cls(village, barriers, sites, plane_problem(locations, graph, least=0, most=np.inf))

    @cached_property
    def cells(self) -> Cells:
        """The ground nearest to each site, whether its households are in a grid or not."""
        return tessellate(self.sites.xy, self.village.boundary, barriers=self.barriers)

    def measure(self, household: Ints, label: Ints, k: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the walks (k,) of grids, and which are connected, given households (m,) with the grid (m,) of each.

        A household may be in several grids: some may be what others would become.
        """
        whole, places = self.problem, self.problem.places
        places = places._replace(of=places.of[household], seen=np.zeros_like(places.seen), queue=places.queue.copy())
        space = Space.plane(whole.space.xy[household])
        problem = whole._replace(space=space, load=whole.load[household], places=places)
        walk, _, pieces = measure(problem, label, k)
        return walk, pieces == 1

    def draw(self, grid: Ints) -> Drawing:
        """Return what follows from grids (n,) of households; those in NO_GRID get no ground."""
        inside = np.flatnonzero(grid != NO_GRID)
        label, k = grid[inside], int(grid.max()) + 1
        walk, connected = self.measure(inside, label, k)
        inhabited, of = np.unique(self.sites.of[inside], return_inverse=True)
        sites, cells = Sites(self.sites.xy[inhabited], of.ravel(), self.sites.outside[inside]), self.cells
        if len(inhabited) < len(self.sites.xy):
            cells = tessellate(sites.xy, self.village.boundary, barriers=self.barriers)
        shapes = outlines(sites, cells, self.village.boundary, label, k, self.barriers)
        return Drawing(grid, walk, connected, shapes, self.sites.outside)

    def settle(self, grid: Ints) -> Ints:
        """Return the one grid (s,) that each site is given to as a whole, given the grid (n,) of households.

        It is that of most households there. Sites without any in a grid go to the nearest neighbour that has one.
        """
        inside, xy = np.flatnonzero(grid != NO_GRID), self.sites.xy
        pairs, count = np.unique(np.column_stack([self.sites.of[inside], grid[inside]]), axis=0, return_counts=True)
        fewest_first = np.lexsort((-pairs[:, 1], count))
        given = np.full(len(xy), NO_GRID, np.int64)
        given[pairs[fewest_first, 0]] = pairs[fewest_first, 1]
        if (given == NO_GRID).any():
            one, other = self.cells.touching.T
            adopt(given, self.cells.touching, -np.linalg.norm(xy[one] - xy[other], axis=1))
        lonely, settled = np.flatnonzero(given == NO_GRID), np.flatnonzero(given != NO_GRID)
        if len(lonely) and len(settled):
            given[lonely] = given[settled[cKDTree(xy[settled]).query(xy[lonely])[1]]]
        return given


def empty_drawing(grid: Ints) -> Drawing:
    """Return grids (n,) of households whose positions are not known: nothing is measured."""
    k = int(grid.max(initial=NO_GRID)) + 1
    nothing = np.full(k, None, object)
    return Drawing(grid, np.full(k, np.nan), np.ones(k, np.bool_), nothing, np.zeros(len(grid), np.bool_))


def in_walking_order(label: Ints, xy: Floats) -> Ints:
    """Return the grids renumbered in rows from north to south, to and fro."""
    k = int(label.max()) + 1
    size = np.bincount(label, minlength=k)
    east, north = (np.bincount(label, xy[:, axis], minlength=k) / size for axis in (0, 1))
    rows = max(1, round(np.sqrt(k)))
    height = (north.max() - north.min()) / rows or 1.0
    row = np.minimum((north.max() - north) // height, rows - 1)
    order = np.lexsort((np.where(row % 2 == 0, east, -east), row))
    number = np.empty(k, np.int64)
    number[order] = np.arange(k)
    return number[label]


def _in_roster_order(label: Ints, spot: Ints) -> Ints:
    """Return the grids with the households of one spot (n,) handed out in the order of the list; no walk changes."""
    ordered = label.copy()
    by_place = np.lexsort((np.arange(len(label)), spot))
    ordered[by_place] = label[np.lexsort((label, spot))]
    return ordered
