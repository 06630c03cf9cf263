"""Two villages of four households, each in two grids since its start; plans and other rows put straight into tables."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from gridplan.store import tables
from gridplan.words import Message

ZONE = ZoneInfo("Asia/Shanghai")
START = date(2026, 12, 3)
"""A Thursday; the days of the tests run through week 53 into the new year."""


def later(days):
    return START + timedelta(days)


def noon(day):
    return datetime.combine(day, time(12), ZONE)


def put(connection, table, **values):
    connection.execute(insert(table).values(**values))


def put_plan(connection, id_, village_id, since, until, numbers, places=None, **others):
    """Put a plan of a village in force, its households by grid; who leads a grid has its number for an id."""
    values = {
        "id": id_, "village_id": village_id, "revision": id_, "state": "published" if until is None else "archived",
        "least": 10, "most": 15, "boundary_given": False, "kept": False, "planned": len(numbers), "split_hamlets": [],
        "outside": [], "published_at": noon(since), "archived_at": noon(until) if until else None,
    }  # fmt: skip
    put(connection, tables.plan, **(values | others))
    for number in sorted({number for number in numbers.values() if number}):
        put(connection, tables.grid, plan_id=id_, number=number, size=2, connected=True)
        put(
            connection, tables.assignment,
            plan_id=id_, number=number, member_id=number, role="lead", why=Message("map.no_lead"), since=since,
            until=until,
        )  # fmt: skip
    for home, number in numbers.items():
        why = None if number else Message("map.no_lead")
        place = (places or {}).get(home)
        put(connection, tables.membership, plan_id=id_, household_id=home, number=number, place=place, why=why)


def put_villages(connection):
    for village_id in (1, 2):
        put(connection, tables.village, id=village_id, name=f"v{village_id}", start_day=START, notice_day=START)
    for member_id in (1, 2):
        put(connection, tables.member, id=member_id, code=f"M{member_id}", name=f"lead {member_id}", ties=[])
    for home in range(1, 9):
        village_id = 1 if home < 5 else 2
        put(
            connection, tables.household, id=home, code=f"H{home}", village_id=village_id, position="hamlet",
            name=f"home {home}",
        )  # fmt: skip
    put_plan(connection, 1, 1, START, None, {1: 1, 2: 1, 3: 2, 4: 2}, {2: 1, 1: 2})
    put_plan(connection, 2, 2, START, None, {5: 1, 6: 1, 7: 2, 8: 2})
