"""Edits of a draft: rows are moved, taken back and made again, each against the version that was seen."""

from uuid import uuid4

import pytest
from sample_drafts import draft_like, household_id, inside, plan_of
from service import NOW, OWN

from gridplan.errors import Conflict, InputRefused
from gridplan.service.redraw import edits
from gridplan.service.redraw.edits import EditRequest, Step
from gridplan.store.access import scope
from gridplan.store.access.accounts import by_login


def planner(store):
    with store.read() as connection:
        return scope.actor(connection, by_login(connection, "planner")["id"])


def step(plan_id, version, id_=None, **asked):
    return Step(plan_id, version, id_ or str(uuid4()), "en", asked)


def move(store, plan_id, version, moves, id_=None):
    request = EditRequest("move", tuple(moves.items()))
    asked = step(plan_id, version, id_, moves=sorted(moves.items()))
    return edits.edit(store, planner(store), asked, request, now=NOW)


@pytest.fixture
def plan(service):
    return plan_of(service.store, draft_like(service.store, OWN))


def test_a_household_moves_and_comes_back(service, plan):
    store, before = service.store, inside(service.store, plan)
    (home, *_), target = next(iter(before.values())), list(before)[1]
    answer = move(store, plan, 0, {household_id(store, home): target})
    assert home in inside(store, plan)[target]
    assert answer["version"] == 1 and answer["undo"]["own"] and answer["redo"] is None
    assert [one["grid"] for one in answer["households"]] == [target]
    back = edits.undo(store, planner(store), step(plan, 1), of_others=False, now=NOW)
    assert inside(store, plan) == before and back["undo"] is None
    edits.redo(store, planner(store), step(plan, 2), of_others=False, now=NOW)
    assert home in inside(store, plan)[target]


def test_an_old_version_is_refused_and_the_same_request_gets_the_same_answer(service, plan):
    store = service.store
    home, id_ = household_id(store, f"{OWN}0001"), str(uuid4())
    first = move(store, plan, 0, {home: None}, id_)
    assert move(store, plan, 0, {home: None}, id_) == first
    with pytest.raises(Conflict):
        move(store, plan, 0, {home: None})
    with pytest.raises(InputRefused):
        move(store, plan, 0, {}, id_)


def test_a_new_grid_gets_a_number_that_none_ever_had(service, plan):
    store, highest = service.store, max(inside(service.store, plan))
    home = household_id(store, f"{OWN}0001")
    assert [one["grid"] for one in move(store, plan, 0, {home: -1})["households"]] == [highest + 1]
    move(store, plan, 1, {home: None})
    assert highest + 1 not in inside(store, plan)
    assert [one["grid"] for one in move(store, plan, 2, {home: -1})["households"]] == [highest + 2]
