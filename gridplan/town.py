"""A town's households become its plan: every village on a plane of its own, its ground, its grids, its exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.anchors import mostly_placed
from gridplan.coordinates import LocalFrame
from gridplan.county import Progress, Settings, Task, solve_villages
from gridplan.engine.boundary import Grounds, boundaries
from gridplan.engine.proximity import Floats, Ints
from gridplan.engine.roster import cut_by_roster
from gridplan.engine.solve import NO_GRID, Solution, undrawn
from gridplan.errors import InputRefused
from gridplan.model import DrawnGrid, Household, Plan, PlannedVillage, SizeBounds, TownPlan, Village
from gridplan.present import Present
from gridplan.rules import size_exception
from gridplan.words import Message

DECIMALS = 4
"""Of a metre, that positions are rounded to, so that the last bit of a projection cannot change a plan."""
LONGEST_EDGE_DEGREES = 0.001
"""An edge that is straight in degrees bends in metres: long ones of a boundary are divided before they are moved."""


def plan_town(
    households: Sequence[Household],
    villages: Sequence[Village],
    settings: Settings,
    *,
    workers: int,
    progress: Progress,
    present: Present | None = None,
) -> tuple[TownPlan, tuple[Message, ...]]:
    """Return the plan of every village that has households, and what was noticed about the boundaries.

    A village where most households have no position of their own is cut by its roster and not drawn. With `present`,
    the grids are those of the town, and nobody is moved.
    """
    homes_of: dict[str, list[Household]] = {name: [] for name in sorted({home.village for home in households})}
    for home in households:
        homes_of[home.village].append(home)
    grounds = _grounds(homes_of, villages)
    works = [_work(name, homes, grounds, settings, present) for name, homes in homes_of.items()]
    tasks = [task for work in works if (task := _task(work))]
    solutions = {work.village: undrawn(work.grid) for work in works if work.grid is not None}
    solutions |= solve_villages(tasks, settings, workers=workers, progress=progress)
    bounds = SizeBounds(settings.least, settings.most)
    planned = [_planned(work, solutions[work.village], bounds, grounds, present) for work in works]
    return TownPlan(tuple(planned)), grounds.notes


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


def _work(
    village: str, homes: Sequence[Household], grounds: _Grounds, settings: Settings, present: Present | None
) -> _Work:
    frame = LocalFrame.around(_lonlat(homes)) if mostly_placed(homes) else None
    boundary = grounds.frame.shape_to_degrees(grounds.of[village]) if village in grounds.of else None
    work = _Work(village, tuple(homes), frame, boundary, None)
    if present is not None:
        number = [present.grid_of.get(home.household_id, NO_GRID) for home in homes]
        numbers = sorted({*number} - {NO_GRID})
        at = {NO_GRID: NO_GRID} | {number: place for place, number in enumerate(numbers)}
        return replace(work, grid=np.array([at[n] for n in number], np.int64), numbers=tuple(numbers))
    if frame is None:
        hamlets, doors = [home.hamlet for home in homes], [home.door for home in homes]
        grid = cut_by_roster(hamlets, doors, least=settings.least, most=settings.most, target=settings.target)
        return replace(work, grid=grid)
    return work


def _task(work: _Work) -> Task | None:
    """Return what the engine has to do for a village; None where there is nothing to draw."""
    if work.frame is None or work.boundary is None or (work.grid is not None and work.grid.max() == NO_GRID):
        return None
    xy = np.round(work.frame.to_metres(_lonlat(work.homes)), DECIMALS)
    return Task(work.village, xy, work.frame.shape_to_metres(work.boundary), work.grid)


def _planned(
    work: _Work, solution: Solution, bounds: SizeBounds, grounds: _Grounds, present: Present | None
) -> PlannedVillage:
    name, ids = work.village, [home.household_id for home in work.homes]
    numbers = work.numbers or tuple(range(1, len(solution.walk) + 1))
    grid_of = {ids[i]: numbers[solution.grid[i]] for i in np.flatnonzero(solution.grid != NO_GRID)}
    left_out = {ids[i]: Message("existing.no_grid") for i in np.flatnonzero(solution.grid == NO_GRID)}
    exception = None if present else size_exception(name, len(ids), bounds, grounds.nearest(name))
    return PlannedVillage(
        plan=Plan(name, work.homes, grid_of, left_out),
        bounds=bounds,
        boundary=work.boundary,
        boundary_given=name in grounds.given,
        grids=tuple(_drawn_grids(work, solution, numbers, present)),
        exceptions=(exception,) if exception else (),
        outside=tuple(ids[i] for i in np.flatnonzero(solution.outside)),
        kept=present is not None,
    )


def _drawn_grids(
    work: _Work, solution: Solution, numbers: Sequence[int], present: Present | None
) -> Iterator[DrawnGrid]:
    sizes = np.bincount(solution.grid[solution.grid != NO_GRID], minlength=len(numbers)).tolist()
    parts = zip(numbers, sizes, solution.walk.tolist(), solution.connected.tolist(), solution.outline, strict=True)
    for number, size, walk, connected, outline in parts:
        label = present.label_of.get((work.village, number)) if present else None
        if work.frame is None or outline is None:
            yield DrawnGrid(number, size, None, connected, None, label)
        else:
            yield DrawnGrid(number, size, walk, connected, work.frame.shape_to_degrees(outline), label)
