"""What a phone cannot send goes to the desk as a file, in the browser of each; what it sends later counts once."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from databases import ON_SQLITE
from playwright.sync_api import expect
from service import NOW, OWN, session_cookie
from sqlalchemy import select, update

from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import assignment, household, plan, village, visit
from gridplan.words import say

pytestmark = [pytest.mark.browser, ON_SQLITE]
PLANTED = "欧阳丹青"


def test_the_file_that_a_phone_saves_is_handed_in_and_what_it_sends_afterwards_counts_once(
    service, site, chrome, open_page
):
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=NOW.date() - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=NOW.date() - timedelta(70)))
        connection.execute(update(household).where(household.c.code.startswith(OWN)).values(name=PLANTED))
        write_settings(connection, replace(read_settings(connection), household_names=True))
    context = chrome.new_context(locale="en", accept_downloads=True)
    context.add_cookies([session_cookie(site, "member")])
    phone = context.new_page()
    phone.route("**/m/api/sync", lambda route: route.abort())
    phone.goto(f"{site}/m/")
    rows = phone.locator("details.visit-of")
    for _ in range(2):
        rows.first.locator("summary").click()
        rows.first.get_by_role("button", name="Met", exact=True).click()
        expect(phone.locator("#said")).to_contain_text(say("phone.saved", "en"))
    phone.locator(".own-bar").get_by_text(say("phone.more", "en")).click()
    with phone.expect_download() as saved:
        phone.get_by_role("button", name=say("phone.save_file", "en")).click()
    file = Path(saved.value.path()).rename(Path(saved.value.path()).with_name(saved.value.suggested_filename))
    assert PLANTED not in file.read_text(encoding="utf-8")

    desk = open_page(f"{site}/desk/workbooks", login="clerk", drawn=False, locale="en")
    for said in (say("phone_file.created", "en", n=2), say("phone_file.replay", "en", n=2)):
        desk.page.set_input_files("#f-phone-files", file)
        desk.page.locator("#phone-files button").click()
        expect(desk.page.locator(".notice")).to_contain_text(said)
    assert desk.wrong == []

    phone.unroute("**/m/api/sync")
    phone.get_by_role("button", name=say("phone.send_now", "en")).click()
    expect(phone.get_by_text(say("phone.all_sent", "en"))).to_be_visible()
    with service.store.read() as connection:
        assert connection.execute(select(visit.c.source, visit.c.outcome)).all() == [("file", "met")] * 2
    context.close()
