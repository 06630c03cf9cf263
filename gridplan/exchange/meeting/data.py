"""The data of a snapshot for programs: plan.gpkg that says what it is of, or its layers as GeoJSON.

It is for planners alone: the content carries the plans themselves.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd

from gridplan.errors import InputRefused
from gridplan.exchange.geopackage import layers_of, write_plan
from gridplan.exchange.meeting.content import Content, Stamp
from gridplan.model import TownPlan
from gridplan.words import Lang


def write_geopackage(content: Content) -> bytes:
    """Return the plans of a snapshot as a GeoPackage that says what it is of.

    Raises
    ------
    InputRefused
        The profile does not show everything.
    OutputRefused
        The disk does not take it.
    """
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "plan.gpkg"
        write_plan(_town(content), path, content.lang)
        with closing(sqlite3.connect(path)) as database, database:
            moment, told = f"{content.stamp.day.isoformat()}T00:00:00.000Z", _told(content.stamp, content.lang)
            database.execute("UPDATE gpkg_contents SET last_change = ?, description = ?", (moment, told))
        return path.read_bytes()


def write_geojson(content: Content) -> bytes:
    """Return villages, grids, households and members of a snapshot as GeoJSON, each with the name of its layer.

    Raises
    ------
    InputRefused
        The profile does not show everything.
    """
    found = layers_of(_town(content), content.lang)
    frames = {name: frame for name, frame in found.items() if isinstance(frame, gpd.GeoDataFrame)}
    features = [one for name, frame in frames.items() for one in _features(name, frame)]
    stamp = _told(content.stamp, content.lang)
    collection = {"type": "FeatureCollection", "name": content.title, "description": stamp, "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _town(content: Content) -> TownPlan:
    if content.town is None:
        raise InputRefused("pack.data_needs_planner")
    return content.town


def _told(stamp: Stamp, lang: Lang) -> str:
    return " · ".join((stamp.status(lang), *stamp.texts(lang), *(one.say(lang) for one in stamp.changed)))


def _features(layer: str, frame: gpd.GeoDataFrame) -> Iterable[dict[str, Any]]:
    rows = json.loads(frame.to_json(na="null", drop_id=True))["features"]
    return ({**row, "properties": {"layer": layer, **row["properties"]}} for row in rows)
