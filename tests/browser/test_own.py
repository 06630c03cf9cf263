"""A member's week on a phone: two taps a visit, taken back, one lost on the way, several at once, and one disputed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from service import NOW, OWN
from sqlalchemy import select, update

from gridplan.contact.visits import Visit
from gridplan.service.contact.record import record_visits
from gridplan.store.database import COMMAND_LINE
from gridplan.store.tables import assignment, household, member, membership, plan, village, visit

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]


def test_a_member_enters_the_week_on_a_phone(open_page, site, service):
    today = NOW.date()
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=today - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=today - timedelta(70)))
        lead = connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M1")).scalar_one()
        inside = (
            select(household.c.id).join(membership).where(household.c.code.startswith(OWN), membership.c.number == 1)
        )
        home = connection.execute(inside.order_by(household.c.code)).scalars().first()
    told = Visit(str(uuid4()), home, lead, today - timedelta(1), "met", "door", "told")
    record_visits(service.store, COMMAND_LINE, [told], now=NOW)

    watched = open_page(f"{site}/mine", login="member", drawn=False, phone=True, locale="en-GB")
    page = watched.page
    page.evaluate("window.isSamePage = true")

    def visit_first(outcome):
        page.locator("details", has_text="Visit").first.get_by_text("Visit", exact=True).click()
        page.locator("details[open]").get_by_role("button", name=outcome, exact=True).click()

    expect(page.get_by_text("To visit this week: 11")).to_be_visible()
    visit_first("Met")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_text("To visit this week: 10")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("To visit this week: 11")).to_be_visible()

    answered = []
    page.route("**/mine/visits", lambda route: (answered.append(route.fetch(max_redirects=0)), route.abort()))
    visit_first("Not home")  # it arrives, and its answer is lost
    expect(page.get_by_role("alert")).to_contain_text("Tap once more")
    page.unroute("**/mine/visits")
    page.locator("details[open]").get_by_role("button", name="Not home").click()
    expect(page.get_by_role("status")).to_contain_text("Not home")
    assert page.evaluate("window.isSamePage")
    with service.store.read() as connection:
        assert len(connection.execute(select(visit.c.id).where(visit.c.outcome == "not home")).all()) == 1

    page.get_by_role("link", name="Several at once").click()
    for box in page.get_by_role("checkbox").all()[-3:]:
        box.check()
    page.get_by_role("button", name="Save those ticked").click()
    expect(page.get_by_role("status")).to_contain_text("3 households")
    expect(page.get_by_text("To visit this week: 8")).to_be_visible()

    page.get_by_role("link", name="Entered").click()
    page.get_by_role("link", name="told by phone or message").click()
    page.get_by_role("button", name="It was not so").click()
    expect(page.get_by_role("status")).to_contain_text("does not count")
    page.get_by_role("link", name="Map").click()
    expect(page.locator(".walk-mark span").first).to_be_visible()
    with service.store.read() as connection:
        assert len(connection.execute(select(visit.c.id).where(visit.c.contact_of.is_not(None))).all()) == 3
    assert [line for line in watched.wrong if "ERR_FAILED" not in line] == []
