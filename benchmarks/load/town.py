"""The town under load: a session for everybody, the tick sheets that come back, and the service as a process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from ledger import Said, marks_of
from pages import processor_s, wait_until_quiet
from sqlalchemy import Connection, func, or_, select, update
from xlsxwriter import Workbook

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import new_number
from gridplan.contact.visits import day_of_tick
from gridplan.exchange.paper.marks import MET, NOT_HOME, PHONE
from gridplan.roles import Role
from gridplan.service.access.sessions import start_session
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.contact import sheets
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.registry import villages
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import assignment, kept_apart, member, village, visit
from gridplan.words import standard

Json = dict[str, Any]
EACH = 5
"""Supervisors, and planners."""
WORDS = {"met": MET, "phone": PHONE, "not_home": NOT_HOME}
START_S = 120


@dataclass
class People:
    """Who comes in, each with the token of a session, as clients take them."""

    members: list[Json] = field(default_factory=list)
    desks: list[Json] = field(default_factory=list)
    offices: list[Json] = field(default_factory=list)
    """Supervisors and planners, with the pages that they look at."""


def prepare(store: Store, folder: Path, *, now: datetime) -> tuple[People, date]:
    """Give a town sessions and sheets, and return who comes in and the day: nobody signs in while it is measured.

    All villages have begun. There is a desk for each of them, with a sheet of each of its grids for the last week and
    a workbook of them for the week before.
    """
    people = People()
    with store.write() as connection:
        zone = ZoneInfo(read_settings(connection).time_zone)
        today = now.astimezone(zone).date()
        last = Week.of(today).shift(-1)
        begun = today - timedelta(days=200)
        late = or_(village.c.start_day.is_(None), village.c.start_day > last.shift(-1).monday)
        connection.execute(update(village).where(late).values(start_day=begun, notice_day=begun))
        here = villages.names(connection)
        people.members = _members(connection, now)
        looks: tuple[tuple[Role, str, list[str]], ...] = (
            ("supervisor", "coverage", ["/coverage", *(f"/coverage/villages/{id_}" for id_ in here)]),
            ("planner", "due households", [f"/coverage/due?village={id_}" for id_ in here]),
        )
        for role, what, paths in looks:
            one = {"what": what, "paths": paths}
            people.offices += [one | {"token": _office(connection, role, list(here), now)} for _ in range(EACH)]
        random, by_village = Random(0), {id_: [] for id_ in here}
        for grid in grid_contacts(connection, today, zone):
            by_village[grid.village_id].append(grid)
        for village_id, grids in by_village.items():
            typed = _print(connection, grids, last, now, random)
            returned = _print(connection, grids, last.shift(-1), now, random)
            path = folder / f"returned-{village_id}.xlsx"
            write_workbook(path, last.shift(-1), returned)
            people.desks.append(
                {
                    "token": _office(connection, "clerk", [village_id], now),
                    "sheets": [{"number": one["number"], "rows": one["rows"]} for one in typed],
                    "workbook": {
                        "path": str(path),
                        "week": last.shift(-1).key,
                        "day": day_of_tick(last.shift(-1), today).isoformat(),
                        "sheets": returned,
                    },
                }
            )
    return people, today


def _members(connection: Connection, now: datetime) -> list[Json]:
    """Return all who have a grid, the leads and the deputies."""
    found = select(member.c.id, member.c.name).where(member.c.id.in_(select(assignment.c.member_id)))
    named = {id_: name for id_, name in connection.execute(found)}
    known = accounts.ids_by_member(connection, list(named))
    accounts.add_for_members(connection, {id_: name for id_, name in named.items() if id_ not in known}, now)
    ids = accounts.ids_by_member(connection, list(named))
    return [{"member": id_, **_session(connection, ids[id_], now)} for id_ in sorted(named)]


def _office(connection: Connection, role: Role, village_ids: Sequence[int], now: datetime) -> str:
    id_ = accounts.add(connection, name=role, role=role, now=now, villages=village_ids)
    return str(_session(connection, id_, now)["token"])


def _session(connection: Connection, account_id: int, now: datetime) -> Json:
    actor = scope.actor(connection, account_id)
    assert actor
    return {"token": start_session(connection, actor, now=now, device="load").token}


def _print(
    connection: Connection, grids: Sequence[GridContact], week: Week, now: datetime, random: Random
) -> list[Json]:
    """Print a sheet for each grid, for the month of a week, of which nothing came in yet."""
    charged = in_charge(connection, week.sunday, {grid.plan_id for grid in grids})
    printed = []
    for grid in grids:
        lead = getattr(charged.get((grid.plan_id, grid.number)), "lead", None)
        homes = [home.id for home in grid.households if not home.record.own]
        if lead is None or not homes:
            continue
        rows = dict(enumerate(homes, start=1))
        new = sheets.NewSheet(grid.plan_id, grid.village_id, grid.number, week.month, lead, rows)
        while not sheets.add(connection, new, number := new_number(random), None, now):
            pass
        printed.append({"number": number, "member": lead, "rows": {str(row): home for row, home in rows.items()}})
    return printed


def write_workbook(path: Path, week: Week, returned: Sequence[Json]) -> None:
    """Write the workbook of a village as it comes back, with a mark in each row."""
    with Workbook(path) as book:
        for one in returned:
            page = book.add_worksheet(one["number"])
            page.write_row(2, 0, [one["number"], "", "", week.key])
            for at, (row, mark) in enumerate(marks_of(one["rows"]).items(), start=3):
                page.write_row(at, 0, [row, "", "", standard(WORDS[mark].words, "zh")])


# ---- what is stored


@dataclass(frozen=True)
class Before:
    """How far the record went before a run."""

    n: int
    visits: int
    apart: int


def before(store: Store) -> Before:
    """Return how far the record goes."""
    with store.read() as connection:
        n = connection.execute(select(func.coalesce(func.max(visit.c.n), 0))).scalar_one()
        visits = connection.execute(select(func.count()).select_from(visit)).scalar_one()
        apart = connection.execute(select(func.count()).select_from(kept_apart)).scalar_one()
    return Before(n, visits, apart)


def stored_since(store: Store, of: Before) -> tuple[list[tuple[str, Said]], str]:
    """Return the visits that came in since, and what is wrong with those before: empty where nothing is."""
    columns = (visit.c.id, visit.c.household_id, visit.c.member_id, visit.c.day, visit.c.outcome, visit.c.channel)
    with store.read() as connection:
        found = connection.execute(select(*columns).where(visit.c.n > of.n))
        rows = [(row[0], (row[1], row[2], row[3].isoformat(), row[4], row[5])) for row in found]
        still = connection.execute(select(func.count()).select_from(visit).where(visit.c.n <= of.n)).scalar_one()
        apart = connection.execute(select(func.count()).select_from(kept_apart)).scalar_one()
    wrong = [f"{of.visits - still} earlier visits are gone"] * (still != of.visits)
    wrong += [f"{apart - of.apart} visits were kept apart"] * (apart != of.apart)
    return rows, "; ".join(wrong)


# ---- the service


class Service:
    """A service over the town as its operator runs it, behind a proxy: it can be killed and started again."""

    def __init__(self, data: Path, url: str | None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        where = ["--db", url] if url else []
        self._command = [sys.executable, "-m", "gridplan.cli", "serve", "--data", str(data), *where]
        self._command += ["--port", str(self.port), "--behind-proxy", "--host", "127.0.0.1", "--i-know"]
        self._log, self._worked = data / "service.log", 0.0
        self._process = self._start()
        wait_until_quiet(self._process.pid)

    @property
    def address(self) -> str:
        """Where the proxy, which the clients are, finds it."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_for(self.port, process)
        return process

    def kill_and_start(self) -> float:
        """End it as a power cut would, start it again, and return the seconds until it answered."""
        began, self._worked = time.monotonic(), self.processor_s()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = self._start()
        self._worked -= self.processor_s() - self._worked
        return time.monotonic() - began

    def processor_s(self) -> float:
        """Return the processor time that it has taken since it answered, and before it was killed."""
        return self._worked + processor_s(self._process.pid)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(60)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a service answers."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the service ended by itself")
        with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/login", headers={"X-Forwarded-Proto": "https"})
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise RuntimeError("the service did not start")
