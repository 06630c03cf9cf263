"""How fast a service answers: the pages of villages and the search, asked for by many clients at once in the demo town.

python benchmarks/pages.py [--town DIR] [--clients N ...] [--seconds S]
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import numpy as np

from gridplan.service.access.sessions import start_session
from gridplan.service.imports.load_plan import load_demo
from gridplan.store import Store
from gridplan.store.access import accounts, scope
from gridplan.store.registry import villages

SEARCHES = ("王", "李建", "张秀英", "3号", "12", "村", "H01", "东", "陈")
START_S = 60
QUIET_S = 0.5


@dataclass(frozen=True)
class Town:
    """A service over the demo town that answers, the cookie of its administrator, and what is asked of it."""

    port: int
    process: int
    cookie: str
    paths: dict[str, list[str]]

    def processor_s(self) -> float:
        """Return the processor time that the service has taken."""
        return processor_s(self.process)

    def ask(self, connection: HTTPConnection, path: str) -> bool:
        """Return whether a page was answered."""
        connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        return bool(answer.read()) and answer.status == 200


def processor_s(process: int) -> float:
    """Return the processor time that a process has taken, and those that it has started, with those that ended."""
    folder = Path(f"/proc/{process}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        started = [(task / "children").read_text().split() for task in (folder / "task").iterdir()]
    except OSError:  # it has just ended
        return 0
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_s(int(child)) for children in started for child in children)


def wait_until_quiet(process: int) -> None:
    """Wait until a service that nobody asks has nothing to do: the processes that answer its pages are ready."""
    until, before = time.monotonic() + START_S, -1.0
    while (now := processor_s(process)) > before and time.monotonic() < until:
        before = now
        time.sleep(QUIET_S)


@contextmanager
def served(town: Path) -> Iterator[Town]:
    """Serve the demo town that was planned into a folder, from a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        with closing(Store(Path(place))) as store:
            store.upgrade()
            load_demo(store, town, name="demo", now=datetime.now(UTC))
            with store.read() as connection:
                pages = [f"/villages/{id_}" for id_ in villages.names(connection)]
            cookie = cookie_of_administrator(store)
        paths = {"village page": pages, "search": [f"/api/search?q={quote(text)}" for text in SEARCHES]}
        with serving(Path(place), None, cookie, paths) as service:
            yield service


def cookie_of_administrator(store: Store) -> str:
    """Return the cookie of a new session."""
    now = datetime.now(UTC)
    with store.write() as connection:
        admin = next(one for one in accounts.office_accounts(connection, now) if one["role"] == "administrator")
        actor = scope.actor(connection, admin["id"])
        return f"gridplan={start_session(connection, actor, now=now, device='benchmark').token}"


@contextmanager
def serving(place: Path, url: str | None, cookie: str, paths: dict[str, list[str]]) -> Iterator[Town]:
    """Serve the town of a folder, and of a database if one is named, once all pages were answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gridplan.cli", "serve", "--data", str(place), "--port", str(port), "--i-know"]
    command += ["--db", url] if url else []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        service = Town(port, process.pid, cookie, paths)
        try:
            _wait_for(service)
            wait_until_quiet(process.pid)
            yield service
        finally:
            process.terminate()


def _wait_for(town: Town) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with closing(HTTPConnection("127.0.0.1", town.port)) as connection:
                for path in (path for paths in town.paths.values() for path in paths):  # all of them once
                    if not town.ask(connection, path):
                        raise RuntimeError(f"{path} is not answered")
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the service did not start")


def measure(town: Town, paths: list[str], clients: int, seconds: float) -> tuple[float, float, float, int]:
    """Return answers a second, the 95th percentile of their seconds, processor seconds an answer, and failures."""
    took: list[float] = []
    failed = [0]
    until, before = time.monotonic() + seconds, town.processor_s()

    def client(number: int) -> None:
        with closing(HTTPConnection("127.0.0.1", town.port)) as connection:
            for path in cycle(paths[number % len(paths) :] + paths[: number % len(paths)]):
                began = time.monotonic()
                if began > until:
                    return
                if town.ask(connection, path):
                    took.append(time.monotonic() - began)
                else:
                    failed[0] += 1

    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worked = town.processor_s() - before
    return len(took) / seconds, float(np.quantile(took, 0.95)), worked / len(took), failed[0]


def main() -> None:
    """Print a table: a row for each page and number of clients."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--town", type=Path, default=Path("demo-town"))
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--seconds", type=float, default=10)
    asked = options.parse_args()
    if not (asked.town / "plan" / "plan.gpkg").exists():
        subprocess.run([sys.executable, "-m", "gridplan.cli", "demo", "--no-serve", "-o", asked.town], check=True)
    print("page | clients | answers a second | p95, ms | processor ms an answer | failed")
    print("---|---|---|---|---|---")
    with served(asked.town) as town:
        for page, paths in town.paths.items():
            for clients in asked.clients:
                answers, slow, worked, failed = measure(town, paths, clients, asked.seconds)
                print(f"{page} | {clients} | {answers:.0f} | {slow * 1e3:.0f} | {worked * 1e3:.1f} | {failed}")


if __name__ == "__main__":
    main()
