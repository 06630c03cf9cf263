"""CSV files that spreadsheets open: marked as UTF-8, numbers as numbers, and no cell that would run as a formula."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Final

from gridplan.exchange.xlsx import NUMBER_FORMATS, Cell, CellStyle, Table

SPREADSHEET_CELL: Final = 32_767
"""Characters that a cell of a spreadsheet holds at most: what is longer is cut off, since it could not be mended."""
RISKY_START: Final = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
SIGNED_NUMBER: Final = re.compile(r"[+-]\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


def write_csv(path: Path, table: Table) -> None:
    """Write a table: the lines of its heading, the names of its columns, its rows."""
    with path.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerows([escape_formula(line)] for line in table.heading)
        writer.writerow([escape_formula(column.header) for column in table.columns])
        styles = [column.style for column in table.columns]
        writer.writerows([_written(cell, style) for cell, style in zip(row, styles, strict=True)] for row in table.rows)


def _written(cell: Cell, style: CellStyle) -> str:
    if isinstance(cell, str):
        return escape_formula(cell)
    return "" if cell is None else format(cell, NUMBER_FORMATS[style][1].replace(",", ""))


def escape_formula(cell: str) -> str:
    """Return a cell as a spreadsheet does not run it: with an apostrophe in front of what would be a formula."""
    cell = cell[:SPREADSHEET_CELL]
    return f"'{cell}" if RISKY_START.match(cell) and not SIGNED_NUMBER.fullmatch(cell) else cell


def unescape(cell: str) -> str:
    """Return a cell without the apostrophe that `escape_formula` put in front of it."""
    return cell[1:] if cell.startswith("'") and RISKY_START.match(cell, 1) else cell
