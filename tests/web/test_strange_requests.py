"""What no page of ours sends: numbers and letters that no database takes, and queries that would steer our links."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

HUGE = 10**25
ODD = (
    f"/villages/{HUGE}",
    f"/lists/households?village={HUGE}",
    f"/audit?before={HUGE}",
    f"/drafts/{HUGE}",
    f"/api/jobs/{HUGE}",
    f"/imports/{HUGE}",
    "/api/search?q=%00",
    "/lists/members?q=%00",
    "/audit?day=9999-12-31",
    "/audit?day=0001-01-01",
    "/?_method=PUT",
    "/map?endpoint=x",
    "/villages/1?village_id=x",
)


@pytest.mark.parametrize("path", ODD)
def test_what_no_page_asks_for_is_answered_and_breaks_nothing(service, path):
    assert service.client("administrator").get(path).status_code in (200, 400, 404)


@pytest.mark.parametrize("body", ['{"hamlet": "\\u0000"}', '{"hamlet": "\\ud800"}'])
def test_letters_that_no_database_takes_are_refused(service, body):
    client = service.client("administrator")
    headers = {"X-CSRF-Token": service.csrf(client), "Content-Type": "application/json"}
    assert client.post("/api/place/1/anchors", data=body, headers=headers).status_code in (200, 400)


def test_nobody_at_the_door_breaks_it(service):
    client = service.client()
    assert service.enter(client, "x\0").status_code in (400, 403)


def test_a_query_stays_beside_the_address_of_the_switch_of_languages(service):
    page = service.client("planner").get("/map?_external=1&_scheme=javascript&_anchor=x&q=%22%3E%3Cb").text
    links = re.findall(r'href="([^"]*lang=zh[^"]*)"', page)
    assert links
    assert {link.split("?")[0] for link in links} == {"/map"}
    assert "q=%22%3E%3Cb" in links[0]


def test_what_fails_in_the_database_says_nothing_of_what_was_written(service):
    with service.store.read() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT nothing FROM account WHERE name = :name"), {"name": "王建国"})
    assert "王建国" not in str(failed.value)
