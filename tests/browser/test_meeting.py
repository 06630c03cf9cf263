"""A meeting pack in the browser: saved, made, cancelled, fetched once by a link and again by another."""

import re

import pytest
from playwright.sync_api import expect
from service import OWN

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]
LATER = 60_000
NAME = f"Roster_2026-11-16_{OWN}.xlsx"


@pytest.fixture
def packs(service, site):
    yield f"{site}/packs"
    service.app.extensions["jobs"].close()


def test_a_pack_is_saved_made_with_one_press_cancelled_and_fetched_once(open_page, packs):
    desk = open_page(packs, login="planner", drawn=False, locale="en-GB", accept_downloads=True)
    page = desk.page
    page.locator("#main").get_by_role("link", name="New pack").first.click()
    profile = page.get_by_role("radio", name=re.compile("^planner"))
    data = page.get_by_role("checkbox", name="Data GPKG")
    expect(data).to_be_hidden()
    profile.check()
    expect(data).to_be_enabled()
    expect(page.get_by_role("textbox", name="What it is needed for")).to_be_visible()
    page.get_by_role("link", name="Preview: Atlas").click()
    expect(page.locator("#preview img")).to_have_attribute("src", re.compile("atlas.png.*profile=planner"))
    page.get_by_role("radio", name=re.compile("^wall")).check()
    expect(page.locator("#preview img")).to_have_attribute("src", re.compile("atlas.png.*profile=wall"))
    expect(page.get_by_role("textbox", name="What it is needed for")).to_be_hidden()
    for ticked in reversed(page.locator(".forms input:checked").all()):
        ticked.uncheck()
    page.get_by_role("checkbox", name="Roster XLSX").check()
    page.get_by_role("textbox", name="Name of the pack").fill("Fortnightly")
    page.get_by_role("button", name="Save and make it").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible(timeout=LATER)

    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download: Roster XLSX").click()
    assert fetched.value.suggested_filename == NAME
    page.goto(fetched.value.url)
    expect(page.get_by_role("heading", name="This link has been used or is too old")).to_be_visible()
    with page.expect_download() as again:
        page.get_by_role("button", name="Download again").click()
    assert again.value.suggested_filename == NAME and again.value.url != fetched.value.url

    page.goto(packs)
    page.get_by_role("link", name="Change: Fortnightly").click()
    page.get_by_role("radio", name=re.compile("^wall")).check()
    page.get_by_role("button", name="Keep the changes").click()
    expect(page.get_by_role("status")).to_contain_text("The pack was changed")
    page.get_by_role("button", name="Make it now: Fortnightly").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#job")).to_contain_text("Nothing was changed", timeout=LATER)
    page.get_by_role("link", name="To the meeting packs").click()
    expect(page.locator(".labelled tbody tr")).to_have_count(1)

    viewer = open_page(packs, login="viewer", drawn=False, phone=True, locale="en-GB", accept_downloads=True)
    expect(viewer.page.get_by_role("link", name="New pack")).to_have_count(0)
    viewer.page.get_by_role("link", name="Fortnightly").click()
    with viewer.page.expect_download() as had:
        viewer.page.get_by_role("button", name="Download: Roster XLSX").click()
    assert had.value.suggested_filename == NAME
    assert viewer.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [*viewer.wrong, *(line for line in desk.wrong if "410" not in line)] == []
