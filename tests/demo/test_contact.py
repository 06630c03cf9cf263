"""The record of contact of the demo town: the same for a moment and a seed, nothing before a start or after today."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import parse_number
from gridplan.contact.visits import CHANNELS, OUTCOMES, contacts
from gridplan.demo.contact import DemoGrid, Place, make_history

ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2027, 1, 6, 4, 0, tzinfo=UTC)
GRIDS = [
    DemoGrid(
        village_id=village,
        plan_id=village,
        number=number,
        households=tuple(range(first := (village * 100 + number) * 100, first + 13)),
        own=frozenset({first}),
        lead=None if number == 5 else village * 100 + number,
    )
    for village in range(30)
    for number in range(1, 7)
]


@pytest.fixture(scope="module")
def history():
    return make_history(GRIDS, now=WEDNESDAY, zone=ZONE)


def test_it_is_the_same_for_a_moment_and_a_seed_and_another_for_another(history):
    assert make_history(GRIDS, now=WEDNESDAY, zone=ZONE) == history
    assert make_history(GRIDS, now=WEDNESDAY, zone=ZONE, seed=1) != history


@pytest.mark.parametrize(
    "now", [WEDNESDAY, datetime(2026, 12, 27, 17, 0, tzinfo=UTC), datetime(2028, 3, 5, 1, 0, tzinfo=UTC)]
)
def test_no_visit_is_from_before_the_start_of_its_village_or_after_today(now):
    made = make_history(GRIDS, now=now, zone=ZONE)
    started = {village: start for village, _, start in made.villages}
    today = now.astimezone(ZONE).date()
    for one in made.visits:
        start = started[one.visit.household // 10_000]
        assert start <= one.visit.day <= today
        assert one.received_at <= now
    assert all(typed.entered_at <= now for sheet in made.sheets for typed in sheet.weeks)


def test_its_villages_have_begun_on_different_days_one_on_a_thursday_and_one_not_yet(history):
    days = {village: start for village, _, start in history.villages}
    assert days[Place.NOTICE_ONLY] is None
    assert days[Place.LATE].weekday() == 3
    assert len({day for day in days.values() if day}) > 10
    assert all(notice < (start or date(2027, 1, 6)) for _, notice, start in history.villages)


def test_households_are_met_about_every_four_weeks_in_all_ways_and_some_are_not(history):
    visits = [one.visit for one in history.visits]
    assert {one.outcome for one in visits} == set(OUTCOMES)
    assert {one.channel for one in visits} == set(CHANNELS)
    assert {one.source for one in visits} == {"sheet", "told", "phone"}
    of_contact = contacts(visits)
    met = {of_contact[one.id] for one in visits if one.id in of_contact and one.day > date(2027, 1, 6) - timedelta(28)}
    started = [grid for grid in GRIDS if grid.village_id != Place.NOTICE_ONLY and grid.lead]
    assert 0.7 < len(met) / sum(len(grid.households) for grid in started) < 0.95
    own = {household for grid in GRIDS for household in grid.own}
    assert own.isdisjoint(one.household for one in visits)


def test_visits_of_sheets_are_of_their_rows_and_weeks(history):
    by_number = {sheet.number: sheet for sheet in history.sheets}
    assert len(by_number) == len(history.sheets)
    for number, sheet in by_number.items():
        assert parse_number(number) == number
        assert all(typed.week.month == sheet.month for typed in sheet.weeks)
    for one in history.visits:
        if one.sheet:
            sheet = by_number[one.sheet]
            assert one.visit.household in sheet.households
            assert one.visit.week in {typed.week for typed in sheet.weeks}
            assert one.visit.week_only
    own = {household for grid in GRIDS for household in grid.own}
    assert own.isdisjoint(household for sheet in history.sheets for household in sheet.households)


def test_sheets_of_last_week_are_not_in_in_one_village_and_a_pause_a_cover_a_cadence_and_corrections_are_there(history):
    last = Week.of(date(2027, 1, 6)).shift(-1)
    typed = defaultdict(int)
    for sheet in history.sheets:
        typed[sheet.village_id] += any(week.week == last for week in sheet.weeks)
    assert typed[Place.SHEETS_OUT] == 0
    assert 0 < typed[Place.SHEETS_COMING_IN] < 6
    assert sum(typed.values()) > 100
    counts = {name: len(rows) for name, rows in history.rows.items()}
    assert counts == {
        "cadence": 1,
        "pause": 1,
        "cover": 1,
        "correction": 5,
        "household_state": counts["household_state"],
    }
    assert {row["kind"] for row in history.rows["household_state"]} == {"away", "unoccupied", "no visits wanted"}
