"""Feedback: a text about a page, which the administrator reads. No name, time of day or audit row is kept."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from gridplan.errors import InputRefused
from gridplan.roles import Role
from gridplan.store import Store
from gridplan.store.system import feedback

LONGEST: Final = 1000
"""Letters of a text."""
SHOWN: Final = 200
MOST_A_DAY: Final = 200
"""Texts that are kept of a role and day."""


def give_feedback(store: Store, role: Role, page: str, text: str, *, today: date, zone: ZoneInfo) -> None:
    """Keep what somebody of a role says about a page, as of the beginning of the day.

    Raises
    ------
    InputRefused
        The text is empty or too long, or so many came in today.
    """
    said = text.strip()
    if not 0 < len(said) <= LONGEST:
        raise InputRefused("feedback.bad_length", most=LONGEST)
    at = datetime.combine(today, time(), zone)
    with store.write() as connection:
        if feedback.count(connection, at, role) >= MOST_A_DAY:
            raise InputRefused("feedback.enough_today")
        feedback.add(connection, at=at, role=role, page=page, text=said)


def feedback_given(store: Store) -> list[RowMapping]:
    """Return what was said last, what nobody has read first."""
    with store.read() as connection:
        return feedback.newest(connection, SHOWN)


def mark_read(store: Store, feedback_id: int, *, now: datetime) -> None:
    """Note that something was read."""
    with store.write() as connection:
        feedback.mark_read(connection, feedback_id, now)
