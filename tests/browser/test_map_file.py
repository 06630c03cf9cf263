"""map.html in Chromium with the network cut: drawn, legible, harmless."""

import math
import sqlite3
from contextlib import closing
from dataclasses import replace
from io import BytesIO

import pytest
from meeting_content import content
from PIL import Image
from playwright.sync_api import expect
from sample_towns import HOSTILE, hostile_town, town

from gridplan.exchange.imagery import StoredTiles, columns_and_rows
from gridplan.exchange.meeting.page_map import write_page_map
from gridplan.exchange.webmap import write_map
from gridplan.model import TownPlan

pytestmark = pytest.mark.browser

COLOURS = """([x, y, width, height]) => {
  // Counts pixels of the map's canvases by colour.
  const counts = {};
  for (const canvas of document.querySelectorAll(".leaflet-map-pane canvas.leaflet-zoom-animated")) {
    const ratio = canvas.width / canvas.clientWidth;
    const origin = canvas.getBoundingClientRect();
    const image = canvas.getContext("2d").getImageData(
      (x - origin.x) * ratio, (y - origin.y) * ratio, width * ratio, height * ratio);
    for (let i = 0; i < image.data.length; i += 4) {
      const colour = image.data.slice(i, i + 3).join();
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
  }
  return counts;
}"""
INKED = """() => {
  const canvas = document.querySelector(".gridplan-marks");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, i) => i % 4 === 3 && value).length;
}"""
GLYPH = """(text) => {
  // The pixels of one character as the page's own font list draws it.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  pen.font = `40px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillText(text, 8, 48);
  return [...pen.getImageData(0, 0, 64, 64).data].filter((_, i) => i % 4 === 3).join();
}"""
MISSING = "\ue123"


@pytest.fixture(scope="module")
def map_url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")

    def write(plan, lang="zh", title="石桥镇"):
        path = folder / f"{abs(hash((id(plan), lang, title)))}.html"
        write_map(plan, path, lang, title)
        return path.as_uri()

    return write


@pytest.fixture(scope="module")
def town_url(map_url):
    return map_url(town())


@pytest.mark.slow
def test_pictures_of_the_ground_in_it_are_seen_without_a_network(open_page, tmp_path):
    around = (119.40, 31.38, 119.46, 31.44)
    file = tmp_path / "tiles"
    red = BytesIO()
    Image.new("RGB", (256, 256), (200, 30, 30)).save(red, "JPEG")
    left, right, top, bottom = columns_and_rows(around, 12)
    with closing(sqlite3.connect(file)) as tiles, tiles:
        tiles.execute("CREATE TABLE tile (z, x, y, picture)")
        places = [(12, x, y, red.getvalue()) for x in range(left, right + 1) for y in range(top, bottom + 1)]
        tiles.executemany("INSERT INTO tile VALUES (?, ?, ?, ?)", places)
    page_file = tmp_path / "map.html"
    stored = StoredTiles("<b>2025", file, (12, 12), around)
    page_file.write_bytes(write_page_map(replace(content("planner"), town=town()), pictures=[stored]))
    watched = open_page(page_file.as_uri(), offline=True)
    expect(watched.page.get_by_role("checkbox", name="<b>2025")).to_be_checked()
    expect(watched.page.locator(".leaflet-tile-loaded[src^='data:image/jpeg']").first).to_be_visible()
    watched.page.get_by_role("checkbox", name="<b>2025").uncheck()
    expect(watched.page.locator(".leaflet-tile")).to_have_count(0)
    assert (watched.outside("file:"), watched.wrong) == ([], [])


def search(page, text):
    page.get_by_role("combobox").fill(text)
    page.get_by_role("option").first.click()


def test_it_opens_without_a_network_and_without_an_error(open_page, town_url):
    watched = open_page(town_url, offline=True)
    watched.page.mouse.wheel(0, -400)
    watched.page.wait_for_timeout(500)
    assert watched.outside("file:") == []
    assert watched.wrong == []


def test_grids_dots_and_numbers_are_drawn(open_page, town_url):
    page = open_page(town_url, offline=True).page
    search(page, "石桥村")
    page.wait_for_timeout(600)
    counts = page.evaluate(COLOURS, [500, 100, 500, 500])
    assert len([colour for colour, count in counts.items() if count > 2000]) >= 5
    assert sum(count for colour, count in counts.items() if max(map(int, colour.split(","))) < 110) > 500
    assert page.evaluate(INKED) > 500


def test_every_layer_can_be_switched_off_and_on(open_page, town_url):
    page = open_page(town_url, offline=True).page
    page.wait_for_timeout(300)
    whole = page.evaluate(COLOURS, [420, 180, 500, 400])
    for box in page.locator(".legend input[type=checkbox]").all():
        box.uncheck()
    page.wait_for_timeout(300)
    assert len(page.evaluate(COLOURS, [420, 180, 500, 400])) == 1
    assert page.evaluate(INKED) == 0
    for box in page.locator(".legend input[type=checkbox]").all():
        box.check()
    page.wait_for_timeout(300)
    assert page.evaluate(COLOURS, [420, 180, 500, 400]) == whole


def test_a_grid_tells_its_number_village_size_walk_lead_and_broken_rule(open_page, town_url):
    page = open_page(town_url, offline=True).page
    search(page, "小塘村-01")
    page.get_by_role("heading", name="小塘村 · 1 号微网格").wait_for()
    page.locator("#chosen tbody tr").nth(16).wait_for()
    told = " ".join(page.locator("#chosen .about").inner_text().split())
    assert told == "▲ 17 户，多于 15 户 微网格长 尚未确定 户数 17 （每格 10～15 户） 步行距离 1.2 公里"


def test_a_household_tells_its_name_code_door_hamlet_and_grid(open_page, map_url):
    page = open_page(map_url(town(), "en", "Town"), offline=True).page
    search(page, "石桥村0000")
    page.locator("#chosen .facts").wait_for()
    lines = page.locator("#chosen").inner_text().split("\n")
    assert {"Code", "石桥村0000", "Door", "1号", "Hamlet", "1组", "Grid"} <= set(lines)
    page.reload()
    page.locator("#chosen .facts").get_by_text("石桥村0000").wait_for()
    page.locator("#chosen .facts").get_by_role("button").click()
    page.get_by_text("no lead yet").wait_for()
    page.go_back()
    page.locator("#chosen .facts").get_by_text("石桥村0000").wait_for()
    page.evaluate("location.hash = 'grid=nowhere-01'")
    page.get_by_role("alert").get_by_text("not on this map").wait_for()


def test_a_click_on_a_dot_chooses_the_household(open_page, town_url):
    page = open_page(town_url, offline=True).page
    search(page, "XT03")
    page.get_by_role("heading", name="住户3", exact=True).wait_for()
    flats = town().villages[-1].plan.households[3]
    page.wait_for_function(
        "([lat, lon]) => map_town.getCenter().distanceTo([lat, lon]) < 99", arg=[flats.lat, flats.lon]
    )
    spot = page.evaluate("([lat, lon]) => map_town.latLngToContainerPoint([lat, lon])", [flats.lat, flats.lon])
    page.locator(".folium-map").click(position=spot)
    page.get_by_role("heading", name="住户0", exact=True).wait_for()


@pytest.mark.parametrize("title", HOSTILE[:3])
def test_a_hostile_title_is_text(open_page, map_url, title):
    watched = open_page(map_url(TownPlan(()), "en", title), offline=True)
    assert watched.page.locator("h1").inner_text() == title
    assert watched.page.title() == title
    assert watched.wrong == []


def test_hostile_names_are_shown_letter_by_letter_and_nothing_runs(open_page, map_url):
    watched = open_page(map_url(hostile_town(), "en"), offline=True)
    page = watched.page
    for i, name in enumerate(HOSTILE):
        page.get_by_role("combobox").fill(f"{name}#{i}")
        page.get_by_role("option").first.click()
        page.locator("#chosen .facts").wait_for()
        expect(page.locator(".chosen-head h1")).to_have_text(name, use_inner_text=False)
    assert HOSTILE[0] in page.locator(".item").last.inner_text()
    assert page.locator("img").count() == 0
    assert watched.wrong == []
    assert watched.outside("file:") == []


def test_chinese_is_drawn_where_no_font_of_the_machine_has_it(open_page, map_url):
    page = open_page(map_url(hostile_town(), "zh"), offline=True).page
    box = page.evaluate(GLYPH, MISSING)
    shown = [page.evaluate(GLYPH, character) for character in "村户䶮𫖯"]
    assert box not in shown
    assert len(set(shown)) == 4


def test_text_of_the_page_is_not_left_as_boxes_while_the_font_loads(open_page, town_url):
    """Each heading is as wide as its characters are in the embedded font: boxes are narrower."""
    page = open_page(town_url, offline=True).page
    widths = page.locator("h1, h2 > span:first-child, .legend summary").evaluate_all(
        """(all) => all.map((one) => {
          const range = document.createRange();
          range.selectNodeContents(one);
          const { width } = range.getBoundingClientRect();
          return width / [...one.textContent].length / parseFloat(getComputedStyle(one).fontSize);
        })"""
    )
    assert all(width == pytest.approx(1, abs=0.02) for width in widths), widths


def test_the_keyboard_reaches_everything(open_page, town_url):
    page = open_page(town_url, offline=True).page
    page.keyboard.press("/")
    page.keyboard.type("和平村-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="3 号微网格").wait_for()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className + ' ' + document.activeElement.tagName"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none" or page.evaluate("document.activeElement === document.body")
    assert {"link BUTTON", " SUMMARY", " INPUT"} <= reached
    assert any("folium-map" in name for name in reached)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_needs_no_sideways_scrolling(open_page, map_url, lang):
    watched = open_page(map_url(town(), lang), phone=True, offline=True)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.locator(".panel").is_visible()
    assert page.locator(".legend").get_attribute("open") is None
    page.locator(".fold").tap()
    small = page.locator("button:visible, summary:visible, .search").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).filter(({ height }) => height < 48).length"
    )
    assert small == 0
    page.locator(".item").nth(2).tap()
    page.locator(".chosen-head h1").wait_for()
    assert watched.wrong == []


def test_an_empty_town_says_what_to_do(open_page, map_url):
    watched = open_page(map_url(TownPlan(()), "en"), offline=True)
    assert watched.page.get_by_text("This plan has no villages yet").is_visible()
    assert watched.wrong == []


def test_grids_that_are_not_drawn_are_found_and_say_so(open_page, map_url):
    plan = town()
    village, *_, odd = plan.villages
    bare = tuple(replace(grid, outline=None, walk_m=None) for grid in village.grids)
    nowhere = tuple(replace(home, lon=math.nan, lat=math.nan) for home in odd.plan.households)
    lost = replace(
        odd,
        plan=replace(odd.plan, households=nowhere),
        boundary=None,
        grids=(replace(odd.grids[0], outline=None, walk_m=None),),
    )
    mixed = TownPlan((replace(village, grids=bare, boundary=None), *plan.villages[1:-1], lost))
    watched = open_page(map_url(mixed, "en", "Town"), offline=True)
    search(watched.page, "石桥村-02")
    chosen = watched.page.locator("#chosen")
    expect(chosen).to_contain_text("not drawn")
    assert "want of positions: 33" in watched.page.locator(".legend").inner_text()
    search(watched.page, "小塘村-01")
    search(watched.page, "和平村-01")
    expect(chosen).to_contain_text("Walk")
    assert watched.wrong == []
