"""The map of a comparison: former outlines of the grids that change, and every place where a household does."""

from dataclasses import replace

import sample_towns

from gridplan.model import Assignment, Member, TownPlan
from gridplan.service.plans.comparison import comparison_map
from gridplan.words import Message

BEFORE = TownPlan((sample_towns.village("东湾村", 0, 0, 2, 4),))


def test_the_map_has_the_former_outlines_of_grids_that_change_and_every_place_where_a_household_does():
    (village,) = BEFORE.villages
    moved = [home for home, grid in village.plan.grid_of.items() if grid == 1][:3]
    after = TownPlan(
        (replace(village, plan=village.plan.move(dict.fromkeys(moved, 2))),),
        (Member("A", "A", village="东湾村"),),
        (Assignment("东湾村", 4, "A", "lead", Message("map.no_lead")),),
    )
    drawing = comparison_map(BEFORE, after)
    assert len(drawing["before"]) == 2
    assert sorted(row[0] for place in drawing["moves"] for row in place["rows"]) == sorted(moved)
    assert drawing["new_leads"] == [["东湾村", 4]]
