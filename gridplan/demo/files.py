"""The lists of the demo town as a town office would hand them over; data/README.md describes their columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from gridplan.demo.town import DemoTown

HOUSEHOLD_COLUMNS = {
    "户编号": "household_id", "户主": "name", "村": "village", "组": "hamlet", "门牌": "door",
    "经度": "lon", "纬度": "lat",
}  # fmt: skip
MEMBER_FIELDS = (
    "member_id", "name", "kind", "village", "hamlet", "lon", "lat", "max_grids", "available", "ties",
)  # fmt: skip
MEMBER_COLUMNS = dict(zip(MEMBER_FIELDS, MEMBER_FIELDS, strict=True))
HAMLET_COLUMNS = {"village": "village", "hamlet": "name", "lon": "lon", "lat": "lat"}


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
    )
    _write_table(files.households, HOUSEHOLD_COLUMNS, town.households)
    _write_table(files.members, MEMBER_COLUMNS, town.members)
    _write_table(files.hamlets, HAMLET_COLUMNS, town.hamlets)
    villages = (
        ({"village": village.name, "code": village.code}, village.boundary)
        for village in town.villages
        if village.boundary is not None
    )
    _write_shapes(files.villages, town, villages)
    _write_shapes(files.roads, town, (({"bridge": "yes" if road.bridge else "no"}, road.line) for road in town.roads))
    _write_shapes(files.barriers, town, (({"kind": "river"}, river) for river in town.rivers))
    _write_shapes(files.crossings, town, (({"kind": "bridge"}, bridge) for bridge in town.bridges))
    return files


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
