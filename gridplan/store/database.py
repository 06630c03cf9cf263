"""A store: the folder of files and the database beside it, read from at any time and written to in one transaction.

Whatever changes the town, its plans or who may come in goes through `Store.change`, which writes the audit row in the
same transaction. Machinery that changes nothing of these (sessions seen, progress of jobs) goes through `Store.write`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from gridplan.errors import Conflict, InputRefused
from gridplan.store.data_folder import lock_file, unlock_file
from gridplan.store.tables import audit

MIGRATIONS: Final = Path(__file__).parent / "migrations"
DATABASE: Final = "gridplan.db"
DATABASE_FILES: Final = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
WAIT_S: Final = 30
BEFORE_RELEASE: Final = "0001"
"""The migration of tables made before the first release, which no migration leads on from."""
SERVICE_LOCK: Final = 0x67726964
"""The advisory lock of a service on its PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes something, for the audit: an account and its role, or the command line."""

    account_id: int | None
    role: str


COMMAND_LINE: Final = Who(None, "command line")


@dataclass
class Change:
    """One transaction that changes something, and what the audit says of it."""

    connection: Connection
    object_: str
    object_id: int | None = None
    village_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    by_village: dict[int | None, dict[str, Any]] = field(default_factory=dict)
    """Details by village, where one change is of several: the audit then has a row for each of them."""


class Store:
    """A folder with the files of a town and the database that goes with it."""

    def __init__(self, folder: Path, url: str | URL | None = None) -> None:
        """Open the store in `folder`; its database is SQLite there, or the one at `url`.

        Raises
        ------
        InputRefused
            The database cannot be reached, or it is none that gridplan knows.
        """
        self.folder = folder.absolute()
        self.url = _known(url) if url else URL.create("sqlite", database=str(self.folder / DATABASE))
        self.engine = _engine(self.url)
        self._one_thread, self._is_writing = threading.RLock(), False
        try:
            with self.engine.connect():
                pass
        except DBAPIError as problem:
            raise InputRefused("store.unreachable", why=str(problem.orig).splitlines()[0]) from problem

    @property
    def dialect(self) -> str:
        """Which database it is: `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def upgrade(self) -> None:
        """Bring the database to the tables of this version; a new one gets all of them.

        Raises
        ------
        InputRefused
            It has the tables of a newer version or of before the first release, or PostGIS is missing and may not be
            added.
        """
        if self.is_before_release:
            raise InputRefused("store.before_release")
        with self.write(references=False) as connection:
            upgrade(connection)

    @property
    def revision(self) -> str | None:
        """The migration that the tables are of; None where there are no tables yet."""
        with self.read() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    @property
    def is_before_release(self) -> bool:
        """Whether the database has the tables of a time before the first release."""
        return self.revision == BEFORE_RELEASE

    def check_tables(self) -> None:
        """Check that the database has the tables of this version.

        Raises
        ------
        InputRefused
            It has none, or those of another version.
        """
        if self.is_before_release:
            raise InputRefused("store.before_release")
        if self.revision is None:
            raise InputRefused("store.no_tables")
        if self.revision != newest_revision():
            raise InputRefused("store.old_tables")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database."""
        whole = {} if self.dialect == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(immediate=False, **whole) as connection:
            yield connection

    @contextmanager
    def write(self, *, references: bool = True) -> Iterator[Connection]:
        """Yield a transaction; it is kept if nothing is raised. One writes at a time.

        Without `references` a table of SQLite can be made anew, and the rows that refer to it stay.
        """
        engine = self.engine.execution_options(references=references)
        with self._one_thread, self._one_process(), engine.begin() as connection:
            yield connection

    @contextmanager
    def _one_process(self) -> Iterator[None]:
        """Let no other process write to a file of SQLite: before 3.51.3 it loses rows when two do at one moment."""
        if self.dialect != "sqlite" or self._is_writing:
            yield
            return
        with Path(f"{self.url.database}-writing").open("a") as lock:
            lock_file(lock.fileno(), wait=True)
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False
                unlock_file(lock.fileno())

    @contextmanager
    def change(self, who: Who, verb: str, object_: str, *, now: datetime) -> Iterator[Change]:
        """Yield a transaction that changes something; its audit row is written with it, or neither is.

        `verb` and `object_` name what is done to what: `retire`, `household`. What is put into the change's
        `object_id`, `village_id` and `detail` (ids and counts, never names) is in the row.
        """
        with self.write() as connection:
            change = Change(connection, object_)
            yield change
            said = change.by_village or {change.village_id: change.detail}
            row = {"at": now, "account_id": who.account_id, "role": who.role, "verb": verb, "object": change.object_}
            rows = [
                row | {"object_id": change.object_id, "village_id": village_id, "detail": detail}
                for village_id, detail in said.items()
            ]
            connection.execute(insert(audit), rows)

    @contextmanager
    def hold_database(self) -> Iterator[None]:
        """Hold a PostgreSQL database, so that no second service runs on it; one of SQLite is held by its folder.

        Raises
        ------
        Conflict
            Another service runs on it.
        """
        if self.dialect == "sqlite":
            yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(select(func.pg_try_advisory_lock(SERVICE_LOCK))).scalar_one():
                raise Conflict("serve.held_database")
            yield
            connection.execute(select(func.pg_advisory_unlock(SERVICE_LOCK)))

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def upgrade(connection: Connection, migration: str = "head") -> None:
    """Bring the tables that a connection sees to those of this version, or of a migration, in its transaction.

    Raises
    ------
    InputRefused
        They are those of a newer version, or PostGIS is missing and may not be added.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, migration)
    except CommandError as problem:
        raise InputRefused("store.newer") from problem
    except DBAPIError as problem:
        if "postgis" not in str(problem.orig):
            raise
        raise InputRefused("store.no_postgis", why=str(problem.orig).splitlines()[0]) from problem


def newest_revision() -> str | None:
    """Return the migration that this version brings tables to."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _known(url: str | URL) -> URL:
    """Return the address of a database of a kind that gridplan knows."""
    try:
        parts = make_url(url)
    except ArgumentError as problem:
        raise InputRefused("store.no_address") from problem
    if parts.drivername in {"postgresql", "postgres"}:
        parts = parts.set(drivername="postgresql+psycopg")
    if parts.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise InputRefused("store.no_address")
    return parts


def _engine(url: URL) -> Engine:
    """Return the engine of a database; what fails is logged without the names and phones in it."""
    if url.drivername != "sqlite":
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": WAIT_S, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late: we begin below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        immediate, references = options.get("immediate", True), options.get("references", True)
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
