"""Draws the grids of a village, one just planned or one changed by hand: outlines, walks, sizes, what is connected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.model.feasible import feasible_grids
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.solve import NO_GRID, Drawing, Terrain, empty_drawing
from gridplan.engine.village import NO_HAMLET, VillageData
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage
from gridplan.names import hamlet_key
from gridplan.planning.current import as_of_now
from gridplan.planning.hamlet_places import mostly_placed
from gridplan.planning.party_groups import surviving_groups
from gridplan.rules import ABOUT_LEADS, ABOUT_SIZE, grid_exception, household_exception, violations

DECIMALS = 4
"""Of a metre, that positions are rounded to, so that the last bit of a projection cannot change a plan."""
NEARBY_DEGREES = 0.01
"""Around a village, within which barriers and crossings matter to it."""
LONGEST_EDGE_DEGREES = 0.001
"""An edge that is straight in degrees bends in metres: long ones are divided before they are moved."""


@dataclass(frozen=True)
class Obstacles:
    """The barriers and crossings of a town, in degrees."""

    barriers: Sequence[BaseGeometry] = ()
    crossings: Sequence[BaseGeometry] = ()

    def around(self, lonlat: Floats, boundary: BaseGeometry, frame: LocalFrame) -> Barriers | None:
        """Return those near a village, in metres; None where there is no barrier."""
        near = shapely.union_all([shapely.multipoints(lonlat), boundary]).envelope.buffer(NEARBY_DEGREES).envelope
        there, ways = (shapes[shapely.intersects(shapes, near)] for shapes in self._arrays)
        if not len(there):
            return None
        clipped = shapely.segmentize(shapely.intersection(shapely.make_valid(there), near), LONGEST_EDGE_DEGREES)
        metres = Barriers.of(map(frame.shape_to_metres, clipped), map(frame.shape_to_metres, ways))
        return metres or None

    @cached_property
    def _arrays(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        return np.array(self.barriers, object), np.array(self.crossings, object)


NO_OBSTACLES: Final = Obstacles()


@dataclass(frozen=True)
class VillageGround:
    """The households of a village and its boundary in degrees, on a plane of its own."""

    households: tuple[Household, ...]
    boundary: BaseGeometry | None

    @cached_property
    def frame(self) -> LocalFrame | None:
        """The plane; None where nobody lives or most households have no position, so that nothing is drawn."""
        is_drawn = self.households and mostly_placed(self.households)
        return LocalFrame.around(degrees_of(self.households)) if is_drawn else None

    @cached_property
    def hamlets(self) -> tuple[str, ...]:
        """The names of the hamlets that households have, in their order."""
        return tuple(sorted({home.hamlet for home in self.households if home.hamlet}, key=hamlet_key))

    def data(self, obstacles: Obstacles) -> VillageData | None:
        """Return what the engine has to know of the village; None where nothing can be drawn."""
        if self.frame is None or self.boundary is None:
            return None
        lonlat = degrees_of(self.households)
        at = {name: place for place, name in enumerate(self.hamlets)}
        hamlet = np.array([at[home.hamlet] if home.hamlet else NO_HAMLET for home in self.households], np.int64)
        return VillageData(
            xy=np.round(self.frame.to_metres(lonlat), DECIMALS),
            boundary=self.frame.shape_to_metres(self.boundary),
            barriers=obstacles.around(lonlat, self.boundary, self.frame),
            hamlet=hamlet if len(np.unique(hamlet)) > 1 else None,
        )

    def terrain(self, obstacles: Obstacles, *, kept: bool) -> Terrain | None:
        """Return what its grids, planned or kept, are measured and drawn on; None where nothing can be drawn."""
        data = self.data(obstacles)
        return Terrain.of(data, kept=kept) if data else None

    def apply_drawing(
        self, planned: PlannedVillage, drawn: Drawing, label_of: Mapping[int, str | None]
    ) -> PlannedVillage:
        """Return the village with what was drawn of the grids of its plan, which may be called by labels."""
        grids, outlines = planned.plan.grids.items(), drawn.outline
        if self.frame is not None:
            outlines = self.frame.shapes_to_degrees(outlines)
        figures = zip(grids, drawn.walk.tolist(), drawn.connected.tolist(), outlines, strict=True)
        return replace(
            planned,
            grids=tuple(
                DrawnGrid(
                    number, len(inside), None if outline is None else walk, connected, outline, label_of.get(number)
                )
                for (number, inside), walk, connected, outline in figures
            ),
            outside=tuple(self.households[i].household_id for i in np.flatnonzero(drawn.outside)),
        )


def degrees_of(households: Sequence[Household]) -> Floats:
    """Return the positions (n, 2) of households; those that nobody can place stand in the middle of the others."""
    found = np.array([(home.lon, home.lat) for home in households], float).reshape(-1, 2)
    nowhere = np.isnan(found).any(axis=1)
    if nowhere.any() and not nowhere.all():
        found[nowhere] = np.median(found[~nowhere], axis=0)
    return found


def grid_places(households: Sequence[Household], grid_of: Mapping[str, int]) -> Ints:
    """Return the grid (n,) of each household by its place among the numbers of the grids, or NO_GRID."""
    at = {number: place for place, number in enumerate(sorted({*grid_of.values()}))}
    return np.array([at.get(grid_of.get(home.household_id, NO_GRID), NO_GRID) for home in households], np.int64)


def redraw(before: PlannedVillage, plan: Plan, obstacles: Obstacles) -> PlannedVillage:
    """Return a village with the grids of a plan that was changed.

    Grids stay in their party groups. One that breaks a rule since it changed is an exception; what holds of the other
    grids stays. The lower bound is known no more where the number of grids is another one, or one that has changed is
    not connected or breaks the bounds.
    """
    ground = VillageGround(plan.households, before.boundary)
    return redraw_on(before, plan, ground, ground.terrain(obstacles, kept=before.kept))


def redraw_on(before: PlannedVillage, plan: Plan, ground: VillageGround, terrain: Terrain | None) -> PlannedVillage:
    """Return a village with the grids of a plan that was changed, drawn on terrain that may be kept from earlier."""
    grid = grid_places(plan.households, plan.grid_of)
    drawn = terrain.draw(grid) if terrain and plan.grids else empty_drawing(grid)
    labels = {one.number: one.label for one in before.grids}
    return follow_grids(before, ground.apply_drawing(replace(before, plan=plan), drawn, labels))


def follow_grids(before: PlannedVillage, now: PlannedVillage) -> PlannedVillage:
    """Return a village whose grids are measured anew, with what follows from them: groups, exceptions, the bound."""
    now = surviving_groups(now, before)
    as_before = {replace(one, outline=None) for one in before.grids}
    is_bounded = (
        len(now.grids) == len(before.grids)
        and _stand_the_same(
            *([home for home in of.plan.households if home.household_id in of.plan.grid_of] for of in (now, before))
        )
        and all(
            replace(one, outline=None) in as_before or (one.connected and now.bounds.holds(now.counted_in(one)))
            for one in now.grids
        )
    )
    return replace(
        now,
        exceptions=tuple(_exceptions(before, now)),
        lower_bound_m=before.lower_bound_m if is_bounded else None,
        split_hamlets=before.split_hamlets if now.plan.grid_of == before.plan.grid_of else (),
    )


def redraw_as_of_now(before: PlannedVillage, living: Iterable[Household], obstacles: Obstacles) -> PlannedVillage:
    """Return the plan of a village with the households that live there now, drawn anew if that draws anything else.

    Its grids then are grids that the town has: of the rules that one of them breaks it has exceptions of its own.
    """
    plan = as_of_now(before, living).plan
    if plan.grid_of != before.plan.grid_of or not _stand_the_same(plan.households, before.plan.households):
        return replace(redraw(before, plan, obstacles), kept=True)
    now = replace(before, plan=plan)
    too_small_or_large = {one.grid for one in violations(now) if one.message.code in ABOUT_SIZE.values()}
    listed = {one.grid for one in now.exceptions if one.reason.code in ABOUT_SIZE.values()}
    is_counted_alike = now.bounds.counts == "registered" and too_small_or_large == listed
    if is_counted_alike:
        return now
    counted = follow_grids(before, now)
    return counted if counted.exceptions == before.exceptions else replace(counted, kept=True)


def _stand_the_same(some: Sequence[Household], others: Sequence[Household]) -> bool:
    """Return whether the same households stand at the same places."""
    return some == others or _stands(some) == _stands(others)


def _stands(homes: Iterable[Household]) -> dict[str, tuple[object, ...]]:
    """Return all of households that a drawing, or an exception, depends on."""
    return {home.household_id: (home.has_place and (home.lon, home.lat), home.position, home.hamlet) for home in homes}


# ---- exceptions


def _exceptions(before: PlannedVillage, now: PlannedVillage) -> Iterator[PlanException]:
    """Yield the exceptions that still hold, and those of the rules that changed grids break."""
    changed = {
        number
        for number, inside in now.plan.grids.items()
        if not _stand_the_same(before.plan.grids.get(number, ()), inside)
    }
    holding = [_counted_anew(one, now) for one in before.exceptions if _still_holds(one, before, now, changed)]
    yield from holding
    of_village = [one for one in holding if (one.hamlet, one.household_id, one.grid) == (None, None, None)]
    hamlets, grids = {one.hamlet for one in holding} - {None}, {one.grid for one in holding}
    homes = {home.household_id: home for home in now.plan.households}
    can_cut = bool(feasible_grids(now.counted(homes.values()), now.bounds.least, now.bounds.most))
    for broken in violations(now):
        inside = now.plan.grids.get(broken.grid or 0, ())
        if broken.household_id is not None:
            is_listed = any(broken.household_id == one.household_id for one in holding)
            if not of_village and homes[broken.household_id].hamlet not in hamlets and not is_listed:
                yield household_exception(broken)
        elif of_village and not can_cut and broken.message.code in ABOUT_SIZE.values():
            continue
        elif broken.grid in changed or (
            broken.message.code in ABOUT_SIZE.values()
            and broken.grid not in grids
            and hamlets.isdisjoint(home.hamlet for home in inside)
        ):
            yield grid_exception(broken, len(inside), "exception.accept")


def _still_holds(one: PlanException, before: PlannedVillage, now: PlannedVillage, changed: Set[int]) -> bool:
    plan = now.plan
    if one.household_id is not None:
        return one.household_id in plan.left_out
    if one.grid is not None:
        grid = next((grid for grid in now.grids if grid.number == one.grid), None)
        is_about_leads = one.reason.code in ABOUT_LEADS
        return grid is not None and (
            is_about_leads
            or (one.grid not in changed and not (grid.connected and now.bounds.holds(now.counted_in(grid))))
        )
    homes = [home for home in plan.households if one.hamlet in (None, home.hamlet)]
    loose = {number for number, inside in plan.grids.items() if not now.bounds.holds(now.counted(inside))}
    if one.hamlet is not None:
        loose |= {number for number, inside in plan.grids.items() if len({home.hamlet for home in inside}) > 1}
    elif feasible_grids(now.counted(homes), now.bounds.least, now.bounds.most) and one.reason.code == "exception.size":
        return False
    is_needed = any(plan.grid_of.get(home.household_id) in {None, *loose} for home in homes)
    return is_needed and (bool(before.plan.grids) or not plan.grids)


def _counted_anew(one: PlanException, now: PlannedVillage) -> PlanException:
    """Return an exception with the number of households that it is about now, also in its sentence."""
    if one.household_id is not None:
        return one
    if one.grid is not None:
        return replace(one, households=len(now.plan.grids[one.grid]))
    homes = [home for home in now.plan.households if one.hamlet in (None, home.hamlet)]
    values = {**one.reason.values, **({"n": now.counted(homes)} if "n" in one.reason.values else {})}
    return replace(one, households=len(homes), reason=replace(one.reason, values=values))
