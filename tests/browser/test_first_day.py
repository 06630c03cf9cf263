"""The first day: from the set-up link to a published village and a member who is in, with every click counted."""

from __future__ import annotations

import threading

import pytest
from import_batches import BOUNDARY, NEW, listed, shapes, table
from playwright.sync_api import expect
from service import NOW, serve, whole_answers
from sqlalchemy import select
from werkzeug.serving import make_server

from gridplan.service.access.accounts import invite_first_administrator
from gridplan.store.plans import plans
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.store.tables import account

pytestmark = pytest.mark.browser
LATER = 180_000
"""Milliseconds; reading and planning take seconds of a process of their own, longer on a busy machine."""


@pytest.fixture
def untouched(tmp_path, sqlite):
    """Return an empty store that phones are said to reach, the address of its service and the link that sets it up."""
    with sqlite.copy("empty", tmp_path) as store:
        with store.write() as connection:
            write_settings(connection, TownSettings(address="https://gridplan.example", phones=True))
        link = invite_first_administrator(store, now=NOW)
        service = serve(store)
        server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_port}"
        yield store, base, f"{base}/i/{link.token}"
        server.shutdown()
        thread.join()
        server.server_close()
        service.app.extensions["jobs"].close()


@pytest.mark.long
def test_from_the_link_to_a_published_village_and_a_card_in_fewer_than_sixteen_clicks(untouched, open_page):
    store, base, link = untouched
    watched = open_page(link, drawn=False, locale="en-GB")
    page, clicks = watched.page, 0

    def click(name, role="button"):
        nonlocal clicks
        page.get_by_role(role, name=name).first.click(timeout=LATER)
        clicks += 1

    page.fill("[name=password]", "four-quiet-words")
    click("Sign in")
    click("Import", "link")
    with page.expect_file_chooser() as choosing:
        page.locator("#files").click()
        clicks += 1
    people = table(
        ("姓名", "人员类别", "村"), [("示例甲", "党员", NEW.plan.village), ("示例乙", "党员", NEW.plan.village)]
    )
    choosing.value.set_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": content}
            for name, content in (
                ("households.csv", listed(NEW.plan.households)),
                ("villages.geojson", shapes(BOUNDARY)),
                ("members.csv", people),
            )
        ]
    )
    expect(page.locator("#confirming")).to_contain_text("48 new households", timeout=LATER)
    click("Confirm")
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=LATER)
    page.goto(base)
    click("New draft", "link")
    click("Make the draft")
    page.wait_for_url("**/drafts/1", timeout=LATER)
    click("Publish…", "link")
    click("Publish the ticked villages (1)")
    expect(page.get_by_role("heading", name="1 village has a new current plan")).to_be_visible(timeout=LATER)
    assert clicks <= 16
    with store.read() as connection:
        (village,) = plans.town(connection, plans.published(connection).values()).villages
    assert sum(grid.size for grid in village.grids) == 48
    assert watched.wrong == []
    assert watched.outside(base) == []

    page.goto(base)
    click("cards", "link")
    page.get_by_role("button", name="card").first.click(timeout=LATER)
    code = page.locator(".card-code, .code").first.inner_text()
    phone = open_page(f"{base}/login", phone=True, drawn=False, locale="en-GB").page
    phone.fill("[name=code]", code)
    phone.get_by_role("button", name="Next").click()
    phone.get_by_role("button", name="Sign in").click()
    expect(phone.locator(".own-bar a").first).to_be_visible()
    with store.read() as connection:
        roles = connection.execute(select(account.c.role)).scalars().all()
    assert sorted(roles) == ["administrator", "member", "member"]
