"""A village is redrawn in a real browser: by list and keyboard alone up to publishing, and by two planners at once."""

from __future__ import annotations

import re

import pytest
from databases import ON_SQLITE
from playwright.sync_api import Page, expect
from sample_drafts import draft_like, household_id, inside, plan_in_force, plan_of, village_id
from service import NOW, OWN
from sqlalchemy import update

from gridplan.store.tables import grid, household, membership

pytestmark = [pytest.mark.browser, ON_SQLITE]
SMALL = "东湾村"


def opened(open_page, site, path: str, login: str = "administrator"):
    watched = open_page(f"{site}{path}", login=login, drawn=False, locale="en-GB")
    ready(watched.page)
    return watched


def ready(page: Page) -> None:
    page.locator("main[data-ready]").wait_for()


def unexpected(watched) -> list[str]:
    """Return what went wrong, but for what is asked of a version that is an older one by then."""
    return [line for line in watched.wrong if "409" not in line]


def version(page: Page, number: int) -> None:
    """Wait for a version of the draft: the answer to a step was taken over."""
    expect(page.locator("main")).to_have_attribute("data-version", str(number))


def unplaced_draft(store) -> int:
    """Return the plan of a draft of a village of which no household has a position."""
    of = village_id(store, SMALL)
    with store.write() as connection:
        nowhere = {"lon": None, "lat": None, "position": "hamlet"}
        connection.execute(update(household).where(household.c.village_id == of).values(nowhere))
    plan = plan_of(store, draft_like(store, SMALL), SMALL)
    with store.write() as connection:
        connection.execute(update(membership).where(membership.c.plan_id == plan).values(nowhere))
        connection.execute(update(grid).where(grid.c.plan_id == plan).values(walk_m=None, outline=None))
    return plan


def test_a_village_without_positions_is_redrawn_by_its_list_and_the_keyboard(service, site, open_page):
    store = service.store
    plan = unplaced_draft(store)
    before = inside(store, plan)
    watched = opened(open_page, site, f"/plans/{plan}/redraw")
    page = watched.page
    expect(page.locator("#map")).to_be_hidden()
    press = page.keyboard.press

    press("1")
    press("ArrowDown")
    press("ArrowDown")
    press("Shift+ArrowDown")
    press("Shift+ArrowDown")
    expect(page.locator(".chosen-n")).to_contain_text("Chosen: 3, from grid 1")
    expect(page.locator(".head-row").first).to_contain_text("→ 9")
    press("g")
    page.keyboard.type("2")
    expect(page.locator("#to-grid-outcome")).to_contain_text("→ 15")
    press("Enter")
    version(page, 1)
    assert {number: len(homes) for number, homes in inside(store, plan).items() if number < 3} == {1: 9, 2: 15}
    expect(page.locator("#for-rules")).to_have_text("Rules 6")  # five grids have no lead

    page.locator(".household-list").press("Escape")
    press("b")
    proposal = page.locator("#redraw-proposal")
    expect(proposal).to_contain_text("Repairs 1 broken rule")
    press("Enter")
    version(page, 2)
    expect(page.locator("#for-rules")).to_have_text("Rules 5")
    page.reload()
    ready(page)
    expect(page.locator("#undo")).to_have_attribute("title", re.compile("Mended: "))
    press("Control+z")
    version(page, 3)
    press("Control+z")
    version(page, 4)
    assert inside(store, plan) == before

    page.locator(".household-list").focus()
    press("/")
    page.keyboard.type(f"{SMALL}0001")
    expect(page.locator(".home-row")).to_have_count(1)
    press("ArrowDown")
    press(" ")
    press("n")
    version(page, 5)
    assert inside(store, plan)[max(before) + 1] == [f"{SMALL}0001"]
    press("r")
    expect(page.locator(".grid-told .broken").first).to_be_visible()
    press("e")
    page.keyboard.type("<b>东</b>")
    press("Enter")
    version(page, 6)
    expect(page.locator(".grid-list .shown td").first).to_contain_text("<b>东</b>")
    press("Escape")
    page.locator(".grid-list tr[data-drop='1'] button.link").focus()
    page.locator(".grid-list tr[data-drop='1'] button.link").press("d")
    page.locator(".ranked").get_by_role("button", name="As lead").first.click()
    version(page, 7)

    press("4")
    restore = page.locator(".history li").last.get_by_role("button", name="Restore")
    restore.click()
    version(page, 8)
    assert inside(store, plan) == before

    press("2")
    page.locator(".grid-list tr[data-drop='1'] button.link").click()
    press("s")
    expect(proposal).to_contain_text("new grid")
    press("Enter")
    version(page, 9)
    halves = inside(store, plan)
    new = max(halves)
    assert {*halves[1], *halves[new]} == {*before[1]} and abs(len(halves[1]) - len(halves[new])) <= 1
    press("m")
    page.locator("#merge-with").select_option(str(new))
    page.get_by_role("button", name="Merge…").click()
    expect(proposal).to_be_visible()
    press("Enter")
    version(page, 10)
    assert sorted(map(sorted, inside(store, plan).values())) == sorted(map(sorted, before.values()))
    page.locator(".crumbs a").first.click()
    page.get_by_role("link", name="Publish…").first.click()
    page.locator("input[type=date]").fill(NOW.date().isoformat())
    page.get_by_role("button", name="Publish the ticked villages (1)").click()
    expect(page.get_by_role("heading", name="1 village has a new current plan")).to_be_visible()
    assert plan_in_force(store, SMALL) == plan
    assert not unexpected(watched)


def test_two_planners_see_what_the_other_did_and_neither_loses_anything(service, site, open_page):
    store = service.store
    plan = plan_of(store, draft_like(store, OWN))
    (home, *_), (other, *_) = list(inside(store, plan).values())[:2]
    first = opened(open_page, site, f"/plans/{plan}/redraw?household={household_id(store, home)}")
    second = opened(open_page, site, f"/plans/{plan}/redraw?household={household_id(store, other)}", "planner")

    first.page.locator("#to-grid").fill("4")
    first.page.keyboard.press("Enter")
    version(first.page, 1)
    page = second.page
    page.locator("#to-grid").fill("5")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 household to grid 4")
    expect(dialog).to_contain_text("administrator")
    dialog.get_by_role("button", name="Keep mine as a new draft").click()
    page.wait_for_url(lambda url: f"/plans/{plan}/" not in url)
    ready(page)
    kept = int(re.search(r"/plans/(\d+)/redraw", page.url)[1])
    assert other in inside(store, kept)[5] and home not in inside(store, kept)[4]
    assert home in inside(store, plan)[4] and other not in inside(store, plan)[5]

    page.goto(f"{site}/plans/{plan}/redraw")
    ready(page)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("dialog")).to_contain_text("Undo what administrator did?")
    page.get_by_role("dialog").get_by_role("button", name="Undo it").click()
    version(page, 2)
    first.page.locator("#to-grid").fill("6")
    first.page.keyboard.press("Enter")
    first.page.get_by_role("dialog").get_by_role("button", name="Load it again").click()
    version(first.page, 2)
    expect(first.page.get_by_role("dialog")).to_have_count(0)
    assert home not in inside(store, plan)[4]
    assert not unexpected(first) + unexpected(second)
