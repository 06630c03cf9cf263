"""What stands on the pages of a PDF, and where."""

from dataclasses import dataclass
from io import BytesIO
from itertools import combinations

import pypdfium2
from pypdf import PdfReader

MM = 72 / 25.4


@dataclass(frozen=True)
class Written:
    """A text, and where its first letter stands in millimetres from the upper left corner."""

    text: str
    left: float
    top: float


def texts_of(pdf: bytes) -> list[str]:
    """Return the text of each page, lines joined as they are read."""
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def sizes_of(pdf: bytes) -> set[tuple[int, int]]:
    """Return the sizes of the pages in millimetres."""
    pages = PdfReader(BytesIO(pdf)).pages
    return {(round(float(page.mediabox.width) / MM), round(float(page.mediabox.height) / MM)) for page in pages}


def written_on(pdf: bytes, page: int) -> list[Written]:
    """Return each text of a page with its place."""
    found: list[Written] = []

    def visit(text, matrix, text_matrix, font, size):
        if text.strip():
            x, y = text_matrix[4] + matrix[4], text_matrix[5] + matrix[5]
            found.append(Written(text.strip(), x / MM, 297 - y / MM))

    PdfReader(BytesIO(pdf)).pages[page].extract_text(visitor_text=visit)
    return found


@dataclass(frozen=True)
class TextBox:
    """A run of text and its sides in millimetres from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: "TextBox", slack: float = 0.25) -> bool:
        """Whether it lies on another, by more than letters of a line touch each other."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return min(wide, tall) > slack


def text_boxes(pdf: bytes, page: int = 0) -> list[TextBox]:
    """Return every run of text of a page as pdfium measures its ink; a text drawn twice on one spot is one."""
    document = pypdfium2.PdfDocument(pdf)
    sheet = document[page]
    texts = sheet.get_textpage()
    height = sheet.get_height()
    found = {}
    for at in range(texts.count_rects()):
        left, bottom, right, top = texts.get_rect(at)
        text = texts.get_text_bounded(left, bottom, right, top)
        box = TextBox(text, left / MM, (height - top) / MM, right / MM, (height - bottom) / MM)
        found[text, round(box.left), round(box.top)] = box
    document.close()
    return list(found.values())


def overlapping(boxes: list[TextBox]) -> list[tuple[str, str]]:
    """Return the texts that lie on each other."""
    return [(one.text, other.text) for one, other in combinations(boxes, 2) if one.covers(other)]
