"""Which reader reads which file. The ending chooses, never the content, so that nothing else can pose as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import read_geojson, read_geopackage
from gridplan.exchange.lists.kml import read_kml
from gridplan.exchange.lists.parquet import read_parquet
from gridplan.exchange.lists.shapefile import read_shapefile, read_zip
from gridplan.exchange.lists.source import Source, Table
from gridplan.exchange.lists.text import read_csv
from gridplan.exchange.lists.workbook import read_workbook

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
    ".parquet": read_parquet,
}


def read_in_this_process(source: Source) -> tuple[Table, ...]:
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
    return reader(source)
