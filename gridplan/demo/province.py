"""A county or a province for trying: as many invented towns as it takes, in partitions of GeoParquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

import shapely
from shapely.affinity import translate

from gridplan.demo.town import DemoTown, make_town, write_members, write_village_shapes

TOWNS_A_COUNTY: Final = 18
APART: Final = 0.3
"""Degrees from one town to the next."""
ROW: Final = 20
"""Towns from west to east, before the next row of them lies south."""


@dataclass(frozen=True, slots=True)
class DemoPartition:
    """A town that was written, and how many of all households there are by now."""

    town: str
    households: int


def write_province(households: int, folder: Path, seed: int = 0) -> Iterator[DemoPartition]:
    """Write so many households into a folder, and yield each town as it is there: one is in memory at a time.

    Below the folder are `households`, `villages` and `members`, each in partitions `county=…/town=…`.
    """
    import geopandas

    written = 0
    for n in count():
        if written >= households:
            return
        town = _moved(make_town(seed + n), n, households - written)
        place = Path(f"county={n // TOWNS_A_COUNTY + 1:03d}", f"town={n % TOWNS_A_COUNTY + 1:02d}")
        columns = {
            "id": [home.household_id for home in town.households],
            "name": [home.name for home in town.households],
            "village": [home.village for home in town.households],
            "hamlet": [home.hamlet for home in town.households],
            "door": [home.door for home in town.households],
        }
        spots = shapely.points([(home.lon, home.lat) for home in town.households])
        for kind in ("households", "villages", "members"):
            (folder / kind / place).mkdir(parents=True, exist_ok=True)
        frame = geopandas.GeoDataFrame(columns, geometry=spots, crs="EPSG:4326")
        frame.to_parquet(folder / "households" / place / "households.parquet", index=False)
        write_village_shapes(folder / "villages" / place / "villages.geojson", town)
        write_members(folder / "members" / place / "members.csv", town)
        written += len(town.households)
        yield DemoPartition(place.as_posix(), written)


def _moved(town: DemoTown, n: int, most: int) -> DemoTown:
    """Return a town at a place of its own, with ids of its own, and so many of its households at most."""
    east, south = APART * (n % ROW), -APART * (n // ROW)
    code = f"T{n + 1:04d}"
    homes = tuple(
        replace(
            home,
            household_id=f"{code}-{home.household_id}",
            lon=round(home.lon + east, 7),
            lat=round(home.lat + south, 7),
        )
        for home in town.households[:most]
    )
    left, ids = {home.village for home in homes}, {home.household_id for home in town.households}
    return replace(
        town,
        households=homes,
        villages=tuple(
            replace(one, boundary=one.boundary and translate(one.boundary, east, south))
            for one in town.villages
            if one.name in left
        ),
        members=tuple(
            replace(
                one,
                member_id=f"{code}-{one.member_id}",
                lon=None if one.lon is None else round(one.lon + east, 7),
                lat=None if one.lat is None else round(one.lat + south, 7),
                ties=tuple(f"{code}-{tie}" if tie in ids else tie for tie in one.ties),
            )
            for one in town.members
            if one.village in left
        ),
    )
