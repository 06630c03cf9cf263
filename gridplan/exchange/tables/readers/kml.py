"""KML and KMZ: placemarks become a table with shapes. No entity, no document type, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn
from xml.parsers import expat

import numpy as np
import shapely

from gridplan.coordinates import CGCS2000, WGS84, frame_named
from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import PLAIN_NUMBER, VILLAGE, shown
from gridplan.exchange.tables.encodings import beyond_ascii, encoding_named, encoding_of, likeliest_encoding
from gridplan.exchange.tables.readers.archive import left_out, open_archive
from gridplan.exchange.tables.readers.geometries import ShapeUnread, table_of_features
from gridplan.exchange.tables.source import Source, Table, Unread
from gridplan.names import visible
from gridplan.words import Message

TEXTS = {"name", "address", "phoneNumber", "description"}
DEEPEST = 100
"""Elements within elements; maps need a dozen."""
UNPACKED_LIMIT = 500_000_000
MAIN_MEMBER = "doc.kml"
DECLARED = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)""")
BEGINS = re.compile(rb"(\xef\xbb\xbf)?\s*<")
FOLDER = "folder"
BETWEEN = re.compile(r"[/\\>|]+")
"""What a name of a folder may hold and stands between folders in a path."""
ENDING = re.compile(r"\.(ov)?km[lz]$", re.IGNORECASE)
SEVERAL = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
NOT_READ = {"Track", "MultiTrack", "Model"}
"""Geometries of placemarks that are no shapes."""
AROUND_COMMA = re.compile(r"\s*,\s*")


def read_kml(source: Source) -> tuple[Table, ...]:
    """Return the placemarks of a KML file as a table with shapes.

    Raises
    ------
    InputRefused
        It cannot be read, is no KML, declares a document type or entities, or is nested too deep.
    """
    if source.layer is not None:
        raise InputRefused("read.no_layers", file=source.name, layer=source.layer)
    return (_table(source, source.content()),)


def read_kmz(source: Source) -> tuple[Table, ...]:
    """Return the placemarks of the KML file in a KMZ file: of `doc.kml`, else of the one named, else of the only one.

    Raises
    ------
    InputRefused
        It cannot be read, is not safe to unpack, or holds no such file; or that file is refused.
    """
    with open_archive(source, source.content(), UNPACKED_LIMIT) as archive:
        names = [name for name in archive.names if name.lower().endswith(".kml")]
        chosen = source.layer or (MAIN_MEMBER if MAIN_MEMBER in names else names[0] if names else MAIN_MEMBER)
        if chosen not in names:
            raise InputRefused("read.no_layer", file=source.name, layer=chosen, names=", ".join(names) or "–")
        if len(names) > 1 and chosen != MAIN_MEMBER and source.layer is None:
            raise InputRefused("read.which_layer", file=source.name, names=", ".join(names), first=chosen)
        table = _table(source, archive.read(chosen))
        others = [name for name in archive.names if name != chosen]
    return (table if source.layer else replace(table, notes=(*table.notes, *left_out(source, others))),)


def _table(source: Source, content: bytes) -> Table:
    encoding, notes = _encoding(source, content)
    if encoding:
        content, override = content.decode(encoding, "replace").encode(), "utf-8"
    else:
        override = None
    placemarks = _Placemarks(source)
    parser = expat.ParserCreate(override, " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = placemarks.refuse_doctype
    parser.StartElementHandler = placemarks.start
    parser.EndElementHandler = placemarks.end
    parser.CharacterDataHandler = placemarks.text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, UnicodeError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending) from None
    if not placemarks.is_kml:
        raise InputRefused("read.not_its_ending", file=source.name, ending=source.ending)
    found = placemarks.found
    _put_into_folders(found, placemarks.title)
    shapes, unread = np.empty(len(found), object), {}
    for at, one in enumerate(found):
        try:
            shapes[at] = one.shape()
        except ShapeUnread as why:
            unread[at] = Unread(one.written(), why.reason)
    frame = _stated_frame(source, found)
    return table_of_features(source, [one.cells for one in found], shapes, frame, unread=unread, notes=notes)


def _encoding(source: Source, content: bytes) -> tuple[str, tuple[Message, ...]]:
    """Return the encoding of a KML file and what there is to say about it; blank for one that the parser tells.

    What the file states is believed where it makes words.
    """
    if not BEGINS.match(content):
        return "", ()
    declared = DECLARED.match(content)
    stated = declared[1].decode("ascii", "ignore") if declared else ""
    named = encoding_named(stated)
    if stated and not named:
        return "", ()
    sample = beyond_ascii(content)
    best = "utf-8" if named in {"", "utf-8"} else likeliest_encoding(named, sample.decode)[0]
    if best in {"", "utf-8"}:
        best = encoding_of(source, content)
    if named in {"", "utf-8", best}:
        return best, (Message("read.note.encoding", {"encoding": best.upper()}),) if best == "gb18030" else ()
    return best, (Message("read.note.code_page", {"encoding": best.upper(), "stated": stated}),)


def _stated_frame(source: Source, found: Sequence[_Placemark]) -> str:
    """Return the frame that Ovital states with its placemarks; without a word it is WGS-84.

    Raises
    ------
    InputRefused
        They are in several, and none is stated with the file's name.
    """
    frames = {one.frame for one in found if one.pieces}
    if source.frame is None and len({frame_named(frame) for frame in frames} - {CGCS2000}) > 1:
        raise InputRefused("read.kml_frames", file=source.name, frames=", ".join(sorted(map(shown, frames))))
    return next(iter(frames), WGS84)


def _put_into_folders(found: Sequence[_Placemark], title: str) -> None:
    """Say of placemarks in which folders they lie; the title of the file counts where it alone is a village's."""
    paths = ["/".join(name for one in mark.folders if (name := BETWEEN.sub(" ", one.name))) for mark in found]
    parts = (part for path in paths for part in visible(path).split("/"))
    if VILLAGE.fullmatch(visible(title)) and not any(map(VILLAGE.fullmatch, parts)):
        paths = [f"{title}/{path}" for path in paths]
    if any(paths):
        for mark, path in zip(found, paths, strict=True):
            mark.cells.setdefault(FOLDER, path)


@dataclass(slots=True)
class _Folder:
    """A folder of placemarks; its name may stand behind them."""

    name: str = ""


@dataclass(slots=True)
class _Placemark:
    """What was met of a placemark: its texts, and the rings of its shapes, each shape with its kind."""

    folders: tuple[_Folder, ...] = ()
    frame: str = WGS84
    cells: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[str, list[str]]] = field(default_factory=list)

    def shape(self) -> shapely.Geometry | None:
        """Return the shape, None for none; ShapeUnread if it cannot be read."""
        if kind := next((kind for kind, _ in self.pieces if kind in NOT_READ), None):
            raise ShapeUnread("read.row.shape_kind", kind=kind)
        shapes = [_drawn(kind, texts) for kind, texts in self.pieces if any(texts)]
        if len(shapes) < 2:
            return shapes[0] if shapes else None
        kinds = {kind for kind, _ in self.pieces}
        return SEVERAL[kinds.pop()](shapes) if len(kinds) == 1 else shapely.GeometryCollection(shapes)

    def written(self) -> str:
        """Return the shape as the file has it."""
        return " ".join(text for _, texts in self.pieces for text in texts) or self.pieces[0][0]


class _Placemarks:
    """The handlers of the parser: they gather placemarks, wherever folders hold them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[_Placemark] = []
        self.is_kml = False
        self._path: list[str] = []
        self.title = ""
        self._folders: list[_Folder] = []
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
        if tag == "Folder":
            self._folders.append(_Folder())
        elif tag == "Placemark":
            self._within = _Placemark(tuple(self._folders))
        elif self._within is not None and (tag in SEVERAL or tag in NOT_READ):
            self._within.pieces.append((tag, []))
        elif self._within is not None and tag == "LinearRing" and self._path[-2] in {"Placemark", "MultiGeometry"}:
            self._within.pieces.append(("LineString", []))
        elif tag in {"Data", "SimpleData"}:
            self._key = attributes.get("name", "")

    def text(self, text: str) -> None:
        self._heard.append(text)

    def end(self, name: str) -> None:
        tag = self._path.pop()
        above = self._path[-1] if self._path else ""
        text, self._heard = "".join(self._heard).strip(), []
        if self._within is None:
            if tag == "Folder":
                self._folders.pop()
            elif tag == "name" and above == "Folder":
                self._folders[-1].name = ENDING.sub("", text)
            elif tag == "name" and above == "Document" and not self._folders:
                self.title = ENDING.sub("", text)
            return
        if tag == "Placemark":
            self.found.append(self._within)
            self._within = None
        elif tag == "coordinates" and self._within.pieces:
            self._within.pieces[-1][1].append(text)
        elif tag == "OvCoordType" and text:
            self._within.frame = text
        elif above == "Placemark" and tag in TEXTS:
            self._within.cells[tag] = text
        elif self._key and (tag == "SimpleData" or (tag == "value" and above == "Data")):
            self._within.cells[self._key] = text


def _drawn(kind: str, texts: Sequence[str]) -> shapely.Geometry:
    """Return a shape from the texts of its rings."""
    rings = [[_position(place, kind) for place in AROUND_COMMA.sub(",", text).split()] for text in texts]
    try:
        if kind == "Polygon":
            return shapely.Polygon(rings[0], rings[1:])
        if kind == "Point":
            (place,) = rings[0]
            return shapely.Point(place)
        return shapely.LineString(rings[0])
    except (shapely.errors.ShapelyError, ValueError, IndexError):
        raise ShapeUnread("read.row.shape_broken") from None


def _position(place: str, kind: str) -> list[float]:
    """Return longitude and latitude; behind them may be a height and, of a point, how exact it is.

    112,5,33,5 has decimal commas and is none.
    """
    numbers = place.rstrip(",").split(",")
    if not 2 <= len(numbers) <= (4 if kind == "Point" else 3) or not all(map(PLAIN_NUMBER.fullmatch, numbers[:2])):
        raise ShapeUnread("read.row.shape_numbers")
    if len(numbers) == 4 and all(number.strip("+-").isdecimal() for number in numbers):
        raise ShapeUnread("read.row.shape_numbers")
    return [float(number) for number in numbers[:2]]
