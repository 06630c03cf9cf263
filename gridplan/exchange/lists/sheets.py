"""CSV and XLSX: the bytes of a file become a table of text cells."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence

from python_calamine import CalamineError, CalamineWorkbook

from gridplan.coordinates import WGS84
from gridplan.errors import InputRefused
from gridplan.exchange.lists.source import Source, Table, number_text

DELIMITERS = (",", ";", "\t")
UNPACKED_LIMIT = 500_000_000
"""Bytes; a workbook that unpacks to more is no list of households."""


def read_csv(source: Source) -> Table:
    """Return a CSV file in UTF-8 as a table.

    Raises
    ------
    InputRefused
        It cannot be read, is not UTF-8 text, or its quotes do not match.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    text = _utf8(source)
    delimiter = max(DELIMITERS, key=lambda mark: _cells_of_first_row(text, mark))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _table(source, reader)
    except csv.Error:
        raise InputRefused("read.csv", file=source.name, line=str(reader.line_num)) from None


def read_xlsx(source: Source) -> Table:
    """Return one sheet of an XLSX workbook as a table: the one named, else the first.

    Raises
    ------
    InputRefused
        It cannot be read, is no such workbook, unpacks to more than `UNPACKED_LIMIT`, or has no such sheet.
    """
    content = source.content()
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
        if unpacked > UNPACKED_LIMIT:
            raise InputRefused("read.too_large", file=source.name, megabytes=unpacked // 1_000_000)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = source.layer or workbook.sheet_names[0]
        if sheet not in workbook.sheet_names:
            names = ", ".join(workbook.sheet_names)
            raise InputRefused("read.no_sheet", file=source.name, sheet=sheet, names=names)
        cells = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError, CalamineError, IndexError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    return _table(source, ([_text(cell) for cell in row] for row in cells))


def _table(source: Source, records: Iterable[Sequence[str]]) -> Table:
    """Return records as a table: the header is the first with any content, its rows are as wide as it or wider."""
    if source.frame not in {None, WGS84}:
        raise InputRefused("read.frame_of_table", file=source.name, frame=source.frame)
    header: tuple[str, ...] = ()
    rows, numbers = [], []
    number = 0
    for number, record in enumerate(records, start=1):
        if not "".join(record).strip():
            continue
        cells = tuple(record)
        if not header:
            header = _without_blank_end(cells, 0)
            continue
        if len(cells) != len(header):
            cells = _without_blank_end(cells, len(header))
            cells += ("",) * (len(header) - len(cells))
        rows.append(cells)
        numbers.append(number)
    return Table(source, header, rows, numbers, blank_rows=max(0, number - len(rows) - 1))


def _without_blank_end(cells: tuple[str, ...], keep: int) -> tuple[str, ...]:
    end = len(cells)
    while end > keep and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _utf8(source: Source) -> str:
    content = source.content()
    if content.startswith((b"PK\x03\x04", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x1f\x8b")):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputRefused("read.encoding", file=source.name, line=str(line)) from None


def _cells_of_first_row(text: str, delimiter: str) -> int:
    start = text.lstrip("\r\n")[:65_536]
    try:
        return len(next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), []))
    except csv.Error:
        return 0


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    return number_text(cell) if isinstance(cell, float) else str(cell)
