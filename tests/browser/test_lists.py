"""A list in a browser: sorting, filtering and typing change rows and address on the same page, and back undoes them."""

import re

import pytest
from playwright.sync_api import expect
from service import OWN

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]


def test_rows_and_address_follow_what_is_asked_for_and_a_whole_row_is_a_link(open_page, site):
    watched = open_page(f"{site}/lists/grids", login="planner", drawn=False, locale="en-GB")
    page = watched.page
    page.evaluate("window.isSamePage = true")
    heading, first = page.locator("[data-sort=walk]"), page.locator("tbody tr").first
    heading.focus()
    page.keyboard.press("Enter")
    expect(first).to_contain_text("844")
    expect(heading).to_be_focused()
    expect(page.locator("[aria-sort=descending]")).to_contain_text("Walk (m)")
    page.select_option("[name=lead]", "any")
    expect(page.locator("#count")).to_have_text("3 of 32 grids")
    page.locator("#f-q").press_sequentially("示例2")
    expect(page).to_have_url(re.compile(r"\?q=.+&lead=any&sort=-walk$"))
    expect(page.locator("#count")).to_have_text("1 of 32 grids")
    expect(page.locator("#f-q")).to_be_focused()
    page.go_back()
    expect(page.locator("#count")).to_have_text("3 of 32 grids")
    expect(page.locator("#f-q")).to_have_value("")
    page.go_back()
    expect(page.locator("#count")).to_have_text("32 grids")
    assert page.evaluate("window.isSamePage")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as CSV").click()
    assert download.value.suggested_filename == "Grids_2026-11-16.csv"
    first.locator("td").last.click(force=True)
    expect(page).to_have_url(re.compile("/grids/[0-9]+/32$"))
    assert not watched.wrong


def test_a_phone_shows_rows_as_blocks_within_its_width(open_page, site):
    page = open_page(f"{site}/lists/households?q={OWN}0007", login="planner", drawn=False, phone=True).page
    row = page.get_by_role("row").filter(has_text=f"{OWN}0007")
    expect(row.get_by_role("cell").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert row.bounding_box()["height"] > 150
    expect(page.locator("[name=village], [name=position]").first).to_be_hidden()
    page.get_by_text("筛选", exact=True).or_(page.get_by_text("Filters", exact=True)).click()
    expect(page.locator("[name=position]")).to_be_visible()
