"""A simulation of clocks: when visits were made, told by phones whose clocks are wrong, drift and are set, that go
to other zones, and that lose answers. Three rules that look as good are red in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from thorough import THOROUGH

from gridplan.contact.clocks import CLOCKS, SAME, Moment, Reading, moment_of

TOWN = ZoneInfo("Asia/Shanghai")
BEGUN = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
DRIFT = 30e-6
"""How much a clock goes faster or slower at most: a quarter of an hour in a year."""
SURE = {"good", "corrected"}


@dataclass
class Phone:
    """A phone with its clock, at a time that nobody sees, and what it last heard."""

    now: datetime
    clock: datetime
    drift: float
    zone: timedelta = timedelta(hours=8)
    set: int = 0
    """How often its clock was set."""

    def __post_init__(self) -> None:
        self.hear(self.now)

    def wait(self, time: timedelta) -> None:
        self.now += time
        self.clock += time * (1 + self.drift)

    def hear(self, service: datetime) -> None:
        self.heard, self.set_before = Reading(service, self.clock), self.set

    def tap(self) -> Tap:
        return Tap(self.now, self.clock, self.heard, self.set_before, (self.clock + self.zone).date())


@dataclass(frozen=True)
class Tap:
    """A visit as it is entered: when it really was, what the phone says of it, how often its clock was set before."""

    really: datetime
    made_at: datetime
    heard: Reading
    set_before: int
    """When it heard."""
    day_on_phone: date


@dataclass(frozen=True)
class Received:
    """A visit as it comes in."""

    tap: Tap
    at: Reading
    set: int
    """How often the clock was set since the phone had heard from the service."""

    @property
    def drifted(self) -> timedelta:
        """How much a clock that nobody sets can be off since then; answers take their time too."""
        return (self.at.service - self.tap.heard.service) * DRIFT + timedelta(minutes=1)


Rule = Callable[[Received], tuple[Moment, date]]


def rule(one: Received) -> tuple[Moment, date]:
    """Return what the service makes of it."""
    moment = moment_of(one.tap.made_at, one.tap.heard, one.at, since=BEGUN)
    return moment, moment.day(TOWN)


def last_offset_alone(one: Received) -> tuple[Moment, date]:
    """Believe the offset at which it comes in."""
    heard = Reading(one.tap.heard.service, one.tap.heard.service - one.at.offset)
    return rule(replace(one, tap=replace(one.tap, heard=heard)))


def uncut(one: Received) -> tuple[Moment, date]:
    """Let it be before the last answer and after it came in."""
    moment, _ = rule(one)
    if moment.clock != "changed":
        moment = replace(moment, at=one.tap.made_at + one.at.offset)
    return moment, moment.day(TOWN)


def day_of_phone(one: Received) -> tuple[Moment, date]:
    """Take the day that the phone shows."""
    moment, _ = rule(one)
    return moment, one.tap.day_on_phone


def wrong(rule: Rule, received: list[Received]) -> set[str]:
    """Return what does not hold of what a rule makes of visits."""
    found = set()
    for one in received:
        moment, day = rule(one)
        really, error = one.tap.really, abs(moment.at - one.tap.really)
        if not one.tap.heard.service <= moment.at <= one.at.service:
            found.add("before the last answer, or after it came in")
        if day > one.at.service.astimezone(TOWN).date():
            found.add("in the future")
        if not one.set and error > one.drifted:
            found.add("wrong, though the clock was never set")
        allowed = SAME + one.drifted
        cancels = one.set > 1 and abs(one.tap.heard.offset - one.at.offset) <= SAME
        if moment.clock in SURE and error > allowed and not cancels:
            found.add("wrong, and nothing says so")
        if moment.clock in SURE and abs(moment.at - (one.tap.made_at + one.at.offset)) > SAME:
            found.add("cut, and nothing says so")
        days = {(really + by).astimezone(TOWN).date() for by in (-allowed, allowed)}
        if moment.clock in SURE and day not in days and not cancels:
            found.add("on another day, and nothing says so")
    return found


def seconds(least: float, most: float) -> st.SearchStrategy[timedelta]:
    return st.floats(least, most).map(lambda time: timedelta(seconds=round(time)))


DAY = 86_400.0
WAITS = st.one_of(seconds(0, 600), seconds(0, DAY), seconds(0, 14 * DAY))
SET_BY = st.one_of(seconds(-1200, 1200), seconds(-2 * DAY, 2 * DAY), seconds(-60 * 365 * DAY, 60 * 365 * DAY))
WAYS = seconds(0, 20)
"""How long a request or an answer is on its way."""
EVENTS = st.one_of(
    st.tuples(st.sampled_from(["tap", "set right"]), st.just(timedelta())),
    st.tuples(st.just("set"), SET_BY),
    st.tuples(st.just("zone"), st.integers(-12, 14).map(lambda hours: timedelta(hours=hours))),
    st.tuples(st.sampled_from(["send", "send, and the answer is lost", "look at the list"]), WAYS),
)


@st.composite
def stories(draw: st.DrawFn) -> list[Received]:
    """Draw what comes in from a phone in up to half a year."""
    phone = Phone(BEGUN, BEGUN + draw(SET_BY), draw(st.floats(-DRIFT, DRIFT)))
    queue: list[Tap] = []
    received: list[Received] = []
    events = draw(st.lists(st.tuples(WAITS, EVENTS), max_size=10))
    for wait, (event, amount) in [*events, (timedelta(), ("send", timedelta()))]:
        phone.wait(wait)
        if event == "tap":
            queue.append(phone.tap())
        elif event.startswith("set"):
            phone.clock = phone.now if event == "set right" else phone.clock + amount
            phone.set += 1
        elif event == "zone":
            phone.zone = amount
        else:
            sent = phone.clock
            phone.wait(amount)
            at = Reading(phone.now, sent)
            if event != "look at the list":
                received += [Received(tap, at, phone.set - tap.set_before) for tap in queue]
                queue = []
            phone.wait(amount)
            if event != "send, and the answer is lost":
                phone.hear(at.service)
    return received


@settings(deadline=None, max_examples=20_000 if THOROUGH else 300)
@given(stories())
def test_no_visit_is_misdated_in_silence_whatever_was_done_to_the_clock_of_the_phone(received):
    assert wrong(rule, received) == set()


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (last_offset_alone, "wrong, and nothing says so"),
        (uncut, "in the future"),
        (day_of_phone, "on another day, and nothing says so"),
    ],
)
def test_rules_that_look_as_good_are_red_in_the_simulation(broken, what):
    """A rule that stays green would mean that the simulation sees nothing: then nothing is found."""
    first = settings(max_examples=5000, phases=[Phase.generate])
    found = find(stories(), lambda received: what in wrong(broken, received), settings=first)
    assert what not in wrong(rule, found)


MOMENTS = st.datetimes(timezones=st.just(UTC))


@settings(deadline=None, max_examples=200)
@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=400)), st.integers(0, 30))
def test_nothing_is_refused_whatever_a_phone_says(made_at, service, phone, sent, age, days_ago):
    received = BEGUN + timedelta(days=400)
    since = received - age
    moment = moment_of(made_at, Reading(service, phone), Reading(received, sent), since=since)
    assert since <= moment.at <= received
    assert moment.clock in CLOCKS
    assert moment.day(TOWN, days_ago) <= received.astimezone(TOWN).date()


def test_a_clock_that_was_set_back_and_right_again_is_not_taken_at_its_word():
    phone = Phone(BEGUN, BEGUN, drift=0)
    phone.wait(timedelta(hours=1))
    phone.clock -= timedelta(days=2)
    tap = phone.tap()
    phone.clock += timedelta(days=2)
    phone.wait(timedelta(hours=1))
    moment = moment_of(tap.made_at, tap.heard, Reading(phone.now, phone.clock), since=BEGUN)
    assert moment == Moment(BEGUN, "uncertain")
