"""What a file is, by its columns, its shapes and what it is called: households, members, villages, roads, a plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, get_args

import numpy as np
import shapely

from gridplan.exchange.tables.columns import HAMLET_FIELDS, HOUSEHOLD_FIELDS, MEMBER_FIELDS, VILLAGE_FIELDS, folded
from gridplan.exchange.tables.source import Table

FileKind = Literal[
    "households",
    "members",
    "villages",
    "hamlets",
    "roads",
    "barriers",
    "crossings",
    "water",
    "buildings",
    "plan",
    "aside",
]
FILE_KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)
LAYERS_OF_PLAN: Final = {"households", "grids", "villages"}

ONLY_HOUSEHOLDS_HAVE: Final = ("relation", "door", "grid", "lead")
"""Fields that only lists of households have; the first groups of id and name speak for them too."""
ONLY_MEMBERS_HAVE: Final = ("kind", "max_grids", "available", "excused_until")
POSITION_FIELDS: Final = ("lon", "lat", "lonlat", "x", "y", "lon_d", "lat_d")
NAME_PATTERNS: Final[dict[FileKind, re.Pattern[str]]] = {
    "members": re.compile("党员|干部|成员名|成员表|联户人|志愿者|members?|cadres?|volunteers?", re.IGNORECASE),
    "households": re.compile("户|花名册|台账|村民|households?|residents?|roster", re.IGNORECASE),
    "hamlets": re.compile("小组|自然村|hamlets?", re.IGNORECASE),
    "villages": re.compile("村界|行政区|边界|villages?|boundar", re.IGNORECASE),
}
FEATURE_PATTERNS: Final[dict[FileKind, re.Pattern[str]]] = {
    "crossings": re.compile(r"cross|bridge|ford|ferry|tunnel|桥|渡口|涵洞|隧道", re.IGNORECASE),
    "barriers": re.compile(
        r"barrier|river|stream|canal|rail|motorway|expressway|障碍|河|江|溪|渠|铁路|高速", re.IGNORECASE
    ),
    "water": re.compile(r"water|lake|pond|reservoir|水系|水域|湖|水库|塘", re.IGNORECASE),
    "buildings": re.compile(r"building|house|建筑|房屋|房子", re.IGNORECASE),
    "roads": re.compile(r"road|street|highway|path|track|道路|公路|街|路网|路", re.IGNORECASE),
}
"""What the file, or a column that says what kind of thing a shape is, may say of shapes."""
KINDS_OF_DIMENSION: Final[dict[int, tuple[FileKind, ...]]] = {
    0: ("crossings",),
    1: ("crossings", "barriers", "roads"),
    2: ("barriers", "water", "buildings"),
}
KIND_COLUMNS: Final = {"kind", "type", "fclass", "class", "highway", "waterway", "railway", "类型", "种类", "类别"}
ROAD_COLUMNS: Final = {"highway", "bridge", "tunnel", "oneway", "maxspeed", "surface", "道路", "路名"}
ROWS_READ: Final = 50


def detect_kind(table: Table) -> FileKind:
    """Return what the rows of a table are; `aside` where nothing speaks for any of the kinds."""
    dimension = _dimension(table)
    if dimension is None:
        return _of_rows(table)
    has_village = _any({folded(text) for text in table.header}, VILLAGE_FIELDS["village"])
    if dimension == 2 and has_village and not _drawn_as(table, 2, called=False):
        return "villages"
    of_rows = _of_rows(table) if dimension == 0 else "aside"
    if of_rows in {"households", "members", "hamlets"}:
        return of_rows
    if drawn := _drawn_as(table, dimension):
        return drawn
    kinds: dict[int, FileKind] = {0: "households", 1: "roads", 2: "villages"}
    return kinds[dimension]


def _dimension(table: Table) -> int | None:
    """Return 0, 1 or 2 for a table of points, lines or areas; None for one without shapes."""
    if table.shapes is None:
        return None
    dimensions = shapely.get_dimensions(table.shapes[~shapely.is_missing(table.shapes)])
    usual = np.bincount(dimensions[dimensions >= 0], minlength=1)
    return min(int(usual.argmax()), 2) if usual.sum() else None


def _of_rows(table: Table) -> FileKind:
    headers = {folded(text) for text in table.header}
    name = f"{table.source.name} {table.sheet or ''}"
    members = 3 * sum(_any(headers, MEMBER_FIELDS[field]) for field in ONLY_MEMBERS_HAVE[1:])
    members += 2 * _any(headers, MEMBER_FIELDS["kind"]) + 3 * _any(headers, MEMBER_FIELDS["member_id"][:1])
    members += 2 * bool(NAME_PATTERNS["members"].search(name))
    members *= _any(headers, MEMBER_FIELDS["name"])
    homes = 2 * sum(_any(headers, HOUSEHOLD_FIELDS[field]) for field in ONLY_HOUSEHOLDS_HAVE)
    homes += 3 * sum(_any(headers, HOUSEHOLD_FIELDS[field][:1]) for field in ("id", "name"))
    homes += bool(NAME_PATTERNS["households"].search(name))
    if max(members, homes) >= 2:
        return "members" if members > homes else "households"
    points = headers.difference(*VILLAGE_FIELDS["polygon"])
    placed = any(_any(points, HAMLET_FIELDS[field]) for field in POSITION_FIELDS) or table.shapes is not None
    village = _any(headers, HOUSEHOLD_FIELDS["village"])
    person = _any(headers, MEMBER_FIELDS["name"]) or _any(headers, HOUSEHOLD_FIELDS["name"])
    hamlet = _any(headers, HOUSEHOLD_FIELDS["hamlet"]) or bool(NAME_PATTERNS["hamlets"].search(name))
    if village and placed and hamlet and (not person or NAME_PATTERNS["hamlets"].search(name)):
        return "hamlets"
    if village and not placed and not person and not hamlet:
        return "villages"
    known = any(_any(headers, HOUSEHOLD_FIELDS[field]) for field in ("id", "name", "door", "village", "hamlet", "lon"))
    return "households" if known else "aside"


def _any(headers: set[str], groups: Sequence[frozenset[str]]) -> bool:
    return any(not headers.isdisjoint(group) for group in groups)


def _drawn_as(table: Table, dimension: int, *, called: bool = True) -> FileKind | None:
    """Return what shapes are by what the file is called, else by what its columns say of them."""
    kinds = KINDS_OF_DIMENSION[dimension]
    if called:
        name = f"{table.source.name} {table.sheet or ''}"
        if found := next((kind for kind in kinds if FEATURE_PATTERNS[kind].search(name)), None):
            return found
    headers = [folded(text) for text in table.header]
    if "roads" in kinds and not ROAD_COLUMNS.isdisjoint(headers):
        return "roads"
    kind_columns = [at for at, text in enumerate(headers) if text in KIND_COLUMNS]
    words = " ".join(row[at] for row in table.rows[:ROWS_READ] for at in kind_columns)
    return next((kind for kind in kinds if FEATURE_PATTERNS[kind].search(words)), None)
