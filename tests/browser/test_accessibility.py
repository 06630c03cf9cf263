"""Pages without a fault that axe finds, on desktop and phone, light and dark; none scrolls sideways, nor at 200 %."""

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Error
from route_table import ROLES, TABLE, address, ids_for_routes
from sample_drafts import draft_like, plan_of
from service import NOW, OWN, serve, session_cookie, whole_answers
from sqlalchemy import update
from werkzeug.serving import make_server

from gridplan.store.tables import village

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
NOT_TRIED = re.compile(r"^/api|/new$|^/map/file(/framed)?$")
"""Addresses of a page that is another's, of empty forms, which are those of changes, and of a file, in a frame too."""
DRAWN = """() => !document.querySelector(".redraw-page:not([data-ready])") &&
  [...document.querySelectorAll("#map, .small-map")].every((map) => map.querySelector(".leaflet-pane"))"""
SMALL = """() => {
  const fields = "input:not([type=checkbox], [type=radio])";
  const all = document.querySelectorAll(`:is(main, .bar) :is(button, select, summary, textarea, .button, ${fields})`);
  const isSmall = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().height < 43;
  return [...all].filter(isSmall).map((one) => `too small for a finger: ${one.outerHTML.slice(0, 99)}`);
}"""
AS_SHOWN = ["color-contrast", "link-in-text-block", "scrollable-region-focusable"]
"""The rules that a page may break in another width or other colours; all others are looked at once."""
FAULTS = """async (rules) => {
  const run = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...run });
  return violations.map(({ id, nodes: [{ html, failureSummary }] }) => `${id}: ${html.slice(0, 99)} ${failureSummary}`);
}"""
TOO_WIDE = """() => {
  const page = document.scrollingElement;
  return page.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth ? ["scrolls sideways"] : [];
}"""


@pytest.fixture(scope="module")
def town(tmp_path_factory, sqlite):
    """Return the service over the drawn town, where it is served, and the ids of what it has."""
    with sqlite.copy("filled", tmp_path_factory.mktemp("town")) as store:
        service = serve(store)
        service.ids = ids_for_routes(service)["own"]
        service.redrawn = plan_of(store, draft_like(store, OWN))
        with store.write() as connection:
            connection.execute(update(village).values(start_day=NOW.date()))
        server = make_server("127.0.0.1", 0, whole_answers(service.app), threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service.address = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        server.server_close()
        service.app.extensions["jobs"].close()


def pages_of(town):
    """Return what every role sees first, and every page there is, each with a role that may see it."""
    asked = {address(route, town.ids): who for route, who in TABLE.items() if route.startswith("GET ")}
    pages = {path: who for path, who in asked.items() if who != "APCUMV" and not NOT_TRIED.search(path)}
    found = [(role, "/") for role in ROLES.values()]
    found += [("" if who == "*" else ROLES[who[0]], path) for path, who in pages.items()]
    others = "/sessions", "/missing", f"/search?q={OWN}1", f"/plans/{town.redrawn}/redraw?tab=rules&grid=1"
    return found + [("administrator", path) for path in others]


def is_another_page(page, address, looked_at):
    """Go to an address; return whether a page is there that was not looked at: no file, not where another one led."""
    try:
        answer = page.goto(address)
    except Error as problem:
        if not re.search("Download is starting|ERR_ABORTED", problem.message):  # a file, or nothing to show
            raise
        return False
    where = answer.status if answer.status >= 400 else page.url
    is_new = answer.headers["content-type"].startswith("text/html") and where not in looked_at
    looked_at.add(where)
    return is_new


@pytest.mark.long
def test_pages_have_no_fault_that_axe_finds_and_never_scroll_sideways(open_page, town):
    watched = open_page("about:blank", drawn=False, locale="zh-CN")
    page, faults, role, looked_at = watched.page, [], None, set()
    page.set_default_timeout(120_000)  # a map as one file takes its time on a busy machine
    for who, path in pages_of(town):
        if who != role:
            page.context.clear_cookies()
            page.context.add_cookies([session_cookie(town.address, who)] if who else [])
            role, looked_at = who, set()
        page.set_viewport_size({"width": 683, "height": 384})
        page.emulate_media(color_scheme="light")
        if not is_another_page(page, town.address + path, looked_at):
            continue
        page.wait_for_function(DRAWN)
        page.evaluate("document.querySelector('.own details')?.setAttribute('open', '')")
        page.evaluate(AXE)
        found = page.evaluate(TOO_WIDE)
        for scheme, width, height, rules in (("light", 1366, 768, None), ("dark", 360, 640, AS_SHOWN)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{scheme} {width}: {one}" for one in page.evaluate(FAULTS, rules) + page.evaluate(TOO_WIDE)]
        found += page.evaluate(SMALL)
        faults += [f"{who} {path} {one}" for one in found]
    assert not faults, "\n".join(faults)
