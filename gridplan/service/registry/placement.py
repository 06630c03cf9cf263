"""Place mode: anchors of hamlets, households one click each, and pictures laid under them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import numpy as np
from shapely.geometry import Point
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import metres_between
from gridplan.errors import Conflict, InputRefused
from gridplan.exchange.images import read_picture
from gridplan.exchange.world_file import read_world_file
from gridplan.names import door_key, hamlet_key
from gridplan.roles import Actor
from gridplan.service.registry import checks
from gridplan.service.registry.edit_conflict import save_edit
from gridplan.store import Store, Who
from gridplan.store.registry import placement, scans, villages
from gridplan.store.registry.placement import Place
from gridplan.store.rows import by_id
from gridplan.store.tables import household, scan
from gridplan.words import Message, length

CLOSEST: Final = 0.1
"""Of the diagonal of a picture, so much two control points of it are apart at least: nearer ones leave its size and
turn to chance, for nobody clicks better than by a hair's breadth."""
SMALLEST_M: Final = 20.0
LARGEST_M: Final = 100_000.0
"""Metres that the diagonal of a picture measures on the ground, at least and at most."""


@dataclass(frozen=True, slots=True)
class HamletProgress:
    """A hamlet of a village, its anchor if it has one, and how many of its households have a place of their own."""

    name: str
    place: Place | None
    households: int
    placed: int
    has_own_place: bool
    """Whether it has a place at which no other hamlet stands."""

    @property
    def waits(self) -> bool:
        """Whether it has households without a position, and no place of its own."""
        return self.placed < self.households and not self.has_own_place


@dataclass(frozen=True, slots=True)
class VillageProgress:
    """A village with how many of its hamlets and households have a place, and of how many."""

    village: RowMapping
    hamlets: tuple[int, int]
    households: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlacementPage:
    """A village with its pictures, its hamlets, and its households hamlet by hamlet in the order of their doors."""

    village: RowMapping
    hamlets: tuple[HamletProgress, ...]
    homes: tuple[RowMapping, ...]
    pictures: tuple[RowMapping, ...]


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """The households whose place a change gave, and how far the village is."""

    homes: tuple[RowMapping, ...]
    placed: int
    of: int
    outside: bool = False
    """Whether the place is outside the boundary of the village."""


def village_progress(store: Store, actor: Actor) -> list[VillageProgress]:
    """Return how far the villages of the scope are."""
    with store.read() as connection:
        known = villages.rows(connection, actor.scope)
        counts = placement.progress_by_hamlet(connection, actor.scope)
        anchors = placement.anchors_by_village(connection, actor.scope)
    found = []
    for village in known:
        hamlets = _hamlets(counts.get(village["id"], {}), anchors.get(village["id"], {}))
        households = sum(one.placed for one in hamlets), sum(one.households for one in hamlets)
        found.append(VillageProgress(village, (sum(not one.waits for one in hamlets), len(hamlets)), households))
    return found


def _hamlets(counts: Mapping[str, tuple[int, int]], anchors: Mapping[str, Place]) -> tuple[HamletProgress, ...]:
    """Return the hamlets of a village, from how many households of each are placed, of how many."""
    on = Counter(anchors.values())
    found = []
    for name in sorted(counts.keys() | anchors.keys(), key=hamlet_key):
        (placed, households), place = counts.get(name, (0, 0)), anchors.get(name)
        is_own = place is not None and on[place] == 1
        found.append(HamletProgress(name, place, households, placed, has_own_place=is_own))
    return tuple(found)


def placement_page(store: Store, village_id: int) -> PlacementPage:
    """Return the hamlets, households and pictures of a village."""
    with store.read() as connection:
        return _placement_page(connection, village_id)


def georeference_page(store: Store, scan_id: int) -> tuple[RowMapping, PlacementPage]:
    """Return a picture, and its village with the hamlets there: a point of it may be the anchor of one."""
    with store.read() as connection:
        picture = by_id(connection, scan, scan_id)
        return picture, _placement_page(connection, picture["village_id"])


def _placement_page(connection: Connection, village_id: int) -> PlacementPage:
    homes = placement.household_rows(connection, village_id)
    counts = placement.progress_by_hamlet(connection, [village_id]).get(village_id, {})
    return PlacementPage(
        villages.by_id(connection, village_id),
        _hamlets(counts, placement.anchors(connection, village_id)),
        tuple(sorted(homes, key=lambda home: (hamlet_key(home["hamlet"] or ""), door_key(home["door"])))),
        tuple(scans.of_village(connection, village_id)),
    )


def place_household(
    store: Store,
    who: Who,
    village_id: int,
    household_id: int,
    version: int,
    place: Place | None,
    *,
    confirmed: str = "",
    now: datetime,
) -> PlacementResult:
    """Put a household where it lives, or without a place back on the anchor of its hamlet.

    Raises
    ------
    NotFound
        The village has no such household.
    Conflict
        The household was changed since this version.
    InputRefused
        The place is not on the earth, or nothing of the village is there.
    Unconfirmed
        It is doubtful.
    """
    with store.change(who, "place" if place else "put back", "household", now=now) as change:
        connection = change.connection
        home = placement.household_row(connection, village_id, household_id)
        anchor = placement.anchors(connection, village_id).get(home["hamlet"] or "")
        if home["position"] == "hamlet" and anchor is not None:
            placement.save_anchor(connection, village_id, home["hamlet"] or "", anchor)  # it outlives who stands on it
        lon, lat = place or anchor or (None, None)
        values = {"lon": lon, "lat": lat, "position": "exact" if place else "hamlet"}
        checks.ask(checks.household_doubts(connection, {**home, **values}, home), confirmed)
        save_edit(change, household, home, version, values)
        boundary = villages.by_id(connection, village_id)["boundary"]
        outside = place is not None and boundary is not None and not boundary.covers(Point(place))
        moved = placement.household_row(connection, village_id, household_id)
        return PlacementResult((moved,), *placement.progress(connection, village_id), outside)


def set_anchor(
    store: Store,
    who: Who,
    village_id: int,
    hamlet: str,
    place: Place | None,
    *,
    was: Place | None,
    confirmed: str = "",
    now: datetime,
) -> PlacementResult:
    """Set, move or take away the anchor of a hamlet: those of the hamlet without a place of their own stand there.

    Raises
    ------
    Conflict
        It is no longer where it `was`.
    InputRefused
        The place is not on the earth, nothing of the village is there, or the village is retired.
    Unconfirmed
        It is doubtful.
    """
    with store.change(who, "anchor" if place else "unanchor", "hamlet", now=now) as change:
        change.village_id, change.detail = village_id, {"fields": ["position"]}
        connection = change.connection
        here = placement.anchors(connection, village_id).get(hamlet)
        if not _same(here, was):
            raise Conflict("placement.anchor_moved", hamlet=hamlet)
        checks.check_village(villages.by_id(connection, village_id))
        checks.ask(_anchor_doubts(connection, village_id, hamlet, place), confirmed)
        homes = placement.set_anchor(connection, village_id, hamlet, place)
        change.detail["households"] = len(homes)
        return PlacementResult(tuple(homes), *placement.progress(connection, village_id))


def _anchor_doubts(connection: Connection, village_id: int, hamlet: str, place: Place | None) -> Iterator[Message]:
    yield from checks.place_doubts(connection, village_id, place)
    homes = placement.household_rows(connection, village_id)
    moved = {one["id"] for one in homes if one["position"] == "hamlet" and (one["hamlet"] or "") == hamlet}
    yield from checks.part_doubts(connection, village_id, place, moved)


def _same(one: Place | None, other: Place | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.dist(one, other) < 1e-9


# ---- pictures


def add_picture(
    store: Store,
    who: Who,
    village_id: int,
    file: IO[bytes],
    name: str,
    *,
    world: tuple[bytes, str] | None = None,
    now: datetime,
) -> int:
    """Add a scanned map or an aerial picture, and return its id; with a world file it lies where that says.

    Raises
    ------
    InputRefused
        The picture or the world file cannot be used.
    Busy
        Another picture is being read.
    """
    picture = read_picture(file, name)
    controls: list[Mapping[str, float]] = []
    if world is not None:
        ends = ((0, 0), (picture.width, 0), (0, picture.height))
        corners = read_world_file(world[0], picture.came_as, world[1])
        controls = [{"x": x, "y": y, "lon": lon, "lat": lat} for (x, y), (lon, lat) in zip(ends, corners, strict=True)]
    kept = scans.save_file(store, picture.content, picture.ending)
    try:
        with store.change(who, "add", "scan", now=now) as change:
            change.village_id = village_id
            checks.check_village(villages.by_id(change.connection, village_id))
            if controls:
                _laid(change.connection, village_id, picture.width, picture.height, controls)
            size = (picture.width, picture.height)
            change.object_id = scans.add(
                change.connection, village_id, name=name, file=kept, size=size, controls=controls
            )
            return change.object_id
    except BaseException:
        scans.remove_file(store, kept)
        raise


def picture_file(store: Store, scan_id: int) -> Path:
    """Return where the file of a picture is."""
    with store.read() as connection:
        return scans.path(store, by_id(connection, scan, scan_id)["file"])


def remove_picture(store: Store, who: Who, scan_id: int, *, now: datetime) -> int:
    """Remove a picture and its file; return the village it was of."""
    with store.change(who, "remove", "scan", now=now) as change:
        found = by_id(change.connection, scan, scan_id)
        change.object_id, change.village_id = scan_id, found["village_id"]
        scans.remove(change.connection, scan_id)
    scans.remove_file(store, found["file"])
    return int(found["village_id"])


def georeference(
    store: Store, who: Who, scan_id: int, controls: Sequence[Mapping[str, float]], *, keep: bool = True, now: datetime
) -> tuple[Place, Place, Place]:
    """Lay a picture on the map by two points of it, or only say where its corners would lie.

    Raises
    ------
    InputRefused
        They are too near each other, are not on the earth or nowhere near the village, or make the picture too small
        or too large to be of one.
    """
    with store.read() as connection:
        found = by_id(connection, scan, scan_id)
        laid = _laid(connection, found["village_id"], found["width"], found["height"], controls)
    if keep:
        with store.change(who, "pin", "scan", now=now) as change:
            change.object_id, change.village_id = scan_id, found["village_id"]
            scans.set_controls(change.connection, scan_id, controls)
    return laid


def _laid(
    connection: Connection, village_id: int, width: float, height: float, controls: Sequence[Mapping[str, float]]
) -> tuple[Place, Place, Place]:
    """Return where three corners of a picture of a village lie.

    Raises
    ------
    InputRefused
        Nothing of the village is there, or it is too small or too large.
    """
    _, last, bottom = laid = corners(width, height, controls)
    diagonal = metres_between(last, bottom)
    if not SMALLEST_M <= diagonal <= LARGEST_M:
        raise InputRefused("placement.picture_size", length=length(diagonal))
    middle = ((last[0] + bottom[0]) / 2, (last[1] + bottom[1]) / 2)
    list(checks.place_doubts(connection, village_id, middle))  # a picture may lie beyond the boundary, not out of reach
    return laid


def corners(width: float, height: float, controls: Sequence[Mapping[str, float]]) -> tuple[Place, Place, Place]:
    """Return where the first corner, the last of the top row and the first of the bottom row of a picture lie.

    Two control points turn, scale and shift it (on the plane of Web Mercator, which keeps shapes); three, from a world
    file, may also stretch it.

    Parameters
    ----------
    width, height
        Of the picture, in pixels; y counts downwards.
    controls
        Two or three of x, y, lon, lat.

    Raises
    ------
    InputRefused
        Two of the points are too near each other, or one is not on the earth.
    """
    for one in controls:
        checks.check_place((one["lon"], one["lat"]))
    pixels = np.array([(one["x"], one["y"]) for one in controls])
    planes = np.array([_to_plane(one["lon"], one["lat"]) for one in controls])
    wanted = np.array([(0.0, 0.0), (width, 0.0), (0.0, height)])
    if len(controls) == 2:
        (first, second), (there, yonder) = _complex(pixels * (1, -1)), _complex(planes)
        if abs(second - first) < CLOSEST * math.hypot(width, height) or abs(yonder - there) < 1e-9:
            raise InputRefused("placement.points_too_near")
        turn = (yonder - there) / (second - first)
        at = there + turn * (_complex(wanted * (1, -1)) - first)
        laid = np.column_stack([at.real, at.imag])
    else:
        ones = np.ones((3, 1))
        laid = np.hstack([wanted, ones]) @ np.linalg.solve(np.hstack([pixels, ones]), planes)
    top, last, bottom = (_from_plane(x, y) for x, y in laid.tolist())
    return top, last, bottom


def _complex(points: np.ndarray) -> np.ndarray:
    return points[:, 0] + 1j * points[:, 1]


def _to_plane(lon: float, lat: float) -> Place:
    return math.radians(lon), math.asinh(math.tan(math.radians(lat)))


def _from_plane(x: float, y: float) -> Place:
    return math.degrees(x), math.degrees(math.atan(math.sinh(y)))
