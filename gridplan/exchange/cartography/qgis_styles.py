"""How QGIS draws the layers of plan.gpkg: the rows of its table layer_styles, with nothing of the plan in them.

Whoever opens layers says which lies on which: grids are multiplied with what is beneath them, so that households, and
maps from elsewhere, show through.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import pandas as pd

from gridplan.exchange.map_colours import PALETTE

QGIS_TABLE: Final = "layer_styles"
"""What QGIS calls the table."""
LIGHT: Final = PALETTE["light"]
MULTIPLY: Final = "6"
"""What QGIS calls the blending of colours by which white changes nothing."""
DOCTYPE: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"

Look = Mapping[str, str]
"""The options of a symbol, by the names that QGIS has for them."""


def qgis_styles(layers: Container[str]) -> pd.DataFrame:
    """Return the styles of those of the layers that have shapes, each the default of its layer."""
    styles = {layer: style for layer, style in _styles().items() if layer in layers}
    return pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",  # QGIS looks for the empty text, not for nothing
            "f_table_name": [*styles],
            "f_geometry_column": "geom",
            "styleName": [*styles],
            "styleQML": [_text(style) for style in styles.values()],
            "styleSLD": "",
            "useAsDefault": True,
            "description": "",
            "owner": "",
            "ui": "",
            "update_time": pd.Series([pd.NaT] * len(styles), dtype="datetime64[ms, UTC]"),
        }
    )


def _styles() -> dict[str, Element]:
    tinted = [_area(tint["fill"], tint["line"], 0.4) for tint in LIGHT["tints"]]
    return {
        "grids": _style("fill", tinted, attribute="tint", label="number", blending=MULTIPLY),
        "households": _style("marker", [_point(LIGHT["ink"], 1.2)]),
        "villages": _style("fill", [_area(None, LIGHT["ink"], 0.8)], label="village", size=12),
        "barriers": _style("line", [{"line_color": _rgba(LIGHT["land"]["barrier"]), "line_width": "0.8"}]),
        "members": _style("marker", [_point(LIGHT["accent"], 2.2)]),
    }


def _style(
    kind: str, looks: list[Look], *, attribute: str = "", label: str = "", size: int = 9, blending: str = "0"
) -> Element:
    """Return the style of a layer of areas ("fill"), lines or points ("marker"), with a look or one for each number."""
    style = Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling", labelsEnabled=str(int(bool(label))))
    renderer = SubElement(style, "renderer-v2", type="categorizedSymbol" if attribute else "singleSymbol")
    if attribute:
        renderer.set("attr", attribute)
        categories = SubElement(renderer, "categories")
        for n in map(str, range(len(looks))):
            SubElement(categories, "category", value=n, symbol=n, label="", render="true")
    symbols = SubElement(renderer, "symbols")
    for at, look in enumerate(looks):
        symbol = SubElement(symbols, "symbol", type=kind, name=str(at), alpha="1")
        layer = SubElement(symbol, "layer", {"class": f"Simple{kind.title()}"})
        options = SubElement(layer, "Option", type="Map")
        for name, value in look.items():
            SubElement(options, "Option", type="QString", name=name, value=value)
            SubElement(layer, "prop", k=name, v=value)  # where QGIS before 3.22 looks
    if label:
        SubElement(style, "labeling", type="simple").append(_labels(label, size))
    SubElement(style, "blendMode").text = blending
    return style


def _labels(column: str, size: int) -> Element:
    """Return that the value of a column stands level inside each area, where there is room for it."""
    settings = Element("settings")
    text = SubElement(settings, "text-style", fieldName=column, fontSize=str(size), fontSizeUnit="Point")
    text.attrib |= {"textColor": _rgba(LIGHT["ink"]), "textOpacity": "1", "fontWeight": "50"}
    halo = SubElement(text, "text-buffer", bufferDraw="1", bufferSize="0.8", bufferSizeUnits="MM")
    halo.attrib |= {"bufferColor": _rgba(LIGHT["halo"]), "bufferOpacity": "1"}
    SubElement(settings, "placement", placement="4", polygonPlacementFlags="2", priority="5")
    SubElement(settings, "rendering", drawLabels="1", maxNumLabels="2000", fontMaxPixelSize="10000", obstacle="0")
    return settings


def _text(style: Element) -> str:
    return f"{DOCTYPE}\n{tostring(style, encoding='unicode')}"


def _area(fill: str | None, line: str, width: float) -> Look:
    return {
        "color": _rgba(fill or LIGHT["paper"]),
        "style": "solid" if fill else "no",
        "outline_color": _rgba(line),
        "outline_width": str(width),
        "outline_style": "solid",
    }


def _point(fill: str, size: float) -> Look:
    return {"name": "circle", "color": _rgba(fill), "size": str(size), "outline_style": "no"}


def _rgba(colour: str) -> str:
    return ",".join([*(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)), "255"])
