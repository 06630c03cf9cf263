"""Shapes, moments and sentences as columns that SQLite and PostgreSQL both keep, and random ids."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import JSON, DateTime, Dialect, LargeBinary, func
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from gridplan.words import Message, message_from_json, message_to_json

WGS84 = 4326
LARGEST_ID = 2**53 - 1
"""The largest whole number that JavaScript reads exactly."""


def random_id() -> int:
    """Return an id for what leaves the server: it says nothing of the order in which things came."""
    return secrets.randbelow(LARGEST_ID) + 1


class PostgisGeometry(UserDefinedType[object]):
    """PostGIS's own `geometry`, in degrees."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type as SQL names it."""
        return f"geometry(GEOMETRY,{WGS84})"

    def bind_expression(self, bindvalue: Any) -> ColumnElement[Any]:
        """Read what is stored as extended well-known binary; it comes back as its hexadecimal."""
        return func.ST_GeomFromEWKB(bindvalue, type_=self)


class Geometry(TypeDecorator[BaseGeometry]):
    """A shape in WGS-84 degrees: well-known binary in SQLite, `geometry` in PostGIS."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column type of the database at hand."""
        return dialect.type_descriptor(PostgisGeometry() if dialect.name == "postgresql" else LargeBinary())

    def process_bind_param(self, value: BaseGeometry | None, dialect: Dialect) -> bytes | None:
        """Return a shape as the database takes it."""
        if value is None:
            return None
        return bytes(shapely.to_wkb(shapely.set_srid(value, WGS84), include_srid=dialect.name == "postgresql"))

    def process_result_value(self, value: Any, dialect: Dialect) -> BaseGeometry | None:
        """Return what the database gave as a shape."""
        if value is None:
            return None
        return shapely.set_srid(shapely.from_wkb(value), 0) if isinstance(value, str) else shapely.from_wkb(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, kept as UTC; neither database is asked to know time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware moment as naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return it as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class MessageColumn(TypeDecorator[Message]):
    """A sentence as code and values, to be said in either language."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Message | None, dialect: Dialect) -> object:
        """Return a sentence as the database takes it."""
        return None if value is None else message_to_json(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Message | None:
        """Return what the database gave as a sentence."""
        return None if value is None else message_from_json(value)


class MessagesColumn(TypeDecorator[tuple[Message, ...]]):
    """Sentences in their order."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Sequence[Message] | None, dialect: Dialect) -> object:
        """Return sentences as the database takes them."""
        return [message_to_json(message) for message in value or ()]

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Message, ...]:
        """Return what the database gave as sentences."""
        return tuple(map(message_from_json, value or ()))
