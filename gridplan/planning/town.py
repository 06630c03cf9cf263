"""A town's households become its plan: every village on a plane of its own, its ground, its grids, its exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.engine.grid_count import Count, spread
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.ground.boundary import Grounds, boundaries
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.roster import cut_by_roster
from gridplan.engine.solve import NO_GRID, Cut, Drawn, undrawn
from gridplan.engine.village import NO_HAMLET, VillageData
from gridplan.errors import InputRefused
from gridplan.model import (
    DrawnGrid,
    Household,
    Plan,
    PlanException,
    PlannedVillage,
    SizeBounds,
    SplitHamlets,
    TownPlan,
    Village,
)
from gridplan.planning.county import County, Early, Listener, PlanSettings, Progress, Task, solve_villages
from gridplan.planning.existing.existing_grids import Present
from gridplan.planning.hamlet_places import mostly_placed
from gridplan.rules import barrier_exception, hamlet_exception, number_note, size_exception, split_note
from gridplan.words import Message

DECIMALS = 4
"""Of a metre, that positions are rounded to, so that the last bit of a projection cannot change a plan."""
NEARBY_DEGREES = 0.01
"""Around a village, within which barriers and crossings matter to it."""
LONGEST_EDGE_DEGREES = 0.001
"""An edge that is straight in degrees bends in metres: long ones of a boundary are divided before they are moved."""


@dataclass(frozen=True)
class Planned:
    """A town's plan, what was noticed about the boundaries, and how long the cutting took."""

    town: TownPlan
    notes: tuple[Message, ...]
    engine_seconds: float
    others: Mapping[str, tuple[Count, ...]]
    """By village, what a few grids more or fewer would lead to."""
    early: Early | None
    """What was left out because the plan was wanted before all was tried; None if nobody wanted that."""


def plan_town(
    households: Sequence[Household],
    villages: Sequence[Village],
    settings: PlanSettings,
    *,
    workers: int,
    progress: Progress,
    present: Present | None = None,
    barriers: Sequence[BaseGeometry] = (),
    crossings: Sequence[BaseGeometry] = (),
    leads_of: Mapping[str, int] | None = None,
    listener: Listener = nullcontext,
) -> Planned:
    """Return the plan of every village that has households.

    A village where most households have no position of their own is cut by its roster and not drawn. With `present`,
    the grids are those of the town, and nobody is moved. `barriers` and `crossings` are in degrees. With `leads_of`,
    each village gets as many grids as it has people to lead them, as far as the bounds allow. The `listener` may want
    the best plan so far while villages are cut.
    """
    homes_of: dict[str, list[Household]] = {name: [] for name in sorted({home.village for home in households})}
    for home in households:
        homes_of[home.village].append(home)
    grounds = _grounds(homes_of, villages)
    counts = _counts(homes_of, settings, leads_of)
    works = [_work(name, homes, grounds, settings, present, counts[name]) for name, homes in homes_of.items()]
    obstacles = _Obstacles(np.array(barriers, object), np.array(crossings, object))
    tasks = [task for work in works if (task := _task(work, obstacles))]
    county = solve_villages(tasks, settings, workers=workers, progress=progress, listener=listener)
    bounds = SizeBounds(settings.least, settings.most)
    planned = [_planned(work, county, bounds, grounds, present) for work in works]
    others = {name: cut.others for name, cut in sorted(county.cuts.items()) if cut.others}
    splits = [split_note(village.plan.village, split) for village in planned for split in village.split_hamlets]
    numbers = [number_note(village, counts[village.plan.village], settings.hamlets) for village in planned]
    notes = (*grounds.notes, *splits, *filter(None, numbers))
    return Planned(TownPlan(tuple(planned)), notes, county.seconds, others, county.early)


def _counts(
    homes_of: Mapping[str, Sequence[Household]], settings: PlanSettings, leads_of: Mapping[str, int] | None
) -> Mapping[str, int | None]:
    """Return how many grids each village is to get; None where the target or a price says."""
    if leads_of is not None:
        return {name: max(1, leads_of.get(name, 0)) for name in homes_of}
    if settings.grids is None:
        return dict.fromkeys(homes_of)
    households = [len(homes) for homes in homes_of.values()]
    return dict(zip(homes_of, spread(settings.grids, households, settings.least, settings.most), strict=True))


@dataclass(frozen=True)
class _Grounds:
    """The ground of every village that has one, in metres on the plane of the town."""

    frame: LocalFrame
    of: Mapping[str, BaseGeometry]
    given: frozenset[str]
    notes: tuple[Message, ...]

    def nearest(self, village: str) -> str | None:
        """Return the other village whose ground is nearest, where both have one."""
        others = [other for other in self.of if other != village]
        if village not in self.of or not others:
            return None
        distance = shapely.distance(self.of[village], np.array([self.of[other] for other in others], object))
        return others[int(np.argmin(distance))]


def _grounds(homes_of: Mapping[str, Sequence[Household]], villages: Sequence[Village]) -> _Grounds:
    """Return the given grounds, and a made one for every other village that can be drawn."""
    bounded = {known.name: known.boundary for known in villages if known.boundary is not None}
    names = [*homes_of, *sorted(bounded.keys() - homes_of.keys())]
    index = {name: i for i, name in enumerate(homes_of)}
    given = {
        i: shapely.segmentize(bounded[name], LONGEST_EDGE_DEGREES) for i, name in enumerate(names) if name in bounded
    }
    drawn = [home for homes in homes_of.values() if mostly_placed(homes) for home in homes]
    village = np.array([index[home.village] for home in drawn], np.int64)
    lonlat = _lonlat(drawn)
    if not drawn and not given:
        return _Grounds(LocalFrame(0, 0), {}, frozenset(), ())
    _refuse_around_the_world(lonlat[:, 0])
    frame = LocalFrame.around(lonlat if drawn else shapely.get_coordinates(list(given.values())))
    shapes = {i: frame.shape_to_metres(shape) for i, shape in given.items()}
    made = boundaries(frame.to_metres(lonlat), village, shapes)
    of = {name: made.ground[i] for name, i in index.items() if i in made.ground}
    return _Grounds(frame, of, frozenset(names[i] for i in made.given), tuple(_on_boundaries(made, names, given)))


def _refuse_around_the_world(longitudes: Floats) -> None:
    if len(longitudes) and (longitudes.max() - longitudes.min()) > 180:
        west, east = longitudes.min(), longitudes.max()
        raise InputRefused("plan.around_the_world", west=f"{west:g}", east=f"{east:g}")


def _on_boundaries(made: Grounds, names: Sequence[str], given: Mapping[int, BaseGeometry]) -> Iterator[Message]:
    """Yield what was done to boundaries that were given."""
    for first, second in made.overlapping:
        yield Message("plan.boundaries_overlap", {"first": names[first], "second": names[second]})
    for host, guests in sorted(made.cut.items()):
        for code, chosen in (
            ("plan.boundary_cut", [v for v in guests if v not in given]),
            ("plan.boundary_inside", [v for v in guests if v in given]),
        ):
            if chosen:
                yield Message(code, {"village": names[host], "others": ", ".join(names[v] for v in chosen)})


def _lonlat(homes: Sequence[Household]) -> Floats:
    return np.array([(home.lon, home.lat) for home in homes], float).reshape(-1, 2)


@dataclass(frozen=True)
class _Work:
    """One village on its own plane, and the grids it has already, if it has."""

    village: str
    homes: tuple[Household, ...]
    frame: LocalFrame | None
    """None where most households have no position: the village is not drawn."""
    boundary: BaseGeometry | None
    """In degrees."""
    grid: Ints | None
    numbers: tuple[int, ...] = ()
    """What the town calls the grids that it has."""
    count: int | None = None
    """How many grids it is to get; None where the settings say."""

    @property
    def hamlets(self) -> tuple[str, ...]:
        """The names of the hamlets that households have, sorted."""
        return tuple(sorted({home.hamlet for home in self.homes if home.hamlet}))


def _work(
    village: str,
    homes: Sequence[Household],
    grounds: _Grounds,
    settings: PlanSettings,
    present: Present | None,
    grids: int | None,
) -> _Work:
    frame = LocalFrame.around(_lonlat(homes)) if mostly_placed(homes) else None
    boundary = grounds.frame.shape_to_degrees(grounds.of[village]) if village in grounds.of else None
    work = _Work(village, tuple(homes), frame, boundary, None, count=grids)
    if present is not None:
        number = [present.grid_of.get(home.household_id, NO_GRID) for home in homes]
        numbers = sorted({*number} - {NO_GRID})
        at = {NO_GRID: NO_GRID} | {number: place for place, number in enumerate(numbers)}
        return replace(work, grid=np.array([at[n] for n in number], np.int64), numbers=tuple(numbers))
    if frame is None:
        hamlets, doors = [home.hamlet for home in homes], [home.door for home in homes]
        target = len(homes) / grids if grids else settings.target
        grid = cut_by_roster(hamlets, doors, least=settings.least, most=settings.most, target=target)
        return replace(work, grid=grid)
    return work


@dataclass(frozen=True)
class _Obstacles:
    """The barriers and crossings of a town, in degrees."""

    barriers: NDArray[np.object_]
    crossings: NDArray[np.object_]

    def around(self, work: _Work, frame: LocalFrame) -> Barriers | None:
        """Return those near a village, in metres; None where there is no barrier."""
        lonlat = _lonlat(work.homes)
        near = shapely.union_all([shapely.multipoints(lonlat), work.boundary]).envelope.buffer(NEARBY_DEGREES).envelope
        there, ways = (shapes[shapely.intersects(shapes, near)] for shapes in (self.barriers, self.crossings))
        if not len(there):
            return None
        clipped = shapely.segmentize(shapely.intersection(shapely.make_valid(there), near), LONGEST_EDGE_DEGREES)
        metres = Barriers.of(map(frame.shape_to_metres, clipped), map(frame.shape_to_metres, ways))
        return metres or None


def _task(work: _Work, obstacles: _Obstacles) -> Task | None:
    """Return what the engine has to do for a village; None where there is nothing to draw."""
    if work.frame is None or work.boundary is None or (work.grid is not None and work.grid.max() == NO_GRID):
        return None
    xy = np.round(work.frame.to_metres(_lonlat(work.homes)), DECIMALS)
    boundary = work.frame.shape_to_metres(work.boundary)
    barriers = obstacles.around(work, work.frame)
    return Task(work.village, VillageData(xy, boundary, barriers, _hamlet(work)), work.grid, grids=work.count)


def _hamlet(work: _Work) -> Ints | None:
    """Return the hamlet (n,) of each household, by its place among the names; None where all have the same."""
    at = {name: place for place, name in enumerate(work.hamlets)}
    hamlet = np.array([at[home.hamlet] if home.hamlet else NO_HAMLET for home in work.homes], np.int64)
    return hamlet if len(np.unique(hamlet)) > 1 else None


def _planned(
    work: _Work, county: County, bounds: SizeBounds, grounds: _Grounds, present: Present | None
) -> PlannedVillage:
    cut = county.cuts.get(work.village)
    grid = np.zeros(0, np.int64) if work.grid is None else work.grid
    solution = county.drawn[work.village] if work.village in county.drawn else undrawn(grid)
    name, ids = work.village, [home.household_id for home in work.homes]
    numbers = work.numbers or tuple(range(1, len(solution.walk) + 1))
    grid_of = {ids[i]: numbers[solution.grid[i]] for i in np.flatnonzero(solution.grid != NO_GRID)}
    left_out = {ids[i]: Message("existing.no_grid") for i in np.flatnonzero(solution.grid == NO_GRID)}
    size = None if present else size_exception(name, len(ids), bounds, grounds.nearest(name))
    return PlannedVillage(
        plan=Plan(name, work.homes, grid_of, left_out),
        bounds=bounds,
        boundary=work.boundary,
        boundary_given=name in grounds.given,
        grids=tuple(_drawn_grids(work, solution, numbers, present)),
        exceptions=(*((size,) if size else ()), *_forced(work, cut, numbers, bounds)),
        outside=tuple(ids[i] for i in np.flatnonzero(solution.outside)),
        kept=present is not None,
        lower_bound_m=cut.lower_bound if cut else None,
        split_hamlets=tuple(
            SplitHamlets(
                tuple(work.hamlets[at] for at in split.hamlets), split.metres, split.in_pieces, split.more_grids
            )
            for split in (cut.split if cut else ())
        ),
    )


def _forced(work: _Work, cut: Cut | None, numbers: Sequence[int], bounds: SizeBounds) -> Iterator[PlanException]:
    """Yield what barriers and hamlets that cannot be cut by themselves made of a village."""
    if cut is None:
        return
    sizes = np.bincount(cut.grid).tolist()
    for grid in cut.across:
        yield barrier_exception(work.village, numbers[grid], sizes[grid], bounds)
    for at in cut.unfit:
        name = work.hamlets[at]
        count = sum(home.hamlet == name for home in work.homes)
        yield hamlet_exception(work.village, name, count, bounds)


def _drawn_grids(work: _Work, solution: Drawn, numbers: Sequence[int], present: Present | None) -> Iterator[DrawnGrid]:
    sizes = np.bincount(solution.grid[solution.grid != NO_GRID], minlength=len(numbers)).tolist()
    parts = zip(numbers, sizes, solution.walk.tolist(), solution.connected.tolist(), solution.outline, strict=True)
    for number, size, walk, connected, outline in parts:
        label = present.label_of.get((work.village, number)) if present else None
        if work.frame is None or outline is None:
            yield DrawnGrid(number, size, None, connected, None, label)
        else:
            yield DrawnGrid(number, size, walk, connected, work.frame.shape_to_degrees(outline), label)
