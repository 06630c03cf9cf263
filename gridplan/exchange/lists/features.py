"""Layers of barriers and crossings into shapes: rivers, railways and expressways, and where one can get over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.errors import InputRefused
from gridplan.exchange.tables.read import read_table
from gridplan.exchange.tables.shape_parts import of_dimension
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

NOT_SO: Final = frozenset({"", "no", "n", "false", "f", "0", "none", "null", "否", "无"})
"""What a column `bridge` or `tunnel` says of a way that is neither; anything else says it is."""

DIMENSIONS: Final[Mapping[str, tuple[int, ...]]] = {
    "barrier": (1, 2),
    "crossing": (0, 1, 2),
    "road": (1,),
    "water": (1, 2),
    "building": (2,),
}
"""How many dimensions the shapes of a kind may have: points 0, lines 1, areas 2."""

OF_LAND: Final = frozenset({"kind", "fclass", "landuse", "natural", "类型", "种类", "类别", "地类", "地类名称"})
"""Columns that say what kind of land an area is."""
WATER: Final = re.compile(
    r"water|lake|pond|reservoir|river|stream|canal|basin|wetland|dam|水|湖|塘|河|江|溪|渠|库", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ShapeList:
    """The shapes of a layer in WGS-84 degrees, in its order, and what there is to say about it."""

    shapes: tuple[BaseGeometry, ...]
    notes: tuple[Message, ...]


def read_barriers(source: str | Source) -> ShapeList:
    """Return the lines and areas of FILE, FILE#layer or FILE#layer@FRAME that cannot be walked over.

    What a column `tunnel` says is in a tunnel can be, and is left out with a note, as is what is neither line nor area.

    Raises
    ------
    InputRefused
        The file cannot be used, or there is no line or area in it.
    """
    table = read_table(source)
    shapes, notes = _usable(table, "barrier")
    covered = _says(table, "tunnel")
    if n := int((covered & ~shapely.is_missing(shapes)).sum()):
        notes.append(Message("barrier.note.tunnels", {"file": table.source.name, "n": n}))
    return _listed(table, shapes[~covered & ~shapely.is_missing(shapes)], notes, "barrier.no_barriers")


def read_crossings(source: str | Source) -> ShapeList:
    """Return the shapes of FILE, FILE#layer or FILE#layer@FRAME at which barriers can be crossed.

    Where the layer has a column `bridge` or `tunnel`, as one of roads has, only what is a bridge or a tunnel counts.

    Raises
    ------
    InputRefused
        The file cannot be used, or there is no crossing in it.
    """
    table = read_table(source)
    shapes, notes = _usable(table, "crossing")
    kept = ~shapely.is_missing(shapes)
    if {"bridge", "tunnel"} & {header.strip().lower() for header in table.header}:
        kept &= _says(table, "bridge") | _says(table, "tunnel")
        values = {"file": table.source.name, "n": int(kept.sum()), "of": len(kept)}
        notes.append(Message("barrier.note.bridges", values))
    return _listed(table, shapes[kept], notes, "barrier.no_crossings")


def read_shapes(source: str | Source, *, kind: str) -> ShapeList:
    """Return the shapes of FILE, FILE#layer or FILE#layer@FRAME that a kind of feature may have: roads are lines.

    Raises
    ------
    InputRefused
        The file cannot be used, or there is no such shape in it.
    """
    table = read_table(source)
    shapes, notes = _usable(table, kind)
    return _listed(table, shapes[~shapely.is_missing(shapes)], notes, "barrier.no_features")


def read_water(source: str | Source) -> ShapeList:
    """Return the water of FILE, FILE#layer or FILE#layer@FRAME.

    Where a column tells water from other kinds of land, what it says to be another kind is left out with a note.

    Raises
    ------
    InputRefused
        The file cannot be used, or there is no such shape in it.
    """
    table = read_table(source)
    shapes, notes = _usable(table, "water")
    columns = [at for at, name in enumerate(table.header) if name.strip().lower() in OF_LAND]
    kinds = [" ".join(row[at] for at in columns).strip() for row in table.rows]
    if any(map(WATER.search, kinds)):
        dry = np.array([bool(kind) and WATER.search(kind) is None for kind in kinds])
        if n := int((dry & ~shapely.is_missing(shapes)).sum()):
            notes.append(Message("barrier.note.dry", {"file": table.source.name, "n": n}))
        shapes[dry] = None
    return _listed(table, shapes[~shapely.is_missing(shapes)], notes, "barrier.no_features")


READERS: Final[Mapping[str, Callable[[str | Source], ShapeList]]] = {
    "barrier": read_barriers,
    "crossing": read_crossings,
    **{kind: partial(read_shapes, kind=kind) for kind in ("road", "building")},
    "water": read_water,
}
"""What reads a file of each kind."""


def are_usable(shapes: Sequence[BaseGeometry | None] | NDArray[np.object_], kind: str) -> NDArray[np.bool_]:
    """Return which shapes may be of a kind: sound, on the earth, and of its dimensions."""
    found = np.array(shapes, object)
    west, south, east, north = shapely.bounds(found).T
    on_earth = (west >= LON_RANGE[0]) & (east <= LON_RANGE[1]) & (south >= LAT_RANGE[0]) & (north <= LAT_RANGE[1])
    usable: NDArray[np.bool_] = np.isin(shapely.get_dimensions(found), DIMENSIONS[kind]) & on_earth
    return usable & shapely.is_valid(found)


def shape_keys(shapes: Iterable[BaseGeometry]) -> list[bytes]:
    """Return of every shape what it has in common with the same, to a centimetre and whichever way round it is."""
    rounded = shapely.transform(np.array([*shapes], object), lambda lonlat: lonlat.round(7))
    return list(shapely.to_wkb(shapely.normalize(rounded)))


def not_known(shapes: Sequence[BaseGeometry], known: Collection[bytes]) -> tuple[BaseGeometry, ...]:
    """Return the shapes whose keys are not known, each once."""
    return tuple({key: one for key, one in zip(shape_keys(shapes), shapes, strict=True) if key not in known}.values())


def _usable(table: Table, kind: str) -> tuple[NDArray[np.object_], list[Message]]:
    """Return the shapes that may be of a kind, None for others, and a note if there are any."""
    if table.shapes is None:
        raise InputRefused("barrier.no_shapes", file=table.source.name)
    least = min(DIMENSIONS[kind])
    shapes = np.array([shape and of_dimension(shape, least) for shape in table.shapes], object)
    usable = are_usable(shapes, kind)
    rows = [str(table.numbers[at]) for at in np.flatnonzero(~usable).tolist()]
    values = {"file": table.source.name, "n": len(rows), "rows": ", ".join(rows[:10])}
    shapes[~usable] = None
    return shapes, [Message("barrier.note.unusable", values)] if rows else []


def _says(table: Table, header: str) -> NDArray[np.bool_]:
    """Return which rows have something in a column that does not say no."""
    columns = [at for at, name in enumerate(table.header) if name.strip().lower() == header]
    positive = [any(row[at].strip().lower() not in NOT_SO for at in columns) for row in table.rows]
    return np.array(positive, np.bool_)


def _listed(table: Table, shapes: NDArray[np.object_], notes: list[Message], none: str) -> ShapeList:
    if not len(shapes):
        raise InputRefused(none, file=table.source.name)
    return ShapeList(tuple(shapes.tolist()), (*table.notes, *notes))
