"""A4 as PDF: fonts that hold every Chinese name, texts that stay within their boxes, the same bytes for the same input.

Texts are data from strangers: none is read as markup.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from typing import Final, Literal
from xml.sax.saxutils import escape

from babel.dates import format_date
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.textsplit import ALL_CANNOT_START
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from gridplan.exchange.front_end import built_file
from gridplan.names import one_line
from gridplan.words import Lang

Align = Literal["left", "center", "right"]
FONTS: Final = {"NotoSansSC": "fonts/NotoSansSC_400Regular.ttf", "NotoSansSC-Bold": "fonts/NotoSansSC_700Bold.ttf"}
REGULAR, BOLD = FONTS
ALIGNMENTS: Final[dict[Align, int]] = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT}
LEADING: Final = 1.25
"""The distance of two lines, as a multiple of the size of their letters."""
ABOVE_HEADING: Final = 0.4
"""The room above a heading, likewise."""
BASELINE: Final = 0.36
"""How far below the middle of a line its letters stand, likewise."""
ON_ONE_LINE: Final = 0.7
"""How small letters may become, likewise, before a text is put on several lines."""
STEP: Final = 0.5
"""Points by which letters become smaller until a text fits."""
SMALLEST: Final = 6.0
CHINESE: Final = re.compile("[\u2e80-\uffef\U00020000-\U0003ffff]")
BEYOND_16_BITS: Final = re.compile("(?m)(?<=<)1?[0-9A-F]{5}(?=>$)")
ONE_AT_A_TIME: Final = threading.Lock()
"""reportlab keeps fonts for the whole process and reads them from one place."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the paper, in millimetres from its upper left corner."""

    left: float
    top: float
    width: float
    height: float

    def within(self, margin: float) -> Box:
        """Return the box that leaves a margin to the left and right."""
        return Box(self.left + margin, self.top, self.width - 2 * margin, self.height)


PAGE: Final = Box(0, 0, A4[0] / mm, A4[1] / mm)


class Paper:
    """Sheets of A4, the last of which can be written on."""

    def __init__(self, title: str, lang: Lang) -> None:
        _load_fonts()
        self._file = BytesIO()
        self._canvas = Canvas(
            self._file, pagesize=A4, invariant=True, initialFontName=REGULAR, lang={"zh": "zh-CN", "en": "en-GB"}[lang]
        )
        self._fitted: dict[object, list[tuple[Paragraph, float]]] = {}
        self._canvas.setTitle(one_line(title))
        self._canvas.setAuthor("gridplan")

    def text(
        self, box: Box, text: str, size: float, *, bold: bool = False, align: Align = "left", least: float = SMALLEST
    ) -> None:
        """Write a text into a box, midway between its upper and lower side, in letters of `size` points.

        What is too long becomes a little smaller, or goes on in further lines; what is longer still is small, as far
        as `least`, and then ends with an ellipsis.
        """
        line, font = one_line(text), BOLD if bold else REGULAR
        if not line:
            return
        on_one_line = min(
            size, (box.height * mm + STEP) / LEADING, size * box.width * mm / self.width(line, size, bold)
        )
        if on_one_line < ON_ONE_LINE * size:
            paragraph, height = _fitting(line, _style(line, font, size, ALIGNMENTS[align]), box, least)
            paragraph.drawOn(self._canvas, box.left * mm, A4[1] - (box.top + box.height / 2) * mm - height / 2)
            return
        x = box.left + box.width * {"left": 0, "center": 0.5, "right": 1}[align]
        y = A4[1] - (box.top + box.height / 2) * mm - BASELINE * on_one_line
        self._canvas.setFont(font, on_one_line)
        draw = {"left": "drawString", "center": "drawCentredString", "right": "drawRightString"}[align]
        getattr(self._canvas, draw)(x * mm, y, line)

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Return how many points wide a text is on one line."""
        return float(stringWidth(one_line(text), BOLD if bold else REGULAR, size))

    def paragraphs(self, box: Box, texts: tuple[tuple[str, bool], ...], size: float) -> None:
        """Write texts below each other from the top of a box, each bold or not, so small that all of them fit.

        A bold one is a heading, with room above it. A comma may hang out of the box.
        """
        key = texts, box.width, box.height, size
        if key not in self._fitted:
            self._fitted[key] = _all_fitting(*key)
        y = A4[1] - box.top * mm
        for paragraph, height in self._fitted[key]:
            y -= height
            paragraph.drawOn(self._canvas, box.left * mm, y)

    def line(self, start: tuple[float, float], end: tuple[float, float], width: float = 0.2) -> None:
        """Draw a line, its width in millimetres too."""
        self._canvas.setLineWidth(width * mm)
        (x, y), (to_x, to_y) = start, end
        self._canvas.line(x * mm, A4[1] - y * mm, to_x * mm, A4[1] - to_y * mm)

    def box(self, box: Box, width: float = 0.2, shade: float | None = None) -> None:
        """Draw the sides of a box, filled with a grey if `shade` says so: 0 is black, 1 is white."""
        self._canvas.setLineWidth(width * mm)
        if shade is not None:
            self._canvas.setFillGray(shade)
        y = A4[1] - (box.top + box.height) * mm
        self._canvas.rect(
            box.left * mm, y, box.width * mm, box.height * mm, stroke=int(width > 0), fill=int(shade is not None)
        )
        self._canvas.setFillGray(0)

    def turn(self) -> None:
        """End this page."""
        self._canvas.showPage()

    def content(self) -> bytes:
        """Return the PDF."""
        self._canvas.save()
        return self._file.getvalue()


def printed(title: str, lang: Lang, draw: Callable[[Paper], None]) -> bytes:
    """Return what is drawn as a PDF.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    with ONE_AT_A_TIME:
        paper = Paper(title, lang)
        draw(paper)
        return paper.content()


def written_day(day: date, lang: Lang) -> str:
    """Return a day with its year, as it stands on paper that is kept."""
    return (
        format_date(day, "yyyy年M月d日", locale="zh")
        if lang == "zh"
        else format_date(day, "d MMM yyyy", locale="en_GB")
    )


def short_day(day: date, lang: Lang) -> str:
    """Return a day without its year."""
    return format_date(day, "M月d日", locale="zh") if lang == "zh" else format_date(day, "d MMM", locale="en_GB")


def written_month(month: date, lang: Lang) -> str:
    """Return the month of a day with its year."""
    return (
        format_date(month, "yyyy年M月", locale="zh")
        if lang == "zh"
        else format_date(month, "MMMM yyyy", locale="en_GB")
    )


class _Font(TTFont):
    """A font whose texts can be searched for and copied, characters beyond U+FFFF too: reportlab misstates those."""

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 (reportlab's name)
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = BEYOND_16_BITS.sub(_in_16_bits, stream.content)


def _in_16_bits(code: re.Match[str]) -> str:
    return chr(int(code[0], 16)).encode("utf-16-be").hex().upper()


@cache
def _load_fonts() -> None:
    for name, file in FONTS.items():
        registerFont(_Font(name, built_file(file)))


def _fitting(line: str, style: ParagraphStyle, box: Box, least: float) -> tuple[Paragraph, float]:
    """Return a text in letters that are as large as they can be in a box, and how many points high it is."""
    while True:
        paragraph = Paragraph(escape(line), style)
        height = paragraph.wrap(box.width * mm, A4[1])[1]
        if height <= box.height * mm:
            return paragraph, height
        if style.fontSize > least:
            style = _style(line, style.fontName, style.fontSize - STEP, style.alignment)
        elif len(line) > 1:
            line = f"{line.rstrip('…')[: -max(1, len(line) // 20)]}…"
        else:
            return paragraph, height


def _all_fitting(
    texts: tuple[tuple[str, bool], ...], width: float, height: float, size: float
) -> list[tuple[Paragraph, float]]:
    """Return texts in letters that are as large as they can be together, and how many points high each is."""
    while True:
        fitted = []
        for at, (text, bold) in enumerate(texts):
            style = _style(text, BOLD if bold else REGULAR, size)
            paragraph = Paragraph(escape(text), style)
            above = ABOVE_HEADING * size if bold and at else 0
            fitted.append((paragraph, paragraph.wrap(width * mm + style.rightIndent, A4[1])[1] + above))
        if sum(used for _, used in fitted) <= height * mm or size <= SMALLEST:
            return fitted
        size -= STEP


def _style(text: str, font: str, size: float, alignment: int = TA_LEFT) -> ParagraphStyle:
    is_chinese = CHINESE.search(text) is not None
    return ParagraphStyle(
        "text",
        fontName=font,
        fontSize=size,
        leading=LEADING * size,
        alignment=alignment,
        spaceShrinkage=0,
        wordWrap="CJK" if is_chinese else None,
        # into which a comma hangs that would begin the next line
        rightIndent=size if is_chinese and not set(ALL_CANNOT_START).isdisjoint(text) else 0,
    )
