"""States of households: away until a day, unoccupied, no visits wanted, and who is not shown which."""

from datetime import date, timedelta

import pytest
from databases import ON_BOTH
from gridplan_web.clock import ZoneInfo
from sample_drafts import household_id
from service import NOW, OTHER, OWN
from sqlalchemy import select

from gridplan.contact.calendar import after_spring_festival, months_later
from gridplan.contact.status import status
from gridplan.errors import InputRefused
from gridplan.service.contact import states
from gridplan.service.contact.states import StateForm
from gridplan.service.registry.form import FormFields
from gridplan.store import Who
from gridplan.store.contact.records import grid_contacts
from gridplan.store.contact.states import holding
from gridplan.store.tables import audit, household_state

TODAY = NOW.date()
CLERK = Who(None, "clerk")
ZONE = ZoneInfo("Asia/Shanghai")
BACK = TODAY + timedelta(days=90)
AWAY, BACK_AGAIN = StateForm("away", BACK, ends=False), StateForm("away", None, ends=True)
REFUSES = StateForm("no visits wanted", None, ends=False)


@pytest.fixture
def home(service):
    return household_id(service.store, f"{OWN}0000")


def save(service, home, form, days=0):
    now = NOW + timedelta(days=days)
    states.save_state(service.store, CLERK, home, form, now=now, today=now.date())


def status_on(service, home, day):
    with service.store.read() as connection:
        (record,) = (
            one.record for grid in grid_contacts(connection, day, ZONE) for one in grid.households if one.id == home
        )
    return status(record, day), record.state(day)


def test_a_household_is_away_until_a_day_and_back_when_somebody_says_so(service, home):
    save(service, home, AWAY)
    save(service, home, BACK_AGAIN, days=3)
    save(service, home, StateForm("unoccupied", None, ends=False), days=5)
    with service.store.read() as connection:
        rows = connection.execute(select(household_state).order_by(household_state.c.id)).mappings().all()
        found = {day: set(holding(connection, home, TODAY + timedelta(days=day))) for day in (0, 2, 3, 5)}
    assert [(row["kind"], row["from_day"], row["until_day"]) for row in rows] == [
        ("away", TODAY, TODAY + timedelta(days=3)),
        ("unoccupied", TODAY + timedelta(days=5), None),
    ]
    assert found == {0: {"away"}, 2: {"away"}, 3: set(), 5: {"unoccupied"}}


def test_what_is_set_and_ended_on_one_day_never_was(service, home):
    save(service, home, AWAY)
    save(service, home, StateForm("unoccupied", None, ends=False))
    save(service, home, StateForm("unoccupied", None, ends=True))
    with service.store.read() as connection:
        assert connection.execute(select(household_state)).all() == []


@ON_BOTH
def test_a_refusal_stays_whatever_else_is_set_and_nothing_above_the_lead_tells_it(service, home):
    client = service.client("planner")
    pages = [f"/households/{home}", "/desk/absences"]
    before = [client.get(page).text for page in pages]
    save(service, home, REFUSES)
    assert [client.get(page).text for page in pages] == before
    save(service, home, AWAY)
    save(service, home, BACK_AGAIN)
    with service.store.read() as connection:
        assert set(holding(connection, home, TODAY)) == {"no visits wanted"}
        kept = select(audit.c.object_id, audit.c.detail).where(audit.c.verb == "set state")
        assert connection.execute(kept).all() == [(None, {})] * 3
    save(service, home, StateForm("no visits wanted", None, ends=True))
    assert [client.get(page).text for page in pages] == before
    assert "Households that want no visits: fewer than 5." in before[1]


def test_the_desk_records_a_state_and_of_a_refusal_only_that_it_was(service, home):
    client = service.client("clerk")
    csrf = service.csrf(client)
    answer = client.post(
        f"/desk/households/{home}/state", data={"csrf": csrf, "kind": "away", "until": BACK.isoformat()}
    )
    page = client.get(answer.location).text
    assert "Recorded." in page
    assert "Away until" in page
    refused = client.post(
        f"/desk/households/{home}/state", data={"csrf": csrf, "kind": "away", "until": TODAY.isoformat()}
    )
    assert (refused.status_code, "Say until when" in refused.text) == (422, True)
    theirs = household_id(service.store, f"{OTHER}0000")
    data = {"csrf": csrf, "kind": "unoccupied"}
    assert client.post(f"/desk/households/{theirs}/state", data=data).status_code == 404


def test_how_many_want_no_visits_is_told_as_a_band():
    assert [states.about(n).say() for n in (0, 4, 5, 9, 10, 27)] == [
        *(["fewer than 5"] * 2),
        *(["5 to 9"] * 2),
        "10 to 19",
        "20 to 29",
    ]


@pytest.mark.parametrize("until", ["", "2026-11-16", "2040-01-01", "soon"])
def test_who_is_away_is_so_until_a_day_to_come(until):
    with pytest.raises(InputRefused):
        states.parse_state(FormFields({"kind": "away", "until": until}), TODAY)


def test_the_days_that_are_offered():
    assert after_spring_festival(date(2026, 11, 16)) == date(2027, 2, 21)
    assert after_spring_festival(date(2027, 2, 21)) == date(2028, 2, 10)
    assert after_spring_festival(date(2060, 1, 1)) == date(2061, 3, 7)
    assert [months_later(date(2027, 8, 31), n) for n in (3, 6)] == [date(2027, 11, 30), date(2028, 2, 29)]
