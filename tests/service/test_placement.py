"""Place mode: each click is kept at once, can be taken back, and never counts a household twice."""

import pytest
from databases import ON_BOTH
from hypothesis import given, settings
from hypothesis import strategies as st
from service import NOW, OWN
from sqlalchemy import func, select, update
from ways_in import confirmed

from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.registry import features, placement
from gridplan.store import Who
from gridplan.store.tables import audit, hamlet, household, plan, village

WHO = Who(None, "planner")
HERE, THERE = (119.43, 31.41), (119.44, 31.42)


@pytest.fixture
def unplaced(service):
    """Return the own village with nobody placed in its hamlets 1组 and 2组."""
    with service.store.write() as connection:
        own = connection.execute(select(village.c.id).where(village.c.name == OWN)).scalar_one()
        nowhere = (household.c.village_id == own) & household.c.hamlet.in_(("1组", "2组"))
        connection.execute(update(household).where(nowhere).values(lon=None, lat=None, position="hamlet"))
    return service.store, own


def standing(store, village_id):
    """Return where everybody stands, and where the hamlets are."""
    ground = placement.placement_page(store, village_id)
    homes = {home["id"]: (home["lon"], home["lat"], home["position"]) for home in ground.homes}
    return homes, {one.name: one.place for one in ground.hamlets}


def first_of(store, village_id, name):
    return next(home for home in placement.placement_page(store, village_id).homes if home["hamlet"] == name)


def test_households_are_offered_hamlet_by_hamlet_in_the_order_of_their_doors(unplaced):
    store, own = unplaced
    homes = placement.placement_page(store, own).homes
    doors = [int(home["door"].removesuffix("号")) for home in homes if home["hamlet"] == "1组"]
    assert doors == sorted(doors)
    assert [home["hamlet"] for home in homes] == sorted(home["hamlet"] for home in homes)


def test_one_click_sets_an_anchor_and_all_without_a_place_stand_there(unplaced):
    store, own = unplaced
    moved = placement.set_anchor(store, WHO, own, "1组", HERE, was=None, now=NOW)
    assert {(home["lon"], home["lat"], home["position"]) for home in moved.homes} == {(*HERE, "hamlet")}
    of = [one for one in placement.placement_page(store, own).hamlets if one.name == "1组"]
    assert (of[0].place, len(moved.homes), of[0].placed) == (HERE, of[0].households, 0)


def test_a_village_that_stands_on_one_spot_has_no_outline(unplaced):
    store, own = unplaced
    with store.write() as connection:
        connection.execute(update(village).where(village.c.id == own).values(boundary=None))
        connection.execute(update(plan).where(plan.c.village_id == own).values(boundary=None))
        connection.execute(update(household).where(household.c.village_id == own).values(lon=HERE[0], lat=HERE[1]))
    background = features.map_background(store, Actor(1, "admin", "administrator", None), own)
    assert own not in {properties["id"] for _, properties in background.villages}
    assert background.bounds == (*HERE, *HERE)


def test_one_click_places_a_household_and_the_next_anchor_leaves_it_there(unplaced):
    store, own = unplaced
    home = first_of(store, own, "1组")
    before = placement.placement_page(store, own).hamlets
    moved = placement.place_household(store, WHO, own, home["id"], home["version"], HERE, now=NOW)
    assert moved.placed == sum(one.placed for one in before) + 1
    placement.set_anchor(store, WHO, own, "1组", THERE, was=None, now=NOW)
    assert standing(store, own)[0][home["id"]] == (*HERE, "exact")


def test_a_household_put_back_stands_on_the_anchor(unplaced):
    store, own = unplaced
    placement.set_anchor(store, WHO, own, "1组", THERE, was=None, now=NOW)
    home = first_of(store, own, "1组")
    placed = placement.place_household(store, WHO, own, home["id"], home["version"], HERE, now=NOW).homes[0]
    placement.place_household(store, WHO, own, home["id"], placed["version"], None, now=NOW)
    assert standing(store, own)[0][home["id"]] == (*THERE, "hamlet")


def test_a_click_on_what_somebody_changed_meanwhile_says_who_and_when(service, unplaced):
    store, own = unplaced
    home = first_of(store, own, "1组")
    with store.read() as connection:
        planner = connection.execute(select(audit.c.account_id).order_by(audit.c.id)).scalars().first()
    placement.place_household(store, Who(planner, "planner"), own, home["id"], home["version"], HERE, now=NOW)
    with pytest.raises(Conflict) as conflict:
        placement.place_household(store, WHO, own, home["id"], home["version"], THERE, now=NOW)
    assert "2026-11-16 10:00" in conflict.value.say("en")
    assert "position" in conflict.value.say("en")
    assert standing(store, own)[0][home["id"]] == (*HERE, "exact")


def test_an_anchor_that_somebody_moved_meanwhile_stays(unplaced):
    store, own = unplaced
    placement.set_anchor(store, WHO, own, "1组", HERE, was=None, now=NOW)
    with pytest.raises(Conflict):
        placement.set_anchor(store, WHO, own, "1组", THERE, was=None, now=NOW)
    assert standing(store, own)[1]["1组"] == HERE


def test_a_household_of_another_village_cannot_be_placed_here(unplaced):
    store, own = unplaced
    with store.read() as connection:
        other = connection.execute(select(household.c.id).where(household.c.village_id != own).limit(1)).scalar_one()
    with pytest.raises(NotFound):
        placement.place_household(store, WHO, own, other, 1, HERE, now=NOW)


def test_a_place_that_is_not_on_the_earth_is_refused_and_nothing_changes(unplaced):
    store, own = unplaced
    home = first_of(store, own, "1组")
    before = standing(store, own)
    for place in ((200.0, 31.0), (119.0, 91.0), (float("nan"), 31.0)):
        with pytest.raises(InputRefused):
            placement.place_household(store, WHO, own, home["id"], home["version"], place, now=NOW)
    assert standing(store, own) == before


def test_a_place_outside_the_boundary_is_asked_about_then_kept_and_said(unplaced):
    store, own = unplaced
    home = first_of(store, own, "1组")

    def place(key):
        there = (home["id"], home["version"], (119.6, 31.6))
        return placement.place_household(store, WHO, own, *there, confirmed=key, now=NOW)

    asked, result = confirmed(place)
    assert asked
    assert result.outside


@ON_BOTH
def test_every_click_leaves_a_row_in_the_audit_without_names_or_places(unplaced):
    store, own = unplaced
    home = first_of(store, own, "1组")
    placement.place_household(store, WHO, own, home["id"], home["version"], HERE, now=NOW)
    placement.set_anchor(store, WHO, own, "1组", THERE, was=None, now=NOW)
    with store.read() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(2)).mappings().all()
    assert [(row["verb"], row["object"], row["village_id"]) for row in rows] == [
        ("anchor", "hamlet", own),
        ("place", "household", own),
    ]
    assert rows[1]["detail"] == {"fields": ["position"]}


clicks = st.lists(st.tuples(st.sampled_from(["home", "anchor"]), st.integers(0, 9), st.booleans()), max_size=12)


def test_placed_and_unplaced_are_always_all_and_undoing_every_click_restores_everything(unplaced):
    store, own = unplaced

    @settings(max_examples=15, deadline=None)
    @given(clicks)
    def check(sequence):
        before = standing(store, own)
        undone = []
        for what, which, towards in sequence:
            undone.append(one_click(store, own, what, which, HERE if towards else THERE))
            ground = placement.placement_page(store, own)
            assert sum(one.households for one in ground.hamlets) == len(ground.homes) == len(before[0])
            assert sum(one.placed for one in ground.hamlets) == sum(h["position"] == "exact" for h in ground.homes)
        for undo in reversed(undone):
            undo()
        assert standing(store, own) == before

    check()


def one_click(store, own, what, which, place):
    """Click, as the page does, and return what takes it back."""
    ground = placement.placement_page(store, own)
    if what == "anchor":
        name = ("1组", "2组")[which % 2]
        was = next(one.place for one in ground.hamlets if one.name == name)
        placement.set_anchor(store, WHO, own, name, place, was=was, now=NOW)
        return lambda: placement.set_anchor(store, WHO, own, name, was, was=place, now=NOW)
    home = [one for one in ground.homes if one["hamlet"] in ("1组", "2组")][which]
    was = (home["lon"], home["lat"]) if home["position"] == "exact" else None
    placement.place_household(store, WHO, own, home["id"], home["version"], place, now=NOW)

    def undo():
        now = next(one for one in placement.placement_page(store, own).homes if one["id"] == home["id"])
        placement.place_household(store, WHO, own, home["id"], now["version"], was, now=NOW)

    return undo


def test_households_that_stand_on_an_anchor_from_their_list_can_be_put_back_on_it(unplaced):
    store, own = unplaced
    with store.write() as connection:
        here = (household.c.village_id == own) & (household.c.hamlet == "1组")
        connection.execute(update(household).where(here).values(lon=HERE[0], lat=HERE[1]))
        assert connection.execute(select(func.count()).select_from(hamlet)).scalar_one() == 0
    before = standing(store, own)
    for home in [one for one in placement.placement_page(store, own).homes if one["hamlet"] == "1组"]:
        placement.place_household(store, WHO, own, home["id"], home["version"], THERE, now=NOW)
    for home in [one for one in placement.placement_page(store, own).homes if one["hamlet"] == "1组"]:
        placement.place_household(store, WHO, own, home["id"], home["version"], None, now=NOW)
    assert standing(store, own) == before
