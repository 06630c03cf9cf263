"""Households added, changed, moved to another village, retired and brought back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import LocalFrame
from gridplan.errors import InputRefused
from gridplan.roles import Actor
from gridplan.service.registry.edit_conflict import changed_fields, edit_conflict
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.registry import households, placement, villages
from gridplan.store.registry.row_versions import change_if_current
from gridplan.store.tables import household

NEAREST: Final = 3
"""Grids with room that are named to who adds a household."""


@dataclass(frozen=True, slots=True)
class HouseholdForm:
    """A household as a form describes it; without a place it stands on the anchor of its hamlet."""

    village_id: int
    code: str | None
    name: str | None
    door: str | None
    hamlet: str | None
    phone: str | None
    address: str | None
    place: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class GridWithRoom:
    """A grid in force that has room for one more, and how far its nearest household is."""

    plan_id: int
    number: int
    label: str | None
    size: int
    most: int
    metres: float


def parse_household(store: Store, actor: Actor, typed: FormFields) -> HouseholdForm | None:
    """Return what a form describes, or None where something in it is wrong."""
    with store.read() as connection:
        known = {row["id"] for row in villages.rows(connection, actor.scope)}
    village_id = typed.one_of("village_id", known)
    found = HouseholdForm(
        village_id=village_id or 0,
        code=typed.text("code"),
        name=typed.text("name"),
        door=typed.text("door"),
        hamlet=typed.text("hamlet"),
        phone=typed.text("phone"),
        address=typed.text("address"),
        place=typed.place(),
    )
    if not (found.name or found.door or found.code):
        typed.wrong("name", "registry.nameless")
    return None if typed.problems else found


def add(store: Store, who: Who, one: HouseholdForm, *, now: datetime) -> int:
    """Add a household and return its id; until the next plan it is in no grid.

    Raises
    ------
    InputRefused
        Its code is taken.
    """
    with store.change(who, "add", "household", now=now) as change:
        code = one.code or households.free_code(change.connection)
        _check_code(change.connection, code)
        values = _values(change.connection, one) | {"code": code}
        change.object_id = households.add_row(change.connection, values)
        change.village_id = one.village_id
        return change.object_id


def update(store: Store, who: Who, household_id: int, version: int, one: HouseholdForm, *, now: datetime) -> bool:
    """Change a household; return whether anything of it is new. One that changes its village leaves all drafts.

    Raises
    ------
    Conflict
        Somebody changed it since this version.
    InputRefused
        Its code is taken.
    """
    with store.read() as connection:
        if not changed_fields(households.by_id(connection, household_id), _values(connection, one)):
            return False
    with store.change(who, "change", "household", now=now) as change:
        before = households.by_id(change.connection, household_id)
        values = _values(change.connection, one)
        if one.code and one.code != before["code"]:
            _check_code(change.connection, one.code)
        if not change_if_current(change.connection, household, household_id, version, values):
            raise edit_conflict(change.connection, "household", household_id, before["village_id"])
        change.object_id, change.village_id = household_id, before["village_id"]
        change.detail = {"fields": changed_fields(before, values)}
        if one.village_id != before["village_id"]:
            change.detail["drafts"] = households.remove_from_drafts(change.connection, household_id)
            change.by_village = {village: change.detail for village in (before["village_id"], one.village_id)}
        return True


def retire(store: Store, who: Who, household_id: int, version: int, day: date | None, *, now: datetime) -> None:
    """Retire a household as of a day, or with None bring it back. It leaves drafts; what was stays.

    Raises
    ------
    Conflict
        Somebody changed it since this version.
    """
    with store.change(who, "retire" if day else "bring back", "household", now=now) as change:
        before = households.by_id(change.connection, household_id)
        if not change_if_current(change.connection, household, household_id, version, {"retired_on": day}):
            raise edit_conflict(change.connection, "household", household_id, before["village_id"])
        change.object_id, change.village_id = household_id, before["village_id"]
        change.detail = {"fields": ["retired"]}
        if day:
            change.detail["drafts"] = households.remove_from_drafts(change.connection, household_id)


def _check_code(connection: Connection, code: str) -> None:
    if households.code_exists(connection, code):
        raise InputRefused("registry.code_taken", code=code)


def _values(connection: Connection, one: HouseholdForm) -> dict[str, Any]:
    anchor = placement.anchors(connection, one.village_id).get(one.hamlet or "")
    lon, lat = one.place or anchor or (None, None)
    values: dict[str, Any] = {
        "village_id": one.village_id,
        "name": one.name,
        "door": one.door,
        "hamlet": one.hamlet,
        "phone": one.phone,
        "address": one.address,
        "lon": lon,
        "lat": lat,
        "position": "exact" if one.place else "hamlet",
    }
    return values | ({"code": one.code} if one.code else {})


def grids_with_room(store: Store, home: RowMapping) -> tuple[GridWithRoom, ...]:
    """Return the nearest grids in force of a household's village that have room for one more."""
    if home["lon"] is None:
        return ()
    with store.read() as connection:
        neighbours = households.placed_in_grids(connection, home["village_id"])
    grids: dict[tuple[int, int], list[RowMapping]] = {}
    for neighbour in neighbours:
        grids.setdefault((neighbour["plan_id"], neighbour["number"]), []).append(neighbour)
    frame = LocalFrame(home["lon"], home["lat"])
    rooms = []
    for (plan_id, number), inside in grids.items():
        places = [(one["lon"], one["lat"]) for one in inside if one["lon"] is not None]
        if len(inside) < inside[0]["most"] and places:
            metres = float(np.linalg.norm(frame.to_metres(places), axis=1).min())
            rooms.append(GridWithRoom(plan_id, number, inside[0]["label"], len(inside), inside[0]["most"], metres))
    return tuple(sorted(rooms, key=lambda room: (room.metres, room.number))[:NEAREST])
