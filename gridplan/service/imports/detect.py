"""What a file is, by its columns, its shapes and what it is called: households, members, villages, roads, a plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, get_args

import numpy as np
import shapely

from gridplan.exchange.lists.positions.polygon_cells import polygons_in_cells
from gridplan.exchange.lists.positions.shape_positions import HOUSE_M2, usual_area
from gridplan.exchange.tables.columns import HAMLET_FIELDS, HOUSEHOLD_FIELDS, MEMBER_FIELDS, VILLAGE_FIELDS, folded
from gridplan.exchange.tables.source import Table
from gridplan.words import Message, series

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
    "buildings": re.compile(r"building|footprint|house|建筑|房屋|房子", re.IGNORECASE),
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
BUILDING_COLUMNS: Final = {"building", "buildings", "buildingtype", "建筑物", "建筑类型", "房屋类型"}
OF_BUILDINGS: Final = BUILDING_COLUMNS | {"aream2", "areainmeters", "footprint", "levels", "floors", "建筑面积", "层数"}
PLACE_COLUMNS: Final = {"place", "placetype", "settlement", "settlementtype", "地名类型", "地名类别"}
PLACE: Final = re.compile(
    r"(isolated.dwelling|hamlet|suburb|village|town|city|neighbou?rhood|quarter|locality|settlement|populated.place"
    r"|自然村|村庄|村落|村|屯|居民点|集镇|村民小组|小组|地名)s?",
    re.IGNORECASE,
)
PLACES: Final = re.compile("places?|settlement|localit|居民点|地名|自然村", re.IGNORECASE)
ADDRESS_COLUMNS: Final = frozenset[str]().union(
    {"addrstreet", "addrhousenumber", "addrfull", "addrplace", "streetname", "streetnumber", "housenumber", "标准地址"},
    *HOUSEHOLD_FIELDS["address"],
    *HOUSEHOLD_FIELDS["door"],
)
LANDUSE: Final = re.compile("landuse|residential|farm|forest|meadow|耕地|林地|园地|草地|用地|地类", re.IGNORECASE)
MEMBER_KIND: Final = re.compile(
    "党|干部|书记|主任|委员|志愿|网格|组长|代表|文书|会计|支部|联户"
    "|party|cadre|volunteer|member|secretary|lead|clerk|official|deput",
    re.IGNORECASE,
)
ROWS_READ: Final = 1_000
"""Rows and shapes that are looked at, spread evenly."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a table is: its kind, what that was seen from where it is not plain, and what else it may be.

    Where it `may_be` several things the planner is asked, and it is left out until then.
    """

    kind: FileKind
    why: Message | None = None
    may_be: tuple[FileKind, ...] = ()


def recognise(table: Table) -> Recognised:
    """Return what the rows of a table are; `aside` where nothing speaks for any kind, or the planner has to say."""
    match _dimension(table):
        case 2:
            return _recognise_areas(table)
        case 1:
            return Recognised(_drawn_as(table, 1) or "roads")
        case 0:
            return _recognise_points(table)
    return _recognise_rows(table)


def _recognise_areas(table: Table) -> Recognised:
    kinds = _words(table, KIND_COLUMNS)
    if of_rows := _drawn_as(table, 2, called=False):
        return Recognised(of_rows)
    if 2 * sum(LANDUSE.search(word) is not None for word in kinds) > len(kinds):
        return Recognised("aside", Message("imports.why.land"))
    n, size = len(table.rows), np.inf if table.shapes is None else usual_area(table.shapes)
    if size < HOUSE_M2:
        return Recognised("buildings", Message("imports.why.small_areas", {"n": n, "size": f"{size:.0f}"}))
    if _filled(table, frozenset[str]().union(*VILLAGE_FIELDS["village"])) >= 0.5:
        return Recognised("villages")
    if drawn := _drawn_as(table, 2):
        return Recognised(drawn)
    return Recognised("aside", Message("imports.why.areas", {"n": n}), ("villages", "buildings", "aside"))


def _recognise_points(table: Table) -> Recognised:
    _, is_sure = _of_rows(table)
    if not is_sure:
        drawn = _drawn_as(table, 0, called=False) or (None if _says_places(table) else _drawn_as(table, 0))
        if drawn:
            return Recognised(drawn)
    seen = _recognise_rows(table)
    if seen.kind == "aside" and not seen.may_be:
        n = len(table.rows)
        return Recognised("aside", Message("imports.why.points", {"n": n}), ("households", "hamlets", "aside"))
    return seen


def _recognise_rows(table: Table) -> Recognised:
    kind, is_sure = _of_rows(table)
    headers = {folded(text) for text in table.header}
    if not _is_placed(table, headers) or (is_sure and (kind != "households" or _says_homes(headers))):
        return Recognised(kind)
    n = len(table.rows)
    if _says_places(table):
        return Recognised("hamlets", Message("imports.why.places", {"n": n}))
    homes = [*HOUSEHOLD_FIELDS["village"], *HOUSEHOLD_FIELDS["hamlet"]]
    if not _filled(table, frozenset[str]().union(*homes)) and not _filled(table, BUILDING_COLUMNS):
        if _filled(table, ADDRESS_COLUMNS) and not _says_who(table):
            return Recognised("aside", Message("imports.why.addresses", {"n": n}), ("households", "aside"))
        if kind == "households" and _words(table, KIND_COLUMNS):
            return Recognised("aside", Message("imports.why.points", {"n": n}), ("households", "hamlets", "aside"))
    return Recognised(kind, _of_buildings(table) if kind == "households" else None)


def _says_homes(headers: Set[str]) -> bool:
    """Return whether columns are those of households alone, and not of houses or addresses."""
    alone = any(_any(headers, HOUSEHOLD_FIELDS[field]) for field in ONLY_HOUSEHOLDS_HAVE if field != "door")
    return alone or any(_any(headers, HOUSEHOLD_FIELDS[field][:1]) for field in ("id", "name"))


def _of_buildings(table: Table) -> Message | None:
    """Return what is to say of rows that stand for buildings rather than households."""
    named = [text.strip() for text in table.header if folded(text) in OF_BUILDINGS]
    if not named:
        return None
    return Message("imports.why.building_rows", {"n": len(table.rows), "columns": series(named)})


def _says_who(table: Table) -> bool:
    """Return whether most rows name somebody."""
    return _filled(table, frozenset[str]().union(*HOUSEHOLD_FIELDS["name"])) >= 0.5


def _says_places(table: Table) -> bool:
    """Return whether rows say that they are places where people live, or the file says so of rows with a name."""
    kinds = _words(table, KIND_COLUMNS | PLACE_COLUMNS)
    if kinds:
        return 2 * sum(PLACE.fullmatch(word) is not None for word in kinds) > len(kinds)
    called = PLACES.search(_called(table)) is not None
    names = frozenset[str]().union(*HAMLET_FIELDS["hamlet"])
    return called and _filled(table, names) >= 0.5 and not _filled(table, ADDRESS_COLUMNS)


def _words(table: Table, headers: Set[str]) -> list[str]:
    """Return what stands in columns, without blanks."""
    return [word for row in _some_cells(table, headers) for word in row if word]


def _filled(table: Table, headers: Set[str]) -> float:
    """Return the share of rows with something in one of the columns."""
    rows = [any(row) for row in _some_cells(table, headers)]
    return sum(rows) / len(rows) if rows else 0.0


def _some_cells(table: Table, headers: Set[str]) -> Iterator[tuple[str, ...]]:
    """Yield of some rows the cells of columns, trimmed."""
    wanted = [at for at, text in enumerate(table.header) if folded(text) in headers]
    for row in islice(table.rows, 0, None, max(1, len(table.rows) // ROWS_READ)):
        yield tuple(row[at].strip() for at in wanted if at < len(row))


def _dimension(table: Table) -> int | None:
    """Return 0, 1 or 2 for a table of points, lines or areas; None for one without shapes."""
    if table.shapes is None:
        return None
    dimensions = shapely.get_dimensions(table.shapes[~shapely.is_missing(table.shapes)])
    usual = np.bincount(dimensions[dimensions >= 0], minlength=1)
    return min(int(usual.argmax()), 2) if usual.sum() else None


def _of_rows(table: Table) -> tuple[FileKind, bool]:
    """Return what rows are by their columns, and whether that is sure: columns that no other kind of list has."""
    headers = {folded(text) for text in table.header}
    name = _called(table)
    members = 3 * sum(_any(headers, MEMBER_FIELDS[field]) for field in ONLY_MEMBERS_HAVE[1:])
    members += 2 * _says_kind(table, headers) + 3 * _any(headers, MEMBER_FIELDS["member_id"][:1])
    members += 2 * bool(NAME_PATTERNS["members"].search(name))
    members *= _any(headers, MEMBER_FIELDS["name"])
    homes = 2 * sum(_any(headers, HOUSEHOLD_FIELDS[field]) for field in ONLY_HOUSEHOLDS_HAVE)
    homes += 3 * sum(_any(headers, HOUSEHOLD_FIELDS[field][:1]) for field in ("id", "name"))
    homes += bool(NAME_PATTERNS["households"].search(name))
    if max(members, homes) >= 2:
        return ("members" if members > homes else "households"), True
    placed = _is_placed(table, headers)
    village = _any(headers, HOUSEHOLD_FIELDS["village"])
    if _holds_polygons(table):
        return "villages", True
    person = _any(headers, MEMBER_FIELDS["name"][:-1]) or _any(headers, HOUSEHOLD_FIELDS["name"][:-1])
    hamlet = _any(headers, HOUSEHOLD_FIELDS["hamlet"]) or bool(NAME_PATTERNS["hamlets"].search(name))
    speaks = placed and hamlet and (not person or NAME_PATTERNS["hamlets"].search(name))
    if speaks and (village or (not homes and _are_named_once(table))):
        return "hamlets", True
    if village and not placed and not person and not hamlet:
        return "villages", True
    known = person or any(
        _any(headers, HOUSEHOLD_FIELDS[field]) for field in ("id", "door", "village", "hamlet", "lon")
    )
    return ("households" if known else "aside"), False


def _are_named_once(table: Table) -> bool:
    """Return whether each row names a hamlet of its own, as places do; of households there are several in one."""
    hamlets = [row for row in _some_cells(table, frozenset[str]().union(*HAMLET_FIELDS["hamlet"])) if any(row)]
    return bool(hamlets) and len({*hamlets}) == len(hamlets)


def _holds_polygons(table: Table) -> bool:
    """Return whether a column without shapes holds polygons in its cells."""
    headers = frozenset[str]().union(*VILLAGE_FIELDS["polygon"])
    columns = zip(table.header, table.rows.columns, strict=True)
    sought = [(text, cells[:ROWS_READ]) for text, cells in columns if table.shapes is None and folded(text) in headers]
    return any(polygons_in_cells(text, cells)[0].any() for text, cells in sought)


def _is_placed(table: Table, headers: Set[str]) -> bool:
    """Return whether rows have shapes, or columns with the position of a point."""
    points = headers - VILLAGE_FIELDS["polygon"][0]
    return table.shapes is not None or any(_any(points, HAMLET_FIELDS[field]) for field in POSITION_FIELDS)


def _says_kind(table: Table, headers: Set[str]) -> bool:
    """Return whether a column says which kind of member somebody is; one of types has to have such words in it."""
    plain, types, *others = MEMBER_FIELDS["kind"]
    return _any(headers, (plain, *others)) or any(map(MEMBER_KIND.search, _words(table, types)))


def _called(table: Table) -> str:
    """Return what a table is called: its layer or sheet, where that is one of several, else its file and that."""
    return table.source.layer or f"{table.source.name} {table.sheet or ''}"


def _any(headers: Set[str], groups: Sequence[frozenset[str]]) -> bool:
    return any(not headers.isdisjoint(group) for group in groups)


def _drawn_as(table: Table, dimension: int, *, called: bool = True) -> FileKind | None:
    """Return what shapes are by what the file is called, else by what its columns say of them."""
    kinds = KINDS_OF_DIMENSION[dimension]
    if called:
        name = _called(table)
        if found := next((kind for kind in kinds if FEATURE_PATTERNS[kind].search(name)), None):
            return found
    headers = {folded(text) for text in table.header}
    if "roads" in kinds and not ROAD_COLUMNS.isdisjoint(headers):
        return "roads"
    words = " ".join(_words(table, KIND_COLUMNS))
    if found := next((kind for kind in kinds if FEATURE_PATTERNS[kind].search(words)), None):
        return found
    return "buildings" if dimension == 2 and _filled(table, BUILDING_COLUMNS) >= 0.5 else None
