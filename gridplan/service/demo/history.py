"""The record of contact of the demo town, put into its service and carried on at each start."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import local_day
from gridplan.contact.figures import Window
from gridplan.demo.contact import WEEKS, DemoGrid, DemoHome, begin, live
from gridplan.demo.span import Span
from gridplan.errors import NotFound
from gridplan.service.demo.linkage import add_demo_calls, add_demo_linkage, choose_demo_heads
from gridplan.service.demo.reports import add_demo_corrections, add_demo_needs
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.history import Told, add_history, add_rows, note_told, recorded, start_villages, told
from gridplan.store.contact.records import grid_contacts, plans_by_days
from gridplan.store.plans import plans
from gridplan.store.system.town_settings import read_settings

LOOKED_BACK: Final = timedelta(days=14)
"""How long before the end of what is recorded some of it may still come in."""


def add_demo_history(connection: Connection, *, now: datetime, seed: int = 0, weeks: int = WEEKS) -> int:
    """Put so many weeks of contact into a town whose plans are in force and in which nothing was entered yet.

    Returns
    -------
    int
        How many visits they are.
    """
    village_ids, span = tuple(sorted(plans.published(connection))), Span(None, now, _zone(connection), seed)
    beginning = begin(village_ids, span.today, weeks)
    start_villages(connection, beginning.villages)
    for table, rows in beginning.rows.items():
        add_rows(connection, table, rows)
    first = min((start for *_, start in beginning.villages if start), default=span.today)
    choose_demo_heads(connection, span.today)
    add_demo_linkage(connection, village_ids, first, seed)
    gc.disable()  # a hundred thousand rows are made, none of them in a circle: to look for some takes a second
    try:
        return _carry_on(connection, village_ids, span)
    finally:
        gc.enable()


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
    return _carry_on(connection, before.villages, Span(before.until, now, _zone(connection), before.seed))


def _carry_on(connection: Connection, village_ids: tuple[int, ...], span: Span) -> int:
    since = span.since(date.min, LOOKED_BACK)
    before = recorded(connection, since)
    starts = {village_id: before.starts[village_id] for village_id in village_ids if village_id in before.starts}
    first = min(starts.values(), default=span.today)
    grids = list(_grids(connection, Window(max(since, first), span.today), span.zone))
    history = live(village_ids, grids, before, span)
    add_history(connection, history)
    add_demo_corrections(connection, grids, starts, span)
    add_demo_needs(connection, history.visits, span)
    add_demo_calls(connection, first, span)
    note_told(connection, Told(village_ids, span.now, span.seed))
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
