"""The phone of a member: the shell that is the same for everybody, and its token."""

import json
import re

from gridplan.service.phone.devices import device_of_token

SHELL = ("/m/", "/m/sw.js", "/m/manifest.webmanifest")


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
    loaded = re.findall(r'(?:href|src)="(/[^"]+)"', client.get("/m/").text)
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
