"""Plan requests, the job that plans them, drafts that are deleted and restored, and what is read of a draft."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest
import sample_towns
from sample_drafts import draft_like, inside, plan_of, rows_of, village_id
from service import NOW, OTHER, OWN, fill
from statements import statements

from gridplan.errors import NotAllowed, NotHere
from gridplan.model import Household, TownPlan
from gridplan.roles import Actor
from gridplan.service.imports.load_plan import load_plan
from gridplan.service.plans import drafts as drafting
from gridplan.service.plans import plan_job, plan_request
from gridplan.service.plans.comparison import IN_FORCE, compare_drafts
from gridplan.service.plans.plan_request import PlanRequest
from gridplan.service.plans.publish import publish
from gridplan.service.plans.publish_preview import draft_previews
from gridplan.service.town.town_map import links_of
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import drafts, plans
from gridplan.store.registry import households, villages
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


def known(store, scope=None):
    with store.read() as connection:
        return plan_request.plannable_villages(connection, scope, TODAY)


def request(store, *names, **changes):
    return PlanRequest("try", tuple(village_id(store, name) for name in names), **changes)


# ---- what can be asked for


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


# ---- the job


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
    assert (row["village"], row["households"], row["state"], row["revision"]) == (EAST, 96, "draft", 2)
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


# ---- drafts


def test_a_deleted_draft_can_be_restored_for_a_day(store):
    who, draft_id = Who(None, "planner"), draft_like(store, OWN, OTHER)
    drafting.delete_draft(store, who, draft_id, now=NOW)
    with pytest.raises(NotHere):
        drafting.draft_by_id(store, draft_id)
    drafting.restore_deleted(store, who, draft_id, now=NOW + timedelta(hours=20))
    assert drafting.draft_by_id(store, draft_id).figures.villages == 2
    with pytest.raises(NotHere):
        drafting.restore_deleted(store, who, draft_id, now=NOW)


def test_after_that_day_it_is_gone_and_what_was_published_of_it_stays(store):
    who, draft_id = Who(None, "planner"), draft_like(store, OWN, OTHER)
    published, left = plan_of(store, draft_id, OWN), plan_of(store, draft_id, OTHER)
    with store.change(who, "publish", "plan", now=NOW) as change:
        plans.publish(change.connection, [published], who, now=NOW, today=TODAY)
    drafting.delete_draft(store, who, draft_id, now=NOW)
    drafting.delete_draft(store, who, draft_like(store, OWN), now=NOW + timedelta(days=2))
    assert len(inside(store, published)) == 32
    with pytest.raises(ValueError, match="not enough values"):
        inside(store, left)
    with pytest.raises(NotHere):
        drafting.restore_deleted(store, who, draft_id, now=NOW)


def test_a_draft_has_the_sums_of_its_villages_and_a_scope(store):
    draft_id = draft_like(store, OWN, OTHER)
    with store.read() as connection:
        found = drafting.read_draft(connection, draft_id)
        assert (found.figures.grids, found.figures.households, found.figures.without_lead) == (48, 576, 42)
        assert found.figures.walk_m == pytest.approx(sum(300 + 17 * n for n in [*range(1, 33), *range(1, 17)]))
        assert found.figures.gap is None
        own, both = [village_id(store)], [village_id(store), village_id(store, OTHER)]
        assert draft_id not in [one.row["id"] for one in drafting.drafts_in_scope(connection, own)]
        assert draft_id in [one.row["id"] for one in drafting.drafts_in_scope(connection, both)]


# ---- what is read of a draft


@pytest.fixture
def many_villages(store):
    """Publish twelve small villages and return their names."""
    names = [f"多村{n:02d}" for n in range(12)]
    town = TownPlan(tuple(sample_towns.village(name, 2000.0 * n, 9000, 1, n) for n, name in enumerate(names)))
    load_plan(store, COMMAND_LINE, town, name="many", made_by=1, now=NOW, publish_on=TODAY)
    return names


ACTOR = Actor(1, "administrator", "administrator", None)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda store, draft_id: draft_previews(store, draft_id), id="publish previews"),
        pytest.param(lambda store, draft_id: drafting.draft_page(store, ACTOR, draft_id), id="page"),
        pytest.param(lambda store, draft_id: drafting.draft_list(store, ACTOR), id="list"),
        pytest.param(lambda store, draft_id: drafting.draft_map(store, draft_id, "en"), id="map"),
        pytest.param(lambda store, draft_id: compare_drafts(store, draft_id, IN_FORCE), id="comparison"),
    ],
)
def test_twelve_villages_take_as_many_statements_as_three(store, many_villages, read):
    counts = []
    for names in (many_villages[:3], many_villages):
        draft_id = draft_like(store, *names)
        with statements(store) as executed:
            assert read(store, draft_id)
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_publishing_twelve_villages_takes_as_many_statements_as_three(store, many_villages):
    counts = []
    for names in (many_villages[:3], many_villages):
        _, previews = draft_previews(store, draft_like(store, *names))
        with statements(store) as executed:
            shown = {one.id: one.fingerprint for one in previews}
            publish(store, Who(None, "planner"), shown, {}, now=NOW, today=TODAY)
        counts.append(len(executed))
    assert counts[0] == counts[1]


def test_the_map_of_a_draft_reads_the_ids_of_its_villages_only(store):
    own = village_id(store)
    with store.read() as connection:
        links = links_of(connection, {own: plan_of(store, draft_like(store, OWN))}, [own])
        codes = {home.household_id for home in households.models(connection, [own])}
    assert links.households.keys() == codes
    assert links.members.keys() == {f"{OWN}-M{number}" for number in (1, 2, 3)}
