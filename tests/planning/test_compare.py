"""Two plans side by side: which grid is which, and the numbers that survive."""

from dataclasses import replace
from itertools import permutations

import sample_towns
from hypothesis import given
from hypothesis import strategies as st

from gridplan.model import Assignment, Member, Shortage, TownPlan
from gridplan.planning.compare import compare_plans, match_grids, renumber, surviving_numbers
from gridplan.words import Message

WHY = Message("map.no_lead")


def town(moves=None, leads=None):
    """Return the smallest drawn village, some of its households moved, with leads by grid."""
    village = sample_towns.village("东湾村", 0, 0, 2, 4)
    village = replace(village, plan=village.plan.move(moves or {}))
    people = [Member(lead, lead, village="东湾村") for lead in (leads or {}).values()]
    assignments = [Assignment("东湾村", grid, lead, "lead", WHY) for grid, lead in (leads or {}).items()]
    return TownPlan((village,), tuple(people), tuple(assignments))


def in_grid(plan, number):
    return [home for home, grid in plan.villages[0].plan.grid_of.items() if grid == number]


# ---- which grid is which

PLAN = st.dictionaries(st.sampled_from("abcdefghijkl"), st.integers(1, 4))


def test_grids_are_the_same_where_most_households_are():
    before = dict.fromkeys("abcd", 1) | dict.fromkeys("efgh", 2)
    after = dict.fromkeys("abcf", 8) | dict.fromkeys("efgd", 9) | {"f": 9, "d": 8}
    assert match_grids(before, after) == {8: 1, 9: 2}


def test_grids_that_share_no_household_are_not_the_same():
    assert match_grids({"a": 1, "b": 2}, {"a": 1, "c": 2}) == {1: 1}
    assert match_grids({"a": 1}, {"b": 1}) == {}


def test_among_equal_ways_numbers_stay():
    before = {"a": 1, "b": 1, "c": 2, "d": 2}
    assert match_grids(before, {"a": 1, "c": 1, "b": 2, "d": 2}) == {1: 1, 2: 2}


@given(PLAN, PLAN)
def test_no_other_pairing_leaves_more_households_in_their_grid(before, after):
    def stay(pairs):
        return sum(pairs.get(after[home]) == before[home] for home in before.keys() & after.keys())

    numbers = sorted(set(after.values()))
    others = (dict(zip(numbers, order, strict=False)) for order in permutations([1, 2, 3, 4]))
    assert stay(match_grids(before, after)) == max(map(stay, others))


@given(PLAN, PLAN)
def test_numbers_survive_and_none_is_given_twice(before, after):
    numbers = surviving_numbers(before, after)
    assert len(set(numbers.values())) == len(numbers) == len(set(after.values()))
    same = match_grids(before, after)
    for number, called in numbers.items():
        assert called == same[number] if number in same else called > max(before.values(), default=0)


def test_a_renumbered_plan_speaks_of_its_new_numbers_everywhere():
    plan = town(leads={1: "A", 2: "B"})
    offer = Message("assign.offer.volunteer", {"grid": "东湾村-03"})
    work = Message("assign.work.leads", {"grids": "东湾村-01, 东湾村-02"})
    plan = replace(
        plan,
        assignments=(replace(plan.assignments[0], why=Message("x", {"work": work})), plan.assignments[1]),
        shortages=(Shortage("东湾村", 3, (offer,)),),
    )
    new = renumber(plan, {"东湾村": {1: 2, 2: 1, 3: 7, 4: 4}})
    assert in_grid(new, 7) == in_grid(plan, 3)
    assert [grid.number for grid in new.villages[0].grids] == [1, 2, 4, 7]
    assert new.villages[0].grids[3].outline == plan.villages[0].grids[2].outline
    assert [(one.grid, one.member_id) for one in new.assignments] == [(1, "B"), (2, "A")]
    assert new.assignments[1].why.values["work"].values["grids"] == "东湾村-02, 东湾村-01"
    assert (new.shortages[0].grid, new.shortages[0].offers[0].values["grid"]) == (7, "东湾村-07")


# ---- what is different


def test_a_plan_does_not_differ_from_itself_however_it_is_numbered():
    plan = town(leads={1: "A"})
    (found,) = compare_plans(plan, renumber(plan, {"东湾村": {1: 3, 2: 4, 3: 1, 4: 2}}))
    assert (found.moves, found.leads, found.new, found.gone) == ((), (), (), ())
    assert found.same == {1: 3, 2: 4, 3: 1, 4: 2}


def test_households_that_change_their_grid_and_leads_that_change_are_found():
    first = in_grid(town(), 1)[0]
    (found,) = compare_plans(town(leads={1: "A", 2: "B"}), town(moves={first: 2}, leads={1: "A", 2: "C", 3: "B"}))
    assert [(move.household.household_id, move.before, move.after) for move in found.moves] == [(first, 1, 2)]
    assert [(one.after, one.was, one.becomes) for one in found.leads] == [(2, "B", "C"), (3, None, "B")]


def test_households_of_only_one_plan_are_new_or_gone_and_do_not_move():
    before = town()
    village = before.villages[0]
    gone = village.plan.households[0].household_id
    rest = tuple(home for home in village.plan.households if home.household_id != gone)
    grid_of = {home: grid for home, grid in village.plan.grid_of.items() if home != gone}
    after = TownPlan((replace(village, plan=replace(village.plan, households=rest, grid_of=grid_of)),))
    (found,) = compare_plans(before, after)
    assert ([home.household_id for home in found.gone], found.new, found.moves) == ([gone], (), ())
    (back,) = compare_plans(after, before)
    assert ([home.household_id for home in back.new], back.gone, back.moves) == ([gone], (), ())


def test_villages_of_only_one_plan_are_not_compared():
    assert compare_plans(TownPlan((sample_towns.odd_village(),)), town()) == ()
