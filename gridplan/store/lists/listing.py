"""A list: the query of its rows, what they are sorted and filtered by, and the rows that an address asks for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, literal, or_, select

from gridplan.store.rows import Row, contains

PAGE_SIZE: Final = 100
AT_ONCE: Final = 1_000
"""Rows that are fetched together when all of them are walked."""
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list is asked for: values of its filters, a text that rows have, the column that sorts them, a page."""

    filters: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    sort: str = ""
    falls: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of a scope that a list may have; filters that are not set may still narrow them: to those who live."""

    rows: Select[Any]
    order: Mapping[str, Sequence[ColumnElement[Any]]]
    """What rows are sorted by, by the key of a column."""
    standing: Sequence[ColumnElement[Any]]
    """What they are sorted by after that: no two rows have all of it in common."""
    filters: Mapping[str, Callable[[str], Condition | None]]
    """The condition of each filter for a value, "" where it is not set; None where it is met by every row."""
    searched: Callable[[str], Sequence[Condition]]
    """The conditions of which a row meets one if it has a text."""
    complete: Callable[[Connection, Sequence[Row]], list[Row]]
    """Adds to some rows what their query does not tell."""

    def count(self, connection: Connection, query: ListQuery) -> int:
        """Return how many rows a query is met by, on all pages."""
        found = self._found(query).with_only_columns(literal(1), maintain_column_froms=True)
        return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())

    def page(self, connection: Connection, query: ListQuery) -> list[Row]:
        """Return the rows of a page."""
        found = self._sorted(query).offset((query.page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
        return self.complete(connection, list(connection.execute(found).mappings()))

    def walk(self, connection: Connection, query: ListQuery) -> Iterator[Row]:
        """Yield the rows of all pages, of which only a few are held at a time."""
        with connection.execute(self._sorted(query), execution_options={"yield_per": AT_ONCE}) as found:
            for rows in found.mappings().partitions():
                yield from self.complete(connection, rows)

    def _found(self, query: ListQuery) -> Select[Any]:
        conditions = [condition(query.filters.get(name, "")) for name, condition in self.filters.items()]
        if query.text:
            texts = dict.fromkeys((query.text, unicodedata.normalize("NFKC", query.text)))
            conditions.append(or_(*(one for text in texts for one in self.searched(text))))
        return self.rows.where(*(one for one in conditions if one is not None))

    def _sorted(self, query: ListQuery) -> Select[Any]:
        """Return the query in its order; blanks stand last, whichever way it runs."""
        chosen = self.order.get(query.sort, ())
        blanks = [one.is_(None) for one in chosen]
        keys = [one.desc() if query.falls else one for one in chosen]
        return self._found(query).order_by(*blanks, *keys, *self.standing)


def containing(*columns: ColumnElement[Any]) -> Callable[[str], list[Condition]]:
    """Return what finds a text in one of some columns."""
    return lambda text: [contains(column, text) for column in columns]
