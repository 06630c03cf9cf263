"""Members added, changed, retired and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from gridplan.errors import InputRefused
from gridplan.roles import Actor
from gridplan.service.registry.edit_conflict import changed_fields, edit_conflict
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.access import accounts
from gridplan.store.registry import members, villages
from gridplan.store.registry.row_versions import change_if_current
from gridplan.store.tables import member

MOST_GRIDS = 20


@dataclass(frozen=True, slots=True)
class MemberForm:
    """A member as a form describes them; the home may be unknown, and a town cadre has no village."""

    code: str | None
    name: str
    kind: str | None
    hamlet: str | None
    village_id: int | None
    max_grids: int
    available: bool
    excused_until: date | None
    place: tuple[float, float] | None


def parse_member(store: Store, actor: Actor, typed: FormFields) -> MemberForm | None:
    """Return what a form describes, or None where something in it is wrong.

    Only who has all villages may leave the village open: a member of none is in every scope.
    """
    with store.read() as connection:
        known = {row["id"] for row in villages.rows(connection, actor.scope)}
    code, name, kind = typed.text("code"), typed.text("name", required=True), typed.text("kind")
    found = MemberForm(
        code,
        name or "",
        kind,
        typed.text("hamlet"),
        typed.one_of("village_id", known, required=actor.scope is not None),
        typed.whole("max_grids", 1, MOST_GRIDS),
        bool(typed.fields.get("available")),
        typed.day("excused_until"),
        typed.place(),
    )
    return None if typed.problems else found


def add(store: Store, who: Who, one: MemberForm, *, now: datetime) -> int:
    """Add a member and return the id.

    Raises
    ------
    InputRefused
        The code is taken.
    """
    with store.change(who, "add", "member", now=now) as change:
        code = one.code or members.free_code(change.connection)
        if members.code_exists(change.connection, code):
            raise InputRefused("registry.member_code_taken", code=code)
        change.object_id = members.add_row(change.connection, _values(one) | {"code": code})
        change.village_id = one.village_id
        return change.object_id


def update(store: Store, who: Who, member_id: int, version: int, one: MemberForm, *, now: datetime) -> bool:
    """Change a member; return whether anything is new.

    Raises
    ------
    Conflict
        Somebody changed the member since this version.
    InputRefused
        The code is taken.
    """
    values = _values(one)
    with store.read() as connection:
        if not changed_fields(members.by_id(connection, member_id), values):
            return False
    with store.change(who, "change", "member", now=now) as change:
        before = members.by_id(change.connection, member_id)
        if one.code and one.code != before["code"] and members.code_exists(change.connection, one.code):
            raise InputRefused("registry.member_code_taken", code=one.code)
        if not change_if_current(change.connection, member, member_id, version, values):
            raise edit_conflict(change.connection, "member", member_id, before["village_id"])
        change.object_id, change.village_id = member_id, before["village_id"]
        change.detail = {"fields": changed_fields(before, values)}
        if one.village_id != before["village_id"]:
            ids = [id_ for id_ in (before["village_id"], one.village_id) if id_ is not None]
            change.by_village = {id_: change.detail for id_ in ids}
        if one.name != before["name"]:
            for account_id in accounts.ids_by_member(change.connection, [member_id]).values():
                accounts.set_name_and_role(change.connection, account_id, one.name, "member")
        return True


def retire(store: Store, who: Who, member_id: int, version: int, *, now: datetime, today: date) -> int:
    """Retire a member: the account is disabled, its sessions end; return how many grids are without a lead now.

    Raises
    ------
    Conflict
        Somebody changed the member since this version.
    """
    with store.change(who, "retire", "member", now=now) as change:
        before = members.by_id(change.connection, member_id)
        if not change_if_current(change.connection, member, member_id, version, {"retired_on": today}):
            raise edit_conflict(change.connection, "member", member_id, before["village_id"])
        led = members.end_assignments(change.connection, member_id, today)
        change.object_id, change.village_id = member_id, before["village_id"]
        change.detail = {"fields": ["retired"], "grids": led}
        accounts.disable(change.connection, accounts.ids_by_member(change.connection, [member_id]).values(), now)
        return led


def restore(store: Store, who: Who, member_id: int, version: int, *, now: datetime) -> None:
    """Bring a retired member back: without grids, and to come in only with a new card.

    Raises
    ------
    Conflict
        Somebody changed the member since this version.
    """
    with store.change(who, "bring back", "member", now=now) as change:
        before = members.by_id(change.connection, member_id)
        if not change_if_current(change.connection, member, member_id, version, {"retired_on": None}):
            raise edit_conflict(change.connection, "member", member_id, before["village_id"])
        accounts.enable(change.connection, accounts.ids_by_member(change.connection, [member_id]).values())
        change.object_id, change.village_id, change.detail = member_id, before["village_id"], {"fields": ["retired"]}


def _values(one: MemberForm) -> dict[str, Any]:
    lon, lat = one.place or (None, None)
    values: dict[str, Any] = {
        "name": one.name,
        "kind": one.kind,
        "hamlet": one.hamlet,
        "village_id": one.village_id,
        "max_grids": one.max_grids,
        "available": one.available,
        "excused_until": one.excused_until,
        "lon": lon,
        "lat": lat,
    }
    return values | ({"code": one.code} if one.code else {})
