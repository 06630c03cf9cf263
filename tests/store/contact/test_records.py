"""The contact records of the households of grids on a day: as it was then, with all that is known by now."""

from collections import Counter, defaultdict
from datetime import timedelta
from random import Random

import pytest
from databases import ON_BOTH
from service import NOW
from sqlalchemy import select
from two_villages import START, ZONE, later, noon, put, put_plan, put_villages

from gridplan.contact.amendments import Amendment
from gridplan.contact.calendar import Week
from gridplan.contact.figures import Window
from gridplan.contact.status import status
from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit
from gridplan.store import tables
from gridplan.store.contact import visits
from gridplan.store.contact.coverage import contacts_of_grids
from gridplan.store.contact.covers import in_charge
from gridplan.store.contact.records import grid_contacts, paused, plans_with_starts
from gridplan.store.contact.visits import Entry

ENTRY = Entry(None, NOW)


@pytest.fixture(params=["sqlite"])
def databases(request):
    """Return databases in files, unless a test is marked with `ON_BOTH`."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def town(tmp_path, databases):
    """Return a store with two villages, whose households 1 to 4 and 5 to 8 are in two grids each since the start."""
    with databases.copy("empty", tmp_path) as store:
        with store.write() as connection:
            put_villages(connection)
        yield store


def change(connection, table, id_, **values):
    connection.execute(table.update().where(table.c.id == id_).values(**values))


def met(connection, home, day, **others):
    id_ = f"{home} on {day}"
    visits.add(connection, [Visit(id_, home, 1, day, "met", "door", "sheet", **others)], ENTRY)
    return id_


def on(connection, day):
    """Return the households of each grid on a day, each with how it stands."""
    days = paused(connection)
    return {
        (grid.village_id, grid.number): {
            home.id: status(home.record, day, days.get(grid.village_id, days[None])) for home in grid.households
        }
        for grid in grid_contacts(connection, day, ZONE)
    }


def starts_on(connection, day):
    """Return how many households of each grid are visited since which day."""
    with_starts = plans_with_starts(connection, [day - timedelta(40), day], ZONE)[day]
    return {
        (village_id, number): Counter(starts)
        for village_id, of in with_starts.items()
        for number, starts in of.grids.items()
    }


def contacts_in(connection, window):
    """Return how many contacts of a window each grid had, of those that had some."""
    return {of: some.contacts for of, some in contacts_of_grids(connection, window, ZONE).items()}


def standing(connection, home, *days):
    """Return how a household stands on days, None where it is in no grid."""
    return [
        next((inside[home] for inside in on(connection, later(day)).values() if home in inside), None) for day in days
    ]


# ---- cases worked by hand


def test_the_first_round_goes_by_the_visiting_order_and_without_one_by_code(town):
    with town.read() as connection:
        first, second = (grid for grid in grid_contacts(connection, later(20), ZONE) if grid.village_id == 1)
        assert [(home.id, home.place, home.record.turn) for home in first.households] == [(2, 1, 0), (1, 2, 14)]
        assert [home.id for home in second.households] == [3, 4]
        assert standing(connection, 1, -1, 0, 13, 14, 41, 42) == [
            "not started", "waiting", "waiting", "due", "due", "overdue",
        ]  # fmt: skip


@ON_BOTH
def test_grids_looked_up_alone_are_as_they_are_among_all_with_the_leads_own_homes(town):
    with town.write() as connection:
        change(connection, tables.household, 2, name="Lead　1")
        put(connection, tables.household_state, household_id=3, kind="unoccupied", from_day=START)
        for namesake, own in (("somebody else", [2]), ("lead 1", [])):
            change(connection, tables.household, 4, name=namesake)  # in the other grid of the village
            every = grid_contacts(connection, later(20), ZONE)
            assert [home.id for grid in every for home in grid.households if home.record.own] == own
            for grid in every:
                assert grid_contacts(connection, later(20), ZONE, only=[(grid.plan_id, grid.number)]) == [grid]


def test_a_household_that_changed_grid_in_mid_week_has_its_contact_in_the_grid_of_that_day(town):
    with town.write() as connection:
        met(connection, 1, later(4))  # Monday
        change(connection, tables.plan, 1, state="archived", archived_at=noon(later(6)))
        put_plan(connection, 3, 1, later(6), None, {1: 2, 2: 1, 3: 2, 4: 2})
        week = Window.of_week(Week.of(later(4)))
        assert contacts_in(connection, week) == {(1, 1): 1}
        assert [number for (_, number), inside in on(connection, later(5)).items() if 1 in inside] == [1]
        assert [number for (_, number), inside in on(connection, later(6)).items() if 1 in inside] == [2]
        assert standing(connection, 1, 5, 6, 31, 32) == ["current", "current", "current", "due"]
        met(connection, 1, later(6))  # on the day of the redraw: the grid that it is in at its end
        assert contacts_in(connection, week) == {(1, 1): 1, (1, 2): 1}


def test_a_backdated_visit_is_known_on_the_days_since_it_was_made(town):
    with town.write() as connection:
        assert standing(connection, 2, 40) == ["overdue"]
        met(connection, 2, later(10))
        assert standing(connection, 2, 9, 10, 37, 38, 40) == ["due", "current", "current", "due", "due"]


def test_a_withdrawn_visit_is_known_on_no_day(town):
    with town.write() as connection:
        id_ = met(connection, 2, later(10))
        visits.amend(connection, [Amendment("x", id_, "withdraw", {})], ENTRY)
        assert standing(connection, 2, 10) == ["due"]


def test_cadences_hold_from_their_days_the_nearest_to_the_household_first(town):
    with town.write() as connection:
        for values in (
            {"days": 14, "from_day": later(10)},
            {"days": 7, "grace": 3, "from_day": later(20), "village_id": 1},
            {"days": 21, "from_day": later(20), "village_id": 1, "number": 1},
            {"days": 60, "from_day": later(30), "household_id": 2},
        ):
            put(connection, tables.cadence, subject="household", **values)
        put(connection, tables.cadence, subject="grid", days=14, from_day=later(5), village_id=1, number=2)

        def cadences(home):
            found = []
            for day in (9, 10, 19, 20, 29, 30):
                grids = grid_contacts(connection, later(day), ZONE)
                (record,) = (one.record for grid in grids for one in grid.households if one.id == home)
                found.append(record.cadence.days)
            return found

        assert cadences(2) == [28, 14, 14, 21, 21, 60]
        assert cadences(3) == [28, 14, 14, 7, 7, 7]
        assert cadences(5) == [28, 14, 14, 14, 14, 14]
        weekly = [
            {(grid.village_id, grid.number): grid.cadence_days for grid in grid_contacts(connection, later(day), ZONE)}
            for day in (4, 5)
        ]
        assert [of[1, 2] for of in weekly] == [7, 14]
        assert {of[1, 1] for of in weekly} == {7}


def test_a_household_that_was_retired_and_came_back_is_in_the_figures_of_its_days(town):
    with town.write() as connection:
        met(connection, 2, later(1))
        put(connection, tables.residence, household_id=2, village_id=1, from_day=None, until_day=later(10))
        change(connection, tables.household, 2, first_day=later(40))
        assert standing(connection, 2, 9, 10, 39, 40, 67, 68) == ["current", None, None, "due", "due", "overdue"]


def test_a_household_that_moved_to_another_village_was_where_it_was(town):
    with town.write() as connection:
        put(connection, tables.residence, household_id=2, village_id=1, from_day=None, until_day=later(10))
        change(connection, tables.household, 2, first_day=later(10), village_id=2)
        put(connection, tables.membership, plan_id=2, household_id=2, number=1)
        there = [[key for key, inside in on(connection, later(day)).items() if 2 in inside] for day in (9, 10)]
        assert there == [[(1, 1)], [(2, 1)]]


def test_a_household_that_is_retired_stays_in_the_days_before(town):
    with town.write() as connection:
        change(connection, tables.household, 2, retired_on=later(30))
        assert standing(connection, 2, 29, 30) == ["overdue", None]


def test_of_two_that_are_one_there_is_one_and_a_split_off_begins_as_never(town):
    with town.write() as connection:
        met(connection, 1, later(1))
        put(connection, tables.household_change, old_id=1, new_id=2, kind="merged", day=later(5))
        visits.recount_households(connection, [2])
        assert standing(connection, 1, 2) == [None]
        assert standing(connection, 2, 0, 1, 28, 29) == ["due", "current", "current", "due"]
        put(connection, tables.household_change, old_id=3, new_id=4, kind="split", day=later(12))
        met(connection, 3, later(2))
        change(connection, tables.household, 4, first_day=later(12))
        assert standing(connection, 3, 12) == ["current"]
        assert standing(connection, 4, 11, 12, 39, 40) == [None, "due", "due", "overdue"]


def test_the_own_household_is_the_only_one_of_the_name_that_lives_there_on_the_day(town):
    with town.write() as connection:
        change(connection, tables.household, 2, name="Lead 1")
        assert standing(connection, 2, 5) == ["own"]
        change(connection, tables.household, 4, name="lead 1", first_day=later(10))
        assert standing(connection, 2, 9, 10) == ["own", "due"]
        change(connection, tables.assignment, 1, until=later(5))
        assert standing(connection, 2, 4, 5) == ["own", "due"]


def test_pauses_of_town_and_village_are_one_where_they_meet(town):
    with town.write() as connection:
        for village_id, first, last in ((None, 10, 14), (1, 13, 16)):
            days = {"first_day": later(first), "last_day": later(last)}
            put(connection, tables.pause, village_id=village_id, kind="festival", **days)
        met(connection, 2, later(0))
        met(connection, 5, later(0))
        assert standing(connection, 2, 34, 35) == ["current", "due"]
        assert standing(connection, 5, 32, 33) == ["current", "due"]


def test_who_calls_while_a_member_is_on_leave(town):
    with town.write() as connection:
        days = {"first_day": later(5), "last_day": later(7)}
        put(connection, tables.cover, member_id=1, by_member_id=2, village_id=1, **days)
        callers = [in_charge(connection, later(day), [1, 2])[1, 1].all for day in (4, 5, 7, 8)]
        assert callers == [(1,), (1, 2), (1, 2), (1,)]
        assert in_charge(connection, later(5), [2])[2, 1].all == (1,)
        home, day = 2, later(6)
        for member_id in (1, 2):  # both come on one day
            visits.add(connection, [Visit(f"by {member_id}", home, member_id, day, "met", "door", "told")], ENTRY)
        assert contacts_in(connection, Window(day, day)) == {(1, 1): 1}


# ---- recomputed from the stored rows by other code


class RandomTown:
    """Puts a town of two villages into a store, with all that may happen to its households."""

    homes = range(1, 11)

    def __init__(self, connection, rng):
        self.connection, self.rng = connection, rng
        for village_id in (1, 2):
            start = rng.choice([None, START, START, later(9)])
            put(connection, tables.village, id=village_id, name=f"v{village_id}", start_day=start)
        for member_id in (1, 2, 3):
            name = rng.choice(["王秀英", "home 3", "home 5"])
            put(connection, tables.member, id=member_id, code=f"M{member_id}", name=name, ties=[])
        for home in self.homes:
            self.household(home)
        for village_id, plan_ids in ((1, (1, 2)), (2, (3, 4))):
            self.plans(village_id, *plan_ids)
        self.cadences_and_pauses()
        self.visits()

    def some_day(self, first=-5, last=60):
        return later(self.rng.randint(first, last))

    def household(self, home):
        rng = self.rng
        first = self.some_day() if rng.random() < 0.3 else None
        until = (first or START) + timedelta(rng.randint(1, 40)) if rng.random() < 0.2 else None
        days = {"first_day": first, "retired_on": until}
        name, village_id = rng.choice(["王秀英", f"home {home}"]), rng.choice([1, 2])
        row = {"id": home, "code": f"H{home:02}", "village_id": village_id, "position": "hamlet", "name": name}
        put(self.connection, tables.household, **row, **days)
        if first and rng.random() < 0.7:
            left = first - timedelta(rng.randint(0, 15))
            past = {"village_id": rng.choice([1, 2]), "from_day": rng.choice([None, left - timedelta(9)])}
            put(self.connection, tables.residence, household_id=home, until_day=left, **past)
        for _ in range(rng.choice([0, 0, 1, 2])):
            since, kind = self.some_day(), rng.choice(["away", "unoccupied", "no visits wanted"])
            until = rng.choice([None, since + timedelta(rng.randint(1, 30))])
            put(self.connection, tables.household_state, household_id=home, kind=kind, from_day=since, until_day=until)

    def plans(self, village_id, first, second):
        rng, redrawn = self.rng, self.some_day(5, 30)
        for plan_id, since, until in ((first, later(-2), redrawn), (second, redrawn, None)):
            numbers = {home: rng.choice([1, 2, 3, None]) for home in self.homes if rng.random() < 0.8}
            places = {home: rng.choice([None, rng.randint(1, 9)]) for home in self.homes}
            put_plan(self.connection, plan_id, village_id, since, until, numbers, places)

    def cadences_and_pauses(self):
        rng = self.rng
        of = [{}, {"village_id": 1}, {"village_id": 1, "number": 1}, {"household_id": rng.choice(self.homes)}]
        for _ in range(rng.randint(0, 4)):
            days = {"days": rng.choice([7, 14, 60, None]), "grace": rng.choice([None, 3]), "from_day": self.some_day()}
            put(self.connection, tables.cadence, subject="household", **rng.choice(of), **days)
        for _ in range(rng.randint(0, 3)):
            first = self.some_day()
            days = {"first_day": first, "last_day": first + timedelta(rng.randint(0, 9))}
            put(self.connection, tables.pause, village_id=rng.choice([None, 1, 2]), kind="other", **days)

    def visits(self):
        rng = self.rng
        for old, new in ((9, 8), (8, 4)):
            if rng.random() < 0.3:
                put(self.connection, tables.household_change, old_id=old, new_id=new, kind="merged", day=START)
        for n in range(40):
            outcome, channel = rng.choice([*OUTCOMES, "met", "met"]), rng.choice(CHANNELS)
            home, who, is_tick = rng.choice(self.homes), rng.choice([1, 2]), rng.random() < 0.3
            one = Visit(f"v{n}", home, who, self.some_day(), outcome, channel, "sheet", is_tick)
            visits.add(self.connection, [one], ENTRY)
            if rng.random() < 0.2:
                of = f"v{rng.randint(0, n)}"
                amendment = Amendment(f"x{n}", of, rng.choice(["withdraw", "dispute"]), {})
                visits.amend(self.connection, [amendment], ENTRY)


class Recomputed:
    """The figures of a day by plain loops over all rows, whatever the modules of gridplan say."""

    def __init__(self, connection, day):
        self.day = day
        for table in tables.metadata.sorted_tables:
            setattr(self, table.name, connection.execute(select(table)).mappings().all())
        self.into = {row["old_id"]: row["new_id"] for row in self.household_change if row["kind"] == "merged"}
        self.contacts = self._contacts()

    def final(self, home):
        while home in self.into:
            home = self.into[home]
        return home

    def _contacts(self):
        by_week = defaultdict(list)
        for row in self.visit:
            if (row["outcome"], row["state"]) == ("met", "standing"):
                by_week[self.final(row["household_id"]), row["day"].isocalendar()[:2]].append(row)
        days = set()
        for (home, _), rows in by_week.items():
            exact = {row["day"] for row in rows if not row["week_only"]}
            if exact:
                days |= {(home, day) for day in exact}
            else:
                channel = min(("door", "elsewhere", "phone").index(row["channel"]) for row in rows)
                best = [row for row in rows if row["channel"] == ("door", "elsewhere", "phone")[channel]]
                days.add((home, sorted(best, key=lambda row: row["id"])[0]["day"]))
        return days

    def plan_on(self, village_id, day):
        found = None
        first = min(row["revision"] for row in self.plan if row["village_id"] == village_id)
        for row in self.plan:
            begun = row["revision"] == first or row["published_at"].astimezone(ZONE).date() <= day
            over = row["archived_at"] is not None and row["archived_at"].astimezone(ZONE).date() <= day
            if row["village_id"] == village_id and begun and not over:
                found = row["id"]
        return found

    def since(self, home, village_id, day):
        """Return whether a household lived in a village on a day, and since when."""
        for row in self.residence:
            began = row["from_day"] is None or row["from_day"] <= day
            if row["household_id"] == home["id"] and began and day < row["until_day"]:
                return row["village_id"] == village_id, row["from_day"]
        began = home["first_day"] is None or home["first_day"] <= day
        ended = home["retired_on"] is not None and home["retired_on"] <= day
        return began and not ended and home["village_id"] == village_id, home["first_day"]

    def is_pause(self, village_id, day):
        return any(
            row["first_day"] <= day <= row["last_day"] and row["village_id"] in (None, village_id) for row in self.pause
        )

    def after(self, village_id, since, days):
        day = since
        while days > 0 or self.is_pause(village_id, day):
            day += timedelta(1)
            if not self.is_pause(village_id, day):
                days -= 1
        return day

    def cadence_of(self, home, village_id, number):
        for of in ((None, None, home), (village_id, number, None), (village_id, None, None), (None, None, None)):
            rows = [
                row
                for row in self.cadence
                if (row["village_id"], row["number"], row["household_id"]) == of and row["from_day"] <= self.day
            ]
            if rows:
                last = sorted(rows, key=lambda row: (row["from_day"], row["id"]))[-1]
                if last["days"] is not None:  # again as what stands above
                    return last["days"], last["days"] if last["grace"] is None else last["grace"]
        return 28, 28

    def grids(self):
        """Return how each household of each grid stands, in visiting order."""
        found = {}
        for village in self.village:
            plan_id = self.plan_on(village["id"], self.day)
            there = []
            for row in self.membership:
                (home,) = (home for home in self.household if home["id"] == row["household_id"])
                lives, since = self.since(home, village["id"], self.day)
                if row["plan_id"] == plan_id and lives and home["id"] not in self.into:
                    there.append((row, home, since))
            for number in sorted({row["number"] for row, _, _ in there if row["number"]}):
                inside = [one for one in there if one[0]["number"] == number]
                inside.sort(key=lambda one: (one[0]["place"] is None, one[0]["place"] or 0, one[1]["code"]))
                found[village["id"], number] = [
                    (home["id"], self.stands(village, number, there, home, since, at, len(inside)))
                    for at, (_, home, since) in enumerate(inside)
                ]
        return found

    def stands(self, village, number, there, home, since, at, size):
        start, day, id_ = village["start_day"], self.day, village["id"]
        days, grace = self.cadence_of(home["id"], id_, number)
        is_new = start is not None and since is not None and since > start
        start, turn = (since, 0) if is_new else (start, at * days // size)
        if start is None or day < start:
            return "not started"
        namesakes = [other["id"] for _, other, _ in there if other["name"] == home["name"]]
        for lead in self.assignment:
            ended = lead["until"] is not None and lead["until"] <= day
            (member,) = (one for one in self.member if one["id"] == lead["member_id"])
            leads_it = (lead["plan_id"], lead["number"]) == (self.plan_on(id_, day), number) and lead["since"] <= day
            if leads_it and not ended and member["name"] == home["name"] and namesakes == [home["id"]]:
                return "own"
        states = [row for row in self.household_state if row["household_id"] == home["id"] and row["from_day"] <= day]
        states.sort(key=lambda row: row["from_day"])
        holding = [row for row in states if row["until_day"] is None or day < row["until_day"]]
        if "no visits wanted" in {row["kind"] for row in holding}:
            return "no visits wanted"
        if holding:
            return next(row["kind"] for row in holding if row["from_day"] == holding[-1]["from_day"])
        reached = [on for of, on in self.contacts if of == home["id"] and on <= day]
        due = [self.after(id_, max(reached), days)] if reached else []
        if not reached or max(reached) < start:
            due.append(self.after(id_, start, turn))
        since = max(reached) if reached else start
        due += [row["until_day"] for row in states if row["until_day"] and row["until_day"] > since]
        falls_due = self.after(id_, max(due), 0)
        overdue = max(self.after(id_, falls_due, grace), self.after(id_, start, days))
        if day < falls_due:
            return "current" if reached else "waiting"
        return "due" if day < overdue else "overdue"

    def contacts_in(self, window):
        found = defaultdict(int)
        for home, day in self.contacts:
            for village in self.village:
                plan_id = self.plan_on(village["id"], day)
                for row in self.membership:
                    if (row["plan_id"], row["household_id"]) == (plan_id, home) and row["number"] and window.holds(day):
                        found[village["id"], row["number"]] += 1
        return dict(found)


@pytest.mark.slow
@ON_BOTH
def test_figures_of_any_day_are_what_other_code_makes_of_the_stored_rows(store):
    for seed in range(8 if store.dialect == "sqlite" else 2):
        rng = Random(seed)
        with store.write() as connection, connection.begin_nested() as undone:
            RandomTown(connection, rng)
            for day in map(later, rng.sample(range(-3, 60), 5)):
                recomputed, days = Recomputed(connection, day), paused(connection)
                grids = grid_contacts(connection, day, ZONE)
                found = {
                    (grid.village_id, grid.number): [
                        (home.id, status(home.record, day, days.get(grid.village_id, days[None])))
                        for home in grid.households
                    ]
                    for grid in grids
                }
                assert found == recomputed.grids(), (seed, day)
                counted = {
                    (grid.village_id, grid.number): Counter(
                        one.record.start for one in grid.households if one.record.start
                    )
                    for grid in grids
                }
                assert starts_on(connection, day) == counted, (seed, day)
                week = Window.of_week(Week.of(day))
                assert contacts_in(connection, week) == recomputed.contacts_in(week), (seed, day)
            undone.rollback()
