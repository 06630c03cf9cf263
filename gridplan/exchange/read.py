"""Lists of households into households, and every row that cannot be one into a refusal with its reason."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from gridplan.coordinates import WGS84, frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.lists.belonging import find_villages, refuse_lost, village_of_table, villages_of_tables
from gridplan.exchange.lists.cells import CONTROL, LONGEST_TEXT, CellRefused, check_text
from gridplan.exchange.lists.checks import refuse_overlong
from gridplan.exchange.lists.columns import HOUSEHOLD_FIELDS, folded, headers_shown
from gridplan.exchange.lists.doubles import near_duplicates
from gridplan.exchange.lists.hamlets import HamletList, read_hamlets
from gridplan.exchange.lists.ids import (
    Ids,
    listed_ids,
    refuse_missing_ids,
    refuse_repeated_ids,
    similar_ids,
    start_anew,
)
from gridplan.exchange.lists.mending import one_list, without_verdicts, write_refusals
from gridplan.exchange.lists.positions import POSITION_FIELDS, fields_to_find, find_positions
from gridplan.exchange.lists.private import without_private
from gridplan.exchange.lists.roster import merge_persons
from gridplan.exchange.lists.rows import Refusal, Rows
from gridplan.exchange.lists.source import Table
from gridplan.exchange.lists.suspicion import suspicions
from gridplan.exchange.lists.tables import read_all
from gridplan.exchange.lists.units import count_units, units_of
from gridplan.exchange.lists.villages import VillageList, read_villages
from gridplan.exchange.workbook import sheet_to_read_back
from gridplan.model import Hamlet, Household, Village
from gridplan.words import Lang, Message

__all__ = [
    "HamletList",
    "HouseholdList",
    "ReadTable",
    "Refusal",
    "VillageList",
    "read_hamlets",
    "read_households",
    "read_villages",
    "write_refused",
]

TEXTS: Final = ("id", "name", "village", "hamlet", "phone", "address", "door", "grid", "lead")
PROSE: Final = {"phone", "address", "door"}
TRIMMED: Final = {"village", "hamlet", "grid", "lead"}
NO_LIST: Final = {"read.no_rows", "read.no_position"}
"""Why a sheet among others is no list, and is left aside."""
NAMED = 5
"""Households that a note names."""


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as it was understood: `name` is FILE, or FILE#sheet where a sheet has a name.

    `frame` is what its positions are counted in, None where it has none; `called_after` is the village that the whole
    table stands for; `households` counts those of each village; `notes` are what was noticed about this table.
    """

    name: str
    encoding: str | None
    columns: Mapping[str, str]
    frame: str | None
    called_after: str | None
    households: Mapping[str, int]
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class HouseholdList:
    """The households of one or several tables in their order, the rows refused, and how the tables were understood.

    `columns` are the headers by field; positions taken from geometries have none. Every row is a household, is refused,
    or is counted in a note (blank rows, rows that repeat another word for word, persons of a household). A household
    without a position has `position` hamlet, and nan for lon and lat.

    `header` is that of the cells of the refused rows. `grid_of` and `lead_of` are the grids and leads that the list
    itself gives, by household id; `made_ids` those ids that the list does not have; `near_duplicates` pairs of ids that
    may be one household; `tables` what was read.
    """

    households: tuple[Household, ...]
    refused: tuple[Refusal, ...]
    header: tuple[str, ...]
    columns: Mapping[str, str]
    notes: tuple[Message, ...]
    grid_of: Mapping[str, str] = field(default_factory=dict)
    lead_of: Mapping[str, str] = field(default_factory=dict)
    made_ids: frozenset[str] = frozenset()
    near_duplicates: tuple[tuple[str, str], ...] = ()
    tables: tuple[ReadTable, ...] = ()


@dataclass(slots=True)
class _List:
    """One table on its way: its rows, the village it stands for if it does, and what was found of every row."""

    rows: Rows
    village: str | None
    units: Mapping[int, int] | None = None
    lonlat: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    village_of: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A household as listed, with the grid and the lead that the list gives it, and whether its id was made."""

    household: Household
    grid: str
    lead: str
    made: bool


def read_households(
    sources: str | Sequence[str],
    *,
    columns: Mapping[str, str] = MappingProxyType({}),
    villages: Sequence[Village] = (),
    snap: float = 0.0,
    frame: str | None = None,
    hamlets: Sequence[Hamlet] = (),
) -> HouseholdList:
    """Return the households of FILE, FILE#layer or FILE#layer@FRAME, or of several such, as one list.

    A household's village is that of its column, else, of several tables, that which the sheet or the file is called
    after, else the one whose boundary holds it, else the nearest one within `snap` metres; a single file that knows no
    villages is one village. Rows of persons become households. What is never stored is dropped before all else.

    Parameters
    ----------
    sources
        The files.
    columns
        Headers by field (those of `HOUSEHOLD_FIELDS`) that win over what the headers suggest.
    villages
        The villages known; their way of writing a name wins.
    snap
        Metres; 0 for off.
    frame
        What positions are counted in: wgs84, cgcs2000, gcj02, bd09 or an EPSG code; by default what a file states.
    hamlets
        The hamlets known: they tell the village of a household that only names its hamlet.

    Raises
    ------
    InputRefused
        A file or its columns cannot be used, or none of the rows can.
    """
    tables = _read_back(read_all([sources] if isinstance(sources, str) else sources))
    several = len(tables) > 1
    stated = _frame(frame)
    lists, aside = _lists(tables, columns, villages, several)
    anew = _settle_ids(lists)
    for listed in lists:
        listed.lonlat = find_positions(listed.rows, stated, optional=True, villages=villages)
        listed.village_of = _villages(listed, villages, snap, hamlets, several)
    if not any(listed.village_of for listed in lists):
        raise _all_refused(lists)
    ids = Ids([listed.rows for listed in lists], anew)
    entries = [entry for listed in lists for entry in _entries(listed, ids)]
    households = tuple(entry.household for entry in entries)
    doubles = near_duplicates(households)
    header, refused_rows = one_list(
        [listed.rows for listed in lists], [listed.village if several else None for listed in lists]
    )
    return HouseholdList(
        households=households,
        refused=refused_rows,
        header=header,
        columns=_columns(lists),
        notes=(
            *aside,
            *_added_up(chain.from_iterable(listed.rows.notes for listed in lists)),
            *_on_ids(households, doubles),
            *_doubts(lists, villages, stated),
        ),
        grid_of={entry.household.household_id: entry.grid for entry in entries if entry.grid},
        lead_of={entry.household.household_id: entry.lead for entry in entries if entry.lead},
        made_ids=frozenset(entry.household.household_id for entry in entries if entry.made),
        near_duplicates=doubles,
        tables=tuple(_understood(listed, stated) for listed in lists),
    )


def write_refused(path: Path, households: HouseholdList, lang: Lang) -> None:
    """Write the refused rows as CSV, to be mended and imported again, with row, column, value, reason and remedy."""
    write_refusals(path, households.header, households.refused, lang, several=len(households.tables) > 1)


# ---- tables


def _frame(name: str | None) -> str | None:
    if name is None:
        return None
    if (frame := frame_named(name)) is None:
        raise InputRefused("read.frame", frame=name)
    return frame


def _read_back(tables: Sequence[Table]) -> list[Table]:
    """Return the tables, of a workbook that gridplan wrote only its households, which a note says."""
    sheets_of: dict[Path, list[str | None]] = defaultdict(list)
    for table in tables:
        sheets_of[table.source.path].append(table.sheet)
    wanted = {path: sheet_to_read_back(sheets) for path, sheets in sheets_of.items()}
    kept = []
    for table in tables:
        sheet = wanted[table.source.path]
        if sheet is None:
            kept.append(table)
        elif sheet == table.sheet:
            note = Message("read.note.read_back", {"file": table.source.name, "sheet": sheet})
            kept.append(replace(table, notes=(*table.notes, note)))
    return kept


def _lists(
    tables: Sequence[Table], columns: Mapping[str, str], villages: Sequence[Village], several: bool
) -> tuple[list[_List], list[Message]]:
    """Return the tables as rows of households, and a note for each that is no list and was left aside."""
    lists: list[_List] = []
    aside: list[Message] = []
    first: InputRefused | None = None
    seen: set[object] = set()
    _check_named(tables, columns)
    for table, called in zip(tables, villages_of_tables(tables), strict=True):
        try:
            rows = _rows(table, columns, seen, called if several else None)
        except InputRefused as refusal:
            if not several or refusal.message.code not in NO_LIST:
                raise
            first = first or refusal
            aside.append(Message("read.note.no_list", {"why": refusal.message, "sheet": table.sheet or ""}))
            continue
        lists.append(_List(rows, village_of_table(rows, called, villages, several=several)))
    if not lists and first is not None:
        raise first
    return lists, aside


def _check_named(tables: Sequence[Table], columns: Mapping[str, str]) -> None:
    """Raise InputRefused if a header that the user named is in none of several tables."""
    headers = [text for table in tables for text in table.header]
    known = {*headers, *map(folded, headers)}
    for field_, header in columns.items():
        if len(tables) > 1 and not known & {header, folded(header)}:
            names = headers_shown(list(dict.fromkeys(headers)))
            raise InputRefused("read.no_header", file=tables[0].source.name, field=field_, header=header, names=names)


def _rows(table: Table, columns: Mapping[str, str], seen: set[object], called: str | None) -> Rows:
    table = without_verdicts(table)
    headers = {*table.header, *map(folded, table.header)}
    wanted = {
        field: header
        for field, header in columns.items()
        if called is None or not headers.isdisjoint({header, folded(header)})
    }
    repeated = _repeated(table, seen, called)
    table, dropped = without_private(table, HOUSEHOLD_FIELDS, wanted)
    rows = Rows(table, fields_to_find(table, wanted), wanted)
    _refuse_unless_a_list(rows)
    rows.notes[:0] = [*table.notes, *dropped]
    _absorb_repeated(rows, repeated)
    refuse_overlong(rows)
    merge_persons(rows)
    _refuse_texts(rows)
    return rows


def _repeated(table: Table, seen: set[object], called: str | None) -> list[int]:
    """Return the rows that are equal in everything to one in `seen`, what is never stored included; add the others."""
    places = [None] * len(table.rows) if table.shapes is None else shapely.to_wkb(table.shapes)
    repeated = []
    for at, content in enumerate(zip(table.rows, places, strict=True)):
        key = (called, table.header, content) if called else content
        if key in seen:
            repeated.append(at)
        seen.add(key)
    return repeated


def _refuse_unless_a_list(rows: Rows) -> None:
    """Raise InputRefused unless the table says of a household where it is, or at least which it is."""
    if rows.table.shapes is None and rows.column_of.keys().isdisjoint(
        {"id", "name", "door", "village", "hamlet", *POSITION_FIELDS}
    ):
        names = headers_shown(rows.table.header)
        raise InputRefused("read.no_position", file=rows.name, field="lon", names=names)


def _absorb_repeated(rows: Rows, repeated: Sequence[int]) -> None:
    """Keep one of several rows that are equal in everything.

    Rows without id and name say nothing that tells households apart: flats of one house may well be equal, and stay.
    """
    ids, names = rows.cells("id"), rows.cells("name")
    twice = {at for at in repeated if ids[at].strip() or names[at].strip()}
    rows.absorbed |= twice
    if twice:
        rows.note("read.note.repeated", n=len(twice))
    if alike := len(repeated) - len(twice):
        rows.note("read.note.alike", n=alike)


def _refuse_texts(rows: Rows) -> None:
    for field_ in TEXTS:
        cells = rows.cells(field_)
        if not CONTROL.search("".join(cells)) and max(map(len, cells)) <= LONGEST_TEXT:
            continue
        for at in list(rows):
            try:
                check_text(field_, cells[at].strip() if field_ in TRIMMED else cells[at], prose=field_ in PROSE)
            except CellRefused as verdict:
                rows.refuse(at, verdict)


# ---- rows


def _settle_ids(lists: Sequence[_List]) -> Set[Rows]:
    """Refuse rows whose id is missing or not their own; return the tables whose ids start anew in every village."""
    rows = [listed.rows for listed in lists]
    anew = start_anew(rows, [listed.village for listed in lists])
    for own in rows:
        refuse_missing_ids(own)
    refuse_repeated_ids([own for own in rows if own not in anew])
    taken = listed_ids(rows)
    for listed in lists:
        listed.units = count_units(listed.rows, taken)
    return anew


def _villages(
    listed: _List, villages: Sequence[Village], snap: float, hamlets: Sequence[Hamlet], several: bool
) -> Mapping[int, str]:
    if listed.village is None:
        return find_villages(listed.rows, listed.lonlat, villages, snap, hamlets)
    code = "read.note.called_after" if several else "read.note.one_village"
    listed.rows.note(code, village=listed.village)
    refuse_lost(listed.rows, listed.lonlat, several=several)
    return dict.fromkeys(listed.rows, listed.village)


def _all_refused(lists: Sequence[_List]) -> InputRefused:
    rows = next((listed.rows for listed in lists if listed.rows.refusals), lists[0].rows)
    first = min(rows.refusals)
    return InputRefused(
        "read.all_refused",
        file=rows.name,
        n=sum(len(listed.rows.refusals) for listed in lists),
        row=rows.number(first),
        reason=rows.refusals[first].reason,
        names=headers_shown(rows.table.header),
    )


def _entries(listed: _List, ids: Ids) -> Iterator[_Entry]:
    """Yield the households of a table in its order."""
    rows, id_of = listed.rows, ids.of(listed.rows, listed.village_of)
    made = "id" not in rows.column_of
    name, phone, address, door, hamlet, grid, lead = (
        rows.cells(field) for field in ("name", "phone", "address", "door", "hamlet", "grid", "lead")
    )
    degrees = listed.lonlat.tolist()
    for at, village in listed.village_of.items():
        lon, lat = degrees[at]
        placed = not math.isnan(lon)
        household = Household(
            household_id=id_of[at],
            village=village,
            lon=lon if placed else math.nan,
            lat=lat if placed else math.nan,
            name=_filled(name[at]),
            phone=_filled(phone[at]),
            address=_filled(address[at]),
            door=_filled(door[at]),
            hamlet=_filled(hamlet[at].strip()),
            position="exact" if placed else "hamlet",
        )
        units = [household] if listed.units is None else units_of(household, listed.units[at])
        for unit in units:
            yield _Entry(unit, grid[at].strip(), lead[at].strip(), made)


def _filled(cell: str) -> str | None:
    return cell if cell and not cell.isspace() else None


# ---- what there is to say


def _understood(listed: _List, stated: str | None) -> ReadTable:
    units = listed.units or {}
    households: Counter[str] = Counter()
    for at, village in listed.village_of.items():
        households[village] += units.get(at, 1)
    placed = not np.isnan(listed.lonlat[list(listed.village_of), 0]).all()
    return ReadTable(
        name=listed.rows.name,
        encoding=listed.rows.table.encoding,
        columns=_columns([listed]),
        frame=_read_in(listed, stated) if placed else None,
        called_after=listed.village,
        households=households,
        notes=tuple(listed.rows.notes),
    )


def _read_in(listed: _List, stated: str | None) -> str:
    """Return the frame that the positions of a table were read in."""
    return stated or listed.rows.table.source.frame or listed.rows.table.frame or WGS84


def _columns(lists: Sequence[_List]) -> dict[str, str]:
    found: dict[str, str] = {}
    for listed in lists:
        for name in listed.rows.column_of:
            found.setdefault(name, listed.rows.header_of(name))
    return {name: found[name] for name in HOUSEHOLD_FIELDS if name in found}


def _added_up(notes: Iterator[Message]) -> list[Message]:
    """Return notes once each: those of one code that count the same thing in several tables become one."""
    counted: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, object]] = {}
    for note in notes:
        same = tuple((name, repr(value)) for name, value in note.values.items() if not _is_count(value))
        so_far = counted.setdefault((note.code, same), {})
        for name, value in note.values.items():
            before = so_far.get(name)
            so_far[name] = value + before if isinstance(value, int) and isinstance(before, int) else value
    return [Message(code, values) for (code, _), values in counted.items()]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _on_ids(households: Sequence[Household], doubles: Sequence[tuple[str, str]]) -> Iterator[Message]:
    pairs_of = {
        "read.note.similar_ids": similar_ids([household.household_id for household in households]),
        "read.note.near_duplicates": doubles,
    }
    for code, pairs in pairs_of.items():
        if pairs:
            named = "; ".join(" = ".join(pair) for pair in pairs[:NAMED]) + (" …" if len(pairs) > NAMED else "")
            yield Message(code, {"n": len(pairs), "pairs": named})


def _doubts(lists: Sequence[_List], villages: Sequence[Village], frame: str | None) -> Iterator[Message]:
    """Yield what speaks against the frames that the positions were read in."""
    boundaries = {village.name: village.boundary for village in villages if village.boundary is not None}
    by_frame: dict[str, list[_List]] = {}
    for listed in lists:
        by_frame.setdefault(_read_in(listed, frame), []).append(listed)
    for read_in, of_frame in by_frame.items():
        lonlat, named, numbers = [], [], []
        for listed in of_frame:
            at = list(listed.village_of)
            cells = listed.rows.cells("village")
            lonlat.append(listed.lonlat[at])
            named += [listed.village_of[row] if listed.village or cells[row].strip() else None for row in at]
            prefix = f"{listed.rows.name}:" if len(lists) > 1 else ""
            numbers += [prefix + listed.rows.number(row) for row in at]
        yield from suspicions(np.concatenate(lonlat), named, boundaries, read_in, numbers)
