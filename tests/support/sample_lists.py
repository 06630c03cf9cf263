"""Small lists of households and villages, written as a town office would hand them over."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely

from gridplan.coordinates import LocalFrame

FRAME = LocalFrame(110.9, 37.95)
HEADER = ("户编号", "户主", "村", "经度", "纬度")


def homes(village: str, count: int, west: float, south: float = 0.0, side: float = 1000.0) -> list[tuple[str, ...]]:
    """Return the rows of a village whose households stand in a square of `side` metres."""
    xy = np.random.default_rng(count).uniform(0.05 * side, 0.95 * side, (count, 2)) + (west, south)
    return [
        (f"{village}{i:03d}", f"户主{i}", village, f"{lon:.7f}", f"{lat:.7f}")
        for i, (lon, lat) in enumerate(FRAME.to_degrees(xy), start=1)
    ]


def square(west: float, south: float = 0.0, side: float = 1000.0) -> shapely.Polygon:
    """Return a square in degrees, its place and side in metres."""
    return FRAME.shape_to_degrees(shapely.box(west, south, west + side, south + side))


def write_households(path: Path, *villages: Iterable[Sequence[str]]) -> str:
    """Write the rows of villages one below the other."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *(row for rows in villages for row in rows)])
    return str(path)


def write_villages(path: Path, boundaries: Mapping[str, shapely.Polygon]) -> str:
    """Write the boundaries of villages as GeoJSON."""
    features = [
        {"type": "Feature", "properties": {"village": name}, "geometry": shapely.geometry.mapping(boundary)}
        for name, boundary in boundaries.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


def write_town(folder: Path) -> tuple[str, str]:
    """Write the lists of three villages side by side, 171 households, one of them too small to cut."""
    households = write_households(
        folder / "households.csv", homes("柳村", 64, 0), homes("桥村", 90, 1000), homes("小村", 17, 2000)
    )
    villages = {"柳村": square(0), "桥村": square(1000), "小村": square(2000)}
    return households, write_villages(folder / "villages.geojson", villages)
