"""A file of villages into villages with boundaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LAT_RANGE, LON_RANGE, WGS84, overlapping, shapes_to_wgs84
from gridplan.errors import InputRefused
from gridplan.exchange.lists.positions.polygon_cells import polygons_in_cells
from gridplan.exchange.lists.rows.folders import folder_column
from gridplan.exchange.lists.rows.rows import Rows
from gridplan.exchange.lists.village_names import ListedVillage, VillageNames
from gridplan.exchange.lists.village_outlines import close_lines, named_by_folders, without_hamlets
from gridplan.exchange.tables.cells import VILLAGE, CellRefused, check_text, shown
from gridplan.exchange.tables.columns import VILLAGE_FIELDS, headers_shown
from gridplan.exchange.tables.columns import folded as folded_header
from gridplan.exchange.tables.read import read_table
from gridplan.exchange.tables.shape_parts import of_dimension
from gridplan.exchange.tables.source import Source, Unread
from gridplan.model import Village
from gridplan.names import folded
from gridplan.words import Message, series

EARTH = shapely.box(LON_RANGE[0], LAT_RANGE[0], LON_RANGE[1], LAT_RANGE[1])
NAMED: Final = 5
"""Names that a note shows."""
APART_DEGREES: Final = 0.05
"""Between the polygons of one village: those farther apart may be several villages of one name."""


@dataclass(frozen=True, slots=True)
class VillageList:
    """The villages of a file in its order, what there is to say about it, and its unused columns."""

    villages: tuple[Village, ...]
    notes: tuple[Message, ...]
    unused: tuple[str, ...] = ()


class _Polygons(NamedTuple):
    """The polygon of every row, None where it has none, and by index those that cannot be read."""

    shapes: Sequence[BaseGeometry | None]
    unread: Mapping[int, Unread]


def read_villages(source: str | Source, *, columns: Mapping[str, str] = MappingProxyType({})) -> VillageList:
    """Return the villages of FILE, FILE#layer or FILE#layer@FRAME, each with its boundary if that is usable.

    Features of one name make one village, unless towns or codes tell several apart. Features without a name are left
    out where others have one; where none has, the villages are numbered in file order. A village of which any polygon
    is broken is left without a boundary.

    Of a map with polygons the points and lines beside them are left out, and so are the outlines of hamlets; a closed
    line stands for the area in it. A table without geometries gives villages
    without boundaries, or with those in a column of polygons. `columns` are headers by field (village, town, code or
    village_code, phone, polygon) that win over what the headers suggest.

    Raises
    ------
    InputRefused
        The file or its columns cannot be used, or there is no village in it.
    """
    table = read_table(source)
    wanted = {"code" if field == "village_code" else field: header for field, header in columns.items()}
    rows = Rows(table, VILLAGE_FIELDS, {**wanted, **table.source.columns})
    called = _names(rows)
    name_of = named_by_folders(rows, called)
    unused = [at for at in rows.unused if name_of == called or at != folder_column(table.header)]
    close_lines(rows, name_of)
    name_of = without_hamlets(rows, name_of)
    polygons = _polygons(rows)
    for _, refusal in sorted(rows.refusals.items()):
        rows.note("read.note.village_left_out", row=str(refusal.row), why=refusal.reason)
    codes = rows.cells("code")
    towns = rows.cells("town")
    told = {at: ListedVillage(name, towns[at].strip(), codes[at].strip()) for at, name in name_of.items()}
    written = Counter(name_of.values())
    names = VillageNames(listed=sorted(dict.fromkeys(told.values()), key=lambda one: -written[one.name]))
    note_spellings(rows, _spelt(names, told.values()), written)
    features_of: dict[Village, list[int]] = {}
    for at, one in told.items():
        if len(meant := names.find(one)) == 1:
            features_of.setdefault(meant[0], []).append(at)
        else:
            values = {"name": shown(one.name), "row": rows.number(at), "choices": series(each.name for each in meant)}
            rows.note("read.note.village_unclear_row", **values)
    villages = []
    for village, features in _without_beside(rows, features_of).items():
        phone = next((phone for at in features if (phone := rows.cells("phone")[at].strip())), None)
        boundary = _boundary(rows, village.name, features, polygons)
        villages.append(replace(village, boundary=boundary, phone=phone))
    _note_apart(rows, features_of, polygons)
    if pairs := overlapping({one.name: one.boundary for one in villages if one.boundary is not None}):
        named = series((" / ".join(pair) for pair in pairs), NAMED)
        rows.note("read.note.villages_overlap", n=len(pairs), villages=named)
    return VillageList(tuple(villages), (*table.notes, *rows.notes), tuple(rows.column(at)[0] for at in unused))


def _spelt(names: VillageNames, told: Iterable[ListedVillage]) -> dict[str, str]:
    """Return by the words of a file what it calls villages that it writes in several ways."""
    return {one.name: meant[0].listed_name or meant[0].name for one in told if (meant := names.find(one))}


def note_spellings(rows: Rows, meant: Mapping[str, str], spellings: Counter[str]) -> None:
    """Say how many rows name villages in other words than those that they are `meant` by, and which."""
    others = {name: n for name, n in spellings.items() if name != meant[name] and folded(name) == folded(meant[name])}
    if others:
        names = series((f"{shown(name)} = {meant[name]}" for name in others), NAMED)
        rows.note("read.note.villages_spelt", n=sum(others.values()), names=names)


def _names(rows: Rows) -> dict[int, str]:
    """Return the village of every row that has one; numbers where no row has a name."""
    if "village" not in rows.column_of:
        count = len(rows.table.rows)
        width = len(str(count))
        rows.note("read.note.villages_numbered", n=count)
        return {at: f"{at + 1:0{width}d}" for at in rows}
    names = {}
    nameless = []
    for at in rows:
        name = rows.cells("village")[at].strip()
        try:
            check_text("village", name)
        except CellRefused as verdict:
            rows.note("read.note.village_name", row=rows.number(at), name=shown(name), reason=verdict.reason)
            continue
        if name:
            names[at] = name
        else:
            nameless.append(rows.number(at))
    if nameless:
        rows.note("read.note.villages_nameless", n=len(nameless), rows=shown(", ".join(nameless)))
    if not names:
        raise InputRefused("read.no_villages", file=rows.table.source.name, names=headers_shown(rows.table.header))
    return names


def _without_beside(rows: Rows, features_of: Mapping[Village, list[int]]) -> dict[Village, list[int]]:
    """Return the features of villages without the points and lines that stand on a map beside polygons, with a note.

    They are those of villages that have polygons, and any where only a column of names in general says what is one,
    save lines called like a village: one that is not closed leaves it without a boundary.
    """
    dimensions = shapely.get_dimensions(rows.table.shapes) if rows.table.shapes is not None else np.empty(0)
    if not (dimensions == 2).any():
        return dict(features_of)
    beside = {*np.flatnonzero((dimensions == 0) | (dimensions == 1)).tolist()}
    general = folded_header(rows.header_of("village")) in VILLAGE_FIELDS["village"][-1]
    kept = {}
    for village, features in features_of.items():
        drawn = [at for at in features if at not in beside]
        is_line = bool((dimensions[features] == 1).all()) and VILLAGE.fullmatch(village.name) is not None
        if drawn or not general or is_line:
            kept[village] = drawn or features
    left = sorted({at for of in features_of.values() for at in of}.difference(*kept.values()))
    if left:
        named = (f"{rows.number(at)} {shown(rows.cells('village')[at].strip())}".strip() for at in left)
        rows.note("read.note.beside_villages", n=len(left), rows=series(named, NAMED))
    return kept


def _polygons(rows: Rows) -> _Polygons | None:
    """Return the polygons of a table and those that cannot be read; None, with a note, for a table without any."""
    table = rows.table  # (with areas for its closed lines)
    shapes, unread = table.shapes, table.unread
    if "polygon" in rows.column_of and (shapes is None or "polygon" in rows.wanted):
        shapes, unread = polygons_in_cells(rows.header_of("polygon"), rows.cells("polygon"))
        shapes = shapes_to_wgs84(shapes, table.source.frame or WGS84)
    if not unread and (shapes is None or (shapely.get_dimensions(shapes) < 2).all()):
        rows.note("read.note.no_polygons")
        return None
    return _Polygons([shape and of_dimension(shape, 2) for shape in shapes] if shapes is not None else [], unread)


def _boundary(rows: Rows, name: str, features: Sequence[int], polygons: _Polygons | None) -> BaseGeometry | None:
    """Return the union of a village's polygons; None, with a note, if any of them is broken."""
    if polygons is None:
        return None
    for at in features:
        if at in polygons.unread:
            why = polygons.unread[at].reason
            rows.note("read.note.polygon_unread", row=rows.number(at), village=shown(name), why=why)
            return None
        if code := _broken(polygons.shapes[at]):
            rows.note(code, row=rows.number(at), village=shown(name))
            return None
    return shapely.union_all([polygons.shapes[at] for at in features])


def _note_apart(rows: Rows, features_of: Mapping[Village, Sequence[int]], polygons: _Polygons | None) -> None:
    """Say which villages have features far from each other, which may be several villages of one name."""
    if polygons is None:
        return
    apart = []
    for village, features in features_of.items():
        drawn = [shape for at in features if at not in polygons.unread and (shape := polygons.shapes[at]) is not None]
        if len(drawn) > 1:
            west, south, east, north = shapely.bounds(drawn).T
            reach = APART_DEGREES / 2
            around = shapely.box(west - reach, south - reach, east + reach, north + reach)
            if shapely.union_all(around).geom_type == "MultiPolygon":
                apart.append(shown(village.name))
    if apart:
        rows.note("read.note.village_apart", n=len(apart), villages=series(apart, NAMED))


def _broken(polygon: BaseGeometry | None) -> str | None:
    """Return the code of what keeps a shape from being a boundary, None if nothing does."""
    if polygon is None or polygon.is_empty:
        return "read.note.polygon_missing"
    if not polygon.is_valid:
        return "read.note.polygon_invalid"
    if polygon.geom_type not in {"Polygon", "MultiPolygon"}:
        return "read.note.polygon_other_shape"
    return None if EARTH.covers(polygon) else "read.note.polygon_off_earth"
