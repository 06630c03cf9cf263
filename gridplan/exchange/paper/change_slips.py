"""Slips for members whose households change with a plan: whom they gain, who leaves to which grid, since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from gridplan.exchange.paper.document import PAGE, Align, Block, Box, Pages, Paper, printed, written_day
from gridplan.words import Lang, say, series


@dataclass(frozen=True, slots=True)
class SlipRow:
    """A household on a slip."""

    mark: str
    grid: int | None
    """The number of the grid that it comes to; None: it is in none."""
    hamlet: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSlip:
    """What changes for one member in a village."""

    village: str
    member: str
    day: date
    gained: tuple[SlipRow, ...]
    lost: tuple[SlipRow, ...]


MARGIN: Final = 15.0
WIDTH: Final = PAGE.width - 2 * MARGIN
TOP: Final = 12.0
BOTTOM: Final = PAGE.height - 12.0
TITLE, HEADING, HEADER, ROW, CUT = 20.0, 9.0, 6.5, 6.5, 12.0
"""Heights."""
COLUMNS: Final = {"grid": 24.0, "door": 66.0, "hamlet": 45.0, "name": 45.0}
PADDING: Final = 1.2


def write_change_slips(slips: Sequence[ChangeSlip], lang: Lang) -> bytes:
    """Return slips as a PDF, one below the other and to be cut; one that has room on a page is on one page.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    villages = series(dict.fromkeys(slip.village for slip in slips)).say(lang)

    def draw(paper: Paper) -> None:
        pages = Pages(TOP, BOTTOM)
        for slip in slips:
            blocks = list(_blocks(paper, slip, lang))
            whole = sum(block.height for block in blocks)
            together = whole - blocks[0].height if whole <= BOTTOM - TOP else HEADING + HEADER + ROW
            for at, block in enumerate(blocks):
                pages.add(block, 0 if at else together)
        for _ in pages.draw():
            paper.turn()

    return printed(f"{say('change_slip.title', lang)} {villages}", lang, draw)


def _blocks(paper: Paper, slip: ChangeSlip, lang: Lang) -> Iterator[Block]:
    columns = _columns((*slip.gained, *slip.lost))
    title = Block(TITLE, partial(_title, paper, slip, lang))
    yield title
    for code, rows in (("change_slip.gained", slip.gained), ("change_slip.lost", slip.lost)):
        if rows:
            yield Block(HEADING, partial(_heading, paper, say(code, lang, n=len(rows))), title)
            yield Block(HEADER, partial(_header, paper, columns, code, lang), title)
        for row in rows:
            yield Block(ROW, partial(_row, paper, columns, row, lang), title)
    yield Block(CUT, partial(_cut, paper))


def _columns(rows: Sequence[SlipRow]) -> dict[str, float]:
    """Return the columns that have something in them; the door has the room of those that have not."""
    none = {code for code in ("hamlet", "name") if not any(getattr(row, code) for row in rows)}
    room = sum(COLUMNS[code] for code in none)
    return {code: width + room * (code == "door") for code, width in COLUMNS.items() if code not in none}


def _title(paper: Paper, slip: ChangeSlip, lang: Lang, top: float) -> None:
    name = f"{slip.member} · {slip.village}"
    paper.text(Box(MARGIN, top, WIDTH * 0.6, 10), name, 16, bold=True)
    title = say("change_slip.heading", lang)
    paper.text(Box(MARGIN + WIDTH * 0.6, top, WIDTH * 0.4, 10), title, 11, align="right")
    day = say("change_slip.from", lang, day=written_day(slip.day, lang))
    paper.text(Box(MARGIN, top + 10, WIDTH, 8), day, 12)


def _heading(paper: Paper, text: str, top: float) -> None:
    paper.text(Box(MARGIN, top + 2, WIDTH, HEADING - 3), text, 12, bold=True)


def _header(paper: Paper, columns: Mapping[str, float], code: str, lang: Lang, top: float) -> None:
    texts = {
        "grid": say("change_slip.own_grid" if code == "change_slip.gained" else "change_slip.to_grid", lang),
        **{column: say(f"handover.column.{column}", lang) for column in ("door", "hamlet", "name")},
    }
    _cells(paper, columns, texts, top, bold=True)


def _row(paper: Paper, columns: Mapping[str, float], row: SlipRow, lang: Lang, top: float) -> None:
    grid = say("change_slip.no_grid", lang) if row.grid is None else str(row.grid)
    texts = {"grid": grid, "door": row.mark, "hamlet": row.hamlet or "", "name": row.name or ""}
    _cells(paper, columns, texts, top)


def _cells(
    paper: Paper, columns: Mapping[str, float], texts: Mapping[str, str], top: float, *, bold: bool = False
) -> None:
    left = MARGIN
    for column, width in columns.items():
        cell = Box(left, top, width, ROW)
        paper.box(cell)
        align: Align = "center" if column == "grid" else "left"
        paper.text(cell.within(PADDING), texts[column], 9.5 if bold else 10.5, bold=bold, align=align)
        left += width


def _cut(paper: Paper, top: float) -> None:
    paper.line((0, top + CUT / 2), (PAGE.width, top + CUT / 2))
