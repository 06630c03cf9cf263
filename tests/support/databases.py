"""Databases to test on: files of SQLite and databases of a PostgreSQL server, copied from ones that are filled once."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from processes import for_the_session
from resources import postgis_library, postgresql_programs
from service import fill
from sqlalchemy import URL, create_engine, make_url, text

from gridplan.store import Store
from gridplan.store.data_folder import hold_file

FILLINGS: dict[str, Callable[[Store], None]] = {"empty": lambda store: None, "filled": fill}
"""What the databases to be copied hold besides their tables."""

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
ON_BOTH = pytest.mark.parametrize("databases", ["sqlite", POSTGRESQL], indirect=True)
"""For tests of service and pages that ask what no other test asks PostgreSQL, or are about locks, types or orders."""
ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
"""For tests of files, words or processes, which are the same with either database, where others run on both."""
MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
"""A folder that the system keeps in memory, and the bytes it has to have free."""
SERVE_UNTIL_INPUT_ENDS = """
"$1"/initdb -D data -A trust -U postgres -E UTF8 --locale=C.UTF-8 -N >/dev/null &&
"$1"/pg_ctl -D data -w -l log -o "$2" start >/dev/null && echo ready && cat
"$1"/pg_ctl -D data -m immediate stop >/dev/null
rm -rf data
"""
"""Runs a server as long as the process that started it lives, however that ends: then its pipe is closed."""


class CompiledStatements(dict):
    """Statements compiled once for all databases of a kind; keys begin with the dialect, which each has of its own."""

    def get(self, key):
        return super().get(key[1:])

    def __setitem__(self, key, statement):
        super().__setitem__(key[1:], statement)


class SqliteFiles:
    """Databases in files, copied from those in a folder, which several processes may have."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._compiled = folder, CompiledStatements()

    @contextmanager
    def copy(self, filling: str, folder: Path) -> Iterator[Store]:
        """Yield a store of its own in a folder."""
        source = self._folder / filling
        with hold_file(self._folder / f"{filling}.lock", wait=True):
            if not source.exists():
                source.mkdir()
                store = Store(source)
                store.upgrade()
                FILLINGS[filling](store)
                store.close()
        shutil.copy(source / "gridplan.db", folder / "gridplan.db")
        store = Store(folder)
        store.engine.update_execution_options(compiled_cache=self._compiled)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def bare(self) -> Iterator[str | None]:
        """Yield the address of a database without tables: none, it will be in the folder."""
        yield None


class PostgresDatabases:
    """Databases of a server, all of which are dropped at the end."""

    def __init__(self, url: URL, folder: Path) -> None:
        self._url, self._folder, self._numbers = url, folder, count(1)
        self._sources: dict[str, URL] = {}
        self._compiled = CompiledStatements()
        self._server = create_engine(url, isolation_level="AUTOCOMMIT")
        with self._server.connect() as connection:
            version = connection.execute(text("SHOW server_version_num")).scalar_one()
        self._by_files = " STRATEGY FILE_COPY" if int(version) >= 150_000 else ""

    def new(self, source: URL | None = None) -> URL:
        """Make a database, empty or like another one."""
        name = f"gridplan_test_{os.getpid()}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{source.database}"{self._by_files}' if source else ""))
        return self._url.set(database=name)

    def drop(self, url: URL) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run(f'DROP DATABASE "{url.database}" WITH (FORCE)')

    @contextmanager
    def copy(self, filling: str, folder: Path) -> Iterator[Store]:
        """Yield a store of its own: a database, and a folder for files."""
        if filling not in self._sources:
            self._sources[filling] = self.new()
            store = Store(self._folder, address(self._sources[filling]))
            store.upgrade()
            FILLINGS[filling](store)
            store.close()
        url = self.new(self._sources[filling])
        store = Store(folder, address(url))
        store.engine.update_execution_options(compiled_cache=self._compiled)
        try:
            yield store
        finally:
            store.close()
            self.drop(url)

    @contextmanager
    def bare(self) -> Iterator[str | None]:
        """Yield the address of a database without tables."""
        url = self.new()
        try:
            yield address(url)
        finally:
            self.drop(url)

    def close(self) -> None:
        """Drop what others were copied from."""
        for url in self._sources.values():
            self.drop(url)
        self._server.dispose()

    def _run(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))


def memory() -> Path | None:
    """Return the folder of files that are in memory, where there is one with room: no commit there waits for a disk."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def address(url: URL) -> str:
    """Return a URL as a store takes it."""
    return url.render_as_string(hide_password=False)


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[URL]:
    """Yield the server named in GRIDPLAN_POSTGRES, or one that runs only as long as the tests do.

    A durable one keeps what it has acknowledged, as one that a town relies on; it is on a disk.
    """
    if wished := os.environ.get("GRIDPLAN_POSTGRES"):
        yield make_url(wished)
        return
    programs = Path(postgresql_programs())
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = None if durable else memory()  # each test copies 300 files
    with TemporaryDirectory(prefix="gridplan-postgres-", dir=folder) as place:
        if owner:
            shutil.chown(place, "postgres", "postgres")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -k {place}"
        if not durable:
            settings += " -c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off"
            settings += f" -c shared_preload_libraries={postgis_library(programs)}"
        with for_the_session():
            server = subprocess.Popen(
                ["/bin/sh", "-c", SERVE_UNTIL_INPUT_ENDS, "sh", str(programs), settings],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place, start_new_session=True, **owner,
            )  # fmt: skip
        with server:
            if server.stdout.readline() != b"ready\n":
                raise RuntimeError("PostgreSQL did not start")
            yield make_url(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
