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

HOUSEHOLD_HEADERS = ("户编号", "户主", "村", "组", "门牌", "经度", "纬度")
MEMBER_HEADERS = (
    "member_id", "name", "kind", "village", "hamlet", "lon", "lat", "max_grids", "available", "ties",
)  # fmt: skip
HAMLET_HEADERS = ("village", "hamlet", "lon", "lat")

Properties = Mapping[str, object]


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
    _write_table(
        files.households,
        HOUSEHOLD_HEADERS,
        (
            (
                home.household_id,
                home.name,
                home.village,
                home.hamlet,
                home.door,
                _decimal(home.lon),
                _decimal(home.lat),
            )
            for home in town.households
        ),
    )
    _write_table(
        files.members,
        MEMBER_HEADERS,
        (
            (
                member.member_id,
                member.name,
                member.kind,
                member.village,
                member.hamlet,
                _decimal(member.lon),
                _decimal(member.lat),
                member.max_grids,
                "yes" if member.available else "no",
                ";".join(member.ties),
            )
            for member in town.members
        ),
    )
    _write_table(
        files.hamlets,
        HAMLET_HEADERS,
        ((hamlet.village, hamlet.name, _decimal(hamlet.lon), _decimal(hamlet.lat)) for hamlet in town.hamlets),
    )
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


def _decimal(degrees: float | None) -> str:
    return "" if degrees is None else f"{degrees:.7f}"


def _write_table(path: Path, headers: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a CSV that spreadsheets open with the right characters."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headers, *rows])


def _write_shapes(path: Path, town: DemoTown, features: Iterable[tuple[Properties, BaseGeometry]]) -> None:
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
