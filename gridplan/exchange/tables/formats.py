"""Which reader reads which file. The ending chooses, never the content, so that nothing else can pose as a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import LONGEST_CELL
from gridplan.exchange.tables.plain_cells import with_plain_cells
from gridplan.exchange.tables.readers.delimited import read_csv
from gridplan.exchange.tables.readers.geojson import read_geojson
from gridplan.exchange.tables.readers.geopackage import read_geopackage
from gridplan.exchange.tables.readers.geoparquet import read_parquet
from gridplan.exchange.tables.readers.kml import read_kml, read_kmz
from gridplan.exchange.tables.readers.shapefile import read_shapefile, read_zip
from gridplan.exchange.tables.readers.spreadsheet import read_workbook
from gridplan.exchange.tables.source import Source, Table
from gridplan.words import Message

READERS: Final[Mapping[str, Callable[[Source], tuple[Table, ...]]]] = {
    ".xlsx": read_workbook,
    ".xls": read_workbook,
    ".et": read_workbook,
    ".ods": read_workbook,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".gpkg": read_geopackage,
    ".shp": read_shapefile,
    ".zip": read_zip,
    ".kml": read_kml,
    ".kmz": read_kmz,
    ".ovkml": read_kml,
    ".ovkmz": read_kmz,
    ".parquet": read_parquet,
}

SHEETS: Final = {read_csv, read_workbook}
"""Those that look at every cell while they read: how long it is, and whether it is plain."""
KINDS: Final = (
    (
        re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head|meta|table|body)", re.IGNORECASE),
        "read.kind.web_page",
        "",
    ),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<\?xml(?s:.){0,400}Excel\.Sheet"), "read.kind.xml_workbook", ".xml"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<"), "read.kind.xml", ".kml .ovkml .xml"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*[{\[]"), "read.kind.json", ".json .geojson"),
    (re.compile(rb"PK\x03\x04"), "read.kind.zip", ".xlsx .ods .zip .kmz .ovkmz"),
    (re.compile(rb"\xd0\xcf\x11\xe0"), "read.kind.old_workbook", ".xls .et .xlsx .ods"),
    (re.compile(rb"SQLite format 3\0"), "read.kind.database", ".gpkg"),
    (re.compile(rb"PAR1"), "read.kind.parquet", ".parquet"),
    (re.compile(rb"%PDF-"), "read.kind.pdf", ""),
    (re.compile(rb"\x1f\x8b|Rar!|7z\xbc\xaf"), "read.kind.packed", ""),
)
"""What files begin with, what they are then, and the endings that say so. Only to tell why a file was refused."""


def read_to_send(source: Source) -> Iterator[Table]:
    """Read a file in the child process, and pack its shapes for the way."""
    for table in read_unsandboxed(source):
        yield replace(table, shapes=None if table.shapes is None else np.asarray(shapely.to_wkb(table.shapes)))


def read_unsandboxed(source: Source) -> tuple[Table, ...]:
    """Return the lists in a file.

    Raises
    ------
    InputRefused
        The file cannot be read, or is not what its ending says.
    """
    reader = READERS.get(source.ending)
    if reader is None:
        source.content()  # that it is missing or a folder is the better answer
        if source.ending == ".xlsm":
            raise InputRefused("read.macros", file=source.name)
        raise InputRefused("read.ending", file=source.name, endings=" ".join(READERS))
    try:
        tables = reader(source)
    except InputRefused as refusal:
        if refusal.message.code != "read.not_its_ending":
            raise
        raise _named(source) or refusal from None
    if reader in SHEETS:
        return tables
    _refuse_long_cells(tables)
    return tuple(map(with_plain_cells, tables))


def _refuse_long_cells(tables: Sequence[Table]) -> None:
    for table in tables:
        for column in table.rows.columns:
            if any(max(map(len, block)) > LONGEST_CELL for block in column.blocks()):
                row = next(
                    number for number, cell in zip(table.numbers, column, strict=True) if len(cell) > LONGEST_CELL
                )
                raise InputRefused("read.cell_too_long", file=table.source.name, row=str(row), most=LONGEST_CELL)


def _named(source: Source) -> InputRefused | None:
    """Return the refusal of a file that is plainly something else than its ending says; None if it may be damaged."""
    content = source.content()
    kind, endings = next((what for pattern, *what in KINDS if pattern.match(content)), ("", ""))
    if not kind and b"\0" not in content:
        kind, endings = "read.kind.text", ".csv .tsv .txt"
    if not kind or source.ending in endings.split():
        return None
    return InputRefused("read.another_kind", file=source.name, ending=source.ending, kind=Message(kind))
