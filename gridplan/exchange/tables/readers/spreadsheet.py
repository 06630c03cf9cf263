"""Workbooks: XLSX and ODS by calamine, XLS and ET by xlrd, or by calamine where it refuses them.

Every sheet that holds a list becomes a table.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, repeat

import xlrd
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)
from xlrd.compdoc import CompDocError

from gridplan.errors import InputRefused
from gridplan.exchange.tables.header_row import Sheet, is_list, table_of
from gridplan.exchange.tables.readers.archive import Archive, open_archive
from gridplan.exchange.tables.readers.xlsx_markup import Markup, markup_of, refuse_hostile, sheet_members
from gridplan.exchange.tables.source import PLANS_SHEET, Source, Table, number_text
from gridplan.words import Message

UNPACKED_LIMIT = 500_000_000
"""Bytes; a workbook that unpacks to more is no list of households."""
MOST_CELLS = 20_000_000
"""Cells between the first and the last one in use: each takes its place in memory, in use or not."""
ALL_DIGITS_BELOW = 1e15
"""A spreadsheet keeps fifteen digits of a number."""
OLE2 = b"\xd0\xcf\x11\xe0"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
BROKEN_OLD_WORKBOOK = (
    *(LookupError, ArithmeticError, AssertionError, RecursionError, TypeError, ValueError),
    *(struct.error, CompDocError),
)
"""What xlrd meets in one."""
MANIFEST = "META-INF/manifest.xml"
"""The member in which an ODS workbook with a password says so."""


def read_workbook(source: Source) -> tuple[Table, ...]:
    """Return the lists of a workbook: of the sheet named, else of every visible sheet that holds one.

    Raises
    ------
    InputRefused
        It cannot be read, is no workbook, has a password or macros, is too large, or has no such sheet.
    """
    content = source.content()
    if content.startswith(OLE2) and ENCRYPTED_PACKAGE in content:
        raise InputRefused("read.password", file=source.name)
    tables, hidden = _old_sheets(source, content) if content.startswith(OLE2) else _new_sheets(source, content)
    return tuple(tables) if source.layer is not None else _lists(source, tables, hidden)


def _lists(source: Source, tables: Sequence[Table], hidden: Sequence[str]) -> tuple[Table, ...]:
    """Return the tables that hold lists; a note of the first of them names the sheets left out."""
    used = [table for table in tables if table.header]
    lists = [table for table in used if is_list(table)] or used
    if not lists:
        raise InputRefused("read.no_list", file=source.name)
    notes = lists[0].notes
    if left := [str(table.sheet) for table in tables if table not in lists]:
        notes += (Message("read.note.sheets_left", {"n": len(left), "names": ", ".join(left)}),)
    if hidden := [name for name in hidden if name != PLANS_SHEET]:
        values = {"n": len(hidden), "names": ", ".join(hidden), "file": source.name, "first": hidden[0]}
        notes += (Message("read.note.hidden_sheets", values),)
    return (replace(lists[0], notes=notes), *lists[1:])


def _chosen(source: Source, visible: Mapping[str, bool]) -> tuple[list[str], list[str]]:
    """Return the sheets to read, and those hidden and not read; `visible` says of every sheet whether it is."""
    if source.layer is not None:
        if source.layer not in visible:
            raise InputRefused("read.no_sheet", file=source.name, sheet=source.layer, names=", ".join(visible))
        return [source.layer], []
    shown = [name for name in visible if visible[name]]
    return (shown, [name for name in visible if not visible[name]]) if shown else (list(visible), [])


# ---- XLSX and ODS


def _new_sheets(source: Source, content: bytes) -> tuple[list[Table], list[str]]:
    with open_archive(source, content, UNPACKED_LIMIT) as archive:
        if MANIFEST in archive.names and b"encryption-data" in archive.read(MANIFEST):
            raise InputRefused("read.password", file=source.name)
        refuse_hostile(source, archive)
        with _read_by_calamine(source):
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
            names, hidden = _chosen(source, _visible(workbook))
            members = sheet_members(archive)
            tables = []
            for name in names:
                markup = _markup(source, archive, name, members.get(name))
                tables.append(table_of(source, _new_sheet(workbook.get_sheet_by_name(name), markup)))
            return tables, hidden


@contextmanager
def _read_by_calamine(source: Source) -> Iterator[None]:
    """Refuse what calamine refuses, or panics at; the name of its panic is all there is to know it by."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, PasswordError):
            raise InputRefused("read.password", file=source.name) from None
        if isinstance(error, CalamineError | UnicodeError) or type(error).__name__ == "PanicException":
            raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
        raise


def _visible(workbook: CalamineWorkbook) -> dict[str, bool]:
    return {
        sheet.name: sheet.visible == SheetVisibleEnum.Visible
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet
    }


def _markup(source: Source, archive: Archive, sheet: str, member: str | None) -> Markup:
    markup = markup_of(source, archive, member) if member else Markup()
    if (markup.last_row + 1) * (markup.last_column + 1) > MOST_CELLS:
        raise InputRefused("read.far_cell", file=source.name, sheet=sheet, cell=markup.corner)
    return markup


def _new_sheet(cells: CalamineSheet, markup: Markup) -> Sheet:
    missing = markup.without_result
    notes = [Message("read.note.no_results", {"n": len(missing), "cell": missing[0]})] if missing else []
    left = cells.start[1] if cells.start else 0
    errors: dict[int, dict[int, str]] = {}
    for (row, column), text in markup.errors.items():
        errors.setdefault(row, {})[column] = text

    def records() -> Iterator[list[str]]:
        last = max([cells.end[0] if cells.end else -1, *errors])
        below = chain(_in_text(cells.iter_rows(), notes), repeat([]))
        for texts, at in zip(below, range(last + 1), strict=False):  # (in this order, `below` is asked for its end)
            record = [""] * left + texts
            for column, text in errors.get(at, {}).items():
                record += [""] * (column + 1 - len(record))
                record[column] = text
            yield record

    return Sheet(
        cells.name,
        records(),
        merged=_downwards((*start, *end) for start, end in cells.merged_cell_ranges or ()),
        hidden=markup.hidden,
        notes=notes,
    )


def _downwards(ranges: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, int, int]]:
    """Return column, first and last row (from 1) of cells merged downwards."""
    return [(left, top + 1, bottom + 1) for top, left, bottom, _ in ranges if bottom > top]


# ---- XLS and ET


def _old_sheets(source: Source, content: bytes) -> tuple[list[Table], list[str]]:
    quiet = io.StringIO()
    try:
        with xlrd.open_workbook(
            file_contents=content, formatting_info=True, on_demand=True, ragged_rows=True, logfile=quiet
        ) as book:
            sheets = {name: book.sheet_by_name(name) for name in book.sheet_names()}
            names, hidden = _chosen(source, {name: sheet.visibility == 0 for name, sheet in sheets.items()})
            return [table_of(source, _old_sheet(sheets[name], book.datemode)) for name in names], hidden
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise InputRefused("read.password", file=source.name) from None
    except BROKEN_OLD_WORKBOOK:
        pass
    return _less_strictly(source, content)


def _less_strictly(source: Source, content: bytes) -> tuple[list[Table], list[str]]:
    """Read what xlrd refuses; which rows are hidden stays unknown."""
    with _read_by_calamine(source):
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names, hidden = _chosen(source, _visible(workbook))
        tables = [table_of(source, _new_sheet(workbook.get_sheet_by_name(name), Markup())) for name in names]
        note = Message("read.note.less_strictly")
        return [replace(table, notes=(*table.notes, note)) for table in tables[:1]] + tables[1:], hidden


def _old_sheet(sheet: xlrd.sheet.Sheet, datemode: int) -> Sheet:
    notes: list[Message] = []
    return Sheet(
        sheet.name,
        _in_text(([_old_value(cell, datemode) for cell in row] for row in sheet.get_rows()), notes),
        merged=_downwards((top, left, bottom - 1, right) for top, bottom, left, right in sheet.merged_cells),
        hidden={row + 1 for row, info in sheet.rowinfo_map.items() if info.hidden},
        notes=notes,
    )


def _old_value(cell: xlrd.sheet.Cell, datemode: int) -> object:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(cell.value, datemode)
        except (xlrd.xldate.XLDateError, OverflowError):
            return cell.value
    return bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value


# ---- cells


def _in_text(rows: Iterable[Iterable[object]], notes: list[Message]) -> Iterator[list[str]]:
    """Walk rows as texts; at their end add a note on numbers whose last digits are lost."""
    cut = 0
    for row in rows:
        values = list(row)
        cut += sum(isinstance(value, float | int) and abs(value) >= ALL_DIGITS_BELOW for value in values)
        yield list(map(_text, values))
    if cut:
        notes.append(Message("read.note.digits_lost", {"n": cut}))


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return (cell.date() if cell.time() == dt.time() else cell).isoformat()
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
