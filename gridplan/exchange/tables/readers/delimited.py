"""CSV and tab-separated text, cut into cells at whatever separates its header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, islice
from statistics import median

from gridplan.errors import InputRefused
from gridplan.exchange.tables.encodings import encoding_of, strange_characters
from gridplan.exchange.tables.header_row import HEADER_WITHIN, Sheet, headers_known, table_of
from gridplan.exchange.tables.readers.csv_records import CsvRecords
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

DELIMITERS = (",", ";", "\t")
RARE_DELIMITERS = ("，", "|", "；", "、")
"""Between cells only where none of the others is; a note says so."""
NULS = 0.001
"""Of the bytes of a file: those of more are no text, or in an encoding that does not say so."""
SAMPLE = 65_536
"""Characters at the start of a file that show how its cells are separated."""
STATED_DELIMITER = re.compile(r'"?sep=([^\w\s"]|\t)"?[\r\n]', re.IGNORECASE)
"""The first line with which a spreadsheet says what separates the cells."""
SPACE_BEFORE_QUOTE = re.compile(r'[,;\t] +"')
OTHER_FILES = (b"PK\x03\x04", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x1f\x8b")


def read_csv(source: Source) -> tuple[Table, ...]:
    """Return a CSV or tab-separated file as a table.

    Raises
    ------
    InputRefused
        It cannot be read, is in no encoding known here, holds many NULs, or its quotes match in hardly any row.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    content = source.content()
    if content.startswith(OTHER_FILES):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    encoding = encoding_of(source, content)
    if encoding == "utf-16":
        content, stored = content.decode("utf-16").encode(), "utf-8"
    else:
        stored = encoding
    if content.count(b"\0") > max(1, NULS * len(content)):
        raise InputRefused("read.nul", file=source.name, line=_line(content, content.find(b"\0")))
    sample = io.TextIOWrapper(io.BytesIO(content), stored, newline="").read(SAMPLE)
    stated = STATED_DELIMITER.match(sample)
    delimiter, width = _separated(sample, stated[1] if stated else None)
    notes = []
    if encoding == "gb18030" and (strange := strange_characters(content)):
        notes.append(Message("read.note.encoding_unclear", {"text": strange}))
    elif not encoding.startswith("utf-8"):
        notes.append(Message("read.note.encoding", {"encoding": encoding.upper()}))
    notes += [Message("read.note.delimiter", {"mark": delimiter})] if delimiter in RARE_DELIMITERS else []
    text = io.TextIOWrapper(io.BytesIO(content), stored, newline="")
    records = CsvRecords(source, text, delimiter, width, spaced=SPACE_BEFORE_QUOTE.search(sample) is not None)
    listed = chain([()], islice(records, 1, None)) if stated else records  # (rows keep their numbers)
    table = table_of(source, Sheet(None, listed, encoding=encoding.removesuffix("-sig"), notes=notes))
    header = dict(enumerate(table.header))
    return (replace(table, torn={number: header.get(at, "") for number, at in records.torn.items()}),)


def _line(content: bytes, at: int) -> str:
    return str(content.count(b"\n", 0, at) + 1)


def _separated(sample: str, stated: str | None) -> tuple[str, int]:
    """Return what separates the cells of a file whose start is given, and how many cells most rows have.

    It is the mark stated, if it separates anything; else what separates the header: of all marks that which makes most
    known headers; where none makes two, that which first makes a row as wide as most rows.
    """
    marks = dict.fromkeys((*filter(None, (stated,)), *DELIMITERS, *RARE_DELIMITERS))
    cut = {mark: _top_rows(sample, mark) for mark in marks}
    widths = {mark: int(median([len(cells) for _, cells in rows] or [0])) for mark, rows in cut.items()}
    if stated and widths[stated] > 1:
        return stated, widths[stated]

    def order(mark: str) -> tuple[int, bool, float, int]:
        known = max((headers_known(cells) for _, cells in cut[mark]), default=0)
        wide = next((line for line, cells in cut[mark] if len(cells) == widths[mark]), 0)
        return known if known > 1 else 0, widths[mark] > 1, -wide, widths[mark]

    chosen = max(marks, key=order)
    return chosen, widths[chosen]


def _top_rows(sample: str, delimiter: str) -> list[tuple[int, Sequence[str]]]:
    """Return the rows at the top of a file with the lines they end in, were they separated so."""
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows = ((reader.line_num, cells) for cells in reader if cells)
    try:
        return list(islice(rows, HEADER_WITHIN))
    except csv.Error:
        return []
