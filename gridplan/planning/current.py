"""A plan as the lists are now: the one way for showing, comparing and publishing it.

Who is retired or lives in another village now is in none of its grids, and who is new is in none of them yet. Outlines
and walks stay those of the day it was made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gridplan.model import Household, PlannedVillage
from gridplan.words import Message

IN_NO_GRID: Final = Message("town.in_no_grid")


def as_of_now(planned: PlannedVillage, living: Iterable[Household]) -> PlannedVillage:
    """Return the plan of a village with the households that live there now; a grid may be empty."""
    now = {home.household_id: home for home in living}
    before = planned.plan
    grid_of = {id_: number for id_, number in before.grid_of.items() if id_ in now}
    left_out = {id_: before.left_out.get(id_, IN_NO_GRID) for id_ in now if id_ not in grid_of}
    plan = replace(before, households=tuple(now.values()), grid_of=grid_of, left_out=left_out)
    grids = tuple(replace(grid, size=len(plan.grids.get(grid.number, ()))) for grid in planned.grids)
    return replace(planned, plan=plan, grids=grids)
