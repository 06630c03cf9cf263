"""How smoothly a village is redrawn on its map in Chromium, and how soon the map shows a drop.

python benchmarks/redraw_map.py [--folder DIR] [--households N ...] [--drops N]
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
from map import FRAMES, TAKEN, context_of
from pages import Town, cookie_of_administrator, serving
from playwright.sync_api import Page, sync_playwright

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("tests", "tests/support"))

from resources import CHROMIUM_FLAGS, chromium

from gridplan.service.imports.load_plan import load_file
from gridplan.store import Store

BUDGET = {"frame, ms": 100, "drop, ms": 200}
STEPS, PAUSE_MS, SETTLE_MS = 60, 8, 400
BRUSHES = 5
DROPPED = 3
"""Households that are dragged at a time."""
ZOOM = 17
HAMLET, LANE = 60, 20
"""Households of a hamlet, and of one of its lanes."""
CENTRE = (118.9, 31.9)
DEGREE_M = 111_320
SHOWN = """() => {
  window.shown = new Promise((resolve) => {
    let from = 0;
    addEventListener("pointerup", () => (from = performance.now()), { capture: true, once: true });
    new MutationObserver((_, seen) => {
      seen.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - from)));
    }).observe(document.querySelector("#main"), { attributeFilter: ["data-version"] });
  });
}"""


# ---- the village


def write_village(path: Path, households: int) -> None:
    """Write the list of a village whose hamlets lie along lanes."""
    rng = np.random.default_rng(0)
    side = math.ceil(math.sqrt(households / HAMLET))
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "village", "hamlet", "name", "door", "lon", "lat"])
        for number in range(households):
            hamlet, inside = divmod(number, HAMLET)
            row, column = divmod(hamlet, side)
            lane, along = divmod(inside, LANE)
            east = column * 420 + along * 17 + row % 2 * 160 + rng.normal(0, 5)
            north = row * 240 + lane * 55 + rng.normal(0, 8)
            lon = CENTRE[0] + east / (DEGREE_M * math.cos(math.radians(CENTRE[1])))
            lat = CENTRE[1] + north / DEGREE_M
            name, door = f"住户{number + 1}", f"{inside + 1}号"
            rows.writerow([f"H{number:05}", "示例村", f"{hamlet + 1}组", name, door, f"{lon:.7f}", f"{lat:.7f}"])


@contextmanager
def drafted(folder: Path, households: int) -> Iterator[Town]:
    """Serve a village of so many households of which there is a draft, planned into a folder if it is not there."""
    plan = folder / f"plan-{households}"
    if not (plan / "plan.gpkg").exists():
        folder.mkdir(parents=True, exist_ok=True)
        listed = folder / f"village-{households}.csv"
        write_village(listed, households)
        command = [sys.executable, "-m", "gridplan.cli", "plan", listed, "--effort", "fast", "--no-bound", "-o", plan]
        subprocess.run(command, check=True)
    with tempfile.TemporaryDirectory() as place:
        with closing(Store(Path(place))) as store:
            store.upgrade()
            load_file(store, plan / "plan.gpkg", name="benchmark", publish=False, now=datetime.now(UTC))
            cookie = cookie_of_administrator(store)
        with serving(Path(place), None, cookie, {"redraw": ["/plans/1/redraw"]}) as town:
            yield town


# ---- measuring


def spot(page: Page, home: Mapping[str, Any]) -> tuple[float, float]:
    """Return where a household is drawn on the page."""
    zoom, lat, lon = map(float, parse_qs(urlsplit(page.url).query)["at"][0].split(","))

    def pixel(lon: float, lat: float) -> tuple[float, float]:
        sine, size = math.sin(math.radians(lat)), 256 * 2**zoom
        return size * (lon / 360 + 0.5), size * (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi))

    box = page.locator("#map").bounding_box()
    assert box
    middle, at = pixel(lon, lat), pixel(home["lon"], home["lat"])
    return box["x"] + box["width"] / 2 + at[0] - middle[0], box["y"] + box["height"] / 2 + at[1] - middle[1]


def framed(page: Page, way: list[tuple[float, float]]) -> np.ndarray:
    """Return the milliseconds of each frame while the mouse that is down goes a way."""
    page.evaluate(FRAMES)
    for x, y in way:
        page.mouse.move(x, y)
        page.wait_for_timeout(PAUSE_MS)
    return np.array(page.evaluate(TAKEN))


def loop(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    """Return a way round and back."""
    turns = [2 * math.pi * step / STEPS for step in range(STEPS + 1)]
    return [(x + radius * math.sin(turn), y + radius * (1 - math.cos(turn)) / 2) for turn in turns]


def moves(page: Page, homes: list[dict[str, Any]], rng: random.Random) -> Iterator[tuple[Any, list[Any], Any]]:
    """Yield households in sight of one grid, the first one's spot, and that of a household of a grid nearby."""
    box = page.locator("#map").bounding_box()
    assert box
    seen = []
    for home in homes:
        x, y = spot(page, home)
        if 60 < x - box["x"] < box["width"] - 60 and 120 < y - box["y"] < box["height"] - 60:
            seen.append((home, (x, y)))
    while True:
        first, at = rng.choice(seen)
        inside = [other for other in seen if other[0]["grid"] == first["grid"] and other[0] is not first]
        beside = [other for other in seen if other[0]["grid"] != first["grid"]]
        if len(inside) >= DROPPED - 1 and beside:
            to = min(beside, key=lambda other: math.dist(other[1], at))
            yield at, [other[1] for other in rng.sample(inside, DROPPED - 1)], to[1]


def dropped(page: Page, at: Any, others: list[Any], to: Any) -> float:
    """Return the milliseconds from a drop of households until the map shows them in their grid."""
    page.mouse.click(*at)
    page.keyboard.down("Shift")
    for other in others:
        page.mouse.click(*other)
    page.keyboard.up("Shift")
    page.evaluate(SHOWN)
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + 8, at[1] + 8)
    page.mouse.move(to[0] + 2, to[1] + 2, steps=5)
    page.wait_for_timeout(SETTLE_MS)
    page.mouse.up()
    took = float(page.evaluate("() => window.shown"))
    page.keyboard.press("Escape")
    page.wait_for_timeout(SETTLE_MS)
    return took


def opened(page: Page, address: str) -> None:
    """Open the page of the draft and wait until it rests."""
    page.goto(address)
    page.locator("#map[data-ready]").wait_for()
    page.wait_for_load_state("networkidle")


def all_brushed(page: Page, box: Mapping[str, float]) -> float:
    """Return the longest frame while the widest brush goes over the whole village."""
    page.keyboard.press("f")
    page.wait_for_timeout(SETTLE_MS)
    for _ in range(BRUSHES):
        page.keyboard.press("]")
    way = [
        (box["x"] + 40 + (box["width"] - 80) * step / STEPS, box["y"] + 60 + (box["height"] - 120) * (step % 6) / 5)
        for step in range(STEPS)
    ]
    page.mouse.move(*way[0])
    page.mouse.down()
    longest = framed(page, way).max()
    page.mouse.up()
    return float(longest)


def measure(page: Page, base: str, drops: int) -> list[float]:
    """Return the longest frames while the map moves, some households, all of them, are brushed, dragged; then drops."""
    answer = page.request.get(f"{base}/api/plans/1/redraw.json").json()
    homes = answer["households"]
    middle = homes[len(homes) // 2]
    address = f"{base}/plans/1/redraw?at={ZOOM},{middle['lat']:.6f},{middle['lon']:.6f}"
    opened(page, address)
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    longest = []
    for tool in ("v", "w"):
        page.keyboard.press(tool)
        page.mouse.move(x, y)
        page.mouse.down()
        longest.append(framed(page, loop(x, y, 200)).max())
        page.mouse.up()
        page.wait_for_timeout(SETTLE_MS)
    longest.append(all_brushed(page, box))
    opened(page, address)
    steps = moves(page, homes, random.Random(0))
    at, others, to = next(steps)
    page.mouse.move(*at)
    page.mouse.down()
    longest.append(framed(page, [at, *loop(x, y, 200)]).max())
    page.keyboard.press("Escape")
    page.mouse.up()
    page.keyboard.press("Escape")
    took = []
    for _ in range(drops):
        took.append(dropped(page, at, others, to))
        now = {home["id"]: home for home in page.request.get(f"{base}/api/plans/1/redraw.json").json()["households"]}
        for home in homes:
            home["grid"] = now[home["id"]]["grid"]
        at, others, to = next(steps)
    return [*longest, float(np.median(took)), float(np.quantile(took, 0.95))]


def main() -> None:
    """Print a table: what is allowed, then a row for each number of households."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, default=Path("demo-town/redraw"))
    options.add_argument("--households", type=int, nargs="+", default=[1500, 3000])
    options.add_argument("--drops", type=int, default=20)
    asked = options.parse_args()
    frame, drop = BUDGET["frame, ms"], BUDGET["drop, ms"]
    print("households | moved: longest frame, ms | brushed | all brushed | dragged | drop, ms | p95")
    print("---|---|---|---|---|---|---")
    print(f"budget | {frame} | {frame} | {frame} | {frame} | | {drop}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(with_windows=True), args=CHROMIUM_FLAGS)
        for households in asked.households:
            with drafted(asked.folder, households) as town:
                context = context_of(browser, town)
                figures = measure(context.new_page(), f"http://127.0.0.1:{town.port}", asked.drops)
                print(" | ".join(str(round(figure)) for figure in (households, *figures)), flush=True)
                context.close()


if __name__ == "__main__":
    main()
