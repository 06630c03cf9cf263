"""Weeks of grids are what the stored visits make them, and keep what they were when they settled."""

from collections import defaultdict
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select
from two_villages import ZONE, later, noon, put_plan, put_villages

from gridplan.contact.amendments import Amendment
from gridplan.contact.calendar import Week
from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit
from gridplan.store import tables
from gridplan.store.contact import corrections, visits, weeks
from gridplan.store.contact.merges import merged_into
from gridplan.store.contact.visits import Entry
from gridplan.store.database import COMMAND_LINE
from gridplan.store.plans import plans
from gridplan.store.system.retention import finish_weeks, old_rows
from gridplan.store.tables import grid_week

MONDAY = later(4)
WEEK = Week.of(MONDAY)


@pytest.fixture
def town(tmp_path, sqlite):
    """Return a store with two villages, whose households 1 to 4 and 5 to 8 are in two grids each."""
    with sqlite.copy("empty", tmp_path) as store:
        with store.write() as connection:
            put_villages(connection)
        yield store


def met(connection, home, day, received, id_=None):
    one = Visit(id_ or f"{home} on {day}", home, 1, day, "met", "door", "sheet")
    visits.add(connection, [one], Entry(None, noon(received)))


def stored(connection):
    """Return contacts and households of each grid and week, and what they were when it settled, if they changed."""
    return {
        (row.village_id, row.week, row.number): (
            (row.contacts, row.contacted),
            (row.settled_contacts, row.settled_contacted) if row.settled_contacts is not None else None,
        )
        for row in connection.execute(select(grid_week))
    }


def test_what_comes_in_after_a_week_settled_is_told_from_what_was_there(town):
    wednesday = WEEK.sunday + timedelta(3)
    with town.write() as connection:
        met(connection, 1, MONDAY, MONDAY)
        met(connection, 2, MONDAY, wednesday)
        of = 1, WEEK.key, 1
        assert stored(connection) == {of: ((2, 2), None)}
        met(connection, 2, MONDAY + timedelta(1), wednesday + timedelta(1))
        assert stored(connection) == {of: ((3, 2), (2, 2))}
        met(connection, 3, MONDAY, wednesday + timedelta(9))
        assert stored(connection) == {of: ((3, 2), (2, 2)), (1, WEEK.key, 2): ((1, 1), (0, 0))}
        undo = [Amendment(f"x{n}", id_, "withdraw", {}) for n, id_ in enumerate([f"3 on {MONDAY}", f"1 on {MONDAY}"])]
        visits.amend(connection, undo, Entry(None, noon(wednesday + timedelta(10))))
        assert stored(connection) == {of: ((2, 1), (2, 2))}


def test_weeks_whose_visits_were_removed_stay_as_they_were(town):
    with town.write() as connection:
        met(connection, 1, MONDAY, MONDAY)
        met(connection, 1, MONDAY + timedelta(7), MONDAY + timedelta(7))
        before, first = stored(connection), WEEK.shift(1)
        for statement in (finish_weeks(first), *old_rows(first, noon(first.monday))):
            connection.execute(statement)
        met(connection, 2, MONDAY, MONDAY + timedelta(800))
        weeks.recount_villages(connection, None)
        assert stored(connection) == before
        assert weeks.miscounted(connection) == (2, {})


class Story:
    """What happens in a town in random order, on later and later days."""

    def __init__(self, connection, rng):
        self.connection, self.rng, self.day = connection, rng, later(30)
        self.visits = self.plans = 0
        self.settled = {}
        """What each grid had in a week when the first change after its settling came."""

    def go_on(self):
        """Let something happen, and check all weeks."""
        self.day += timedelta(self.rng.choice([0, 0, 1, 2, 5]))
        before = stored(self.connection)
        is_first_plan = self.rng.choice(
            [self.add, self.add, self.add, self.amend, self.merge, self.unmerge, self.redraw]
        )()
        now = stored(self.connection)
        for of in before.keys() | now.keys():
            was, is_ = before.get(of, ((0, 0), None))[0], now.get(of, ((0, 0), None))[0]
            is_over = self.day > Week.parse(of[1]).sunday + timedelta(3)
            if was != is_ and is_over and not (is_first_plan and of[0] == 2):
                self.settled.setdefault(of, was)
        told = {of: counts for of, (counts, _) in now.items() if counts != (0, 0)}
        assert told == recomputed(self.connection)
        assert {of: settled for of, (_, settled) in now.items() if settled} == {
            of: was for of, was in self.settled.items() if was != now.get(of, ((0, 0), None))[0]
        }
        assert weeks.miscounted(self.connection)[1] == {}

    @property
    def entry(self):
        return Entry(None, noon(self.day))

    def add(self):
        rng = self.rng
        on, outcome = self.day - timedelta(rng.randint(0, 30)), rng.choice([*OUTCOMES, "met", "met", "met"])
        one = Visit(
            f"v{self.visits}", rng.randint(1, 8), 1, on, outcome, rng.choice(CHANNELS), "sheet", rng.random() < 0.3
        )
        visits.add(self.connection, [one], self.entry)
        self.visits += 1

    def amend(self):
        rng = self.rng
        if self.visits:
            kind, after = rng.choice(
                [
                    ("withdraw", {}),
                    ("uphold", {}),
                    ("outcome", {"outcome": rng.choice(OUTCOMES)}),
                    ("day", {"day": self.day - timedelta(rng.randint(0, 30)), "week_only": False}),
                    ("household", {"household": rng.randint(1, 8)}),
                ]
            )
            one = Amendment(str(rng.random()), f"v{rng.randrange(self.visits)}", kind, after)
            visits.amend(self.connection, [one], self.entry)

    def merge(self):
        into = merged_into(self.connection)
        old, new = self.rng.sample([one for one in range(1, 9) if one not in into] or [1, 2], 2)
        if old not in into:
            corrections.merge(self.connection, old, new, self.day, at=noon(self.day))

    def unmerge(self):
        if into := merged_into(self.connection):
            corrections.unmerge(self.connection, self.rng.choice(sorted(into)), at=noon(self.day))

    def redraw(self):
        """Put a plan in force, and return whether it is the first one of the second village."""
        village_id = self.rng.choice([1, 2])
        had_none = village_id not in plans.published(self.connection)
        self.plans += 1
        numbers = {home: self.rng.choice([1, 2, 2, None]) for home in range(1, 9) if self.rng.random() < 0.7}
        drafted = {"state": "draft", "revision": None, "published_at": None}
        put_plan(self.connection, 100 + self.plans, village_id, self.day, None, numbers, **drafted)
        plans.publish(self.connection, [100 + self.plans], COMMAND_LINE, now=noon(self.day), today=self.day)
        return had_none


def recomputed(connection):
    """Return contacts and households of each grid and week by plain loops over the stored rows."""
    contacts, homes = defaultdict(int), defaultdict(set)
    memberships = connection.execute(select(tables.membership)).all()
    in_force = connection.execute(select(tables.plan).where(tables.plan.c.revision.is_not(None))).all()
    for one in connection.execute(select(tables.visit).where(tables.visit.c.contact_of.is_not(None))).all():
        for plan in in_force:
            began = plan.revision == 1 or plan.published_at.astimezone(ZONE).date() <= one.day
            over = plan.archived_at is not None and plan.archived_at.astimezone(ZONE).date() <= one.day
            for row in memberships:
                if began and not over and row.plan_id == plan.id and row.household_id == one.contact_of and row.number:
                    of = plan.village_id, Week.of(one.day).key, row.number
                    contacts[of] += 1
                    homes[of].add((plan.id, one.contact_of))
    return {of: (n, len(homes[of])) for of, n in contacts.items()}


def test_whatever_comes_in_weeks_are_what_the_stored_visits_make_them(store):
    for seed in range(6 if store.dialect == "sqlite" else 2):
        with store.write() as connection, connection.begin_nested() as undone:
            put_villages(connection)
            connection.execute(tables.plan.delete().where(tables.plan.c.village_id == 2))
            story = Story(connection, Random(seed))
            for _ in range(30):
                story.go_on()
            assert story.settled
            undone.rollback()
