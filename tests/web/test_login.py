"""The door: who knows the password or has a link comes in once, and nobody else."""

import re

import pytest
from service import NOW, OWN, PASSWORD

from gridplan.service.access import accounts as offices
from gridplan.service.access import cards, guess_limits, invitations, sessions
from gridplan.store.access import accounts, scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages


@pytest.fixture
def card(service):
    """Return a card for a member."""
    with service.store.read() as connection:
        administrator = scope.actor(connection, accounts.by_login(connection, "administrator")["id"])
        own = villages.ids_by_name(connection)[OWN]
    holder = cards.village_cards(service.store, own, now=NOW)[1][-1]
    return cards.make_card(service.store, administrator, holder.member_id, now=NOW)


def start(service, client, secret, **more):
    """Open a link and press its button."""
    client.get(f"/i/{secret}")
    return client.post(f"/i/{secret}", data={"csrf": service.csrf(client), **more})


def test_whoever_knows_the_password_comes_in_and_can_leave(service):
    client = service.client("planner")
    assert client.get("/").status_code == 200
    token = client.get_cookie("gridplan").value
    client.post("/leave", data={"csrf": service.csrf(client)})
    client.set_cookie("gridplan", token)
    assert client.get("/", headers={"Accept": "application/json"}).status_code == 401


def test_whoever_is_not_in_is_sent_to_the_door(service):
    answer = service.client().get("/")
    assert answer.status_code == 302
    assert answer.location.startswith("/login")


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", ""])
def test_the_door_leads_nowhere_but_inside(service, to):
    client = service.client()
    client.get("/login")
    typed = {"csrf": service.csrf(client), "login": "planner", "password": PASSWORD, "to": to}
    assert client.post("/login", data=typed).location == "/"


def test_a_robot_that_looks_at_a_link_does_not_spend_it(service, card):
    robot = service.app.test_client()
    for method in (robot.get, robot.head, robot.get):
        assert method(f"/i/{card.invitation.token}").status_code == 200
    person = service.client()
    assert card.holder.name in person.get(f"/i/{card.invitation.token}").text
    assert start(service, person, card.invitation.token).location == "/"
    assert person.get("/sessions").status_code == 200
    for client in (robot, service.client()):
        assert client.get(f"/i/{card.invitation.token}").status_code == 404
        assert start(service, client, card.invitation.token).status_code == 404


def test_a_link_needs_the_token_of_the_page_to_be_spent(service, card):
    assert service.client().post(f"/i/{card.invitation.token}").status_code == 403
    assert start(service, service.client(), card.invitation.token).status_code == 302


def test_a_code_is_typed_in_any_way_and_leads_to_the_same_page(service, card):
    client = service.client()
    client.get("/login")
    typed = {"csrf": service.csrf(client), "code": card.invitation.code.lower().replace("-", " ")}
    answer = client.post("/code", data=typed, follow_redirects=True)
    assert card.holder.name in answer.text
    assert start(service, client, answer.request.path.rsplit("/", 1)[1]).location == "/"


def test_who_guesses_codes_gets_too_many_requests_on_every_way_in(service, card):
    client = service.client()
    client.get("/login")
    code = invitations.plain_code(card.invitation.code)
    for _ in range(guess_limits.FAILURES):
        assert client.post("/code", data={"csrf": service.csrf(client), "code": "AAAAA-AAAAA"}).status_code == 403
    assert client.post("/code", data={"csrf": service.csrf(client), "code": code}).status_code == 429
    assert client.get(f"/i/{code}").status_code == 429
    assert start(service, client, code).status_code == 429
    assert client.get(f"/i/{card.invitation.token}").status_code == 200


def test_links_that_cannot_be_used_all_look_the_same(service, card):
    client = service.client()
    service.later(days=30)
    links = ("unknown-and-long-enough-to-be-a-link", card.invitation.token)
    unknown, old = (client.get(f"/i/{link}") for link in links)
    assert unknown.status_code == old.status_code == 404
    assert unknown.text.replace(links[0], links[1]) == old.text


def test_who_works_in_an_office_chooses_a_password_and_a_poor_one_costs_nothing(service):
    values = {"name": "新人", "login": "new", "role": "viewer", "villages": []}
    _, link = offices.add_account(service.store, COMMAND_LINE, **values, now=NOW)
    client = service.client()
    assert start(service, client, link.token, password="short").status_code == 422
    assert start(service, client, link.token, password=PASSWORD).location == "/"
    again = service.client()
    assert service.enter(again, "new").location == "/"


def test_who_starts_at_a_browser_where_somebody_else_is_in_signs_them_out(service, card):
    client = service.client("planner")
    planner = client.get_cookie("gridplan").value
    assert "planner" in re.search(r'class="notice due".*?</p>', client.get(f"/i/{card.invitation.token}").text, re.S)[0]
    start(service, client, card.invitation.token)
    assert client.get("/people").status_code == 403
    assert sessions.find_session(service.store, planner, now=NOW) is None


def test_a_phone_stays_in_for_thirty_days_and_an_office_for_eight_hours(service, card):
    phone, office = service.client(), service.client("planner")
    start(service, phone, card.invitation.token)
    service.later(hours=8, minutes=1)
    assert office.get("/").status_code == 302
    service.later(days=29)
    assert phone.get("/sessions").status_code == 200
    service.later(days=30, minutes=1)
    assert phone.get("/sessions").status_code == 302
