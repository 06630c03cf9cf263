"""Rows of a sheet that are none of its list: totals, the header again, signatures below it, a template's examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, pairwise
from typing import Final, NamedTuple

from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, folded
from gridplan.words import Message

NAMED_ROWS = 100
"""Row numbers, or runs of them, that a note names before it leaves off."""
MOST_BELOW = 30
"""Rows in a row that may be what is signed below a list; more of the kind are a list."""
EXAMPLE: Final = re.compile(r"[(（]\s*(示例|example)\s*[)）]", re.IGNORECASE)
"""What the templates write behind the name of an invented row."""
TOTAL: Final = re.compile(
    r"(本页|本组|本村|全组|全村|全镇)?(合计|总计|小计|共计)[:：]?(\d[\d,.]*[^\d\W]{0,2}[,，、;；。]?)*"
    r"|(grand|sub)?-?totals?:?[\d,.]*"
)
OF_TOTALS: Final = "gst-"
"""What such a row begins with unless it is Chinese."""
SIGNED: Final = re.compile(
    r"[^:：]{0,10}(制表|制单|填表|填报|审核|审批|复核|核对|负责人|经办人|登记人|录入人|主任|书记|支书|组长|签字|签名"
    r"|签章|盖章|公章|备注|说明|日期)[^:：]{0,8}[:：].*|注[:：].*"
    r"|(prepared|compiled|checked|approved|filled in|signed) by ?:.*|(signature|date|notes?|remarks?|stamp) ?:.*",
    re.IGNORECASE | re.DOTALL,
)
"""What names a person who answers for a list, or a note on it, with a colon: in no row of a household."""
BELOW: Final = re.compile(
    r"(以上|制表|填表|审核|负责人|经办人).*|.*(委员会|村委会|居委会|办公室|人民政府)([(（].*[)）])?|备注|说明|注|[(（]?(盖章|公章|签字|签章)(处)?[)）]?"
    r"|(总|合计|总计)?共?\d+(户|人|户\d+人).{0,4}|共\d.*|第\d+页.*|\d{4}年\d{1,2}月(\d{1,2}日)?",
    re.DOTALL,
)
"""The same without a colon: only where most of the row is blank, and nothing of the list follows."""
NUMBERING: Final = "序号"
NAMING: Final = tuple(frozenset().union(*HOUSEHOLD_FIELDS[field]) for field in ("name", "hamlet", "village"))


class Record(NamedTuple):
    """A row below the header: its number, its cells, how many were merged with those above, the blank rows so far.

    `text` are all its cells as one.
    """

    number: int
    cells: tuple[str, ...]
    filled: int
    blank: int
    text: str


@dataclass(slots=True)
class SurroundingRows:
    """The rows of a sheet that are none of its list, by number, to be told in notes."""

    header: Sequence[str]
    totals: list[int] = field(default_factory=list)
    repeated_headers: list[int] = field(default_factory=list)
    footers: list[Record] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    only_examples: bool = False

    def without_examples(self, records: Iterable[Record]) -> Iterator[Record]:
        """Walk the rows without those that a template came with, unless there are no others."""
        naming = self._naming()
        held: list[Record] = []
        self.only_examples = True
        for record in records:
            if EXAMPLE.search(record.text) and any(EXAMPLE.search(record.cells[at]) for at in naming):
                held.append(record)
            else:
                self.only_examples = False
                yield record
        self.examples = [record.number for record in held]
        if self.only_examples:
            yield from held

    def without_footers(self, records: Iterable[Record]) -> Iterator[Record]:
        """Walk the rows without those below a list that say who made it, and when."""
        judge = _FooterTest(self.header)
        held: list[Record] = []
        for record in records:
            below = judge.may_be_below(record.cells)
            if below:
                held.append(record)
            if held and not (below and len(held) <= MOST_BELOW):
                signed = [judge.is_signed(one.cells) for one in held]
                self.footers += compress(held, signed)
                yield from (one for one, left_out in zip(held, signed, strict=True) if not left_out)
                held = []
            if not below:
                judge.learn(record.cells)
                yield record
        self.footers += held

    def notes(self) -> Iterator[Message]:
        """Yield which rows were left out."""
        if self.totals:
            yield Message("read.note.totals", {"n": len(self.totals), "rows": row_ranges(self.totals)})
        if self.repeated_headers:
            rows = row_ranges(self.repeated_headers)
            yield Message("read.note.repeated_headers", {"n": len(self.repeated_headers), "rows": rows})
        if self.footers:
            rows = "; ".join(f"{record.number}: {shown(_first(record.cells))}" for record in self.footers[:NAMED_ROWS])
            yield Message("read.note.footers", {"n": len(self.footers), "rows": rows})
        if self.examples:
            code = "read.note.only_examples" if self.only_examples else "read.note.examples"
            yield Message(code, {"n": len(self.examples), "rows": row_ranges(self.examples)})

    def _naming(self) -> list[int]:
        for headers in NAMING:
            if found := [at for at, text in enumerate(self.header) if folded(text) in headers]:
                return found
        return []


class _FooterTest:
    """Tells what is signed below a list from its rows."""

    def __init__(self, header: Sequence[str]) -> None:
        known = [folded(text) for text in header]
        self._numbering = [at for at, text in enumerate(known) if text == NUMBERING]
        self._names = [at for at, text in enumerate(known) if text in NAMING[0]]
        self._rows = self._filled = 0

    def learn(self, cells: Sequence[str]) -> None:
        """Take note of how many cells the rows of the list have filled."""
        self._rows += 1
        self._filled += len(cells) - cells.count("")

    def is_signed(self, cells: Sequence[str]) -> bool:
        """Return whether a row says who made the list, and so is none of it wherever it stands."""
        first = _first(cells)
        if not ((":" in first or "：" in first) and SIGNED.fullmatch(first)):
            return False
        texts = [text.strip() for text in cells if text.strip()]
        return len(texts) * self._rows < self._filled or all(map(SIGNED.fullmatch, texts))

    def may_be_below(self, cells: Sequence[str]) -> bool:
        """Return whether a row may be such, or another that stands below a list."""
        if self.is_signed(cells):
            return True
        if 2 * (len(cells) - cells.count("")) * self._rows > self._filled:
            return False
        if BELOW.fullmatch(_first(cells)):
            return True
        numbers = [text for at in self._numbering if (text := cells[at].strip())]
        unnamed = bool(self._names) and not any(cells[at].strip() for at in self._names)
        return unnamed and any(not re.search(r"\d", number) for number in numbers)


def is_total(cells: Sequence[str]) -> bool:
    """Return whether a row holds the sums of those above it."""
    first = _first(cells)
    if "计" not in first and first[:1].casefold() not in OF_TOTALS:
        return False
    return len(first) < 60 and TOTAL.fullmatch("".join(first.split()).casefold()) is not None


def row_ranges(numbers: Sequence[int]) -> str:
    """Return the numbers of rows as a note names them: 3, 5-8."""
    starts = [at for at, (one, other) in enumerate(pairwise([-1, *numbers])) if other != one + 1]
    runs = [(numbers[start], numbers[end - 1]) for start, end in pairwise([*starts, len(numbers)])]
    texts = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    return ", ".join(texts[:NAMED_ROWS]) + (" …" if len(texts) > NAMED_ROWS else "")


def _first(cells: Sequence[str]) -> str:
    return (cells[0].strip() if cells else "") or next(filter(str.strip, cells), "").strip()
