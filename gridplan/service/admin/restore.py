"""A backup takes the place of what a town has: whole, or not at all, whenever it is stopped.

What is restored is written into a new sub-folder of the data folder, and its rows into new tables of a PostgreSQL
database if the town has one. Until one last step what was there before is the town; after it the new one is.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from gridplan.errors import DiskFull, InputRefused, OutputRefused, is_disk_full
from gridplan.service.admin.backup import UNREADABLE, Backup, broken, files_of_town, open_backup
from gridplan.store import Store, packs
from gridplan.store.data_folder import hold_folder
from gridplan.store.database import (
    COMMAND_LINE,
    hold_service,
    make_database,
    set_aside_schemas,
    set_files,
    upgrade,
)
from gridplan.store.phone import journal
from gridplan.store.phone.epoch import begin_epoch
from gridplan.store.registry.erasure import erase_gone
from gridplan.store.system import backup_rows
from gridplan.store.system.town_settings import town_day
from gridplan.store.town_folder import (
    DATABASE,
    UNFINISHED,
    name_unless_taken,
    point_to,
    remove_unfinished,
    sync,
    town_folder,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored and where it lies now; and where that is which was there before, if there was anything."""

    backup: Backup
    folder: Path
    before: Path | None
    before_schema: str | None = None


def restore(file: Path, data: Path, url: str | None, *, now: datetime) -> Restored:
    """Put a backup in the place of what a town has. That stays where it is, or in a schema of its own in PostgreSQL.

    Everybody has to sign in anew: an account disabled since the backup must not work again. Phones go on sending, but
    for those that were lost since. Households that were erased since are erased again.

    Raises
    ------
    InputRefused
        The file is no whole backup; nothing was changed.
    OutputRefused, DiskFull
        It could not be written; nothing was changed.
    Conflict
        The service runs.
    """
    data = data.absolute()
    with hold_folder(data), ExitStack() as until_done:
        remove_unfinished(data)
        before = None if url else _town_before(data)
        if before is not None:
            until_done.enter_context(hold_service(before / DATABASE))
        store = _served_store(data, url, until_done) if url else None
        try:
            place = Path(until_done.enter_context(TemporaryDirectory(prefix=UNFINISHED.rstrip("*"), dir=data)))
            with open_backup(file, place / "opened") as (backup, copy):
                made = _make(copy, place, file, backup, data, now)
            if store is not None:
                return _into(store, made, file, backup, now)
            new = data / name_unless_taken("town", now, lambda name: (data / name).exists())
            if before == data:
                point_to(data, data)  # so that a sub-folder beside it is not taken for the town
            made.rename(new)
            sync(data)
            point_to(data, new)
            _remove_packs(before)
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull("store.full") from error
            raise OutputRefused("serve.no_folder", folder=str(data), why=error.strerror or str(error)) from error
    return Restored(backup, new, before)


def _town_before(data: Path) -> Path | None:
    """Return the folder of the town that a data folder has, if it is clear which one that is and it has a database."""
    try:
        folder = town_folder(data)
    except InputRefused:
        return None
    return folder if (folder / DATABASE).exists() else None


def _served_store(data: Path, url: str, until_done: ExitStack) -> Store:
    """Return the store of a PostgreSQL database, held so that no service runs on it."""
    store = Store(data, url)
    until_done.callback(store.close)
    if store.file is not None:
        raise InputRefused("backup.into_folder", folder=str(data))
    until_done.enter_context(store.hold_database())
    return store


def _make(copy: Store, place: Path, file: Path, backup: Backup, data: Path, now: datetime) -> Path:
    """Make the folder of a town from the rows and files of a backup, whole on the disk.

    What the journal of the data folder tells of phones is done again, and by another epoch phones are told to send
    again what they have. The rows go into tables that our own migrations make, so that nothing else of the backup's
    database comes along.
    """
    made = place / "town"
    made.mkdir(mode=0o700)
    make_database(made / DATABASE)
    store = Store(made)
    try:
        with store.change(COMMAND_LINE, "restore", "town", now=now) as change, copy.read() as source:
            backup_rows.copy_rows(source, change.connection)
            if backup_rows.counts(change.connection) != backup_rows.counts(source):
                raise OutputRefused("backup.not_copied")
            backup_rows.end_all_access(change.connection, now)
            journal.replay(data, change.connection)
            erase_gone(change.connection, day=town_day(change.connection, now), now=now)
            begin_epoch(change.connection)
            change.detail = {"made_at": backup.made_at.isoformat()}
    except UNREADABLE as error:
        raise broken(file, DATABASE) from error
    finally:
        store.close()
    for name, path in files_of_town(copy.folder).items():
        (made / name).parent.mkdir(mode=0o700, exist_ok=True)
        path.rename(made / name)
    for path in (*made.rglob("*"), made):
        sync(path)
    return made


def _remove_packs(before: Path | None) -> None:
    """Remove the files of packs of the town that was there before; they are made again if it comes back."""
    if before is not None:
        rmtree(before / packs.FOLDER, ignore_errors=True)


def _into(store: Store, made: Path, file: Path, backup: Backup, now: datetime) -> Restored:
    """Put a town into new tables of a PostgreSQL database, and its files into a sub-folder that this names."""
    before = store.folder if store.revision else None
    new = store.data / name_unless_taken("files", now, lambda name: (store.data / name).exists())
    rows_of = made.parent / "rows"
    rows_of.mkdir(mode=0o700)
    (made / DATABASE).rename(rows_of / DATABASE)
    source = Store(rows_of)
    try:
        with source.read() as rows, store.write() as target:
            taken = set_aside_schemas(target)
            schema = name_unless_taken("before", now, lambda name: name in taken)
            if before is not None:
                backup_rows.set_aside(target, schema)
            upgrade(target)
            backup_rows.copy_rows(rows, target)
            if backup_rows.counts(target) != backup_rows.counts(rows):
                raise OutputRefused("backup.not_copied")
            set_files(target, new.name)
            made.rename(new)
            sync(store.data)
    except UNREADABLE as error:
        raise broken(file, DATABASE) from error
    finally:
        source.close()
    _remove_packs(before)
    return Restored(backup, new, before, schema if before is not None else None)
