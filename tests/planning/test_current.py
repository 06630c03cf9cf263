"""A plan as the lists are now: who is gone is in no grid, who is new is in none yet."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_towns import odd_village, village

from gridplan.model import Household
from gridplan.planning.current import IN_NO_GRID, as_of_now

PLANNED = village("石桥村", 0, 0, 2, 1)
PLAN = PLANNED.plan


def new(number):
    return Household(f"new{number}", "石桥村", 119.43, 31.41)


living_now = st.tuples(
    st.lists(st.sampled_from(PLAN.households), unique_by=lambda home: home.household_id),
    st.integers(0, 3).map(lambda n: [new(number) for number in range(n)]),
)


@given(living_now)
def test_households_gone_or_new_are_in_no_grid_and_sizes_are_counted_anew(lists):
    stayed, came = lists
    now = as_of_now(PLANNED, [*stayed, *came])
    assert now.plan.households == (*stayed, *came)
    assert now.plan.grid_of == {home.household_id: PLAN.grid_of[home.household_id] for home in stayed}
    assert now.plan.left_out == {home.household_id: IN_NO_GRID for home in came}
    assert {grid.number: grid.size for grid in now.grids} == {
        number: len({home.household_id for home in inside} & now.plan.grid_of.keys())
        for number, inside in PLAN.grids.items()
    }
    assert [replace(grid, size=12) for grid in now.grids] == list(PLANNED.grids)
    assert now.walk_m == PLANNED.walk_m


def test_a_plan_is_as_it_was_while_the_lists_are():
    assert as_of_now(PLANNED, PLAN.households) == PLANNED


def test_who_was_left_out_keeps_the_reason():
    planned = odd_village()
    assert as_of_now(planned, planned.plan.households).plan.left_out == planned.plan.left_out


def test_a_household_is_as_the_lists_have_it_now():
    first, *others = PLAN.households
    renamed = replace(first, name="新名")
    now = as_of_now(PLANNED, [renamed, *others])
    assert now.plan.households[0] == renamed
    assert now.plan.grid_of == PLAN.grid_of


def test_a_grid_without_households_stays_with_size_0():
    now = as_of_now(PLANNED, [home for home in PLAN.households if PLAN.grid_of[home.household_id] != 2])
    assert [grid.size for grid in now.grids] == [12, 0, 12, 12]
    assert 2 not in now.plan.grids
