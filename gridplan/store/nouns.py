"""Nouns of the model as rows: a field is a column of the same name, but for the code of a noun and its village."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isnan
from typing import Any, Final, TypeVar

from sqlalchemy import RowMapping

Noun = TypeVar("Noun")
Row = RowMapping | Mapping[str, Any]
COLUMN_OF: Final = {"household_id": "code", "member_id": "code"}
NO_VILLAGES: Final[Mapping[str, int]] = {}


def row_of(noun: Any, village_ids: Mapping[str, int] = NO_VILLAGES) -> dict[str, Any]:
    """Return a noun as the columns of its row, with the id of the village it names and null for what is nan."""
    row = {_column(one.name): getattr(noun, one.name) for one in fields(noun)}
    if "village" in row:
        village = row.pop("village")
        row["village_id"] = village_ids[village] if village else None
    return {column: None if isinstance(value, float) and isnan(value) else value for column, value in row.items()}


def noun_of(kind: type[Noun], row: Row) -> Noun:
    """Return the noun of a row, whose village is named in a column of its own."""
    return kind(**{one.name: row[_column(one.name)] for one in fields(kind)})  # type: ignore[arg-type]


def _column(field: str) -> str:
    return COLUMN_OF.get(field, field)
