"""A plan as the lists are now: the one way for showing, comparing, publishing and writing it.

Who is retired or lives in another village now is in none of its grids, and who is new is in none of them yet. Outlines
and walks stay those of the day it was made until it is drawn anew (redraw.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from typing import Final

from gridplan.model import GridKey, Household, PlanException, PlannedVillage, Shortage, TownPlan
from gridplan.words import Message

IN_NO_GRID: Final = Message("town.in_no_grid")
MOVED_DEGREES: Final = 1e-5
"""Farther from where it stood, about a metre, a household counts as moved since a plan was made."""


def as_of_now(planned: PlannedVillage, living: Iterable[Household]) -> PlannedVillage:
    """Return the plan of a village with the households that live there now; a grid may be empty."""
    now = {home.household_id: home for home in living}
    before = planned.plan
    grid_of = {id_: number for id_, number in before.grid_of.items() if id_ in now}
    left_out = {id_: before.left_out.get(id_, IN_NO_GRID) for id_ in now if id_ not in grid_of}
    plan = replace(before, households=tuple(now.values()), grid_of=grid_of, left_out=left_out)
    grids = tuple(replace(grid, size=len(plan.grids.get(grid.number, ()))) for grid in planned.grids)
    return replace(planned, plan=plan, grids=grids)


def has_moved(now: tuple[float, float], stood: tuple[float | None, float | None]) -> bool:
    """Return whether a household with a position of its own stood elsewhere, or nowhere, when it was planned."""
    return any(then is None or abs(at - then) > MOVED_DEGREES for at, then in zip(now, stood, strict=True))


def people_as_of_now(town: TownPlan, serving: Container[str]) -> TownPlan:
    """Return a plan with those of its people who serve; if it has any, every grid without a lead is listed.

    A party group whose head does not serve has none.
    """
    grids = {(village.plan.village, grid.number) for village in town.villages for grid in village.grids}
    assignments = tuple(
        one for one in town.assignments if (one.village, one.grid) in grids and one.member_id in serving
    )
    leads = Counter((one.village, one.grid) for one in assignments if one.role == "lead")
    offers = {(short.village, short.grid): short.offers for short in town.shortages}
    has_people = bool(town.assignments or town.shortages)
    villages = tuple(
        replace(
            village,
            exceptions=tuple(one for one in village.exceptions if _lacks_lead(one, leads)),
            groups=tuple(one if one.head in serving else replace(one, head=None) for one in village.groups),
        )
        for village in town.villages
    )
    busy = {one.member_id for one in assignments} | {one.head for village in villages for one in village.groups}
    return replace(
        town,
        villages=villages,
        members=tuple(one for one in town.members if one.member_id in busy),
        assignments=assignments,
        shortages=tuple(Shortage(*key, offers.get(key, ())) for key in sorted(grids) if has_people and not leads[key]),
    )


def _lacks_lead(one: PlanException, leads: Mapping[GridKey, int]) -> bool:
    """Return whether an exception still holds, if it is about leads."""
    n = leads[one.village, one.grid] if one.grid is not None else 0
    return {"rule.no_lead": n == 0, "rule.several_leads": n > 1}.get(one.reason.code, True)
