"""How many visits phones send a second, one by one and in batches, beside a bare handler behind the same server.

python benchmarks/load/sync.py [--database sqlite|postgresql] [--visits N] [--seconds N] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from run import HERE, HURRIED, NAMES, Town, examined, loaded_town, setting, table
from town import Service, before, stored_since, wait_for

sys.path.append(str(HERE.parents[1] / "tests/support"))

from phone_town import day_at, homes_of, milliseconds, new_token

SIZES = (1, 8, 50)
"""Visits in a batch: sent at once where there is signal, of an evening, as many as go into one."""
RATES = (
    "database | visits in a batch | visits, a second | batches, a second | bare, batches a second | times "
    "| processor, ms a visit"
)
PATIENCE_S = 60
PAGE = """# Phones that send

The last run of `make bench-sync`. {hurried} phones of as many members send batch after batch without a pause,
all of them visits that are new; beside them the same requests at a handler behind the same server that stores each
as one row and commits. Clients, service and database share the machine. Afterwards every visit that was acknowledged
is stored once, nothing else is, and contacts and weeks of grids are those that counting anew gives.

{setting}

{rates}"""


@dataclass(frozen=True)
class Sender:
    """A member with a phone, and the households that they call on."""

    token: str
    homes: Sequence[int]

    def batches(self, size: int) -> Iterator[tuple[set[str], bytes]]:
        """Yield requests that each hold so many new visits, with the ids of these."""
        numbers = count()
        while True:
            now = datetime.now(UTC)
            made = {
                "type": "visit",
                "made_at": milliseconds(now),
                "after": {"server": milliseconds(now), "device": milliseconds(now)},
                "list": day_at(now),
                "outcome": "met",
                "channel": "door",
            }
            ops = [
                {
                    **made,
                    "id": str(uuid4()),
                    "seq": n,
                    "household": self.homes[n % len(self.homes)],
                    "days_ago": n // len(self.homes) % 7,
                }
                for n in (next(numbers) for _ in range(size))
            ]
            request = {"v": 1, "now": milliseconds(now), "epoch": "", "high": 0, "unsent": size, "ops": ops}
            yield {op["id"] for op in ops}, json.dumps(request).encode()


def senders(town: Town) -> list[Sender]:
    """Return members with households, each with the token of a phone."""
    found: list[Sender] = []
    now = datetime.now(UTC)
    for member in town.people.members:
        if homes := homes_of(town.store, member["member"], now):
            found.append(Sender(new_token(town.store, member["member"], now), homes))
        if len(found) == HURRIED:
            break
    return found


def sent(host: str, path: str, people: Sequence[Sender], size: int, seconds: float) -> tuple[int, set[str], float]:
    """Let people send as fast as they are answered; return the batches, the visits in them, and the seconds it took."""
    until, lock, batches, visits, wrong = time.monotonic() + seconds, threading.Lock(), [0], set[str](), list[str]()
    where = urlsplit(host)

    def send(one: Sender) -> None:
        headers = {
            "Authorization": f"Bearer {one.token}",
            "Content-Type": "application/json",
            "X-Forwarded-Proto": "https",
        }
        with closing(HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE_S)) as connection:
            for ids, body in one.batches(size):
                if time.monotonic() > until:
                    return
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    wrong.append(f"{answer.status}: {content[:200]!r}")
                    return
                with lock:
                    batches[0] += 1
                    visits.update(ids)

    began = time.monotonic()
    threads = [threading.Thread(target=send, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    return batches[0], visits, time.monotonic() - began


def rates(town: Town, service: Service, seconds: float) -> Iterator[list[str]]:
    """Yield a row of the table for each size of a batch."""
    people = senders(town)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, str(HERE / "bare.py"), str(port), town.other_url]) as process:
        try:
            wait_for(port, process)
            for size in SIZES:
                of, worked = before(town.store), service.processor_s()
                batches, visits, took = sent(service.address, "/m/api/sync", people, size, seconds)
                worked = service.processor_s() - worked
                rows, wrong = stored_since(town.store, of)
                if wrong or sorted(id_ for id_, _ in rows) != sorted(visits):
                    town.problems.append(f"{town.database}, {size}: {len(rows)} stored of {len(visits)}; {wrong}")
                bare, _, bare_took = sent(f"http://127.0.0.1:{port}", "/", people, size, seconds)
                ours, theirs = batches / took, bare / bare_took
                yield [
                    town.database,
                    str(size),
                    f"{len(visits) / took:,.0f}",
                    f"{ours:,.0f}",
                    f"{theirs:,.0f}",
                    f"{theirs / ours:.1f}",
                    f"{1e3 * worked / max(1, len(visits)):.1f}",
                ]
        finally:
            process.terminate()


def main() -> None:
    """Measure, and write the page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--town", type=Path, default=Path("demo-town"))
    options.add_argument("--database", nargs="+", choices=NAMES, default=list(NAMES))
    options.add_argument("--visits", type=int, default=1_000_000)
    options.add_argument("--seconds", type=float, default=10, help="for each size of a batch")
    options.add_argument("-o", "--output", type=Path)
    asked = options.parse_args()
    if not (asked.town / "plan" / "plan.gpkg").exists():
        subprocess.run([sys.executable, "-m", "gridplan.cli", "demo", "--no-serve", "-o", asked.town], check=True)
    load, rows, databases, problems = os.getloadavg()[0], list[list[str]](), list[str](), list[str]()
    for database in asked.database:
        with loaded_town(database, asked) as town:
            version_info = town.store.engine.dialect.server_version_info or ()
            databases.append(f"{NAMES[database]} {'.'.join(map(str, version_info))}")
            service = Service(town.data, town.url)
            try:
                for row in rates(town, service, asked.seconds):
                    print(" | ".join(row), flush=True)
                    rows.append(row)
            finally:
                service.stop()
            problems += [*town.problems, *examined(town)]
    measured_on = setting(asked, databases, (load, os.getloadavg()[0]))
    page = PAGE.format(hurried=HURRIED, setting=measured_on, rates=table(RATES, rows))
    if asked.output:
        asked.output.write_text(page, encoding="utf-8")
    print(page)
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
