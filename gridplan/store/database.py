"""A store: the folder of files and the database beside it, read from at any time and written to in one transaction.

Whatever changes the town, its plans or who may come in goes through `Store.change`, which writes the audit row in the
same transaction. Machinery that changes nothing of these (sessions seen, progress of jobs) goes through `Store.write`.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InvalidatePoolError, OperationalError

from gridplan.errors import Conflict, DiskFull, GridplanError, InputRefused, OutputRefused, Unavailable, is_disk_full
from gridplan.store.data_folder import hold_file
from gridplan.store.database_file import DatabaseFile, Identity
from gridplan.store.group_commit import GroupCommit
from gridplan.store.kept import DRAFTS, Kept
from gridplan.store.system import figure_changes, list_changes
from gridplan.store.tables import audit, service
from gridplan.store.town_folder import DATABASE, POINTER, names_town, remove_unfinished, sync, town_folder, traces

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from psycopg import Connection as PostgresConnection

Call = TypeVar("Call")
Result = TypeVar("Result")
MIGRATIONS: Final = Path(__file__).parent / "migrations"
BEGUN: Final = ".begin-"
"""What a folder is called in which a new database is made before it takes its name."""
BEFORE_RELEASE: Final = "0001"
"""The migration of tables made before the first release, which no migration leads on from."""
SERVICE_LOCK: Final = 0x67726964
"""The advisory lock of a service on its PostgreSQL database."""
SQLITE_PROBLEMS: Final = {
    sqlite3.SQLITE_FULL: "store.full",
    sqlite3.SQLITE_BUSY: "store.busy",
    sqlite3.SQLITE_LOCKED: "store.busy",
    sqlite3.SQLITE_PROTOCOL: "store.busy",
    sqlite3.SQLITE_CANTOPEN: "store.unreachable",
    sqlite3.SQLITE_PERM: "store.unreachable",
    sqlite3.SQLITE_READONLY: "store.unreachable",
    sqlite3.SQLITE_IOERR: "store.unreachable",
    sqlite3.SQLITE_CORRUPT: "store.damaged",
    sqlite3.SQLITE_NOTADB: "store.damaged",
}
"""What the primary codes of SQLite mean for the one who wanted to read or write; any other is a fault of gridplan."""
PATIENCE: Final = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""How many seconds a PostgreSQL server may take to answer, and be silent, before it counts as away."""
READS: Final[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""How PostgreSQL shows one state, and changes nothing."""
PREPARED: Final = 300
"""Statements that a connection keeps prepared in a PostgreSQL server, which takes 50 KB for each; 100 are too few."""
POSTGRESQL_FULL: Final = "53100"
POSTGRESQL_STANDBY: Final = "25006"
"""What a PostgreSQL server answers that only follows another one."""
MOST_KEPT: Final = 3_000
"""Figures of villages that are kept: of a county for some days, or of a town for those and its weeks."""
MOST_MEMBERS: Final = 3_000
"""Members whose grids are kept, as they are without visits."""
MOST_VILLAGES: Final = 60
"""Villages of which all grids are kept for their members: a megabyte each."""
MOST_DRAFTS: Final = 32
"""Drafts of villages, and their ground, that are kept while they are edited: some megabytes each."""
LEAST_ROOM: Final = 2**20
"""Bytes that are free on a disk where a file that could not be written had room."""
_EMPTY: Final[dict[str, bytes]] = {}
"""The files of databases without a town that this process has made, by migration: one is like the other."""


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
    renewed: frozenset[int] = frozenset()
    """The villages whose key of figures it has renewed, with no figure looked up since."""


class OnlyReads(BaseException):
    """A store that only reads was to be written to: no fault, so that nobody on the way takes it for one."""


class Store:
    """The data folder of a town, and its database: SQLite where the town lies in the folder, or another one."""

    def __init__(
        self,
        data: Path,
        url: str | URL | None = None,
        *,
        only_reads: bool = False,
        opened: Identity | None = None,
    ) -> None:
        """Open the store of a data folder; its database is SQLite there, or the one at `url`.

        With `opened` it is that file of SQLite, whatever its name may mean by now.

        Raises
        ------
        InputRefused
            The address is of no database that gridplan knows, it is not clear where in the folder the town lies, or
            there is an empty file in the place of its database.
        Unavailable
            The database cannot be reached.
        """
        self.data, self.named_url = data.absolute(), url
        self.url = _known(url) if url else URL.create("sqlite", database=str(town_folder(self.data) / DATABASE))
        is_file = self.url.drivername == "sqlite"
        self.file = DatabaseFile(Path(self.url.database or ""), opened) if is_file else None
        self.engine = _engine(self.url, self.file, only_reads=only_reads).execution_options(
            **{DRAFTS: Kept(MOST_DRAFTS)}
        )
        self._one_thread, self._is_writing = threading.RLock(), False
        self.kept, self.kept_grids, self.kept_villages = Kept(MOST_KEPT), Kept(MOST_MEMBERS), Kept(MOST_VILLAGES)
        self._group_commits: dict[object, GroupCommit[Any, Any]] = {}
        self._token: str | None = None
        self.only_reads = only_reads
        self._of_one_state: Connection | None = None
        self.is_superseded = False
        """Whether another service was found to have the database now."""
        if self.file is None or self.file.is_there:
            if self.file is not None and not self.file.path.stat().st_size:  # SQLite would make it a new database
                raise InputRefused("store.empty", file=str(self.file.path))
            with self.engine.connect():
                pass

    @property
    def dialect(self) -> str:
        """Which database it is: `sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @cached_property
    def folder(self) -> Path:
        """The folder of the town's files: where its database is, or in the data folder as the database says."""
        if not self.named_url:
            return Path(self.url.database or "").parent
        with self.read() as connection:
            return self.data / (files_of(connection) if inspect(connection).has_table(service.name) else "")

    def upgrade(self, migration: str = "head") -> None:
        """Bring the database to the tables of this version, or of a migration; where there is none, begin one.

        Raises
        ------
        InputRefused
            It has the tables of a newer version or of before the first release, or PostGIS is missing and may not be
            added; or there is none, and traces of a town tell that there was one.
        """
        if self.is_before_release:
            raise InputRefused("store.before_release")
        if self.revision is None:
            self._begin(migration)
        with self.write(references=False) as connection:
            upgrade(connection, migration)

    def _begin(self, migration: str) -> None:
        """Make the file of a database, which appears with all tables in it, where no town was before."""
        self._check_traces()
        if self.file is not None:
            remove_unfinished(self.file.path.parent, f"{BEGUN}*")
            with TemporaryDirectory(prefix=BEGUN, dir=self.file.path.parent) as place:
                make_database(Path(place) / DATABASE, migration).rename(self.file.path)
                sync(self.file.path.parent)

    def _check_traces(self) -> None:
        """Check that there was no town where now is no database, or one without tables.

        Raises
        ------
        InputRefused
            There are traces of one.
        """
        if self.file is not None and self.file.is_there:
            raise InputRefused("store.empty", file=str(self.file.path))
        found = traces(self.data, self.file.path if self.file else None)
        if self.file is None:
            with self.read() as connection:
                found += set_aside_schemas(connection)
        if found:
            raise InputRefused("store.traces", folder=str(self.data), traces=", ".join(found))

    @property
    def revision(self) -> str | None:
        """The migration that the tables are of; None where there are no tables yet."""
        if self.file is not None and not self.file.is_there:
            return None
        with self.read() as connection:
            return revision_of(connection)

    @property
    def is_before_release(self) -> bool:
        """Whether the database has the tables of a time before the first release."""
        return self.revision == BEFORE_RELEASE

    def check_tables(self) -> None:
        """Check that the database has the tables of this version.

        Raises
        ------
        InputRefused
            It has none, or those of another version, or there is only a trace of it.
        """
        if self.is_before_release:
            raise InputRefused("store.before_release")
        if self.revision is None:
            self._check_traces()
            raise InputRefused("store.no_tables")
        if self.revision != newest_revision():
            raise InputRefused("store.old_tables")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database.

        Raises
        ------
        Unavailable
            It cannot be reached, or another service has it now.
        """
        if self.is_superseded:
            raise Unavailable("store.superseded")
        if self._of_one_state is not None:
            try:
                yield self._of_one_state
            except (DBAPIError, Unavailable):  # a page that says so reads over another one
                self._of_one_state = None
                raise
        elif self.file is not None:
            with self.engine.connect().execution_options(immediate=False) as connection:
                yield connection
        else:
            options = {} if self.only_reads else READS
            with self.engine.connect().execution_options(**options) as connection:
                try:
                    yield connection
                finally:  # a rollback would have the driver forget the statements that the server has prepared
                    if not connection.invalidated:
                        connection.commit()

    @contextmanager
    def read_statement(self) -> Iterator[Connection]:
        """Yield a connection for one statement, which sees one state by itself.

        Raises
        ------
        Unavailable
            It cannot be reached, or another service has it now.
        """
        if self._of_one_state is not None or self.file is not None or self.is_superseded:
            with self.read() as connection:
                yield connection
        else:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Let whatever reads meanwhile see the same state of the database, over one connection; for one thread only.

        Raises
        ------
        Unavailable
            It cannot be reached.
        """
        with self.read() as connection:
            self._of_one_state = connection
            try:
                yield
            finally:
                self._of_one_state = None

    @contextmanager
    def write(self, *, references: bool = True) -> Iterator[Connection]:
        """Yield a transaction; it is kept if nothing is raised. One writes at a time.

        Without `references` a table of SQLite can be made anew, and the rows that refer to it stay.

        Raises
        ------
        Unavailable
            The database cannot be reached or has no room, it was taken away meanwhile, or another service has it now:
            what was written is not to be relied on.
        OnlyReads
            This store only reads.
        """
        if self.only_reads:
            raise OnlyReads
        engine = self.engine.execution_options(references=references)
        with self._one_thread, self._one_process(), engine.begin() as connection:
            self._check_service(connection)
            yield connection
        self._check_place()

    def _check_place(self) -> None:
        """Check that the file is where it was opened, and that the folder still names it as the town's.

        Raises
        ------
        Unavailable
            Somebody moved, replaced or removed one of them.
        """
        if self.file is None:
            return
        self.file.check()
        if not self.named_url and not names_town(self.data, self.file.path.parent):
            raise Unavailable("store.moved", file=str(self.data / POINTER))

    @contextmanager
    def _one_process(self) -> Iterator[None]:
        """Let no other process write to a file of SQLite: before 3.51.3 it loses rows when two do at one moment."""
        if self.file is None or self._is_writing:
            yield
            return
        self._check_place()
        with hold_file(self.file.beside("-writing"), wait=True):
            self._is_writing = True
            try:
                yield
            finally:
                self._is_writing = False

    @contextmanager
    def change(self, who: Who, verb: str, object_: str, *, now: datetime) -> Iterator[Change]:
        """Yield a transaction that changes something; its audit row is written with it, or neither is.

        `verb` and `object_` name what is done to what: `retire`, `household`. What is put into the change's
        `object_id`, `village_id` and `detail` (ids and counts, never names) is in the row.
        """
        with self.changes([(who, now)], verb, object_) as (change,):
            yield change

    @contextmanager
    def changes(self, of: Sequence[tuple[Who, datetime]], verb: str, object_: str) -> Iterator[list[Change]]:
        """Yield one transaction in which several change something of the same kind, as a change of each of them."""
        with self.write() as connection:
            changes = [Change(connection, object_) for _ in of]
            yield changes
            rows, kinds = [], defaultdict[tuple[str, str], set[int | None]](set)
            for (who, now), change in zip(of, changes, strict=True):
                said = change.by_village or {change.village_id: change.detail}
                row = {"at": now, "account_id": who.account_id, "role": who.role, "verb": verb}
                row |= {"object": change.object_, "object_id": change.object_id}
                rows += [row | {"village_id": village_id, "detail": detail} for village_id, detail in said.items()]
                kinds[verb, change.object_] |= said.keys() - change.renewed
            connection.execute(insert(audit), rows)
            for kind, village_ids in kinds.items():
                figure_changes.note_change(connection, kind, village_ids)
                list_changes.note_change(connection, kind)

    def commit_together(self, do: Callable[[Store, Sequence[Call]], Sequence[Result]], call: Call) -> Result:
        """Return the result of a call that is done, in one transaction, with those that wait for the same meanwhile."""
        return self._group_commits.setdefault(do, GroupCommit(partial(do, self)))(call)

    @contextmanager
    def hold_database(self) -> Iterator[None]:
        """Hold the database, whatever folder it was named from, so that no second service runs on it.

        Raises
        ------
        Conflict
            Another service runs on it.
        """
        if self.file is not None:
            with hold_service(self.file.path):
                yield
            return
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.detach()  # so that it is closed afterwards, which lets go of the lock
            if not connection.execute(select(func.pg_try_advisory_lock(SERVICE_LOCK))).scalar_one():
                raise Conflict("serve.held_database")
            yield

    def become_service(self) -> None:
        """Let this store be the service of its database: whoever was it before writes no more, from now on.

        A lock can be lost with the connection or the file that it is on; the token in the database cannot, since every
        transaction that writes compares it.
        """
        token = secrets.token_hex(16)
        with self.write() as connection:
            connection.execute(update(service).values(token=token))
        self._token = token

    def _check_service(self, connection: Connection) -> None:
        """Check that this store, if it is a service, still is that of the database, and keep it so until the end."""
        if self._token is None:
            return
        if connection.execute(select(service.c.token).with_for_update(read=True)).scalar_one() != self._token:
            self.is_superseded = True
        if self.is_superseded:
            raise Unavailable("store.superseded")

    def for_reading(self) -> Callable[[], Store]:
        """Return what opens, in another process, the database that this store has open, to read from only."""
        opened = self.file.opened if self.file else None
        return partial(Store, self.data, self.named_url, only_reads=True, opened=opened)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()
        if self.file is not None:
            self.file.forget_log()


@contextmanager
def hold_service(database: Path) -> Iterator[None]:
    """Hold the file of a database, wherever it really is, so that no second service runs on it.

    Raises
    ------
    Conflict
        Another service runs on it.
    OutputRefused
        Nothing can be written beside it.
    """
    real = database.resolve()
    try:
        with hold_file(real.with_name(f"{real.name}-service")):
            yield
    except BlockingIOError as error:
        raise Conflict("serve.held_database") from error
    except OSError as error:
        raise OutputRefused("serve.no_folder", folder=str(real.parent), why=error.strerror or str(error)) from error


def make_database(path: Path, migration: str = "head") -> Path:
    """Make a SQLite database with the tables of this version and no town in them, whole on the disk."""
    path.touch(0o600, exist_ok=False)
    if migration in _EMPTY:
        try:
            path.write_bytes(_EMPTY[migration])
        except OSError as problem:
            raise DiskFull("store.full") if is_disk_full(problem) else problem from problem
    else:
        engine = _engine(URL.create("sqlite", database=str(path)), DatabaseFile(path))
        with engine.execution_options(references=False).begin() as connection:
            upgrade(connection, migration)
        engine.dispose()
        _EMPTY[migration] = path.read_bytes()
    sync(path)
    return path


def files_of(connection: Connection) -> str:
    """Return the sub-folder of the data folder with a town's files, as a database says that is not in there itself."""
    return connection.execute(select(service.c.folder)).scalar_one()


def set_files(connection: Connection, folder: str) -> None:
    """Let the town's files be in a sub-folder of the data folder, and no service write that ran until now."""
    connection.execute(update(service).values(folder=folder, token=""))


def set_aside_schemas(connection: Connection) -> list[str]:
    """Return the schemas of a PostgreSQL database into which restores moved what was there before."""
    found = text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before-%' ORDER BY nspname")
    return list(connection.execute(found).scalars())


def upgrade(connection: Connection, migration: str = "head") -> None:
    """Bring the tables that a connection sees to those of this version, or of a migration, in its transaction.

    Raises
    ------
    InputRefused
        They are those of a newer version, or PostGIS is missing and may not be added.
    """
    from alembic import command  # not above: processes that answer pages or read files migrate nothing
    from alembic.config import Config
    from alembic.util.exc import CommandError

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


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the tables which a connection sees are of; None where there are none."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def known_revisions() -> set[str]:
    """Return the migrations that this version has."""
    return {script.revision for script in _scripts().walk_revisions()}


def newest_revision() -> str | None:
    """Return the migration that this version brings tables to."""
    return _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS))


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
    if parts.drivername == "sqlite":
        if not parts.database or parts.database == ":memory:" or parts.query:
            raise InputRefused("store.no_address")
        parts = parts.set(database=str(Path(parts.database).absolute()))
    return parts


def _engine(url: URL, file: DatabaseFile | None, *, only_reads: bool = False) -> Engine:
    """Return the engine of a database; what fails is logged without the names and phones in it."""
    if file is None:
        patience = {name: value for name, value in PATIENCE.items() if name not in url.query}
        isolation = READS["isolation_level"] if only_reads else "READ COMMITTED"
        engine = create_engine(url, isolation_level=isolation, hide_parameters=True, connect_args=patience)
        event.listen(engine, "connect", _keep_prepared)
        if only_reads:
            event.listen(engine, "connect", _only_read)
        event.listen(engine, "checkout", _check_connection)
    else:
        engine = create_engine(url, creator=file.connect, hide_parameters=True)
        event.listen(engine, "begin", lambda connection: _begin(connection, file))
    event.listen(engine, "handle_error", _problem)
    return engine


def _keep_prepared(connection: PostgresConnection[Any], _: object) -> None:
    connection.prepared_max = PREPARED


def _only_read(connection: PostgresConnection[Any], _: object) -> None:
    connection.read_only = True


def _check_connection(connection: PostgresConnection[Any], *_: object) -> None:
    """Check that the server has not ended a connection, which is heard without asking it.

    Raises
    ------
    InvalidatePoolError
        It has; SQLAlchemy makes another one.
    """
    try:
        for _words_and_end in range(2):
            connection.pgconn.consume_input()
    except connection.OperationalError as problem:
        raise InvalidatePoolError from problem


def _begin(connection: Connection, file: DatabaseFile) -> None:
    file.check()
    options = connection.get_execution_options()
    immediate, references = options.get("immediate", True), options.get("references", True)
    if connection.info.get("references") != references:
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if references else 'OFF'}")
        connection.info["references"] = references
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
    file.note_log()


def _problem(context: ExceptionContext) -> GridplanError | None:
    """Return an error of the database as one of ours, if it is none of the statement but of the database itself."""
    error = context.original_exception
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, sqlite3.Error):
        code = SQLITE_PROBLEMS.get(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
        if code == "store.unreachable" and context.engine and _has_no_room(context.engine.url):
            code = "store.full"
    else:
        state = getattr(error, "sqlstate", None)
        is_down = isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError)
        code = "store.unreachable" if is_down or state == POSTGRESQL_STANDBY else None
        code = "store.full" if state == POSTGRESQL_FULL else code
    if code is None:
        return None
    return DiskFull(code) if code == "store.full" else Unavailable(code, why=why)


def _has_no_room(url: URL) -> bool:
    try:
        return shutil.disk_usage(Path(url.database or "").parent).free < LEAST_ROOM
    except OSError:
        return False
