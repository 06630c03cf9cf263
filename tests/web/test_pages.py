"""The read-only pages: what they show, to whom, in which language, under which headers."""

import json
import re

import pytest
from drawn import HOSTILE
from gridplan_web import create_app, headers, policy
from markupsafe import escape

from gridplan.errors import InputRefused
from gridplan.exchange.geopackage import read_plan
from gridplan.exchange.webmap import map_data
from gridplan.model import TownPlan


@pytest.fixture(scope="session")
def app(folder):
    return create_app(folder)


@pytest.fixture
def client(app):
    return app.test_client()


def test_the_page_shows_the_numbers_of_the_plan(client):
    page = client.get("/?lang=en").get_data(as_text=True)
    numbers = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert numbers == {
        "Households": "882",
        "Villages": "5",
        "Grids": "73",
        "Households per grid": "12.1",
        "Walk in total": "37.0 km",
        "Walk per household": "42 m",
        "In no grid": "1",
        "Rows refused": "3",
    }


def test_exceptions_are_said_in_the_language_of_the_reader(client):
    assert "17 households, more than 15" in client.get("/?lang=en").get_data(as_text=True)
    assert "17 户，多于 15 户" in client.get("/?lang=zh").get_data(as_text=True)


def test_the_map_gets_the_same_drawing_as_the_single_file(client, folder):
    drawing = map_data(read_plan(folder / "plan.gpkg"), "en")
    assert client.get("/map.json?lang=en").get_json() == json.loads(json.dumps(drawing))


@pytest.mark.parametrize("name", ["plan.gpkg", "map.html", "report.json"])
def test_files_on_offer_are_attachments(client, folder, name):
    answer = client.get(f"/download/{name}")
    assert answer.get_data() == (folder / name).read_bytes()
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    answer.close()


@pytest.mark.parametrize("name", ["run.json", "refused.csv", "../report.json", "..%2freport.json", "%2e%2e/x", ""])
def test_no_other_file_leaves_the_folder(client, name):
    assert client.get(f"/download/{name}").status_code == 404


@pytest.mark.parametrize(
    ("wish", "cookie", "browser", "lang"),
    [
        ("", None, "zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", None, "en-GB", "en"),
        ("", None, "fr", "en"),
        ("", "zh", "en", "zh-CN"),
        ("?lang=en", "zh", "zh", "en"),
        ("?lang=<b>", "xx", "zh", "zh-CN"),
    ],
)
def test_the_language_is_the_one_asked_for_then_kept_then_the_browsers(app, wish, cookie, browser, lang):
    client = app.test_client()
    if cookie:
        client.set_cookie("lang", cookie)
    page = client.get(f"/{wish}", headers={"Accept-Language": browser}).get_data(as_text=True)
    assert f'<html lang="{lang}">' in page


def test_the_language_is_the_only_cookie_and_no_script_reads_it(app):
    client = app.test_client()
    assert "Set-Cookie" not in client.get("/").headers
    (cookie,) = client.get("/?lang=zh").headers.getlist("Set-Cookie")
    assert cookie.startswith("lang=zh;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("path", ["/", "/map.json", "/download/report.json", "/nowhere", "/static/dist/app.js"])
def test_every_answer_carries_the_headers(client, path):
    answer = client.get(path)
    assert answer.headers["Content-Security-Policy"] == headers.CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers.CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == ("no-cache" if path.startswith("/static") else "no-store")
    answer.close()


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "127.0.0.1:8000"])
def test_loopback_names_are_served(client, host):
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "10.0.0.5"])
def test_a_strangers_name_for_this_computer_is_refused(client, host):
    answer = client.get("/map.json", headers={"Host": host})
    assert answer.status_code == 400
    assert "石桥村" not in answer.get_data(as_text=True)


def test_another_computer_finds_nothing_here(client):
    answer = client.get("/map.json", environ_base={"REMOTE_ADDR": "192.168.1.20"})
    assert answer.status_code == 404
    assert "石桥村" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/map.json", "/download/report.json"])
def test_nothing_can_be_written(client, method, path):
    assert client.open(path, method=method).status_code == 405


def test_a_route_without_a_policy_keeps_the_application_from_starting(folder, monkeypatch):
    monkeypatch.setattr(policy, "POLICY", {"static": policy.anyone_on_this_computer})
    with pytest.raises(RuntimeError, match=r"pages\.download"):
        create_app(folder)


def test_a_failure_is_a_page_without_a_traceback(folder, monkeypatch):
    app = create_app(folder)
    monkeypatch.setattr(type(app.extensions["gridplan"]), "drawing", lambda self, lang: 1 / 0)
    answer = app.test_client().get("/map.json?lang=zh")
    assert answer.status_code == 500
    page = answer.get_data(as_text=True)
    assert "gridplan 出了问题" in page
    assert "ZeroDivisionError" not in page
    assert "Traceback" not in page


def test_an_unknown_address_is_explained_in_the_language_of_the_reader(client):
    assert "此网址没有内容" in client.get("/nowhere?lang=zh").get_data(as_text=True)


def test_names_of_strangers_are_escaped(hostile_folder):
    page = create_app(hostile_folder).test_client().get("/?lang=en").get_data(as_text=True)
    assert HOSTILE[0] not in page
    assert str(escape(HOSTILE[0])) in page


def test_a_plan_of_nothing_says_so(make_folder):
    page = create_app(make_folder(TownPlan(()), "empty")).test_client().get("/?lang=en").get_data(as_text=True)
    assert "This plan has no villages yet" in page


def test_a_folder_without_a_plan_is_refused(tmp_path):
    with pytest.raises(InputRefused, match=r"no readable plan\.gpkg"):
        create_app(tmp_path)
