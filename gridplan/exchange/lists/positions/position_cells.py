"""Positions as they are written in cells, before it is known what they are counted in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from gridplan.coordinates import frame_shown
from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.place_codes import place_code
from gridplan.exchange.lists.positions.place_columns import PLACES, is_place
from gridplan.exchange.lists.positions.position_texts import BOTH, MORE_MARKS, pair_numbers, position_in_text
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.tables.cells import DECIMAL_COMMA, MARKS, PLAIN_NUMBER, CellRefused, parse_number, refused, shown
from gridplan.exchange.tables.columns import HOUSEHOLD_FIELDS, POSITION_FIELDS, field_shown, folded, headers_shown
from gridplan.exchange.tables.packed import BLOCK, Packed, packed, packed_rows
from gridplan.words import Message, series

DEGREES: Final = ("lon", "lat")
METRES: Final = ("x", "y")
LON_PARTS: Final = {"lon_d": "°", "lon": "°", "lon_m": "'", "lon_s": '"', "ew": ""}
LAT_PARTS: Final = {"lat_d": "°", "lat": "°", "lat_m": "'", "lat_s": '"', "ns": ""}
OTHER_HALF: Final = {"lon": "lat", "lat": "lon", "x": "y", "y": "x"}
WAYS: Final = (frozenset({*DEGREES, *LON_PARTS, *LAT_PARTS}), frozenset(METRES), frozenset({BOTH}))
"""The ways to give a position, each by its fields."""
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
UNMARKED: Final = str.maketrans("°'\"EN", "     ")
SAMPLE: Final = 1000
"""Cells that tell what a column holds."""
LIKE_A_POSITION: Final = re.compile(r"://|\d\.\d\d|^(?=.{4})[^\u4e00-\u9fff]*\d[^\u4e00-\u9fff]*$")
"""A cell that says where something is, well or badly written; words such as 村东头 and flags such as 1 say nothing."""
HEADER_ORDERS: Final = (
    (re.compile(r"lat.*(?:lon|lng)|纬.*经", re.IGNORECASE), True),
    (re.compile(r"(?:lon|lng).*lat|经度.*纬度", re.IGNORECASE), False),
)
"""Headers that say of both in one cell whether the latitude comes first; 经纬度 is written over either."""
COMMA: Final = re.compile("[,，]")
THOUSANDS: Final = re.compile(r"\s*[+-]?\d{1,3}(?:[,，]\d{3})+(?:\.\d*)?\s*", re.ASCII)
"""A number of metres with a comma before every three digits."""


@dataclass(frozen=True, slots=True)
class RawPositions:
    """Positions as they are written: numbers (n, 2), nan for none, and the field and the text that each came from.

    `ordered` (n) says of which it is stated, by header, format or text, that their first number is the longitude;
    `frames` are those that texts state of themselves, by row.
    """

    numbers: NDArray[np.float64]
    lon_field: str
    lat_field: str
    lon_text: Callable[[int], str]
    lat_text: Callable[[int], str]
    ordered: NDArray[np.bool_]
    frames: Mapping[int, str] = field(default_factory=dict)

    def swapped(self) -> RawPositions:
        """Return them with the second number first."""
        return replace(
            self,
            numbers=self.numbers[:, ::-1].copy(),
            lon_field=self.lat_field,
            lat_field=self.lon_field,
            lon_text=self.lat_text,
            lat_text=self.lon_text,
        )

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
    _leave_to_wanted(rows)
    columns = _columns(rows)
    for field_ in set(POSITION_FIELDS).intersection(rows.column_of).difference(*(columns or ())):
        del rows.column_of[field_]
    return columns


def _leave_to_wanted(rows: Rows) -> None:
    """Forget the columns that were guessed for positions where the user named others.

    Raises
    ------
    InputRefused
        The user named two ways to give a position.
    """
    named = [fields for fields in WAYS if not fields.isdisjoint(rows.wanted)]
    if len(named) > 1:
        both = series(field_ for field_ in POSITION_FIELDS if field_ in rows.wanted)
        raise InputRefused("read.positions_twice", file=rows.table.source.name, fields=both)
    if named and not named[0].isdisjoint(rows.column_of):
        for field_ in frozenset(POSITION_FIELDS).intersection(rows.column_of) - named[0]:
            del rows.column_of[field_]


def _columns(rows: Rows) -> tuple[list[str], list[str]] | None:
    present = rows.column_of.keys()
    if not present.isdisjoint({"lon_d", "lon_m", "lat_d", "lat_m"}):
        lon, lat = ([field_ for field_ in parts if field_ in present] for parts in (LON_PARTS, LAT_PARTS))
        for field_, parts in (("lon", lon), ("lat", lat)):
            if present.isdisjoint({field_, f"{field_}_d"}):
                refuse_missing_field(rows, parts[0] if parts[:1] == [f"{field_}_d"] else field_)
        return lon, lat
    for pair in (DEGREES, METRES):
        if present >= set(pair):
            return [pair[0]], [pair[1]]
    if BOTH in present:
        if BOTH in rows.wanted or may_be_positions(rows.cells(BOTH)):
            _note_other_places(rows)
            return [BOTH], [BOTH]
        rows.note("read.note.no_positions_in", header=rows.column(rows.column_of[BOTH])[0])
        del rows.column_of[BOTH]
    halves = [field_ for field_ in DEGREES if field_ in present] + [
        field_ for field_ in METRES if field_ in rows.wanted and field_ in present
    ]
    if halves:
        refuse_missing_field(rows, OTHER_HALF[halves[0]])
    return None


def _note_other_places(rows: Rows) -> None:
    """Say which other columns have positions in one cell too, unless the user chose."""
    places = [rows.column(at) for at in rows.unused if folded(rows.table.header[at]) in PLACES]
    others = [header for header, cells in places if any(map(is_place, islice(filter(str.strip, cells), SAMPLE)))]
    if others and BOTH not in rows.wanted:
        chosen = rows.column(rows.column_of[BOTH])[0]
        rows.note("read.note.first_of_several", field=field_shown(BOTH), header=chosen, others=series(others))


def column_without_content(rows: Rows, field: str) -> str | None:
    """Return the header of a column for a field in which every cell is blank, if there is one."""
    headers = frozenset().union(*HOUSEHOLD_FIELDS[field])
    return next((rows.table.header[at] for at in rows.blank if folded(rows.table.header[at]) in headers), None)


def may_be_positions(cells: Packed[str]) -> bool:
    """Return whether a column whose header speaks of positions has some: most cells that are filled look written so.

    If one is understood it has, and the others are refused; if none is, words and flags are told from what should be.
    """
    filled = list(islice(filter(str.strip, cells), SAMPLE))
    if any(pair_numbers(cell) is not None for cell in filled):
        return True
    like = sum(LIKE_A_POSITION.search(cell) is not None or place_code(cell) is not None for cell in filled)
    return 2 * like > len(filled)


def positions_in_cells(rows: Rows, columns: tuple[list[str], list[str]], optional: bool) -> RawPositions:
    """Return the positions in the cells of `position_columns`; rows without one are refused, unless `optional`."""
    lon_fields, lat_fields = columns
    if lon_fields == [BOTH]:
        lon, lat, told = _both(rows)
    else:
        lon, lat = _texts(rows, lon_fields), _texts(rows, lat_fields)
        told = _Told(np.full(len(lon), lon_fields != [METRES[0]]))
    if any(map(_are_thousands, (lon, lat))):
        lon, lat = (packed(map(_without_thousands, cells)) for cells in (lon, lat))
    lon, lat = _with_points(rows, lon_fields[0], lon), _with_points(rows, lat_fields[0], lat)
    numbers = np.full((len(lon), 2), np.nan)
    raw = RawPositions(
        numbers, lon_fields[0], lat_fields[0], lon.__getitem__, lat.__getitem__, told.ordered, told.frames
    )
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


@dataclass(slots=True)
class _Told:
    """What texts tell besides two numbers, by row; how many by frame and host of a link, and how many are areas."""

    ordered: NDArray[np.bool_]
    frames: dict[int, str] = field(default_factory=dict)
    stated: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    areas: int = 0

    def notes(self) -> Iterator[Message]:
        """Walk what there is to say of it."""
        for frame in dict.fromkeys(frame for frame, _ in self.stated):
            hosts = {host: n for (of, host), n in self.stated.items() if of == frame and host}
            named = frame_shown(frame)
            if hosts:
                values = {"n": sum(hosts.values()), "hosts": series(hosts), "frame": named}
                yield Message("frame.note.links", values)
            if n := self.stated[frame, None]:
                yield Message("frame.note.stated", {"n": n, "frame": named})
        if self.areas:
            yield Message("read.note.points_in_polygons", {"n": self.areas})


def _texts(rows: Rows, fields: Sequence[str]) -> Packed[str]:
    """Return the text of every row: its cell, or the cells of several columns as degrees, minutes and seconds."""
    if len(fields) == 1:
        return rows.cells(fields[0])
    marks = [(LON_PARTS | LAT_PARTS)[field] for field in fields]
    return packed(_joined(cells, marks) for cells in zip(*map(rows.cells, fields), strict=True))


def _both(rows: Rows) -> tuple[Packed[str], Packed[str], _Told]:
    """Return the longitude and the latitude in each cell of a column of both, what is no position as a longitude."""
    cells = rows.cells(BOTH)
    header = unicodedata.normalize("NFKC", rows.header_of(BOTH))
    latitude_first = next((first for order, first in HEADER_ORDERS if order.search(header)), None)
    told = _Told(np.full(len(cells), latitude_first is not None))

    def pairs() -> Iterator[tuple[str, str]]:
        for at, cell in enumerate(cells):
            try:
                position = position_in_text(cell) if cell.strip() else None
            except CellRefused:
                position = None
            if position is None:
                yield cell, ""
                continue
            told.ordered[at] |= position.ordered
            told.areas += position.in_area
            if position.frame:
                told.frames[at] = position.frame
                told.stated[position.frame, position.host] += 1
            turned = latitude_first and not position.ordered
            yield (position.lat, position.lon) if turned else (position.lon, position.lat)

    lon, lat = packed_rows(pairs(), 2).columns
    rows.notes += told.notes()
    return lon, lat, told


def _are_thousands(cells: Packed[str]) -> bool:
    """Return whether a column holds metres with a comma before every three digits: any northing has two."""
    filled = list(islice(filter(str.strip, cells), SAMPLE))
    return 2 * sum(THOUSANDS.fullmatch(cell) is not None and len(COMMA.findall(cell)) > 1 for cell in filled) > len(
        filled
    )


def _without_thousands(cell: str) -> str:
    return COMMA.sub("", cell) if THOUSANDS.fullmatch(cell) else cell


def _with_points(rows: Rows, field_: str, cells: Packed[str]) -> Packed[str]:
    """Return the cells of a coordinate with points for decimal commas, if commas are what the column has throughout.

    A number of metres with three digits after its comma may as well be one of thousands.
    """
    filled = list(islice(filter(str.strip, cells), SAMPLE))
    commas = [cell for cell in filled if DECIMAL_COMMA.fullmatch(cell.strip())]
    points = any("." in cell and PLAIN_NUMBER.fullmatch(cell) for cell in filled)
    doubtful = field_ in METRES and 2 * sum(map(bool, map(THOUSANDS.fullmatch, commas))) > len(commas)
    if points or doubtful or 2 * len(commas) <= len(filled):
        return cells
    note = Message("read.note.decimal_commas", {"header": shown(rows.header_of(field_))})
    if note not in rows.notes:
        rows.notes.append(note)
    return packed(cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell.strip()) else cell for cell in cells)


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
                position_in_text(lon)
            lon_number, lon_normalised = parse_number("lon", lon.translate(MORE_MARKS))
            lat_number, lat_normalised = parse_number("lat", lat.translate(MORE_MARKS))
            raw.numbers[at] = lon_number, lat_number
            normalised += lon_normalised or lat_normalised
        except CellRefused as verdict:
            if raw.lon_field in METRES and verdict.reason.code == "read.row.not_number":
                verdict = refused(verdict.field, "frame.row.not_metres", "frame.remedy.metres")
            raw.refuse(rows, at, verdict)
    return normalised
