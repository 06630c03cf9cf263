"""The desk by keyboard: a sheet is its number, Enter, its rows, Enter; what is half typed comes back."""

from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from sample_drafts import village_id
from service import NOW
from sqlalchemy import update

from gridplan.contact.calendar import Week
from gridplan.service.desk.sheet_printing import print_sheets
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import assignment, plan, village

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]


def test_a_sheet_takes_two_enters_is_corrected_and_survives_leaving(service, open_page, site):
    before = NOW - timedelta(60)
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=before.date()))
        connection.execute(update(plan).values(published_at=before))
        connection.execute(update(assignment).values(since=before.date()))
    month = Week.of(NOW.date()).shift(-1).month
    zone = ZoneInfo("Asia/Shanghai")
    first, second = print_sheets(
        service.store, COMMAND_LINE, village_id(service.store), month, zone=zone, now=NOW, random=Random(1)
    )[:2]
    watched = open_page(f"{site}/desk", login="clerk", drawn=False, locale="en-GB")
    page = watched.page
    keys, number = page.keyboard, page.locator("#f-number")
    keys.type(first)
    page.route("**/desk/sheet?*", lambda route: (keys.type("1-9 11 1"), route.continue_()))
    keys.press("Enter")
    expect(page.locator("#f-met")).to_be_focused()
    expect(page.locator("#f-met")).to_have_value("1-9 11 1")
    page.unroute_all(behavior="wait")
    assert page.get_by_role("row").count() == 13
    keys.type("2")
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("11 met, 0 not home")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.locator(".big")).to_have_text("1 of 32 in")
    expect(number).to_be_focused()
    keys.type(first)
    keys.press("Enter")
    expect(page.locator("#f-met")).to_have_value("1-9 11 12")
    page.locator("#f-met").fill("")
    keys.type("1-3")
    keys.press("Escape")
    expect(page.locator("#half-typed")).to_contain_text(first)
    page.locator("#half-typed a").click()
    expect(page.locator("#f-met")).to_have_value("1-3")
    expect(page.locator("#half-typed-back")).to_be_visible()
    keys.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("3 met, 0 not home")
    expect(page.locator("#half-typed")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    keys.type(second)
    keys.press("Enter")
    expect(page.locator("#f-met")).to_be_focused()
    keys.type("1 99")
    keys.press("Enter")
    expect(page.locator("#h-met")).to_contain_text("99")
    expect(page.locator("#f-met")).to_be_focused()
    page.goto(f"{site}/desk")
    expect(page.locator("#half-typed")).to_contain_text(second)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login*")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('gridplan-sheet')).length") == 0
    assert [line for line in watched.wrong if "422" not in line] == []
