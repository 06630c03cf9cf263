"""KML: the placemarks of a file become a table with shapes. No entity, no document type, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

import numpy as np
import shapely

from gridplan.coordinates import WGS84
from gridplan.errors import InputRefused
from gridplan.exchange.lists.frames import in_degrees
from gridplan.exchange.lists.source import Source, Table

TEXTS = {"name", "address", "phoneNumber", "description"}
DEEPEST = 100
"""Elements within elements; maps need a dozen."""
SEVERAL = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}


def read_kml(source: Source) -> tuple[Table, ...]:
    """Return the placemarks of a KML file as a table with shapes.

    Raises
    ------
    InputRefused
        It cannot be read, is no KML, declares a document type or entities, or is nested too deep.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    placemarks = _Placemarks(source)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = placemarks.refuse_doctype
    parser.StartElementHandler = placemarks.start
    parser.EndElementHandler = placemarks.end
    parser.CharacterDataHandler = placemarks.text
    try:
        parser.Parse(source.content(), True)
    except (expat.ExpatError, LookupError, UnicodeError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    found = placemarks.found
    if not placemarks.is_kml:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    header = tuple(dict.fromkeys(key for one in found for key in one.cells))
    rows = [tuple(one.cells.get(key, "") for key in header) for one in found]
    shapes = np.empty(len(found), object)
    shapes[:] = [one.shape() for one in found]
    return (in_degrees(Table(source, header, rows, range(1, len(rows) + 1), shapes=shapes), WGS84),)


@dataclass(slots=True)
class _Placemark:
    """What was met of a placemark: its texts, and the rings of its shapes, each shape with its kind."""

    cells: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[str, list[str]]] = field(default_factory=list)

    def shape(self) -> shapely.Geometry | None:
        try:
            shapes = [_drawn(kind, texts) for kind, texts in self.pieces]
        except (shapely.errors.ShapelyError, ValueError, IndexError):
            return None
        if len(shapes) < 2:
            return shapes[0] if shapes else None
        kinds = {kind for kind, _ in self.pieces}
        return SEVERAL[kinds.pop()](shapes) if len(kinds) == 1 else shapely.GeometryCollection(shapes)


class _Placemarks:
    """The handlers of the parser: they gather placemarks, wherever folders hold them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[_Placemark] = []
        self.is_kml = False
        self._path: list[str] = []
        self._within: _Placemark | None = None
        self._key = ""
        self._heard: list[str] = []

    def refuse_doctype(self, *_: object) -> NoReturn:
        raise InputRefused("read.doctype", file=self.source.name)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self.is_kml = self.is_kml or (not self._path and tag == "kml")
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            raise InputRefused("read.xml_deep", file=self.source.name)
        self._heard = []
        if tag == "Placemark":
            self._within = _Placemark()
        elif self._within is not None and tag in SEVERAL:
            self._within.pieces.append((tag, []))
        elif tag in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")

    def text(self, text: str) -> None:
        self._heard.append(text)

    def end(self, name: str) -> None:
        tag = self._path.pop()
        above = self._path[-1] if self._path else ""
        text, self._heard = "".join(self._heard).strip(), []
        if self._within is None:
            return
        if tag == "Placemark":
            self.found.append(self._within)
            self._within = None
        elif tag == "coordinates" and self._within.pieces:
            self._within.pieces[-1][1].append(text)
        elif above == "Placemark" and tag in TEXTS:
            self._within.cells[tag] = text
        elif self._key and (tag == "SimpleData" or (tag == "value" and above == "Data")):
            self._within.cells[self._key] = text


def _drawn(kind: str, texts: Sequence[str]) -> shapely.Geometry:
    rings = [[[float(number) for number in place.split(",")[:2]] for place in text.split()] for text in texts]
    if kind == "Polygon":
        return shapely.Polygon(rings[0], rings[1:])
    return shapely.Point(rings[0][0]) if kind == "Point" else shapely.LineString(rings[0])
