"""Steps in the edits of a draft: an edit, undo, redo, restore. Each is saved at once, against the version seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping

from gridplan.edits import PlanRows, difference
from gridplan.errors import Conflict, InputRefused
from gridplan.roles import Actor
from gridplan.service.redraw.answers import step_answer
from gridplan.service.redraw.edits import Editing, EditRequest, edited
from gridplan.service.redraw.history import rows_at, stale
from gridplan.service.redraw.open_plan import OpenPlan, as_of_day, closed, keep, open_draft, redrawn, save
from gridplan.service.registry.edit_conflict import local_time
from gridplan.store import Store, Who
from gridplan.store.plans import edits
from gridplan.store.system.town_settings import town_day
from gridplan.words import LANGS, Lang, Message


@dataclass(frozen=True, slots=True)
class Step:
    """A request to take a step: the version that was seen, and an id made in the browser."""

    plan_id: int
    version: int | None
    """None: whichever it has, for forms that compare themselves what they showed."""
    request_id: str
    lang: Lang
    asked: Mapping[str, Any] = field(default_factory=dict)
    """All that is asked, to tell whether another request has the same id."""

    @classmethod
    def of_form(cls, plan_id: int) -> Step:
        """Return the step of a form that compares itself what it showed, and is answered with a page."""
        return cls(plan_id, None, str(uuid4()), LANGS[0])

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


Take = Callable[[Connection, OpenPlan], Taken]


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
    return _take(store, actor, step, _edit(request, now), now=now)


def edit_in(connection: Connection, actor: Actor, step: Step, request: EditRequest, *, now: datetime) -> dict[str, Any]:
    """Make an edit as `edit` does, in a transaction that is open already."""
    return _take_in(connection, actor, step, _edit(request, now), now=now)[0]


def _edit(request: EditRequest, now: datetime) -> Take:
    def take(connection: Connection, opened: OpenPlan) -> Taken:
        rows, said = edited(Editing(connection, opened, now), request)
        return Taken("edit", rows, said, request.kind)

    return take


def undo(store: Store, actor: Actor, step: Step, *, of_others: bool, now: datetime) -> dict[str, Any]:
    """Take back the edit that the plan stands on.

    Raises
    ------
    NotFound
        There is no such draft.
    InputRefused
        There is no edit to take back.
    Conflict
        The draft has another version by now, or the edit is another person's and that was not asked for.
    """
    return _take(store, actor, step, _undo(actor, of_others=of_others), now=now)


def undo_in(connection: Connection, actor: Actor, step: Step, *, now: datetime) -> None:
    """Take back the edit that a plan stands on, whoever made it, in a transaction that is open already."""
    _take_in(connection, actor, step, _undo(actor, of_others=True), now=now)


def _undo(actor: Actor, *, of_others: bool) -> Take:
    def take(connection: Connection, opened: OpenPlan) -> Taken:
        if opened.row["edit_id"] is None:
            raise InputRefused("redraw.nothing_to_undo")
        last = edits.edit_by_id(connection, opened.id, opened.row["edit_id"])
        _check_own(connection, last, actor, of_others=of_others)
        return _moved_to(connection, opened, "undo", last["parent_id"], last["said"])

    return take


def redo(store: Store, actor: Actor, step: Step, *, of_others: bool, now: datetime) -> dict[str, Any]:
    """Make the latest edit again that was taken back.

    Raises
    ------
    NotFound
        There is no such draft.
    InputRefused
        There is no edit to make again.
    Conflict
        As for `undo`.
    """

    def take(connection: Connection, opened: OpenPlan) -> Taken:
        again = edits.next_edit(connection, opened.id, opened.row["edit_id"])
        if again is None:
            raise InputRefused("redraw.nothing_to_redo")
        _check_own(connection, again, actor, of_others=of_others)
        return _moved_to(connection, opened, "redo", again["id"], again["said"])

    return _take(store, actor, step, take, now=now)


def restore(store: Store, actor: Actor, step: Step, edit_id: int | None, *, now: datetime) -> dict[str, Any]:
    """Let a draft be as it was after an edit, or with None as it was made; what was done since can be made again.

    Raises
    ------
    NotFound
        There is no such draft, or it has no such edit.
    Conflict
        The draft has another version by now.
    """

    def take(connection: Connection, opened: OpenPlan) -> Taken:
        what = (
            Message("redraw.as_made") if edit_id is None else edits.edit_by_id(connection, opened.id, edit_id)["said"]
        )
        return _moved_to(connection, opened, "restore", edit_id, what)

    return _take(store, actor, step, take, now=now)


def _check_own(connection: Connection, of: RowMapping, actor: Actor, *, of_others: bool) -> None:
    if of["made_by"] != actor.account_id and not of_others:
        when = local_time(connection, of["made_at"])
        raise Conflict("redraw.of_another", name=of["maker"], when=when, what=of["said"])


def _moved_to(
    connection: Connection, opened: OpenPlan, kind: edits.StepKind, edit_id: int | None, what: Message
) -> Taken:
    """Return the step from where a plan stands to another of its edits."""
    rows, left_out = rows_at(connection, opened, edit_id)
    return Taken(kind, rows, Message(f"redraw.said.{kind}", {"what": what}), edit_id=edit_id, left_out=left_out)


def _take(store: Store, actor: Actor, step: Step, take: Take, *, now: datetime) -> dict[str, Any]:
    """Take a step, unless it was taken before; return the answer to it."""
    try:
        return _answered(store, step) or _take_new(store, actor, step, take, now=now)
    except Conflict:
        if (answer := _answered(store, step)) is not None:  # by the same request, in the same moment
            return answer
        raise


def _answered(store: Store, step: Step) -> dict[str, Any] | None:
    """Return the answer that a request was given before; None where it was given none, or long ago."""
    with store.read() as connection:
        before = edits.step_of_request(connection, step.plan_id, step.request_id)
    if before is not None and before["request_hash"] != step.request_hash:
        raise InputRefused("redraw.same_id")
    return None if before is None or before["answer"] is None else dict(before["answer"])


def _take_new(store: Store, actor: Actor, step: Step, take: Take, *, now: datetime) -> dict[str, Any]:
    """Take a step in one transaction."""
    with store.change(Who(actor.account_id, actor.role), "edit", "plan", now=now) as change:
        answer, change.village_id, change.detail = _take_in(change.connection, actor, step, take, now=now)
        change.object_id = step.plan_id
    return answer


def _take_in(
    connection: Connection, actor: Actor, step: Step, take: Take, *, now: datetime
) -> tuple[dict[str, Any], int, dict[str, Any]]:
    """Take a step in a transaction that is open already; return the answer, and where and what it was for the audit."""
    row = edits.plan_row(connection, step.plan_id)
    seen = row["version"] if step.version is None else step.version
    if seen != row["version"] or closed(connection, row) is not None:
        raise stale(connection, actor, step.plan_id, seen, step.lang)
    opened = as_of_day(connection, open_draft(connection, row), town_day(connection, now))
    if not edits.take_version(connection, opened.id, seen):  # by somebody else, in the same moment
        raise stale(connection, actor, step.plan_id, seen, step.lang)
    taken = take(connection, opened)
    was_so = taken.kind != "edit" and not taken.left_out
    after = redrawn(connection, opened, taken.rows, was_so=was_so)
    changes = difference(opened.rows, after.rows)
    save(connection, opened, after, changes)
    made = {"made_by": actor.account_id, "made_at": now}
    edit_id = taken.edit_id
    if taken.kind == "edit":
        values = {"plan_id": opened.id, "parent_id": opened.row["edit_id"], "kind": taken.edit_kind, "said": taken.said}
        edit_id = edits.add_edit(connection, values | made, changes)
    edits.set_plan(connection, opened.id, {"edit_id": edit_id, "planned": len(after.rows.grid_of)})
    answer = step_answer(connection, opened, after, taken.said, taken.left_out, actor, step.lang, edit_id=edit_id)
    values = {"plan_id": opened.id, "version": seen + 1, "kind": taken.kind, "edit_id": edit_id, "said": taken.said}
    values |= {"request_id": step.request_id, "request_hash": step.request_hash, "answer": answer}
    edits.add_step(connection, values | made)
    keep(connection, after, seen + 1, step.request_id)
    counts = {"households": len(changes.get("memberships", ())), "grids": len(changes.get("grids", ()))}
    return answer, row["village_id"], {"kind": taken.edit_kind or taken.kind, "version": seen + 1, **counts}
