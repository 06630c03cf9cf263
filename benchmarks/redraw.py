"""How soon an edit of a village's draft is answered, over HTTP: picked up, dropped, drawn; beside drawing all anew.

python benchmarks/redraw.py [--households N ...] [--edits N]
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from pages import Town, cookie_of_administrator, serving

from gridplan.model import Assignment, Household, Member, TownPlan
from gridplan.planning.county import PlanSettings
from gridplan.planning.redraw import NO_OBSTACLES, redraw
from gridplan.planning.town import plan_town
from gridplan.service.access.accounts import an_administrator
from gridplan.service.imports.load_plan import load_plan
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.words import Message

VILLAGE = "大柳村"
FLATS = 0.1
"""The share of households that live where others do."""
METRES = 1 / 111_000
"""In degrees, about."""
MOVED = 3
"""Households in one edit."""
ANEW = 10
"""How often everything is drawn anew."""


def village(households: int, seed: int = 0) -> TownPlan:
    """Return a village in hamlets, some of it in flats, cut into grids of which each has a lead."""
    random = np.random.default_rng(seed)
    hamlets = random.uniform(0, 40 * np.sqrt(households), (households // 60 + 1, 2))
    xy = hamlets[random.integers(0, len(hamlets), households)] + random.normal(0, 80, (households, 2))
    flats = int(FLATS * households)
    xy[-flats:] = xy[random.integers(0, flats // 8 + 1, flats)]
    places = (np.array([119.43, 31.62]) + xy * METRES).tolist()
    homes = [Household(f"H{i:05d}", VILLAGE, lon, lat, f"示例{i}") for i, (lon, lat) in enumerate(places)]
    asked = PlanSettings(effort="fast", bound=False)
    town = plan_town(homes, (), asked, workers=1, progress=lambda *_: None).town
    (planned,) = town.villages
    members = [Member(f"M{grid.number}", f"联户{grid.number}", village=VILLAGE) for grid in planned.grids]
    why = Message("map.no_lead")
    leads = [Assignment(VILLAGE, grid.number, f"M{grid.number}", "lead", why) for grid in planned.grids]
    return TownPlan(town.villages, tuple(members), tuple(leads))


def add_draft(store: Store, town: TownPlan) -> int:
    """Keep a plan as a draft in an empty store, and return its id."""
    now = datetime.now(UTC)
    store.upgrade()
    draft = load_plan(store, COMMAND_LINE, town, name="draft", made_by=an_administrator(store, now=now), now=now)
    with store.read() as connection:
        return next(iter(plans.of_draft(connection, draft.draft_id).values()))


@dataclass
class Planner:
    """Who redraws a draft over HTTP, and what the page knows of it."""

    service: Town
    connection: HTTPConnection
    plan: int
    csrf: str = ""
    version: int = 0

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[Any, float]:
        """Return an answer, and the seconds it took."""
        headers = {"Cookie": self.service.cookie, "X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        began = time.perf_counter()
        sent = None if body is None else json.dumps(body)
        self.connection.request("POST" if sent else "GET", path, sent, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
        return json.loads(content) if answer.headers["Content-Type"] == "application/json" else content.decode(), took

    def open(self) -> dict[str, Any]:
        """Open the page, and return what it is told."""
        page, _ = self.ask(f"/plans/{self.plan}/redraw")
        self.csrf = re.search(r'name="?csrf"? content="?([^">]+)', page)[1]
        told, _ = self.ask(f"/api/plans/{self.plan}/redraw.json")
        self.version = told["version"]
        return dict(told)

    def outcomes(self, households: list[int]) -> float:
        """Pick households up."""
        return self.ask(f"/api/plans/{self.plan}/outcomes", {"version": self.version, "households": households})[1]

    def move(self, households: list[int], to: int) -> float:
        """Drop households on a grid."""
        body = {"version": self.version, "id": str(uuid4()), "kind": "move", "moves": [[id_, to] for id_ in households]}
        answer, took = self.ask(f"/api/plans/{self.plan}/edits", body)
        self.version = answer["version"]
        return took

    def draw(self) -> float:
        """Ask for the exact drawing."""
        return self.ask(f"/api/plans/{self.plan}/drawing.json?version={self.version}")[1]


def near_moves(told: dict[str, Any], count: int, seed: int) -> Iterator[tuple[list[int], int]]:
    """Yield households beside each other, and the grid of the nearest household of another grid."""
    random, homes = np.random.default_rng(seed), told["households"]
    xy = np.array([(home["lon"], home["lat"]) for home in homes])
    grid = [home["grid"] for home in homes]
    for _ in range(count):
        near = np.argsort(np.linalg.norm(xy - xy[random.integers(len(homes))], axis=1)).tolist()
        moved = near[:MOVED]
        to = next(grid[at] for at in near if grid[at] not in {grid[one] for one in moved})
        for at in moved:
            grid[at] = to
        yield [homes[at]["id"] for at in moved], to


@contextmanager
def planner_of(town: TownPlan) -> Iterator[Planner]:
    """Serve a town with a draft of its village, and yield who redraws it."""
    with tempfile.TemporaryDirectory() as place:
        with closing(Store(Path(place))) as store:
            plan = add_draft(store, town)
            cookie = cookie_of_administrator(store)
        with (
            serving(Path(place), None, cookie, {"page": [f"/plans/{plan}/redraw"]}) as service,
            closing(HTTPConnection("127.0.0.1", service.port)) as connection,
        ):
            yield Planner(service, connection, plan)


def p95(seconds: list[float]) -> float:
    """Return the 95th percentile, in milliseconds."""
    return float(np.quantile(seconds, 0.95)) * 1e3


def measured(planner: Planner, edits: int, kind: Callable[[list[int], int], float], seed: int) -> list[str]:
    """Return p95 of a request and the processor time it takes of the service, in milliseconds."""
    told = planner.open()
    before, took = planner.service.processor_s(), []
    for households, to in near_moves(told, edits, seed):
        took.append(kind(households, to))
    return [f"{p95(took):.0f}", f"{(planner.service.processor_s() - before) / edits * 1e3:.0f}"]


def rows(households: Sequence[int] = (300, 1500, 3000), edits: int = 60) -> Iterator[list[str]]:
    """Yield a row for each size of village and kind of request."""
    for count in households:
        town = village(count)
        with planner_of(town) as planner:
            first = planner.outcomes([planner.open()["households"][0]["id"]])
            kinds: dict[str, Callable[[list[int], int], float]] = {
                "picked up": lambda households, to: planner.outcomes(households),
                "dropped": planner.move,
                "dropped, drawn exactly": lambda households, to: planner.move(households, to) + planner.draw(),
            }
            for seed, (name, kind) in enumerate(kinds.items()):
                yield [str(count), name, *measured(planner, edits, kind, seed)]
            yield [str(count), "picked up for the first time", f"{first * 1e3:.0f}", ""]
        yield [str(count), "all drawn anew", *drawn_anew(town)]


def drawn_anew(town: TownPlan) -> list[str]:
    """Return p95 of drawing every grid of a village anew, and the processor time it takes, in milliseconds."""
    (planned,) = town.villages
    took, before = [], time.process_time()
    for _ in range(ANEW):
        began = time.perf_counter()
        redraw(planned, planned.plan, NO_OBSTACLES)
        took.append(time.perf_counter() - began)
    return [f"{p95(took):.0f}", f"{(time.process_time() - before) / ANEW * 1e3:.0f}"]


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--households", type=int, nargs="+", default=[300, 1500, 3000])
    options.add_argument("--edits", type=int, default=60)
    asked = options.parse_args()
    print("households | request | p95, ms | processor, ms")
    print("---|---|---|---")
    for row in rows(asked.households, asked.edits):
        print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main()
