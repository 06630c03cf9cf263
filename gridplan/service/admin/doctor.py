"""Looks at all that a service needs on its computer: a sentence for each, with what to do where something is wrong."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from gridplan.errors import GridplanError
from gridplan.store import Store, packs
from gridplan.store.contact import visits, weeks
from gridplan.store.data_folder import unsuitable_folder
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import villages
from gridplan.store.system import health
from gridplan.store.system.town_settings import read_settings
from gridplan.store.town_folder import earlier_towns, unfinished_restores
from gridplan.words import Message, file_size

State = Literal["good", "note", "problem"]
LEAST_FREE: Final = 2 * 2**30
"""Bytes that have to be free: for the database, its backup, and the files of imports."""
BACKUP_DAYS: Final = 7
MOST_NAMED: Final = 10
"""Weeks of villages that a sentence names."""
CLOCKS_APART: Final = timedelta(minutes=2)
BUNDLE: Final = ("app.css", "map.js", "map.css", "fonts/fonts.json", "fonts/NotoSansSC_700Bold.ttf")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was examined, in a sentence, and whether it is as it should be."""

    state: State
    message: Message


def examine(folder: Path, url: str | None, *, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say of the service whose data are in a folder."""
    yield from _folder(folder)
    yield from _set_aside(folder)
    yield from _bundle()
    try:
        with closing(Store(folder, url)) as store:
            store.check_tables()
            yield from _database(store, now)
    except GridplanError as error:
        yield Finding("problem", error.message)


def _database(store: Store, now: datetime) -> Iterator[Finding]:
    yield Finding("good", Message("doctor.tables", {"database": _name(store)}))
    yield from _packs(store)
    with store.read() as connection:
        yield from _sqlite(connection) if store.dialect == "sqlite" else _postgresql(connection)
        yield from _time(connection, now)
        yield from _backup(connection, now)
        yield from _contacts(connection)
        with suppress(ZoneInfoNotFoundError):  # which is said above
            yield from _weeks(connection)


def _packs(store: Store) -> Iterator[Finding]:
    sizes = [path.stat().st_size for path in (store.folder / packs.FOLDER).glob("*")]
    if sizes:
        yield Finding("good", Message("doctor.packs", {"n": len(sizes), "size": file_size(sum(sizes))}))


def _name(store: Store) -> str:
    version = store.engine.dialect.server_version_info or ()
    return " ".join([{"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store.dialect], ".".join(map(str, version))])


def _folder(folder: Path) -> Iterator[Finding]:
    where = {"folder": str(folder)}
    if reason := unsuitable_folder(folder):
        yield Finding("problem", reason)
    if not os.access(folder, os.W_OK):
        yield Finding("problem", Message("doctor.not_writable", where))
    elif os.name == "posix" and folder.stat().st_mode & 0o077:
        yield Finding("problem", Message("doctor.readable_by_others", where))
    else:
        yield Finding("good", Message("doctor.folder", where))
    free = shutil.disk_usage(folder).free
    enough, values = free >= LEAST_FREE, {"free": f"{free / 2**30:.1f}"}
    yield Finding("good" if enough else "problem", Message("doctor.room" if enough else "doctor.no_room", values))


def _set_aside(folder: Path) -> Iterator[Finding]:
    unfinished, earlier = unfinished_restores(folder), earlier_towns(folder)
    if unfinished:
        yield Finding("note", Message("doctor.unfinished", {"places": ", ".join(unfinished)}))
    if earlier:
        yield Finding("note", Message("doctor.earlier", {"places": ", ".join(earlier)}))


def _bundle() -> Iterator[Finding]:
    pages = find_spec("gridplan_web")
    dist = Path(pages.origin or "").parent / "static" / "dist" if pages else Path()
    missing = [name for name in BUNDLE if not (dist / name).is_file()]
    if missing:
        yield Finding("problem", Message("doctor.no_bundle", {"file": str(dist / missing[0])}))
    else:
        yield Finding("good", Message("doctor.bundle"))


def _sqlite(connection: Connection) -> Iterator[Finding]:
    if wrong := health.wrong_pragmas(connection):
        yield Finding("problem", Message("doctor.pragmas", {"found": ", ".join(wrong)}))
    else:
        yield Finding("good", Message("doctor.safe"))
    if health.sqlite_version() < health.RESET_MENDED:
        versions = {"version": sqlite3.sqlite_version, "mended": ".".join(map(str, health.RESET_MENDED))}
        yield Finding("note", Message("doctor.sqlite_old", versions))


def _postgresql(connection: Connection) -> Iterator[Finding]:
    version = health.postgis_version(connection)
    if version is None:
        yield Finding("problem", Message("doctor.no_postgis"))
    else:
        yield Finding("good", Message("doctor.postgis", {"version": version}))


def _time(connection: Connection, now: datetime) -> Iterator[Finding]:
    zone = read_settings(connection).time_zone
    try:
        here = now.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding("problem", Message("doctor.no_zone", {"zone": zone}))
        return
    values = {"time": f"{here:%Y-%m-%d %H:%M}", "zone": zone}
    newest, theirs = health.last(connection), health.clock_of(connection)
    if newest and newest > now + CLOCKS_APART:
        values["newest"] = f"{newest.astimezone(here.tzinfo):%Y-%m-%d %H:%M}"
        yield Finding("problem", Message("doctor.clock_behind", values))
    elif theirs and abs(theirs - now) > CLOCKS_APART:
        values["theirs"] = f"{theirs.astimezone(here.tzinfo):%Y-%m-%d %H:%M}"
        yield Finding("problem", Message("doctor.clocks_differ", values))
    else:
        yield Finding("good", Message("doctor.clock", values))


def _contacts(connection: Connection) -> Iterator[Finding]:
    """Say whether of all visits those count that the rule says: figures are made of what is stored."""
    began = time.monotonic()
    examined, wrong = visits.miscounted(connection)
    values = {"n": examined, "households": len(wrong), "seconds": f"{time.monotonic() - began:.1f}"}
    yield Finding("problem" if wrong else "good", Message("doctor.miscounted" if wrong else "doctor.counted", values))


def _weeks(connection: Connection) -> Iterator[Finding]:
    """Say whether the counts of weeks are what their visits make them, and of which villages and weeks they are not."""
    examined, wrong = weeks.miscounted(connection)
    if not wrong:
        yield Finding("good", Message("doctor.weeks_counted", {"n": examined}))
        return
    called = villages.names(connection)
    named = [f"{called[id_]} {week.key}" for week, of in sorted(wrong.items(), reverse=True) for id_ in sorted(of)]
    others = [f"+ {len(named) - MOST_NAMED}"] if len(named) > MOST_NAMED else []
    values = {"n": len(named), "weeks": ", ".join([*named[:MOST_NAMED], *others])}
    yield Finding("problem", Message("doctor.weeks_miscounted", values))


def recount(store: Store, *, now: datetime) -> int:
    """Let all visits count as the rule says, and return of how many households some did not."""
    with store.change(COMMAND_LINE, "recount", "visit", now=now) as change:
        _, wrong = visits.miscounted(change.connection)
        visits.recount_households(change.connection, wrong)
        weeks.recount(change.connection, weeks.miscounted(change.connection)[1], None)
        change.detail = {"households": len(wrong)}
    return len(wrong)


def _backup(connection: Connection, now: datetime) -> Iterator[Finding]:
    made = health.last_backup(connection)
    if made is None:
        yield Finding("problem", Message("doctor.no_backup"))
        return
    days = max(0, (now - made).days)
    code = "doctor.backup_old" if days > BACKUP_DAYS else "doctor.backup"
    yield Finding("good" if days <= BACKUP_DAYS else "problem", Message(code, {"n": days}))
