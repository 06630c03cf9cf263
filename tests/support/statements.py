"""Which statements reach the database, and which of them reach one kind of database alone."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from processes import TEST
from sqlalchemy import Engine, event

from gridplan.store import Store

READS_OR_WRITES: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b")
TABLE: Final = re.compile(r'\b(?:(?<!DISTINCT )FROM|JOIN|INTO|UPDATE) "?(\w+)"?')
AS_A_RULE: Final = "gridplan.store.rows"
"""What all of the store asks by: which of its functions asked stands behind it."""
OTHERWISE: Final = {
    *("alembic.runtime.migration", "gridplan.store.system.backup_rows"),  # SQLite has no ALTER COLUMN and no types
    *("gridplan.service.admin.restore", "gridplan.store.phone.epoch"),  # a town that is restored is a file first
    *("gridplan.service.demo.history", "phone_world"),  # what happens there is drawn by lot
}
"""Modules that may ask SQLite for what they do not ask PostgreSQL for."""


class Asked:
    """What functions of gridplan ask databases of either kind, in the process that listens, each with a test of it."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, Any, str]] = set()
        self.of: dict[str, dict[str, str]] = {"sqlite": {}, "postgresql": {}}
        event.listen(Engine, "before_cursor_execute", self._hear)

    def _hear(self, connection, _cursor, statement, _values, context, _many):
        if (caller := _caller(frame := sys._getframe(1))) is None:
            return
        text = context.compiled.string if getattr(context, "compiled", None) else statement  # its hash is known
        if (key := (connection.dialect.name, caller.f_code, text)) in self._seen:
            return
        self._seen.add(key)
        if (verb := READS_OR_WRITES.match(statement)) and OTHERWISE.isdisjoint(_modules(frame)):
            tables = " ".join(sorted(set(TABLE.findall(statement))))
            asked = f"{caller.f_globals['__name__']}.{caller.f_code.co_qualname}: {verb[1]} {tables}"
            self.of[key[0]].setdefault(asked, os.environ.get(TEST, "").partition(" ")[0])


def _caller(frame):
    """Return the frame of the function of gridplan that asks, where it is one."""
    return next((at for at, name in _frames(frame) if name.startswith("gridplan") and name != AS_A_RULE), None)


def _modules(frame):
    return {name for _, name in _frames(frame)}


def _frames(frame):
    """Yield a frame and all that stand behind it, each with its module."""
    while frame:
        yield frame, frame.f_globals.get("__name__", "")  # a template has none
        frame = frame.f_back


def asked_of_files_alone(of: dict[str, dict[str, str]]) -> list[str]:
    """Return what was asked of SQLite and never of PostgreSQL, each with a test that did."""
    alone = of["sqlite"].keys() - of["postgresql"].keys()
    return [f"{asked} ({of['sqlite'][asked]})" for asked in sorted(alone)]


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Yield a list that grows by each statement that is executed meanwhile."""
    executed: list[str] = []
    with _listening(store, lambda statement, _: executed.append(statement)):
        yield executed


@contextmanager
def statements_with_values(store: Store) -> Iterator[dict[str, Any]]:
    """Yield a dictionary that grows by each other statement that is executed meanwhile, with its values."""
    executed: dict[str, Any] = {}
    with _listening(store, executed.setdefault):
        yield executed


@contextmanager
def _listening(store, note):
    def hear(_connection, _cursor, statement, values, *_):
        note(statement, values)

    event.listen(store.engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", hear)
