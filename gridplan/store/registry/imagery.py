"""Orthophotos and maps as tiles: rows of the database, and their files in the folder `imagery`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, or_, select, update

from gridplan.store.database import Store
from gridplan.store.registry.villages import Scope, in_scope
from gridplan.store.rows import add_row
from gridplan.store.tables import imagery

FOLDER: Final = "imagery"
SENT, BEING_CUT, TILES = ".part", ".cut", ".tiles"
"""How the files of one are called after its name: what came of the file that is sent, and the tiles."""
IS_READY: Final = imagery.c.last_zoom.is_not(None)


def rows(connection: Connection, scope: Scope) -> list[RowMapping]:
    """Return what villages of a scope have, and the town, in the order they came in."""
    mine = or_(imagery.c.village_id.is_(None), in_scope(imagery.c.village_id, scope))
    return list(connection.execute(select(imagery).where(mine).order_by(imagery.c.id)).mappings())


def add(connection: Connection, village_id: int | None, *, name: str, size: int, frame: str | None) -> int:
    """Add one whose file is to be sent, and return its id."""
    values = {"village_id": village_id, "name": name, "file": secrets.token_hex(16), "size": size, "frame": frame}
    return add_row(connection, imagery, values)


def set_tiles(connection: Connection, imagery_id: int, zooms: tuple[int, int], around: Sequence[float]) -> None:
    """Store what was cut: the first and the last zoom, and west, south, east and north."""
    values = dict(zip(("first_zoom", "last_zoom", "west", "south", "east", "north"), (*zooms, *around), strict=True))
    connection.execute(update(imagery).where(imagery.c.id == imagery_id).values(values))


def remove(connection: Connection, imagery_id: int) -> None:
    """Forget one; its files are removed by `remove_files` once that is committed."""
    connection.execute(delete(imagery).where(imagery.c.id == imagery_id))


def path(store: Store, file: str, ending: str) -> Path:
    """Return where a file of one is; the folder is made if need be."""
    folder = store.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{file}{ending}"


def remove_files(store: Store, file: str, endings: Sequence[str] = (SENT, BEING_CUT, TILES)) -> None:
    """Remove files of one, those that are there."""
    for ending in endings:
        path(store, file, ending).unlink(missing_ok=True)
