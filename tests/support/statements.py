"""Which statements reach the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from gridplan.store import Store


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
