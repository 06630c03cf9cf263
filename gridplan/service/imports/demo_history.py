"""The record of contact of the demo town, put into its service."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gridplan.contact.calendar import local_day
from gridplan.demo.contact import DemoGrid, make_history
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.history import add_history
from gridplan.store.contact.records import grid_contacts
from gridplan.store.system.town_settings import read_settings


def add_demo_history(connection: Connection, *, now: datetime, seed: int = 0) -> int:
    """Put three months of contact into a town whose plans are in force and in which nothing was entered yet.

    Returns
    -------
    int
        How many visits they are.
    """
    zone = ZoneInfo(read_settings(connection).time_zone)
    today = local_day(now, zone)
    grids = grid_contacts(connection, today, zone)
    who = in_charge(connection, today, {grid.plan_id for grid in grids})
    of_demo = []
    for grid in grids:
        charged = who.get((grid.plan_id, grid.number))
        of_demo.append(
            DemoGrid(
                village_id=grid.village_id,
                plan_id=grid.plan_id,
                number=grid.number,
                households=tuple(one.id for one in grid.households),
                own=frozenset(one.id for one in grid.households if one.record.own),
                lead=charged.lead if charged else None,
            )
        )
    history = make_history(of_demo, now=now, zone=zone, seed=seed)
    add_history(connection, history)
    return len(history.visits)
