"""The home page of a planner: the steps of a town, and what is under way."""

from dataclasses import replace
from datetime import timedelta

import pytest
from databases import ON_BOTH
from sample_drafts import member_id, village_id
from service import NOW, OTHER, OWN

from gridplan.roles import Actor
from gridplan.service.registry import members
from gridplan.service.town.home import home_page, steps
from gridplan.service.town.pages import totals
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.tables import member


@pytest.fixture
def store(service):
    return service.store


def town_of(**values):
    return replace(totals([]), **values)


IMPORTED = {"villages": 2, "households": 40}
PUBLISHED = IMPORTED | {"planned": 2, "members": 3}


@pytest.mark.parametrize(
    ("town", "drafts", "done", "waits"),
    [
        ({}, 0, [], "import"),
        (IMPORTED, 0, ["import"], "plan"),
        (IMPORTED | {"placed": 40}, 1, ["import", "positions", "plan"], "publish"),
        (PUBLISHED | {"without_card": 3}, 0, ["import", "plan", "publish"], "cards"),
        (PUBLISHED | {"in_no_grid": 1}, 0, ["import", "plan", "cards"], "publish"),
        (PUBLISHED | {"placed": 40}, 0, ["import", "positions", "plan", "publish", "cards"], None),
    ],
)
def test_the_steps_know_what_is_done_and_what_is_next(town, drafts, done, waits):
    way = steps(town_of(**town), drafts=drafts, phones=True)
    assert [step.key for step in way if step.done] == done
    assert [step.key for step in way if step.next] == ([waits] if waits else [])
    for step in way:
        assert step.state.say("zh")


def test_one_household_and_one_village_are_not_counted_as_several():
    first = steps(town_of(villages=1, households=1), drafts=0, phones=False)[0]
    assert first.state.say("en") == "1 household in 1 village"


@ON_BOTH
def test_the_first_page_shows_what_is_under_way_within_the_scope(store):
    actor = Actor(1, "planner", "planner", frozenset({village_id(store)}))
    with store.change(COMMAND_LINE, "plan", "draft", now=NOW) as made:
        for name in (OWN, OTHER):
            town = plans.town(made.connection, [plans.published(made.connection)[village_id(store, name)]])
            plans.save_draft(made.connection, town, name=name, made_by=1, now=NOW, settings={})
    page = home_page(store, actor, NOW.date())
    assert [draft["name"] for draft in page.drafts] == [OWN]
    assert [row.name for row in page.rows] == [OWN]


def test_every_grid_without_a_lead_is_named_whatever_the_cause(store):
    own = village_id(store)
    actor = Actor(1, "planner", "planner", frozenset({own}))
    assert [row["number"] for row in home_page(store, actor, NOW.date()).without_lead] == list(range(4, 33))
    who = member_id(store, f"{OWN}-M2")
    members.retire(store, COMMAND_LINE, who, 1, now=NOW, today=NOW.date())
    assert [row["number"] for row in home_page(store, actor, NOW.date()).without_lead] == [2, *range(4, 33)]
    members.restore(store, COMMAND_LINE, who, 2, now=NOW)
    assert [row["number"] for row in home_page(store, actor, NOW.date()).without_lead] == list(range(4, 33))


def test_a_grid_whose_lead_is_away_is_named_until_the_last_day(store):
    own, today = village_id(store), NOW.date()
    actor = Actor(1, "planner", "planner", frozenset({own}))
    with store.write() as connection:
        away = member.c.code == f"{OWN}-M2"
        connection.execute(member.update().where(away).values(excused_until=today))
    assert [(row["number"], row["lead"]) for row in home_page(store, actor, today).lead_away] == [(2, "示例2")]
    assert home_page(store, actor, today + timedelta(days=1)).lead_away == ()
