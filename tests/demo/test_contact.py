"""The record of contact of the demo town: the same for a moment and a seed, and the same when it is carried on."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridplan.contact.calendar import Week
from gridplan.contact.figures import Window
from gridplan.contact.sheet_number import parse_number
from gridplan.contact.status import HouseholdState
from gridplan.contact.visits import CHANNELS, OUTCOMES, contacts
from gridplan.demo.contact import DemoGrid, DemoHome, Place, begin, live
from gridplan.demo.span import Span
from gridplan.store.contact.history import Recorded

ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2027, 1, 6, 4, 0, tzinfo=UTC)
VILLAGES = tuple(range(20))
GRIDS = [
    DemoGrid(
        village_id=village,
        plan_id=village,
        number=number,
        days=Window(date(2020, 1, 1), date(2030, 1, 1)),
        homes=tuple(DemoHome((village * 100 + number) * 100 + n, is_own=n == 0) for n in range(13)),
        lead=None if number == 5 else village * 100 + number,
    )
    for village in VILLAGES
    for number in range(1, 7)
]
OWN = {home.id for grid in GRIDS for home in grid.homes if home.is_own}


def begun(today, weeks=13):
    beginning = begin(VILLAGES, today, weeks)
    return Recorded({village: start for village, _, start in beginning.villages if start}, beginning.rows["pause"])


def lived(now, recorded=None, after=None, grids=GRIDS, seed=0):
    before = recorded or begun(now.astimezone(ZONE).date())
    return live(VILLAGES, grids, before, Span(after, now, ZONE, seed))


@pytest.fixture(scope="module")
def history():
    return lived(WEDNESDAY)


def carried_on(recorded, first, grids=GRIDS):
    """Return what a town has once a record was put into it, and its grids."""
    states = defaultdict(tuple)
    for row in first.rows["household_state"]:
        states[row["household_id"]] = (HouseholdState(row["kind"], row["from_day"], row["until_day"]),)
    of_number = {sheet.number: (sheet.plan_id, sheet.grid, sheet.month) for sheet in first.sheets}
    after = replace(
        recorded,
        pauses=[*recorded.pauses, *first.rows["pause"]],
        covers=first.rows["cover"],
        numbers=frozenset(of_number),
        sheets={key: (sheet.number, sheet.households) for sheet in first.sheets for key in [of_number[sheet.number]]},
        typed=frozenset((*of_number[one.sheet][:2], one.week.key) for one in first.typed),
        called=frozenset((one.visit.household, one.visit.week) for one in first.visits),
    )
    homes = [replace(grid, homes=tuple(replace(home, states=states[home.id]) for home in grid.homes)) for grid in grids]
    return after, homes


def test_it_is_the_same_for_a_moment_and_a_seed_and_another_for_another(history):
    assert lived(WEDNESDAY) == history
    assert lived(WEDNESDAY, seed=1) != history


@pytest.mark.parametrize("days", [1, 4, 21])
def test_a_record_that_is_carried_on_is_the_one_that_would_have_been_made_at_once(days):
    before = WEDNESDAY - timedelta(days=days, hours=-3)
    recorded = begun(before.astimezone(ZONE).date())
    first, at_once = lived(before, recorded), lived(WEDNESDAY, recorded)
    then, grids = carried_on(recorded, first)
    second = lived(WEDNESDAY, then, before, grids)
    for name in ("sheets", "typed", "visits"):
        both = [*getattr(first, name), *getattr(second, name)]
        assert Counter(map(str, both)) == Counter(map(str, getattr(at_once, name)))
    for table, rows in at_once.rows.items():
        assert Counter(map(str, [*first.rows[table], *second.rows[table]])) == Counter(map(str, rows))
    assert second.visits
    assert not any(lived(before, then, before, grids).visits)


def test_what_somebody_entered_meanwhile_is_left_alone_and_no_call_doubles_it():
    before = WEDNESDAY - timedelta(days=21)
    recorded = begun(before.astimezone(ZONE).date())
    then, grids = carried_on(recorded, lived(before, recorded))
    second = lived(WEDNESDAY, then, before, grids)
    visit, week = second.visits[0].visit, second.typed[0]
    (key,) = [key for key, (number, _) in then.sheets.items() if number == week.sheet]
    called, typed = then.called | {(visit.household, visit.week)}, then.typed | {(*key[:2], week.week.key)}
    met = replace(then, called=called, typed=typed)
    again = lived(WEDNESDAY, met, before, grids)
    assert (visit.household, visit.week) not in {(one.visit.household, one.visit.week) for one in again.visits}
    assert (week.sheet, week.week) not in {(one.sheet, one.week) for one in again.typed}
    assert {one.visit.id for one in again.visits} < {one.visit.id for one in second.visits}


@pytest.mark.parametrize(
    "now", [WEDNESDAY, datetime(2026, 12, 27, 17, 0, tzinfo=UTC), datetime(2028, 3, 5, 1, 0, tzinfo=UTC)]
)
def test_no_visit_is_from_before_a_start_or_after_today_or_at_a_household_that_is_away(now):
    recorded = begun(now.astimezone(ZONE).date())
    made = lived(now, recorded)
    today = now.astimezone(ZONE).date()
    states = {row["household_id"]: row for row in made.rows["household_state"]}
    for one in made.visits:
        assert recorded.starts[one.visit.household // 10_000] <= one.visit.day <= today
        assert one.received_at <= now
        if state := states.get(one.visit.household):
            assert one.visit.day < state["from_day"] or (state["until_day"] and one.visit.day >= state["until_day"])
    assert all(typed.entered_at <= now for typed in made.typed)
    assert len({one.visit.id for one in made.visits}) == len(made.visits)
    assert len({(one.visit.household, one.visit.week) for one in made.visits}) == len(made.visits)
    assert OWN.isdisjoint(one.visit.household for one in made.visits)


def test_its_villages_have_begun_on_different_days_one_on_a_thursday_and_one_not_yet():
    days = {village: start for village, _, start in begin(VILLAGES, WEDNESDAY.date()).villages}
    assert days[Place.NOTICE_ONLY] is None
    assert days[Place.LATE].weekday() == 3
    assert len({day for day in days.values() if day}) > 10
    assert all(notice < (start or WEDNESDAY.date()) for _, notice, start in begin(VILLAGES, WEDNESDAY.date()).villages)


def test_households_are_met_about_every_four_weeks_in_all_ways_and_some_are_not(history):
    visits = [one.visit for one in history.visits]
    assert {one.outcome for one in visits} == set(OUTCOMES)
    assert {one.channel for one in visits} == set(CHANNELS)
    assert {one.source for one in visits} == {"sheet", "told", "phone"}
    of_contact = contacts(visits)
    met = {of_contact[one.id] for one in visits if one.id in of_contact and one.day > date(2027, 1, 6) - timedelta(28)}
    of_village = Counter(household // 10_000 for household in met)
    assert 0.75 < len(met) / (18 * 5 * 13) < 0.95
    assert of_village[Place.FAILING] < min(of_village[Place.ALL_IN], of_village[Place.WELL]) / 1.3


def test_visits_of_sheets_are_of_their_rows_and_weeks(history):
    by_number = {sheet.number: sheet for sheet in history.sheets}
    typed = {(one.sheet, one.week) for one in history.typed}
    assert len(by_number) == len(history.sheets)
    assert len(typed) == len(history.typed)
    for number in by_number:
        assert parse_number(number) == number
    assert all(week.month == by_number[number].month for number, week in typed)
    for one in history.visits:
        if one.sheet:
            assert one.visit.household in by_number[one.sheet].households
            assert (one.sheet, one.visit.week) in typed
            assert one.visit.week_only
    assert OWN.isdisjoint(household for sheet in history.sheets for household in sheet.households)


def test_sheets_come_in_late_or_never_and_nobody_calls_in_a_pause(history):
    last, village_of = Week.of(date(2027, 1, 6)).shift(-1), {one.number: one.village_id for one in history.sheets}
    typed = Counter(village_of[one.sheet] for one in history.typed if one.week == last)
    assert typed[Place.SHEETS_A_WEEK_LATE] == 0
    assert typed[Place.ALL_IN] == typed[Place.WELL] == 5
    assert 70 < sum(typed.values()) < 5 * 19
    late = [one for one in history.typed if one.entered_at.date() > one.week.sunday + timedelta(3)]
    assert Place.SHEETS_A_WEEK_LATE in {village_of[one.sheet] for one in late}
    festival = begun(date(2027, 1, 6)).pauses[0]
    assert not any(festival["first_day"] <= one.visit.day <= festival["last_day"] for one in history.visits)
    assert {row["kind"] for row in history.rows["household_state"]} <= {"away", "unoccupied", "no visits wanted"}
    assert any(row["first_day"] <= date(2027, 1, 6) <= row["last_day"] for row in history.rows["cover"])


def test_a_spring_festival_is_a_pause_once_it_is_near_unless_the_town_has_one_then():
    before, near = datetime(2027, 1, 18, 4, 0, tzinfo=UTC), datetime(2027, 1, 25, 4, 0, tzinfo=UTC)
    recorded = begun(before.date())
    assert not lived(before, recorded).rows["pause"]
    (pause,) = lived(near, recorded, before).rows["pause"]
    assert (pause["first_day"], pause["last_day"], pause["village_id"]) == (date(2027, 2, 5), date(2027, 2, 11), None)
    own = replace(recorded, pauses=[*recorded.pauses, pause | {"last_day": date(2027, 2, 20)}])
    assert not lived(near, own, before).rows["pause"]
    assert begun(date(2027, 3, 6)).pauses[0]["kind"] == "harvest"
