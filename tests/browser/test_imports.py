"""Imports in a real browser: clicks counted, a wrong frame seen and mended, a preview that outlives a reload."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from import_batches import BOUNDARY, NEW, listed, shapes, shifted, table
from playwright.sync_api import expect
from service import serve, whole_answers
from werkzeug.serving import make_server

from gridplan.store.registry import households

pytestmark = pytest.mark.browser
LATER = 60_000
"""Milliseconds; a preview takes a few seconds of a process of its own."""


@pytest.fixture
def live(tmp_path, sqlite):
    """Return a running service over the drawn town and its address."""
    with sqlite.copy("filled", tmp_path) as store:
        service = serve(store)
        server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield service, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()
        service.app.extensions["jobs"].close()


@pytest.fixture
def enter(live, open_page):
    """Return a function that opens the page for files as the administrator."""

    def enter(**options):
        _, base = live
        return open_page(f"{base}/imports", login="administrator", drawn=False, locale="en-GB", **options)

    return enter


def files(**named):
    """Return files as the dialog of a browser gives them."""
    return [
        {"name": name.replace("_", "."), "mimeType": "text/plain", "buffer": content} for name, content in named.items()
    ]


def test_a_clean_list_is_in_after_two_clicks(live, enter):
    service, base = live
    watched = enter()
    page = watched.page
    with page.expect_file_chooser() as choosing:
        page.locator("#files").click()  # 1
    people = table(("姓名", "人员类别", "村"), [("示例甲", "党员", NEW.plan.village)])
    choosing.value.set_files(files(a_csv=listed(NEW.plan.households), b_geojson=shapes(BOUNDARY), c_csv=people))
    page.wait_for_url("**/imports/*")
    page.reload()  # the preview goes on
    expect(page.locator("#confirming")).to_contain_text("48 new households", timeout=LATER)
    page.get_by_role("button", name="Confirm").click()  # 2
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=LATER)
    expect(page.locator("main")).to_contain_text("48 households added")
    with service.store.read() as connection:
        assert sum(home.village == NEW.plan.village for home in households.models(connection)) == 48
    assert watched.wrong == []
    assert watched.outside(base) == []


def test_a_list_in_gcj02_is_seen_beside_its_villages_and_read_right_with_one_click(enter):
    watched = enter()
    page = watched.page
    page.set_input_files("#files", files(a_csv=listed(shifted(NEW.plan.households)), b_geojson=shapes(BOUNDARY)))
    legend = page.locator("#where .legend")
    expect(legend).to_contain_text("outside their village", timeout=LATER)
    page.get_by_role("button", name="Read them as GCJ-02").click()
    expect(legend).to_contain_text("48 in their village", timeout=LATER)
    expect(legend).not_to_contain_text("outside")
    expect(page.get_by_role("button", name="Read them as")).to_have_count(0)
    assert watched.wrong == []


def test_on_a_phone_nothing_is_wider_than_the_screen_and_villages_that_are_none_are_confirmed_only_with_a_tick(enter):
    watched = enter(phone=True)
    page = watched.page
    homes = [replace(home, village=f"{at}") for at, home in enumerate(NEW.plan.households)]
    page.set_input_files("#files", files(a_csv=listed(homes), b_csv=table(("品名",), [("铅笔",)])))
    expect(page.locator("#confirming")).to_contain_text("48 new households", timeout=LATER)
    expect(page.locator("#strange")).to_contain_text("b.csv")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#files-read summary").first.click()
    expect(page.locator("#files-read select").nth(1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    widths = page.locator("#files-read [name^=kind]").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert min(widths) > 90
    expect(page.locator("#gate")).to_contain_text("48 of 48 households lie in villages without a name")
    page.get_by_role("button", name="Confirm").click()
    assert page.locator("[name=seal]").evaluate("tick => tick.matches(':invalid')")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=LATER)
    assert watched.wrong == []
