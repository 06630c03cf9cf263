"""Rows of tables: one row, the page of a list, new and changed rows, and nouns of the model as rows.

A field of a noun is a column of the same name, but for the code of a noun and its village.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from math import isnan
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, Text, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.functions import FunctionElement

from gridplan.errors import NotFound
from gridplan.names import folded, sort_key

Noun = TypeVar("Noun")
Item = TypeVar("Item")
CHUNK: Final = 500
"""Items that one statement names."""
Row = RowMapping | Mapping[str, Any]
COLUMN_OF: Final = {"household_id": "code", "member_id": "code"}
NO_VILLAGES: Final[Mapping[str, int]] = {}


def only_row(connection: Connection, found: Select[Any], given: Mapping[str, Any] | None = None) -> RowMapping:
    """Return the row of a query that finds one at most with the values that are given.

    Raises
    ------
    NotFound
        It finds none.
    """
    row = connection.execute(found, given).mappings().one_or_none()
    if row is None:
        raise NotFound("entrance.not_here")
    return row


def by_id(connection: Connection, table: Table, id_: int) -> RowMapping:
    """Return the row of a table with an id.

    Raises
    ------
    NotFound
        There is none.
    """
    return only_row(connection, select(table).where(table.c.id == id_))


# ---- texts


def has_case(text: str) -> bool:
    """Return whether a text has letters with a case.

    Chinese and digits have none, and to fold every name of a town takes longer than to look through them.
    """
    return text.lower() != text.upper()


def contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that a text is in a column, whatever the case of its letters."""
    return (column.icontains if has_case(text) else column.contains)(text, autoescape=True)


class by_name(FunctionElement[str]):  # noqa: N801 - it is called like a function of SQL
    """A text as it is sorted by: `gridplan.names.sort_key` in SQLite, in PostgreSQL the collation of the same order."""

    type = Text()
    inherit_cache = True


@compiles(by_name, "sqlite")
def _key(element: by_name, compiler: SQLCompiler, **options: Any) -> str:
    return f"{sort_key.__name__}({compiler.process(element.clauses, **options)})"


@compiles(by_name, "postgresql")
def _collated(element: by_name, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)}) COLLATE pinyin"


# ---- codes


def code_exists(connection: Connection, table: Table, code: str) -> bool:
    """Return whether a household or member has this code, a retired one too."""
    return connection.execute(select(table.c.id).where(table.c.code == code)).first() is not None


def similar_code(connection: Connection, table: Table, code: str) -> str | None:
    """Return the code of a household or member, a retired one too, that differs only in case, width or spaces."""
    codes = connection.execute(select(table.c.code).where(table.c.code != code)).scalars()
    return next((known for known in codes if folded(known) == folded(code)), None)


def free_code(connection: Connection, table: Table) -> str:
    """Return a code that no household or member has: the first letter of the table and a number."""
    letter = table.name[0].upper()
    number = connection.execute(select(func.count()).select_from(table)).scalar_one() + 1
    while code_exists(connection, table, f"{letter}{number:05d}"):
        number += 1
    return f"{letter}{number:05d}"


# ---- new and changed rows


def add_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Add a row and return its id."""
    return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def insert_new(connection: Connection, table: Table, rows: Sequence[Row], *keys: str) -> frozenset[Any]:
    """Add the rows whose keys are not there yet, without looking first; return the first key of those added."""
    if not rows:
        return frozenset()
    adding = _adding_new(connection.dialect.name, table, keys)
    return frozenset(connection.execute(adding, [dict(row) for row in rows]).scalars())


@cache
def _adding_new(dialect: str, table: Table, keys: tuple[str, ...]) -> ReturningInsert[tuple[Any]]:
    return _adding(dialect, table).on_conflict_do_nothing(index_elements=keys).returning(table.c[keys[0]])


def put(connection: Connection, table: Table, rows: Sequence[Row], *keys: str) -> None:
    """Add rows, all with values for the same columns; those whose keys are there already get their values."""
    if rows:
        putting = _putting(connection.dialect.name, table, keys, tuple(name for name in rows[0] if name not in keys))
        connection.execute(putting, [dict(row) for row in rows])


@cache
def _putting(
    dialect: str, table: Table, keys: tuple[str, ...], others: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    adding = _adding(dialect, table)
    return adding.on_conflict_do_update(index_elements=keys, set_={name: adding.excluded[name] for name in others})


def _adding(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)


def chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield parts of what is long, each short enough to be named in one statement."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def update_row(connection: Connection, table: Table, id_: int, values: Mapping[str, Any]) -> None:
    """Give a row new values and the next version."""
    connection.execute(update(table).where(table.c.id == id_).values(**values, version=table.c.version + 1))


def update_if_current(connection: Connection, table: Table, id_: int, version: int, values: Mapping[str, Any]) -> bool:
    """Give a row new values and the next version, if its version is still this one; return whether it was."""
    current = (table.c.id == id_) & (table.c.version == version)
    changed = update(table).where(current).values(**values, version=table.c.version + 1)
    return connection.execute(changed).rowcount == 1


# ---- nouns


def row_of(noun: Any, village_ids: Mapping[str, int] = NO_VILLAGES) -> dict[str, Any]:
    """Return a noun as the columns of its row, with the id of the village it names and null for what is nan."""
    row = {_column(one.name): getattr(noun, one.name) for one in fields(noun)}
    if "village" in row:
        village = row.pop("village")
        row["village_id"] = village_ids[village] if village else None
    return {column: None if isinstance(value, float) and isnan(value) else value for column, value in row.items()}


def noun_of(kind: type[Noun], row: Row, **others: Any) -> Noun:
    """Return the noun of a row, whose village is named in a column of its own; with other values than the row has."""
    values = {name: row[column] for name, column in _columns_of(kind) if name not in others}  # type: ignore[arg-type]
    return kind(**values, **others)


@cache
def _columns_of(kind: type) -> tuple[tuple[str, str], ...]:
    """Return the fields of a noun, each with its column."""
    return tuple((one.name, _column(one.name)) for one in fields(kind))


def _column(field: str) -> str:
    return COLUMN_OF.get(field, field)
