"""Scanned maps and pictures of a village: rows of the database, and their files in the folder `scans`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, select, update

from gridplan.store.database import Store
from gridplan.store.rows import add_row
from gridplan.store.tables import scan

FOLDER: Final = "scans"


def of_village(connection: Connection, village_id: int) -> list[RowMapping]:
    """Return the scans of a village, in the order they came in."""
    found = select(scan).where(scan.c.village_id == village_id).order_by(scan.c.id)
    return list(connection.execute(found).mappings())


def add(
    connection: Connection,
    village_id: int,
    *,
    name: str,
    file: str,
    size: tuple[int, int],
    controls: Sequence[Mapping[str, float]],
) -> int:
    """Add a scan whose file is kept already, and return its id."""
    values = {"village_id": village_id, "name": name, "file": file, "width": size[0], "height": size[1]}
    return add_row(connection, scan, values | {"controls": [dict(one) for one in controls]})


def set_controls(connection: Connection, scan_id: int, controls: Sequence[Mapping[str, float]]) -> None:
    """Store where points of a scan lie on the earth."""
    values = [dict(one) for one in controls]
    connection.execute(update(scan).where(scan.c.id == scan_id).values(controls=values))


def remove(connection: Connection, scan_id: int) -> None:
    """Forget a scan; its file is removed by `remove_file` once that is committed."""
    connection.execute(delete(scan).where(scan.c.id == scan_id))


def save_file(store: Store, content: bytes, ending: str) -> str:
    """Store a picture under a random name and return that name."""
    folder = store.folder / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    name = f"{secrets.token_hex(16)}.{ending}"
    try:
        (folder / name).write_bytes(content)
    except OSError:
        (folder / name).unlink(missing_ok=True)
        raise
    return name


def path(store: Store, file: str) -> Path:
    """Return where the file of a scan is."""
    return store.folder / FOLDER / file


def remove_file(store: Store, file: str) -> None:
    """Remove the file of a scan, if it is there."""
    path(store, file).unlink(missing_ok=True)
