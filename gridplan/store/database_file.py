"""The file of a SQLite database: opened only if it is there, and known by its identity and not by its name.

SQLite does not notice that an open file is moved, replaced or removed, and goes on writing into what has no name any
more. So before a transaction begins and after it is kept, what is open has to be what the path names.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from gridplan.errors import InputRefused, Unavailable
from gridplan.names import sort_key

WAIT_S: Final = 30
PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF")
Identity = tuple[int, int]


class DatabaseFile:
    """A file of SQLite at a path, and which file that was when it was opened first."""

    def __init__(self, path: Path, opened: Identity | None = None) -> None:
        self.path = path.absolute()
        self._log_path = self.beside("-wal")
        self.opened = opened
        """Which file it was; None until it is opened."""
        self._log: Identity | None = None

    @property
    def is_there(self) -> bool:
        """Whether the path names a file."""
        return os.path.lexists(self.path)

    def beside(self, ending: str) -> Path:
        """Return the path of a file that is called after this one."""
        return self.path.with_name(f"{self.path.name}{ending}")

    def connect(self) -> sqlite3.Connection:
        """Open the file, which has to be there.

        Raises
        ------
        Unavailable
            It is not there, or no longer the one that was opened first.
        InputRefused
            It has a second name, under which another process would not see what this one writes.
        """
        found = _identity(self.path)
        if self.opened is None and found is None:
            raise Unavailable("store.no_file", file=str(self.path))
        self.opened = self.opened or found
        self.check()
        if self.path.stat().st_nlink > 1:
            raise InputRefused("store.two_names", file=str(self.path))
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw", uri=True, timeout=WAIT_S, check_same_thread=False, isolation_level=None
        )  # without an isolation level: the driver's own BEGIN comes too late
        try:
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            connection.create_function(sort_key.__name__, 1, _sort_key_or_null, deterministic=True)
            self.check()
        except BaseException:
            connection.close()
            raise
        return connection

    def check(self) -> None:
        """Check that what is open is what the path names, and its log likewise.

        Raises
        ------
        Unavailable
            Somebody moved, replaced or removed one of them.
        """
        for path, opened in ((self.path, self.opened), (self._log_path, self._log)):
            if opened is not None and _identity(path) != opened:
                raise Unavailable("store.moved", file=str(path))

    def note_log(self) -> None:
        """Note which file the log is, once a transaction has begun and it is therefore open."""
        self._log = self._log or _identity(self._log_path)

    def forget_log(self) -> None:
        """Forget which file the log is: the last connection that is closed removes it."""
        self._log = None


def _sort_key_or_null(text: str | None) -> str | None:
    return None if text is None else sort_key(text)


def _identity(path: Path) -> Identity | None:
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None
