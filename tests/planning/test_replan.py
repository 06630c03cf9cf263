"""Proposals: who moves where, what that costs, and which lock stands in the way."""

from dataclasses import replace

import pytest
from planned_villages import RIVER, homes, planned

from gridplan.model import Household, Plan, PlannedVillage, SizeBounds
from gridplan.planning.redraw import NO_OBSTACLES, Obstacles, VillageGround, redraw
from gridplan.planning.replan import DraftGrids, propose
from gridplan.rules import violations
from gridplan.words import Message

WHY = Message("existing.no_grid")


def draft_of(village, obstacles=NO_OBSTACLES, **locked):
    ground = VillageGround(village.plan.households, village.boundary)
    led = frozenset(grid.number for grid in village.grids)
    return DraftGrids(village, led, terrain=ground.terrain(obstacles, kept=village.kept), **locked)


def changed(village, moves, out=(), obstacles=NO_OBSTACLES):
    plan = village.plan.move(moves)
    inside = {id_: number for id_, number in plan.grid_of.items() if id_ not in out}
    return redraw(village, replace(plan, grid_of=inside, left_out=dict.fromkeys(out, WHY)), obstacles)


def applied(draft, found, obstacles=NO_OBSTACLES):
    """Returns the village after a proposal."""
    highest = max(draft.numbers, default=0)
    moves = {id_: number if number > 0 else highest - number for id_, number in found.moves.items()}
    return redraw(draft.village, draft.village.plan.move(moves), obstacles)


def ids(village, number):
    return [home.household_id for home in village.plan.grids[number]]


@pytest.fixture(scope="module")
def broken():
    """A village of five grids: six households of one were moved to another, and two are in none."""
    village = planned(homes(60)).villages[0]
    return changed(village, dict.fromkeys(ids(village, 2)[:6], 1), ids(village, 4)[:2])


@pytest.fixture(scope="module")
def draft(broken):
    return draft_of(broken)


# ---- the price is what the plan comes to


@pytest.mark.parametrize(
    ("kind", "grids"),
    [
        ("mend", ()),
        ("mend", (1,)),
        ("loose", ()),
        ("more", (1,)),
        ("fewer", (2,)),
        ("split", (1,)),
        ("merge", (2,)),
        ("merge", (2, 3)),
        ("dissolve", (3,)),
    ],
)
def test_the_price_is_what_the_plan_comes_to(draft, kind, grids):
    found = propose(draft, kind, grids)
    after, price = applied(draft, found), found.price
    assert price.broken_before == len(violations(draft.village))
    assert price.broken_after == len(violations(after))
    assert price.walk_after == pytest.approx(after.walk_m, abs=0.01)
    assert price.changed + price.placed == len(found.moves)
    before, now = set(draft.village.plan.grids), set(after.plan.grids)
    assert price.leads == len(before - now) + len(now - before)
    assert len(now) - len(before) == {"more": 1, "split": 1, "fewer": -1, "merge": -1, "dissolve": -1}.get(kind, 0)
    assert found.said.say("zh") and found.said.say("en")


def test_a_village_is_mended_by_few_moves_and_says_what_that_costs(draft):
    found = propose(draft, "mend")
    assert (found.price.broken_before, found.price.broken_after) == (4, 0)
    assert found.price.changed <= 6 and found.price.placed == 2 and not found.notes
    assert found.said.say("en").startswith("Repairs 4 broken rules, ")
    assert "2 households get a grid, walk +" in found.said.say("en")


def test_only_those_in_no_grid_move(broken, draft):
    assert propose(draft, "loose").moves.keys() == broken.plan.left_out.keys()


def test_chosen_grids_change_and_only_if_they_must_those_beside_them(draft):
    assert "proposal.others" in {note.code for note in propose(draft, "mend", (2,)).notes}
    assert propose(draft_of(planned(homes(24)).villages[0]), "mend", (2,)).said == Message("proposal.nothing")


def test_chosen_households_go_into_the_nearest_grid_with_room_and_nobody_else_moves(broken, draft):
    chosen = ids(broken, 1)[:5]
    found = propose(draft, "nearest", households=chosen)
    after = applied(draft, found)
    assert found.moves and set(found.moves) <= {*chosen}
    for number in {*found.moves.values()}:
        assert number != 1 and len(after.plan.grids[number]) <= 15


def test_of_halves_the_larger_keeps_the_number(broken, draft):
    found = propose(draft, "split", (1,))
    assert {*found.moves.values()} == {-1} and {*found.moves} < {*ids(broken, 1)}
    assert 2 * len(found.moves) <= len(ids(broken, 1))


# ---- locks


def test_locked_grids_and_households_stay_and_the_lock_in_the_way_is_named(broken):
    held = ids(broken, 1)[0]
    locked = draft_of(broken, locked_grids=frozenset({1}), locked_households=frozenset({held}))
    found = propose(locked, "mend")
    assert found.moves.keys().isdisjoint(ids(broken, 1)) and 1 not in found.moves.values()
    (note,) = (one for one in found.notes if one.code == "proposal.locks")
    assert "grid 1" in note.say("en")
    assert propose(locked, "split", (1,)).said == Message("proposal.grid_locked", {"grid": 1})


def test_a_locked_household_keeps_its_grid_when_that_is_split_or_merged(broken):
    held = ids(broken, 2)[0]
    locked = draft_of(broken, locked_households=frozenset({held}))
    assert held not in propose(locked, "split", (2,)).moves
    assert held not in propose(locked, "merge", (2,)).moves
    dissolved = propose(locked, "dissolve", (2,))
    assert not dissolved.moves


# ---- barriers, roster, odd villages


def test_nobody_is_moved_over_a_river():
    river = Obstacles([RIVER])
    village = planned(homes(60), barriers=[RIVER]).villages[0]
    number, other = 1, len(village.grids)
    torn = changed(village, dict.fromkeys(ids(village, number)[:3], other), obstacles=river)
    draft = draft_of(torn, river)
    found = propose(draft, "mend")
    assert not violations(applied(draft, found, river)) and len(found.moves) <= 3


def test_a_village_without_positions_is_mended_along_its_roster():
    at_home = [
        Household(f"h{i:02d}", "柳村", float("nan"), float("nan"), hamlet=f"{i // 12}组", position="hamlet")
        for i in range(48)
    ]
    grid_of = {home.household_id: i // 12 + 1 for i, home in enumerate(at_home)}
    moved = dict.fromkeys(["h00", "h01", "h02", "h03"], 4)
    plan = Plan("柳村", tuple(at_home), grid_of | moved)
    village = redraw(PlannedVillage(plan, SizeBounds(), None, False, ()), plan, NO_OBSTACLES)
    found = propose(draft_of(village), "mend")
    assert found.moves == {"h00": 1, "h01": 1} or (len(found.moves) == 2 and {*found.moves} <= {*moved})
    assert found.price.walk_after is None and found.price.broken_after == 0


def test_where_nobody_is_in_a_grid_mending_makes_some_and_an_empty_village_says_so():
    village = planned(homes(24)).villages[0]
    alone = changed(village, {}, [*village.plan.grid_of])
    found = propose(draft_of(alone), "mend")
    assert found.price.broken_after == 0 and {*found.moves.values()} == {-1, -2}
    empty = PlannedVillage(Plan("柳村", (), {}), SizeBounds(), None, False, ())
    assert not propose(DraftGrids(empty), "mend").moves
