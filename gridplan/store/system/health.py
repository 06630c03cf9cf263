"""What a database says of itself."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, func, select, text

from gridplan.store.tables import OF_BACKUPS, audit

PRAGMAS: Final = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
"""What every connection to SQLite has to have, or a power cut may cost what was already said to be kept."""
RESET_MENDED: Final = (3, 51, 3)
"""SQLite before this may lose rows when two processes write at one moment; those of gridplan wait for each other."""

_BACKUPS: Final = (
    select(audit.c.verb, audit.c.at, audit.c.detail)
    .where(text(OF_BACKUPS))
    .order_by(audit.c.at.desc(), audit.c.id.desc())
    .limit(1)
)


def sqlite_version() -> tuple[int, ...]:
    """Return the version of SQLite that Python brings."""
    return sqlite3.sqlite_version_info


def wrong_pragmas(connection: Connection) -> list[str]:
    """Return the settings of a connection to SQLite that are not as they have to be."""
    found = {name: str(connection.execute(text(f"PRAGMA {name}")).scalar_one()) for name in PRAGMAS}
    return [f"{name}={value}" for name, value in found.items() if value != PRAGMAS[name]]


def postgis_version(connection: Connection) -> str | None:
    """Return the version of PostGIS in a PostgreSQL database, if it is there."""
    found = text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    return connection.execute(found).scalar_one_or_none()


def clock_of(connection: Connection) -> datetime | None:
    """Return the time of the computer that the database is on; None where it is this one."""
    if connection.dialect.name == "sqlite":
        return None
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def last(connection: Connection) -> datetime | None:
    """Return when something was done the last time."""
    return connection.execute(select(func.max(audit.c.at))).scalar_one()


def last_backup(connection: Connection) -> datetime | None:
    """Return when the last backup was made: of this town, or the one that it was restored from."""
    row = connection.execute(_BACKUPS).one_or_none()
    return None if row is None else row.at if row.verb == "backup" else datetime.fromisoformat(row.detail["made_at"])
