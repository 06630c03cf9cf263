"""A backup is one file with every row and every picture of a town. It is opened and counted before it counts as one.

The database in it is SQLite, whatever the town runs on: a backup of either database is restored into either.
Nothing that a backup says of itself is believed: what is read from it is compared with what it has to be.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from shapely.errors import ShapelyError
from sqlalchemy.exc import SQLAlchemyError

from gridplan import __version__
from gridplan.errors import DiskFull, InputRefused, OutputRefused, Unavailable, is_disk_full
from gridplan.store import Store
from gridplan.store.access.guesses import secret
from gridplan.store.database import COMMAND_LINE, known_revisions, make_database
from gridplan.store.system import backup_rows
from gridplan.store.town_folder import DATABASE, sync

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
LARGEST_MANIFEST: Final = 2**24
BASEMAP: Final = "basemap.pmtiles"
PICTURES: Final = re.compile(rf"scans/{backup_rows.SCAN}|imagery/{backup_rows.IMAGERY}\.tiles")
"""What is in the folder of a town besides the database and cannot be made again, and the basemap."""
PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How parts of a backup are packed; whoever reads another packing brings in errors and memory of another library."""
LONGEST_NAME: Final = 100
"""Letters that are shown of what a backup calls something."""
AT_ONCE: Final = 2**20
ROOM_LEFT: Final = 2**26
"""Bytes that have to stay free beside what is unpacked."""
UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    TypeError,
    AttributeError,
    ValueError,
    EOFError,
    RuntimeError,
    OverflowError,
    SQLAlchemyError,
    ShapelyError,
)
"""What reading a file of strangers ends in, as a zip, as JSON or as the values of rows."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: when it was made, and the rows of every table."""

    made_at: datetime
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: when it was made, the rows of every table, and the digest of every part."""

    made_at: datetime
    rows: Mapping[str, int]
    sha256: Mapping[str, str]


def back_up(store: Store, file: Path, *, now: datetime) -> Backup:
    """Write a town into a file, while it runs; the file appears once it has been opened and counted.

    Raises
    ------
    OutputRefused
        The file cannot be written, or what was written is not what was read. One that was there before stays.
    """
    with store.write() as connection:
        secret(connection)  # by which what is erased later is known in what is restored
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".backup-", dir=file.parent) as place:
            part = Path(place) / "part"
            _write(store, part, Path(place), now)
            with open_backup(part, Path(place) / "opened") as (backup, _):
                pass
            part.replace(file)
            sync(file.parent)
    except InputRefused as error:
        raise OutputRefused("backup.not_good", file=str(file), why=error.message) from error
    except DiskFull as error:
        raise OutputRefused("backup.no_place", file=str(file), why=error.message) from error
    except OSError as error:
        raise OutputRefused("backup.no_place", file=str(file), why=error.strerror or str(error)) from error
    except UNREADABLE as error:
        raise OutputRefused("backup.not_good", file=str(file), why=str(getattr(error, "orig", error))) from error
    with store.change(COMMAND_LINE, "backup", "town", now=now) as change:
        change.detail = {"rows": sum(backup.rows.values())}
    return backup


def _write(store: Store, part: Path, place: Path, now: datetime) -> None:
    make_database(place / DATABASE)
    copy = Store(place)
    with store.read() as source, copy.write() as target:
        backup_rows.copy_rows(source, target)
        rows = backup_rows.counts(source)
    copy.close()
    members = {DATABASE: place / DATABASE, **files_of_town(store.folder)}
    manifest = {
        "format": FORMAT,
        "gridplan": __version__,
        "made_at": now.isoformat(),
        "rows": rows,
        "sha256": {name: _digest(path) for name, path in members.items()},
    }
    part.touch(0o600)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(MANIFEST, json.dumps(manifest, indent=1))
        for name, path in members.items():
            packed.write(path, name)
    sync(part)


def files_of_town(folder: Path) -> dict[str, Path]:
    """Return the files in the folder of a town that belong into a backup, by their names in it."""
    found = {
        path.relative_to(folder).as_posix(): path
        for path in (folder / BASEMAP, *sorted((*folder.glob("scans/*"), *folder.glob("imagery/*"))))
    }
    return {name: path for name, path in found.items() if _is_file_of_town(name) and path.is_file()}


def _is_file_of_town(name: str) -> bool:
    return name == BASEMAP or PICTURES.fullmatch(name) is not None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_backup(file: Path, place: Path) -> Iterator[tuple[Backup, Store]]:
    """Unpack a backup into a new folder, and yield what it holds and its database, with the tables of this version.

    Raises
    ------
    InputRefused
        It is none, it is from a newer version, or something in it is not as it was written.
    DiskFull
        There is no room to unpack it.
    """
    manifest = _unpacked(file, place)
    store = None
    try:
        store = Store(place)
        with store.read() as connection:
            if not backup_rows.has_tables_alone(connection):
                raise broken(file, DATABASE)
            if store.is_before_release:
                raise InputRefused("store.before_release")
            if store.revision and store.revision not in known_revisions():
                raise InputRefused("store.newer")
            if not backup_rows.is_sound(connection):
                raise broken(file, DATABASE)
            different = sorted(set(manifest.rows.items()) ^ set(backup_rows.counts(connection).items()))
            if different:
                raise broken(file, different[0][0])
            if wrong := backup_rows.strange_value(connection) or backup_rows.wrong_file_name(connection):
                raise broken(file, wrong)
        store.upgrade()
        with store.read() as connection:
            rows = backup_rows.counts(connection)
        yield Backup(manifest.made_at, rows), store
    except DiskFull:
        raise
    except (Unavailable, *UNREADABLE) as error:
        raise broken(file, DATABASE) from error
    finally:
        if store is not None:
            store.close()


def broken(file: Path, part: str) -> InputRefused:
    """Return the refusal of a backup of which a part is not as it was written."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in part[:LONGEST_NAME])
    return InputRefused("backup.broken", file=str(file), part=shown)


def _unpacked(file: Path, place: Path) -> Manifest:
    """Unpack a backup into a new folder, in which nothing else can come to lie, and return what it says of itself."""
    part = MANIFEST
    try:
        with zipfile.ZipFile(file) as packed:
            members = {one.filename: one for one in packed.infolist()}
            if len(members) < len(packed.infolist()):
                raise ValueError("two members of one name")
            manifest = _manifest(file, packed.read(_plain(members.pop(MANIFEST), LARGEST_MANIFEST)))
            if odd := sorted(members.keys() ^ manifest.sha256.keys()):
                part = odd[0]
                raise ValueError("a part without a digest, or a digest without a part")
            place.mkdir(mode=0o700)
            _check_room(place, sum(one.file_size for one in members.values()))
            for part, member in members.items():
                if not (part == DATABASE or _is_file_of_town(part)):
                    raise ValueError("no part of a backup")
                if _extracted(packed, _plain(member), place / part) != manifest.sha256[part]:
                    raise ValueError("another content")
    except FileNotFoundError as error:
        raise InputRefused("backup.missing", file=str(file)) from error
    except (OSError, *UNREADABLE) as error:
        if isinstance(error, OSError) and is_disk_full(error):
            raise DiskFull("store.full") from error
        raise broken(file, part) from error
    return manifest


def _plain(member: zipfile.ZipInfo, most: int = sys.maxsize) -> zipfile.ZipInfo:
    """Return a member of a zip file: a file, not encrypted, packed as backups are, and no larger than it may be."""
    is_file = stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG) and not member.is_dir()
    is_readable = not member.flag_bits & 1 and member.compress_type in PACKINGS
    if not is_file or not is_readable or member.file_size > most:
        raise ValueError("no plain file")
    return member


def _manifest(file: Path, content: bytes) -> Manifest:
    said = json.loads(content)
    number, rows, digests = said["format"], said["rows"], said["sha256"]
    if type(number) is int and number > FORMAT:
        raise InputRefused("backup.newer", file=str(file), version=str(said["gridplan"])[:LONGEST_NAME])
    made_at = datetime.fromisoformat(said["made_at"])
    are_counts = all(type(count) is int and count >= 0 for count in rows.values())
    are_digests = all(type(digest) is str for digest in digests.values())
    if number != FORMAT or made_at.tzinfo is None or not are_counts or not are_digests or DATABASE not in digests:
        raise ValueError("not as it was written")
    return Manifest(made_at, rows, digests)


def _check_room(place: Path, size: int) -> None:
    """Check that there is room to unpack so many bytes, and to put them together once more."""
    if 2 * size + ROOM_LEFT > shutil.disk_usage(place).free:
        raise DiskFull("store.full")


def _extracted(packed: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> str:
    """Write a member of a zip file to a path, no more of it than it says it is, and return its digest."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(0o600, exist_ok=False)
    left, digest = member.file_size, hashlib.sha256()
    with packed.open(member) as source, path.open("wb") as target:
        while content := source.read(AT_ONCE):
            left -= len(content)
            if left < 0:
                raise ValueError("larger than it says")
            digest.update(content)
            target.write(content)
    return digest.hexdigest()
