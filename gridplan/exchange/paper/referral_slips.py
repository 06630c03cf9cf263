"""Referral slips: what a department is asked to do and by when, one need to a sheet of A4, with room for its reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from gridplan.exchange.paper.document import PAGE, Box, Paper, printed, written_day
from gridplan.exchange.xlsx import Column, Table, write_spreadsheet
from gridplan.words import Lang, say, series


@dataclass(frozen=True, slots=True)
class ReferralSlip:
    """A need as a department has it: no name and no phone of the household, its door where that was agreed."""

    number: int
    town: str
    department: str
    category: str
    text: str
    place: str
    """The village, and hamlet and door where the household agrees."""
    referred: date
    deadline: date
    contact_person: str
    printed: date
    reminder: int = 0
    """How often the department has been reminded, this slip counted; 0: this is none."""


MARGIN: Final = 20.0
WIDTH: Final = PAGE.width - 2 * MARGIN
LABEL: Final = 40.0
ROW: Final = 11.0
NEED: Final = 34.0
"""The height of what is asked for, in up to 120 letters."""
REPLY: Final = 88.0
LINES: Final = 7
PADDING: Final = 2.0


def write_referral_slips(slips: Sequence[ReferralSlip], lang: Lang) -> bytes:
    """Return slips as a PDF, a page each.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    departments = series(dict.fromkeys(slip.department for slip in slips)).say(lang)

    def draw(paper: Paper) -> None:
        for slip in slips:
            _slip(paper, slip, lang)
            paper.turn()

    return printed(f"{say('slip.title', lang)} {departments}", lang, draw)


def title_of(slip: ReferralSlip, lang: Lang) -> str:
    """Return what stands at the head of a slip: that it is a reminder, and which."""
    return say("slip.reminder", lang, n=slip.reminder) if slip.reminder else say("slip.title", lang)


def _slip(paper: Paper, slip: ReferralSlip, lang: Lang) -> None:
    paper.text(Box(MARGIN, 18, WIDTH - 45, 12), title_of(slip, lang), 24, bold=True)
    paper.text(Box(MARGIN, 18, WIDTH, 12), say("slip.number", lang, n=str(slip.number)), 14, align="right")
    paper.text(Box(MARGIN, 32, WIDTH, 10), say("slip.to", lang, department=slip.department), 15, bold=True)
    paper.text(Box(MARGIN, 43, WIDTH, 7), _please(slip, lang), 12)
    top = 54.0
    for code, text, height, bold in (
        ("slip.deadline", written_day(slip.deadline, lang), ROW, True),
        ("slip.category", slip.category, ROW, False),
        ("slip.need", slip.text, NEED, False),
        ("slip.place", slip.place, ROW, False),
        ("slip.contact_person", slip.contact_person, ROW, False),
        ("slip.referred", written_day(slip.referred, lang), ROW, False),
    ):
        _row(paper, Box(MARGIN, top, WIDTH, height), say(code, lang), text, bold=bold)
        top += height
    paper.text(Box(MARGIN, top + 3, WIDTH, 8), say("slip.reply", lang), 13, bold=True)
    box = Box(MARGIN, top + 12, WIDTH, REPLY)
    paper.box(box)
    for line in range(1, LINES):
        y = box.top + line * REPLY / LINES
        paper.line((MARGIN + PADDING, y), (MARGIN + WIDTH - PADDING, y), width=0.1)
    base = box.top + REPLY + 16
    for left, code, label, width in ((MARGIN, "slip.signed", 28, 105.0), (MARGIN + 112, "slip.on", 14, WIDTH - 112)):
        paper.text(Box(left, base - 8, label, 8), say(code, lang), 12)
        paper.line((left + label, base), (left + width, base), width=0.3)
    paper.text(Box(MARGIN, 272, WIDTH, 6), say("slip.agreed", lang), 9.5)
    foot = (slip.town, say("slip.printed", lang, day=written_day(slip.printed, lang)))
    paper.text(Box(MARGIN, 279, WIDTH, 6), " · ".join(filter(None, foot)), 9.5)


def _please(slip: ReferralSlip, lang: Lang) -> str:
    late = (slip.printed - slip.deadline).days
    return say("slip.please_late", lang, n=late) if slip.reminder else say("slip.please", lang)


def _row(paper: Paper, box: Box, label: str, text: str, *, bold: bool) -> None:
    paper.box(Box(box.left, box.top, LABEL, box.height))
    paper.box(Box(box.left + LABEL, box.top, box.width - LABEL, box.height))
    paper.text(Box(box.left, box.top, LABEL, box.height).within(PADDING), label, 11)
    paper.text(Box(box.left + LABEL, box.top, box.width - LABEL, box.height).within(PADDING), text, 13, bold=bold)


COLUMNS: Final = ("number", "to_department", "category", "need", "place", "referred", "deadline", "kind")
"""What is filled in; behind them stands whom to ask, and what the department fills in."""
TO_FILL_IN: Final = ("reply", "signed", "on")


def write_slip_workbook(path: Path, slips: Sequence[ReferralSlip], lang: Lang) -> None:
    """Write slips as a workbook, a row each, with blank cells for the reply.

    Raises
    ------
    OutputRefused
        The disk does not take it.
    """
    names = (*COLUMNS, "contact_person", *TO_FILL_IN)
    rows = [
        (
            float(slip.number),
            *(slip.department, slip.category, slip.text, slip.place, slip.referred.isoformat()),
            *(slip.deadline.isoformat(), title_of(slip, lang), slip.contact_person, None, None, None),
        )
        for slip in slips
    ]
    columns = [Column(say(f"slip.column.{name}", lang), "number" if name == "number" else "text") for name in names]
    table = Table(say("slip.title", lang), columns, rows, "", footnote=say("slip.agreed", lang))
    write_spreadsheet(path, say("slip.title", lang), [table], page=say("book.page", lang))
