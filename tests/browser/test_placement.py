"""Place mode in a real browser: an anchor, then one click a household; a scanned map laid by two points; a phone."""

from __future__ import annotations

import io
import re
import threading

import pytest
import shapely
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from sample_towns import FRAME
from service import NOW, OWN, serve
from sqlalchemy import select, update
from werkzeug.serving import make_server

from gridplan.roles import Actor
from gridplan.service.registry import features
from gridplan.store import Store, Who
from gridplan.store.registry import villages
from gridplan.store.tables import household

pytestmark = pytest.mark.browser
WHO = Who(None, "planner")


@pytest.fixture
def live(tmp_path, sqlite):
    """Return a running service where nobody of hamlet 1组 of the own village is placed, and the id of that village."""
    with sqlite.copy("filled", tmp_path) as store:
        with store.write() as connection:
            own = villages.ids_by_name(connection)[OWN]
            nowhere = (household.c.village_id == own) & (household.c.hamlet == "1组")
            connection.execute(update(household).where(nowhere).values(lon=None, lat=None, position="hamlet"))
        server = make_server("127.0.0.1", 0, serve(store).app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield store, own, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def enter(live, open_page):
    """Return a function that opens a page as the planner."""

    def enter(path, login="planner", **options):
        _, _, base = live
        return open_page(f"{base}{path}", login=login, drawn=False, locale="en-GB", **options)

    return enter


def ready(page):
    """Wait until the map is there and every click is saved."""
    expect(page.locator("#map")).to_have_attribute("aria-busy", "false")


def click_map(page, x, y, map_id="map"):
    page.locator(f"#{map_id}").click(position={"x": x, "y": y})


def positions(store: Store, village_id):
    with store.read() as connection:
        found = select(household.c.code, household.c.lon, household.c.lat, household.c.position).where(
            household.c.village_id == village_id, household.c.hamlet == "1组"
        )
        return {code: (lon, lat, position) for code, lon, lat, position in connection.execute(found)}


def go_on_to_houses(page):
    """Pass over the hamlet that has no place yet."""
    page.get_by_role("button", name="Skip").click()


def counted(page):
    text = page.locator("#progress").text_content()
    return [int(number) for number in re.findall(r"\d+", text)]


def test_an_anchor_and_three_households_are_four_clicks_and_ctrl_z_takes_them_back(live, enter):
    store, own, base = live
    watched = enter(f"/place/{own}")
    page = watched.page
    expect(page.locator("#progress")).to_have_text("First the hamlets: 4 of 5 have a place")
    expect(page.locator("#offer .offered")).to_have_text("1组")
    click_map(page, 300, 200)
    expect(page.locator(".anchor-mark")).to_contain_text("1组")
    placed, of = counted(page)
    offered = []
    for x in (310, 330, 350):
        offered.append(page.locator("#offer .offered").text_content())
        click_map(page, x, 210)
    expect(page.locator("#progress")).to_have_text(f"{placed + 3} of {of} have a position")
    assert len(set(offered)) == 3
    kept = positions(store, own)
    assert sum(position == "exact" for _, _, position in kept.values()) == 3
    assert len({place[:2] for place in kept.values()}) == 4
    for left in (2, 1, 0):
        page.keyboard.press("Control+z")
        expect(page.locator("#progress")).to_have_text(f"{placed + left} of {of} have a position")
    page.keyboard.press("Control+z")
    expect(page.locator(".anchor-mark")).to_have_count(0)
    ready(page)
    assert set(positions(store, own).values()) == {(None, None, "hamlet")}
    assert watched.wrong == []
    assert watched.outside(base) == []


def test_a_click_on_a_building_places_into_its_middle_and_one_already_placed_can_move(live, enter):
    store, own, _ = live
    square = FRAME.shape_to_degrees(shapely.box(700, 700, 900, 900))
    admin = Actor(1, "administrator", "administrator", None)
    features.add_drawn(store, WHO, admin, "building", None, square, now=NOW)
    page = enter(f"/place/{own}").page
    ready(page)
    go_on_to_houses(page)
    spot = page.evaluate("document.getElementById('map').getBoundingClientRect().toJSON()")
    click_map(page, spot["width"] / 2 - 8, spot["height"] / 2 - 8)
    expect(page.locator("#undo")).to_be_enabled()
    ready(page)
    (placed,) = [place for place in positions(store, own).values() if place[2] == "exact"]
    assert placed[:2] == pytest.approx((square.centroid.x, square.centroid.y), abs=2e-6)
    page.select_option("#which", "placed")
    page.locator("#homes .item").first.click()
    expect(page.locator("#offer")).to_contain_text("instead")
    page.get_by_role("button", name="Put back at the hamlet's place").click()
    expect(page.locator("#offer")).to_contain_text("lives")


def test_a_click_on_what_somebody_else_placed_is_kept_for_another_try(live, enter):
    store, own, _ = live
    first, second = enter(f"/place/{own}"), enter(f"/place/{own}", login="administrator")
    for one in (second, first):
        ready(one.page)
        go_on_to_houses(one.page)
    click_map(first.page, 300, 200)
    expect(first.page.locator("#undo")).to_be_enabled()
    ready(first.page)
    before = counted(second.page)[0]
    click_map(second.page, 400, 300)
    expect(second.page.locator("#trouble")).to_contain_text("planner changed this at")
    assert counted(second.page)[0] == before
    second.page.get_by_role("button", name="Try again").click()
    expect(second.page.locator("#trouble .bad")).to_have_count(0)
    expect(second.page.locator("#progress")).to_contain_text(f"{before + 1} of")
    assert sum(place[2] == "exact" for place in positions(store, own).values()) == 1


def test_without_an_answer_the_click_is_kept(live, enter):
    store, own, _ = live
    page = enter(f"/place/{own}").page
    ready(page)
    go_on_to_houses(page)
    page.context.set_offline(True)
    click_map(page, 300, 200)
    expect(page.locator("#trouble")).to_contain_text("does not answer")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#trouble .bad")).to_have_count(0)
    ready(page)
    assert sum(place[2] == "exact" for place in positions(store, own).values()) == 1


def scanned(size=(600, 400)):
    drawn = Image.new("RGB", size, "#f4eed8")
    pen = ImageDraw.Draw(drawn)
    pen.line([(0, 0), size], fill="#884422", width=6)
    pen.rectangle([20, 20, size[0] - 20, size[1] - 20], outline="#224488", width=4)
    written = io.BytesIO()
    drawn.save(written, "PNG")
    return written.getvalue()


def test_a_scanned_map_is_laid_by_two_points_and_shown_beneath_the_clicks(live, enter):
    _, own, base = live
    watched = enter(f"/place/{own}")
    page = watched.page
    page.get_by_text("Add a scanned map").click()
    page.locator("#picture").set_input_files({"name": "村图.png", "mimeType": "image/png", "buffer": scanned()})
    page.get_by_role("button", name="Add the picture").click()
    page.wait_for_url("**/place/pictures/*")
    expect(page.locator("#scan .leaflet-image-layer")).to_be_visible()
    expect(page.locator("#next")).to_contain_text("Point 1: click on the picture")
    click_map(page, 100, 300, "scan")
    expect(page.locator("#next")).to_contain_text("now click the same place on the map")
    click_map(page, 100, 200)
    expect(page.locator("#next")).to_contain_text("Point 2: click on the picture")
    click_map(page, 300, 400, "scan")
    click_map(page, 250, 420)
    expect(page.locator("#map .leaflet-image-layer")).to_have_count(1)
    page.get_by_role("button", name="Lay the picture there").click()
    page.wait_for_url("**/place/*?picture=*")
    laid = page.locator("#map .leaflet-image-layer")
    expect(laid).to_be_visible()
    assert "matrix" in laid.evaluate("image => image.style.transform")
    page.locator("#opacity input").fill("30")
    assert laid.evaluate("image => image.style.opacity") == "0.3"
    go_on_to_houses(page)
    placed = counted(page)[0]
    click_map(page, 400, 300)
    expect(page.locator("#progress")).to_contain_text(f"{placed + 1} of")
    assert watched.wrong == []
    assert watched.outside(base) == []


def test_households_are_placed_on_a_phone_with_one_tap_each(live, enter):
    _, own, _ = live
    watched = enter(f"/place/{own}", phone=True)
    page = watched.page
    ready(page)
    go_on_to_houses(page)
    placed, of = counted(page)
    for n, y in enumerate((300, 150), start=1):
        page.locator("#map").tap(position={"x": 180, "y": y})
        if y == 150:
            expect(page.locator("#trouble")).to_contain_text("outside the boundary")
            page.get_by_role("button", name="Keep it there").tap()
        expect(page.locator("#progress")).to_have_text(f"{placed + n} of {of} have a position")
    page.locator("#undo").tap()
    expect(page.locator("#progress")).to_have_text(f"{placed + 1} of {of} have a position")
    page.locator("#fold").tap()
    expect(page.locator("#hamlets")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert ["422" in one for one in watched.wrong] == [True]
