"""Contact cards: four to a sheet of A4 that is printed on both sides and cut, with the notice on the back of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gridplan.exchange.paper.document import PAGE, Box, Paper, printed
from gridplan.words import Lang, month, say, series


@dataclass(frozen=True, slots=True)
class Reached:
    """Who can be called, and at which number: a line to write on where none is known."""

    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ContactCard:
    """The card of one household, which does not name it."""

    village: str
    grid: str
    """As pages call it."""
    place: int
    """Its place in the visiting order, so that whoever hands cards out has them in the order of the doors."""
    mark: str
    """Its door number, what marks the house, or its address."""
    hamlet: str | None
    lead: Reached | None
    deputies: tuple[Reached, ...]
    office: Reached | None
    """The office of the village."""
    issued: date
    """A day of the month in which it is printed: a card with an earlier one may name another lead."""


ACROSS, DOWN = 2, 2
A_PAGE: Final = ACROSS * DOWN
WIDTH: Final = PAGE.width / ACROSS
HEIGHT: Final = PAGE.height / DOWN
MARGIN: Final = 10.0
CUT: Final = 5.0
"""Length of the marks at which to cut."""
MOST_DEPUTIES: Final = 2
NOTICE: Final = ("why", "what", "who", "see", "refuse")
"""The paragraphs of the notice on the back."""


def write_contact_cards(cards: Sequence[ContactCard], lang: Lang, stamp: str = "") -> bytes:
    """Return cards as a PDF to be printed on both sides, turned at the long side: fronts, then backs, four at a time.

    Backs are mirrored from left to right, so that each meets its front. The stamp, if there is one, stands small below
    each front.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    villages = series(dict.fromkeys(card.village for card in cards)).say(lang)

    def draw(paper: Paper) -> None:
        for first in range(0, len(cards), A_PAGE):
            sheet = list(enumerate(cards[first : first + A_PAGE]))
            for at, card in sheet:
                box = _place(at % ACROSS, at // ACROSS)
                _front(paper, card, box, lang)
                paper.text(Box(box.left, box.top + box.height, box.width, 3), stamp, 7, align="right")
            _cut_marks(paper)
            paper.turn()
            for at, card in sheet:
                _back(paper, card, _place(ACROSS - 1 - at % ACROSS, at // ACROSS), lang)
            paper.turn()

    return printed(f"{say('contact_card.title', lang)} {villages}", lang, draw)


def _place(column: int, row: int) -> Box:
    """Return what can be printed on of a card."""
    return Box(column * WIDTH + MARGIN, row * HEIGHT + MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)


def _cut_marks(paper: Paper) -> None:
    """Draw where to cut: at the sides of the paper, and where the cuts meet."""
    right, bottom, x, y = PAGE.width, PAGE.height, WIDTH, HEIGHT
    for start, end in (
        *(((x, 0), (x, CUT)), ((x, bottom), (x, bottom - CUT)), ((0, y), (CUT, y)), ((right, y), (right - CUT, y))),
        *(((x, y - CUT), (x, y + CUT)), ((x - CUT, y), (x + CUT, y))),
    ):
        paper.line(start, end)


def _front(paper: Paper, card: ContactCard, box: Box, lang: Lang) -> None:
    left, width = box.left, box.width
    paper.text(Box(left, box.top, width - 20, 10), say("contact_card.title", lang), 22, bold=True)
    paper.text(Box(left, box.top, width, 10), say("contact_card.place", lang, place=str(card.place)), 11, align="right")
    paper.text(Box(left, box.top + 11, width, 7), f"{card.village} · {card.grid}", 12)
    door = f"{card.hamlet} · {card.mark}" if card.hamlet else card.mark
    paper.text(Box(left, box.top + 18, width, 12), door, 16, bold=True)
    paper.line((left, box.top + 31), (left + width, box.top + 31), width=0.4)
    lead = card.lead or Reached(say("contact_card.no_lead", lang))
    paper.text(Box(left, box.top + 34, width, 6), say("contact_card.lead", lang), 11)
    paper.text(Box(left, box.top + 40, width, 12), lead.name, 26, bold=True)
    _number(paper, Box(left, box.top + 52, width, 12), lead.phone if card.lead else "", 26, lang)
    top = box.top + 68
    for deputy in card.deputies[:MOST_DEPUTIES]:
        _other(paper, Box(left, top, width, 16), say("contact_card.deputy", lang), deputy, lang)
        top += 17
    top = box.top + 103
    if card.office is not None:
        paper.line((left, top - 1), (left + width, top - 1))
        _other(paper, Box(left, top, width, 16), say("contact_card.office", lang), card.office, lang)
    issued = say("contact_card.issued", lang, month=month(card.issued, lang))
    paper.text(Box(left, box.top + box.height - 7, width, 7), issued, 9.5)


def _other(paper: Paper, box: Box, what: str, reached: Reached, lang: Lang) -> None:
    """Write who else can be called: what they are above, name to the left, number to the right."""
    paper.text(Box(box.left, box.top, box.width, 5), what, 10)
    half = box.width / 2
    paper.text(Box(box.left, box.top + 5, half - 2, 10), reached.name, 16, bold=True)
    _number(paper, Box(box.left + half, box.top + 5, half, 10), reached.phone, 16, lang)


def _number(paper: Paper, box: Box, phone: str | None, size: float, lang: Lang) -> None:
    """Write a telephone number, or the line that it is to be written on; an empty one is none to be had."""
    if phone is None:
        paper.text(Box(box.left, box.top + box.height - 6, box.width, 5), say("contact_card.phone", lang), 10)
        paper.line((box.left, box.top + box.height - 1), (box.left + box.width, box.top + box.height - 1))
    else:
        paper.text(box, phone, size, bold=True)


def _back(paper: Paper, card: ContactCard, box: Box, lang: Lang) -> None:
    paper.text(Box(box.left, box.top, box.width, 10), say("contact_card.notice", lang), 18, bold=True)
    texts = tuple(
        (say(f"contact_card.{part}.{kind}", lang), kind == "heading") for part in NOTICE for kind in ("heading", "text")
    )
    paper.paragraphs(Box(box.left, box.top + 12, box.width, box.height - 25), texts, 13)
    if card.office is not None:
        paper.text(Box(box.left, box.top + box.height - 11, box.width, 5), say("contact_card.office", lang), 10)
        phone = Box(box.left, box.top + box.height - 7, box.width, 8)
        if card.office.phone is None:
            _number(paper, phone, None, 14, lang)
        else:
            paper.text(phone, f"{card.office.name} {card.office.phone}", 14, bold=True)
