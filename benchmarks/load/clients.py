"""The people of a town as clients of its service: members in the evening, desks and offices in the morning.

python benchmarks/load/clients.py PLAN.json, in a process of its own: locust lets all of them take turns in it.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID, uuid4, uuid5

import gevent
from ledger import LedgerFile, Said, marks_of, sheet_visits
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from gridplan.contact.sheet_entries import FIELDS

PATIENCE_S = 15
"""As long as a page waits for an answer before it says that nothing is saved."""
AT_ONCE, ONE_BY_ONE, CORRECTED = 8, 2, 0.1
"""Households that a member enters at once and one by one, and the share of members who then correct one."""
BETWEEN_S = (1.0, 3.0)
"""Seconds between what a person does on a phone and the next of it."""
GIVEN_UP_S = 120
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]*)"')
CALLER = re.compile(r'<option value="(\d+)" selected')
TICK = re.compile(r'type="checkbox" name="household" value="(\d+)"')
HIDDEN = r'<input type="hidden" name="%s" value="([^"]+)">'
FORM = re.compile('action="/mine/visits">' + "".join(HIDDEN % name for name in ("csrf", "id", "household")))
FORM_ID = re.compile(r'name="id" value="([^"]+)"')
WEEKS = re.compile(r'name="weeks" value="([^"]*)"')


class Run:
    """What all clients of a run share: the plan, the ledger, and what was measured."""

    plan: ClassVar[Mapping[str, Any]] = {}
    ledger: ClassVar[LedgerFile]
    measured: ClassVar[list[tuple[str, float, float, int]]] = []
    """What was asked, when, for how many seconds, and the status of the answer; 0 where there was none."""
    saved: ClassVar[list[tuple[float, float, int]]] = []
    """For each form: when it was acknowledged, the seconds since it was sent first, and its visits."""
    given_up: ClassVar[list[str]] = []
    began: ClassVar[float] = 0
    ends_at: ClassVar[float] = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, 0 where nothing came or not all of it, the page, and where it leads."""

    status: int
    page: str = ""
    leads_to: str = ""


class Person(FastHttpUser):
    """Somebody with a browser, behind the proxy of the town."""

    abstract = True
    insecure, network_timeout, connection_timeout, max_retries = True, PATIENCE_S, PATIENCE_S, 1
    waiting: ClassVar[list[Mapping[str, Any]]] = []

    @task
    def come(self) -> None:
        """Become one of those who have not come yet, do what is to be done, and leave."""
        if not self.waiting:
            raise StopUser
        self.me = self.waiting.pop()
        gevent.sleep(max(0, Run.began + self.me["comes_s"] - time.monotonic()))
        self.headers = {
            "Cookie": f"__Host-gridplan={self.me['token']}",
            "X-Forwarded-For": f"10.1.{self.me['n'] // 250}.{self.me['n'] % 250 + 1}",
            "X-Forwarded-Proto": "https",
            "Accept": "text/html",
        }
        self.act()
        raise StopUser

    def act(self) -> None:
        """Do what is to be done."""
        raise NotImplementedError

    def ask(self, what: str, path: str, body: Any = None, kind: str | None = None) -> Answer:
        """Ask once, and return the answer, whatever it is."""
        headers = {**self.headers, **({"Content-Type": kind} if kind else {})}
        method, began = "GET" if body is None else "POST", time.monotonic()
        with self.client.request(
            method, path, name=what, headers=headers, data=body, allow_redirects=False, catch_response=True
        ) as response:
            response.success()
            told = response.headers or {}
            answer = Answer(response.status_code, response.text or "", told.get("Location", ""))
            if len(response.content or b"") < int(told.get("Content-Length", 0)):
                answer = Answer(0)  # the service ended while it answered
        Run.measured.append((what, began, time.monotonic() - began, answer.status))
        return answer

    def open(self, what: str, path: str) -> str:
        """Return a page; as long as there is none, ask again."""
        for _ in self.tries(path):
            answer = self.ask(what, path)
            if answer.status == 200:
                return answer.page
        raise StopUser

    def send(self, what: str, path: str, fields: Any, visits: Sequence[tuple[str, Said]]) -> str:
        """Send a form until it is acknowledged, always the same, and return where its answer leads."""
        body = urlencode(fields, doseq=True)
        Run.ledger.note("sent", visits)
        began = time.monotonic()
        for _ in self.tries(path):
            answer = self.ask(what, path, body, "application/x-www-form-urlencoded")
            if answer.status == 302 and "/login" not in answer.leads_to:
                Run.ledger.note("acknowledged", visits)
                Run.saved.append((now := time.monotonic(), now - began, len(visits)))
                return answer.leads_to
            if 400 <= answer.status < 500:
                Run.given_up.append(f"{path}: {answer.status}")
                raise StopUser
        raise StopUser

    def tries(self, path: str) -> Iterator[None]:
        """Yield for each try, and wait a little longer after each."""
        until, wait_s = time.monotonic() + GIVEN_UP_S, 0.5
        while time.monotonic() < until:
            yield
            gevent.sleep(random.uniform(wait_s / 2, wait_s))
            wait_s = min(2 * wait_s, 5)
        Run.given_up.append(path)

    def think(self) -> None:
        """Do what takes a person a moment."""
        gevent.sleep(random.uniform(*BETWEEN_S))


# ---- Friday evening


class Member(Person):
    """Somebody who opens the own list and enters whom they met this week."""

    waiting: ClassVar[list[Mapping[str, Any]]] = []

    def act(self) -> None:
        """Enter several households met at the bench, then some one by one, and now and then correct one."""
        homes = [int(home) for _, _, home in FORM.findall(self.open("list", "/mine"))]
        self.think()
        ticks = TICK.findall(page := self.open("several", "/mine/several")) if homes else []
        if chosen := ticks[:AT_ONCE]:
            self.think()
            fields = {"csrf": first(CSRF, page), "id": first(FORM_ID, page), "household": chosen}
            visits = [
                (str(uuid5(UUID(fields["id"]), home)), self.said(int(home), "met", "elsewhere")) for home in chosen
            ]
            there = self.send(
                "save several", "/mine/several", fields | {"channel": "elsewhere", "day": "today"}, visits
            )
            page = self.open("list after", there)
            forms = [one for one in FORM.findall(page) if one[2] not in chosen]
            for n in range(min(ONE_BY_ONE, len(forms))):
                self.think()
                csrf, id_, home = next(one for one in FORM.findall(page) if one[2] == forms[n][2])
                outcome = "met" if n == 0 else "not home"
                fields = {"csrf": csrf, "id": id_, "household": home, "outcome": outcome, "channel": "door"}
                visits = [(id_, self.said(int(home), outcome, "door"))]
                there = self.send("save one", "/mine/visits", fields | {"day": "today"}, visits)
                page = self.open("list after", there)
            if forms and random.random() < CORRECTED:
                self.correct(id_, int(home))

    def correct(self, id_: str, home: int) -> None:
        """Correct what was just entered: it was by phone."""
        self.think()
        page = self.open("visit", f"/mine/visits/{id_}")
        self.think()
        fields = {"csrf": first(CSRF, page), "id": first(FORM_ID, page), "day": Run.plan["today"]}
        said = self.said(home, "met", "phone")
        there = self.send(
            "correct", f"/mine/visits/{id_}", fields | {"outcome": "met", "channel": "phone"}, [(id_, said)]
        )
        self.open("list after", there)

    def said(self, home: int, outcome: str, channel: str) -> Said:
        """Return what a visit of today says."""
        return home, self.me["member"], Run.plan["today"], outcome, channel


# ---- Monday morning


class Desk(Person):
    """A clerk with the returned tick sheets of a village."""

    waiting: ClassVar[list[Mapping[str, Any]]] = []

    def act(self) -> None:
        """Type one sheet after the other, each when its time has come, and enter a workbook some time."""
        sheets = self.me["sheets"]
        between_s = Run.plan["seconds"] / max(1, len(sheets))
        began, book_at = time.monotonic() + random.uniform(0, between_s), random.randrange(len(sheets))
        for n, sheet in enumerate(sheets):
            gevent.sleep(max(0, began + n * between_s - time.monotonic()))
            if n == book_at:
                self.enter_workbook()
            self.type_sheet(**sheet)

    def type_sheet(self, number: str, rows: Mapping[str, int]) -> None:
        """Look a sheet up, type its rows, and save them."""
        key = Run.plan["week"]
        page = self.open("sheet", f"/desk/sheet?{urlencode({'number': number, 'week': key})}")
        fields: dict[str, str] = {"csrf": first(CSRF, page), "seen": first(SEEN, page), "number": number, "week": key}
        member = first(CALLER, page)
        marks = marks_of(rows)
        typed = {name: " ".join(row for row, mark in marks.items() if mark == name) for name in FIELDS}
        visits = sheet_visits(number, key, Run.plan["day_of_week"], int(member), rows)
        there = self.send("save sheet", "/desk/sheet", fields | {"member": member, "village": ""} | typed, visits)
        self.open("pile", there)

    def enter_workbook(self) -> None:
        """Let a returned workbook be shown, and enter it."""
        page, book = self.open("workbooks", "/desk/workbooks"), self.me["workbook"]
        boundary, content = uuid4().hex, Path(book["path"]).read_bytes()
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{first(CSRF, page)}\r\n'.encode(),
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="sheets.xlsx"\r\n\r\n'.encode(),
            content,
            f"\r\n--{boundary}--\r\n".encode(),
        ]
        for _ in self.tries("/desk/workbooks"):
            kind = f"multipart/form-data; boundary={boundary}"
            answer = self.ask("preview workbook", "/desk/workbooks", b"".join(parts), kind)
            if answer.status == 200:
                break
        lines = first(WEEKS, answer.page).replace("&#10;", "\n")
        visits = [
            visit
            for sheet in book["sheets"]
            for visit in sheet_visits(sheet["number"], book["week"], book["day"], sheet["member"], sheet["rows"])
        ]
        fields = {"csrf": first(CSRF, answer.page), "weeks": lines}
        self.open("workbooks", self.send("enter workbook", "/desk/workbooks/enter", fields, visits))


class Office(Person):
    """A supervisor who looks where contact fails, or a planner who looks who is due."""

    waiting: ClassVar[list[Mapping[str, Any]]] = []

    def act(self) -> None:
        """Open one page after the other until the morning is over."""
        while time.monotonic() < Run.ends_at:
            self.open(self.me["what"], random.choice(self.me["paths"]))
            self.think()


# ---- as fast as they can


class Hurried(Person):
    """Somebody who sends one form after the other, or opens one page after the other, without a moment's thought."""

    waiting: ClassVar[list[Mapping[str, Any]]] = []

    def act(self) -> None:
        """Go on until the time is over."""
        path, fields = Run.plan["path"], dict[str, str]()
        if Run.plan["saves_visits"]:
            forms = FORM.findall(self.open("list", "/mine"))
            fields = {"csrf": forms[0][0], "household": forms[0][2], "outcome": "not home", "channel": "door"}
        while time.monotonic() < Run.ends_at:
            body = urlencode(fields | {"day": "today", "id": str(uuid4())}) if Run.plan["posts"] else None
            self.ask("hurried", path, body, "application/x-www-form-urlencoded" if body else None)


def first(pattern: re.Pattern[str], page: str) -> str:
    """Return what a pattern finds first in a page."""
    found = pattern.search(page)
    if found is None:
        raise ValueError(f"nothing like {pattern.pattern} on this page: {page[:300]}")
    return found[1]


CROWDS: Mapping[str, type[Person]] = {"members": Member, "desks": Desk, "offices": Office, "hurried": Hurried}


def main() -> None:
    """Let the people of a plan come, each once, and write down what was measured."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Run.plan = plan
    crowds: list[tuple[type[Person], int]] = []
    for name, people in plan["people"].items():
        crowds.append((CROWDS[name], len(people)))
        numbered = [one | {"n": n} for n, one in enumerate(people)]
        random.Random(0).shuffle(numbered)
        each_s = plan["spawn_s"] / max(1, len(people))
        CROWDS[name].waiting += [one | {"comes_s": at * each_s} for at, one in enumerate(numbered)]
        CROWDS[name].fixed_count = len(people)
    n = sum(people for _, people in crowds)
    with ExitStack() as files:
        Run.ledger = LedgerFile(files.enter_context(Path(plan["ledger"]).open("a", encoding="utf-8")))
        environment = Environment(user_classes=[user for user, _ in crowds], host=plan["host"], catch_exceptions=True)
        runner = environment.create_local_runner()
        began = time.monotonic()
        Run.began, Run.ends_at = began, began + plan["seconds"]
        runner.start(n, spawn_rate=n)
        ended = wait_until(lambda: not any(user.waiting for user, _ in crowds) and not runner.user_count, plan)
        runner.quit()
    result = {
        "took_s": time.monotonic() - began,
        "ended": ended,
        "measured": [(what, at - began, took, status) for what, at, took, status in Run.measured],
        "saved": [(at - began, took, visits) for at, took, visits in Run.saved],
        "given_up": Run.given_up,
        "exceptions": [
            {"what": one["msg"], "traceback": one["traceback"], "times": one["count"]}
            for one in runner.exceptions.values()
        ],
    }
    Path(plan["result"]).write_text(json.dumps(result), encoding="utf-8")


def wait_until(is_over: Callable[[], bool], plan: Mapping[str, Any]) -> bool:
    """Return whether it was over before all patience was."""
    until = time.monotonic() + plan["seconds"] + plan["spawn_s"] + 2 * GIVEN_UP_S
    while time.monotonic() < until:
        gevent.sleep(0.1)
        if is_over():
            return True
    return False


if __name__ == "__main__":
    main()
