"""CSV and tab-separated text: UTF-8, UTF-16 as a spreadsheet writes it, or GB18030, said in a note; never guessed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from statistics import median

from gridplan.errors import InputRefused
from gridplan.exchange.lists.sheets import HEADER_WITHIN, Sheet, table_of
from gridplan.exchange.lists.source import Source, Table
from gridplan.words import Message

DELIMITERS = (",", ";", "\t")
SAMPLE = 65_536
"""Characters at the start of a file that show how its cells are separated."""
SPACE_BEFORE_QUOTE = re.compile(r'[,;\t] +"')
OTHER_FILES = (b"PK\x03\x04", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x1f\x8b")


def read_csv(source: Source) -> tuple[Table, ...]:
    """Return a CSV or tab-separated file as a table.

    Raises
    ------
    InputRefused
        It cannot be read, is in no encoding known here, holds NUL, or its quotes do not match.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    content = source.content()
    if content.startswith(OTHER_FILES):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    encoding = _encoding(source, content)
    if encoding == "utf-16":
        content, stored = content.decode("utf-16").encode(), "utf-8"
    else:
        stored = encoding
    if (nul := content.find(b"\0")) >= 0:
        raise InputRefused("read.nul", file=source.name, line=_line(content, nul))
    sample = io.TextIOWrapper(io.BytesIO(content), stored, newline="").read(SAMPLE)
    delimiter = max(DELIMITERS, key=lambda mark: _cells_of_a_row(sample, mark))
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), stored, newline=""),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=SPACE_BEFORE_QUOTE.search(sample) is not None,
    )
    notes = [Message("read.note.encoding", {"encoding": encoding.upper()})] if not encoding.startswith("utf-8") else []
    try:
        return (table_of(source, Sheet(None, reader, encoding=encoding.removesuffix("-sig"), notes=notes)),)
    except csv.Error:
        raise InputRefused("read.csv", file=source.name, line=str(reader.line_num)) from None


def _encoding(source: Source, content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    broken_at = 0
    for encoding in candidates:
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:
            broken_at = broken_at or error.start
            if encoding == "utf-8" and _is_mostly_utf8(content):
                break
        else:
            return encoding
    raise InputRefused("read.encoding", file=source.name, line=_line(content, broken_at))


def _is_mostly_utf8(content: bytes) -> bool:
    """Return whether a file is UTF-8 but for a few bytes: GB18030 would make other characters of all of it."""
    sound = content.decode("utf-8", "ignore")
    beyond_ascii = len(sound) - len(sound.encode("ascii", "ignore"))
    return beyond_ascii > len(content) - len(sound.encode())


def _line(content: bytes, at: int) -> str:
    return str(content.count(b"\n", 0, at) + 1)


def _cells_of_a_row(sample: str, delimiter: str) -> float:
    """Return how many cells the rows at the top of a file have, most of them, were they separated so."""
    reader: Iterable[Sequence[str]] = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        for cells in reader:
            widths += [len(cells)] if cells else []
            if len(widths) == HEADER_WITHIN:
                break
    except csv.Error:
        return 0
    return median(widths or [0])
