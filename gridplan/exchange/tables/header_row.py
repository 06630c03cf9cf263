"""Rows of text cells become a table: the header is found where it is, and what is no household is told apart."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice, pairwise, repeat
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import LONGEST_CELL, MISREAD, on_one_line, shown
from gridplan.exchange.tables.columns import HAMLET_FIELDS, HOUSEHOLD_FIELDS, VILLAGE_FIELDS, folded
from gridplan.exchange.tables.packed import packed, packed_rows
from gridplan.exchange.tables.plain_cells import PlainCells
from gridplan.exchange.tables.source import Source, Table
from gridplan.exchange.tables.surrounding_rows import Record, SurroundingRows, is_total
from gridplan.words import Message

HEADER_WITHIN = 30
"""Rows from the top of a sheet among which its header is searched for."""
MOST_ROWS = 1_500_000
MOST_COLUMNS = 1_000
FIELD_HEADERS: Final = frozenset[str]().union(
    *(
        group
        for fields in (HOUSEHOLD_FIELDS, HAMLET_FIELDS, VILLAGE_FIELDS)
        for groups in fields.values()
        for group in groups
    )
)
OTHER_HEADERS: Final = """
    序号 编号 姓名 性别 年龄 民族 出生日期 出生年月 身份证号 身份证号码 证件号码 与户主关系 关系 备注 人口 人口数
    家庭人口 政治面貌 坐标 纵坐标 横坐标 x y 网格 网格号 网格编号 网格长 联户党员
    memberid member grid lead units kind ties 位置 地图 location position map
"""
HEADERS: Final = FIELD_HEADERS.union(OTHER_HEADERS.split())
"""Headers as `folded` writes them that tell a header row from a title."""
NUMBER: Final = re.compile(r"\s*[+-]?[\d.,:/-]*\d\s*")
MOJIBAKE: Final = re.compile(f"\ufffd|锟斤拷|{MISREAD.pattern}{MISREAD.pattern}")


@dataclass(slots=True)
class Sheet:
    """The cells of one sheet, and what its file says about them: row numbers count from 1, columns from 0.

    `merged` are the columns of cells that the file shows as one, each with its first and last row.
    """

    name: str | None
    records: Iterable[Sequence[str]]
    encoding: str | None = None
    merged: Sequence[tuple[int, int, int]] = ()
    hidden: Collection[int] = ()
    notes: list[Message] = field(default_factory=list)


@dataclass(slots=True)
class _Findings:
    """What was met in the rows of the list, to be told in notes."""

    hidden: int = 0
    filled: int = 0
    mojibake: int = 0
    blank: int = 0


def is_list(table: Table) -> bool:
    """Return whether a sheet holds a list that can be recognised: two headers known, or one that is a field."""
    known = {folded(text) for text in table.header}
    return len(known & HEADERS) > 1 or bool(known & FIELD_HEADERS)


def table_of(source: Source, sheet: Sheet) -> Table:
    """Return the cells of a sheet as a table.

    Title rows above the header, blank rows, and what stands beside the list (totals, the header printed again, who made
    it) are left out with a note. Of cells merged downwards each row has the text; of a header in two rows each column
    has one text.

    Raises
    ------
    InputRefused
        It has more rows than `MOST_ROWS`, more columns than `MOST_COLUMNS`, or a cell longer than `LONGEST_CELL`.
    """
    plain = PlainCells()
    records = _filled_down(map(tuple, map(plain.of_row, sheet.records)), sheet.merged)
    top = list(islice(records, HEADER_WITHIN))
    _check_width(source, [cells for _, cells, _ in top])
    first, last, header = _header([cells for _, cells, _ in top])
    header = tuple(map(on_one_line, _without_blank_end(header, 0)))
    titles = [(number, cells) for number, cells, _ in top[:first] if _has_content(cells)]
    noticed = _Findings()
    beside = SurroundingRows(header)
    numbers = array("L")
    below = chain(top[last + 1 :], records)
    headers = [header, *(cells for _, cells, _ in top[last : last + 1])] if headers_known(header) else []
    found = _records(source, below, headers, beside)
    listed = beside.without_examples(beside.without_footers(found))
    rows = packed_rows(_rows(listed, sheet.hidden, noticed, numbers), len(header))
    on_top = _notes_on_top(titles, top[first : last + 1])
    notes = (*on_top, *plain.notes(), *beside.notes(), *_notes(noticed), *sheet.notes)
    return Table(
        source,
        header,
        rows,
        packed(numbers),
        blank_rows=noticed.blank,
        sheet=sheet.name,
        encoding=sheet.encoding,
        notes=notes,
    )


def _check_width(source: Source, top: Iterable[tuple[str, ...]]) -> None:
    width = max((len(_without_blank_end(cells, 0)) for cells in top), default=0)
    if width > MOST_COLUMNS:
        raise InputRefused("read.too_wide", file=source.name, n=width, most=MOST_COLUMNS)


def _records(
    source: Source,
    records: Iterable[tuple[int, tuple[str, ...], int]],
    headers: Sequence[tuple[str, ...]],
    beside: SurroundingRows,
) -> Iterator[Record]:
    """Walk the rows below the header that are neither blank nor a total nor one of `headers`."""
    width = len(beside.header)
    blank = met = 0
    for number, record, filled in records:
        joined = "".join(record)
        if not joined or joined.isspace():
            blank += 1
            continue
        if (met := met + 1) > MOST_ROWS:
            raise InputRefused("read.too_many_rows", file=source.name, most=MOST_ROWS)
        if len(joined) > LONGEST_CELL and max(map(len, record)) > LONGEST_CELL:
            raise InputRefused("read.cell_too_long", file=source.name, row=str(number), most=LONGEST_CELL)
        cells = _as_wide(record, width)
        if cells in headers:
            beside.repeated_headers.append(number)
        elif is_total(cells):
            beside.totals.append(number)
        else:
            yield Record(number, cells, filled, blank, joined)


def _rows(
    records: Iterable[Record], hidden: Collection[int], noticed: _Findings, numbers: array[int]
) -> Iterator[tuple[str, ...]]:
    """Walk the rows of the list, and put down the number of each and what was met in them."""
    for number, cells, filled, blank, text in records:
        noticed.blank, noticed.filled = blank, noticed.filled + filled
        noticed.hidden += number in hidden
        noticed.mojibake += not text.isascii() and MOJIBAKE.search(text) is not None
        numbers.append(number)
        yield cells


def _header(top: Sequence[tuple[str, ...]]) -> tuple[int, int, tuple[str, ...]]:
    """Return the first and last row of the header among the top rows of a sheet, and its texts."""
    filled = [at for at, cells in enumerate(top) if _has_content(cells)]
    if not filled:
        return 0, -1, ()
    alone = [(headers_known(top[at]), -at, (at, at, top[at])) for at in filled]
    pairs = []
    for above, below in pairwise(filled):
        both = _combined(top[above], top[below])
        if below == above + 1 and headers_known(both) > max(headers_known(top[above]), headers_known(top[below])):
            pairs.append((headers_known(both), -above, (above, below, both)))
    known, _, found = max([*alone, *pairs], key=lambda choice: choice[:2])
    if known < 2:
        texts = (at for at in filled if len(_texts(top[at])) > 1 and not any(map(NUMBER.fullmatch, _texts(top[at]))))
        at = next(texts, filled[0])
        return at, at, top[at]
    first, last, header = found
    if first == last and first - 1 in filled and len(set(_texts(top[first - 1]))) > 1:
        header = _with_groups(top[first - 1], header)
    return first, last, header


def headers_known(cells: Sequence[str]) -> int:
    """Return how many different headers known here a row has."""
    return len({folded(text) for text in cells if len(text) < 40} & HEADERS)


def _combined(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """Return a header of two rows as one: the lower text, or the upper where there is no lower."""
    width = max(len(above), len(below))
    upper, lower = (_as_wide(tuple(cells), width) for cells in (above, below))
    return _with_groups(upper, tuple(low if low.strip() else up for up, low in zip(upper, lower, strict=True)))


def _with_groups(above: Sequence[str], header: tuple[str, ...]) -> tuple[str, ...]:
    """Put the group's name before headers that several groups share: 户主姓名, 网格长姓名."""
    groups, group = [], ""
    for text in _as_wide(tuple(above), len(header)):
        group = text.strip() or group
        groups.append(group)
    times = Counter(header)
    return tuple(
        group + text if text.strip() and times[text] > 1 and group != text.strip() else text
        for group, text in zip(groups, header, strict=False)
    )


def _filled_down(
    rows: Iterable[tuple[str, ...]], merged: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[int, tuple[str, ...], int]]:
    """Walk number, cells, and how many of them were filled from the cell above that they are merged with."""
    return _with_merged(rows, merged) if merged else zip(count(1), rows, repeat(0), strict=False)


def _with_merged(
    rows: Iterable[tuple[str, ...]], merged: Sequence[tuple[int, int, int]]
) -> Iterator[tuple[int, tuple[str, ...], int]]:
    starts: dict[int, list[tuple[int, int]]] = {}
    for column, first, last in merged:
        starts.setdefault(first, []).append((column, last))
    open_columns: dict[int, tuple[int, str]] = {}
    for number, cells in enumerate(rows, start=1):
        open_columns = {column: (last, text) for column, (last, text) in open_columns.items() if last >= number}
        fills = {
            column: text for column, (_, text) in open_columns.items() if column >= len(cells) or not cells[column]
        }
        if fills and _has_content(cells):
            wide = [*cells, *[""] * (max(fills) + 1 - len(cells))]
            for column, text in fills.items():
                wide[column] = text
            yield number, tuple(wide), len(fills)
        else:
            yield number, cells, 0
        for column, last in starts.get(number, ()):
            if column < len(cells) and cells[column].strip():
                open_columns[column] = last, cells[column]


def _notes_on_top(
    titles: Sequence[tuple[int, Sequence[str]]], header_rows: Sequence[tuple[int, Sequence[str], int]]
) -> Iterator[Message]:
    if titles:
        text = " ".join(" ".join(_texts(cells)) for _, cells in titles)
        number = str(header_rows[0][0])
        yield Message("read.note.titles", {"n": len(titles), "text": shown(text), "row": number})
    if len(header_rows) > 1:
        first, last = header_rows[0][0], header_rows[-1][0]
        yield Message("read.note.header_of_two_rows", {"first": str(first), "last": str(last)})


def _notes(noticed: _Findings) -> Iterator[Message]:
    if noticed.filled:
        yield Message("read.note.merged", {"n": noticed.filled})
    if noticed.hidden:
        yield Message("read.note.hidden_rows", {"n": noticed.hidden})
    if noticed.mojibake:
        yield Message("read.note.mojibake", {"n": noticed.mojibake})


def _has_content(cells: Sequence[str]) -> bool:
    return bool("".join(cells).strip())


def _texts(cells: Sequence[str]) -> list[str]:
    return [text.strip() for text in cells if text.strip()]


def _as_wide(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    if len(cells) == width:
        return cells
    cells = _without_blank_end(cells, width)
    return cells + ("",) * (width - len(cells))


def _without_blank_end(cells: tuple[str, ...], keep: int) -> tuple[str, ...]:
    end = len(cells)
    while end > keep and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
