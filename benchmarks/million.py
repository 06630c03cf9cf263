"""A town with a million visits: the demo town, visited for two years until yesterday, written as visits are.

python benchmarks/million.py SERVICE OUT [--db URL] [--visits 1000000] [--today YYYY-MM-DD]

SERVICE is the data folder of a service over the demo town (`gridplan demo`), which is only read; OUT a new folder for
the town. It is SQLite in there, or with --db in an empty PostgreSQL database that can have PostGIS. Lists, plans,
accounts and cards are those of SERVICE; its visits are left out. The same SERVICE, number and day make the same town.
Then: gridplan serve --data OUT [--db URL] --port N. In Python: `build(service, out, url, count=1_000_000, today=...)`.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import delete, insert

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import new_number
from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit, day_of_tick, id_on_sheet
from gridplan.store import Store
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.history import (
    History,
    PastVisit,
    PrintedSheet,
    TypedWeek,
    add_history,
    start_villages,
)
from gridplan.store.contact.records import GridContact, grid_contacts
from gridplan.store.system.backup_rows import copy_rows
from gridplan.store.system.town_settings import read_settings
from gridplan.store.tables import metadata
from gridplan.store.town_folder import DATABASE

WEEKS = 103
"""As many as are kept, this one not among them."""
CONTACT = (
    *("need_step", "need", "linkage_call", "amendment", "kept_apart", "visit", "grid_week", "grid_tally"),
    *("sheet_week", "sheet_row", "sheet", "card_print", "correction", "cover", "household_state", "pause", "cadence"),
)
"""The tables of what happens, emptied first."""
BY_SHEET, LATE = 0.7, 0.04
"""The share of visits that are ticks, not from phones; and of sheets that come in when their week has settled."""
OF_OUTCOMES, OF_CHANNELS = (0.82, 0.14, 0.02, 0.02), (0.8, 0.11, 0.09)


def build(service: Path, out: Path, url: str | None, *, count: int, today: date) -> int:
    """Make the town, and return how many visits it has."""
    out.mkdir(0o700, parents=True)
    with tempfile.TemporaryDirectory() as place:
        unvisited = Path(place) if url else out
        copy_unvisited(service, unvisited)
        with closing(Store(out, url)) as store:
            if url:
                store.upgrade()
                with closing(Store(unvisited)) as source, source.read() as old, store.write() as new:
                    copy_rows(old, new)
            put_visits(store, count, today)
    return count


def copy_unvisited(service: Path, folder: Path) -> None:
    """Copy the town of a service into a folder, without its visits and all that came with them."""
    with closing(sqlite3.connect(service / DATABASE)) as old, closing(sqlite3.connect(folder / DATABASE)) as new:
        old.backup(new)
    for beside in service.glob("*.pmtiles"):
        shutil.copy(beside, folder)
    with closing(Store(folder)) as store:
        store.upgrade()
        with store.write(references=False) as connection:
            for name in CONTACT:
                connection.execute(delete(metadata.tables[name]))


def put_visits(store: Store, count: int, today: date) -> None:
    """Put visits into a town without any, a village at a time."""
    with store.write() as connection:
        zone = ZoneInfo(read_settings(connection).time_zone)
        grids = grid_contacts(connection, today, zone)
        leads = in_charge(connection, today, {grid.plan_id for grid in grids})
        holiday = {"kind": "festival", "first_day": today - timedelta(200), "last_day": today - timedelta(194)}
        connection.execute(insert(metadata.tables["pause"]).values(**holiday))
        weeks = [Week.of(today).shift(n - WEEKS) for n in range(WEEKS)]
        start = weeks[0].monday
        start_villages(connection, ((id_, start - timedelta(10), start) for id_ in {one.village_id for one in grids}))
    lead_of = {of: one.lead for of, one in leads.items() if one.lead is not None}
    led = [grid for grid in grids if (grid.plan_id, grid.number) in lead_of]
    for history in histories(led, lead_of, zone, count, weeks):
        with store.write() as connection:
            add_history(connection, history)
        print(".", end="", file=sys.stderr, flush=True)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if store.dialect == "postgresql" else "ANALYZE")


def histories(
    grids: Sequence[GridContact], leads: dict[tuple[int, int], int], zone: ZoneInfo, count: int, weeks: list[Week]
) -> Iterator[History]:
    """Yield the record of one village after another: who was visited in which week is drawn for the whole town."""
    rng, random = np.random.default_rng(0), Random(0)
    homes = sum(len(grid.households) for grid in grids)
    visited = np.zeros(homes * WEEKS, bool)
    visited[rng.choice(visited.size, count, replace=False)] = True
    visited = visited.reshape(homes, WEEKS)
    row, numbers = 0, set[str]()
    for village_id, of_village in groupby(grids, key=lambda grid: grid.village_id):
        history = History()
        for grid in of_village:
            size, lead = len(grid.households), leads[grid.plan_id, grid.number]
            here, row = visited[row : row + size], row + size
            of_month = {}
            for month in sorted({week.month for week in weeks}):
                while (number := new_number(random)) in numbers:
                    pass
                numbers.add(number)
                of_month[month] = PrintedSheet(
                    number, grid.plan_id, village_id, grid.number, month, lead,
                    _at(month - timedelta(3), 15, zone), tuple(one.id for one in grid.households),
                )  # fmt: skip
            history.sheets.extend(of_month.values())
            _add_weeks(history, here, of_month, weeks, zone, rng)
        yield history


def _add_weeks(
    history: History,
    visited: np.ndarray,
    sheets: dict[date, PrintedSheet],
    weeks: list[Week],
    zone: ZoneInfo,
    rng: np.random.Generator,
) -> None:
    """Add the weeks of a grid, by households visited and weeks, to the record of its village."""
    shape = visited.shape
    outcomes, channels = rng.choice(4, shape, p=OF_OUTCOMES), rng.choice(3, shape, p=OF_CHANNELS)
    by_sheet, is_late, days = rng.random(shape) < BY_SHEET, rng.random(len(weeks)) < LATE, rng.integers(0, 7, shape)
    for n, week in enumerate(weeks):
        sheet = sheets[week.month]
        lead = sheet.member_id
        typed = _at(week.sunday + timedelta(11 if is_late[n] else 1), 9, zone)
        history.typed.append(TypedWeek(sheet.number, week, lead, typed))
        for place in np.flatnonzero(visited[:, n]):
            home, outcome = sheet.households[place], OUTCOMES[outcomes[place, n]]
            channel = CHANNELS[channels[place, n]] if outcome == "met" else "door"
            if by_sheet[place, n]:
                id_, day = id_on_sheet(sheet.number, week, int(place) + 1), day_of_tick(week, typed.date())
                one = Visit(id_, home, lead, day, outcome, channel, "sheet", week_only=True)
                history.visits.append(PastVisit(one, typed, sheet.number))
            else:
                day = week.monday + timedelta(int(days[place, n]))
                one = Visit(str(UUID(bytes=rng.bytes(16))), home, lead, day, outcome, channel, "phone")
                history.visits.append(PastVisit(one, _at(day, 20, zone)))


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=zone)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--db")
    parser.add_argument("--visits", type=int, default=1_000_000)
    parser.add_argument("--today", type=date.fromisoformat, default=datetime.now(UTC).date())
    options = parser.parse_args()
    began = time.monotonic()
    n = build(options.service, options.out, options.db, count=options.visits, today=options.today)
    print(f"\n{n:,} visits in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
