"""Planning in a real browser: from lists to a published village with clicks counted, and two plans side by side."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
import sample_towns
from playwright.sync_api import expect
from sample_drafts import draft_like, inside, plan_of
from service import NOW, OWN, PASSWORD, QUICK, serve, whole_answers
from sqlalchemy import select
from werkzeug.serving import make_server

from gridplan.model import Member
from gridplan.store import Store
from gridplan.store.access import accounts
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import households, members, villages
from gridplan.store.tables import plan

pytestmark = pytest.mark.browser
LATER = 180_000
"""Milliseconds; planning takes seconds of a process of its own, and longer on a machine that never planned before."""


def listed(store: Store) -> None:
    """Put a village of 96 households and its members into an empty store, as lists that were taken over leave it."""
    village = sample_towns.village("东湾村", 0, 0, 3, 4)
    homes = village.plan.households
    with store.change(COMMAND_LINE, "add", "account", now=NOW) as change:
        connection = change.connection
        ids = villages.add_missing(connection, ["东湾村"])
        households.add(connection, homes, ids)
        people = [
            Member(f"M{i}", f"示例{i}", village="东湾村", lon=home.lon, lat=home.lat)
            for i, home in enumerate(homes[:7])
        ]
        members.add(connection, people, ids)
        admin = accounts.add(connection, name="administrator", role="administrator", login="administrator", now=NOW)
        accounts.set_password(connection, admin, QUICK.hash(PASSWORD))


@contextmanager
def answering(store: Store):
    service = serve(store)
    server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    service.app.extensions["jobs"].close()


@pytest.fixture
def town(tmp_path, sqlite):
    """Return the store of the drawn town and the address of its service."""
    with sqlite.copy("filled", tmp_path) as store, answering(store) as base:
        yield store, base


@pytest.fixture
def clean(tmp_path, sqlite):
    """Return the store of a town that was only listed and the address of its service."""
    with sqlite.copy("empty", tmp_path) as store:
        listed(store)
        with answering(store) as base:
            yield store, base


@pytest.fixture
def enter(open_page):
    """Return a function that signs somebody in and opens a page."""

    def enter(base, path, login="administrator", **options):
        return open_page(f"{base}{path}", login=login, drawn=False, **({"locale": "en-GB"} | options))

    return enter


def test_from_lists_to_a_published_village_in_five_clicks(clean, enter):
    store, base = clean
    watched = enter(base, "/")
    page, clicks = watched.page, 0
    for name in ("Plans", "New draft", "Make the draft", "Publish…", "Publish the ticked villages (1)"):
        link = page.get_by_role("link", name=name, exact=True)
        (link.or_(page.get_by_role("button", name=name))).first.click(timeout=LATER)
        clicks += 1
        if name == "Make the draft":
            expect(page.locator("progress")).to_be_visible()
            page.reload()  # it goes on
            page.wait_for_url("**/drafts/1", timeout=LATER)
            page.locator("#map[data-ready]").wait_for()
    expect(page.get_by_role("heading", name="1 village has a new current plan")).to_be_visible()
    assert clicks <= 8
    with store.read() as connection:
        assert connection.execute(select(plan.c.state)).scalars().all() == ["published"]
    assert watched.wrong == []
    assert watched.outside(base) == []


def test_a_planning_is_stopped_with_one_click_and_leaves_nothing(clean, enter):
    store, base = clean
    page = enter(base, "/drafts/new").page
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#job")).to_contain_text("Nothing was changed", timeout=LATER)
    expect(page.get_by_role("link", name="New draft")).to_be_visible()
    with store.read() as connection:
        assert connection.execute(select(plan.c.id)).all() == []


def test_villages_are_ticked_all_or_none_and_an_amount_chooses_its_way(town, enter):
    page = enter(town[1], "/drafts/new").page
    boxes = page.locator("input[name=village]")
    expect(page.locator("#chosen")).to_contain_text("Villages: 5")
    page.get_by_role("button", name="None").click()
    assert [box.is_checked() for box in boxes.all()] == [False] * 5
    page.get_by_role("button", name="All").click()
    assert [box.is_checked() for box in boxes.all()] == [True] * 5
    page.fill("input[name=grids]", "60")
    assert page.is_checked("input[name=how][value=grids]")


def test_two_plans_are_compared_on_one_map(town, enter):
    store, base = town
    moved = inside(store, plan_of(store, 1))[1][0]
    draft_id = draft_like(store, OWN, moves={moved: 2})
    watched = enter(base, f"/drafts/{draft_id}/against/0", "planner")
    page = watched.page
    page.locator("#map[data-ready]").wait_for()
    page.locator(f"button[data-household='{moved}']").click()
    expect(page.locator("#chosen")).to_contain_text("grid 1 → 2")
    expect(page.locator(".legend .changes")).to_contain_text("changes its grid")
    assert watched.wrong == []
    assert watched.outside(base) == []


@pytest.mark.parametrize("phone", [False, True])
def test_a_draft_fits_the_screen_and_shows_its_map(town, enter, phone):
    store, base = town
    draft_id = draft_like(store, OWN)
    watched = enter(base, f"/drafts/{draft_id}", "planner", phone=phone, locale="zh-CN")
    page = watched.page
    page.locator("#map[data-ready]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("button[data-village]").first.click()
    expect(page.get_by_role("heading", name=OWN)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=OWN)).to_be_visible()
    assert watched.wrong == []
