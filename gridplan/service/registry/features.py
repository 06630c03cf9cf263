"""Roads, barriers, crossings, water and buildings: drawn or read from a file, and removed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import FAR_M, REACH_KM, box_without_strays
from gridplan.errors import InputRefused, NotFound
from gridplan.exchange.lists.features import READERS, are_usable, not_known, shape_keys
from gridplan.exchange.tables.source import Source
from gridplan.roles import Actor
from gridplan.service.registry.villages import EARTH, parse_shape
from gridplan.service.town.basemap import KINDS as DRAWN
from gridplan.service.town.basemap import draw_basemap
from gridplan.store import Store, Who
from gridplan.store.registry import features, placement, villages
from gridplan.store.registry.features import Kind
from gridplan.store.registry.placement import Place
from gridplan.store.rows import by_id
from gridplan.store.tables import feature
from gridplan.words import Message

MOST_LISTED: Final = 200
"""Features that one page names. All are on its map: of the buildings of a whole town, the others on its basemap."""
NEAR_DEGREES: Final = 0.004
"""Around a village, features so near are shown."""
KM_PER_DEGREE: Final = 111.2


@dataclass(frozen=True, slots=True)
class AddedFile:
    """A file of features that was added: the id of its deed, when and by whom, and how many of them are still there."""

    id: int
    at: datetime
    by: str | None
    features: int


@dataclass(frozen=True, slots=True)
class FeaturesPage:
    """The first features of a kind, each with whether it may be removed, of how many, and the counts of all kinds."""

    rows: tuple[tuple[RowMapping, bool], ...]
    total: int
    counts: Mapping[str, int]
    files: tuple[AddedFile, ...]
    """The files of which features are there, the latest first."""


@dataclass(frozen=True, slots=True)
class MapBackground:
    """What a page draws on: the grounds of villages, the features among them, and who stands in one village."""

    bounds: tuple[float, float, float, float] | None
    villages: tuple[tuple[BaseGeometry, Mapping[str, Any]], ...]
    features: tuple[RowMapping, ...]
    homes: tuple[Place, ...]
    anchors: Mapping[str, Place]


def features_page(store: Store, actor: Actor, kind: str) -> FeaturesPage:
    """Return the features of a kind that reach into a village of the scope, or into none at all."""
    with store.read() as connection:
        found = features.rows(connection, [kind])
        grounds = features.grounds(connection)
        counts = features.counts(connection) if actor.scope is None else {}
        files = _files(connection, actor, kind, grounds, found)
    if actor.scope is not None:
        found = [row for row in found if _concerns(actor, features.villages_of(grounds, row["shape"]))]
    first = found[:MOST_LISTED]
    rows = tuple((row, actor.reaches(features.villages_of(grounds, row["shape"]))) for row in first)
    return FeaturesPage(rows, len(found), counts, files)


def _files(
    connection: Connection,
    actor: Actor,
    kind: str,
    grounds: Mapping[int, BaseGeometry],
    found: Iterable[RowMapping],
) -> tuple[AddedFile, ...]:
    """Return the files of a kind whose features are there and within the scope."""
    shape_of, files = {row["id"]: row["shape"] for row in found}, []
    for one in features.feature_batches(connection):
        there, deed = [shape_of[id_] for id_ in one.ids if id_ in shape_of], one.deed
        if there and (actor.scope is None or actor.reaches(features.villages_of_all(grounds, there))):
            files.append(AddedFile(deed.id, deed.at, deed.by, len(there)))
    return tuple(files)


def map_background(store: Store, actor: Actor, village_id: int | None = None) -> MapBackground:
    """Return what lies around the villages of the scope, or around one of them with its households and anchors."""
    with store.read() as connection:
        grounds = features.grounds(connection, actor.scope)
        given, names = villages.boundaries(connection), villages.names(connection)
        found = features.rows(connection)
        homes = placement.household_rows(connection, village_id) if village_id is not None else []
        anchors = placement.anchors(connection, village_id) if village_id is not None else {}
    if village_id is None:
        buildings = [row for row in found if row["kind"] == "building"]
        found = [row for row in found if row["kind"] != "building"] + buildings[:MOST_LISTED]
    places = tuple((home["lon"], home["lat"]) for home in homes if home["position"] == "exact")
    here = [grounds[village_id]] if village_id in grounds else [] if places else list(grounds.values())
    spots = [(*place, *place) for place in (*places, *anchors.values())]
    shown = [shape.bounds for shape in here if not shape.is_empty] + spots
    bounds = box_without_strays(shown, FAR_M if village_id is not None else REACH_KM * 1000)
    near = None if bounds is None else shapely.box(*bounds).buffer(NEAR_DEGREES, join_style="mitre")
    return MapBackground(
        bounds=bounds,
        villages=tuple(
            (shape, {"id": id_, "name": names[id_], "given": id_ in given})
            for id_, shape in grounds.items()
            if shape.area  # where all live on one spot there is no outline
        ),
        features=tuple(row for row in found if near is not None and row["shape"].intersects(near)),
        homes=places,
        anchors=anchors,
    )


def _concerns(actor: Actor, of: Collection[int]) -> bool:
    return not of or actor.scope is None or bool(actor.scope.intersection(of))


def add_drawn(
    store: Store, who: Who, actor: Actor, kind: Kind, name: str | None, shape: BaseGeometry, *, now: datetime
) -> int:
    """Add a feature that was drawn on the map, and return its id.

    Raises
    ------
    InputRefused
        It is not of the shape that its kind has, is there already, reaches far beyond the town, or into a village of
        others.
    """
    if shape.geom_type.startswith("Multi") or not EARTH.covers(shape) or not shape.is_valid:
        raise InputRefused("registry.no_shape")
    if not are_usable([shape], kind)[0]:
        raise InputRefused("registry.other_shape")
    with store.change(who, "add", "feature", now=now) as change:
        _check_ground(change.connection, actor, [shape])
        if not _new(change.connection, kind, [shape]):
            raise InputRefused("registry.there_already")
        (change.object_id,) = features.add(change.connection, kind, [(name, shape)])
        change.detail = {"features": 1}
        added = change.object_id
    _draw_again(store, kind)
    return added


# ---- files


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """What a file of features holds: the shapes that would be added, how many are there already, and what to know."""

    shapes: tuple[BaseGeometry, ...]
    known: int
    notes: tuple[Message, ...]

    @property
    def text(self) -> str:
        """The shapes as they are sent back to be added."""
        return str(shapely.to_geojson(shapely.GeometryCollection(self.shapes)))


def preview_file(store: Store, actor: Actor, kind: Kind, source: Source) -> FeatureFile:
    """Return what adding the features of a file would come to.

    Raises
    ------
    InputRefused
        The file cannot be used, or what is in it reaches far beyond the town, or into a village of others.
    """
    found = READERS[kind](source)
    with store.read() as connection:
        _check_ground(connection, actor, found.shapes)
        new = _new(connection, kind, found.shapes)
    return FeatureFile(new, len(found.shapes) - len(new), found.notes)


def add_previewed(store: Store, who: Who, actor: Actor, kind: Kind, text: str, *, now: datetime) -> int:
    """Add the features of a file that was previewed, and return how many: those that are there by now are not doubled.

    Raises
    ------
    InputRefused
        They are not what was previewed, or reach far beyond the town, or into a village of others.
    """
    whole = parse_shape(text)
    shapes = list(getattr(whole, "geoms", ()))
    if not shapes or not are_usable(shapes, kind).all():
        raise InputRefused("registry.no_shape")
    with store.change(who, "add", "feature", now=now) as change:
        _check_ground(change.connection, actor, shapes)
        ids = features.add(change.connection, kind, [(None, shape) for shape in _new(change.connection, kind, shapes)])
        change.detail = {"features": len(ids), "kind": kind, "ids": features.runs_of(ids)}
    _draw_again(store, kind)
    return len(ids)


def remove_file(store: Store, who: Who, deed_id: int, kind: Kind, *, now: datetime) -> int:
    """Remove all of a kind that a file or an import brought and that is still there, and return how many.

    Raises
    ------
    NotFound
        There was no such file, or nothing of it is there.
    """
    with store.change(who, "remove", "feature", now=now) as change:
        there = [row["id"] for row in features.rows_of_batch(change.connection, deed_id) if row["kind"] == kind]
        if not there:
            raise NotFound("entrance.not_here")
        features.remove(change.connection, there)
        change.detail = {"features": len(there)}
    _draw_again(store, kind)
    return len(there)


def _new(connection: Connection, kind: Kind, shapes: Sequence[BaseGeometry]) -> tuple[BaseGeometry, ...]:
    """Return the shapes that are not there yet, each once."""
    return not_known(shapes, {*shape_keys(features.shapes(connection, kind))})


# ---- what features are checked for


def remove(store: Store, who: Who, feature_id: int, *, now: datetime) -> str:
    """Remove a feature and return of which kind it was."""
    with store.change(who, "remove", "feature", now=now) as change:
        kind = str(by_id(change.connection, feature, feature_id)["kind"])
        features.remove(change.connection, [feature_id])
        change.object_id = feature_id
    _draw_again(store, kind)
    return kind


def _check_ground(connection: Connection, actor: Actor, shapes: Collection[BaseGeometry]) -> None:
    grounds = features.grounds(connection)
    town = shapely.union_all([*grounds.values()])
    far = sum(not _reach(shape.centroid if town.is_empty else town).covers(shape) for shape in shapes)
    if far:
        raise InputRefused("registry.too_far", n=far, of=len(shapes), km=REACH_KM)
    if actor.scope is None:
        return
    foreign = sum(not actor.reaches(features.villages_of(grounds, shape)) for shape in shapes)
    if foreign:
        raise InputRefused("registry.foreign_ground", n=foreign, of=len(shapes))


def _reach(around: BaseGeometry) -> BaseGeometry:
    """Return the box that what is among the land of something may reach into."""
    west, south, east, north = around.bounds
    up = REACH_KM / KM_PER_DEGREE
    aside = up / max(0.1, math.cos(math.radians(max(abs(south), abs(north)))))
    return shapely.box(west - aside, south - up, east + aside, north + up)


def _draw_again(store: Store, kind: str) -> None:
    if kind in DRAWN:
        draw_basemap(store)
