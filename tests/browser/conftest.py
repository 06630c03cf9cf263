"""A Chromium that calls nobody on its own, and pages that remember everything that went wrong on them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from processes import for_the_session
from resources import CHROMIUM_FLAGS, chromium
from service import session_cookie, whole_answers
from werkzeug.serving import make_server

DESKTOP = {"viewport": {"width": 1366, "height": 768}}


@dataclass
class Watched:
    """A page, what it asked the network for, and what went wrong on it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def outside(self, *own: str) -> list[str]:
        return [url for url in self.requests if not url.startswith(("data:", "blob:", *own))]


@pytest.fixture(scope="session")
def playwright_driver():
    with for_the_session():
        started = sync_playwright().start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def chrome(playwright_driver: Playwright):
    with for_the_session():
        browser = playwright_driver.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def open_page(chrome: Browser, playwright_driver: Playwright):
    """Return a function that opens an address, on a desktop screen or on a phone, and waits for the drawn map.

    With `login` somebody has signed in before, without the page for it.
    """
    contexts = []

    def open_page(
        url: str, *, login: str = "", phone: bool = False, offline: bool = False, drawn: bool = True, **options
    ) -> Watched:
        shape = dict(playwright_driver.devices["Pixel 7"]) if phone else DESKTOP
        shape.pop("default_browser_type", None)
        context = chrome.new_context(**shape, **options)
        contexts.append(context)
        context.set_offline(offline)
        if login:
            context.add_cookies([session_cookie("{0.scheme}://{0.netloc}".format(urlsplit(url)), login)])
        watched = Watched(context.new_page())
        page = watched.page
        page.on("request", lambda request: watched.requests.append(request.url))
        page.on("pageerror", lambda error: watched.wrong.append(f"error: {error}"))
        page.on("console", lambda line: watched.wrong.append(line.text) if line.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: (watched.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.goto(url)
        if drawn:
            page.locator(".gridplan-marks").wait_for(state="attached")
            page.wait_for_function("document.fonts.status === 'loaded'")
        return watched

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def site(service):
    """Return the address at which the service answers."""
    server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
