"""What is entered on a phone is kept and sent once, whatever becomes of signal, service, browser, login and storage."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from gridplan_web.views.phone import WORDS
from phone_scripts import phone_script
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect
from resources import CHROMIUM_FLAGS, chromium
from service import NOW, OWN, PASSWORD, QUICK, Service, session_cookie, whole_answers
from sqlalchemy import delete, func, select, update
from werkzeug.serving import make_server

from gridplan.store.access import accounts
from gridplan.store.phone.epoch import begin_epoch
from gridplan.store.system.town_settings import read_settings, write_settings
from gridplan.store.tables import (
    amendment,
    assignment,
    device,
    household,
    member,
    membership,
    plan,
    session,
    village,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("databases", ["sqlite"], indirect=True)]
SYNC = "**/m/api/sync"
PATIENCE_S = 20.0
BLANK = "<!DOCTYPE html><meta charset=utf-8><title>phone</title>"
FORMS = """
window.form = (household, more) =>
  ({ type: "visit", id: phone.newId(), household, outcome: "met", channel: "door", days_ago: 0, ...more });
window.said = (saving) =>
  saving.then(() => "saved", (problem) => problem instanceof phone.QueueRefused ? "refused" : String(problem));
window.visits = async (households) => {
  const forms = households.map((household) => form(household));
  for (const one of forms) await phone.log(one);
  return forms.map(({ id }) => id);
};
phone.start(() => {});
"""
"""What screens do: a form that opens, and what it says once it is sent."""
TOKEN = "queue.everything().then(({ accounts }) => accounts.some(({ token }) => token !== null))"
script = cache(phone_script)


# ---- the phone


class Phone:
    """A browser whose pages have the scripts of a phone and no screens."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.context, self.site = context, site
        context.route(f"{site}/m/", lambda route: route.fulfill(body=BLANK, content_type="text/html"))

    def sign_in(self, login: str) -> None:
        self.context.add_cookies([session_cookie(self.site, login)])

    def open(self, *, signed_in: bool = True, quota: int | None = None) -> Page:
        """Open a page; wait until it has the list and a token. Its quota is looked at before anything is written."""
        page = self.context.new_page()
        if quota is not None:
            devtools = self.context.new_cdp_session(page)
            devtools.send("Storage.overrideQuotaForOrigin", {"origin": self.site, "quotaSize": quota})
        page.goto(f"{self.site}/m/")
        run(page)
        if signed_in:
            until(page, f"phone.state().isSignedIn && {TOKEN}")
        return page


def run(page: Page) -> None:
    """Run the scripts of a phone in a page."""
    page.evaluate(f"{script()}{FORMS}")


@pytest.fixture
def phone(chrome, site, service):
    """Return the phone of the lead of the first grid, who is signed in."""
    begin(service)
    context = chrome.new_context(service_workers="block")
    phone = Phone(context, site)
    phone.sign_in("member")
    yield phone
    context.close()


def visits(page: Page, homes: list[int]) -> list[str]:
    """Log a visit of each household, and return the ids."""
    return page.evaluate("visits", homes)


def visit_or_problem(page: Page, home: int) -> str:
    """Log a visit, and return what its form would say."""
    return str(page.evaluate("(household) => said(phone.log(form(household)))", home))


def until(page: Page, expression: str) -> None:
    """Wait until something is so, also on pages that let nobody evaluate strings."""
    deadline = time.monotonic() + PATIENCE_S
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        time.sleep(0.02)


def is_sent(page: Page) -> None:
    until(page, "phone.unsent() === 0 && !phone.state().isSending")


def kept(page: Page) -> list[dict[str, Any]]:
    """Return the entries as the database of the browser has them, read by nobody's scripts."""
    return [one for one in records(page, "gridplan-queue") if not one["id"].startswith("token:")]


def records(page: Page, name: str) -> list[dict[str, Any]]:
    return page.evaluate(
        """(name) => new Promise((resolve, reject) => {
            const opening = indexedDB.open(name);
            opening.onerror = () => reject(opening.error);
            opening.onsuccess = () => {
                const all = opening.result.transaction("entries").objectStore("entries").getAll();
                all.onsuccess = () => { opening.result.close(); resolve(all.result); };
            };
        })""",
        name,
    )


def put(page: Page, record: dict[str, Any]) -> None:
    """Write a record into the queue as other scripts would."""
    page.evaluate(
        """(record) => new Promise((resolve) => {
            indexedDB.open("gridplan-queue").onsuccess = ({ target: { result } }) => {
                const writing = result.transaction("entries", "readwrite");
                writing.objectStore("entries").put(record);
                writing.oncomplete = () => { result.close(); resolve(); };
            };
        })""",
        record,
    )


# ---- the service


def begin(service: Service) -> None:
    today = NOW.date()
    with service.store.write() as connection:
        connection.execute(update(village).values(start_day=today - timedelta(56)))
        connection.execute(update(plan).values(published_at=NOW - timedelta(70)))
        connection.execute(update(assignment).values(since=today - timedelta(70)))
        write_settings(connection, replace(read_settings(connection), household_names=True))


def homes(service: Service, grid: int = 1) -> list[int]:
    """Return the households of a grid of the own village but one, where its lead may live."""
    inside = select(household.c.id).join(membership).where(membership.c.number == grid)
    with service.store.read() as connection:
        ordered = inside.where(household.c.code.startswith(OWN)).order_by(household.c.code)
        return list(connection.execute(ordered).scalars())[1:]


def stored(service: Service) -> dict[str, int]:
    """Return the members of the visits that the service has, by id; no id comes twice."""
    with service.store.read() as connection:
        rows = connection.execute(select(visit.c.id, visit.c.member_id)).all()
    return {row.id: row.member_id for row in rows}


def lead(service: Service, grid: int) -> int:
    with service.store.read() as connection:
        return connection.execute(select(member.c.id).where(member.c.code == f"{OWN}-M{grid}")).scalar_one()


@dataclass
class Office:
    """The office computer: at its port the service answers as long as it is on."""

    service: Service
    port: int = 0
    takes_entries: bool = True

    @contextmanager
    def on(self) -> Iterator[None]:
        answers = whole_answers(self.service.app)

        def answer(environ, start_response):
            if environ["PATH_INFO"] == "/m/api/sync" and not self.takes_entries:
                start_response("503 Service Unavailable", [("Retry-After", "60")])
                return [b""]
            return answers(environ, start_response)

        server = make_server("127.0.0.1", self.port, answer, threaded=True)
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def browser_of(playwright: Playwright, profile: Path) -> Iterator[tuple[BrowserContext, Callable[[], None]]]:
    """Yield a browser that keeps what it has in a folder, and what ends it as a phone does that runs out of memory."""
    found = profile / "DevToolsActivePort"
    found.unlink(missing_ok=True)
    command = [chromium(), *CHROMIUM_FLAGS, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)

    def kill() -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    try:
        while not found.exists() or "\n" not in found.read_text():
            time.sleep(0.02)
        address = f"http://127.0.0.1:{found.read_text().splitlines()[0]}"
        yield playwright.chromium.connect_over_cdp(address).contexts[0], kill
    finally:
        if process.poll() is None:
            kill()


# ---- saved


def test_an_entry_is_saved_when_it_was_written_and_read_back_and_never_before(phone, service):
    home, other = homes(service)[:2]
    page = phone.open(quota=1_000_000)
    page.evaluate(
        """() => {
            window.asked = [];
            const transaction = IDBDatabase.prototype.transaction;
            IDBDatabase.prototype.transaction = function (stores, mode, options) {
                if (mode === "readwrite") window.asked.push([this.name, this.version, (options || {}).durability]);
                return transaction.call(this, stores, mode, options);
            };
        }"""
    )
    phone.context.set_offline(True)
    assert visit_or_problem(page, home) == "saved"
    assert {tuple(one) for one in page.evaluate("asked")} == {("gridplan-queue", 1, "strict")}
    assert [one["state"] for one in kept(page)] in (["new"], ["sent"])  # it was tried at once, in vain

    refusals = {
        "a full disk": "add = () => { throw new DOMException('full', 'QuotaExceededError') }",
        "a disk that is full at the end": "add = function (one) { real.add.call(this, one); this.transaction.abort() }",
        "what is not there when it is read": "get = function (id) {"
        " return real.get.call(this, this.transaction.mode === 'readonly' ? 'none' : id) }",
    }
    page.evaluate("() => { const { add, get } = IDBObjectStore.prototype; window.real = { add, get } }")
    for what, broken in refusals.items():
        page.evaluate(f"() => {{ IDBObjectStore.prototype.{broken} }}")
        assert visit_or_problem(page, other) == "refused", what
        page.evaluate("() => Object.assign(IDBObjectStore.prototype, real)")
    assert len(kept(page)) == 2  # the one that could not be read is there, and nothing takes it away again

    # the same form tapped twice is one; what it says later is a change of it
    said = page.evaluate(
        """async ([household, other]) => {
            const one = form(household);
            await Promise.all([phone.log(one), phone.log(one)]);
            return [await said(phone.log(one)), await said(phone.logAll([form(other), { ...one, outcome: "away" }]))];
        }""",
        [home, other],
    )
    assert said == ["saved", "saved"]
    assert page.evaluate("phone.unsent()") == len({one["op"]["seq"] for one in kept(page)}) == 5
    changes = [one["op"] for one in kept(page) if one["op"]["type"] == "amend"]
    assert [(one["kind"], one["outcome"]) for one in changes] == [("outcome", "away")]

    # a browser that keeps nothing: in private windows of some, and where storage is switched off
    page.reload()
    page.evaluate(
        "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('', 'SecurityError') } })"
    )
    phone.context.set_offline(False)
    run(page)
    until(page, "phone.list() !== null")
    assert visit_or_problem(page, other) == "refused"
    assert page.evaluate("[phone.state().canKeep, phone.unsent()]") == [False, 0]

    page.reload()
    run(page)
    until(page, "phone.state().isSignedIn")
    noise = "Array.from({ length: 1e6 }, () => String.fromCharCode(Math.random() * 50_000)).join('')"
    assert page.evaluate(f"said(phone.log(form({other}, {{ text: {noise} }})))") == "refused"
    # what is kept is sent, though there may be no room to note that it was
    expect_stored(service, [one["id"] for one in kept(page) if one["op"]["type"] == "visit"])


# ---- sent


def test_nothing_is_lost_or_doubled_whatever_comes_in_the_place_of_an_answer(phone, service):
    page = phone.open()
    phone.context.set_offline(True)
    ids = visits(page, homes(service)[:5])
    page.evaluate("(visit) => phone.log({ type: 'amend', id: phone.newId(), visit, kind: 'withdraw' })", ids[0])
    page.evaluate("() => { Math.random = () => 1 }")  # nothing is tried again by itself while this goes on
    page.evaluate("() => { IDBObjectStore.prototype.delete = () => { window.isDeleted = true } }")
    until(page, "!phone.state().isSending")
    phone.context.route(SYNC, lambda route: route.abort())
    phone.context.set_offline(False)
    page.evaluate("phone.refresh()")
    sizes: list[int] = []

    def answer_with(wrong) -> dict[str, Any]:
        """Answer each request so; return how sending stands when everything was tried, and what waits."""
        sizes.clear()

        def answer(route: Route) -> None:
            sizes.append(len(route.request.post_data_json["ops"]))
            wrong(route)

        phone.context.route(SYNC, answer)
        page.evaluate("phone.sendNow()")
        phone.context.unroute(SYNC, answer)
        assert page.evaluate("phone.unsent()") == len(kept(page)) == 6
        assert not page.evaluate("window.isDeleted")  # what is written again at once is not there for a moment
        assert {one["state"] for one in kept(page)} == {"sent"}
        return page.evaluate("phone.state()")

    def with_status(status: int, **answer: Any):
        return lambda route: route.fulfill(status=status, **answer)

    for status in (500, 502, 507, 429, 403, 404):
        html = with_status(status, body="<h1>Error</h1>", content_type="text/html")
        assert not answer_with(html)["isReached"], status
    answer_with(with_status(503, headers={"Retry-After": "30"}))
    for body in ("<p>Please sign in to this network</p>", '{"now": 1}', "null", '{"now": 1, "epoch": "first", "high":'):
        assert not answer_with(with_status(200, body=body, content_type="application/json"))["isReached"], body
    answer_with(with_status(302, headers={"Location": "/login"}))
    assert answer_with(with_status(401))["needCard"] == [lead(service, 1)]
    assert answer_with(with_status(426))["isOutdated"]
    assert len(answer_with(with_status(413))["refused"]) == 3  # where none is taken, not all of them are tried
    assert sizes == [6, 3, 2, 1, 1, 1]
    answer_with(lambda route: route.abort("connectionfailed"))
    answer_with(lambda route: (route.fetch(), route.abort()))  # they arrive, and the answer is lost
    assert set(stored(service)) == set(ids)

    def all_but_one(route: Route) -> None:
        ops = route.request.post_data_json["ops"]
        route.fulfill(status=400) if ids[2] in [op["id"] for op in ops] else route.continue_()

    phone.context.route(SYNC, all_but_one)
    page.evaluate("phone.sendNow()")
    assert page.evaluate("[phone.state().refused, phone.unsent(), phone.oldest() <= Date.now()]") == [[ids[2]], 1, True]
    with page.expect_download() as download:
        text = page.evaluate("phone.saveFile()")
    assert download.value.path().read_text(encoding="utf-8") == text
    assert [op["id"] for op in json.loads(text)["ops"]] == [ids[2]]
    phone.context.unroute(SYNC)
    page.evaluate("phone.sendNow()")
    is_sent(page)
    assert set(stored(service)) == set(ids)
    assert {one["verdict"] for one in kept(page)} == {"replay"}
    with service.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(amendment)).scalar_one() == 1
        assert connection.execute(select(visit.c.state).where(visit.c.id == ids[0])).scalar_one() == "withdrawn"


def test_two_pages_send_at_once_and_two_members_share_a_phone(phone, service):
    first, other = lead(service, 1), lead(service, 2)
    with service.store.write() as connection:
        who = {"name": "other", "role": "member", "login": "other", "villages": []}
        added = accounts.add(connection, **who, now=NOW, member_id=other)
        accounts.set_password(connection, added, QUICK.hash(PASSWORD))
    own, others = homes(service), homes(service, 2)
    pages = [phone.open(), phone.open()]
    phone.context.set_offline(True)
    ids = [id_ for page in pages for id_ in visits(page, own * 3)]
    for page in pages:
        page.evaluate("Object.defineProperty(navigator, 'locks', { value: undefined })")  # as older browsers have it
    phone.context.set_offline(False)  # each page hears of it, and sends
    for page in pages:
        page.evaluate("void phone.sendNow()")
    for page in pages:
        until(page, "phone.sendNow().then(() => phone.unsent() === 0)")
    assert sorted(stored(service)) == sorted(ids)

    page = pages[0]
    pages[1].close()
    phone.context.set_offline(True)
    waiting = visits(page, own[:2])
    page.evaluate("phone.signOut()")
    assert page.evaluate("[phone.list(), phone.unsentOfOthers()]") == [None, [{"owner": first, "count": 2}]]
    assert {one["id"]: one.get("list") for one in records(page, "gridplan-list")} == {"leaving": None, "list": None}
    page.reload()
    phone.context.route(SYNC, lambda route: route.abort())
    phone.context.set_offline(False)
    run(page)
    until(page, "phone.state().isSignedIn === false")  # that session has ended by now
    phone.sign_in("other")
    page.evaluate("phone.refresh()")
    assert page.evaluate("[phone.list().member.id, phone.unsent()]") == [other, 0]
    assert page.evaluate("phone.unsentOfOthers()") == [{"owner": first, "count": 2}]
    on_phone = str(records(page, "gridplan-list") + records(page, "gridplan-queue"))
    with service.store.read() as connection:
        names = {row.id: row.name for row in connection.execute(select(household))}
    assert [id_ for id_ in own if names[id_] in on_phone] == []
    assert [id_ for id_ in others if names[id_] not in on_phone] == []

    visits(page, others[:1])
    phone.context.unroute(SYNC)
    page.evaluate("phone.sendNow()")
    is_sent(page)
    assert page.evaluate("phone.unsentOfOthers()") == []
    assert {stored(service)[id_] for id_ in waiting} == {first}
    assert sorted(stored(service).values()).count(other) == 1


def test_what_was_answered_for_is_sent_again_after_a_restore_also_by_a_phone_that_has_nothing_new(phone, service):
    page = phone.open()
    ids = visits(page, homes(service)[:3])
    page.evaluate("phone.sendNow()")
    is_sent(page)
    assert set(stored(service)) == set(ids)

    def restore(*, sessions_end: bool) -> None:
        with service.store.write() as connection:
            connection.execute(delete(visit))
            connection.execute(delete(session))
            begin_epoch(connection)

    restore(sessions_end=True)
    page.evaluate("() => { Math.random = () => 0; const now = Date.now; Date.now = () => now() + 2 * 3_600_000 }")
    until(page, "phone.refresh().then(() => phone.state().isSignedIn === false)")
    page.evaluate("phone.sendNow()")  # it asks whether all is well, and hears that it is not
    expect_stored(service, ids)
    assert page.evaluate("phone.list() !== null")  # the names stay until they expire: the token is still taken

    with service.store.write() as connection:  # a file that was copied back, without `gridplan restore`
        connection.execute(delete(visit))
        connection.execute(update(device).values(received=0))
    more = visits(page, homes(service)[3:4])
    page.evaluate("phone.sendNow()")
    expect_stored(service, ids + more)

    with service.store.write() as connection:  # the phone was reported lost
        connection.execute(update(device).values(ended_at=NOW, ended_why="lost"))
    phone.context.set_offline(True)
    waiting = visits(page, homes(service)[4:6])
    phone.context.set_offline(False)
    page.evaluate("phone.sendNow()")
    assert page.evaluate("[phone.list(), phone.unsentOfOthers()]") == [None, [{"owner": lead(service, 1), "count": 2}]]
    assert page.evaluate("phone.leftBehind()") == [{"owner": lead(service, 1), "count": 2}]  # they go by file
    assert [one["list"] for one in records(page, "gridplan-list")] == [None]
    with service.store.write() as connection:
        connection.execute(delete(visit))
    phone.sign_in("member")  # another card: the old queue goes, and all that was sent before goes again
    page.evaluate("phone.refresh()")
    is_sent(page)
    expect_stored(service, ids + more + waiting)

    late: list[Route] = []  # a list that is on its way when the member leaves
    phone.context.route("**/m/api/list?*", lambda route: late.append(route), times=1)
    with page.expect_request("**/m/api/list?*"):
        page.evaluate("void phone.refresh()")
    page.evaluate("void phone.signOut()")
    until(page, "phone.list() === null")
    late[0].continue_()
    until(page, "fetch('/m/api/list').then(({ status }) => status === 401)")
    until(page, "phone.refresh().then(() => phone.list() === null)")
    assert [one.get("list") for one in records(page, "gridplan-list")] == [None]


def expect_stored(service: Service, ids: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while set(stored(service)) != set(ids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sorted(stored(service)) == sorted(ids)


def test_storage_is_cleared_and_other_scripts_use_the_same_database(phone, service):
    own = homes(service)
    page = phone.open()
    devtools = phone.context.new_cdp_session(page)
    phone.context.set_offline(True)
    ids = visits(page, own[:2])
    clear = {"origin": phone.site, "storageTypes": "indexeddb"}
    devtools.send("Storage.clearDataForOrigin", clear)
    ids += visits(page, own[2:3])  # a page that is open writes again what it still holds, its token too
    with service.store.write() as connection:
        connection.execute(delete(session))
    assert page.evaluate("phone.unsent()") == len(kept(page)) == 3

    # newer scripts wrote more than these know: they keep it, count it, and leave it to the newer ones
    first = kept(page)[0]
    put(page, {**first, "more": "kept"})
    put(page, {"id": "newer", "v": 2, "owner": first["owner"], "state": "new", "folded": [1, 2]})
    phone.context.set_offline(False)
    page.evaluate("phone.sendNow()")
    until(page, "phone.unsent() === 1")
    assert set(stored(service)) == set(ids)
    there = {one["id"]: one for one in kept(page)}
    assert there["newer"] == {"id": "newer", "v": 2, "owner": first["owner"], "state": "new", "folded": [1, 2]}
    assert there[first["id"]]["more"] == "kept"

    # names are forgotten after 30 days, also by a page that is open, and what waits is not
    phone.context.set_offline(True)
    page.evaluate("() => { const { now } = Date; Date.now = () => now() + 31 * 86_400_000 }")
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    until(page, "phone.list() === null")
    assert [one["list"] for one in records(page, "gridplan-list")] == [None]
    assert len(kept(page)) == 4

    page.goto("about:blank")
    phone.context.set_offline(False)
    page.goto(f"{phone.site}/m/")
    devtools.send("Storage.clearDataForOrigin", clear)
    phone.context.clear_cookies()
    run(page)
    until(page, "phone.state().isSignedIn === false")
    assert page.evaluate("[phone.list(), phone.unsent(), phone.entries()]") == [None, 0, []]
    phone.sign_in("member")
    page.evaluate("phone.refresh()")
    assert visit_or_problem(page, own[3]) == "saved"
    is_sent(page)
    assert len(stored(service)) == 4


# ---- kept


def test_a_queue_outlives_the_browser_the_login_and_an_update(playwright_driver, service, tmp_path, monkeypatch):
    begin(service)
    office = Office(service, takes_entries=False)
    with browser_of(playwright_driver, tmp_path / "profile") as (context, kill):
        with office.on():
            site = f"http://127.0.0.1:{office.port}"
            context.add_cookies([session_cookie(site, "member")])
            page = context.new_page()
            page.goto(f"{site}/m/")
            expect(page.get_by_role("heading", name="This week")).to_be_visible()
            until(page, "navigator.serviceWorker.controller !== null")
            run(page)
            until(page, TOKEN)
        ids = visits(page, homes(service)[:3])  # the office computer is off at night
        kill()
    with service.store.write() as connection:
        connection.execute(delete(session))
    with browser_of(playwright_driver, tmp_path / "profile") as (context, _):
        page = context.new_page()
        page.goto(f"{site}/m/")
        expect(page.get_by_text("Not sent yet: 3")).to_be_visible()
        page.goto(f"{site}/m/setup?from=card")
        run(page)
        until(page, "phone.unsent() === 3 && phone.state().isReached === false")

        monkeypatch.setattr("gridplan_web.views.phone.WORDS", (*WORDS, "entrance."))
        with office.on():
            page.goto(f"{site}/m/")
            page.get_by_role("button", name="Open it").click()
            until(page, "document.getElementById('words').textContent.includes('entrance.use_sheet')")
            expect(page.get_by_text("Not sent yet: 3")).to_be_visible()
            run(page)
            until(page, "phone.state().isSignedIn === false")
            assert sorted(one["id"] for one in kept(page)) == sorted(ids)
            assert page.evaluate("indexedDB.databases().then((all) => all.map(({ version }) => version))") == [1, 1]
            assert stored(service) == {}
            office.takes_entries = True
            page.evaluate("phone.sendNow()")
            is_sent(page)
            assert sorted(stored(service)) == sorted(ids)
            assert page.evaluate("phone.list() !== null")


# ---- built otherwise

TO_SENT = "(account, own) => ({ account, changed: own.filter(({ id }) => ids.has(id)).map(acknowledged) })"
GIVES_UP = f"""if (answered.trouble === "%s") {{
      const acknowledged = (entry) => ({{ ...entry, state: "done", answered: Date.now() }});
      await change(owner, {TO_SENT});
    }}
    if (answered.trouble) {{"""
FORGETS = """await new Promise((resolve) => {
    const removing = indexedDB.deleteDatabase("gridplan-queue");
    removing.onsuccess = removing.onerror = removing.onblocked = resolve;
  });
  entered = [];
  accounts = [];
  const csrf = kept?.list.csrf ?? null;"""
DELETES = """if (intent.type === "amend") await answerOf(store.delete(intent.visit));
    if (intent.type === "amend") continue;
    if (!there) account.seq += 1;"""
BUILT_OTHERWISE = {
    "drops on 500": {"sync.js": ("if (answered.trouble) {", GIVES_UP % "wait")},
    "drops on 401": {"sync.js": ("if (answered.trouble) {", GIVES_UP % "card")},
    "queue deleted at logout": {"phone.js": ("const csrf = kept?.list.csrf ?? null;", FORGETS)},
    "undo deletes a sent row": {"queue.js": ("if (!there) account.seq += 1;", DELETES)},
    "epoch not compared": {"verdicts.js": ('return account.epoch !== "" && account.epoch !== epoch;', "return false;")},
}
VERSION_RAISED = {"database.js": ("const VERSION = 1;", "const VERSION = 2;")}


def test_scripts_that_are_built_otherwise_are_noticed(chrome, site, service):
    begin(service)

    def wrong(first: str, second: str, *statuses: int) -> set[str]:
        with service.store.write() as connection:
            for table in (amendment, visit):
                connection.execute(delete(table))
        context = chrome.new_context(service_workers="block")
        try:
            return wrong_in_the_end(Phone(context, site), service, first, second, statuses)
        finally:
            context.close()

    assert wrong(script(), script(), 500, 401) == set()
    green = {
        name
        for name, changes in BUILT_OTHERWISE.items()
        if not wrong(*[phone_script(changes)] * 2, 401 if "401" in name else 500)
    }
    if not wrong(script(), phone_script(VERSION_RAISED)):
        green.add("version of the database raised")
    assert green == set()


def answering(status: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status)


def wrong_in_the_end(phone: Phone, service: Service, first: str, second: str, statuses: tuple[int, ...]) -> set[str]:
    """Play what a phone may meet, with other scripts after it was closed; return what is wrong in the end."""
    phone.sign_in("member")
    page = phone.context.new_page()
    page.goto(f"{phone.site}/m/")
    page.evaluate(f"{first}{FORMS}")
    until(page, f"phone.state().isSignedIn && {TOKEN}")
    page.evaluate("() => { Math.random = () => 1 }")
    phone.context.route(SYNC, lambda route: (route.fetch(), route.abort()))
    ids = visits(page, homes(service)[:2])
    page.evaluate("phone.sendNow()")
    page.evaluate("(visit) => phone.log({ type: 'amend', id: phone.newId(), visit, kind: 'withdraw' })", ids[0])
    for status in statuses:
        phone.context.unroute(SYNC)
        phone.context.route(SYNC, answering(status))
        ids += visits(page, homes(service)[len(ids) : len(ids) + 1])
        page.evaluate("phone.sendNow()")
        phone.sign_in("member")
        page.evaluate("phone.refresh()")
    page.evaluate("phone.signOut()")
    page.reload()
    phone.context.unroute(SYNC)
    phone.sign_in("member")
    page.evaluate(f"{second}{FORMS}")
    page.evaluate("phone.refresh().then(() => phone.sendNow())")
    found = {"not all stored"} if set(stored(service)) != set(ids) else set()
    with service.store.read() as connection:
        if connection.execute(select(visit.c.state).where(visit.c.id == ids[0])).scalar() != "withdrawn":
            found.add("taken back and standing")
    with service.store.write() as connection:
        for table in (amendment, visit):
            connection.execute(delete(table))
        begin_epoch(connection)
    ids += [
        page.evaluate(
            "async (home) => { const one = form(home); await said(phone.log(one)); return one.id }", homes(service)[4]
        )
    ]
    page.evaluate("phone.sendNow()")
    page.evaluate("() => { Math.random = () => 0 }")
    page.evaluate("phone.sendNow()")
    return found | ({"not sent again"} if set(stored(service)) != set(ids) else set())
