"""Households: the form of one, and what it changes: add, move to another village, retire, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import LocalFrame
from gridplan.errors import InputRefused
from gridplan.roles import Actor
from gridplan.service.registry import checks
from gridplan.service.registry.edit_conflict import changed_fields, save_edit
from gridplan.service.registry.form import FormFields
from gridplan.store import Change, Store, Who
from gridplan.store.contact.corrections import unmerge
from gridplan.store.plans import plans
from gridplan.store.registry import households, placement, villages
from gridplan.store.rows import add_row, code_exists, free_code
from gridplan.store.system.town_settings import town_day
from gridplan.store.tables import household

NEAREST: Final = 3
"""Grids with room that are named to who adds a household."""


@dataclass(frozen=True, slots=True)
class HouseholdForm:
    """A household as a form describes it; without a place it stands on the anchor of its hamlet."""

    village_id: int
    name: str | None
    door: str | None
    hamlet: str | None
    phone: str | None
    address: str | None
    code: str | None
    place: tuple[float, float] | None
    confirmed: str = ""
    """The key of the doubts about it that were confirmed."""


@dataclass(frozen=True, slots=True)
class GridWithRoom:
    """A grid in force that has room for one more, and how far its nearest household is."""

    plan_id: int
    number: int
    label: str | None
    size: int
    most: int
    metres: float


@dataclass(frozen=True, slots=True)
class HouseholdEditPage:
    """A household, None for a new one; what a form offers; and grids with room, if it is in no grid."""

    home: RowMapping | None
    villages: list[RowMapping]
    hamlets: list[str]
    nearby: tuple[GridWithRoom, ...]


def household_edit_page(store: Store, actor: Actor, household_id: int | None = None) -> HouseholdEditPage:
    """Return what the form of a household shows.

    Raises
    ------
    NotFound
        There is none with this id.
    """
    with store.read() as connection:
        home = None if household_id is None else households.by_id(connection, household_id)
        return HouseholdEditPage(
            home,
            villages.rows(connection, actor.scope),
            households.hamlets_of(connection, actor.scope),
            grids_with_room(connection, home) if home and home["no_grid"] else (),
        )


def parse_household(store: Store, actor: Actor, form: FormFields) -> HouseholdForm:
    """Return the household of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    with store.read() as connection:
        known = {row["id"] for row in villages.rows(connection, actor.scope)}
    village_id = form.chosen_id("village_id", known)
    found = HouseholdForm(
        village_id=village_id or 0,
        code=form.text("code", of_list="id"),
        name=form.text("name"),
        door=form.text("door"),
        hamlet=form.text("hamlet"),
        phone=form.text("phone"),
        address=form.text("address"),
        place=form.place(),
        confirmed=form.fields.get("confirmed", ""),
    )
    if not (found.name or found.door or found.code):
        form.reject("name", "registry.nameless")
    form.check()
    return found


Also = Callable[[Change], object]
"""What else is done in the transaction of a change, first."""


def nothing_else(change: Change) -> None:
    """Do nothing besides a change."""


def add(store: Store, who: Who, form: HouseholdForm, *, now: datetime, also: Also = nothing_else) -> int:
    """Add a household and return its id; until the next plan it is in no grid.

    Raises
    ------
    InputRefused
        Its code is taken, or nothing of its village is at its place.
    Unconfirmed
        It is doubtful.
    """
    with store.change(who, "add", "household", now=now) as change:
        also(change)
        change.object_id = add_in_change(change, form, now)
        return change.object_id


def add_in_change(change: Change, form: HouseholdForm, now: datetime) -> int:
    """Add a household in a transaction that is open already, and return its id.

    Raises
    ------
    InputRefused
        Its code is taken, its village is retired, or nothing of that is at its place.
    Unconfirmed
        It is doubtful.
    """
    if form.code:
        _check_code(change.connection, form.code)
    checks.check_village(villages.by_id(change.connection, form.village_id))
    checks.ask(checks.household_doubts(change.connection, _values(change.connection, form)), form.confirmed)
    code = form.code or free_code(change.connection, household)
    change.village_id = form.village_id
    is_new = form.village_id in villages.visited_since(change.connection, today := town_day(change.connection, now))
    values = _values(change.connection, form) | {"code": code, "first_day": today if is_new else None}
    return add_row(change.connection, household, values)


def update(
    store: Store,
    who: Who,
    household_id: int,
    version: int,
    form: HouseholdForm,
    *,
    now: datetime,
    also: Also = nothing_else,
) -> bool:
    """Change a household; return whether anything of it is new. In another village it leaves the plans of the old one.

    Raises
    ------
    Conflict
        It was changed since this version, or is retired.
    InputRefused
        Its code is taken, its village is retired, or nothing of that is at its place.
    Unconfirmed
        It is doubtful.
    """
    with store.read() as connection:
        if not changed_fields(households.by_id(connection, household_id), _values(connection, form)):
            return False
    with store.change(who, "change", "household", now=now) as change:
        also(change)
        before = households.by_id(change.connection, household_id)
        values = _values(change.connection, form)
        if form.code and form.code != before["code"]:
            _check_code(change.connection, form.code)
            plans.follow_code(change.connection, before["code"], form.code)
        checks.check_village(villages.by_id(change.connection, form.village_id))
        checks.ask(checks.household_doubts(change.connection, values, before), form.confirmed)
        households.note_moves(change.connection, {household_id: form.village_id}, town_day(change.connection, now))
        save_edit(change, household, before, version, values)
        if form.village_id != before["village_id"]:
            change.by_village = {village: change.detail for village in (before["village_id"], form.village_id)}
        return True


def retire(
    store: Store,
    who: Who,
    household_id: int,
    version: int,
    day: date,
    *,
    now: datetime,
    also: Also = nothing_else,
) -> None:
    """Retire a household as of a day. Only archived plans have it any more.

    Raises
    ------
    Conflict
        It was changed since this version.
    """
    with store.change(who, "retire", "household", now=now) as change:
        also(change)
        end(change, household_id, version, day)


def end(change: Change, household_id: int, version: int, day: date) -> None:
    """Retire a household in a transaction that is open already.

    Raises
    ------
    Conflict
        It was changed since this version.
    """
    save_edit(change, household, households.by_id(change.connection, household_id), version, {"retired_on": day})


def restore(
    store: Store,
    who: Who,
    household_id: int,
    version: int,
    *,
    now: datetime,
    also: Also = nothing_else,
    confirmed: str = "",
) -> None:
    """Undo that a household was retired, or part of another: it came back, and is in the plans again that it was in.

    Raises
    ------
    Conflict
        It was changed since this version.
    InputRefused
        Its village is retired, or nothing of that is at its place.
    Unconfirmed
        It is doubtful, as a new one would be: somebody there may be the same.
    """
    with store.change(who, "unretire", "household", now=now) as change:
        also(change)
        unmerge(change.connection, household_id, at=now)
        before = households.by_id(change.connection, household_id)
        checks.check_village(villages.by_id(change.connection, before["village_id"]))
        if before["retired_on"] is not None:
            checks.ask(checks.household_doubts(change.connection, before), confirmed)
        save_edit(change, household, before, version, {"retired_on": None})
        households.begin_anew(change.connection, before, town_day(change.connection, now))


def _check_code(connection: Connection, code: str) -> None:
    if code_exists(connection, household, code):
        raise InputRefused("registry.code_taken", code=code)


def _values(connection: Connection, form: HouseholdForm) -> dict[str, Any]:
    hamlet = households.hamlet_as_stored(connection, form.village_id, form.hamlet)
    values = asdict(form) | {"hamlet": hamlet}
    place = values.pop("place")
    del values["confirmed"]
    lon, lat = place or placement.anchors(connection, form.village_id).get(hamlet or "") or (None, None)
    if form.code is None:
        del values["code"]
    return values | {"lon": lon, "lat": lat, "position": "exact" if place else "hamlet"}


def grids_with_room(connection: Connection, home: RowMapping) -> tuple[GridWithRoom, ...]:
    """Return the nearest grids in force of a household's village that have room for one more."""
    if home["lon"] is None:
        return ()
    neighbours = households.placed_in_grids(connection, home["village_id"])
    grids: dict[tuple[int, int], list[RowMapping]] = {}
    for neighbour in neighbours:
        grids.setdefault((neighbour["plan_id"], neighbour["number"]), []).append(neighbour)
    frame = LocalFrame(home["lon"], home["lat"])
    found = []
    for (plan_id, number), inside in grids.items():
        places = [(one["lon"], one["lat"]) for one in inside if one["lon"] is not None]
        if len(inside) < inside[0]["most"] and places:
            metres = float(np.linalg.norm(frame.to_metres(places), axis=1).min())
            found.append(GridWithRoom(plan_id, number, inside[0]["label"], len(inside), inside[0]["most"], metres))
    return tuple(sorted(found, key=lambda one: (one.metres, one.number))[:NEAREST])
