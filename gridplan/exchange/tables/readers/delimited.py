"""CSV and tab-separated text: UTF-8, UTF-16 as a spreadsheet writes it, or GB18030, named in a note; never guessed.

Of what is none of these, a reason tells the likely encoding, but nothing is read so.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from statistics import median

from gridplan.errors import InputRefused
from gridplan.exchange.tables.header_row import HEADER_WITHIN, Sheet, table_of
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

DELIMITERS = (",", ";", "\t")
RARE_DELIMITERS = ("，", "|", "；", "、")
"""Between cells only where none of the others is; a note says so."""
NULS = 0.001
"""Of the bytes of a file: those of more are no text, or in an encoding that does not say so."""
COMMON = 0.5
"""Of the Chinese characters of a list: where fewer are everyday ones, the file is in another encoding."""
SAMPLE = 65_536
"""Characters at the start of a file that show how its cells are separated."""
EVERYDAY = {"gb2312": (b"\xb0\xa1", b"\xd7\xf9"), "big5": (b"\xa4\x40", b"\xc6\x7e")}
"""The first and the last of the characters of first rank."""
PIECE = 1 << 22
"""Bytes decoded at once."""
SPACE_BEFORE_QUOTE = re.compile(r'[,;\t] +"')
OTHER_FILES = (b"PK\x03\x04", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0", b"%PDF-", b"\x1f\x8b")


def read_csv(source: Source) -> tuple[Table, ...]:
    """Return a CSV or tab-separated file as a table.

    Raises
    ------
    InputRefused
        It cannot be read, is in no encoding known here, holds many NULs, or its quotes do not match.
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
    delimiter = _delimiter(sample)
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), stored, newline=""),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=SPACE_BEFORE_QUOTE.search(sample) is not None,
    )
    notes = [Message("read.note.encoding", {"encoding": encoding.upper()})] if not encoding.startswith("utf-8") else []
    notes += [Message("read.note.delimiter", {"mark": delimiter})] if delimiter in RARE_DELIMITERS else []
    try:
        return (table_of(source, Sheet(None, reader, encoding=encoding.removesuffix("-sig"), notes=notes)),)
    except csv.Error:
        raise InputRefused("read.csv", file=source.name, line=str(reader.line_num)) from None


def encoding_of(source: Source, content: bytes) -> str:
    """Return the encoding that a file is text in.

    Raises
    ------
    InputRefused
        It is in none known here, in two of them, or in Big5.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif content.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    broken_at = 0
    for encoding in candidates:
        where = _undecodable(content, encoding)
        if where is None and encoding == "gb18030" and _is_big5(content[:SAMPLE]):
            raise InputRefused("read.encoding_big5", file=source.name)
        if where is None:
            return encoding
        broken_at = broken_at or where
        if encoding == "utf-8" and _is_mostly_utf8(content):
            break
    line = _line(content, broken_at)
    code = "read.encoding_mixed" if _is_partly_gb18030(content) else "read.encoding"
    raise InputRefused(code, file=source.name, line=line)


def _is_partly_gb18030(content: bytes) -> bool:
    """Return whether the lines of a file that are no UTF-8 are everyday Chinese in GB18030."""
    others = b"\n".join(line for line in content.split(b"\n") if _undecodable(line, "utf-8") is not None)
    return _undecodable(others, "gb18030") is None and _common(others.decode("gb18030"), "gb2312") > COMMON


def _is_big5(content: bytes) -> bool:
    """Return whether the start of a file that passes for GB18030 makes sense in Big5 only."""
    start = content[: content.rfind(b"\n") + 1] or content
    try:
        as_big5 = start.decode("big5")
    except UnicodeDecodeError:
        return False
    return _common(start.decode("gb18030", "ignore"), "gb2312") < COMMON < _common(as_big5, "big5")


def _common(text: str, encoding: str) -> float:
    """Return the share of the characters beyond ASCII that are among the everyday ones of an encoding."""
    least, most = EVERYDAY[encoding]
    beyond = [character.encode(encoding, "ignore") for character in text if not character.isascii()]
    return sum(least <= character <= most for character in beyond) / len(beyond) if beyond else 1.0


def _undecodable(content: bytes, encoding: str) -> int | None:
    """Return where a file stops being text of an encoding, None if it never does; all of the text is never held."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        try:
            decoder.decode(piece, final=start + PIECE >= len(content))
        except UnicodeDecodeError as error:
            return start + len(piece) - len(error.object) + error.start
    return None


def _is_mostly_utf8(content: bytes) -> bool:
    """Return whether a file is UTF-8 but for a few bytes: GB18030 would make other characters of all of it."""
    sound = content.decode("utf-8", "ignore")
    beyond_ascii = len(sound) - len(sound.encode("ascii", "ignore"))
    return beyond_ascii > len(content) - len(sound.encode())


def _line(content: bytes, at: int) -> str:
    return str(content.count(b"\n", 0, at) + 1)


def _delimiter(sample: str) -> str:
    usual = max(DELIMITERS, key=lambda mark: _cells_of_a_row(sample, mark))
    rare = max(RARE_DELIMITERS, key=lambda mark: _cells_of_a_row(sample, mark))
    return rare if _cells_of_a_row(sample, usual) <= 1 < _cells_of_a_row(sample, rare) else usual


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
