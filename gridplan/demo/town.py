"""The demo town from its seed: the land, the settlement on it, and the people who live there; and its lists as files.

The lists are as a town office would hand them over; data/README.md describes their columns.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from gridplan.coordinates import LocalFrame
from gridplan.demo.definition import read_definition
from gridplan.demo.land import Points, Road, make_land
from gridplan.demo.people import Names, make_members
from gridplan.demo.settlement import SettledVillage, settle_town
from gridplan.model import Hamlet, Household, Member, Village

Shape = TypeVar("Shape", bound=BaseGeometry)

DECIMALS = 7
DIGITS = "零一二三四五六七八九十"
HOUSE_M, BLOCK_M = (8.0, 6.0), (34.0, 12.0)
"""Length and depth of a house, and of what several households live in."""
HOUSEHOLD_COLUMNS = {
    "户编号": "household_id", "户主": "name", "村": "village", "组": "hamlet", "门牌": "door",
    "经度": "lon", "纬度": "lat",
}  # fmt: skip
MEMBER_COLUMNS = {
    field: field
    for field in ("member_id", "name", "kind", "village", "hamlet", "lon", "lat", "max_grids", "available", "ties")
}
HAMLET_COLUMNS = {"village": "village", "hamlet": "name", "lon": "lon", "lat": "lat"}


@dataclass(frozen=True, slots=True)
class DemoTown:
    """An invented town. Every geometry is in WGS-84 degrees, rounded to seven decimals."""

    name: str
    notice: str
    households: tuple[Household, ...]
    villages: tuple[Village, ...]
    hamlets: tuple[Hamlet, ...]
    members: tuple[Member, ...]
    roads: tuple[Road, ...]
    rivers: tuple[LineString, ...]
    bridges: tuple[Point, ...]
    buildings: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the lists of the demo town were written."""

    households: Path
    villages: Path
    members: Path
    hamlets: Path
    roads: Path
    barriers: Path
    crossings: Path
    buildings: Path


def make_town(seed: int = 0) -> DemoTown:
    """Return the demo town of a seed: every seed another land and other people, in the same numbers."""
    rng = np.random.default_rng(seed)
    definition = read_definition()
    frame = LocalFrame(definition.lon, definition.lat)
    land = make_land(rng, definition.width_m, definition.height_m, len(definition.villages))
    settled = settle_town(rng, definition.villages, land)
    names = Names(rng, definition)
    households: dict[str, list[Household]] = {}
    hamlets: list[Hamlet] = []
    codes = [f"SF{number:02d}" for number in range(1, len(settled) + 1)]
    for code, village in zip(codes, settled, strict=True):
        homes = _households(village, code, names, frame)
        households[village.definition.name] = homes
        hamlets += _hamlets(homes)
    roads = [*land.roads, *(lane for village in settled for lane in village.lanes)]
    spots = np.vstack([hamlet.homes for village in settled for hamlet in village.hamlets])
    return DemoTown(
        name=definition.name,
        notice=definition.notice,
        households=tuple(household for homes in households.values() for household in homes),
        villages=tuple(
            Village(village.definition.name, code, _degrees(frame, shapely.orient_polygons(village.territory.boundary)))
            for code, village in zip(codes, settled, strict=True)
        ),
        hamlets=tuple(hamlets),
        members=make_members(rng, names, definition, households),
        roads=tuple(Road(_degrees(frame, road.line), road.bridge) for road in roads),
        rivers=(_degrees(frame, land.river),),
        bridges=tuple(_degrees(frame, bridge) for bridge in land.bridges),
        buildings=tuple(_degrees(frame, building) for building in _buildings(spots, [road.line for road in roads])),
    )


def _buildings(homes: Points, roads: Sequence[LineString]) -> list[Polygon]:
    """Return a building on every spot where somebody lives, along the road that is nearest to it."""
    spots, households = np.unique(homes, axis=0, return_counts=True)
    nearest = np.array(roads, object)[shapely.STRtree(roads).nearest(shapely.points(spots))]
    along = shapely.line_locate_point(nearest, shapely.points(spots))
    ends = [shapely.get_coordinates(shapely.line_interpolate_point(nearest, at)) for at in (along - 1, along + 1)]
    heading = np.arctan2(*(ends[1] - ends[0]).T[::-1])
    half = np.where(households[:, None] > 1, BLOCK_M, HOUSE_M) / 2
    corners = half[:, None, :] * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    turned = np.stack([np.cos(heading), -np.sin(heading), np.sin(heading), np.cos(heading)], axis=-1).reshape(-1, 2, 2)
    return list(shapely.polygons(spots[:, None, :] + corners @ turned.transpose(0, 2, 1)))


def _households(village: SettledVillage, code: str, names: Names, frame: LocalFrame) -> list[Household]:
    """Return the households of a village in the order of hamlet and door."""
    count = village.definition.households
    people = zip(names.surnames(count), names.given(count), strict=True)
    homes: list[Household] = []
    for number, hamlet in enumerate(village.hamlets, start=1):
        positions = frame.to_degrees(hamlet.homes).round(DECIMALS)
        for (lon, lat), door in zip(positions.tolist(), hamlet.doors, strict=True):
            surname, given = next(people)
            homes.append(
                Household(
                    household_id=f"{code}-{len(homes) + 1:04d}",
                    village=village.definition.name,
                    lon=lon,
                    lat=lat,
                    name=surname + given,
                    door=door,
                    hamlet=_hamlet_name(number),
                )
            )
    return homes


def _hamlet_name(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else DIGITS[tens]) + ("十" if tens else "") + (DIGITS[ones] if ones else "") + "组"


def _hamlets(homes: Sequence[Household]) -> list[Hamlet]:
    """Every hamlet at that home of its own which is nearest to the median of all."""
    hamlets = []
    for name in dict.fromkeys(home.hamlet for home in homes):
        positions = np.array([(home.lon, home.lat) for home in homes if home.hamlet == name])
        off = np.abs(positions - np.median(positions, axis=0)).sum(axis=1)
        lon, lat = positions[np.argmin(off)].tolist()
        hamlets.append(Hamlet(homes[0].village, str(name), lon, lat))
    return hamlets


def _degrees(frame: LocalFrame, shape: Shape) -> Shape:
    return shapely.transform(shape, lambda points: frame.to_degrees(points).round(DECIMALS))


def write_town(town: DemoTown, folder: Path) -> DemoFiles:
    """Write every list of the town into `folder`, made if it is not there; files of these names are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    files = DemoFiles(
        households=folder / "households.csv",
        villages=folder / "villages.geojson",
        members=folder / "members.csv",
        hamlets=folder / "hamlets.csv",
        roads=folder / "roads.geojson",
        barriers=folder / "barriers.geojson",
        crossings=folder / "crossings.geojson",
        buildings=folder / "buildings.geojson",
    )
    _write_table(files.households, HOUSEHOLD_COLUMNS, town.households)
    write_members(files.members, town)
    _write_table(files.hamlets, HAMLET_COLUMNS, town.hamlets)
    write_village_shapes(files.villages, town)
    _write_shapes(files.roads, town, (({"bridge": "yes" if road.bridge else "no"}, road.line) for road in town.roads))
    _write_shapes(files.barriers, town, (({"kind": "river"}, river) for river in town.rivers))
    _write_shapes(files.crossings, town, (({"kind": "bridge"}, bridge) for bridge in town.bridges))
    _write_shapes(files.buildings, town, (({}, building) for building in town.buildings))
    return files


def write_members(path: Path, town: DemoTown) -> None:
    """Write the list of members."""
    _write_table(path, MEMBER_COLUMNS, town.members)


def write_village_shapes(path: Path, town: DemoTown) -> None:
    """Write the boundaries of the villages."""
    villages = (
        ({"village": village.name, "code": village.code}, village.boundary)
        for village in town.villages
        if village.boundary is not None
    )
    _write_shapes(path, town, villages)


def _write_table(path: Path, columns: Mapping[str, str], rows: Iterable[object]) -> None:
    """Write a CSV that spreadsheets open with the right characters; `columns` are the fields of rows by header."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_cell(getattr(row, field)) for field in columns.values()] for row in rows)


def _cell(value: object) -> object:
    """Return a field as it is written: degrees to the centimetre, yes or no, ids apart by semicolons."""
    match value:
        case float():
            return f"{value:.7f}"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ";".join(value)
    return value


def _write_shapes(path: Path, town: DemoTown, features: Iterable[tuple[Mapping[str, object], BaseGeometry]]) -> None:
    """Write GeoJSON, one feature a line, that says of itself that it was generated."""
    head = {"type": "FeatureCollection", "name": path.stem, "description": f"{town.name}: {town.notice}"}
    lines = ",\n".join(
        json.dumps(
            {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)},
            ensure_ascii=False,
        )
        for properties, shape in features
    )
    opening = json.dumps(head, ensure_ascii=False).removesuffix("}")
    path.write_text(f'{opening}, "features": [\n{lines}\n]}}\n', encoding="utf-8", newline="\n")
