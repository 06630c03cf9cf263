"""A backup is one file with every row and every picture of a town. It is opened and counted before it counts as one.

The database in it is SQLite, whatever the town runs on: a backup of either database is restored into either.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from gridplan import __version__
from gridplan.errors import InputRefused, OutputRefused
from gridplan.store import Store
from gridplan.store.data_folder import hold_folder
from gridplan.store.database import COMMAND_LINE, DATABASE, DATABASE_FILES, upgrade
from gridplan.store.system import backup_rows

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
FILES: Final = ("scans", "basemap.pmtiles")
"""What is in the folder of a town besides the database and cannot be made again."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: when it was made, and the rows of every table."""

    made_at: datetime
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where that which was there before is kept, if there was anything."""

    backup: Backup
    kept: str | None


def back_up(store: Store, file: Path, *, now: datetime) -> Backup:
    """Write a town into a file, while it runs; the file appears once it has been opened and counted.

    Raises
    ------
    OutputRefused
        The file cannot be written, or what was written is not what was read. One that was there before stays.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".backup-", dir=file.parent) as place:
            part = Path(place) / "part"
            _write(store, part, Path(place), now)
            part.chmod(0o600)
            with open_backup(part, Path(place) / "opened") as (backup, _):
                pass
            part.replace(file)
    except InputRefused as error:
        raise OutputRefused("backup.not_good", file=str(file), why=error.message) from error
    except (OSError, DBAPIError) as error:
        why = getattr(error, "strerror", None) or str(getattr(error, "orig", error))
        raise OutputRefused("backup.no_place", file=str(file), why=why) from error
    with store.change(COMMAND_LINE, "backup", "town", now=now) as change:
        change.detail = {"rows": sum(backup.rows.values())}
    return backup


def _write(store: Store, part: Path, place: Path, now: datetime) -> None:
    copy = Store(place)
    copy.upgrade()
    with store.read() as source, copy.write() as target:
        backup_rows.copy_rows(source, target)
        rows = backup_rows.counts(source)
    copy.close()
    members = {DATABASE: place / DATABASE, **_files(store.folder)}
    manifest = {
        "format": FORMAT,
        "gridplan": __version__,
        "made_at": now.isoformat(),
        "rows": rows,
        "sha256": {name: _digest(path) for name, path in members.items()},
    }
    with part.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(MANIFEST, json.dumps(manifest, indent=1))
            for name, path in members.items():
                packed.write(path, name)
        file.flush()
        os.fsync(file.fileno())


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder that belong into a backup, by their names in it."""
    tops = [folder / name for name in FILES]
    found = [path for top in tops for path in (top, *sorted(top.rglob("*"))) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in found}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_backup(file: Path, place: Path) -> Iterator[tuple[Backup, Store]]:
    """Unpack a backup into a folder, and yield what it holds and its database, with the tables of this version.

    Raises
    ------
    InputRefused
        It is none, it is from a newer version, or something in it is not as it was written.
    """
    manifest = _unpacked(file, place)
    store = Store(place)
    try:
        with store.read() as connection:
            if not backup_rows.is_sound(connection):
                raise InputRefused("backup.broken", file=str(file), part=DATABASE)
        store.upgrade()
        with store.read() as connection:
            rows = backup_rows.counts(connection)
        different = [name for name, count in manifest["rows"].items() if rows.get(name) != count]
        if different:
            raise InputRefused("backup.broken", file=str(file), part=different[0])
        yield Backup(datetime.fromisoformat(manifest["made_at"]), rows), store
    finally:
        store.close()


def _unpacked(file: Path, place: Path) -> dict[str, Any]:
    part = MANIFEST
    try:
        with zipfile.ZipFile(file) as packed:
            manifest: dict[str, Any] = json.loads(packed.read(MANIFEST))
            if manifest["format"] > FORMAT:
                raise InputRefused("backup.newer", file=str(file), version=str(manifest["gridplan"]))
            for part, digest in manifest["sha256"].items():
                if not _is_ours(part) or _digest(Path(packed.extract(part, place))) != digest:
                    raise InputRefused("backup.broken", file=str(file), part=part)
    except FileNotFoundError as error:
        raise InputRefused("backup.missing", file=str(file)) from error
    except (OSError, zipfile.BadZipFile, zipfile.error, KeyError, TypeError, ValueError, EOFError) as error:
        raise InputRefused("backup.broken", file=str(file), part=part) from error
    return manifest


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    return ".." not in path.parts and (name == DATABASE or path.parts[0] in FILES)


def restore(file: Path, folder: Path, url: str | None, *, now: datetime) -> Restored:
    """Put a backup in the place of what a town has; that is kept beside it.

    Everybody has to sign in anew: a phone lost or an account disabled since the backup must not work again.

    Raises
    ------
    InputRefused
        The file is no whole backup; nothing was changed.
    Conflict
        The service runs.
    """
    name = f"before-{now:%Y%m%d-%H%M%S}"
    with hold_folder(folder), TemporaryDirectory(prefix=".restore-", dir=folder) as place:
        with open_backup(file, Path(place)) as (backup, copy):
            with copy.change(COMMAND_LINE, "restore", "town", now=now) as change:
                backup_rows.end_all_access(change.connection, now)
                change.detail = {"made_at": backup.made_at.isoformat()}
            kept = _into(copy, Store(folder, url), name) if url else False
        kept |= _swap(Path(place), folder, folder / name, FILES if url else (*DATABASE_FILES, *FILES))
    return Restored(backup, name if kept else None)


def _into(copy: Store, store: Store, name: str) -> bool:
    """Copy a database into new tables of a PostgreSQL database; return whether there were others, now set aside."""
    try:
        with store.hold_database(), store.write() as target, copy.read() as source:
            had = store.revision is not None
            if had:
                backup_rows.set_aside(target, name)
            upgrade(target)
            backup_rows.copy_rows(source, target)
            if backup_rows.counts(target) != backup_rows.counts(source):
                raise OutputRefused("backup.not_copied")
        return had
    finally:
        store.close()


def _swap(place: Path, folder: Path, beside: Path, names: tuple[str, ...]) -> bool:
    """Move what is in `place` into `folder`, and what was there `beside`; return whether there was anything."""
    there = [name for name in names if (folder / name).exists()]
    moved: list[tuple[Path, Path]] = []
    try:
        if there:
            beside.mkdir(mode=0o700)
        for name in there:
            moved.append(((folder / name).rename(beside / name), folder / name))
        for name in names:
            if (place / name).exists():
                moved.append(((place / name).rename(folder / name), place / name))
    except OSError as error:
        for here, back in reversed(moved):
            here.rename(back)
        with suppress(OSError):
            beside.rmdir()
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror) from error
    return bool(there)
