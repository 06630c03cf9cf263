"""A need is followed up, step by step; who answers what another answered meanwhile is told who, when and what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping

from gridplan.contact.calendar import local_day
from gridplan.errors import Conflict, InputRefused, NotFound
from gridplan.names import whole_number
from gridplan.needs import (
    ASKED,
    BY_HOUSEHOLD,
    DEADLINE,
    NEXT,
    STEPS,
    Category,
    Step,
    StepKind,
    check_step,
    last_to_take_back,
    standing,
)
from gridplan.roles import Actor
from gridplan.service.contact.own_grids import grids_of
from gridplan.service.contact.own_list import member_of
from gridplan.service.contact.record import in_audit
from gridplan.service.needs.raising import category_of, deadline_of, id_of, words_of
from gridplan.service.registry.edit_conflict import local_time
from gridplan.service.registry.form import FormFields
from gridplan.store import Change, Store, Who, needs
from gridplan.store.access import accounts
from gridplan.store.needs import By
from gridplan.store.registry import villages
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import Row
from gridplan.store.system.town_settings import read_settings, town_day
from gridplan.words import Message

BY_SLIP: Final[frozenset[StepKind]] = frozenset({"reminded"})
"""Steps that come with a slip that is printed, and have no form."""
OPTIONAL: Final[Mapping[StepKind, str]] = {
    "solved on the spot": "note",
    "done": "note",
    "confirmed": "note",
    "reopened": "note",
}
"""Free words that a step may have."""


@dataclass(frozen=True, slots=True)
class NeedPage:
    """A need with its history, and the steps that may follow."""

    row: Row
    steps: tuple[RowMapping, ...]
    gone: frozenset[str]
    """The ids of steps that were taken back."""
    last: Step | None
    """The one that can be."""
    owners: tuple[RowMapping, ...]
    departments: tuple[str, ...]
    names: Mapping[int, str]
    """Of accounts, by id: steps say whom they made owners."""
    contact: str
    """The contact person that is offered."""

    @property
    def next(self) -> tuple[StepKind, ...]:
        """The steps that may follow and have forms."""
        return tuple(kind for kind in NEXT[self.row["state"]] if kind not in BY_SLIP)

    @property
    def seen(self) -> int:
        """The newest step, which a form says that it has seen."""
        return max((step["n"] for step in self.steps), default=0)


def need_page(store: Store, n: int, scope: Scope = None) -> NeedPage:
    """Return a need; the departments that are offered are those that needs of a scope were referred to.

    Raises
    ------
    NotFound
        There is none with this number.
    """
    with store.read() as connection:
        row = needs.by_n(connection, n)
        rows = needs.steps_of(connection, [n])[n]
        steps = needs.steps(rows)
        owners = needs.owners(connection, row["village_id"])
        office = villages.by_id(connection, row["village_id"])["phone"]
        return NeedPage(
            row,
            tuple(rows),
            frozenset(step.content["step"] for step in steps if step.kind == "taken back"),
            last_to_take_back(steps),
            tuple(owners),
            tuple(needs.departments(connection, scope)),
            accounts.names(connection),
            row["contact_person"] or " ".join(filter(None, (row["owner"], office))),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form says of a need: a step, the newest step it was made from, and another wording."""

    step: Step
    seen: int
    category: Category | None = None
    text: str | None = None
    erases: bool = False
    """Whether all that is told in free words goes."""


def parse_answer(form: FormFields, page: NeedPage, *, today: date) -> Answer:
    """Return the step of a form: `id`, `seen`, `kind`, `day`, and what is asked for of its kind.

    Raises
    ------
    InputRefused
        Something in the form is wrong; it has all problems, by field.
    """
    kind = next((kind for kind in STEPS if kind == form.fields.get("kind") and kind not in BY_SLIP), None)
    if kind in (None, "raised"):
        raise InputRefused("need.no_such_step")
    step = Step(id_of(form), kind, form.required_day("day", latest=today))
    if step.day < page.row["raised_day"]:
        form.reject("day", "need.before_raised", day=page.row["raised_day"].isoformat())
    answer = Answer(step, _seen(form))
    if kind == "changed":
        answer = _changed(form, page, answer, today)
    else:
        answer = replace(answer, step=replace(step, content=_content(form, step, today)))
    form.check()
    return answer


def _seen(form: FormFields) -> int:
    return whole_number(form.fields.get("seen", "")) or 0


def _content(form: FormFields, step: Step, today: date) -> dict[str, Any]:
    """Return what a form says of a step besides its day; what is missing is a problem at its field."""
    found: dict[str, Any] = {}
    for name in ASKED.get(step.kind, ()):
        if name == "deadline":
            found[name] = (deadline_of(form, step.day, today) or step.day + DEADLINE).isoformat()
        elif name in ("department", "contact_person"):
            found[name] = form.text(name, required=True)
        elif name == "agreed":
            found[name] = bool(form.fields.get(name))
            if not found[name]:
                form.reject(name, "need.not_agreed")
        elif name == "step":
            found[name] = form.fields.get(name, "")
        else:
            found[name] = words_of(form, name, required=True)
    if step.kind == "referred":
        found["with_door"] = bool(form.fields.get("with_door"))
    if (name := OPTIONAL.get(step.kind, "")) and (said := words_of(form, name)):
        found[name] = said
    return found


def _changed(form: FormFields, page: NeedPage, answer: Answer, today: date) -> Answer:
    """Return what a form changes of a need: owner, deadline, category and wording, as far as they are others."""
    row, content = page.row, dict[str, Any]()
    if form.fields.get("erase"):
        return replace(answer, step=replace(answer.step, content={"erased": True}), erases=True)
    owner = form.chosen_id("owner", [one["id"] for one in page.owners], required=False)
    deadline = deadline_of(form, row["raised_day"], today)
    if owner is not None and owner != row["owner_id"]:
        content["owner_id"] = owner
    if deadline is not None and deadline != row["deadline"]:
        content["deadline"] = deadline.isoformat()
    category, text = category_of(form), words_of(form, "text", required=True)
    if (category, text) != (row["category"], row["text"]):
        content["worded"] = True
    if not content:
        form.reject("text", "need.nothing_changed")
    return Answer(replace(answer.step, content=content), answer.seen, category, text)


def follow_up(store: Store, who: Who, n: int, answer: Answer, *, now: datetime) -> None:
    """Add a step to a need; the same sent again is the same step. Who may is asked before.

    Raises
    ------
    Conflict
        Somebody else answered it since it was seen, or what was sent under its id before was something else.
    InputRefused
        What has to be known is missing.
    NotFound
        There is no such need.
    """
    with store.change(in_audit(who), "follow up", "need", now=now) as change:
        change.village_id, change.detail = needs.hold(change.connection, n)["village_id"], {"needs": 1}
        _follow_up(change, n, answer, By(who.account_id, now))


def _follow_up(change: Change, n: int, answer: Answer, by: By) -> None:
    connection, step = change.connection, answer.step
    before = needs.steps_of(connection, [n])[n]
    verdict = needs.add_step(connection, n, step, by)
    if verdict == "replay":
        return
    if verdict == "conflict":
        raise Conflict("need.sent_other", n=n)
    if before[-1]["n"] != answer.seen:
        raise _stale(connection, before[-1])
    steps = needs.steps(before)
    check_step(steps, step, today=town_day(connection, by.at))
    needs.set_standing(connection, n, standing((*steps, step)))
    if answer.erases:
        needs.erase_wording(connection, n)
    elif answer.text is not None and answer.category is not None:
        needs.set_wording(connection, n, answer.category, answer.text)


def _stale(connection: Connection, newest: RowMapping) -> Conflict:
    return Conflict(
        "need.stale",
        who=newest["member"] or newest["entered_by_name"] or Message("registry.command_line"),
        when=local_time(connection, newest["received_at"]),
        what=Message(f"need.step.{newest['kind']}"),
    )


def take_over(store: Store, actor: Actor, *, now: datetime, today: date) -> int:
    """Let an account own the needs of its villages whose owner is no longer there; return how many those were."""
    with store.change(Who(actor.account_id, actor.role), "follow up", "need", now=now) as change:
        rows = needs.without_owner(change.connection, actor.scope)
        for row in rows:
            before = needs.steps_of(change.connection, [row["n"]])[row["n"]]
            id_ = str(uuid5(UUID(row["id"]), f"{before[-1]['n']} {actor.account_id}"))
            step = Step(id_, "changed", today, {"owner_id": actor.account_id})
            _follow_up(change, row["n"], Answer(step, before[-1]["n"]), By(actor.account_id, now))
        change.by_village = {
            village_id: {"needs": sum(row["village_id"] == village_id for row in rows)}
            for village_id in sorted({row["village_id"] for row in rows})
        }
    return len(rows)


# ---- by the members in charge of the household


@dataclass(frozen=True, slots=True)
class OwnNeed:
    """A need of a household of the own grids, or one that the member raised, with what was answered last."""

    row: Row
    is_own: bool
    """Whether the household is one of theirs now; of another no more than the need is told."""
    said: str | None
    """The last reply or reason."""
    seen: int

    @property
    def may_say(self) -> tuple[StepKind, ...]:
        """What of the household's word may be passed on now."""
        return tuple(kind for kind in NEXT[self.row["state"]] if kind in BY_HOUSEHOLD and self.is_own)


def own_needs(store: Store, actor: Actor, *, now: datetime) -> tuple[OwnNeed, ...]:
    """Return the needs of the households of a member, and those that the member raised: open ones first.

    Raises
    ------
    NotFound
        The account is no member's.
    """
    member_id = member_of(actor)
    with store.read() as connection:
        theirs = _own_households(connection, member_id, now)
        rows = needs.of_households(connection, theirs, member_id=member_id)
        steps = needs.steps_of(connection, [row["n"] for row in rows])
    return tuple(_own_need(row, theirs, steps[row["n"]]) for row in rows)


def _own_households(connection: Connection, member_id: int, now: datetime) -> frozenset[int]:
    zone = ZoneInfo(read_settings(connection).time_zone)
    return frozenset(
        home.id for grid, _ in grids_of(connection, member_id, local_day(now, zone), zone) for home in grid.households
    )


def _own_need(row: Row, theirs: Collection[int], steps: Sequence[RowMapping]) -> OwnNeed:
    is_own = row["home"] is not None and row["home"]["id"] in theirs
    words = [step.content.get(name) for step in needs.steps(steps) for name in ("reply", "reason")]
    said = next(filter(None, reversed(words)), None)
    return OwnNeed(row, is_own, said, max(step["n"] for step in steps))


def pass_on(store: Store, actor: Actor, n: int, form: FormFields, *, now: datetime) -> None:
    """Pass on the household's word on a need: that it confirms, or that it is not solved.

    Raises
    ------
    Conflict
        As for `follow_up`.
    NotFound
        It is of no household of theirs, or that cannot be said of it.
    """
    found = next((one for one in own_needs(store, actor, now=now) if one.row["n"] == n), None)
    kind = next((kind for kind in BY_HOUSEHOLD if kind == form.fields.get("kind")), None)
    if found is None or not found.is_own or kind is None:
        raise NotFound("entrance.not_here")
    with store.change(in_audit(Who(actor.account_id, actor.role)), "follow up", "need", now=now) as change:
        today = town_day(change.connection, now)
        content = {"deadline": (today + DEADLINE).isoformat()} if kind == "reopened" else {}
        change.village_id, change.detail = needs.hold(change.connection, n)["village_id"], {"needs": 1}
        answer = Answer(Step(id_of(form), kind, today, content), _seen(form))
        _follow_up(change, n, answer, By(actor.account_id, now, actor.member_id))
