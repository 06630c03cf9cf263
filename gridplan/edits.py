"""Edits of a village's plan by hand: its rows, what an edit changes of them, and the same taken back.

Rows are immutable. An operation returns other rows; what differs, with what was there before, is the edit, and it can
be applied in both directions. Households and members go by their ids in the service, grids by their numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeVar, get_args

from gridplan.model import PlanException, Role
from gridplan.words import Message

Table = Literal["plan", "groups", "grids", "memberships", "assignments", "shortages", "exceptions"]
TABLES: Final[tuple[Table, ...]] = get_args(Table)
Key = TypeVar("Key")
Row = TypeVar("Row")
NEW_GRID: Final = 0
"""Numbers below it stand for grids that there are not yet, in operations."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What is known of the whole plan only as long as it is as it was planned."""

    lower_bound_m: float | None
    split_hamlets: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A party group: what it is called, and which member is its head."""

    name: str | None = None
    head_id: int | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid: what the town calls it, its party group, and whether it is locked."""

    label: str | None = None
    group_number: int | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A household in a grid or, for a reason, in none; whether it is locked, and where it stands in the plan."""

    number: int | None
    why: Message | None = None
    locked: bool = False
    lon: float | None = None
    lat: float | None = None
    position: str | None = None
    hamlet: str | None = None


class AssignmentKey(NamedTuple):
    """A member for a grid, in a role."""

    number: int
    role: Role
    member_id: int


class ExceptionKey(NamedTuple):
    """Which rule an exception is of, and what of the village it is about: a hamlet, a household's code, a grid."""

    code: str
    hamlet: str | None
    household: str | None
    number: int | None

    @classmethod
    def of(cls, one: PlanException) -> ExceptionKey:
        """Return the key of an exception of a plan."""
        return cls(one.reason.code, one.hamlet, one.household_id, one.grid)


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An exception, and why it is accepted."""

    households: int
    reason: Message
    options: tuple[Message, ...]
    accepted_because: str | None = None


def _none() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True)
class PlanRows:
    """All that an edit can change of a village's plan, by table and key."""

    plan: Mapping[str, PlanRow] = field(default_factory=_none)
    """One row, under the key `plan`."""
    groups: Mapping[int, GroupRow] = field(default_factory=_none)
    grids: Mapping[int, GridRow] = field(default_factory=_none)
    memberships: Mapping[int, MembershipRow] = field(default_factory=_none)
    assignments: Mapping[AssignmentKey, Message] = field(default_factory=_none)
    """Why each member has the grid."""
    shortages: Mapping[int, tuple[Message, ...]] = field(default_factory=_none)
    exceptions: Mapping[ExceptionKey, ExceptionRow] = field(default_factory=_none)

    @property
    def grid_of(self) -> dict[int, int]:
        """The grid of each household that is in one."""
        return {home: row.number for home, row in self.memberships.items() if row.number is not None}

    @property
    def sizes(self) -> Counter[int]:
        """How many households are in each grid."""
        return Counter(self.grid_of.values())

    def leads(self, role: Role = "lead") -> dict[int, int]:
        """Return the member who leads each grid that has a lead; of several deputies one."""
        return {key.number: key.member_id for key in self.assignments if key.role == role}


class Changed(NamedTuple):
    """A row that an edit changes; None where there was, or is, no such row."""

    key: Any
    before: Any
    after: Any


ProposalKind = Literal["mend", "more", "fewer", "loose", "nearest", "split", "merge", "dissolve"]
"""What can be proposed for grids of a draft, or for households of it."""
Changes = Mapping[Table, tuple[Changed, ...]]
"""What an edit changes, by table."""


def differ(row: object, other: object) -> bool:
    """Return whether two rows differ, soon where they are one and the same, as most are after an edit."""
    return row is not other and row != other


def difference(before: PlanRows, after: PlanRows) -> dict[Table, tuple[Changed, ...]]:
    """Return what changes from some rows to others; tables in which nothing does are left out."""
    found: dict[Table, tuple[Changed, ...]] = {}
    for table in TABLES:
        old, new = getattr(before, table), getattr(after, table)
        keys = sorted((key for key in {*old, *new} if differ(old.get(key), new.get(key))), key=repr)
        if keys:
            found[table] = tuple(Changed(key, old.get(key), new.get(key)) for key in keys)
    return found


def inverse(changes: Changes) -> dict[Table, tuple[Changed, ...]]:
    """Return the changes that take others back."""
    return {table: tuple(Changed(key, after, before) for key, before, after in of) for table, of in changes.items()}


def applied(rows: PlanRows, changes: Changes) -> PlanRows:
    """Return rows with changes made to them."""
    tables = {}
    for table, of in changes.items():
        now = dict(getattr(rows, table))
        for key, _, after in of:
            if after is None:
                now.pop(key, None)
            else:
                now[key] = after
        tables[table] = now
    return replace(rows, **tables)


def keep_households(rows: PlanRows, before: PlanRows, homes: Iterable[int]) -> PlanRows:
    """Return rows in which some households are as they were before, with their grids."""
    memberships = dict(rows.memberships)
    for home in homes:
        memberships.pop(home, None)
        if home in before.memberships:
            memberships[home] = before.memberships[home]
    lost = {row.number for row in memberships.values()} - {None, *rows.grids}
    kept = {
        table: {key: row for key, row in getattr(before, table).items() if getattr(key, "number", key) in lost}
        for table in ("grids", "assignments", "shortages")
    }
    added = {table: {**getattr(rows, table), **of} for table, of in kept.items()}
    return _without_empty(replace(rows, memberships=memberships, **added))


# ---- operations


class Lock(NamedTuple):
    """What keeps a household where it is: its own lock, or that of a grid."""

    household_id: int
    number: int | None
    """None: its own."""


def lock_on(rows: PlanRows, moves: Mapping[int, int | None]) -> Lock | None:
    """Return what keeps one of the households from being moved; None: nothing does."""
    for home, to in moves.items():
        row = rows.memberships.get(home, MembershipRow(None))
        if row.number == to:
            continue
        if row.locked:
            return Lock(home, None)
        for number in (row.number, to):
            if number is not None and number in rows.grids and rows.grids[number].locked:
                return Lock(home, number)
    return None


def move(rows: PlanRows, moves: Mapping[int, int | None], first_free: int, why: Message) -> PlanRows:
    """Return rows with households in other grids, or in none for the reason `why`.

    A number below `NEW_GRID` stands for a new grid; the new ones are numbered from `first_free`, the first of them -1.
    A grid without households is no more, nor who led it.
    """
    new = sorted({number for number in moves.values() if number is not None and number < NEW_GRID}, reverse=True)
    number_of = {placeholder: first_free + at for at, placeholder in enumerate(new)}
    memberships = dict(rows.memberships)
    for home, wanted in moves.items():
        number = wanted if wanted is None else number_of.get(wanted, wanted)
        before = memberships.get(home, MembershipRow(None, why))
        memberships[home] = (
            before if before.number == number else replace(before, number=number, why=why if number is None else None)
        )
    grids = {**rows.grids, **{number: GridRow() for number in number_of.values()}}
    return _without_empty(replace(rows, memberships=memberships, grids=grids))


def take_over(rows: PlanRows, now: Mapping[int, MembershipRow | None], why: Message) -> PlanRows:
    """Return rows with households where they stand now, those that are None not any more.

    Who is new is in no grid, for the reason `why`; everybody else stays where they are. A grid without households is
    no more, nor who led it.
    """
    memberships = dict(rows.memberships)
    for home, stands in now.items():
        before = memberships.pop(home, MembershipRow(None, why))
        if stands is not None:
            memberships[home] = replace(stands, number=before.number, why=before.why, locked=before.locked)
    return _without_empty(replace(rows, memberships=memberships))


def _without_empty(rows: PlanRows) -> PlanRows:
    """Return rows without the grids that nobody is in, and without those who led them."""
    gone = rows.grids.keys() - {row.number for row in rows.memberships.values()}
    if not gone:
        return rows
    return replace(
        rows,
        grids={number: row for number, row in rows.grids.items() if number not in gone},
        assignments={key: why for key, why in rows.assignments.items() if key.number not in gone},
        shortages={number: offers for number, offers in rows.shortages.items() if number not in gone},
        exceptions={key: row for key, row in rows.exceptions.items() if key.number not in gone},
    )


def lock(rows: PlanRows, grids: Iterable[int], households: Iterable[int], *, locked: bool) -> PlanRows:
    """Return rows with grids and households locked, or not any more."""
    return replace(
        rows,
        grids={**rows.grids, **{number: replace(rows.grids[number], locked=locked) for number in grids}},
        memberships={
            **rows.memberships,
            **{home: replace(rows.memberships[home], locked=locked) for home in households},
        },
    )


def call_grid(rows: PlanRows, number: int, label: str | None) -> PlanRows:
    """Return rows in which the town calls a grid otherwise."""
    return replace(rows, grids={**rows.grids, number: replace(rows.grids[number], label=label)})


def give_lead(rows: PlanRows, number: int, member_id: int | None, why: Message) -> PlanRows:
    """Return rows in which a member leads a grid instead of who did, and is deputy of none; None: nobody leads it."""
    assignments = {
        key: given
        for key, given in rows.assignments.items()
        if not (key.role == "lead" and key.number == number)
        and not (key.role == "deputy" and key.member_id == member_id)
    }
    if member_id is not None:
        assignments[AssignmentKey(number, "lead", member_id)] = why
    return replace(rows, assignments=assignments)


def change_deputy(rows: PlanRows, number: int, member_id: int, why: Message | None) -> PlanRows:
    """Return rows in which a member is deputy in a grid, or is not any more where there is no reason why."""
    key = AssignmentKey(number, "deputy", member_id)
    others = {one: given for one, given in rows.assignments.items() if one != key}
    return replace(rows, assignments=others if why is None else {**others, key: why})


def accept(rows: PlanRows, key: ExceptionKey, because: str | None) -> PlanRows:
    """Return rows in which an exception is accepted for a reason, or not any more."""
    return replace(rows, exceptions={**rows.exceptions, key: replace(rows.exceptions[key], accepted_because=because)})


def change_group(rows: PlanRows, number: int, row: GroupRow) -> PlanRows:
    """Return rows in which a party group has another name or head."""
    return replace(rows, groups={**rows.groups, number: row})


def join_group(rows: PlanRows, number: int, group: int) -> PlanRows:
    """Return rows in which a grid is in another party group; one without grids stays."""
    return replace(rows, grids={**rows.grids, number: replace(rows.grids[number], group_number=group)})


# ---- merging what came back with what was done since


class Difference(NamedTuple):
    """A value as it was, as it is now, and as somebody else wants it."""

    before: Any
    now: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """What somebody wants otherwise than it was: what can be done, and what was changed by others too."""

    changes: Mapping[int, Difference]
    conflicts: Mapping[int, Difference]


def merged(before: Mapping[int, Any], now: Mapping[int, Any], after: Mapping[int, Any]) -> Merged:
    """Return what is wanted otherwise, of keys that somebody has an opinion on: a three-way merge, key by key.

    Where what is wanted is what it was, what others did since stays.
    """
    changes: dict[int, Difference] = {}
    conflicts: dict[int, Difference] = {}
    for key, wanted in after.items():
        one = Difference(before.get(key), now.get(key), wanted)
        if wanted not in (one.before, one.now):
            (changes if one.now == one.before else conflicts)[key] = one
    return Merged(changes, conflicts)
