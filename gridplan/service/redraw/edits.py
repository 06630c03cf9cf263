"""Steps in the edits of a draft: an edit, undo, redo. Each is saved at once, against the version that was seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, RowMapping

from gridplan import edits as operations
from gridplan.edits import Changes, PlanRows, applied, difference, inverse
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.redraw.answers import step_answer
from gridplan.service.redraw.open_plan import OpenPlan, open_plan, redrawn, save
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store import Store, Who
from gridplan.store.plans import edits
from gridplan.words import Lang, Message

EditKind = Literal["move"]
EDIT_KINDS: Final[tuple[EditKind, ...]] = get_args(EditKind)


@dataclass(frozen=True, slots=True)
class EditRequest:
    """What is to be changed."""

    kind: EditKind
    moves: tuple[tuple[int, int | None], ...] = ()
    """Households with the number of the grid each comes into; below 0 for new grids, None for none."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request to take a step: the version that was seen, and an id made in the browser."""

    plan_id: int
    version: int
    request_id: str
    lang: Lang
    asked: Mapping[str, Any] = field(default_factory=dict)
    """All that is asked, to tell whether another request has the same id."""

    @property
    def request_hash(self) -> str:
        """Another text for anything else that is asked."""
        return hashlib.sha256(json.dumps(self.asked, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Taken:
    """What a step does: its kind, the rows after it, and the edit that the plan stands on then."""

    kind: edits.StepKind
    rows: PlanRows
    said: Message
    edit_kind: str = ""
    """Of a new edit."""
    edit_id: int | None = None
    """Of one that was made before."""
    left_out: tuple[Message, ...] = ()


def edit(store: Store, actor: Actor, step: Step, request: EditRequest, *, now: datetime) -> dict[str, Any]:
    """Make an edit, save it, and return the answer to it.

    Raises
    ------
    NotFound
        There is no such draft.
    Conflict
        The draft has another version by now.
    InputRefused
        What is asked cannot be done in this plan.
    """

    def take(connection: Connection, opened: OpenPlan) -> Taken:
        rows, said = OPERATIONS[request.kind](connection, opened, request)
        return Taken("edit", rows, said, request.kind)

    return _take(store, actor, step, take, now=now)


def undo(store: Store, actor: Actor, step: Step, *, of_others: bool, now: datetime) -> dict[str, Any]:
    """Take back the edit that the plan stands on.

    Raises
    ------
    NotFound
        There is no such draft, or no edit to take back.
    Conflict
        The draft has another version by now, or the edit is another person's and that was not asked for.
    """

    def take(connection: Connection, opened: OpenPlan) -> Taken:
        if opened.row["edit_id"] is None:
            raise NotFound("redraw.nothing_to_undo")
        last = edits.edit_by_id(connection, opened.id, opened.row["edit_id"])
        _check_own(connection, last, actor, of_others=of_others)
        rows = applied(opened.rows, inverse(edits.changes_of(connection, last["id"])))
        return Taken("undo", rows, last["said"], edit_id=last["parent_id"])

    return _take(store, actor, step, take, now=now)


def redo(store: Store, actor: Actor, step: Step, *, of_others: bool, now: datetime) -> dict[str, Any]:
    """Make the latest edit again that was taken back.

    Raises
    ------
    NotFound
        There is no such draft, or no edit to make again.
    Conflict
        As for `undo`.
    """

    def take(connection: Connection, opened: OpenPlan) -> Taken:
        again = edits.newest_child(connection, opened.id, opened.row["edit_id"])
        if again is None:
            raise NotFound("redraw.nothing_to_redo")
        _check_own(connection, again, actor, of_others=of_others)
        rows = applied(opened.rows, edits.changes_of(connection, again["id"]))
        return Taken("redo", rows, again["said"], edit_id=again["id"])

    return _take(store, actor, step, take, now=now)


def _check_own(connection: Connection, of: RowMapping, actor: Actor, *, of_others: bool) -> None:
    if of["made_by"] != actor.account_id and not of_others:
        when = local_time(connection, of["made_at"])
        raise Conflict("redraw.of_another", name=of["maker"], when=when, what=of["said"])


def _take(
    store: Store, actor: Actor, step: Step, take: Callable[[Connection, OpenPlan], Taken], *, now: datetime
) -> dict[str, Any]:
    """Take a step, unless it was taken before; return the answer to it."""
    try:
        return _answered(store, step) or _take_new(store, actor, step, take, now=now)
    except Conflict:
        if (answer := _answered(store, step)) is not None:  # by the same request, in the same moment
            return answer
        raise


def _answered(store: Store, step: Step) -> dict[str, Any] | None:
    """Return the answer that a request was given before; None where it was given none."""
    with store.read() as connection:
        before = edits.step_of_request(connection, step.plan_id, step.request_id)
    if before is not None and before["request_hash"] != step.request_hash:
        raise InputRefused("redraw.same_id")
    return None if before is None else dict(before["answer"])


def _take_new(
    store: Store, actor: Actor, step: Step, take: Callable[[Connection, OpenPlan], Taken], *, now: datetime
) -> dict[str, Any]:
    """Take a step in one transaction."""
    with store.change(Who(actor.account_id, actor.role), "edit", "plan", now=now) as change:
        connection = change.connection
        opened = open_plan(connection, step.plan_id)
        if not edits.take_version(connection, opened.id, step.version):
            raise Conflict("redraw.stale")
        taken = take(connection, opened)
        after = redrawn(connection, opened, taken.rows)
        changes: Changes = difference(opened.rows, after.rows)
        save(connection, opened, after, changes)
        edit_id = taken.edit_id
        if taken.kind == "edit":
            edit_id = edits.add_edit(
                connection,
                opened.id,
                opened.row["edit_id"],
                taken.edit_kind,
                taken.said,
                changes,
                made_by=actor.account_id,
                now=now,
            )
        edits.stand_on(connection, opened.id, edit_id)
        answer = step_answer(connection, opened, after, taken.said, taken.left_out, actor, step.lang, edit_id=edit_id)
        edits.add_step(
            connection,
            {
                "plan_id": opened.id,
                "version": step.version + 1,
                "request_id": step.request_id,
                "request_hash": step.request_hash,
                "kind": taken.kind,
                "edit_id": edit_id,
                "answer": answer,
                "made_by": actor.account_id,
                "made_at": now,
            },
        )
        change.object_id, change.village_id = opened.id, opened.row["village_id"]
        change.detail = {"kind": taken.edit_kind or taken.kind, "version": step.version + 1}
    return answer


# ---- what edits do


def _move(connection: Connection, opened: OpenPlan, request: EditRequest) -> tuple[PlanRows, Message]:
    moves = dict(request.moves)
    for home, number in moves.items():
        if not opened.lives_here(home) and home not in opened.rows.memberships:
            raise InputRefused("redraw.no_household")
        if number is not None and number > operations.NEW_GRID and number not in opened.rows.grids:
            raise InputRefused("redraw.no_grid", number=number)
    first_free = edits.highest_number(connection, opened.id) + 1
    rows = operations.move(opened.rows, moves, first_free, Message("redraw.taken_out"))
    return rows, _said_of_moves(opened.rows, rows, moves)


def _said_of_moves(before: PlanRows, after: PlanRows, moves: Mapping[int, int | None]) -> Message:
    to = {after.memberships[home].number for home in moves}
    number = next(iter(to)) if len(to) == 1 else None
    if to == {None}:
        return Message("redraw.said.out", {"n": len(moves)})
    if number is None:
        return Message("redraw.said.moved", {"n": len(moves)})
    code = "redraw.said.into" if number in before.grids else "redraw.said.into_new"
    return Message(code, {"n": len(moves), "number": number})


OPERATIONS: Final[Mapping[EditKind, Callable[[Connection, OpenPlan, EditRequest], tuple[PlanRows, Message]]]] = {
    "move": _move,
}
