"""Pages that other processes answer: the same as those of the service itself, always of now, and always answered."""

import os
import re
import signal
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from types import SimpleNamespace

import pytest
from copies import load
from gridplan_web import create_app, policy
from gridplan_web.serving import page_processes
from gridplan_web.serving.page_processes import PageProcesses
from loaded_libraries import LOADED, telling_app
from route_table import ROLES, TABLE, address, ids_for_routes
from service import Service
from sqlalchemy import event, select, update
from werkzeug.test import EnvironBuilder

from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import session, village

pytestmark = pytest.mark.slow
NOT_FOR_PAGES = {
    *("numba", "llvmlite", "scipy", "sklearn"),  # for planning
    *("pandas", "geopandas", "pyogrio", "pyarrow", "rasterio", "folium", "branca", "fontTools"),  # for files
    "alembic",
}
"""What takes much memory, or seconds at the start, and is loaded where it works: not in each process of pages."""


@pytest.fixture(scope="module")
def town(tmp_path_factory, sqlite):
    """Return a town, one of whose pages are answered by a process, and what the application answered itself since."""
    load()  # or the first test would leave the process that is copied
    with begun(sqlite, tmp_path_factory.mktemp("pages")) as town:
        yield town


@contextmanager
def begun(sqlite, folder):
    with ExitStack() as until_done:
        store = until_done.enter_context(sqlite.copy("filled", folder))
        now = datetime.now(UTC)
        with store.write() as connection:
            connection.execute(update(village).values(start_day=now.date() - timedelta(30)))
        app, itself = create_app(store, jobs=False), []
        answer = app.wsgi_app

        def noted(environ, start_response):
            itself.append(environ["PATH_INFO"])
            return answer(environ, start_response)

        app.wsgi_app = noted
        processes = until_done.enter_context(PageProcesses(app, 1, telling_app, store.for_reading(), answer_s=10))
        service = Service(store, app, now)
        yield SimpleNamespace(store=store, client=service.client, itself=itself, process=lambda: pid_of(processes))


def pid_of(processes):
    """Return the id of the process, once it answers."""
    until = time.monotonic() + 60
    while not processes.ready and time.monotonic() < until:
        time.sleep(0.02)
    return next(iter(processes.ready)).pid


def without_ids(page):
    """Return a page without the ids that each of its forms is given anew."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page.text)


def test_until_a_process_is_ready_and_afterwards_pages_are_the_same(town):
    client = town.client("member")
    pages = ["/mine", "/mine/several", "/mine/visits", "/"]
    before = [without_ids(client.get(page)) for page in pages]
    assert town.itself == pages
    town.process()
    assert [without_ids(client.get(page)) for page in pages] == before
    supervisor = town.client("supervisor")
    answer = supervisor.get("/coverage?lang=zh")
    assert (answer.status_code, answer.headers["Set-Cookie"].split(";")[0]) == (200, "lang=zh")
    assert supervisor.get("/villages/9999").status_code == 404
    assert supervisor.get("/mine").status_code == 403
    assert town.client().get("/coverage").location == "/login?to=/coverage"
    assert town.itself == pages


def test_what_was_saved_is_on_the_next_page(town):
    client = town.client("member")
    town.process()
    town.itself.clear()
    of_household = client.get("/mine").text.split('action="/mine/visits">')[1].split("</form>")[0]
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', of_household))
    there = client.post("/mine/visits", data=form | {"outcome": "met", "channel": "door", "day": "today"}).location
    assert form["id"] in client.get("/mine/visits").text
    with town.store.write() as connection:
        settings = read_settings(connection)
        write_settings(connection, replace(settings, title_lead_en="ten-household head"))
    assert "ten-household head" in town.client("clerk").get("/lists/grids").text.lower()
    assert there.startswith("/mine")
    assert town.itself == ["/mine/visits"]


def test_a_process_only_reads_and_the_service_notes_who_asked(town):
    client = town.client("supervisor")
    town.process()
    town.itself.clear()
    earlier = datetime.now(UTC) - timedelta(minutes=5)
    with town.store.write() as connection:
        connection.execute(update(session).values(seen_at=earlier))
    for _ in range(2):
        with client.get("/coverage") as page:
            assert page.status_code == 200
    assert town.itself == []
    with town.store.read() as connection:
        assert (
            connection.execute(select(session.c.seen_at).order_by(session.c.id.desc()).limit(1)).scalar_one() > earlier
        )


def test_a_page_is_read_in_one_transaction_however_much_of_it_asks_the_database(town):
    client, begun = town.client("supervisor"), []
    with closing(town.store.for_reading()()) as reading:
        event.listen(reading.engine, "begin", begun.append)
        cookie = f"gridplan={client.get_cookie('gridplan').value}"
        environ = EnvironBuilder("/coverage", headers={"Cookie": cookie}).get_environ()
        answer = page_processes._answer(create_app(reading, jobs=False), environ)
    assert answer[0] == "200 OK"
    assert len(begun) == 1


def test_where_the_database_was_taken_away_or_another_service_has_it_no_page_is_shown(town):
    client, path = town.client("supervisor"), town.store.file.path
    town.process()
    other = path.with_suffix(".other")
    path.rename(other)
    assert client.get("/coverage").status_code == 503
    path.write_bytes(other.read_bytes())
    assert client.get("/coverage").status_code == 503
    other.replace(path)
    assert client.get("/coverage").status_code == 200
    town.store.is_superseded = True
    assert client.get("/coverage").status_code == 503
    town.store.is_superseded = False


def test_a_process_that_dies_or_hangs_is_another_one_soon_and_its_page_is_answered(town):
    client, first = town.client("supervisor"), town.process()
    town.itself.clear()
    os.kill(first, signal.SIGSTOP)
    assert client.get("/coverage").status_code == 200
    assert town.itself == ["/coverage"]
    assert town.process() != first
    assert client.get("/coverage").status_code == 200
    assert town.itself == ["/coverage"]


def test_only_pages_that_change_nothing_are_answered_by_processes(town):
    app = create_app(town.store, jobs=False)
    methods = {rule.endpoint: rule.methods for rule in app.url_map.iter_rules()}
    for endpoint in policy.READ_OFTEN:
        assert methods[endpoint] == {"GET", "HEAD"}, endpoint
    assert policy.is_read_often(app, "GET", "/mine")
    assert not policy.is_read_often(app, "POST", "/mine/visits")
    assert not policy.is_read_often(app, "GET", "/people")
    assert not policy.is_read_often(app, "GET", "/nowhere")


def test_pages_that_are_read_often_load_nothing_that_only_planning_and_files_need(sqlite, tmp_path, monkeypatch):
    monkeypatch.setattr(page_processes, "COPIES", get_context("spawn"))  # what is copied here has loaded it all
    with begun(sqlite, tmp_path) as town:
        ids, loaded = ids_for_routes(town)["own"], {}
        clients = {letter: town.client(role) for letter, role in ROLES.items()}
        town.process()
        for rule in create_app(town.store, jobs=False).url_map.iter_rules():
            if rule.endpoint in policy.READ_OFTEN:
                route = f"GET {rule.rule}"
                answer = clients[TABLE[route][0]].get(address(route, ids))
                loaded[route] = NOT_FOR_PAGES & set(answer.headers[LOADED].split())
    assert {route: libraries for route, libraries in loaded.items() if libraries} == {}
    assert len(loaded) >= len(policy.READ_OFTEN)
