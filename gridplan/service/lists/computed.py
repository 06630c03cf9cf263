"""The rows of a list that are worked out and not looked up: sorted, filtered and paged here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from gridplan.store.lists.listing import AT_ONCE, PAGE_SIZE, ListQuery
from gridplan.store.rows import Row


def as_they_are(_: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return rows that need nothing more."""
    return list(rows)


@dataclass(frozen=True, slots=True)
class ComputedListing:
    """The rows that a list may have, in their usual order."""

    rows: Sequence[Row]
    order: Mapping[str, Callable[[Row], Any]]
    """What rows are sorted by, by the key of a column; rows that are equal stay in their usual order."""
    filters: Mapping[str, Callable[[Row, str], bool]]
    """Whether a row meets a filter that is set to a value."""
    complete: Callable[[Connection, Sequence[Row]], list[Row]] = as_they_are
    """Adds to some rows what they are not filtered or sorted by."""

    def count(self, _: Connection, query: ListQuery) -> int:
        """Return how many rows a query is met by, on all pages."""
        return sum(1 for _ in self._found(query))

    def page(self, connection: Connection, query: ListQuery) -> list[Row]:
        """Return the rows of a page."""
        first = (query.page - 1) * PAGE_SIZE
        return self.complete(connection, self._sorted(query)[first : first + PAGE_SIZE])

    def walk(self, connection: Connection, query: ListQuery) -> Iterator[Row]:
        """Yield the rows of all pages, of which only a few are completed at a time."""
        rows = self._sorted(query)
        for first in range(0, len(rows), AT_ONCE):
            yield from self.complete(connection, rows[first : first + AT_ONCE])

    def _found(self, query: ListQuery) -> Iterable[Row]:
        asked = [(self.filters[name], value) for name, value in query.filters.items()]
        return (row for row in self.rows if all(meets(row, value) for meets, value in asked))

    def _sorted(self, query: ListQuery) -> list[Row]:
        rows = list(self._found(query))
        key = self.order.get(query.sort)
        return rows if key is None else sorted(rows, key=key, reverse=query.falls)
