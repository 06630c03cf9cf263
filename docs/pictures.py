"""Makes the pictures of docs/en and docs/zh: a first day in the demo town, half a year on. `make pictures` runs it."""

from __future__ import annotations

import csv
import io
import logging
import sys
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

sys.path.append(str(Path(__file__).parents[1] / "tests/support"))

from gridplan_web import create_app
from resources import CHROMIUM_FLAGS, chromium

from gridplan.demo import make_town, write_town
from gridplan.demo.definition import read_definition
from gridplan.service.access.accounts import invite_each_role, invite_first_administrator
from gridplan.service.demo.history import add_demo_history
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.words import LANGS, say

PICTURES = Path(__file__).parent / "pictures"
LATER = 600_000
"""Milliseconds that a job may take."""
QUIET_WORDS = "four-quiet-words"
SCREEN = {"width": 1366, "height": 768}
PHONE, PHONE_SCALE, PHONES = {"width": 360, "height": 640}, 1.2, 3
"""A phone's screen, how large it is drawn, and how many stand beside each other in a picture."""
FONTS = "/static/dist/fonts/fonts.css"


def take(page: Page, base: str, name: str, ready: Callable[[], object] = lambda: None) -> None:
    """Take a picture of a page in each language, English last."""
    for lang in LANGS:
        page.context.add_cookies([{"name": "lang", "value": lang, "url": base}])
        page.reload()
        ready()
        page.wait_for_timeout(800)  # for the texts of a map to settle; a picture is no test
        with Image.open(io.BytesIO(page.screenshot())) as taken:
            taken.save(PICTURES / lang / f"{name}.webp", quality=80, method=6)


def press(page: Page, code: str) -> None:
    """Press the button, or follow the link, that a sentence stands on."""
    words = say(code, "en")
    page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words)).first.click(timeout=LATER)


def sign_in(page: Page, link: str, seen: Callable[[], object] = lambda: None) -> None:
    """Open a link of an account and choose a password."""
    page.goto(link)
    seen()
    page.fill("[name=password]", QUIET_WORDS)
    press(page, "entrance.start")


def first_day(page: Page, base: str, link: str, lists: list[Path]) -> None:
    """Walk through the first day of a planner, a picture of every stop."""
    picture = partial(take, page, base)

    def drawn() -> None:
        page.locator("#map[data-ready]").wait_for(timeout=LATER)

    sign_in(page, link, lambda: picture("1-link", lambda: page.fill("[name=password]", QUIET_WORDS)))
    page.goto(f"{base}/imports")
    page.set_input_files("#files", lists)
    page.locator("#confirming").wait_for(timeout=LATER)
    picture("2-import")
    page.locator("#confirming button").first.click(timeout=LATER)
    page.get_by_role("heading", name=say("imports.applied", "en")).wait_for(timeout=LATER)
    page.goto(base)
    picture("3-home")
    page.goto(f"{base}/place")
    page.locator("main a[href*='/place/']").first.click()
    picture("4-positions", lambda: page.wait_for_timeout(1500))
    page.goto(f"{base}/drafts/new")
    picture("5-new-draft")
    press(page, "drafts.make")
    page.wait_for_url("**/drafts/*", timeout=LATER)
    drawn()
    picture("6-draft", drawn)
    draft = page.url
    page.locator("main a[href$='/redraw']").first.click(timeout=LATER)
    picture("15-redraw", lambda: page.locator("main[data-ready] #map[data-ready]").wait_for(timeout=LATER))
    page.goto(draft)
    drawn()
    press(page, "drafts.publish_link")
    picture("7-publish")
    for reason in page.locator("input[name^=because]").all():
        reason.fill("经村民代表会议同意 / Agreed by the village meeting")
    page.locator("main form button.primary").last.click()
    page.wait_for_url("**/published*", timeout=LATER)
    picture("8-published")
    page.goto(f"{base}/lists/households")
    page.locator("main tbody a").first.click()
    picture("9-household", lambda: page.wait_for_timeout(1500))
    page.goto(f"{base}/map")
    picture("10-map", lambda: page.locator(".gridplan-marks").wait_for(state="attached", timeout=LATER))


def ten_minutes(page: Page, base: str, link: str) -> None:
    """Walk through what a supervisor looks at, in a town with half a year of visits."""
    sign_in(page, link)
    page.wait_for_url(f"{base}/")

    def drawn() -> None:
        page.locator(".gridplan-marks").wait_for(state="attached", timeout=LATER)

    page.goto(f"{base}/coverage")
    take(page, base, "11-coverage", drawn)
    page.locator("main a[href*='/coverage/villages/']").first.click()
    take(page, base, "12-village", drawn)
    page.goto(f"{base}/needs/figures")
    take(page, base, "13-needs")
    page.goto(f"{base}/chain")
    take(page, base, "14-chain")


def phone(browser: Browser, base: str, link: str) -> None:
    """Take a member's phone in each language: the list, a visit in two taps, what was saved without signal, the map."""
    door = browser.new_page()
    door.goto(link)
    door.locator("main button").first.click()
    door.wait_for_load_state()
    signed_in = door.context.storage_state()
    for lang in LANGS:
        context = browser.new_context(
            viewport=PHONE,
            device_scale_factor=PHONE_SCALE,
            has_touch=True,
            is_mobile=True,
            locale=lang,
            storage_state=signed_in,
        )
        page = context.new_page()
        page.goto(f"{base}/m/")
        page.add_style_tag(url=FONTS)  # a phone has characters of its own
        rows = page.locator("details.visit-of")
        rows.first.wait_for()
        page.route("**/m/api/**", lambda route: route.abort())
        screens = [screen_of(page)]
        rows.first.locator("summary").click()
        screens.append(screen_of(page))
        rows.first.locator(".outcomes button").first.click()
        page.locator("#unsent a").wait_for()
        screens.append(screen_of(page))
        side_by_side(screens).save(PICTURES / lang / "16-phone.webp", quality=80, method=6)
        screens = []
        for other in ("map/0", "order/0", "setup"):
            page.evaluate("screen => (location.hash = screen)", other)
            screens.append(screen_of(page))
        side_by_side(screens).save(PICTURES / lang / "17-phone-map.webp", quality=80, method=6)
        context.close()


def screen_of(page: Page) -> bytes:
    """Return a phone's screen once it is at rest."""
    page.wait_for_timeout(800)
    page.wait_for_function("document.fonts.status === 'loaded'")
    return page.screenshot()


def side_by_side(screens: list[bytes]) -> Image.Image:
    """Return the screens of phones in one picture."""
    picture = Image.new("RGB", (SCREEN["width"], SCREEN["height"]), "#8a8f98")
    gap = (SCREEN["width"] - PHONES * round(PHONE["width"] * PHONE_SCALE)) // (PHONES - 1)
    for at, screen in enumerate(screens):
        with Image.open(io.BytesIO(screen)) as taken:
            picture.paste(taken, (at * (taken.width + gap), 0))
    return picture


def hide_positions(households: Path) -> None:
    """Take the positions of a hamlet of the first village out of a list, so that there is something to place."""
    with households.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    first = min((row["村"], row["组"]) for row in rows)
    for row in rows:
        if (row["村"], row["组"]) == first:
            row["经度"] = row["纬度"] = ""
    with households.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Serve an empty store and take the pictures."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for lang in LANGS:
        (PICTURES / lang).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        made = write_town(make_town(0), Path(folder) / "lists")
        hide_positions(made.households)
        (Path(folder) / "data").mkdir()
        store = Store(Path(folder) / "data")
        store.upgrade()
        link = invite_first_administrator(store, now=datetime.now(UTC))
        if link is None:
            raise SystemExit("this store is set up already")
        app = create_app(store)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        page = browser.new_page(viewport=SCREEN)
        base = f"http://127.0.0.1:{server.server_port}"
        lists = [made.households, made.villages, made.hamlets, made.members, made.roads]
        first_day(page, base, f"{base}/i/{link.token}", lists)
        with store.change(COMMAND_LINE, "record", "visit", now=datetime.now(UTC)) as change:
            add_demo_history(change.connection, now=datetime.now(UTC))
        links = invite_each_role(store, names=read_definition().offices, now=datetime.now(UTC))
        supervisor = browser.new_page(viewport=SCREEN)
        ten_minutes(supervisor, base, f"{base}/i/{links['supervisor'].token}")
        phone(browser, base, f"{base}/i/{links['member'].token}")
        browser.close()
        server.shutdown()
        app.extensions["jobs"].close()
        store.close()


if __name__ == "__main__":
    main()
