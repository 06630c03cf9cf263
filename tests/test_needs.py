"""Needs as steps make them: what may follow what, what each step asks for, overdue, and the totals of real towns."""

from datetime import date, timedelta

import pytest

from gridplan.errors import Conflict, InputRefused
from gridplan.needs import (
    CLOSED,
    NEED_STATES,
    STEPS,
    NeedCounts,
    Standing,
    Step,
    check_step,
    is_overdue,
    last_to_take_back,
    need_counts,
    reminders,
    standing,
    together,
)

DAY = date(2026, 11, 16)
REFERRED = {"department": "水务站", "deadline": "2026-11-20", "contact_person": "王建国 0519", "agreed": True}
CONTENT = {
    "referred": REFERRED,
    "replied": {"reply": "下周派人"},
    "explained": {"reason": "不在规划内"},
    "reopened": {"deadline": "2026-12-01"},
    "changed": {"owner_id": 7},
}
WAY = {
    "open": [],
    "referred": ["referred"],
    "done": ["done"],
    "solved on the spot": ["solved on the spot"],
    "explained": ["explained"],
    "confirmed": ["done", "confirmed"],
}
MAY = {
    #                       raised  spot  refer remind reply explain done confirm reopen change
    "open":               "   .      x     x     .      .     x      x     .      .      x",
    "referred":           "   .      .     x     x      x     x      x     .      .      x",
    "done":               "   .      .     .     .      .     .      .     x      x      x",
    "solved on the spot": "   .      .     .     .      .     .      .     .      x      x",
    "explained":          "   .      .     .     .      .     .      .     .      x      x",
    "confirmed":          "   .      .     .     .      .     .      .     .      x      x",
}  # fmt: skip
"""Which step may follow in which state, written down by hand; the columns are `STEPS` without the last."""


def step(kind, n=0, **content):
    return Step(f"{kind} {n}", kind, DAY, CONTENT.get(kind, {}) | content)


def walked(*kinds):
    return [step("raised", deadline="2026-11-30", owner_id=1), *(step(kind, n) for n, kind in enumerate(kinds, 1))]


@pytest.mark.parametrize("state", NEED_STATES)
def test_every_state_lets_just_these_steps_follow(state):
    steps = walked(*WAY[state])
    assert standing(steps).state == state
    for kind, mark in zip(STEPS[:-1], MAY[state].split(), strict=True):
        new = step(kind, 9)
        if mark == "x":
            check_step(steps, new, today=DAY)
            closed = standing([*steps, new]).closed_day
            assert (closed is not None) == (standing([*steps, new]).state in CLOSED)
        else:
            with pytest.raises(Conflict):
                check_step(steps, new, today=DAY)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        *(("referred", name) for name in REFERRED),
        ("replied", "reply"),
        ("explained", "reason"),
        ("reopened", "deadline"),
    ],
)
def test_a_step_that_does_not_say_what_has_to_be_known_is_refused(kind, missing):
    steps = walked("referred") if kind != "reopened" else walked("done")
    check_step(steps, step(kind, 9), today=DAY)
    with pytest.raises(InputRefused):
        check_step(steps, step(kind, 9, **{missing: None}), today=DAY)


@pytest.mark.parametrize("days", [-1, 2])
def test_a_step_has_a_day_between_the_need_and_today(days):
    with pytest.raises(InputRefused):
        check_step(walked(), Step("x", "done", DAY + timedelta(days)), today=DAY + timedelta(1))


def test_only_the_last_step_is_taken_back_and_the_need_stands_as_before():
    steps = walked("referred", "changed", "done", "confirmed")
    for before in ("done", "referred", "open"):
        last = last_to_take_back(steps)
        back = step("taken back", len(steps), step=last.id)
        with pytest.raises(Conflict):
            check_step(steps, step("taken back", 0, step="raised 0"), today=DAY)
        check_step(steps, back, today=DAY)
        steps.append(back)
        assert standing(steps).state == before
    assert last_to_take_back(steps) is None
    assert standing(steps) == Standing("open", 7, date(2026, 11, 30))
    assert len(steps) == 8


def test_what_is_reopened_is_with_no_department_and_has_a_new_deadline():
    steps = walked("referred", "reminded", "reminded", "done", "reopened")
    assert standing(steps) == Standing("open", 1, date(2026, 12, 1))
    assert reminders(steps) == 2
    assert reminders([*steps, step("referred", 9)]) == 0


def test_a_need_is_overdue_from_the_day_after_its_deadline_while_somebody_has_it_in_hand():
    for state in NEED_STATES:
        assert not is_overdue(state, DAY, DAY)
        assert is_overdue(state, DAY, DAY + timedelta(1)) == (state in ("open", "referred"))


def test_the_totals_of_two_towns_come_out_of_their_needs():
    spot, department = Standing("solved on the spot"), "站"
    hezhou = need_counts([spot] * 163 + [Standing("referred", deadline=DAY, department=department)] * 79, DAY)
    assert (hezhou.raised, hezhou.on_the_spot, hezhou.referred, hezhou.in_town) == (242, 163, 79, 0)
    assert round(hezhou.closed_loop_rate, 3) == 0.674
    confirmed = [Standing("confirmed", department=department if n % 2 else None) for n in range(60)]
    rest = [Standing("open", deadline=DAY - timedelta(1))] * 4 + [Standing("done", department=department)] * 3
    spring = need_counts([spot] * 81 + confirmed + rest, DAY)
    assert (spring.raised, spring.resolved, spring.open) == (148, 141, 7)
    assert (spring.overdue, spring.waiting, round(spring.closed_loop_rate, 3)) == (4, 3, 0.953)
    both = together([hezhou, spring])
    assert (both.raised, both.raised) == (390, both.resolved + both.open)
    assert (both.on_the_spot + both.referred + both.in_town, NeedCounts().closed_loop_rate) == (390, None)


def test_what_is_explained_is_no_part_of_the_closed_loop():
    counts = need_counts([Standing("explained"), Standing("confirmed"), Standing("done")], DAY)
    assert (counts.closed_loop_rate, counts.resolved, counts.open) == (0.5, 2, 1)
