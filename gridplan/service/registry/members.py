"""Members: the form of one, and what it changes: add, change, retire, restore."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from gridplan.errors import InputRefused
from gridplan.exchange.lists.members import MOST_GRIDS
from gridplan.roles import Actor
from gridplan.service.phone.devices import end_phones
from gridplan.service.registry import checks
from gridplan.service.registry.edit_conflict import changed_fields, save_edit
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.contact import covers
from gridplan.store.plans.households_and_members import grids_in_force
from gridplan.store.registry import households, members, villages
from gridplan.store.rows import add_row, code_exists, free_code
from gridplan.store.tables import member
from gridplan.words import LANGS, words


@dataclass(frozen=True, slots=True)
class MemberForm:
    """A member as a form describes them; the home may be unknown, and a town cadre has no village."""

    name: str
    kind: str | None
    hamlet: str | None
    phone: str | None
    village_id: int | None
    max_grids: int
    available: bool
    named_on_maps: bool
    excused_until: date | None
    code: str | None
    place: tuple[float, float] | None
    confirmed: str = ""
    """The key of the doubts about it that were confirmed."""


@dataclass(frozen=True, slots=True)
class MemberEditPage:
    """A member, None for a new one, with their grids in force, and what a form offers."""

    member: RowMapping | None
    grids: list[RowMapping]
    villages: list[RowMapping]
    kinds: list[str]


def member_edit_page(store: Store, actor: Actor, member_id: int | None = None) -> MemberEditPage:
    """Return what the form of a member shows.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        return MemberEditPage(
            None if member_id is None else members.by_id(connection, member_id),
            [] if member_id is None else grids_in_force(connection, [member_id]).get(member_id, []),
            villages.rows(connection, actor.scope),
            members.kinds(connection),
        )


def parse_member(store: Store, actor: Actor, form: FormFields) -> MemberForm:
    """Return the member of a form.

    Only who has all villages may leave the village open: a member of none is in every scope.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.read() as connection:
        known = {row["id"] for row in villages.rows(connection, actor.scope)}
    found = MemberForm(
        name=form.text("name", required=True) or "",
        kind=_kind(form.text("kind")),
        hamlet=form.text("hamlet"),
        phone=form.text("phone"),
        village_id=form.chosen_id("village_id", known, required=actor.scope is not None),
        max_grids=form.whole_number("max_grids", 1, MOST_GRIDS),
        available=bool(form.fields.get("available")),
        named_on_maps=bool(form.fields.get("named_on_maps")),
        excused_until=form.day("excused_until"),
        code=form.text("code", of_list="id"),
        place=form.place(),
        confirmed=form.fields.get("confirmed", ""),
    )
    form.check()
    return found


def _kind(written: str | None) -> str | None:
    """Return the kind that a word on the screen stands for; any other is kept as it was written."""
    called = {word: kind for lang in LANGS for kind, word in words("book.kind.", lang).items()}
    return None if written is None else called.get(written, written)


def add(store: Store, who: Who, form: MemberForm, *, now: datetime) -> int:
    """Add a member and return the id.

    Raises
    ------
    InputRefused
        The code is taken, or nobody of the village lives at the place.
    Unconfirmed
        It is doubtful.
    """
    with store.change(who, "add", "member", now=now) as change:
        _check_home(change.connection, form)
        code = form.code or free_code(change.connection, member)
        _check_code(change.connection, code)
        change.object_id = add_row(
            change.connection, member, _values(change.connection, form) | {"code": code, "ties": []}
        )
        change.village_id = form.village_id
        return change.object_id


def update(store: Store, who: Who, member_id: int, version: int, form: MemberForm, *, now: datetime) -> bool:
    """Change a member; return whether anything is new.

    Raises
    ------
    Conflict
        The member was changed since this version, or is retired.
    InputRefused
        The code is taken, or nobody of the village lives at the place.
    Unconfirmed
        It is doubtful.
    """
    with store.read() as connection:
        values = _values(connection, form)
        if not changed_fields(members.by_id(connection, member_id), values):
            return False
    with store.change(who, "change", "member", now=now) as change:
        before = members.by_id(change.connection, member_id)
        if form.code and form.code != before["code"]:
            _check_code(change.connection, form.code)
        if form.place not in (None, (before["lon"], before["lat"])) or form.village_id != before["village_id"]:
            _check_home(change.connection, form)
        save_edit(change, member, before, version, values)
        if form.village_id != before["village_id"]:
            ids = [id_ for id_ in (before["village_id"], form.village_id) if id_ is not None]
            change.by_village = {id_: change.detail for id_ in ids}
        if form.name != before["name"]:
            for account_id in accounts.ids_by_member(change.connection, [member_id]).values():
                accounts.set_name_and_role(change.connection, account_id, form.name, "member")
        return True


def retire(store: Store, who: Who, member_id: int, version: int, *, now: datetime, today: date) -> int:
    """Retire a member: the account is disabled, its sessions end; return how many grids are without a lead now.

    Raises
    ------
    Conflict
        The member was changed since this version.
    """
    with store.change(who, "retire", "member", now=now) as change:
        save_edit(change, member, members.by_id(change.connection, member_id), version, {"retired_on": today})
        led = change.detail["grids"] = members.end_assignments(change.connection, member_id, today)
        covers.end_of(change.connection, [member_id], today)
        accounts.disable(change.connection, accounts.ids_by_member(change.connection, [member_id]).values(), now)
        end_phones(store, change.connection, [member_id], "handover", now)
        return led


def restore(store: Store, who: Who, member_id: int, version: int, *, now: datetime) -> tuple[int, int]:
    """Undo that a member was retired: to sign in only with a new card, and with the grids that nobody else leads.

    Return how many grids the member leads again, and how many others lead by now.

    Raises
    ------
    Conflict
        The member was changed since this version.
    """
    with store.change(who, "unretire", "member", now=now) as change:
        before = members.by_id(change.connection, member_id)
        save_edit(change, member, before, version, {"retired_on": None})
        accounts.enable(change.connection, accounts.ids_by_member(change.connection, [member_id]).values())
        if before["retired_on"] is None:
            return 0, 0
        led, taken = members.resume_assignments(change.connection, member_id, before["retired_on"])
        change.detail |= {"grids": led}
        return led, taken


def _check_home(connection: Connection, form: MemberForm) -> None:
    if form.village_id is not None:
        checks.check_village(villages.by_id(connection, form.village_id))
    checks.ask(checks.place_doubts(connection, form.village_id, form.place, lives=False), form.confirmed)


def _check_code(connection: Connection, code: str) -> None:
    if code_exists(connection, member, code):
        raise InputRefused("registry.member_code_taken", code=code)


def _values(connection: Connection, form: MemberForm) -> dict[str, Any]:
    values = asdict(form)
    if form.village_id is not None:
        values["hamlet"] = households.hamlet_as_stored(connection, form.village_id, form.hamlet)
    lon, lat = values.pop("place") or (None, None)
    del values["confirmed"]
    if form.code is None:
        del values["code"]
    return values | {"lon": lon, "lat": lat}
