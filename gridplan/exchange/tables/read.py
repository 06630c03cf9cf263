"""The lists in any file that gridplan reads, parsed in a process of its own within limits of time and memory.

The rows come back packed, so that neither side holds a large list as texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import shapely

from gridplan.errors import InputRefused
from gridplan.exchange.tables.source import Source, Table, parse_source
from gridplan.sandbox import Child, Limits, WorkEnded
from gridplan.words import Message

READER: Final = "gridplan.exchange.tables.formats:read_to_send"
LIMITS = Limits(seconds=60, memory=400_000_000)
"""What one file may take."""
MOST_ROWS_TO_REUSE = 50_000
"""Rows; a child that read more has grown and is not kept."""
WHY_NOT: Final = {"slow": "read.too_slow", "memory": "read.too_much_memory", "crash": "read.crashed"}


def read_table(argument: str | Source) -> Table:
    """Return the one list wanted of a file: where several sheets hold one, the first, which a note says.

    Raises
    ------
    InputRefused
        As of `read_all`.
    """
    first, *others = read_all([argument])
    if not others:
        return first
    names = ", ".join(str(table.sheet) for table in others)
    note = Message("read.note.sheets_left", {"n": len(others), "names": names})
    return replace(first, notes=(*first.notes, note))


def read_all(arguments: Sequence[str | Source]) -> tuple[Table, ...]:
    """Return the lists in FILE, FILE#layer or FILE#layer@FRAME, several such in their order, all read by one child.

    Of a workbook without a sheet named they are those of all sheets.

    Raises
    ------
    InputRefused
        A file cannot be read, is not what its ending says, takes more time or memory than `LIMITS`, or breaks its
        reader.
    """
    sources = list(map(parse_source, arguments))
    child = Child.take()
    try:
        tables = tuple(table for source in sources for table in _read_by(child, source))
    except InputRefused:
        child.release()
        raise
    except BaseException:
        child.stop()
        raise
    if sum(len(table.rows) for table in tables) > MOST_ROWS_TO_REUSE:
        child.stop()
    else:
        child.release()
    return tables


def _read_by(child: Child, source: Source) -> Iterator[Table]:
    try:
        found = child.work(READER, source, LIMITS)
    except WorkEnded as end:
        raise InputRefused(WHY_NOT[end.why], file=source.name, seconds=int(LIMITS.seconds)) from end
    for table in found:
        yield replace(table, shapes=None if table.shapes is None else shapely.from_wkb(table.shapes))
