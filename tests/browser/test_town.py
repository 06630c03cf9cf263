"""The map of the town, its pages and the search, in Chromium under the service's own policy."""

import re
import threading
from io import BytesIO
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import shapely
from PIL import Image
from playwright.sync_api import Error
from sample_drafts import household_id, village_id
from service import NOW, OTHER, OWN, serve, session_cookie, whole_answers
from sqlalchemy import update
from werkzeug.serving import make_server

from gridplan.coordinates.shifted import wgs84_to_gcj02
from gridplan.exchange.map_colours import PALETTE, TINTS
from gridplan.service.demo.history import add_demo_history
from gridplan.service.town import basemap
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import features
from gridplan.store.system.town_settings import TownSettings, write_settings
from gridplan.store.tables import village as villages

pytestmark = pytest.mark.browser
TILE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff\xff\x7f\x00\t\xfb\x03\xfd\x05CE\xca\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(scope="module")
def town(tmp_path_factory, sqlite):
    """Return the service over the drawn town, and where it is served."""
    with sqlite.copy("filled", tmp_path_factory.mktemp("town")) as store:
        with store.change(COMMAND_LINE, "record", "visit", now=NOW) as change:
            add_demo_history(change.connection, now=NOW)
            not_started = update(villages).where(villages.c.name == OWN).values(start_day=None)
            change.connection.execute(not_started)
        service = serve(store)
        server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service.address = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        server.server_close()


@pytest.fixture
def enter(open_page, town):
    """Return a function that signs a role in and opens an address."""

    def enter(role, path, *, phone=False, locale="en-GB", **options):
        watched = open_page("about:blank", phone=phone, drawn=False, locale=locale, reduced_motion="reduce", **options)
        page = watched.page
        page.context.add_cookies([session_cookie(town.address, role)])
        page.context.route("https://tiles.example/**", lambda to: to.fulfill(body=TILE, content_type="image/png"))
        page.goto(town.address + path)
        return watched

    return enter


@pytest.fixture
def on_map(enter):
    """Return a function that opens the map and waits until it is drawn."""

    def on_map(role="administrator", path="/map", **options):
        watched = enter(role, path, **options)
        watched.page.locator("#map[data-ready]").wait_for()
        return watched

    return on_map


def query(page):
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).query).items()}


def find(page, text):
    """Search in the bar and wait for the answers."""
    page.locator("#find input[role=combobox]").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    page.keyboard.type(text)
    page.locator("#found li").first.wait_for()


def choose_colour(page, name):
    page.locator(".legend").get_by_role("radio", name=name).check()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_is_drawn_within_the_policy_and_calls_nobody(on_map, town, lang):
    watched = on_map(path=f"/map?lang={lang}")
    page = watched.page
    page.locator("#villages").get_by_role("button", name=OWN).click()
    page.locator("#chosen").get_by_role("button", name="3", exact=True).click()
    page.get_by_role("heading", name="3").wait_for()
    page.mouse.wheel(0, -300)
    assert watched.wrong == []
    assert watched.outside(town.address) == []


def test_map_and_panel_are_one_selection_and_the_address_holds_it(on_map, town):
    page = on_map().page
    page.locator("#villages").get_by_role("button", name=OWN).click()
    page.locator("#chosen tbody tr").nth(31).wait_for()
    assert not page.locator("#villages").is_visible()
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.locator("#chosen tr.pointed").wait_for()  # what the mouse is over on the map
    twelve = page.get_by_role("button", name="12", exact=True)
    page.locator("#chosen tbody tr", has=twelve).locator("td").first.click()
    page.get_by_role("heading", name=f"{OWN} · Grid 12").wait_for()
    assert query(page)["village"] == str(village_id(town.store))
    assert query(page)["grid"].endswith("-12")
    page.locator("#chosen tbody tr td").first.click()
    page.locator("#chosen tr.shown").wait_for()
    assert page.locator(".trail").inner_text() == f"Whole town › {OWN} › Grid 12 ›"
    shared = on_map("administrator", "/map?" + urlsplit(page.url).query).page
    assert shared.locator("#chosen tr.shown").inner_text() == page.locator("#chosen tr.shown").inner_text()


def test_the_keyboard_walks_the_rows_and_goes_up_again(on_map):
    page = on_map().page
    page.locator("#villages tbody button").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator("#chosen tbody tr").first.wait_for()
    name = page.locator("h1:visible").inner_text()
    page.keyboard.press("ArrowDown")  # from the name into the lists
    page.wait_for_function("() => document.activeElement.closest('#chosen [data-key]')")
    page.keyboard.press("ArrowDown")
    row = page.evaluate(focused := "document.activeElement.closest('[data-key]')?.dataset.key")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"{name} · Grid").wait_for()
    page.locator("#chosen tbody tr").first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name=name, exact=True).wait_for(timeout=9000)
    page.wait_for_function(f"(row) => {focused} === row", arg=row)
    page.keyboard.press("Escape")
    page.wait_for_function("(name) => document.activeElement.innerText === name", arg=name)
    assert query(page).keys() == {"at"}


def test_an_address_that_leads_nowhere_says_so_alike_and_shows_the_town(on_map, town):
    page = on_map("planner").page
    other = village_id(town.store, OTHER)
    home = household_id(town.store, f"{OTHER}0000")
    said = set()
    for asked in (f"village={other}", "village=x", "grid=1-99", f"household={home}", "household=77", "at=1", "view=x"):
        page.goto(f"{town.address}/map?{asked}")
        page.locator("#map[data-ready]").wait_for()
        said.add(page.get_by_role("alert").inner_text())
        assert page.locator("#villages").is_visible()
    assert len(said) == 1
    page.goto(f"{town.address}/map?village={village_id(town.store)}&grid=1-99")
    page.get_by_role("button", name=f"Show {OWN}").click()
    page.get_by_role("heading", name=OWN, exact=True).wait_for()
    assert page.get_by_role("alert").count() == 0


def test_back_goes_back_and_a_link_shows_a_colleague_the_same(on_map):
    page = on_map().page
    page.locator("#villages").get_by_role("button", name=OWN).click()
    page.locator("#chosen").get_by_role("button", name="12", exact=True).click()
    page.get_by_role("heading", name="Grid 12").wait_for()
    choose_colour(page, "Walk")
    page.wait_for_function("() => location.search.includes('view=walk')")
    address = page.url
    colleague = on_map("administrator", "/map?" + urlsplit(address).query).page
    colleague.get_by_role("heading", name="Grid 12").wait_for()
    assert colleague.locator(".legend").get_by_role("radio", name="Walk").is_checked()
    page.go_back()
    page.wait_for_function("() => !location.search.includes('view=')")
    page.go_back()
    page.get_by_role("heading", name=OWN, exact=True).wait_for()
    assert "grid" not in query(page)
    page.go_back()
    page.locator("#villages").wait_for()


def test_the_legend_names_the_classes_with_their_counts(on_map):
    page = on_map().page
    for name, classes in (
        ("Size", 5),
        ("Lead", 1),
        ("Walk", 5),
        ("Coverage", 7),
        ("Frequency", 7),
        ("Last contact", 7),
    ):
        choose_colour(page, name)
        rows = page.locator(".legend .class")
        rows.first.wait_for()
        counts = [int(text.replace(",", "")) for text in rows.locator(".figure").all_inner_texts()]
        assert len(counts) >= classes
        assert sum(counts) == 73
    strip = page.locator(".contact-strip")
    of_town = strip.inner_text()
    assert "households in order or reached in 28 days" in of_town
    page.locator("#villages").get_by_role("button", name=OWN).click()
    assert comes_true(page, lambda: strip.inner_text() == "Visits have not started here.")
    assert query(page)["view"] == "weeks"
    page.keyboard.press("Escape")
    assert comes_true(page, lambda: strip.inner_text() == of_town)
    now = page.locator(".legend .class .figure").all_inner_texts()
    page.get_by_label("As of").fill("2026-11-02")
    page.get_by_text("As of Mon 2 Nov").wait_for()
    assert comes_true(page, lambda: page.locator(".legend .class .figure").all_inner_texts() != now)
    assert query(page)["as_of"] == "2026-11-02"
    assert "as_of=2026-11-02" in page.locator(".legend a.class").first.get_attribute("href")
    page.get_by_role("button", name="Back to today").click()
    assert comes_true(page, lambda: strip.inner_text() == of_town)
    assert page.locator(".legend .class .figure").all_inner_texts() == now
    assert "as_of" not in query(page)
    page.go_back()
    page.get_by_text("As of Mon 2 Nov").wait_for()
    choose_colour(page, "Neighbours")
    assert page.locator(".legend .rows svg").first.locator("rect").count() == TINTS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_on_the_map_is_in_the_legend_to_the_value(on_map, land, scheme):
    page = on_map(path="/map", color_scheme=scheme).page
    page.locator(f".legend svg [stroke='{PALETTE[scheme]['ink']}']").first.wait_for(state="attached")
    page.wait_for_timeout(400)
    for name in ("Neighbours", "Size", "Lead", "Walk", "Coverage", "Frequency", "Last contact", OWN):
        if name == OWN:
            page.locator("#villages").get_by_role("button", name=OWN).click()
            page.get_by_role("heading", name=OWN).wait_for()
            page.wait_for_timeout(500)
        else:
            choose_colour(page, name)
        page.wait_for_timeout(100)  # a frame
        explained = set(
            page.locator(".legend svg *").evaluate_all(
                "(marks) => marks.flatMap((mark) => [mark.getAttribute('fill'), mark.getAttribute('stroke')])"
            )
        )
        shown = colours_of_map(page)
        assert shown - explained <= {PALETTE[scheme]["ground"]}, name
        assert len(shown & explained) >= 3, name
    other = {"light": "dark", "dark": "light"}[scheme]
    page.emulate_media(color_scheme=other)
    page.locator(f".legend svg [stroke='{PALETTE[other]['ink']}']").first.wait_for(state="attached")


def test_the_legend_covers_no_button_and_no_scale_and_can_be_read_to_its_end(on_map):
    page = on_map().page
    legend = page.locator("details.legend")
    for width, height in ((1366, 768), (683, 384), (360, 640)):
        page.set_viewport_size({"width": width, "height": height})
        if not legend.evaluate("(one) => one.open"):
            legend.locator("summary").focus()
            page.keyboard.press("Enter")
        parts = [
            page.locator(one)
            for one in (".contact-strip", ".leaflet-control-zoom", ".leaflet-control-scale", "details.legend")
        ]

        def is_clear(parts=parts):
            return not any(overlaps(*pair) for pair in combinations([part.bounding_box() for part in parts], 2))

        assert comes_true(page, is_clear), width  # the map hears of its size a moment later
        last = legend.locator(":scope > :last-child")
        last.scroll_into_view_if_needed()
        assert inside(last.bounding_box(), page.locator("#map").bounding_box()), width
    page.get_by_role("checkbox", name="Village boundaries").focus()
    page.keyboard.press("Space")
    assert not page.get_by_role("checkbox", name="Village boundaries").is_checked()


def comes_true(page, condition):
    """Whether a condition holds within some seconds."""
    return any(condition() or page.wait_for_timeout(100) for _ in range(100))


def overlaps(one, other):
    """Whether two boxes of the page have a spot in common."""
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def inside(one, other):
    return all(
        other[start] <= one[start] and one[start] + one[size] <= other[start] + other[size] + 1
        for start, size in (("x", "width"), ("y", "height"))
    )


def colours_of_map(page):
    """Return the colours of the map that are more than a hundredth of it."""
    overlays = ".leaflet-control-container, .legend, .contact-strip"
    page.locator(overlays).evaluate_all("(all) => all.forEach((one) => (one.style.opacity = 0))")
    with Image.open(BytesIO(page.locator("#map").screenshot())) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3) @ [1 << 16, 1 << 8, 1]
    found, counts = np.unique(pixels, return_counts=True)
    return {f"#{colour:06x}" for colour in found[counts > len(pixels) / 100].tolist()}


def test_the_panel_leads_to_the_pages_and_they_lead_back(on_map, town):
    page = on_map().page
    find(page, f"{OWN}-02")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Open the grid page").click()
    page.get_by_role("heading", name=f"{OWN} · Grid 2").wait_for()
    page.locator("#small-map[data-ready]").wait_for()
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Grid 2").first.click()
    page.get_by_role("link", name="示例2").click()
    page.get_by_role("link", name=f"{OWN} · Grid 2").click()
    page.get_by_role("link", name="Show on the map").click()
    page.get_by_role("heading", name="Grid 2").wait_for()
    find(page, f"{OWN}0017")
    page.keyboard.press("Enter")
    page.locator("#chosen tr.shown").wait_for()
    assert page.url.startswith(f"{town.address}/map?")


def test_the_map_of_a_page_and_its_list_point_each_other_out_print_together_and_lead_on(enter, town):
    watched = enter("planner", f"/villages/{village_id(town.store)}")
    page = watched.page
    page.locator("#small-map[data-ready]").wait_for()
    assert page.pdf(prefer_css_page_size=True).count(b"/MediaBox") > 1
    page.locator("#small-map").hover()
    page.locator("tr.pointed").last.wait_for()
    number = page.locator("tr.pointed").last.get_attribute("data-key")
    page.locator("tr", has=page.get_by_role("link", name="Grid 1", exact=True)).locator("td").last.hover()
    page.locator("tr.pointed").last.wait_for(state="detached")
    page.locator("#small-map").click()
    page.get_by_role("heading", name=f"{OWN} · Grid {number}", exact=True).wait_for()
    assert watched.wrong == []


def test_a_class_of_contact_opens_its_list_a_list_its_map_and_enter_what_is_in_the_middle_of_a_map(enter):
    page = enter("administrator", "/coverage").page
    page.locator("#small-map[data-ready] .legend a.class").first.wait_for()
    for view in ("Coverage", "Frequency", "Last contact"):
        choose_colour(page, view)
        link = page.locator(".legend a.class").first
        text, count = (link.locator("span").nth(n).inner_text() for n in (0, 1))
        link.click()
        page.wait_for_url("**/coverage/grids?*")
        assert text in page.locator("#filters option:checked").all_inner_texts()
        assert re.match(rf"{count}\b", page.locator("#list").inner_text().strip())
        if view != "Last contact":
            page.go_back()
    page.get_by_role("link", name="On the map").first.click()
    page.locator("#map[data-ready]").wait_for()
    assert query(page)["view"] == "weeks"
    page.locator("#chosen").get_by_role("link", name="Coverage of the grid").click()
    page.locator("#small-map[data-ready]").wait_for()
    page.goto(page.url.partition("/grids/")[0])  # the town
    page.locator("#small-map[data-ready]").focus()
    page.keyboard.press("ArrowUp")
    page.locator("#small-map .leaflet-map-pane:not(.leaflet-pan-anim)").wait_for(state="attached")
    name = page.locator(".in-middle:not([hidden])").inner_text(timeout=5000)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=name, exact=True).wait_for()


def test_the_map_as_one_file_is_of_no_origin_in_its_frame_and_leads_to_the_page_of_a_grid(enter, town):
    watched = enter("planner", "/map/file/shown")
    page, frame = watched.page, watched.page.frame_locator("iframe")
    frame.get_by_text("Visits have not started here.").wait_for()
    frame.get_by_role("combobox").fill(f"{OWN}-02")
    frame.get_by_role("option").first.click()
    frame.get_by_role("radio", name="Coverage").check()
    with pytest.raises(Error, match="cookie"):
        page.frames[1].evaluate("document.cookie")
    frame.get_by_role("link", name="Coverage of the grid").click()
    page.wait_for_url("**/coverage/grids/*/2")
    assert watched.wrong == []


def test_the_search_is_worked_with_the_keyboard_from_any_page(enter):
    page = enter("planner", "/").page
    find(page, OWN)
    page.keyboard.press("ArrowDown")
    assert page.locator("#found li[aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    assert not page.locator("#found").is_visible()
    find(page, f"{OWN}0017")
    page.keyboard.press("Enter")
    page.wait_for_url("**/households/*")
    find(page, "nobody of this name")
    assert "nobody of this name" in page.locator("#found .nothing").inner_text()


def test_chinese_is_found_as_it_is_typed(enter):
    page = enter("planner", "/", locale="zh-CN").page
    find(page, "示例")
    assert page.locator("#found li").count() == 3
    assert "联户人员" in page.locator("#found li").first.inner_text()


def test_a_supervisor_sees_outlines_and_no_households(on_map):
    watched = on_map("supervisor")
    page = watched.page
    page.locator("#villages").get_by_role("button", name=OWN).click()
    page.locator("#chosen").get_by_role("button", name="1", exact=True).click()
    page.locator("#chosen").get_by_role("link", name="Open the grid page").wait_for()
    assert page.locator("#chosen").get_by_role("link").all_inner_texts() == ["Open the grid page"]
    assert page.locator("#chosen tbody").count() == 0
    assert page.locator(".legend").get_by_text("no households").is_visible()
    assert page.locator(".legend input[type=checkbox]").count() == 2
    page.goto(f"{page.url}&household=77")  # as somebody sends it who sees households
    page.get_by_role("heading", name=f"{OWN} · Grid 1", exact=True).wait_for()
    assert "household" not in query(page)
    assert watched.wrong == []


@pytest.mark.parametrize("lang", ["zh-CN", "en-GB"])
def test_a_phone_has_the_map_and_folds_the_lists(on_map, lang):
    watched = on_map("administrator", phone=True, locale=lang)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.locator("#panel").is_visible()
    page.locator(".fold").tap()
    page.locator("#villages").get_by_role("button", name=OWN).tap()
    page.locator("#chosen tbody tr").first.wait_for()
    assert page.locator("#panel").evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    small = page.locator("main button:visible, main summary:visible, .find input").evaluate_all(
        "(all) => all.filter((one) => one.getBoundingClientRect().height < 47).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert small == []
    assert watched.wrong == []


def test_a_member_sees_the_own_households_on_a_phone(enter):
    watched = enter("member", "/mine/map", phone=True)
    page = watched.page
    page.locator("#small-map[data-ready]").wait_for()
    assert page.locator(".own-list.walk li").count() == 12
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.wrong == []


# ---- what the map stands on


@pytest.fixture
def land(town):
    """Let the town have a road and a lake, until the test is over."""
    with town.store.change(COMMAND_LINE, "add", "feature", now=NOW) as made:
        road = shapely.LineString([(119.42, 31.42), (119.48, 31.42)])
        lake = shapely.Point(119.45, 31.43).buffer(0.004)
        ids = features.add(made.connection, "road", [(None, road)])
        ids += features.add(made.connection, "water", [(None, lake)])
    basemap.draw_basemap(town.store)
    yield
    with town.store.change(COMMAND_LINE, "remove", "feature", now=NOW) as made:
        features.remove(made.connection, ids)
    basemap.draw_basemap(town.store)


@pytest.fixture
def tiles(town):
    """Return a function that lets the town choose tiles, until the test is over."""

    def choose(**values):
        with town.store.change(COMMAND_LINE, "change", "settings", now=NOW) as made:
            write_settings(made.connection, TownSettings(phones=True, **values))

    yield choose
    choose()


def test_roads_and_water_are_drawn_and_can_be_switched_off(on_map, town, land):
    watched = on_map()
    page = watched.page
    page.wait_for_function(
        """() => [...document.querySelectorAll(".leaflet-gridplan-land-pane canvas")].some((tile) => {
          if (!tile.width) return false;
          const { data } = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height);
          return data.some((value, i) => i % 4 === 3 && value);
        })"""
    )
    page.get_by_label("Roads, water, buildings").uncheck()
    page.wait_for_function("() => !document.querySelector('.leaflet-gridplan-land-pane canvas')")
    of_this_test = "Canvas2D: Multiple readback"
    assert [line for line in watched.wrong if not line.startswith(of_this_test)] == []
    assert watched.outside(town.address) == []


@pytest.mark.parametrize("frame", ["wgs84", "gcj02"])
def test_tiles_of_the_chosen_host_are_put_where_they_belong(on_map, town, tiles, frame):
    tiles(tiles_url="https://tiles.example/{z}/{x}/{y}.png", tiles_frame=frame)
    zoom, lat, lon = 15.5, 31.415, 119.44
    watched = on_map(path=f"/map?at={zoom},{lat},{lon}")
    page = watched.page
    page.locator("img.leaflet-tile-loaded").first.wait_for()
    box = page.locator("#map").bounding_box()
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    shown = page.locator("img.leaflet-tile").evaluate_all(
        "(all) => all.map((one) => ({ src: one.src, box: one.getBoundingClientRect().toJSON() }))"
    )
    lonlat = np.array([[lon, lat]])
    ((lon, lat),) = wgs84_to_gcj02(lonlat) if frame == "gcj02" else lonlat
    for tile in shown:
        z, x, y = (int(part) for part in tile["src"].removesuffix(".png").split("/")[-3:])
        across = 2**z
        here_x = (lon + 180) / 360 * across
        here_y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * across
        size = tile["box"]["width"]
        assert middle["x"] - tile["box"]["x"] == pytest.approx((here_x - x) * size, abs=2)
        assert middle["y"] - tile["box"]["y"] == pytest.approx((here_y - y) * size, abs=2)
    assert watched.wrong == []
