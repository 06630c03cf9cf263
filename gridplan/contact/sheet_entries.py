"""What is entered of a week of a tick sheet: a mark a row, and what changes in the record when it is entered again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final
from uuid import uuid4

from gridplan.contact.amendments import Amendment, AmendmentKind
from gridplan.contact.calendar import Week
from gridplan.contact.sheet_number import parse_rows
from gridplan.contact.visits import Channel, Outcome, Visit, id_on_sheet
from gridplan.errors import InputRefused
from gridplan.words import Message

Mark = tuple[Outcome, Channel]
FIELDS: Final[Mapping[str, Mark]] = {
    "met": ("met", "door"),
    "phone": ("met", "phone"),
    "elsewhere": ("met", "elsewhere"),
    "not_home": ("not home", "door"),
    "declined": ("declined", "door"),
    "away": ("away", "door"),
}
"""The fields into which rows are typed, and what each says of a household."""
HIDDEN: Final[frozenset[Outcome]] = frozenset({"declined", "away"})
"""Outcomes that nobody but lead and deputies sees once they are stored."""


def marks_of(typed: Mapping[str, str], most: int) -> tuple[dict[int, Mark], dict[str, Message]]:
    """Return what was typed into the fields as marks by row, and what is wrong, by field.

    A row in two fields is wrong in the second: nobody can tell which was meant.
    """
    marks: dict[int, Mark] = {}
    problems: dict[str, Message] = {}
    field_of: dict[int, str] = {}
    for field, mark in FIELDS.items():
        try:
            rows = parse_rows(typed.get(field, ""), most)
        except InputRefused as error:
            problems[field] = error.message
            continue
        for row in rows:
            if row in field_of:
                other = Message(f"record.field.{field_of[row]}")
                problems.setdefault(field, Message("record.row_twice", {"row": row, "other": other}))
            else:
                field_of[row], marks[row] = field, mark
    return marks, problems


def typed_as(visits: Mapping[int, Visit]) -> dict[str, str]:
    """Return what stands in the fields of a sheet once it is stored, by the visits of its rows: hidden ones in none."""
    return rows_by_field(
        {row: (visit.outcome, visit.channel) for row, visit in visits.items() if visit.outcome not in HIDDEN}
    )


def rows_by_field(marks: Mapping[int, Mark]) -> dict[str, str]:
    """Return marks as they are typed: the rows of each field."""
    rows: dict[str, list[int]] = {field: [] for field in FIELDS}
    for row, mark in sorted(marks.items()):
        rows[_field_of(mark)].append(row)
    return {field: " ".join(_runs(of)) for field, of in rows.items()}


def _field_of(mark: Mark) -> str:
    known = {told: field for field, told in FIELDS.items()}
    return known.get(mark) or known[mark[0], "door"]


def _runs(rows: Sequence[int]) -> list[str]:
    runs: list[list[int]] = []
    for row in rows:
        if runs and runs[-1][-1] == row - 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [f"{run[0]}-{run[-1]}" if len(run) > 2 else " ".join(map(str, run)) for run in runs]


@dataclass(frozen=True, slots=True)
class EnteredSheet:
    """A tick sheet: its number, its households by row, and by their ids all visits that were entered from it."""

    number: str
    households: Mapping[int, int]
    stored: Mapping[str, Visit]

    def of_row(self, week: Week, row: int) -> tuple[Visit, ...]:
        """Return the visits of a row in a week, in the order in which they were entered: the last one may stand."""
        visits: list[Visit] = []
        for withdrawn in count():
            visit = self.stored.get(id_on_sheet(self.number, week, row, withdrawn))
            if visit is None:
                return tuple(visits)
            visits.append(visit)
        raise AssertionError

    def standing(self, week: Week) -> dict[int, Visit]:
        """Return the visits of a week that were not withdrawn, by row."""
        last = {row: self.of_row(week, row)[-1:] for row in self.households}
        return {row: visits[0] for row, visits in last.items() if visits and visits[0].state != "withdrawn"}

    def entered(
        self, week: Week, marks: Mapping[int, Mark], member: int, day: date
    ) -> tuple[tuple[Amendment, ...], tuple[Visit, ...]]:
        """Return what is amended and what is new once a week of it has these marks and this member called.

        A row without a mark has no visit; where one stands it is withdrawn, but for those that are hidden: who enters
        the sheet again does not see them.
        """
        standing = self.standing(week)
        amendments: list[Amendment] = []
        new: list[Visit] = []
        for row, household in self.households.items():
            visit, mark = standing.get(row), marks.get(row)
            if mark is None and visit is not None and visit.outcome in HIDDEN:
                mark = visit.outcome, visit.channel
            if visit is not None and (mark is None or visit.member != member):
                amendments.append(Amendment(str(uuid4()), visit.id, "withdraw", {}))
            elif visit is not None and mark is not None and (visit.outcome, visit.channel) != mark:
                outcome, channel = mark
                kind: AmendmentKind = "channel" if outcome == visit.outcome else "outcome"
                after = {"outcome": outcome, "channel": channel}
                amendments.append(Amendment(str(uuid4()), visit.id, kind, after))
            if mark is not None and (visit is None or visit.member != member):
                id_ = id_on_sheet(self.number, week, row, len(self.of_row(week, row)))
                new.append(Visit(id_, household, member, day, *mark, "sheet", week_only=True))
        return tuple(amendments), tuple(new)

    def withdrawn(self, week: Week) -> tuple[Amendment, ...]:
        """Return the amendments that take everything of a week back."""
        return tuple(Amendment(str(uuid4()), visit.id, "withdraw", {}) for visit in self.standing(week).values())
