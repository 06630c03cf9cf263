"""One cell of a list: the degrees in it or the text in it, or why it is refused."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date
from typing import Final

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.words import Message

LONGEST_TEXT = 200
LONGEST_CELL = 131_072
"""Characters; a file with a cell that is longer is refused, whatever its format."""
PLAIN_NUMBER: Final = re.compile(r"\s*[+-]?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_NUMBER: Final = r"(?:\d+(?:\.\d*)?|\.\d+)"
MARKED_DEGREES: Final = re.compile(  # 38.5, 38°, 38°30', N38°30'15", 38°30'15"N; the last mark may be missing
    rf"(?P<before>东经|西经|北纬|南纬|[EWNS])? ?(?P<sign>[+-]?) ?(?P<degrees>{_NUMBER}) ?"
    rf"(?:° ?(?:(?P<minutes>{_NUMBER}) ?(?:' ?(?:(?P<seconds>{_NUMBER}) ?\"? ?)?)?)?)?(?P<after>[EWNS])?",
    re.ASCII,
)
SPACED_DEGREES: Final = re.compile(  # 38 30 15, 38-30-15, 38:30:15, N38 30.25; 38 30 may be a torn 38.30
    rf"(?P<before>东经|西经|北纬|南纬|[EWNS])? ?(?P<sign>[+-]?)(?P<degrees>\d+)(?P<between>[ :-])(?P<minutes>{_NUMBER})"
    rf"(?:(?P=between)(?P<seconds>{_NUMBER}))? ?(?P<after>[EWNS])?(?(seconds)|(?(before)|(?(after)|(?!))))",
    re.ASCII,
)
DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+°?", re.ASCII)
DOTTED: Final = re.compile(r"[+-]?\d+(\.\d+){2,}", re.ASCII)
MARKS: Final = str.maketrans(
    dict.fromkeys("º˚度", "°") | dict.fromkeys("′‘’´｀`＇分", "'") | dict.fromkeys("″“”〃＂秒", '"') | {"−": "-"}
)
VILLAGE: Final = re.compile(r".+(村|社区|委会|庄|屯|寨|village)", re.IGNORECASE)
"""What is called like this is a village."""
SIGN_OF: Final = {
    "lon": {"": 1, "E": 1, "东经": 1, "W": -1, "西经": -1},
    "lat": {"": 1, "N": 1, "北纬": 1, "S": -1, "南纬": -1},
}
RANGES: Final = {"lon": LON_RANGE, "lat": LAT_RANGE}
NOT_FINITE: Final = {"nan", "inf", "infinity"}
UNPRINTABLE: Final = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
CONTROL: Final = re.compile(f"[\x00-\x1f{UNPRINTABLE}]")
"""Characters that no name holds: controls, line breaks, marks that turn the writing direction, halves of characters."""
LINE_BREAK: Final = re.compile(r"[\t\r\n]")
MADE_DATE: Final = re.compile(  # 2026-03-05, 2026/3/5, 3月5日, 5-Mar, Mar-05
    r"\s*((19|20)\d\d-(0[1-9]|1[0-2])-([0-2]\d|3[01])([T ][\d:.]+)?|(19|20)\d\d/\d{1,2}/\d{1,2}|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}-(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-\d\d)\s*",
    re.IGNORECASE | re.ASCII,
)
"""What a spreadsheet makes of 3-5 where the cells are not formatted as text."""
DAY: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?|(\d{4})(\d\d)(\d\d)", re.ASCII
)
NEVER_DATES: Final = ("id", "village", "hamlet", "door")
MISREAD: Final = re.compile("[\u00c3-\u00f4][\u0080-\u00bf]")
"""The UTF-8 of a character that is not English, read as if it were Latin-1."""
NOT_PLAIN: Final = re.compile(rf"{CONTROL.pattern}|\d[-/月]\d|\d-[A-Za-z]{{3}}|[A-Za-z]{{3}}-\d\d")
"""What a text has that `check_text` may not let pass; its length aside."""
DATE_MARKS: Final = "-/月"
"""One of them, if nothing unprintable, is in all that NOT_PLAIN finds."""
CONTROL_IN_PROSE: Final = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{UNPRINTABLE}]")
"""The same for an address or a telephone number, which may hold tabs and line breaks."""


class CellRefused(Exception):
    """A cell that cannot be used: the field it is of, why, and what to do about it."""

    def __init__(self, field: str, reason: Message, remedy: Message) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason
        self.remedy = remedy


def refused(field: str, why: str, remedy: str, **values: object) -> CellRefused:
    """Return the verdict on a cell from the codes of its reason and its remedy; `values` are those of the reason."""
    return CellRefused(field, Message(why, values), Message(remedy))


def parse_number(field: str, text: str) -> tuple[float, bool]:
    """Return the longitude (`field` lon) or latitude (lat) in a cell, and whether it had to be normalised to be read.

    It is a decimal number, or degrees, minutes and seconds. Whether it is on the earth is not asked: it may be metres.

    Raises
    ------
    CellRefused
        It is blank, no number, or can be read in several ways.
    """
    if PLAIN_NUMBER.fullmatch(text):
        return float(text), False
    check_no_date(field, text)
    marked = text.translate(MARKS)
    if found := MARKED_DEGREES.fullmatch(marked):
        return _degrees(field, found), True
    plain = unicodedata.normalize("NFKC", marked).upper().replace("''", '"')
    plain = re.sub(r" ?([°'\"]) ?", r"\1", re.sub(r"\s+", " ", plain.strip()))
    if not plain:
        raise refused(field, "read.row.blank", "read.remedy.locate")
    if plain.lower().lstrip("+-") in NOT_FINITE:
        raise refused(field, "read.row.not_finite", "read.remedy.degrees")
    if DECIMAL_COMMA.fullmatch(plain):
        raise refused(field, "read.row.decimal_comma", "read.remedy.decimal_point")
    if DOTTED.fullmatch(plain):
        raise refused(field, "read.row.dotted", "read.remedy.degrees")
    found = MARKED_DEGREES.fullmatch(plain) or SPACED_DEGREES.fullmatch(plain)
    if not found:
        raise refused(field, "read.row.not_number", "read.remedy.degrees")
    return _degrees(field, found), True


def parse_day(field: str, text: str, remedy: str) -> date:
    """Return the day in a cell: 2026-03-05, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305.

    Raises
    ------
    CellRefused
        It is none.
    """
    try:
        if found := DAY.fullmatch(unicodedata.normalize("NFKC", text).strip()):
            year, month, day = (int(part) for part in found.groups() if part)
            return date(year, month, day)
    except ValueError:
        pass
    raise refused(field, "members.row.date", remedy)


def check_position(lon: float, lat: float) -> None:
    """Raise CellRefused unless a position in degrees can be on the earth and is not 0, 0, which stands for none."""
    if lon == lat == 0:
        raise refused("lon", "read.row.null_island", "read.remedy.locate")
    for field, degrees, other in (("lat", lat, lon), ("lon", lon, lat)):
        least, most = RANGES[field]
        if least <= degrees <= most:
            continue
        if not math.isfinite(degrees):
            raise refused(field, "read.row.not_finite", "read.remedy.degrees")
        if field == "lat" and abs(degrees) <= LON_RANGE[1] and abs(other) <= LAT_RANGE[1]:
            raise refused(field, "read.row.swapped", "read.remedy.swap")
        raise refused(field, "read.row.out_of_range", "read.remedy.frame", least=f"{least:g}", most=f"{most:g}")


def check_text(field: str, text: str, prose: bool = False) -> None:
    """Raise CellRefused if a text is too long, a date for no reason, or would spoil a page, a map or a file.

    In `prose`, such as an address, tabs and line breaks are allowed.
    """
    if len(text) > LONGEST_TEXT:
        raise refused(field, "read.row.too_long", "read.remedy.shorten", length=len(text), most=LONGEST_TEXT)
    if field in NEVER_DATES:
        check_no_date(field, text)
    if found := (CONTROL_IN_PROSE if prose else CONTROL).search(text):
        if len(MISREAD.findall(text)) > 1:
            raise refused(field, "read.row.misread", "read.remedy.resave")
        raise refused(field, "read.row.control", "read.remedy.retype", character=f"U+{ord(found[0]):04X}")


def check_no_date(field: str, text: str) -> None:
    """Raise CellRefused if a text is a date, where none belongs: a spreadsheet made it of something like 3-5."""
    if MADE_DATE.fullmatch(text):
        raise refused(field, "read.row.date", "read.remedy.as_text")


def on_one_line(text: str) -> str:
    """Return a text with one space for each line break or tab in it, and for the blanks around those."""
    return re.sub(r"\s*[\t\r\n]\s*", " ", text).strip() if LINE_BREAK.search(text) else text


def shown(text: str) -> str:
    """Return a cell fit to be shown in a sentence: control characters written out, the rest cut off after 80."""
    plain = CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return plain if len(plain) <= 80 else plain[:79] + "…"


def _degrees(field: str, found: re.Match[str]) -> float:
    """Return the degrees in a text with a hemisphere, marks or several parts."""
    before, sign, *parts, after = found.group("before", "sign", "degrees", "minutes", "seconds", "after")
    hemisphere = SIGN_OF[field].get((before or "") + (after or ""))
    if hemisphere is None or (sign == "-" and hemisphere < 0):
        raise refused(field, "read.row.not_number", "read.remedy.degrees")
    degrees, minutes, seconds = (part or "0" for part in parts)
    if (parts[1] and "." in degrees) or (parts[2] and "." in minutes):
        raise refused(field, "read.row.not_number", "read.remedy.degrees")
    if float(minutes) >= 60 or float(seconds) >= 60:
        raise refused(field, "read.row.sixty", "read.remedy.degrees")
    size = float(degrees) + float(minutes) / 60 + float(seconds) / 3600
    return -size if sign == "-" else hemisphere * size
