"""The door: who knows the password or has a link comes in once, and nobody else."""

import re

import pytest
from service import NOW, OWN, PASSWORD

from gridplan.service.access import accounts as offices
from gridplan.service.access import cards, guess_limits, invitations, passwords, sessions
from gridplan.store.access import accounts, scope
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.turns import Turns


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


def test_who_guesses_codes_is_told_how_long_to_wait_on_every_way_in(service, card):
    client = service.client()
    client.get("/login")
    code = invitations.plain_code(card.invitation.code)
    for _ in range(guess_limits.CODES.free):
        assert client.post("/code", data={"csrf": service.csrf(client), "code": "AAAAA-AAAAA"}).status_code == 403
    told = [client.post("/code", data={"csrf": service.csrf(client), "code": code}), client.get(f"/i/{code}")]
    told.append(start(service, client, code))
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in told] == [(429, "1")] * 3
    assert all('data-wait="1"' in answer.text for answer in told)
    assert client.get(f"/i/{card.invitation.token}").status_code == 200


# ---- who guesses waits


def guess(service, client, times, login="planner"):
    answers = [service.enter(client, login, "wrong") for _ in range(times)]
    assert {answer.status_code for answer in answers} <= {403, 429}
    return answers[-1]


@pytest.mark.parametrize(("lang", "sentence"), [("en", "in 0:08 (minutes:seconds)"), ("zh", "0:08（分:秒）后可以再试")])
def test_who_guesses_is_told_how_long_to_wait_and_the_seconds_fall(service, lang, sentence):
    stranger = service.client()
    stranger.set_cookie("lang", lang)
    for wait in (1, 2, 4):
        guess(service, stranger, guess_limits.PERSON.free)
        service.later(seconds=wait)
    told = guess(service, stranger, 2)
    assert (told.status_code, told.headers["Retry-After"]) == (429, "8")
    assert sentence in told.text
    assert 'value="planner"' in told.text
    assert "wait.js" in told.text
    assert ("works at once" if lang == "en" else "立即登录") in told.text
    service.later(seconds=5.5)
    assert guess(service, stranger, 1).headers["Retry-After"] == "3"
    service.later(seconds=2.5)
    assert service.enter(stranger, "planner").location == "/"


def test_a_program_is_told_in_json(service):
    client = service.client()
    client.get("/login")
    typed = {"csrf": service.csrf(client), "login": "planner", "password": "wrong"}
    answers = [client.post("/login", data=typed, headers={"Accept": "application/json"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert list(answers[-1].json) == ["message"]
    assert answers[-1].headers["Retry-After"] == "1"


def test_an_unknown_name_is_answered_as_a_known_one(service):
    for times in (1, guess_limits.PERSON.free):
        known, unknown = (guess(service, service.client(), times, login) for login in ("planner", "nobody"))
        assert known.status_code == unknown.status_code
        pages = (unknown.text.replace("nobody", "planner"), known.text)
        assert len({re.sub(r'value="[\w-]{32}"|content="[\w-]{32}"', "", page) for page in pages}) == 1


def test_a_browser_keeps_a_token_of_every_account_and_is_not_kept_out_by_strangers(service):
    mine = service.client()
    for login in ("clerk", "planner"):
        answer = service.enter(mine, login)
        mine.post("/leave", data={"csrf": service.csrf(mine)})
    (kept,) = [value for value in answer.headers.getlist("Set-Cookie") if "-known-" in value]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(kept.split("; "))
    for login in ("clerk", "planner"):
        assert guess(service, service.client(), 10, login).status_code == 429
    for login in ("clerk", "planner"):
        assert service.enter(mine, login).location == "/"
        mine.post("/leave", data={"csrf": service.csrf(mine)})
    assert guess(service, mine, 10).status_code == 429
    assert service.enter(service.client(), "administrator").location == "/"


def test_a_password_is_not_looked_at_while_many_are(service, monkeypatch):
    monkeypatch.setattr(passwords, "TURNS", Turns("entrance.busy", waiting=0, seconds=3))
    with passwords.TURNS.turn():
        told = service.enter(service.client(), "planner")
        values = {"name": "新人", "login": "new", "role": "viewer", "villages": []}
        _, link = offices.add_account(service.store, COMMAND_LINE, **values, now=NOW)
        chosen = start(service, service.client(), link.token, password=PASSWORD)
    for answer in (told, chosen):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert service.enter(service.client(), "planner").location == "/"


def test_the_old_password_waits_too(service):
    client = service.client("planner")
    for _ in range(guess_limits.PERSON.free + 1):
        typed = {"csrf": service.csrf(client), "old": "wrong", "new": "another-good-one"}
        told = client.post("/password", data=typed)
    assert (told.status_code, told.headers["Retry-After"]) == (429, "1")
    assert 'data-wait="1"' in told.text


# ---- links


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
    assert sessions.find_session(service.store, planner, phones=True, now=NOW) is None


def test_a_phone_stays_in_for_thirty_days_and_an_office_for_eight_hours(service, card):
    phone, office = service.client(), service.client("planner")
    start(service, phone, card.invitation.token)
    service.later(hours=8, minutes=1)
    assert office.get("/").status_code == 302
    service.later(days=29)
    assert phone.get("/sessions").status_code == 200
    service.later(days=30, minutes=1)
    assert phone.get("/sessions").status_code == 302
