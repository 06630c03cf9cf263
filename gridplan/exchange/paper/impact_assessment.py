"""The assessment of the impact on people, to be approved before a town uses the service: as a PDF and as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from gridplan.exchange.paper.document import LEADING, PAGE, Block, Box, Pages, Paper, lines_of, printed, written_day
from gridplan.words import Lang, Message, say


@dataclass(frozen=True, slots=True)
class KeptRow:
    """What is kept for a purpose."""

    purpose: str
    how_long: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class ImpactAssessment:
    """What is put before whoever approves it."""

    town: str
    version: str
    day: date
    counts: Message
    """How many villages, households and people it is about."""
    kept: tuple[KeptRow, ...]
    settings: tuple[tuple[Message, Message], ...]
    """What the town has set: what it is, and how it is."""
    check_sum: str
    """Of PRIVACY.md, which has each column of the database."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the assessment: paragraphs, then a table, then lines to be filled in."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    blanks: tuple[str, ...] = ()


GUARDS: Final = ("roles", "passwords", "phones", "paper", "log", "erased")
"""How people are protected."""
TOWN_GUARDS: Final = ("computer", "people", "line")
"""What the town itself sees to."""
FILLED_IN: Final = ("responsible", "basis", "contact", "prepared", "opinion", "number", "approved", "signed")
"""Lines for whoever prepares and approves it."""
MARGIN: Final = 15.0
WIDTH: Final = PAGE.width - 2 * MARGIN
TOP, BOTTOM, FOOT = 13.0, 282.0, 285.0
TITLE, HEADING, BLANK = 16.0, 8.0, 8.5
"""Heights."""
SIZE: Final = 8.0
"""Points."""
LINE: Final = SIZE * LEADING * 25.4 / 72
PADDING: Final = 1.2
BELOW_PARAGRAPH: Final = 0.8
WIDTHS: Final = {4: (51.0, 37.0, 48.0, 44.0), 2: (62.0, 118.0)}
"""Of the columns of a table."""
LABEL: Final = 62.0
"""What stands before a line to be filled in."""
BLANK_TEXT: Final = "_" * 30


def write_impact_assessment(sheet: ImpactAssessment, lang: Lang) -> bytes:
    """Return an assessment as a PDF.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """

    def draw(paper: Paper) -> None:
        pages = Pages(TOP, BOTTOM)
        pages.add(Block(TITLE, partial(_title, paper, sheet, lang)))
        for section in _sections(sheet, lang):
            blocks = list(_blocks(paper, section))
            for block, after in zip(blocks, [*blocks[1:], None], strict=True):
                pages.add(block, after.height if after and block is blocks[0] else 0.0)
        for number in pages.draw():
            foot = f"{_below_title(sheet, lang)} · {number}/{len(pages.pages)}"
            paper.text(Box(MARGIN, FOOT, WIDTH, 5), foot, 7, align="right")
            paper.turn()

    return printed(f"{say('pia.title', lang)} {sheet.town}".strip(), lang, draw)


def impact_assessment_text(sheet: ImpactAssessment, lang: Lang) -> str:
    """Return an assessment as plain text: a row of a table is a paragraph with a line for each cell."""
    lines = [say("pia.title", lang), _below_title(sheet, lang)]
    for section in _sections(sheet, lang):
        lines += ["", f"## {section.heading}", ""]
        lines += section.paragraphs
        for first, *others in section.rows:
            if len(section.header) == len(WIDTHS[2]):
                lines.append(f"- {_line(first, others[0], lang)}")
            else:
                lines.append(f"- {first}")
                lines += (f"  {_line(name, cell, lang)}" for name, cell in zip(section.header[1:], others, strict=True))
        lines += (_line(label, BLANK_TEXT, lang) for label in section.blanks)
    return "\n".join(lines) + "\n"


def _sections(sheet: ImpactAssessment, lang: Lang) -> Iterator[Section]:
    """Yield the parts of an assessment, in a language."""

    def texts(prefix: str, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(say(f"{prefix}{name}", lang) for name in names)

    yield Section(
        say("pia.service", lang),
        (say("pia.service.text", lang), sheet.counts.say(lang), say("pia.service.place", lang)),
    )
    yield Section(
        say("pia.kept", lang),
        (say("pia.kept_in", lang, sum=sheet.check_sum),),
        texts("pia.column.", ("what", "why", "who", "how_long")),
        tuple(
            (
                *texts(f"pia.purpose.{row.purpose}.", ("what", "why", "who")),
                say("pia.next", lang).join(one.say(lang) for one in row.how_long),
            )
            for row in sheet.kept
        ),
    )
    yield Section(say("pia.never", lang), (say("pia.never.text", lang),))
    yield Section(
        say("pia.settings", lang),
        header=texts("pia.column.", ("setting", "value")),
        rows=tuple((what.say(lang), how.say(lang)) for what, how in sheet.settings),
    )
    yield Section(say("pia.guard", lang), texts("pia.guard.", GUARDS))
    yield Section(say("pia.town_guard", lang), texts("pia.town_guard.", TOWN_GUARDS))
    yield Section(say("pia.rights", lang), (say("pia.rights.text", lang),))
    yield Section(say("pia.approval", lang), (say("pia.approval.text", lang),), blanks=texts("pia.fill.", FILLED_IN))


def _line(name: str, value: str, lang: Lang) -> str:
    return say("pia.line", lang, name=name, value=value)


def _below_title(sheet: ImpactAssessment, lang: Lang) -> str:
    said = say("pia.below_title", lang, version=sheet.version, day=written_day(sheet.day, lang))
    return f"{sheet.town} · {said}" if sheet.town else said


# ---- the PDF


def _blocks(paper: Paper, section: Section) -> Iterator[Block]:
    yield Block(HEADING, partial(_heading, paper, section.heading))
    for text in section.paragraphs:
        lines = lines_of(text, SIZE, WIDTH)
        yield Block(len(lines) * LINE + BELOW_PARAGRAPH, partial(_lines, paper, lines, MARGIN))
    if section.rows:
        header = _row(paper, section.header, None, bold=True)
        yield header
        for row in section.rows:
            yield _row(paper, row, header)
    for label in section.blanks:
        yield Block(BLANK, partial(_blank, paper, label))


def _title(paper: Paper, sheet: ImpactAssessment, lang: Lang, top: float) -> None:
    paper.text(Box(MARGIN, top, WIDTH, 9), say("pia.title", lang), 17, bold=True)
    paper.text(Box(MARGIN, top + 9, WIDTH, 5), _below_title(sheet, lang), 9)


def _heading(paper: Paper, text: str, top: float) -> None:
    paper.text(Box(MARGIN, top + 2, WIDTH, HEADING - 2.5), text, 11, bold=True)


def _lines(paper: Paper, lines: Sequence[str], left: float, top: float, *, bold: bool = False) -> None:
    for at, line in enumerate(lines):
        paper.text(Box(left, top + at * LINE, WIDTH, LINE), line, SIZE, bold=bold)


def _row(paper: Paper, cells: Sequence[str], heads: Block | None, *, bold: bool = False) -> Block:
    widths = WIDTHS[len(cells)]
    found = [lines_of(cell, SIZE, width - 2 * PADDING, bold=bold) for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, found)) * LINE + 2 * PADDING / 2

    def draw(top: float) -> None:
        left = MARGIN
        for lines, width in zip(found, widths, strict=True):
            paper.box(Box(left, top, width, height))
            _lines(paper, lines, left + PADDING, top + PADDING / 2, bold=bold)
            left += width

    return Block(height, draw, heads)


def _blank(paper: Paper, label: str, top: float) -> None:
    paper.text(Box(MARGIN, top, LABEL - 2, BLANK), label, SIZE + 1)
    paper.line((MARGIN + LABEL, top + BLANK - 1.5), (MARGIN + WIDTH, top + BLANK - 1.5))
