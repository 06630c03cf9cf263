"""The phone of a member: the shell that is the same for everybody, and its token."""

import json
import re
from dataclasses import replace

from databases import ON_BOTH
from service import NOW, OWN
from sqlalchemy import select

from gridplan.service.access.invitations import invite_all
from gridplan.service.phone.devices import device_of_token
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.phone.walking_orders import set_order
from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import household, invitation, member

SHELL = ("/m/", "/m/setup", "/m/sw.js", "/m/manifest.webmanifest")


def test_the_shell_is_for_anybody_has_nothing_of_the_town_and_leads_nowhere_else(service):
    for path in SHELL:
        answers = [service.client(role).get(path) for role in (None, "member")]
        assert [answer.status_code for answer in answers] == [200, 200], path
        assert answers[0].data == answers[1].data, path
        for answer in answers:
            assert answer.headers["Cache-Control"] == "no-cache"
            assert "Set-Cookie" not in answer.headers
            assert "manifest-src 'self'; worker-src 'self'" in answer.headers["Content-Security-Policy"]
            assert "石桥" not in answer.text


def test_the_shell_has_its_words_in_both_languages(service):
    page = service.client().get("/m/", headers={"Accept-Language": "zh"}).text
    words = json.loads(re.search(r'id="words">(.*?)</script>', page)[1])
    assert words["zh"].keys() == words["en"].keys()
    assert words["zh"]["visit.outcome.met"] == "已见面"
    assert '<html lang="zh-CN">' in page


def test_all_that_the_worker_keeps_is_there_and_is_what_the_shell_loads(service):
    client = service.client()
    told = json.loads(re.match(r"self\.SHELL = (.*);\n", client.get("/m/sw.js").text)[1])
    for file in told["files"]:
        with client.get(file) as answer:
            assert answer.status_code == 200, file
    loaded = re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/[^"]+)"', client.get("/m/").text)
    assert len(loaded) > 3
    assert set(loaded) <= set(told["files"])


def test_the_worker_changes_with_the_words_of_the_shell(service, monkeypatch):
    client = service.client()
    before = client.get("/m/sw.js").text
    assert client.get("/m/sw.js", headers={"Accept-Language": "zh"}).text == before
    monkeypatch.setattr("gridplan_web.views.phone.WORDS", ("phone.",))
    assert client.get("/m/sw.js").text != before


def test_the_manifest_names_icons_that_are_there(service):
    client = service.client()
    told = client.get("/m/manifest.webmanifest").json
    assert (told["start_url"], told["scope"], told["display"]) == ("/m/", "/m/", "standalone")
    for icon in told["icons"]:
        with client.get(icon["src"]) as answer:
            assert answer.mimetype == "image/png"


def test_the_phone_of_a_member_gets_a_token_by_session_and_csrf(service):
    client = service.client("member")
    headers = {"X-CSRF-Token": service.csrf(client)}
    answer = client.post("/m/api/device", headers=headers)
    assert answer.status_code == 200
    found = device_of_token(service.store, answer.json["token"], service.now)
    assert (found.member_id, found.address) == (answer.json["member"], "http://localhost")
    assert answer.json["epoch"] == "first"
    assert client.post("/m/api/device").status_code == 403
    assert service.client("planner").post("/m/api/device").status_code == 403


def test_what_phones_ask_for_is_never_answered_with_a_page_or_sent_elsewhere(service):
    client = service.client()
    client.get("/login")
    answer = client.post(
        "/m/api/device", headers={"Accept": "text/html", "X-CSRF-Token": client.get_cookie("gridplan-login").value}
    )
    assert (answer.status_code, answer.mimetype) == (401, "application/json")


# ---- the list that a phone keeps


@ON_BOTH
def test_the_list_is_the_own_one_with_the_way_past_the_own_households(service):
    page = service.client("member").get("/m/api/list")
    assert page.headers["Cache-Control"] == "no-store"
    assert "ETag" not in page.headers
    told = page.json
    assert [(grid["village"], grid["number"], grid["role"]) for grid in told["grids"]] == [(OWN, 1, "lead")]
    assert told["list"] == "2026-11-16"
    assert (told["now"], told["expires"] - told["now"]) == (NOW.timestamp() * 1000, 30 * 24 * 3600 * 1000)
    grid = told["grids"][0]
    assert grid["outline"]["type"] in ("Polygon", "MultiPolygon")
    assert {one["number"] for one in grid["neighbours"]} <= {2, 3, 4, 5, 6}
    assert grid["neighbours"]
    assert {home["grid"] for home in told["households"]} == {0}
    assert len({home["place"] for home in told["households"]}) == len(told["households"])


def test_nothing_of_other_households_or_people_is_in_it(service):
    told = service.client("member").get("/m/api/list")
    own = {home["id"] for home in told.json["households"]}
    with service.store.read() as connection:
        homes = connection.execute(select(household.c.id, household.c.code, household.c.name)).all()
        members = connection.execute(select(member.c.name, member.c.code)).all()
    assert len(homes) > len(own) > 5
    for id_, code, name in homes:
        if id_ not in own:
            assert not any(said and f'"{said}"' in told.text for said in (code, name))
            assert str(id_) not in told.text
    others = [one for one in members if one.name != told.json["member"]["name"]]
    assert not any(f'"{said}"' in told.text for one in others for said in one)


def test_names_are_on_it_only_where_the_town_shows_them(service):
    client = service.client("member")
    assert {home["name"] for home in client.get("/m/api/list").json["households"]} == {None}
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), household_names=True))
    assert None not in {home["name"] for home in client.get("/m/api/list").json["households"]}


def test_the_titles_are_those_of_the_town(service):
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), title_lead_en="warden"))
    told = service.client("member").get("/m/api/list").json
    assert told["titles"]["lead"].lower() == "warden"


def test_households_are_listed_in_the_order_in_which_the_member_walks(service):
    client = service.client("member")
    before = client.get("/m/api/list").json
    walk = [home["id"] for home in sorted(before["households"], key=lambda home: -home["place"])]
    with service.store.write() as connection:
        set_order(connection, before["member"]["id"], "1", NOW, walk)
    after = client.get("/m/api/list").json
    assert [home["id"] for home in sorted(after["households"], key=lambda home: home["place"])] == walk
    assert {home["id"]: home["status"] for home in after["households"]} == {
        home["id"]: home["status"] for home in before["households"]
    }


# ---- signing in


def by_code(service, code):
    """Sign in by a code as the shell does, and return the answer and the client."""
    client = service.client()
    page = client.get(f"/i/{code}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    return client.post(f"/i/{code}", data={"csrf": csrf[1]} if csrf else {}), client


def test_a_member_who_signs_in_comes_to_the_page_that_opens_without_signal(service):
    made = service.client("member").get("/")
    assert (made.status_code, made.location) == (302, "/m/")


@ON_BOTH
def test_a_code_takes_the_login_to_another_browser_once_within_ten_minutes_beside_the_card(service):
    client = service.client("member")
    headers = {"X-CSRF-Token": service.csrf(client)}
    with service.store.write() as connection:
        account = accounts.by_login(connection, "member")["id"]
        (card,) = invite_all(connection, COMMAND_LINE, [account], now=NOW)
    code, late = (client.post("/m/api/code", headers=headers).json["code"].replace("-", "") for _ in range(2))
    answer, other = by_code(service, code)
    assert (answer.status_code, answer.location) == (302, "/")
    assert other.get("/m/api/list").json["member"] == client.get("/m/api/list").json["member"]
    assert service.client().get(f"/i/{code}").status_code == 404
    assert client.get("/m/api/list").status_code == 200
    service.later(minutes=11)
    assert service.client().get(f"/i/{late}").status_code == 404
    assert service.client().get(f"/i/{card.token}").status_code == 200
    assert service.client("planner").post("/m/api/code").status_code == 403
    assert client.post("/m/api/code", headers=headers).status_code == 200
    with service.store.read() as connection:
        left = connection.execute(select(invitation.c.made_by).where(invitation.c.account_id == account)).scalars()
        assert list(left) == [None, account]  # the card, and the new code


def test_nothing_keeps_a_browser_to_https(service):
    """A name that plain http served, and a queue under it, could not be opened again."""
    for path in ("/m/", "/login", "/m/api/list", "/nowhere"):
        answer = service.client("member").get(path)
        assert "Strict-Transport-Security" not in answer.headers


# ---- the address of the service


def test_under_a_former_port_phones_are_told_where_the_service_is_and_browsers_sent_on(service):
    client = service.client("member")
    token = client.post("/m/api/device", headers={"X-CSRF-Token": service.csrf(client)}).json["token"]
    asked = {"v": 1, "now": 0, "epoch": "", "high": 0, "unsent": 0, "ops": []}
    headers = {"Authorization": f"Bearer {token}"}

    def sync(**where):
        answer = service.client().post("/m/api/sync", json=asked, headers=headers, **where)
        assert answer.status_code == 200
        return answer.json.get("moved_to")

    assert sync() is None
    service.app.config.update(FORMER_PORTS=(8000,), PORT=8001)
    old = {"base_url": "http://localhost:8000"}
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), address=""))
    assert sync(**old) == "http://localhost:8001"
    assert sync(base_url="http://localhost:8001") is None
    assert service.client().get("/m/", **old).status_code == 200
    sent_on = service.client().get("/login?to=/mine", **old)
    assert (sent_on.status_code, sent_on.location) == (302, "http://localhost:8001/login?to=/mine")
    assert service.client().post("/login", **old).status_code in (403, 404)
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), address="https://gridplan.example"))
    assert sync(**old) == "https://gridplan.example"


def test_the_page_of_phones_has_the_address_a_code_and_how_many_used_which_one(service):
    client, planner = service.client("member"), service.client("planner")
    client.post("/m/api/device", headers={"X-CSRF-Token": service.csrf(client)})
    page = planner.get("/settings/phones").text
    assert "https://gridplan.example/m/setup" in page
    assert "<svg" in page
    assert re.search(r'http://localhost <span class="tag">another one</span>', page)
    assert "1 phone used http://localhost lately" in service.client("administrator").get("/settings").text
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), address=""))
    assert "Only this computer can open this address" in planner.get("/settings/phones").text


def test_where_no_phone_gets_a_member_is_tried_on_this_computer(service):
    with service.store.write() as connection:
        write_settings(connection, replace(read_settings(connection), address=""))
    clerk = service.client("clerk")
    page = clerk.get("/people").text
    listed = clerk.get(re.search(r'href="(/people/villages/\d+)"', page)[1]).text
    assert "/card" not in listed
    tried = re.search(r'action="(/people/members/\d+/try)"', listed)[1]
    made = clerk.post(tried, data={"csrf": service.csrf(clerk)}).text
    code = re.search(r"http://localhost/i/([^\"]+)", made)[1]
    answer, _ = by_code(service, code)
    assert answer.status_code == 302
