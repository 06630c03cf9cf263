"""Villages, households and members in the store: what is saved is what is read, ids say nothing, lists keep order."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nouns import FLOAT, NAME, any_of
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gridplan.model import Hamlet, Household, Member, Village
from gridplan.store.columns import LARGEST_ID
from gridplan.store.registry import households, members, placement, villages
from gridplan.store.rows import free_code
from gridplan.store.tables import household, member

CODES = [f"H{n:03d}" for n in range(40)]


@pytest.fixture
def village_ids(store):
    """Add households and members of a village, and return the ids of the villages by name."""
    with store.write() as connection:
        known = villages.add_missing(connection, ["柳村"])
        households.add(connection, [Household(code, "柳村", 119.4, 31.4) for code in CODES], known)
        members.add(connection, [Member(code, "甲", village="柳村") for code in CODES], known)
        return known


# ---- what is saved is what is read

DEGREES = FLOAT | st.just(math.nan)
VILLAGES = st.lists(any_of(Village, name=NAME), min_size=1, max_size=3, unique_by=lambda one: one.name)
examples = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def some(noun, village, *, key, **given):
    """Return a strategy of lists of a noun, each with another key."""
    return st.lists(any_of(noun, village=village, **given), max_size=4, unique_by=key)


@examples
@given(known=VILLAGES)
def test_villages_are_read_as_they_were_saved(store, known):
    with store.engine.connect() as connection:  # rolled back at the end
        villages.add(connection, known)
        assert {*villages.models(connection)} == {*known}


@examples
@given(data=st.data())
def test_households_are_read_as_they_were_saved(store, data):
    known = [village.name for village in data.draw(VILLAGES)]
    homes = data.draw(
        some(Household, st.sampled_from(known), lon=DEGREES, lat=DEGREES, key=lambda home: home.household_id)
    )
    with store.engine.connect() as connection:
        households.add(connection, homes, villages.add_missing(connection, known))
        assert {*households.models(connection)} == {*homes}


@examples
@given(data=st.data())
def test_members_are_read_as_they_were_saved(store, data):
    known = [village.name for village in data.draw(VILLAGES)]
    people = data.draw(some(Member, st.none() | st.sampled_from(known), key=lambda one: one.member_id))
    with store.engine.connect() as connection:
        members.add(connection, people, villages.add_missing(connection, known))
        assert {*members.models(connection)} == {*people}


@examples
@given(data=st.data())
def test_places_of_hamlets_are_read_as_they_were_saved(store, data):
    known = [village.name for village in data.draw(VILLAGES)]
    hamlets = data.draw(
        some(Hamlet, st.sampled_from(known), name=st.none() | NAME, key=lambda one: (one.village, one.name or ""))
    )
    with store.engine.connect() as connection:
        ids = villages.add_missing(connection, known)
        for one in hamlets:
            placement.save_anchor(connection, ids[one.village], one.name or "", (one.lon, one.lat))
        assert {*villages.hamlets(connection)} == {*hamlets}


# ---- ids and order


@pytest.mark.usefixtures("village_ids")
def test_ids_of_households_and_members_are_random(store):
    with store.read() as connection:
        for found in (households.ids_by_code(connection), members.ids_by_code(connection)):
            ids = [found[code] for code in CODES]
            assert len({*ids}) == len(CODES)
            assert ids != sorted(ids)
            assert 1 <= min(ids) < LARGEST_ID / 2 < max(ids) <= LARGEST_ID


@pytest.mark.usefixtures("village_ids")
@pytest.mark.parametrize("table", [household, member])
def test_an_id_is_never_given_twice(store, table):
    with store.write() as connection:
        row = dict(connection.execute(select(table).limit(1)).mappings().one())
        with pytest.raises(IntegrityError):
            connection.execute(insert(table).values(row | {"code": "another"}))


@pytest.mark.usefixtures("village_ids")
def test_lists_are_in_the_order_of_codes(store):
    with store.read() as connection:
        assert [home.household_id for home in households.models(connection)] == CODES
        assert [one.member_id for one in members.models(connection)] == CODES


def test_a_new_code_is_the_number_of_rows_and_one(store, village_ids):
    with store.write() as connection:
        assert (free_code(connection, household), free_code(connection, member)) == ("H00041", "M00041")
        households.add(connection, [Household("H00041", "柳村", 119.4, 31.4)], village_ids)
        assert free_code(connection, household) == "H00042"
        households.add(connection, [Household("H00043", "柳村", 119.4, 31.4)], village_ids)
        assert free_code(connection, household) == "H00044"


def test_an_anchor_that_was_never_set_is_where_the_first_household_without_a_place_stands(store, village_ids):
    with store.write() as connection:
        standing = [
            Household(code, "柳村", lon, 31.4, hamlet="一组", position="hamlet")
            for code, lon in (("b", 2.0), ("a", 1.0), ("c", 3.0))
        ]
        households.add(connection, standing, village_ids)
        assert placement.anchors(connection, village_ids["柳村"]) == {"一组": (1.0, 31.4)}
