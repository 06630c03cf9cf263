"""The inspection pack: what can be shown of past weeks without naming anybody, and what is not kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from gridplan.contact.visits import SOURCES
from gridplan.exchange.cartography.frame import sheet_frame
from gridplan.exchange.meeting.content import RAISED, RESOLVED, Content, DayReached, Inspection, LotGrid, Needs
from gridplan.exchange.paper.document import Align, Block, Box, Pages, Paper, lines_of, printed, short_day
from gridplan.words import BETWEEN, Lang, say

ACROSS: Final = Box(0, 0, 297, 210)
"""A4 across."""
SIZE: Final = 9.5
ABOUT_SIZE, TITLE_SIZE = 10.5, 14.0
BETWEEN_PARTS: Final = 5.0
ROW: Final = 6.6
LINE: Final = 4.4
"""The height of a line of several in a row, in millimetres."""
PADDING: Final = 1.2
NAME, SOURCE = 44.0, 46.0
"""The widths of columns of names and of sources."""
COUNTS: Final = {
    "raised": RAISED,
    "on_the_spot": ("on_the_spot",),
    "referred": ("referred",),
    "in_town": ("in_town",),
    "resolved": RESOLVED,
    "waiting": ("waiting",),
    "overdue": ("overdue",),
}
"""The columns of needs, each with the counts that it is the sum of."""
NOT_KEPT: Final = ("pictures", "moments", "notes", "answers", "who", "ranking", "sensitive", "old")


def write_inspection(content: Content) -> bytes:
    """Return the inspection pack of a snapshot as a PDF on A4 across.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    lang, stamp, title = content.lang, content.stamp, say("inspection.title", content.lang)

    def draw(paper: Paper) -> None:
        room = sheet_frame(Paper(title, lang, ACROSS), ACROSS, stamp, title, "", lang)
        laid = []
        for parts in (_shown(paper, content, room), [_not_kept(paper, room, lang)]):
            pages = Pages(room.top, room.top + room.height)
            for part in parts:
                for block, together in _blocks(paper, part, room):
                    pages.add(block, together)
            laid.append(pages)
        count, number = sum(len(pages.pages) for pages in laid), 0
        for pages in laid:
            for _ in pages.draw():
                number += 1
                sheet_frame(paper, ACROSS, stamp, f"{title} · {content.title}", f"{number}/{count}", lang)
                paper.turn()

    return printed(f"{title} · {content.title}", lang, draw, ACROSS)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the pack: its title, what is said above its table, the header and rows of that."""

    title: str
    about: str
    header: Block | None = None
    rows: Sequence[Block] = ()


def _blocks(paper: Paper, part: _Part, room: Box) -> Iterator[tuple[Block, float]]:
    """Yield the blocks of a part, each with the height of what has to stay on its page."""
    above = [_said(paper, room, part.title, TITLE_SIZE, bold=True)]
    above += [_said(paper, room, part.about, ABOUT_SIZE)] if part.about else []
    above += [part.header] if part.header else []
    first = part.rows[0].height if part.rows else 0.0
    for at, block in enumerate(above, start=1):
        yield block, sum(one.height for one in above[at:]) + first
    for row in part.rows:
        yield row, 0.0
    yield Block(BETWEEN_PARTS, lambda _: None), 0.0


# ---- the parts


def _shown(paper: Paper, content: Content, room: Box) -> Iterator[_Part]:
    """Yield the parts that show what was done."""
    lang, inspection = content.lang, content.inspection
    if inspection is not None:
        if inspection.villages:
            yield _weeks(paper, inspection, room, lang)
        yield _lots(paper, inspection, content.stamp.snapshot, room, lang)
    if content.needs is not None:
        yield _needs(paper, content.needs, room, lang)


def _weeks(paper: Paper, inspection: Inspection, room: Box, lang: Lang) -> _Part:
    table = _Table(paper, room, (NAME, *_even(room.width - NAME, len(inspection.weeks))))
    header = table.header((say("book.village", lang), *(short_day(week, lang) for week in inspection.weeks)))
    sums = [
        tuple(sum(one.weeks[week][of] for one in inspection.villages) for of in (0, 1))
        for week in range(len(inspection.weeks))
    ]
    rows = [table.row((one.village, *map(_reached, one.weeks)), header) for one in inspection.villages]
    rows.append(table.row((say("book.total", lang), *map(_reached, sums)), header, bold=True))
    return _Part(say("inspection.weeks", lang), say("inspection.weeks_about", lang), header, rows)


def _reached(counts: tuple[int, ...]) -> str:
    n, of = counts
    return f"{n:,}/{of:,}" if of else "–"


def _lots(paper: Paper, inspection: Inspection, seed: str, room: Box, lang: Lang) -> _Part:
    weeks, grids = inspection.weeks, inspection.grids
    table = _Table(paper, room, (NAME, SOURCE, *_even(room.width - NAME - SOURCE, len(weeks))))
    heads = (say("inspection.grid", lang), say("inspection.source", lang), *(short_day(week, lang) for week in weeks))
    header = table.header(heads)
    about = say("inspection.lot_about", lang, n=len(grids), of=inspection.drawn_of, seed=seed)
    rows = [_together([table.row(texts) for texts in _days(grid, weeks, lang)], header) for grid in grids]
    return _Part(say("inspection.lot", lang), about, header, rows)


def _days(grid: LotGrid, weeks: Sequence[date], lang: Lang) -> Iterator[tuple[str, ...]]:
    """Yield a row for each source of a grid: of every week the days on which somebody was reached."""
    name = say("inspection.grid_of", lang, village=grid.village, n=str(grid.number))
    of = {source: [day for day in grid.days if day.source == source] for source in SOURCES}
    for source, days in of.items():
        if days:
            told = (_told([day for day in days if week <= day.day < week + timedelta(weeks=1)], lang) for week in weeks)
            yield (name, say(f"visit.source.{source}", lang), *told)
            name = ""
    if name:
        yield (name, say("inspection.no_days", lang), *("" for _ in weeks))


def _told(days: Sequence[DayReached], lang: Lang) -> str:
    """Return days of a week by their numbers, those next to each other as one; a tick where the week alone is known."""
    dated = [day.day for day in days if not day.week_only]
    runs = [
        [day for _, day in run] for _, run in groupby(enumerate(dated), key=lambda one: one[1].toordinal() - one[0])
    ]
    texts = [f"{run[0].day}" if len(run) == 1 else f"{run[0].day}–{run[-1].day}" for run in runs]
    return BETWEEN[lang].join([*texts, *([say("sheet.sign.met", lang)] if len(dated) < len(days) else [])])


def _needs(paper: Paper, needs: Needs, room: Box, lang: Lang) -> _Part:
    if not needs.villages:
        return _Part(say("inspection.needs", lang), say("need.none", lang))
    table = _Table(paper, room, (NAME, *_even(room.width - NAME, len(COUNTS))))
    header = table.header((say("book.village", lang), *(say(f"need.count.{name}", lang) for name in COUNTS)))
    rows = [
        table.row((village, *(needs.told(*of, village=village).say(lang) for of in COUNTS.values())), header)
        for village, _ in needs.villages
    ]
    sums = (needs.told(*of).say(lang) for of in COUNTS.values())
    rows.append(table.row((say("book.total", lang), *sums), header, bold=True))
    return _Part(say("inspection.needs", lang), "", header, rows)


def _not_kept(paper: Paper, room: Box, lang: Lang) -> _Part:
    table = _Table(paper, room, (room.width * 0.62, room.width * 0.38), "left")
    header = table.header((say("inspection.what", lang), say("inspection.rule", lang)))
    rows = [
        table.row((say(f"inspection.not_kept.{what}", lang), say(f"inspection.rule.{what}", lang)), header)
        for what in NOT_KEPT
    ]
    return _Part(say("inspection.not_kept", lang), say("inspection.not_kept_about", lang), header, rows)


# ---- how they are drawn


@dataclass(frozen=True, slots=True)
class _Table:
    """Columns of some widths, of which all but the first are aligned alike."""

    paper: Paper
    room: Box
    widths: tuple[float, ...]
    align: Align = "center"

    def header(self, texts: Sequence[str]) -> Block:
        """Return the headings of the columns."""
        return self.row(texts, bold=True)

    def row(self, texts: Sequence[str], heads: Block | None = None, *, bold: bool = False) -> Block:
        """Return a row, as high as the lines of its texts."""
        lines = max(
            len(lines_of(text, SIZE, width - 2 * PADDING, bold=bold))
            for text, width in zip(texts, self.widths, strict=True)
        )
        height = ROW + max(lines - 1, 0) * LINE
        return Block(height, partial(self._draw, tuple(texts), height, bold), heads)

    def _draw(self, texts: Sequence[str], height: float, bold: bool, top: float) -> None:
        left = self.room.left
        for at, (text, width) in enumerate(zip(texts, self.widths, strict=True)):
            box = Box(left, top, width, height)
            self.paper.box(box, 0.4 if bold else 0.15)
            self.paper.text(box.within(PADDING), text, SIZE, bold=bold, align=self.align if at else "left")
            left += width


def _even(width: float, columns: int) -> list[float]:
    return [width / max(columns, 1)] * columns


def _together(rows: Sequence[Block], header: Block) -> Block:
    """Return rows that stay on one page as one."""

    def draw(top: float) -> None:
        for row in rows:
            row.draw(top)
            top += row.height

    return Block(sum(row.height for row in rows), draw, header)


def _said(paper: Paper, room: Box, text: str, size: float, *, bold: bool = False) -> Block:
    """Return what is said above a table."""
    height = len(lines_of(text, size, room.width, bold=bold)) * size * 0.45

    def draw(top: float) -> None:
        paper.paragraphs(Box(room.left, top, room.width, height), [(text, bold)], size)

    return Block(height + 2, draw)
