"""Lists of a new term: who leads which grid from a day on, and who works at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import ListedVillage
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, MEMBER_FIELDS, Synonyms, headers_shown
from gridplan.exchange.tables.read import read_all
from gridplan.exchange.tables.source import Source
from gridplan.names import LONGEST_TEXT, one_line

LEAD_FIELDS: Final[Synonyms] = {
    "village": HOUSEHOLD_FIELDS["village"],
    "grid": HOUSEHOLD_FIELDS["grid"],
    "lead": (*HOUSEHOLD_FIELDS["lead"], *MEMBER_FIELDS["name"], frozenset({"member"})),
    "phone": MEMBER_FIELDS["phone"],
    "town": HOUSEHOLD_FIELDS["town"],
    "village_code": HOUSEHOLD_FIELDS["village_code"],
}
STAFF_FIELDS: Final[Synonyms] = {
    "name": (frozenset({"姓名", "name"}),),
    "login": (frozenset({"登录名", "账号", "用户名", "login", "account", "username"}),),
    "role": (frozenset({"角色", "岗位", "role"}),),
    "village": HOUSEHOLD_FIELDS["village"],
}


@dataclass(frozen=True, slots=True)
class ListedLead:
    """A row of a list of leads: the grid by its number, the member by code or name; `row` as a spreadsheet counts."""

    row: str
    village: ListedVillage
    grid: str
    lead: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class ListedStaff:
    """A row of a list of desk staff: the villages apart by commas."""

    row: str
    name: str
    login: str
    role: str
    villages: str


def read_term_leads(source: Source) -> tuple[ListedLead, ...]:
    """Return the leads of a list; rows without a grid and without a lead are blank.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """
    return tuple(
        ListedLead(row, _village(cells), cells["grid"], cells["lead"], cells["phone"] or None)
        for row, cells in _rows(source, LEAD_FIELDS, ("grid", "lead"))
        if cells["grid"] or cells["lead"]
    )


def read_term_staff(source: Source) -> tuple[ListedStaff, ...]:
    """Return the desk staff of a list.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used.
    """
    return tuple(
        ListedStaff(row, cells["name"], cells["login"], cells["role"], cells["village"])
        for row, cells in _rows(source, STAFF_FIELDS, ("name", "login", "role"))
        if cells["name"] or cells["login"]
    )


def _village(cells: dict[str, str]) -> ListedVillage:
    return ListedVillage(cells["village"], cells["town"], cells["village_code"])


def _rows(source: Source, fields: Synonyms, needed: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the numbers of rows with their cells by field, each on one line."""
    for whole in read_all([source]):
        table, _ = without_private(whole, fields, {})
        rows = Rows(table, fields, {})
        if missing := next((field for field in needed if field not in rows.column_of), None):
            raise InputRefused(
                "term.no_column", file=table.source.name, field=missing, names=headers_shown(table.header)
            )
        if rows.refusals:
            first = rows.refusals[min(rows.refusals)]
            raise InputRefused("read.csv", file=rows.name, line=str(first.row))
        columns = {field: rows.cells(field) for field in fields}
        for at in rows:
            yield rows.number(at), {field: one_line(cells[at])[:LONGEST_TEXT] for field, cells in columns.items()}
