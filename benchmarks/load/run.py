"""A town's Friday evening and Monday morning on a service with a long record, and nothing lost: into docs/load.md.

python benchmarks/load/run.py [--database sqlite|postgresql] [--scenario friday|monday|bare] [--visits N] [-o FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from ledger import Ledger, compare

sys.path.extend(str(Path(__file__).parents[2] / folder) for folder in ("benchmarks", "tests/support"))

from databases import PostgresDatabases, address, postgresql_server
from million import build
from town import Json, People, Service, before, prepare, stored_since, wait_for

from gridplan.contact.calendar import Week
from gridplan.contact.visits import day_of_tick
from gridplan.service.imports.load_plan import load_demo
from gridplan.store import Store
from gridplan.store.contact import visits, weeks
from gridplan.store.system.backup_rows import copy_rows

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SCENARIOS = ("friday", "monday", "bare")
PACKAGES = ("waitress", "Flask", "SQLAlchemy", "psycopg", "locust")
SAVES = ("save several", "save one", "correct", "save sheet", "enter workbook")
NO_PAGES = (*SAVES, "preview workbook")
"""What saves something or reads files."""
HURRIED = 16
"""Clients at once beside the bare handler."""

RUNS = (
    "database | scenario | visits acknowledged | a second | saved: p99, s | pages: p95, ms | slowest save, s "
    "| answers 503 | sent again | processor, ms an answer | lost | doubled | otherwise wrong"
)
BARE = "database | what | gridplan, a second | bare, a second | times"


@dataclass
class Town:
    """A town on a database, and who comes in."""

    database: str
    folder: Path
    data: Path
    url: str | None
    store: Store
    people: People
    today: date
    other_url: str
    """A database of the same kind for the bare handler."""
    problems: list[str] = field(default_factory=list)


# ---- the town


def recorded(asked: argparse.Namespace) -> Path:
    """Return the folder of the demo town with a long record in SQLite, which is made once a week."""
    now = datetime.now(UTC)
    kept: Path = asked.town / f"recorded-{Week.of(now.date()).key}-{asked.visits}"
    if not kept.exists():
        print(f"Making a town with {asked.visits:,} visits, which takes some minutes", flush=True)
        with tempfile.TemporaryDirectory(dir=asked.town) as place:
            demo = Path(place, "demo")
            demo.mkdir()
            with closing(Store(demo)) as store:
                store.upgrade()
                load_demo(store, asked.town, name="demo", now=now)
            build(demo, Path(place, "recorded"), None, count=asked.visits, today=now.date())
            Path(place, "recorded").rename(kept)
    return kept


@contextmanager
def loaded_town(database: str, asked: argparse.Namespace) -> Iterator[Town]:
    """Yield the demo town with a long record on a database of a kind, on a disk."""
    kept = recorded(asked)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridplan-load-")))
        data, url, other = folder / "data", None, f"sqlite:///{folder / 'bare.db'}"
        shutil.copytree(kept, folder / "recorded")
        with closing(Store(folder / "recorded")) as store:
            store.upgrade()
        if database == "postgresql":
            databases = PostgresDatabases(stack.enter_context(postgresql_server(durable=True)), folder)
            stack.callback(databases.close)
            url, other = address(databases.new()), address(databases.new())
            data.mkdir()
        else:
            (folder / "recorded").rename(data)
        store = stack.enter_context(closing(Store(data, url)))
        if url:
            store.upgrade()
            with closing(Store(folder / "recorded")) as source, source.read() as old, store.write() as new:
                copy_rows(old, new)
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
        people, today = prepare(store, folder, now=datetime.now(UTC))
        yield Town(database, folder, data, url, store, people, today, other)


# ---- scenarios


def run_clients(town: Town, plan: Json, host: str, meanwhile: Callable[[], None] | None = None) -> Json:
    """Let clients come in a process of their own, and return what they measured."""
    result, path = town.folder / "result.json", town.folder / "plan.json"
    path.write_text(json.dumps(plan | {"host": host, "result": str(result)}), encoding="utf-8")
    with subprocess.Popen([sys.executable, str(HERE / "clients.py"), str(path)]) as process:
        if meanwhile:
            meanwhile()
    if process.returncode:
        raise RuntimeError("the clients ended by themselves")
    measured: Json = json.loads(result.read_text(encoding="utf-8"))
    return measured


def scenario(town: Town, service: Service, name: str, plan: Json, *, kill_at: float | None = None) -> list[str]:
    """Let people come, compare what they noted with what is stored, and return the row of the table."""
    of, ledger = before(town.store), town.folder / f"{name}.ledger"
    worked, down_s = service.processor_s(), list[float]()

    def kill() -> None:
        time.sleep(kill_at or 0)
        down_s.append(service.kill_and_start())

    plan = plan | {"ledger": str(ledger)}
    measured = run_clients(town, plan, service.address, kill if kill_at else None)
    answers = sum(status in (200, 302) for *_, status in measured["measured"])
    worked = (service.processor_s() - worked) / max(1, answers)
    noted = Ledger.read(ledger)
    rows, wrong = stored_since(town.store, of)
    if not compare(noted, rows[1:]):
        raise RuntimeError("a row that was taken away was not missed")
    found = compare(noted, rows)
    problems = [str(found)] * bool(found) + [wrong] * bool(wrong)
    problems += [f"given up: {one}" for one in measured["given_up"][:5]]
    problems += [f"{one['times']} times {one['what']}: {one['traceback']}" for one in measured["exceptions"][:3]]
    problems += ["not at its end in time"] * (not measured["ended"])
    town.problems += [f"{town.database}, {name}: {problem}" for problem in problems]
    others = len(found.unsent) + len(found.others) + len(measured["given_up"])
    return [
        town.database,
        name + "".join(f", away for {seconds:.1f} s" for seconds in down_s),
        *summary(measured),
        f"{1e3 * worked:.0f}",
        str(len(found.lost)),
        str(len(found.doubled)),
        str(others),
    ]


def summary(measured: Json) -> list[str]:
    """Return what was measured, as the table has it."""
    saved = sum(visits for _, _, visits in measured["saved"])
    last = max((at for at, _, _ in measured["saved"]), default=1)
    took: dict[str, list[float]] = defaultdict(list)
    for what, _, seconds, status in measured["measured"]:
        if status in (200, 302):
            took[what].append(seconds)
    for what, of in sorted(took.items()):
        print(f"  {what}: {len(of)}, median {1e3 * np.median(of):.0f} ms, p95 {1e3 * np.quantile(of, 0.95):.0f} ms")
    saves = [one for what in SAVES for one in took[what]]
    pages = [one for what, of in took.items() if what not in NO_PAGES for one in of]
    statuses = Counter(status for *_, status in measured["measured"])
    again = sum(n for status, n in statuses.items() if status not in (200, 302, 503))
    return [
        f"{saved:,}",
        f"{saved / last:.0f}",
        f"{np.quantile(saves, 0.99):.2f}" if saves else "",
        f"{1e3 * np.quantile(pages, 0.95):.0f}" if pages else "",
        f"{max((seconds for _, seconds, _ in measured['saved']), default=0):.1f}",
        str(statuses[503]),
        str(again),
    ]


def friday(town: Town, service: Service, asked: argparse.Namespace) -> list[str]:
    """Let all members enter whom they met, and kill the service in the middle."""
    plan = {"people": {"members": town.people.members[: asked.members]}, "today": town.today.isoformat()}
    plan |= {"seconds": asked.evening, "spawn_s": asked.evening}
    return scenario(town, service, "Friday evening", plan, kill_at=asked.evening / 2)


def monday(town: Town, service: Service, asked: argparse.Namespace) -> list[str]:
    """Let all desks type their sheets while offices look."""
    last = Week.of(town.today).shift(-1)
    people = {"desks": town.people.desks[: asked.desks], "offices": town.people.offices}
    plan = {"people": people, "week": last.key, "day_of_week": day_of_tick(last, town.today).isoformat()}
    return scenario(town, service, "Monday morning", plan | {"seconds": asked.morning, "spawn_s": 0})


def bare(town: Town, service: Service, asked: argparse.Namespace) -> Iterator[list[str]]:
    """Yield rows and pages a second beside those of a handler that does nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(HERE / "bare.py"), str(port), town.other_url]
    with subprocess.Popen(command) as process:
        try:
            wait_for(port, process)
            for what, path, posts in (("visits saved", "/mine/visits", True), ("lists of members", "/mine", False)):
                hurry = {"path": path, "posts": posts, "saves_visits": posts, "seconds": asked.bare_s}
                ours = rate(town, hurry, service.address)
                theirs = rate(town, hurry | {"path": "/", "saves_visits": False}, f"http://127.0.0.1:{port}")
                yield [town.database, what, f"{ours:.0f}", f"{theirs:.0f}", f"{theirs / ours:.1f}"]
        finally:
            process.terminate()


def rate(town: Town, hurry: Json, host: str) -> float:
    """Return how many answers a second hurried people get."""
    plan = hurry | {"spawn_s": 0, "ledger": os.devnull, "people": {"hurried": town.people.members[:HURRIED]}}
    measured = run_clients(town, plan, host)
    good = [at for what, at, _, status in measured["measured"] if what == "hurried" and status in (200, 302)]
    if len(good) < sum(what == "hurried" for what, *_ in measured["measured"]):
        town.problems.append(f"{host}{hurry['path']}: not all answers were good")
    return len(good) / (max(good) - min(good))


# ---- the page


def setting(asked: argparse.Namespace, databases: Sequence[str], load: tuple[float, ...]) -> str:
    """Return on what it was measured."""
    rows = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    processor = next((row.split(":")[1].strip() for row in rows if "model name" in row), platform.processor())
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    busy = " to ".join(f"{one:.1f}" for one in load)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {processor}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(databases)}, {packages}; {asked.visits:,} visits "
        f"stored. Load average of the machine before it began and at its end: {busy}."
    )


def table(head: str, rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown has it."""
    lines = [head, "|".join(["---"] * len(head.split("|"))), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line.strip()} |" for line in lines) + "\n"


def main() -> None:
    """Run what is asked for, and write the page after each database."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--town", type=Path, default=Path("demo-town"))
    options.add_argument("--database", nargs="+", choices=NAMES, default=list(NAMES))
    options.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    options.add_argument("--visits", type=int, default=1_000_000)
    options.add_argument("--members", type=int, default=1_451)
    options.add_argument("--desks", type=int, default=30)
    options.add_argument("--evening", type=float, default=146, help="seconds in which members come")
    options.add_argument("--morning", type=float, default=120, help="seconds that stand for 90 minutes")
    options.add_argument("--bare-s", type=float, default=6, help="seconds for each rate beside the bare handler")
    options.add_argument("-o", "--output", type=Path)
    asked = options.parse_args()
    if not (asked.town / "plan" / "plan.gpkg").exists():
        subprocess.run([sys.executable, "-m", "gridplan.cli", "demo", "--no-serve", "-o", asked.town], check=True)
    load, evenings, beside, problems, page = os.getloadavg()[0], [], [], [], ""
    databases: list[str] = []
    frame = (HERE / "page.md").read_text(encoding="utf-8")
    for database in asked.database:
        with loaded_town(database, asked) as town:
            version_info = town.store.engine.dialect.server_version_info or ()
            databases.append(f"{NAMES[database]} {'.'.join(map(str, version_info))}")
            service = Service(town.data, town.url)
            try:
                for name, run in (("friday", friday), ("monday", monday)):
                    if name in asked.scenario:
                        evenings.append(run(town, service, asked))
                        print(" | ".join(evenings[-1]), flush=True)
                if "bare" in asked.scenario:
                    beside += bare(town, service, asked)
            finally:
                service.stop()
            problems += [*town.problems, *examined(town)]
        page = frame.format(
            setting=setting(asked, databases, (load, os.getloadavg()[0])),
            runs=table(RUNS, evenings),
            bare=table(BARE, beside),
            members=f"{asked.members:,}",
            desks=asked.desks,
            evening=asked.evening,
            morning=asked.morning,
            faster=90 * 60 / asked.morning,
            hurried=HURRIED,
        )
        if asked.output:
            asked.output.write_text(page, encoding="utf-8")
    print(page)
    if problems:
        sys.exit("\n".join(problems))


def examined(town: Town) -> list[str]:
    """Return what is wrong with the contacts and the weeks of grids, as doctor says it."""
    with town.store.read() as connection:
        _, homes = visits.miscounted(connection)
        _, of_weeks = weeks.miscounted(connection)
    found = [f"contacts of {len(homes)} households are miscounted"] * bool(homes)
    return found + [f"weeks of grids are miscounted: {sorted(week.key for week in of_weeks)}"] * bool(of_weeks)


if __name__ == "__main__":
    main()
