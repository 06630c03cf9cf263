"""A village becomes part of another: nothing is lost or doubled, and all is taken back in one step."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sample_drafts import draft_like, inside, member_id, plan_in_force, village_id
from service import NOW, OTHER, OWN
from sqlalchemy import func, select, update

from gridplan.contact.status import status
from gridplan.contact.visits import Visit
from gridplan.errors import InputRefused
from gridplan.service.coverage.coverage import coverage
from gridplan.service.registry import village_changes as use
from gridplan.store import Who
from gridplan.store.access import accounts
from gridplan.store.contact import states, visits, weeks
from gridplan.store.contact.records import grid_contacts
from gridplan.store.contact.visits import Entry
from gridplan.store.plans import plans
from gridplan.store.registry import villages
from gridplan.store.tables import grid, household, household_state, member, village, visit

TODAY = NOW.date()
ZONE = ZoneInfo("Asia/Shanghai")
LATER = timedelta(days=28)


@pytest.fixture
def store(service):
    store = service.store
    with store.write() as connection:
        for name, days in ((OWN, 60), (OTHER, 40)):
            start = TODAY - timedelta(days=days)
            connection.execute(update(village).where(village.c.name == name).values(start_day=start, notice_day=start))
        ids = dict(connection.execute(select(household.c.code, household.c.id)).all())
        homes, lead = [ids[f"{OTHER}000{n}"] for n in (2, 3)], member_id(store, f"{OTHER}-M1")
        days = [TODAY - timedelta(days=30), TODAY - timedelta(days=9)]
        some = [Visit(str(day), home, lead, day, "met", "door", "told") for home, day in zip(homes, days, strict=True)]
        visits.add(connection, some, Entry(None, NOW))
        states.begin(connection, ids[f"{OTHER}0001"], "away", since=TODAY, until=None, set_by=None)
    return store


@pytest.fixture
def planner(store):
    with store.read() as connection:
        return Who(accounts.by_login(connection, "planner")["id"], "planner")


def counts(store):
    """Returns how many households, states and visits there are, and who is in which village."""
    with store.read() as connection:
        tables = (household, household_state, visit)
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def standing(store, day, *names):
    """Returns how each household of villages stands on a day."""
    with store.read() as connection:
        ids = [villages.ids_by_name(connection)[name] for name in names]
        of = [one for of in grid_contacts(connection, day, ZONE, ids) for one in of.households]
    return {one.id: (status(one.record, day), one.record.start, one.record.last) for one in of}


def grids(store, name):
    plan_id = plan_in_force(store, name)
    with store.read() as connection:
        town = plans.town(connection, [plan_id])
    return inside(store, plan_id), {grid: lead for (_, grid), lead in town.leads.items()}


def miscounted(store):
    with store.read() as connection:
        return dict(weeks.miscounted(connection)[1])


def merge(store, who):
    return use.merge(store, who, village_id(store, OTHER), village_id(store), now=NOW, today=TODAY)


def test_households_keep_all_of_theirs_and_grids_come_with_their_leads(store, planner):
    before, stood = counts(store), standing(store, TODAY, OWN, OTHER)
    (own, own_leads), (other, other_leads) = grids(store, OWN), grids(store, OTHER)
    past = standing(store, TODAY - timedelta(days=1), OTHER)
    shown = use.preview_merger(store, planner, village_id(store, OTHER), village_id(store), now=NOW, today=TODAY)
    assert grids(store, OTHER)[0] == other
    found = merge(store, planner)
    assert found == shown and found.households == sum(map(len, other.values()))
    numbers = dict(found.grids)
    assert not {*own} & {*numbers.values()}
    now, leads = grids(store, OWN)
    assert now == own | {numbers[number]: homes for number, homes in other.items()}
    assert leads == own_leads | {numbers[number]: lead for number, lead in other_leads.items()}
    assert counts(store) == before
    assert standing(store, TODAY, OWN) == stood
    assert standing(store, TODAY - timedelta(days=1), OTHER) == past
    assert miscounted(store) == {}
    with store.read() as connection:
        for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1)):
            coverage(connection, day, ZONE, None)
        labels = dict(
            connection.execute(select(grid.c.number, grid.c.label).where(grid.c.plan_id == plan_in_force(store))).all()
        )
    assert labels[numbers[1]].endswith(f"({OTHER}-01)")
    use.end_former_numbers(store, now=NOW + LATER, today=TODAY + LATER)
    with store.read() as connection:
        assert connection.execute(
            select(grid.c.label).where(grid.c.plan_id == plan_in_force(store))
        ).scalars().all() == [None] * len(now)


def test_a_merger_is_taken_back_in_one_step_also_days_later(store, planner):
    before, stood = (
        [grids(store, name) for name in (OWN, OTHER)],
        standing(store, TODAY + timedelta(days=3), OWN, OTHER),
    )
    members = member_villages(store)
    merge(store, planner)
    (row,) = use.mergers(store, village_id(store))
    now = NOW + timedelta(days=3)
    with store.write() as connection:
        home = connection.execute(select(household.c.id).where(household.c.code == f"{OTHER}0002")).scalar_one()
        day = TODAY + timedelta(days=1)
        met = Visit("meanwhile", home, member_id(store, f"{OTHER}-M1"), day, "met", "door", "told")
        visits.add(connection, [met], Entry(None, NOW + timedelta(days=2)))
    assert use.undo(store, planner, row["id"], now=now, today=now.date()) == 0
    assert [grids(store, name) for name in (OWN, OTHER)] == before
    assert member_villages(store) == members
    after = standing(store, now.date(), OWN, OTHER)
    assert after.pop(home)[2] == day and stood.pop(home) and after == stood
    assert miscounted(store) == {}
    with pytest.raises(InputRefused):
        use.undo(store, planner, row["id"], now=now, today=now.date())


def member_villages(store):
    with store.read() as connection:
        return dict(connection.execute(select(member.c.id, member.c.village_id)).all())


def test_villages_with_open_drafts_are_not_merged(store, planner):
    draft_like(store, OTHER)
    with pytest.raises(InputRefused, match="again"):
        merge(store, planner)
