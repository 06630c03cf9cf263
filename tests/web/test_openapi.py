"""The description of the interface: right by its standard, whole, and open to whoever reads it."""

from openapi_spec_validator import validate

from gridplan import __version__


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


def test_it_names_no_computer(service):
    assert described(service)["servers"] == [{"url": "/"}]


def test_what_is_refused_is_one_sentence_as_it_says(service):
    client = service.client("planner")
    headers = {"X-CSRF-Token": service.csrf(client), "Accept": "application/json"}
    answer = client.post("/api/place/1/anchors", json={"nonsense": 1}, headers=headers)
    assert answer.status_code == 422
    assert list(answer.json) == ["message"]
