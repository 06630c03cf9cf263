"""One list out of any file that gridplan reads. The ending chooses the reader; the content never does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.features import read_geojson, read_geopackage
from gridplan.exchange.lists.sheets import read_csv, read_xlsx
from gridplan.exchange.lists.source import Source, Table, parse_source

READERS: Final[Mapping[str, Callable[[Source], Table]]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_xlsx,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".gpkg": read_geopackage,
}


def read_table(argument: str) -> Table:
    """Return the list in FILE, FILE#layer or FILE#layer@FRAME.

    Raises
    ------
    InputRefused
        The file cannot be read, or is not what its ending says.
    """
    source = parse_source(argument)
    reader = READERS.get(source.ending)
    if reader is None:
        source.content()  # that it is missing or a folder is the better answer
        raise InputRefused("read.ending", file=source.name, endings=" ".join(READERS))
    return reader(source)
