"""How many statements reach the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from gridplan.store import Store


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Yield a list that grows by each statement that is executed meanwhile."""
    executed: list[str] = []

    def note(_connection, _cursor, statement, *_):
        executed.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
