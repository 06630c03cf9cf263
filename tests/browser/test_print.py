"""Maps on paper: the sheet that a page lays out for the printer, in Chromium."""

import re

import pytest
from sample_towns import town

from gridplan.exchange.webmap import write_map

pytestmark = pytest.mark.browser
LAY = """() => {
  // Lays the sheet out as for a printer, and tells of it in millimetres.
  const boxOf = (found) => Object.fromEntries(
    Object.entries(found.getBoundingClientRect().toJSON()).map(([side, pixels]) => [side, (pixels * 25.4) / 96]));
  dispatchEvent(new Event("beforeprint"));
  const leaf = document.querySelector(".leaf");
  const key = leaf.querySelector(".key");
  return {
    leaf: boxOf(leaf), map: boxOf(leaf.querySelector(".leaflet-container")), key: boxOf(key),
    bar: boxOf(leaf.querySelector(".bearings div path + path")).width, text: leaf.innerText,
    controls: [...leaf.querySelectorAll("button, input, summary")].filter((found) => found.checkVisibility()).length,
    across: map_town.distance(...[0, map_town.getSize().x].map((x) => map_town.containerPointToLatLng([x, 300]))),
    clipped: key.scrollHeight - key.clientHeight,
    dots: document.querySelector(".gridplan-marks").width / document.querySelector(".gridplan-marks").clientWidth,
  };
}"""
MAP = """() => {
  const { width, height } = document.querySelector(".leaflet-container").getBoundingClientRect();
  const pane = document.querySelector(".leaflet-map-pane").getBoundingClientRect();
  const scale = document.querySelector(".leaflet-control-scale-line");
  return [width, height, pane.x, pane.y, scale.style.width, scale.innerText, document.activeElement.className];
}"""


@pytest.fixture
def page(open_page, tmp_path):
    path = tmp_path / "map.html"
    write_map(town(), path, "en", "Shiqiao town")
    return open_page(path.as_uri(), color_scheme="dark").page


def pages_of(page):
    """Return how wide and how high the pages are that come from the printer, in millimetres."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    return [tuple(round(float(points) / 72 * 25.4) for points in box) for box in boxes]


def test_a_map_prints_as_a_sheet_with_all_that_a_map_needs_and_is_afterwards_as_it_was(page):
    page.get_by_role("button", name="石桥村").click()
    page.get_by_label("Households", exact=True).click()
    page.locator(".leaflet-container").focus()
    page.wait_for_timeout(400)  # the map is at rest
    before = page.evaluate(MAP)

    sheet = page.evaluate(LAY)
    assert sheet["controls"] == 0
    assert (round(sheet["leaf"]["width"]), round(sheet["leaf"]["height"])) == (277, 189)
    assert sheet["map"]["right"] < sheet["key"]["left"] < sheet["key"]["right"] <= sheet["leaf"]["right"]
    assert sheet["map"]["width"] > 200 and sheet["map"]["height"] > 160 and sheet["clipped"] <= 0 and sheet["dots"] == 2
    for text in ("Shiqiao town", "石桥村", "Village boundaries", "not for the wall"):
        assert text in sheet["text"]
    assert "One household" not in sheet["text"]  # they are switched off
    metres = {"m": 1, "km": 1000}
    length, unit = re.findall(r"([\d.]+) (k?m)\b", sheet["text"])[-1]
    scale = int(re.search(r"1:([\d,]+) \(A4\)", sheet["text"])[1].replace(",", ""))
    assert scale == pytest.approx(sheet["across"] * 1000 / sheet["map"]["width"], rel=0.002)
    assert sheet["bar"] == pytest.approx(float(length) * metres[unit] * 1000 / scale, rel=0.001)

    assert pages_of(page) == [(297, 210)]
    assert page.evaluate(MAP) == before


def test_the_paper_that_was_chosen_is_remembered_and_its_sheet_fills_it(page):
    page.evaluate("window.print = () => (window.printed = document.body.dataset.paper)")
    page.locator("summary", has_text="Print").click()
    for name in ("A3", "upright"):
        page.get_by_label(name).click()
    page.locator(".print-menu button").click()
    page.wait_for_function("window.printed === 'a3-upright'")
    page.keyboard.press("Escape")
    page.reload()
    page.locator(".gridplan-marks").wait_for(state="attached")
    assert pages_of(page) == [(297, 420)]
    sheet = page.evaluate(LAY)
    assert sheet["map"]["width"] == pytest.approx(277, abs=1) and sheet["map"]["height"] > 330
    assert sheet["map"]["bottom"] < sheet["key"]["top"] < sheet["key"]["bottom"] <= sheet["leaf"]["bottom"]
