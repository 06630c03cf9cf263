"""Draws the grids of a village, one just planned or one changed by hand: outlines, walks, sizes, what is connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.engine.ground.barriers import Barriers
from gridplan.engine.model.proximity import Floats, Ints
from gridplan.engine.solve import NO_GRID, Drawing, draw, empty_drawing
from gridplan.engine.village import NO_HAMLET, VillageData
from gridplan.model import DrawnGrid, Household, Plan, PlanException, PlannedVillage
from gridplan.names import hamlet_key
from gridplan.planning.hamlet_places import mostly_placed
from gridplan.rules import grid_exception, violations

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
        """The plane; None where most households have no position, so that nothing is drawn."""
        return LocalFrame.around(degrees_of(self.households)) if mostly_placed(self.households) else None

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

    def apply_drawing(
        self, planned: PlannedVillage, drawn: Drawing, label_of: Mapping[int, str | None]
    ) -> PlannedVillage:
        """Return the village with what was drawn of the grids of its plan, which may be called by labels."""
        grids = planned.plan.grids.items()
        figures = zip(grids, drawn.walk.tolist(), drawn.connected.tolist(), drawn.outline, strict=True)
        return replace(
            planned,
            grids=tuple(
                DrawnGrid(number, len(inside), *self._shape(walk, connected, outline), label_of.get(number))
                for (number, inside), walk, connected, outline in figures
            ),
            outside=tuple(self.households[i].household_id for i in np.flatnonzero(drawn.outside)),
        )

    def _shape(
        self, walk: float, connected: bool, outline: BaseGeometry | None
    ) -> tuple[float | None, bool, BaseGeometry | None]:
        if self.frame is None or outline is None:
            return None, connected, None
        return walk, connected, self.frame.shape_to_degrees(outline)


def degrees_of(households: Sequence[Household]) -> Floats:
    """Return the positions (n, 2) of households."""
    return np.array([(home.lon, home.lat) for home in households], float).reshape(-1, 2)


def grid_places(households: Sequence[Household], grid_of: Mapping[str, int]) -> Ints:
    """Return the grid (n,) of each household by its place among the numbers of the grids, or NO_GRID."""
    at = {number: place for place, number in enumerate(sorted({*grid_of.values()}))}
    return np.array([at.get(grid_of.get(home.household_id, NO_GRID), NO_GRID) for home in households], np.int64)


def redraw(before: PlannedVillage, plan: Plan, obstacles: Obstacles) -> PlannedVillage:
    """Return a village with the grids of a plan that was changed.

    A grid that breaks a rule since it changed is an exception; what holds of the other grids stays. The lower bound is
    known no more where the number of grids is another one, or one that has changed is not connected or breaks the
    bounds.
    """
    ground = VillageGround(plan.households, before.boundary)
    grid, data = grid_places(plan.households, plan.grid_of), ground.data(obstacles)
    drawn = draw(data, grid, kept=before.kept) if data and plan.grids else empty_drawing(grid)
    now = ground.apply_drawing(replace(before, plan=plan), drawn, {one.number: one.label for one in before.grids})
    is_bounded = len(now.grids) == len(before.grids) and all(
        one in before.grids or (one.connected and now.bounds.holds(one.size)) for one in now.grids
    )
    return replace(
        now,
        exceptions=tuple(_exceptions(before, now)),
        lower_bound_m=before.lower_bound_m if is_bounded else None,
        split_hamlets=before.split_hamlets if plan.grid_of == before.plan.grid_of else (),
    )


def _exceptions(before: PlannedVillage, now: PlannedVillage) -> Iterator[PlanException]:
    """Yield the exceptions that still hold, and those of the rules that changed grids break."""
    changed = {number for number, inside in now.plan.grids.items() if before.plan.grids.get(number) != inside}
    holding = [one for one in before.exceptions if _still_holds(one, before, now, changed)]
    sizes = {grid.number: grid.size for grid in now.grids}
    for exception in holding:
        yield replace(exception, households=sizes[exception.grid]) if exception.grid in changed else exception
    is_of_village = any((one.hamlet, one.household_id, one.grid) == (None, None, None) for one in holding)
    for broken in violations(now):
        if broken.grid in changed and not (is_of_village and broken.message.code == "rule.size"):
            yield grid_exception(broken, sizes[broken.grid], "exception.accept")


def _still_holds(one: PlanException, before: PlannedVillage, now: PlannedVillage, changed: Set[int]) -> bool:
    if one.household_id is not None:
        return one.household_id not in now.plan.grid_of
    if one.grid is None:
        return bool(before.plan.grids)
    is_about_leads = one.reason.code in ("rule.no_lead", "rule.several_leads")
    return one.grid in now.plan.grids and (one.grid not in changed or is_about_leads)
