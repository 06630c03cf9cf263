"""Which villages cannot be cut within the bounds, what the planner may choose there, and which rules a plan breaks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.coordinates import LocalFrame
from gridplan.engine.model.feasible import feasible_grids
from gridplan.model import Assignment, DrawnGrid, Household, Plan, PlannedVillage, SizeBounds
from gridplan.rules import far_households, mixed_grids, size_exception, violations
from gridplan.words import LANGS, Message, on_page

CANNOT = {*range(1, 10), *range(16, 20)}


def test_only_1_to_9_and_16_to_19_households_cannot_be_cut_into_grids_of_10_to_15():
    assert {n for n in range(1, 201) if size_exception("柳村", n, SizeBounds(), ("桥村", 0.0))} == CANNOT


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
    exception = size_exception("柳村", 17, SizeBounds(), ("桥村", 0.0))
    accept, join, leave_out = exception.options
    assert (accept.code, join.code, leave_out.code) == ("exception.accept", "exception.join", "exception.leave_out")
    assert "桥村" in join.say("zh")
    _, join, _ = size_exception("柳村", 17, SizeBounds(), ("桥村", 1234.5)).options
    assert join.say("en") == "join the nearest grid of 桥村, 1,234 m away"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(100, 5000))
def test_every_grid_with_a_household_far_from_its_centre_is_named(seed, far):
    frame, random = LocalFrame(110.9, 37.95), np.random.default_rng(seed)
    xy = random.normal(0, random.choice([50, 500, 3000]), (24, 2))
    lonlat = frame.to_degrees(xy)
    homes = tuple(Household(f"h{i:02d}", "柳村", *at) for i, at in enumerate(lonlat.tolist()))
    plan = Plan("柳村", homes, {home.household_id: 1 + i % 2 for i, home in enumerate(homes)})
    grids = tuple(DrawnGrid(number, 12, 0.0, True, None) for number in (1, 2))
    village = PlannedVillage(plan, SizeBounds(), None, False, grids, ())
    expected = {}
    for number in (1, 2):
        inside = xy[number - 1 :: 2]
        away = min(([float(np.hypot(*(one - centre))) for one in inside] for centre in inside), key=sum)
        if max(away) > far:
            expected[number] = sum(metres > far for metres in away)
    found = far_households(village, far)
    assert {one.grid: one.households for one in found} == expected
    for one in found:
        assert one.note.say("en").startswith(f"柳村-0{one.grid} has {one.households} household")
        assert "--target" not in on_page(one.note).say("en") + on_page(one.note).say("zh")
    undrawn = replace(village, grids=tuple(replace(grid, walk_m=None) for grid in grids))
    assert far_households(undrawn, far) == far_households(village, 1e9) == ()


@pytest.mark.parametrize(("hamlets", "apart"), [("AABB", 999), ("AABB", 1001), ("ABBC", 300), ("AAAA", 5000)])
def test_a_grid_of_three_hamlets_or_of_two_far_apart_is_named(hamlets, apart):
    places = LocalFrame(110.9, 37.95).to_degrees(np.array([(apart * (ord(one) - ord("A")), 0.0) for one in hamlets]))
    homes = [Household(f"h{i}", "柳村", *at, hamlet=f"{hamlets[i]}组") for i, at in enumerate(places.tolist())]
    plan = Plan("柳村", tuple(homes), {home.household_id: 1 for home in homes})
    village = PlannedVillage(plan, SizeBounds(), None, False, (DrawnGrid(1, 4, 0.0, True, None),), ())
    found = [one.note.say("en") for one in mixed_grids(village)]
    is_named = len(set(hamlets)) > 2 or (len(set(hamlets)) == 2 and apart > 1000)
    assert len(found) == is_named
    assert all(f"{apart * (len(set(hamlets)) - 1):,} m apart" in said for said in found)
    assert not mixed_grids(replace(village, kept=True))
    nowhere = replace(plan, households=tuple(replace(home, lon=np.nan, lat=np.nan) for home in homes))
    assert len(mixed_grids(replace(village, plan=nowhere))) == (len(set(hamlets)) > 2)


def test_a_lone_village_cannot_join_another():
    exception = size_exception("柳村", 9, SizeBounds(), None)
    assert [option.code for option in exception.options] == ["exception.accept", "exception.leave_out"]


# ---- the rules that a plan breaks


def planned(*sizes, left_out=0, connected=True, stranger=False):
    """Returns a village of grids of these sizes, numbered from 1, with some households in none."""
    homes = [Household(f"h{i}", "柳村", 110.9, 37.9) for i in range(sum(sizes) + left_out)]
    if stranger:
        homes[0] = Household("h0", "桥村", 110.9, 37.9)
    numbers = [number for number, size in enumerate(sizes, start=1) for _ in range(size)]
    grid_of = {home.household_id: number for home, number in zip(homes, numbers, strict=False)}
    out = {home.household_id: Message("plan.left_out") for home in homes[sum(sizes) :]}
    grids = tuple(DrawnGrid(number, size, None, connected, None) for number, size in enumerate(sizes, start=1))
    return PlannedVillage(Plan("柳村", tuple(homes), grid_of, out), SizeBounds(), None, False, grids)


def lead(number, member="m1", village="柳村", role="lead"):
    return Assignment(village, number, member, role, Message("plan.left_out"))


def broken(*found):
    return [(one.message.code, one.grid, one.household_id) for one in violations(*found)]


def test_a_right_plan_breaks_no_rule():
    assert violations(planned(10, 12, 15)) == ()
    assert violations(planned(10, 12), [lead(1), lead(2, "m2")]) == ()


def test_every_grid_out_of_bounds_is_told():
    assert broken(planned(9, 12, 16)) == [("rule.size", 1, None), ("rule.size", 3, None)]
    (first, _) = violations(planned(9, 12, 16))
    assert first.message.values == {"grid": "柳村-01", "n": 9, "least": 10, "most": 15}


def test_a_household_of_another_village_is_told():
    assert broken(planned(12, stranger=True)) == [("rule.village", None, "h0")]


def test_a_grid_that_does_not_hang_together_is_told():
    assert broken(planned(12, connected=False)) == [("rule.not_connected", 1, None)]


def test_a_household_in_no_grid_is_told():
    assert broken(planned(12, left_out=2)) == [("rule.no_grid", None, "h12"), ("rule.no_grid", None, "h13")]


def test_a_grid_has_one_lead_deputies_and_other_villages_do_not_count():
    given = [lead(1, "m1"), lead(1, "m2"), lead(2, "m3", role="deputy"), lead(2, "m4", village="桥村")]
    assert broken(planned(12, 12), given) == [("rule.several_leads", 1, None), ("rule.no_lead", 2, None)]


def test_leads_are_not_looked_at_where_they_are_not_known():
    assert broken(planned(12)) == []
    assert broken(planned(12), []) == [("rule.no_lead", 1, None)]


@pytest.mark.parametrize("lang", LANGS)
def test_every_broken_rule_has_a_sentence(lang):
    village = planned(9, 12, left_out=1, connected=False, stranger=True)
    said = [one.message.say(lang) for one in violations(village, [lead(1), lead(1, "m2")])]
    assert len(said) == 1 + 1 + 2 + 1 + 2
    assert all("{" not in sentence for sentence in said)
