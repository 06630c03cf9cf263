"""The job that plans villages and saves the draft that comes of it."""

from dataclasses import asdict

import pytest
from databases import ON_BOTH
from sample_drafts import plan_of, rows_of, village_id
from service import NOW, fill

from gridplan.errors import NotAllowed
from gridplan.service.plans import plan_job, plan_request
from gridplan.service.plans.plan_request import PlanRequest
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.plans import drafts, plans
from gridplan.store.registry import households
from gridplan.store.system import jobs

TODAY = NOW.date()
EAST = "东湾村"
"""The smallest of the ordinary villages: 96 households in 8 grids."""


@pytest.fixture
def store(service):
    return service.store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return accounts.by_login(connection, "planner")["id"]


def request(store, *names, **changes):
    return PlanRequest("try", tuple(village_id(store, name) for name in names), **changes)


def planned(store, asked, account, today=TODAY):
    job_id = plan_request.submit_request(store, asked, made_by=account, now=NOW, today=today)
    with store.read() as connection:
        job = jobs.by_id(connection, job_id)
    said = []
    result = plan_job.plan_villages(store, job["request"], said.append)
    return job, result, said


def saved_draft(store, job, result):
    plan_job.save_result(store, job, result, NOW)
    with store.read() as connection:
        ended = jobs.by_id(connection, job["id"])
    assert ended["state"] == "done"
    return ended["result"]["draft"]


@ON_BOTH
def test_a_village_is_planned_with_its_numbers_and_leads_and_kept_as_a_draft(store, planner):
    with store.write() as connection:
        accounts.set_scope(connection, planner, [village_id(store, EAST)])
    job, result, said = planned(store, request(store, EAST, effort="fast"), planner)
    (village,) = result.town.villages
    assert all(10 <= len(homes) <= 15 for homes in village.plan.grids.values())
    with store.read() as connection:
        before = plans.town(connection, list(plans.published(connection, [village_id(store, EAST)]).values()))
    again = plan_job.kept_leads(before, result.town, before.members, TODAY)
    assert again
    assert again.items() <= result.town.leads.items()
    assert [step["at"]["code"] for step in said][-1] == "drafts.at.people"
    assert {step["at"]["code"] for step in said} >= {"drafts.at.ready", "drafts.at.cutting"}
    draft_id = saved_draft(store, job, result)
    (row,) = rows_of(store, draft_id)
    assert (row["village"], row["households"], row["state"], row["revision"]) == (EAST, 96, "draft", None)
    with store.read() as connection:
        assert plans.town(connection, [row["id"]]).villages[0].plan.grid_of == village.plan.grid_of
        assert drafts.by_id(connection, draft_id)["settings"]["effort"] == "fast"


def test_planning_again_from_itself_moves_nobody(store, planner):
    with store.write() as connection:
        accounts.set_scope(connection, planner, [village_id(store, EAST)])
    job, first, _ = planned(store, request(store, EAST, effort="fast"), planner)
    draft_id = saved_draft(store, job, first)
    with store.change(Who(planner, "planner"), "publish", "plan", now=NOW) as change:
        plans.publish(
            change.connection, [plan_of(store, draft_id, EAST)], Who(planner, "planner"), now=NOW, today=TODAY
        )
    _, second, _ = planned(store, request(store, EAST, effort="fast"), planner)
    assert second.town.villages[0].plan.grid_of == first.town.villages[0].plan.grid_of
    assert second.town.leads == first.town.leads


def test_the_number_of_grids_can_be_asked_for(store, planner):
    _, result, _ = planned(store, request(store, EAST, effort="fast", how="grids", value=7, keep_leads=False), planner)
    assert len(result.town.villages[0].grids) == 7


def test_the_ids_of_rows_are_random_and_change_nothing_about_a_plan(databases, tmp_path):
    towns, ids = [], []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        with databases.copy("empty", folder) as store:
            fill(store)
            _, result, _ = planned(store, request(store, EAST, effort="fast"), 1)
            towns.append(result.town)
            with store.read() as connection:
                ids.append(set(households.ids_by_code(connection).values()))
    assert not ids[0] & ids[1]
    assert [one.plan.grid_of for one in towns[0].villages] == [one.plan.grid_of for one in towns[1].villages]
    assert towns[0].assignments == towns[1].assignments


def test_who_lost_a_village_in_between_gets_no_draft_of_it(store, planner):
    asked = request(store, EAST, effort="fast")
    job, result, _ = planned(store, asked, planner)
    with pytest.raises(NotAllowed):
        plan_job.save_result(store, job, result, NOW)
    assert "villages" in asdict(asked)
