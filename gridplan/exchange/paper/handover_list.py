"""Handover lists: who hands which households to whom, when each was last met, what is open, and two signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from gridplan.exchange.paper.document import PAGE, Align, Block, Box, Pages, Paper, printed, written_day
from gridplan.words import Lang, Message, say, series


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A household that is handed over, as its lead may see it."""

    place: int
    """Its place in the visiting order."""
    mark: str
    hamlet: str | None = None
    name: str | None = None
    last_contact: date | None = None
    state: Message | None = None
    """What else the next one has to know: no visit needed, away until when."""


@dataclass(frozen=True, slots=True)
class HandoverGrid:
    """A grid that is handed over."""

    grid: str
    """As pages call it."""
    rows: tuple[HandoverRow, ...]


@dataclass(frozen=True, slots=True)
class HandoverList:
    """What one member hands to another on a day."""

    village: str
    giver: str | None
    """None where nobody is left who could hand over."""
    taker: str
    day: date
    grids: tuple[HandoverGrid, ...]
    until: date | None = None
    """The last day of a cover; None: for good."""
    open_matters: tuple[Message, ...] = ()


MARGIN: Final = 15.0
WIDTH: Final = PAGE.width - 2 * MARGIN
TOP: Final = 15.0
BOTTOM: Final = 280.0
TITLE, PEOPLE, HEADING, HEADER, ROW, MATTER, SIGNATURES = 12.0, 24.0, 12.0, 8.0, 9.0, 9.0, 38.0
"""Heights."""
BLANK_LINES: Final = 3
"""Lines for what is still to be written among open matters."""
COLUMNS: Final = {"place": 12.0, "door": 46.0, "hamlet": 26.0, "name": 30.0, "last": 32.0, "state": 34.0}
PADDING: Final = 1.2


def write_handover_lists(lists: Sequence[HandoverList], lang: Lang) -> bytes:
    """Return handover lists as a PDF, each from a new page on.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    takers = series(dict.fromkeys(one.taker for one in lists)).say(lang)

    def draw(paper: Paper) -> None:
        for one in lists:
            pages = Pages(TOP, BOTTOM)
            for block, together in _blocks(paper, one, lang):
                pages.add(block, together)
            for number in pages.draw():
                foot = f"{one.village} · {one.taker} · {number}/{len(pages.pages)}"
                paper.text(Box(MARGIN, 284, WIDTH, 6), foot, 9, align="right")
                paper.turn()

    return printed(f"{say('handover.title', lang)} {takers}", lang, draw)


def _blocks(paper: Paper, handed: HandoverList, lang: Lang) -> Iterator[tuple[Block, float]]:
    """Yield the blocks of a list, each with the height of what has to stay on its page."""
    columns = _columns(handed)
    yield Block(TITLE, partial(_title, paper, handed, lang)), 0
    yield Block(PEOPLE, partial(_people, paper, handed, lang)), 0
    header = Block(HEADER, partial(_header, paper, columns, lang))
    for grid in handed.grids:
        title = say("handover.grid", lang, grid=grid.grid, n=len(grid.rows))
        yield Block(HEADING, partial(_heading, paper, title)), HEADER + ROW
        yield header, ROW
        for row in grid.rows:
            yield Block(ROW, partial(_row, paper, row, columns, lang), header), 0
    matters = Block(HEADING, partial(_heading, paper, say("handover.open", lang)))
    yield matters, MATTER
    for number, matter in enumerate(handed.open_matters, start=1):
        yield Block(MATTER, partial(_matter, paper, f"{number}. {matter.say(lang)}"), matters), 0
    for left in range(BLANK_LINES, 0, -1):
        yield Block(MATTER, partial(_blank_line, paper), matters), (left - 1) * MATTER + SIGNATURES
    yield Block(SIGNATURES, partial(_signatures, paper, lang)), 0


def _columns(handed: HandoverList) -> dict[str, float]:
    """Return the columns that have something in them; the door has the room of those that have not."""
    rows = [row for grid in handed.grids for row in grid.rows]
    none = {code for code in ("hamlet", "name") if not any(getattr(row, code) for row in rows)}
    room = sum(COLUMNS[code] for code in none)
    return {code: width + room * (code == "door") for code, width in COLUMNS.items() if code not in none}


def _title(paper: Paper, handed: HandoverList, lang: Lang, top: float) -> None:
    paper.text(Box(MARGIN, top, WIDTH, TITLE - 2), f"{say('handover.title', lang)} · {handed.village}", 20, bold=True)


def _people(paper: Paper, handed: HandoverList, lang: Lang, top: float) -> None:
    half = WIDTH / 2
    for left, code, name in ((MARGIN, "handover.from", handed.giver), (MARGIN + half, "handover.to", handed.taker)):
        paper.text(Box(left, top, half - 4, 5), say(code, lang), 10)
        if name is None:
            paper.line((left, top + 13), (left + half - 4, top + 13))
        else:
            paper.text(Box(left, top + 5, half - 4, 9), name, 16, bold=True)
    day, until = written_day(handed.day, lang), handed.until
    days = say("handover.on", lang, day=day)
    if until is not None:
        days = say("handover.until", lang, day=day, until=written_day(until, lang))
    paper.text(Box(MARGIN, top + 15, WIDTH, 7), days, 12)


def _heading(paper: Paper, text: str, top: float) -> None:
    paper.text(Box(MARGIN, top + 3, WIDTH, HEADING - 4), text, 14, bold=True)


def _header(paper: Paper, columns: Mapping[str, float], lang: Lang, top: float) -> None:
    texts = {code: say(f"handover.column.{code}", lang) for code in columns}
    _cells(paper, Box(MARGIN, top, WIDTH, HEADER), columns, texts, bold=True)


def _row(paper: Paper, row: HandoverRow, columns: Mapping[str, float], lang: Lang, top: float) -> None:
    last = written_day(row.last_contact, lang) if row.last_contact else say("handover.never", lang)
    texts = {
        **{"place": str(row.place), "door": row.mark, "hamlet": row.hamlet or "", "name": row.name or ""},
        **{"last": last, "state": row.state.say(lang) if row.state else ""},
    }
    _cells(paper, Box(MARGIN, top, WIDTH, ROW), columns, texts)


def _cells(
    paper: Paper, box: Box, columns: Mapping[str, float], texts: Mapping[str, str], *, bold: bool = False
) -> None:
    left = box.left
    for code, width in columns.items():
        cell = Box(left, box.top, width, box.height)
        paper.box(cell)
        align: Align = "center" if code == "place" else "left"
        paper.text(cell.within(PADDING), texts[code], 10 if bold else 11, bold=bold, align=align)
        left += width


def _matter(paper: Paper, text: str, top: float) -> None:
    paper.text(Box(MARGIN, top, WIDTH, MATTER), text, 12)


def _blank_line(paper: Paper, top: float) -> None:
    paper.line((MARGIN, top + MATTER), (MARGIN + WIDTH, top + MATTER))


def _signatures(paper: Paper, lang: Lang, top: float) -> None:
    for base, code in ((top + 18, "handover.signed_from"), (top + 36, "handover.signed_to")):
        paper.text(Box(MARGIN, base - 8, 40, 8), say(code, lang), 12)
        paper.line((MARGIN + 40, base), (MARGIN + 115, base), width=0.3)
        paper.text(Box(MARGIN + 120, base - 8, 18, 8), say("handover.signed_on", lang), 12)
        paper.line((MARGIN + 138, base), (MARGIN + WIDTH, base), width=0.3)
