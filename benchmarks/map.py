"""How soon the map of the demo town is there and how smoothly it moves, in Chromium, beside a plain map of Leaflet.

python benchmarks/map.py [--town DIR] [--runs N]

The peer draws the same outlines and households as GeoJSON, with L.geoJSON and L.circleMarker on Leaflet's canvas.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import shapely
from pages import Town, served
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("tests", "tests/support"))

from resources import CHROMIUM_FLAGS, chromium

from gridplan.exchange.geopackage import read_plan
from gridplan.exchange.map_data import geojson
from gridplan.model import TownPlan

ROOT = Path(__file__).parents[1]
SCREEN = {"width": 1366, "height": 768}
BUDGET = {"first map, ms": 1000, "first map, KB": 300, "pan p95, ms": 25, "zoom p95, ms": 100}
STEPS, PAUSE_MS, STEP_PX = 60, 8, 9
TURNS = (-1, -1, 1, 1, -1, 1)
SETTLE_MS = 700
OUTLINES = """
new MutationObserver(() => {
  if (!document.querySelector("#map canvas.leaflet-zoom-animated:not(.gridplan-land)") || window.outlinesAt) return;
  window.outlinesAt = performance.now();
  requestAnimationFrame(() => requestAnimationFrame(() => (window.shownAt = performance.now())));
}).observe(document, { childList: true, subtree: true });
"""
CAME = """() => performance.getEntries()
  .filter(({ transferSize, responseEnd }) => transferSize && responseEnd <= window.outlinesAt)
  .map(({ name, transferSize }) => [name, transferSize])"""
FRAMES = """() => {
  window.frames = [];
  let last = performance.now();
  const tick = (now) => {
    window.frames.push(now - last);
    last = now;
    window.frame = requestAnimationFrame(tick);
  };
  window.frame = requestAnimationFrame(tick);
}"""
TAKEN = "() => { cancelAnimationFrame(window.frame); return window.frames.slice(1); }"


@dataclass(frozen=True)
class Distance:
    """How near the map is seen from."""

    name: str
    zoom: float
    lon: float
    lat: float

    @property
    def query(self) -> str:
        """The query of its address."""
        return f"?at={self.zoom},{self.lat:.6f},{self.lon:.6f}"


@dataclass(frozen=True)
class FirstMap:
    """How long until outlines are seen, and what had come by then."""

    ms: float
    kb: float
    fonts_kb: float


def distances(town: TownPlan) -> list[Distance]:
    """Return five distances: a county, the town, a village, a hamlet, and as near as one can."""
    outlines = [village.boundary for village in town.villages]
    west, south, east, north = shapely.total_bounds(outlines)
    across = max((east - west) / 900, (north - south) / np.cos(np.radians((south + north) / 2)) / 700)
    whole = np.floor(np.log2(360 / 256 / across) * 4) / 4
    largest = max(town.villages, key=lambda village: len(village.plan.households))
    middle = largest.boundary.centroid
    spots = Counter((round(home.lon, 3), round(home.lat, 3)) for home in largest.plan.households if home.has_place)
    ((lon, lat), _), *_ = spots.most_common(1)
    return [
        Distance("county", whole - 3, (west + east) / 2, (south + north) / 2),
        Distance("town", whole, (west + east) / 2, (south + north) / 2),
        Distance("village", whole + 2.25, middle.x, middle.y),
        Distance("hamlet", 17.25, lon, lat),
        Distance("deepest", 20, lon, lat),
    ]


# ---- the peer


def write_peer(town: TownPlan, folder: Path, whole: Distance) -> None:
    """Write the peer's page and what it draws."""
    grids = [grid for village in town.villages for grid in village.grids]
    names = [(village.plan.village, home) for village in town.villages for home in village.plan.households]
    layers = {
        "grids": zip(
            geojson([grid.outline for grid in grids]),
            ({"n": grid.number, "size": grid.size} for grid in grids),
            strict=True,
        ),
        "villages": zip(
            geojson([village.boundary for village in town.villages]),
            ({"name": village.plan.village} for village in town.villages),
            strict=True,
        ),
        "households": (
            (
                {"type": "Point", "coordinates": [round(home.lon, 6), round(home.lat, 6)]},
                {"code": home.household_id, "name": home.name, "door": home.door, "village": village},
            )
            for village, home in names
            if home.has_place
        ),
    }
    for name, features in layers.items():
        drawn = [{"type": "Feature", "geometry": shape, "properties": values} for shape, values in features]
        text = json.dumps({"type": "FeatureCollection", "features": drawn}, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    for name in ("leaflet.js", "leaflet.css"):
        (folder / name).write_bytes((ROOT / "node_modules/leaflet/dist" / name).read_bytes())
    page = Path(__file__).with_name("map_peer.html").read_text(encoding="utf-8")
    (folder / "map.html").write_text(page.replace("WHOLE", whole.query.removeprefix("?at=")), encoding="utf-8")


class Packed(SimpleHTTPRequestHandler):
    """Sends files packed, as the service does."""

    def do_GET(self) -> None:
        """Answer."""
        file = Path(self.translate_path(self.path.partition("?")[0]))
        if not file.is_file():
            return self.send_error(404)
        data = gzip.compress(file.read_bytes(), 5)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served_peer(town: TownPlan, whole: Distance) -> Iterator[str]:
    """Yield the address of the peer's page."""
    with tempfile.TemporaryDirectory() as folder:
        write_peer(town, Path(folder), whole)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Packed, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/map.html"
        server.shutdown()


# ---- measuring


def context_of(browser: Browser, town: Town) -> BrowserContext:
    """Return a browser's session of the administrator that has nothing kept."""
    context = browser.new_context(viewport=SCREEN, locale="zh-CN")  # type: ignore[arg-type]
    name, _, value = town.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{town.port}"}])
    return context


def first_map(context: BrowserContext, address: str) -> FirstMap:
    """Return how soon outlines are seen by a browser that has nothing yet, and what it was sent until then."""
    page = context.new_page()
    page.add_init_script(OUTLINES)
    page.goto(address)
    page.wait_for_function("() => window.shownAt")
    came = page.evaluate(CAME)
    shown = page.evaluate("() => window.shownAt")
    page.close()
    kb = {fonts: sum(size for url, size in came if ("/fonts/" in url) == fonts) / 1000 for fonts in (False, True)}
    return FirstMap(shown, kb[False], kb[True])


def moved(page: Page) -> tuple[float, float]:
    """Return the 95th percentile of the milliseconds of a frame while a map is dragged, and while it is zoomed."""
    box = page.locator("#map").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.evaluate(FRAMES)
    for way in (1, -1):
        page.mouse.down()
        for step in range(STEPS):
            side = way * STEP_PX * (step if step < STEPS / 2 else STEPS - step)
            page.mouse.move(x + side, y + side / 3)
            page.wait_for_timeout(PAUSE_MS)
        page.mouse.up()
        page.wait_for_timeout(SETTLE_MS / 2)
    panned = page.evaluate(TAKEN)
    page.evaluate(FRAMES)
    for turn in TURNS:
        page.mouse.wheel(0, turn * 120)
        page.wait_for_timeout(SETTLE_MS)
    zoomed = page.evaluate(TAKEN)
    return float(np.quantile(panned, 0.95)), float(np.quantile(zoomed, 0.95))


def main() -> None:
    """Print what the map does and what it may do, beside the peer."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--town", type=Path, default=Path("demo-town"))
    options.add_argument("--runs", type=int, default=3, help="of which the middle counts")
    asked = options.parse_args()
    plan = asked.town / "plan" / "plan.gpkg"
    if not plan.exists():
        subprocess.run([sys.executable, "-m", "gridplan.cli", "demo", "--no-serve", "-o", asked.town], check=True)
    drawn = read_plan(plan)
    stops = distances(drawn)
    with served(asked.town) as town, served_peer(drawn, stops[1]) as peer, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(with_windows=True), args=CHROMIUM_FLAGS)
        ours = f"http://127.0.0.1:{town.port}/map"
        firsts = {}
        for address in (ours, peer):
            runs = []
            for _ in range(asked.runs):
                context = context_of(browser, town)
                runs.append(first_map(context, address))
                context.close()
            firsts[address] = [
                statistics.median(values)
                for values in zip(*((one.ms, one.kb, one.fonts_kb) for one in runs), strict=True)
            ]
        print("first map | ms | KB | fonts, KB")
        print("---|---|---|---")
        print(f"budget | {BUDGET['first map, ms']} | {BUDGET['first map, KB']} |")
        for name, address in (("map", ours), ("peer", peer)):
            print(f"{name} | {firsts[address][0]:.0f} | {firsts[address][1]:.0f} | {firsts[address][2]:.0f}")
        print(f"ratio | {firsts[ours][0] / firsts[peer][0]:.2f} | {firsts[ours][1] / firsts[peer][1]:.2f} |")
        print("\ndistance | pan p95, ms | peer | ratio | zoom p95, ms | peer | ratio")
        print("---|---|---|---|---|---|---")
        print(f"budget | {BUDGET['pan p95, ms']} | | | {BUDGET['zoom p95, ms']} | |")
        for stop in stops:
            found = []
            for address in (ours, peer):
                context = context_of(browser, town)
                page = context.new_page()
                page.goto(address + stop.query)
                page.locator("#map[data-ready]").wait_for()
                page.wait_for_timeout(2 * SETTLE_MS)
                runs = [moved(page) for _ in range(asked.runs)]
                found.append([statistics.median(values) for values in zip(*runs, strict=True)])
                context.close()
            (pan, zoom), (peer_pan, peer_zoom) = found
            panned = f"{pan:.0f} | {peer_pan:.0f} | {pan / peer_pan:.2f}"
            print(f"{stop.name} | {panned} | {zoom:.0f} | {peer_zoom:.0f} | {zoom / peer_zoom:.2f}")


if __name__ == "__main__":
    main()
