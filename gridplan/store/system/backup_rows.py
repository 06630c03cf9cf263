"""Every row of a town, from one database to another of either kind; and whether a file of SQLite holds just that."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    Table,
    TypeDecorator,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    text,
    update,
)

from gridplan.store.access.invitations import is_unused
from gridplan.store.database import revision_of, upgrade
from gridplan.store.system.imports import discard_open
from gridplan.store.system.jobs import OPEN_STATES, interrupt
from gridplan.store.tables import (
    download,
    imagery,
    import_batch,
    invitation,
    metadata,
    scan,
    service,
    session,
    snapshot_file,
)

AT_ONCE: Final = 2_000
TABLES: Final = [table for table in metadata.sorted_tables if table is not service]
"""What is of the town, and not of the database that it is in."""
STORAGE: Final = (
    ((Integer, Boolean), ("integer",)),
    (Float, ("real", "integer")),
    (LargeBinary, ("blob",)),
    (JSON, ("text", "integer", "real")),
)
"""How SQLite stores the values of columns; any other is text."""
SCAN: Final = r"[A-Za-z0-9]{1,64}\.(png|jpg)"
IMAGERY: Final = r"[0-9a-f]{32}"
FILE_NAMES: Final = (
    (scan.c.file, SCAN),
    (imagery.c.file, IMAGERY),
    (import_batch.c.folder, r"[A-Za-z0-9]{1,64}"),
)
"""Columns with names in the folder of the town, which lead nowhere else and are nothing but pictures."""


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy all rows into tables that are there and empty."""
    for table in TABLES:
        with source.execute(select(table), execution_options={"yield_per": AT_ONCE}) as found:
            for rows in found.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in rows])
        if target.dialect.name == "postgresql":
            _continue_numbers(target, table)
            target.execute(text(f'ANALYZE "{table.name}"'))  # the server itself comes to it later


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let the next row get the next number, since those of the copied rows were given."""
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and isinstance(keys[0].type, Integer) and keys[0].autoincrement is not False:
        sequence = func.pg_get_serial_sequence(table.name, keys[0].name)
        last = select(func.max(keys[0])).scalar_subquery()
        connection.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of rows of every table that is there, by its name."""
    there = set(inspect(connection).get_table_names())
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in TABLES
        if table.name in there
    }


# ---- a file of SQLite from somewhere


def has_tables_alone(connection: Connection) -> bool:
    """Return whether a file of SQLite has nothing that does something while it is read: no view, trigger or module."""
    kinds = connection.execute(text("SELECT type, sql FROM sqlite_master")).all()
    return all(
        kind in {"table", "index"} and not (sql or "").upper().startswith("CREATE VIRTUAL") for kind, sql in kinds
    )


def is_sound(connection: Connection) -> bool:
    """Return whether a file of SQLite has the tables that its migrations make, and is in order throughout."""
    revision = revision_of(connection)
    if not has_tables_alone(connection) or revision is None or _tables_of(connection) != _tables_at(revision):
        return False
    whole = connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
    return whole and connection.execute(text("PRAGMA foreign_key_check")).first() is None


@cache
def _tables_at(revision: str) -> list[Any]:
    """Return what the migrations make up to one of them."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection, revision)
            return _tables_of(connection)
    finally:
        engine.dispose()


def _tables_of(connection: Connection) -> list[Any]:
    """Return the tables and indices of a file of SQLite and their columns, in an order of their own."""
    names = "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1, 2"
    found = [tuple(row) for row in connection.execute(text(names))]
    columns = 'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(:table) ORDER BY cid'
    indexed = "SELECT name FROM pragma_index_xinfo(:table) ORDER BY seqno"
    return [
        (row, *map(tuple, connection.execute(text(columns if row[0] == "table" else indexed), {"table": row[1]})))
        for row in found
    ]


def strange_value(connection: Connection) -> str | None:
    """Return the table of a row with a value of another kind than its column; SQLite takes any value in any column."""
    for table in TABLES:
        odd = [func.typeof(column).not_in((*_storage(column), "null")) for column in table.columns]
        if connection.execute(select(1).select_from(table).where(or_(*odd)).limit(1)).first():
            return table.name
    return None


def _storage(column: Column[Any]) -> tuple[str, ...]:
    """Return how SQLite may store the values of a column."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    return next((storage for of, storage in STORAGE if isinstance(kind, of)), ("text",))


def wrong_file_name(connection: Connection) -> str | None:
    """Return the table of a row that names a file or a folder elsewhere than where the town's are."""
    for column, names in FILE_NAMES:
        if not all(re.fullmatch(names, name) for name in connection.execute(select(column)).scalars()):
            return column.table.name
    return None


def end_all_access(connection: Connection, now: datetime) -> None:
    """End every session, withdraw every invitation, and end the jobs and imports whose files are not there.

    Files of packs are not there either: they are made again.
    """
    connection.execute(delete(session))
    connection.execute(update(invitation).where(is_unused()).values(revoked_at=now))
    interrupt(connection, now, OPEN_STATES)
    discard_open(connection)
    connection.execute(delete(imagery).where(imagery.c.last_zoom.is_(None)))
    connection.execute(delete(download))
    connection.execute(update(snapshot_file).values(file=None))


def set_aside(connection: Connection, name: str) -> None:
    """Move all tables of a PostgreSQL database into a schema of their own, out of the way of new ones."""
    schema = connection.dialect.identifier_preparer.quote(name)
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for table in [*(table.name for table in metadata.sorted_tables), "alembic_version"]:
        own = connection.dialect.identifier_preparer.quote(table)
        connection.execute(text(f"ALTER TABLE IF EXISTS {own} SET SCHEMA {schema}"))
