"""The needs of the demo town are followed up as the rules have it, to every end that there is, and some stay open."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gridplan.contact.visits import Visit
from gridplan.demo.needs import asked, course
from gridplan.demo.span import Span
from gridplan.needs import ASKED, NEED_STATES, check_step, standing
from gridplan.store.contact.history import PastVisit

NOW = datetime(2027, 1, 6, 4, 0, tzinfo=UTC)
SPAN = Span(None, NOW, ZoneInfo("Asia/Shanghai"))
RAISED = date(2026, 9, 1)


def test_every_step_may_follow_on_those_before_it_and_needs_come_to_every_end():
    ends = Counter()
    for n in range(300):
        every = list(course(f"need {n}", RAISED, {"id": 1, "name": "陈静"}, SPAN))
        steps = [step for step, _ in every]
        for place, step in enumerate(steps[1:], start=1):
            check_step(steps[:place], step, today=NOW.date())
        moments = [later for _, later in every]
        assert moments == sorted(moments)
        assert all(RAISED + timedelta(days=later.days) == step.day for step, later in every)
        assert len({step.id for step in steps}) == len(steps)
        referred = [step.content.keys() for step in steps if step.kind == "referred"]
        assert all(said == {*ASKED["referred"], "with_door"} for said in referred)
        ends[standing(steps).state] += 1
    assert set(ends) == set(NEED_STATES)
    assert ends["solved on the spot"] > 100 > ends["open"]


def test_a_need_is_raised_at_a_contact():
    visits = [
        PastVisit(Visit(f"v{n}", n, 1, RAISED, "met" if n % 2 else "not home", "door", "sheet"), NOW)
        for n in range(4000)
    ]
    found = list(asked(visits, SPAN))
    assert 5 < len(found) < 30
    assert all(one.at.visit.is_met for one in found)
    assert list(asked(visits, SPAN)) == found
