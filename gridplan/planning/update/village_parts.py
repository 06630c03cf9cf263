"""The plan of a village that becomes part of another, or of which a part becomes a village of its own.

Grids stay what they are and may get other numbers; one that lies in both parts is cut in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.model import DrawnGrid, GridKey, Plan, PlanException, PlannedVillage, Shortage, TownPlan, grid_id
from gridplan.planning.current import IN_NO_GRID
from gridplan.words import Message

if TYPE_CHECKING:
    from gridplan.planning.redraw import Obstacles

Numbers = Mapping[int, int]
"""The number that each grid, or party group, has from now on, by the one that it had."""


@dataclass(frozen=True)
class Naming:
    """What a plan is called in another village, and in it its grids, their labels by former number, groups, hamlets."""

    village: str
    numbers: Numbers
    labels: Mapping[int, str | None] = field(default_factory=dict)
    groups: Numbers = field(default_factory=dict)
    hamlets: Mapping[str, str] = field(default_factory=dict)


def renamed(planned: PlannedVillage, naming: Naming) -> PlannedVillage:
    """Return the plan of a village as one of another village."""
    plan, hamlets = planned.plan, naming.hamlets

    def said(message: Message, number: int | None) -> Message:
        values = dict(message.values)
        if values.get("village") == plan.village:
            values["village"] = naming.village
        if "grid" in values and number is not None:
            values["grid"] = grid_id(naming.village, naming.numbers[number])
        if values.get("hamlet") in hamlets:
            values["hamlet"] = hamlets[str(values["hamlet"])]
        return replace(message, values=values)

    def of_exception(one: PlanException) -> PlanException:
        return replace(
            one,
            village=naming.village,
            reason=said(one.reason, one.grid),
            hamlet=hamlets.get(one.hamlet or "", one.hamlet),
            grid=None if one.grid is None else naming.numbers[one.grid],
        )

    def of_grid(one: DrawnGrid) -> DrawnGrid:
        group = one.group_number
        return replace(
            one,
            number=naming.numbers[one.number],
            label=naming.labels.get(one.number, one.label),
            group_number=None if group is None else naming.groups.get(group, group),
        )

    return replace(
        planned,
        plan=Plan(
            naming.village,
            tuple(
                replace(home, village=naming.village, hamlet=hamlets.get(home.hamlet or "", home.hamlet))
                for home in plan.households
            ),
            {code: naming.numbers[number] for code, number in plan.grid_of.items()},
            {code: said(why, None) for code, why in plan.left_out.items()},
            absent=plan.absent,
        ),
        grids=tuple(sorted(map(of_grid, planned.grids), key=lambda one: one.number)),
        groups=tuple(replace(one, number=naming.groups.get(one.number, one.number)) for one in planned.groups),
        exceptions=tuple(map(of_exception, planned.exceptions)),
    )


def joined(there: PlannedVillage, coming: PlannedVillage) -> PlannedVillage:
    """Return the plan of a village with the grids that come to it: outlines stay, the boundary is both.

    A grid of which both have a part is one, drawn as both parts.
    """
    plan, other = there.plan, coming.plan
    grids = {one.number: one for one in coming.grids}
    for one in there.grids:
        grids[one.number] = _both(one, grids[one.number]) if one.number in grids else one
    groups = {one.number: one for one in (*coming.groups, *there.groups)}
    return replace(
        there,
        plan=Plan(
            plan.village,
            tuple(sorted((*plan.households, *other.households), key=lambda home: home.household_id)),
            {**plan.grid_of, **other.grid_of},
            {**plan.left_out, **other.left_out},
            absent=plan.absent,
        ),
        boundary=_union([one.boundary for one in (there, coming) if one.boundary is not None]),
        grids=tuple(grids[number] for number in sorted(grids)),
        groups=tuple(groups[number] for number in sorted(groups)),
        exceptions=(*there.exceptions, *coming.exceptions),
        outside=(*there.outside, *coming.outside),
        kept=True,
        lower_bound_m=None,
        split_hamlets=(),
    )


def rejoined(
    there: PlannedVillage, coming: PlannedVillage, before: PlannedVillage, obstacles: Obstacles
) -> PlannedVillage:
    """Return the same of two parts of a village, bounded as before, with the grids that were cut drawn anew."""
    from gridplan.planning.redraw import redraw  # loads the engine, and few need it

    whole = bounded_as(joined(there, coming), before)
    cut = {one.number for one in there.grids} & {one.number for one in coming.grids}
    if not cut:
        return whole
    apart = [code for code, number in coming.plan.grid_of.items() if number in cut]
    in_grid = {code: number for code, number in whole.plan.grid_of.items() if code not in apart}
    left_out = {**whole.plan.left_out, **dict.fromkeys(apart, IN_NO_GRID)}
    return redraw(replace(whole, plan=replace(whole.plan, grid_of=in_grid, left_out=left_out)), whole.plan, obstacles)


def bounded_as(planned: PlannedVillage, before: PlannedVillage) -> PlannedVillage:
    """Return the plan of a village with the boundary, and the bounds of grids, that it had before."""
    least, most = before.bounds.least, before.bounds.most
    return replace(
        planned,
        bounds=replace(planned.bounds, least=least, most=most),
        boundary=before.boundary,
        boundary_given=before.boundary_given,
    )


def cut_grids(whole: PlannedVillage, codes: Set[str], obstacles: Obstacles) -> tuple[PlannedVillage, Mapping[int, int]]:
    """Return a village in which no grid has both households of a part and others, and the grids that were cut.

    These are by the number of the new grid, which those of the part are in; it is in the group of the one it was of.
    """
    from gridplan.planning.redraw import redraw  # loads the engine, and few need it

    highest, new = max((one.number for one in whole.grids), default=0), {}
    for number, inside in whole.plan.grids.items():
        if 0 < sum(home.household_id in codes for home in inside) < len(inside):
            new[number] = highest = highest + 1
    if not new:
        return whole, {}
    moves = {code: new[number] for code, number in whole.plan.grid_of.items() if number in new and code in codes}
    halves = [replace(one, number=new[one.number]) for one in whole.grids if one.number in new]
    before = replace(whole, grids=(*whole.grids, *halves))
    now = replace(redraw(before, whole.plan.move(moves), obstacles), kept=True)
    return now, {half: number for number, half in new.items()}


def parted(whole: PlannedVillage, numbers: Set[int], codes: Set[str]) -> tuple[PlannedVillage, PlannedVillage]:
    """Return the part of a village with grids of some numbers, and the rest; of who is in no grid, those with codes.

    The boundary of each is that of its grids, if they are drawn.
    """
    return _side(whole, numbers, codes, is_part=True), _side(whole, numbers, codes, is_part=False)


def _side(whole: PlannedVillage, numbers: Set[int], codes: Set[str], *, is_part: bool) -> PlannedVillage:
    from gridplan.planning.redraw import follow_grids  # loads the engine, and few need it

    plan = whole.plan
    grid_of = {code: number for code, number in plan.grid_of.items() if (number in numbers) == is_part}
    left_out = {code: why for code, why in plan.left_out.items() if (code in codes) == is_part}
    homes = tuple(home for home in plan.households if home.household_id in grid_of or home.household_id in left_out)
    grids = tuple(one for one in whole.grids if (one.number in numbers) == is_part)
    outlines = [one.outline for one in grids if one.outline is not None]
    boundary = _union(outlines) if len(outlines) == len(grids) else None
    inside = {home.household_id for home in homes}
    side = replace(
        whole,
        plan=replace(plan, households=homes, grid_of=grid_of, left_out=left_out, revision=None, origin=None),
        boundary=boundary,
        boundary_given=whole.boundary_given and boundary is not None,
        grids=grids,
        outside=tuple(code for code in whole.outside if code in inside),
        kept=True,
    )
    return follow_grids(whole, side)


def with_people(
    town: TownPlan, villages: Iterable[PlannedVillage], at: Callable[[GridKey], Iterable[GridKey]]
) -> TownPlan:
    """Return plans of villages with the people whom grids had in others; `at` are the grids that each of these is."""
    assignments = {
        (key, one.member_id, one.role): replace(one, village=key[0], grid=key[1])
        for one in town.assignments
        for key in at((one.village, one.grid))
    }
    shortages = {
        key: Shortage(*key, short.offers) for short in town.shortages for key in at((short.village, short.grid))
    }
    return TownPlan(tuple(villages), town.members, tuple(assignments.values()), tuple(shortages.values()))


def _both(one: DrawnGrid, other: DrawnGrid) -> DrawnGrid:
    outlines = [grid.outline for grid in (one, other) if grid.outline is not None]
    return replace(one, size=one.size + other.size, outline=_union(outlines))


def _union(shapes: list[BaseGeometry]) -> BaseGeometry | None:
    return shapely.union_all(shapes) if shapes else None
