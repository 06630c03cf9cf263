"""Slips, contact cards and the text of a plan that is scheduled or was published."""

from datetime import date

import pytest
from databases import ON_BOTH
from pdf_pages import texts_of
from sample_drafts import DAY, ZONE, comes, confirm, draft_like, inside, member_id, plan_in_force, plan_of
from service import NOW, OWN
from sqlalchemy import select, update

from gridplan.errors import InputRefused
from gridplan.exchange.paper.change_slips import write_change_slips
from gridplan.service.plans.change_prints import cards_of_changes, change_slips, changes_of_plans
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.tables import card_print, household

TODAY = NOW.date()


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return Who(accounts.by_login(connection, "planner")["id"], "planner")


def slips_of(store, plan_id, *, names=False):
    slips = change_slips(changes_of_plans(store, [plan_id], ZONE), names=names)
    return {
        one.member: ([(row.mark, row.grid) for row in one.gained], [(row.mark, row.grid) for row in one.lost])
        for one in slips
    }, slips


@ON_BOTH
def test_slips_and_cards_are_the_same_before_the_day_and_after_it(store, planner):
    moved, to_nobody = inside(store, plan_in_force(store))[1][1:3]
    with store.write() as connection:
        for home, door in ((moved, "8 号"), (to_nobody, "9 号")):
            here = household.c.code == home
            connection.execute(update(household).where(here).values(door=door, name="王小明"))
    plan_id = plan_of(store, draft_like(store, OWN, moves={moved: 2, to_nobody: 4}))
    confirm(store, planner, plan_id)
    expected = {"示例1": ([], [("8 号", 2), ("9 号", 4)]), "示例2": ([("8 号", 2)], [])}
    found, slips = slips_of(store, plan_id)
    assert (found, {one.day for one in slips}) == (expected, {DAY})

    def cards(today):
        changes = changes_of_plans(store, [plan_id], ZONE)
        by = {"now": NOW, "today": today, "lang": "zh"}
        return [
            (one.mark, one.grid, one.lead.name, one.issued) for one in cards_of_changes(store, planner, changes, **by)
        ]

    assert cards(TODAY) == [("8 号", "2 号微网格", "示例2", DAY)]
    with store.read() as connection:
        (noted,) = connection.execute(select(card_print)).all()
    assert (noted.plan_id, noted.number, noted.member_id) == (plan_id, 2, member_id(store, f"{OWN}-M2"))
    comes(store)
    after, slips = slips_of(store, plan_id)
    assert (after, {one.day for one in slips}) == (expected, {DAY})
    assert cards(date(2027, 1, 2)) == [("8 号", "2 号微网格", "示例2", date(2027, 1, 2))]
    (of,) = changes_of_plans(store, [plan_id], ZONE)
    assert [text.say("en") for text in of.texts] == [
        "石桥村: 2 households change grid, 1 household get another lead. Members with other households: 2."
    ]
    pages = " ".join(texts_of(write_change_slips(slips, "zh")))
    assert ("王小明" in pages, "2026年12月1日" in pages) == (False, True)
    assert "王小明" in " ".join(texts_of(write_change_slips(slips_of(store, plan_id, names=True)[1], "zh")))


def test_where_nothing_changes_nothing_is_printed(store, planner):
    plan_id = plan_of(store, draft_like(store, OWN))
    confirm(store, planner, plan_id)
    changes = changes_of_plans(store, [plan_id], ZONE)
    with pytest.raises(InputRefused, match="Nobody has other households"):
        change_slips(changes, names=True)
    with pytest.raises(InputRefused):
        cards_of_changes(store, planner, changes, now=NOW, today=TODAY, lang="en")
