"""How fast pages of coverage are with a million visits: 8 clients at once, with and without visits coming in.

python benchmarks/coverage_pages.py TOWN [--db URL] [--clients 8] [--seconds 10] [--visits 5]

TOWN is a folder that benchmarks/million.py made. The last columns are with so many visits entered each second
meanwhile, each by itself at any household.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from pages import cookie_of_administrator, measure, serving
from sqlalchemy import select

from gridplan.contact.visits import Visit
from gridplan.service.contact.record import record_visits
from gridplan.store import Store
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.tables import assignment, grid, membership


def paths_of(store: Store, today: date) -> dict[str, list[str]]:
    """Return what is asked for, by page."""
    with store.read() as connection:
        of_village = plans.published(connection)
        first = select(grid.c.plan_id, grid.c.number).where(grid.c.plan_id.in_(of_village.values()))
        grids = [f"/coverage/grids/{plan_id}/{number}" for plan_id, number in connection.execute(first)][::7]
    earlier = [(today - timedelta(9 * n)).isoformat() for n in range(2, 70)]
    return {
        "town": ["/coverage"],
        "town, 26 weeks": ["/coverage?weeks=26"],
        "village": [f"/coverage/villages/{id_}" for id_ in of_village],
        "grid": grids,
        "due households of a village": [f"/coverage/due?village={id_}" for id_ in of_village],
        "due households": ["/coverage/due"],
        "contact.json": ["/api/contact.json"],
        "town as of a day, asked again": [f"/coverage?as_of={day}" for day in earlier[:4]],
        "town as of a day, first time": [f"/coverage?as_of={day}" for day in earlier[4:]],
        "village as of a day": [
            f"/coverage/villages/{id_}?as_of={day}" for id_, day in zip(of_village, earlier, strict=False)
        ],
    }


@contextmanager
def visits_coming_in(store: Store, a_second: float) -> Iterator[None]:
    """Enter visits one by one while pages are asked for."""
    with store.read() as connection:
        found = (
            select(membership.c.household_id, assignment.c.member_id)
            .join(
                assignment,
                (assignment.c.plan_id == membership.c.plan_id) & (assignment.c.number == membership.c.number),
            )
            .where(assignment.c.plan_id.in_(plans.published(connection).values()), assignment.c.until.is_(None))
        )
        homes = list(connection.execute(found).all())
    closing_down, random = threading.Event(), Random(0)

    def enter() -> None:
        while not closing_down.wait(1 / a_second):
            now = datetime.now(UTC)
            home, member = random.choice(homes)
            one = Visit(str(uuid4()), home, member, now.date(), "met", "door", "phone")
            record_visits(store, COMMAND_LINE, [one], now=now)

    thread = threading.Thread(target=enter)
    thread.start()
    try:
        yield
    finally:
        closing_down.set()
        thread.join()


def main() -> None:
    """Print a table: a row for each page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("town", type=Path)
    parser.add_argument("--db")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--visits", type=float, default=5)
    asked = parser.parse_args()
    with closing(Store(asked.town, asked.db)) as store:
        paths = paths_of(store, datetime.now(UTC).date())
        cookie = cookie_of_administrator(store)
        with serving(asked.town, asked.db, cookie, {"town": ["/coverage"]}) as service:
            print("page | answers a second | p95, ms | processor ms | failed | answers a second | p95, ms | failed")
            print("---|---|---|---|---|---|---|---")
            for page, some in paths.items():
                answers, slow, worked, failed = measure(service, some, asked.clients, asked.seconds)
                print(f"{page} | {answers:.0f} | {slow * 1e3:.0f} | {worked * 1e3:.1f} | {failed}", end="", flush=True)
                with visits_coming_in(store, asked.visits):
                    answers, slow, _, failed = measure(service, some, asked.clients, asked.seconds)
                print(f" | {answers:.0f} | {slow * 1e3:.0f} | {failed}", flush=True)


if __name__ == "__main__":
    main()
