"""Tables of households: those that are none are left out, private columns dropped, persons merged, ids checked."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gridplan.errors import InputRefused
from gridplan.exchange.lists.households.household_ids import (
    ids_in_tables,
    refuse_missing_ids,
    refuse_repeated_ids,
    tables_with_running_numbers,
)
from gridplan.exchange.lists.households.village_lookup import table_titles, village_of_whole_table
from gridplan.exchange.lists.positions.outlines import leave_out_outlines
from gridplan.exchange.lists.positions.positions import fields_to_find
from gridplan.exchange.lists.refused_csv import with_corrected_rows
from gridplan.exchange.lists.rows.persons import merge_persons
from gridplan.exchange.lists.rows.private_columns import without_private
from gridplan.exchange.lists.rows.row_checks import (
    join_lines,
    refuse_overlong,
    refuse_texts,
    repeated_rows,
    rows_named,
)
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import VillageNames
from gridplan.exchange.tables.cells import PLAIN_NUMBER, refused
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, POSITION_FIELDS, folded, headers_shown
from gridplan.exchange.tables.source import Table
from gridplan.exchange.workbook import sheet_to_read_back
from gridplan.words import Message, series

TEXTS: Final = (
    "id",
    "name",
    "village",
    "town",
    "village_code",
    "hamlet",
    "phone",
    "address",
    "door",
    "grid",
    "lead",
    "group",
)
AS_WRITTEN: Final = {"id", "name", "phone", "address", "door"}
PROSE: Final = {"phone", "address", "door"}
NAMES: Final = re.compile("姓名|名字|户主|(?i:name)")
"""What a header contains that may be one of names."""
NO_LIST: Final = {"read.no_rows", "read.no_position", "read.headless"}
"""Why a sheet among others is no list, and is left aside."""
MOST_UNITS = 2_000
COUNT: Final = re.compile(r"0*([1-9]\d{0,3})(\.0*)?", re.ASCII)
"""A whole number, which a spreadsheet may show as 12.0."""


@dataclass(slots=True)
class HouseholdTable:
    """A table of households: its rows, and the village it stands for if it does.

    What is found out later is None until then: by row how many households it stands for, where users named a column of
    that; the position (n, 2) of every row; and the village of every row that is still good.
    """

    rows: Rows
    village: str | None
    units: Mapping[int, int] | None = None
    lonlat: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    villages: Sequence[str] = ()


def household_tables(
    tables: Sequence[Table], columns: Mapping[str, str], known: VillageNames
) -> tuple[list[HouseholdTable], list[Message]]:
    """Return tables as rows of households, and a note for each that is no list and was left aside.

    Of a workbook that gridplan wrote only the households are read.

    Raises
    ------
    InputRefused
        A table or its columns cannot be used, or none is a list of households.
    """
    tables = with_corrected_rows(_households_of_plan_workbooks(tables))
    several = len(tables) > 1
    lists: list[HouseholdTable] = []
    aside: list[Message] = []
    first: InputRefused | None = None
    _refuse_missing_headers(tables, columns)
    called_after = table_titles(tables)
    repeated = repeated_rows(tables, called_after)
    for table, called, twice in zip(tables, called_after, repeated, strict=True):
        try:
            rows = _rows(table, columns, twice, several)
        except InputRefused as refusal:
            if not several or refusal.message.code not in NO_LIST:
                raise
            first = first or refusal
            aside.append(Message("read.note.no_list", {"why": refusal.message, "sheet": table.sheet or ""}))
            continue
        lists.append(HouseholdTable(rows, village_of_whole_table(rows, called, known)))
    if not lists and first is not None:
        raise first
    return lists, aside


def check_ids(lists: Sequence[HouseholdTable]) -> Set[Rows]:
    """Refuse rows whose id is missing or not their own; return the tables whose ids start anew in every village."""
    rows = [listed.rows for listed in lists]
    anew = tables_with_running_numbers(rows, [listed.village for listed in lists])
    for own in rows:
        refuse_missing_ids(own)
    refuse_repeated_ids([own for own in rows if own not in anew])
    known = ids_in_tables(rows) if any("units" in own.column_of for own in rows) else frozenset[str]()
    for listed in lists:
        listed.units = _count_units(listed.rows, known)
    return anew


def _households_of_plan_workbooks(tables: Sequence[Table]) -> list[Table]:
    """Return the tables, of a workbook that gridplan wrote only its households, which a note says."""
    sheets_of: dict[Path, list[str | None]] = defaultdict(list)
    for table in tables:
        sheets_of[table.source.path].append(table.sheet)
    wanted = {path: sheet_to_read_back(sheets) for path, sheets in sheets_of.items()}
    kept = []
    for table in tables:
        sheet = wanted[table.source.path]
        if sheet is None:
            kept.append(table)
        elif sheet == table.sheet:
            note = Message("read.note.read_back", {"file": table.source.name, "sheet": sheet})
            kept.append(replace(table, notes=(*table.notes, note)))
    return kept


def _refuse_missing_headers(tables: Sequence[Table], columns: Mapping[str, str]) -> None:
    """Raise InputRefused if a header that the user named is in none of several tables."""
    headers = [text for table in tables for text in table.header]
    known = {*headers, *map(folded, headers)}
    for field_, header in columns.items():
        if len(tables) > 1 and not known & {header, folded(header)}:
            names = headers_shown(list(dict.fromkeys(headers)))
            raise InputRefused("read.no_header", file=tables[0].source.name, field=field_, header=header, names=names)


def _rows(table: Table, columns: Mapping[str, str], repeated: Sequence[int], several: bool) -> Rows:
    headers = {*table.header, *map(folded, table.header)}
    named = {**columns, **table.source.columns}
    wanted = {
        field: header
        for field, header in named.items()
        if not header or not several or not headers.isdisjoint({header, folded(header)})
    }
    table, dropped = without_private(table, HOUSEHOLD_FIELDS, wanted)
    rows = Rows(table, fields_to_find(table, wanted), wanted)
    _refuse_unless_a_list(rows)
    _note_name_columns(rows)
    rows.notes[:0] = [*table.notes, *dropped]
    _absorb_repeated(rows, repeated)
    leave_out_outlines(rows)
    refuse_overlong(rows)
    join_lines(rows, [field for field in TEXTS if field not in PROSE])
    merge_persons(rows)
    refuse_texts(rows, TEXTS, as_written=AS_WRITTEN, prose=PROSE)
    return rows


def _refuse_unless_a_list(rows: Rows) -> None:
    """Raise InputRefused unless the table says of a household where it is, or at least which it is."""
    if rows.table.shapes is None and rows.column_of.keys().isdisjoint(
        {"id", "name", "door", "village", "hamlet", *POSITION_FIELDS}
    ):
        names = headers_shown(rows.table.header)
        if any(map(PLAIN_NUMBER.fullmatch, rows.table.header)):
            raise InputRefused("read.headless", file=rows.name, names=names)
        raise InputRefused("read.no_position", file=rows.name, field="lon", names=names)


def _note_name_columns(rows: Rows) -> None:
    """Say which columns speak of names where none is understood as that of the households."""
    named = [header for header in rows.unused_headers if NAMES.search(header)]
    if named and "name" not in rows.column_of:
        rows.note("read.note.nameless", columns=series(named), header=named[0])


def _absorb_repeated(rows: Rows, repeated: Sequence[int]) -> None:
    """Keep one of several rows that are equal in everything.

    Rows without id and name say nothing that tells households apart: flats of one house may well be equal, and stay.
    """
    ids, names = rows.cells("id"), rows.cells("name")
    twice = {at for at in repeated if ids[at].strip() or names[at].strip()}
    rows.absorb(twice)
    if twice:
        rows.note("read.note.repeated", n=len(twice), rows=rows_named(rows, sorted(twice)))
    if alike := len(repeated) - len(twice):
        rows.note("read.note.alike", n=alike)


# ---- rows that stand for several households on one spot, as those of a block of flats may


def _count_units(rows: Rows, ids: Set[str]) -> dict[int, int] | None:
    """Return how many households every good row stands for; None where the user named no column of that.

    Rows whose count is none, or whose households would have an id of `ids`, are refused.
    """
    if "units" not in rows.column_of:
        return None
    cells, own = rows.cells("units"), rows.cells("id")
    counts = {}
    for at in list(rows):
        found = COUNT.fullmatch(unicodedata.normalize("NFKC", cells[at]).strip())
        count = int(found[1]) if found else 0
        if not 1 <= count <= MOST_UNITS:
            rows.refuse(at, refused("units", "read.row.units", "read.remedy.units", most=MOST_UNITS))
        elif not ids.isdisjoint(f"{own[at]}/{number}" for number in range(1, count + 1)):
            rows.refuse(at, refused("id", "read.row.unit_id", "read.remedy.unique_id"))
        else:
            counts[at] = count
    return counts


def in_units(entries: Iterable[tuple[Any, ...]], counts: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """Walk entries that start with an id, each as often as its household count says, with ids ID/1 to ID/N."""
    for (id_, *others), count in zip(entries, counts, strict=True):
        for number in range(1, count + 1):
            yield (f"{id_}/{number}", *others)
