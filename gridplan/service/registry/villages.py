"""Villages: the form of one, and what is done to one: add, change, draw its boundary, retire, restore."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import (
    LAT_RANGE,
    LON_RANGE,
    REACH_KM,
    area_m2,
    metres_outside,
    middle_of,
    overlapped,
)
from gridplan.errors import InputRefused
from gridplan.exchange.lists.village_names import VillageNames, as_listed, listed_name, marked
from gridplan.exchange.lists.villages import read_villages
from gridplan.exchange.tables.source import Source
from gridplan.names import folded, villages_alike
from gridplan.roles import Actor
from gridplan.service.registry import checks
from gridplan.service.registry.edit_conflict import changed_fields, save_edit
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.contact import weeks
from gridplan.store.contact.visits import is_visited_since
from gridplan.store.registry import placement, villages
from gridplan.store.rows import add_row
from gridplan.store.system import audit
from gridplan.store.tables import village
from gridplan.words import Message, length, series

EARTH = shapely.box(LON_RANGE[0], LAT_RANGE[0], LON_RANGE[1], LAT_RANGE[1])
LARGEST_KM2 = 5000.0


@dataclass(frozen=True, slots=True)
class VillageForm:
    """A village as a form describes it."""

    name: str
    code: str | None
    phone: str | None
    """Of its office."""
    start_day: date | None
    notice_day: date | None
    town: str | None = None
    confirmed: str = ""
    """The key of the doubts about it that were confirmed."""


@dataclass(frozen=True, slots=True)
class BoundaryPage:
    """A village, what there is to say about its boundary, and what that was before, as GeoJSON, if it was changed."""

    village: RowMapping
    notes: tuple[Message, ...]
    before: str | None
    """Blank where there was none."""


def boundary_page(store: Store, actor: Actor, village_id: int) -> BoundaryPage:
    """Return what the page of a boundary shows.

    Raises
    ------
    NotFound
        There is no such village.
    """
    with store.read() as connection:
        last = audit.last_of(connection, "draw", "village", village_id)
        return BoundaryPage(
            villages.by_id(connection, village_id),
            tuple(_boundary_notes(connection, actor, village_id)),
            last.get("before") if last else None,
        )


def parse_village(form: FormFields) -> VillageForm:
    """Return the village of a form.

    Raises
    ------
    InputRefused
        Something in the form is wrong.
    """
    found = VillageForm(
        name=form.text("name", required=True, of_list="village") or "",
        code=form.text("code", of_list="id"),
        phone=form.text("phone"),
        start_day=form.day("start_day"),
        notice_day=form.day("notice_day"),
        town=form.text("town"),
        confirmed=form.fields.get("confirmed", ""),
    )
    if problem := days_problem(found.notice_day, found.start_day):
        form.reject("start_day", problem)
    form.check()
    return found


def days_problem(notice: date | None, start: date | None) -> str | None:
    """Return what is wrong with the days of a village: visits begin once its households were told, not before."""
    if start is None:
        return None
    if notice is None:
        return "registry.start_without_notice"
    return "registry.start_before_notice" if start < notice else None


def check_start(connection: Connection, before: RowMapping, start: date | None) -> None:
    """Check that a village in which visits were recorded since its start does not start later, or not at all.

    Raises
    ------
    InputRefused
        It would: the figures of days that are over would be others.
    """
    was = before["start_day"]
    if was is not None and (start is None or start > was) and is_visited_since(connection, before["id"], was):
        raise InputRefused("registry.start_stays", village=before["name"], day=was)


def add(store: Store, who: Who, form: VillageForm, *, now: datetime) -> int:
    """Add a village and return its id.

    Raises
    ------
    InputRefused
        There is a village of that name.
    """
    with store.change(who, "add", "village", now=now) as change:
        _check_name(change.connection, form)
        row = _values(form) | {"listed_name": listed_name(form.name, form.town, form.code)}
        change.object_id = change.village_id = add_row(change.connection, village, row)
        return change.object_id


def update(store: Store, who: Who, village_id: int, version: int, form: VillageForm, *, now: datetime) -> bool:
    """Change a village; return whether anything is new.

    Raises
    ------
    Conflict
        It was changed since this version.
    InputRefused
        There is another village of that name, or visits were recorded since its start, which is to be later.
    """
    with store.read() as connection:
        if not changed_fields(villages.by_id(connection, village_id), _values(form)):
            return False
    with store.change(who, "change", "village", now=now) as change:
        before = villages.by_id(change.connection, village_id)
        if form.name != before["name"]:
            _check_name(change.connection, form, but=village_id)
        check_start(change.connection, before, form.start_day)
        save_edit(change, village, before, version, _values(form))
        former = villages.with_former(before, form.name, form.code)
        listed = before["listed_name"] or listed_name(form.name, form.town, form.code)
        villages.set_names(change.connection, village_id, former, listed)
        return True


def set_boundary(
    store: Store,
    who: Who,
    actor: Actor,
    village_id: int,
    version: int,
    boundary: BaseGeometry | None,
    *,
    confirmed: str = "",
    now: datetime,
) -> None:
    """Give a village a boundary, or with None take it away.

    Raises
    ------
    Conflict
        The village was changed since this version, or is retired.
    InputRefused
        The boundary is no usable area, or is nowhere near the village.
    Unconfirmed
        It covers ground of another village, or not all households.
    """
    if boundary is not None:
        check_boundary(boundary)
    with store.change(who, "draw", "village", now=now) as change:
        before = villages.by_id(change.connection, village_id)["boundary"]
        if boundary is not None and (before is None or not before.equals(boundary)):
            doubts = _boundary_doubts(change.connection, actor, village_id, boundary)
            checks.ask(doubts, confirmed)
        save_edit(change, village, villages.by_id(change.connection, village_id), version, {"boundary": boundary})
        change.detail["before"] = "" if before is None else shapely.to_geojson(before)


def retire(store: Store, who: Who, village_id: int, version: int, day: date, *, now: datetime) -> None:
    """Retire a village without households.

    Raises
    ------
    Conflict
        It was changed since this version.
    InputRefused
        It still has households.
    """
    with store.change(who, "retire", "village", now=now) as change:
        _, households = placement.progress(change.connection, village_id)
        if households:
            raise InputRefused("registry.village_lived_in", n=households)
        save_edit(change, village, villages.by_id(change.connection, village_id), version, {"retired_on": day})
        villages.archive_plan(change.connection, village_id, now)
        weeks.recount_villages(change.connection, [village_id], since=now)


def restore(store: Store, who: Who, village_id: int, version: int, *, now: datetime) -> None:
    """Undo that a village was retired: its plan is in force again.

    Raises
    ------
    Conflict
        It was changed since this version.
    """
    with store.change(who, "unretire", "village", now=now) as change:
        save_edit(change, village, villages.by_id(change.connection, village_id), version, {"retired_on": None})
        villages.restore_plan(change.connection, village_id)
        weeks.recount_villages(change.connection, [village_id])


def _check_name(connection: Connection, form: VillageForm, but: int | None = None) -> None:
    others = [known for known, id_ in villages.ids_by_name(connection).items() if id_ != but]
    for known in others:
        if folded(known) != folded(form.name):
            continue
        if mark := form.town or form.code:
            raise InputRefused("registry.village_known_otherwise", village=known, name=marked(known, mark))
        raise InputRefused("registry.village_known", village=known)
    alike = next((group for group in villages_alike([form.name, *others]) if form.name in group), ())
    named = series(known for known in alike if known != form.name)
    checks.ask([Message("registry.doubt.village", {"villages": named})] if alike else [], form.confirmed)


def _values(form: VillageForm) -> dict[str, Any]:
    values = asdict(form)
    del values["confirmed"]
    return values


# ---- boundaries


def parse_shape(text: str) -> BaseGeometry | None:
    """Return the shape that was drawn on the map, as GeoJSON; None if nothing was.

    Raises
    ------
    InputRefused
        It is no GeoJSON.
    """
    if not text.strip():
        return None
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(json.loads(text))))
    except (ValueError, GEOSException, RecursionError) as problem:
        raise InputRefused("registry.no_shape") from problem
    if shape is None or shape.is_empty:
        return None
    return shape


def check_boundary(boundary: BaseGeometry) -> None:
    """Refuse a boundary that is no usable area.

    Raises
    ------
    InputRefused
        It is a line, crosses itself, lies off the earth or is larger than any village.
    """
    if boundary.geom_type not in ("Polygon", "MultiPolygon"):
        raise InputRefused("registry.no_area")
    if not EARTH.covers(boundary):
        raise InputRefused("registry.off_earth")
    if not boundary.is_valid:
        raise InputRefused("registry.crosses_itself")
    square_km = area_m2(boundary) / 1e6
    if not 0 < square_km < LARGEST_KM2:
        raise InputRefused("registry.not_a_village", area=f"{square_km:,.0f}")


def _boundary_doubts(
    connection: Connection, actor: Actor, village_id: int, boundary: BaseGeometry
) -> Iterator[Message]:
    """Yield what speaks against a boundary of a village: what it crosses, who stands outside, and how far it is away.

    Raises
    ------
    InputRefused
        Nothing of the village is where it is.
    """
    name, others = villages.by_id(connection, village_id)["name"], villages.boundaries(connection)
    others.pop(village_id, None)
    if crossed := overlapped(boundary, others):
        yield Message("registry.doubt.crosses", {"villages": _named(connection, actor, crossed)})
    homes = placement.household_rows(connection, village_id)
    places = [(home["lon"], home["lat"]) for home in homes if home["position"] == "exact"]
    outside = [place for place in places if not boundary.intersects(shapely.Point(place))]
    if places and len(outside) == len(places):
        away = metres_outside(boundary, middle_of(places))
        if away > REACH_KM * 1000:
            raise InputRefused("registry.out_of_reach", village=name, length=length(away), km=REACH_KM)
    if outside:
        yield Message("registry.doubt.homes_outside", {"n": len(outside), "of": len(places)})


def _named(connection: Connection, actor: Actor, village_ids: Sequence[int]) -> Message:
    """Return villages by name, those out of the scope as others."""
    names = villages.names(connection)
    named: list[str | Message] = [names[id_] for id_ in village_ids if actor.reaches([id_])]
    hidden = [Message("registry.other_village")] if len(named) < len(village_ids) else []
    return series([*named, *hidden])


def _boundary_notes(connection: Connection, actor: Actor, village_id: int) -> Iterator[Message]:
    """Yield what there is to say about the boundary of a village: what it crosses, and who stands outside."""
    boundaries = villages.boundaries(connection)
    boundary = boundaries.pop(village_id, None)
    if boundary is None:
        return
    if crossed := overlapped(boundary, boundaries):
        yield Message("registry.crosses", {"villages": _named(connection, actor, crossed)})
    homes = placement.household_rows(connection, village_id)
    places = [(home["lon"], home["lat"]) for home in homes if home["position"] == "exact"]
    inside = shapely.intersects_xy(boundary, places) if places else []
    if outside := len(places) - int(sum(inside)):
        yield Message("registry.households_outside", {"n": outside})


def boundary_of_file(store: Store, village_id: int, source: Source) -> BaseGeometry:
    """Return the boundary that a file gives a village: the one of its name, or the only one there is.

    Raises
    ------
    InputRefused
        The file cannot be used, or has several villages and none of that name.
    """
    with store.read() as connection:
        known = villages.model_of(villages.by_id(connection, village_id))
    names = VillageNames([known])
    found = [one for one in read_villages(source).villages if one.boundary is not None]
    named = [one for one in found if names.find(as_listed(one))]
    chosen = named or found
    if len(chosen) != 1:
        raise InputRefused("registry.which_boundary", n=len(found), village=known.name)
    boundary = chosen[0].boundary
    if boundary is None:
        raise InputRefused("registry.no_area")
    return boundary
