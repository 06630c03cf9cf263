"""What calamine does not tell of an XLSX sheet, read off its XML: hidden rows, errors, results never stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from gridplan.errors import InputRefused
from gridplan.exchange.tables.header_row import MOST_ROWS
from gridplan.exchange.tables.readers.archive import Archive
from gridplan.exchange.tables.source import Source

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
MACROS = "xl/vbaProject.bin"
EXTERNAL = "xl/externalLinks/"
SMALL_PART = 5_000_000
"""Bytes; the parts of a workbook that list its sheets are never larger."""
LONGEST_TEXT = 200_000
"""Bytes of a part that are all of one text: no cell that a spreadsheet makes holds as much. Windows of this size are
read one after the other, so that only texts twice as long are sure to be found."""
HEAD = 65_536
"""Bytes at the start of a part, where a document type would stand."""
DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
RELATION_ID = re.compile(r"\{.*/relationships\}id")

HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\shidden="(?:1|true)")[^>]*\sr="(\d{1,7})"')
CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\sr="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(?!</)')
ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\st="e")[^>]*?\sr="([A-Z]{1,3})(\d{1,7})"[^>]*>'
    rb"(?:(?!</(?:\w+:)?c>)(?s:.))*?<(?:\w+:)?v>(#[^<]{1,20})<"
)
NO_RESULT = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\sr="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(slots=True)
class Markup:
    """Rows and columns count from 0 here, but for `hidden`, which counts rows from 1."""

    last_row: int = -1
    last_column: int = -1
    hidden: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    without_result: list[str] = field(default_factory=list)

    @property
    def corner(self) -> str:
        """The cell where the last row and the last column in use meet, as a spreadsheet names it."""
        letters, rest = "", self.last_column + 1
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(65 + letter) + letters
        return f"{letters}{self.last_row + 1}"


def refuse_hostile(source: Source, archive: Archive) -> None:
    """Refuse a workbook with macros, with links to other files, whose XML declares entities, or with a boundless text.

    Raises
    ------
    InputRefused
        It has any of these.
    """
    if MACROS in archive.names:
        raise InputRefused("read.macros", file=source.name)
    if any(name.startswith(EXTERNAL) for name in archive.names):
        raise InputRefused("read.external_links", file=source.name)
    for name in archive.names:
        if not name.endswith((".xml", ".rels")):
            continue
        if DOCTYPE.search(next(archive.chunks(name, HEAD), b"")):
            raise InputRefused("read.doctype", file=source.name)
        if any(map(_is_all_text, archive.chunks(name))):
            raise InputRefused("read.text_too_long", file=source.name, part=name, most=LONGEST_TEXT)


def _is_all_text(xml: bytes) -> bool:
    """Return whether a piece of XML has a window of `LONGEST_TEXT` bytes without a tag."""
    return any(xml.find(b"<", at, at + LONGEST_TEXT) < 0 for at in range(0, len(xml) - LONGEST_TEXT, LONGEST_TEXT))


def sheet_members(archive: Archive) -> dict[str, str]:
    """Return the members of an XLSX workbook that hold its sheets, by the sheets' names; none for other workbooks."""
    if not {WORKBOOK, RELATIONS} <= set(archive.names):
        return {}
    try:
        targets = {part.get("Id"): part.get("Target", "") for part in _parsed(archive, RELATIONS)}
        sheets = {}
        for part in _parsed(archive, WORKBOOK).iter():
            if part.tag.endswith("}sheet"):
                relation = next((value for key, value in part.items() if RELATION_ID.fullmatch(key)), None)
                target = targets.get(relation, "")
                sheets[part.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    except ElementTree.ParseError:
        return {}
    return {name: member for name, member in sheets.items() if member in archive.names}


def markup_of(source: Source, archive: Archive, member: str) -> Markup:
    """Return what the XML of a sheet says beside the values of its cells.

    Raises
    ------
    InputRefused
        The sheet has more rows than `MOST_ROWS`.
    """
    markup = Markup()
    for rows in _whole_rows(archive, member):
        markup.hidden.update(map(int, HIDDEN_ROW.findall(rows)))
        places = CELL.findall(rows)
        if places:
            markup.last_row = max(markup.last_row, max(int(number) for _, number in places) - 1)
            markup.last_column = max(markup.last_column, *map(_column, {letters for letters, _ in places}))
        if markup.last_row >= MOST_ROWS:
            raise InputRefused("read.too_many_rows", file=source.name, most=MOST_ROWS)
        for letters, number, text in ERROR.findall(rows):
            markup.errors[int(number) - 1, _column(letters)] = text.decode("utf-8", "replace")
        markup.without_result += (cell.decode() for cell in NO_RESULT.findall(rows))
    return markup


def _whole_rows(archive: Archive, member: str) -> Iterator[bytes]:
    """Yield the XML of a sheet in pieces that end where a row ends."""
    rest = b""
    for piece in archive.chunks(member):
        rest += piece
        end = rest.rfind(b"row>") + 4
        if end > 3:
            yield rest[:end]
            rest = rest[end:]
    yield rest


def _parsed(archive: Archive, member: str) -> ElementTree.Element:
    xml = b"".join(archive.chunks(member))[:SMALL_PART]
    return ElementTree.fromstring(xml)  # noqa: S314 (a document type was refused before)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
