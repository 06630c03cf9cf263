"""Households that are away while a village is cut for those that live there: each joins the grid of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gridplan.engine.ground.cells import adopt
from gridplan.engine.search.fewest_moves import IN_NONE
from gridplan.model import Household, PlannedVillage
from gridplan.planning.current import IN_NO_GRID
from gridplan.planning.redraw import Obstacles, VillageGround, redraw_on
from gridplan.planning.replan import DraftGrids, propose


def with_absent(
    planned: PlannedVillage, homes: Sequence[Household], absent: frozenset[str], obstacles: Obstacles
) -> PlannedVillage:
    """Return a village that was cut for those who live there, with all of its households, drawn anew.

    A grid that is in pieces then is mended with the fewest moves.
    """
    before = replace(planned, plan=replace(planned.plan, absent=absent))
    out = {home.household_id: IN_NO_GRID for home in homes if home.household_id not in before.plan.grid_of}
    left_out = {id_: before.plan.left_out.get(id_, why) for id_, why in out.items()}
    plan = replace(before.plan, households=tuple(homes), left_out=left_out)
    ground = VillageGround(plan.households, planned.boundary)
    terrain = ground.terrain(obstacles, kept=False)
    draft = DraftGrids(replace(before, plan=plan), terrain=terrain)
    plan = plan.move(_beside(draft))
    drawn = redraw_on(before, plan, ground, terrain)
    if all(grid.connected for grid in drawn.grids):
        return drawn
    mended = propose(replace(draft, village=drawn), "mend").moves
    new = max(plan.grids)
    moves = {id_: number if number > 0 else new - number for id_, number in mended.items()}
    return redraw_on(before, plan.move(moves), ground, terrain)


def _beside(draft: DraftGrids) -> Mapping[str, int]:
    """Return the grid of the nearest neighbours of each household that is away, over those in between."""
    places, xy, label = draft.problem.places, draft.problem.space.xy, draft.label
    inside, out = np.flatnonzero(label != IN_NONE), np.flatnonzero(label == IN_NONE)
    given = np.full(len(places.near), IN_NONE, np.int64)
    given[places.of[inside]] = label[inside]
    ends = draft.edges[draft.edges[:, 0] != draft.edges[:, 1]]
    at = xy[places.resident[places.first[:-1]]]
    adopt(given, ends, -np.linalg.norm(at[ends[:, 0]] - at[ends[:, 1]], axis=1))
    homes = draft.village.plan.households
    found = {}
    for i in out.tolist():
        grid = given[places.of[i]]
        if grid == IN_NONE:  # beyond a barrier
            grid = label[inside[np.linalg.norm(xy[inside] - xy[i], axis=1).argmin()]]
        found[homes[i].household_id] = draft.numbers[grid]
    return found
