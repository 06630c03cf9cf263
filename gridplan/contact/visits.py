"""Visits, and which of them is a contact: met and standing, once a household and day.

A tick on a sheet tells the week alone. It is a contact where no dated one of its household lies in that week, and then
one a week, however often it was ticked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args
from uuid import UUID, uuid5

from gridplan.contact.calendar import Week
from gridplan.errors import InputRefused

Outcome = Literal["met", "not home", "declined", "away"]
Channel = Literal["door", "phone", "elsewhere"]
"""At the door; by phone or message; met elsewhere or at a bench meeting."""
Source = Literal["phone", "sheet", "told", "file"]
"""The member's own page; a tick sheet; what a member reported; a ledger or another file."""
State = Literal["standing", "withdrawn", "disputed"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
SOURCES: Final[tuple[Source, ...]] = get_args(Source)
STATES: Final[tuple[State, ...]] = get_args(State)
SHEETS: Final = UUID("6f1d0f0e-5f0c-4a3b-9c5e-3d1f2a7b8c90")
"""The namespace of the ids of visits that come from tick sheets."""
FILES: Final = UUID("0f6f0d52-9a3e-4a57-8f63-6a0f4b0c7d15")
"""That of visits that come from files."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One dated attempt of a member at a household."""

    id: str
    household: int
    member: int
    day: date
    outcome: Outcome
    channel: Channel
    source: Source
    week_only: bool = False
    """Whether nothing but the week is known, and `day` stands for it."""
    state: State = "standing"

    @property
    def week(self) -> Week:
        """The week it lies in."""
        return Week.of(self.day)

    @property
    def is_met(self) -> bool:
        """Whether somebody was met and nothing was withdrawn or is disputed: what a contact is made of."""
        return self.outcome == "met" and self.state == "standing"


def id_on_sheet(number: str, week: Week, row: int, withdrawn: int = 0) -> str:
    """Return the id of the visit of a row of a tick sheet in a week: the same however often it is entered.

    After so many of the row were withdrawn it is another one, since those stay withdrawn.
    """
    return str(uuid5(SHEETS, f"{number} {week.key} {row}{f' {withdrawn}' if withdrawn else ''}"))


def id_in_file(household: int, member: int, day: date, channel: Channel, before: int) -> str:
    """Return the id of a visit in a file, before which as many of the same household, member, day and channel stand."""
    return str(uuid5(FILES, f"{household} {member} {day.isoformat()} {channel} {before}"))


def day_of_tick(week: Week, entered: date) -> date:
    """Return the day of a visit of which the week alone is known: its Sunday, or the day it is entered before that.

    Raises
    ------
    InputRefused
        The week has not begun.
    """
    if entered < week.monday:
        raise InputRefused("contact.future_week", week=week.key, first=week.monday)
    return min(week.sunday, entered)


def contacts(visits: Iterable[Visit], merged_into: Mapping[int, int] | None = None) -> dict[str, int]:
    """Return the visits that are contacts by their ids, each with the household it is a contact of.

    A household that was merged into another has its contacts there. Of several visits of one day the one at the door
    counts, then that met elsewhere, then that by phone; of equal ones that with the smallest id.
    """
    follow = merged_into or {}
    of_week: dict[tuple[int, Week], list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.is_met:
            of_week[follow.get(visit.household, visit.household), visit.week].append(visit)
    return {visit.id: household for (household, _), inside in of_week.items() for visit in _counted_in_week(inside)}


def _counted_in_week(visits: list[Visit]) -> Iterable[Visit]:
    dated = [visit for visit in visits if not visit.week_only]
    if not dated:
        return [min(visits, key=_rank)]
    by_day: dict[date, list[Visit]] = defaultdict(list)
    for visit in dated:
        by_day[visit.day].append(visit)
    return [min(of_day, key=_rank) for of_day in by_day.values()]


def _rank(visit: Visit) -> tuple[int, str]:
    return ("door", "elsewhere", "phone").index(visit.channel), visit.id
