"""The lists in any file that gridplan reads, each file parsed in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gridplan.exchange.tables.sandbox import read_in_child
from gridplan.exchange.tables.source import Source, Table, parse_source
from gridplan.words import Message


def read_tables(argument: str | Source) -> tuple[Table, ...]:
    """Return the lists in FILE, FILE#layer or FILE#layer@FRAME: one, or those of all sheets of a workbook.

    Raises
    ------
    InputRefused
        The file cannot be read, or is not what its ending says.
    """
    return read_all([argument])


def read_all(arguments: Sequence[str | Source]) -> tuple[Table, ...]:
    """Return the lists in several files, in their order.

    Raises
    ------
    InputRefused
        One of the files cannot be read, or is not what its ending says.
    """
    return read_in_child([parse_source(argument) for argument in arguments])


def read_table(argument: str | Source) -> Table:
    """Return the one list wanted of a file: where several sheets hold one, the first, which a note says.

    Raises
    ------
    InputRefused
        The file cannot be read, or is not what its ending says.
    """
    first, *others = read_tables(argument)
    if not others:
        return first
    names = ", ".join(str(table.sheet) for table in others)
    note = Message("read.note.sheets_left", {"n": len(others), "names": names})
    return replace(first, notes=(*first.notes, note))
