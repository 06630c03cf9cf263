"""Orthophotos and maps beneath: sent in pieces, cut into tiles by a job, drawn beneath villages, removed again."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, RowMapping

from gridplan.coordinates import DMS, frame_named
from gridplan.coordinates.local import LocalFrame
from gridplan.errors import Conflict, DiskFull, GridplanError, InputRefused, NotAllowed
from gridplan.exchange.imagery import Cut, TileSet, cut_tiles, limits_of, read_tile
from gridplan.exchange.images import Picture
from gridplan.names import LONGEST_TEXT, one_line
from gridplan.roles import Actor
from gridplan.service.jobs.control import Progress, finish_job, maker_of, step
from gridplan.store import Store, Who
from gridplan.store.access import scope
from gridplan.store.registry import features, households, imagery, scans
from gridplan.store.registry.villages import Scope
from gridplan.store.rows import by_id
from gridplan.store.system import jobs
from gridplan.store.tables import imagery as table
from gridplan.words import Message

LARGEST: Final = 1_000_000_000
"""Bytes of a file that is sent."""
PIECE: Final = 8_000_000
"""Bytes that are sent at once."""
ROOM: Final = 2.5
"""So many times its size has to be free on the disk: the file that is sent, its tiles, and a rest."""
FARTHEST_KM: Final = 200
"""From the villages: what lies farther away is in another frame than it says."""


def imagery_of(store: Store, within: Scope) -> list[RowMapping]:
    """Return the imagery of villages, and of the town."""
    with store.read() as connection:
        return imagery.rows(connection, within)


def reaches_town(store: Store, actor: Actor) -> bool:
    """Return whether an account holds for all villages, so that it may lay something beneath all of them."""
    with store.read() as connection:
        return actor.reaches(scope.of_town(connection))


def begin(
    store: Store, actor: Actor, who: Who, village_id: int | None, *, name: str, size: int, frame: str, now: datetime
) -> int:
    """Note a file that is to be sent, of a village or of the town, and return its id.

    Raises
    ------
    InputRefused
        It is too large, or nobody knows the frame that is stated.
    NotAllowed
        It is of the town, and the account does not hold for all of it.
    DiskFull
        There is no room for it.
    """
    if not 0 < size <= LARGEST:
        raise InputRefused("imagery.too_large", file=name, mb=-(-size // 1_000_000), most=LARGEST // 1_000_000)
    stated = frame_named(frame) if frame.strip() else None
    if frame.strip() and stated in {None, DMS}:
        raise InputRefused("imagery.frame_unknown", frame=frame)
    free = shutil.disk_usage(store.folder).free
    if free < ROOM * size:
        raise DiskFull("imagery.no_room", mb=int(ROOM * size) // 1_000_000, free=free // 1_000_000)
    _remove_left_over(store)
    with store.change(who, "add", "imagery", now=now) as change:
        if village_id is None and not actor.reaches(scope.of_town(change.connection)):
            raise NotAllowed("entrance.not_allowed")
        called = one_line(name)[:LONGEST_TEXT]
        change.village_id = village_id
        change.object_id = imagery.add(change.connection, village_id, name=called, size=size, frame=stated)
        return change.object_id


def _remove_left_over(store: Store) -> None:
    """Remove the files that no row names: of what was removed while it was cut, or of a job that was stopped."""
    with store.read() as connection:
        named = {row["file"] for row in imagery.rows(connection, None)}
    for path in (store.folder / imagery.FOLDER).glob("*"):
        if path.stem not in named:
            path.unlink(missing_ok=True)


def add_piece(store: Store, imagery_id: int, at: int, piece: bytes) -> int:
    """Add a piece of the file, and return how much of it is there: less than expected where a piece was lost.

    Raises
    ------
    Conflict
        The file is there already.
    InputRefused
        It is longer than was said.
    """
    row = _row(store, imagery_id)
    path = imagery.path(store, row["file"], imagery.SENT)
    have = path.stat().st_size if path.exists() else 0
    if row["last_zoom"] is not None:
        raise Conflict("imagery.complete")
    if at != have:
        return have
    if have + len(piece) > row["size"]:
        raise InputRefused("imagery.longer", file=row["name"])
    with path.open("ab") as file:
        file.write(piece)
    return have + len(piece)


def cut(store: Store, actor: Actor, imagery_id: int, *, now: datetime) -> int:
    """Have a file that was sent cut into tiles, and return the job.

    Raises
    ------
    Conflict
        It is not all there, or is being cut.
    """
    row = _row(store, imagery_id)
    path = imagery.path(store, row["file"], imagery.SENT)
    if not path.exists() or path.stat().st_size != row["size"]:
        raise Conflict("imagery.incomplete")
    with store.write() as connection:
        if any(job["request"]["imagery"] == imagery_id for job in jobs.open_jobs(connection, kind="imagery")):
            raise Conflict("imagery.complete")
        villages = sorted(scope.of_imagery_to_change(connection, imagery_id))
        asked = {"imagery": imagery_id, "villages": villages}
        return jobs.add(connection, "imagery", asked, made_by=actor.account_id, now=now)


def tile(store: Store, imagery_id: int, zoom: int, column: int, row: int) -> bytes | None:
    """Return a tile; None where nothing is pictured."""
    found = _row(store, imagery_id)
    return None if found["last_zoom"] is None else read_tile(_tiles(store, found), zoom, column, row)


def remove(store: Store, who: Who, imagery_id: int, *, now: datetime) -> int | None:
    """Remove imagery and its files; return the village that it was of."""
    with store.change(who, "remove", "imagery", now=now) as change:
        found = by_id(change.connection, table, imagery_id)
        change.object_id, change.village_id = imagery_id, found["village_id"]
        imagery.remove(change.connection, imagery_id)
    imagery.remove_files(store, found["file"])
    village_id: int | None = found["village_id"]
    return village_id


def _row(store: Store, imagery_id: int) -> RowMapping:
    with store.read() as connection:
        return by_id(connection, table, imagery_id)


def _tiles(store: Store, row: RowMapping) -> Path:
    return imagery.path(store, row["file"], imagery.TILES)


# ---- the job


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a file: tiles, or the picture where it does not say where it lies."""

    result: TileSet | Picture


def cut_imagery(store: Store, request: Mapping[str, Any], progress: Progress) -> Found:
    """Cut a file into tiles; in the process of the job.

    Raises
    ------
    InputRefused
        The file cannot be used, or lies far from the villages.
    """
    row = _row(store, request["imagery"])
    paths = [imagery.path(store, row["file"], ending) for ending in (imagery.SENT, imagery.BEING_CUT)]
    paths[1].unlink(missing_ok=True)
    found: TileSet | Picture | None = None
    for one in cut_tiles(Cut(paths[0], paths[1], row["name"], row["frame"]), limits_of(paths[0])):
        if isinstance(one, tuple):
            done, total = one
            progress(step(Message("imagery.at", {"done": done, "total": total}), done, total))
        else:
            found = one
    if found is None:
        raise InputRefused("imagery.broken", file=row["name"])
    if isinstance(found, TileSet):
        with store.read() as connection:
            _check_place(connection, row["name"], found)
    elif row["village_id"] is None:
        raise InputRefused("imagery.of_which_village", file=row["name"])
    return Found(found)


def _check_place(connection: Connection, name: str, found: TileSet) -> None:
    lived_in = [(home.lon, home.lat) for home in households.models(connection) if home.has_place]
    outlines = [shape.centroid for shape in features.grounds(connection).values() if not shape.is_empty]
    places = np.array([*lived_in, *((point.x, point.y) for point in outlines)])
    if not len(places):
        return
    west, south, east, north = found.around
    middle = np.array([[(west + east) / 2, (south + north) / 2]])
    frame = LocalFrame.around(middle)
    km = float(np.linalg.norm(frame.to_metres(np.median(places, axis=0)[None]), axis=1)[0]) / 1000
    if km > FARTHEST_KM:
        lon, lat = (round(float(degrees), 4) for degrees in middle[0])
        raise InputRefused("imagery.far", file=name, lon=lon, lat=lat, km=round(km))


def save_imagery(store: Store, job: RowMapping, found: Found, now: datetime) -> None:
    """Put what was cut in its place; in the service.

    Raises
    ------
    NotFound
        It was removed meanwhile.
    NotAllowed
        Who sent it may no longer do so.
    """
    row = _row(store, job["request"]["imagery"])
    who = maker_of(store, job, "edit lists", _villages(job))
    kept: str | None = None
    try:
        if isinstance(found.result, Picture):
            kept = scans.save_file(store, found.result.content, found.result.ending)
        else:
            imagery.path(store, row["file"], imagery.BEING_CUT).replace(_tiles(store, row))
        with store.change(who, "cut", "imagery", now=now) as change:
            change.object_id, change.village_id = row["id"], row["village_id"]
            finish_job(change.connection, job, _keep(change.connection, row, found.result, kept), now)
    except GridplanError:
        if kept is not None:
            scans.remove_file(store, kept)
        raise
    imagery.remove_files(store, row["file"], (imagery.SENT, imagery.BEING_CUT))


def _keep(connection: Connection, row: RowMapping, found: TileSet | Picture, kept: str | None) -> dict[str, int]:
    if isinstance(found, TileSet):
        imagery.set_tiles(connection, row["id"], found.zooms, found.around)
        return {"imagery": row["id"], "tiles": found.tiles}
    imagery.remove(connection, row["id"])
    size = (found.width, found.height)
    return {"scan": scans.add(connection, row["village_id"], name=row["name"], file=kept or "", size=size, controls=())}


def _villages(job: RowMapping) -> Collection[int]:
    villages: Collection[int] = job["request"]["villages"]
    return villages
