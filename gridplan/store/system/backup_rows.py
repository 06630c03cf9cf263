"""Every row of every table, from one database to another of either kind; and how many there are."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select, text, update

from gridplan.store.access.invitations import is_unused
from gridplan.store.tables import invitation, metadata, session

AT_ONCE: Final = 2_000


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy all rows into tables that are there and empty."""
    for table in metadata.sorted_tables:
        with source.execute(select(table), execution_options={"yield_per": AT_ONCE}) as found:
            for rows in found.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in rows])
        if target.dialect.name == "postgresql":
            _continue_numbers(target, table)


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let the next row get the next number, since those of the copied rows were given."""
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and isinstance(keys[0].type, Integer) and keys[0].autoincrement is not False:
        sequence = func.pg_get_serial_sequence(table.name, keys[0].name)
        last = select(func.max(keys[0])).scalar_subquery()
        connection.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of rows of every table, by its name."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


def is_sound(connection: Connection) -> bool:
    """Return whether a file of SQLite is in order throughout, references among its rows included."""
    whole = connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    return whole and connection.execute(text("PRAGMA foreign_key_check")).first() is None


def end_all_access(connection: Connection, now: datetime) -> None:
    """End every session and withdraw every invitation."""
    connection.execute(delete(session))
    connection.execute(update(invitation).where(is_unused()).values(revoked_at=now))


def set_aside(connection: Connection, name: str) -> None:
    """Move all tables of a PostgreSQL database into a schema of their own, out of the way of new ones."""
    schema = connection.dialect.identifier_preparer.quote(name)
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for table in [*(table.name for table in metadata.sorted_tables), "alembic_version"]:
        own = connection.dialect.identifier_preparer.quote(table)
        connection.execute(text(f"ALTER TABLE IF EXISTS {own} SET SCHEMA {schema}"))
