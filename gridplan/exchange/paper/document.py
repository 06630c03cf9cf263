"""Paper as PDF: fonts that hold every Chinese name, texts that stay within their boxes, the same bytes each time.

Texts are data from strangers: none is read as markup.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from io import BytesIO
from typing import Final, Literal

from babel.dates import format_date
from reportlab import rl_config
from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.pagesizes import A0, A1, A2, A3, A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.pdfmetrics import getFont, registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from gridplan.exchange.front_end import built_file
from gridplan.names import one_line
from gridplan.words import Lang

Align = Literal["left", "center", "right"]
Point = tuple[float, float]
"""A place on the paper, in millimetres from its upper left corner."""
BLACK: Final = "#000000"
PAPER: Final = {"A0": A0, "A1": A1, "A2": A2, "A3": A3, "A4": A4}
LOCALES: Final[dict[Lang, str]] = {"zh": "zh_CN", "en": "en_GB"}
FONTS: Final = {"NotoSansSC": "fonts/NotoSansSC_400Regular.ttf", "NotoSansSC-Bold": "fonts/NotoSansSC_700Bold.ttf"}
REGULAR, BOLD = FONTS
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
ROUNDED: Final = 0.01
"""A part of a line by which texts may be higher than their box: sums of numbers are not exact."""
OPENING, CLOSING = re.escape("（《〈“‘「『【〔([{"), re.escape("，。、；：！？）》〉”’」』】〕…·,.;:!?)]}%")
CHINESE: Final = "\u2e80-\u2fff\u3003-\u3007\u3020-\ufeff\U00020000-\U0003ffff"
PIECE: Final = re.compile(
    rf"\s+|[{OPENING}]*(?:[{CHINESE}]|[^\s{CHINESE}{OPENING}{CLOSING}-]*-+|[^\s{CHINESE}{OPENING}{CLOSING}-]+)?[{CLOSING}]*"
)
"""What stays on one line: a Chinese character or a word, with the punctuation that neither begins nor ends a line."""
MISSING: Final = "〓"
"""What printers put in the place of a character that they have not."""
BEYOND_16_BITS: Final = re.compile("(?m)(?<=<)1?[0-9A-F]{5}(?=>$)")
STROKED, ROUND = 1, 1
"""Letters drawn along their edges, and lines that turn roundly, as PDF numbers them."""
rl_config.useA85 = 0  # pages as bytes, not as letters: a quarter smaller
ONE_AT_A_TIME: Final = threading.Lock()
"""reportlab has its fonts in common for the whole process, and says that two documents must not use one at once."""


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


SIZES: Final = {name: Box(0, 0, wide / mm, tall / mm) for name, (wide, tall) in PAPER.items()}
"""Upright sheets of paper."""
PAGE: Final = SIZES["A4"]
WIDE_PAGE: Final = Box(0, 0, SIZES["A3"].height, SIZES["A3"].width)
"""A3 across."""


class Paper:
    """Sheets of one size, the last of which can be written on."""

    def __init__(self, title: str, lang: Lang, page: Box = PAGE) -> None:
        _load_fonts()
        self._file = BytesIO()
        spoken = LOCALES[lang].replace("_", "-")
        self._canvas = Canvas(self._file, invariant=True, initialFontName=REGULAR, lang=spoken)
        self.page(page)
        self._canvas.setTitle(one_line(title))
        self._canvas.setAuthor("gridplan")

    def page(self, page: Box) -> None:
        """Give the page that nothing is drawn on yet, and those after it, a size."""
        self._height = page.height * mm
        self._canvas.setPageSize((page.width * mm, page.height * mm))

    def text(
        self, box: Box, text: str, size: float, *, bold: bool = False, align: Align = "left", least: float = SMALLEST
    ) -> None:
        """Write a text into a box, midway between its upper and lower side, in letters of `size` points.

        What is too long becomes a little smaller, or goes on in further lines; what is longer still is small, as far
        as `least`, and then ends with an ellipsis.
        """
        font = BOLD if bold else REGULAR
        lines, size = _fitting(_printable(text), font, size, box, least)
        self._lines(lines, font, size, box, box.top + box.height / 2 - len(lines) * LEADING * size / mm / 2, align)

    def paragraphs(self, box: Box, texts: Sequence[tuple[str, bool]], size: float) -> None:
        """Write texts below each other from the top of a box, each bold or not, so small that all of them fit.

        A bold one is a heading, with room above it. What has no room in the smallest letters ends with an ellipsis.
        """
        fonts = [BOLD if bold else REGULAR for _, bold in texts]
        room = sum(bold for _, bold in texts) * ABOVE_HEADING
        while True:
            found = [
                _lines(_printable(text), font, size, box.width * mm)
                for (text, _), font in zip(texts, fonts, strict=True)
            ]
            if (sum(map(len, found)) + room) * LEADING * size <= box.height * mm or size <= SMALLEST:
                break
            size -= STEP
        rows = [
            (line, font, at == 0 and font == BOLD)
            for lines, font in zip(found, fonts, strict=True)
            for at, line in enumerate(lines)
        ]
        most = max(int(box.height * mm / (LEADING * size) - room + ROUNDED), 1)
        if len(rows) > most:
            line, font, is_heading = rows[most - 1]
            rows[most - 1 :] = [(_ended(line, font, size, box.width * mm), font, is_heading)]
        top = box.top
        for line, font, is_heading in rows:
            top += ABOVE_HEADING * LEADING * size / mm * is_heading
            self._lines((line,), font, size, box, top, "left")
            top += LEADING * size / mm

    def _lines(self, lines: Sequence[str], font: str, size: float, box: Box, top: float, align: Align) -> None:
        """Write lines one below the other, the first of them from a top on."""
        self._canvas.setFont(font, size)
        draw = {
            "left": self._canvas.drawString,
            "center": self._canvas.drawCentredString,
            "right": self._canvas.drawRightString,
        }[align]
        x = box.left + box.width * {"left": 0, "center": 0.5, "right": 1}[align]
        for at, line in enumerate(lines):
            draw(x * mm, self._height - top * mm - (at + 0.5) * LEADING * size - BASELINE * size, line)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Return how many millimetres wide a text is on one line."""
        return float(stringWidth(_printable(text), BOLD if bold else REGULAR, size)) / mm

    def line(self, start: Point, end: Point, width: float = 0.2) -> None:
        """Draw a line, its width in millimetres too."""
        self._canvas.setLineWidth(width * mm)
        (x, y), (to_x, to_y) = start, end
        self._canvas.line(x * mm, self._height - y * mm, to_x * mm, self._height - to_y * mm)

    def lines(
        self, lines: Iterable[Sequence[Point]], width: float, colour: str = BLACK, dashes: Sequence[float] = ()
    ) -> None:
        """Draw lines of any number of corners, round where they turn and end; dashes and gaps are in millimetres."""
        self._canvas.saveState()
        self._canvas.setLineWidth(width * mm)
        self._canvas.setLineJoin(ROUND)
        self._canvas.setLineCap(ROUND)
        self._canvas.setStrokeColor(HexColor(colour))
        if dashes:
            self._canvas.setDash([length * mm for length in dashes])
        self._canvas.addLiteral(f"n {' '.join(map(self._corners, lines))} S")
        self._canvas.restoreState()

    def _corners(self, line: Sequence[Point]) -> str:
        """Return a line as PDF has it; reportlab takes ten times as long, and maps are made of lines."""
        (x, y), *others = line
        start = f"{x * mm:.2f} {self._height - y * mm:.2f} m"
        return " ".join([start, *(f"{x * mm:.2f} {self._height - y * mm:.2f} l" for x, y in others)])

    def box(self, box: Box, width: float = 0.2) -> None:
        """Draw the sides of a box."""
        self._canvas.setLineWidth(width * mm)
        self._canvas.rect(box.left * mm, self._height - (box.top + box.height) * mm, box.width * mm, box.height * mm)

    def shape(self, rings: Iterable[Sequence[Point]], fill: str | None, width: float) -> None:
        """Draw the rings of an area, in millimetres, with its holes left out; `fill` is a colour as #rrggbb."""
        path = " ".join(f"{self._corners(ring)} h" for ring in rings)
        self._canvas.setLineWidth(width * mm)
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        self._canvas.addLiteral(f"n {path} {'B*' if fill and width else 'f*' if fill else 'S' if width else 'n'}")
        self._canvas.setFillColor(black)

    def dot(self, at: Point, radius: float, colour: str = BLACK) -> None:
        """Draw a filled dot."""
        self._canvas.setFillColor(HexColor(colour))
        self._canvas.circle(at[0] * mm, self._height - at[1] * mm, radius * mm, stroke=0, fill=1)
        self._canvas.setFillColor(black)

    @contextmanager
    def clipped(self, box: Box) -> Iterator[None]:
        """Draw nothing outside a box."""
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(box.left * mm, self._height - (box.top + box.height) * mm, box.width * mm, box.height * mm)
        self._canvas.clipPath(path, stroke=0, fill=0)
        yield
        self._canvas.restoreState()

    def plate(self, box: Box, radius: float = 0.0, width: float = 0.2, fill: str = "#ffffff") -> None:
        """Draw a filled box, with round corners; without a width it has no edge."""
        self._canvas.saveState()
        self._canvas.setLineWidth(width * mm)
        self._canvas.setFillColor(HexColor(fill))
        left, bottom = box.left * mm, self._height - (box.top + box.height) * mm
        sides = (left, bottom, box.width * mm, box.height * mm, radius * mm)
        self._canvas.roundRect(*sides, stroke=int(width > 0), fill=1)
        self._canvas.restoreState()

    def bookmark(self, key: str, title: str, level: int = 0) -> None:
        """Have the reader's outline lead to this page, below the last entry of a lower level."""
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(one_line(title), key, level, closed=level > 0)

    def link(self, box: Box, key: str) -> None:
        """Have a box lead to the page of a bookmark."""
        left, bottom = box.left * mm, self._height - (box.top + box.height) * mm
        self._canvas.linkRect("", key, (left, bottom, left + box.width * mm, bottom + box.height * mm), thickness=0)

    def label(self, at: Point, text: str, size: float) -> None:
        """Write a short text around a point, with a white edge that keeps it legible on whatever lies below."""
        x, y = at[0] * mm, self._height - at[1] * mm - BASELINE * size
        left = x - stringWidth(_printable(text), BOLD, size) / 2
        self._canvas.saveState()
        self._canvas.setStrokeColor(white)
        self._canvas.setLineWidth(size / 5)
        self._canvas.setLineJoin(ROUND)
        edge = self._canvas.beginText(left, y)
        edge.setFont(BOLD, size)
        edge.setTextRenderMode(STROKED)
        edge.textOut(_printable(text))
        self._canvas.drawText(edge)
        self._canvas.restoreState()
        self._canvas.setFont(BOLD, size)
        self._canvas.drawString(left, y, _printable(text))

    @contextmanager
    def kept(self, key: str, page: Box) -> Iterator[None]:
        """Keep what is drawn on a page of its own size, to be placed on any number of pages."""
        before = self._height
        self._height = page.height * mm
        self._canvas.beginForm(key, 0, 0, page.width * mm, page.height * mm)
        yield
        self._canvas.endForm()
        self._height = before

    def place(self, key: str, page: Box, left: float = 0.0, top: float = 0.0, scale: float = 1.0) -> None:
        """Draw what is kept, now or later, of a page of its own size, its upper left corner at a place."""
        self._canvas.saveState()
        self._canvas.translate(left * mm, self._height - (top + page.height * scale) * mm)
        self._canvas.scale(scale, scale)
        self._canvas.doForm(key)
        self._canvas.restoreState()

    @property
    def number(self) -> int:
        """The number of the page that is drawn on."""
        return int(self._canvas.getPageNumber())

    def turn(self) -> None:
        """End this page."""
        self._canvas.showPage()

    def content(self) -> bytes:
        """Return the PDF."""
        self._canvas.save()
        return self._file.getvalue()


def printed(title: str, lang: Lang, draw: Callable[[Paper], None], page: Box = PAGE) -> bytes:
    """Return what is drawn as a PDF, on pages of a size.

    Raises
    ------
    OutputRefused
        The fonts were not built at install.
    """
    with ONE_AT_A_TIME:
        paper = Paper(title, lang, page)
        draw(paper)
        return paper.content()


@dataclass(frozen=True, slots=True)
class Block:
    """What stays together on a page: its height, what draws it from a top, and whether it goes on the next page too."""

    height: float
    draw: Callable[[float], object]
    heads: Block | None = None
    """What stands above it wherever a page begins with it."""


@dataclass(slots=True)
class Pages:
    """Blocks, page by page, between the top of each and its bottom."""

    top: float
    bottom: float
    pages: list[list[Block]] = field(default_factory=lambda: [[]])
    used: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin at the top."""
        self.used = self.top

    def add(self, block: Block, together: float = 0.0) -> None:
        """Put a block on the page, or on the next where it and what stays with it have no room."""
        if self.used + block.height + together > self.bottom and self.pages[-1]:
            self.pages.append([block.heads] if block.heads else [])
            self.used = self.top + (block.heads.height if block.heads else 0)
        self.pages[-1].append(block)
        self.used += block.height

    def draw(self) -> Iterator[int]:
        """Draw the blocks and yield the number of each page once it is drawn, for its foot."""
        for number, page in enumerate(self.pages, start=1):
            top = self.top
            for block in page:
                block.draw(top)
                top += block.height
            yield number


def written_day(day: date, lang: Lang) -> str:
    """Return a day with its year, as it stands on paper that is kept."""
    return format_date(day, "yyyy年M月d日" if lang == "zh" else "d MMM yyyy", LOCALES[lang])


def short_day(day: date, lang: Lang) -> str:
    """Return a day without its year."""
    return format_date(day, "M月d日" if lang == "zh" else "d MMM", LOCALES[lang])


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


@lru_cache(100_000)
def _printable(text: str) -> str:
    """Return a text on one line, with a mark for each character that the fonts have not, such as an emoji."""
    line = one_line(text)
    return line if line.isascii() else "".join(letter if ord(letter) in _glyphs() else MISSING for letter in line)


@cache
def _glyphs() -> Collection[int]:
    """Return the characters that the fonts have."""
    glyphs: Mapping[int, int] = getFont(REGULAR).face.charToGlyph
    return glyphs


def fitted(
    text: str, size: float, box: Box, *, bold: bool = False, least: float = SMALLEST
) -> tuple[Sequence[str], float]:
    """Return the lines of a text, and the size at which they stand in a box, as `Paper.text` writes them."""
    _load_fonts()
    return _fitting(_printable(text), BOLD if bold else REGULAR, size, box, least)


def lines_of(text: str, size: float, width: float, *, bold: bool = False) -> Sequence[str]:
    """Return a text in as many lines as it needs in so many millimetres."""
    _load_fonts()
    return _lines(_printable(text), BOLD if bold else REGULAR, size, width * mm)


def _fitting(text: str, font: str, size: float, box: Box, least: float) -> tuple[Sequence[str], float]:
    """Return the lines of a text, and the size at which they stand in a box."""
    width, height = box.width * mm, box.height * mm
    wide = stringWidth(text, font, size)
    on_one_line = min(size, (height + STEP) / LEADING, size * width / wide if wide else size)
    if on_one_line >= ON_ONE_LINE * size:
        return (text,), on_one_line
    while True:
        lines, most = _lines(text, font, size, width), int(height / (LEADING * size))
        if len(lines) <= most:
            return lines, size
        if size <= least:
            break
        size = max(least, size - STEP)
    return (*lines[: max(most, 1) - 1], _ended(lines[max(most, 1) - 1], font, size, width)), size


def _ended(line: str, font: str, size: float, width: float) -> str:
    """Return a line that ends with an ellipsis, as much of it as there is room for."""
    while len(line) > 1 and stringWidth(f"{line}…", font, size) > width:
        line = line[:-1]
    return f"{line}…"


@lru_cache(256)
def _lines(text: str, font: str, size: float, width: float) -> tuple[str, ...]:
    """Return a text in lines, broken between words and Chinese characters, within those that are longer than a line."""
    lines, used = [""], 0.0
    for piece in PIECE.findall(text):
        wide = stringWidth(piece, font, size)
        for part in (piece,) if wide <= width else piece:
            needed = wide if part is piece else stringWidth(part, font, size)
            if used + needed > width and not part.isspace():
                lines.append("")
                used = 0.0
            lines[-1] += part
            used += needed
    return tuple(filter(None, map(str.strip, lines)))
