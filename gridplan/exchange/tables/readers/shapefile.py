"""Shapefiles, plain or zipped: pyshp reads them, and the names in them are decoded here, from any encoding."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath

import numpy as np
import shapefile
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.exchange.tables.encodings import (
    ENOUGH,
    NEARLY_ALL,
    SUSPECTS,
    encoding_named,
    likeliest_encoding,
    strange_characters,
    suspected_encoding,
)
from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.readers.archive import NAMED, left_out, open_archive
from gridplan.exchange.tables.readers.geometries import in_degrees
from gridplan.exchange.tables.source import Source, Table, Unread, number_text
from gridplan.words import Message, series

UNPACKED_LIMIT = 100_000_000
MAGIC = (9994).to_bytes(4, "big")
PARTS = (".shp", ".shx", ".dbf")
BESIDE = (".prj", ".cpg")
LONGEST_CHARACTER = 4
"""Bytes; a field cut to its width may end within a character."""


def read_shapefile(source: Source) -> tuple[Table, ...]:
    """Return a .shp with its .shx and .dbf beside it as a table with shapes.

    Raises
    ------
    InputRefused
        It cannot be read, a part of it is missing, or its frame is unknown.
    """
    parts = {".shp": source.content()}
    beside = {path.suffix.lower(): path for path in source.path.parent.iterdir() if path.stem == source.path.stem}
    for ending in (*PARTS[1:], *BESIDE):
        if ending in beside and beside[ending].stat().st_size:
            parts[ending] = Source(beside[ending]).content()
    _check_layer(source, source.path.stem)
    return (_table(source, source.path.stem, parts),)


def read_zip(source: Source) -> tuple[Table, ...]:
    """Return the one shapefile in a zip file as a table with shapes; folders in it do not matter.

    Raises
    ------
    InputRefused
        It cannot be read, holds no shapefile or several and none was named, a part is missing, or it is not safe to
        unpack.
    """
    with open_archive(source, source.content(), UNPACKED_LIMIT) as archive:
        paths = [PurePosixPath(name) for name in archive.names if not name.startswith("__MACOSX/")]
        shapefiles = [path for path in paths if path.suffix.lower() == ".shp"]
        if source.layer is not None:
            shapefiles = [path for path in shapefiles if source.layer in {path.stem, str(path)}] or shapefiles
        if not shapefiles:
            inside = series((shown(str(path)) for path in paths) if paths else ["–"], NAMED)
            raise InputRefused("read.zip_without_shapefile", file=source.name, names=inside)
        if len(shapefiles) > 1:
            names = ", ".join(map(str, shapefiles))
            raise InputRefused("read.which_layer", file=source.name, names=names, first=shapefiles[0])
        (chosen,) = shapefiles
        if source.layer not in {None, str(chosen)}:
            _check_layer(source, chosen.stem)
        parts = {
            path.suffix.lower(): archive.read(str(path))
            for path in paths
            if path.with_suffix("") == chosen.with_suffix("") and path.suffix.lower() in {*PARTS, *BESIDE}
        }
        others = [str(path) for path in paths if not str(path).startswith(f"{chosen.with_suffix('')}.")]
    table = _table(source, chosen.stem, parts)
    return (table if source.layer else replace(table, notes=(*table.notes, *left_out(source, others))),)


def _check_layer(source: Source, name: str) -> None:
    if source.layer not in {None, name}:
        raise InputRefused("read.no_layer", file=source.name, layer=source.layer, names=name)


def _table(source: Source, name: str, parts: Mapping[str, bytes]) -> Table:
    if missing := [ending for ending in PARTS if not parts.get(ending)]:
        raise InputRefused("read.shapefile_parts", file=source.name, missing=" ".join(missing), name=name)
    if not parts[".shp"].startswith(MAGIC):
        raise InputRefused("read.not_its_ending", file=source.name, ending=".shp")
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # a size that does not agree: what is there still counts
            shapefile.Reader(
                **{ending[1:]: io.BytesIO(parts[ending]) for ending in PARTS},
                encoding="ascii",
                encodingErrors="surrogateescape",  # pyshp strips: no byte of a character may look blank
            ) as reader,
        ):
            names = [field[0] for field in reader.fields if field[0] != "DeletionFlag"]
            cells = [
                None if record is None else list(map(_text, record))
                for record in reader.iterRecords(deleted_as_None=True)
            ]
            shapes, unread = _shapes(reader)
    except (shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, OSError, TypeError):
        raise InputRefused("read.not_its_ending", file=source.name, ending=".shp") from None
    if len(cells) != len(shapes):
        raise InputRefused("read.shapefile_uneven", file=source.name, shapes=len(shapes), records=len(cells))
    kept = [at for at, record in enumerate(cells) if record is not None]
    stated = parts.get(".cpg", b"").decode("ascii", "ignore").strip()
    named = encoding_named(stated)
    encoding = _encoding(source, named, [*names, *(cell for at in kept for cell in cells[at] or ())])
    notes = []
    if encoding != named:
        values = {"encoding": encoding.upper(), "stated": shown(stated)}
        strange = "" if stated else _strange(source, encoding, [*names, *chain.from_iterable(filter(None, cells))])
        if strange:
            notes.append(Message("read.note.encoding_unclear", {"text": strange}))
        else:
            notes.append(Message("read.note.code_page" if stated else "read.note.encoding", values))
    if len(kept) < len(cells):
        notes.append(Message("read.note.deleted_records", {"n": len(cells) - len(kept)}))
    table = Table(
        source,
        tuple(_decoded(name, encoding) for name in names),
        packed_rows((tuple(_decoded(cell, encoding) for cell in cells[at] or ()) for at in kept), len(names)),
        [at + 1 for at in kept],
        shapes=np.array([shapes[at] for at in kept], object),
        unread={place: unread[at] for place, at in enumerate(kept) if at in unread},
        sheet=name,
        encoding=encoding,
        notes=tuple(notes),
    )
    return in_degrees(table, parts[".prj"].decode("utf-8", "replace") if ".prj" in parts else None)


def _text(value: object) -> str:
    if value is None:
        return ""
    return number_text(value) if isinstance(value, float) else str(value)


def _shapes(reader: shapefile.Reader) -> tuple[list[shapely.Geometry | None], dict[int, Unread]]:
    """Return the shapes of a file, None for none, and by index those that are there and cannot be read."""
    found: list[shapely.Geometry | None] = []
    unread: dict[int, Unread] = {}
    for at, shape in enumerate(reader.iterShapes()):
        drawn = None
        if shape is not None and shape.shapeType == shapefile.MULTIPATCH:
            unread[at] = Unread("MultiPatch", Message("read.row.shape_kind", {"kind": "MultiPatch"}))
        elif shape is not None and shape.shapeType != shapefile.NULL:
            try:
                drawn = shapely.geometry.shape(shape.__geo_interface__)
            except (shapely.errors.ShapelyError, ValueError, IndexError):
                unread[at] = Unread(shape.shapeTypeName, Message("read.row.shape_broken"))
        found.append(drawn)
    return found, unread


def _encoding(source: Source, named: str, texts: Sequence[str]) -> str:
    """Return the encoding of the texts, of which a .cpg may name one.

    Raises
    ------
    InputRefused
        They can be in none, or make sense in another than these only.
    """
    beyond_ascii = [text for text in texts if not text.isascii()]
    best, sense = likeliest_encoding(named, lambda encoding: "".join(_decoded(text, encoding) for text in beyond_ascii))
    if beyond_ascii and best != "utf-8" and (sense < NEARLY_ALL or best != named):
        suspected = suspected_encoding("\n".join(beyond_ascii).encode("ascii", "surrogateescape"))
        if suspected and suspected != SUSPECTS.get(best):
            raise InputRefused("read.encoding_dbf_named", file=source.name, encoding=suspected)
    if not best:
        raise InputRefused("read.encoding_dbf", file=source.name)
    return best


def _strange(source: Source, encoding: str, texts: Sequence[str]) -> str:
    """Return the characters of texts read as GB18030 that are too few to tell; InputRefused if they make no sense."""
    if encoding != "gb18030":
        return ""
    strange = strange_characters("\n".join(texts).encode("ascii", "surrogateescape"))
    if len(strange) >= ENOUGH:
        raise InputRefused("read.encoding_dbf", file=source.name)
    return strange


def _decoded(text: str, encoding: str) -> str:
    """Return text as its encoding has it, less a last character that the width of its field cut."""
    if text.isascii():
        return text
    content = text.encode("ascii", "surrogateescape")
    return next(_attempts(content, encoding)).strip()


def _attempts(content: bytes, encoding: str) -> Iterator[str]:
    for cut in range(LONGEST_CHARACTER):
        try:
            yield content[: len(content) - cut].decode(encoding)
        except UnicodeDecodeError:
            if cut == LONGEST_CHARACTER - 1:
                raise
