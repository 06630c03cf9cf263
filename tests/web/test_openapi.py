"""The description of the interface: right by its standard, whole, true of real answers, open to whoever reads it."""

import json
from pathlib import Path

import pytest
from gridplan_web import create_app
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gridplan import __version__
from gridplan.store import Store

GOLDEN = json.loads((Path(__file__).parents[1] / "scripts" / "golden.json").read_text(encoding="utf-8"))
"""Real answers, which tests/scripts/test_wire.py takes anew."""
STEPS = ("edits", "undo", "redo", "restore")
ANSWERS = {
    "/api/map.json": [GOLDEN["town_map"], GOLDEN["counts_map"]],
    "/api/contact.json": [GOLDEN["contact_map"]],
    "/api/coverage/map.json": [GOLDEN["figures_map"]],
    "/api/coverage/villages/{village_id}/map.json": [GOLDEN["figures_map"]],
    "/api/map/villages/{village_id}/households.json": GOLDEN["places"],
    "/api/drafts/{draft_id}/map/villages/{village_id}/households.json": GOLDEN["places"],
    "/api/drafts/{draft_id}/map.json": [GOLDEN["town_map"]],
    "/api/drafts/{draft_id}/against/{other_id}/map.json": [GOLDEN["compared_map"]],
    "/api/imports/{batch_id}/map.json": [GOLDEN["preview_map"]],
    "/api/map/villages/{village_id}": GOLDEN["village_details"],
    "/api/map/grids/{plan_id}/{number}": GOLDEN["grid_details"],
    "/api/map/grids/{plan_id}/{number}/contact": GOLDEN["grid_contact_details"],
    "/api/map/households/{household_id}": [GOLDEN["household_details"]],
    "/api/search": GOLDEN["search"],
    "/api/ground": [GOLDEN["map_background"]],
    "/api/ground/{village_id}": [GOLDEN["map_background"]],
    "/api/place/{village_id}": [GOLDEN["placement_lists"]],
    "/api/place/{village_id}/anchors": [GOLDEN["placement_answer"]],
    "/api/place/{village_id}/households/{household_id}": [GOLDEN["placement_answer"]],
    "/api/place/pictures/{scan_id}/points": [GOLDEN["scan_corners"]],
    "/api/imagery": GOLDEN["uploads"][:1],
    "/api/imagery/{imagery_id}/pieces": GOLDEN["uploads"][1:],
    "/api/imagery/{imagery_id}/cut": [GOLDEN["cutting"]],
    "/api/plans/{plan_id}/redraw.json": [GOLDEN["redraw_plan"]],
    "/api/plans/{plan_id}/copy": [GOLDEN["redraw_copy"]],
    "/api/plans/{plan_id}/history.json": [GOLDEN["redraw_history"]],
    "/api/plans/{plan_id}/drawing.json": [GOLDEN["redraw_drawing"]],
    "/api/plans/{plan_id}/outcomes": [GOLDEN["redraw_outcomes"]],
    "/api/plans/{plan_id}/grids/{number}/leads.json": [GOLDEN["redraw_candidates"]],
    "/api/plans/{plan_id}/grids/{number}/agreement": [GOLDEN["redraw_candidates"]],
    "/api/plans/{plan_id}/proposals": GOLDEN["proposals"],
    **dict.fromkeys((f"/api/plans/{{plan_id}}/{way}" for way in STEPS), GOLDEN["redraw_steps"]),
    "/api/jobs/{job_id}": GOLDEN["jobs"],
    "/api/jobs/{job_id}/stop": GOLDEN["jobs"],
}


def described(service):
    answer = service.client().get("/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_it_is_right_by_its_standard_and_says_what_it_is_of(service):
    description = described(service)
    validate(description)
    assert (description["info"]["title"], description["info"]["version"]) == ("gridplan", __version__)


def test_every_route_that_scripts_ask_for_is_in_it(service):
    asked = {
        (rule.rule.replace("<int:", "{").replace(">", "}"), method.lower())
        for rule in service.app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
        if rule.rule.startswith("/api/")
    }
    found = {(path, method) for path, ways in described(service)["paths"].items() for method in ways}
    assert found == asked


def test_every_route_says_what_it_is_for_who_may_ask_and_what_it_refuses(service):
    for path, ways in described(service)["paths"].items():
        for method, operation in ways.items():
            assert operation["summary"], path
            assert operation["tags"], path
            assert ("token" in operation["security"][0]) == (method != "get"), path
            assert {"401", "403", "404", "409", "422"} <= set(operation["responses"]), path


@pytest.fixture(scope="module")
def description(tmp_path_factory):
    """Return the description that an empty service gives of itself."""
    store = Store(tmp_path_factory.mktemp("empty"))
    store.upgrade()
    yield create_app(store, jobs=False).test_client().get("/openapi.json").json
    store.close()


@pytest.mark.parametrize("path", ANSWERS)
def test_real_answers_are_as_it_says(description, path):
    for operation in description["paths"][path].values():
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        whole = {**schema, "components": description["components"]}
        for answer in ANSWERS[path]:
            Draft202012Validator(whole).validate(answer)


def test_there_is_a_real_answer_of_every_route(description):
    assert description["paths"].keys() == ANSWERS.keys()


def test_an_answer_with_another_field_is_not_as_it_says(description):
    schema = description["paths"]["/api/map.json"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = Draft202012Validator({**schema, "components": description["components"]})
    assert whole.is_valid(GOLDEN["town_map"])
    assert not whole.is_valid({**GOLDEN["town_map"], "scores": []})
    assert not whole.is_valid({name: value for name, value in GOLDEN["town_map"].items() if name != "objects"})


def test_what_may_be_asked_in_the_address_is_described(description):
    asked = {one["name"]: one["description"] for one in description["paths"]["/api/search"]["get"]["parameters"]}
    assert asked.keys() == {"q", "lang"}
    for operations in description["paths"].values():
        for operation in operations.values():
            names = [one["name"] for one in operation["parameters"]]
            assert "lang" in names
            assert all(one["description"] for one in operation["parameters"] if one["in"] == "query")


def test_it_names_no_computer(service):
    assert described(service)["servers"] == [{"url": "/"}]


def test_what_is_refused_is_one_sentence_as_it_says(service):
    client = service.client("planner")
    headers = {"X-CSRF-Token": service.csrf(client), "Accept": "application/json"}
    answer = client.post("/api/place/1/anchors", json={"nonsense": 1}, headers=headers)
    assert answer.status_code == 422
    assert list(answer.json) == ["message"]
