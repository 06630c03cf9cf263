"""What lists hold of persons and gridplan never stores: such columns are recognised and dropped before anything else.

A column is known by its header, or by what it holds: identity numbers, bank cards, birth dates.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress
from typing import Final

import numpy as np

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.columns import Synonyms, folded
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.source import Table
from gridplan.words import Message, series

PARTS: Final = re.compile(
    "身份证|身份号|公民身份|证件|护照|户口本|户口簿|社保|社会保障|医保|参保|保险|银行|卡号|一卡通|账号|帐号|账户|帐户|存折|开户行"
    "|健康|残|病|患|伤|失能|血型|孕|疫苗|出生|生日|年龄|周岁|岁数|性别|民族|宗教|信仰|政治面貌|党派"
    "|收入|低保|脱贫|贫困|五保|特困|监测户|困难|救助|补贴|享受|欠款|贷款|资产"
    "|精神|艾滋|传染|吸毒|戒毒|涉毒|犯罪|前科|刑满|服刑|矫正|邪教|信访|上访|工资|薪|微信|邮箱|邮件"
    "|学历|文化程度|教育|学位|婚|照片|相片|头像|人像|指纹"
)
"""What a Chinese header of such a column contains."""
WORDS: Final = re.compile(
    "identity|ssn|passport|bank|iban|card|account|birth|birthday|birthdate|dob|age|sex|gender|ethnicity|ethnic|nation"
    "|nationality|race|religion|religious|faith|party|political|income|poverty|poor|welfare|subsidy|disability|disabled"
    "|disease|illness|health|medical|chronic|blood|pregnant|education|degree|marital|marriage|married|photo|picture"
    "|portrait|fingerprint|insurance|salary|wage|wages|pay|criminal|crime|conviction|petition|petitioner|mental|wechat"
    "|email|mail|qq|sfz|sfzh|sfzhm|sfzhao|gmsfhm|gmsfzh|sfzjhm|zjhm|csrq|xb|nl|mz"
)
"""Words of an English header of such a column, and the initials that databases of persons have for such columns."""
PHRASES: Final = re.compile(r"\b((national|citizen) ?id|(?<!household )id ?(card|number))\b")
LONG_NUMBER: Final = re.compile(r"\d(?:[ -]?\d){13,18}[Xx]?")
IDENTITY: Final = re.compile(
    r"(?<![\d.])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
)
"""An identity number, perhaps mistyped: in a column of such, the last one is not asked whether it is right."""
OLD_IDENTITY: Final = re.compile(r"[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CARD: Final = re.compile(r"[3-69]\d{15,18}")
DATE: Final = re.compile(
    r"(?:18|19|20)\d\d(?:[-/.年]\d{1,2}[-/.月]\d{1,2}日?|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))"
    r"(?:[ T]0+:0+(?::0+)?)?"
)
SHARE = 0.3
"""A column of which more cells than this are of a kind is of that kind."""
SURE = 0.9
"""The same for cards under a header that says otherwise: one of ten codes passes for a card by chance."""
EXAMINED = 1000
"""Cells of a column that are examined, spread evenly."""
REMOVED = "…"


def without_private(table: Table, fields: Synonyms, wanted: Mapping[str, str]) -> tuple[Table, tuple[Message, ...]]:
    """Return a table without what is never stored, and what was dropped.

    Single identity numbers among other text are taken out of their cells.

    A header that is one of `fields` is judged by what stands under it only; `wanted` are headers by field as named.

    Raises
    ------
    InputRefused
        A wanted column is one that is never stored.
    """
    known = {header for groups in fields.values() for group in groups for header in group}
    by_header: list[int] = []
    by_content: dict[int, str] = {}
    named = {folded(header) for header in wanted.values()} - {""}
    for at, (header, cells) in enumerate(zip(table.header, table.rows.columns, strict=True)):
        if is_private(header) and folded(header) not in known:
            by_header.append(at)
        elif kind := _kind(cells, known=folded(header) in known | named):
            by_content[at] = kind
    dropped = {*by_header, *by_content}
    refused = {folded(table.header[at]) for at in dropped}
    for field, header in wanted.items():
        if header.strip() and folded(header) in refused:
            raise InputRefused("private.wanted", file=table.source.name, field=field, header=shown(header))
    notes = [Message(kind, {"header": _header_shown(table, at)}) for at, kind in by_content.items()]
    if by_header:
        names = series(_header_shown(table, at) for at in by_header)
        notes.insert(0, Message("private.dropped", {"names": names}))
    kept, masked = _masked(_without(table, dropped) if dropped else table)
    if masked:
        notes.append(Message("private.masked", {"n": masked}))
    return kept, tuple(notes)


def is_private(header: str) -> bool:
    """Return whether a header is that of a column that is never stored."""
    plain = unicodedata.normalize("NFKC", header)
    words = re.findall("[a-z]+", re.sub("(?<=[a-z])(?=[A-Z])", " ", plain).lower())
    in_chinese, in_english = re.sub(r"\s", "", plain), " ".join(words)
    return bool(PARTS.search(in_chinese) or PHRASES.search(in_english) or any(map(WORDS.fullmatch, words)))


def without_identity_numbers(text: str) -> str:
    """Return a text without the identity numbers in it; one that is all of a text leaves nothing behind."""
    if is_identity_number(text.strip()):
        return ""
    return IDENTITY.sub(lambda found: REMOVED if is_identity_number(found[0]) else found[0], text)


def is_identity_number(text: str) -> bool:
    """Return whether a text is an identity number of 18 characters with the right last one (GB 11643)."""
    if not IDENTITY.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text, strict=False))
    return "10X98765432"[total % 11] == text[-1].upper()


def is_bank_card(text: str) -> bool:
    """Return whether a text is a number of 16 to 19 digits with the right last one (Luhn), as bank cards have."""
    if not CARD.fullmatch(text):
        return False
    digits = [int(digit) for digit in reversed(text)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _kind(cells: Sequence[str], *, known: bool) -> str | None:
    """Return the code that says what a column holds that is never stored; None if nothing of the kind."""
    filled = np.flatnonzero(np.fromiter(map(bool, map(str.strip, cells)), bool))
    sample = [_plain(cells[at]) for at in filled[:: max(1, len(filled) // EXAMINED)].tolist()]
    if any(map(LONG_NUMBER.search, sample)):
        if _share(lambda cell: IDENTITY.fullmatch(cell) or OLD_IDENTITY.fullmatch(cell), sample) > SHARE:
            return "private.identity_numbers"
        if _share(is_bank_card, sample) > (SURE if known else SHARE) and len(sample) > 2 * known:
            return "private.bank_cards"
    if not known and _share(DATE.fullmatch, sample) > SHARE:
        return "private.dates"
    return None


def _plain(cell: str) -> str:
    return re.sub(r"(?<=\d)[ -](?=\d{3})", "", unicodedata.normalize("NFKC", cell)).strip(" '’\t")


def _share(holds: Callable[[str], object], cells: Collection[str]) -> float:
    return sum(1 for cell in cells if holds(cell)) / len(cells) if cells else 0.0


def _header_shown(table: Table, at: int) -> str:
    return shown(without_identity_numbers(table.header[at])).strip() or f"#{at + 1}"


def _without(table: Table, dropped: Collection[int]) -> Table:
    width = len(table.header)
    keep = [at not in dropped for at in range(width)]
    rows = (tuple(compress(row, keep)) if len(row) == width else _shifted(row, keep, dropped) for row in table.rows)
    return replace(table, header=tuple(compress(table.header, keep)), rows=packed_rows(rows, sum(keep)))


def _shifted(row: Sequence[str], keep: Sequence[bool], dropped: Collection[int]) -> tuple[str, ...]:
    """Return a row that is too long: what is never stored may stand as many cells further right as there are extra."""
    extra = len(row) - len(keep)
    blank = {at + by for at in dropped for by in range(extra + 1)}
    cells = ["" if at in blank else cell for at, cell in enumerate(row)]
    return (*compress(cells, keep), *cells[len(keep) :])


def _masked(table: Table) -> tuple[Table, int]:
    """Return a table with identity numbers taken out of its cells and headers, and the number of such cells."""
    header = tuple(map(without_identity_numbers, table.header))
    columns = (block for column in table.rows.columns for block in column.blocks())
    if not any(_may_hold_identity(cells) for cells in chain(columns, table.rows.longer.values())):
        return replace(table, header=header), 0
    rows = packed_rows((tuple(map(without_identity_numbers, row)) for row in table.rows), len(header))
    masked = sum(a != b for old, new in zip(table.rows, rows, strict=True) for a, b in zip(old, new, strict=True))
    return replace(table, header=header, rows=rows), masked


def _may_hold_identity(cells: Sequence[str]) -> bool:
    return max(map(len, cells)) >= len(WEIGHTS) and IDENTITY.search("\n".join(cells)) is not None
