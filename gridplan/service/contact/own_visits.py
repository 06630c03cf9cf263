"""Visits that a member enters, corrects, takes back or disputes. What is not theirs looks like what is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeVar, get_args
from uuid import UUID, uuid5

from sqlalchemy import Connection, RowMapping

from gridplan.contact.amendments import Amendment
from gridplan.contact.status import status
from gridplan.contact.visits import CHANNELS, OUTCOMES, Visit
from gridplan.errors import InputRefused, NotFound
from gridplan.roles import Actor
from gridplan.service.admin.town_state import TownState
from gridplan.service.contact.own_grids import OwnGrids, own_grids
from gridplan.service.contact.own_list import NOT_TO_BE_VISITED, SHOWN, mark, member_of
from gridplan.service.contact.record import amend_visits, record_visits
from gridplan.store import Store, Who
from gridplan.store.contact import own

BACK: Final = timedelta(days=6)
"""How long after a visit it can be entered; what is offered is this week and yesterday."""
CORRECTED: Final = timedelta(days=27)
"""How far back the day of a visit can be corrected."""
Correction = Literal["outcome", "channel", "day"]
Answer = Literal["withdraw", "dispute", "uphold"]
Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of what a form said: the visits it is about, and whether others were saved from it before."""

    visit_ids: tuple[str, ...]
    is_conflict: bool
    meeting_id: str | None = None
    """Of several that were saved at once."""


def record_own_visit(store: Store, actor: Actor, typed: Mapping[str, str], *, now: datetime, town: TownState) -> Saved:
    """Record a visit as its form says: `id`, `household`, `outcome`, `channel`, `day`.

    Raises
    ------
    InputRefused
        The form cannot be read, its day lies too far back, or what it said before was taken back.
    NotFound
        The household is not the member's on that day.
    """
    return _record(store, actor, {typed.get("household", ""): _id(typed)}, typed, now=now, town=town)


def record_own_visits(
    store: Store,
    actor: Actor,
    household_ids: Sequence[str],
    typed: Mapping[str, str],
    *,
    now: datetime,
    town: TownState,
) -> Saved:
    """Record that several households were met at once, at a bench meeting say: `id`, `channel`, `day`.

    Raises
    ------
    InputRefused
        As for `record_own_visit`, or no household is ticked.
    NotFound
        A household is not the member's on that day.
    """
    meeting = _id(typed)
    if not household_ids:
        raise InputRefused("own.none_ticked")
    ids = {one: str(uuid5(UUID(meeting), one)) for one in household_ids}
    return _record(store, actor, ids, {**typed, "outcome": "met"}, now=now, town=town, meeting_id=meeting)


def _record(
    store: Store,
    actor: Actor,
    ids: Mapping[str, str],
    typed: Mapping[str, str],
    *,
    now: datetime,
    town: TownState,
    meeting_id: str | None = None,
) -> Saved:
    member_id, today = member_of(actor), now.astimezone(town.zone).date()
    day = _day(typed.get("day", ""), today, BACK)
    outcome, channel = _one_of(typed, "outcome", OUTCOMES), _one_of(typed, "channel", CHANNELS)
    theirs = _may_be_visited(own_grids(store, member_id, day, town), day)
    new = [Visit(id_, _household(one, theirs), member_id, day, outcome, channel, "phone") for one, id_ in ids.items()]
    verdicts = record_visits(store, Who(actor.account_id, actor.role), new, now=now, meeting_id=meeting_id)
    return Saved(tuple(one.id for one in new), "conflict" in verdicts.values(), meeting_id)


def _may_be_visited(of: OwnGrids, day: date) -> frozenset[int]:
    """Return the households of a member at which a visit of a day may be entered, whenever they were contacted last."""
    homes = (one for grid, _ in of.charged for one in grid.households)
    return frozenset(one.id for one in homes if status(one.record, day) not in NOT_TO_BE_VISITED)


def _household(typed: str, theirs: Collection[int]) -> int:
    found = next((id_ for id_ in theirs if str(id_) == typed), None)
    if found is None:
        raise NotFound("entrance.not_here")
    return found


def _one_of(typed: Mapping[str, str], name: str, choices: tuple[Choice, ...]) -> Choice:
    found = next((one for one in choices if one == typed.get(name)), None)
    if found is None:
        raise InputRefused("own.bad_form")
    return found


def _id(typed: Mapping[str, str]) -> str:
    """Return the random id of a form. Ids that are worked out from something, as those of sheets are, are refused."""
    try:
        found = UUID(typed.get("id", ""))
    except ValueError:
        raise InputRefused("own.bad_form") from None
    if found.version != 4:
        raise InputRefused("own.bad_form")
    return str(found)


def _day(typed: str, today: date, back: timedelta) -> date:
    """Return the day that a form says; `today` is that of its arrival, however long the page was open."""
    if typed == "today":
        return today
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise InputRefused("own.bad_form") from None
    if not today - back <= day <= today:
        raise InputRefused("own.bad_day", days=back.days)
    return day


# ---- visits of the own name


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """A visit in the name of a member: what it says, who entered it from what, and what became of it."""

    row: RowMapping
    name: str | None
    """Of the head of the household, where it was asked for."""
    amendments: tuple[RowMapping, ...]
    is_mine: bool
    """Whether the member entered it."""

    @property
    def mark(self) -> str:
        """What the house is known by."""
        return mark(self.row)

    @property
    def is_decided(self) -> bool:
        """Whether it was disputed and the desk upheld it as it is now."""
        return is_decided(self.amendments)

    @property
    def may_correct(self) -> bool:
        """Whether the member may correct it or take it back."""
        return self.is_mine and self.row["state"] == "standing"

    @property
    def may_dispute(self) -> bool:
        """Whether the member may say that it was not so."""
        return not self.is_mine and self.row["state"] == "standing" and not self.is_decided


def is_decided(amendments: Sequence[RowMapping]) -> bool:
    """Return whether the last thing that amendments settled of a visit is that the desk upheld it."""
    settled = [one for one in amendments if one["kind"] in ("uphold", *get_args(Correction))]
    return bool(settled) and settled[-1]["kind"] == "uphold" and settled[-1]["member_id"] is None


def own_visits(store: Store, actor: Actor, *, today: date, names: bool = False) -> tuple[OwnVisit, ...]:
    """Return the visits of the last weeks in the name of a member, entered by anybody, the newest first.

    With `names` of the heads of households, which is for towns that show them.
    """
    with store.read() as connection:
        rows = own.visits_of_member(connection, member_of(actor), today - SHOWN)
        return _own_visits(connection, actor, rows, names=names)


def own_visit(store: Store, actor: Actor, visit_id: str, *, names: bool = False) -> OwnVisit:
    """Return a visit in the name of a member; with the name of the head of the household if there are to be `names`.

    Raises
    ------
    NotFound
        There is none, or it is somebody else's.
    """
    with store.read() as connection:
        row = own.visit_of_member(connection, member_of(actor), visit_id)
        return _own_visits(connection, actor, [row], names=names)[0]


def _own_visits(
    connection: Connection, actor: Actor, rows: Sequence[RowMapping], *, names: bool = False
) -> tuple[OwnVisit, ...]:
    changes = own.amendments_of(connection, [row["id"] for row in rows])
    return tuple(
        OwnVisit(
            row,
            row["head"] if names else None,
            tuple(changes.get(row["id"], ())),
            row["entered_by"] == actor.account_id,
        )
        for row in rows
    )


def correct_own_visit(
    store: Store, actor: Actor, visit_id: str, typed: Mapping[str, str], *, now: datetime, town: TownState
) -> None:
    """Correct outcome, channel and day of a visit as a form says: `id`, `outcome`, `channel`, `day`.

    Raises
    ------
    InputRefused
        The form cannot be read, or its day lies too far back.
    NotFound
        There is no such visit, it is somebody else's, the member did not enter it, or had no such household that day.
    """
    found = own_visit(store, actor, visit_id)
    if not found.may_correct:
        raise NotFound("entrance.not_here")
    before, form = found.row, UUID(_id(typed))
    day = before["day"]
    if typed.get("day") != day.isoformat():
        day = _day(typed.get("day", ""), now.astimezone(town.zone).date(), CORRECTED)
        theirs = _may_be_visited(own_grids(store, member_of(actor), day, town), day)
        _household(str(before["household"]), theirs)
    after: Mapping[str, object] = {
        "outcome": _one_of(typed, "outcome", OUTCOMES),
        "channel": _one_of(typed, "channel", CHANNELS),
        "day": day,
    }
    changes = [
        Amendment(str(uuid5(form, kind)), visit_id, kind, {kind: after[kind]})
        for kind in get_args(Correction)
        if after[kind] != before[kind]
    ]
    if changes:
        amend_visits(store, Who(actor.account_id, actor.role), changes, now=now, member_id=actor.member_id)


def answer_own_visit(
    store: Store, actor: Actor, visit_id: str, answer: str, typed: Mapping[str, str], *, now: datetime
) -> None:
    """Withdraw a visit that the member entered, dispute one that others did, or let it stand after all.

    Raises
    ------
    InputRefused
        The form cannot be read.
    NotFound
        There is no such visit, it is somebody else's, or that cannot be said of it.
    """
    found, form = own_visit(store, actor, visit_id), _id(typed)
    if answer in get_args(Answer) and any(one["id"] == form for one in found.amendments):
        return
    may: Mapping[str, bool] = {
        "withdraw": found.may_correct,
        "dispute": found.may_dispute,
        "uphold": found.row["state"] == "disputed",
    }
    kind = next((one for one in get_args(Answer) if one == answer and may[one]), None)
    if kind is None:
        raise NotFound("entrance.not_here")
    change = Amendment(form, visit_id, kind, {})
    amend_visits(store, Who(actor.account_id, actor.role), [change], now=now, member_id=actor.member_id)


def meeting_visits(store: Store, actor: Actor, meeting_id: str) -> tuple[OwnVisit, ...]:
    """Return the visits that a member entered at once."""
    with store.read() as connection:
        rows = own.visits_of_meeting(connection, member_of(actor), meeting_id)
        return _own_visits(connection, actor, rows)


def withdraw_meeting(store: Store, actor: Actor, meeting_id: str, typed: Mapping[str, str], *, now: datetime) -> None:
    """Withdraw all visits that a member entered at once.

    Raises
    ------
    InputRefused
        The form cannot be read.
    NotFound
        There are none that may be withdrawn, or they are somebody else's.
    """
    form, found = UUID(_id(typed)), meeting_visits(store, actor, meeting_id)
    ids = {one.row["id"]: str(uuid5(form, one.row["id"])) for one in found}
    if any(change["id"] in ids.values() for one in found for change in one.amendments):
        return
    changes = [Amendment(ids[one.row["id"]], one.row["id"], "withdraw", {}) for one in found if one.may_correct]
    if not changes:
        raise NotFound("entrance.not_here")
    amend_visits(store, Who(actor.account_id, actor.role), changes, now=now, member_id=actor.member_id)


# ---- at the desk


def disputed_visits(store: Store, actor: Actor) -> list[RowMapping]:
    """Return the disputed visits in the villages of the desk."""
    with store.read() as connection:
        return own.disputed(connection, actor.scope)


def count_disputes(store: Store, actor: Actor) -> int:
    """Return how many visits are disputed in the villages of the desk."""
    with store.read() as connection:
        return own.disputes(connection, actor.scope)


def settle_dispute(
    store: Store, actor: Actor, visit_id: str, answer: str, typed: Mapping[str, str], *, now: datetime
) -> None:
    """Uphold or withdraw a disputed visit.

    Raises
    ------
    InputRefused
        The form cannot be read.
    NotFound
        It is not disputed, or not of the villages of the desk.
    """
    settled: tuple[Answer, ...] = ("uphold", "withdraw")
    kind = next((one for one in settled if one == answer), None)
    if kind is None or visit_id not in {row["id"] for row in disputed_visits(store, actor)}:
        raise NotFound("entrance.not_here")
    change = Amendment(_id(typed), visit_id, kind, {})
    amend_visits(store, Who(actor.account_id, actor.role), [change], now=now)
