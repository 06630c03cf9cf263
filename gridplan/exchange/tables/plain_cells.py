"""Cells as their lists mean them: without characters that nobody sees, and without a spreadsheet's guards of texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gridplan.exchange.tables.packed import packed_rows
from gridplan.exchange.tables.source import Table
from gridplan.names import MAY_BE_INVISIBLE, NOT_COMPARED, visible
from gridplan.words import Message

GUARD: Final = re.compile(
    r"""\s*=\s*"((?:[^"]|"")*)"\s*|(?:'(?![a-z][ -])|[‘’＇](?=\d))([^'\s].*)(?<!['’＇])""", re.DOTALL
)
"""="0001", and an apostrophe in front of what should stay a text; no quoted one, and none of 's-Hertogenbosch."""
MAY_BE_GUARDED: Final = re.compile("[='‘’＇]")
BETWEEN: Final = "\n"
NAMED: Final = 5
"""Characters that a note names by their code points."""


@dataclass(slots=True)
class PlainCells:
    """The cells of a table while they are read, and what had to be taken away from them."""

    hidden: set[str] = field(default_factory=set)
    with_hidden: int = 0
    guarded: int = 0

    def of_row(self, cells: Sequence[str]) -> Sequence[str]:
        """Return the cells of a row, or any others, as they are meant."""
        joined = BETWEEN.join(cells)
        plain = joined.isascii()
        if not plain and MAY_BE_INVISIBLE.search(joined):
            cells = [self._visible(cell) for cell in cells]
        if "'" in joined or "=" in joined or (not plain and MAY_BE_GUARDED.search(joined)):
            cells = [self._unguarded(cell) for cell in cells]
        return cells

    def notes(self) -> Iterator[Message]:
        """Yield what was taken away."""
        if self.with_hidden:
            points = [f"U+{ord(one):04X}" for one in sorted(self.hidden)]
            named = ", ".join(points[:NAMED]) + (" …" if len(points) > NAMED else "")
            yield Message("read.note.invisible", {"n": self.with_hidden, "characters": named})
        if self.guarded:
            yield Message("read.note.text_guards", {"n": self.guarded})

    def _visible(self, cell: str) -> str:
        plain = visible(cell)
        if plain != cell:
            self.with_hidden += 1
            self.hidden.update(set(NOT_COMPARED.findall(cell)) - set(plain))
        return plain

    def _unguarded(self, cell: str) -> str:
        found = GUARD.fullmatch(cell)
        if found is None:
            return cell
        self.guarded += 1
        return found[2] if found[1] is None else found[1].replace('""', '"')


def with_plain_cells(table: Table) -> Table:
    """Return a table with its cells as they are meant, and notes on what was taken away."""
    plain = PlainCells()
    header = tuple(plain.of_row(table.header))
    rows = packed_rows(map(plain.of_row, table.rows), len(header))
    return replace(table, header=header, rows=rows, notes=(*table.notes, *plain.notes()))
