"""How the lists of the demo town are kept, no two alike: what a list looks like, and the file it is in."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from xlsxwriter import Workbook

Frame = Literal["decimal", "dms", "gcj02"]
Number = Literal["code", "running", "none"]
Cell = str | int | float
Record = dict[str, Cell]

FRAMES: Final[tuple[Frame, ...]] = ("decimal", "dms", "gcj02")
NUMBERS: Final[tuple[Number, ...]] = ("code", "running", "none")
HIDDEN_SHARE = 0.01
CREATED = datetime(2000, 1, 1)
WIDE_SPACE = "\u3000"

HEADERS: Final = {
    "line": ("序号", "序号", "编号", "序号"),
    "number": ("户编号", "户号", "家庭编号", "户号"),
    "head": ("户主姓名", "户主", "户主姓名", "户主"),
    "name": ("姓名", "成员姓名", "家庭成员姓名", "姓名"),
    "relation": ("与户主关系", "与户主的关系", "关系", "与户主关系"),
    "sex": ("性别", "性别", "性别", "性别"),
    "identity": ("身份证号", "公民身份号码", "证件号码", "身份证号码"),
    "born": ("出生日期", "出生年月", "出生日期", "生日"),
    "bank": ("一卡通账号", "银行卡号", "开户行及账号", "社保卡号"),
    "health": ("健康状况", "健康状况", "健康情况", "健康"),
    "phone": ("联系电话", "手机号码", "电话", "联系方式"),
    "village": ("行政村", "所属村", "村名", "村"),
    "hamlet": ("村民小组", "组别", "小组", "组"),
    "door": ("门牌号", "门牌", "门牌号码", "门牌"),
    "lon": ("经度", "经度", "经度", "经度"),
    "lat": ("纬度", "纬度", "纬度", "纬度"),
    "grid": ("网格", "所属网格", "网格号", "网格编号"),
    "lead": ("网格长", "联户党员", "网格长姓名", "包户党员"),
}
"""What four kinds of clerks call a column."""
GROUP_HEADERS: Final = {
    "village": "住址", "hamlet": "住址", "door": "住址", "name": "家庭成员", "relation": "家庭成员", "sex": "家庭成员",
    "lon": "坐标", "lat": "坐标",
}  # fmt: skip
"""What stands over columns in a header of two rows."""
HOUSEHOLD_COLUMNS: Final = ("number", "head", "village", "hamlet", "door", "lon", "lat", "grid", "lead")


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How the list of a village is kept."""

    words: int
    """Which words the clerk uses."""
    number: Number
    """What stands for a household: the code the town knows it by, a number in the village, or the name of its head."""
    encoding: str | None = None
    """Of a CSV; None for a workbook."""
    frame: Frame | None = None
    """How the positions are written that the list has; None if it has none."""
    titled: bool = False
    two_rows: bool = False
    merged: bool = False
    """What is said of a household is said once, in a merged cell, instead of in every row."""
    names_village: bool = False
    gaps: bool = False
    """There are subtotals and empty rows between hamlets."""
    totals: bool = False
    hides: bool = False
    repeats: bool = False
    """One person is there twice."""
    spaced: bool = False
    """Names of two characters are made as wide as those of three."""
    has_grids: bool = False
    personal: tuple[str, ...] = ("identity",)
    """The columns of what gridplan never stores."""

    @property
    def columns(self) -> list[str]:
        """The columns, from left to right."""
        columns = ["line", "head" if self.number == "none" else "number"]
        columns += ["village"] if self.names_village else []
        columns += ["hamlet", "door", "name", "relation", "sex", *self.personal, "phone"]
        columns += ["lon", "lat"] if self.frame else []
        return columns + (["grid", "lead"] if self.has_grids else [])

    def header(self, column: str) -> str:
        """Return what the clerk calls a column; some say whose map the positions were taken from."""
        word = HEADERS[column][self.words]
        return f"{word}（高德）" if self.frame == "gcj02" and self.words == 3 and column in {"lon", "lat"} else word

    def spelled(self, name: str) -> str:
        """Return a name as the clerk writes it."""
        return WIDE_SPACE.join(name) if self.spaced and len(name) == 2 else name


def make_list_styles(rng: Generator, count: int) -> list[ListStyle]:
    """Return the styles of `count` lists: every trait is in some of them, in every mixture."""

    def some(share: float) -> NDArray[np.bool_]:
        return np.isin(np.arange(count), rng.permutation(count)[: round(share * count)])

    words, numbers, order = (rng.permutation(count) for _ in range(3))
    encodings = dict(
        zip(order.tolist(), ["gb18030"] * round(0.2 * count) + ["utf-8-sig"] * round(0.07 * count), strict=False)
    )
    frames = dict(zip(rng.permutation(count)[: round(0.3 * count)].tolist(), FRAMES * count, strict=False))
    switches = {
        "titled": 0.7, "two_rows": 0.3, "merged": 0.4, "names_village": 0.5, "gaps": 0.3, "totals": 0.6, "hides": 0.3,
        "repeats": 0.2, "spaced": 0.15, "has_grids": 0.15,
    }  # fmt: skip
    chosen = {name: some(share) for name, share in switches.items()}
    personal = {name: some(share) for name, share in {"identity": 0.9, "born": 0.4, "bank": 0.3, "health": 0.3}.items()}
    return [
        ListStyle(
            words=int(words[at]) % len(HEADERS["line"]),
            number=NUMBERS[numbers[at] % len(NUMBERS)],
            encoding=encodings.get(at),
            frame=frames.get(at),
            personal=tuple(name for name, has in personal.items() if has[at]),
            **{name: bool(has[at]) for name, has in chosen.items()},
        )
        for at in range(count)
    ]


@dataclass(slots=True)
class Sheet:
    """The cells of a list, those shown as one (top, left, bottom, right), and the rows that are hidden."""

    rows: list[list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)


def lay_out_list(rng: Generator, style: ListStyle, village: str, households: Sequence[Sequence[Record]]) -> Sheet:
    """Return the list of a village in the manner of its clerk; `households` are their persons."""
    columns = style.columns
    sheet = Sheet([])
    if style.titled:
        sheet.merged.append((0, 0, 0, len(columns) - 1))
        sheet.rows += [[f"{village}住户人口花名册", *[""] * (len(columns) - 1)]]
    _add_header(style, sheet)
    first = len(sheet.rows)
    line = 0
    for _, inside in groupby(households, key=lambda household: household[0]["hamlet"]):
        hamlet = list(inside)
        for household in hamlet:
            _add_household(style, sheet, household, line)
            line += len(household)
        if style.gaps:
            sheet.rows += [_total_row(style, "小计", hamlet), [""] * len(columns)]
    if style.repeats and not style.merged:
        sheet.rows.insert(first, sheet.rows[first])
    if style.hides:
        sheet.hidden = [at for at in range(first, len(sheet.rows)) if rng.random() < HIDDEN_SHARE]
    if style.totals:
        sheet.rows.append(_total_row(style, "合计", households))
    return sheet


def _add_header(style: ListStyle, sheet: Sheet) -> None:
    """Add the header, in one row or in two."""
    columns = style.columns
    words: list[Cell] = [style.header(column) for column in columns]
    if not style.two_rows:
        sheet.rows.append(words)
        return
    top = len(sheet.rows)
    sheet.rows += [
        [GROUP_HEADERS.get(column, word) for column, word in zip(columns, words, strict=True)],
        [word if column in GROUP_HEADERS else "" for column, word in zip(columns, words, strict=True)],
    ]
    left = 0
    for over, group in groupby(columns, key=GROUP_HEADERS.get):
        width = len(list(group))
        if over is None:
            sheet.merged += [(top, at, top + 1, at) for at in range(left, left + width)]
        elif width > 1:
            sheet.merged.append((top, left, top, left + width - 1))
            sheet.rows[top][left + 1 : left + width] = [""] * (width - 1)
        left += width


def _add_household(style: ListStyle, sheet: Sheet, household: Sequence[Record], line: int) -> None:
    """Add the persons of a household."""
    top = len(sheet.rows)
    for number, record in enumerate(household, start=line + 1):
        sheet.rows.append([number if column == "line" else record[column] for column in style.columns])
    if not style.merged or len(household) == 1:
        return
    for at, column in enumerate(style.columns):
        if column in HOUSEHOLD_COLUMNS:
            sheet.merged.append((top, at, len(sheet.rows) - 1, at))
            for row in sheet.rows[top + 1 :]:
                row[at] = ""


def _total_row(style: ListStyle, word: str, households: Sequence[Sequence[Record]]) -> list[Cell]:
    """Return a row that counts households and persons."""
    row: list[Cell] = [""] * len(style.columns)
    row[0] = word
    row[style.columns.index("name")] = f"{len(households)}户{sum(map(len, households))}人"
    return row


def write_csv(path: Path, sheet: Sheet, encoding: str) -> None:
    """Write a page as a spreadsheet saves it: of merged cells the first has the text."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(sheet.rows)


def write_xlsx(path: Path, sheet: Sheet, sheet_name: str) -> None:
    """Write a list as a workbook, with the two empty sheets that workbooks used to begin with."""
    with Workbook(str(path)) as book:
        book.set_properties({"created": CREATED})
        page = book.add_worksheet(sheet_name)
        centred = book.add_format({"align": "center", "valign": "vcenter"})
        for y, row in enumerate(sheet.rows):
            for x, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(y, x, cell)
                else:
                    page.write_number(y, x, cell)
        for top, left, bottom, right in sheet.merged:
            page.merge_range(top, left, bottom, right, sheet.rows[top][left], centred)
        for y in sheet.hidden:
            page.set_row(y, None, None, {"hidden": True})
        for name in ("Sheet2", "Sheet3"):
            book.add_worksheet(name)
