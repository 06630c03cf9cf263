"""Villages, households and members in the store: ids say nothing, and lists keep their order."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gridplan.model import Household, Member
from gridplan.store.columns import LARGEST_ID
from gridplan.store.registry import households, members, placement, villages
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
        assert (households.free_code(connection), members.free_code(connection)) == ("H00041", "M00041")
        households.add(connection, [Household("H00041", "柳村", 119.4, 31.4)], village_ids)
        assert households.free_code(connection) == "H00042"
        households.add(connection, [Household("H00043", "柳村", 119.4, 31.4)], village_ids)
        assert households.free_code(connection) == "H00044"


def test_an_anchor_that_was_never_set_is_where_the_first_household_without_a_place_stands(store, village_ids):
    with store.write() as connection:
        standing = [
            Household(code, "柳村", lon, 31.4, hamlet="一组", position="hamlet")
            for code, lon in (("b", 2.0), ("a", 1.0), ("c", 3.0))
        ]
        households.add(connection, standing, village_ids)
        assert placement.anchors(connection, village_ids["柳村"]) == {"一组": (1.0, 31.4)}
