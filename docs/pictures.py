"""Makes the pictures of docs/planner.md: a first day in the demo town, in Chromium. `make pictures` runs it."""

from __future__ import annotations

import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from browser.conftest import FLAGS
from gridplan_web import create_app
from resources import chromium

from gridplan.demo import make_town, write_town
from gridplan.service.access.accounts import invite_first_administrator
from gridplan.store import Store
from gridplan.words import say

PICTURES = Path(__file__).parent / "pictures"
LATER = 600_000
"""Milliseconds that a job may take."""
LOCALES = {"en": "en-GB", "zh": "zh-CN"}


def first_day(page: Page, base: str, link: str, lists: list[Path], lang: str) -> None:
    """Walk through the first day, a picture of every stop."""

    def picture(name: str) -> None:
        page.wait_for_timeout(800)  # for tiles of text to settle; a picture is no test
        page.screenshot(path=PICTURES / f"{name}.png")

    def press(code: str, **values: object) -> None:
        words = say(code, lang, **values)
        page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words)).first.click(timeout=LATER)

    page.goto(link)
    page.fill("[name=password]", "four-quiet-words")
    picture("1-link")
    press("entrance.start")
    page.goto(f"{base}/imports")
    page.set_input_files("#files", lists)
    page.locator("#confirming").wait_for(timeout=LATER)
    picture("2-import")
    page.locator("#confirming button").first.click(timeout=LATER)
    page.get_by_role("heading", name=say("imports.applied", lang)).wait_for(timeout=LATER)
    page.goto(base)
    picture("3-start")
    page.goto(f"{base}/drafts/new")
    picture("4-new-draft")
    press("drafts.make")
    page.locator("progress").first.wait_for()
    picture("5-planning")
    page.wait_for_url("**/drafts/*", timeout=LATER)
    page.locator("#map[data-ready]").wait_for(timeout=LATER)
    picture("6-draft")
    press("drafts.publish_link")
    picture("7-publish")
    for reason in page.locator("input[name^=because]").all():
        reason.fill("例外已经村民代表会议同意" if lang == "zh" else "Agreed by the village meeting")
    page.locator("main form button.primary").last.click()
    page.wait_for_url("**/published*", timeout=LATER)
    picture("8-published")
    page.goto(f"{base}/map")
    page.locator(".gridplan-labels").wait_for(state="attached", timeout=LATER)
    picture("9-map")
    page.goto(f"{base}/place")
    page.locator("main a[href*='/place/']").first.click()
    page.wait_for_timeout(1500)
    picture("10-place")


def main() -> None:
    """Serve an empty store and take the pictures."""
    lang = sys.argv[1] if len(sys.argv) > 1 else "en"
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        made = write_town(make_town(0), Path(folder) / "lists")
        (Path(folder) / "data").mkdir()
        store = Store(Path(folder) / "data")
        store.upgrade()
        link = invite_first_administrator(store, now=datetime.now(UTC))
        if link is None:
            raise SystemExit("this store is set up already")
        app = create_app(store)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 768}, locale=LOCALES[lang])
        base = f"http://127.0.0.1:{server.server_port}"
        first_day(
            page, base, f"{base}/i/{link.token}", [made.households, made.villages, made.hamlets, made.members], lang
        )
        browser.close()
        server.shutdown()
        app.extensions["jobs"].close()
        store.close()


if __name__ == "__main__":
    main()
