"""Which visits are contacts: met and standing, once a household and day, a tick only where no dated one is."""

from dataclasses import replace
from datetime import date

import pytest

from gridplan.contact.amendments import Amendment, amended
from gridplan.contact.calendar import Week
from gridplan.contact.visits import Visit, contacts, day_of_tick
from gridplan.errors import InputRefused

DAYS = {
    "Mon": date(2026, 12, 28),
    "Tue": date(2026, 12, 29),
    "Thu": date(2026, 12, 31),
    "Fri": date(2027, 1, 1),
    "Sun": date(2027, 1, 3),
    "next": date(2027, 1, 4),
}
"""Of week 53, and the Monday after."""
CASES = {
    "met": ("a 1 Mon met door", "a1"),
    "not home, declined and away are attempts": (
        "a 1 Mon not-home door | b 1 Tue declined door | c 1 Thu away door",
        "",
    ),
    "two on one day are one, that at the door": ("a 1 Mon met phone | b 1 Mon met door", "b1"),
    "met elsewhere counts before a call": ("a 1 Mon met phone | b 1 Mon met elsewhere", "b1"),
    "lead and deputy on one day are one contact": ("b 1 Mon met door by2 | a 1 Mon met door by1", "a1"),
    "an attempt and a contact on one day": ("a 1 Mon not-home door | b 1 Mon met door", "b1"),
    "two days of one week are two": ("a 1 Mon met door | b 1 Tue met door", "a1 b1"),
    "two households on one day": ("a 1 Mon met door | b 2 Mon met door", "a1 b2"),
    "a tick alone": ("a 1 Sun met door tick", "a1"),
    "ticked twice in a week is one": ("b 1 Sun met door tick | a 1 Fri met door tick", "a1"),
    "a tick is absorbed by a dated contact of its week": ("a 1 Sun met door tick | b 1 Mon met phone", "b1"),
    "over New Year too: week 53 is one week": ("a 1 Sun met door tick | b 1 Thu met door", "b1"),
    "a dated contact on the day that a tick stands for": ("a 1 Sun met door tick | b 1 Sun met door", "b1"),
    "a dated contact of the next week absorbs none": ("a 1 Sun met door tick | b 1 next met door", "a1 b1"),
    "an attempt absorbs no tick": ("a 1 Sun met door tick | b 1 Mon not-home door", "a1"),
    "a withdrawn one absorbs no tick": ("a 1 Sun met door tick | b 1 Mon met door withdrawn", "a1"),
    "withdrawn and disputed do not count": ("a 1 Mon met door withdrawn | b 1 Tue met door disputed", ""),
    "a merged household has its contacts in the other": ("a 8 Mon met door", "a9"),
    "both of two that are one on one day": ("a 8 Mon met door | b 9 Mon met door", "a9"),
    "a tick of the one, a dated contact of the other": ("a 8 Sun met door tick | b 9 Tue met door", "b9"),
}
"""What visits there are, and which of them is a contact of which household. Household 8 was merged into 9."""
TICKS = [
    (Week(2026, 53), date(2027, 1, 20), date(2027, 1, 3), "typed weeks later: its Sunday, in the new year"),
    (Week(2026, 53), date(2027, 1, 4), date(2027, 1, 3), "typed on the Monday after"),
    (Week(2026, 53), date(2027, 1, 1), date(2027, 1, 1), "typed before the week is over: that day"),
    (Week(2026, 53), date(2026, 12, 28), date(2026, 12, 28), "typed on its Monday"),
]
DOOR = Visit("a", 1, 1, DAYS["Mon"], "met", "door", "sheet")
AMENDED = [
    ("outcome", {"outcome": "not home"}, {"outcome": "not home"}),
    ("channel", {"channel": "phone"}, {"channel": "phone"}),
    ("day", {"day": DAYS["Tue"], "week_only": False}, {"day": DAYS["Tue"]}),
    ("household", {"household": 2}, {"household": 2}),
    ("withdraw", {}, {"state": "withdrawn"}),
    ("dispute", {}, {"state": "disputed"}),
]


def visits_of(text):
    for words in map(str.split, filter(None, text.split(" | "))):
        id_, household, of_day, outcome, channel, *more = words
        state = next((word for word in more if word in ("withdrawn", "disputed")), "standing")
        by = next((int(word[2:]) for word in more if word.startswith("by")), 1)
        yield Visit(
            id_,
            int(household),
            by,
            DAYS[of_day],
            outcome.replace("-", " "),
            channel,
            "sheet",
            "tick" in more,
            state,
        )


@pytest.mark.parametrize(("visits", "counted"), CASES.values(), ids=CASES)
def test_what_counts_is_what_the_table_says_in_whatever_order_it_came_in(visits, counted):
    expected = {one[0]: int(one[1:]) for one in counted.split()}
    assert contacts(visits_of(visits), {8: 9}) == expected
    assert contacts(reversed(list(visits_of(visits))), {8: 9}) == expected


@pytest.mark.parametrize(("week", "entered", "day", "when"), TICKS)
def test_a_tick_is_dated_by_its_sunday_or_the_day_it_was_entered(week, entered, day, when):
    assert day_of_tick(week, entered) == day, when


def test_a_week_that_has_not_begun_is_not_ticked():
    with pytest.raises(InputRefused):
        day_of_tick(Week(2026, 53), date(2026, 12, 27))


@pytest.mark.parametrize(("kind", "after", "changes"), AMENDED)
def test_an_amendment_changes_what_it_says_and_nothing_of_what_was_withdrawn(kind, after, changes):
    amendment = Amendment("x", "a", kind, after)
    assert amended(DOOR, amendment) == replace(DOOR, **changes)
    withdrawn = replace(DOOR, state="withdrawn")
    assert amended(withdrawn, amendment) == withdrawn


def test_what_is_upheld_after_a_dispute_counts_again():
    disputed = amended(DOOR, Amendment("x", "a", "dispute", {}))
    assert contacts([disputed]) == {}
    assert contacts([amended(disputed, Amendment("y", "a", "uphold", {}))]) == {"a": 1}
