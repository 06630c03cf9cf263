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
from sqlalchemy import Connection, Engine, create_engine, event, insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from gridplan.errors import InputRefused
from gridplan.store.tables import audit

MIGRATIONS: Final = Path(__file__).parent / "migrations"
DATABASE: Final = "gridplan.db"
WAIT_S: Final = 30


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes something, for the audit: an account and its role, or the command line."""

    account_id: int | None
    role: str


COMMAND_LINE: Final = Who(None, "command line")


@dataclass
class Change:
    """One transaction that changes something, and the row that says so."""

    connection: Connection
    object_: str
    object_id: int | None = None
    village_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


class Store:
    """A folder with the files of a town and the database that goes with it."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """Open the store in `folder`; its database is SQLite there, or the one at `url`.

        Raises
        ------
        InputRefused
            The database cannot be reached.
        """
        self.folder = folder
        self.url = url or f"sqlite:///{folder / DATABASE}"
        self.engine = _engine(self.url)
        self._one_writer = threading.RLock()
        try:
            with self.engine.connect():
                pass
        except OperationalError as problem:
            raise InputRefused("store.unreachable", why=str(problem.orig).splitlines()[0]) from problem

    @property
    def dialect(self) -> str:
        """Which database it is: `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    def upgrade(self) -> None:
        """Bring the database to the tables of this version; a new one gets all of them."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._one_writer, self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @property
    def is_current(self) -> bool:
        """Whether the database has the tables of this version."""
        with self.engine.connect() as connection:
            here = MigrationContext.configure(connection).get_current_revision()
        return here == ScriptDirectory(str(MIGRATIONS)).get_current_head()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database."""
        with self.engine.connect().execution_options(immediate=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a transaction; it is kept if nothing is raised. In this process one writes at a time."""
        with self._one_writer, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def change(self, who: Who, verb: str, object_: str, *, now: datetime) -> Iterator[Change]:
        """Yield a transaction that changes something; its audit row is written with it, or neither is.

        `verb` and `object_` name what is done to what: `retire`, `household`. What is put into the change's
        `object_id`, `village_id` and `detail` (ids and counts, never names) is in the row.
        """
        with self.write() as connection:
            change = Change(connection, object_)
            yield change
            connection.execute(
                insert(audit).values(
                    at=now,
                    account_id=who.account_id,
                    role=who.role,
                    verb=verb,
                    object=change.object_,
                    object_id=change.object_id,
                    village_id=change.village_id,
                    detail=change.detail,
                )
            )

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    engine = create_engine(url, connect_args={"timeout": WAIT_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late: we begin below
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def is_duplicate(problem: DBAPIError) -> bool:
    """Return whether the database refused a row because there is one like it."""
    return "unique" in str(problem.orig).lower()
