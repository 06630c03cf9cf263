"""Positions as they are written in cells, before it is known what they are counted in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from gridplan.errors import InputRefused
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import MARKS, CellRefused, parse_number, refused
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, field_shown, folded, headers_shown
from gridplan.exchange.tables.packed import BLOCK, Packed, packed
from gridplan.words import Message

DEGREES: Final = ("lon", "lat")
METRES: Final = ("x", "y")
BOTH: Final = "lonlat"
LON_PARTS: Final = {"lon_d": "°", "lon": "°", "lon_m": "'", "lon_s": '"', "ew": ""}
LAT_PARTS: Final = {"lat_d": "°", "lat": "°", "lat_m": "'", "lat_s": '"', "ns": ""}
HEMISPHERES: Final = {"东": "E", "东经": "E", "西": "W", "西经": "W", "北": "N", "北纬": "N", "南": "S", "南纬": "S"}
TOGETHER: Final = 128
"""Cells read at once if all are written alike; a piece with any other cell is read cell by cell."""
NUMBERS: Final = re.compile(r"(?:[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+\n)*+", re.ASCII)
"""Decimal numbers, one a line."""
DEGREES_MINUTES_SECONDS: Final = {
    field: re.compile(rf"(?:{east}?+\d++°\d++'\d++(?:\.\d*+)?+\"\n|\d++°\d++'\d++(?:\.\d*+)?+\"{east}\n)*+", re.ASCII)
    for field, east in (("lon", "E"), ("lat", "N"))
}
"""Degrees, minutes and seconds east or north, one a line."""
MORE_MARKS: Final = str.maketrans({"˝": '"', "ˊ": "'"})
"""Accents that are typed for seconds and minutes."""
UNMARKED: Final = str.maketrans("°'\"EN", "     ")
AXIS_WORDS: Final = re.compile(
    r"(?:经度|纬度|[东北][坐向]标|lon(?:gitude)?|lng|lat(?:itude)?|[xy])\s*[:：=]", re.IGNORECASE
)
"""What names an axis before its number, where both stand in one cell."""
BETWEEN_PAIR: Final = (re.compile("[,，;；、/|]"), re.compile(r"\s+"), re.compile('(?<=[EWNS])(?=\\d)|(?<=")(?=\\d)'))
"""What may stand between two coordinates in one cell, the surest first."""
LATITUDE: Final = re.compile("北纬|南纬|[NS]")
LONGITUDE: Final = re.compile("东经|西经|[EW]")
SAMPLE: Final = 1000
"""Cells that tell what a column holds."""
COMMA: Final = re.compile("[,，]")
THOUSANDS: Final = re.compile(r"\s*[+-]?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?\s*", re.ASCII)
"""A number of metres with a comma before every three digits."""


@dataclass(frozen=True, slots=True)
class RawPositions:
    """Positions as they are written: numbers (n, 2), nan for none, and the field and the text that each came from."""

    numbers: NDArray[np.float64]
    lon_field: str
    lat_field: str
    lon_text: Callable[[int], str]
    lat_text: Callable[[int], str]

    def swapped(self) -> RawPositions:
        """Return them with the second number first."""
        return RawPositions(self.numbers[:, ::-1].copy(), self.lat_field, self.lon_field, self.lat_text, self.lon_text)

    def refuse(self, rows: Rows, at: int, verdict: CellRefused) -> None:
        """Refuse a row for its longitude or latitude, naming the column where that is written."""
        lon = verdict.field == "lon"
        here = CellRefused(self.lon_field if lon else self.lat_field, verdict.reason, verdict.remedy)
        text = (self.lon_text if lon else self.lat_text)(at)
        rows.refuse(at, here, value=None if here.field == BOTH else text)
        self.numbers[at] = np.nan


def refuse_missing_field(rows: Rows, field: str) -> NoReturn:
    """Raise InputRefused for a table that lacks a field of positions, or has nothing in its column."""
    if blank := column_without_content(rows, field):
        formulas = next((note for note in rows.table.notes if note.code == "read.note.no_results"), None)
        why = formulas or Message("read.fill_column")
        raise InputRefused(
            "read.blank_column", file=rows.table.source.name, field=field_shown(field), header=blank, why=why
        )
    names = headers_shown(rows.table.header)
    raise InputRefused("read.no_position", file=rows.table.source.name, field=field, names=names)


def position_columns(rows: Rows) -> tuple[list[str], list[str]] | None:
    """Return the fields that make up a longitude (or easting) and a latitude (or northing); None if there are none.

    Raises
    ------
    InputRefused
        There is only half of a position.
    """
    present = rows.column_of.keys()
    if not present.isdisjoint({"lon_d", "lon_m", "lat_d", "lat_m"}):
        lon, lat = ([field for field in parts if field in present] for parts in (LON_PARTS, LAT_PARTS))
        for field, parts in (("lon", lon), ("lat", lat)):
            if present.isdisjoint({field, f"{field}_d"}):
                refuse_missing_field(rows, parts[0] if parts[:1] == [f"{field}_d"] else field)
        return lon, lat
    for pair in (DEGREES, METRES):
        if present >= set(pair):
            return [pair[0]], [pair[1]]
    if half := [field for field in DEGREES if field in present]:
        refuse_missing_field(rows, "lat" if half == ["lon"] else "lon")
    if BOTH in present:
        if are_pairs(rows.cells(BOTH)):
            return [BOTH], [BOTH]
        del rows.column_of[BOTH]
    return None


def column_without_content(rows: Rows, field: str) -> str | None:
    """Return the header of a column for a field in which every cell is blank, if there is one."""
    headers = frozenset().union(*HOUSEHOLD_FIELDS[field])
    return next((rows.table.header[at] for at in rows.blank if folded(rows.table.header[at]) in headers), None)


def split_pair(text: str) -> tuple[str, str] | None:
    """Return the two coordinates in one text, a longitude that says so first; None unless there are two."""
    plain = AXIS_WORDS.sub(" ", text).translate(MORE_MARKS).translate(MARKS).strip(" ()[]（）【】")
    parts = next((parts for mark in BETWEEN_PAIR if len(parts := mark.split(plain)) == 2), None)
    if parts is None:
        return None
    first, second = map(str.strip, parts)
    return (second, first) if LATITUDE.search(first) or LONGITUDE.search(second) else (first, second)


def pair_numbers(text: str) -> tuple[float, float] | None:
    """Return the two numbers in one text as they stand there, a longitude that says so first; None unless two."""
    pair = split_pair(text)
    if pair is None:
        return None
    for axes in (("lon", "lat"), ("lat", "lon")):
        try:
            first, second = (parse_number(axis, number)[0] for axis, number in zip(axes, pair, strict=True))
        except CellRefused:
            continue
        return first, second
    return None


def are_pairs(cells: Packed[str]) -> bool:
    """Return whether most cells that are filled hold two coordinates."""
    filled = list(islice(filter(str.strip, cells), SAMPLE))
    return 2 * sum(pair_numbers(cell) is not None for cell in filled) > len(filled)


def positions_in_cells(rows: Rows, columns: tuple[list[str], list[str]], optional: bool) -> RawPositions:
    """Return the positions in the cells of `position_columns`; rows without one are refused, unless `optional`."""
    lon_fields, lat_fields = columns
    lon, lat = _both(rows) if lon_fields == [BOTH] else (_texts(rows, lon_fields), _texts(rows, lat_fields))
    if any(map(_are_thousands, (lon, lat))):
        lon, lat = (packed(map(_without_thousands, cells)) for cells in (lon, lat))
    numbers = np.full((len(lon), 2), np.nan)
    raw = RawPositions(numbers, lon_fields[0], lat_fields[0], lon.__getitem__, lat.__getitem__)
    normalised = 0
    are_good = rows.are_good()
    for at, lon_cells, lat_cells in _pieces(lon, lat):
        good = are_good[at : at + len(lon_cells)]
        east, north = _parse_alike("lon", lon_cells), _parse_alike("lat", lat_cells)
        if east and north:
            numbers[at : at + len(good)][good] = np.column_stack([east[0], north[0]])[good]
            normalised += int(good.sum()) * (east[1] or north[1])
        else:
            normalised += _parse_one_by_one(rows, raw, (at + np.flatnonzero(good)).tolist(), optional)
    if normalised:
        rows.note("read.note.normalised", n=normalised)
    return raw


def _texts(rows: Rows, fields: Sequence[str]) -> Packed[str]:
    """Return the text of every row: its cell, or the cells of several columns as degrees, minutes and seconds."""
    if len(fields) == 1:
        return rows.cells(fields[0])
    marks = [(LON_PARTS | LAT_PARTS)[field] for field in fields]
    return packed(_joined(cells, marks) for cells in zip(*map(rows.cells, fields), strict=True))


def _both(rows: Rows) -> tuple[Packed[str], Packed[str]]:
    """Return the longitude and the latitude in each cell of a column of both, what is no pair as a longitude."""
    cells = rows.cells(BOTH)
    return packed(_pair(cell)[0] for cell in cells), packed(_pair(cell)[1] for cell in cells)


def _pair(cell: str) -> tuple[str, str]:
    return split_pair(cell) or (cell, "")


def _are_thousands(cells: Packed[str]) -> bool:
    """Return whether a column holds metres with a comma before every three digits: any northing has two."""
    filled = list(islice(filter(str.strip, cells), SAMPLE))
    return 2 * sum(THOUSANDS.fullmatch(cell) is not None and len(COMMA.findall(cell)) > 1 for cell in filled) > len(
        filled
    )


def _without_thousands(cell: str) -> str:
    return COMMA.sub("", cell) if THOUSANDS.fullmatch(cell) else cell


def _joined(cells: Sequence[str], marks: Sequence[str]) -> str:
    bare = [cell.strip(" \t\"'°′″度分秒") for cell in cells]
    if not any(part for part, mark in zip(bare, marks, strict=True) if mark):
        return ""
    return "".join(HEMISPHERES.get(part, part) + mark for part, mark in zip(bare, marks, strict=True))


def _pieces(lon: Packed[str], lat: Packed[str]) -> Iterator[tuple[int, Sequence[str], Sequence[str]]]:
    for start, lons, lats in zip(count(0, BLOCK), lon.blocks(), lat.blocks(), strict=False):
        for at in range(0, len(lons), TOGETHER):
            yield start + at, lons[at : at + TOGETHER], lats[at : at + TOGETHER]


def _parse_alike(field: str, cells: Sequence[str]) -> tuple[NDArray[np.float64], bool] | None:
    """Return the numbers in cells that are all decimal, or all in degrees, minutes and seconds, as `parse_number` does.

    With them comes whether they had to be normalised; None stands for cells that are neither.
    """
    text = "\n".join(cells) + "\n"
    if NUMBERS.fullmatch(text) and len(numbers := text.split()) == len(cells):
        return np.array(numbers, np.float64), False
    text = text.translate(MARKS)
    parts = text.translate(UNMARKED).split()
    if DEGREES_MINUTES_SECONDS[field].fullmatch(text) and len(parts) == 3 * len(cells):
        degrees, minutes, seconds = np.array(parts, np.float64).reshape(-1, 3).T
        if minutes.max() < 60 and seconds.max() < 60:
            return degrees + minutes / 60 + seconds / 3600, True
    return None


def _parse_one_by_one(rows: Rows, raw: RawPositions, places: Iterable[int], optional: bool) -> int:
    """Put down the positions of some rows, or refuse them; return how many had to be normalised."""
    normalised = 0
    for at in places:
        lon, lat = raw.lon_text(at), raw.lat_text(at)
        try:
            if optional and not lon.strip() and not lat.strip():
                continue
            if raw.lon_field == BOTH and not lat.strip():
                raise refused("lon", "frame.row.no_pair", "frame.remedy.pair")
            lon_number, lon_normalised = parse_number("lon", lon.translate(MORE_MARKS))
            lat_number, lat_normalised = parse_number("lat", lat.translate(MORE_MARKS))
            raw.numbers[at] = lon_number, lat_number
            normalised += lon_normalised or lat_normalised
        except CellRefused as verdict:
            if raw.lon_field in METRES and verdict.reason.code == "read.row.not_number":
                verdict = refused(verdict.field, "frame.row.not_metres", "frame.remedy.metres")
            raw.refuse(rows, at, verdict)
    return normalised
