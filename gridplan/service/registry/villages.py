"""Villages added, renamed, given a boundary and days, and retired."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from gridplan.coordinates import LAT_RANGE, LON_RANGE, LocalFrame
from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.households import read_villages
from gridplan.names import folded
from gridplan.roles import Actor
from gridplan.service.registry.edit_conflict import changed_fields, edit_conflict
from gridplan.service.registry.form import FormFields
from gridplan.store import Store, Who
from gridplan.store.registry import placement, villages
from gridplan.store.registry.row_versions import change_if_current
from gridplan.store.tables import village
from gridplan.words import Message, series

EARTH = shapely.box(LON_RANGE[0], LAT_RANGE[0], LON_RANGE[1], LAT_RANGE[1])
OVERLAP_M2 = 1000.0
"""Square metres that two boundaries may share before it is said: drawn lines never meet to the metre."""
LARGEST_KM2 = 5000.0


@dataclass(frozen=True, slots=True)
class VillageForm:
    """A village as a form describes it."""

    name: str
    code: str | None
    start_day: date | None
    notice_day: date | None


def parse_village(typed: FormFields) -> VillageForm | None:
    """Return what a form describes, or None where something in it is wrong."""
    name, code = typed.text("name", required=True), typed.text("code")
    found = VillageForm(name or "", code, typed.day("start_day"), typed.day("notice_day"))
    if found.start_day and found.notice_day and found.start_day < found.notice_day:
        typed.wrong("start_day", "registry.start_before_notice")
    return None if typed.problems else found


def add(store: Store, who: Who, one: VillageForm, *, now: datetime) -> int:
    """Add a village and return its id.

    Raises
    ------
    InputRefused
        There is a village of that name.
    """
    with store.change(who, "add", "village", now=now) as change:
        _check_name(change.connection, one.name)
        change.object_id = change.village_id = villages.add_row(change.connection, _values(one))
        return change.object_id


def update(store: Store, who: Who, village_id: int, version: int, one: VillageForm, *, now: datetime) -> bool:
    """Change a village; return whether anything is new.

    Raises
    ------
    Conflict
        Somebody changed it since this version.
    InputRefused
        There is another village of that name.
    """
    with store.read() as connection:
        if not changed_fields(villages.by_id(connection, village_id), _values(one)):
            return False
    with store.change(who, "change", "village", now=now) as change:
        before = villages.by_id(change.connection, village_id)
        if one.name != before["name"]:
            _check_name(change.connection, one.name, but=village_id)
        _keep(change.connection, village_id, version, _values(one))
        change.object_id = change.village_id = village_id
        change.detail = {"fields": changed_fields(before, _values(one))}
        return True


def set_boundary(
    store: Store, who: Who, village_id: int, version: int, boundary: BaseGeometry | None, *, now: datetime
) -> None:
    """Give a village a boundary, or with None take it away.

    Raises
    ------
    Conflict
        Somebody changed the village since this version.
    InputRefused
        The boundary is no usable area.
    """
    if boundary is not None:
        check_boundary(boundary)
    with store.change(who, "draw", "village", now=now) as change:
        _keep(change.connection, village_id, version, {"boundary": boundary})
        change.object_id = change.village_id = village_id
        change.detail = {"fields": ["boundary"]}


def retire(store: Store, who: Who, village_id: int, version: int, day: date | None, *, now: datetime) -> None:
    """Retire a village without households, or with None bring it back.

    Raises
    ------
    Conflict
        Somebody changed it since this version.
    InputRefused
        It still has households.
    """
    with store.change(who, "retire" if day else "bring back", "village", now=now) as change:
        _, households = placement.progress(change.connection, village_id)
        if day and households:
            raise InputRefused("registry.village_lived_in", n=households)
        _keep(change.connection, village_id, version, {"retired_on": day})
        if day:
            villages.archive_plan(change.connection, village_id, now)
        change.object_id = change.village_id = village_id
        change.detail = {"fields": ["retired"]}


def _keep(connection: Connection, village_id: int, version: int, values: Mapping[str, Any]) -> None:
    if not change_if_current(connection, village, village_id, version, values):
        raise edit_conflict(connection, "village", village_id, village_id)


def _check_name(connection: Connection, name: str, but: int | None = None) -> None:
    for known, id_ in villages.ids_by_name(connection).items():
        if id_ != but and folded(known) == folded(name):
            raise InputRefused("registry.village_known", village=known)


def _values(one: VillageForm) -> dict[str, Any]:
    return {"name": one.name, "code": one.code, "start_day": one.start_day, "notice_day": one.notice_day}


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


def area_m2(shape: BaseGeometry) -> float:
    """Return the area of a shape in degrees, in square metres."""
    centre = shape.centroid
    return float(LocalFrame(centre.x, centre.y).shape_to_metres(shape).area) if not shape.is_empty else 0.0


def boundary_notes(store: Store, actor: Actor, village_id: int) -> list[Message]:
    """Return what there is to say about the boundary of a village: what it crosses, and who stands outside."""
    with store.read() as connection:
        boundaries = villages.boundaries(connection)
        homes = placement.household_rows(connection, village_id)
        names = villages.names(connection)
    boundary = boundaries.pop(village_id, None)
    if boundary is None:
        return []
    said = []
    crossed = [id_ for id_, other in boundaries.items() if area_m2(boundary.intersection(other)) > OVERLAP_M2]
    if crossed:
        seen: list[str | Message] = [names[id_] for id_ in crossed if actor.reaches([id_])]
        hidden = [Message("registry.other_village")] if len(seen) < len(crossed) else []
        said.append(Message("registry.crosses", {"villages": series([*seen, *hidden])}))
    places = [(home["lon"], home["lat"]) for home in homes if home["position"] == "exact"]
    inside = shapely.intersects_xy(boundary, places) if places else []
    if outside := len(places) - int(sum(inside)):
        said.append(Message("registry.households_outside", {"n": outside}))
    return said


def boundary_of_file(path: Path, name: str) -> BaseGeometry:
    """Return the boundary that a file gives a village: the one of its name, or the only one there is.

    Raises
    ------
    InputRefused
        The file cannot be used, or has several villages and none of that name.
    """
    found = [one for one in read_villages(str(path)).villages if one.boundary is not None]
    named = [one for one in found if folded(one.name) == folded(name)]
    chosen = named or found
    if len(chosen) != 1:
        raise InputRefused("registry.which_boundary", n=len(found), village=name)
    boundary = chosen[0].boundary
    if boundary is None:
        raise InputRefused("registry.no_area")
    return boundary
