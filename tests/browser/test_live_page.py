"""The live page in Chromium: the map under the strict policy, both languages, table, downloads."""

import threading

import pytest
from drawn import HOSTILE, hostile_town, town
from gridplan_web import create_app, open_server

from gridplan.exchange.geopackage import write_plan

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    servers = []

    def start(plan) -> str:
        folder = tmp_path_factory.mktemp("served")
        write_plan(plan, folder / "plan.gpkg", "zh")
        (folder / "report.json").write_text("{}", encoding="utf-8")
        server = open_server(create_app(folder), 18_000)
        threading.Thread(target=server.run, daemon=True).start()
        servers.append(server)
        return server.address

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def address(serve):
    return serve(town())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_is_drawn_within_the_policy_and_calls_nobody(open_page, address, lang):
    watched = open_page(f"{address}/?lang={lang}")
    page = watched.page
    page.get_by_role("combobox").fill("小塘村-01")
    page.get_by_role("option").first.click()
    page.locator(".leaflet-popup-content .broken").wait_for()
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(400)
    assert watched.wrong == []  # a refusal by the policy is an error on the console
    assert watched.outside(address) == []


def test_the_language_is_switched_and_kept(open_page, address):
    page = open_page(address, locale="en-GB").page
    assert page.get_by_role("heading", name="Downloads").is_visible()
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", name="下载").is_visible()
    page.goto(address)
    assert page.get_by_role("heading", name="下载").is_visible()
    page.get_by_text("图例").wait_for()


def test_the_browsers_language_is_the_first_guess(open_page, address):
    assert open_page(address, locale="zh-CN").page.get_by_role("heading", name="下载").is_visible()


def test_the_table_sorts_and_follows_the_map(open_page, address):
    page = open_page(f"{address}/?lang=en").page
    names = page.locator("tbody th")
    page.get_by_role("columnheader", name="Grids").get_by_role("button").click()
    assert names.all_inner_texts()[0] == "石桥村"
    page.get_by_role("columnheader", name="Grids").get_by_role("button").click()
    assert names.all_inner_texts()[0] == "小塘村"
    assert page.get_by_role("columnheader", name="Grids").get_attribute("aria-sort") == "ascending"
    page.locator("tbody").get_by_role("button", name="和平村").click()
    assert page.locator("tr.shown th").inner_text() == "和平村"


def test_the_table_is_worked_with_the_keyboard(open_page, address):
    page = open_page(f"{address}/?lang=en").page
    page.locator("tbody").get_by_role("button", name="龙头村").focus()
    page.keyboard.press("Enter")
    assert page.locator("tr.shown th").inner_text() == "龙头村"


def test_a_file_is_downloaded_under_its_name(open_page, address):
    page = open_page(f"{address}/?lang=en").page
    with page.expect_download() as waiting:
        page.get_by_role("link", name="plan.gpkg").click()
    assert waiting.value.suggested_filename == "plan.gpkg"


def test_hostile_names_are_text_and_nothing_runs(open_page, serve):
    address = serve(hostile_town())
    watched = open_page(f"{address}/?lang=en")
    page = watched.page
    page.locator("tbody").get_by_role("button").click()
    assert page.locator("tr.shown th").inner_text() == HOSTILE[0]
    for name in HOSTILE:
        page.get_by_role("combobox").fill(name)
        page.get_by_role("option").last.click()
        page.locator(".leaflet-popup-content").first.wait_for()
    assert watched.wrong == []


def test_a_phone_needs_no_sideways_scrolling(open_page, address):
    watched = open_page(f"{address}/?lang=zh", phone=True)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".fold").tap()
    assert page.get_by_role("heading", name="概况").is_visible()
    assert page.locator(".panel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    small = page.locator("button:visible, summary:visible, .panel a:visible, .search").evaluate_all(
        "(all) => all.filter((one) => one.getBoundingClientRect().height < 48).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert small == []
    page.locator("tbody").get_by_role("button", name="和平村").tap()
    assert not page.locator(".panel").is_visible()
    assert watched.wrong == []


def test_chinese_is_not_left_as_boxes_while_the_font_loads(open_page, address):
    page = open_page(f"{address}/?lang=zh").page
    widths = page.locator("h2, .languages a[lang=zh-CN], tbody th button").evaluate_all(
        """(all) => all.filter((one) => /^\\p{Script=Han}+$/u.test(one.textContent)).map((one) => {
          const range = document.createRange();
          range.selectNodeContents(one);
          const { width } = range.getBoundingClientRect();
          return width / [...one.textContent].length / parseFloat(getComputedStyle(one).fontSize);
        })"""
    )
    assert len(widths) > 5
    assert all(width == pytest.approx(1, abs=0.02) for width in widths), widths


def test_a_map_that_does_not_load_says_so(open_page, address):
    watched = open_page(f"{address}/?lang=en")
    page = watched.page
    page.route("**/map.json*", lambda route: route.abort())
    page.reload()
    page.get_by_role("alert").wait_for()
    assert "The map could not be loaded" in page.get_by_role("alert").inner_text()
