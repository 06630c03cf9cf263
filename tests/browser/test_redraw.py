"""Redrawing a village in a real browser: on its map, with the mouse."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from databases import ON_SQLITE
from playwright.sync_api import Page, expect
from sample_drafts import draft_like, inside, plan_of
from service import OWN

pytestmark = [pytest.mark.browser, ON_SQLITE]
ZOOM = 18
APART = 16
"""Pixels between households that can be told apart."""


class Ground:
    """Where households are on the map of a page, which shows the middle of their village."""

    def __init__(self, page: Page, answer: dict) -> None:
        self.page = page
        self.homes = {home["code"]: home for home in answer["households"]}
        self.middle = answer["households"][0]

    @property
    def address(self) -> str:
        return f"?at={ZOOM},{self.middle['lat']:.6f},{self.middle['lon']:.6f}"

    def spot(self, code: str) -> tuple[float, float]:
        box = self.page.locator("#map").bounding_box()
        (east, south), (x, y) = self._pixel(self.homes[code]), self._pixel(self.middle)
        return box["x"] + box["width"] / 2 + east - x, box["y"] + box["height"] / 2 + south - y

    def in_sight(self) -> list[str]:
        """Return the households that stand apart from all others, away from what lies on the map."""
        box = self.page.locator("#map").bounding_box()
        spots = {code: self.spot(code) for code in self.homes}
        return [
            code
            for code, (x, y) in spots.items()
            if 80 < x - box["x"] < box["width"] - 80 and 80 < y - box["y"] < box["height"] - 80
            and all(math.dist((x, y), other) > APART for key, other in spots.items() if key != code)
        ]  # fmt: skip

    @staticmethod
    def _pixel(home: dict) -> tuple[float, float]:
        sine, size = math.sin(math.radians(home["lat"])), 256 * 2**ZOOM
        return size * home["lon"] / 360, -size * math.log((1 + sine) / (1 - sine)) / (4 * math.pi)

    def stroke(self, spots: Iterable[tuple[float, float]]) -> None:
        first, *others = spots
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for spot in others:
            self.page.mouse.move(*spot, steps=4)
        self.page.mouse.up()


@pytest.fixture
def drawn(service, site, open_page):
    """Return the store, a draft's plan, the page of its map and where households are on it."""
    plan = plan_of(service.store, draft_like(service.store, OWN))
    answer = service.client("planner").get(f"/api/plans/{plan}/redraw.json").json
    watched = open_page(f"{site}/plans/{plan}/redraw{Ground(None, answer).address}", login="planner", drawn=False)
    watched.page.locator("#map[data-ready]").wait_for()
    return service.store, plan, watched, Ground(watched.page, answer)


def test_households_are_dragged_onto_a_grid_and_back_after_a_reload(drawn):
    store, plan, watched, ground = drawn
    page, before, seen = watched.page, inside(store, plan), ground.in_sight()
    saved = page.locator("#main")
    of, homes = next((number, found) for number, all_ in before.items() if len(found := set(all_) & set(seen)) >= 3)
    home, *others = sorted(homes)[:3]
    to, target = next(
        (number, code) for number, all_ in before.items() if number != of for code in all_ if code in seen
    )

    page.mouse.click(*ground.spot(home))
    page.keyboard.down("Shift")
    for other in others:
        page.mouse.click(*ground.spot(other))
    page.keyboard.up("Shift")
    expect(page.locator(".chosen-n")).to_contain_text("3")
    page.mouse.move(*ground.spot(home))
    page.mouse.down()
    page.mouse.move(*ground.spot(others[0]))
    expect(page.locator(".redraw-tip")).to_contain_text(f"They are in grid {of} already")
    x, y = ground.spot(target)
    page.mouse.move(x + 3, y + 3, steps=3)
    expect(page.locator(".redraw-tip")).to_contain_text(f"Grid {to}: 12 → 15")
    expect(page.locator(".redraw-tip")).to_contain_text(f"Grid {of}: 12 → 9")
    page.mouse.up()
    expect(saved).to_have_attribute("data-version", "1")
    assert set(inside(store, plan)[to]) == {*before[to], home, *others}

    page.reload()
    page.locator("#map[data-ready]").wait_for()
    page.keyboard.press("Control+z")
    expect(saved).to_have_attribute("data-version", "2")
    assert inside(store, plan) == before

    page.mouse.move(*ground.spot(home))
    page.mouse.down()
    page.mouse.move(*ground.spot(target), steps=3)
    page.mouse.move(*(page.locator(".drop-spots > [data-to=new]").bounding_box()[side] + 20 for side in ("x", "y")))
    page.mouse.up()
    expect(saved).to_have_attribute("data-version", "3")
    assert inside(store, plan)[max(before) + 1] == [home]
    assert watched.wrong == []


def test_lasso_brush_and_box_choose_households_and_what_is_locked_stays(drawn):
    _, _, watched, ground = drawn
    page, seen = watched.page, ground.in_sight()
    chosen = page.locator(".chosen-n")
    spots = {code: ground.spot(code) for code in ground.homes}
    home = seen[0]
    x, y = ground.spot(home)

    page.keyboard.press("o")
    ground.stroke([(x - 7, y - 7), (x + 7, y - 7), (x + 7, y + 7), (x - 7, y + 7), (x - 7, y - 7)])
    expect(chosen).to_contain_text("Chosen: 1,")
    page.keyboard.press("w")
    for _ in range(5):
        page.keyboard.press("[")
    ends = [ground.spot(code) for code in seen[1:3]]
    ground.stroke(ends)
    expect(chosen).not_to_contain_text("Chosen: 1,")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    corners = (x - 90, y - 60), (x + 90, y + 60)
    within = [
        code for code, (right, down) in spots.items()
        if corners[0][0] <= right <= corners[1][0] and corners[0][1] <= down <= corners[1][1]
    ]  # fmt: skip
    ground.stroke(corners)
    expect(chosen).to_contain_text(f"Chosen: {len(within)},")

    page.keyboard.press("v")
    page.keyboard.press("Escape")
    page.mouse.click(x, y)
    expect(chosen).to_contain_text("Chosen: 1,")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("l")
    expect(page.locator("#main")).to_have_attribute("data-version", "1")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 40, steps=3)
    expect(page.locator(".redraw-tip")).to_contain_text("locked")
    page.mouse.up()
    expect(page.locator("#main")).to_have_attribute("data-version", "1")
    assert watched.wrong == []
