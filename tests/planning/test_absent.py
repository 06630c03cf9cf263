"""A village cut for those who live there: who is away joins the grid of neighbours, and grids stay whole."""

import pytest
from planned_villages import homes

from gridplan.model import PlannedVillage
from gridplan.planning.county import PlanSettings
from gridplan.planning.redraw import NO_OBSTACLES, VillageGround, redraw
from gridplan.planning.replan import DraftGrids, propose
from gridplan.planning.town import plan_town
from gridplan.rules import violations

FAST = PlanSettings(effort="fast", seed=3)
EVERYBODY = homes(90)
ABSENT = frozenset(home.household_id for home in EVERYBODY[::3])


@pytest.fixture(scope="module")
def village() -> PlannedVillage:
    (planned,) = plan_town(EVERYBODY, (), FAST, workers=1, progress=lambda *_: None, absent=ABSENT).town.villages
    return planned


def test_bounds_hold_for_those_who_live_there_and_nobody_is_left_out(village):
    assert [home.household_id for home in village.plan.households] == [home.household_id for home in EVERYBODY]
    assert village.plan.grid_of.keys() == {home.household_id for home in EVERYBODY}
    assert sum(grid.size for grid in village.grids) == 90
    assert {10 <= living <= 15 for living in village.plan.living.values()} == {True}
    assert violations(village) == village.exceptions == ()


def test_moving_those_who_are_away_breaks_no_bound_and_mending_counts_those_who_live_there(village):
    inside = village.plan.grids[1]
    away = [home.household_id for home in inside if home.household_id in ABSENT]
    here = [home.household_id for home in inside if home.household_id not in ABSENT]
    other = next(number for number in village.plan.grids if number != 1)

    def moved(ids):
        return redraw(village, village.plan.move(dict.fromkeys(ids, other)), NO_OBSTACLES)

    assert {one.message.code for one in violations(moved(away))} <= {"rule.not_connected"}
    broken = moved(here[:6])
    assert {(one.message.code, one.grid) for one in violations(broken)} >= {("rule.size_living", 1)}
    terrain = VillageGround(broken.plan.households, broken.boundary).terrain(NO_OBSTACLES, kept=False)
    mended = propose(DraftGrids(broken, terrain=terrain), "mend")
    assert (mended.price.broken_after, mended.price.changed) == (0, len(mended.moves))
    assert not {*mended.moves} <= ABSENT
