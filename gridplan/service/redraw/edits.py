"""The kinds of edits of a draft: what each asks for, when it is refused, what it does to the rows, and its sentence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Literal, get_args

from sqlalchemy import Connection

from gridplan import edits as operations
from gridplan.edits import ExceptionKey, GroupRow, PlanRows
from gridplan.errors import InputRefused
from gridplan.names import LONGEST_TEXT, one_line
from gridplan.service.plans.leads import LeadChoice, lead_choice_in
from gridplan.service.redraw.open_plan import OpenPlan
from gridplan.store.plans import edits
from gridplan.store.registry import members
from gridplan.store.system.town_settings import town_day
from gridplan.words import Message, bracketed, runs, series

Manner = Literal[
    "move",
    "split",
    "merge",
    "mend",
    "dissolve",
    "nearest",
    "more",
    "fewer",
    "loose",
    "excel",
    "consultation",
]
MANNERS: Final[tuple[Manner, ...]] = get_args(Manner)
"""What moves of households come of, which is how they are said."""
NAMED: Final = 5
"""So many households are named in a sentence, the others only counted."""


@dataclass(frozen=True, slots=True)
class Move:
    """Households come into other grids."""

    moves: tuple[tuple[int, int | None], ...]
    """Each with the number of its grid; below 0 for new grids, None for none."""
    manner: Manner = "move"

    @property
    def kind(self) -> str:
        """What it is in the history."""
        return self.manner


@dataclass(frozen=True, slots=True)
class Lock:
    """Grids and households are kept as they are, or not any more."""

    grids: tuple[int, ...]
    households: tuple[int, ...]
    locked: bool

    @property
    def kind(self) -> str:
        """What it is in the history."""
        return "lock" if self.locked else "unlock"


@dataclass(frozen=True, slots=True)
class Label:
    """The town calls a grid otherwise."""

    grid: int
    text: str
    kind: ClassVar[str] = "label"


@dataclass(frozen=True, slots=True)
class Lead:
    """Another member leads a grid; None: nobody does."""

    grid: int
    member: int | None
    kind: ClassVar[str] = "lead"


@dataclass(frozen=True, slots=True)
class Deputy:
    """A member is deputy in a grid, or not any more."""

    grid: int
    member: int
    add: bool
    kind: ClassVar[str] = "deputy"


@dataclass(frozen=True, slots=True)
class Accept:
    """An exception is accepted for a reason, or not any more where that is blank."""

    exception: ExceptionKey
    reason: str
    kind: ClassVar[str] = "accept"


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Households are in the draft as they are in the lists now; None: all of them."""

    households: tuple[int, ...] | None
    kind: ClassVar[str] = "take over"


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """A party group has another name or head."""

    number: int
    row: GroupRow
    kind: ClassVar[str] = "group"


@dataclass(frozen=True, slots=True)
class JoinGroup:
    """A grid is in another party group."""

    grid: int
    group: int
    kind: ClassVar[str] = "join group"


@dataclass(frozen=True, slots=True)
class FromWorkbook:
    """Households come into other grids, and grids get other leads, as a workbook has them."""

    moves: tuple[tuple[int, int | None], ...]
    leads: tuple[tuple[int, int | None], ...]
    """Grids, each with the member who leads it; None for nobody."""
    kind: ClassVar[str] = "excel"


EditRequest = FromWorkbook | Move | Lock | Label | Lead | Deputy | Accept | TakeOver | ChangeGroup | JoinGroup
Edited = tuple[PlanRows, Message]
"""The rows after an edit, and its sentence."""


@dataclass(frozen=True)
class Editing:
    """A draft that is edited: in which transaction, and when."""

    connection: Connection
    opened: OpenPlan
    now: datetime

    @property
    def rows(self) -> PlanRows:
        """The rows before."""
        return self.opened.rows


def edited(at: Editing, request: EditRequest) -> Edited:
    """Return what an edit makes of a draft.

    Raises
    ------
    InputRefused
        It cannot be done in this draft.
    """
    match request:
        case Move():
            return _move(at, request)
        case FromWorkbook():
            return _from_workbook(at, request)
        case Lock():
            return _lock(at, request)
        case Label():
            return _label(at, request)
        case Lead():
            return _lead(at, request)
        case Deputy():
            return _deputy(at, request)
        case Accept():
            return _accept(at, request)
        case TakeOver():
            return _take_over(at, request)
        case ChangeGroup() | JoinGroup():
            return _group(at, request)


def _group(at: Editing, request: ChangeGroup | JoinGroup) -> Edited:
    if isinstance(request, ChangeGroup):
        rows = operations.change_group(at.rows, request.number, request.row)
        return rows, Message("redraw.said.group", {"group": request.number})
    rows = operations.join_group(at.rows, request.grid, request.group)
    return rows, Message("redraw.said.join_group", {"number": request.grid, "group": request.group})


def _check_grids(at: Editing, numbers: Iterable[int]) -> None:
    """Check that a draft has grids.

    Raises
    ------
    InputRefused
        It has not.
    """
    if unknown := next((number for number in numbers if number not in at.rows.grids), None):
        raise InputRefused("redraw.no_grid", number=unknown)


# ---- households and grids


def _move(at: Editing, request: Move) -> Edited:
    moves = dict(request.moves)
    if any(home not in at.rows.memberships and not at.opened.lives_here(home) for home in moves):
        raise InputRefused("redraw.no_household")
    _check_grids(at, {number for number in moves.values() if number is not None and number > operations.NEW_GRID})
    if operations.NEW_GRID in moves.values():
        raise InputRefused("redraw.no_grid", number=operations.NEW_GRID)
    rows = _with_new(at, [home for home in moves if home not in at.rows.memberships])
    if (found := operations.lock_on(rows, moves)) is not None:
        raise _locked(at.opened, found)
    has_new = any(number is not None and number < operations.NEW_GRID for number in moves.values())
    first_free = edits.highest_number(at.connection, at.opened.id) + 1 if has_new else operations.NEW_GRID
    after = operations.move(rows, moves, first_free, Message("redraw.taken_out"))
    return after, _said_of_moves(at.rows, after, moves.keys(), request.manner)


def _locked(opened: OpenPlan, lock: operations.Lock) -> InputRefused:
    if lock.number is None:
        return InputRefused("redraw.locked_household", household=named(opened, lock.household_id))
    return InputRefused("redraw.locked_grid", household=named(opened, lock.household_id), number=lock.number)


def named(opened: OpenPlan, household_id: int) -> str | Message:
    """Return a household as sentences name it."""
    home = opened.homes[household_id]
    return bracketed(home["name"], home["code"]) if home["name"] else str(home["code"])


def _said_of_moves(before: PlanRows, after: PlanRows, moved: Collection[int], manner: Manner) -> Message:
    if manner != "move":
        left, to = ({rows.grid_of[home] for home in moved if home in rows.grid_of} for rows in (before, after))
        values = {"n": len(moved), "left": runs(left) or "–", "to": runs(to) or "–"}
        return Message(f"redraw.said.{manner}", values)
    numbers = {after.memberships[home].number for home in moved}
    number = next(iter(numbers)) if len(numbers) == 1 else None
    if numbers == {None}:
        return Message("redraw.said.out", {"n": len(moved)})
    if number is None:
        return Message("redraw.said.moved", {"n": len(moved)})
    code = "redraw.said.into" if number in before.grids else "redraw.said.into_new"
    return Message(code, {"n": len(moved), "number": number})


def _from_workbook(at: Editing, request: FromWorkbook) -> Edited:
    rows, said = _move(at, Move(request.moves, "excel"))
    for number, member in request.leads:
        rows, of_lead = _lead(replace(at, opened=replace(at.opened, rows=rows)), Lead(number, member))
        said = said if request.moves else of_lead
    return rows, said


def _lock(at: Editing, request: Lock) -> Edited:
    _check_grids(at, request.grids)
    if not at.rows.memberships.keys() >= set(request.households):
        raise InputRefused("redraw.no_household")
    rows = operations.lock(at.rows, request.grids, request.households, locked=request.locked)
    what: list[str | Message] = []
    if request.grids:
        what.append(Message("redraw.grids", {"numbers": runs(request.grids)}))
    if request.households:
        what.append(series((named(at.opened, home) for home in request.households), NAMED))
    return rows, Message(f"redraw.said.{request.kind}", {"what": series(what)})


def _label(at: Editing, request: Label) -> Edited:
    _check_grids(at, [request.grid])
    text = one_line(request.text)
    if len(text) > LONGEST_TEXT:
        raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=len(text))
    rows = operations.call_grid(at.rows, request.grid, text or None)
    if not text:
        return rows, Message("redraw.said.no_label", {"number": request.grid})
    return rows, Message("redraw.said.label", {"number": request.grid, "label": text})


def _take_over(at: Editing, request: TakeOver) -> Edited:
    states = at.opened.states
    homes = states.keys() if request.households is None else states.keys() & set(request.households)
    if not homes or (request.households is not None and len(homes) < len({*request.households})):
        raise InputRefused("redraw.nothing_to_take_over")
    rows = operations.take_over(at.rows, at.opened.as_listed(at.connection, homes), Message("town.in_no_grid"))
    counted = [
        Message(f"redraw.taken.{state}", {"n": n})
        for state in ("new", "moved", "gone")
        if (n := sum(states[home] == state for home in homes))
    ]
    return rows, Message("redraw.said.take_over", {"what": series(counted)})


def _with_new(at: Editing, homes: Collection[int]) -> PlanRows:
    """Return rows with households that are in the draft now as the lists have them."""
    if not homes:
        return at.rows
    return operations.take_over(at.rows, at.opened.as_listed(at.connection, homes), Message("town.in_no_grid"))


# ---- people


def _choice(at: Editing, number: int) -> LeadChoice:
    _check_grids(at, [number])
    return lead_choice_in(at.connection, at.opened.id, number, town_day(at.connection, at.now))


def _lead(at: Editing, request: Lead) -> Edited:
    if request.member is None:
        _check_grids(at, [request.grid])
        rows = operations.give_lead(at.rows, request.grid, None, Message("redraw.no_lead"))
        return rows, Message("redraw.said.no_lead", {"number": request.grid})
    found = next((one for one in _choice(at, request.grid).candidates if one.id == request.member), None)
    if found is None:
        raise InputRefused("redraw.no_member")
    said = Message("redraw.said.lead", {"who": found.member.name, "number": request.grid})
    if found.is_lead:
        return at.rows, said
    why = Message("drafts.why.chosen", {"facts": found.facts})
    return operations.give_lead(at.rows, request.grid, request.member, why), said


def _deputy(at: Editing, request: Deputy) -> Edited:
    key = operations.AssignmentKey(request.grid, "deputy", request.member)
    if not request.add:
        if key not in at.rows.assignments:
            raise InputRefused("redraw.no_member")
        name = members.names(at.connection, [request.member])[request.member]
        rows = operations.change_deputy(at.rows, request.grid, request.member, None)
        return rows, Message("redraw.said.no_deputy", {"who": name, "number": request.grid})
    found = next((one for one in _choice(at, request.grid).candidates if one.id == request.member), None)
    if found is None:
        raise InputRefused("redraw.no_member")
    leads = [number for number, member in at.rows.leads().items() if member == request.member]
    if leads:
        raise InputRefused("redraw.leads_already", who=found.member.name, number=leads[0])
    why = Message("drafts.why.chosen", {"facts": found.facts})
    rows = operations.change_deputy(at.rows, request.grid, request.member, at.rows.assignments.get(key, why))
    return rows, Message("redraw.said.deputy", {"who": found.member.name, "number": request.grid})


# ---- exceptions


def _accept(at: Editing, request: Accept) -> Edited:
    row = at.rows.exceptions.get(request.exception)
    if row is None:
        raise InputRefused("redraw.no_exception")
    reason = one_line(request.reason)
    if len(reason) > LONGEST_TEXT:
        raise InputRefused("registry.too_long", most=LONGEST_TEXT, n=len(reason))
    rows = operations.accept(at.rows, request.exception, reason or None)
    if not reason:
        return rows, Message("redraw.said.not_accepted", {"what": row.reason})
    return rows, Message("redraw.said.accepted", {"what": row.reason, "reason": reason})
