"""A list as an address asks for it: its rows, what else may be asked for, and what of the address makes no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from gridplan.exchange.xlsx import Cell
from gridplan.names import whole_number
from gridplan.service.lists.filters import Choice, Reader
from gridplan.service.lists.nouns import ListColumn, ListRows, Noun
from gridplan.service.registry.form import shown
from gridplan.store import Store
from gridplan.store.lists import parts
from gridplan.store.lists.listing import PAGE_SIZE, ListQuery
from gridplan.store.rows import Row
from gridplan.words import Message

LONGEST_TEXT: Final = 100


@dataclass(frozen=True, slots=True)
class AskedList:
    """What an address asks for, understood: its query, and sentences on what was not."""

    noun: Noun
    reader: Reader
    query: ListQuery
    columns: tuple[ListColumn, ...]
    choices: tuple[Choice, ...]
    listing: ListRows
    complaints: tuple[Message, ...]

    def cells(self, row: Row) -> tuple[Cell, ...]:
        """Return what the columns show of a row."""
        return tuple(column.cell(row, self.reader) for column in self.columns)

    def sorts(self, column: ListColumn) -> bool:
        """Return whether the list can be sorted by a column."""
        return column.key in self.listing.order

    @property
    def chosen(self) -> Iterator[tuple[Choice, str | Message]]:
        """The filters that are set, with what is chosen."""
        for choice in self.choices:
            if value := self.query.filters.get(choice.name):
                yield choice, choice.options[value]


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list."""

    asked: AskedList
    rows: tuple[tuple[Row, tuple[Cell, ...]], ...]
    total: int
    """How many rows the filters leave, on all pages."""
    whole: int
    """How many there are without any."""

    @property
    def counted(self) -> Message:
        """The sentence on how many rows there are."""
        return counted(self.asked, self.total, self.whole)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return pages_of(self.total)


def list_page(store: Store, noun: Noun, reader: Reader, asked: Mapping[str, str]) -> ListPage:
    """Return the page of a list that an address asks for; what makes no sense in it is left out, and said."""
    with store.read() as connection:
        found = understood(connection, noun, reader, asked)
        total, whole = counts(connection, found)
        last = pages_of(total)
        if found.query.page > last:
            beyond = Message("lists.beyond", {"page": found.query.page, "last": last})
            found = replace(found, query=replace(found.query, page=last), complaints=(*found.complaints, beyond))
        rows = found.listing.page(connection, found.query)
    return ListPage(found, tuple((row, found.cells(row)) for row in rows), total, whole)


def counts(connection: Connection, found: AskedList) -> tuple[int, int]:
    """Return how many rows the filters leave, and how many there are without any, in the same part of it.

    Such a part are those that are retired, and needs that have come as far.
    """
    total = found.listing.count(connection, found.query)
    part = {name: value for name, value in found.query.filters.items() if name == "stage" or value == "retired"}
    is_whole = not found.query.text and found.query.filters == part
    return total, total if is_whole else found.listing.count(connection, ListQuery(part))


def counted(found: AskedList, total: int, whole: int) -> Message:
    """Return the sentence on how many rows a list has."""
    if total == whole:
        return Message(f"lists.count.{found.noun.name}", {"n": total})
    return Message(f"lists.some.{found.noun.name}", {"some": total, "n": whole})


def pages_of(total: int) -> int:
    """Return how many pages some rows have; no rows have one too."""
    return max(1, -(-total // PAGE_SIZE))


def understood(connection: Connection, noun: Noun, reader: Reader, asked: Mapping[str, str]) -> AskedList:
    """Return what an address asks for."""
    listing, choices = noun.listing(connection, reader), noun.choices(connection, reader, asked)
    complaints: list[Message] = []
    wishes = {choice.name: asked.get(choice.name, "").strip() for choice in choices}
    filters = {choice.name: wishes[choice.name] for choice in choices if wishes[choice.name] in choice.options}
    for choice in choices:
        if wishes[choice.name] and choice.name not in filters:
            values = {"filter": choice.label, "value": shown(wishes[choice.name])}
            complaints.append(Message("lists.no_choice", values))
    sort, falls = asked.get("sort", "").removeprefix("-"), asked.get("sort", "").startswith("-")
    columns = tuple(_columns(connection, noun, reader, filters))
    if sort and not (sort in listing.order and any(column.key == sort for column in columns)):
        complaints.append(Message("lists.no_sort", {"value": shown(sort)}))
        sort, falls = "", False
    page = whole_number(asked.get("page", "1").strip() or "1") or 0
    if page < 1:
        complaints.append(Message("lists.no_page", {"value": shown(asked["page"])}))
    query = ListQuery(filters, " ".join(asked.get("q", "").split())[:LONGEST_TEXT], sort, falls, max(page, 1))
    return AskedList(noun, reader, query, columns, choices, listing, tuple(complaints))


def _columns(connection: Connection, noun: Noun, reader: Reader, filters: Mapping[str, str]) -> Iterator[ListColumn]:
    where = {"always"} | ({"retired", "closed"} & {filters.get("state"), filters.get("stage")})
    if any(column.where == "labelled" for column in noun.columns) and parts.has_labels(connection, reader.scope):
        where.add("labelled")
    return (column for column in noun.columns if column.where in where)
