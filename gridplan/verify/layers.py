"""The layers of a plan.gpkg as plain rows: what is written there, nothing worked out from it but who is where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LAT_RANGE, LON_RANGE
from gridplan.errors import InputRefused

FILLED_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "households": ("household_id", "village"),
    "grids": ("grid_id", "village", "number", "size", "walk_m"),
    "villages": ("village", "households", "grids", "min_size", "max_size", "walk_m"),
    "exceptions": ("village", "households", "reason"),
    "members": ("member_id",),
    "assignments": ("grid_id", "member_id", "role"),
    "shortages": ("grid_id",),
    "party_groups": ("village", "number", "grids"),
    "barriers": ("kind",),
}
"""The columns of each layer in which every row has a value; the first is the layer's key, if it has one."""
NULLABLE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "households": ("hamlet", "name", "grid_id", "position", "geometry"),
    "grids": ("lead", "geometry"),
    "villages": ("lower_bound_m", "gap", "geometry"),
    "exceptions": ("hamlet", "household_id", "options"),
    "members": ("name", "village"),
    "assignments": (),
    "shortages": (),
    "party_groups": ("name", "head", "reason"),
    "barriers": ("geometry",),
}
"""The other columns; where one may not be empty, a check of its own says so."""
NUMBER_COLUMNS: Final = frozenset(
    {"number", "size", "walk_m", "connected", "households", "grids", "min_size", "max_size"}
    | {"lower_bound_m", "gap", "kept", "pieces", "group_number", "living"}
)
LAYERS_WITH_IDS: Final = ("households", "grids", "villages", "members")
OPTIONAL_LAYERS: Final = ("members", "assignments", "shortages", "party_groups", "barriers")
OPTIONAL_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "grids": ("connected", "pieces", "group_number", "living"),
    "villages": ("kept", "bounds_count", "living"),
    "exceptions": ("grid_id",),
}
"""Columns that are read where they are."""

Floats = NDArray[np.float64]
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Rows = list[dict[str, Any]]
Place = tuple[str, ...]
"""What an exception is about: ("village", village), or ("hamlet" or "grid" or "household", village, which)."""


@dataclass(frozen=True, slots=True)
class Home:
    """A row of layer households; lon and lat are nan where the row has no position on the earth."""

    household_id: str
    village: str
    hamlet: str | None
    grid_id: str | None
    position: str | None
    lon: float
    lat: float

    @property
    def places(self) -> tuple[Place, ...]:
        """What an exception may name to speak of this household, widest first."""
        hamlet: tuple[Place, ...] = () if self.hamlet is None else (("hamlet", self.village, self.hamlet),)
        grid: tuple[Place, ...] = () if self.grid_id is None else (("grid", self.village, self.grid_id),)
        return (("village", self.village), *hamlet, *grid, ("household", self.village, self.household_id))


@dataclass(frozen=True, slots=True)
class Grid:
    """A row of layer grids; numbers are nan where blank."""

    grid_id: str
    village: str
    number: float
    size: float
    walk_m: float
    listed_as_split: bool
    pieces: float
    """The pieces that the plan says the outline is in; 1 where it does not say."""
    outline: BaseGeometry | None
    group: float
    """The number of its party group; nan where it has none."""
    living: float
    """How many of its households live there; nan where it is not told."""


@dataclass(frozen=True, slots=True)
class PartyGroup:
    """A row of layer party_groups."""

    village: str
    number: float
    grids: float
    head: str | None
    is_listed: bool
    """Whether the plan says why it has too few or too many grids."""


@dataclass(frozen=True, slots=True)
class Village:
    """A row of layer villages; numbers are nan where blank."""

    name: str
    households: float
    grids: float
    least: float
    most: float
    walk_m: float
    lower_bound_m: float
    gap: float
    boundary: BaseGeometry | None
    kept: bool
    """Whether its grids were there before the plan, so that an exception may excuse a single one of them."""
    counts_living: bool
    """Whether its bounds count the households that live there."""
    living: float

    def can_cut(self, n: int) -> bool:
        """Return whether some number of grids within the bounds holds `n` households."""
        return bool(np.ceil(n / self.most) * self.least <= n)


@dataclass(frozen=True)
class Plan:
    """The rows of the layers, keys only once, nothing in it derived."""

    homes: tuple[Home, ...]
    grids: Mapping[str, Grid]
    villages: Mapping[str, Village]
    exceptions: tuple[tuple[Place, float], ...]
    members: frozenset[str]
    assignments: tuple[tuple[str, str, str], ...]
    shortages: frozenset[str]
    """Grids that are listed because nobody could be found to lead them."""
    groups: tuple[PartyGroup, ...]
    barriers: tuple[BaseGeometry, ...]
    """Lines and areas that nobody walks over, in degrees, where the plan was made with any."""

    @cached_property
    def of_village(self) -> Mapping[str, list[Home]]:
        """The households of each village."""
        return grouped(self.homes, lambda home: home.village)

    @cached_property
    def of_grid(self) -> Mapping[str, list[Home]]:
        """The households said to be in each grid, whether or not there is such a grid."""
        return grouped((home for home in self.homes if home.grid_id is not None), lambda home: str(home.grid_id))

    @cached_property
    def undrawn(self) -> frozenset[str]:
        """The villages of which nothing is drawn because most of their households stand at their hamlet."""
        drawn = {grid.village for grid in self.grids.values() if grid.outline is not None}
        return frozenset(
            name
            for name, homes in self.of_village.items()
            if name not in drawn and 2 * sum(home.position == "hamlet" for home in homes) > len(homes)
        )

    @cached_property
    def excused(self) -> frozenset[Place]:
        """What the exceptions are about."""
        return frozenset(place for place, _ in self.exceptions)

    def counted(self, village: str, grid_id: str | None = None) -> int:
        """Return how many households of a grid, or of a village, count towards the bounds."""
        inside = self.of_village.get(village, ()) if grid_id is None else self.of_grid.get(grid_id, ())
        told = self.villages[village].living if grid_id is None else self.grids[grid_id].living
        return int(told) if self.villages[village].counts_living and told == told else len(inside)

    def excuses(self, grid: Grid) -> bool:
        """Return whether an exception names this one grid, in a village whose grids were kept as they were."""
        village = self.villages.get(grid.village)
        return village is not None and village.kept and ("grid", grid.village, grid.grid_id) in self.excused


def read_layers(path: Path) -> dict[str, Rows]:
    """Return the rows of every layer, texts and numbers told apart, blanks as None and nan."""
    if not path.is_file():
        raise InputRefused("verify.no_file", path=str(path))
    with path.open("rb") as file:
        head = file.read(72)
    if not head.startswith(b"SQLite format 3\0") or head[68:] not in (b"GPKG", b"GP10", b"GP11"):
        raise InputRefused("verify.not_geopackage", path=str(path))
    try:
        present = {str(name) for name, _ in pyogrio.list_layers(path)}
        return {layer: _rows(path, layer, present) for layer in FILLED_COLUMNS}
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputRefused("verify.not_geopackage", path=str(path)) from error


def _rows(path: Path, layer: str, present: set[str]) -> Rows:
    if layer not in present:
        if layer in OPTIONAL_LAYERS:
            return []
        raise InputRefused("verify.layer_missing", path=str(path), layer=layer)
    stored = pyogrio.read_dataframe(path, layer=layer)
    columns = FILLED_COLUMNS[layer] + NULLABLE_COLUMNS[layer]
    if absent := next((column for column in columns if column not in stored), None):
        raise InputRefused("verify.column_missing", path=str(path), layer=layer, column=absent)
    if "geometry" in columns and (stored.crs is None or stored.crs.to_epsg() != 4326):
        raise InputRefused("verify.not_degrees", path=str(path), layer=layer)
    columns += tuple(column for column in OPTIONAL_COLUMNS.get(layer, ()) if column in stored)
    values = [_values(stored, column) for column in columns]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]


def _values(stored: pd.DataFrame, column: str) -> Iterable[Any]:
    if column == "geometry":
        return stored[column].to_numpy()
    if column in NUMBER_COLUMNS:
        return pd.to_numeric(stored[column], errors="coerce").astype(float).tolist()
    return [None if blank(value) else str(value) for value in stored[column]]


def blank(value: object) -> bool:
    """Return whether a value of a row is missing."""
    return value is None or value != value or value == ""


def plan_of(layers: Mapping[str, Rows]) -> Plan:
    """Return the rows that have their texts, each key once; `blanks_and_repeats` speaks of the others."""
    rows = {
        layer: [row for row in layers[layer] if all(row[column] is not None for column in columns)]
        for layer, columns in FILLED_COLUMNS.items()
    }
    lonlat = _lonlat(np.array([row["geometry"] for row in rows["households"]], object)).tolist()
    homes = (
        Home(row["household_id"], row["village"], row["hamlet"], row["grid_id"], row["position"], lon, lat)
        for row, (lon, lat) in zip(rows["households"], lonlat, strict=True)
    )
    grids = [
        Grid(
            **{column: row[column] for column in FILLED_COLUMNS["grids"]},
            listed_as_split=row.get("connected") == 0,
            pieces=row.get("pieces", 1.0),
            outline=row["geometry"],
            group=row.get("group_number", np.nan),
            living=row.get("living", np.nan),
        )
        for row in rows["grids"]
    ]
    villages = [
        Village(
            *[
                *(row[column] for column in (*FILLED_COLUMNS["villages"], *NULLABLE_COLUMNS["villages"])),
                row.get("kept") == 1,
                row.get("bounds_count") == "living",
                row.get("living", np.nan),
            ]
        )
        for row in rows["villages"]
    ]
    return Plan(
        homes=tuple({(home.household_id, home.village, home.grid_id): home for home in homes}.values()),
        grids={grid.grid_id: grid for grid in grids},
        villages={village.name: village for village in villages},
        exceptions=tuple((_place(row), row["households"]) for row in rows["exceptions"]),
        members=frozenset(row["member_id"] for row in rows["members"]),
        assignments=tuple((row["grid_id"], row["member_id"], row["role"]) for row in rows["assignments"]),
        shortages=frozenset(row["grid_id"] for row in rows["shortages"]),
        groups=tuple(
            PartyGroup(row["village"], row["number"], row["grids"], row["head"], row["reason"] is not None)
            for row in rows["party_groups"]
        ),
        barriers=tuple(
            row["geometry"] for row in rows["barriers"] if row["kind"] == "barrier" and row["geometry"] is not None
        ),
    )


def _place(exception: Mapping[str, Any]) -> Place:
    for kind, column in (("household", "household_id"), ("grid", "grid_id"), ("hamlet", "hamlet")):
        if exception.get(column) is not None:
            return (kind, exception["village"], exception[column])
    return ("village", exception["village"])


def _lonlat(shapes: NDArray[np.object_]) -> Floats:
    """Return the degrees (n, 2) of points; nan where there is none, or none on the earth."""
    lonlat = np.full((len(shapes), 2), np.nan)
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    lonlat[is_point] = shapely.get_coordinates(shapes[is_point])
    lonlat[~(np.abs(lonlat) <= (LON_RANGE[1], LAT_RANGE[1])).all(axis=1)] = np.nan
    return lonlat


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Return the items of each key, both in the order they came."""
    groups: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)
