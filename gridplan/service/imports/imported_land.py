"""What an import brought of the land: its features, places of hamlets and boundaries, counted and taken back as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final, TypedDict

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping

from gridplan.errors import NotAllowed, NotFound
from gridplan.exchange.lists.features import shape_keys
from gridplan.roles import Actor
from gridplan.service.imports.diff import ImportDiff
from gridplan.service.registry.villages import parse_shape
from gridplan.service.town.basemap import KINDS as ON_BASEMAP
from gridplan.service.town.basemap import draw_basemap
from gridplan.store import Store, Who, tables
from gridplan.store.registry import features, placement, villages
from gridplan.store.registry.placement import Place
from gridplan.store.rows import update_row
from gridplan.store.system import audit, imports


class Redrawn(TypedDict):
    """A village that an import gave a boundary: what that is told by, and the one before as GeoJSON, blank if none."""

    village: int
    key: str
    before: str


class Moved(TypedDict):
    """A hamlet that an import gave a place, and the place before."""

    village: int
    hamlet: str
    place: list[float]
    before: list[float] | None


class ImportedLand(TypedDict):
    """What an import brought of the land besides features, and what was there before."""

    boundaries: list[Redrawn]
    places: list[Moved]
    new_villages: list[int]


NOTHING: Final[ImportedLand] = {"boundaries": [], "places": [], "new_villages": []}


def land_to_import(connection: Connection, diff: ImportDiff, id_of: Mapping[str, int]) -> ImportedLand:
    """Return what lists are about to bring besides features, and what is in its place now; `id_of` has all villages."""
    new = {id_of[one.name]: one for one in diff.new_villages}
    there = {id_: shape for id_, shape in villages.boundaries(connection).items() if id_ not in new}
    listed = {**diff.changed_villages, **new}
    drawn = {id_: one.boundary for id_, one in listed.items() if one.boundary is not None}
    set_at = placement.anchors_by_village(connection, {id_of[one.village] for one in diff.anchors})
    return {
        "boundaries": [
            {"village": id_, "key": _key(boundary), "before": _text(there.get(id_))} for id_, boundary in drawn.items()
        ],
        "places": [
            {
                "village": id_of[one.village],
                "hamlet": one.name or "",
                "place": [one.lon, one.lat],
                "before": _place_of(set_at, id_of[one.village], one.name or ""),
            }
            for one in diff.anchors
        ],
        "new_villages": sorted(new),
    }


def _place_of(anchors: Mapping[int, Mapping[str, Place]], village_id: int, hamlet: str) -> list[float] | None:
    place = anchors.get(village_id, {}).get(hamlet)
    return None if place is None else [*place]


def _text(boundary: BaseGeometry | None) -> str:
    return "" if boundary is None else str(shapely.to_geojson(boundary))


def _key(boundary: BaseGeometry) -> str:
    return sha256(shape_keys([boundary])[0]).hexdigest()


@dataclass(frozen=True, slots=True)
class LandThere:
    """What an import brought of the land, and what of that is still as it brought it."""

    features: tuple[RowMapping, ...]
    boundaries: tuple[Redrawn, ...]
    places: tuple[Moved, ...]
    new_villages: tuple[int, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How much of it is there, kind by kind, without zeros."""
        found = {"features": self.features, "boundaries": self.boundaries, "places": self.places}
        return {kind: len(things) for kind, things in found.items() if things}


def land_there(connection: Connection, batch: RowMapping) -> LandThere:
    """Return what an import brought of the land, without what was changed or taken away since."""
    land: ImportedLand = batch["result"].get("land", NOTHING)
    id_batches = [one.ids for one in features.feature_batches(connection) if _is_of(one.deed, batch["id"])]
    drawn = villages.boundaries(connection) if land["boundaries"] else {}
    keys = {id_: _key(boundary) for id_, boundary in drawn.items()}
    anchors = placement.anchors_by_village(connection, {one["village"] for one in land["places"]})
    return LandThere(
        tuple(row for ids in id_batches for row in features.of_ids(connection, ids)),
        tuple(one for one in land["boundaries"] if keys.get(one["village"]) == one["key"]),
        tuple(one for one in land["places"] if _place_of(anchors, one["village"], one["hamlet"]) == one["place"]),
        tuple(land["new_villages"]),
    )


def _is_of(deed: audit.Entry, batch_id: int) -> bool:
    return deed.verb == "import" and deed.object_id == batch_id


def take_back(store: Store, who: Who, actor: Actor, batch_id: int, *, today: date, now: datetime) -> None:
    """Take back what an import brought of the land and is still as it brought it.

    Villages that it made are retired if nobody was ever of them.

    Raises
    ------
    NotFound
        There is no such import, or nothing of it is there.
    NotAllowed
        It is of villages that are not the actor's.
    """
    with store.change(who, "take back", "lists", now=now) as change:
        connection = change.connection
        land = land_there(connection, imports.by_id(connection, batch_id))
        if not land.counts:
            raise NotFound("entrance.not_here")
        of_villages = {one["village"] for one in (*land.boundaries, *land.places)}
        shapes = [row["shape"] for row in land.features]
        if not actor.reaches(of_villages | features.villages_of_all(features.grounds(connection), shapes)):
            raise NotAllowed("entrance.not_allowed")
        features.remove(connection, [row["id"] for row in land.features])
        for drawn in land.boundaries:
            update_row(connection, tables.village, drawn["village"], {"boundary": parse_shape(drawn["before"])})
        for moved in land.places:
            before = (moved["before"][0], moved["before"][1]) if moved["before"] else None
            placement.set_anchor(connection, moved["village"], moved["hamlet"], before)
        for id_ in villages.without_people(connection, land.new_villages):
            update_row(connection, tables.village, id_, {"retired_on": today})
        change.object_id, change.detail = batch_id, land.counts
        change.by_village = {village_id: land.counts for village_id in sorted(of_villages)}
    if not {row["kind"] for row in land.features}.isdisjoint(ON_BASEMAP):
        draw_basemap(store)
