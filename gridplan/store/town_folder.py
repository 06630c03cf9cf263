"""Where in its data folder a town lies: in that itself or, once it was restored, in the sub-folder a pointer names.

A restore writes a whole new sub-folder and then replaces the pointer in one step, so that at any moment one whole town
is named. Where traces of a town lie and no database, no new one is begun.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gridplan.errors import InputRefused
from gridplan.store.data_folder import ADDRESS, LOCK

DATABASE: Final = "gridplan.db"
BESIDE: Final = ("-wal", "-shm", "-journal", "-writing")
"""What the files beside one of SQLite are called after it: its own, and the lock of who writes."""
POINTER: Final = "current"
ITSELF: Final = "."
TOWN: Final = re.compile(r"town-\d{8}-\d{6}(-\d+)?")
UNFINISHED: Final = ".restore-*"
TRACES: Final = (
    "scans",
    "imagery",
    "packs",
    "basemap.pmtiles",
    "imports",
    "before-*",
    "town-*",
    "files-*",
    ADDRESS,
    UNFINISHED,
)


def town_folder(data: Path) -> Path:
    """Return the folder in which the town of a data folder lies, with its database if that is SQLite.

    Raises
    ------
    InputRefused
        The pointer is missing though a town was restored, names no folder of a town, or one that is not there.
    """
    pointer = data / POINTER
    try:
        with pointer.open("rb") as file:
            name = file.read(100).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        if towns := restored_towns(data):
            names = ", ".join(town.name for town in towns)
            raise InputRefused("store.no_pointer", file=str(pointer), towns=names) from None
        return data
    except OSError:
        name = ""
    if name == ITSELF:
        return data
    if not TOWN.fullmatch(name):
        raise InputRefused("store.bad_pointer", file=str(pointer))
    if not (data / name).is_dir():
        raise InputRefused("store.pointer_to_nothing", file=str(pointer), folder=str(data / name))
    return data / name


def names_town(data: Path, folder: Path) -> bool:
    """Return whether a folder is still the one in which the town of a data folder lies."""
    try:
        return town_folder(data) == folder
    except InputRefused:
        return False


def restored_towns(data: Path) -> list[Path]:
    """Return the sub-folders that restores have written, the oldest first."""
    return sorted(path for path in data.glob("town-*") if TOWN.fullmatch(path.name))


def name_unless_taken(kind: str, now: datetime, is_taken: Callable[[str], bool]) -> str:
    """Return a name for what is made or set aside at a moment, another one than there is."""
    name = f"{kind}-{now:%Y%m%d-%H%M%S}"
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, 1000))) if not is_taken(one))


def point_to(data: Path, town: Path) -> None:
    """Let a sub-folder, or the data folder itself, be where the town lies: before and after this one of both is."""
    with TemporaryDirectory(prefix=".restore-", dir=data) as place:
        pointer = Path(place) / POINTER
        pointer.write_text(f"{ITSELF if town == data else town.name}\n", encoding="ascii")
        pointer.chmod(0o600)
        sync(pointer)
        pointer.replace(data / POINTER)
        sync(data)


def sync(path: Path) -> None:
    """Have what is in a file, or which files are in a folder, outlast a power cut."""
    if path.is_dir() and os.name == "nt":
        return  # there a folder cannot be opened; its file system keeps a journal of names
    file = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def traces(data: Path, database: Path | None = None) -> list[str]:
    """Return what is left of a town in a data folder, and beside the file of a database that is not there."""
    databases = dict.fromkeys([database or data / DATABASE, data / DATABASE])
    found = [path.with_name(f"{path.name}{ending}") for path in databases for ending in ("", *BESIDE)]
    found += [data / POINTER, *(path for pattern in TRACES for path in sorted(data.glob(pattern)))]
    lock = data / LOCK
    if lock.is_file() and lock.stat().st_size:
        found.append(lock)
    there = (path for path in found if os.path.lexists(path))
    return [str(path.relative_to(data)) if path.is_relative_to(data) else str(path) for path in there]


def unfinished_restores(data: Path) -> list[str]:
    """Return the names of what restores left that were stopped; the next one removes it."""
    return sorted(path.name for path in data.glob(UNFINISHED))


def earlier_towns(data: Path) -> list[str]:
    """Return the names of what lies in a data folder and was the town before a restore."""
    try:
        now = town_folder(data)
    except InputRefused:
        return []
    earlier = [path for path in (*data.glob("before-*"), *restored_towns(data)) if path != now]
    if now != data and (data / DATABASE).exists():
        earlier.append(data / DATABASE)
    return sorted(path.name for path in earlier)


def mark_begun(data: Path) -> None:
    """Note in the lock of a folder that a town was begun there: alone, it is a trace of one from now on."""
    lock = data / LOCK
    if not lock.stat().st_size:
        lock.write_text("gridplan has a town in this folder\n", encoding="ascii")
        sync(lock)


def remove_unfinished(data: Path, pattern: str = UNFINISHED) -> None:
    """Remove what a process left that was killed."""
    for path in data.glob(pattern):
        shutil.rmtree(path, ignore_errors=True)
