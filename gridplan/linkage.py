"""Linkage: leaders and instructors linked to villages and branches, how many each should have, and who is to call."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal, get_args

from gridplan.contact.calendar import DAY, months_later

Subject = Literal["village", "branch"]
"""What somebody is linked to."""
Rule = Literal["exactly", "at least"]
Standing = Literal["overdue", "due", "called"]
"""How a link stands on a day: called is what needs no call now."""
SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
RULES: Final[tuple[Rule, ...]] = get_args(Rule)
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)


def holds(from_day: date, until_day: date | None, day: date) -> bool:
    """Return whether a link holds on a day; on the day until which it is set it has ended."""
    return from_day <= day and (until_day is None or day < until_day)


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Return whether two links, each from a day until another or for good, hold on one day."""
    (first, first_end), (second, second_end) = one, other
    return (second_end is None or first < second_end) and (first_end is None or second < first_end)


def missing(rule: Rule, count: int, n: int) -> int:
    """Return how many links somebody who has `n` lacks under a rule; below 0 how many are too many, 0 if it is kept."""
    lacking = count - n
    return max(lacking, 0) if rule == "at least" else lacking


def standing(from_day: date, last_call: date | None, day: date, cadence_days: int | None = None) -> Standing:
    """Return how a link that holds on a day stands.

    Without a number of days a call is due in each calendar month, and overdue once a whole month has passed without
    one. With it a call is due so many days after the last one, or at once where there was none, and overdue after as
    many again.
    """
    if cadence_days is None:
        this_month = day.replace(day=1)
        if last_call is not None and last_call >= this_month:
            return "called"
        month_before = months_later(this_month, -1)
        is_overdue = from_day <= month_before and (last_call is None or last_call < month_before)
        return "overdue" if is_overdue else "due"
    cadence = timedelta(days=cadence_days)
    if last_call is None:
        return "overdue" if day >= from_day + cadence else "due"
    if day < last_call + cadence:
        return "called"
    return "overdue" if day >= last_call + 2 * cadence else "due"


def last_day(month: date) -> date:
    """Return the last day of the month that a day is in."""
    return months_later(month.replace(day=1), 1) - DAY
