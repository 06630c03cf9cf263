"""A record of contact put into a town all at once has the rows that entering it one by one gives."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from service import NOW
from sqlalchemy import select

from gridplan.contact.figures import Window
from gridplan.demo.contact import DemoGrid, DemoHome, live
from gridplan.demo.span import Span
from gridplan.store.contact import visits
from gridplan.store.contact.history import History, Recorded, add_history
from gridplan.store.contact.records import grid_contacts
from gridplan.store.contact.visits import Entry
from gridplan.store.tables import grid_week, member, sheet, sheet_row, sheet_week, visit

ZONE = ZoneInfo("Asia/Shanghai")


def history_of(connection) -> History:
    lead = connection.execute(select(member.c.id).order_by(member.c.code).limit(1)).scalar_one()
    grids = grid_contacts(connection, NOW.date(), ZONE)[:4]
    start = NOW.date() - timedelta(weeks=13)
    of_demo = [
        DemoGrid(one.village_id, one.plan_id, one.number, Window(start, NOW.date()), homes, lead)
        for one in grids
        for homes in [tuple(DemoHome(home.id) for home in one.households)]
    ]
    starts = {one.village_id: start for one in grids}
    return live(list(starts), of_demo, Recorded(starts), Span(None, NOW, ZONE))


def test_visits_added_at_once_are_those_that_are_entered_one_by_one(service):
    columns = [column for column in visit.c if column.name not in ("n", "sheet_id")]
    with service.store.write() as connection:
        history = history_of(connection)
        some = history.visits[0]
        late = replace(
            some,
            visit=replace(some.visit, id="late", day=some.visit.day + timedelta(1), outcome="met", week_only=False),
            received_at=some.received_at + timedelta(14),
        )
        history = replace(history, visits=(*history.visits, late))
        add_history(connection, history)
        rows = [select(*columns), select(grid_week)]
        at_once = [set(map(tuple, connection.execute(one))) for one in rows]
        for table in (visit, grid_week):
            connection.execute(table.delete())
        for one in sorted(history.visits, key=lambda one: one.received_at):
            visits.add(connection, [one.visit], Entry(None, one.received_at, meeting_id=one.meeting_id))
        assert [set(map(tuple, connection.execute(one))) for one in rows] == at_once
    assert len(at_once[0]) == len(history.visits) > 100
    assert {row[-3] is None for row in at_once[1]} == {True, False}


def test_sheets_have_their_rows_and_weeks(service):
    with service.store.write() as connection:
        history = history_of(connection)
        add_history(connection, history)
        some = history.sheets[0]
        id_ = connection.execute(select(sheet.c.id).where(sheet.c.number == some.number)).scalar_one()
        rows = connection.execute(
            select(sheet_row.c.household_id).where(sheet_row.c.sheet_id == id_).order_by(sheet_row.c.row)
        )
        assert tuple(rows.scalars()) == some.households
        typed = connection.execute(select(sheet_week.c.week).where(sheet_week.c.sheet_id == id_)).scalars()
        assert set(typed) == {one.week.key for one in history.typed if one.sheet == some.number}
        from_it = connection.execute(select(visit.c.id).where(visit.c.sheet_id == id_)).scalars()
        assert set(from_it) == {one.visit.id for one in history.visits if one.sheet == some.number}
