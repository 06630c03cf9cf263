"""A list of who is linked to what, a row each: the person and the kind, the village, and the branch in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gridplan.errors import InputRefused
from gridplan.exchange.lists.entries import EntryList, read_entries
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.columns import LINKAGE_FIELDS, headers_shown
from gridplan.exchange.tables.source import Source
from gridplan.names import one_line, without_phone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkageRow:
    """A row as it is written; what it does not say is blank."""

    name: str
    kind: str
    village: str
    branch: str
    town: str = ""
    village_code: str = ""


def read_linkages(source: Source, entry_of: Callable[[LinkageRow], T]) -> EntryList[T]:
    """Return what `entry_of` makes of each row of all lists in a file; it may refuse a row by one of its fields.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """

    def entry(cells: Mapping[str, str]) -> T:
        name, *others = map(one_line, cells.values())
        return entry_of(LinkageRow(without_phone(name), *others))

    return read_entries(source, LINKAGE_FIELDS, tuple(LINKAGE_FIELDS), _check_columns, entry)


def _check_columns(rows: Rows) -> None:
    if "name" not in rows.column_of or not rows.column_of.keys() & {"village", "branch"}:
        raise InputRefused("linkage.no_list", file=rows.name, names=headers_shown(rows.table.header))
