"""The record of contact of the demo town, put into its service and carried on at each start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import local_day
from gridplan.contact.figures import Window
from gridplan.demo.contact import WEEKS, DemoGrid, DemoHome, begin, live
from gridplan.errors import NotFound
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.history import Told, add_history, add_rows, note_told, recorded, start_villages, told
from gridplan.store.contact.records import grid_contacts, plans_by_days
from gridplan.store.plans import plans
from gridplan.store.system.town_settings import read_settings

LOOKED_BACK: Final = timedelta(days=28)
"""How long before the end of what is recorded some of it may still come in."""


def add_demo_history(connection: Connection, *, now: datetime, seed: int = 0, weeks: int = WEEKS) -> int:
    """Put so many weeks of contact into a town whose plans are in force and in which nothing was entered yet.

    Returns
    -------
    int
        How many visits they are.
    """
    village_ids = tuple(sorted(plans.published(connection)))
    beginning = begin(village_ids, local_day(now, _zone(connection)), weeks)
    start_villages(connection, beginning.villages)
    for table, rows in beginning.rows.items():
        add_rows(connection, table, rows)
    return _carry_on(connection, village_ids, None, now, seed)


def is_behind(connection: Connection, now: datetime) -> bool:
    """Return whether the record of a town is made up and ends before today: false in any other town."""
    before, zone = told(connection), _zone(connection)
    return before is not None and local_day(before.until, zone) < local_day(now, zone)


def carry_on_demo_history(connection: Connection, *, now: datetime) -> int:
    """Let time go by in a town whose record is made up, from where it ends until now; return how many visits came in.

    Raises
    ------
    NotFound
        It is not made up.
    """
    before = told(connection)
    if before is None:
        raise NotFound("entrance.not_here")
    return _carry_on(connection, before.villages, before.until, now, before.seed)


def _carry_on(
    connection: Connection, village_ids: tuple[int, ...], after: datetime | None, now: datetime, seed: int
) -> int:
    zone = _zone(connection)
    today = local_day(now, zone)
    since = local_day(after, zone) - LOOKED_BACK if after else date.min + LOOKED_BACK
    before = recorded(connection, since)
    window = Window(max(since, min(before.starts.values(), default=today)), today)
    history = live(
        village_ids, list(_grids(connection, window, zone)), before, after=after, now=now, zone=zone, seed=seed
    )
    add_history(connection, history)
    note_told(connection, Told(village_ids, now, seed))
    return len(history.visits)


def _grids(connection: Connection, window: Window, zone: ZoneInfo) -> Iterator[DemoGrid]:
    """Yield the grids of a town, those of plans that were in force for a time too."""
    for days, of_village in plans_by_days(connection, window, zone).items():
        who = in_charge(connection, days.last, set(of_village.values()))
        for grid in grid_contacts(connection, days.last, zone, set(of_village)):
            charged = who.get((grid.plan_id, grid.number))
            homes = tuple(
                DemoHome(one.id, one.record.own, one.record.start, one.record.states) for one in grid.households
            )
            lead = charged.lead if charged else None
            yield DemoGrid(grid.village_id, grid.plan_id, grid.number, days, homes, lead)


def _zone(connection: Connection) -> ZoneInfo:
    return ZoneInfo(read_settings(connection).time_zone)
