"""The chain from the town to the household: what hangs on nothing is found, at every level and in every scope."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import household_id, member_id, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import delete, insert, select, update

from gridplan.service.chain.chain import chain_page
from gridplan.store.chain import branches, linkage
from gridplan.store.plans import plans
from gridplan.store.registry import villages
from gridplan.store.rows import add_row
from gridplan.store.tables import cover, grid, household, member, membership, party_group, plan
from gridplan.words import Message

TODAY = NOW.date()


@pytest.fixture
def town(service):
    """Return a store whose own village has two party groups, one without a head, and one break at every level."""
    store = service.store
    own, lead, head = village_id(store), member_id(store, f"{OWN}-M1"), member_id(store, f"{OWN}-M2")
    with store.write() as connection:
        plan_id = plans.published(connection)[own]
        connection.execute(update(grid).values(group_number=None))
        connection.execute(delete(party_group))
        for number, of in ((1, head), (2, None)):
            connection.execute(insert(party_group).values(plan_id=plan_id, number=number, head_id=of))
        here = grid.c.plan_id == plan_id
        connection.execute(update(grid).where(here, grid.c.number <= 10).values(group_number=1))
        connection.execute(update(grid).where(here, grid.c.number > 10).values(group_number=2))
        connection.execute(update(grid).where(here, grid.c.number == 12).values(group_number=None))
        connection.execute(update(member).where(member.c.id == lead).values(excused_until=TODAY))
        home = {"code": "N1", "village_id": own, "name": "新来", "position": "hamlet"}
        connection.execute(insert(household).values(home))
        add_row(connection, member, {"code": "T1", "name": "镇干部", "ties": []})
        villages.add_missing(connection, ["新村"])
        branches.add(connection, own, "一支部")
        kind = {"title": "a", "subject": "village", "rule": "exactly", "count": 1, "cadence_days": None}
        linkage.save_kind(connection, None, kind)
        person_id = linkage.add_person(connection, "王甲", next(iter(linkage.kinds(connection))))
        link = {"person_id": person_id, "village_id": own, "branch_id": None, "from_day": TODAY}
        linkage.add_link(connection, link)
    return store


def gaps(store, *scope):
    """Return what is missing in a scope by kind: grids and groups by number, all else by name."""
    found = chain_page(store, [village_id(store, name) for name in scope] or None, TODAY).gaps
    return {gap.kind: [one.number or one.name or one.village for one in gap.missing] for gap in found}


def grids_in(store, name):
    with store.read() as connection:
        plan_id = plans.published(connection)[village_id(store, name)]
        return [row["number"] for row in plans.grid_rows(connection, plan_id)]


def test_every_break_is_found_at_its_level(town):
    numbers = grids_in(town, OWN)
    assert gaps(town, OWN) == {
        "branch without linkage": ["一支部"],
        "group without head": [2],
        "grid without group": [12],
        "grid without lead": [number for number in numbers if number > 3],
        "lead away": [1],
        "household in no grid": ["新来"],
        "member of no village": ["镇干部"],
    }
    assert gaps(town, "新村") == {
        "village without plan": ["新村"],
        "village without linkage": ["新村"],
        "member of no village": ["镇干部"],
    }
    assert gaps(town, OTHER)["grid without group"] == grids_in(town, OTHER)


@ON_BOTH
def test_the_whole_town_has_the_gaps_of_its_villages_and_no_others(town):
    with town.read() as connection:
        names = [row["name"] for row in villages.rows(connection)]
    whole, parts = gaps(town), [gaps(town, name) for name in names]
    once = ("member of no village",)
    for kind, missing in whole.items():
        together = [one for part in parts for one in part.get(kind, ())]
        assert sorted(map(str, set(together) if kind in once else together)) == sorted(map(str, missing)), kind
    page = chain_page(town, None, TODAY)
    assert page.n_gaps == sum(of.gaps for of in page.villages) + 1
    assert sum(of.n_grids for of in page.villages) == sum(len(grids_in(town, name)) for name in names if name != "新村")


def test_a_cover_closes_the_gap_of_a_lead_who_is_away_while_it_lasts(town):
    lead, other = member_id(town, f"{OWN}-M1"), member_id(town, f"{OWN}-M3")
    days = {"first_day": TODAY - timedelta(days=3), "last_day": TODAY}
    with town.write() as connection:
        row = {"member_id": lead, "by_member_id": other, "village_id": village_id(town), "number": 1}
        connection.execute(insert(cover).values(row | days))
    assert "lead away" not in gaps(town, OWN)
    with town.write() as connection:
        connection.execute(update(cover).values(last_day=TODAY - timedelta(days=1)))
    assert gaps(town, OWN)["lead away"] == [1]


def test_households_say_why_they_are_in_no_grid_and_who_left_is_no_gap(town):
    code = f"{OWN}0002"
    with town.write() as connection:
        here = select(plan.c.id).where(plan.c.state == "published")
        mine = (membership.c.household_id == household_id(town, code)) & membership.c.plan_id.in_(here)
        connection.execute(update(membership).where(mine).values(number=None, why=Message("map.no_lead")))
    gap = next(gap for gap in chain_page(town, [village_id(town)], TODAY).gaps if gap.kind == "household in no grid")
    assert {why.code: n for why, n in gap.reasons} == {"map.no_lead": 1, "chain.came_later": 1}
    with town.write() as connection:
        connection.execute(update(household).where(household.c.code.in_([code, "N1"])).values(retired_on=TODAY))
        connection.execute(update(member).where(member.c.code == "T1").values(retired_on=TODAY))
    assert gaps(town, OWN).keys().isdisjoint({"household in no grid", "member of no village"})
