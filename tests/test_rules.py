"""Which villages cannot be cut within the bounds, and what the planner may choose there."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.cluster import feasible_grids
from gridplan.model import SizeBounds
from gridplan.rules import size_exception

CANNOT = {*range(1, 10), *range(16, 20)}


def test_only_1_to_9_and_16_to_19_households_cannot_be_cut_into_grids_of_10_to_15():
    assert {n for n in range(1, 201) if size_exception("柳村", n, SizeBounds(), "桥村")} == CANNOT


@settings(deadline=None)
@given(st.integers(1, 500), st.integers(1, 40), st.integers(0, 40))
def test_there_is_an_exception_just_where_no_number_of_grids_keeps_the_bounds(households, least, more):
    most = least + more
    can = any(k * least <= households <= k * most for k in range(1, households + 1))
    assert (size_exception("柳村", households, SizeBounds(least, most), None) is None) == can
    assert bool(feasible_grids(households, least, most)) == can


def test_the_exception_says_how_many_households_and_which_bounds():
    exception = size_exception("柳村", 17, SizeBounds(), None)
    assert (exception.village, exception.households) == ("柳村", 17)
    assert exception.hamlet is exception.household_id is None
    assert exception.reason.say("en") == "17 households cannot be cut into grids of 10 to 15."
    assert exception.reason.say("zh").startswith("17 户")


def test_one_may_accept_join_the_nearest_village_or_leave_out():
    exception = size_exception("柳村", 17, SizeBounds(), "桥村")
    accept, join, leave_out = exception.options
    assert (accept.code, join.code, leave_out.code) == ("exception.accept", "exception.join", "exception.leave_out")
    assert "桥村" in join.say("zh")


def test_a_lone_village_cannot_join_another():
    exception = size_exception("柳村", 9, SizeBounds(), None)
    assert [option.code for option in exception.options] == ["exception.accept", "exception.leave_out"]
