"""Stories of people: a member comes in by a card, loses the phone and gets another; an administrator adds a planner."""

import re

import pytest
from playwright.sync_api import expect
from service import OWN, PASSWORD
from sqlalchemy import insert, select

from gridplan.errors import LoginRefused
from gridplan.service.access.invitations import qr_code
from gridplan.service.access.login import sign_in_by_password
from gridplan.store.tables import member, village

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]


def signed_in(open_page, site, login, **options):
    """Return a page on which somebody has signed in."""
    watched = open_page(f"{site}/login", drawn=False, locale="en-GB", **options)
    page = watched.page
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/login'] button[type=submit]")
    page.get_by_role("link", name=re.compile(login)).wait_for()
    return watched


def code_on(page):
    return page.locator(".id-card code").inner_text()


def test_a_member_comes_in_by_a_card_loses_the_phone_and_gets_another(open_page, site):
    desk = signed_in(open_page, site, "clerk")
    page = desk.page
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name=OWN).click()
    page.get_by_role("button", name=re.compile("Make a login card: 示例3")).click()
    code = code_on(page)
    assert page.locator(".id-card .qr path").bounding_box()["width"] > 90

    phone = open_page(f"{site}/login", drawn=False, phone=True, locale="zh-CN")
    phone.page.fill("[name=code]", code.lower().replace("-", " "))
    phone.page.get_by_role("button", name="下一步").click()
    phone.page.get_by_text("示例3").wait_for()
    phone.page.get_by_role("button", name="登录").click()
    phone.page.locator(".own-bar a").first.wait_for()
    assert phone.page.url == f"{site}/m/"

    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name=OWN).click()
    page.get_by_text("In use since").wait_for()
    page.get_by_role("button", name="Lost phone: 示例3").click()
    page.get_by_role("status").get_by_text("signed out").wait_for()
    phone.page.goto(f"{site}/sessions")
    assert phone.page.url.startswith(f"{site}/login")
    page.get_by_role("status").get_by_role("button", name="New login card").click()
    assert code_on(page) != code
    for watched in (desk, phone):
        assert watched.wrong == []
        assert watched.outside(site) == []


def test_cards_of_a_village_are_printed_eight_to_a_page(open_page, site, service):
    with service.store.write() as connection:
        add_members(connection, 14)
    desk = signed_in(open_page, site, "clerk")
    page = desk.page
    page.goto(f"{site}/people")
    page.get_by_role("button", name="Make login cards for the 17 members without one").click()
    page.get_by_role("button", name="Print").wait_for()
    assert page.locator(".id-card").count() == 17
    page.emulate_media(media="print")
    boxes = [card.bounding_box() for card in page.locator(".sheet-of-cards").first.locator(".id-card").all()]
    assert len({round(box["x"]) for box in boxes}) == 2
    assert len({round(box["y"]) for box in boxes}) == 4
    overflowing = "cards => cards.filter(card => card.scrollHeight > card.clientHeight + 1).length"
    assert page.locator(".id-card").evaluate_all(overflowing) == 0
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 3
    assert re.search(rb"/MediaBox \[0 0 59[45][.\d]* 84[12]", paper)
    assert page.get_by_role("button", name="Print").is_hidden()
    assert desk.wrong == []


def add_members(connection, count):
    """Add members to the own village."""
    own = connection.execute(select(village.c.id).where(village.c.name == OWN)).scalar_one()
    rows = [{"code": f"X{i:02}", "name": f"成员{i}", "village_id": own, "ties": []} for i in range(count)]
    connection.execute(insert(member), rows)


def test_an_administrator_adds_a_planner_who_comes_in_by_the_copied_link(open_page, site):
    desk = signed_in(open_page, site, "administrator", permissions=["clipboard-read", "clipboard-write"])
    page = desk.page
    page.goto(f"{site}/accounts")
    page.get_by_role("link", name="Add an account").click()
    page.get_by_label("Administrator").check()
    assert page.get_by_label(OWN).is_hidden()
    page.get_by_label("Planner").check()
    page.get_by_label("Name", exact=True).fill("李规划")
    page.get_by_label("Sign-in name").fill("li")
    page.get_by_label(OWN).check()
    page.get_by_role("button", name="Add and make the link").click()
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert page.locator(".qr path").get_attribute("d") in qr_code(link)

    new = open_page(link.replace("https://gridplan.example", site), drawn=False, locale="en-GB").page
    new.get_by_text("For 李规划").wait_for()
    new.get_by_label("New password").fill("short")
    new.get_by_role("button", name="Sign in").click()
    new.get_by_text("at least 8").first.wait_for()
    new.get_by_label("New password").fill(PASSWORD)
    new.get_by_role("button", name="Sign in").click()
    new.get_by_role("link", name=re.compile("李规划")).wait_for()
    assert desk.wrong == []


def test_the_seconds_that_a_guesser_waits_are_counted_down(open_page, site, service):
    for later in (0, 0, 0, 0, 0, 1, 2):
        service.later(seconds=later)
        with pytest.raises(LoginRefused):
            sign_in_by_password(service.store, "planner", "wrong", address="127.0.0.1", now=service.now, device="")
    page = open_page(f"{site}/login", drawn=False, locale="zh-CN").page
    page.clock.install()
    page.fill("[name=login]", "planner")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action='/login'] button[type=submit]")
    notice = page.get_by_role("timer")
    expect(notice).to_have_text("失败次数太多，0:04（分:秒）后可以再试。")
    page.clock.run_for(2000)
    expect(notice).to_have_text("失败次数太多，0:02（分:秒）后可以再试。")
    page.clock.run_for(2000)
    expect(notice).to_have_text("现在可以再试。")
