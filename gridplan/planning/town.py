"""A town's households become its plan: every village on a plane of its own, its ground, its grids, its exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan import metrics
from gridplan.coordinates import LocalFrame
from gridplan.engine.grid_count import OtherCount, fewest_and_most_grids, spread_over_villages
from gridplan.engine.ground.boundary import Spread, TownBoundaries, town_boundaries
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.proximity import Ints
from gridplan.engine.model.settings import Effort
from gridplan.engine.roster import cut_by_roster
from gridplan.engine.solve import NO_GRID, Cut, empty_drawing
from gridplan.errors import InputRefused
from gridplan.model import (
    Household,
    Plan,
    PlanException,
    PlannedVillage,
    SizeBounds,
    SplitHamlets,
    TownPlan,
    Village,
    in_order,
)
from gridplan.planning.absent import with_absent
from gridplan.planning.county import (
    EarlyStop,
    Listener,
    PlanSettings,
    Progress,
    SolvedVillages,
    Task,
    Team,
    solve_villages,
    team_of,
)
from gridplan.planning.execution.dask_team import dask_team
from gridplan.planning.execution.finished_villages import PartFolder
from gridplan.planning.existing.existing_grids import ExistingGrids
from gridplan.planning.hamlet_places import mostly_placed
from gridplan.planning.party_groups import cut_groups, keep_groups
from gridplan.planning.redraw import (
    LONGEST_EDGE_DEGREES,
    NO_OBSTACLES,
    Obstacles,
    VillageGround,
    degrees_of,
    grid_places,
)
from gridplan.rules import (
    barrier_exception,
    far_households,
    gap_exception,
    hamlet_exception,
    number_note,
    size_exception,
    split_note,
)
from gridplan.words import Message, series

BORDER_METRES: Final = 1.0
"""Villages this near to each other have a border."""
WITHIN_REACH: Final = 3000.0
"""Metres: households are not told to join a grid of a village further off."""


@dataclass(frozen=True)
class PlannedTown:
    """A town's plan, what was noticed about the boundaries, and how long the cutting took."""

    town: TownPlan
    notes: tuple[Message, ...]
    engine_seconds: float
    others: Mapping[str, tuple[OtherCount, ...]]
    """By village, what a few grids more or fewer would lead to."""
    efforts: Mapping[str, Effort]
    """By village, how much was tried."""
    whole_hamlets_bounds: Mapping[str, float]
    """By village, the metres that no grids can be below in which the same hamlets are whole."""
    early: EarlyStop | None
    """What was left out because the plan was stopped early; None if it was not."""


def plan_town(
    households: Sequence[Household],
    villages: Sequence[Village],
    settings: PlanSettings,
    *,
    workers: int | str | Team,
    progress: Progress,
    existing: ExistingGrids | None = None,
    obstacles: Obstacles = NO_OBSTACLES,
    places_to_lead: Mapping[str, int] | None = None,
    absent: frozenset[str] = frozenset(),
    listener: Listener = nullcontext,
    part: PartFolder | None = None,
) -> PlannedTown:
    """Return the plan of every village that has households.

    A village where most households have no position of their own is cut by its roster and not drawn. With `existing`,
    the grids are those of the town, and no household is moved. With `places_to_lead`, each village gets as many grids
    as its members can lead, as far as the bounds allow. Villages are cut for those who live there: households that are
    `absent` join their neighbours' grids after that. The `listener` may want the best plan so far while villages are
    cut. The `workers` are so many processes, the Dask cluster at an address, or a team that works already. What is
    finished is kept in the `part`.

    Raises
    ------
    InputRefused
        The villages cannot have as many grids as the settings say, or they lie all around the world.
    """
    homes_of: dict[str, list[Household]] = {name: [] for name in sorted({home.village for home in households})}
    for home in households:
        homes_of[home.village].append(home)
    living = {name: _living(homes, absent) for name, homes in homes_of.items()}
    counts = _counts(living, settings, places_to_lead)
    with _team(workers, list(map(len, living.values()))) as team:
        grounds = _grounds(homes_of, villages, team.spread)
        works = [_work(name, homes, grounds, settings, existing, counts[name]) for name, homes in living.items()]
        tasks = [task for work in works if (task := _task(work, obstacles))]
        finished = part.begin(tasks, settings) if part else None
        county = solve_villages(tasks, settings, team, progress=progress, listener=listener, finished=finished)
    bounds = SizeBounds(settings.least, settings.most, "living" if absent else "registered")
    known = {village.name: village for village in villages}
    planned = [_called(_planned(work, county, bounds, grounds, existing), known) for work in works]
    others = {name: cut.other_counts for name, cut in sorted(county.cuts.items()) if cut.other_counts}
    efforts = {name: cut.effort for name, cut in sorted(county.cuts.items()) if cut.effort}
    whole_bounds = {
        name: cut.whole_hamlets_bound for name, cut in county.cuts.items() if cut.whole_hamlets_bound is not None
    }
    splits = [split_note(village.plan.village, split) for village in planned for split in village.split_hamlets]
    numbers = [number_note(village, counts[village.plan.village], settings.hamlets) for village in planned]
    whole = [
        one
        if len(one.plan.households) == len(homes_of[one.plan.village])
        else with_absent(one, homes_of[one.plan.village], absent, obstacles)
        for one in planned
    ]
    far = [found.note for village in whole for found in far_households(village, settings.far)]
    notes = (*grounds.notes, *splits, *filter(None, numbers), *far)
    town = TownPlan(in_order(whole), far=settings.far)
    return PlannedTown(town, notes, county.seconds, others, efforts, whole_bounds, county.early)


def _team(workers: int | str | Team, households: Sequence[int]) -> AbstractContextManager[Team]:
    """Return who works on villages of so many households: so many processes, a Dask cluster, or who works already."""
    if isinstance(workers, Team):
        return nullcontext(workers)
    return dask_team(workers) if isinstance(workers, str) else team_of(workers, households)


def _living(homes: Sequence[Household], absent: frozenset[str]) -> Sequence[Household]:
    """Return the households for which a village is cut: where all of them are absent, all."""
    return [home for home in homes if home.household_id not in absent] or homes


def _counts(
    homes_of: Mapping[str, Sequence[Household]], settings: PlanSettings, places_to_lead: Mapping[str, int] | None
) -> Mapping[str, int | None]:
    """Return how many grids each village is to get; None where the target or a price says."""
    if places_to_lead is not None:
        return {name: max(1, places_to_lead.get(name, 0)) for name in homes_of}
    if settings.grids is None:
        return dict.fromkeys(homes_of)
    households = [len(homes) for homes in homes_of.values()]
    fewest, greatest = fewest_and_most_grids(households, settings.least, settings.most)
    if not fewest <= settings.grids <= greatest:
        limits = {"least": settings.least, "most": settings.most, "fewest": fewest, "greatest": greatest}
        raise InputRefused("plan.impossible_number", grids=settings.grids, **limits)
    shares = spread_over_villages(settings.grids, households, settings.least, settings.most)
    return dict(zip(homes_of, shares, strict=True))


@dataclass(frozen=True)
class _Grounds:
    """The ground of every village that has one, in metres on the plane of the town."""

    frame: LocalFrame
    of: Mapping[str, BaseGeometry]
    given: frozenset[str]
    notes: tuple[Message, ...]

    def neighbour(self, village: str) -> tuple[str, float] | None:
        """Return the village with the longest common border, else the nearest within reach, and the metres to it.

        All villages that have a ground count, those without households in these lists too.
        """
        others = np.array([other for other in self.of if other != village], object)
        if village not in self.of or not len(others):
            return None
        shapes = np.array([self.of[other] for other in others], object)
        distance = shapely.distance(self.of[village], shapes)
        if (beside := np.flatnonzero(distance < BORDER_METRES)).size:
            common = shapely.area(shapely.intersection(self.of[village].buffer(2 * BORDER_METRES), shapes[beside]))
            return str(others[beside[np.argmax(common)]]), 0.0
        at = int(np.argmin(distance))
        return (str(others[at]), float(distance[at])) if distance[at] <= WITHIN_REACH else None


def _grounds(homes_of: Mapping[str, Sequence[Household]], villages: Sequence[Village], spread: Spread) -> _Grounds:
    """Return the given grounds, and a made one for every other village that can be drawn."""
    bounded = {known.name: known.boundary for known in villages if known.boundary is not None}
    names = [*homes_of, *sorted(bounded.keys() - homes_of.keys())]
    index = {name: i for i, name in enumerate(homes_of)}
    given = {
        i: shapely.segmentize(bounded[name], LONGEST_EDGE_DEGREES) for i, name in enumerate(names) if name in bounded
    }
    drawn = [home for homes in homes_of.values() if mostly_placed(homes) for home in homes]
    village = np.array([index[home.village] for home in drawn], np.int64)
    lonlat = degrees_of(drawn)
    if not drawn and not given:
        return _Grounds(LocalFrame(0, 0), {}, frozenset(), ())
    west, east = lonlat[:, 0].min(initial=180), lonlat[:, 0].max(initial=-180)
    if east - west > 180:
        raise InputRefused("plan.around_the_world", west=f"{west:g}", east=f"{east:g}")
    frame = LocalFrame.around(lonlat if drawn else shapely.get_coordinates(list(given.values())))
    shapes = {i: frame.shape_to_metres(shape) for i, shape in given.items()}
    made = town_boundaries(frame.to_metres(lonlat), village, shapes, spread)
    of = {name: made.boundary[i] for i, name in enumerate(names) if i in made.boundary}
    return _Grounds(frame, of, frozenset(names[i] for i in made.given), tuple(_on_boundaries(made, names, given)))


def _on_boundaries(made: TownBoundaries, names: Sequence[str], given: Mapping[int, BaseGeometry]) -> Iterator[Message]:
    """Yield what was done to boundaries that were given."""
    for first, second in made.overlapping:
        yield Message("plan.boundaries_overlap", {"first": names[first], "second": names[second]})
    for host, guests in sorted(made.cut.items()):
        for code, chosen in (
            ("plan.boundary_cut", [v for v in guests if v not in given]),
            ("plan.boundary_inside", [v for v in guests if v in given]),
        ):
            if chosen:
                yield Message(code, {"village": names[host], "others": series(names[v] for v in chosen)})


@dataclass(frozen=True)
class _Work:
    """One village, and the grids it has already, if it has."""

    village: str
    ground: VillageGround
    count: int | None
    """How many grids it is to get; None where the settings say."""
    grid: Ints | None = None
    numbers: tuple[int, ...] = ()
    """What the town calls the grids that it has."""


def _work(
    village: str,
    homes: Sequence[Household],
    grounds: _Grounds,
    settings: PlanSettings,
    existing: ExistingGrids | None,
    count: int | None,
) -> _Work:
    boundary = grounds.frame.shape_to_degrees(grounds.of[village]) if village in grounds.of else None
    work = _Work(village, VillageGround(tuple(homes), boundary), count)
    if existing is not None:
        numbered = ((home.household_id, existing.grid_of.get(home.household_id)) for home in homes)
        grid_of = {household: number for household, number in numbered if number is not None}
        return replace(work, grid=grid_places(homes, grid_of), numbers=tuple(sorted({*grid_of.values()})))
    if work.ground.frame is None:
        hamlets, doors = [home.hamlet for home in homes], [home.door for home in homes]
        bounds = {"least": settings.least, "most": settings.most}
        target = len(homes) / count if count else settings.target
        grid = cut_by_roster(hamlets, doors, metrics.places_in_metres(homes), **bounds, target=target)
        return replace(work, grid=grid)
    return work


def _task(work: _Work, obstacles: Obstacles) -> Task | None:
    """Return what the engine has to do for a village; None where there is nothing to draw."""
    if work.grid is not None and work.grid.max() == NO_GRID:
        return None
    data = work.ground.data(obstacles)
    return Task(work.village, data, work.grid, grids=work.count) if data else None


def _planned(
    work: _Work, county: SolvedVillages, bounds: SizeBounds, grounds: _Grounds, existing: ExistingGrids | None
) -> PlannedVillage:
    cut = county.cuts.get(work.village)
    grid = np.zeros(0, np.int64) if work.grid is None else work.grid
    drawn = county.drawn[work.village] if work.village in county.drawn else empty_drawing(grid)
    name, hamlets, ids = work.village, work.ground.hamlets, [home.household_id for home in work.ground.households]
    numbers = work.numbers or tuple(range(1, len(drawn.walk) + 1))
    grid_of = {ids[i]: numbers[drawn.grid[i]] for i in np.flatnonzero(drawn.grid != NO_GRID)}
    left_out = {ids[i]: Message("existing.no_grid") for i in np.flatnonzero(drawn.grid == NO_GRID)}
    cuttable = bool(feasible_grids(len(ids), bounds.least, bounds.most))
    size = None if existing or cuttable else size_exception(name, len(ids), bounds, grounds.neighbour(name))
    planned = PlannedVillage(
        plan=Plan(name, work.ground.households, grid_of, left_out),
        bounds=bounds,
        boundary=work.ground.boundary,
        boundary_given=name in grounds.given,
        grids=(),
        exceptions=(*((size,) if size else ()), *_forced(work, cut, numbers, bounds)),
        kept=existing is not None,
        lower_bound_m=cut.lower_bound if cut else None,
        split_hamlets=tuple(
            SplitHamlets(tuple(hamlets[at] for at in split.hamlets), split.metres, split.in_pieces, split.more_grids)
            for split in (cut.split_hamlets if cut else ())
        ),
    )
    label_of = {number: existing.label_of.get((name, number)) for number in numbers} if existing else {}
    planned = work.ground.apply_drawing(planned, drawn, label_of)
    if existing is None:
        return cut_groups(planned)
    group_of = {number: existing.groups.group_of.get((name, number)) for number in numbers}
    return keep_groups(
        planned, {number: group for number, group in group_of.items() if group}, existing.groups.groups.get(name, ())
    )


def _called(planned: PlannedVillage, known: Mapping[str, Village]) -> PlannedVillage:
    """Return a village with town and code, and what lists call it, where that is known."""
    if (village := known.get(planned.plan.village)) is None:
        return planned
    return replace(planned, town=village.town, code=village.code, listed_name=village.listed_name)


def _forced(work: _Work, cut: Cut | None, numbers: Sequence[int], bounds: SizeBounds) -> Iterator[PlanException]:
    """Yield what barriers and hamlets that cannot be cut by themselves made of a village."""
    if cut is None:
        return
    sizes = np.bincount(cut.grid).tolist()
    for grid in cut.across_barriers:
        yield barrier_exception(work.village, numbers[grid], sizes[grid], bounds)
    if cut.is_parted:
        yield from (
            gap_exception(work.village, numbers[grid], n, bounds)
            for grid, n in enumerate(sizes)
            if not bounds.holds(n) and feasible_grids(sum(sizes), bounds.least, bounds.most)
        )
    for at in cut.uncuttable:
        name = work.ground.hamlets[at]
        count = sum(home.hamlet == name for home in work.ground.households)
        yield hamlet_exception(work.village, name, count, bounds)
