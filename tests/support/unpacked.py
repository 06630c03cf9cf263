"""All that a file holds, as texts: what is packed or compressed in it, its metadata, names of parts, rows of tables."""

from __future__ import annotations

import html
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

from PIL import ExifTags, Image
from pypdf import PdfReader
from pypdf.generic import StreamObject, TextStringObject

PICTURES = (b"\x89PNG", b"\xff\xd8")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def texts_in(file: bytes) -> Iterator[str]:
    """Yield all texts of a file, of whatever kind it is, and of the files in it."""
    yield from [file.decode("latin-1")] if file.startswith(PICTURES) else _decoded(file)
    if file.startswith(b"PK"):
        yield from _in_zip(file)
    elif file.startswith(b"%PDF"):
        yield from _in_pdf(file)
    elif file.startswith(b"SQLite format 3"):
        yield from _in_database(file)
    elif file.startswith(PICTURES):
        yield from _in_picture(file)


def _decoded(data: bytes) -> Iterator[str]:
    """Yield bytes as text, and without what markup and JSON escape."""
    text = data.decode("utf-8", "replace")
    yield text
    plain = html.unescape(ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    if plain != text:
        yield plain
        yield re.sub("<[^>]*>", "", plain)  # a name may stand in several runs
    yield data.decode("utf-16-le", "ignore")


def _in_zip(file: bytes) -> Iterator[str]:
    with zipfile.ZipFile(BytesIO(file)) as packed:
        yield packed.comment.decode("utf-8", "replace")
        for member in packed.infolist():
            yield member.filename
            yield from texts_in(packed.read(member))


def _in_pdf(file: bytes) -> Iterator[str]:
    reader = PdfReader(BytesIO(file))
    yield from map(str, (reader.metadata or {}).values())
    for page in reader.pages:
        yield page.extract_text()
    for number in range(1, len(reader.xref[0]) + 1 if reader.xref else 0):
        found = reader.get_object(number)
        yield from _in_object(found)


def _in_object(found: object) -> Iterator[str]:
    if isinstance(found, StreamObject):
        data = found.get_data()
        yield from _in_picture(data) if data.startswith(PICTURES) else [data.decode("latin-1")]
    if isinstance(found, TextStringObject):
        yield str(found)
    if isinstance(found, dict):
        for value in found.values():
            yield from _in_object(value) if not isinstance(value, StreamObject) else ()
    elif isinstance(found, list):
        for value in found:
            yield from _in_object(value)


def _in_database(file: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.gpkg"
        path.write_bytes(file)
        with closing(sqlite3.connect(path)) as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                yield table
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    yield from map(str, row)


def _in_picture(file: bytes) -> Iterator[str]:
    with Image.open(BytesIO(file)) as picture:
        yield from map(str, picture.info.values())
        yield from (f"{ExifTags.TAGS.get(tag, tag)} {value}" for tag, value in picture.getexif().items())
