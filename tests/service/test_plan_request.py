"""Plan requests: what a planner may ask for, what is suggested, and what is impossible."""

from dataclasses import replace

import pytest
from sample_drafts import draft_like, village_id
from service import NOW, OWN

from gridplan.model import Household
from gridplan.service.plans import plan_request
from gridplan.service.plans.plan_request import PlanRequest
from gridplan.store.registry import households, villages

TODAY = NOW.date()


@pytest.fixture
def store(service):
    return service.store


def known(store, scope=None):
    with store.read() as connection:
        return plan_request.plannable_villages(connection, scope, TODAY)


def request(store, *names, **changes):
    return PlanRequest("try", tuple(village_id(store, name) for name in names), **changes)


def test_at_first_villages_without_a_plan_are_wanted_else_all(store):
    with store.write() as connection:
        ids = villages.add_missing(connection, ["新村", "空村"])
        households.add(connection, [Household("N1", "新村", 119.4, 31.4)], ids)
    with store.read() as connection:
        found = plan_request.plannable_villages(connection, None, TODAY)
        assert plan_request.suggested_request(connection, found, TODAY).villages == (ids["新村"],)
        with_plan = [one for one in found if one.plan]
        assert len(plan_request.suggested_request(connection, with_plan, TODAY).villages) == 5


def test_a_name_that_a_draft_has_is_not_suggested_again(store):
    draft_like(store, OWN, name=TODAY.isoformat())
    with store.read() as connection:
        assert plan_request.suggested_request(connection, [], TODAY).name == f"{TODAY} (2)"


def test_villages_are_known_by_what_they_have(store):
    (own,) = known(store, [village_id(store)])
    assert (own.name, own.households, own.in_no_grid, own.leads, own.plan["grids"]) == (OWN, 384, 0, 3, 32)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"villages": ()}, "villages", "at least one village"),
        ({"least": 16}, "bounds", "from 1 to 100"),
        ({"least": 0}, "bounds", "from 1 to 100"),
        ({"most": 101}, "bounds", "from 1 to 100"),
        ({"value": 30}, "target", "from 10 to 15"),
        ({"value": None}, "target", "from 10 to 15"),
        ({"how": "grids", "value": 40}, "grids", "from 26 to 38 grids"),
        ({"how": "grids", "value": 30.5}, "grids", "from 26 to 38 grids"),
        ({"how": "grids", "value": float("nan")}, "grids", "whole number"),
        ({"how": "price", "value": 0}, "price", "more than 0"),
        ({"how": "price", "value": float("inf")}, "price", "more than 0"),
    ],
)
def test_what_is_impossible_is_said_by_its_field(store, changes, field, sentence):
    problems = plan_request.request_problems(replace(request(store, OWN), **changes), known(store))
    assert problems.keys() == {field}
    assert sentence in problems[field].say("en")


def test_villages_without_households_or_without_anybody_to_lead_are_named(store):
    with store.write() as connection:
        ids = villages.add_missing(connection, ["空村"])
    found = known(store)
    empty = plan_request.request_problems(replace(request(store, OWN), villages=(ids["空村"],)), found)
    assert "空村" in empty["villages"].say("zh")
    nobody = replace(found[0], id=-1, name="无人村", leads=0)
    asked = PlanRequest("try", (-1,), how="members", value=None)
    assert "无人村" in plan_request.request_problems(asked, [*found, nobody])["members"].say("zh")


def test_what_is_possible_has_no_problem(store):
    for asked in (
        request(store, OWN),
        request(store, OWN, how="grids", value=30),
        request(store, OWN, how="price", value=50),
    ):
        assert plan_request.request_problems(asked, known(store)) == {}
