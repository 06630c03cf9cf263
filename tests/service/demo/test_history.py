"""The demo town in its service: half a year by the store's own rules, carried on once a day, never in another town."""

from datetime import timedelta

import pytest
from databases import ON_BOTH
from service import NOW, OWN
from sqlalchemy import func, select, update

from gridplan.contact.visits import Visit
from gridplan.service.demo.history import add_demo_history, carry_on_demo_history, is_behind
from gridplan.service.demo.redraw import redraw_demo_village
from gridplan.store.contact import visits, weeks
from gridplan.store.contact.visits import Entry
from gridplan.store.tables import (
    household,
    household_state,
    linkage_call,
    member,
    plan,
    sheet,
    village,
    visit,
)

WEEKS = 6
LATER = NOW + timedelta(days=15)


@pytest.fixture
def town(tmp_path, databases):
    with databases.copy("filled", tmp_path) as store:
        yield store


@pytest.fixture
def demo(town):
    with town.write() as connection:
        connection.execute(update(plan).values(published_at=NOW - timedelta(weeks=WEEKS + 2)))
    redraw_demo_village(town, 0, now=NOW - timedelta(weeks=2))
    with town.write() as connection:
        add_demo_history(connection, now=NOW, weeks=WEEKS)
    return town


def rows(connection, table):
    return set(map(tuple, connection.execute(select(table))))


def check(connection, now):
    """Check that nothing is from after a moment, and that all counts as the rules say."""
    assert visits.miscounted(connection)[1] == frozenset()
    assert weeks.miscounted(connection)[1] == {}
    for moment in (visit.c.received_at, sheet.c.printed_at, linkage_call.c.received_at):
        assert connection.execute(select(func.max(moment))).scalar_one() <= now
    assert connection.execute(select(func.max(household_state.c.from_day))).scalar_one() <= now.date()


@ON_BOTH
def test_it_is_redrawn_in_the_middle_and_carried_on_once_a_day_and_what_was_there_stays(demo):
    with demo.write() as connection:
        check(connection, NOW)
        printed = (
            select(plan.c.revision)
            .join(sheet)
            .where(plan.c.village_id == select(plan.c.village_id).where(plan.c.revision == 2).scalar_subquery())
        )
        assert set(connection.execute(printed).scalars()) == {1, 2}
        before = {table: rows(connection, table) for table in (visit, sheet, linkage_call)}
        home, lead = (connection.execute(select(one.c.id).limit(1)).scalar_one() for one in (household, member))
        own = Visit("own", home, lead, LATER.date() - timedelta(days=3), "met", "door", "told")
        visits.add(connection, [own], Entry(None, LATER - timedelta(days=3)))
        assert not is_behind(connection, NOW + timedelta(hours=4))
        assert is_behind(connection, LATER)
        assert carry_on_demo_history(connection, now=LATER) > 0
        assert not is_behind(connection, LATER)
    with demo.read() as connection:
        check(connection, LATER)
        assert all(rows(connection, table) > some for table, some in before.items())
        of_week = [visit.c.day >= own.week.monday, visit.c.household_id == home]
        assert connection.execute(select(visit.c.id).where(*of_week)).scalars().all() == ["own"]


def test_a_town_that_is_not_the_demo_is_never_carried_on(town):
    with town.write() as connection:
        connection.execute(update(village).where(village.c.name == OWN).values(start_day=NOW.date()))
        assert not is_behind(connection, LATER)
