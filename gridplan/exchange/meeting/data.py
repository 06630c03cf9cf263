"""The data of a snapshot for programs: plan.gpkg with styles for QGIS in it, or its layers as GeoJSON.

It is for planners alone: the content carries the plans themselves.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

import geopandas as gpd

from gridplan.errors import InputRefused
from gridplan.exchange.geopackage import layers_of, write_plan
from gridplan.exchange.map_colours import PALETTE, tints
from gridplan.exchange.meeting.content import Content, Stamp
from gridplan.model import TownPlan
from gridplan.words import Lang

LIGHT: Final = PALETTE["light"]
STYLES_TABLE: Final = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT, f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""
"""As QGIS makes it, and looks for the style of a layer that it opens."""
ADD_STYLE: Final = """
INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, update_time)
VALUES (?, 'geom', ?, ?, TRUE, ?)
"""
OF_GEOMETRIES: Final = ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")
"""What the triggers of a GeoPackage call; SQLite has to know them although none is called where no shape changes."""


def write_geopackage(content: Content) -> bytes:
    """Return the plans of a snapshot as a GeoPackage with a style for each of its layers.

    Raises
    ------
    InputRefused
        The profile does not show everything.
    OutputRefused
        The disk does not take it.
    """
    town = _town(content)
    with tempfile.TemporaryDirectory(prefix="gridplan-") as folder:
        path = Path(folder) / "plan.gpkg"
        write_plan(town, path, content.lang)
        with closing(sqlite3.connect(path)) as database, database:
            _add_styles(database, content, town)
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


# ---- styles


def _add_styles(database: sqlite3.Connection, content: Content, town: TownPlan) -> None:
    """Give each grid a tint that its neighbours have not, and each layer a style; note what the file is of."""
    for name in OF_GEOMETRIES:
        database.create_function(name, 1, lambda _: 0)
    drawn = [(village.plan.village, grid) for village in town.villages for grid in village.grids]
    tint_of = zip(tints([grid.outline for _, grid in drawn]), drawn, strict=True)
    database.execute("ALTER TABLE grids ADD COLUMN tint INTEGER")
    update = "UPDATE grids SET tint = ? WHERE village = ? AND number = ?"
    database.executemany(update, [(tint, village, grid.number) for tint, (village, grid) in tint_of])
    moment = f"{content.stamp.day.isoformat()}T00:00:00.000Z"
    database.execute(STYLES_TABLE)
    here = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    rows = [(layer, layer, qml, moment) for layer, qml in _styles().items() if layer in here]
    database.executemany(ADD_STYLE, rows)
    contents = "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)"
    database.execute(contents, ("layer_styles", "layer_styles"))
    told = _told(content.stamp, content.lang)
    database.execute("UPDATE gpkg_contents SET last_change = ?, description = ?", (moment, told))


def _styles() -> dict[str, str]:
    """Return the style of each layer as QGIS keeps it."""
    tinted = [_area(tint["fill"], tint["line"], 0.4) for tint in LIGHT["tints"]]
    return {
        "grids": _qml("fill", tinted, attribute="tint", label="number"),
        "villages": _qml("fill", [_area(None, LIGHT["ink"], 0.8)], label="village"),
        "households": _qml("marker", [_point(LIGHT["ink"], 1.4)]),
        "members": _qml("marker", [_point(LIGHT["accent"], 2.2)]),
    }


def _qml(kind: str, looks: list[dict[str, str]], *, attribute: str = "", label: str = "") -> str:
    style = Element("qgis", version="3.34", styleCategories="Symbology|Labeling")
    if attribute:
        renderer = SubElement(style, "renderer-v2", type="categorizedSymbol", attr=attribute)
        categories = SubElement(renderer, "categories")
        for n in map(str, range(len(looks))):
            SubElement(categories, "category", value=n, symbol=n, label="", render="true")
    else:
        renderer = SubElement(style, "renderer-v2", type="singleSymbol")
    symbols = SubElement(renderer, "symbols")
    for at, look in enumerate(looks):
        symbol = SubElement(symbols, "symbol", type=kind, name=str(at), alpha="1")
        layer = SubElement(symbol, "layer", {"class": "SimpleFill" if kind == "fill" else "SimpleMarker"})
        options = SubElement(layer, "Option", type="Map")
        for name, value in look.items():
            SubElement(options, "Option", type="QString", name=name, value=value)
    if label:
        labeling = SubElement(style, "labeling", type="simple")
        settings = SubElement(labeling, "settings")
        text = SubElement(settings, "text-style", fieldName=label, fontSize="9", textColor=_rgba(LIGHT["ink"]))
        SubElement(text, "text-buffer", bufferDraw="1", bufferSize="1", bufferColor=_rgba(LIGHT["halo"]))
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{tostring(style, encoding='unicode')}"


def _area(fill: str | None, line: str, width: float) -> dict[str, str]:
    return {
        "color": _rgba(fill or LIGHT["paper"]),
        "style": "solid" if fill else "no",
        "outline_color": _rgba(line),
        "outline_width": str(width),
        "outline_style": "solid",
    }


def _point(fill: str, size: float) -> dict[str, str]:
    return {"name": "circle", "color": _rgba(fill), "size": str(size), "outline_style": "no"}


def _rgba(colour: str) -> str:
    return ",".join([*(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)), "255"])
