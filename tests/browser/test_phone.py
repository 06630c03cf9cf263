"""A member's phone as it is held: two taps a visit, with and without signal, in both languages, on small screens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from service import NOW, OWN, session_cookie
from sqlalchemy import delete, func, select, update

from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import (
    assignment,
    correction,
    device,
    household,
    membership,
    need,
    plan,
    session,
    village,
    visit,
    walking_order,
)

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]
AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.map(({ id, nodes: [{ html, failureSummary }] }) => `${id}: ${html.slice(0, 99)} ${failureSummary}`);
}"""
MISFITS = """() => {
  const isShown = (one) => one.offsetParent !== null || getComputedStyle(one).position === "fixed";
  const all = [...document.querySelectorAll("button, a, select, summary, input, textarea")].filter(isShown);
  const isText = (one) => getComputedStyle(one).display !== "inline" && !one.closest("svg") && !one.matches("fieldset");
  const room = (one) => one.type === "checkbox" || one.type === "radio" ? one.closest("label") : one;
  const small = all.filter((one) => !one.matches(".skip") && room(one).getBoundingClientRect().height < 43.5);
  const texts = [...document.querySelectorAll("main *, #said *, .own-bar a, #unsent a")].filter(isShown).filter(isText);
  const cut = texts.filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1);
  const wide = texts.filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  const name = (one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`;
  return [
    ...small.map((one) => `too small for a finger: ${name(one)}`),
    ...cut.map((one) => `cut: ${name(one)}`),
    ...wide.map((one) => `too wide: ${name(one)}`),
    ...(document.scrollingElement.scrollWidth > innerWidth ? ["scrolls sideways"] : []),
  ];
}"""
STRANGE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def homes(service):
    """Let visits have begun in the own village; return the households of the member, whose names are strange."""
    today = NOW.date()
    inside = select(household.c.id).join(membership).where(household.c.code.startswith(OWN), membership.c.number == 1)
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=today - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=today - timedelta(70)))
        write_settings(connection, replace(read_settings(connection), household_names=True))
        ids = list(connection.execute(inside.order_by(household.c.code)).scalars())
        connection.execute(update(household).where(household.c.id.in_(ids)).values(name=STRANGE, phone="138 0000 0000"))
    return ids


@pytest.fixture
def hold(chrome, site, homes):
    """Return a function that opens the shell on a phone, and what went wrong on its pages."""
    contexts = []

    def hold(*, login="member", width=360, font=100, scripts=(), **options):
        context = chrome.new_context(
            **{
                "viewport": {"width": width, "height": 740},
                "is_mobile": True,
                "has_touch": True,
                "locale": "zh-CN",
                "geolocation": {"longitude": 119.9, "latitude": 30.5, "accuracy": 12},
                "permissions": ["geolocation"],
                **options,
            }
        )
        contexts.append(context)
        if login:
            context.add_cookies([session_cookie(site, login)])
        page = context.new_page()
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("dialog", lambda dialog: (page.wrong.append(dialog.message), dialog.dismiss()))
        for script in scripts:
            page.add_init_script(script)
        if font != 100:
            page.add_init_script(
                f"addEventListener('DOMContentLoaded', () => document.documentElement.style.fontSize = '{font}%')"
            )
        page.goto(f"{site}/m/")
        return page

    yield hold
    for context in contexts:
        context.close()


ARE_DRAWN = """() => {
  const [one, other] = ["网", "格"].map((letter) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    context.font = getComputedStyle(document.body).font;
    context.fillText(letter, 2, 40);
    return canvas.toDataURL();
  });
  return one !== other;
}"""
"""Whether Chinese characters have forms of their own, also on a system that has none."""


def show(page, screen):
    page.evaluate("(screen) => { location.hash = screen; }", screen)
    page.wait_for_timeout(50)


def log_first(page, outcome):
    """Tap the first household that is due, then what came of the visit."""
    page.locator("summary").first.tap()
    page.locator("details[open]").get_by_role("button", name=outcome, exact=True).tap()


def count(service, what):
    with service.store.read() as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()


def test_a_member_visits_without_signal_and_all_of_it_is_sent_later(hold, service, homes):
    page = hold()
    said, unsent = page.locator("#said"), page.locator("#unsent")
    expect(page.get_by_text("本周待走访 12 户")).to_be_visible()
    page.wait_for_function(ARE_DRAWN)
    expect(unsent).to_be_hidden()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.reload()

    expect(page.get_by_text("本周待走访 12 户")).to_be_visible()
    log_first(page, "已见面")
    expect(said).to_contain_text("已存在手机上")
    expect(said).to_contain_text(STRANGE)
    expect(unsent).to_have_text("未发送 1 条，已存在手机上。")
    expect(page.get_by_text("本周待走访 11 户")).to_be_visible()
    expect(page.locator("summary", has_text="未发送")).to_have_count(1)
    said.get_by_role("button", name="撤销").tap()
    expect(said).to_contain_text("不计入")
    expect(page.get_by_text("本周待走访 12 户")).to_be_visible()

    log_first(page, "不在家")
    expect(page.get_by_text("本周待走访 12 户")).to_be_visible()
    expect(page.locator("summary").first).to_contain_text("今天 · 不在家")
    said.get_by_role("link", name="更改").tap()
    page.get_by_role("radio", name="电话或消息").check()
    page.get_by_role("radio", name="已见面").check()
    page.get_by_role("button", name="保存").tap()
    expect(said).to_contain_text("已更正")
    expect(said).to_contain_text("已见面 · 电话或消息")
    expect(page.get_by_text("本周待走访 11 户")).to_be_visible()

    show(page, "several")
    for box in page.get_by_role("checkbox").all()[-3:]:
        box.check()
    page.get_by_role("button", name="保存勾选的住户").tap()
    expect(said).to_contain_text("3 户")
    expect(page.get_by_text("本周待走访 8 户")).to_be_visible()
    expect(unsent).to_have_text("未发送 8 条，已存在手机上。")

    show(page, f"need/{homes[4]}")
    page.get_by_label("诉求内容").fill("路灯不亮")
    page.get_by_label("类别").select_option("roads")
    page.get_by_role("button", name="保存").tap()
    expect(said).to_contain_text("诉求已存在手机上")
    show(page, f"spot/{homes[4]}")
    page.get_by_role("button", name="我在门口").tap()
    page.get_by_role("button", name="报告这个位置").tap()
    expect(said).to_contain_text("报告已存在手机上")
    show(page, "new-house/0")
    page.get_by_role("button", name="报告新住户").tap()
    expect(page.get_by_role("alert")).to_contain_text("门牌或姓名")
    page.get_by_label("门牌号").fill("999号")
    page.get_by_role("button", name="报告新住户").tap()
    expect(page.get_by_text("本周待走访 8 户")).to_be_visible()
    show(page, "order/0")
    first = page.locator("[data-home]").first.get_attribute("data-home")
    page.locator("[data-home] .step").nth(1).tap()
    expect(page.get_by_role("status").filter(has_text="第 2 户")).to_be_attached()
    page.get_by_role("button", name="保存顺序").tap()
    expect(page.locator(".walk .row").nth(1)).to_have_attribute("href", f"#home/{first}")
    expect(page.locator(".house-mark").first).to_be_visible()
    page.locator(".house-mark").last.tap()
    expect(page.locator(".chosen-homes summary").first).to_be_visible()
    expect(unsent).to_have_text("未发送 12 条，已存在手机上。")
    assert count(service, visit) == 0

    again = page.context.new_page()
    page.close()
    again.goto(page.url.split("#")[0])
    expect(again.locator("#unsent")).to_have_text("未发送 12 条，已存在手机上。")
    expect(again.get_by_text("本周待走访 8 户")).to_be_visible()
    page.context.set_offline(False)
    expect(again.locator("#unsent")).to_be_hidden()
    expect(again.get_by_text("本周待走访 8 户")).to_be_visible()
    with service.store.read() as connection:
        rows = connection.execute(select(visit.c.outcome, visit.c.channel, visit.c.state, visit.c.day)).all()
    assert sorted(row.state for row in rows) == ["standing"] * 4 + ["withdrawn"]
    assert [row.channel for row in rows if row.outcome == "met" and row.state == "standing"].count("elsewhere") == 3
    assert {row.day for row in rows} == {NOW.date()}, "the day is the town's, though the phone's clock is weeks off"
    with service.store.read() as connection:
        reported = connection.execute(select(correction.c.kind, correction.c.content)).all()
        walked = connection.execute(select(walking_order.c.household_ids)).scalar_one()
    assert sorted(kind for kind, _ in reported) == ["new house", "wrong spot"]
    assert {"lon": 119.9, "lat": 30.5} in [content for _, content in reported]
    assert walked[1] == int(first)
    assert count(service, need) == 1
    assert page.wrong == []


def test_what_is_not_kept_or_does_not_count_is_said_plainly(hold, service, homes):
    page = hold(locale="en-GB")
    said, unsent = page.locator("#said"), page.locator("#unsent")
    expect(page.get_by_text("To visit this week: 12")).to_be_visible()
    log_first(page, "Met")
    expect(said).to_contain_text("Saved and sent")

    page.context.set_offline(True)
    log_first(page, "Met")
    expect(said).to_contain_text("Saved on this phone")
    with service.store.write() as connection:
        connection.execute(delete(assignment))
    page.context.set_offline(False)
    expect(page.get_by_text("The office looks at this first")).to_be_visible()
    expect(unsent).to_be_hidden()
    assert count(service, visit) == 1
    page.get_by_role("button", name="I have read it").tap()
    expect(page.get_by_text("The office looks at this first")).to_be_hidden()
    assert page.wrong == []


HOLD_DISK = """async () => {
  const { setTimeout } = window;
  window.setTimeout = (work, pause, ...more) => setTimeout(work, pause === 15_000 ? 50 : pause, ...more);
  const opening = indexedDB.open("gridplan-queue");
  await new Promise((resolve) => { opening.onsuccess = resolve; });
  const store = opening.result.transaction("entries", "readwrite").objectStore("entries");
  let isHeld = true;
  const hold = () => { store.get("none").onsuccess = () => isHeld && hold(); };
  hold();
  window.letGo = () => {
    isHeld = false;
    window.setTimeout = setTimeout;
  };
}"""
"""The disk answers nobody until it is let go, and nobody waits for it for long."""


def test_what_was_kept_late_is_changed_and_what_waits_is_seen_on_all_pages_until_it_goes_by_file(hold, service):
    page = hold(locale="en-GB", service_workers="block")
    unsent = page.locator("#unsent")
    expect(page.get_by_text("To visit this week: 12")).to_be_visible()
    late = []
    page.context.route("**/m/api/list?*", lambda route: late.append(route), times=1)
    with page.expect_request("**/m/api/list?*"):
        page.reload()
    show(page, "more")
    page.get_by_role("button", name="中文").tap()
    late[0].continue_()  # in the language that was chosen before
    show(page, "list")
    expect(page.locator(".tag")).to_have_text("微网格长")
    show(page, "more")
    page.get_by_role("button", name="English").tap()
    show(page, "list")

    page.context.route("**/m/api/sync", lambda route: route.abort())
    page.evaluate(HOLD_DISK)
    log_first(page, "Met")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    page.evaluate("letGo()")
    expect(page.get_by_role("alert")).to_contain_text("saved on this phone after all")
    expect(page.get_by_role("alert")).to_contain_text("Met · at the door")
    page.locator("details[open]").get_by_role("button", name="Not home", exact=True).tap()
    expect(page.locator("#said")).to_contain_text("Not home")
    expect(unsent).to_have_text("Not sent yet: 2. Kept on this phone.")

    shell = page.url
    for path in ("/mine/visits", "/mine/needs", "/mine"):
        page.goto(f"{shell.split('/m/')[0]}{path}")
        expect(unsent).to_have_text("Not sent yet: 2. Kept on this phone.")
    expect(page.get_by_role("link", name="List", exact=True)).to_have_attribute("href", "/m/")
    unsent.get_by_role("link").tap()
    expect(page.get_by_text("To visit this week: 12")).to_be_visible()

    page.context.unroute("**/m/api/sync")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(unsent).to_be_hidden()
    with service.store.read() as connection:
        assert connection.execute(select(visit.c.outcome)).scalars().all() == ["not home"]
    page.context.set_offline(True)
    log_first(page, "Met")
    expect(unsent).to_be_visible()
    with service.store.write() as connection:
        connection.execute(delete(session))
        connection.execute(update(device).values(ended_at=NOW, ended_why="lost"))
    page.context.set_offline(False)
    typed = page.get_by_label("Code on the login card")
    expect(typed).to_be_visible()
    page.context.route("**/m/api/sync", lambda route: late.append(route), times=1)
    with page.expect_request("**/m/api/sync"):
        page.reload()
    typed.fill("ABCDE")
    expect(page.get_by_role("button", name="Save to a file")).to_be_hidden()
    late[1].continue_()
    expect(unsent).to_contain_text("takes nothing of it from this phone any more")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save to a file").tap()
    assert '"outcome":"met"' in saved.value.path().read_text(encoding="utf-8")
    with page.expect_response("**/m/api/sync"):
        page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.get_by_label("Save to a file")).to_be_visible()
    expect(typed).to_have_value("ABCDE")
    assert page.wrong == []


def test_where_the_clock_was_changed_in_between_the_day_is_asked_for(hold, service, homes):
    page = hold()
    expect(page.get_by_text("本周待走访 12 户")).to_be_visible()
    page.context.set_offline(True)
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=400))
    log_first(page, "已见面")
    expect(page.locator("#said")).to_contain_text("已存在手机上")
    page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=400))
    page.context.set_offline(False)
    asked = page.locator(".notice", has_text="手机的时间中途改过")
    expect(asked).to_be_visible()
    asked.get_by_role("link", name="更改").tap()
    page.get_by_label("日期").select_option("1")
    page.get_by_role("button", name="保存").tap()
    expect(page.locator("#said")).to_contain_text("昨天")
    expect(asked).to_be_hidden()
    expect(page.locator("#unsent")).to_be_hidden()
    with service.store.read() as connection:
        assert connection.execute(select(visit.c.day)).scalar_one() == NOW.date() - timedelta(1)
    show(page, "more")
    page.get_by_role("button", name="English").tap()
    show(page, "list")
    expect(page.locator(".tag")).to_have_text("Lead")
    assert page.wrong == []


def test_in_a_window_that_keeps_nothing_the_form_stays_and_leads_to_the_sheet(hold, service):
    private = "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('', 'SecurityError'); } })"
    page = hold(locale="en-GB", scripts=[private])
    expect(page.get_by_text("To visit this week: 12")).to_be_visible()
    expect(page.get_by_text("This window keeps nothing")).to_be_visible()
    log_first(page, "Met")
    expect(page.get_by_role("alert")).to_contain_text("Not saved")
    expect(page.get_by_role("alert")).to_contain_text("tick sheet")
    expect(page.locator("details[open]")).to_be_visible()
    expect(page.locator("#said")).to_be_empty()
    assert count(service, visit) == 0
    show(page, "setup")
    expect(page.locator(".setup-way")).to_have_text("This browser keeps nothing.")


def test_a_code_takes_the_login_along_and_who_leaves_takes_the_names_but_not_what_is_not_sent(hold, service):
    first = hold(
        locale="en-GB",
        user_agent="Mozilla/5.0 (Linux; Android 9) Chrome/70.0 MicroMessenger/8.0",
        scripts=["Object.defineProperty(window, 'isSecureContext', { value: false })"],
    )
    expect(first.get_by_text("A window inside another app")).to_be_visible()
    first.get_by_role("link", name="Open it in another browser").tap()
    first.get_by_role("button", name="Show a code").tap()
    code = first.locator(".code").inner_text()
    show(first, "setup")
    expect(first.locator(".setup-way")).to_contain_text("inside another app")

    page = hold(login=None, locale="en-GB")
    typed, enter = page.get_by_label("Code on the login card"), page.get_by_role("button", name="Sign in")
    typed.fill("AAAAA-AAAAA")
    enter.tap()
    expect(page.get_by_role("alert")).to_contain_text("does not work")
    typed.fill(f" {code.lower().replace('-', ' ')}")
    enter.tap()
    expect(page.get_by_text("To visit this week: 12")).to_be_visible()
    page.context.set_offline(True)
    log_first(page, "Met")
    expect(page.locator("#unsent")).to_have_text("Not sent yet: 1. Kept on this phone.")
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=4))
    show(page, "more")
    expect(page.get_by_text("The office computer cannot be reached now.")).to_be_visible()
    page.get_by_role("link", name="All my pages").tap()
    expect(page.locator("#said")).to_contain_text("Try again where there is signal")
    show(page, "list")
    expect(page.get_by_text("Some of it has not been sent for three days")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save to a file").tap()
    expect(page.get_by_label("Save to a file")).to_be_visible()
    expect(page.locator("#unsent")).to_have_text("Not sent for three days: 1. Show this phone at the village office.")
    assert STRANGE not in saved.value.path().read_text(encoding="utf-8")
    show(page, "sign-out")
    expect(page.get_by_text("They stay on this phone")).to_be_visible()
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_text("Of who signed in here before, not sent yet: 1.")).to_be_visible()
    assert STRANGE not in page.content()
    assert count(service, visit) == 0
    page.context.set_offline(False)
    expect(page.get_by_text("Of who signed in here before")).to_be_hidden()
    assert count(service, visit) == 1
    first.context.clear_cookies()
    show(first, "code")
    first.get_by_role("button", name="Show a code").tap()
    expect(first.get_by_text("The login is over")).to_be_visible()
    assert page.wrong == first.wrong == []


SCREENS = (
    *("list", "map", "map/0/{home}", "visits", "visit/{visit}", "more", "several", "home/{home}", "need/{home}"),
    *("spot/{home}", "new-house/0", "order/0", "code", "sign-out", "sign-in", "setup"),
)


@pytest.mark.slow
def test_screens_fit_small_phones_with_large_type_and_have_no_fault_that_axe_finds(hold, service, homes):
    faults = []
    for options in (
        {"width": 320, "font": 130},
        {"width": 320, "font": 130, "locale": "en-GB", "color_scheme": "dark"},
    ):
        page = hold(**options)
        page.evaluate(AXE)
        expect(page.locator("summary").first).to_be_visible()
        page.locator("summary").nth(1).tap()
        faults += [f"open row {options}: {one}" for one in page.evaluate(MISFITS) + page.evaluate(FAULTS)]
        page.locator("details[open] .outcomes .button").nth(1).tap()
        expect(page.locator("#said .toast")).to_be_visible()
        faults += [f"saved {options}: {one}" for one in page.evaluate(MISFITS) + page.evaluate(FAULTS)]
        show(page, "visits")
        made = page.locator("a.row").first.get_attribute("href").split("/")[1]
        for screen in SCREENS:
            show(page, screen.format(home=homes[3], visit=made))
            if screen == "setup":
                expect(page.locator(".setup-way")).to_be_visible()
            faults += [f"{screen} {options}: {one}" for one in page.evaluate(MISFITS) + page.evaluate(FAULTS)]
        assert page.wrong == []
    assert "\n".join(faults) == ""
