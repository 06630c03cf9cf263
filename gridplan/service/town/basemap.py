"""The town's own basemap: its roads, water and buildings as one PMTiles file, which browsers read in parts."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from gridplan.store import Store
from gridplan.store.registry import features

FILE: Final = "basemap.pmtiles"
KINDS: Final = ("road", "water", "building")
ZOOMS: Final = (9, 15)
"""The first and the last zoom with tiles of their own; nearer, the last ones are drawn larger."""

NEAR_DEGREES: Final = 0.3
"""Around the villages, so far the basemap reaches."""


def draw_basemap(store: Store) -> bool:
    """Draw the basemap anew and return whether there is one: of a town that knows nothing of its land there is none.

    What lies far from the villages, or reaches there, is left out: the tiles of half the earth are never done.
    """
    import pyogrio  # GDAL, which pages do without

    with store.read() as connection:
        near = _near(connection)
        found = [row for row in features.rows(connection, KINDS) if near.intersects(row["shape"])]
    path = store.folder / FILE
    if not found:
        path.unlink(missing_ok=True)
        return False
    made = path.with_name(f"basemap-{secrets.token_hex(4)}.pmtiles")  # two may be drawn at once
    shapes = shapely.make_valid(np.array([row["shape"] for row in found], object))
    pyogrio.raw.write(
        made,
        geometry=np.array(shapely.to_wkb(shapely.intersection(shapes, near)), object),
        field_data=[np.array([row[name] for row in found], object) for name in ("kind", "name")],
        fields=["kind", "name"],
        layer="town",
        driver="PMTiles",
        geometry_type="Unknown",
        crs="EPSG:4326",
        dataset_options={"MINZOOM": str(ZOOMS[0]), "MAXZOOM": str(ZOOMS[1])},
    )
    made.replace(path)
    return True


def _near(connection: Connection) -> BaseGeometry:
    """Return the box around the villages, or around the features where there are no villages yet."""
    town = shapely.union_all([*features.grounds(connection).values()])
    if town.is_empty:
        centres = shapely.centroid([row["shape"] for row in features.rows(connection, KINDS)])
        town = shapely.Point(np.median(shapely.get_coordinates(centres), axis=0)) if len(centres) else town
    return town if town.is_empty else shapely.box(*town.bounds).buffer(NEAR_DEGREES, join_style="mitre")


def kinds(store: Store) -> list[str]:
    """Return the kinds of features that the basemap can have, in the order of a legend."""
    with store.read() as connection:
        found = features.counts(connection)
    return [kind for kind in KINDS if kind in found]


def basemap_version(store: Store) -> int | None:
    """Return when the basemap was drawn, as a number that is another one after each drawing; None if there is none."""
    path = Path(store.folder, FILE)
    return path.stat().st_mtime_ns if path.exists() else None
