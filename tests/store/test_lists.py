"""Lists of the store, on both databases: their order, blanks, pages, and the walk over all of them."""

from datetime import date

import pytest
from sqlalchemy import select

from gridplan.model import Household, Member
from gridplan.names import sort_key
from gridplan.store.lists import grids, households, listing, members, villages
from gridplan.store.lists.listing import ListQuery
from gridplan.store.registry import households as households_store
from gridplan.store.registry import members as members_store
from gridplan.store.registry import villages as villages_store
from gridplan.store.rows import by_name
from gridplan.store.tables import member

TODAY = date(2026, 11, 16)
NAMES = ["张三", "阿庆", "12-10", "12-3", "亳家", "Zebra", "apple", "曾明", "10号", "2号", "单雄", "示例 2", "示例10"]


def add(store, homes=(), people=(), village="柳村"):
    with store.write() as connection:
        known = villages_store.add_missing(connection, [village])
        households_store.add(connection, homes, known)
        members_store.add(connection, people, known)


def column(store, query, key, of=households):
    with store.read() as connection:
        return [row[key] for row in of.listing(connection, None).page(connection, query)]


def test_both_databases_sort_names_as_scripts_do(store):
    add(store, people=[Member(f"M{i}", name, village="柳村") for i, name in enumerate(NAMES)])
    with store.read() as connection:
        found = list(connection.execute(select(member.c.name).order_by(by_name(member.c.name))).scalars())
    assert found == sorted(NAMES, key=sort_key)


def test_households_stand_by_village_hamlet_and_door(store):
    places = [("十组", "1号"), ("二组", "12-10号"), (None, "3"), ("二组", "12-3号"), ("二组", "12号"), ("上湾", None)]
    places += [("二组", "2号"), ("白土", "1"), ("二组", None)]
    for village in ("张村", "阿村"):
        homes = [
            Household(f"{village}{i}", village, 119.4, 31.4, hamlet=hamlet, door=door)
            for i, (hamlet, door) in enumerate(places)
        ]
        add(store, homes, village=village)
    with store.read() as connection:
        rows = households.listing(connection, None).page(connection, ListQuery())
    expected = [("二组", "2号"), ("二组", "12号"), ("二组", "12-3号"), ("二组", "12-10号"), ("二组", None)]
    expected += [("十组", "1号"), ("白土", "1"), ("上湾", None), (None, "3")]
    assert [(row["hamlet"], row["door"]) for row in rows] == 2 * expected
    assert [row["village"] for row in rows[:: len(places)]] == ["阿村", "张村"]


def test_blanks_stand_last_whichever_way_a_list_runs(store):
    homes = [Household(f"h{i}", "柳村", 119.4, 31.4, name=name) for i, name in enumerate(["乙", None, "甲", None])]
    add(store, homes)
    for falls, order in ((False, ["甲", "乙", None, None]), (True, ["乙", "甲", None, None])):
        assert column(store, ListQuery(sort="name", falls=falls), "name") == order


def test_a_walk_yields_the_rows_of_all_pages_in_their_order(store, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 10)
    monkeypatch.setattr(listing, "AT_ONCE", 7)
    add(store, [Household(f"h{i}", "柳村", 119.4, 31.4, name="同名", door=f"{i % 3}") for i in range(24)])
    with store.read() as connection:
        found = households.listing(connection, None)
        pages = [row["code"] for page in (1, 2, 3) for row in found.page(connection, ListQuery(sort="name", page=page))]
        assert [row["code"] for row in found.walk(connection, ListQuery(sort="name"))] == pages
    assert len({*pages}) == 24


@pytest.mark.parametrize("of", [households, members, grids, villages])
def test_every_column_sorts_and_every_filter_filters(service, of):
    given = (None, TODAY) if of in (members, grids) else (None,)
    values = ("", "any", "none", "7", "7-1", "retired")
    with service.store.read() as connection:
        found = of.listing(connection, *given)
        for key in found.order:
            for falls in (False, True):
                assert found.page(connection, ListQuery(sort=key, falls=falls)), key
        counts = {
            (name, value): found.count(connection, ListQuery({name: value}))
            for name in found.filters
            for value in values
        }
        for (name, value), n in counts.items():
            assert n == len(list(found.walk(connection, ListQuery({name: value})))), (name, value)
